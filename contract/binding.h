/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How an operation reaches its backends: `call`, `calls` or `proxy` of x-telgate, compiled.
 */
#ifndef CONTRACT_BINDING_H
#define CONTRACT_BINDING_H

#include "contract/operation.h"

/* One operation that a backend's own description (a WSDL) offers. */
struct remote_fault {
    struct str name; /* of the wsdl:fault */
    const struct type *type;
};

struct remote {
    struct str name;             /* wsdl:operation */
    const struct type *request;  /* an object; members as in the message */
    const struct type *response; /* an object; NULL: one-way */
    const struct type *headers;  /* soap:header parts of the request, as members; NULL: none */
    struct remote_fault *faults;
    unsigned fault_count;
    const void *message; /* the protocol's own tables */
};

struct description {
    struct str path;
    struct str address;       /* the port's location, or "" */
    struct str other_address; /* of another port with operations of its own, or "" */
    struct remote *remotes;
    unsigned remote_count;
};

/* Reads a backend's description; gateway/ hands soap's to the loader. NULL after telling. */
typedef struct description *(*description_reader)(struct arena *a, const char *path,
                                                  struct report *r);

/* What a message to a SOAP backend says of its sender (WS-Security). */
struct backend_sender {
    struct str user, password;   /* UsernameToken; user empty: none */
    bool digest;                 /* of the password, instead of itself */
    struct str certificate, key; /* files in PEM: signed by X.509; empty: not */
};

struct backend {
    struct str name;
    struct str *urls; /* at least one; "http://host:port/base" without a trailing slash */
    unsigned url_count;
    const struct description *description; /* NULL: HTTP */
    struct str authorization; /* value of the Authorization header, secrets filled in; or "" */
    struct backend_sender sender;
    bool addressing;                             /* with the headers of WS-Addressing */
    int64_t timeout_us;                          /* per hop; 0: none of its own */
    struct str tls_ca, tls_certificate, tls_key; /* files, or "" */
    bool tls_insecure;
    struct str media; /* that bodies are written in, and asked for; "": as the operation says */
    bool has_breaker; /* an operation that calls it says so */
    unsigned index;   /* dense within the contract */
};

struct fault_mapping {
    struct str name; /* remote fault's name, or its code */
    uint16_t status;
};

/* A piece of a backend path. Values come from the caller: each is percent-encoded as (a part of)
 * one segment, RFC 3986 section 3.3, and an absent or empty one, ".", and ".." are refused. */
struct path_piece {
    struct str text;             /* as it is */
    const struct mapping *value; /* gives the text behind it; NULL: none */
};

struct call {
    struct str name; /* key under `calls`; "" for the single call */
    const struct backend *backend;
    const struct remote *remote; /* NULL: plain HTTP */
    bool same;                   /* plain HTTP with the operation's own method, path, names */
    struct str method;           /* plain HTTP */
    struct path_piece *path;     /* plain HTTP: "/persons/" and the id; NULL when same */
    unsigned path_count;
    const struct mapping *query;   /* an object; NULL: none */
    const struct mapping *request; /* body or message; NULL: none, or the body as it is (same) */
    const struct mapping *headers; /* object of header fields or soap:header parts; NULL: none */
    const struct type *answer;     /* what the answer must satisfy; NULL: anything */
    const struct type *body;       /* plain HTTP: what request gives; NULL: anything */
    bool optional;                 /* its failure leaves its answer absent */
    uint32_t needs;                /* bit per call whose answer it refers to */
    struct fault_mapping *faults;
    unsigned fault_count;
    int64_t timeout_us; /* 0: the backend's */
};

/* The operation's body as it is sent on by a call that is the `same`: in the backend's media where
 * that is declared, else in the first one. NULL: it takes none. */
static inline const struct media *
call_body(const struct operation *o, const struct call *c)
{
    for (unsigned i = 0; i < o->body_count; i++)
        if (str_eq(o->bodies[i].name, c->backend->media))
            return &o->bodies[i];
    return o->body_count ? &o->bodies[0] : NULL;
}

/* x-telgate's `breaker`: when a backend that fails is left alone for a while. */
struct breaker_rule {
    unsigned errors;   /* percent of failed calls that open it, ... */
    unsigned calls;    /* ... of at least so many ... */
    int64_t window_us; /* ... in the last so long, ... */
    int64_t open_us;   /* ... and for how long */
    unsigned index;    /* dense within the contract; equal rules are one */
};

struct binding {
    const struct backend *proxy; /* stream to this backend; calls are empty then */
    struct call *calls;
    unsigned call_count; /* <= 32 */
    const struct mapping
        *response;  /* NULL: the only call's answer as it is; with `calls`, no body */
    unsigned retry; /* more tries, idempotent methods only */
    const struct breaker_rule *breaker; /* of each backend that it calls; NULL: none */
};

#endif
