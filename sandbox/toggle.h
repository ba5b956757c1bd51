/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The switches of one system: how it is made to fail, so that policies can be tried.
 *
 * {"delay":"50ms","errors":0.2,"outage":true} as JSON, delay=50ms,errors=0.2,outage on the
 * command line; what is not named is off.
 */
#ifndef SANDBOX_TOGGLE_H
#define SANDBOX_TOGGLE_H

#include "base/json.h"
#include "sandbox/noise.h"

struct toggle {
    int64_t delay_us; /* before each answer */
    double errors;    /* share of the calls answered 500, 0 to 1 */
    bool outage;      /* the connection is closed without an answer */
    bool garbage;     /* bytes that are not HTTP, then closed */
    bool wrong;       /* 200 with a page of HTML */
    bool reset;       /* half of the answer's body, then closed */
    struct noise noise;
};

/* All off. Same seed, same errors. */
void toggle_init(struct toggle *t, uint64_t seed);
/* Replaces all switches; starts the sequence of errors anew. Fault: INVALID_VALUE, *t as it was. */
enum fault_code toggle_read(struct toggle *t, uint64_t seed, const struct value *v, struct fault *f)
    __attribute__((warn_unused_result));
/* The same from the command line's text. */
enum fault_code toggle_parse(struct toggle *t, uint64_t seed, struct str text, struct fault *f)
    __attribute__((warn_unused_result));
void toggle_write(const struct toggle *t, struct buf *b);

#endif
