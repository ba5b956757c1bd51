/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Content negotiation (RFC 9110 section 12.5.1). */
#ifndef REST_ACCEPT_H
#define REST_ACCEPT_H

#include "base/header.h"

/* Quality times 1000 that the Accept header gives a media type; 1000 when there is no header,
 * 0 when it is refused. The most specific range decides. */
unsigned accept_quality(struct str accept, struct str media);

#endif
