/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `telgate explain` knows and prints, shared by its two files. */
#ifndef GATEWAY_EXPLAIN_H
#define GATEWAY_EXPLAIN_H

#include "contract/face.h"
#include "gateway/invoke.h"
#include "gateway/snapshot.h"

enum { EXPLAIN_TEXT_MAX = 64 << 20 };

struct explanation {
    const struct snapshot *snapshot;
    const struct operation *operation;
    struct arena *arena;
    struct buf text;
    struct face_request request; /* REST's */
    struct inputs inputs;
    struct outcome *answers; /* one per call */
    struct outcome outcome;
    struct value claims;
    struct mapping_env env;
    struct invocation invocation;
    struct fault fault;
};

/* Request line and fields; the body pretty. `by`: " by SOAP", or empty. */
void explain_put_request(struct explanation *e, const char *by, const struct face_request *q);
void explain_put_answer(struct explanation *e, const struct face_answer *answer);
/* The fault, behind what it means here. */
void explain_put_fault(struct explanation *e, const char *what);

/* The same exchange by the other faces, or that the operation is not served there. */
void explain_soap(struct explanation *e);
void explain_graphql(struct explanation *e);

#endif
