/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `telgate explain OPERATION`: every message of an operation, written by the code that writes them
 * when it runs. What nobody gives is sampled: the inputs, and the answers of backends. Nothing is
 * sent. Secrets are not shown.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "contract/sample.h"
#include "gateway/backend_message.h"
#include "gateway/command.h"
#include "gateway/explain.h"
#include "gateway/pretty.h"
#include "gateway/session.h"
#include "rest/parameter.h"
#include "rest/rest.h"

enum { SECRET_LEAST = 4 };

/* --- printing --- */

static void
put_field(struct explanation *e, struct str name, struct str value)
{
    buf_printf(&e->text, "  %.*s: ", STR_ARG(name));
    if (str_eq_nocase(name, STR("authorization")))
        buf_printf(&e->text, "%.*s ***\n", STR_ARG(str_head(value, str_find(value, ' '))));
    else
        buf_printf(&e->text, "%.*s\n", STR_ARG(value));
}

/* Each line of the body indented like the fields. */
static void
put_body(struct explanation *e, struct str media, struct str body)
{
    struct str essence = media_essence(media), line, rest;
    struct buf pretty;

    buf_init(&pretty, EXPLAIN_TEXT_MAX);
    if (str_ends(essence, STR("json")))
        pretty_json(&pretty, body);
    else if (str_ends(essence, STR("xml")))
        pretty_xml(&pretty, body);
    else
        buf_str(&pretty, body);
    rest = buf_view(&pretty);
    buf_put_char(&e->text, '\n');
    while (str_split(&rest, '\n', &line))
        buf_printf(&e->text, "  %.*s\n", STR_ARG(line));
    buf_fini(&pretty);
}

void
explain_put_fault(struct explanation *e, const char *what)
{
    buf_printf(&e->text, "  %s: %s%s%s\n", what, e->fault.pointer, e->fault.pointer[0] ? ": " : "",
               e->fault.detail);
}

static void
put_security(struct explanation *e)
{
    const struct operation *o = e->operation;

    if (!o->security_count)
        buf_str(&e->text, STR("  token: none, the operation is open\n"));
    for (unsigned i = 0; i < o->security_count; i++) {
        const struct security *s = &o->security[i];

        buf_printf(&e->text, "  %s", i ? "or a token" : "token");
        buf_str(&e->text, s->scope_count ? STR(" with scope") : STR(": any that is valid"));
        for (unsigned k = 0; k < s->scope_count; k++)
            buf_printf(&e->text, "%s %.*s", k ? "," : "", STR_ARG(s->scopes[k]));
        buf_put_char(&e->text, '\n');
    }
}

static void
put_head(struct explanation *e)
{
    const struct operation *o = e->operation;

    buf_printf(&e->text, "%.*s: %.*s %.*s%.*s\n", STR_ARG(o->id), STR_ARG(o->method),
               STR_ARG(o->contract->base_path), STR_ARG(o->path));
    if (o->summary.n)
        buf_printf(&e->text, "  %.*s\n", STR_ARG(o->summary));
    buf_printf(&e->text, "  contract: %.*s\n", STR_ARG(o->contract->name));
    put_security(e);
    buf_printf(&e->text, "  time: %lld ms\n", (long long)(o->timeout_us / 1000));
}

/* --- the caller's request --- */

static struct str
take(struct explanation *e, struct buf *b)
{
    struct str s = arena_dup(e->arena, buf_view(b));

    buf_fini(b);
    return s;
}

/* Raw arguments by path parameter, and the path with them in it. */
static void
write_path(struct explanation *e, struct str *arguments)
{
    const struct operation *o = e->operation;
    struct str rest = o->path;
    struct buf path;

    buf_init(&path, EXPLAIN_TEXT_MAX);
    buf_str(&path, o->contract->base_path);
    while (rest.n) {
        size_t open = str_find(rest, '{'), close = str_find(rest, '}');
        struct str name = open < close ? str_from(str_head(rest, close), open + 1) : STR_NONE;

        buf_str(&path, str_head(rest, open));
        for (unsigned i = 0, n = 0; i < o->parameter_count; i++) {
            struct buf text;

            if (o->parameters[i].place != IN_PATH)
                continue;
            n++;
            if (!str_eq(o->parameters[i].name, name))
                continue;
            buf_init(&text, EXPLAIN_TEXT_MAX);
            parameter_write_text(&text, &o->parameters[i], &e->inputs.parameters[i]);
            arguments[n - 1] = take(e, &text);
            buf_str(&path, arguments[n - 1]);
        }
        rest = close < rest.n ? str_from(rest, close + 1) : STR_NONE;
    }
    e->request.path = take(e, &path);
}

static void
write_parameters(struct explanation *e, struct header *headers)
{
    const struct operation *o = e->operation;
    struct buf query;
    bool first = true;

    buf_init(&query, EXPLAIN_TEXT_MAX);
    for (unsigned i = 0; i < o->parameter_count; i++) {
        const struct parameter *p = &o->parameters[i];
        const struct value *v = &e->inputs.parameters[i];
        struct buf text;

        if (v->kind == VALUE_ABSENT || p->place == IN_PATH)
            continue;
        if (p->place == IN_QUERY) {
            parameter_write_query(&query, p, v, &first);
            continue;
        }
        buf_init(&text, EXPLAIN_TEXT_MAX);
        if (p->place == IN_COOKIE)
            buf_printf(&text, "%.*s=", STR_ARG(p->name));
        parameter_write_text(&text, p, v);
        headers[e->request.headers.n++] =
            (struct header){p->place == IN_COOKIE ? STR("Cookie") : p->name, take(e, &text)};
    }
    e->request.query = str_from(take(e, &query), 1);
}

static void
write_body(struct explanation *e, struct header *headers)
{
    const struct operation *o = e->operation;
    const struct media *media = o->body_count ? &o->bodies[0] : NULL;
    const struct codec *codec = media ? codec_find(e->snapshot->codecs, media->name) : NULL;
    struct fault f = {0};
    struct buf body;

    if (!codec || e->inputs.body.kind == VALUE_ABSENT)
        return;
    buf_init(&body, EXPLAIN_TEXT_MAX);
    if (codec->write(codec, &body, &e->inputs.body, media->type, &f))
        body.n = 0;
    e->request.body = take(e, &body);
    headers[e->request.headers.n++] = (struct header){STR("Content-Type"), media->name};
}

void
explain_put_request(struct explanation *e, const char *by, const struct face_request *q)
{
    buf_printf(&e->text, "\nThe caller sends%s\n\n  %.*s %.*s%s%.*s HTTP/1.1\n  Host: %.*s\n", by,
               STR_ARG(q->method), STR_ARG(q->path), q->query.n ? "?" : "", STR_ARG(q->query),
               STR_ARG(e->snapshot->config->listen));
    if (e->operation->security_count)
        put_field(e, STR("Authorization"), STR("Bearer token"));
    for (unsigned i = 0; i < q->headers.n; i++)
        put_field(e, q->headers.items[i].name, q->headers.items[i].value);
    if (q->body.n)
        put_body(e, header_value(q->headers, STR("content-type")), q->body);
}

void
explain_put_answer(struct explanation *e, const struct face_answer *answer)
{
    buf_printf(&e->text, "\nThe caller gets\n\n  HTTP/1.1 %u\n", answer->status);
    for (unsigned i = 0; i < answer->header_count; i++)
        put_field(e, answer->headers[i].name, answer->headers[i].value);
    if (answer->body.n)
        put_body(e,
                 header_value((struct headers){answer->headers, answer->header_count},
                              STR("content-type")),
                 buf_view(&answer->body));
}

/* Writes the request, and reads it as the gateway would. */
static bool
explain_request(struct explanation *e)
{
    const struct operation *o = e->operation;
    struct header *headers = ARENA_ARRAY(e->arena, o->parameter_count + 2, struct header);
    struct str *arguments = ARENA_ARRAY(e->arena, o->parameter_count + 1, struct str);
    struct face_answer refusal = {0};

    if (!headers || !arguments)
        return false;
    e->request = (struct face_request){.operation = o,
                                       .method = o->method,
                                       .headers = {headers, 0},
                                       .path_arguments = arguments,
                                       .codecs = e->snapshot->codecs,
                                       .errors = o->errors,
                                       .correlator = STR("REQUEST-ID")};
    write_path(e, arguments);
    write_parameters(e, headers);
    write_body(e, headers);
    explain_put_request(e, "", &e->request);
    if (!rest_face.negotiate(&e->request, &e->fault) &&
        !rest_face.read(&e->request, e->arena, &e->inputs, &e->fault))
        return true;
    buf_init(&refusal.body, EXPLAIN_TEXT_MAX);
    rest_face.refuse(&e->request, &e->fault, e->arena, &refusal);
    explain_put_answer(e, &refusal);
    buf_fini(&refusal.body);
    return false;
}

/* --- the backends --- */

static void
put_message(struct explanation *e, const struct call *call, const struct backend_message *m)
{
    const struct backend *b = call->backend;

    buf_printf(&e->text, "  %.*s %.*s%.*s\n", STR_ARG(m->method), STR_ARG(b->urls[0]),
               STR_ARG(buf_view(&m->target)));
    if (b->url_count > 1)
        buf_printf(&e->text, "  (or one of %u more addresses)\n", b->url_count - 1);
    for (unsigned i = 0; i < m->header_count; i++)
        put_field(e, m->headers[i].name, m->headers[i].value);
    if (m->has_body)
        put_body(e,
                 header_value((struct headers){m->headers, m->header_count}, STR("content-type")),
                 buf_view(&m->body));
}

static enum fault_code
sample_call(struct explanation *e, const struct call *call, struct outcome *out)
{
    out->status = 200;
    out->body = VALUE_OF(VALUE_ABSENT);
    if (call->same && !e->operation->binding->response)
        return sample_answer(e->arena, e->operation, &out->body);
    return call->answer ? sample_value(e->arena, call->answer, TYPE_ANSWER, &out->body)
                        : FAULT_NONE;
}

static void
explain_call(struct explanation *e, const struct call *call, struct outcome *out)
{
    struct backend_call c = {.invocation = &e->invocation, .call = call, .env = &e->env};
    struct backend_message message;

    buf_printf(&e->text, "\nThe gateway sends to %.*s", STR_ARG(call->backend->name));
    if (call->name.n)
        buf_printf(&e->text, ", for `%.*s`%s", STR_ARG(call->name),
                   call->optional ? " (optional)" : "");
    if (call->needs)
        buf_str(&e->text, STR(", once what it refers to is there"));
    buf_str(&e->text, STR("\n\n"));
    if (backend_message_write(&c, &message, &e->fault))
        explain_put_fault(e, "this can not be shown with these values");
    else
        put_message(e, call, &message);
    backend_message_fini(&message);
    if (sample_call(e, call, out))
        e->text.failed = true;
}

static void
explain_calls(struct explanation *e)
{
    const struct binding *b = e->operation->binding;
    uint32_t done = 0, before = 1;

    while (done != before) { /* those first whose needs are there */
        before = done;
        for (unsigned i = 0; i < b->call_count; i++) {
            if ((done >> i & 1) || (b->calls[i].needs & ~done))
                continue;
            explain_call(e, &b->calls[i], &e->answers[i]);
            done |= UINT32_C(1) << i;
        }
    }
}

/* --- the answer --- */

/* Where a call's answer has no type, the mapping has nothing to go by: the operation's own sample
 * is shown instead. */
static bool
knows_answers(const struct binding *b)
{
    for (unsigned i = 0; i < b->call_count; i++)
        if (!b->calls[i].answer)
            return false;
    return true;
}

static enum fault_code
find_outcome(struct explanation *e, struct outcome *out)
{
    const struct operation *o = e->operation;
    const struct binding *b = o->binding;
    struct fault inner;

    *out = e->answers[0];
    out->status = o->success && o->success->status >= 200 ? o->success->status : 200;
    if (!o->success || !o->success->media_count)
        out->body = VALUE_OF(VALUE_ABSENT);
    if (!b->response || out->body.kind == VALUE_ABSENT)
        return b->response ? sample_answer(e->arena, o, &out->body) : FAULT_NONE;
    e->env.response = &e->answers[0];
    if (knows_answers(b) && mapping_eval(b->response, &e->env, e->arena, &out->body, &e->fault))
        return e->fault.code;
    if (knows_answers(b) &&
        (!o->success->media[0].type ||
         !type_validate(o->success->media[0].type, &out->body, TYPE_ANSWER, &inner)))
        return FAULT_NONE;
    return sample_answer(e->arena, o, &out->body);
}

static void
explain_answer(struct explanation *e)
{
    struct face_answer answer = {0};

    buf_init(&answer.body, EXPLAIN_TEXT_MAX);
    if (find_outcome(e, &e->outcome) ||
        rest_face.write(&e->request, &e->outcome, e->arena, &answer, &e->fault))
        explain_put_fault(e, "the answer can not be shown");
    else
        explain_put_answer(e, &answer);
    buf_fini(&answer.body);
}

/* --- the whole --- */

/* Every secret of the configuration as ***. */
static void
print_masked(struct explanation *e)
{
    const struct config *config = e->snapshot->config;
    struct config_secrets secrets = {config, e->arena};
    struct str text = buf_view(&e->text);
    const cJSON *list = config->secrets;

    for (size_t i = 0; i < text.n;) {
        size_t hidden = 0;

        for (const cJSON *node = list ? list->child : NULL; node; node = node->next) {
            struct str secret = config_secret(&secrets, str_of(node->string));

            if (secret.n >= SECRET_LEAST && secret.n > hidden &&
                str_starts(str_from(text, i), secret))
                hidden = secret.n;
        }
        if (hidden)
            fputs("***", stdout);
        else
            putchar(text.p[i]);
        i += hidden ? hidden : 1;
    }
}

static bool
read_input(struct explanation *e, const char *text)
{
    const struct operation *o = e->operation;
    struct value v;

    if (json_read(e->arena, str_of(text), JSON_LIMITS_DEFAULT, &v, &e->fault) ||
        v.kind != VALUE_OBJECT) {
        fprintf(stderr, "--input is no JSON object: %s\n", e->fault.detail);
        return false;
    }
    for (unsigned i = 0; i < o->parameter_count; i++)
        e->inputs.parameters[i] = VALUE_OF(VALUE_ABSENT);
    e->inputs.body = VALUE_OF(VALUE_ABSENT);
    for (uint32_t i = 0; i < v.n; i++) {
        int index = operation_parameter(o, v.members[i].name);

        if (index >= 0) {
            e->inputs.parameters[index] = v.members[i].value;
        } else if (str_eq(v.members[i].name, STR("body"))) {
            e->inputs.body = v.members[i].value;
        } else {
            fprintf(stderr, "--input: operation %.*s has no parameter \"%.*s\"\n", STR_ARG(o->id),
                    STR_ARG(v.members[i].name));
            return false;
        }
    }
    return true;
}

static bool
prepare(struct explanation *e, const char *input)
{
    const struct binding *b = e->operation->binding;

    e->answers = ARENA_ARRAY(e->arena, b->call_count + 1, struct outcome);
    if (!e->answers || sample_inputs(e->arena, e->operation, &e->inputs))
        return false;
    if (json_read(e->arena, STR("{\"sub\":\"client\",\"client_id\":\"client\"}"),
                  JSON_LIMITS_DEFAULT, &e->claims, &e->fault))
        return false;
    e->env = (struct mapping_env){.inputs = &e->inputs, .calls = e->answers, .claims = &e->claims};
    e->invocation = (struct invocation){.arena = e->arena,
                                        .operation = e->operation,
                                        .inputs = &e->inputs,
                                        .claims = &e->claims,
                                        .correlator = STR("REQUEST-ID"),
                                        .codecs = e->snapshot->codecs};
    return !input || read_input(e, input);
}

static int
explain(const struct snapshot *s, struct arena *a, const char *id, const char *input)
{
    struct explanation e = {
        .snapshot = s, .arena = a, .operation = snapshot_operation(s, str_of(id))};
    bool good;

    if (!e.operation) {
        fprintf(stderr, "no contract has an operation \"%s\"\n", id);
        return 1;
    }
    if (!prepare(&e, input))
        return 1;
    buf_init(&e.text, EXPLAIN_TEXT_MAX);
    put_head(&e);
    good = explain_request(&e);
    e.env.request_headers = e.invocation.request_headers = e.request.headers;
    if (good && e.operation->binding->proxy) {
        buf_printf(&e.text, "\nThe gateway passes it on, byte by byte, to %.*s at\n\n  %.*s\n",
                   STR_ARG(e.operation->binding->proxy->name),
                   STR_ARG(e.operation->binding->proxy->urls[0]));
    } else if (good) {
        explain_calls(&e);
        explain_answer(&e);
        explain_soap(&e);
        explain_graphql(&e);
    }
    print_masked(&e);
    good = good && !e.text.failed;
    buf_fini(&e.text);
    return good ? 0 : 1;
}

int
command_explain(const struct command *c, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT, *input = NULL;
    const struct flag flags[] = {
        {"--config", "-c", &config}, {"--input", NULL, &input}, {NULL, NULL, NULL}};
    struct session session;
    int status = 1;

    if (!command_flags(c, flags, &argc, argv) || argc != 2)
        return command_usage(c);
    if (session_open(&session, config, true))
        status = explain(session.snapshot, session.arena, argv[1], input);
    session_close(&session);
    return status;
}
