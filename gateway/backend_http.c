/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A backend that speaks plain HTTP: what its answer means. */
#include "gateway/backend_message.h"

struct reader {
    struct backend_call *c;
    struct arena *arena;
    struct fault *fault;
};

/* What a status of the backend means to the caller. Trouble with the gateway's own credentials,
 * or its use of the backend, is not the caller's. */
static unsigned
caller_status(const struct call *call, unsigned status)
{
    static const unsigned short passed[] = {400, 404, 405, 409, 410, 412, 422, 429, 503, 504};
    char text[8] = {(char)('0' + status / 100), (char)('0' + status / 10 % 10),
                    (char)('0' + status % 10)};
    unsigned mapped = backend_fault_status(call, str_of(text));

    if (mapped)
        return mapped;
    for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
        if (passed[i] == status)
            return status;
    return 502;
}

static enum fault_code
refused(struct reader *m, unsigned status)
{
    unsigned told = caller_status(m->c->call, status);
    enum fault_code code = fault_of_status(told);

    fault_set(m->fault, code, "%s",
              told == 404  ? "the backend has nothing of this name"
              : told < 500 ? "the backend refused this request"
                           : "the backend answered an error");
    m->fault->status = (uint16_t)told;
    fault_log(m->fault, "status %u", status);
    return code;
}

/* t: by which it is read; checked here only for a call whose answer no operation declares. */
static enum fault_code
read_body(struct reader *m, const struct upstream_response *r, const struct type *t, bool check,
          struct outcome *out)
{
    struct str type = header_value(r->headers, STR("content-type"));
    const struct codec *codec = codec_find(m->c->invocation->codecs, type);
    struct fault inner = {0};
    enum fault_code code;

    out->body = VALUE_OF(VALUE_ABSENT);
    if (!r->body.n)
        return FAULT_NONE;
    if (!codec) {
        fault_set(m->fault, FAULT_BACKEND_INVALID, "the backend's answer has an unknown form");
        fault_log(m->fault, "no codec for its content type");
        return FAULT_BACKEND_INVALID;
    }
    code = codec->read(codec, m->arena, r->body, t, &out->body, &inner);
    if (!code && check && t)
        code = type_validate(t, &out->body, TYPE_ANSWER, &inner);
    if (code == FAULT_MEMORY)
        return fault_set(m->fault, code, "out of memory");
    return code ? backend_refuse_answer(&inner, m->fault) : FAULT_NONE;
}

/* A Location below the backend's base becomes one below the contract's. */
static struct str
rewrite_location(struct reader *m, struct str location)
{
    const struct backend *b = m->c->call->backend;
    struct str base = m->c->invocation->operation->contract->base_path;

    for (unsigned i = 0; i < b->url_count; i++) {
        struct str url = b->urls[i];
        struct str authority = str_from(url, str_find(url, ':') + 3);
        struct str path = str_from(authority, str_find(authority, '/'));

        if (str_starts(location, url))
            return arena_printf(m->arena, "%.*s%.*s", STR_ARG(base),
                                STR_ARG(str_from(location, url.n)));
        if (location.n && location.p[0] == '/' && str_starts(location, path))
            return arena_printf(m->arena, "%.*s%.*s", STR_ARG(base),
                                STR_ARG(str_from(location, path.n)));
    }
    return location;
}

/* Of the backend's header fields, those that the contract declares for this answer; not its
 * correlator, as the gateway gives each answer its own. */
static enum fault_code
keep_headers(struct reader *m, const struct upstream_response *r, const struct answer *answer,
             struct outcome *out)
{
    out->headers = ARENA_ARRAY(m->arena, answer->header_count + 1, struct header);
    if (!out->headers)
        return fault_set(m->fault, FAULT_MEMORY, "out of memory");
    for (unsigned i = 0; i < answer->header_count; i++) {
        struct str name = answer->headers[i].name;
        const struct header *found = header_find(r->headers, name);

        if (!found || header_role(name) == HEADER_GATEWAY)
            continue;
        out->headers[out->header_count++] = (struct header){
            name, str_eq_nocase(name, STR("location")) ? rewrite_location(m, found->value)
                                                       : found->value};
    }
    return FAULT_NONE;
}

static enum fault_code
read_answer(struct reader *m, const struct upstream_response *r, struct outcome *out)
{
    const struct operation *o = m->c->invocation->operation;
    const struct answer *answer = operation_answer(o, r->status);
    const struct type *t = m->c->call->answer;
    enum fault_code code;

    if (r->status >= 300)
        return refused(m, r->status);
    out->status = (uint16_t)r->status;
    if (!m->c->call->same)
        return read_body(m, r, t, true, out);
    if (!answer || answer->status < 200)
        answer = o->success;
    if (!answer)
        return read_body(m, r, NULL, false, out);
    if (answer->status >= 200)
        out->status = answer->status;
    t = answer->media_count ? answer->media[0].type : NULL;
    code = read_body(m, r, t, false, out);
    return code ? code : keep_headers(m, r, answer, out);
}

enum fault_code
backend_http_call(struct backend_call *c, struct outcome *out, struct fault *f)
{
    struct reader m = {c, c->invocation->arena, f};
    struct upstream_response response = {0};
    struct backend_message message;
    enum fault_code code = backend_http_write(c, &message, f);

    if (!code)
        code = backend_message_send(&message, c, &response, f);
    backend_message_fini(&message);
    if (code)
        return code;
    c->status = response.status;
    return read_answer(&m, &response, out);
}
