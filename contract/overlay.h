/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OpenAPI Overlay 1.0 and 1.1: actions that update, remove and copy parts of a document. */
#ifndef CONTRACT_OVERLAY_H
#define CONTRACT_OVERLAY_H

#include "contract/sources.h"

/* Applies the file's actions, in order, to the main document's tree; every mistake is told, and a
 * target that matches nothing as a warning. */
void overlay_apply(struct sources *s, const char *path);

#endif
