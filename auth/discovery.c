/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/discovery.h"

#include "auth/issuer.h"
#include "base/json.h"

static const struct json_limits limits = {.depth = 16, .values = 5000};

struct str
discovery_url(struct arena *a, struct str issuer, unsigned place)
{
    size_t scheme = str_find(issuer, ':') + 3;
    size_t host = scheme + str_find(str_from(issuer, scheme), '/');
    struct str path = str_from(issuer, host);

    if (str_ends(path, STR("/")))
        path.n--;
    if (place == 0)
        return arena_printf(a, "%.*s%.*s/.well-known/openid-configuration",
                            STR_ARG(str_head(issuer, host)), STR_ARG(path));
    return arena_printf(a, "%.*s/.well-known/oauth-authorization-server%.*s",
                        STR_ARG(str_head(issuer, host)), STR_ARG(path));
}

/* An optional URL. */
static bool
read_url(const struct value *document, struct str name, struct str *out)
{
    const struct value *v = value_get(document, name);

    *out = STR_NONE;
    if (!v)
        return true;
    if (v->kind != VALUE_STRING || !issuer_is_safe_url(value_text(v)) || v->n > 2000)
        return false;
    *out = value_text(v);
    for (size_t i = 0; i < out->n; i++) /* it goes into a request as it is */
        if ((unsigned char)out->p[i] <= 0x20 || (unsigned char)out->p[i] >= 0x7f)
            return false;
    return true;
}

const char *
discovery_read(struct arena *a, struct str issuer, struct str text, struct discovery *out)
{
    struct value document;
    const struct value *name;

    if (text.n > DISCOVERY_MAX)
        return "it is too large";
    if (json_read(a, text, limits, &document, NULL) || document.kind != VALUE_OBJECT)
        return "it is no JSON object";
    name = value_get(&document, STR("issuer"));
    if (!name || name->kind != VALUE_STRING || !str_eq(value_text(name), issuer))
        return "it is another issuer's";
    if (!read_url(&document, STR("jwks_uri"), &out->jwks_uri))
        return "its `jwks_uri` is no https:// URL";
    if (!read_url(&document, STR("introspection_endpoint"), &out->introspection_endpoint))
        return "its `introspection_endpoint` is no https:// URL";
    return NULL;
}
