/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flattens: what a codec follows is made of a schema, its $ref and its allOf (bases first), then
 * of the branches of its anyOf and oneOf.
 *
 * All schemas that apply to the same value are put in order first, so that each is made once,
 * after those it is made of; a loop among them would never end and is a mistake.
 */
#include "contract/type_rule.h"

/* ---- Order ---- */

/* The i-th type that d applies to the value at hand; NULL behind the last, *more set to false. */
static const struct type *
same_value(const struct draft *d, uint32_t i, bool *more)
{
    const struct type *singles[] = {d->ref, d->not, d->condition.when, d->condition.then,
                                    d->condition.otherwise};
    const struct types *lists[] = {&d->all, &d->any, &d->one};

    for (unsigned n = 0; n < sizeof(singles) / sizeof(singles[0]); n++)
        if (i-- == 0)
            return singles[n];
    for (unsigned n = 0; n < 3; n++) {
        if (i < lists[n]->n)
            return lists[n]->at[i];
        i -= lists[n]->n;
    }
    if (i < d->dependents.n)
        return d->dependents.at[i].type;
    *more = false;
    return NULL;
}

static void
order_visit(struct type_set *s, struct draft *d, unsigned depth, struct draft **order, unsigned *n)
{
    enum { NEW, OPEN, DONE };
    bool more = true;

    if (d->state == DONE)
        return;
    if (d->state == OPEN || depth > SCHEMA_DEPTH) {
        report_error(s->report, document_place(d->home, d->type.schema),
                     d->state == OPEN
                         ? "this schema applies itself to the same value without end: break the "
                           "loop of $ref, allOf, anyOf, oneOf, not or if"
                         : "too many schemas inside each other on one value: nest at most %u",
                     SCHEMA_DEPTH);
        return;
    }
    d->state = OPEN;
    for (uint32_t i = 0; more; i++) {
        const struct type *t = same_value(d, i, &more);
        if (t)
            order_visit(s, draft_of(t), depth + 1, order, n);
    }
    d->state = DONE;
    order[(*n)++] = d;
}

unsigned
shape_order(struct type_set *s, struct draft **order)
{
    unsigned n = 0;

    for (unsigned i = s->finished; i < s->count; i++)
        variants_break_loop(s->drafts[i]);
    for (unsigned i = s->finished; i < s->count; i++)
        order_visit(s, s->drafts[i], 0, order, &n);
    return n;
}

/* ---- Kinds and choices ---- */

static uint8_t
kind_of(const struct value *v)
{
    static const uint8_t kinds[] = {0,           TYPE_NULL,  TYPE_BOOLEAN, 0,
                                    TYPE_STRING, TYPE_ARRAY, TYPE_OBJECT};

    if (v->kind == VALUE_NUMBER)
        return number_is_integer(value_text(v)) ? TYPE_INTEGER : TYPE_FRACTION;
    return kinds[v->kind];
}

static void
shape_choices(struct draft *d)
{
    struct value *list;
    uint8_t kinds = 0;

    d->type.choices = d->enumeration;
    if (d->constant) {
        list = set_alloc(d->set, 1, sizeof(*list));
        if (!list)
            return;
        *list = VALUE_OF(VALUE_ARRAY);
        list->items = (struct value *)(uintptr_t)d->constant;
        list->n = 1;
        d->type.choices = list;
    }
    for (uint32_t i = 0; d->type.choices && i < d->type.choices->n; i++)
        kinds |= kind_of(&d->type.choices->items[i]);
    if (d->type.choices)
        d->type.kinds &= kinds;
}

/* oneOf and anyOf of constants: an enumeration with titles. */
static void
shape_branch_choices(struct draft *d, const struct types *branches)
{
    struct value *list = NULL;

    if (d->type.choices || !branches->n)
        return;
    for (uint32_t i = 0; i < branches->n; i++)
        if (!branches->at[i]->choices)
            return;
    list = set_alloc(d->set, 1, sizeof(*list));
    if (!list)
        return;
    *list = VALUE_OF(VALUE_ARRAY);
    for (uint32_t i = 0; i < branches->n; i++)
        for (uint32_t k = 0; k < branches->at[i]->choices->n; k++)
            if (value_append(d->set->arena, list, branches->at[i]->choices->items[k]))
                return;
    d->type.choices = list;
}

/* ---- Fields ---- */

bool
draft_is_empty(const struct draft *d)
{
    return d->kinds == TYPE_ANY && !d->ref && !d->all.n && !d->any.n && !d->one.n &&
           !d->not &&!d->condition.when && !d->constant && !d->enumeration && !d->property_count &&
           !d->required_count && !d->pattern_count && !d->additional && !d->closed &&
           !d->member_names && !d->needs.n && !d->dependents.n && !d->members.min &&
           d->members.max == UINT32_MAX && !d->array.items && !d->array.prefix.n &&
           !d->contains.type && !d->items.min && d->items.max == UINT32_MAX && !d->unique &&
           !d->length.min && d->length.max == UINT32_MAX && !d->pattern && !d->minimum &&
           !d->maximum && !d->above && !d->below && !d->multiple && !d->format &&
           !d->discriminator.n && !d->type.read_only && !d->type.write_only;
}

static struct field *
field_find(const struct type *t, struct str name)
{
    for (uint32_t i = 0; i < t->field_count; i++)
        if (str_eq(t->fields[i].name, name))
            return &t->fields[i];
    return NULL;
}

/* A member of a schema, of its $ref or of its allOf: the last type that says something counts. */
static void
field_add(struct draft *d, struct str name, const struct type *type, bool required)
{
    struct field *field = field_find(&d->type, name);

    if (!field) {
        field = &d->type.fields[d->type.field_count++];
        *field = (struct field){.name = name, .type = type};
    } else if (type && !draft_is_empty(draft_of(type))) {
        field->type = type;
    }
    field->required |= required;
}

/* A type for a member that alternatives of d type differently: anyOf of them all. */
static struct draft *
joined_new(struct draft *d, const struct type *first, uint32_t room)
{
    struct draft *joined = draft_new(d->set, d->home, NULL);

    if (!joined)
        return NULL;
    joined->any.at = set_alloc(d->set, room, sizeof(const struct type *));
    if (!joined->any.at)
        return NULL;
    joined->any.at[joined->any.n++] = first;
    joined->maker = d;
    joined->generation = d->generation + 1;
    return joined;
}

enum { GENERATIONS = 2 }; /* recursive types would be joined without end */

static const struct type *
either(struct draft *d, const struct type *known, const struct type *other, uint32_t room)
{
    struct draft *joined = draft_of(known);

    if (known == other || draft_is_empty(joined) || d->generation == GENERATIONS)
        return known;
    if (joined->maker != d)
        joined = joined_new(d, known, room);
    if (!joined)
        return known;
    for (uint32_t i = 0; i < joined->any.n; i++)
        if (joined->any.at[i] == other)
            return &joined->type;
    joined->any.at[joined->any.n++] = other;
    return &joined->type;
}

static void
fields_of_branches(struct draft *d, const struct types *branches, uint32_t own)
{
    uint32_t room = d->any.n + d->one.n;

    for (uint32_t i = 0; i < branches->n; i++) {
        const struct type *branch = branches->at[i];
        for (uint32_t k = 0; k < branch->field_count; k++) {
            const struct field *from = &branch->fields[k];
            struct field *field = field_find(&d->type, from->name);
            if (!field)
                field_add(d, from->name, from->type, false);
            else if (field - d->type.fields >= own)
                field->type = either(d, field->type, from->type, room);
        }
    }
}

static bool
branches_require(const struct types *branches, struct str name)
{
    uint32_t objects = 0;

    for (uint32_t i = 0; i < branches->n; i++) {
        const struct field *field;
        if (!(branches->at[i]->kinds & TYPE_OBJECT))
            continue;
        objects++;
        field = field_find(branches->at[i], name);
        if (!field || !field->required)
            return false;
    }
    return objects > 0;
}

static void
fields_of_bases(struct draft *d, const struct types *bases)
{
    for (uint32_t i = 0; i < bases->n; i++)
        for (uint32_t k = 0; k < bases->at[i]->field_count; k++) {
            const struct field *field = &bases->at[i]->fields[k];
            field_add(d, field->name, field->type, field->required);
        }
}

static uint32_t
fields_room(const struct types *types)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < types->n; i++)
        n += types->at[i]->field_count;
    return n;
}

static void
shape_fields(struct draft *d, const struct types *bases)
{
    uint32_t own, room = fields_room(bases) + fields_room(&d->any) + fields_room(&d->one);

    d->type.fields = set_alloc(d->set, room + d->property_count, sizeof(struct field));
    if (!d->type.fields)
        return;
    fields_of_bases(d, bases);
    for (uint32_t i = 0; i < d->property_count; i++)
        field_add(d, d->properties[i].name, d->properties[i].type, false);
    own = d->type.field_count;
    d->type.branched |= fields_room(&d->any) + fields_room(&d->one) > 0;
    fields_of_branches(d, &d->any, own);
    fields_of_branches(d, &d->one, own);
    for (uint32_t i = 0; i < d->type.field_count && (d->any.n || d->one.n); i++)
        d->type.fields[i].required |= branches_require(&d->any, d->type.fields[i].name) ||
                                      branches_require(&d->one, d->type.fields[i].name);
    for (uint32_t i = 0; i < d->required_count; i++) {
        struct field *field = field_find(&d->type, d->required[i]);
        if (field)
            field->required = true;
    }
    d->type.by_name =
        names_new(d->set->arena, d->type.fields, sizeof(struct field), d->type.field_count);
}

/* XSD's choice, as it is lowered: oneOf whose branches require one member each. */
static bool
is_member_choice(const struct draft *d)
{
    if (d->one.n < 2)
        return false;
    for (uint32_t i = 0; i < d->one.n; i++) {
        const struct draft *branch = draft_of(d->one.at[i]);
        if (branch->required_count != 1 && branch->members.max != 0)
            return false;
    }
    for (uint32_t i = 0; i < d->type.field_count; i++) {
        bool found = false;
        for (uint32_t k = 0; k < d->one.n && !found; k++) {
            const struct draft *branch = draft_of(d->one.at[k]);
            found =
                branch->required_count == 1 && str_eq(branch->required[0], d->type.fields[i].name);
        }
        if (!found || d->type.fields[i].required)
            return false;
    }
    return true;
}

/* ---- The rest ---- */

static void
shape_inherit(struct draft *d, const struct type *base, bool alone)
{
    struct type *t = &d->type;

    t->kinds &= base->kinds;
    t->read_only |= base->read_only;
    t->write_only |= base->write_only;
    t->closed |= base->closed;
    t->branched |= base->branched;
    if (!t->format)
        t->format = base->format;
    if (!t->choices)
        t->choices = base->choices;
    if (!t->items && !d->array.prefix.n)
        t->items = base->items;
    if (!t->additional)
        t->additional = base->additional;
    if (!alone)
        return;
    if (!t->description.n)
        t->description = base->description;
    if (!t->fallback)
        t->fallback = base->fallback;
    if (!d->has_xml && d->ref) {
        t->xml = base->xml;
        t->xml.name = STR_NONE; /* names the component where it is the root */
    }
}

/* The items of alternative lists: what all have, or anyOf them; NULL: anything. */
static const struct type *
items_of_branches(struct draft *d, const struct types *branches)
{
    const struct type *items = NULL;

    for (uint32_t i = 0; i < branches->n; i++) {
        const struct type *branch = branches->at[i];

        if (!(branch->kinds & TYPE_ARRAY))
            continue;
        if (!branch->items || (items && items != branch->items && d->generation == GENERATIONS))
            return NULL;
        items = items ? either(d, items, branch->items, d->any.n + d->one.n) : branch->items;
    }
    return items;
}

static void
shape_branches(struct draft *d, const struct types *branches)
{
    const struct type *object = NULL;
    uint8_t kinds = 0;
    uint32_t objects = 0;
    bool closed = true;

    for (uint32_t i = 0; i < branches->n; i++) {
        const struct type *branch = branches->at[i];
        kinds |= branch->kinds;
        if (branch->kinds & TYPE_OBJECT) {
            closed &= branch->closed;
            object = branch;
            objects++;
        }
    }
    if (!branches->n)
        return;
    d->type.kinds &= kinds;
    d->type.closed |= closed && objects;
    if (objects == 1 && !d->type.additional)
        d->type.additional = object->additional;
    if (!d->type.items && !d->array.prefix.n)
        d->type.items = items_of_branches(d, branches);
    shape_branch_choices(d, branches);
}

/* Of two alternatives, and nothing beside them, the one that is not null. */
static const struct type *
bare_of(const struct draft *d)
{
    const struct types *branches = d->any.n ? &d->any : &d->one;
    const struct type *a, *b;

    if (d->any.n + d->one.n != 2 || branches->n != 2 || d->ref || d->all.n || d->property_count)
        return NULL;
    a = branches->at[0];
    b = branches->at[1];
    if (b->kinds != TYPE_NULL)
        a = branches->at[1], b = branches->at[0];
    return b->kinds == TYPE_NULL && !(a->kinds & TYPE_NULL) ? a : NULL;
}

static void
shape_own(struct draft *d)
{
    struct type *t = &d->type;

    t->kinds = d->kinds;
    t->format = d->format;
    if (!d->array.prefix.n)
        t->items = d->array.items;
    t->closed = d->closed && !d->pattern_count;
    t->additional = d->additional;
    if (!t->additional && d->pattern_count == 1 && d->closed)
        t->additional = d->patterns[0].type;
    shape_choices(d);
}

void
shape_make(struct draft *d)
{
    struct types bases = {set_alloc(d->set, d->all.n + 1, sizeof(const struct type *)), 0};

    if (!bases.at)
        return;
    if (d->ref)
        bases.at[bases.n++] = d->ref;
    for (uint32_t i = 0; i < d->all.n; i++)
        bases.at[bases.n++] = d->all.at[i];
    shape_own(d);
    for (uint32_t i = 0; i < bases.n; i++)
        shape_inherit(d, bases.at[i], bases.n == 1);
    shape_branches(d, &d->any);
    shape_branches(d, &d->one);
    d->type.bare = bare_of(d);
    shape_fields(d, &bases);
    d->type.ordered_choice = is_member_choice(d);
}

/* ---- XML ---- */

/* How a member is written (OpenAPI 3.1, section 4.8.26): a component's own name is that of a root
 * element, so that two members of one type keep their names apart; an array that is not wrapped
 * has the name of its items. "@x" is an attribute where its type allows one. */
static struct type_xml
member_xml(const struct field *field)
{
    const struct type *t = field->type, *items = t->items;
    struct type_xml xml = t->xml;
    bool scalar = !(t->kinds & (TYPE_ARRAY | TYPE_OBJECT));

    if (t->name.n)
        xml.name = STR_NONE;
    if (!xml.wrapped && items && !items->name.n && (t->kinds & TYPE_ARRAY)) {
        xml.name = items->xml.name.n ? items->xml.name : xml.name;
        xml.ns = items->xml.ns.n ? items->xml.ns : xml.ns;
        xml.prefix = items->xml.prefix.n ? items->xml.prefix : xml.prefix;
    }
    if (xml.name.n)
        return xml;
    xml.name = field->name;
    if (field->name.n > 1 && field->name.p[0] == '@') {
        xml.name = str_from(field->name, 1);
        if (scalar && xml.node == XML_ELEMENT)
            xml.node = XML_ATTRIBUTE;
    }
    return xml;
}

void
shape_members(struct draft *d)
{
    for (uint32_t i = 0; i < d->type.field_count; i++)
        d->type.fields[i].xml = member_xml(&d->type.fields[i]);
}
