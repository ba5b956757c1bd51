/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A contract: an OpenAPI document (3.0, 3.1, or Swagger 2.0) and its overlays, loaded, checked and
 * compiled. Immutable after, shared by threads; lives in the arena it was loaded into.
 */
#ifndef CONTRACT_CONTRACT_H
#define CONTRACT_CONTRACT_H

#include "contract/binding.h"
#include "contract/codec.h"

struct contract_source {
    const char *document;        /* file */
    const char *const *overlays; /* files, applied in order */
    unsigned overlay_count;
};

/* What the loader needs from outside its room. */
struct contract_environment {
    description_reader read_wsdl;
    struct str (*secret)(void *context, struct str name); /* empty: not configured */
    /* URL that the configuration sets for a backend instead of the contract's, or empty. */
    struct str (*backend_url)(void *context, struct str contract, struct str backend);
    void *context;
    struct str api_key_header; /* that API keys are taken from; empty: there are none */
    struct codecs codecs;      /* whose types are checked; none: they are not */
    int64_t timeout_us;        /* where no contract says one */
};

/* x-telgate links of a schema: edges that start from its objects. */
struct contract_links {
    const struct contract_links *next;
    const cJSON *schema; /* the type's: struct type's `schema` */
    const cJSON *links;  /* {name: {operationId, parameters: {id: "/pointer/into/the/object"}}} */
};

struct contract {
    struct str name; /* x-telgate name: "billing/v4"; else from the server path, or the title */
    struct str title, version, description;
    struct str base_path; /* path of the first server URL, "" for none */
    uint8_t errors;       /* enum error_dialect */
    const struct operation *operations;
    unsigned operation_count;
    const struct backend *backends;
    unsigned backend_count;
    const struct breaker_rule *breakers; /* by their index */
    unsigned breaker_count;
    const struct type_set *types;
    const struct type *const *components; /* named types, in document order */
    unsigned component_count;
    const struct contract_links *links;
    const cJSON *published; /* the whole as one OpenAPI 3.1 document: overlays applied, lowered,
                             * external $refs brought in, x-telgate stripped */
};

/* NULL when the report has errors; every mistake is reported, not the first only. */
const struct contract *contract_load(struct arena *a, const struct contract_source *source,
                                     const struct contract_environment *environment,
                                     struct report *r);
/* By operationId; NULL: none. */
const struct operation *contract_operation(const struct contract *c, struct str id);

#endif
