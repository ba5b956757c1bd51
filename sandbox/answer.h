/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a system answers, before the server puts it on the wire. */
#ifndef SANDBOX_ANSWER_H
#define SANDBOX_ANSWER_H

#include "base/header.h"
#include "base/value.h"

struct answer {
    unsigned status;
    const char *type; /* Content-Type; NULL: none */
    struct buf body;
    struct header headers[4]; /* further ones; texts end in NUL and outlive the answer */
    unsigned header_count;
};

void answer_init(struct answer *a);
void answer_fini(struct answer *a);
/* Takes back what was put so far, for an error that comes late. */
void answer_clear(struct answer *a);
/* Does nothing when value.p is NULL (no memory). */
void answer_header(struct answer *a, struct str name, struct str value);
void answer_json(struct answer *a, unsigned status, const struct value *v);
/* The error body of TMF630: code, reason, message, status. `message` is copied. */
void answer_error(struct answer *a, unsigned status, const char *reason, const char *message);

#endif
