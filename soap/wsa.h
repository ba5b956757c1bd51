/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WS-Addressing 1.0: the headers of a request, those of its answer, and those to a backend.
 *
 * An answer goes back on the connection that the request came by, so ReplyTo and FaultTo are
 * anonymous or refused. The Action is a hint that is not looked at, like SOAPAction.
 */
#ifndef SOAP_WSA_H
#define SOAP_WSA_H

#include "base/fault.h"
#include "base/value.h"
#include "soap/xml_table.h"

#define NS_WSA           "http://www.w3.org/2005/08/addressing"
#define NS_WSA_METADATA  "http://www.w3.org/2007/05/addressing/metadata"
#define WSA_ANONYMOUS    NS_WSA "/anonymous"
#define WSA_ACTION_FAULT NS_WSA "/soap/fault" /* of every fault but those about these headers */

enum { WSA_BLOCKS = 7 };

struct wsa {               /* of a request; all zero: it has no such headers */
    bool used;             /* the answer has some, too */
    struct str message_id; /* empty: none */
    const char *refused;   /* "ReplyTo" or "FaultTo": not anonymous; NULL: neither */
};

/* Adds the blocks to the table of a Header, of an envelope of that namespace. */
void wsa_tables(struct xml_codec *c, struct xml_table *header, const char *soap, const char *role);
/* True for the name of a block of this namespace that is understood. */
bool wsa_understands(struct str name);
/* Takes in one block that is for this node; its name is understood. */
void wsa_take(struct wsa *w, struct str name, const struct value *block);
/* The Action of an operation's request (WSDL binding, section 4.4): the port type's wsam:Action,
 * the binding's soapAction, or one made of names. p == NULL: no memory. */
struct str wsa_action(struct arena *a, const xmlNode *operation, struct str soap_action);
/* Appends the blocks of a request to a backend; prefix `e` is the envelope's. */
void wsa_write_request(struct buf *out, struct str action, struct str message_id, struct str to);
/* Appends the blocks of an answer, prefix `a` declared on each. */
void wsa_write_answer(struct buf *out, const struct wsa *w, struct str action);
/* Appends which header is to blame for the refusal. */
void wsa_write_problem(struct buf *out, const struct wsa *w);

#endif
