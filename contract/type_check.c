/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks of rules: scalars, arrays and objects (JSON Schema 2020-12 Validation, section 6;
 * Core, section 10.3). Those of alternatives and conditions are in type_choice.c.
 */
#include "contract/type_rule.h"

#include <math.h>
#include <stdlib.h>

static const char *
plural(uint32_t n)
{
    return n == 1 ? "" : "s";
}

static enum verdict
within(struct check *c, const struct size *size, uint32_t n, const char *what)
{
    if (n < size->min)
        return check_wrong(c, "must have at least %u %s%s", size->min, what, plural(size->min));
    if (n > size->max)
        return check_wrong(c, "must have at most %u %s%s", size->max, what, plural(size->max));
    return RIGHT;
}

/* ---- Any value ---- */

enum verdict
check_constant(struct check *c, const void *operand, const struct value *v)
{
    const struct value *constant = operand;

    if (value_equal(constant, v))
        return RIGHT;
    if (constant->kind == VALUE_STRING && constant->n <= 100)
        return check_wrong(c, "must be \"%.*s\"", STR_ARG(value_text(constant)));
    if (constant->kind == VALUE_NUMBER && constant->n <= 100)
        return check_wrong(c, "must be %.*s", STR_ARG(value_text(constant)));
    return check_wrong(c, "is not the one allowed value");
}

static enum verdict
not_listed(struct check *c, uint32_t n)
{
    if (n == 1)
        return check_wrong(c, "is not the one allowed value");
    return check_wrong(c, "is not one of the %u allowed values", n);
}

enum verdict
check_enum(struct check *c, const void *operand, const struct value *v)
{
    const struct value *choices = operand;

    for (uint32_t i = 0; i < choices->n; i++)
        if (value_equal(&choices->items[i], v))
            return RIGHT;
    return not_listed(c, choices->n);
}

enum verdict
check_string_enum(struct check *c, const void *operand, const struct value *v)
{
    const struct names *names = operand;

    if (v->kind == VALUE_STRING && names_find(names, value_text(v)) >= 0)
        return RIGHT;
    return not_listed(c, names->n);
}

/* ---- Numbers ---- */

bool
decimal_read(struct str lexeme, struct decimal *out)
{
    const char *p = lexeme.p, *end = p + lexeme.n, *point = NULL;
    bool negative = lexeme.n && *p == '-';
    int64_t number = 0;

    if (lexeme.n > 18)
        return false;
    for (p += negative; p < end; p++) {
        if (*p >= '0' && *p <= '9')
            number = number * 10 + (*p - '0');
        else if (*p == '.')
            point = p + 1;
        else
            return false;
    }
    out->number = negative ? -number : number;
    out->scale = point ? (uint32_t)(end - point) : 0;
    return true;
}

static int
compare(const struct value *v, const struct bound *bound)
{
    struct decimal d;

    if (bound->is_short && (bound->decimal.number == 0 || bound->decimal.scale == 0) &&
        decimal_read(value_text(v), &d)) {
        int64_t limit = bound->decimal.number;
        for (uint32_t i = 0; i < d.scale && limit; i++)
            if (__builtin_mul_overflow(limit, 10, &limit))
                return number_compare(value_text(v), bound->lexeme);
        return (d.number > limit) - (d.number < limit);
    }
    return number_compare(value_text(v), bound->lexeme);
}

static enum verdict
out_of_bound(struct check *c, const char *what, const struct bound *bound)
{
    return check_wrong(c, "must be %s %.*s", what, STR_ARG(name_head(bound->lexeme, 100)));
}

enum verdict
check_minimum(struct check *c, const void *operand, const struct value *v)
{
    return compare(v, operand) >= 0 ? RIGHT : out_of_bound(c, "at least", operand);
}

enum verdict
check_maximum(struct check *c, const void *operand, const struct value *v)
{
    return compare(v, operand) <= 0 ? RIGHT : out_of_bound(c, "at most", operand);
}

enum verdict
check_above(struct check *c, const void *operand, const struct value *v)
{
    return compare(v, operand) > 0 ? RIGHT : out_of_bound(c, "more than", operand);
}

enum verdict
check_below(struct check *c, const void *operand, const struct value *v)
{
    return compare(v, operand) < 0 ? RIGHT : out_of_bound(c, "less than", operand);
}

enum verdict
check_multiple(struct check *c, const void *operand, const struct value *v)
{
    const struct bound *bound = operand;

    if (number_is_multiple(value_text(v), bound->lexeme))
        return RIGHT;
    return out_of_bound(c, "a multiple of", bound);
}

/* Whether the number is finite in binary floating point. */
static bool
fits_float(const struct value *v, bool single)
{
    char text[64];
    double number;

    if (v->n >= sizeof(text))
        return number_compare(value_text(v), single ? STR("-3.4028235677973366e38")
                                                    : STR("-1.797693134862315808e308")) > 0 &&
               number_compare(value_text(v), single ? STR("3.4028235677973366e38")
                                                    : STR("1.797693134862315808e308")) < 0;
    memcpy(text, v->text, v->n);
    text[v->n] = 0;
    number = strtod(text, NULL);
    return single ? isfinite((float)number) : isfinite(number);
}

enum verdict
check_number_format(struct check *c, const void *operand, const struct value *v)
{
    enum type_format format = *(const uint8_t *)operand;
    int64_t whole;
    bool fits;

    if (format == FORMAT_FLOAT || format == FORMAT_DOUBLE)
        fits = fits_float(v, format == FORMAT_FLOAT);
    else
        fits = number_to_i64(value_text(v), &whole) &&
               (format == FORMAT_INT64 || (whole >= INT32_MIN && whole <= INT32_MAX));
    return fits ? RIGHT : check_wrong(c, "must be %s", format_expected(format));
}

/* ---- Strings ---- */

static uint32_t
count_characters(const struct value *v)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < v->n; i++)
        n += ((unsigned char)v->text[i] & 0xC0) != 0x80;
    return n;
}

enum verdict
check_length(struct check *c, const void *operand, const struct value *v)
{
    const struct size *size = operand;

    if (v->n <= size->max && v->n / 4 >= size->min) /* whatever the characters */
        return RIGHT;
    return within(c, size, count_characters(v), "character");
}

enum verdict
check_text_format(struct check *c, const void *operand, const struct value *v)
{
    enum type_format format = *(const uint8_t *)operand;

    if (format_check(format, value_text(v)))
        return RIGHT;
    return check_wrong(c, "must be %s", format_expected(format));
}

static enum verdict
matches(struct check *c, const struct pattern *pattern, struct str text)
{
    enum { BYTES_PER_UNIT = 16 };
    struct str regex;

    if (check_spend(c, (uint32_t)(text.n / BYTES_PER_UNIT) + 4) == WRONG)
        return WRONG;
    switch (pattern_match(pattern, text)) {
    case 1: return RIGHT;
    case 0:
        regex = pattern_text(pattern);
        if (regex.n > 120)
            return check_wrong(c, "does not have the form that is asked for");
        return check_wrong(c, "must match the pattern %.*s", STR_ARG(regex));
    default:
        return check_give_up(c, FAULT_INVALID_VALUE, "takes too much work to match its pattern");
    }
}

enum verdict
check_pattern(struct check *c, const void *operand, const struct value *v)
{
    return matches(c, operand, value_text(v));
}

/* ---- Arrays ---- */

enum verdict
check_item_count(struct check *c, const void *operand, const struct value *v)
{
    return within(c, operand, v->n, "item");
}

enum verdict
check_array(struct check *c, const void *operand, const struct value *v)
{
    const struct array *array = operand;
    enum verdict verdict = RIGHT;
    struct step step = {.name = NULL};

    if (v->n == 0)
        return RIGHT;
    if (check_spend(c, v->n) == WRONG || !check_enter(c, &step))
        return WRONG;
    for (; step.item < v->n && step.item < array->prefix.n && verdict != WRONG; step.item++)
        verdict = check_type(c, array->prefix.at[step.item], &v->items[step.item]);
    for (; array->items && step.item < v->n && verdict != WRONG; step.item++)
        verdict = check_type(c, array->items, &v->items[step.item]);
    check_leave(c);
    return verdict != WRONG ? RIGHT : WRONG;
}

enum verdict
check_contains(struct check *c, const void *operand, const struct value *v)
{
    const struct contains *contains = operand;
    struct step step = {.name = NULL};
    uint32_t n = 0;

    if (!check_enter(c, &step))
        return WRONG;
    for (; step.item < v->n && n <= contains->size.max && !c->broken; step.item++)
        n += check_quietly(c, contains->type, &v->items[step.item]) != WRONG;
    check_leave(c);
    return c->broken ? WRONG : within(c, &contains->size, n, "matching item");
}

/* ---- Objects ---- */

/* Members mostly come in the order of the schema, some left out: look a little ahead first. */
static __attribute__((noinline)) const struct property *
find_property(const struct object *o, struct str name, const struct property *next)
{
    enum { AHEAD = 4 };
    const struct property *end = o->properties + o->n;
    int32_t at;

    for (unsigned i = 0; i < AHEAD && next < end; i++, next++)
        if (name_eq(next->name, name))
            return next;
    at = names_find(o->names, name);
    return at < 0 ? NULL : &o->properties[at];
}

/* A member that `properties` or `required` knows. */
static enum verdict
check_property(struct check *c, const struct property *p, const struct member *m)
{
    if (p->refused >> c->direction & 1)
        return check_wrong(c, p->read_only ? "is read-only: leave it out" : "is write-only");
    for (; p; p = p->also)
        if (p->type && check_type(c, p->type, &m->value) == WRONG)
            return WRONG;
    return RIGHT;
}

/* patternProperties, and additionalProperties for what neither they nor properties know. */
static enum verdict
check_other(struct check *c, const struct object *o, const struct member *m, bool known)
{
    for (uint32_t i = 0; i < o->pattern_count; i++) {
        enum verdict found;
        c->quiet++;
        found = matches(c, o->patterns[i].pattern, m->name);
        c->quiet--;
        if (c->broken)
            return WRONG;
        if (found == WRONG)
            continue;
        known = true;
        if (check_type(c, o->patterns[i].type, &m->value) == WRONG)
            return WRONG;
    }
    if (known)
        return RIGHT;
    if (o->closed)
        return check_wrong(c, "is not a member that is known here");
    return o->additional ? check_type(c, o->additional, &m->value) : RIGHT;
}

static enum verdict
missing(struct check *c, struct str name)
{
    return check_wrong(c, "member \"%.*s\" is required", STR_ARG(name_head(name, 160)));
}

static enum verdict
check_required(struct check *c, const struct object *o, const struct value *v, uint64_t seen)
{
    uint64_t lacking = o->required[c->direction] & ~seen;

    for (uint32_t i = 0; lacking && i < o->n; i++)
        if (lacking & o->properties[i].mask)
            return missing(c, o->properties[i].name);
    for (uint32_t i = 0; i < o->more_count; i++)
        if (!value_get(v, o->more[i]))
            return missing(c, o->more[i]);
    return RIGHT;
}

static enum verdict
check_special(struct check *c, const struct object *o, const struct property *p,
              const struct member *m)
{
    if (p && check_property(c, p, m) == WRONG)
        return WRONG;
    return o->open ? RIGHT : check_other(c, o, m, p && p->declared);
}

/* Every member; *seen gets the bits of the required ones. */
static enum verdict
check_members(struct check *c, const struct object *o, const struct value *v, struct step *step,
              uint64_t *seen)
{
    const struct property *next = o->properties, *last = next + o->n, *p;
    uint64_t mask = 0;

    for (const struct member *m = v->members, *end = m + v->n; m < end; m++) {
        p = next < last && name_eq(next->name, m->name) ? next : find_property(o, m->name, next);
        step->name = &m->name;
        if (p) {
            mask |= p->mask;
            next = p + 1;
        }
        if (p && p->plain) {
            if (p->type && check_type(c, p->type, &m->value) == WRONG)
                return WRONG;
        } else if (check_special(c, o, p, m) == WRONG) {
            return WRONG;
        }
    }
    *seen = mask;
    return RIGHT;
}

enum verdict
check_object(struct check *c, const void *operand, const struct value *v)
{
    const struct object *o = operand;
    enum verdict verdict = RIGHT;
    uint64_t seen = 0;
    struct step step;

    if (v->n) {
        if (check_spend(c, v->n) == WRONG || !check_enter(c, &step))
            return WRONG;
        verdict = check_members(c, o, v, &step, &seen);
        check_leave(c);
    }
    return verdict == WRONG ? WRONG : check_required(c, o, v, seen);
}

enum verdict
check_member_count(struct check *c, const void *operand, const struct value *v)
{
    return within(c, operand, v->n, "member");
}

enum verdict
check_member_names(struct check *c, const void *operand, const struct value *v)
{
    for (uint32_t i = 0; i < v->n; i++) {
        struct value name = value_string(v->members[i].name);
        if (check_quietly(c, operand, &name) == WRONG)
            return c->broken ? WRONG
                             : check_wrong_member(c, &v->members[i].name,
                                                  "has a name that is not allowed");
    }
    return RIGHT;
}

enum verdict
check_needs(struct check *c, const void *operand, const struct value *v)
{
    const struct dependencies *needs = operand;

    for (uint32_t i = 0; i < needs->n; i++) {
        const struct dependency *need = &needs->at[i];
        if (!value_get(v, need->name))
            continue;
        for (uint32_t k = 0; k < need->required_count; k++)
            if (!value_get(v, need->required[k]))
                return check_wrong(c, "member \"%.*s\" is required where \"%.*s\" is",
                                   STR_ARG(name_head(need->required[k], 80)),
                                   STR_ARG(name_head(need->name, 80)));
    }
    return RIGHT;
}

enum verdict
check_dependents(struct check *c, const void *operand, const struct value *v)
{
    const struct dependencies *dependents = operand;

    for (uint32_t i = 0; i < dependents->n; i++)
        if (dependents->at[i].type && value_get(v, dependents->at[i].name) &&
            check_same(c, dependents->at[i].type, v) == WRONG)
            return WRONG;
    return RIGHT;
}
