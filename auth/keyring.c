/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/keyring.h"

#include "auth/file_replace.h"
#include "auth/file_stamp.h"
#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define KEYS_MOST 8
#define FILE_MOST (KEYS_MOST * 8192)

struct entry {
    struct signing_key *key;
    int64_t from, until; /* 0: always */
};

struct keyring {
    _Atomic unsigned references;
    struct entry entries[KEYS_MOST];
    unsigned n;
    char *path; /* NULL: none */
    struct file_stamp stamp;
};

static bool
is_published(const struct entry *e, int64_t now)
{
    return e->until == 0 || now < e->until;
}

/* --- the file --- */

/* "telgate: from 1 until 2" */
static bool
read_times(struct str line, struct entry *e)
{
    struct str word[5];
    uint64_t from, until;

    for (unsigned i = 0; i < 5; i++)
        if (!str_split(&line, ' ', &word[i]))
            return false;
    if (!str_eq(word[1], STR("from")) || !str_eq(word[3], STR("until")) ||
        !str_to_u64(word[2], &from) || !str_to_u64(word[4], &until) || from > INT64_MAX / 2 ||
        until > INT64_MAX / 2)
        return false;
    e->from = (int64_t)from;
    e->until = (int64_t)until;
    return true;
}

static struct str
next_line(struct str *rest)
{
    struct str line = {0};

    str_split(rest, '\n', &line);
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

/* The PEM block whose first line has just been read, up to its last line. */
static struct str
take_block(struct str begin, struct str *rest)
{
    while (rest->p) {
        struct str line = next_line(rest);

        if (str_starts(line, STR("-----END ")))
            return (struct str){begin.p, (size_t)(line.p + line.n - begin.p)};
    }
    return STR_NONE;
}

/* NULL, or what is wrong. */
static const char *
parse(struct keyring *k, struct str text, enum algorithm algorithm)
{
    struct entry e = {0};
    bool signs = false;

    for (struct str rest = text; rest.p;) {
        struct str line = next_line(&rest);

        if (str_starts(line, STR("telgate:")) && !read_times(line, &e))
            return "has a line `telgate:` that is not `telgate: from SECONDS until SECONDS`";
        if (!str_starts(line, STR("-----BEGIN ")))
            continue;
        if (k->n == KEYS_MOST)
            return "holds too many keys";
        e.key = signing_key_parse(take_block(line, &rest), algorithm);
        if (!e.key)
            return "holds a key that is no private key in PEM, or not one for the algorithm";
        signs |= e.until == 0;
        k->entries[k->n++] = e;
        e = (struct entry){0};
    }
    return signs ? NULL : "holds no private key in PEM that is still to sign";
}

static void
put_entry(struct buf *out, const struct entry *e)
{
    char from[28];

    clock_format(e->from * 1000000, from);
    buf_printf(out, "# signs from %s on\n", e->from ? from : "its first day");
    buf_printf(out, "telgate: from %lld until %lld\n", (long long)e->from, (long long)e->until);
    if (!signing_key_put_pem(e->key, out))
        out->failed = true;
}

static bool
load(struct keyring *k, enum algorithm algorithm, struct place at, struct report *r)
{
    const char *wrong = NULL;
    struct buf text;
    unsigned mode;

    k->stamp = file_stamp_of(k->path);
    if (!file_load(k->path, FILE_MOST, &text, &mode)) {
        report_error(r, at, "key file %s cannot be read: %s", k->path, strerror(errno));
        buf_fini(&text);
        return false;
    }
    if (mode & 077)
        wrong = "can be read by others; give it mode 0600";
    else
        wrong = parse(k, buf_view(&text), algorithm);
    if (wrong)
        report_error(r, at, "key file %s %s (%s)", k->path, wrong, algorithm_name(algorithm));
    OPENSSL_cleanse(text.p, text.n);
    buf_fini(&text);
    return !wrong;
}

/* The first file, or that of another process that was faster. */
static bool
save_first(struct keyring *k, struct place at, struct report *r)
{
    struct buf b;
    bool good;

    buf_init(&b, FILE_MOST);
    good = signing_key_put_pem(k->entries[0].key, &b) && file_create(k->path, 0600, buf_view(&b));
    if (!good)
        report_error(r, at, "key file %s cannot be written: %s", k->path, strerror(errno));
    OPENSSL_cleanse(b.p, b.n);
    buf_fini(&b);
    k->stamp = file_stamp_of(k->path);
    return good;
}

static bool
fill(struct keyring *k, enum algorithm algorithm, struct place at, struct report *r)
{
    if (k->path && access(k->path, F_OK) == 0)
        return load(k, algorithm, at, r);
    k->entries[0].key = signing_key_generate(algorithm);
    if (!k->entries[0].key) {
        report_error(r, at, "no key could be generated");
        return false;
    }
    k->n = 1;
    return !k->path || save_first(k, at, r);
}

/* --- the ring --- */

static struct keyring *
empty_ring(const char *path)
{
    struct keyring *k = calloc(1, sizeof *k);

    if (!k)
        return NULL;
    atomic_init(&k->references, 1);
    k->path = path ? strdup(path) : NULL;
    if (!path || k->path)
        return k;
    free(k);
    return NULL;
}

struct keyring *
keyring_new(const char *path, enum algorithm algorithm, struct place at, struct report *r)
{
    struct keyring *k = empty_ring(path);

    if (k && fill(k, algorithm, at, r))
        return k;
    keyring_unref(k);
    return NULL;
}

struct keyring *
keyring_ref(struct keyring *k)
{
    if (k)
        atomic_fetch_add_explicit(&k->references, 1, memory_order_relaxed);
    return k;
}

void
keyring_unref(struct keyring *k)
{
    if (!k || atomic_fetch_sub_explicit(&k->references, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < k->n; i++)
        signing_key_free(k->entries[i].key);
    free(k->path);
    free(k);
}

bool
keyring_changed(const struct keyring *k)
{
    struct file_stamp now = {0};

    if (k->path)
        now = file_stamp_of(k->path);
    return k->path && !file_stamp_eq(&now, &k->stamp);
}

/* The newest key is the one that is not replaced yet; among the others, the one that began last. */
static bool
is_newer(const struct entry *a, const struct entry *b)
{
    if (!b || (a->until == 0) != (b->until == 0))
        return !b || a->until == 0;
    return a->from > b->from;
}

const struct signing_key *
keyring_signer(const struct keyring *k, int64_t now)
{
    const struct entry *best = NULL, *next = NULL;

    for (unsigned i = 0; i < k->n; i++) {
        const struct entry *e = &k->entries[i];

        if (e->from <= now && is_published(e, now) && is_newer(e, best))
            best = e;
        if (e->until == 0 && (!next || e->from < next->from))
            next = e;
    }
    return best ? best->key : next->key; /* a clock that was set back: the next one, early */
}

const struct signing_key *
keyring_newest(const struct keyring *k)
{
    const struct entry *best = NULL;

    for (unsigned i = 0; i < k->n; i++)
        if (is_newer(&k->entries[i], best))
            best = &k->entries[i];
    return best->key;
}

const struct signing_key *
keyring_find(const struct keyring *k, struct str kid, int64_t now)
{
    for (unsigned i = 0; i < k->n; i++)
        if (is_published(&k->entries[i], now) && str_eq(kid, str_of(k->entries[i].key->kid)))
            return k->entries[i].key;
    return NULL;
}

unsigned
keyring_count(const struct keyring *k, int64_t now)
{
    unsigned n = 0;

    for (unsigned i = 0; i < k->n; i++)
        n += is_published(&k->entries[i], now);
    return n;
}

void
keyring_put_jwks(const struct keyring *k, int64_t now, struct buf *out)
{
    bool first = true;

    buf_str(out, STR("{\"keys\":["));
    for (unsigned i = 0; i < k->n; i++) {
        if (!is_published(&k->entries[i], now))
            continue;
        if (!first)
            buf_put_char(out, ',');
        buf_str(out, k->entries[i].key->jwk);
        first = false;
    }
    buf_str(out, STR("]}"));
}

void
keyring_put_list(const struct keyring *k, int64_t now, struct buf *out)
{
    const struct signing_key *signer = keyring_signer(k, now);

    for (unsigned i = 0; i < k->n; i++) {
        const struct entry *e = &k->entries[i];
        char from[28], until[28];

        clock_format(e->from * 1000000, from);
        clock_format(e->until * 1000000, until);
        buf_printf(out, "%s  ", e->key->kid);
        if (e->key == signer)
            buf_printf(out, "signs");
        else if (e->from > now)
            buf_printf(out, "published, signs from %.19sZ on", from);
        else
            buf_printf(out, is_published(e, now) ? "published" : "expired");
        if (e->until)
            buf_printf(out, ", published until %.19sZ", until);
        buf_put_char(out, '\n');
    }
}

/* --- rotation --- */

static bool
add_key(struct keyring *k, const struct keyring_rotation *r, char kid[44], struct buf *out)
{
    struct entry added = {signing_key_generate(r->algorithm), r->from, 0};

    if (!added.key)
        return false;
    put_entry(out, &added);
    for (unsigned i = 0; i < k->n; i++) {
        struct entry *e = &k->entries[i];

        if (!is_published(e, r->now))
            continue;
        if (e->until == 0)
            e->until = r->until;
        put_entry(out, e);
    }
    memcpy(kid, added.key->kid, 44);
    signing_key_free(added.key);
    return !out->failed;
}

static bool
rotate_locked(struct keyring *k, const struct keyring_rotation *r, char kid[44],
              struct report *report)
{
    struct buf out;
    bool good;

    if (!load(k, r->algorithm, r->at, report))
        return false;
    if (keyring_count(k, r->now) >= KEYS_MOST) {
        report_error(report, r->at,
                     "key file %s holds %d keys that are still in use; wait until "
                     "one has expired",
                     r->path, KEYS_MOST);
        return false;
    }
    buf_init(&out, FILE_MOST);
    good = add_key(k, r, kid, &out) && file_replace(r->path, 0600, buf_view(&out));
    if (!good)
        report_error(report, r->at, "key file %s cannot be written: %s", r->path, strerror(errno));
    if (out.p)
        OPENSSL_cleanse(out.p, out.n);
    buf_fini(&out);
    return good;
}

bool
keyring_rotate(const struct keyring_rotation *r, char kid[44], struct report *report)
{
    struct keyring *k = empty_ring(r->path);
    int lock = file_lock(r->path);
    bool good = k && lock >= 0;

    if (lock < 0)
        report_error(report, r->at, "key file %s cannot be opened: %s", r->path, strerror(errno));
    if (good)
        good = rotate_locked(k, r, kid, report);
    if (lock >= 0)
        close(lock);
    keyring_unref(k);
    return good;
}
