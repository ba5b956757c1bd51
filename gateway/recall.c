/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/recall.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "gateway/edition.h"

enum { FLIGHT_ROWS = 256, SECOND = 1000000 };

struct recall {
    struct answer_cache *answers;
    struct answer_counts *counts;
    struct flight *flights[FLIGHT_ROWS];
};

struct recall *
recall_new(uint64_t limit, struct answer_counts *counts)
{
    struct recall *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->counts = counts;
    r->answers = answer_cache_new(limit, counts);
    if (r->answers)
        return r;
    free(r);
    return NULL;
}

void
recall_free(struct recall *r)
{
    if (r)
        answer_cache_free(r->answers);
    free(r);
}

void
recall_clear(struct recall *r)
{
    if (r)
        answer_cache_clear(r->answers);
}

/* --- the key --- */

/* As JSON, so that no value can pass for two: what is absent is empty, and a text has its quotes.
 */
static void
put_value(struct buf *b, const struct value *v)
{
    if (v)
        json_write(b, v);
    buf_put_char(b, '\n'); /* JSON text on one line has none */
}

/* As a mapping sees it. */
static void
put_header(struct buf *b, struct headers headers, struct str name)
{
    const struct header *h = header_find(headers, name);

    if (h && str_is_utf8(h->value))
        json_write_string(b, h->value);
    buf_put_char(b, '\n');
}

void
recall_write_key(struct buf *b, const struct invocation *i)
{
    const struct operation *o = i->operation;
    const struct caching *c = o->cache;

    buf_put(b, &o, sizeof(o)); /* the snapshot's, as this memory is */
    for (unsigned k = 0; k < o->parameter_count; k++)
        if ((int)k != c->unseen)
            put_value(b, &i->inputs->parameters[k]);
    put_value(b, &i->inputs->body);
    for (unsigned k = 0; k < c->claim_count; k++)
        put_value(b, i->claims ? value_get(i->claims, c->claims[k]) : NULL);
    for (unsigned k = 0; k < c->header_count; k++)
        put_header(b, i->request_headers, c->headers[k]);
}

/* In the invocation's arena. False when it is too large to be worth it. */
static bool
make_key(const struct recall *r, const struct invocation *i, struct answer_key *key)
{
    struct buf b;
    struct str text;

    buf_init(&b, answer_cache_most(r->answers));
    recall_write_key(&b, i);
    text = b.failed ? STR_NONE : arena_dup(i->arena, buf_view(&b));
    buf_fini(&b);
    *key = answer_cache_key(r->answers, text);
    return text.n > 0;
}

/* --- what the caller says, and is told --- */

static bool
has_header(const struct outcome *o, struct str name)
{
    return header_find((struct headers){o->headers, o->header_count}, name);
}

static bool
add_number(struct arena *a, struct outcome *out, struct str name, const char *before, int64_t n)
{
    struct str value = arena_printf(a, "%s%lld", before, (long long)n);

    out->keeping[out->keeping_count++] = (struct header){name, value};
    return value.p;
}

/* age_us: < 0 for an answer that was fetched just now. What the contract declares itself stays. */
static enum fault_code
tell(const struct invocation *i, int64_t age_us, int64_t left_us, struct outcome *out,
     struct fault *f)
{
    const struct operation *o = i->operation;
    bool good = true;

    out->keeping_count = 0;
    out->keeping = ARENA_ARRAY(i->arena, 3, struct header);
    if (!out->keeping)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    if (age_us >= 0 && !has_header(out, STR("age")))
        good &= add_number(i->arena, out, STR("Age"), "", age_us / SECOND);
    if (!has_header(out, STR("cache-control")))
        good &= add_number(
            i->arena, out, STR("Cache-Control"),
            o->security_count ? "private, max-age=" : "public, max-age=", left_us / SECOND);
    if (o->cache->vary.n)
        out->keeping[out->keeping_count++] = (struct header){STR("Vary"), o->cache->vary};
    return good ? FAULT_NONE : fault_set(f, FAULT_MEMORY, "out of memory");
}

/* --- calls that miss at the same time --- */

struct waiter { /* in its exchange's arena */
    struct waiter *next;
    struct fiber *fiber;
    bool landed, alone;
};

struct flight { /* a fetch under way, on its fiber's stack */
    struct flight *next;
    struct answer_key key;
    struct waiter *waiters;
};

static struct flight **
flight_row(struct recall *r, const struct answer_key *key)
{
    return &r->flights[key->hash % FLIGHT_ROWS];
}

static struct flight *
flight_find(struct recall *r, const struct answer_key *key)
{
    struct flight *t = *flight_row(r, key);

    while (t && (t->key.hash != key->hash || !str_eq(t->key.text, key->text)))
        t = t->next;
    return t;
}

static void
flight_start(struct recall *r, struct flight *t)
{
    t->next = *flight_row(r, &t->key);
    *flight_row(r, &t->key) = t;
}

/* All are woken: they find the answer, or else the first of them fetches, and the others wait for
 * it. alone: there is none to keep (an error, a 404, too large), and most likely will be none: each
 * fetches its own, or they would go through one after the other. */
static void
flight_land(struct recall *r, struct flight *t, bool alone)
{
    struct flight **at = flight_row(r, &t->key);

    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    for (struct waiter *w = t->waiters; w; w = w->next) {
        w->landed = true;
        w->alone = alone;
        fiber_wake(w->fiber);
    }
}

/* Until the flight has landed; *alone as above. */
static enum fault_code
flight_await(struct flight *t, const struct invocation *i, bool *alone, struct fault *f)
{
    struct waiter *w = ARENA_NEW(i->arena, struct waiter), **at = &t->waiters;
    enum fault_code code = FAULT_NONE;

    if (!w)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    *w = (struct waiter){.next = t->waiters, .fiber = fiber_self()};
    t->waiters = w;
    while (!code && !w->landed)
        code = loop_wait(i->edition->desk->loop, i->deadline_us);
    *alone = w->alone;
    if (w->landed) /* what it is too late for, its own fetch tells */
        return FAULT_NONE;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    return fault_set(f, code, "%s",
                     code == FAULT_CANCELLED ? "the caller left"
                     : code == FAULT_MEMORY  ? "out of memory"
                                             : "the backend did not answer in time");
}

/* --- the whole --- */

/* An answer that lacks an optional part may be whole next time; a cookie is for one caller only. */
static bool
is_worth_keeping(const struct invocation *i, const struct outcome *out)
{
    return !i->partial && out->status >= 200 && out->status < 300 &&
           !has_header(out, STR("set-cookie"));
}

/* *kept: it is remembered now. */
static enum fault_code
fetch_and_keep(struct recall *r, recall_fetch *ask, struct invocation *i,
               const struct answer_key *key, struct outcome *out, bool *kept, struct fault *f)
{
    int64_t life = i->operation->cache->life_us, now;
    enum fault_code code = ask(i, out, f);
    bool worth = !code && is_worth_keeping(i, out);

    *kept = false;
    if (code)
        return code;
    now = clock_us();
    if (worth)
        *kept = answer_cache_add(r->answers, key, &(struct remembered){*out, now, now + life});
    return tell(i, -1, worth ? life : 0, out, f);
}

/* The fetch that others may wait for. */
static enum fault_code
fly(struct recall *r, recall_fetch *ask, struct invocation *i, const struct answer_key *key,
    struct outcome *out, struct fault *f)
{
    struct flight t = {.key = *key};
    enum fault_code code;
    bool kept = false;

    flight_start(r, &t);
    code = fetch_and_keep(r, ask, i, key, out, &kept, f);
    flight_land(r, &t, !kept && code != FAULT_CANCELLED);
    return code;
}

static void
count(atomic_ullong *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* True when *out, or *code, is what comes of it; false when the answer has to be fetched. *alone:
 * waiting is no use. */
static bool
find_or_wait(struct recall *r, const struct invocation *i, const struct answer_key *key,
             struct outcome *out, bool *alone, enum fault_code *code, struct fault *f)
{
    struct remembered found;
    struct flight *t;
    int64_t now;

    do {
        now = clock_us();
        if (answer_cache_find(r->answers, key, now, i->arena, &found)) {
            count(&r->counts->hits);
            *out = found.outcome;
            *code = tell(i, now - found.since_us, found.until_us - now, out, f);
            return true;
        }
        t = *alone ? NULL : flight_find(r, key);
        if (t)
            *code = flight_await(t, i, alone, f);
    } while (t && !*code);
    return *code;
}

enum fault_code
recall_invoke(struct recall *r, recall_fetch *ask, struct invocation *i, struct outcome *out,
              struct fault *f)
{
    bool alone = header_lists(i->request_headers, STR("cache-control"), STR("no-cache")), kept;
    enum fault_code code = FAULT_NONE;
    struct answer_key key;

    if (!make_key(r, i, &key))
        return ask(i, out, f);
    if (!alone && find_or_wait(r, i, &key, out, &alone, &code, f))
        return code;
    count(&r->counts->misses);
    return alone ? fetch_and_keep(r, ask, i, &key, out, &kept, f) : fly(r, ask, i, &key, out, f);
}
