/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a caller asks, out of a POST's JSON or a GET's query string. */
#ifndef GRAPHQL_REQUEST_H
#define GRAPHQL_REQUEST_H

#include "contract/face.h"
#include "graphql/errors.h"

struct graphql_request {
    struct str document;
    bool by_id;           /* `id` stands for the document */
    struct str id;        /* documentId */
    struct str operation; /* operationName, or "" */
    struct value variables;
};

/* False after telling errors (of code BAD_REQUEST). */
bool request_read(struct arena *a, const struct face_request *q, struct graphql_request *out,
                  struct errors *errors);
/* Whether the body says that it is JSON. */
bool request_is_json(const struct face_request *q);
/* The media type to answer in; empty: the caller accepts none of ours. */
struct str request_media(const struct face_request *q);

#endif
