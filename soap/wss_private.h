/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Security header while it is read: wss.c, and wss_saml.c for assertions. */
#ifndef SOAP_WSS_PRIVATE_H
#define SOAP_WSS_PRIVATE_H

#include "soap/wss.h"
#include "soap/xml_sign.h"

struct wss_reading {
    const struct xml_tree *tree;
    struct credential *out;
    const char *soap; /* namespace of the envelope */
    const xmlNode *header, *body, *security;
    const xmlNode *timestamp, *binary, *signature; /* NULL: not there */
};

/* Fills out->assertion and out->signature. False after setting the fault. */
bool wss_saml_read(struct wss_reading *r, const xmlNode *assertion);
/* The node behind `node` in document order, below `top`; NULL: none. */
const xmlNode *wss_walk(const xmlNode *node, const xmlNode *top);

#endif
