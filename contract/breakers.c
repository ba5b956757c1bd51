/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See breakers.h. */
#include "contract/breakers.h"
#include "base/clock.h"
#include "contract/suggest.h"

enum { SECOND = 1000000, MINUTE = 60 * SECOND, CALLS_MOST = 1000000 };

static const char *const known[] = {"errors", "window", "open", "calls"};

static void
check_members(struct loader *l, const cJSON *node)
{
    for (const cJSON *member = node->child; member; member = member->next) {
        struct suggest near = suggest_for(str_of(member->string));
        size_t i = 0;
        while (i < sizeof known / sizeof *known && strcmp(known[i], member->string) != 0)
            suggest_offer(&near, str_of(known[i++]));
        if (i == sizeof known / sizeof *known)
            LOADER_KEY_ERROR(l, member, "breaker: '%s' is not known%s", member->string,
                             suggest_text(l->arena, &near, ": use errors, window, open and calls"));
    }
}

static void
read_errors(struct loader *l, const cJSON *node, struct breaker_rule *out)
{
    const cJSON *errors = node_get(node, "errors");
    struct str text = str_of(node_string(node, "errors", ""));
    uint64_t n;
    if (!errors)
        LOADER_ERROR(l, node,
                     "breaker: say which share of failed calls opens it: {errors: 50%%, ...}");
    else if (text.n && text.p[text.n - 1] == '%' && str_to_u64(str_head(text, text.n - 1), &n) &&
             n >= 1 && n <= 100)
        out->errors = (unsigned)n;
    else
        LOADER_ERROR(l, errors,
                     "breaker: errors must be a percentage such as 50%%, from 1%% to 100%%");
}

static void
read_calls(struct loader *l, const cJSON *node, struct breaker_rule *out)
{
    const cJSON *calls = node_get(node, "calls");
    uint64_t n = out->calls;
    if (calls &&
        (!cJSON_IsNumber(calls) || !str_to_u64(node_lexeme(calls), &n) || n < 1 || n > CALLS_MOST))
        LOADER_ERROR(l, calls, "breaker: calls must be a number from 1 to %d", CALLS_MOST);
    else
        out->calls = (unsigned)n;
}

/* least: in words, for the message. */
static void
read_duration(struct loader *l, const cJSON *text, int64_t least_us, const char *least,
              int64_t *out)
{
    int64_t us;
    if (!text)
        return;
    if (cJSON_IsString(text) && clock_parse_duration(str_of(text->valuestring), &us) &&
        us >= least_us && us <= 10 * (int64_t)MINUTE)
        *out = us;
    else
        LOADER_ERROR(l, text, "breaker: %s must be a duration from %s to 10m", text->string, least);
}

/* False after telling. */
static bool
read_rule(struct loader *l, const cJSON *node, struct breaker_rule *out)
{
    unsigned errors = l->report->errors;
    *out = (struct breaker_rule){.calls = 20, .window_us = 10 * SECOND, .open_us = 5 * SECOND};
    check_members(l, node);
    read_errors(l, node, out);
    read_duration(l, node_get(node, "window"), SECOND, "1s", &out->window_us);
    read_duration(l, node_get(node, "open"), SECOND / 10, "100ms", &out->open_us);
    read_calls(l, node, out);
    return l->report->errors == errors;
}

static bool
is_same(const struct breaker_rule *a, const struct breaker_rule *b)
{
    return a->errors == b->errors && a->calls == b->calls && a->window_us == b->window_us &&
           a->open_us == b->open_us;
}

/* The rule of this kind, which is added where there is none. rules: room for one more. */
static const struct breaker_rule *
intern(struct contract *c, struct breaker_rule *rules, struct breaker_rule *read)
{
    for (unsigned i = 0; i < c->breaker_count; i++)
        if (is_same(&rules[i], read))
            return &rules[i];
    read->index = c->breaker_count++;
    rules[read->index] = *read;
    return &rules[read->index];
}

static void
mark_backends(struct loader *l, const struct binding *b)
{
    if (b->proxy)
        l->backends[b->proxy->index].has_breaker = true;
    for (unsigned i = 0; i < b->call_count; i++)
        if (b->calls[i].backend)
            l->backends[b->calls[i].backend->index].has_breaker = true;
}

void
breakers_build(struct loader *l)
{
    struct breaker_rule *rules = ARENA_ARRAY(l->arena, l->draft_count + 1, struct breaker_rule);
    l->contract->breakers = rules;
    l->sources.failed |= !rules;
    for (unsigned i = 0; rules && i < l->draft_count; i++) {
        const struct draft *d = &l->drafts[i];
        struct binding *b = d->operation->binding;
        const cJSON *node = d->extension.members[X_BREAKER];
        const struct draft *first = node ? loader_first_with(l, d, X_BREAKER) : NULL;
        struct breaker_rule read;
        if (!node || !b || !first->operation->binding)
            continue;
        if (first != d)
            b->breaker = first->operation->binding->breaker;
        else if (read_rule(l, node, &read))
            b->breaker = intern(l->contract, rules, &read);
        if (b->breaker)
            mark_backends(l, b);
    }
}
