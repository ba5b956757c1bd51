/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the rules of a type against a value, and tells what is wrong first.
 *
 * The way down to the value at hand is a chain on the C stack, made into a JSON Pointer only
 * when something is wrong. Three bounds hold whatever the schema and the value: the depth of the
 * value, the types inside types, and a budget of work (alternatives inside alternatives multiply).
 */
#include "contract/type_rule.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- Telling ---- */

static void
point(struct fault *f, const struct step *step)
{
    char item[12];

    if (step->name)
        fault_point(f, *step->name);
    else
        fault_point(f, (struct str){item, (size_t)snprintf(item, sizeof(item), "%u", step->item)});
}

/* RFC 6901, from the top; the end is cut when it is too long. */
static void
tell_pointer(const struct check *c)
{
    const struct step *steps[CHECK_DEPTH + 1];
    unsigned n = 0;

    for (const struct step *step = c->path; step && n <= CHECK_DEPTH; step = step->up)
        steps[n++] = step;
    while (n-- > 0)
        point(c->f, steps[n]);
}

enum verdict
check_give_up(struct check *c, enum fault_code code, const char *detail)
{
    if (c->broken)
        return WRONG;
    c->broken = true;
    c->code = fault_set(c->f, code, "%s", detail);
    if (c->f)
        tell_pointer(c);
    return WRONG;
}

enum verdict
check_wrong(struct check *c, const char *format, ...)
{
    char detail[sizeof(c->f->detail)];
    va_list args;

    if (c->depth * 2 + 1 > c->deepest)
        c->deepest = (uint16_t)(c->depth * 2 + 1);
    if (c->quiet || c->broken || c->code)
        return WRONG;
    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    c->code = fault_set(c->f, FAULT_INVALID_VALUE, "%s", detail);
    if (c->f)
        tell_pointer(c);
    return WRONG;
}

enum verdict
check_wrong_member(struct check *c, const struct str *name, const char *detail)
{
    struct step step = {.up = c->path, .name = name};

    c->path = &step;
    c->depth++;
    check_wrong(c, "%s", detail);
    c->depth--;
    c->path = step.up;
    return WRONG;
}

enum verdict
check_overspent(struct check *c)
{
    c->budget = 0;
    return check_give_up(c, FAULT_INVALID_VALUE, "takes too much work to check: send less");
}

static enum verdict
wrong_kind(struct check *c, uint8_t kinds)
{
    static const char *const names[] = {"null",     "true or false", "a whole number", "a number",
                                        "a string", "an array",      "an object"};
    char text[120];
    size_t n = 0;
    unsigned left = 0;

    if (c->quiet) { /* less near to fitting than a value of the right kind */
        c->deepest = c->depth * 2 > c->deepest ? (uint16_t)(c->depth * 2) : c->deepest;
        return WRONG;
    }
    if (kinds == 0)
        return check_wrong(c, "is not allowed here");
    if (kinds & TYPE_FRACTION)
        kinds &= (uint8_t)~TYPE_INTEGER;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        left += kinds >> i & 1;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!(kinds >> i & 1))
            continue;
        left--;
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", names[i],
                              left > 1 ? ", "
                              : left   ? " or "
                                       : "");
    }
    return check_wrong(c, "must be %s", text);
}

/* ---- Running ---- */

/* Whether the type, which takes only one kind of number, takes this one. */
static bool
is_right_number(uint8_t kinds, const struct value *v)
{
    bool whole = true;

    for (uint32_t i = 0; whole && i < v->n; i++)
        whole = v->text[i] <= '9' && v->text[i] != '.' && v->text[i] != '+';
    if (!whole)
        whole = number_is_integer(value_text(v));
    return whole == ((kinds & TYPE_INTEGER) != 0);
}

enum verdict
check_kind(struct check *c, const struct type *t, const struct value *v)
{
    if (v->kind == VALUE_NUMBER && (t->kinds & TYPE_NUMBER) && is_right_number(t->kinds, v))
        return RIGHT;
    return wrong_kind(c, t->kinds);
}

enum verdict
check_rules(struct check *c, const struct type *t, const struct value *v, uint8_t kind)
{
    const struct rule *r = t->rules, *end = r + t->rule_count;
    enum verdict verdict = RIGHT;

    for (; r < end && verdict == RIGHT; r++)
        if (r->kinds & kind)
            verdict = r->check(c, r->operand, v);
    return verdict;
}

enum verdict
check_same(struct check *c, const struct type *t, const struct value *v)
{
    enum verdict verdict;

    if (check_spend(c, 1) == WRONG)
        return WRONG;
    if (c->calls == CHECK_CALLS)
        return check_give_up(c, FAULT_INVALID_VALUE, "is nested too deep");
    c->calls++;
    verdict = check_type(c, t, v);
    c->calls--;
    return verdict;
}

enum verdict
check_quietly(struct check *c, const struct type *t, const struct value *v)
{
    enum verdict verdict;

    c->quiet++;
    verdict = check_same(c, t, v);
    c->quiet--;
    return c->broken ? WRONG : verdict;
}

enum fault_code
type_validate(const struct type *t, const struct value *v, enum type_direction direction,
              struct fault *f)
{
    struct check c = {.f = f, .direction = (uint8_t)direction, .budget = CHECK_BUDGET};

    if (check_type(&c, t, v) != WRONG)
        return FAULT_NONE;
    return c.code ? c.code : fault_set(f, FAULT_INTERNAL, "could not be checked");
}
