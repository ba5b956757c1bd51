/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * API keys, for callers that can send no token: a file with the SHA-256 of each, its client, scopes
 * and expiry. A key is random, and long enough that its hash needs no salt; `telgate options` and
 * docs/tokens.md say how one is made. The file is read again when it changes; a version with a
 * mistake is told, and the one before stays in force.
 *
 *   keys:
 *     - {id: meter-7, client: partner, sha256: HEX, scopes: [bills], expires: 2027-06-30T00:00:00Z}
 */
#ifndef AUTH_API_KEYS_H
#define AUTH_API_KEYS_H

#include "auth/verdict.h"
#include "base/document.h"

#define API_KEY_LEAST 32 /* characters of a key */
#define API_KEY_MOST  256

struct api_keys;

/* path: copied. NULL after telling the report. */
struct api_keys *api_keys_new(const char *path, struct report *r);
/* No thread may be using it. NULL is allowed. */
void api_keys_free(struct api_keys *k);
/* Whose key it is: a principal like a token's, with `api_key` set. now: UTC in us. Thread-safe.
 * Reasons API_KEY_UNKNOWN, EXPIRED. */
struct verdict api_keys_check(struct api_keys *k, struct str key, int64_t now);
/* Reads the file again when it has changed. One thread at a time. */
void api_keys_watch(struct api_keys *k);

#endif
