/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A backend's WSDL 1.1 as a description: its operations as remotes, their messages as types.
 *
 * Every SOAP port over HTTP is taken, the first one that offers an operation serves it; other
 * bindings are stepped over. Mistakes, and what cannot be called (rpc/encoded), are told with
 * file and line.
 */
#ifndef SOAP_WSDL_H
#define SOAP_WSDL_H

#include "contract/binding.h"

/* A description_reader. NULL after telling; everything lives in the arena. */
struct description *soap_wsdl_read(struct arena *a, const char *path, struct report *r);

#endif
