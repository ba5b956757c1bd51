/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One operation of a contract: what it takes, what it answers, who may call it, and how it
 * reaches its backend. Built by the loader, immutable after, shared by threads.
 */
#ifndef CONTRACT_OPERATION_H
#define CONTRACT_OPERATION_H

#include "base/header.h"
#include "contract/type.h"

enum parameter_place { IN_PATH, IN_QUERY, IN_HEADER, IN_COOKIE };
enum parameter_style { /* OpenAPI 3.1, section 4.8.12.3 */
                       STYLE_SIMPLE,
                       STYLE_LABEL,
                       STYLE_MATRIX,
                       STYLE_FORM,
                       STYLE_SPACE,
                       STYLE_PIPE,
                       STYLE_DEEP_OBJECT
};

struct parameter {
    struct str name;
    struct str description;
    const struct type *type;
    uint8_t place; /* enum parameter_place */
    uint8_t style; /* enum parameter_style */
    bool explode, required, deprecated;
    bool is_json; /* `content: application/json` instead of a style */
};

struct media {
    struct str name;         /* "application/json", in lower case, without parameters */
    const struct type *type; /* NULL: anything */
};

struct answer_header {
    struct str name;
    const struct type *type;
};

struct answer {
    uint16_t status; /* 200; 1 to 5 for "1XX" to "5XX"; 0 for "default" */
    struct str description;
    struct media *media;
    unsigned media_count; /* 0: no body */
    struct answer_header *headers;
    unsigned header_count;
};

/* One alternative: what a token must have. Alternatives are OR, the scopes inside one are AND
 * (OpenAPI 3.1, section 4.8.30; CAMARA lists its alternative scopes as alternatives). */
struct security {
    struct str scheme;
    struct str *scopes;
    unsigned scope_count;
    bool api_key; /* an API key must have them, not a token */
};

/* x-telgate's `step_up`: how the caller's user must have logged in (RFC 9470). */
struct step_up {
    struct str *acr; /* one of them; the first is preferred */
    unsigned acr_count;
    int64_t max_age_us; /* since the login; 0: no matter */
};

/* x-telgate's `batch`: calls that differ in one parameter only, made as one call of an operation
 * that takes all its values and answers a list. */
struct batch {
    const struct operation *operation; /* takes many; may be the operation itself */
    unsigned parameter;                /* of the operation: whose values are gathered */
    unsigned values;                   /* of the other: takes their list */
    struct str key;                    /* RFC 6901: where an item of the answer says its value */
    const int *passed; /* a parameter of the operation: which of the other takes it, -1: such a
                        * call is not gathered */
    unsigned most;     /* values in one call */
};

/* x-telgate's `cache`: answers are remembered and given again, to whoever asks the same. They are
 * made of the inputs; what else a mapping looks at, and so is the same for all who share one: */
struct caching {
    int64_t life_us;
    struct str *claims; /* of the token */
    unsigned claim_count;
    struct str *headers; /* fields of the request */
    unsigned header_count;
    int unseen;      /* the one parameter that no answer depends on (X-Correlator); -1: none */
    struct str vary; /* for those who keep an answer of REST outside (RFC 9110, 12.5.5); or "" */
};

enum rate_whom { RATE_OF_ALL, RATE_OF_CLIENT, RATE_OF_ADDRESS };
enum { RATES_MAX = 8 };

/* One rule of x-telgate's `rate`: so many calls in a time, refilled evenly; all at once after
 * quiet. */
struct rate {
    uint64_t id;         /* of what is counted together; the same after a reload */
    int64_t interval_ns; /* one call's share of the time */
    int64_t burst_ns;    /* that of all that may come at once */
    uint8_t whom;        /* enum rate_whom: whose calls are counted together */
    struct str text;     /* "100/s per client" */
};

enum graphql_root { GRAPHQL_BY_METHOD, GRAPHQL_QUERY, GRAPHQL_MUTATION };
enum error_dialect { ERRORS_PROBLEM, ERRORS_TMF, ERRORS_CAMARA };

struct operation {
    const struct contract *contract;
    struct str id;     /* operationId */
    struct str method; /* upper case */
    struct str path;   /* template below the contract's base path: "/customer/{id}" */
    struct str summary, description;
    bool deprecated;
    struct parameter *parameters; /* path (as in the template), query, header, cookie; else in
                                   * document order */
    unsigned parameter_count;
    struct media *bodies;
    unsigned body_count;
    bool body_required;
    struct answer *answers;
    unsigned answer_count;
    const struct answer *success; /* the lowest 2xx, else default; NULL: none is declared */
    struct security *security;
    unsigned security_count; /* 0: open, said by `security: []`; where the contract says nothing
                              * at all there is one without scopes: any valid token */
    const struct step_up *step_up; /* NULL: however */
    const struct rate *rates;      /* all must have room */
    unsigned rate_count;           /* 0: not limited */
    uint8_t errors;                /* enum error_dialect */
    bool soap, graphql;            /* served on these faces */
    uint8_t graphql_root;          /* enum graphql_root */
    int64_t timeout_us;            /* whole operation */
    uint64_t body_limit;           /* bytes; 0: the configuration's */
    const struct batch *batch;     /* NULL: each call is made on its own */
    const struct caching *cache;   /* NULL: no answer is remembered */
    struct binding *binding;       /* never NULL in a loaded contract */
};

/* What a face hands to an operation: one slot per parameter (VALUE_ABSENT when not given), and
 * the body (VALUE_ABSENT: none). */
struct inputs {
    struct value *parameters;
    struct value body;
};

/* What an operation gives back to the face that called it. */
struct outcome {
    uint16_t status;
    struct value body; /* VALUE_ABSENT: none */
    struct header *headers;
    unsigned header_count;
    struct header *keeping; /* Age, Cache-Control, Vary: where HTTP may keep the face's answer */
    unsigned keeping_count;
};

/* The answer declared for a status: exact, then "4XX", then default; NULL: none. */
const struct answer *operation_answer(const struct operation *o, unsigned status);
/* Index of the parameter, or -1. */
int operation_parameter(const struct operation *o, struct str name);

#endif
