/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking things up in a schema. */
#include "graphql/schema.h"

#include "graphql/schema_build.h"

const struct schema_type *
schema_find(const struct schema *s, struct str name)
{
    for (unsigned i = 0; i < s->type_count; i++)
        if (str_eq(s->types[i]->name, name))
            return s->types[i];
    return NULL;
}

const struct schema_field *
schema_find_field(const struct schema_type *t, struct str name)
{
    for (unsigned i = 0; i < t->field_count; i++)
        if (str_eq(t->fields[i].name, name))
            return &t->fields[i];
    return NULL;
}

const struct schema_input *
schema_find_input(const struct schema_input *list, unsigned n, struct str name)
{
    for (unsigned i = 0; i < n; i++)
        if (str_eq(list[i].name, name))
            return &list[i];
    return NULL;
}

bool
schema_is_possible(const struct schema_type *t, const struct schema_type *object)
{
    if (t == object)
        return true;
    for (unsigned i = 0; i < t->member_count; i++)
        if (t->members[i] == object)
            return true;
    return false;
}

struct schema_type *
schema_memo_find(const struct schema *s, const struct type *t, bool input)
{
    uint64_t at = ((uintptr_t)t >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 20;
    const struct schema_memo *m = s->memo;

    for (unsigned i = (unsigned)at & m->mask; m->slots[i].type; i = (i + 1) & m->mask)
        if (m->slots[i].type == t && m->slots[i].input == input)
            return m->slots[i].made;
    return NULL;
}

/* By the value alone: the first member whose type it satisfies. */
static const struct schema_type *
resolve_by_shape(const struct schema_type *t, const struct value *v)
{
    struct fault f;

    for (unsigned i = 0; i < t->member_count; i++)
        if (t->members[i]->source && !type_validate(t->members[i]->source, v, TYPE_ANSWER, &f))
            return t->members[i];
    return NULL;
}

const struct schema_type *
schema_resolve(const struct schema *s, const struct schema_type *t, const struct value *v)
{
    const struct schema_type *found;

    if (!t->source || !t->source->discriminator.n)
        return resolve_by_shape(t, v);
    found = schema_memo_find(s, type_variant(t->source, v), false);
    if (found && found->kind == SCHEMA_INTERFACE)
        found = found->base;
    return found && found->kind == SCHEMA_OBJECT && schema_is_possible(t, found) ? found : NULL;
}
