/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The revocations that are in force (docs/revocation.md): from the endpoint (RFC 7009), the
 * command, and a watched file. They hold for tokens of every issuer.
 *
 * The log is the one way: whoever revokes appends a line, syncs it, and only then says so. All
 * processes that have the log open (the gateway, a command, a second gateway) read what the others
 * append. A token that was checked is checked again only when the generation has moved on.
 */
#ifndef AUTH_REVOCATIONS_H
#define AUTH_REVOCATIONS_H

#include "auth/audit_listener.h"
#include "auth/revocation.h"
#include "base/document.h"

struct revocations;

struct revocations_options { /* texts are borrowed; NULL: none */
    const char *log;  /* made when missing, with a file of the same name and `.keys` that hides the
                         subjects; without one, revocations end with the process */
    const char *file; /* a list of revocations that others write */
    bool check;       /* only look: make no file */
};

/* What a token says of itself; texts may be empty. */
struct revocable {
    struct str issuer, jti, hash, client_id, subject, key_id;
    int64_t issued; /* `iat`, in seconds; -1: not known */
};

/* Reads the log and the file. NULL after telling the report. now: UTC in us. */
struct revocations *revocations_new(const struct revocations_options *o, int64_t now,
                                    struct report *r);
/* No thread may be using it. NULL is allowed. */
void revocations_free(struct revocations *r);
/* Who hears of revocations that come from the log or the file from now on. Before other threads
 * know it. */
void revocations_listen(struct revocations *r, const struct audit_listener *l);
/* Moves on with each revocation; 0: there is none yet. Thread-safe, as all below. */
uint64_t revocations_generation(const struct revocations *r);
/* Is the token revoked? A lock and some hashes; nothing when there is no revocation. */
bool revocations_hold(struct revocations *r, const struct revocable *token);
/* In force in this process when it returns, on the disk when it is NONE; may take the disk's time.
 * A subject's id is given in clear. UNAVAILABLE, MEMORY. */
enum fault_code revocations_add(struct revocations *r, const struct revocation *one, int64_t now,
                                struct fault *f) __attribute__((warn_unused_result));
/* Takes what other processes have appended, and the file when it has changed. Called by one
 * thread, every few milliseconds. */
void revocations_watch(struct revocations *r, int64_t now);
size_t revocations_count(struct revocations *r);

/* The list of the file, read with its mistakes told; each goes to `take`. False on a mistake.
 * since: what `before` is where it is not said. */
bool revocations_read_list(struct arena *a, struct str name, struct str text, int64_t since,
                           void (*take)(void *context, const struct revocation *one), void *context,
                           struct report *r);
/* Seconds, or RFC 3339 with Z: "2026-11-25T15:00:00Z". */
bool revocations_read_time(struct str text, int64_t *out) __attribute__((warn_unused_result));

#endif
