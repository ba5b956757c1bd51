/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking a token apart. Limits come before memory is spent. */
#include "auth/jwt.h"

#include "auth/base64url.h"
#include "base/json.h"

/* Keycloak's role maps are 4 deep and some hundred values long. */
static const struct json_limits limits = {.depth = 16, .values = 2000};

#define TEXT_MAX 512

bool
jwt_is_plain(struct str text, size_t most)
{
    if (text.n > most)
        return false;
    for (size_t i = 0; i < text.n; i++)
        if ((uint8_t)text.p[i] < 0x20 || text.p[i] == 0x7f)
            return false;
    return true;
}

static enum reason
split(struct str token, struct str parts[3])
{
    struct str rest = token;

    if (token.n > JWT_MAX)
        return REASON_TOO_LONG;
    for (unsigned i = 0; i < 3; i++)
        if (!str_split(&rest, '.', &parts[i]))
            return REASON_NOT_THREE_PARTS;
    if (rest.p || parts[0].n == 0 || parts[1].n == 0)
        return REASON_NOT_THREE_PARTS;
    return parts[2].n == 0 ? REASON_EMPTY_SIGNATURE : REASON_NONE;
}

/* A part that must be a JSON object; `malformed` is what to say of it otherwise. */
static enum reason
read_object(struct arena *a, struct str part, enum reason malformed, struct value *out)
{
    struct str text;
    enum fault_code code;

    if (!base64url_decode_dup(a, part, &text))
        return REASON_NOT_BASE64URL;
    code = json_read(a, text, limits, out, NULL);
    if (code == FAULT_MEMORY)
        return REASON_OUT_OF_MEMORY;
    return code != FAULT_NONE || out->kind != VALUE_OBJECT ? malformed : REASON_NONE;
}

/* An optional text of the header: p == NULL when it is not there. */
static bool
header_text(const struct value *header, struct str name, struct str *out)
{
    const struct value *v = value_get(header, name);

    *out = STR_NONE;
    if (!v)
        return true;
    if (v->kind != VALUE_STRING)
        return false;
    *out = v->n ? value_text(v) : STR("");
    return jwt_is_plain(*out, TEXT_MAX);
}

/* RFC 7515 section 4.1.9: "application/" may be left out; case does not count. */
static struct str
without_application(struct str type)
{
    struct str prefix = STR("application/");

    return str_eq_nocase(str_head(type, prefix.n), prefix) ? str_from(type, prefix.n) : type;
}

static enum reason
read_header(struct jwt *out)
{
    if (value_get(&out->header, STR("crit")))
        return REASON_CRITICAL_HEADER;
    if (value_get(&out->header, STR("b64")))
        return REASON_UNENCODED_PAYLOAD;
    if (!header_text(&out->header, STR("alg"), &out->algorithm) || !out->algorithm.p ||
        !header_text(&out->header, STR("kid"), &out->key_id) ||
        !header_text(&out->header, STR("typ"), &out->type))
        return REASON_MALFORMED_HEADER_PART;
    if (out->type.p)
        out->type = without_application(out->type);
    return REASON_NONE;
}

enum reason
jwt_parse(struct arena *a, struct str token, struct jwt *out)
{
    struct str parts[3];
    enum reason r = split(token, parts);

    if (r != REASON_NONE)
        return r;
    out->signing_input = str_head(token, parts[0].n + 1 + parts[1].n);
    r = read_object(a, parts[0], REASON_MALFORMED_HEADER_PART, &out->header);
    if (r == REASON_NONE)
        r = read_header(out);
    if (r == REASON_NONE)
        r = read_object(a, parts[1], REASON_MALFORMED_PAYLOAD, &out->claims);
    if (r == REASON_NONE && !base64url_decode_dup(a, parts[2], &out->signature))
        r = REASON_NOT_BASE64URL;
    return r;
}
