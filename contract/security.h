/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may call an operation: OpenAPI 3.1, sections 4.8.27 and 4.8.30. */
#ifndef CONTRACT_SECURITY_H
#define CONTRACT_SECURITY_H

#include "contract/loader.h"

/* From the operation's `security`, else the document's; neither: any valid token. */
void security_read(struct loader *l, struct draft *d);
/* From x-telgate's `step_up`. */
void security_read_step_up(struct loader *l, struct draft *d);

#endif
