/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One system of the sandbox: a name, which is also its path, and the functions behind it.
 *
 * A further system is one file that defines a struct system, and one row in system.c. Handlers
 * run one at a time, on the program's only thread.
 */
#ifndef SANDBOX_SYSTEM_H
#define SANDBOX_SYSTEM_H

#include "base/header.h"
#include "sandbox/answer.h"
#include "sandbox/store.h"

struct request {
    struct arena *arena; /* lives until the answer is sent */
    struct str method;   /* upper case; HEAD comes as GET */
    struct str path;     /* below the system's own, percent-decoded: "/customer/1001" or "" */
    struct headers headers;
    struct headers query; /* names and values percent-decoded, in order */
    struct str body;
};

struct system {
    struct str name; /* "billing": served below /billing, and the name of its switches */
    /* Makes its tables, and fills them with its seed data when they are empty. The store's
     * `failed` is asked afterwards, of both calls. */
    void (*open)(struct store *s, uint64_t seed);
    void (*handle)(struct store *s, const struct request *r, struct answer *a);
    /* Shapes a failure that has no cause inside the system: a switch, or the store. */
    void (*fail)(const struct request *r, struct answer *a, const char *reason);
};

enum { SYSTEM_COUNT = 2 };
extern const struct system *const systems[SYSTEM_COUNT];
extern const struct system customers_system, billing_system;

/* Index into systems, or -1. */
int system_find(struct str name);
/* The value of that query parameter; p == NULL when it is not given. */
struct str request_query(const struct request *r, struct str name);
/* The media type of the body, without its parameters. */
struct str request_type(const struct request *r);

#endif
