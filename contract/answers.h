/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Request bodies and responses of an operation: OpenAPI 3.1, sections 4.8.13 to 4.8.17. */
#ifndef CONTRACT_ANSWERS_H
#define CONTRACT_ANSWERS_H

#include "contract/loader.h"

void answers_read_body(struct loader *l, struct draft *d);
void answers_read(struct loader *l, struct draft *d);
/* Once the types are finished: whether each media type can carry the type that it is given. */
void answers_check(struct loader *l, const struct draft *d);
/* The same for calls of backends that speak one form (`media`), once the bindings are built. */
void answers_check_calls(struct loader *l);
/* The media of a `content` object. */
void answers_content(struct loader *l, const cJSON *content, bool required, struct media **media,
                     unsigned *count);

#endif
