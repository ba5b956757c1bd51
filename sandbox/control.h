/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The switches over HTTP: GET /_switch, GET and PUT /_switch/SYSTEM. */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "sandbox/system.h"
#include "sandbox/toggle.h"

/* r->path is "" or "/SYSTEM". toggles: one per system. A PUT replaces all switches of its system
 * and starts its sequence of errors anew. */
void control_handle(struct toggle *toggles, uint64_t seed, const struct request *r,
                    struct answer *a);

#endif
