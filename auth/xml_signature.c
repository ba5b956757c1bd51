/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/xml_signature.h"

#include "auth/base64url.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define MORE   "http://www.w3.org/2001/04/xmldsig-more#"
#define RFC    "http://www.w3.org/2007/05/xmldsig-more#"
#define XMLENC "http://www.w3.org/2001/04/xmlenc#"

/* RFC 9231. ECDSA's r and s stand side by side, as in JWS. */
static const struct {
    const char *uri;
    enum algorithm algorithm;
} methods[] = {
    {MORE "rsa-sha256", ALGORITHM_RS256},     {MORE "rsa-sha384", ALGORITHM_RS384},
    {MORE "rsa-sha512", ALGORITHM_RS512},     {MORE "ecdsa-sha256", ALGORITHM_ES256},
    {MORE "ecdsa-sha384", ALGORITHM_ES384},   {MORE "ecdsa-sha512", ALGORITHM_ES512},
    {RFC "sha256-rsa-MGF1", ALGORITHM_PS256}, {RFC "sha384-rsa-MGF1", ALGORITHM_PS384},
    {RFC "sha512-rsa-MGF1", ALGORITHM_PS512},
};

static const struct {
    const char *uri, *name;
} digests[] = {{XMLENC "sha256", "SHA256"}, {MORE "sha384", "SHA384"}, {XMLENC "sha512", "SHA512"}};

bool
xml_base64(struct arena *a, struct str text, struct str *out)
{
    char *p = arena_alloc(a, text.n + 1);
    size_t n = 0;

    if (!p)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            p[n++] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    if (n && n % 4 == 0 && p[n - 1] == '=')
        n -= p[n - 2] == '=' ? 2 : 1;
    return base64url_decode_dup(a, (struct str){p, n}, out);
}

static enum algorithm
algorithm_by_uri(struct str uri)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (str_eq(uri, str_of(methods[i].uri)))
            return methods[i].algorithm;
    return ALGORITHM_NONE;
}

static enum reason
check_part(struct arena *a, const struct signed_part *part)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    struct str wanted;
    size_t i = 0, n = 0;

    while (i < sizeof digests / sizeof *digests &&
           !str_eq(part->digest_method, str_of(digests[i].uri)))
        i++;
    if (i == sizeof digests / sizeof *digests)
        return REASON_WEAK_ALGORITHM;
    if (!xml_base64(a, part->digest, &wanted) ||
        EVP_Q_digest(NULL, digests[i].name, NULL, part->canonical.p, part->canonical.n, hash, &n) !=
            1 ||
        wanted.n != n || CRYPTO_memcmp(wanted.p, hash, n) != 0)
        return REASON_DIGEST_WRONG;
    return REASON_NONE;
}

enum reason
xml_signature_verify(struct arena *a, const struct xml_signature *s, struct public_key *key)
{
    enum algorithm algorithm = algorithm_by_uri(s->method);
    enum reason reason;
    struct str value;

    if (algorithm == ALGORITHM_NONE)
        return REASON_WEAK_ALGORITHM;
    if (!xml_base64(a, s->value, &value))
        return REASON_SIGNATURE_WRONG;
    reason = signature_verify(key, algorithm, s->signed_info, value);
    for (unsigned i = 0; !reason && i < s->part_count; i++)
        reason = check_part(a, &s->parts[i]);
    return reason;
}
