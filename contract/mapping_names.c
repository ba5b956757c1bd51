/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a template leaves out of its target, filled by name: exact, else ignoring case, '_' and
 * '-'. Two structures with different types are mapped member by member; the pairs already mapped
 * are remembered, so recursive types end.
 */
#include "contract/mapping_compiler.h"

struct candidates { /* for one name: exact ones win over folded ones */
    struct expression exact, folded;
    unsigned exact_count, folded_count;
    struct str first, second; /* two folded names, for the message */
};

static void
consider(struct candidates *k, struct str wanted, struct str name, struct expression e)
{
    if (str_eq(wanted, name)) {
        k->exact = e;
        k->exact_count++;
    } else if (str_eq_loose(wanted, name)) {
        *(k->folded_count++ ? &k->second : &k->first) = name;
        k->folded = e;
    }
}

static void
consider_members(struct mapping_compiler *c, struct candidates *k, struct str wanted,
                 const struct expression *base)
{
    const struct type *t = base->type;

    for (uint32_t i = 0; t && i < t->field_count; i++) {
        struct expression e = *base;

        if (!str_eq_loose(wanted, t->fields[i].name))
            continue;
        e.tokens = ARENA_ARRAY(c->arena, base->token_count + 1, struct str);
        if (!e.tokens) {
            c->failed = true;
            return;
        }
        if (base->token_count)
            memcpy(e.tokens, base->tokens, base->token_count * sizeof(*e.tokens));
        e.tokens[e.token_count++] = t->fields[i].name;
        e.type = t->fields[i].type;
        consider(k, wanted, t->fields[i].name, e);
    }
}

static void
consider_inputs(struct mapping_compiler *c, struct candidates *k, struct str wanted)
{
    const struct operation *o = c->names->operation;
    struct expression body = {.source = FROM_BODY,
                              .type = o->body_count ? o->bodies[0].type : NULL};

    for (unsigned i = 0; i < o->parameter_count; i++)
        consider(k, wanted, o->parameters[i].name,
                 (struct expression){
                     .source = FROM_PARAMETER, .index = i, .type = o->parameters[i].type});
    if (!k->exact_count)
        consider_members(c, k, wanted, &body);
}

enum mapping_found
mapping_find(struct mapping_compiler *c, const struct mapping_source *from, struct str wanted,
             bool tell, struct expression *out)
{
    struct candidates k = {0};

    if (from->kind == SOURCE_INPUTS)
        consider_inputs(c, &k, wanted);
    else if (from->kind == SOURCE_VALUE)
        consider_members(c, &k, wanted, &from->expression);
    if (k.exact_count > 1)
        k.first = k.second = wanted; /* parameters of one name in different places */
    if (k.exact_count > 1 || (!k.exact_count && k.folded_count > 1)) {
        if (tell)
            mapping_tell(c,
                         "\"%.*s\" could be filled from \"%.*s\" or from \"%.*s\"; write which one",
                         STR_ARG(wanted), STR_ARG(k.first), STR_ARG(k.second));
        return FOUND_SEVERAL;
    }
    *out = k.exact_count ? k.exact : k.folded;
    return k.exact_count || k.folded_count ? FOUND_ONE : FOUND_NONE;
}

/* A required member that nothing fills: its default, or an empty list, where the type has one. */
static void
fill_alone(struct mapping_compiler *c, struct mapping *m, const struct field *field)
{
    struct mapping *part = mapping_new(c, MAP_LITERAL, NULL);
    struct value list = VALUE_OF(VALUE_ARRAY);
    struct fault ignored;

    if (!part)
        return;
    if (field->type->fallback)
        part->literal = *field->type->fallback;
    else if (!type_validate(field->type, &list, TYPE_ANSWER, &ignored))
        part->literal = list;
    else
        part = NULL;
    if (part)
        mapping_add(c, m, field->name, part);
    else
        mapping_tell(c, "nothing fills \"%.*s\", which is required; write where it comes from",
                     STR_ARG(field->name));
}

/* Members of *target in the target's order, so that what is written needs no sorting. */
static void
sort_parts(struct mapping *m, const struct type *target)
{
    unsigned at = 0;

    for (uint32_t i = 0; i < target->field_count; i++)
        for (unsigned j = at; j < m->part_count; j++)
            if (str_eq(m->parts[j].name, target->fields[i].name)) {
                struct mapping_part part = m->parts[j];

                memmove(&m->parts[at + 1], &m->parts[at], (j - at) * sizeof(part));
                m->parts[at++] = part;
                break;
            }
}

void
mapping_fill(struct mapping_compiler *c, struct mapping *m, const struct type *target,
             const struct mapping_source *from)
{
    unsigned written = m->part_count;

    for (uint32_t i = 0; !c->failed && i < target->field_count; i++) {
        const struct field *field = &target->fields[i];
        struct expression e;
        enum mapping_found found;
        bool given = false;

        for (unsigned j = 0; j < written; j++)
            given |= str_eq(m->parts[j].name, field->name);
        if (given || field->type->write_only)
            continue;
        found = mapping_find(c, from, field->name, true, &e);
        if (found == FOUND_ONE)
            mapping_add(c, m, field->name, mapping_from(c, e, field->type, field->name));
        else if (found == FOUND_NONE && field->required)
            fill_alone(c, m, field);
    }
    sort_parts(m, target);
}

static const struct mapping *map_members(struct mapping_compiler *c, const struct type *from,
                                         const struct type *to);

/* Subtypes that both know by one value of the discriminator, each member by member; all other
 * values as `plain` does. */
static void
map_variants(struct mapping_compiler *c, struct mapping *m, const struct type *from,
             const struct type *to, const struct mapping *plain)
{
    m->kind = MAP_CHOOSE;
    m->by_name = true;
    m->body = plain;
    m->source = (struct expression){.source = FROM_ITEM, .type = from};
    m->source.tokens = ARENA_ARRAY(c->arena, 1, struct str);
    if (!m->source.tokens) {
        c->failed = true;
        return;
    }
    m->source.tokens[m->source.token_count++] = from->discriminator;
    for (uint32_t i = 0; i < from->variant_count; i++)
        for (uint32_t k = 0; k < to->variant_count; k++) {
            const struct variant *a = &from->variants[i], *b = &to->variants[k];

            if (str_eq(a->value, b->value) && (a->type != from || b->type != to))
                mapping_add(c, m, a->value, map_members(c, a->type, b->type));
        }
}

/* An object from the members of *$item, by name; remembered per pair of types. */
static const struct mapping *
map_members(struct mapping_compiler *c, const struct type *from, const struct type *to)
{
    struct mapping_source item = {SOURCE_VALUE, {.source = FROM_ITEM}};
    struct mapping_pair *pair;
    struct mapping *m, *plain;

    from = from->bare ? from->bare : from;
    to = to->bare ? to->bare : to;
    item.expression.type = from;
    for (pair = c->pairs; pair; pair = pair->next)
        if (pair->from == from && pair->to == to)
            return pair->mapping;
    pair = ARENA_NEW(c->arena, struct mapping_pair);
    m = mapping_new(c, MAP_OBJECT, to);
    if (!pair || !m) {
        c->failed = true;
        return NULL;
    }
    *pair = (struct mapping_pair){c->pairs, from, to, m};
    c->pairs = pair;
    plain = m;
    if (from->variant_count && str_eq(from->discriminator, to->discriminator)) {
        plain = mapping_new(c, MAP_OBJECT, to);
        map_variants(c, m, from, to, plain);
    }
    if (plain)
        mapping_fill(c, plain, to, &item);
    return m;
}

bool
mapping_is_only(const struct type *t, unsigned kind)
{
    return t && (t->kinds & kind) && !(t->kinds & ~(kind | TYPE_NULL));
}

bool
mapping_is_record(const struct type *t)
{
    return mapping_is_only(t, TYPE_OBJECT) && t->field_count;
}

bool
mapping_fits(unsigned have, const struct type *want)
{
    unsigned scalars = TYPE_BOOLEAN | TYPE_NUMBER | TYPE_STRING;

    have &= ~(unsigned)TYPE_NULL;
    for (int depth = 0; depth < 8 && want; depth++) {
        if (!have || (have & want->kinds))
            return true;
        if ((want->kinds & TYPE_STRING) && (have & scalars))
            return true;
        if ((want->kinds & scalars) && (have & TYPE_STRING))
            return true;
        if (!(want->kinds & TYPE_ARRAY))
            return false;
        want = want->items; /* a single value becomes a list of one */
    }
    return true;
}

static const char *
kind_word(const struct type *t)
{
    return t->kinds & TYPE_STRING    ? "text"
           : t->kinds & TYPE_NUMBER  ? "a number"
           : t->kinds & TYPE_BOOLEAN ? "true or false"
           : t->kinds & TYPE_ARRAY   ? "a list"
           : t->kinds & TYPE_OBJECT  ? "an object"
                                     : "null";
}

static const struct mapping *
tell_misfit(struct mapping_compiler *c, const struct type *have, const struct type *want,
            struct str name)
{
    if (name.n)
        return mapping_tell(c,
                            "\"%.*s\" is %s and would be filled by name with %s; write where "
                            "it comes from",
                            STR_ARG(name), kind_word(want), kind_word(have));
    return mapping_tell(c, "this gives %s where the type wants %s", kind_word(have),
                        kind_word(want));
}

/* What is done with each value, or item of a list, on its way to `want`; *body is NULL when
 * nothing is. */
static bool
map_item(struct mapping_compiler *c, const struct type *have, const struct type *want, bool list,
         const struct mapping **body)
{
    struct mapping *each;

    *body = NULL;
    if (!have || !want || have == want)
        return true;
    if (mapping_is_record(have) && mapping_is_record(want)) {
        *body = map_members(c, have, want);
        return *body != NULL;
    }
    if (!list || !(have->kinds & ~want->kinds))
        return true;
    each = mapping_new(c, MAP_EXPRESSION, want);
    if (each)
        each->source = (struct expression){.source = FROM_ITEM, .type = have};
    *body = each;
    return each != NULL;
}

const struct mapping *
mapping_from(struct mapping_compiler *c, struct expression from, const struct type *target,
             struct str name)
{
    const struct type *have = from.type;
    bool list = mapping_is_only(target, TYPE_ARRAY), has_list = mapping_is_only(have, TYPE_ARRAY);
    const struct type *have_item = has_list ? have->items : have;
    struct mapping *m = mapping_new(c, MAP_EXPRESSION, target);

    if (!m)
        return NULL;
    if (have && target && !mapping_fits(have->kinds, target))
        return tell_misfit(c, have, target, name);
    if (list && has_list && have_item && !mapping_fits(have_item->kinds, target->items))
        return tell_misfit(c, have_item, target->items, name);
    m->source = from;
    if (have == target || (has_list && !list))
        return m;
    if (!map_item(c, have_item, list ? target->items : target, list, &m->body))
        return NULL;
    if (m->body)
        m->kind = list ? MAP_EACH : MAP_WITH;
    m->by_name = true;
    return m;
}
