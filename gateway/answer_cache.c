/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/answer_cache.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/json.h"
#include "base/siphash.h"

enum { BYTES_A_ROW = 1024, ROWS_MOST = 1 << 20, ROWS_LEAST = 16, SHARE = 8 };

struct entry {                   /* with its texts behind it, in the same block */
    struct entry *next;          /* of its row */
    struct entry *newer, *older; /* by use */
    struct answer_key key;
    struct remembered kept; /* without its body, which is: */
    struct str body;        /* JSON; empty: none */
    size_t size;
    struct header headers[];
};

struct answer_cache {
    uint8_t secret[16];
    uint64_t limit, bytes;
    struct answer_counts *counts;
    struct entry *newest, *oldest;
    size_t row_count; /* a power of two */
    struct entry *rows[];
};

struct answer_cache *
answer_cache_new(uint64_t limit, struct answer_counts *counts)
{
    size_t rows = ROWS_LEAST;
    struct answer_cache *c;

    while (rows < ROWS_MOST && rows < limit / BYTES_A_ROW)
        rows *= 2;
    c = calloc(1, sizeof(*c) + rows * sizeof(*c->rows));
    if (!c)
        return NULL;
    c->limit = limit;
    c->counts = counts;
    c->row_count = rows;
    if (getrandom(c->secret, sizeof(c->secret), 0) == sizeof(c->secret))
        return c;
    free(c);
    return NULL;
}

/* --- what is used, and what goes --- */

static void
count_bytes(struct answer_cache *c, uint64_t bytes)
{
    atomic_fetch_add_explicit(&c->counts->bytes, bytes - c->bytes, memory_order_relaxed);
    c->bytes = bytes;
}

static void
unlink_use(struct answer_cache *c, struct entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void
link_use(struct answer_cache *c, struct entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static struct entry **
row_of(struct answer_cache *c, const struct answer_key *key)
{
    return &c->rows[key->hash & (c->row_count - 1)];
}

static void
forget(struct answer_cache *c, struct entry *e)
{
    struct entry **at = row_of(c, &e->key);

    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    unlink_use(c, e);
    count_bytes(c, c->bytes - e->size);
    free(e);
}

void
answer_cache_clear(struct answer_cache *c)
{
    while (c->oldest)
        forget(c, c->oldest);
}

void
answer_cache_free(struct answer_cache *c)
{
    if (c)
        answer_cache_clear(c);
    free(c);
}

size_t
answer_cache_most(const struct answer_cache *c)
{
    return c->limit / SHARE;
}

struct answer_key
answer_cache_key(const struct answer_cache *c, struct str text)
{
    struct siphash s;

    siphash_begin(&s, c->secret);
    siphash_put(&s, text.p, text.n);
    return (struct answer_key){text, siphash_end(&s)};
}

/* --- out of it --- */

static struct entry *
find(struct answer_cache *c, const struct answer_key *key)
{
    struct entry *e = *row_of(c, key);

    while (e && (e->key.hash != key->hash || !str_eq(e->key.text, key->text)))
        e = e->next;
    return e;
}

static bool
copy_headers(struct arena *a, const struct entry *e, struct outcome *out)
{
    out->headers = ARENA_ARRAY(a, out->header_count + 1, struct header);
    for (unsigned i = 0; out->headers && i < out->header_count; i++) {
        struct header *h = &out->headers[i];

        h->name = arena_dup(a, e->headers[i].name);
        h->value = arena_dup(a, e->headers[i].value);
        if (!h->name.p || !h->value.p)
            return false;
    }
    return out->headers;
}

/* What json_write has written is read back whatever its size; a body that cannot be (text that is
 * no UTF-8, a tree that is too deep) is fetched each time. */
static bool
copy_out(struct arena *a, const struct entry *e, struct remembered *out)
{
    struct json_limits limits = {VALUE_DEPTH, UINT32_MAX};
    struct fault ignored = {0};
    struct str text;

    *out = e->kept;
    if (!copy_headers(a, e, &out->outcome))
        return false;
    if (!e->body.n)
        return true;
    text = arena_dup(a, e->body);
    return text.p && !json_read(a, text, limits, &out->outcome.body, &ignored);
}

bool
answer_cache_find(struct answer_cache *c, const struct answer_key *key, int64_t now_us,
                  struct arena *a, struct remembered *out)
{
    struct entry *e = find(c, key);

    if (!e)
        return false;
    if (now_us >= e->kept.until_us || now_us < e->kept.since_us) {
        forget(c, e);
        return false;
    }
    unlink_use(c, e);
    link_use(c, e);
    return copy_out(a, e, out);
}

/* --- into it --- */

static size_t
size_of(const struct answer_key *key, const struct outcome *o, struct str body)
{
    size_t size = sizeof(struct entry) + o->header_count * sizeof(struct header) + key->text.n;

    for (unsigned i = 0; i < o->header_count; i++)
        size += o->headers[i].name.n + o->headers[i].value.n;
    return size + body.n;
}

static struct str
put(char **at, struct str s)
{
    struct str copy = {*at, s.n};

    if (s.n)
        memcpy(*at, s.p, s.n);
    *at += s.n;
    return copy;
}

/* NULL: no memory. */
static struct entry *
make(const struct answer_key *key, const struct remembered *r, struct str body, size_t size)
{
    const struct outcome *o = &r->outcome;
    struct entry *e = malloc(size);
    char *at;

    if (!e)
        return NULL;
    *e = (struct entry){.key = *key, .kept = *r, .size = size};
    at = (char *)&e->headers[o->header_count];
    e->key.text = put(&at, key->text);
    e->body = put(&at, body);
    for (unsigned i = 0; i < o->header_count; i++)
        e->headers[i] =
            (struct header){put(&at, o->headers[i].name), put(&at, o->headers[i].value)};
    e->kept.outcome.body = VALUE_OF(VALUE_ABSENT);
    e->kept.outcome.headers = NULL;
    return e;
}

static bool
keep(struct answer_cache *c, const struct answer_key *key, const struct remembered *r,
     struct str body)
{
    size_t size = size_of(key, &r->outcome, body);
    struct entry *e = size <= answer_cache_most(c) ? make(key, r, body, size) : NULL;

    if (!e)
        return false;
    while (c->bytes + size > c->limit)
        forget(c, c->oldest);
    e->next = *row_of(c, key);
    *row_of(c, key) = e;
    link_use(c, e);
    count_bytes(c, c->bytes + size);
    return true;
}

bool
answer_cache_add(struct answer_cache *c, const struct answer_key *key, const struct remembered *r)
{
    struct entry *old = find(c, key);
    struct buf body;
    bool kept;

    if (old)
        forget(c, old);
    if (r->until_us <= r->since_us)
        return false;
    buf_init(&body, answer_cache_most(c));
    json_write(&body, &r->outcome.body);
    kept = !body.failed && keep(c, key, r, buf_view(&body));
    buf_fini(&body);
    return kept;
}
