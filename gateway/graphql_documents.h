/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of trusted documents (option graphql.documents): read, and held against the graph. */
#ifndef GATEWAY_GRAPHQL_DOCUMENTS_H
#define GATEWAY_GRAPHQL_DOCUMENTS_H

#include "gateway/snapshot.h"

/* Sets s->trusted, once there is a graph. False after telling the report: a name that is not the
 * SHA-256 of the file, or a document that cannot run. */
bool graphql_documents_load(struct snapshot *s, struct report *r);

#endif
