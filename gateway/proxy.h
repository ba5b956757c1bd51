/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A `proxy` binding: the request's bytes to the backend and the answer's bytes back, as they come,
 * each side held back while the other does not take them.
 */
#ifndef GATEWAY_PROXY_H
#define GATEWAY_PROXY_H

#include "gateway/exchange.h"

/* After FAULT_NONE, or once bytes of an answer have gone out, x->streamed is set. */
enum fault_code proxy_stream(struct exchange *x) __attribute__((warn_unused_result));

#endif
