/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain XML over HTTP (application/xml, text/xml, +xml): a codec of bodies, with a root element for
 * each type that an operation takes or answers. Types without one are refused; what has no type at
 * all is read as it comes, its root's name left out, and cannot be written.
 */
#ifndef SOAP_XML_MEDIA_H
#define SOAP_XML_MEDIA_H

#include "contract/codec.h"
#include "contract/contract.h"

enum { XML_MEDIA_CODECS = 2 /* application/xml with +xml, and text/xml */ };

struct xml_media;

/* Of all the contracts, which live as long. In the arena, immutable, shared by threads; NULL: no
 * memory, or a contract has more namespaces than a codec holds. */
const struct xml_media *xml_media_new(struct arena *a, const struct contract *const *contracts,
                                      unsigned n);
/* The codecs that look into it; borrowed with it. Written is a whole document or nothing. */
void xml_media_codecs(const struct xml_media *m, struct codec out[XML_MEDIA_CODECS]);

#endif
