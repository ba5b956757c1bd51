/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A SOAP endpoint, bytes to bytes: a request's body goes through the skeletons that soapcpp2
 * generated (SOAP 1.1 and 1.2), which call the systems' operations (b__GetInvoices and so on).
 *
 * struct soap is 164 KB and slow to make, so there is one, reused for every message.
 */
#ifndef SANDBOX_ENDPOINT_H
#define SANDBOX_ENDPOINT_H

#include "sandbox/system.h"

struct soap;

/* Answers a POST with an envelope; anything else with 405 or 415. */
void endpoint_serve(struct store *s, const struct request *r, struct answer *a);
/* A Server/Receiver fault in the version of the request. */
void endpoint_fail(const struct request *r, struct answer *a, const char *reason);
/* At the end of the program. */
void endpoint_fini(void);

/* For the operations: what is being served. */
struct store *endpoint_store(const struct soap *soap);
struct arena *endpoint_arena(const struct soap *soap);
/* A Client/Sender fault whose detail is that element (a SOAP_TYPE_... and its struct, or 0 and
 * NULL); returns what the operation is to return. */
int endpoint_fault(struct soap *soap, const char *reason, int type, void *detail);

#endif
