/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contract/rate.h"

#define COUNT_MAX UINT64_C(1000000000)
#define SECOND_NS INT64_C(1000000000)

static const struct unit {
    struct str name;
    int64_t ns;
} units[] = {
    {STR("s"), SECOND_NS},
    {STR("min"), 60 * SECOND_NS},
    {STR("h"), 3600 * SECOND_NS},
    {STR("d"), 86400 * SECOND_NS},
};

static const struct str callers[] = {
    [RATE_OF_ALL] = STR(""),
    [RATE_OF_CLIENT] = STR("client"),
    [RATE_OF_ADDRESS] = STR("address"),
};

static const struct unit *
find_unit(struct str name)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_eq(units[i].name, name))
            return &units[i];
    return NULL;
}

/* " per client" -> RATE_OF_CLIENT; nothing -> RATE_OF_ALL; -1: neither. */
static int
find_caller(struct str text)
{
    struct str rest = str_trim(text);
    if (rest.n && !str_starts(rest, STR("per ")))
        return -1;
    struct str name = str_trim(str_from(rest, 4));
    for (int i = 0; i <= RATE_OF_ADDRESS; i++)
        if (str_eq(callers[i], name) && (i == RATE_OF_ALL) == (rest.n == 0))
            return i;
    return -1;
}

/* What makes it the same rate after a reload: where it stands, and what it says. */
static uint64_t
identity_of(struct loader *l, const struct draft *d, struct str text)
{
    const struct operation *o = d->operation;
    uint8_t level = d->extension.levels[X_RATE];
    struct str method = level == LEVEL_OPERATION ? o->method : STR("");
    struct str path = level == LEVEL_DOCUMENT ? STR("") : o->path;
    struct str all = arena_printf(l->arena, "%.*s\n%.*s %.*s\n%.*s", STR_ARG(l->contract->name),
                                  STR_ARG(method), STR_ARG(path), STR_ARG(text));
    l->sources.failed |= !all.p;
    return str_hash(all);
}

/* The interval is rounded up to whole nanoseconds: never more than is said. */
static void
fill(struct loader *l, const struct draft *d, uint64_t count, const struct unit *unit, int whom,
     struct rate *r)
{
    r->interval_ns = (unit->ns + (int64_t)count - 1) / (int64_t)count;
    r->burst_ns = r->interval_ns * (int64_t)count;
    r->whom = (uint8_t)whom;
    r->text = arena_printf(l->arena, "%llu/%.*s%s%.*s", (unsigned long long)count,
                           STR_ARG(unit->name), whom ? " per " : "", STR_ARG(callers[whom]));
    r->id = identity_of(l, d, r->text);
}

static bool
read_rule(struct loader *l, const struct draft *d, const cJSON *node, struct rate *r)
{
    struct str text = str_trim(str_of(node->valuestring));
    size_t slash = str_find(text, '/');
    struct str number = str_head(text, slash), rest = str_from(text, slash + 1);
    struct str name = str_head(rest, str_find(rest, ' '));
    const struct unit *unit = find_unit(name);
    int whom = find_caller(str_from(rest, name.n));
    uint64_t count = 0;
    if (slash == text.n)
        LOADER_ERROR(l, node, "rate: '%s' must be N/UNIT, such as 100/s or 100/s per client",
                     node->valuestring);
    else if (!str_to_u64(number, &count) || count < 1 || count > COUNT_MAX)
        LOADER_ERROR(l, node, "rate: '%.*s' must be a number from 1 to 1000000000",
                     STR_ARG(number));
    else if (!unit)
        LOADER_ERROR(l, node, "rate: '%.*s' is no unit: use s, min, h or d", STR_ARG(name));
    else if (whom < 0)
        LOADER_ERROR(l, node,
                     "rate: '%.*s' is not known: write `per client`, `per address`, or nothing "
                     "for all callers together",
                     STR_ARG(str_trim(str_from(rest, name.n))));
    else
        fill(l, d, count, unit, whom, r);
    return r->text.n > 0;
}

/* Adds the rule; twice the same would count each call twice. */
static void
add_rule(struct loader *l, struct draft *d, const cJSON *node, struct rate *list)
{
    struct operation *o = d->operation;
    struct rate r = {0};
    if (!cJSON_IsString(node)) {
        LOADER_ERROR(l, node, "rate: a rule must be text such as 100/s per client");
        return;
    }
    if (!read_rule(l, d, node, &r))
        return;
    for (unsigned i = 0; i < o->rate_count; i++)
        if (list[i].id == r.id) {
            LOADER_ERROR(l, node, "rate: '%.*s' is there twice: remove one", STR_ARG(r.text));
            return;
        }
    list[o->rate_count++] = r;
}

static void
read_rules(struct loader *l, struct draft *d, const cJSON *node)
{
    bool many = cJSON_IsArray(node);
    size_t count = many ? (size_t)cJSON_GetArraySize(node) : 1;
    if (!count || count > RATES_MAX) {
        LOADER_ERROR(l, node, "rate: a list has 1 to %d rules; null is no rate", RATES_MAX);
        return;
    }
    struct rate *list = ARENA_ARRAY(l->arena, count, struct rate);
    l->sources.failed |= !list;
    for (const cJSON *rule = many ? node->child : node; rule && list;
         rule = many ? rule->next : NULL)
        add_rule(l, d, rule, list);
    d->operation->rates = list;
}

void
rate_read(struct loader *l, struct draft *d)
{
    const cJSON *node = d->extension.members[X_RATE];
    const struct draft *first = node ? loader_first_with(l, d, X_RATE) : d;
    if (first != d) {
        d->operation->rates = first->operation->rates;
        d->operation->rate_count = first->operation->rate_count;
    } else if (node)
        read_rules(l, d, node);
}
