/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the flat rules of a type: its own, and those of its $ref and allOf copied in, so that
 * checking a type with five bases costs no more than checking one that says the same itself.
 *
 * The members that a type and its bases know go into one table, so that a value's members are
 * walked once. Only objects that restrict other members (additionalProperties,
 * patternProperties) keep a table of their own.
 */
#include "contract/type_rule.h"

struct rules { /* being built */
    struct type_set *set;
    struct rule *at;
    uint32_t n;
    uint8_t kinds; /* that the type allows: others need no rule */
};

static void
add(struct rules *rules, enum verdict (*check)(struct check *, const void *, const struct value *),
    const void *operand, uint8_t kinds)
{
    if (!(kinds & rules->kinds) || !operand)
        return;
    for (uint32_t i = 0; i < rules->n; i++)
        if (rules->at[i].check == check && rules->at[i].operand == operand)
            return; /* by way of two bases */
    rules->at[rules->n++] = (struct rule){check, operand, kinds};
}

/* ---- Objects ---- */

static struct property *
property_find(struct object *o, struct str name)
{
    for (uint32_t i = 0; i < o->n; i++)
        if (str_eq(o->properties[i].name, name))
            return &o->properties[i];
    return NULL;
}

static struct property *
property_entry(struct object *o, struct str name)
{
    struct property *p = property_find(o, name);

    if (!p) {
        p = &o->properties[o->n++];
        p->name = name;
    }
    return p;
}

static void
property_type(struct type_set *s, struct property *p, const struct type *t)
{
    struct property *also;

    if (!t)
        return;
    p->read_only |= t->read_only;
    p->write_only |= t->write_only;
    if (p->type == t || draft_is_empty(draft_of(t)))
        return;
    for (const struct property *known = p->also; known; known = known->also)
        if (known->type == t)
            return;
    if (!p->type) {
        p->type = t;
        return;
    }
    also = set_alloc(s, 1, sizeof(*also));
    if (!also)
        return;
    *also = (struct property){.name = p->name, .type = t, .also = p->also};
    p->also = also;
}

static void
property_require(struct object *o, uint32_t *bits, struct str name)
{
    struct property *p = property_entry(o, name);

    if (p->required)
        return;
    p->required = true;
    if (*bits < REQUIRED_BITS)
        p->mask = (uint64_t)1 << (*bits)++;
    else
        o->more[o->more_count++] = name;
}

/* Members that are only written, or only read, are neither required nor let through the other
 * way (OpenAPI 3.1, section 4.8.24.1 on readOnly and writeOnly). */
static void
object_directions(struct object *o)
{
    for (uint32_t i = 0; i < o->n; i++) {
        struct property *p = &o->properties[i];
        if (p->read_only)
            p->refused |= 1u << TYPE_REQUEST;
        else {
            o->required[TYPE_REQUEST] |= p->mask;
            o->required[TYPE_REQUEST_LENIENT] |= p->mask;
        }
        if (p->write_only)
            p->refused |= 1u << TYPE_ANSWER;
        else
            o->required[TYPE_ANSWER] |= p->mask;
        p->plain = !p->refused && !p->also;
    }
}

static void
object_add_base(struct type_set *s, struct object *o, uint32_t *bits, const struct object *base)
{
    for (uint32_t i = 0; i < base->n; i++) {
        const struct property *from = &base->properties[i];
        struct property *p = property_entry(o, from->name);
        p->read_only |= from->read_only;
        p->write_only |= from->write_only;
        for (const struct property *also = from; also; also = also->also)
            property_type(s, p, also->type);
        if (from->required)
            property_require(o, bits, from->name);
    }
}

/* The type's own members, on top of those of n bases. */
static struct object *
object_new(struct draft *d, const struct object **bases, uint32_t n, bool own)
{
    struct type_set *s = d->set;
    struct object *o = set_alloc(s, 1, sizeof(*o));
    uint32_t bits = 0, room = own ? d->property_count + d->required_count : 0;

    for (uint32_t i = 0; i < n; i++)
        room += bases[i]->n;
    if (!o)
        return NULL;
    o->properties = set_alloc(s, room, sizeof(struct property));
    o->more = set_alloc(s, room, sizeof(struct str));
    if (!o->properties || !o->more)
        return NULL;
    o->open = true;
    for (uint32_t i = 0; i < n; i++)
        object_add_base(s, o, &bits, bases[i]);
    for (uint32_t i = 0; own && i < d->property_count; i++) {
        struct property *p = property_entry(o, d->properties[i].name);
        p->declared = true;
        property_type(s, p, d->properties[i].type);
    }
    for (uint32_t i = 0; own && i < d->required_count; i++)
        property_require(o, &bits, d->required[i]);
    object_directions(o);
    o->names = names_new(s->arena, o->properties, sizeof(struct property), o->n);
    return o->names ? o : NULL;
}

static bool
is_restricting(const struct draft *d)
{
    return d->closed || d->pattern_count || d->additional;
}

/* What additionalProperties, patternProperties and properties of one schema say together. */
static const struct object *
restricting_object(struct draft *d)
{
    struct object *o = object_new(d, NULL, 0, true);

    if (!o)
        return NULL;
    o->open = false;
    for (uint32_t i = 0; i < o->n; i++) /* the others are met by patterns, or are additional */
        o->properties[i].plain &= o->properties[i].declared && !d->pattern_count;
    o->patterns = d->patterns;
    o->pattern_count = d->pattern_count;
    o->additional = d->additional;
    o->closed = d->closed;
    return o;
}

static void
add_object(struct rules *rules, struct draft *d, const struct types *bases)
{
    const struct object **parts = set_alloc(d->set, bases->n, sizeof(const struct object *));
    bool own = !is_restricting(d) && (d->property_count || d->required_count);
    uint32_t n = 0;

    for (uint32_t i = 0; parts && i < bases->n; i++)
        if (draft_of(bases->at[i])->object)
            parts[n++] = draft_of(bases->at[i])->object;
    if (n > 1 || own)
        d->object = object_new(d, parts, n, own);
    else if (n == 1)
        d->object = parts[0];
    add(rules, check_object, d->object, TYPE_OBJECT);
    if (is_restricting(d))
        add(rules, check_object, restricting_object(d), TYPE_OBJECT);
}

/* ---- Rules of one schema ---- */

static bool
is_set(const struct size *size)
{
    return size->min > 0 || size->max != UINT32_MAX;
}

static const struct dispatch *
dispatch_new(struct draft *d)
{
    struct dispatch *dispatch = set_alloc(d->set, 1, sizeof(*dispatch));

    if (dispatch)
        *dispatch = (struct dispatch){&d->type, d->variant_names, d->covers, d->must_choose};
    return dispatch;
}

static void
add_dispatch(struct rules *rules, struct draft *d)
{
    bool others = d->must_choose;

    for (uint32_t i = 0; i < d->type.variant_count; i++)
        others |= d->type.variants[i].type != &d->type;
    if (others && d->variant_names && d->covers && !d->by_branch)
        add(rules, check_dispatch, dispatch_new(d), TYPE_OBJECT);
}

static void
add_enum(struct rules *rules, struct draft *d, const struct value *choices)
{
    struct str *texts;

    for (uint32_t i = 0; i < choices->n; i++)
        if (choices->items[i].kind != VALUE_STRING) {
            add(rules, check_enum, choices, TYPE_ANY);
            return;
        }
    texts = set_alloc(d->set, choices->n, sizeof(struct str));
    for (uint32_t i = 0; texts && i < choices->n; i++)
        texts[i] = value_text(&choices->items[i]);
    if (texts)
        add(rules, check_string_enum,
            names_new(d->set->arena, texts, sizeof(struct str), choices->n), TYPE_ANY);
}

static void
add_scalars(struct rules *rules, struct draft *d)
{
    bool numeric = d->format >= FORMAT_INT32 && d->format <= FORMAT_DECIMAL;

    if (d->constant)
        add(rules, check_constant, d->constant, TYPE_ANY);
    if (d->enumeration)
        add_enum(rules, d, d->enumeration);
    add(rules, check_minimum, d->minimum, TYPE_NUMBER);
    add(rules, check_above, d->above, TYPE_NUMBER);
    add(rules, check_maximum, d->maximum, TYPE_NUMBER);
    add(rules, check_below, d->below, TYPE_NUMBER);
    add(rules, check_multiple, d->multiple, TYPE_NUMBER);
    if (numeric && d->format != FORMAT_DECIMAL)
        add(rules, check_number_format, &d->format, TYPE_NUMBER);
    if (is_set(&d->length))
        add(rules, check_length, &d->length, TYPE_STRING);
    if (!numeric || d->format == FORMAT_DECIMAL)
        add(rules, check_text_format, d->format ? &d->format : NULL, TYPE_STRING);
    add(rules, check_pattern, d->pattern, TYPE_STRING);
}

static void
add_array(struct rules *rules, struct draft *d)
{
    if (is_set(&d->items))
        add(rules, check_item_count, &d->items, TYPE_ARRAY);
    if (d->array.prefix.n || d->array.items)
        add(rules, check_array, &d->array, TYPE_ARRAY);
    if (d->contains.type && is_set(&d->contains.size))
        add(rules, check_contains, &d->contains, TYPE_ARRAY);
    if (d->unique)
        add(rules, check_unique, d, TYPE_ARRAY);
}

static void
add_choice(struct rules *rules, struct draft *d, const struct types *types, bool exclusive)
{
    struct choice *choice = types->n ? set_alloc(d->set, 1, sizeof(*choice)) : NULL;
    bool dispatch = d->by_branch && d->variant_names && (exclusive || !d->one.n);

    if (!choice)
        return;
    *choice = (struct choice){*types, dispatch ? dispatch_new(d) : NULL, exclusive};
    add(rules, check_choice, choice, TYPE_ANY);
}

static void
add_applicators(struct rules *rules, struct draft *d)
{
    if (is_set(&d->members))
        add(rules, check_member_count, &d->members, TYPE_OBJECT);
    add(rules, check_member_names, d->member_names, TYPE_OBJECT);
    if (d->needs.n)
        add(rules, check_needs, &d->needs, TYPE_OBJECT);
    if (d->dependents.n)
        add(rules, check_dependents, &d->dependents, TYPE_OBJECT);
    add_choice(rules, d, &d->any, false);
    add_choice(rules, d, &d->one, true);
    add(rules, check_not, d->not, TYPE_ANY);
    if (d->condition.when && (d->condition.then || d->condition.otherwise))
        add(rules, check_condition, &d->condition, TYPE_ANY);
}

static void
add_bases(struct rules *rules, const struct types *bases)
{
    for (uint32_t i = 0; i < bases->n; i++) {
        const struct type *base = bases->at[i];
        for (uint32_t k = 0; k < base->rule_count; k++) {
            const struct rule *rule = &base->rules[k];
            if (rule->check != check_dispatch && rule->operand != draft_of(base)->object)
                add(rules, rule->check, rule->operand, rule->kinds);
        }
    }
}

static bool
rules_begin(struct rules *rules, struct draft *d, const struct types *bases)
{
    enum { OWN_RULES = 32 };
    struct type_set *s = d->set;
    uint32_t room = OWN_RULES;

    for (uint32_t i = 0; i < bases->n; i++)
        room += bases->at[i]->rule_count;
    if (s->scratch_room < room) {
        s->scratch = set_alloc(s, room * 2, sizeof(struct rule));
        s->scratch_room = s->scratch ? room * 2 : 0;
    }
    *rules = (struct rules){.set = s, .at = s->scratch, .kinds = d->type.kinds};
    return s->scratch != NULL;
}

static void
rules_end(const struct rules *rules, struct type *t)
{
    struct rule *exact = set_alloc(rules->set, rules->n, sizeof(struct rule));

    if (!exact)
        return;
    memcpy(exact, rules->at, rules->n * sizeof(struct rule));
    t->rules = exact;
    t->rule_count = rules->n;
}

void
emit_rules(struct draft *d)
{
    struct types bases = {set_alloc(d->set, d->all.n + 1, sizeof(const struct type *)), 0};
    struct rules rules;

    if (!bases.at)
        return;
    if (d->ref)
        bases.at[bases.n++] = d->ref;
    for (uint32_t i = 0; i < d->all.n; i++)
        bases.at[bases.n++] = d->all.at[i];
    if (!rules_begin(&rules, d, &bases))
        return;
    add_dispatch(&rules, d);
    add_scalars(&rules, d);
    add_array(&rules, d);
    add_object(&rules, d, &bases);
    add_applicators(&rules, d);
    add_bases(&rules, &bases);
    rules_end(&rules, &d->type);
}
