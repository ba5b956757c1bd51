/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A contract as a SOAP service: document/literal wrapped, all in the namespace urn:telgate:NAME.
 *
 * Element and type names, order and lists stand in the tables of one codec: they read what comes
 * in, they write what goes out, and the published schema is these tables printed.
 */
#ifndef SOAP_SERVICE_H
#define SOAP_SERVICE_H

#include "contract/contract.h"
#include "soap/envelope.h"
#include "soap/xml_codec.h"

struct service_member { /* of a request's element */
    struct str name;    /* in the value that the codec reads */
    int parameter;      /* index; -1: the body */
};

struct service_answer { /* a body that the operation may give back */
    const struct type *type;
    struct str name; /* in the value that the codec writes */
};

struct service_operation {
    const struct operation *operation;
    struct str element, answer_element; /* local names in the Body */
    struct str action, answer_action;
    struct service_member *members;
    unsigned member_count;
    struct service_answer *answers;
    unsigned answer_count;
    const struct xml_table *request, *answer; /* what stands in the two elements */
    const struct xml_root *received, *sent;   /* the two elements */
};

struct service {
    struct arena *arena;
    const struct contract *contract;
    struct str ns, path; /* path: "/soap/NAME" */
    struct str name;     /* of wsdl:service; ports and bindings begin with it */
    struct xml_codec *codec;
    const struct xml_root *envelope; /* what comes in, of either version */
    const struct xml_root *outline;  /* the same, without a look into the operations */
    struct service_operation *operations;
    unsigned operation_count;
    struct str wsdl; /* all of it before its ports; wsdl_write.h */
};

/* What the value of an envelope's Header holds for each block, under "{namespace}local". */
#define SERVICE_MUST_UNDERSTAND "mustUnderstand"
#define SERVICE_ROLE            "role"

/* The operations that SOAP may call. NULL: no memory. Everything lives in the arena, and the
 * contract must, too. Immutable after, shared by threads. */
const struct service *service_new(struct arena *a, const struct contract *c);
/* True when the operation is called by SOAP. */
bool service_offers(const struct operation *o);
/* The operation of a Body's element; NULL: none. */
const struct service_operation *service_find(const struct service *s, struct str element);
/* The answer's body in the element that it stands in; NULL: none is declared. */
const struct service_answer *service_answer(const struct service_operation *o, unsigned status);
/* Appends a request as a client would send it, SOAP 1.1. Fault: INVALID_VALUE for what XML cannot
 * say, or MEMORY. */
enum fault_code service_request_write(const struct service_operation *o, const struct inputs *in,
                                      struct arena *a, struct buf *out, struct fault *f)
    __attribute__((warn_unused_result));

#endif
