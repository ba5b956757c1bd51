/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See sources.h. */
#include "contract/sources.h"
#include "base/place.h"

enum { FILES_MAX = 500 };

void
sources_init(struct sources *s, struct arena *a, struct report *r)
{
    *s = (struct sources){.arena = a, .report = r};
}

static uint8_t
dialect_of(const cJSON *root)
{
    if (str_starts(str_of(node_string(root, "swagger", "")), STR("2.")))
        return DIALECT_SWAGGER_2;
    struct str version = str_of(node_string(root, "openapi", ""));
    if (str_starts(version, STR("3.0")))
        return DIALECT_OPENAPI_3_0;
    return str_starts(version, STR("3.1")) ? DIALECT_OPENAPI_3_1 : DIALECT_UNKNOWN;
}

/* "a/./b/../c" -> "a/c", so that one file has one name. Leading ".." stay. */
static struct str
tidy(struct arena *a, struct str path)
{
    char *out = arena_alloc(a, path.n + 2);
    size_t n = 0, floor = 0;
    struct str rest = path, part;
    if (!out)
        return STR_NONE;
    if (path.n && path.p[0] == '/')
        out[n++] = '/';
    while (str_split(&rest, '/', &part)) {
        if (part.n == 0 || str_eq(part, STR(".")))
            continue;
        if (str_eq(part, STR("..")) && n > floor) {
            while (n > floor && out[n - 1] != '/')
                n--;
            n -= n > floor && n > 1;
            continue;
        }
        n += n && out[n - 1] != '/' ? (out[n] = '/', 1) : 0;
        memcpy(out + n, part.p, part.n);
        n += part.n;
        floor = str_eq(part, STR("..")) ? n : floor;
    }
    out[n] = '\0';
    return (struct str){out, n};
}

static bool
make_room(struct sources *s)
{
    if (s->count < s->room)
        return true;
    unsigned room = s->room ? s->room * 2 : 8;
    struct source **list = ARENA_ARRAY(s->arena, room, struct source *);
    if (!list)
        return false;
    if (s->count)
        memcpy(list, s->list, s->count * sizeof(struct source *));
    s->list = list;
    s->room = room;
    return true;
}

struct source *
sources_add(struct sources *s, const struct document *d)
{
    struct source *source = ARENA_NEW(s->arena, struct source);
    if (!source || !make_room(s)) {
        s->failed = true;
        return NULL;
    }
    *source = (struct source){.document = *d, .key = tidy(s->arena, d->path)};
    s->list[s->count++] = source;
    if (d->root) {
        source->document.root = sources_copy(s, d->root);
        source->dialect = dialect_of(d->root);
    }
    if (source->dialect == DIALECT_UNKNOWN && s->count > 1) {
        source->fragment = true;
        source->dialect = s->list[0]->dialect;
    }
    return source;
}

struct source *
sources_open(struct sources *s, const char *path, const cJSON *from)
{
    struct str key = tidy(s->arena, str_of(path));
    for (unsigned i = 0; i < s->count; i++)
        if (str_eq(s->list[i]->key, key))
            return s->list[i]->document.root ? s->list[i] : NULL;
    if (s->count >= FILES_MAX) {
        SOURCES_ERROR(s, from, "more than %d files in one contract: join some of them", FILES_MAX);
        return NULL;
    }
    const struct document *d = document_read(s->arena, path, s->report);
    if (d)
        return sources_add(s, d);
    if (from)
        SOURCES_ERROR(s, from, "'%s' could not be read, see above", path);
    /* Remembered, so that a second $ref to it is not a second mistake. */
    const struct document none = {.path = arena_dup(s->arena, str_of(path))};
    (void)sources_add(s, &none);
    return NULL;
}

static const struct place_row *
row_of(const struct sources *s, const cJSON *node, struct source **home)
{
    for (unsigned i = 0; node && i < s->count; i++) {
        const struct document_places *places = s->list[i]->document.places;
        const struct place_row *row = places ? places_get(places, node) : NULL;
        *home = s->list[i];
        if (row)
            return row;
    }
    return NULL;
}

void
sources_note(struct sources *s, const cJSON *made, const cJSON *original)
{
    struct source *home;
    const struct place_row *found = row_of(s, original, &home);
    if (!found || !made || made == original || places_get(home->document.places, made))
        return;
    struct place_row row = *found; /* the table may move */
    row.node = made;
    if (!places_put(home->document.places, row))
        s->failed = true;
}

static cJSON *
copy(struct sources *s, const cJSON *node, unsigned depth)
{
    cJSON *made = depth > TREE_DEPTH ? NULL : tree_alias(s->arena, node);
    if (!made) {
        s->failed = true;
        return NULL;
    }
    sources_note(s, made, node);
    made->child = NULL;
    for (const cJSON *child = node->child; child; child = child->next)
        tree_append(made, copy(s, child, depth + 1));
    return made;
}

cJSON *
sources_copy(struct sources *s, const cJSON *node)
{
    cJSON *made = node ? copy(s, node, 0) : NULL;
    if (made)
        made->string = NULL;
    return made;
}

struct source *
sources_home(const struct sources *s, const cJSON *node)
{
    struct source *home;
    return row_of(s, node, &home) ? home : s->list[0];
}

static struct place
place_of(const struct sources *s, const cJSON *node, bool key)
{
    if (!s->count)
        return (struct place){STR("-"), 0, 0};
    const struct document *d = &sources_home(s, node)->document;
    return key ? document_key_place(d, node) : document_place(d, node);
}

struct place
sources_place(const struct sources *s, const cJSON *node)
{
    return place_of(s, node, false);
}

struct place
sources_key_place(const struct sources *s, const cJSON *member)
{
    return place_of(s, member, true);
}

/* Into the report's own arena: it is read when the contract's may be gone. */
static void
relay_line(struct report *r, bool warning, struct str text)
{
    struct report_line *own = ARENA_NEW(r->arena, struct report_line);

    *(warning ? &r->warnings : &r->errors) += 1;
    if (!own)
        return;
    *own = (struct report_line){.warning = warning, .text = arena_dup(r->arena, text)};
    *(r->last ? &r->last->next : &r->first) = own;
    r->last = own;
}

void
sources_relay(struct sources *s, const struct report *from, const struct document *home,
              const cJSON *near)
{
    struct str prefix = arena_printf(s->arena, "%.*s: ", STR_ARG(home->path));
    struct place at = sources_place(s, near);
    for (const struct report_line *line = from->first; line; line = line->next) {
        struct str text = line->text;
        if (at.line && str_starts(text, prefix))
            text = arena_printf(s->arena, "%.*s:%u:%u: %.*s", STR_ARG(at.path), at.line, at.column,
                                STR_ARG(str_from(text, prefix.n)));
        relay_line(s->report, line->warning, text.p ? text : line->text);
    }
}

const char *
sources_relative(struct sources *s, const cJSON *node, struct str path)
{
    struct str home = sources_home(s, node)->document.path;
    size_t cut = home.n;
    while (cut && home.p[cut - 1] != '/')
        cut--;
    if (path.n && path.p[0] == '/')
        cut = 0;
    struct str whole = arena_printf(s->arena, "%.*s%.*s", (int)cut, home.p, STR_ARG(path));
    return whole.p ? tidy(s->arena, whole).p : NULL;
}
