/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The faces alone, for callgrind: faces CONTRACT OPERATION rest|soap COUNT
 * The request is a sample of the operation's body, read and checked by the face; the answer a
 * sample of its answer, written by it; of lists ten items. No server, no token, no backend: only
 * what differs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "contract/sample.h"
#include "rest/rest.h"
#include "soap/face.h"
#include "soap/service.h"
#include "soap/wsdl.h"
#include "soap/xml_codec.h"

struct bench {
    const struct face *face;
    const struct operation *operation;
    const struct service *service;
    struct str request;
    struct outcome outcome;
    size_t answer_bytes;
};

static struct str
no_url(void *context, struct str contract, struct str backend)
{
    (void)context;
    (void)contract;
    (void)backend;
    return STR_NONE;
}

static const struct contract *
load(struct arena *a, const char *path)
{
    const struct contract_environment environment = {
        .read_wsdl = soap_wsdl_read, .backend_url = no_url, .timeout_us = 1000000};
    const struct contract_source source = {.document = path};
    struct report r;

    report_init(&r, a);
    return contract_load(a, &source, &environment, &r);
}

/* A list of ten: about 2 KB. */
static bool
make_value(struct arena *a, const struct type *t, enum type_direction direction, struct value *out)
{
    if (sample_value(a, t, direction, out))
        return false;
    while (out->kind == VALUE_ARRAY && out->n && out->n < 10)
        if (value_append(a, out, out->items[0]))
            return false;
    return true;
}

/* What a caller would send. */
static bool
make_request(struct bench *b, struct arena *a)
{
    struct inputs in = {0};
    struct fault f;
    struct buf out;
    enum fault_code code = FAULT_NONE;

    in.parameters = ARENA_ARRAY(a, b->operation->parameter_count + 1, struct value);
    buf_init(&out, 1 << 24);
    if (!in.parameters || !make_value(a, b->operation->bodies[0].type, TYPE_REQUEST, &in.body))
        return false;
    if (b->service)
        code = service_request_write(service_find(b->service, b->operation->id), &in, a, &out, &f);
    else
        json_write(&out, &in.body);
    b->request = arena_dup(a, buf_view(&out));
    buf_fini(&out);
    return !code && b->request.p;
}

static enum fault_code
turn(struct bench *b, struct fault *f)
{
    const struct header type = {STR("Content-Type"),
                                b->service ? STR("text/xml") : STR("application/json")};
    static const struct codec *const codecs[] = {&codec_json};
    struct face_request q = {.operation = b->service ? NULL : b->operation,
                             .service = b->service,
                             .headers = {&type, 1},
                             .body = b->request,
                             .codecs = {codecs, 1}};
    struct arena *a = arena_new(1 << 26);
    struct face_answer answer = {0};
    struct inputs in = {0};
    enum fault_code code = b->face->negotiate(&q, f);

    buf_init(&answer.body, 1 << 24);
    if (!code && b->face->dispatch)
        code = b->face->dispatch(&q, a, f);
    if (!code)
        code = b->face->read(&q, a, &in, f);
    if (!code)
        code = b->face->write(&q, &b->outcome, a, &answer, f);
    b->answer_bytes = answer.body.n;
    buf_fini(&answer.body);
    arena_free(a);
    return code;
}

static bool
open_bench(struct bench *b, struct arena *a, char **argv)
{
    const struct contract *c = load(a, argv[1]);
    bool soap = strcmp(argv[3], "soap") == 0;

    b->operation = c ? contract_operation(c, str_of(argv[2])) : NULL;
    if (!b->operation || !b->operation->body_count || !b->operation->success)
        return false;
    b->face = soap ? &soap_face : &rest_face;
    b->service = soap ? service_new(a, c) : NULL;
    b->outcome.status = b->operation->success->status;
    return make_value(a, b->operation->success->media[0].type, TYPE_ANSWER, &b->outcome.body) &&
           make_request(b, a);
}

int
main(int argc, char **argv)
{
    struct arena *a = arena_new(64 << 20);
    struct bench b = {0};
    struct fault f = {0};
    enum fault_code code = FAULT_NONE;

    if (argc != 5 || !a || !open_bench(&b, a, argv)) {
        fprintf(stderr, "usage: %s CONTRACT OPERATION rest|soap COUNT\n", argv[0]);
        return 2;
    }
    for (unsigned long n = strtoul(argv[4], NULL, 10); n > 0 && !code; n--)
        code = turn(&b, &f);
    printf("%zu bytes in, %zu bytes out%s%s\n", b.request.n, b.answer_bytes, code ? ": " : "",
           f.detail);
    arena_free(a);
    xml_thread_fini();
    return code != FAULT_NONE;
}
