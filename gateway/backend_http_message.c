/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is sent to a backend that speaks plain HTTP. */
#include "base/uri.h"
#include "contract/scalar.h"
#include "gateway/backend_message.h"
#include "gateway/segment.h"
#include "rest/parameter.h"

enum { TARGET_MAX = 32768, BODY_MAX = 64 << 20 };

struct writer {
    const struct backend_call *c;
    struct arena *arena;
    struct fault *fault;
    struct backend_message *out;
    struct str media; /* of the body; empty: none */
};

static enum fault_code
no_memory(struct writer *w)
{
    return fault_set(w->fault, FAULT_MEMORY, "out of memory");
}

static void
put_header(struct writer *w, struct str name, struct str value)
{
    if (w->out->header_count < BACKEND_HEADERS_MAX)
        w->out->headers[w->out->header_count++] = (struct header){name, value};
}

/* --- the operation's own method, path and names --- */

static int
find_parameter(const struct operation *o, struct str name, enum parameter_place place)
{
    for (unsigned i = 0; i < o->parameter_count; i++)
        if (o->parameters[i].place == place && str_eq(o->parameters[i].name, name))
            return (int)i;
    return -1;
}

static enum fault_code
put_path_parameter(struct writer *w, struct str name)
{
    const struct operation *o = w->c->invocation->operation;
    int index = find_parameter(o, name, IN_PATH);
    const struct value *v = index < 0 ? NULL : &w->c->invocation->inputs->parameters[index];
    size_t begin = w->out->target.n;
    struct str text;

    if (!v)
        return FAULT_NONE;
    parameter_write_text(&w->out->target, &o->parameters[index], v);
    text = str_from(buf_view(&w->out->target), begin);
    if (uri_decode(w->arena, text, false, &text) && segment_is_safe(text))
        return FAULT_NONE;
    return fault_set(w->fault, FAULT_INVALID_PARAMETER,
                     "parameter \"%.*s\" can not name a resource", STR_ARG(name));
}

static enum fault_code
put_same_path(struct writer *w)
{
    struct str rest = w->c->invocation->operation->path;
    enum fault_code code = FAULT_NONE;

    while (rest.n && !code) {
        size_t open = str_find(rest, '{'), close = str_find(rest, '}');

        buf_str(&w->out->target, str_head(rest, open));
        if (open < close && close < rest.n)
            code = put_path_parameter(w, (struct str){rest.p + open + 1, close - open - 1});
        rest = close < rest.n ? str_from(rest, close + 1) : STR_NONE;
    }
    return code;
}

/* A caller's value must never end its field. */
static enum fault_code
put_checked(struct writer *w, struct str name, struct str value)
{
    for (size_t i = 0; i < value.n; i++)
        if (((unsigned char)value.p[i] < ' ' && value.p[i] != '\t') || value.p[i] == 127)
            return fault_set(w->fault, FAULT_INVALID_PARAMETER,
                             "the value for header field \"%.*s\" holds a control character",
                             STR_ARG(name));
    put_header(w, name, value);
    return FAULT_NONE;
}

static enum fault_code
put_same_header(struct writer *w, const struct parameter *p, const struct value *v)
{
    enum fault_code code;
    struct buf text;

    buf_init(&text, 8192);
    parameter_write_text(&text, p, v);
    code =
        text.failed ? no_memory(w) : put_checked(w, p->name, arena_dup(w->arena, buf_view(&text)));
    buf_fini(&text);
    return code;
}

static enum fault_code
put_same_parameters(struct writer *w)
{
    const struct operation *o = w->c->invocation->operation;
    bool first = true;
    enum fault_code code = FAULT_NONE;

    for (unsigned i = 0; !code && i < o->parameter_count; i++) {
        const struct parameter *p = &o->parameters[i];
        const struct value *v = &w->c->invocation->inputs->parameters[i];

        if (v->kind == VALUE_ABSENT)
            continue;
        if (p->place == IN_QUERY)
            parameter_write_query(&w->out->target, p, v, &first);
        else if (p->place == IN_HEADER && !str_eq_nocase(p->name, STR("x-correlator")))
            code = put_same_header(w, p, v);
    }
    return code;
}

/* --- a method, path and mappings of its own --- */

static enum fault_code
put_path_value(struct writer *w, const struct mapping *mapping)
{
    struct value v;
    struct str text;
    enum fault_code code = mapping_eval(mapping, w->c->env, w->arena, &v, w->fault);

    if (code)
        return code;
    text = scalar_text(&v);
    if (!segment_is_safe(text))
        return fault_set(w->fault, FAULT_INVALID_PARAMETER,
                         "a value that names the resource is missing, empty, or only dots");
    uri_encode(&w->out->target, text);
    return FAULT_NONE;
}

static enum fault_code
put_mapped_path(struct writer *w)
{
    const struct call *call = w->c->call;
    enum fault_code code = FAULT_NONE;

    for (unsigned i = 0; !code && i < call->path_count; i++) {
        buf_str(&w->out->target, call->path[i].text);
        if (call->path[i].value)
            code = put_path_value(w, call->path[i].value);
    }
    return code;
}

static enum fault_code
put_mapped_query(struct writer *w)
{
    struct value query;
    bool first = true;
    enum fault_code code;

    if (!w->c->call->query)
        return FAULT_NONE;
    code = mapping_eval(w->c->call->query, w->c->env, w->arena, &query, w->fault);
    for (uint32_t i = 0; !code && query.kind == VALUE_OBJECT && i < query.n; i++) {
        struct parameter p = {
            .name = query.members[i].name, .place = IN_QUERY, .style = STYLE_FORM, .explode = true};

        parameter_write_query(&w->out->target, &p, &query.members[i].value, &first);
    }
    return code;
}

static enum fault_code
put_mapped_headers(struct writer *w)
{
    struct value fields;
    enum fault_code code;

    if (!w->c->call->headers)
        return FAULT_NONE;
    code = mapping_eval(w->c->call->headers, w->c->env, w->arena, &fields, w->fault);
    for (uint32_t i = 0; !code && fields.kind == VALUE_OBJECT && i < fields.n; i++)
        code = put_checked(w, fields.members[i].name, scalar_text(&fields.members[i].value));
    return code;
}

/* --- both --- */

/* What the caller sent has passed its own type; what does not fit the backend's is the contract's
 * mistake, or a value that the form has no words for. */
static enum fault_code
write_body(struct writer *w, const struct value *body, const struct type *t)
{
    const struct codec *codec = codec_find(w->c->invocation->codecs, w->media);
    struct fault inner = {0};
    enum fault_code code = FAULT_NONE;

    if (!codec)
        return fault_set(w->fault, FAULT_UNSUPPORTED_MEDIA_TYPE, "%.*s can not be written here",
                         STR_ARG(w->media));
    if (w->c->call->body)
        code = type_validate(w->c->call->body, body, TYPE_REQUEST, &inner);
    if (!code)
        code = codec->write(codec, &w->out->body, body, t, &inner);
    if (code != FAULT_INVALID_VALUE) {
        *w->fault = code ? inner : *w->fault;
        return code;
    }
    fault_set(w->fault, FAULT_UNPROCESSABLE, "the backend does not take these values: %s",
              inner.detail);
    fault_log(w->fault, "body at \"%s\"", inner.pointer);
    return FAULT_UNPROCESSABLE;
}

static enum fault_code
put_body(struct writer *w)
{
    const struct invocation *i = w->c->invocation;
    const struct call *call = w->c->call;
    const struct media *own = call->same ? call_body(i->operation, call) : NULL;
    struct value body = call->same ? i->inputs->body : VALUE_OF(VALUE_ABSENT);
    enum fault_code code = FAULT_NONE;

    if (call->request)
        code = mapping_eval(call->request, w->c->env, w->arena, &body, w->fault);
    if (code || body.kind == VALUE_ABSENT)
        return code;
    w->media = call->backend->media.n ? call->backend->media
               : own                  ? own->name
                                      : STR("application/json");
    return write_body(w, &body, own ? own->type : call->body);
}

/* What the backend speaks; else, where the answer goes to the caller as it is, a form that the
 * contract has for it: JSON, if that is one. */
static struct str
accepted(const struct writer *w)
{
    const struct invocation *i = w->c->invocation;
    const struct answer *answer = w->c->call->same ? i->operation->success : NULL;
    struct str found = STR_NONE;

    if (w->c->call->backend->media.n)
        return w->c->call->backend->media;
    for (unsigned k = 0; answer && k < answer->media_count; k++) {
        if (media_is_json(media_essence(answer->media[k].name)))
            return answer->media[k].name;
        if (!found.n && codec_find(i->codecs, answer->media[k].name))
            found = answer->media[k].name;
    }
    return found.n ? found : STR("application/json");
}

/* A field that the contract maps itself stands in the place of the gateway's. */
static void
put_own(struct writer *w, struct str name, struct str value)
{
    struct headers mapped = {w->out->headers, w->out->header_count};

    if (value.n && !header_find(mapped, name))
        put_header(w, name, value);
}

static enum fault_code
write_message(struct writer *w)
{
    enum fault_code code;

    if (w->c->call->same) {
        code = put_same_path(w);
        if (!code)
            code = put_same_parameters(w);
    } else {
        code = put_mapped_path(w);
        if (!code)
            code = put_mapped_query(w);
    }
    if (!code)
        code = put_mapped_headers(w);
    if (!code)
        code = put_body(w);
    if (!code && w->out->target.failed)
        code = no_memory(w);
    put_own(w, STR("Content-Type"), w->media);
    put_own(w, STR("Accept"), accepted(w));
    put_own(w, STR("Authorization"), w->c->call->backend->authorization);
    put_own(w, STR("X-Correlator"), w->c->invocation->correlator);
    return code;
}

enum fault_code
backend_http_write(const struct backend_call *c, struct backend_message *out, struct fault *f)
{
    struct writer w = {.c = c, .arena = c->invocation->arena, .fault = f, .out = out};
    enum fault_code code;

    memset(out, 0, sizeof(*out));
    buf_init(&out->target, TARGET_MAX);
    buf_init(&out->body, BODY_MAX);
    out->method = c->call->same ? c->invocation->operation->method : c->call->method;
    code = write_message(&w);
    out->has_body = w.media.n > 0;
    return code;
}
