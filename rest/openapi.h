/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contract as it is published: one OpenAPI 3.1 document in JSON. */
#ifndef REST_OPENAPI_H
#define REST_OPENAPI_H

#include "contract/contract.h"

/* base_url: what stands before the contract's base path ("" for a relative server URL). Compact
 * JSON; out->failed tells. */
void openapi_write(struct buf *out, const struct contract *c, struct str base_url);

#endif
