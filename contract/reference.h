/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * $ref: between files (local, relative ones only) and inside the document. What another file
 * holds is brought under the main document's components first, so that every reference is a
 * JSON Pointer (RFC 6901) into one tree afterwards. Cycles are fine between schemas.
 */
#ifndef CONTRACT_REFERENCE_H
#define CONTRACT_REFERENCE_H

#include "contract/sources.h"

/* Brings in everything that $refs of the main document name in other files, lowered. */
void reference_bundle(struct sources *s);
/* After bundling: the node that "#/..." names; NULL after telling, at `from`. */
cJSON *reference_find(struct sources *s, const cJSON *from, const char *reference);
/* The node, or what its $ref leads to at last; NULL after telling (also for a cycle). */
cJSON *reference_follow(struct sources *s, cJSON *node);

#endif
