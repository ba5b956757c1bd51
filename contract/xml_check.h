/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether what a contract has read or written as XML can be: each such type has a root element, and
 * its members have names of their own that XML allows.
 */
#ifndef CONTRACT_XML_CHECK_H
#define CONTRACT_XML_CHECK_H

#include "contract/loader.h"

/* After the bindings; every mistake is told, once for each schema. */
void xml_check(struct loader *l);

#endif
