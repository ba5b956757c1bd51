/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of the authorization server over time: one signs, the ones before stay published until
 * no token of theirs is valid any more, and one may be published before it signs.
 *
 * The file holds PEM private keys, each behind a line `telgate: from SECONDS until SECONDS` (UTC;
 * 0: always; left out for the first key ever). A ring is immutable and counted, so that it can be
 * swapped while tokens are signed with it.
 */
#ifndef AUTH_KEYRING_H
#define AUTH_KEYRING_H

#include "auth/signing_key.h"
#include "base/document.h"

struct keyring;

/* path: NULL for one key in memory. A file that is missing is made; one that others can read, or
 * that holds another kind of key, is a mistake at `at`. One reference is the caller's; NULL after
 * telling the report. */
struct keyring *keyring_new(const char *path, enum algorithm algorithm, struct place at,
                            struct report *r);
/* One reference more, or less; thread-safe. NULL is allowed. */
struct keyring *keyring_ref(struct keyring *k);
void keyring_unref(struct keyring *k);
/* The file has changed since. */
bool keyring_changed(const struct keyring *k);
/* The key that signs. now, here and below: UTC, seconds. */
const struct signing_key *keyring_signer(const struct keyring *k, int64_t now);
/* The key that was added last: it signs, or will. */
const struct signing_key *keyring_newest(const struct keyring *k);
/* By `kid`, among those that are published; NULL: none. */
const struct signing_key *keyring_find(const struct keyring *k, struct str kid, int64_t now);
/* How many are published. */
unsigned keyring_count(const struct keyring *k, int64_t now);
/* Appends the set of those (RFC 7517). */
void keyring_put_jwks(const struct keyring *k, int64_t now, struct buf *out);

/* Appends a line for each key: `kid`, and what it is there for. */
void keyring_put_list(const struct keyring *k, int64_t now, struct buf *out);

struct keyring_rotation {
    const char *path;
    enum algorithm algorithm;
    int64_t now, from; /* seconds, UTC: when the new key begins to sign */
    int64_t until;     /* ... and until when the ones before are published */
    struct place at;   /* of the path, for messages */
};
/* Adds a new key to the file, as a command does while a gateway runs. kid: the new key's. False
 * after telling the report; then the file is as it was. */
bool keyring_rotate(const struct keyring_rotation *r, char kid[44], struct report *report)
    __attribute__((warn_unused_result));

#endif
