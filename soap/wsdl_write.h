/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A service as WSDL 1.1: document/literal wrapped, its schema inside, a binding and a port for
 * SOAP 1.1 and one for 1.2.
 */
#ifndef SOAP_WSDL_WRITE_H
#define SOAP_WSDL_WRITE_H

#include "soap/service.h"

/* Fills s->wsdl, which is all before the address. False: no memory. */
bool wsdl_write_head(struct service *s);
/* Appends the whole document; base_url is what the path /soap/NAME is put behind. */
void wsdl_write(struct buf *out, const struct service *s, struct str base_url);
/* The same for a contract by itself; out->failed tells. */
void wsdl_write_contract(struct buf *out, const struct contract *c, struct str base_url);

#endif
