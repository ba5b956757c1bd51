/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The REST face: what it lets through, how it reads a request and writes an answer or a fault. */
#include "rest/rest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/json.h"
#include "tests/unit/contract/schemas.h"

#define N(table) (sizeof(table) / sizeof *(table))

static const char schema[] = "type: object\n"
                             "required: [name]\n"
                             "properties:\n"
                             "  name: {type: string}\n"
                             "  id: {type: string, readOnly: true}\n"
                             "  pin: {type: string, writeOnly: true}\n";

/* A codec for text/plain: a string as it is. */
static enum fault_code
read_plain(const struct codec *c, struct arena *a, struct str bytes, const struct type *t,
           struct value *out, struct fault *f)
{
    (void)c, (void)a, (void)t, (void)f;
    *out = value_string(bytes);
    return FAULT_NONE;
}

static enum fault_code
write_plain(const struct codec *c, struct buf *out, const struct value *v, const struct type *t,
            struct fault *f)
{
    (void)c, (void)t, (void)f;
    buf_printf(out, "%u members", v->n);
    return FAULT_NONE;
}

static const struct codec plain = {
    .media = {"text/plain", 10}, .read = read_plain, .write = write_plain};
static const struct codec *const codecs[] = {&codec_json, &plain};

struct frame {
    struct schemas schemas;
    struct media bodies[1], media[3];
    struct answer answers[2];
    struct operation operation;
    struct header headers[2];
    struct face_request request;
    struct face_answer answer;
    struct fault fault;
};

static void
frame_open(struct frame *f)
{
    memset(f, 0, sizeof(*f));
    schemas_open(&f->schemas, STR(schema));
    const struct type *t = schemas_root(&f->schemas);
    assert_non_null(t);
    f->bodies[0] = (struct media){STR("application/json"), t};
    f->media[0] = (struct media){STR("application/json"), t};
    f->media[1] = (struct media){STR("text/plain"), t};
    f->media[2] = (struct media){STR("application/pdf"), NULL}; /* no codec writes it */
    f->answers[0] = (struct answer){.status = 201, .media = f->media, .media_count = 3};
    f->answers[1] = (struct answer){.status = 204};
    f->operation = (struct operation){.bodies = f->bodies,
                                      .body_count = 1,
                                      .answers = f->answers,
                                      .answer_count = 2,
                                      .success = &f->answers[0]};
    f->request = (struct face_request){
        .operation = &f->operation, .codecs = {codecs, 2}, .correlator = STR("c-1")};
    f->request.headers.items = f->headers;
    buf_init(&f->answer.body, 4096);
}

static void
frame_close(struct frame *f)
{
    buf_fini(&f->answer.body);
    schemas_close(&f->schemas);
}

static void
set_header(struct frame *f, const char *name, const char *value) /* the only one; NULL: none */
{
    f->headers[0] = (struct header){str_of(name), str_of(value)};
    f->request.headers.n = value != NULL;
}

static void
test_negotiate(void **state)
{
    static const struct {
        const char *name, *value;
        enum fault_code code;
        const char *detail;
    } rows[] = {
        {"accept", NULL, FAULT_NONE, ""},
        {"accept", "application/json", FAULT_NONE, ""},
        {"accept", "text/*", FAULT_NONE, ""},
        {"accept", "application/pdf", FAULT_NOT_ACCEPTABLE,
         "this operation answers application/json"},
        {"accept", "application/xml", FAULT_NOT_ACCEPTABLE,
         "this operation answers application/json"},
        {"accept", "application/json;q=0, text/plain;q=0", FAULT_NOT_ACCEPTABLE,
         "this operation answers application/json"},
        {"content-type", "application/json; charset=utf-8", FAULT_NONE, ""},
        {"content-type", "APPLICATION/JSON", FAULT_NONE, ""},
        {"content-type", "application/jsonx", FAULT_UNSUPPORTED_MEDIA_TYPE,
         "this operation takes application/json; say so in Content-Type"},
        {"content-type", "text/plain", FAULT_UNSUPPORTED_MEDIA_TYPE,
         "this operation takes application/json; say so in Content-Type"},
        {"content-type", ";", FAULT_UNSUPPORTED_MEDIA_TYPE,
         "this operation takes application/json; say so in Content-Type"},
    };
    struct frame f;

    (void)state;
    frame_open(&f);
    for (size_t i = 0; i < N(rows); i++) {
        memset(&f.fault, 0, sizeof(f.fault));
        set_header(&f, rows[i].name, rows[i].value);
        assert_int_equal(rest_face.negotiate(&f.request, &f.fault), rows[i].code);
        assert_string_equal(f.fault.detail, rows[i].detail);
    }
    frame_close(&f);
}

static void
test_read(void **state)
{
    static const struct {
        const char *body;
        bool required;
        enum fault_code code;
        const char *detail, *pointer;
    } rows[] = {
        {"{\"name\":\"a\",\"pin\":\"1\"}", true, FAULT_NONE, "", ""},
        {"", false, FAULT_NONE, "", ""},
        {"", true, FAULT_INVALID_BODY, "a body is required: application/json", ""},
        {"{\"name\":1}", true, FAULT_INVALID_VALUE, "must be a string", "/name"},
        {"{}", true, FAULT_INVALID_VALUE, "member \"name\" is required", ""},
        {"{\"name\":\"a\",\"name\":\"b\"}", true, FAULT_INVALID_BODY, NULL, ""},
        {"{\"name\":\"a\"", true, FAULT_INVALID_BODY, NULL, ""},
        {"{\"name\":\"a\",\"id\":\"1\"}", true, FAULT_INVALID_VALUE, NULL, "/id"}, /* readOnly */
    };
    struct frame f;

    (void)state;
    frame_open(&f);
    for (size_t i = 0; i < N(rows); i++) {
        struct inputs in;

        memset(&f.fault, 0, sizeof(f.fault));
        f.operation.body_required = rows[i].required;
        f.request.body = str_of(rows[i].body);
        assert_int_equal(rest_face.read(&f.request, f.schemas.arena, &in, &f.fault), rows[i].code);
        if (rows[i].detail)
            assert_string_equal(f.fault.detail, rows[i].detail);
        assert_string_equal(f.fault.pointer, rows[i].pointer);
        if (!rows[i].code)
            assert_int_equal(in.body.kind, rows[i].body[0] ? VALUE_OBJECT : VALUE_ABSENT);
    }
    frame_close(&f);
}

static void
test_body_where_none_is_taken(void **state)
{
    struct frame f;
    struct inputs in;

    (void)state;
    frame_open(&f);
    f.operation.body_count = 0;
    f.request.body = STR("{}");
    assert_int_equal(rest_face.read(&f.request, f.schemas.arena, &in, &f.fault),
                     FAULT_INVALID_BODY);
    assert_string_equal(f.fault.detail, "this operation takes no body");
    frame_close(&f);
}

static void
test_write(void **state)
{
    static const struct {
        unsigned status;
        const char *accept, *media, *body;
    } rows[] = {
        {201, NULL, "application/json", "{\"name\":\"a\"}"},
        {201, "text/plain, application/json;q=0.5", "text/plain", "1 members"},
        {201, "*/*", "application/json", "{\"name\":\"a\"}"},
        {201, "application/xml", "application/json", "{\"name\":\"a\"}"}, /* it has happened */
        {299, NULL, "application/json", "{\"name\":\"a\"}"},              /* not declared */
    };
    struct frame f;
    struct header location = {STR("Location"), STR("/x/1")};
    struct outcome o = {.headers = &location, .header_count = 1};

    (void)state;
    frame_open(&f);
    assert_int_equal(
        json_read(f.schemas.arena, STR("{\"name\":\"a\"}"), JSON_LIMITS_DEFAULT, &o.body, &f.fault),
        FAULT_NONE);
    for (size_t i = 0; i < N(rows); i++) {
        f.answer.header_count = 0;
        f.answer.body.n = 0;
        set_header(&f, "accept", rows[i].accept);
        o.status = (uint16_t)rows[i].status;
        assert_int_equal(rest_face.write(&f.request, &o, f.schemas.arena, &f.answer, &f.fault),
                         FAULT_NONE);
        buf_put_char(&f.answer.body, 0);
        assert_int_equal(f.answer.status, rows[i].status);
        assert_string_equal(f.answer.body.p, rows[i].body);
        assert_int_equal(f.answer.header_count, 2);
        assert_true(str_eq(f.answer.headers[0].value, location.value));
        assert_true(str_eq(f.answer.headers[1].value, str_of(rows[i].media)));
    }
    o = (struct outcome){.status = 204};
    f.answer.header_count = 0;
    f.answer.body.n = 0;
    assert_int_equal(rest_face.write(&f.request, &o, f.schemas.arena, &f.answer, &f.fault), 0);
    assert_int_equal(f.answer.header_count + f.answer.body.n, 0);
    frame_close(&f);
}

/* An answer past the buffer's ceiling is a fault, and no half answer. */
static void
test_write_too_large(void **state)
{
    struct frame f;
    struct outcome o = {.status = 201, .body = VALUE_OF(VALUE_OBJECT)};

    (void)state;
    frame_open(&f);
    f.answer.body.ceiling = 1;
    assert_int_equal(rest_face.write(&f.request, &o, f.schemas.arena, &f.answer, &f.fault),
                     FAULT_MEMORY);
    frame_close(&f);
}

static void
test_refuse(void **state)
{
    struct frame f;

    (void)state;
    frame_open(&f);
    f.request.operation = NULL; /* before routing */
    f.request.errors = ERRORS_TMF;
    fault_set(&f.fault, FAULT_NOT_FOUND, "nothing here");
    rest_face.refuse(&f.request, &f.fault, f.schemas.arena, &f.answer);
    buf_put_char(&f.answer.body, 0);
    assert_int_equal(f.answer.status, 404);
    assert_true(str_eq(f.answer.headers[0].value, STR("application/json")));
    assert_string_equal(f.answer.body.p,
                        "{\"code\":\"60\",\"reason\":\"Not found\",\"message\":\"nothing here\","
                        "\"status\":\"404\",\"@type\":\"Error\"}");
    frame_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_negotiate),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_body_where_none_is_taken),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_write_too_large),
        cmocka_unit_test(test_refuse),
    };

    return cmocka_run_group_tests_name("rest", tests, NULL, NULL);
}
