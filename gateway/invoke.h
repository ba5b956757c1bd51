/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An operation's binding, carried out: inputs to messages, calls to backends (in parallel where
 * none needs another's answer), answers to the outcome. Who asks may be an exchange or one field
 * of a query; it is on a fiber.
 */
#ifndef GATEWAY_INVOKE_H
#define GATEWAY_INVOKE_H

#include "contract/codec.h"
#include "contract/contract.h"
#include "contract/mapping.h"
#include "gateway/upstream.h"

struct edition;

struct invocation {          /* filled in by who asks */
    struct edition *edition; /* NULL: nothing is sent, the messages are only shown */
    struct arena *arena;
    const struct operation *operation;
    const struct inputs *inputs;
    struct headers request_headers;
    const struct value *claims; /* NULL: no token */
    struct str correlator;
    struct codecs codecs;
    int64_t deadline_us; /* clock_us */

    unsigned calls;     /* made so far */
    bool partial;       /* one that is optional has failed */
    int64_t backend_us; /* spent in them, added up */
};

/* The outcome, its body validated by the operation's type. */
enum fault_code invoke(struct invocation *i, struct outcome *out, struct fault *f)
    __attribute__((warn_unused_result));

/* One call of a binding, as a protocol sees it. */
struct backend_call {
    struct invocation *invocation;
    const struct call *call;
    const struct mapping_env *env;
    struct upstream *upstream;
    int64_t deadline_us;
    unsigned status; /* of the answer; 0: none has come whole */
};

/* The backend's answer, read by type; a fault that the backend answered is mapped by the call's
 * `faults`. */
enum fault_code backend_http_call(struct backend_call *c, struct outcome *out, struct fault *f)
    __attribute__((warn_unused_result));
enum fault_code backend_soap_call(struct backend_call *c, struct outcome *out, struct fault *f)
    __attribute__((warn_unused_result));

/* BACKEND_INVALID: what is wrong with an answer goes to the log, not to the caller. */
enum fault_code backend_refuse_answer(const struct fault *why, struct fault *f);
/* The same when the value is not of its type. */
enum fault_code backend_check_answer(const struct type *t, const struct value *v, struct fault *f)
    __attribute__((warn_unused_result));
/* The status that the call's `faults` give a name (a fault's, or an HTTP status as text); 0: none.
 */
unsigned backend_fault_status(const struct call *c, struct str name);

#endif
