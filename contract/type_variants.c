/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Discriminators (OpenAPI 3.1, section 4.8.25): the types that a member's value chooses among.
 *
 * They are the mapping's; then, by their component names, the branches of oneOf and anyOf, or
 * without branches the components whose allOf leads to the one with the discriminator. A type
 * that inherits a discriminator has those of its base's variants that are its own subtypes.
 * A discriminator never makes an invalid value valid; it says which type is meant.
 */
#include "contract/type_rule.h"

static bool
derives(struct draft *d, const struct draft *base, unsigned walk, unsigned depth)
{
    if (d == base)
        return true;
    if (d->mark == walk || depth > SCHEMA_DEPTH)
        return false;
    d->mark = walk;
    if (d->ref && derives(draft_of(d->ref), base, walk, depth + 1))
        return true;
    for (uint32_t i = 0; i < d->all.n; i++)
        if (derives(draft_of(d->all.at[i]), base, walk, depth + 1))
            return true;
    return false;
}

bool
shape_derives(const struct type *t, const struct type *base)
{
    struct type_set *s = draft_of(t)->set;

    return derives(draft_of(t), draft_of(base), ++s->walks, 0);
}

static void
drop_subtypes(struct draft *d, struct types *branches)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < branches->n; i++) {
        if (branches->at[i] != &d->type && shape_derives(branches->at[i], &d->type))
            d->must_choose = true;
        else
            branches->at[kept++] = branches->at[i];
    }
    branches->n = kept;
}

void
variants_break_loop(struct draft *d)
{
    if (!d->discriminator.n)
        return;
    drop_subtypes(d, &d->any);
    drop_subtypes(d, &d->one);
}

static bool
is_chosen(const struct type *t, const struct type *variant, struct str value)
{
    for (uint32_t i = 0; i < t->variant_count; i++)
        if (t->variants[i].type == variant || str_eq(t->variants[i].value, value))
            return true;
    return false;
}

static void
variant_add(struct type *t, const struct type *variant, struct str value)
{
    t->variants[t->variant_count++] =
        (struct variant){.value = value, .type = variant, .xml = variant->xml};
}

static void
add_branches(struct draft *d, const struct types *branches)
{
    for (uint32_t i = 0; i < branches->n; i++) {
        const struct type *branch = branches->at[i];
        d->by_branch = true;
        if (branch->name.n && !is_chosen(&d->type, branch, branch->name))
            variant_add(&d->type, branch, branch->name);
    }
}

/* True when d adds nothing but notes to its $ref. */
static bool
is_alias(const struct draft *d)
{
    struct draft rest = *d;

    rest.ref = NULL;
    return d->ref && draft_is_empty(&rest);
}

static bool
is_subtype(struct draft *d, const struct draft *base)
{
    return d != base && d->type.name.n && !is_alias(d) && shape_derives(&d->type, &base->type) &&
           !is_chosen(&base->type, &d->type, d->type.name);
}

static void
variants_own(struct draft *d)
{
    struct type_set *s = d->set;
    uint32_t room = d->mapped_count + d->any.n + d->one.n, subtypes = 0;
    bool branches = d->any.n || d->one.n;

    d->type.discriminator = d->discriminator;
    for (unsigned i = 0; !branches && i < s->count; i++)
        subtypes += is_subtype(s->drafts[i], d);
    d->type.variants = set_alloc(s, room + subtypes, sizeof(struct variant));
    if (!d->type.variants)
        return;
    for (uint32_t i = 0; i < d->mapped_count; i++)
        variant_add(&d->type, d->mapped[i].type, d->mapped[i].value);
    add_branches(d, &d->any);
    add_branches(d, &d->one);
    for (unsigned i = 0; !branches && i < s->count; i++)
        if (is_subtype(s->drafts[i], d))
            variant_add(&d->type, &s->drafts[i]->type, s->drafts[i]->type.name);
}

static void
variants_inherit(struct draft *d, const struct type *base)
{
    struct type *t = &d->type;
    bool same = d->ref == base;

    if (t->discriminator.n || !base->discriminator.n)
        return;
    t->discriminator = base->discriminator;
    d->by_branch = same && draft_of(base)->by_branch;
    d->must_choose = same && draft_of(base)->must_choose;
    t->variants = set_alloc(d->set, base->variant_count, sizeof(struct variant));
    for (uint32_t i = 0; t->variants && i < base->variant_count; i++)
        if (same || shape_derives(base->variants[i].type, t))
            t->variants[t->variant_count++] = base->variants[i];
}

static void
variants_cover(struct draft *d)
{
    bool *covers = set_alloc(d->set, d->type.variant_count, sizeof(bool));
    const struct type *base = is_alias(d) ? d->ref : &d->type;

    for (uint32_t i = 0; covers && i < d->type.variant_count; i++)
        covers[i] = shape_derives(d->type.variants[i].type, base);
    d->covers = covers;
    d->variant_names =
        names_new(d->set->arena, d->type.variants, sizeof(struct variant), d->type.variant_count);
}

void
variants_make(struct draft **order, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct draft *d = order[i];
        if (d->discriminator.n)
            variants_own(d);
        if (d->ref)
            variants_inherit(d, d->ref);
        for (uint32_t k = 0; k < d->all.n; k++)
            variants_inherit(d, d->all.at[k]);
        if (d->type.variant_count)
            variants_cover(d);
    }
}
