/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A contract made from a WSDL: an OpenAPI 3.1 document with x-telgate that serves each of its
 * operations. It is written once, to be edited by hand; comments tell what was chosen.
 */
#ifndef SOAP_WSDL_IMPORT_H
#define SOAP_WSDL_IMPORT_H

#include "base/document.h"

/* Appends the contract, as YAML, of the WSDL at `path`, which the contract names as `reference`.
 * False after telling what in which file stands against it. */
bool wsdl_import(struct arena *a, const char *path, const char *reference, struct buf *out,
                 struct report *r);

#endif
