/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MTOM messages from callers: the first line is the Content-Type, the rest is the body. What is
 * read goes through the SOAP face, and out again as a message that is read as the same.
 */
#include <stdlib.h>

#include "soap/face.h"
#include "soap/mime.h"
#include "tests/unit/soap/service_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct service *
service_get(void)
{
    static const struct service *service;

    if (!service)
        service =
            fixture_service(arena_new((size_t)64 << 20), "tests/unit/soap/service.yaml", NULL);
    if (!service)
        abort();
    return service;
}

/* Whatever the parts are, they come back from what is written of them. */
static void
round_trip(struct arena *a, const struct mime *m)
{
    struct mime_answer *answer = mime_answer_new(a);
    struct mime *again;
    struct buf out;
    struct fault f;
    struct str type;

    if (!answer)
        return;
    for (unsigned i = 0; i < m->n && i < MIME_PARTS - 1; i++)
        answer->binaries[answer->n++] = m->parts[i].bytes.n ? m->parts[i].bytes : STR("x");
    buf_init(&out, (size_t)1 << 22);
    type = mime_write(answer, m->root->bytes, STR("text/xml"), &out);
    again =
        type.p && !out.failed ? mime_read(a, type, buf_view(&out), FAULT_INVALID_BODY, &f) : NULL;
    if (type.p && !out.failed && !again && f.code != FAULT_MEMORY)
        __builtin_trap();
    if (again && (again->n != answer->n + 1 || !str_eq(again->root->bytes, m->root->bytes)))
        __builtin_trap();
    for (unsigned i = 0; again && i < answer->n; i++)
        if (!str_eq(again->parts[i + 1].bytes, answer->binaries[i]))
            __builtin_trap();
    buf_fini(&out);
}

static void
call(struct arena *a, struct str type, struct str body)
{
    struct header field = {STR("Content-Type"), type};
    struct face_request q = {.service = service_get(), .body = body, .headers = {&field, 1}};
    struct face_answer answer = {0};
    struct inputs in = {0};
    struct fault f = {0};
    enum fault_code code = soap_face.negotiate(&q, &f);

    if (!code)
        code = soap_face.dispatch(&q, a, &f);
    if (!code)
        code = soap_face.read(&q, a, &in, &f);
    buf_init(&answer.body, (size_t)1 << 20);
    if (code)
        soap_face.refuse(&q, &f, a, &answer);
    buf_fini(&answer.body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)32 << 20);
    struct str body = {(const char *)data, size}, type;
    struct fault f = {0};
    struct mime *m;

    if (!a || !str_split(&body, '\n', &type)) {
        arena_free(a);
        return 0;
    }
    m = mime_read(a, type, body, FAULT_INVALID_BODY, &f);
    if (m)
        round_trip(a, m);
    else if (!f.code)
        __builtin_trap();
    call(a, type, body);
    arena_free(a);
    return 0;
}
