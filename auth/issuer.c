/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of an issuer over time. All that changes stands under `lock`; update() is the one way
 * to new keys, and lets one caller in at a time.
 */
#include "auth/issuer.h"

#include "auth/discovery.h"
#include "base/file.h"
#include "base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define ABSENT_KEPT    64
#define ABSENT_US      (60 * 1000000LL)
#define FIRST_RETRY_US (1 * 1000000LL) /* while there are no keys at all */
#define WAITERS_MOST   64
#define WAIT_MS        20
#define WAITS_MOST     150 /* three seconds */

struct absent {
    uint64_t hash; /* of a key id that the issuer did not have */
    int64_t until;
};

struct issuer {
    struct issuer_settings settings;
    struct token_cache *flushed;
    pthread_mutex_t lock;
    struct jwks *keys;                      /* NULL: none yet */
    uint8_t digest[32];                     /* of the document they came from */
    char *found_keys, *found_introspection; /* what discovery found; NULL: not yet, or nothing */
    int64_t discovered_at;
    bool fetching;
    unsigned waiters;
    int64_t fetched_at, refresh_at;
    uint64_t fetches;
    struct absent absent[ABSENT_KEPT];
    unsigned absent_next;
};

struct issuer *
issuer_new(const struct issuer_settings *s, struct token_cache *flushed)
{
    struct issuer *i = calloc(1, sizeof *i);

    if (!i)
        return NULL;
    i->settings = *s;
    i->flushed = flushed;
    pthread_mutex_init(&i->lock, NULL);
    return i;
}

void
issuer_free(struct issuer *i)
{
    if (!i)
        return;
    jwks_unref(i->keys);
    free(i->found_keys);
    free(i->found_introspection);
    pthread_mutex_destroy(&i->lock);
    free(i);
}

const struct issuer_settings *
issuer_settings(const struct issuer *i)
{
    return &i->settings;
}

void
issuer_set_keys(struct issuer *i, struct jwks *set)
{
    struct jwks *old;

    if (!set)
        return;
    pthread_mutex_lock(&i->lock);
    old = i->keys;
    i->keys = set;
    memset(i->absent, 0, sizeof i->absent);
    pthread_mutex_unlock(&i->lock);
    if (i->flushed)
        token_cache_flush(i->flushed);
    jwks_unref(old);
}

static struct jwks *
hold_keys(struct issuer *i)
{
    struct jwks *set;

    pthread_mutex_lock(&i->lock);
    set = jwks_ref(i->keys);
    pthread_mutex_unlock(&i->lock);
    return set;
}

/* False: not a readable file of at most JWKS_MAX bytes. */
static bool
read_file(struct arena *a, struct str path, struct str *body)
{
    struct str name = arena_dup(a, path);
    struct buf bytes;
    bool good;

    if (!name.p)
        return false;
    good = file_load(name.p, JWKS_MAX, &bytes, NULL);
    *body = good ? arena_dup(a, buf_view(&bytes)) : STR_NONE;
    buf_fini(&bytes);
    return body->n > 0;
}

static struct str
copy_found(struct issuer *i, char *const *found, struct arena *a)
{
    struct str copy;

    pthread_mutex_lock(&i->lock);
    copy = arena_dup(a, str_of(*found));
    pthread_mutex_unlock(&i->lock);
    return copy;
}

struct str
issuer_introspection(struct issuer *i, struct arena *a)
{
    if (i->settings.introspection_url.n)
        return i->settings.introspection_url;
    return copy_found(i, &i->found_introspection, a);
}

static void
replace(char **at, struct str text)
{
    free(*at);
    *at = text.n ? strndup(text.p, text.n) : NULL;
}

static void
keep_found(struct issuer *i, const struct discovery *found, int64_t now)
{
    pthread_mutex_lock(&i->lock);
    replace(&i->found_keys, found->jwks_uri);
    replace(&i->found_introspection, found->introspection_endpoint);
    i->discovered_at = now;
    pthread_mutex_unlock(&i->lock);
}

/* Reads the issuer's description of itself; false when it cannot be had, or is not to be used. */
static bool
discover(struct issuer *i, const struct auth_io *io, struct arena *a, int64_t now, struct fault *f)
{
    for (unsigned place = 0; place < DISCOVERY_PLACES; place++) {
        struct auth_fetch q = {.url = discovery_url(a, i->settings.name, place)};
        struct discovery found = {0};
        struct str body;
        const char *wrong;
        enum fault_code code = io->fetch(io->context, &q, a, &body, f);

        if (code == FAULT_CANCELLED)
            return false;
        if (code)
            continue;
        wrong = discovery_read(a, i->settings.name, body, &found);
        if (!wrong) {
            keep_found(i, &found, now);
            return true;
        }
        fault_set(f, FAULT_UNAVAILABLE, "%.*s is not used: %s", STR_ARG(q.url), wrong);
    }
    return false;
}

/* Where the keys are; empty, and *f, when nobody knows. What was found before serves on while the
 * description cannot be had. */
static struct str
keys_url(struct issuer *i, const struct auth_io *io, struct arena *a, int64_t now, struct fault *f)
{
    struct str known;

    if (!i->settings.discover)
        return i->settings.jwks_uri;
    known = copy_found(i, &i->found_keys, a);
    if (known.n && now >= i->discovered_at && now < i->discovered_at + i->settings.refresh_us)
        return known;
    if (!discover(i, io, a, now, f) && (!known.n || f->code == FAULT_CANCELLED))
        return STR_NONE;
    known = copy_found(i, &i->found_keys, a);
    if (!known.n)
        fault_set(f, FAULT_UNAVAILABLE, "its description names no `jwks_uri`");
    return known;
}

/* The document's bytes, from file or host. */
static bool
read_source(struct issuer *i, const struct auth_io *io, struct arena *a, int64_t now,
            struct str *body, struct fault *f)
{
    const struct issuer_settings *s = &i->settings;
    struct auth_fetch q = {0};

    if (s->jwks_file.n) {
        if (read_file(a, s->jwks_file, body))
            return true;
        fault_set(f, FAULT_UNAVAILABLE, "the key set cannot be read");
        return false;
    }
    if (!io || !io->fetch) {
        fault_set(f, FAULT_UNAVAILABLE, "there is nothing to fetch with");
        return false;
    }
    q.url = keys_url(i, io, a, now, f);
    return q.url.n && io->fetch(io->context, &q, a, body, f) == FAULT_NONE;
}

/* Makes keys of the document unless it is the one they came from already. */
static bool
take_document(struct issuer *i, struct str body, struct report *r, bool *changed)
{
    struct str name = i->settings.jwks_file.n  ? i->settings.jwks_file
                      : i->settings.jwks_uri.n ? i->settings.jwks_uri
                                               : i->settings.name;
    uint8_t digest[32];
    struct jwks *set;
    bool same;

    if (!signature_sha256(body, digest))
        return false;
    pthread_mutex_lock(&i->lock);
    same = i->keys && memcmp(digest, i->digest, sizeof digest) == 0;
    pthread_mutex_unlock(&i->lock);
    *changed = false;
    if (same)
        return true;
    set = jwks_parse(name, body, r);
    if (!set)
        return false;
    *changed = true;
    issuer_set_keys(i, set);
    pthread_mutex_lock(&i->lock);
    memcpy(i->digest, digest, sizeof digest);
    pthread_mutex_unlock(&i->lock);
    return true;
}

static void
log_change(const struct issuer *i, const struct report *r, bool changed)
{
    if (changed)
        log_event(LOG_INFO, "keys", "issuer %.*s: new keys in force", STR_ARG(i->settings.name));
    for (const struct report_line *l = r->first; l; l = l->next)
        log_event(LOG_WARNING, "keys", "%.*s", STR_ARG(l->text));
}

bool
issuer_load_file(struct issuer *i, struct report *r, int64_t now)
{
    struct place at = {.path = i->settings.jwks_file};
    struct arena *a = arena_new(4 * JWKS_MAX);
    struct str body;
    bool good = false, changed;

    if (!a || !read_file(a, i->settings.jwks_file, &body))
        report_error(r, at, "cannot be read, or is empty or larger than %d bytes", JWKS_MAX);
    else
        good = take_document(i, body, r, &changed);
    arena_free(a);
    i->fetched_at = now;
    i->refresh_at = now + i->settings.refresh_us;
    return good;
}

/* One read of the keys, by the one caller that update() let in. */
static bool
fetch_keys(struct issuer *i, const struct auth_io *io, int64_t now, bool *cancelled)
{
    struct arena *a = arena_new(8 * JWKS_MAX);
    struct fault f = {.code = FAULT_MEMORY};
    struct report r;
    struct str body;
    bool good = false, changed = false;

    if (a) {
        report_init(&r, a);
        if (read_source(i, io, a, now, &body, &f)) {
            good = take_document(i, body, &r, &changed);
            log_change(i, &r, changed);
        } else {
            log_event(LOG_WARNING, "keys", "issuer %.*s: %s %s", STR_ARG(i->settings.name),
                      f.detail, f.log);
        }
    }
    arena_free(a);
    *cancelled = f.code == FAULT_CANCELLED;
    return good;
}

static void
remember_absent(struct issuer *i, uint64_t hash, int64_t now)
{
    i->absent[i->absent_next++ % ABSENT_KEPT] = (struct absent){hash, now + ABSENT_US};
}

static bool
is_absent(const struct issuer *i, uint64_t hash, int64_t now)
{
    for (unsigned n = 0; n < ABSENT_KEPT; n++)
        if (i->absent[n].hash == hash && now < i->absent[n].until)
            return true;
    return false;
}

static bool
has_source(const struct issuer *i)
{
    return i->settings.jwks_file.n || i->settings.jwks_uri.n || i->settings.discover;
}

/* Under the lock. A clock that was set back does not postpone. */
static bool
may_fetch(const struct issuer *i, int64_t now)
{
    int64_t least = i->keys ? i->settings.retry_us : FIRST_RETRY_US;

    if (!has_source(i))
        return false;
    return i->fetches == 0 || now >= i->fetched_at + least || now < i->fetched_at;
}

/* Waits for another caller's fetch; false when that is not to be waited for. Takes the lock held,
 * gives it back held. */
static bool
wait_for_fetch(struct issuer *i, const struct auth_io *io)
{
    bool patient = io && io->pause && i->waiters < WAITERS_MOST;
    uint64_t fetch = i->fetches;

    i->waiters++;
    for (unsigned n = 0; patient && n < WAITS_MOST && i->fetching && i->fetches == fetch; n++) {
        pthread_mutex_unlock(&i->lock);
        patient = io->pause(io->context, WAIT_MS) == FAULT_NONE;
        pthread_mutex_lock(&i->lock);
    }
    i->waiters--;
    return patient && !(i->fetching && i->fetches == fetch);
}

/* The fetch itself; the lock is held on entry and on return, not in between. */
static bool
fetch_alone(struct issuer *i, const struct auth_io *io, int64_t now)
{
    bool cancelled, good;

    i->fetching = true;
    i->fetches++;
    i->fetched_at = now;
    pthread_mutex_unlock(&i->lock);
    good = fetch_keys(i, io, now, &cancelled);
    pthread_mutex_lock(&i->lock);
    i->fetching = false;
    i->refresh_at = now + (good ? i->settings.refresh_us : i->settings.retry_us);
    /* A client that left must not keep the others from fetching. */
    if (cancelled)
        i->fetched_at = now - i->settings.retry_us;
    return good;
}

/* True when the keys were read anew meanwhile, and are worth another look. */
static bool
update(struct issuer *i, uint64_t id_hash, const struct auth_io *io, int64_t now)
{
    bool again = false;

    pthread_mutex_lock(&i->lock);
    if (!i->keys || !is_absent(i, id_hash, now)) {
        if (i->fetching)
            again = wait_for_fetch(i, io);
        else if (may_fetch(i, now))
            again = fetch_alone(i, io, now);
    }
    pthread_mutex_unlock(&i->lock);
    return again;
}

void
issuer_refresh(struct issuer *i, const struct auth_io *io, int64_t now)
{
    pthread_mutex_lock(&i->lock);
    if (!i->fetching && may_fetch(i, now) && (now >= i->refresh_at || !i->keys))
        fetch_alone(i, io, now);
    pthread_mutex_unlock(&i->lock);
}

/* One look; *set is held only when there are keys. */
static enum reason
look(struct issuer *i, struct str key_id, enum algorithm algorithm, struct jwks **set,
     struct public_key **key)
{
    enum reason r;

    *set = hold_keys(i);
    if (!*set)
        return has_source(i) ? REASON_KEYS_UNAVAILABLE : REASON_KEY_UNKNOWN;
    r = jwks_find(*set, key_id, algorithm, key);
    if (r != REASON_NONE) {
        jwks_unref(*set);
        *set = NULL;
    }
    return r;
}

enum reason
issuer_find_key(struct issuer *i, struct str key_id, enum algorithm algorithm,
                const struct auth_io *io, int64_t now, struct jwks **set, struct public_key **key)
{
    uint64_t hash = str_hash(key_id);
    enum reason r = look(i, key_id, algorithm, set, key);

    if (r != REASON_KEY_UNKNOWN && r != REASON_KEYS_UNAVAILABLE)
        return r;
    if (!update(i, hash, io, now))
        return r;
    r = look(i, key_id, algorithm, set, key);
    if (r == REASON_KEY_UNKNOWN) {
        pthread_mutex_lock(&i->lock);
        remember_absent(i, hash, now);
        pthread_mutex_unlock(&i->lock);
    }
    return r;
}

uint64_t
issuer_fetches(struct issuer *i)
{
    uint64_t n;

    pthread_mutex_lock(&i->lock);
    n = i->fetches;
    pthread_mutex_unlock(&i->lock);
    return n;
}
