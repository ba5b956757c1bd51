/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open addressing; at most half full. Entries go only when the whole table is made anew. */
#include "auth/revocation_set.h"

#include "auth/audit_hash.h"

#include <stdlib.h>

#define LEAST  64
#define LEEWAY 300 /* seconds beyond `exp` in which a token may still be accepted */

struct entry {
    uint8_t hash[AUDIT_HASH];
    int64_t before, until;
    bool used;
};

struct revocation_set {
    struct entry *entries;
    size_t slots, n, most; /* slots is a power of two */
    bool kinds[REVOKE_KINDS];
};

struct revocation_set *
revocation_set_new(size_t most)
{
    struct revocation_set *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->most = most;
    s->slots = LEAST;
    s->entries = calloc(LEAST, sizeof *s->entries);
    if (s->entries)
        return s;
    free(s);
    return NULL;
}

void
revocation_set_free(struct revocation_set *s)
{
    if (s)
        free(s->entries);
    free(s);
}

/* The issuer is hashed for itself, so that no two pairs give the same bytes. */
static void
hash_of(enum revocation_kind kind, struct str issuer, struct str id, uint8_t out[AUDIT_HASH])
{
    uint8_t first[AUDIT_HASH];

    audit_sha256(issuer, first);
    audit_hash((uint8_t)kind, audit_hash_str(first), id, out);
}

/* Where it is, or would be. */
static struct entry *
slot_of(struct entry *entries, size_t slots, const uint8_t hash[AUDIT_HASH])
{
    uint64_t at;

    memcpy(&at, hash, sizeof at);
    while (entries[at & (slots - 1)].used &&
           memcmp(entries[at & (slots - 1)].hash, hash, AUDIT_HASH) != 0)
        at++;
    return &entries[at & (slots - 1)];
}

static bool
is_needed(const struct entry *e, int64_t now)
{
    return e->used && (e->until == 0 || now < e->until + LEEWAY);
}

/* A new table without what nobody needs, with room for one more. */
static enum fault_code
make_room(struct revocation_set *s, int64_t now)
{
    struct entry *entries;
    size_t needed = 0, slots = LEAST;

    for (size_t i = 0; i < s->slots; i++)
        needed += is_needed(&s->entries[i], now);
    if (needed >= s->most)
        return FAULT_UNAVAILABLE;
    while (slots < 4 * (needed + 1))
        slots *= 2;
    entries = calloc(slots, sizeof *entries);
    if (!entries)
        return FAULT_MEMORY;
    for (size_t i = 0; i < s->slots; i++)
        if (is_needed(&s->entries[i], now))
            *slot_of(entries, slots, s->entries[i].hash) = s->entries[i];
    free(s->entries);
    s->entries = entries;
    s->slots = slots;
    s->n = needed;
    return FAULT_NONE;
}

/* The later of two seconds, of which 0 is the latest. */
static int64_t
later(int64_t a, int64_t b)
{
    return a == 0 || b == 0 ? 0 : a > b ? a : b;
}

enum fault_code
revocation_set_add(struct revocation_set *s, const struct revocation *r, int64_t now, bool *changed)
{
    struct entry *e, new = {.before = r->before, .until = r->until, .used = true};
    enum fault_code code;

    *changed = false;
    hash_of(r->kind, r->issuer, r->id, new.hash);
    e = slot_of(s->entries, s->slots, new.hash);
    if (e->used) {
        new.before = later(e->before, r->before);
        new.until = later(e->until, r->until);
        *changed = new.before != e->before || new.until != e->until;
        *e = new;
        return FAULT_NONE;
    }
    if (2 * (s->n + 1) > s->slots || s->n >= s->most) {
        code = make_room(s, now);
        if (code)
            return code;
    }
    *slot_of(s->entries, s->slots, new.hash) = new;
    s->n++;
    s->kinds[r->kind] = true;
    *changed = true;
    return FAULT_NONE;
}

bool
revocation_set_holds(const struct revocation_set *s, enum revocation_kind kind, struct str issuer,
                     struct str id, int64_t issued)
{
    uint8_t hash[AUDIT_HASH];
    const struct entry *e;

    if (!s->kinds[kind] || id.n == 0)
        return false;
    hash_of(kind, issuer, id, hash);
    e = slot_of(s->entries, s->slots, hash);
    return e->used && (e->before == 0 || issued < 0 || issued <= e->before);
}

bool
revocation_set_has(const struct revocation_set *s, enum revocation_kind kind)
{
    return s->kinds[kind];
}

size_t
revocation_set_count(const struct revocation_set *s)
{
    return s->n;
}
