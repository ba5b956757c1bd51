/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SOAP messages to and from a backend: 1.1 and 1.2, document/literal (wrapped and bare) and
 * rpc/literal. What differs between them is settled at load, in the remote's message.
 */
#ifndef SOAP_MESSAGE_H
#define SOAP_MESSAGE_H

#include "contract/binding.h"
#include "soap/wss.h"

struct soap_request_head {   /* borrowed from the remote */
    struct str content_type; /* SOAP 1.2: with its action parameter */
    struct str action;       /* value of SOAPAction, quotes included; p == NULL: no such field */
};

struct soap_answer {
    struct value value; /* the message, an object; VALUE_ABSENT: a fault, or nothing expected */
    bool is_fault;
    bool is_sender;      /* the backend blames the request (Client, Sender) */
    struct str fault;    /* name of the remote_fault whose element the detail holds, or "" */
    struct str code;     /* local name of the innermost (sub)code, "AccountNotFound" */
    struct value detail; /* of that remote_fault's type; VALUE_ABSENT: none */
    struct str text;     /* the faultstring: for the log, never for a caller */
    unsigned unknown;    /* elements stepped over because the types do not know them */
};

struct soap_extra {                      /* headers that stand in no WSDL */
    struct str message_id, to;           /* WS-Addressing; message_id empty: none */
    const struct wss_outgoing *security; /* WS-Security; NULL: none */
    struct arena *arena;                 /* scratch */
};

/* Appends a whole request. headers and extra may be NULL; message is of type r->request. Fault:
 * INVALID_VALUE, INTERNAL (it cannot be signed), or MEMORY. Thread-safe. */
enum fault_code soap_request_write(const struct remote *r, const struct value *headers,
                                   const struct value *message, const struct soap_extra *extra,
                                   struct buf *out, struct soap_request_head *head, struct fault *f)
    __attribute__((warn_unused_result));

/* Reads an answer. The bytes are copied into the arena, where the value's texts lie. A SOAP fault
 * is no failure: FAULT_NONE and out->is_fault. Fault: BACKEND_INVALID for an answer that is not
 * this remote's, BACKEND_ERROR or UNAVAILABLE for an HTTP error without an envelope, or MEMORY.
 * Thread-safe. */
enum fault_code soap_answer_read(const struct remote *r, unsigned http_status,
                                 struct str content_type, struct str bytes, struct arena *a,
                                 struct soap_answer *out, struct fault *f)
    __attribute__((warn_unused_result));

#endif
