/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `x-telgate`: one key with the same members at document, path and operation level; the nearest
 * wins, member by member, and null removes. A key that is not known is a mistake.
 */
#ifndef CONTRACT_EXTENSION_H
#define CONTRACT_EXTENSION_H

#include "contract/sources.h"

enum extension_level { LEVEL_DOCUMENT = 1, LEVEL_PATH = 2, LEVEL_OPERATION = 4, LEVEL_SCHEMA = 8 };

enum extension_member {
    X_NAME,
    X_BACKENDS,
    X_ERRORS,
    X_TIMEOUT,
    X_RETRY,
    X_BODY_LIMIT,
    X_RATE,
    X_SOAP,
    X_GRAPHQL,
    X_LINKS,
    X_BATCH,
    X_STEP_UP,
    X_BREAKER,
    X_CACHE,
    X_CALL,
    X_CALLS,
    X_PROXY,
    X_REQUEST,
    X_QUERY,
    X_HEADERS,
    X_BODY,
    X_ANSWER,
    X_RESPONSE,
    X_FAULTS,
    X_COUNT
};

struct extension {
    const cJSON *members[X_COUNT]; /* NULL: not set, or removed */
    uint8_t levels[X_COUNT];       /* enum extension_level that set it */
};

/* Lays what `holder` (a document, path item, operation or schema) says in x-telgate over what is
 * in *e; mistakes are told. */
void extension_apply(struct sources *s, const cJSON *holder, enum extension_level level,
                     struct extension *e);
struct contract_links;
/* Takes every x-telgate out of the tree; one that stands where it has no meaning is a mistake. The
 * links of schemas come back. */
const struct contract_links *extension_strip(struct sources *s, cJSON *root);

#endif
