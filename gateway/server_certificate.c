/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's certificate is shown and the caller's asked for in the handshake; the caller's is
 * read at a connection's first request and kept with the connection. A request holds a reference,
 * as it may outlive the connection.
 *
 * GnuTLS has the caller prove the key; that the certificate chains to the configured CA is checked
 * here: in the handshake where a certificate is required, else when it is read. There are no
 * resumed sessions (libmicrohttpd keeps none), so each connection shows its certificate.
 */
#include <gnutls/x509.h>

#include "auth/base64url.h"
#include "gateway/server_private.h"

#define DNS_NAMES_MOST 64
#define CEILING        65536

struct peer_certificate {
    struct client_certificate shown; /* first */
    struct arena *arena;             /* holds this, too */
    unsigned references;             /* of one thread */
};

static gnutls_session_t
session_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    return i ? i->tls_session : NULL;
}

static bool
chains(gnutls_session_t session)
{
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID};
    char oid[] = GNUTLS_KP_TLS_WWW_CLIENT;
    unsigned status = 1;

    purpose.data = (unsigned char *)oid;
    return gnutls_certificate_verify_peers(session, &purpose, 1, &status) == 0 && status == 0;
}

/* For GnuTLS, in the handshake: other than 0 ends it. */
static int
refuse_unless_chained(gnutls_session_t session)
{
    return chains(session) ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

static void
ask(gnutls_session_t session, const struct server *s)
{
    bool required = s->options.client_certificates == CLIENT_CERTIFICATES_REQUIRED;

    gnutls_certificate_server_set_request(session,
                                          required ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST);
    /* Naming the CAs would keep clients with certificates of their own from showing them. */
    gnutls_certificate_send_x509_rdn_sequence(session, 1);
    if (required && s->tls->client_ca)
        gnutls_session_set_verify_function(session, refuse_unless_chained);
}

void
certificate_present(struct peer *p)
{
    const struct server *s = p->server;
    gnutls_session_t session = session_of(p->connection);

    if (!session)
        return;
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, s->tls->credentials);
    if (s->options.client_certificates)
        ask(session, s);
}

static bool
read_thumbprint(struct peer_certificate *c, const gnutls_datum_t *der)
{
    uint8_t hash[32];
    size_t n = sizeof hash;
    char *text = arena_alloc(c->arena, CERTIFICATE_THUMBPRINT);

    if (!text || gnutls_fingerprint(GNUTLS_DIG_SHA256, der, hash, &n) < 0)
        return false;
    base64url_encode(hash, sizeof hash, text);
    c->shown.thumbprint = (struct str){text, CERTIFICATE_THUMBPRINT};
    return true;
}

static bool
read_subject(struct peer_certificate *c, gnutls_x509_crt_t crt)
{
    gnutls_datum_t dn;
    int code = gnutls_x509_crt_get_dn2(crt, &dn);

    if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return true;
    if (code < 0)
        return false;
    c->shown.subject = arena_dup(c->arena, (struct str){(const char *)dn.data, dn.size});
    gnutls_free(dn.data);
    return c->shown.subject.p != NULL;
}

/* A name with a NUL inside, or too long for one, is left out: it can be nobody's. */
static bool
read_dns_names(struct peer_certificate *c, gnutls_x509_crt_t crt)
{
    c->shown.dns_names = ARENA_ARRAY(c->arena, DNS_NAMES_MOST, struct str);
    for (unsigned i = 0; c->shown.dns_names && c->shown.dns_count < DNS_NAMES_MOST; i++) {
        char name[256];
        size_t n = sizeof name;
        int type = gnutls_x509_crt_get_subject_alt_name(crt, i, name, &n, NULL);
        struct str copy;

        if (type == GNUTLS_E_SHORT_MEMORY_BUFFER)
            continue;
        if (type < 0)
            break;
        if (type != GNUTLS_SAN_DNSNAME || memchr(name, '\0', n))
            continue;
        copy = arena_dup(c->arena, (struct str){name, n});
        if (!copy.p)
            return false;
        c->shown.dns_names[c->shown.dns_count++] = copy;
    }
    return c->shown.dns_names != NULL;
}

static bool
read_certificate(struct peer_certificate *c, const gnutls_datum_t *der)
{
    gnutls_x509_crt_t crt;
    bool good;

    if (gnutls_x509_crt_init(&crt) < 0)
        return false;
    good = gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0 && read_thumbprint(c, der) &&
           read_subject(c, crt) && read_dns_names(c, crt);
    gnutls_x509_crt_deinit(crt);
    return good;
}

static struct peer_certificate *
certificate_new(struct peer *p)
{
    gnutls_session_t session = session_of(p->connection);
    unsigned n = 0;
    const gnutls_datum_t *list = session ? gnutls_certificate_get_peers(session, &n) : NULL;
    struct arena *arena = list && n > 0 ? arena_new(CEILING) : NULL;
    struct peer_certificate *c = arena ? ARENA_NEW(arena, struct peer_certificate) : NULL;

    if (c) {
        c->arena = arena;
        c->references = 1;
        c->shown.verified = p->server->tls->client_ca && chains(session);
        if (read_certificate(c, &list[0]))
            return c;
    }
    arena_free(arena);
    return NULL;
}

void
certificate_release(void *certificate)
{
    struct peer_certificate *c = certificate;

    if (c && --c->references == 0)
        arena_free(c->arena);
}

void
certificate_take(struct incoming *in)
{
    struct peer *p = in->peer;

    if (!p->certificate_read) {
        p->certificate_read = true;
        p->certificate = certificate_new(p);
    }
    if (!p->certificate || arena_defer(in->arena, certificate_release, p->certificate))
        return;
    p->certificate->references++;
    in->request.certificate = &p->certificate->shown;
}
