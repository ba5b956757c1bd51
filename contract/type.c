/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The set of types: one draft per schema node, found again by the node's address.
 *
 * Compiling works off a list instead of recursing: reading a schema only finds the drafts of its
 * subschemas, which makes recursive schemas plain and keeps the C stack flat.
 */
#include "contract/type_rule.h"

struct node_slot {
    const cJSON *node;
    struct draft *draft;
};

enum { FIRST_SLOTS = 256 };

void *
set_alloc(struct type_set *s, size_t n, size_t size)
{
    void *p = arena_zalloc(s->arena, n ? n : 1, size);

    if (!p && !s->memory) {
        s->memory = true;
        report_error(s->report, (struct place){0}, "out of memory while compiling types");
    }
    return p;
}

struct type_set *
type_set_new(struct arena *a, struct type_resolver resolver, struct report *r)
{
    struct type_set *s = ARENA_NEW(a, struct type_set);

    if (!s)
        return NULL;
    s->arena = a;
    s->resolver = resolver;
    s->report = r;
    s->slots = set_alloc(s, FIRST_SLOTS, sizeof(*s->slots));
    s->mask = FIRST_SLOTS - 1;
    return s->slots ? s : NULL;
}

unsigned
type_set_count(const struct type_set *s)
{
    return s->count;
}

static struct node_slot *
slot_of(struct node_slot *slots, unsigned mask, const cJSON *node)
{
    uint64_t hash = (uint64_t)(uintptr_t)node * 0x9E3779B97F4A7C15u;
    unsigned i = (unsigned)(hash >> 40) & mask;

    while (slots[i].node && slots[i].node != node)
        i = (i + 1) & mask;
    return &slots[i];
}

static bool
slots_grow(struct type_set *s)
{
    unsigned n = (s->mask + 1) * 2;
    struct node_slot *slots = set_alloc(s, n, sizeof(*slots));

    if (!slots)
        return false;
    for (unsigned i = 0; i <= s->mask; i++)
        if (s->slots[i].node)
            *slot_of(slots, n - 1, s->slots[i].node) = s->slots[i];
    s->slots = slots;
    s->mask = n - 1;
    return true;
}

static bool
drafts_grow(struct type_set *s)
{
    unsigned room = s->room ? s->room * 2 : 64;
    struct draft **drafts = set_alloc(s, room, sizeof(struct draft *));

    if (!drafts)
        return false;
    if (s->count)
        memcpy(drafts, s->drafts, s->count * sizeof(struct draft *));
    s->drafts = drafts;
    s->room = room;
    return true;
}

struct draft *
draft_new(struct type_set *s, const struct document *home, const cJSON *schema)
{
    struct draft *d;

    if (s->count == s->room && !drafts_grow(s))
        return NULL;
    d = set_alloc(s, 1, sizeof(*d));
    if (!d)
        return NULL;
    d->set = s;
    d->home = home;
    d->kinds = TYPE_ANY;
    d->members.max = d->items.max = d->length.max = UINT32_MAX;
    d->contains.size = (struct size){1, UINT32_MAX};
    d->type.schema = schema;
    d->type.index = s->count;
    s->drafts[s->count++] = d;
    return d;
}

/* ---- References ---- */

const cJSON *
draft_resolve(struct type_set *s, const struct document *home, const cJSON *from,
              const char *reference, const struct document **where)
{
    const cJSON *target = identity_find(s, home, from, reference);

    *where = home;
    if (target)
        return target;
    return s->resolver.resolve(s->resolver.context, home, from, reference, where);
}

/* The name of a component: the last token of ".../schemas/NAME" and its like; else "". */
static struct str
reference_name(struct arena *a, const char *reference)
{
    static const char *const tables[] = {"schemas", "definitions", "$defs"};
    const char *last = strrchr(reference, '/');

    if (!last || strpbrk(last, "~%#"))
        return STR_NONE;
    for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        size_t n = strlen(tables[i]);
        if ((size_t)(last - reference) > n && last[-(ptrdiff_t)n - 1] == '/' &&
            memcmp(last - n, tables[i], n) == 0)
            return arena_dup(a, str_of(last + 1));
    }
    return STR_NONE;
}

/* The reference of a schema that is nothing else, or NULL. */
static const char *
plain_reference(const cJSON *schema)
{
    const cJSON *only = cJSON_IsObject(schema) ? schema->child : NULL;

    if (!only || only->next || strcmp(only->string, "$ref") != 0)
        return NULL;
    return cJSON_GetStringValue(only);
}

static const struct type *
node_type(struct type_set *s, const struct document *home, const cJSON *schema, struct str name)
{
    struct node_slot *slot = slot_of(s->slots, s->mask, schema);

    if (!slot->node) {
        if (s->count * 2 > s->mask) {
            if (!slots_grow(s))
                return NULL;
            slot = slot_of(s->slots, s->mask, schema);
        }
        struct draft *d = draft_new(s, home, schema);
        if (!d)
            return NULL;
        *slot = (struct node_slot){schema, d};
    }
    if (name.n && !slot->draft->type.name.n)
        slot->draft->type.name = name;
    return &slot->draft->type;
}

const struct type *
draft_find(struct type_set *s, const struct document *home, const cJSON *schema)
{
    struct str name = STR_NONE;
    const cJSON *from = schema;
    const char *reference;

    for (unsigned n = 0; (reference = plain_reference(schema)); n++) {
        if (n == SCHEMA_DEPTH) {
            report_error(s->report, document_place(home, from),
                         "this $ref leads back to itself: point it at a schema");
            return NULL;
        }
        schema = draft_resolve(s, home, schema, reference, &home);
        if (!schema)
            return NULL;
        name = reference_name(s->arena, reference);
    }
    if (!cJSON_IsObject(schema) && !cJSON_IsBool(schema)) {
        report_error(s->report, document_place(home, schema),
                     "a schema must be an object, true or false");
        return NULL;
    }
    return node_type(s, home, schema, name);
}

const struct type *
draft_refer(struct draft *d, const cJSON *from, const char *reference)
{
    const struct document *home;
    const cJSON *schema = draft_resolve(d->set, d->home, from, reference, &home);
    const struct type *t = schema ? draft_find(d->set, home, schema) : NULL;

    if (t && t->schema == schema && !t->name.n)
        draft_of(t)->type.name = reference_name(d->set->arena, reference);
    return t;
}

/* ---- Compiling ---- */

const struct type *
type_compile(struct type_set *s, const struct document *home, const cJSON *schema, struct str name)
{
    unsigned errors = s->report->errors;
    const struct type *t = schema ? draft_find(s, home, schema) : NULL;

    if (t && name.n && t->schema == schema)
        draft_of(t)->type.name = name;
    while (s->read < s->count)
        schema_read(s->drafts[s->read++]);
    return s->report->errors == errors ? t : NULL;
}

/* Types that alternatives were joined to come up while shapes are made; they are made of types
 * that stand before them. */
static struct draft **
shape_all(struct type_set *s, struct draft **order, unsigned *n)
{
    unsigned i = s->count;
    struct draft **all;

    for (unsigned k = 0; k < *n; k++)
        shape_make(order[k]);
    for (; i < s->count; i++)
        shape_make(s->drafts[i]);
    all = set_alloc(s, s->count, sizeof(struct draft *));
    if (!all)
        return NULL;
    memcpy(all, order, *n * sizeof(struct draft *));
    for (i = s->read; i < s->count; i++)
        all[(*n)++] = s->drafts[i];
    s->read = s->count;
    return all;
}

void
type_set_finish(struct type_set *s)
{
    unsigned n, errors = s->report->errors;
    struct draft **order = set_alloc(s, s->count, sizeof(struct draft *));

    if (!order)
        return;
    n = shape_order(s, order);
    if (s->report->errors != errors)
        return;
    order = shape_all(s, order, &n);
    if (!order)
        return;
    variants_make(order, n);
    for (unsigned i = 0; i < n; i++) {
        shape_members(order[i]);
        emit_rules(order[i]);
    }
    s->finished = s->count;
}

/* ---- Names ---- */

static inline uint32_t
name_hash(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    uint32_t mix = (uint32_t)s.n << 24;

    if (s.n)
        mix ^= p[0] | (uint32_t)p[s.n / 2] << 8 | (uint32_t)p[s.n - 1] << 16;
    mix *= 0x9E3779B1u;
    return mix ^ mix >> 15;
}

static inline struct str
name_at(const struct names *names, uint32_t i)
{
    const char *entry = names->first + (size_t)i * names->stride;

    return *(const struct str *)(const void *)entry;
}

const struct names *
names_new(struct arena *a, const void *first, size_t stride, uint32_t n)
{
    uint32_t size = 4;
    struct names *names = ARENA_NEW(a, struct names);
    uint32_t *slots;

    while (size < n * 2)
        size *= 2;
    slots = ARENA_ARRAY(a, size, uint32_t);
    if (!names || !slots)
        return NULL;
    *names = (struct names){first, slots, (uint32_t)stride, n, size - 1};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = name_hash(name_at(names, i)) & names->mask;
        while (slots[at])
            at = (at + 1) & names->mask;
        slots[at] = i + 1;
    }
    return names;
}

int32_t
names_find(const struct names *names, struct str name)
{
    uint32_t at = name_hash(name) & names->mask;

    for (; names->slots[at]; at = (at + 1) & names->mask)
        if (name_eq(name_at(names, names->slots[at] - 1u), name))
            return (int32_t)names->slots[at] - 1;
    return -1;
}

const struct field *
type_field(const struct type *t, struct str name, uint32_t *hint)
{
    int32_t at;

    if (*hint < t->field_count && name_eq(t->fields[*hint].name, name))
        return &t->fields[(*hint)++];
    at = t->by_name ? names_find(t->by_name, name) : -1;
    if (at < 0)
        return NULL;
    *hint = (uint32_t)at + 1;
    return &t->fields[at];
}

const struct type *
type_variant(const struct type *t, const struct value *v)
{
    const struct names *names = draft_of(t)->variant_names;
    const struct value *chosen = names ? value_get(v, t->discriminator) : NULL;
    int32_t at;

    if (!chosen || chosen->kind != VALUE_STRING)
        return t;
    at = names_find(names, value_text(chosen));
    return at < 0 ? t : t->variants[at].type;
}
