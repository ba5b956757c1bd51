/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graphql/plan.h"

struct planner {
    const struct coercion *c;
    struct plan *plan;
    struct node_list *spread; /* fragments that are in: selection is that of the first spread */
    bool failed;
};

static bool
is_true(const struct coercion *c, const struct directive *d)
{
    struct schema_reference r = {c->schema->scalars[SCALAR_BOOLEAN], 0, 1};
    struct coercion_failure why;
    struct value v;

    return d->arguments && coerce_literal(c, &r, NULL, d->arguments->value, &v, &why) && v.is_true;
}

static bool
is_included(const struct coercion *c, const struct selection *s)
{
    for (const struct directive *d = s->directives; d; d = d->next)
        if ((str_eq(d->name, STR("skip")) && is_true(c, d)) ||
            (str_eq(d->name, STR("include")) && !is_true(c, d)))
            return false;
    return true;
}

static struct group *
group_named(struct planner *p, struct str name)
{
    struct plan *plan = p->plan;
    struct group *g;

    for (uint32_t i = 0; i < plan->n; i++)
        if (str_eq(plan->groups[i]->name, name))
            return plan->groups[i];
    if (plan->n == plan->room) {
        uint32_t room = plan->room ? plan->room * 2 : 8;
        struct group **groups = ARENA_ARRAY(p->c->arena, room, struct group *);

        if (!groups)
            return NULL;
        if (plan->n)
            memcpy(groups, plan->groups, plan->n * sizeof(*groups));
        plan->groups = groups;
        plan->room = room;
    }
    g = ARENA_NEW(p->c->arena, struct group);
    if (!g)
        return NULL;
    g->name = name;
    g->tail = &g->first;
    plan->groups[plan->n++] = g;
    return g;
}

static void
add_field(struct planner *p, const struct selection *s)
{
    struct group *g = group_named(p, s->alias);
    struct node_list *node = ARENA_NEW(p->c->arena, struct node_list);

    if (!g || !node) {
        p->failed = true;
        return;
    }
    node->selection = s;
    *g->tail = node;
    g->tail = &node->next;
    if (g->field)
        return;
    g->field = s;
    g->definition = schema_find_field(p->plan->type, s->name);
    if (!g->definition)
        g->definition = s->definition;
}

static bool
is_first_spread(struct planner *p, const struct selection *s)
{
    struct node_list *node;

    for (node = p->spread; node; node = node->next)
        if (node->selection->fragment == s->fragment)
            return false;
    node = ARENA_NEW(p->c->arena, struct node_list);
    if (!node) {
        p->failed = true;
        return false;
    }
    *node = (struct node_list){p->spread, s};
    p->spread = node;
    return true;
}

/* Nesting is bounded by validation. */
static void
collect(struct planner *p, const struct selection *list)
{
    for (const struct selection *s = list; s && !p->failed; s = s->next) {
        const struct schema_type *type = NULL;

        if (!is_included(p->c, s))
            continue;
        if (s->kind == SELECTION_FIELD) {
            add_field(p, s);
            continue;
        }
        if (s->kind == SELECTION_SPREAD && !is_first_spread(p, s))
            continue;
        type = s->kind == SELECTION_SPREAD ? s->fragment->type : s->condition;
        if (type && !schema_is_possible(type, p->plan->type))
            continue;
        collect(p, s->kind == SELECTION_SPREAD ? s->fragment->selections : s->selections);
    }
}

static struct plan *
make(const struct coercion *c, const struct schema_type *object)
{
    struct plan *plan = ARENA_NEW(c->arena, struct plan);

    if (plan)
        plan->type = object;
    return plan;
}

struct plan *
plan_of(const struct coercion *c, struct group *g, const struct schema_type *object)
{
    struct planner p = {.c = c};

    for (struct plan *known = g->plans; known; known = known->next)
        if (known->type == object)
            return known;
    p.plan = make(c, object);
    if (!p.plan)
        return NULL;
    for (const struct node_list *node = g->first; node; node = node->next)
        collect(&p, node->selection->selections);
    if (!g->whole) {
        p.plan->next = g->plans;
        g->plans = p.plan;
    }
    return p.failed ? NULL : p.plan;
}

struct plan *
plan_root(const struct coercion *c, const struct definition *operation)
{
    struct planner p = {.c = c, .plan = make(c, operation->type)};

    if (!p.plan)
        return NULL;
    collect(&p, operation->selections);
    return p.failed ? NULL : p.plan;
}

static bool add_below(const struct coercion *c, struct plan *plan, unsigned *members);

static bool
add_plan(const struct coercion *c, struct group *g, const struct schema_type *object,
         unsigned *members)
{
    struct plan *plan = plan_of(c, g, object);

    return plan && add_below(c, plan, members);
}

/* Recurses as deep as selections do, which validation bounds. */
static bool
add_below(const struct coercion *c, struct plan *plan, unsigned *members)
{
    *members += plan->n + 1;
    if (*members > PLAN_MEMBERS_MAX)
        return false;
    for (uint32_t i = 0; i < plan->n; i++) {
        struct group *g = plan->groups[i];
        const struct schema_type *t = g->definition->type.type;

        for (unsigned k = 0; schema_is_composite(t) && k < t->member_count; k++)
            if (!add_plan(c, g, t->members[k], members))
                return false;
        if (t->kind == SCHEMA_OBJECT && !add_plan(c, g, t, members))
            return false;
        g->whole = true;
    }
    return true;
}

struct plan *
plan_whole(struct arena *a, const struct schema *s, const struct definition *operation)
{
    const struct coercion c = {.arena = a, .schema = s};
    struct plan *plan = plan_root(&c, operation);
    unsigned members = 0;

    return plan && add_below(&c, plan, &members) ? plan : NULL;
}
