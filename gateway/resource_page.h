/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /.well-known/oauth-protected-resource (RFC 9728): whose tokens are accepted here, and how. */
#ifndef GATEWAY_RESOURCE_PAGE_H
#define GATEWAY_RESOURCE_PAGE_H

#include "gateway/snapshot.h"

/* The URL in a refusal's challenge; set before pages are added. False: no memory. */
bool resource_page_name(struct snapshot *s);
bool resource_page_add(struct snapshot *s, struct router *front, struct report *report);

#endif
