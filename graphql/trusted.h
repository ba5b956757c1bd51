/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trusted documents: those of the operator, each called by the SHA-256 of its text (GraphQL over
 * HTTP, appendix "Persisted Documents"). Made at load, immutable after, shared by threads.
 */
#ifndef GRAPHQL_TRUSTED_H
#define GRAPHQL_TRUSTED_H

#include "graphql/schema.h"
#include "graphql/validate.h"

enum { TRUSTED_ID = 64 };

struct trusted_document {
    struct str id;   /* 64 hexadecimal digits, in lower case */
    struct str text; /* UTF-8 */
};

struct trusted {
    struct trusted_document *documents; /* by id, once sorted */
    unsigned count;
    bool only; /* no other document runs */
};

bool trusted_is_id(struct str text);
void trusted_sort(struct trusted *t);
/* "sha256:ID", or the id alone. p NULL: there is none, or t is NULL. */
struct str trusted_find(const struct trusted *t, struct str name);
/* Whether the document can run over the schema; else the first error, with its place. a: what it
 * takes for a while. */
bool trusted_check(const struct schema *s, const struct graphql_limits *limits, struct str text,
                   struct arena *a, struct error *why);

#endif
