/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the contract loader share while one contract is loaded (one thread). */
#ifndef CONTRACT_LOADER_H
#define CONTRACT_LOADER_H

#include "contract/contract.h"
#include "contract/extension.h"

/* An operation until its binding is built. */
struct draft {
    struct operation *operation;
    cJSON *node;
    struct extension extension;
    const cJSON **parameter_nodes; /* one per parameter of the operation */
};

struct loader {
    struct sources sources;
    struct arena *arena;
    struct report *report;
    const struct contract_environment *environment;
    struct contract *contract;
    struct type_set *types;
    struct report type_report;  /* what the types told since the last sources_relay */
    cJSON *root;                /* of the main document */
    struct extension extension; /* at document level */
    struct backend *backends;
    struct draft *drafts; /* one per operation, in their order */
    unsigned draft_count, draft_room;
    unsigned type_errors; /* where there are any, no mapping is compiled: it could only mislead */
};

/* The first one whose member is the very same node, which a path or the document has said for all:
 * d itself, unless it only inherits. d has the member. */
static inline const struct draft *
loader_first_with(const struct loader *l, const struct draft *d, enum extension_member m)
{
    const struct draft *first = l->drafts;
    while (first->extension.members[m] != d->extension.members[m])
        first++;
    return first;
}

#define LOADER_ERROR(l, node, ...)       SOURCES_ERROR(&(l)->sources, node, __VA_ARGS__)
#define LOADER_KEY_ERROR(l, node, ...)   SOURCES_KEY_ERROR(&(l)->sources, node, __VA_ARGS__)
#define LOADER_WARNING(l, node, ...)     SOURCES_WARNING(&(l)->sources, node, __VA_ARGS__)
#define LOADER_KEY_WARNING(l, node, ...) SOURCES_KEY_WARNING(&(l)->sources, node, __VA_ARGS__)

#endif
