/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/server_tls.h"

#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "gateway/server_private.h"

enum { FILE_MAX = 1 << 20 };

static enum fault_code
refuse(struct fault *f, const char *file, const char *why)
{
    fault_set(f, FAULT_INTERNAL, "The certificates can not be used.");
    fault_log(f, "%s: %s", file, why);
    return FAULT_INTERNAL;
}

/* Its text; NULL leaves the reason in errno. */
static char *
read_text(const char *name)
{
    struct buf b;

    if (file_load(name, FILE_MAX, &b, NULL)) {
        buf_put_char(&b, '\0');
        if (!b.failed)
            return b.p; /* freed with the rest */
    }
    buf_fini(&b);
    return NULL;
}

static gnutls_datum_t
datum(char *text)
{
    return (gnutls_datum_t){(unsigned char *)text, (unsigned)strlen(text)};
}

static enum fault_code
read_files(struct server_tls *t, const char *certificate, const char *key, const char *client_ca,
           struct fault *f)
{
    t->certificate = read_text(certificate);
    if (!t->certificate)
        return refuse(f, certificate, strerror(errno));
    t->key = read_text(key);
    if (!t->key)
        return refuse(f, key, strerror(errno));
    t->client_ca = client_ca ? read_text(client_ca) : NULL;
    if (client_ca && !t->client_ca)
        return refuse(f, client_ca, strerror(errno));
    return FAULT_NONE;
}

static enum fault_code
fill(struct server_tls *t, const char *certificate, const char *client_ca, struct fault *f)
{
    gnutls_datum_t chain = datum(t->certificate), key = datum(t->key), ca;
    int code = gnutls_certificate_allocate_credentials(&t->credentials);

    if (code < 0)
        return fault_set(f, FAULT_MEMORY, "No memory for certificates.");
    code = gnutls_certificate_set_x509_key_mem(t->credentials, &chain, &key, GNUTLS_X509_FMT_PEM);
    if (code < 0)
        return refuse(f, certificate, gnutls_strerror(code));
    if (!t->client_ca)
        return FAULT_NONE;
    ca = datum(t->client_ca);
    code = gnutls_certificate_set_x509_trust_mem(t->credentials, &ca, GNUTLS_X509_FMT_PEM);
    return code < 0 ? refuse(f, client_ca, gnutls_strerror(code)) : FAULT_NONE;
}

enum fault_code
server_tls_new(const char *certificate, const char *key, const char *client_ca,
               struct server_tls **out, struct fault *f)
{
    struct server_tls *t = calloc(1, sizeof(*t));
    enum fault_code code;

    if (!t)
        return fault_set(f, FAULT_MEMORY, "No memory for certificates.");
    code = read_files(t, certificate, key, client_ca, f);
    if (!code)
        code = fill(t, certificate, client_ca, f);
    if (code)
        server_tls_free(t);
    else
        *out = t;
    return code;
}

void
server_tls_free(struct server_tls *t)
{
    if (!t)
        return;
    if (t->credentials)
        gnutls_certificate_free_credentials(t->credentials);
    free(t->certificate);
    free(t->key);
    free(t->client_ca);
    free(t);
}

static bool
same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
server_tls_same(const struct server_tls *a, const struct server_tls *b)
{
    return same_text(a->certificate, b->certificate) && same_text(a->key, b->key) &&
           same_text(a->client_ca, b->client_ca);
}
