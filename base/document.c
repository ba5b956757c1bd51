/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Documents: libyaml's events, made into a tree of cJSON nodes.
 *
 * The nodes come from malloc, as cJSON's own do, so that whoever merges documents may delete and
 * move them by cJSON's functions. A mistake that leaves the rest readable is told and the reading
 * goes on; then there is no document, but the whole list.
 */
#include "base/document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <yaml.h>

#include "base/file.h"
#include "base/place.h"
#include "base/scalar.h"

enum {
    LARGEST_FILE = 32 << 20,
    READ_STEP = 64 << 10,
    DEEPEST = 200,
    MOST_NODES = 2000000, /* aliases counted with all that they stand for */
    MOST_ANCHORS = 1000,
};

struct anchor {
    char *name;
    const cJSON *node;
};

struct level { /* an open mapping or sequence */
    cJSON *node;
    char *key; /* waits for its value; from malloc */
    yaml_mark_t key_mark;
};

struct builder {
    yaml_parser_t parser;
    struct document *d;
    struct report *report;
    struct level levels[DEEPEST];
    unsigned depth, n_documents, n_anchors, n_nodes;
    struct anchor anchors[MOST_ANCHORS];
    bool stopped;
};

static struct place
place_of(const struct builder *b, yaml_mark_t mark)
{
    return (struct place){b->d->path, (unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

static void
stop(struct builder *b, yaml_mark_t mark, const char *why)
{
    if (!b->stopped)
        report_error(b->report, place_of(b, mark), "%s", why);
    b->stopped = true;
}

static void
stop_memory(struct builder *b)
{
    if (!b->stopped)
        report_error(b->report, (struct place){b->d->path, 0, 0}, "out of memory");
    b->stopped = true;
}

/* Puts a node, which it takes, where the document has come to. */
static void
attach(struct builder *b, cJSON *node, yaml_mark_t mark)
{
    struct level *level = b->depth ? &b->levels[b->depth - 1] : NULL;
    struct place_row row = {
        .node = node, .line = (unsigned)mark.line + 1, .column = (unsigned)mark.column + 1};
    bool attached = true;

    if (level && level->key) {
        row.key_line = (unsigned)level->key_mark.line + 1;
        row.key_column = (unsigned)level->key_mark.column + 1;
        attached = cJSON_AddItemToObject(level->node, level->key, node);
        free(level->key);
        level->key = NULL;
    } else if (level) {
        attached = cJSON_AddItemToArray(level->node, node);
    } else {
        b->d->root = node;
    }
    if (!attached)
        cJSON_Delete(node);
    if (!attached || !places_put(b->d->places, row))
        stop_memory(b);
}

static bool
may_add_node(struct builder *b, yaml_mark_t mark)
{
    if (b->n_nodes++ < MOST_NODES)
        return true;
    stop(b, mark, "more than two million values, aliases included: use fewer");
    return false;
}

static void
remember(struct builder *b, const yaml_char_t *name, const cJSON *node, yaml_mark_t mark)
{
    if (!name || b->stopped)
        return;
    if (b->n_anchors == MOST_ANCHORS) {
        stop(b, mark, "more than 1000 anchors: use fewer");
        return;
    }
    char *kept = strdup((const char *)name);

    if (kept)
        b->anchors[b->n_anchors++] = (struct anchor){kept, node};
    else
        stop_memory(b);
}

static bool
expects_key(const struct builder *b)
{
    const struct level *level = b->depth ? &b->levels[b->depth - 1] : NULL;

    return level && cJSON_IsObject(level->node) && !level->key;
}

static void
take_key(struct builder *b, const yaml_event_t *e)
{
    struct level *level = &b->levels[b->depth - 1];
    struct str text = {(const char *)e->data.scalar.value, e->data.scalar.length};

    if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && str_eq(text, STR("<<")))
        report_error(b->report, place_of(b, e->start_mark),
                     "a merge key (<<): write the members out");
    level->key = strdup(text.p);
    level->key_mark = e->start_mark;
    if (!level->key)
        stop_memory(b);
}

/* A node, also for a scalar that has been told as a mistake; NULL: no memory. */
static cJSON *
node_of_scalar(struct builder *b, const yaml_event_t *e)
{
    struct str text = {(const char *)e->data.scalar.value, e->data.scalar.length};
    const char *why = NULL;
    cJSON *node;

    if (e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return cJSON_CreateString(text.p);
    node = scalar_node(text, &why);
    if (node || !why)
        return node;
    report_error(b->report, place_of(b, e->start_mark), "%s", why);
    return cJSON_CreateNull();
}

static void
take_scalar(struct builder *b, const yaml_event_t *e)
{
    if (memchr(e->data.scalar.value, '\0', e->data.scalar.length))
        report_error(b->report, place_of(b, e->start_mark), "a NUL character: take it out");
    if (expects_key(b)) {
        take_key(b, e);
        return;
    }
    if (!may_add_node(b, e->start_mark))
        return;
    cJSON *node = node_of_scalar(b, e);

    if (!node) {
        stop_memory(b);
        return;
    }
    attach(b, node, e->start_mark);
    remember(b, e->data.scalar.anchor, node, e->start_mark);
}

static void
open_level(struct builder *b, bool mapping, const yaml_char_t *anchor, yaml_mark_t mark)
{
    if (expects_key(b)) {
        stop(b, mark, "the key of a member must be text");
        return;
    }
    if (b->depth == DEEPEST) {
        stop(b, mark, "nested deeper than 200: make it flatter");
        return;
    }
    if (!may_add_node(b, mark))
        return;
    cJSON *node = mapping ? cJSON_CreateObject() : cJSON_CreateArray();

    if (!node) {
        stop_memory(b);
        return;
    }
    attach(b, node, mark);
    remember(b, anchor, node, mark);
    b->levels[b->depth++] = (struct level){.node = node};
}

static int
compare_keys(const void *a, const void *b)
{
    return strcmp((*(cJSON *const *)a)->string, (*(cJSON *const *)b)->string);
}

static void
tell_duplicate(struct builder *b, const cJSON *one, const cJSON *other)
{
    struct place first = document_key_place(b->d, one), second = document_key_place(b->d, other);

    if (first.line > second.line || (first.line == second.line && first.column > second.column)) {
        struct place swapped = first;

        first = second;
        second = swapped;
    }
    report_error(b->report, second,
                 "a duplicate key, also at line %u, column %u: take one of them out", first.line,
                 first.column);
}

static void
check_duplicates(struct builder *b, const cJSON *object)
{
    int n = cJSON_GetArraySize(object), i = 0;
    cJSON **members = malloc(((size_t)n + 1) * sizeof *members);

    if (!members) {
        stop_memory(b);
        return;
    }
    for (cJSON *child = object->child; child; child = child->next)
        members[i++] = child;
    qsort(members, (size_t)n, sizeof(cJSON *), compare_keys);
    for (i = 1; i < n; i++)
        if (strcmp(members[i - 1]->string, members[i]->string) == 0)
            tell_duplicate(b, members[i - 1], members[i]);
    free(members);
}

static void
close_level(struct builder *b)
{
    const cJSON *node = b->levels[--b->depth].node;

    if (cJSON_IsObject(node) && node->child && node->child->next)
        check_duplicates(b, node);
}

/* A copy of what an anchor stands for, its parts with the places of the original. NULL: stopped. */
static cJSON *
copy_node(struct builder *b, const cJSON *node, unsigned depth, yaml_mark_t mark)
{
    if (depth > DEEPEST)
        stop(b, mark, "nested deeper than 200 by an alias: make it flatter");
    if (b->stopped || !may_add_node(b, mark))
        return NULL;
    cJSON *copy = cJSON_Duplicate(node, false);

    if (!copy)
        stop_memory(b);
    for (const cJSON *child = node->child; copy && child; child = child->next) {
        cJSON *part = copy_node(b, child, depth + 1, mark);

        if (!part || !cJSON_AddItemToArray(copy, part)) {
            cJSON_Delete(part);
            cJSON_Delete(copy);
            return NULL;
        }
        struct place_row row = *places_get(b->d->places, child);

        row.node = part;
        if (!places_put(b->d->places, row))
            stop_memory(b);
    }
    return copy;
}

static const cJSON *
find_anchor(const struct builder *b, const yaml_char_t *name)
{
    for (unsigned i = b->n_anchors; i > 0; i--)
        if (strcmp(b->anchors[i - 1].name, (const char *)name) == 0)
            return b->anchors[i - 1].node;
    return NULL;
}

static void
take_alias(struct builder *b, const yaml_event_t *e)
{
    const cJSON *node = find_anchor(b, e->data.alias.anchor);

    if (!node)
        stop(b, e->start_mark, "an alias without its anchor before it");
    for (unsigned i = 0; i < b->depth; i++)
        if (b->levels[i].node == node)
            stop(b, e->start_mark, "an alias inside of what it stands for");
    if (expects_key(b))
        stop(b, e->start_mark, "the key of a member must be text");
    if (b->stopped)
        return;
    cJSON *copy = copy_node(b, node, b->depth, e->start_mark);

    if (!copy)
        return;
    free(copy->string); /* of the anchored member; the alias has its own key, or none */
    copy->string = NULL;
    attach(b, copy, e->start_mark);
}

static void
refuse_tag(struct builder *b, const yaml_char_t *tag, yaml_mark_t mark)
{
    if (tag)
        report_error(b->report, place_of(b, mark), "a YAML tag: take it out");
}

/* False at the end of the stream. */
static bool
take_event(struct builder *b, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (b->n_documents++)
            stop(b, e->start_mark, "a second document: keep one in a file");
        break;
    case YAML_SCALAR_EVENT:
        refuse_tag(b, e->data.scalar.tag, e->start_mark);
        take_scalar(b, e);
        break;
    case YAML_MAPPING_START_EVENT:
        refuse_tag(b, e->data.mapping_start.tag, e->start_mark);
        open_level(b, true, e->data.mapping_start.anchor, e->start_mark);
        break;
    case YAML_SEQUENCE_START_EVENT:
        refuse_tag(b, e->data.sequence_start.tag, e->start_mark);
        open_level(b, false, e->data.sequence_start.anchor, e->start_mark);
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT: close_level(b); break;
    case YAML_ALIAS_EVENT: take_alias(b, e); break;
    case YAML_STREAM_END_EVENT: return false;
    default: break;
    }
    return !b->stopped;
}

/* libyaml's own texts are static and quote nothing. */
static void
tell_syntax(struct builder *b)
{
    const yaml_parser_t *p = &b->parser;
    bool reading = p->error == YAML_READER_ERROR;

    if (p->error == YAML_MEMORY_ERROR) {
        stop_memory(b);
        return;
    }
    report_error(b->report, place_of(b, reading ? p->mark : p->problem_mark),
                 "not valid YAML or JSON: %s%s%s", p->problem ? p->problem : "unreadable",
                 p->context && !reading ? " " : "", p->context && !reading ? p->context : "");
    b->stopped = true;
}

static void
build(struct builder *b, struct str text)
{
    yaml_event_t event;
    bool more = true;

    yaml_parser_set_input_string(&b->parser, (const unsigned char *)text.p, text.n);
    yaml_parser_set_encoding(&b->parser, YAML_UTF8_ENCODING);
    while (more) {
        if (!yaml_parser_parse(&b->parser, &event)) {
            tell_syntax(b);
            return;
        }
        more = take_event(b, &event);
        yaml_event_delete(&event);
    }
    if (!b->stopped && !b->d->root)
        report_error(b->report, (struct place){b->d->path, 1, 1}, "empty: a document is expected");
}

static void
builder_free(struct builder *b)
{
    for (unsigned i = 0; i < b->n_anchors; i++)
        free(b->anchors[i].name);
    for (unsigned i = 0; i < b->depth; i++)
        free(b->levels[i].key);
    yaml_parser_delete(&b->parser);
    free(b);
}

static bool
is_hex(const char *p, const char *first, const char *second)
{
    return (p[0] == 'd' || p[0] == 'D') && p[1] && strchr(first, p[1]) && p[2] &&
           strchr(second, p[2]) && p[3] && strchr(second, p[3]);
}

/* \uD83D\uDE00, at p with 12 bytes behind it. */
static bool
is_pair(const char *p)
{
    static const char any[] = "0123456789abcdefABCDEF";

    return p[0] == '\\' && p[1] == 'u' && is_hex(p + 2, "89abAB", any) && p[6] == '\\' &&
           p[7] == 'u' && is_hex(p + 8, "cdefCDEF", any);
}

static void
put_pair(struct buf *b, const char *p)
{
    char digits[5] = {0};
    unsigned long high, low, c;

    memcpy(digits, p + 2, 4);
    high = strtoul(digits, NULL, 16);
    memcpy(digits, p + 8, 4);
    low = strtoul(digits, NULL, 16);
    c = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    buf_printf(b, "\\U%08lX", c);
}

/* JSON's surrogate pairs, which libyaml refuses, as YAML's \U0001F600. (What follows on the same
 * line is told two columns early.) b holds the text if there were any. */
static struct str
replace_pairs(struct buf *b, struct str text)
{
    size_t from = 0, i = 0;

    while (i + 12 <= text.n) {
        const char *p = memchr(text.p + i, '\\', text.n - 11 - i);

        if (!p)
            break;
        i = (size_t)(p - text.p);
        if (!is_pair(p)) {
            i += 2;
            continue;
        }
        buf_put(b, text.p + from, i - from);
        put_pair(b, p);
        i += 12;
        from = i;
    }
    if (!from)
        return text;
    buf_put(b, text.p + from, text.n - from);
    return buf_view(b);
}

static bool
looks_like_json(struct str text)
{
    while (text.n && strchr(" \t\r\n", text.p[0]) && text.p[0])
        text = str_from(text, 1);
    return text.n && (text.p[0] == '{' || text.p[0] == '[' || text.p[0] == '"');
}

static bool
tell_not_utf8(struct document *d, struct str text, struct report *r)
{
    struct place at = {d->path, 1, 1};
    const char *p = text.p, *end = text.p + text.n;

    if (str_is_utf8(text))
        return false;
    for (size_t step; (step = str_utf8_step(p, end)) != 0; p += step) {
        at.column = *p == '\n' ? 1 : at.column + 1;
        at.line += *p == '\n';
    }
    report_error(r, at, "not UTF-8: save it as UTF-8");
    return true;
}

static void
delete_root(void *root)
{
    cJSON_Delete(root);
}

static struct document *
document_new(struct arena *a, struct str name)
{
    struct document *d = ARENA_NEW(a, struct document);

    if (!d)
        return NULL;
    d->path = arena_dup(a, name.n ? name : STR("-"));
    d->places = places_new();
    if (!d->path.p || !d->places || arena_defer(a, places_free, d->places) != FAULT_NONE) {
        places_free(d->places);
        return NULL;
    }
    return d;
}

static bool
fill(struct document *d, struct str text, struct report *r)
{
    struct builder *b = calloc(1, sizeof *b);
    unsigned errors = r->errors;
    struct buf replaced;

    if (!b || !yaml_parser_initialize(&b->parser)) {
        free(b);
        report_error(r, (struct place){d->path, 0, 0}, "out of memory");
        return false;
    }
    b->d = d;
    b->report = r;
    buf_init(&replaced, LARGEST_FILE);
    if (looks_like_json(text))
        text = replace_pairs(&replaced, text);
    if (replaced.failed)
        stop_memory(b);
    else
        build(b, text);
    buf_fini(&replaced);
    builder_free(b);
    return r->errors == errors;
}

struct document *
document_parse(struct arena *a, struct str name, struct str text, struct report *r)
{
    struct document *d = document_new(a, name);

    if (!d) {
        report_error(r, (struct place){name, 0, 0}, "out of memory");
        return NULL;
    }
    if (text.n > LARGEST_FILE) {
        report_error(r, (struct place){d->path, 0, 0}, "larger than 32 MB: split it");
        return NULL;
    }
    if (str_starts(text, STR("\xef\xbb\xbf"))) /* a byte order mark */
        text = str_from(text, 3);
    if (!text.n)
        text = STR("\n");
    if (tell_not_utf8(d, text, r))
        return NULL;
    bool good = fill(d, text, r);

    if (good && arena_defer(a, delete_root, d->root) == FAULT_NONE)
        return d;
    cJSON_Delete(d->root);
    if (good)
        report_error(r, (struct place){d->path, 0, 0}, "out of memory");
    return NULL;
}

struct document *
document_read(struct arena *a, const char *path, struct report *r)
{
    struct document *d = NULL;
    struct buf text;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    buf_init(&text, LARGEST_FILE + 1); /* so that document_parse can tell what is too large */
    if (fd >= 0 && file_read(fd, READ_STEP, &text))
        d = document_parse(a, str_of(path), buf_view(&text), r);
    else
        report_error(r, (struct place){str_of(path), 0, 0}, "cannot be read: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    buf_fini(&text);
    return d;
}
