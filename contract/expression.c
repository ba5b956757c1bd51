/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contract/expression.h"

struct parser {
    struct arena *arena;
    const struct expression_scope *scope;
    struct place at;
    struct report *report;
    struct str text; /* the whole expression, for messages */
    struct expression *out;
    bool is_text;
};

static bool
unknown(struct parser *p, const char *why)
{
    report_error(p->report, p->at, "%.*s %s", STR_ARG(p->text), why);
    return false;
}

/* How many parameters have that name there (place -1: anywhere); the last one becomes the source.
 */
static unsigned
from_parameter(struct parser *p, struct str name, int place)
{
    const struct operation *o = p->scope->names->operation;
    unsigned found = 0;

    for (unsigned i = 0; i < o->parameter_count; i++) {
        const struct parameter *parameter = &o->parameters[i];
        bool same = place == IN_HEADER ? str_eq_nocase(parameter->name, name)
                                       : str_eq(parameter->name, name);

        if (!same || (place >= 0 && parameter->place != place))
            continue;
        p->out->source = FROM_PARAMETER;
        p->out->index = i;
        p->out->type = parameter->type;
        found++;
    }
    return found;
}

static const struct type *
body_type(const struct operation *o)
{
    return o->body_count ? o->bodies[0].type : NULL;
}

/* $inputs.NAME: a parameter, else a member of the body. */
static bool
from_inputs(struct parser *p, struct str name)
{
    const struct operation *o = p->scope->names->operation;
    const struct type *type = NULL;
    unsigned found = from_parameter(p, name, -1);

    if (found > 1)
        return unknown(p, "names several parameters; write $request.path.NAME, $request.query.NAME "
                          "or $request.header.NAME");
    if (found)
        return true;
    if (!o->body_count || !expression_step(body_type(o), name, &type))
        return unknown(p, "names no parameter of the operation and no member of its body");
    p->out->source = FROM_BODY;
    p->out->tokens = ARENA_NEW(p->arena, struct str);
    if (!p->out->tokens)
        return unknown(p, "finds no memory");
    p->out->tokens[p->out->token_count++] = name;
    p->out->type = type;
    return true;
}

/* A source that is plain text, or a number: no pointer leads into it. */
static bool
from_text(struct parser *p, enum expression_source source, struct str name)
{
    p->out->source = source;
    p->out->name = name;
    p->is_text = true;
    return name.n || unknown(p, "lacks a name");
}

static bool
from_request(struct parser *p, struct str name)
{
    static const struct place_name {
        struct str prefix;
        int place;
    } places[] = {{{"path.", 5}, IN_PATH},
                  {{"query.", 6}, IN_QUERY},
                  {{"header.", 7}, IN_HEADER},
                  {{"cookie.", 7}, IN_COOKIE}};

    if (str_eq(name, STR("body"))) {
        p->out->source = FROM_BODY;
        p->out->type = body_type(p->scope->names->operation);
        return true;
    }
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        struct str rest = str_from(name, places[i].prefix.n);

        if (!str_starts(name, places[i].prefix))
            continue;
        if (from_parameter(p, rest, places[i].place))
            return true;
        if (places[i].place != IN_HEADER)
            return unknown(p, "names no parameter of the operation");
        return from_text(p, FROM_REQUEST_HEADER, rest);
    }
    return unknown(p, "is not known; $request has body, path.NAME, query.NAME, header.NAME and "
                      "cookie.NAME");
}

static bool
from_response(struct parser *p, struct str name)
{
    if (!p->scope->names->has_response)
        return unknown(p, "stands where there is no answer yet");
    if (str_eq(name, STR("body"))) {
        p->out->source = FROM_RESPONSE_BODY;
        p->out->type = p->scope->names->response;
        return true;
    }
    if (str_eq(name, STR("status")))
        return from_text(p, FROM_RESPONSE_STATUS, name);
    if (!str_starts(name, STR("header.")))
        return unknown(p, "is not known; $response has body, status and header.NAME");
    return from_text(p, FROM_RESPONSE_HEADER, str_from(name, 7));
}

static bool
from_call(struct parser *p, struct str name)
{
    const struct mapping_scope *names = p->scope->names;

    for (unsigned i = 0; i < names->call_count; i++) {
        if (!str_eq(names->calls[i].name, name))
            continue;
        p->out->source = FROM_CALL;
        p->out->index = i;
        p->out->type = names->calls[i].answer;
        return true;
    }
    return unknown(p, "names no entry of `calls`");
}

static bool
from_claims(struct parser *p, struct str name)
{
    p->out->source = FROM_CLAIM;
    p->out->name = name;
    return name.n || unknown(p, "lacks a name");
}

static bool
from_secret(struct parser *p, struct str name)
{
    const struct mapping_scope *names = p->scope->names;
    struct str secret = names->secret ? names->secret(names->secret_context, name) : STR_NONE;

    if (!secret.n)
        return unknown(p, "is not configured; add it under `secrets` in the configuration");
    return from_text(p, FROM_TEXT, secret);
}

static const struct root {
    struct str prefix;
    bool (*parse)(struct parser *p, struct str name);
} roots[] = {
    {{"$inputs.", 8}, from_inputs},      {{"$request.", 9}, from_request},
    {{"$response.", 10}, from_response}, {{"$calls.", 7}, from_call},
    {{"$claims.", 8}, from_claims},      {{"$secret.", 8}, from_secret},
};

static bool
parse_root(struct parser *p, struct str root)
{
    if (str_eq(root, STR("$item"))) {
        p->out->source = FROM_ITEM;
        p->out->type = p->scope->item;
        return p->scope->has_item || unknown(p, "stands outside of any $each");
    }
    for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++)
        if (str_starts(root, roots[i].prefix))
            return roots[i].parse(p, str_from(root, roots[i].prefix.n));
    return unknown(p, "is no expression; it starts with $inputs., $request., $response., $calls., "
                      "$item, $claims. or $secret. (write $$ for a plain $)");
}

/* ~1 is '/', ~0 is '~' (RFC 6901 section 4); false on any other, or when there is no memory. */
static bool
unescape(struct arena *a, struct str *token)
{
    size_t n = 0;
    char *p;

    if (str_find(*token, '~') == token->n)
        return true;
    p = arena_alloc(a, token->n);
    if (!p)
        return false;
    for (size_t i = 0; i < token->n; i++) {
        char c = token->p[i];

        if (c == '~') {
            char next = ++i < token->n ? token->p[i] : 0;

            if (next != '0' && next != '1')
                return false;
            c = next == '1' ? '/' : '~';
        }
        p[n++] = c;
    }
    *token = (struct str){p, n};
    return true;
}

/* Digits without zeros in front (RFC 6901 section 4). */
static bool
read_index(struct str token, uint64_t *index)
{
    return str_to_u64(token, index) && (token.n == 1 || token.p[0] != '0');
}

/* Of the type itself, else of one of its subtypes. */
static const struct field *
find_field(const struct type *t, struct str name)
{
    uint32_t hint = 0;
    const struct field *field = type_field(t, name, &hint);

    for (uint32_t i = 0; !field && i < t->variant_count; i++)
        field = type_field(t->variants[i].type, name, &hint);
    return field;
}

bool
expression_step(const struct type *t, struct str token, const struct type **out)
{
    const struct field *field;
    uint64_t index;

    *out = NULL;
    if (!t)
        return true;
    if ((t->kinds & TYPE_ARRAY) && read_index(token, &index)) {
        *out = t->items;
        return true;
    }
    if (!(t->kinds & TYPE_OBJECT))
        return false;
    field = find_field(t, token);
    *out = field ? field->type : t->additional;
    return field || t->additional || (!t->field_count && !t->closed);
}

static bool
parse_pointer(struct parser *p, struct str pointer)
{
    struct expression *e = p->out;
    unsigned n = e->token_count;
    struct str rest = str_from(pointer, 1), token;
    struct str *tokens;

    if (!pointer.n)
        return true;
    if (p->is_text)
        return unknown(p, "is text, which no pointer leads into; remove what follows the #");
    if (pointer.p[0] != '/')
        return unknown(p, "has a pointer that does not start with /");
    for (size_t i = 0; i < pointer.n; i++)
        n += pointer.p[i] == '/';
    tokens = ARENA_ARRAY(p->arena, n, struct str);
    if (!tokens)
        return unknown(p, "finds no memory");
    if (e->token_count)
        tokens[0] = e->tokens[0];
    e->tokens = tokens;
    if (!rest.p)
        rest = STR("");
    while (str_split(&rest, '/', &token)) {
        if (!unescape(p->arena, &token))
            return unknown(p, "has a ~ in its pointer that is neither ~0 nor ~1");
        if (!expression_step(e->type, token, &e->type)) {
            report_error(p->report, p->at,
                         "%.*s: \"%.*s\" is not there by the type; check its "
                         "spelling against the contract",
                         STR_ARG(p->text), STR_ARG(token));
            return false;
        }
        e->tokens[e->token_count++] = token;
    }
    return true;
}

bool
expression_parse(struct arena *a, struct str text, const struct expression_scope *scope,
                 struct place at, struct report *r, struct expression *out)
{
    struct parser p = {a, scope, at, r, text, out, false};
    size_t hash = str_find(text, '#');

    memset(out, 0, sizeof(*out));
    return parse_root(&p, str_head(text, hash)) && parse_pointer(&p, str_from(text, hash + 1));
}

static struct value
header_text(struct headers headers, struct str name)
{
    const struct header *header = header_find(headers, name);

    return header && str_is_utf8(header->value) ? value_string(header->value)
                                                : VALUE_OF(VALUE_ABSENT);
}

static struct value
source_value(const struct expression *e, const struct mapping_env *env, const struct value *item,
             struct arena *a)
{
    static const struct value absent;
    const struct value *v = &absent;

    switch (e->source) {
    case FROM_PARAMETER: v = &env->inputs->parameters[e->index]; break;
    case FROM_BODY: v = &env->inputs->body; break;
    case FROM_RESPONSE_BODY: v = &env->response->body; break;
    case FROM_CALL: v = &env->calls[e->index].body; break;
    case FROM_ITEM: v = item; break;
    case FROM_CLAIM: v = env->claims ? value_get(env->claims, e->name) : NULL; break;
    case FROM_REQUEST_HEADER: return header_text(env->request_headers, e->name);
    case FROM_RESPONSE_HEADER:
        return header_text((struct headers){env->response->headers, env->response->header_count},
                           e->name);
    case FROM_RESPONSE_STATUS: return value_integer(a, env->response->status);
    case FROM_TEXT: return value_string(e->name);
    }
    return v ? *v : absent;
}

static const struct value *
step(const struct value *v, struct str token)
{
    uint64_t index;

    if (v->kind == VALUE_ARRAY)
        return read_index(token, &index) && index < v->n ? &v->items[index] : NULL;
    return value_get(v, token);
}

struct value
expression_eval(const struct expression *e, const struct mapping_env *env, const struct value *item,
                struct arena *a)
{
    struct value source = source_value(e, env, item, a);
    const struct value *v = &source;

    for (unsigned i = 0; v && i < e->token_count; i++)
        v = step(v, e->tokens[i]);
    return v ? *v : VALUE_OF(VALUE_ABSENT);
}
