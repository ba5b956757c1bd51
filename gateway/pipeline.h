/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of an exchange. */
#ifndef GATEWAY_PIPELINE_H
#define GATEWAY_PIPELINE_H

#include "gateway/desk.h"
#include "gateway/exchange.h"

/* Serves one request, on its fiber, from receive to record. door: a struct door. */
void pipeline_run(struct incoming *in, void *door);

#endif
