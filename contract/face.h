/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a protocol that callers speak must be able to do. A face is pure: memory in, memory out.
 */
#ifndef CONTRACT_FACE_H
#define CONTRACT_FACE_H

#include "base/credential.h"
#include "base/header.h"
#include "contract/codec.h"
#include "contract/operation.h"

enum { FACE_HEADERS_MAX = 24 };

struct face_request {                  /* borrowed for the exchange's life */
    const struct operation *operation; /* NULL where the fault came before routing */
    struct str method, path, query;    /* raw, as they came */
    struct headers headers;
    const struct str *path_arguments; /* raw, in the order of the path's parameters */
    struct str body;                  /* empty before `read` */
    struct str correlator;            /* request id: echoed and logged */
    struct codecs codecs;
    bool identifies;     /* what a message says of its sender is asked for: see identify */
    const char *denial;  /* why that was refused, in the words of its standard; NULL: it was not */
    uint8_t errors;      /* enum error_dialect, also when operation is NULL */
    const void *service; /* what the route says to a face that dispatches; else NULL */
    void *message;       /* what such a face has read; NULL before */
};

struct face_answer {
    unsigned status;
    struct header headers[FACE_HEADERS_MAX]; /* the texts live in the exchange's arena */
    unsigned header_count;
    struct buf body; /* the pipeline's, to free */
};

struct face {
    const char *name; /* in logs: "rest" */
    /* Before the body is read: is its type, and an answer that the caller accepts, possible? */
    enum fault_code (*negotiate)(const struct face_request *q, struct fault *f);
    /* For a face whose operation stands in the body (NULL: method and path tell): sets
     * q->operation, and q->message for itself. Runs before authentication: it tells nothing of
     * what is wrong inside the operation's own part; `read` does. */
    enum fault_code (*dispatch)(struct face_request *q, struct arena *a, struct fault *f);
    /* What the message itself says of its sender (NULL: it never does); *out is NULL where this one
     * does not. Nothing of it is checked yet but its form: INVALID_TOKEN, MEMORY. */
    enum fault_code (*identify)(const struct face_request *q, struct arena *a,
                                const struct credential **out, struct fault *f);
    /* Bytes to inputs, each validated by its type. */
    enum fault_code (*read)(const struct face_request *q, struct arena *a, struct inputs *out,
                            struct fault *f);
    /* The outcome in the face's own form. */
    enum fault_code (*write)(const struct face_request *q, const struct outcome *o, struct arena *a,
                             struct face_answer *out, struct fault *f);
    /* The fault in the face's own form; cannot fail (an empty body at worst). */
    void (*refuse)(const struct face_request *q, const struct fault *f, struct arena *a,
                   struct face_answer *out);
};

/* Adds a header field; false when the table is full. Borrows both texts. */
bool face_answer_header(struct face_answer *out, struct str name, struct str value);

#endif
