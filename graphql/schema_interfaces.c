/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces and unions, once all types are there: who implements what, without circles, and the
 * fields that an interface has in common with its objects.
 */
#include "graphql/schema_build.h"

void
schema_add_interface(struct schema_builder *b, struct schema_type *t,
                     const struct schema_type *interface)
{
    const struct schema_type **list;

    for (unsigned i = 0; i < t->interface_count; i++)
        if (t->interfaces[i] == interface)
            return;
    list = ARENA_ARRAY(b->schema->arena, t->interface_count + 1, const struct schema_type *);
    if (!list) {
        schema_no_memory(b);
        return;
    }
    if (t->interface_count)
        memcpy(list, t->interfaces, t->interface_count * sizeof(*list));
    list[t->interface_count++] = interface;
    t->interfaces = list;
}

static bool
covers(const struct schema_reference *wide, const struct schema_reference *narrow)
{
    bool same = wide->type == narrow->type;

    for (unsigned i = 0; !same && i < narrow->type->interface_count; i++)
        same = narrow->type->interfaces[i] == wide->type;
    for (unsigned i = 0; !same && wide->type->kind == SCHEMA_UNION && i < wide->type->member_count;
         i++)
        same = wide->type->members[i] == narrow->type;
    return same && wide->depth == narrow->depth && !(wide->nonnull & ~narrow->nonnull);
}

/* The depth bounds the recursion; what is deeper counts as a circle. */
static bool
leads_to(const struct schema_type *from, const struct schema_type *to, unsigned depth)
{
    enum { DEPTH = 24 };

    if (from == to || depth > DEPTH)
        return true;
    for (unsigned i = 0; i < from->interface_count; i++)
        if (leads_to(from->interfaces[i], to, depth + 1))
            return true;
    return false;
}

/* Discriminators may name each other's types, interfaces may not implement each other: the later
 * one does not, but the object of its own values does. */
static void
break_circles(struct schema_builder *b)
{
    struct schema *s = b->schema;
    unsigned *count = ARENA_ARRAY(s->arena, s->type_count, unsigned);

    if (!count) {
        schema_no_memory(b);
        return;
    }
    for (unsigned i = 0; i < s->type_count; i++) {
        count[i] = s->types[i]->interface_count;
        if (s->types[i]->kind == SCHEMA_INTERFACE)
            s->types[i]->interface_count = 0;
    }
    for (unsigned i = 0; i < s->type_count && !b->memory; i++) {
        struct schema_type *t = s->types[i];
        const struct schema_type **list = t->interfaces;

        if (t->kind != SCHEMA_INTERFACE)
            continue;
        t->interfaces = NULL;
        for (unsigned k = 0; k < count[i]; k++)
            if (!leads_to(list[k], t, 0))
                schema_add_interface(b, t, list[k]);
            else if (t->base)
                schema_add_interface(b, (struct schema_type *)(uintptr_t)t->base, list[k]);
    }
}

static void
inherit_interfaces(struct schema_builder *b, struct schema_type *t)
{
    for (unsigned i = 0; i < t->interface_count; i++) /* grows */
        for (unsigned k = 0; k < t->interfaces[i]->interface_count; k++)
            if (t->interfaces[i]->interfaces[k] != t)
                schema_add_interface(b, t, t->interfaces[i]->interfaces[k]);
}

/* A field that some object has not, or has with another type, is no field of the interface. */
static void
keep_common_fields(struct schema_type *interface, const struct schema_type *object)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < interface->field_count; i++) {
        const struct schema_field *f = &interface->fields[i];
        const struct schema_field *own = schema_find_field(object, f->name);

        if (own && covers(&f->type, &own->type))
            interface->fields[kept++] = *f;
    }
    interface->field_count = kept;
}

static void
collect_members(struct schema_builder *b, struct schema_type *interface)
{
    struct schema *s = b->schema;
    unsigned n = 0;

    for (unsigned i = 0; i < s->type_count; i++)
        for (unsigned k = 0; k < s->types[i]->interface_count; k++)
            n += s->types[i]->interfaces[k] == interface;
    interface->members = ARENA_ARRAY(s->arena, n + 1, const struct schema_type *);
    for (unsigned i = 0; interface->members && i < s->type_count; i++)
        for (unsigned k = 0; k < s->types[i]->interface_count; k++) {
            if (s->types[i]->interfaces[k] != interface)
                continue;
            keep_common_fields(interface, s->types[i]);
            if (s->types[i]->kind == SCHEMA_OBJECT)
                interface->members[interface->member_count++] = s->types[i];
        }
}

/* A union of an interface is one of its objects. */
static void
flatten_union(struct schema_builder *b, struct schema_type *t)
{
    const struct schema_type **list =
        ARENA_ARRAY(b->schema->arena, b->schema->type_count, const struct schema_type *);
    const struct schema_type **old = t->members;
    unsigned n = t->member_count;

    if (!list)
        return;
    t->members = list;
    t->member_count = 0;
    for (unsigned i = 0; i < n; i++) {
        if (old[i]->kind == SCHEMA_OBJECT && !schema_is_possible(t, old[i]))
            list[t->member_count++] = old[i];
        for (unsigned k = 0; old[i]->kind == SCHEMA_INTERFACE && k < old[i]->member_count; k++)
            if (!schema_is_possible(t, old[i]->members[k]))
                list[t->member_count++] = old[i]->members[k];
    }
}

static void
drop_interface(struct schema *s, const struct schema_type *interface)
{
    for (unsigned i = 0; i < s->type_count; i++) {
        struct schema_type *t = s->types[i];
        unsigned kept = 0;

        for (unsigned k = 0; k < t->interface_count; k++)
            if (t->interfaces[k] != interface)
                t->interfaces[kept++] = t->interfaces[k];
        t->interface_count = kept;
    }
}

void
schema_finish_interfaces(struct schema_builder *b)
{
    struct schema *s = b->schema;

    break_circles(b);
    for (unsigned i = 0; i < s->type_count; i++)
        inherit_interfaces(b, s->types[i]);
    for (unsigned i = 0; i < s->type_count; i++)
        if (s->types[i]->kind == SCHEMA_INTERFACE)
            collect_members(b, s->types[i]);
    for (unsigned i = 0; i < s->type_count; i++)
        if (s->types[i]->kind == SCHEMA_INTERFACE && !s->types[i]->field_count) {
            s->types[i]->kind = SCHEMA_UNION;
            drop_interface(s, s->types[i]);
        }
    for (unsigned i = 0; i < s->type_count; i++)
        if (s->types[i]->kind == SCHEMA_UNION)
            flatten_union(b, s->types[i]);
}
