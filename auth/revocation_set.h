/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is revoked, in memory: an exact set (by SHA-256 of kind, issuer and id), looked up in
 * constant time. One writer and any number of readers; whoever holds it sees to that.
 */
#ifndef AUTH_REVOCATION_SET_H
#define AUTH_REVOCATION_SET_H

#include "auth/revocation.h"

struct revocation_set;

/* most: entries. NULL: no memory. */
struct revocation_set *revocation_set_new(size_t most);
/* NULL is allowed. */
void revocation_set_free(struct revocation_set *s);
/* Adds it, or lengthens the one that is there; *changed tells whether that made a difference. What
 * nobody needs any more (now: UTC in seconds) makes room. UNAVAILABLE when it is full, MEMORY. */
enum fault_code revocation_set_add(struct revocation_set *s, const struct revocation *r,
                                   int64_t now, bool *changed) __attribute__((warn_unused_result));
/* Whether a token that was issued at that second (-1: not known) is revoked by this. */
bool revocation_set_holds(const struct revocation_set *s, enum revocation_kind kind,
                          struct str issuer, struct str id, int64_t issued);
/* There is one of that kind. */
bool revocation_set_has(const struct revocation_set *s, enum revocation_kind kind);
size_t revocation_set_count(const struct revocation_set *s);

#endif
