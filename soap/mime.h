/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MTOM (SOAP Message Transmission Optimization Mechanism, XOP 1.0): an envelope and its binary
 * members as the parts of a multipart/related message (RFC 2387, RFC 2046 section 5.1).
 *
 * An own reader of the few things that MTOM needs, before the typed XML reader: gSOAP's wants a
 * stream and its own objects, keeps the parts on its heap, and would parse the XML another time.
 */
#ifndef SOAP_MIME_H
#define SOAP_MIME_H

#include "base/arena.h"
#include "base/fault.h"

#define NS_XOP "http://www.w3.org/2004/08/xop/include"

enum { MIME_PARTS = 100, MIME_PART_HEADER = 4096 };

struct mime_part { /* borrows from the body */
    struct str id; /* Content-ID without its angle brackets; empty: none */
    struct str type;
    struct str bytes;
    unsigned taken; /* how often an xop:Include named it */
};

struct mime {
    struct mime_part *root; /* the envelope */
    struct mime_part parts[MIME_PARTS];
    unsigned n;
};

/* A parameter of a media type, without quotes; empty: not there. */
struct str mime_parameter(struct str content_type, const char *name);
/* True for multipart/related of type application/xop+xml. */
bool mime_is_mtom(struct str content_type);
/* True where an Accept names it. */
bool mime_is_asked_for(struct str accept);
/* NULL after filling the fault: `wrong`, or MEMORY. Lives in the arena. */
struct mime *mime_read(struct arena *a, struct str content_type, struct str body,
                       enum fault_code wrong, struct fault *f);
/* The part that an href ("cid:...", RFC 2392) names; NULL: none. */
struct mime_part *mime_find(struct arena *a, struct mime *m, struct str href);

struct mime_answer {     /* to be written: an envelope's binaries, in the order of its Includes */
    struct arena *arena; /* where their bytes are put */
    struct str binaries[MIME_PARTS - 1];
    unsigned n;
};

/* Without binaries yet; NULL: no memory, and the answer stays as it is. */
struct mime_answer *mime_answer_new(struct arena *a);
/* Keeps the bytes of a base64 text as the next part and appends its xop:Include; false: it is no
 * base64, or there are too many parts, and nothing is appended. */
bool mime_include(struct mime_answer *answer, struct str base64, struct buf *out);
/* Appends the message around an envelope of that media type ("text/xml"); returns its Content-Type
 * in the arena; p == NULL: no memory. */
struct str mime_write(const struct mime_answer *answer, struct str envelope, struct str type,
                      struct buf *out);

#endif
