/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only place that knows libjwt: it holds header and claims and writes their JSON. The last
 * step is ours, as jwt_encode_str of 1.10.2 writes `typ: JWT` over any other type, parses the PEM
 * for each token and has its buffers on the stack.
 */
#include "auth/issue.h"

#include "auth/base64url.h"

#include <jwt.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

/* libjwt wants C strings; a text with a NUL inside would lose its end, and is refused. */
static bool
add_text(jwt_t *jwt, const char *name, struct str text)
{
    char copy[4096];

    if (text.n >= sizeof copy || memchr(text.n ? text.p : "", 0, text.n))
        return false;
    memcpy(copy, text.n ? text.p : "", text.n);
    copy[text.n] = '\0';
    return jwt_add_grant(jwt, name, copy) == 0;
}

/* A claim that is an object. */
static bool
add_object(jwt_t *jwt, const char *name, struct str json)
{
    char text[4200];

    return snprintf(text, sizeof text, "{\"%s\":%.*s}", name, STR_ARG(json)) < (int)sizeof text &&
           jwt_add_grants_json(jwt, text) == 0;
}

static bool
add_binding(jwt_t *jwt, struct str thumbprint)
{
    char text[128];

    snprintf(text, sizeof text, "{\"x5t#S256\":\"%.*s\"}", STR_ARG(thumbprint));
    return add_object(jwt, "cnf", str_of(text));
}

static bool
add_claims(jwt_t *jwt, const struct issue_claims *c, const char *jti)
{
    return add_text(jwt, "iss", c->issuer) && add_text(jwt, "sub", c->subject) &&
           add_text(jwt, "client_id", c->client_id) && add_text(jwt, "aud", c->audience) &&
           jwt_add_grant_int(jwt, "iat", (long)c->issued_at) == 0 &&
           jwt_add_grant_int(jwt, "exp", (long)(c->issued_at + c->lifetime)) == 0 &&
           jwt_add_grant(jwt, "jti", jti) == 0 &&
           (c->scope.n == 0 || add_text(jwt, "scope", c->scope)) &&
           (c->thumbprint.n == 0 || add_binding(jwt, c->thumbprint)) &&
           (c->actor.n == 0 || add_object(jwt, "act", c->actor));
}

static bool
add_header(jwt_t *jwt, const struct signing_key *key)
{
    return jwt_add_header(jwt, "typ", "at+jwt") == 0 && jwt_add_header(jwt, "kid", key->kid) == 0 &&
           jwt_add_header(jwt, "alg", algorithm_name(key->algorithm)) == 0;
}

/* RFC 7515 section 3.1: the three parts, appended. */
static bool
serialize(jwt_t *jwt, const struct signing_key *key, struct buf *out)
{
    char *header = jwt_get_headers_json(jwt, NULL), *claims = jwt_get_grants_json(jwt, NULL);
    uint8_t signature[SIGNATURE_MAX];
    size_t start = out->n, n = 0;

    if (header && claims) {
        base64url_put(out, header, strlen(header));
        buf_put_char(out, '.');
        base64url_put(out, claims, strlen(claims));
    }
    if (header && claims && !out->failed)
        n = signing_key_sign(key, str_from(buf_view(out), start), signature);
    free(header);
    free(claims);
    buf_put_char(out, '.');
    base64url_put(out, signature, n);
    return n > 0 && !out->failed;
}

static bool
new_jti(char jti[23])
{
    uint8_t random[16];

    if (RAND_bytes(random, sizeof random) != 1)
        return false;
    base64url_encode(random, sizeof random, jti);
    jti[22] = '\0';
    return true;
}

enum fault_code
issue_token(const struct signing_key *key, const struct issue_claims *claims, struct buf *out,
            char jti[23], struct fault *f)
{
    jwt_t *jwt = NULL;
    bool good = new_jti(jti) && jwt_new(&jwt) == 0 && add_claims(jwt, claims, jti) &&
                add_header(jwt, key) && serialize(jwt, key, out);

    jwt_free(jwt);
    return good ? FAULT_NONE : fault_set(f, FAULT_INTERNAL, "the token could not be made");
}
