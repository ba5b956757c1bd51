/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Switches as JSON and as text. Each is one row: its name, and how its text is read and written. */
#include "sandbox/toggle.h"

#include <stdlib.h>

#include "base/clock.h"

struct row {
    struct str name;
    size_t at; /* of the bool inside struct toggle */
};

static const struct row flags[] = {
    {STR("outage"), offsetof(struct toggle, outage)},
    {STR("garbage"), offsetof(struct toggle, garbage)},
    {STR("wrong"), offsetof(struct toggle, wrong)},
    {STR("reset"), offsetof(struct toggle, reset)},
};
static const unsigned flag_count = sizeof(flags) / sizeof(flags[0]);

void
toggle_init(struct toggle *t, uint64_t seed)
{
    *t = (struct toggle){.noise = {seed}};
}

static bool
share_of(struct str text, double *share)
{
    char copy[32];
    if (text.n >= sizeof(copy) || !number_is_lexeme(text))
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    *share = strtod(copy, NULL);
    return *share >= 0 && *share <= 1;
}

static bool
set_flag(struct toggle *t, struct str name, bool on)
{
    for (unsigned i = 0; i < flag_count; i++)
        if (str_eq(flags[i].name, name)) {
            *(bool *)((char *)t + flags[i].at) = on;
            return true;
        }
    return false;
}

static bool
set_member(struct toggle *t, struct str name, const struct value *v)
{
    if (str_eq(name, STR("delay")))
        return v->kind == VALUE_STRING && clock_parse_duration(value_text(v), &t->delay_us);
    if (str_eq(name, STR("errors")))
        return v->kind == VALUE_NUMBER && share_of(value_text(v), &t->errors);
    return v->kind == VALUE_BOOLEAN && set_flag(t, name, v->is_true);
}

enum fault_code
toggle_read(struct toggle *t, uint64_t seed, const struct value *v, struct fault *f)
{
    struct toggle fresh;
    toggle_init(&fresh, seed);
    if (v->kind != VALUE_OBJECT)
        return fault_set(f, FAULT_INVALID_VALUE, "the switches are an object");
    for (uint32_t i = 0; i < v->n; i++) {
        struct str name = v->members[i].name;
        if (!set_member(&fresh, name, &v->members[i].value))
            return fault_set(f, FAULT_INVALID_VALUE,
                             "no such switch, or not its kind of value: %.*s", STR_ARG(name));
    }
    *t = fresh;
    return FAULT_NONE;
}

static bool
set_text(struct toggle *t, struct str name, struct str text)
{
    if (str_eq(name, STR("delay")))
        return clock_parse_duration(text, &t->delay_us);
    if (str_eq(name, STR("errors")))
        return share_of(text, &t->errors);
    bool on = text.n == 0 || str_eq(text, STR("true"));
    return (on || str_eq(text, STR("false"))) && set_flag(t, name, on);
}

enum fault_code
toggle_parse(struct toggle *t, uint64_t seed, struct str text, struct fault *f)
{
    struct str part;
    toggle_init(t, seed);
    while (str_split(&text, ',', &part)) {
        size_t equals = str_find(part, '=');
        if (!set_text(t, str_head(part, equals), str_from(part, equals + 1)))
            return fault_set(f, FAULT_INVALID_VALUE,
                             "no such switch, or not its kind of value: %.*s", STR_ARG(part));
    }
    return FAULT_NONE;
}

void
toggle_write(const struct toggle *t, struct buf *b)
{
    buf_printf(b, "{\"delay\":\"%lldms\",\"errors\":%.12g", (long long)(t->delay_us / 1000),
               t->errors);
    for (unsigned i = 0; i < flag_count; i++)
        buf_printf(b, ",\"%s\":%s", flags[i].name.p,
                   *(const bool *)((const char *)t + flags[i].at) ? "true" : "false");
    buf_put_char(b, '}');
}
