/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table's rows are whole; texts are cut and cleaned; statuses find their rows. */
#include "base/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void
test_every_row_is_whole(void **state)
{
    (void)state;
    for (unsigned code = 1; code < FAULT_COUNT; code++) {
        const struct fault_row *row = fault_row((enum fault_code)code);

        assert_in_range(row->status, 400, 599);
        assert_true(*row->name && *row->title && *row->graphql && *row->tmf && *row->camara);
        /* the caller's fault is told as his in SOAP, too */
        assert_string_equal(row->soap11, row->status < 500 ? "Client" : "Server");
        assert_string_equal(row->soap12, row->status < 500 ? "Sender" : "Receiver");
    }
    assert_string_equal(fault_row(FAULT_INVALID_BODY)->name, "INVALID_BODY");
}

static void
test_texts_fit_and_are_clean(void **state)
{
    struct fault f;
    char euros[400];

    (void)state;
    for (size_t i = 0; i + 3 < sizeof euros; i += 3)
        memcpy(euros + i, "\xe2\x82\xac", 4);
    memcpy(f.pointer, "/old", 5);
    f.retry_after_s = 5;
    assert_int_equal(fault_set(&f, FAULT_INVALID_BODY, "x%s", euros), FAULT_INVALID_BODY);
    assert_int_equal(f.status, 400);
    assert_int_equal(strlen(f.detail), 1 + 3 * 76); /* 231 bytes would end inside a character */
    assert_true(str_is_utf8(str_of(f.detail)));
    assert_string_equal(f.pointer, "");
    assert_int_equal(f.retry_after_s, 0);
    fault_set(&f, FAULT_INTERNAL, "a\xff\x01\n\xc3z\x7f");
    assert_string_equal(f.detail, "a????z?");
    fault_log(&f, "backend said %d", 7);
    assert_string_equal(f.log, "backend said 7");
    assert_string_equal(f.detail, "a????z?");
    assert_int_equal(fault_set(NULL, FAULT_MEMORY, "x"), FAULT_MEMORY);
    fault_log(NULL, "x");
}

static void
test_rows_by_status(void **state)
{
    static const struct {
        unsigned status;
        enum fault_code code;
    } rows[] = {
        {400, FAULT_BAD_REQUEST},       {401, FAULT_INVALID_TOKEN}, {403, FAULT_INSUFFICIENT_SCOPE},
        {404, FAULT_NOT_FOUND},         {409, FAULT_CONFLICT},      {418, FAULT_BACKEND_ERROR},
        {429, FAULT_TOO_MANY_REQUESTS}, {500, FAULT_INTERNAL},      {502, FAULT_BACKEND_ERROR},
        {503, FAULT_UNAVAILABLE}, /* not MEMORY, which is ours alone */
        {504, FAULT_BACKEND_TIMEOUT},   {599, FAULT_BACKEND_ERROR}, {200, FAULT_INTERNAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(fault_of_status(rows[i].status), rows[i].code);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_whole),
        cmocka_unit_test(test_texts_fit_and_are_clean),
        cmocka_unit_test(test_rows_by_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
