/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who calls, as the message itself says: a SOAP message's Security header. */
#ifndef GATEWAY_SENDER_H
#define GATEWAY_SENDER_H

#include "gateway/exchange.h"

/* Sets x->principal where the message holds a token of its own, and refuses what is wrong with it;
 * FAULT_NONE without a principal: the message has none, HTTP may have one. The face has identify.
 */
enum fault_code sender_authenticate(struct exchange *x) __attribute__((warn_unused_result));

#endif
