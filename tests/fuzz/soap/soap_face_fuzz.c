/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Envelopes from callers: dispatched, read by type, and where a Thing comes out written as an
 * answer, which must be read as the same Thing again. fuzz: 4096 bytes
 */
#include <stdio.h>
#include <stdlib.h>

#include "soap/face.h"
#include "soap/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str
nothing(void *context, struct str name)
{
    (void)context;
    (void)name;
    return STR_NONE;
}

static struct str
no_url(void *context, struct str contract, struct str backend)
{
    (void)contract;
    return nothing(context, backend);
}

static const struct service *
service_get(void)
{
    static const struct service *service;
    struct contract_source source = {.document = "tests/unit/soap/service.yaml"};
    struct contract_environment environment = {.secret = nothing, .backend_url = no_url};
    const struct contract *c;
    struct report report;
    struct arena *a;

    if (service)
        return service;
    a = arena_new((size_t)64 << 20);
    if (!a)
        abort();
    report_init(&report, a);
    c = contract_load(a, &source, &environment, &report);
    service = c ? service_new(a, c) : NULL;
    if (!service)
        abort();
    return service;
}

static void
round_trip(struct arena *a, const struct service_operation *o, const struct value *thing)
{
    struct value sent = VALUE_OF(VALUE_OBJECT), got;
    struct buf out;
    struct fault f;
    enum fault_code code;

    if (value_add(a, &sent, o->answers[0].name, *thing))
        return;
    buf_init(&out, (size_t)1 << 20);
    /* Refused is fine: free-form content may hold what no element can. */
    if (!xml_write(o->sent, &sent, &out, &f)) {
        code = xml_read(o->sent, a, buf_view(&out), FAULT_INVALID_BODY, &got, &f);
        if (code && code != FAULT_MEMORY)
            __builtin_trap();
        if (!code && !value_equal(&sent, &got))
            __builtin_trap();
    }
    buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)16 << 20);
    struct face_request q = {
        .service = service_get(), .body = {(const char *)data, size}, .identifies = true};
    const struct credential *credential;
    struct face_answer answer = {0};
    struct inputs in = {0};
    struct fault f = {0};
    enum fault_code code;

    if (!a)
        return 0;
    code = soap_face.dispatch(&q, a, &f);
    if (!code)
        code = soap_face.identify(&q, a, &credential, &f);
    if (!code)
        code = soap_face.read(&q, a, &in, &f);
    buf_init(&answer.body, (size_t)1 << 20);
    if (code)
        soap_face.refuse(&q, &f, a, &answer);
    else if (in.body.kind == VALUE_OBJECT)
        round_trip(a, service_find(q.service, STR("putThing")), &in.body);
    buf_fini(&answer.body);
    arena_free(a);
    return 0;
}
