/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments, directives and literals; where variables stand is noted for later. */
#include "graphql/coerce.h"
#include "graphql/directives.h"
#include "graphql/validate.h"

static void
wrong_value(struct validation *v, const struct schema_reference *r, const struct literal *l)
{
    struct buf type;

    buf_init(&type, 1024);
    schema_print_reference(&type, r);
    errors_add(v->errors, l->at, "GRAPHQL_VALIDATION_FAILED",
               "This value is not one of type \"%.*s\".", STR_ARG(buf_view(&type)));
    buf_fini(&type);
}

static void
note_use(struct validation *v, const struct schema_reference *r, const struct literal *l,
         bool has_default, bool in_one_of)
{
    struct variable_use *use = ARENA_NEW(v->arena, struct variable_use);

    if (!use) {
        v->errors->memory = true;
        v->errors->count++;
        return;
    }
    use->literal = l;
    if (r)
        use->type = *r;
    use->has_default = has_default;
    use->in_one_of = in_one_of;
    use->next = v->definition->uses;
    v->definition->uses = use;
}

/* Inside of what has no known type: variables only. */
static void
note_uses(struct validation *v, const struct literal *l)
{
    if (l->kind == LITERAL_VARIABLE)
        note_use(v, NULL, l, false, false);
    if (l->kind == LITERAL_LIST || l->kind == LITERAL_OBJECT)
        for (const struct literal *item = l->items; item; item = item->next)
            note_uses(v, item);
}

static void
check_member(struct validation *v, const struct schema_type *t, const struct literal *item,
             const struct literal *first)
{
    const struct schema_input *input = schema_find_input(t->inputs, t->input_count, item->name);

    for (const struct literal *other = first; other != item; other = other->next)
        if (str_eq(other->name, item->name)) {
            invalid(v, item->name_at, "There can be only one input field named", item->name);
            break;
        }
    if (!input) {
        errors_add(v->errors, item->name_at, "GRAPHQL_VALIDATION_FAILED",
                   "Field \"%.*s\" is not defined by type \"%.*s\".",
                   STR_ARG(str_head(item->name, 120)), STR_ARG(str_head(t->name, 120)));
        note_uses(v, item);
        return;
    }
    validate_literal(v, &input->type, item, input->fallback != NULL, t->one_of);
}

static void
validate_object(struct validation *v, const struct schema_type *t, const struct literal *l)
{
    unsigned n = 0;

    for (const struct literal *item = l->items; item; item = item->next, n++)
        check_member(v, t, item, l->items);
    for (unsigned i = 0; i < t->input_count && !t->one_of; i++) {
        const struct literal *item = l->items;

        while (item && !str_eq(item->name, t->inputs[i].name))
            item = item->next;
        if (!item && schema_is_nonnull(&t->inputs[i].type))
            invalid(v, l->at, "Missing the required field", t->inputs[i].name);
    }
    if (t->one_of && (n != 1 || l->items->kind == LITERAL_NULL))
        invalid(v, l->at, "Exactly one field, not null, is given in an object of type", t->name);
}

void
validate_literal(struct validation *v, const struct schema_reference *r, const struct literal *l,
                 bool has_default, bool in_one_of)
{
    struct schema_reference item;

    if (l->kind == LITERAL_VARIABLE) {
        note_use(v, r, l, has_default, in_one_of);
        return;
    }
    if (l->kind == LITERAL_NULL) {
        if (schema_is_nonnull(r))
            wrong_value(v, r, l);
        return;
    }
    if (r->depth) {
        item = schema_item(r);
        if (l->kind != LITERAL_LIST)
            validate_literal(v, &item, l, false, false);
        for (const struct literal *i = l->kind == LITERAL_LIST ? l->items : NULL; i; i = i->next)
            validate_literal(v, &item, i, false, false);
        return;
    }
    if (r->type->kind == SCHEMA_INPUT && l->kind == LITERAL_OBJECT) {
        validate_object(v, r->type, l);
        return;
    }
    note_uses(v, l);
    if (r->type->kind == SCHEMA_INPUT || !coerce_accepts(r->type, l))
        wrong_value(v, r, l);
}

/* definitions NULL with no place: the owner is not known, only variables are noted. */
void
validate_arguments(struct validation *v, const struct argument *given,
                   const struct schema_input *definitions, unsigned n, struct location at,
                   struct str owner)
{
    for (const struct argument *a = given; a; a = a->next) {
        const struct schema_input *d = schema_find_input(definitions, n, a->name);

        if (argument_find(given, a->name) != a)
            invalid(v, a->at, "There can be only one argument named", a->name);
        if (d) {
            validate_literal(v, &d->type, a->value, d->fallback != NULL, false);
            continue;
        }
        note_uses(v, a->value);
        if (at.line)
            errors_add(v->errors, a->at, "GRAPHQL_VALIDATION_FAILED",
                       "Unknown argument \"%.*s\" on \"%.*s\".", STR_ARG(str_head(a->name, 120)),
                       STR_ARG(str_head(owner, 120)));
    }
    for (unsigned i = 0; i < n; i++)
        if (schema_is_nonnull(&definitions[i].type) && !definitions[i].fallback &&
            !argument_find(given, definitions[i].name))
            errors_add(v->errors, at, "GRAPHQL_VALIDATION_FAILED",
                       "Argument \"%.*s\" of \"%.*s\" is required, but it was not provided.",
                       STR_ARG(str_head(definitions[i].name, 120)), STR_ARG(str_head(owner, 120)));
}

static bool
has_word(const char *list, const char *word)
{
    struct str rest = str_of(list), part;

    while (str_split(&rest, ' ', &part))
        if (str_eq(part, str_of(word)))
            return true;
    return false;
}

static void
validate_directive(struct validation *v, const struct directive *d, const char *where)
{
    const struct directive_definition *known = NULL;
    struct schema_input argument = {0};

    for (unsigned i = 0; i < DIRECTIVES; i++)
        if (str_eq(d->name, str_of(directive_definitions[i].name)))
            known = &directive_definitions[i];
    if (!known) {
        invalid(v, d->at, "Unknown directive", d->name);
        validate_arguments(v, d->arguments, NULL, 0, (struct location){0}, d->name);
        return;
    }
    if (!has_word(known->locations, where))
        invalid(v, d->at, "This is no place for the directive", d->name);
    /* Those that may stand in a query take a Boolean!. */
    argument.name = str_of(known->argument.name);
    argument.type = (struct schema_reference){v->schema->scalars[SCALAR_BOOLEAN], 0, 1};
    if (has_word(known->locations, "FIELD"))
        validate_arguments(v, d->arguments, &argument, 1, d->at, d->name);
    else
        validate_arguments(v, d->arguments, NULL, 0, (struct location){0}, d->name);
}

void
validate_directives(struct validation *v, const struct directive *list, const char *where)
{
    for (const struct directive *d = list; d; d = d->next) {
        validate_directive(v, d, where);
        for (const struct directive *other = list; other != d; other = other->next)
            if (str_eq(other->name, d->name)) {
                invalid(v, d->at, "It can be used only once here: the directive", d->name);
                break;
            }
    }
}
