/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What concerns a document as a whole: circles of fragments, what is never used, the variables of
 * an operation and of all it spreads, and the limits. Fragments may form chains as long as the
 * document, so nothing recurses from one into another.
 */
#include "graphql/validate.h"

enum { NESTING_MAX = 128 };
enum state { NEW, OPEN, DONE };

/* --- circles --- */

struct visit {
    struct definition *definition;
    const struct spread *next;
};

/* Depth first, with a stack of its own. */
static bool
visit_from(struct validation *v, struct definition *start, struct visit *stack,
           struct definition **order, unsigned *n)
{
    unsigned depth = 0;
    bool sound = true;

    stack[depth++] = (struct visit){start, start->spreads};
    start->state = OPEN;
    while (depth) {
        struct visit *top = &stack[depth - 1];
        struct definition *to;

        if (!top->next) {
            top->definition->state = DONE;
            order[(*n)++] = top->definition;
            depth--;
            continue;
        }
        to = top->next->selection->fragment;
        if (to->state == OPEN) {
            invalid(v, top->next->selection->at, "Cannot spread within itself: the fragment",
                    to->name);
            sound = false;
        }
        top->next = top->next->next;
        if (to->state == NEW) {
            to->state = OPEN;
            stack[depth++] = (struct visit){to, to->spreads};
        }
    }
    return sound;
}

bool
validate_circles(struct validation *v, struct definition ***order, unsigned *n)
{
    struct visit *stack = ARENA_ARRAY(v->arena, v->query->count + 1, struct visit);
    bool sound = true;

    *order = ARENA_ARRAY(v->arena, v->query->count + 1, struct definition *);
    *n = 0;
    if (!stack || !*order) {
        v->errors->memory = true;
        v->errors->count++;
        return false;
    }
    for (struct definition *d = v->query->definitions; d; d = d->next)
        if (d->state == NEW)
            sound &= visit_from(v, d, stack, *order, n);
    return sound;
}

/* --- variables --- */

static struct variable *
variable_named(struct variable *list, struct str name)
{
    while (list && !str_eq(list->name, name))
        list = list->next;
    return list;
}

/* AreTypesCompatible(), section 5.8.5. */
static bool
is_compatible(const struct schema_reference *given, const struct schema_reference *wanted)
{
    return given->type == wanted->type && given->depth == wanted->depth &&
           !(wanted->nonnull & ~given->nonnull);
}

static void
check_use(struct validation *v, struct definition *operation, const struct variable_use *use)
{
    struct variable *variable = variable_named(operation->variables, use->literal->text);
    struct schema_reference given, wanted = use->type;

    if (!variable) {
        invalid(v, use->literal->at, "Not defined by the operation: the variable",
                use->literal->text);
        return;
    }
    variable->used = true;
    if (!use->type.type || !variable->type)
        return;
    given = (struct schema_reference){variable->type, variable->reference.depth,
                                      variable->reference.nonnull};
    if (schema_is_nonnull(&wanted) && !schema_is_nonnull(&given) &&
        (use->has_default || (variable->fallback && variable->fallback->kind != LITERAL_NULL)))
        wanted.nonnull &= ~UINT32_C(1);
    if (use->in_one_of)
        wanted.nonnull |= 1;
    if (!is_compatible(&given, &wanted))
        invalid(v, use->literal->at, "Of a type that does not fit here: the variable",
                use->literal->text);
}

/* Everything that the operation reaches gets its mark. */
static void
mark_reached(struct definition *operation, struct definition **stack, unsigned mark)
{
    unsigned depth = 0;

    operation->mark = mark;
    stack[depth++] = operation;
    while (depth) {
        const struct definition *d = stack[--depth];

        for (const struct spread *s = d->spreads; s; s = s->next) {
            struct definition *to = s->selection->fragment;

            if (to->mark == mark)
                continue;
            to->mark = mark;
            stack[depth++] = to;
        }
    }
}

static void
check_operation(struct validation *v, struct definition *operation, unsigned mark)
{
    for (struct definition *d = v->query->definitions; d; d = d->next)
        for (const struct variable_use *use = d->mark == mark ? d->uses : NULL; use;
             use = use->next)
            check_use(v, operation, use);
    for (const struct variable *variable = operation->variables; variable;
         variable = variable->next)
        if (!variable->used && variable_named(operation->variables, variable->name) == variable)
            invalid(v, variable->at, "Never used: the variable", variable->name);
}

void
validate_variables(struct validation *v)
{
    struct definition **stack = ARENA_ARRAY(v->arena, v->query->count + 1, struct definition *);
    unsigned mark = 0;

    if (!stack)
        return;
    for (struct definition *d = v->query->definitions; d; d = d->next) {
        if (d->kind == DEFINITION_FRAGMENT || v->errors->count >= ERRORS_MAX)
            continue;
        mark_reached(d, stack, ++mark);
        check_operation(v, d, mark);
    }
    for (struct definition *d = v->query->definitions; d; d = d->next)
        if (d->kind == DEFINITION_FRAGMENT && !d->mark)
            invalid(v, d->at, "Never used: the fragment", d->name);
}

/* --- limits --- */

static uint32_t
larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t
sum(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* Lists that lead from types to types: what makes introspection explode. */
static bool
is_introspection_step(const struct selection *s)
{
    return s->parent && s->parent->meta &&
           (str_eq(s->name, STR("fields")) || str_eq(s->name, STR("interfaces")) ||
            str_eq(s->name, STR("possibleTypes")) || str_eq(s->name, STR("inputFields")));
}

/* A variable says whether the selection is there. */
static bool
has_condition(const struct selection *s)
{
    for (const struct directive *d = s->directives; d; d = d->next)
        if (d->arguments && d->arguments->value->kind == LITERAL_VARIABLE)
            return true;
    return false;
}

/* Adds a list of selections to d's cost; `at` is where they stand. */
static void
add_cost(struct definition *d, const struct selection *list, uint32_t depth, uint32_t nesting,
         uint32_t introspection)
{
    for (const struct selection *s = list; s; s = s->next) {
        bool field = s->kind == SELECTION_FIELD, meta = s->parent && s->parent->meta;
        uint32_t below = depth + (field && !meta), steps = introspection;

        d->depends |= has_condition(s);
        d->cost.nesting = larger(d->cost.nesting, nesting + 1);
        if (s->kind == SELECTION_SPREAD) {
            const struct definition *f = s->fragment;

            d->depends |= f->depends;
            d->cost.nesting = larger(d->cost.nesting, sum(nesting + 1, f->cost.nesting));
            d->cost.depth = larger(d->cost.depth, sum(depth, f->cost.depth));
            d->cost.aliases = sum(d->cost.aliases, f->cost.aliases);
            d->cost.introspection =
                larger(d->cost.introspection, sum(introspection, f->cost.introspection));
            if (!depth)
                d->cost.roots = sum(d->cost.roots, f->cost.roots);
            continue;
        }
        steps += field && is_introspection_step(s);
        d->cost.depth = larger(d->cost.depth, below);
        d->cost.aliases = sum(d->cost.aliases, field && s->has_alias);
        d->cost.introspection = larger(d->cost.introspection, steps);
        d->cost.roots = sum(d->cost.roots, field && !depth && !meta);
        add_cost(d, s->selections, below, nesting + 1, steps);
    }
}

static void
over(struct validation *v, const struct definition *d, const char *what, uint32_t is, uint32_t most)
{
    if (is > most)
        errors_add(v->errors, d->at, "GRAPHQL_LIMIT_EXCEEDED",
                   "The document has more %s than the %u that are allowed here.", what, most);
}

void
validate_cost(struct validation *v, struct definition *const *order, unsigned n)
{
    enum { INTROSPECTION_STEPS = 2 };

    for (unsigned i = 0; i < n; i++)
        add_cost(order[i], order[i]->selections, 0, 0, 0);
    for (const struct definition *d = v->query->definitions; d; d = d->next) {
        if (d->kind == DEFINITION_FRAGMENT)
            continue;
        over(v, d, "levels of fields", d->cost.depth, v->limits->depth);
        over(v, d, "levels of selections", d->cost.nesting, NESTING_MAX);
        over(v, d, "aliases", d->cost.aliases, v->limits->aliases);
        over(v, d, "fields at its root", d->cost.roots, v->limits->root_fields);
        over(v, d, "levels of introspection", d->cost.introspection, INTROSPECTION_STEPS);
    }
}
