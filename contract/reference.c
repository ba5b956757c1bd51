/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See reference.h. What another file holds is copied, once, to components of the main tree; the
 * copies remember their originals, so that their own $refs and their places stay right.
 */
#include "contract/reference.h"
#include "contract/lower.h"
#include "contract/pointer_map.h"
#include "base/uri.h"

enum { CHAIN_MAX = 32 };

struct work {
    struct work *next;
    enum walk_part part;
    cJSON *node;
};

struct bundle {
    struct sources *s;
    struct pointer_map done;  /* $ref nodes that were looked at */
    struct pointer_map names; /* node brought in -> its "#/components/..." */
    struct work *first, *last;
};

struct target {
    unsigned source; /* index */
    struct str pointer;
};

static bool
has_scheme(struct str file)
{
    size_t colon = str_find(file, ':');
    return colon < file.n && colon < str_find(file, '/');
}

static bool
refuse_place(struct sources *s, const cJSON *ref, struct str file)
{
    if (has_scheme(file))
        SOURCES_ERROR(s, ref,
                      "$ref '%s' is not local: save the file next to this one and name it by its "
                      "relative path",
                      ref->valuestring);
    else if (file.n && file.p[0] == '/')
        SOURCES_ERROR(s, ref, "$ref '%s' is an absolute path: use a path relative to this file",
                      ref->valuestring);
    else
        return false;
    return true;
}

/* The part behind '#', decoded; false after telling. */
static bool
read_fragment(struct sources *s, const cJSON *from, const char *reference, struct str *pointer)
{
    struct str text = str_of(reference);
    struct str raw = str_from(text, str_find(text, '#') + 1);
    *pointer = STR_NONE;
    if (raw.n && !uri_decode(s->arena, raw, false, pointer))
        SOURCES_ERROR(s, from, "$ref '%s' has a broken %%-escape: correct it", reference);
    else if (pointer->n && pointer->p[0] != '/')
        SOURCES_ERROR(s, from,
                      "$ref '%s' names an anchor, which is not supported: use a JSON Pointer, "
                      "'#/...'",
                      reference);
    else
        return true;
    return false;
}

static int
open_file(struct sources *s, const cJSON *ref, struct str file)
{
    if (!uri_decode(s->arena, file, false, &file)) {
        SOURCES_ERROR(s, ref, "$ref '%s' has a broken %%-escape: correct it", ref->valuestring);
        return -1;
    }
    unsigned before = s->count;
    const char *path = sources_relative(s, ref, file);
    struct source *source = path ? sources_open(s, path, ref) : NULL;
    if (!source)
        return -1;
    unsigned index = 0;
    while (s->list[index] != source)
        index++;
    if (s->count > before && !source->fragment)
        lower_document(s, source);
    return (int)index;
}

static bool
find_target(struct sources *s, const cJSON *ref, unsigned home, struct target *out)
{
    struct str text = str_of(ref->valuestring);
    struct str file = str_head(text, str_find(text, '#'));
    if (refuse_place(s, ref, file) || !read_fragment(s, ref, ref->valuestring, &out->pointer))
        return false;
    int index = file.n ? open_file(s, ref, file) : (int)home;
    if (index < 0)
        return false;
    out->source = (unsigned)index;
    const struct source *source = s->list[index];
    if (file.n && !source->fragment)
        out->pointer = lower_pointer(s->arena, source->dialect, out->pointer);
    return true;
}

static bool
may_stand(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == '-';
}

/* The last step of the pointer, or the file's name, in the letters of a component name. */
static struct str
plain_name(struct sources *s, const struct target *t)
{
    struct str from = t->pointer.n ? t->pointer : s->list[t->source]->key;
    size_t cut = from.n;
    while (cut && from.p[cut - 1] != '/')
        cut--;
    from = str_from(from, cut);
    if (!t->pointer.n)
        from.n = str_find(from, '.');
    char *name = arena_alloc(s->arena, from.n + 1);
    if (!name || !from.n)
        return STR("part");
    for (size_t i = 0; i < from.n; i++)
        name[i] = may_stand(from.p[i]) ? from.p[i] : '_';
    return (struct str){name, from.n};
}

/* A component name for the target that is not taken yet. */
static struct str
choose_name(struct sources *s, const cJSON *section, const struct target *t)
{
    struct str plain = plain_name(s, t);
    struct str name = arena_dup(s->arena, plain);
    for (unsigned i = 2; name.p && node_get(section, name.p); i++)
        name = arena_printf(s->arena, "%.*s_%u", STR_ARG(plain), i);
    return name;
}

static cJSON *
section_of(struct sources *s, const char *name)
{
    cJSON *root = s->list[0]->document.root;
    if (!cJSON_IsObject(node_get(root, "components")))
        tree_put(s->arena, root, "components", tree_object(s->arena));
    cJSON *components = node_get(root, "components");
    if (!cJSON_IsObject(node_get(components, name)))
        tree_put(s->arena, components, name, tree_object(s->arena));
    return node_get(components, name);
}

static const char *
copy_in(struct bundle *b, enum walk_part part, const struct target *t, const cJSON *original)
{
    struct sources *s = b->s;
    cJSON *section = section_of(s, walk_section(part));
    struct str name = choose_name(s, section, t);
    cJSON *node = sources_copy(s, original);
    struct work *work = ARENA_NEW(s->arena, struct work);
    struct str text =
        arena_printf(s->arena, "#/components/%s/%s", walk_section(part), name.p ? name.p : "");
    if (!section || !name.p || !node || !work || !text.p ||
        pointer_map_put(&b->names, s->arena, original, text.p)) {
        s->failed = true;
        return NULL;
    }
    node->string = NULL;
    tree_put(s->arena, section, name.p, node);
    const struct source *source = s->list[t->source];
    if (source->fragment)
        lower_part(s, source->dialect, part, node);
    *work = (struct work){.part = part, .node = node};
    *(b->last ? &b->last->next : &b->first) = work;
    b->last = work;
    return text.p;
}

static const char *
bring_in(struct bundle *b, enum walk_part part, const cJSON *ref, const struct target *t)
{
    struct sources *s = b->s;
    const cJSON *node = node_pointer(s->list[t->source]->document.root, t->pointer);
    if (!node || !(cJSON_IsObject(node) || cJSON_IsBool(node)))
        SOURCES_ERROR(s, ref, "$ref '%s' finds nothing: correct the file or the pointer",
                      ref->valuestring);
    else if (!walk_section(part))
        SOURCES_ERROR(s, ref, "$ref '%s' cannot stand here: write the content in this place",
                      ref->valuestring);
    else if (pointer_map_get(&b->names, node))
        return pointer_map_get(&b->names, node);
    else
        return copy_in(b, part, t, node);
    return NULL;
}

static void
localise(struct bundle *b, enum walk_part part, cJSON *ref)
{
    struct sources *s = b->s;
    if (!cJSON_IsString(ref) || pointer_map_get(&b->done, ref))
        return;
    if (pointer_map_put(&b->done, s->arena, ref, ref))
        s->failed = true;
    const struct source *home = sources_home(s, ref);
    unsigned at = 0;
    while (!home->overlay && s->list[at] != home)
        at++;
    struct target target;
    if ((at == 0 && ref->valuestring[0] == '#') || !find_target(s, ref, at, &target))
        return;
    if (target.source == 0) {
        struct str text = arena_printf(s->arena, "#%.*s", STR_ARG(target.pointer));
        tree_set_text(s->arena, ref, text);
        return;
    }
    const char *name = bring_in(b, part, ref, &target);
    if (name)
        tree_set_text(s->arena, ref, str_of(name));
}

/* Values of a discriminator's mapping are references where they look like one. */
static void
localise_mapping(struct bundle *b, const cJSON *schema)
{
    cJSON *mapping = node_get(node_get(schema, "discriminator"), "mapping");
    for (cJSON *m = mapping ? mapping->child : NULL; m; m = m->next)
        if (cJSON_IsString(m) && strpbrk(m->valuestring, "#/."))
            localise(b, PART_SCHEMA, m);
}

static void
visit(void *context, enum walk_part part, cJSON *node)
{
    struct bundle *b = context;
    cJSON *ref = node_get(node, "$ref");
    if (ref)
        localise(b, part, ref);
    if (part == PART_SCHEMA)
        localise_mapping(b, node);
}

void
reference_bundle(struct sources *s)
{
    struct bundle b = {.s = s};
    cJSON *root = s->list[0]->document.root;
    bool fine = walk_tree(PART_DOCUMENT, root, visit, &b);
    for (struct work *w = b.first; w; w = w->next)
        fine &= walk_tree(w->part, w->node, visit, &b);
    if (!fine)
        SOURCES_ERROR(s, root, "nested deeper than %d levels: make it flatter", TREE_DEPTH);
}

cJSON *
reference_find(struct sources *s, const cJSON *from, const char *reference)
{
    struct str pointer;
    if (reference[0] != '#') /* told while bundling */
        return NULL;
    if (!read_fragment(s, from, reference, &pointer))
        return NULL;
    cJSON *found = node_pointer(s->list[0]->document.root, pointer);
    if (!found)
        SOURCES_ERROR(s, from, "$ref '%s' finds nothing: correct it, or add what it names",
                      reference);
    return found;
}

cJSON *
reference_follow(struct sources *s, cJSON *node)
{
    const cJSON *from = node_get(node, "$ref");
    for (unsigned i = 0; node && i < CHAIN_MAX; i++) {
        const cJSON *ref = node_get(node, "$ref");
        if (!ref)
            return node;
        if (!cJSON_IsString(ref)) {
            SOURCES_ERROR(s, ref, "$ref must be text");
            return NULL;
        }
        node = reference_find(s, ref, ref->valuestring);
    }
    if (node)
        SOURCES_ERROR(s, from, "$ref '%s' leads in a circle: break it", from->valuestring);
    return NULL;
}
