/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks of alternatives and conditions: discriminator, anyOf, oneOf, not, if.
 *
 * Alternatives are tried quietly. When none fits, the one that fails deepest in the value is most
 * likely the one that was meant, and is run again aloud; with no such one the alternatives are
 * told as a whole.
 */
#include "contract/type_rule.h"

/* ---- Discriminator ---- */

static bool
is_dispatched(const struct check *c, const struct type *t, const struct value *v)
{
    for (const struct dispatched *d = c->dispatched; d; d = d->up)
        if (d->type == t && d->value == v)
            return true;
    return false;
}

static enum verdict
check_chosen(struct check *c, const struct type *chosen, const struct value *v)
{
    struct dispatched dispatched = {c->dispatched, chosen, v};
    enum verdict verdict;

    c->dispatched = &dispatched;
    verdict = check_same(c, chosen, v);
    c->dispatched = dispatched.up;
    return verdict;
}

/* Index of the variant that v names, or -1. */
static int32_t
variant_of(const struct dispatch *dispatch, const struct value *v)
{
    const struct value *name = value_get(v, dispatch->self->discriminator);

    if (!name || name->kind != VALUE_STRING)
        return -1;
    return names_find(dispatch->variants, value_text(name));
}

enum verdict
check_dispatch(struct check *c, const void *operand, const struct value *v)
{
    const struct dispatch *dispatch = operand;
    const struct type *self = dispatch->self;
    int32_t at = variant_of(dispatch, v);
    const struct type *chosen = at < 0 ? self : self->variants[at].type;

    if (at < 0 && dispatch->must)
        return check_wrong(c, "member \"%.*s\" names none of the %u alternatives",
                           STR_ARG(name_head(self->discriminator, 100)), self->variant_count);
    if (chosen == self || is_dispatched(c, chosen, v))
        return RIGHT;
    if (check_chosen(c, chosen, v) == WRONG)
        return WRONG;
    return dispatch->covers[at] ? SETTLED : RIGHT;
}

/* ---- anyOf, oneOf ---- */

struct trial { /* of all alternatives */
    uint32_t right, best;
    uint16_t depth; /* where the best of those that are wrong is wrong */
    bool clear;     /* no other is as good */
};

/* Tries until the verdict is sure: at the first that fits, or the second of oneOf. */
static struct trial
try_all(struct check *c, const struct choice *choice, const struct value *v)
{
    struct trial trial = {.clear = false};
    uint16_t deepest = c->deepest;

    for (uint32_t i = 0; i < choice->types.n && !c->broken; i++) {
        c->deepest = 0;
        if (check_quietly(c, choice->types.at[i], v) != WRONG) {
            if (++trial.right > choice->exclusive)
                break;
        } else if (c->deepest > trial.depth || i == 0) {
            trial.best = i;
            trial.clear = true;
            trial.depth = c->deepest;
        } else if (c->deepest == trial.depth) {
            trial.clear = false;
        }
    }
    c->deepest = deepest > trial.depth ? deepest : trial.depth;
    return trial;
}

enum verdict
check_choice(struct check *c, const void *operand, const struct value *v)
{
    const struct choice *choice = operand;
    int32_t at = choice->dispatch ? variant_of(choice->dispatch, v) : -1;
    const struct type *chosen = at < 0 ? NULL : choice->dispatch->self->variants[at].type;
    struct trial trial;

    if (chosen && !is_dispatched(c, chosen, v))
        return check_chosen(c, chosen, v) == WRONG ? WRONG : RIGHT;
    trial = try_all(c, choice, v);
    if (c->broken)
        return WRONG;
    if (trial.right == 1 || (trial.right && !choice->exclusive))
        return RIGHT;
    if (trial.right)
        return check_wrong(c, "matches more than one of the %u alternatives", choice->types.n);
    if (!c->quiet && (trial.clear || choice->types.n == 1))
        check_same(c, choice->types.at[trial.best], v);
    return check_wrong(c, "matches none of the %u alternatives", choice->types.n);
}

/* ---- not, if ---- */

enum verdict
check_not(struct check *c, const void *operand, const struct value *v)
{
    uint16_t deepest = c->deepest;
    enum verdict verdict = check_quietly(c, operand, v);

    c->deepest = deepest;
    if (c->broken)
        return WRONG;
    return verdict == WRONG ? RIGHT : check_wrong(c, "is what its type rules out");
}

enum verdict
check_condition(struct check *c, const void *operand, const struct value *v)
{
    const struct condition *condition = operand;
    uint16_t deepest = c->deepest;
    bool holds = check_quietly(c, condition->when, v) != WRONG;
    const struct type *then = holds ? condition->then : condition->otherwise;

    c->deepest = deepest;
    if (c->broken)
        return WRONG;
    return !then || check_same(c, then, v) != WRONG ? RIGHT : WRONG;
}
