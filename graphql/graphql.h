/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The GraphQL face: GraphQL over HTTP (draft of the GraphQL foundation), from a request's bytes to
 * an answer's. Pure but for the calls that execution asks its backend for.
 *
 * POST takes JSON only, which no form of a foreign page can send; GET takes queries only. The
 * answer is application/graphql-response+json to who accepts it, else application/json with 200
 * for whatever is well-formed.
 */
#ifndef GRAPHQL_GRAPHQL_H
#define GRAPHQL_GRAPHQL_H

#include "contract/face.h"
#include "graphql/execute.h"
#include "graphql/prepared.h"
#include "graphql/trusted.h"

#define GRAPHQL_LIMITS_DEFAULT ((struct graphql_limits){5000, 12, 30, 20, 100, true})

struct graphql {
    const struct schema *schema;
    struct graphql_limits limits;
    struct prepared_cache *cache;  /* of this thread; NULL: none */
    const struct trusted *trusted; /* NULL: none */
    const struct graphql_backend *backend;
};

/* Shapes what stops a request before or beside execution: no token, no such method. */
extern const struct face graphql_face;

/* Always fills *out (status, headers, body). Counts the calls made in *calls. FAULT_MEMORY;
 * a caller that accepts no JSON: NOT_ACCEPTABLE; a body that is no JSON by its header:
 * UNSUPPORTED_MEDIA_TYPE; a mutation by GET: METHOD_NOT_ALLOWED. */
enum fault_code graphql_answer(const struct graphql *g, const struct face_request *q,
                               struct arena *a, struct face_answer *out, unsigned *calls,
                               struct fault *f) __attribute__((warn_unused_result));
/* Runs a document, as in the member `query` of a request; writes the whole answer. What tests and
 * fuzzing need. variables may be NULL. False: there is no `data`. */
bool graphql_run(const struct graphql *g, struct arena *a, struct str document,
                 const struct value *variables, struct buf *out);

#endif
