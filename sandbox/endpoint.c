/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gSOAP between two buffers: no socket, no HTTP of its own. */
#include "sandbox/endpoint.h"

#include "sandbox/soapH.h"
#include "sandbox/Billing.nsmap"

struct turn { /* what the hooks and the operations reach by soap->user */
    struct store *store;
    struct arena *arena;
    struct str in; /* not read yet */
    struct buf *out;
};

static struct soap *shared;

static size_t
receive(struct soap *soap, char *bytes, size_t room)
{
    struct turn *t = soap->user;
    size_t n = t->in.n < room ? t->in.n : room;
    if (n)
        memcpy(bytes, t->in.p, n);
    t->in = str_from(t->in, n);
    return n;
}

static int
put(struct soap *soap, const char *bytes, size_t n)
{
    struct turn *t = soap->user;
    buf_put(t->out, bytes, n);
    return t->out->failed ? SOAP_EOM : SOAP_OK;
}

/* For operations that gSOAP would do on a socket. */
static int
nothing(struct soap *soap)
{
    (void)soap;
    return SOAP_OK;
}

static struct soap *
ready(struct turn *t, bool is_12)
{
    if (!shared)
        shared = soap_new1(SOAP_ENC_PLAIN | SOAP_XML_STRICT | SOAP_C_UTFSTRING | SOAP_XML_NOTYPE);
    if (!shared)
        return NULL;
    shared->user = t;
    shared->frecv = receive;
    shared->fsend = put;
    shared->fclose = nothing;
    shared->fdisconnect = NULL;
    shared->fpoll = NULL;
    shared->maxlevel = 64;
    shared->maxlength = 65536;
    shared->recv_maxlength = 1 << 20;
    soap_set_version(shared, is_12 ? 2 : 1);
    return shared;
}

static void
clean(struct soap *soap)
{
    soap_destroy(soap);
    soap_end(soap);
    soap->user = NULL;
}

/* soap_send_fault would mix HTTP and the socket in. */
static void
put_fault(struct soap *soap)
{
    soap->encodingStyle = NULL; /* not allowed on a SOAP 1.2 Fault */
    soap_set_fault(soap);
    soap_serializefault(soap);
    if (soap_begin_send(soap) || soap_envelope_begin_out(soap) || soap_body_begin_out(soap) ||
        soap_putfault(soap) || soap_body_end_out(soap) || soap_envelope_end_out(soap))
        return;
    (void)soap_end_send(soap);
}

static bool
is_sender_fault(struct soap *soap)
{
    return soap->version == 2 && strstr(*soap_faultcode(soap), "Sender") != NULL;
}

static bool
is_soap12(const struct request *r)
{
    return str_eq_nocase(request_type(r), STR("application/soap+xml"));
}

static void
finish(struct soap *soap, struct answer *a, unsigned status)
{
    a->status = status;
    a->type =
        soap->version == 2 ? "application/soap+xml; charset=utf-8" : "text/xml; charset=utf-8";
}

static void
refuse(struct answer *a, unsigned status, const char *text)
{
    a->status = status;
    a->type = "text/plain";
    buf_str(&a->body, str_of(text));
}

void
endpoint_serve(struct store *s, const struct request *r, struct answer *a)
{
    struct turn t = {s, r->arena, r->body, &a->body};
    if (!str_eq(r->method, STR("POST"))) {
        refuse(a, 405, "POST a SOAP envelope; GET with ?wsdl gives the description.\n");
        answer_header(a, STR("Allow"), STR("GET, POST"));
        return;
    }
    if (!is_soap12(r) && !str_eq_nocase(request_type(r), STR("text/xml"))) {
        refuse(a, 415, "Send text/xml or application/soap+xml.\n");
        return;
    }
    struct soap *soap = ready(&t, is_soap12(r));
    if (!soap) {
        refuse(a, 500, "out of memory\n");
        return;
    }
    if (soap_begin_serve(soap) == SOAP_OK && soap_serve_request(soap) == SOAP_OK) {
        finish(soap, a, 200);
    } else {
        answer_clear(a);
        put_fault(soap);
        finish(soap, a, is_sender_fault(soap) ? 400 : 500);
    }
    clean(soap);
}

void
endpoint_fail(const struct request *r, struct answer *a, const char *reason)
{
    struct turn t = {.out = &a->body};
    answer_clear(a);
    struct soap *soap = ready(&t, is_soap12(r));
    if (!soap) {
        refuse(a, 500, reason);
        return;
    }
    soap_receiver_fault(soap, reason, NULL);
    put_fault(soap);
    finish(soap, a, 500);
    clean(soap);
}

void
endpoint_fini(void)
{
    if (shared)
        soap_free(shared);
    shared = NULL;
}

struct store *
endpoint_store(const struct soap *soap)
{
    return ((const struct turn *)soap->user)->store;
}

struct arena *
endpoint_arena(const struct soap *soap)
{
    return ((const struct turn *)soap->user)->arena;
}

int
endpoint_fault(struct soap *soap, const char *reason, int type, void *detail)
{
    soap_sender_fault(soap, reason, NULL);
    struct SOAP_ENV__Detail *d = soap_malloc(soap, sizeof(*d));
    if (!detail || !d)
        return SOAP_FAULT;
    *d = (struct SOAP_ENV__Detail){.__type = type, .fault = detail};
    if (soap->version == 2)
        soap->fault->SOAP_ENV__Detail = d;
    else
        soap->fault->detail = d;
    return SOAP_FAULT;
}
