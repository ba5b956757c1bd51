/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MTOM messages: what is cut out of them, what is refused, and that our own come back. */
#include "soap/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/base64.h"

#define N(table) (sizeof(table) / sizeof *(table))
#define TYPE     "multipart/related; boundary=B; type=\"application/xop+xml\""
#define ROOT     "--B\r\nContent-Type: application/xop+xml\r\n\r\n<x/>"

/* The parts as "id=bytes;", the root's id in brackets; or what is told. */
static const char *
cut(struct arena *a, const char *type, const char *body, size_t n)
{
    struct fault f = {0};
    struct mime *m = mime_read(a, str_of(type), (struct str){body, n}, FAULT_INVALID_BODY, &f);
    struct str text = STR("");

    if (!m)
        return arena_dup(a, str_of(f.detail)).p;
    for (unsigned i = 0; i < m->n; i++)
        text =
            arena_printf(a, "%.*s%s%.*s=%.*s;", STR_ARG(text), &m->parts[i] == m->root ? "*" : "",
                         STR_ARG(m->parts[i].id), STR_ARG(m->parts[i].bytes));
    return text.p;
}

static const struct {
    const char *type, *body, *want;
} rows[] = {
    {TYPE, ROOT "\r\n--B--", "*=<x/>;"},
    {TYPE, ROOT "\r\n--B--\r\nepilogue", "*=<x/>;"},
    {TYPE, "preamble\r\n" ROOT "\r\n--B--\r\n", "*=<x/>;"},
    {TYPE, "\r\n" ROOT "\r\n--B  \r\nContent-ID: <1@a>\r\n\r\nbytes\r\n--B--\r\n",
     "*=<x/>;1@a=bytes;"},
    {TYPE, ROOT "\r\n--B\r\n\r\nno header\r\n--B--", "*=<x/>;=no header;"},
    {TYPE, ROOT "\r\n--B\r\nContent-ID: <1>\r\n\r\n--B--", "*=<x/>;1=;"},
    {TYPE, ROOT "\r\n--B\r\nContent-ID: <1>\r\n\r\n\r\n--B--", "*=<x/>;1=;"},
    {TYPE, ROOT "\r\n--Bb\r\n--B\nx\r\n--B--", "*=<x/>\r\n--Bb\r\n--B\nx;"}, /* no delimiters */
    {TYPE, ROOT "\r\n--B\r\nCONTENT-id:\r\n <1>\r\nX: y\r\n\r\nb\r\n--B--", "*=<x/>;1=b;"},
    {TYPE "; start=\"<r>\"",
     "--B\r\nContent-ID: <1>\r\n\r\na\r\n--B\r\nContent-Type: application/xop+xml;\r\n\t"
     "charset=utf-8\r\nContent-ID: <r>\r\n\r\n<x/>\r\n--B--",
     "1=a;*r=<x/>;"},
    /* refused */
    {TYPE, "", "the MIME message has no part"},
    {TYPE, "--B--", "the MIME message has no part"},
    {TYPE, "--B\n\nx\n--B--", "the MIME message has no part"},
    {TYPE, ROOT, "the MIME message has no end"},
    {TYPE, ROOT "\r\n--B\r\n", "the MIME message has no end"},
    {TYPE, ROOT "\r\n--B\r\nx\r\n--B--",
     "the header of a MIME part has no end, or more than 4096 bytes"},
    {TYPE, ROOT "\r\n--B\r\nx\r\n\r\ny\r\n--B--", "a header field of a MIME part is none"},
    {TYPE, ROOT "\r\n--B\r\nContent-ID: 1\r\n\r\n\r\n--B--", "a Content-ID stands between < and >"},
    {TYPE, ROOT "\r\n--B\r\nContent-ID: <1>\r\n\r\n\r\n--B\r\nContent-ID: <1>\r\n\r\n\r\n--B--",
     "two MIME parts have one Content-ID"},
    {TYPE, ROOT "\r\n--B\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--B--",
     "send MIME parts as they are: Content-Transfer-Encoding binary"},
    {TYPE, "--B\r\nContent-Type: text/xml\r\n\r\n<x/>\r\n--B--",
     "the root part is not application/xop+xml"},
    {TYPE "; start=\"<r>\"", ROOT "\r\n--B--", "no MIME part is the one that `start` names"},
    {"multipart/related; type=\"application/xop+xml\"", ROOT "\r\n--B--",
     "the boundary of the MIME message is missing, or none"},
    {"multipart/related; boundary=\"a b\"", ROOT "\r\n--B--",
     "the boundary of the MIME message is missing, or none"},
    {"multipart/related; boundary=\"B", ROOT "\r\n--B--",
     "the boundary of the MIME message is missing, or none"},
    {"multipart/related; boundary="
     "01234567890123456789012345678901234567890123456789012345678901234567890",
     ROOT "\r\n--B--", "the boundary of the MIME message is missing, or none"},
};

static void
messages(void **state)
{
    struct arena *a = arena_new(1 << 24);

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        const char *got = cut(a, rows[i].type, rows[i].body, strlen(rows[i].body));

        if (strcmp(got, rows[i].want) != 0)
            fail_msg("row %zu: %s\nnot %s", i, got, rows[i].want);
    }
    arena_free(a);
}

static void
limits(void **state)
{
    struct arena *a = arena_new(1 << 24);
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 22);
    buf_str(&b, STR(ROOT));
    for (int i = 0; i < MIME_PARTS; i++)
        buf_str(&b, STR("\r\n--B\r\n\r\nx"));
    buf_str(&b, STR("\r\n--B--"));
    assert_string_equal(cut(a, TYPE, b.p, b.n), "more than 100 MIME parts");
    b.n = 0;
    buf_str(&b, STR("--B\r\nX: "));
    for (int i = 0; i < MIME_PART_HEADER; i++)
        buf_str(&b, STR("y"));
    buf_str(&b, STR("\r\n\r\nx\r\n--B--"));
    assert_non_null(strstr(cut(a, TYPE, b.p, b.n), "more than 4096 bytes"));
    buf_fini(&b);
    arena_free(a);
}

static void
parameters(void **state)
{
    static const char type[] = "multipart/related;a=1; B = \"x;y\" ;c=; d=\"a\\\"b\"; e=2";

    (void)state;
    assert_true(str_eq(mime_parameter(str_of(type), "a"), STR("1")));
    assert_true(str_eq(mime_parameter(str_of(type), "b"), STR("x;y")));
    assert_int_equal(mime_parameter(str_of(type), "c").n, 0);
    assert_int_equal(mime_parameter(str_of(type), "e").n, 0); /* behind a quoted-pair */
    assert_true(mime_is_mtom(STR("Multipart/Related; type=\"Application/XOP+xml\"")));
    assert_false(mime_is_mtom(STR("multipart/related; type=\"text/xml\"")));
    assert_false(mime_is_mtom(STR("text/xml")));
    assert_true(mime_is_asked_for(STR("text/xml, application/xop+xml;q=0.9")));
    assert_true(mime_is_asked_for(STR("multipart/related; type=\"application/xop+xml\"")));
    assert_false(mime_is_asked_for(STR("text/xml, multipart/related")));
}

static void
references(void **state)
{
    static const char body[] = ROOT "\r\n--B\r\nContent-ID: <1+@a b>\r\n\r\nx\r\n--B--";
    struct arena *a = arena_new(1 << 20);
    struct fault f;
    struct mime *m =
        mime_read(a, STR(TYPE), (struct str){body, sizeof(body) - 1}, FAULT_INVALID_BODY, &f);

    (void)state;
    assert_non_null(m);
    assert_ptr_equal(mime_find(a, m, STR("cid:1+@a%20b")), &m->parts[1]);
    assert_ptr_equal(mime_find(a, m, STR("CID:1%2B%40a%20b")), &m->parts[1]);
    assert_null(mime_find(a, m, STR("cid:1")));
    assert_null(mime_find(a, m, STR("cid:")));
    assert_null(mime_find(a, m, STR("http://a/1")));
    assert_null(mime_find(a, m, STR("cid:1+@a%2")));
    arena_free(a);
}

/* Ours is read by ours, whatever the bytes are. */
static void
there_and_back(void **state)
{
    static const char *const binaries[] = {"x", "\r\n--telgate-0\r\n", "\r\n\r\n", "--"};
    struct arena *a = arena_new(1 << 22);
    struct mime_answer *answer = mime_answer_new(a);
    struct buf envelope, out;
    struct fault f;
    struct str type;
    struct mime *m;

    (void)state;
    buf_init(&envelope, 1 << 16);
    buf_init(&out, 1 << 16);
    for (size_t i = 0; i < N(binaries); i++)
        assert_true(mime_include(answer, base64_encode(a, str_of(binaries[i])), &envelope));
    assert_false(mime_include(answer, STR("no base64"), &envelope));
    assert_false(mime_include(answer, STR(""), &envelope));
    type = mime_write(answer, buf_view(&envelope), STR("text/xml"), &out);
    assert_true(mime_is_mtom(type));
    assert_true(str_eq(mime_parameter(type, "start-info"), STR("text/xml")));
    m = mime_read(a, type, buf_view(&out), FAULT_INVALID_BODY, &f);
    assert_non_null(m);
    assert_int_equal(m->n, N(binaries) + 1);
    assert_true(str_eq(m->root->bytes, buf_view(&envelope)));
    for (unsigned i = 0; i < N(binaries); i++)
        assert_true(str_eq(m->parts[i + 1].bytes, str_of(binaries[i])));
    assert_ptr_equal(mime_find(a, m, STR("cid:2@telgate")), &m->parts[2]);
    buf_fini(&envelope);
    buf_fini(&out);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),       cmocka_unit_test(limits),
        cmocka_unit_test(parameters),     cmocka_unit_test(references),
        cmocka_unit_test(there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
