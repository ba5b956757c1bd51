/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audit trail: who used which token for what, from where, and the proof that nobody changed the
 * record (docs/audit.md).
 *
 * Whoever decides something fills a struct audit_event and hands it to audit_record. Tokens and
 * subjects are hashed with a key on the spot. One writer thread numbers, chains, writes and syncs
 * what all lanes bring; where it must be known that a record is on the disk, wait for its ticket.
 */
#ifndef AUTH_AUDIT_H
#define AUTH_AUDIT_H

#include <stdatomic.h>

#include "base/document.h"

enum audit_kind {
    AUDIT_NONE, /* no record */
    AUDIT_ISSUE,
    AUDIT_VALIDATE, /* a caller was let in, whatever became of its request */
    AUDIT_DENY,
    AUDIT_INTROSPECT,
    AUDIT_REVOKE,
    AUDIT_KEY_ROTATE,
    AUDIT_CONFIG, /* start, reload, stop, recovery */
    AUDIT_ADMIN,
    AUDIT_READ,
    AUDIT_KINDS
};

/* What is not known stays empty. Texts are borrowed for the call; what is no UTF-8 is repaired. */
struct audit_event {
    enum audit_kind kind;
    bool denied;            /* outcome: allow or deny */
    const char *reason;     /* of a denial, its name in reason.def; else one word, or NULL */
    int64_t time_us;        /* UTC; 0: now */
    struct str request;     /* correlator */
    struct str trace;       /* trace-id of W3C Trace Context */
    struct str partner;     /* the organisation */
    struct str client_id;   /* who asked, proved or not */
    struct str subject;     /* in clear: written as HMAC(sub) */
    struct str issuer;      /* `iss` */
    struct str jti;         /* of the token that was issued, used, denied, introspected, revoked */
    struct str token;       /* the whole token in clear: written as HMAC(signing input) */
    struct str key_id;      /* `kid` */
    const char *algorithm;  /* `alg`, or NULL */
    struct str scopes;      /* asked for, or of the token; a space between */
    struct str used;        /* those of them that the operation asked for */
    struct str audience;    /* `aud` */
    struct str thumbprint;  /* of `cnf`: jkt or x5t#S256 */
    struct str peer;        /* IP address */
    struct str certificate; /* SHA-256 of the caller's TLS certificate, base64url */
    struct str route;       /* template, never the path as it came */
    struct str method;
    unsigned status;      /* HTTP; 0: none */
    bool cached;          /* the verdict came from the cache of verified tokens */
    uint64_t revocations; /* generation of the revocation list; 0: none */
    struct str policy;    /* configuration that it was decided by; empty: that of the start */
    struct str detail;    /* what was done, in words; no secret, no query string */
};

/* "issue"; of AUDIT_NONE "". Static. */
const char *audit_kind_name(enum audit_kind kind);
/* AUDIT_NONE for any other name. */
enum audit_kind audit_kind_of(struct str name);

struct audit_options {       /* texts are borrowed until audit_free */
    const char *folder;      /* of the segments */
    const char *signing_key; /* PEM, Ed25519; made when missing */
    const char *hash_keys;   /* see audit_key.h; made when missing */
    struct str node, policy; /* in each record; policy: where the event names none */
    unsigned queue;          /* records that one lane holds */
    unsigned batch;          /* records that end the pause between two commits */
    int64_t interval_us;     /* least time between two commits */
    int64_t sign_us;         /* between two signed heads */
    uint64_t segment_bytes;  /* a longer segment is closed */
    int64_t segment_us;      /* an older one too */
    uint64_t keep_bytes;     /* closed segments beyond this are removed, oldest first; 0: never */
    int64_t keep_us;         /* ... and those that are older; 0: never */
};

struct audit;
struct audit_lane; /* a bounded queue to the writer: one of each worker */

/* Opens or makes the trail, recovers it, and starts the writer. FAULT_INTERNAL (the log text says
 * what) or FAULT_MEMORY. */
enum fault_code audit_new(const struct audit_options *o, struct audit **out, struct fault *f)
    __attribute__((warn_unused_result));
/* Writes what is left, signs and closes the segment. Nobody may be recording. NULL is allowed. */
void audit_free(struct audit *a);

/* wake(context): called by the writer, after audit_lane_watch, when room or tickets have moved on.
 * NULL: never. Before the first record of any lane. Freed by audit_free. NULL: no memory. */
struct audit_lane *audit_lane_new(struct audit *a, void (*wake)(void *context), void *context);
void audit_lane_watch(struct audit_lane *l);

/* Puts the record into the lane; *ticket, which may be NULL, names it. UNAVAILABLE: the lane is
 * full, or the disk does not take records. lane == NULL: audit is off, nothing is done. Any
 * thread. */
enum fault_code audit_record(struct audit_lane *l, const struct audit_event *e, uint64_t *ticket)
    __attribute__((warn_unused_result));
/* Keeps a place for one record that must not fail later: audit_put or audit_release is due when it
 * gives true. */
bool audit_reserve(struct audit_lane *l) __attribute__((warn_unused_result));
void audit_release(struct audit_lane *l);
uint64_t audit_put(struct audit_lane *l, const struct audit_event *e); /* its ticket */
/* The record is on the disk. */
bool audit_is_durable(const struct audit_lane *l, uint64_t ticket);
/* The disk does not take records at the moment. */
bool audit_is_broken(const struct audit_lane *l);
/* Counts something that was refused because no record could be kept of it. */
void audit_count_refusal(struct audit_lane *l);

struct audit_stats {
    uint64_t records, commits, bytes, signatures, segment, errors, refused, full;
    unsigned queued; /* records that wait, of all lanes */
    double fill;     /* of the fullest lane, 0 to 1 */
    int64_t lag_us;  /* how long the last commit took, from its oldest record's put */
    bool broken;
};
struct audit_stats audit_stats(struct audit *a);

#endif
