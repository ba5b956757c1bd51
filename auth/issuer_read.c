/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One entry of `issuers`, part by part. */
#include "auth/issuer_read.h"

#include "auth/form.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define SECOND             1000000LL
#define INTROSPECTION_KEEP (30 * SECOND)

bool
issuer_complain(const struct settings *s, const char *name, const char *text)
{
    report_error(s->report, settings_place(s, name), "%s: `%s` %s", s->what, name, text);
    return false;
}

bool
issuer_is_safe_url(struct str url)
{
    static const char *const local[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};

    if (str_starts(url, STR("https://")))
        return url.n >= sizeof "https://"; /* a host, too */
    for (unsigned i = 0; i < sizeof local / sizeof *local; i++) {
        struct str rest = str_from(url, strlen(local[i]));

        if (str_starts(url, str_of(local[i])) &&
            (rest.n == 0 || rest.p[0] == ':' || rest.p[0] == '/'))
            return true;
    }
    return false;
}

static bool
read_algorithms(const struct settings *s, uint32_t *out)
{
    struct str *names = NULL;
    unsigned n = 0;

    *out = 1u << ALGORITHM_RS256;
    if (!settings_texts(s, "algorithms", &names, &n))
        return false;
    if (n > 0)
        *out = 0;
    for (unsigned i = 0; i < n; i++) {
        enum algorithm a = algorithm_of(names[i]);

        if (a == ALGORITHM_NONE)
            return issuer_complain(
                s, "algorithms",
                "may hold RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, "
                "ES512, EdDSA");
        *out |= 1u << a;
    }
    return true;
}

static bool
read_types(const struct settings *s, uint8_t *out)
{
    static const char *const known[] = {"at+jwt", "jwt", "absent"}; /* bits 0, 1, 2 */
    struct str *names = NULL;
    unsigned n = 0, types = 0;

    if (!settings_texts(s, "token_types", &names, &n))
        return false;
    for (unsigned i = 0; i < n; i++) {
        unsigned t = 0;

        while (t < 3 && !str_eq_nocase(names[i], str_of(known[t])))
            t++;
        if (t == 3)
            return issuer_complain(s, "token_types", "may hold at+jwt, jwt and absent");
        types |= 1u << t;
    }
    *out = (uint8_t)(types ? types : TYPE_ACCESS_TOKEN);
    return true;
}

/* A URL that keys, or what a token is worth, may come from. */
static bool
read_url(const struct settings *s, const char *name, struct str *out)
{
    if (!settings_text(s, name, out))
        return false;
    return !out->n || issuer_is_safe_url(*out) ||
           issuer_complain(s, name, "must be an https:// URL");
}

/* Where its keys come from: said here, or found by its name. */
static bool
read_source(const struct settings *s, struct str folder, struct issuer_settings *out)
{
    const cJSON *asked = node_get(s->object, "introspection");

    out->discover = !node_get(s->object, "jwks_file") && !node_get(s->object, "jwks_uri") &&
                    !(asked && node_get(asked, "url"));
    if (!settings_switch(s, "discover", &out->discover) ||
        !settings_file(s, folder, "jwks_file", &out->jwks_file) ||
        !read_url(s, "jwks_uri", &out->jwks_uri))
        return false;
    if ((out->jwks_file.n > 0) + (out->jwks_uri.n > 0) + out->discover > 1)
        return issuer_complain(s, "issuer", "takes one of `jwks_file`, `jwks_uri` and `discover`");
    return !out->discover || issuer_is_safe_url(out->name) ||
           issuer_complain(s, "issuer", "must be an https:// URL, to find its keys by it");
}

/* RFC 6749 section 2.3.1: both are encoded as in a form, before they are joined. */
static struct str
basic(struct arena *a, struct str id, struct str secret)
{
    struct buf b;
    struct str out = STR_NONE;
    char *text;

    buf_init(&b, 8192);
    form_put(&b, id);
    buf_put_char(&b, ':');
    form_put(&b, secret);
    text = b.failed ? NULL : arena_alloc(a, b.n / 3 * 4 + 16);
    if (text) {
        int n;

        memcpy(text, "Basic ", 6);
        n = EVP_EncodeBlock((uint8_t *)text + 6, (const uint8_t *)b.p, (int)b.n);
        out = (struct str){text, 6 + (size_t)n};
        OPENSSL_cleanse(b.p, b.n);
    }
    buf_fini(&b);
    return out;
}

/* "$secret.NAME", or the text. */
static bool
read_secret(const struct settings *s, const struct auth_secrets *secrets, struct str *out)
{
    struct str prefix = STR("$secret.");

    if (!settings_text(s, "client_secret", out))
        return false;
    if (out->n == 0)
        return settings_missing(s, "client_secret");
    if (!str_starts(*out, prefix))
        return true;
    *out = secrets->find ? secrets->find(secrets->context, str_from(*out, prefix.n)) : STR_NONE;
    return out->n > 0 || issuer_complain(s, "client_secret", "names a secret that is not there");
}

static bool
read_introspection(const struct settings *outer, const struct auth_secrets *secrets,
                   struct issuer_settings *out)
{
    static const char *const names[] = {
        "url", "client_id", "client_secret", "cache", "without_audience", "signed", NULL};
    struct settings s = *outer;
    struct str id = STR_NONE, secret = STR_NONE;
    int64_t keep = INTROSPECTION_KEEP;
    bool good;

    s.object = node_get(outer->object, "introspection");
    s.what = "introspection";
    if (!s.object)
        return true;
    good = settings_check(&s, names);
    if (!cJSON_IsObject(s.object))
        return false;
    good &= read_url(&s, "url", &out->introspection_url);
    good &= settings_text(&s, "client_id", &id) && (id.n || settings_missing(&s, "client_id"));
    good &= read_secret(&s, secrets, &secret);
    good &= settings_duration(&s, "cache", &keep);
    good &= settings_switch(&s, "without_audience", &out->audience_optional);
    good &= settings_switch(&s, "signed", &out->introspects_signed);
    if (good && keep > INTROSPECTION_KEEP)
        good = issuer_complain(&s, "cache", "may be 30s at most");
    if (good && !out->introspection_url.n && !out->discover)
        good = settings_missing(&s, "url");
    out->introspects = true;
    out->introspection_keep_us = keep;
    out->authorization = good ? basic(s.arena, id, secret) : STR_NONE;
    return good && out->authorization.n;
}

static bool
read_times(const struct settings *s, struct issuer_settings *out)
{
    int64_t leeway = 30 * SECOND, age = 0;
    bool good = settings_duration(s, "leeway", &leeway);

    good &= settings_duration(s, "max_age", &age);
    good &= settings_duration(s, "refresh", &out->refresh_us);
    good &= settings_duration(s, "retry", &out->retry_us);
    out->leeway = leeway / SECOND;
    out->max_age = age / SECOND;
    if (good && out->leeway > 300)
        return issuer_complain(s, "leeway", "may be 5m at most");
    if (good && (out->refresh_us < SECOND || out->retry_us < SECOND))
        return issuer_complain(s, "refresh", "and `retry` must be 1s at least");
    return good;
}

bool
issuer_read(const struct settings *s, struct str folder, const struct auth_secrets *secrets,
            struct issuer_settings *out)
{
    static const char *const names[] = {
        "issuer",    "audiences", "algorithms", "token_types",        "scope_claims",
        "jwks_file", "jwks_uri",  "discover",   "introspection",      "leeway",
        "max_age",   "refresh",   "retry",      "sender_constrained", NULL};
    bool good = settings_check(s, names);

    if (!cJSON_IsObject(s->object))
        return false;
    *out = (struct issuer_settings){.refresh_us = 300 * SECOND, .retry_us = 10 * SECOND};
    good &= settings_text(s, "issuer", &out->name);
    if (!node_get(s->object, "issuer"))
        good = settings_missing(s, "issuer");
    good &= settings_texts(s, "audiences", &out->audiences, &out->audience_count);
    if (!node_get(s->object, "audiences") ||
        (cJSON_IsArray(node_get(s->object, "audiences")) && out->audience_count == 0 && good))
        good = settings_missing(s, "audiences");
    good &= read_algorithms(s, &out->algorithms);
    good &= read_types(s, &out->types);
    good &= read_source(s, folder, out);
    good &= read_introspection(s, secrets, out);
    good &= settings_texts(s, "scope_claims", &out->scope_claims, &out->scope_claim_count);
    good &= settings_switch(s, "sender_constrained", &out->sender_constrained);
    good &= read_times(s, out);
    return good;
}
