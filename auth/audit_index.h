/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The questions that a security team asks of the trail, answered by name over an SQLite file beside
 * each segment. An index proves nothing: it can be deleted, and is made again from the segments.
 */
#ifndef AUTH_AUDIT_INDEX_H
#define AUTH_AUDIT_INDEX_H

#include "base/fault.h"

struct audit_index;

struct audit_index_options {
    const char *folder;
    bool rebuild;                                                 /* whatever is there */
    void (*progress)(void *context, uint64_t done, uint64_t all); /* bytes; NULL: nobody asks */
    void *context;
};

/* Brings the indexes up to date with the segments. INTERNAL (the log text says why), MEMORY. */
enum fault_code audit_index_open(const struct audit_index_options *o, struct audit_index **out,
                                 struct fault *f) __attribute__((warn_unused_result));
void audit_index_close(struct audit_index *x); /* NULL is allowed */

struct audit_question {
    const char *name;     /* "used-after-revoke" */
    const char *argument; /* what it needs, for the help; NULL: nothing */
    const char *help;
};

/* All questions; ends with a name of NULL. */
const struct audit_question *audit_questions(void);

struct audit_arguments {        /* texts may be NULL */
    const char *value;          /* the question's argument */
    const char *partner;        /* only this partner's, or this client's */
    int64_t since_us, until_us; /* UTC; 0: no limit */
    int64_t now_us;
    unsigned days; /* for unused-scopes */
};

/* Asks; row(context, names, values, n) for each row, a value is NULL where there is none.
 * NOT_FOUND: there is no such question; INVALID_PARAMETER: its argument is missing; INTERNAL. */
enum fault_code audit_index_ask(struct audit_index *x, const char *question,
                                const struct audit_arguments *arguments,
                                void (*row)(void *context, char **names, char **values, int n),
                                void *context, struct fault *f) __attribute__((warn_unused_result));

#endif
