/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The `errors` of an answer, as they are collected by parsing, validation and execution
 * (GraphQL September 2025, section 7.1.2). Capped: a document full of mistakes costs no more than
 * one with a hundred.
 */
#ifndef GRAPHQL_ERRORS_H
#define GRAPHQL_ERRORS_H

#include "base/value.h"

enum { ERRORS_MAX = 100 };

struct location {
    uint32_t line, column; /* from 1, in characters; 0: none */
};

/* Where in the answer: a list from the inside out. */
struct error_path {
    const struct error_path *above; /* NULL: the root */
    struct str name;                /* response name; p NULL: an index */
    uint32_t index;
};

struct error {
    struct error *next;
    struct str message;
    struct location at;
    const struct error_path *path; /* NULL: the request as a whole */
    struct str code;               /* extensions.code */
    unsigned status;               /* extensions.status; 0: none */
    struct str title;              /* of extensions.problem; empty: none */
};

struct errors {
    struct arena *arena;
    struct error *first, *last;
    unsigned count;
    bool memory; /* there was none */
};

/* A printed message, cut at 400 bytes. Nothing beyond ERRORS_MAX. NULL: not added. */
struct error *errors_add(struct errors *e, struct location at, const char *code, const char *format,
                         ...) __attribute__((format(printf, 4, 5)));
/* What a backend's call, or its inputs, gave. */
void errors_add_fault(struct errors *e, struct location at, const struct error_path *path,
                      const struct fault *f);
/* The list as JSON. */
void errors_write(struct buf *out, const struct errors *e);

#endif
