/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graphql/request.h"

#include "base/json.h"
#include "contract/codec.h"

#define MEDIA_GRAPHQL STR("application/graphql-response+json")
#define MEDIA_JSON    STR("application/json")

/* --- media types --- */

/* "0.5" -> 500; RFC 9110 section 12.4.2. */
static unsigned
quality(struct str parameters)
{
    struct str part;

    while (str_split(&parameters, ';', &part)) {
        unsigned q = 0, unit = 1000;

        part = str_trim(part);
        if (part.n < 3 || (part.p[0] | 0x20) != 'q' || part.p[1] != '=')
            continue;
        for (size_t i = 2; i < part.n && unit; i++) {
            if (part.p[i] == '.')
                continue;
            if (part.p[i] < '0' || part.p[i] > '9')
                return 0;
            q += (unsigned)(part.p[i] - '0') * unit;
            unit /= 10;
        }
        return q > 1000 ? 1000 : q;
    }
    return 1000;
}

/* Of one media type in Accept: the most specific range counts. */
static unsigned
accepted(struct str accept, struct str media, bool *named)
{
    unsigned best = 0, rank = 0;
    struct str range;

    while (str_split(&accept, ',', &range)) {
        struct str essence = media_essence(str_trim(range));
        unsigned level = 0;

        if (str_eq_nocase(essence, media))
            level = 3;
        else if (str_eq_nocase(essence, STR("application/*")))
            level = 2;
        else if (str_eq(essence, STR("*/*")))
            level = 1;
        if (level <= rank)
            continue;
        rank = level;
        best = quality(str_from(range, str_find(range, ';') + 1));
    }
    *named = rank == 3;
    return best;
}

struct str
request_media(const struct face_request *q)
{
    struct str accept = header_value(q->headers, STR("accept"));
    bool named, other;
    unsigned graphql, json;

    if (!accept.n)
        return MEDIA_JSON;
    graphql = accepted(accept, MEDIA_GRAPHQL, &named);
    json = accepted(accept, MEDIA_JSON, &other);
    if (graphql && (graphql > json || (graphql == json && named)))
        return MEDIA_GRAPHQL;
    return json ? MEDIA_JSON : STR_NONE;
}

bool
request_is_json(const struct face_request *q)
{
    struct str type = header_value(q->headers, STR("content-type")), part;
    struct str rest = str_from(type, str_find(type, ';') + 1);

    if (!str_eq_nocase(str_trim(media_essence(type)), MEDIA_JSON))
        return false;
    while (str_split(&rest, ';', &part)) {
        part = str_trim(part);
        if (str_eq_nocase(str_head(part, 8), STR("charset=")) &&
            !str_eq_nocase(str_from(part, 8), STR("utf-8")) &&
            !str_eq_nocase(str_from(part, 8), STR("\"utf-8\"")))
            return false;
    }
    return true;
}

/* --- the query string of a GET --- */

/* A form's encoding, line ends allowed. */
static bool
decode(struct arena *a, struct str raw, struct str *out)
{
    char *text = arena_alloc(a, raw.n + 1), *to = text;

    for (size_t i = 0; text && i < raw.n; i++) {
        if (raw.p[i] == '+') {
            *to++ = ' ';
        } else if (raw.p[i] != '%') {
            *to++ = raw.p[i];
        } else {
            if (raw.n - i < 3 || str_hex_digit(raw.p[i + 1]) < 0 || str_hex_digit(raw.p[i + 2]) < 0)
                return false;
            *to++ = (char)(str_hex_digit(raw.p[i + 1]) << 4 | str_hex_digit(raw.p[i + 2]));
            i += 2;
        }
    }
    *out = (struct str){text, text ? (size_t)(to - text) : 0};
    return text && str_is_utf8(*out);
}

/* A string member, or an object as JSON text. */
static bool
add_parameter(struct arena *a, struct value *object, struct str name, struct str text)
{
    bool tree = str_eq(name, STR("variables")) || str_eq(name, STR("extensions"));
    struct value v = value_string(text);
    struct fault f;

    if (tree && !text.n)
        return true;
    if (tree && json_read(a, text, JSON_LIMITS_DEFAULT, &v, &f))
        return false;
    return value_add(a, object, name, v) == FAULT_NONE;
}

static bool
read_query_string(struct arena *a, struct str query, struct value *out, struct errors *errors)
{
    struct str pair, name, text;

    *out = VALUE_OF(VALUE_OBJECT);
    while (query.n && str_split(&query, '&', &pair)) {
        size_t at = str_find(pair, '=');

        if (!decode(a, str_head(pair, at), &name) || !decode(a, str_from(pair, at + 1), &text) ||
            !add_parameter(a, out, name, text)) {
            errors_add(errors, (struct location){0}, "BAD_REQUEST",
                       "The query string can not be read.");
            return false;
        }
    }
    return true;
}

/* --- the members --- */

static bool
wrong(struct errors *errors, const char *text)
{
    errors_add(errors, (struct location){0}, "BAD_REQUEST", "%s", text);
    return false;
}

static bool
read_members(const struct value *v, struct graphql_request *out, struct errors *errors)
{
    const struct value *document = value_get(v, STR("query"));
    const struct value *id = value_get(v, STR("documentId"));
    const struct value *operation = value_get(v, STR("operationName"));
    const struct value *variables = value_get(v, STR("variables"));
    const struct value *extensions = value_get(v, STR("extensions"));

    if (v->kind != VALUE_OBJECT)
        return wrong(errors, "A request is one JSON object; lists of them are not taken.");
    if (document && id)
        return wrong(errors, "A request has `query` or `documentId`, not both.");
    if (!id && (!document || document->kind != VALUE_STRING))
        return wrong(errors, "The request has no text `query`.");
    if (id && id->kind != VALUE_STRING)
        return wrong(errors, "`documentId` is text.");
    if (operation && operation->kind != VALUE_STRING && operation->kind != VALUE_NULL)
        return wrong(errors, "`operationName` is text.");
    if (variables && variables->kind != VALUE_OBJECT && variables->kind != VALUE_NULL)
        return wrong(errors, "`variables` is an object.");
    if (extensions && extensions->kind != VALUE_OBJECT && extensions->kind != VALUE_NULL)
        return wrong(errors, "`extensions` is an object.");
    out->by_id = id != NULL;
    if (id)
        out->id = value_text(id);
    else
        out->document = value_text(document);
    if (operation && operation->kind == VALUE_STRING)
        out->operation = value_text(operation);
    if (variables)
        out->variables = *variables;
    return true;
}

bool
request_read(struct arena *a, const struct face_request *q, struct graphql_request *out,
             struct errors *errors)
{
    struct value v;
    struct fault f;

    *out = (struct graphql_request){.variables = VALUE_OF(VALUE_NULL)};
    if (!str_eq(q->method, STR("POST")))
        return read_query_string(a, q->query, &v, errors) && read_members(&v, out, errors);
    if (!q->body.n)
        return wrong(errors, "The request has no body.");
    if (json_read(a, q->body, JSON_LIMITS_DEFAULT, &v, &f))
        return wrong(errors, f.detail);
    return read_members(&v, out, errors);
}
