/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines are JSON, whatever goes into them. */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/json.h"

static int ends[2];

static int
open_pipe(void **state)
{
    (void)state;
    log_to(STDERR_FILENO, LOG_INFO);
    return pipe(ends);
}

/* What one log_event wrote, without its newline. */
static struct str
written(char *room, size_t size)
{
    ssize_t n = read(ends[0], room, size);

    assert_true(n > 0 && room[n - 1] == '\n');
    return (struct str){room, (size_t)n - 1};
}

static void
test_texts(void **state)
{
    static const struct {
        struct str in, out;
    } rows[] = {
        {STR("plain"), STR("\"plain\"")},
        {STR("q\" b\\ n\n"), STR("\"q\\\" b\\\\ n\\n\"")},
        {STR("\x1b[31m"), STR("\"\\u001b[31m\"")},
        {STR("\x7f\xc2\x9b"), STR("\"\\u007f\\u009b\"")}, /* a terminal would obey C1, too */
        {STR("a\xff"
             "b\xe2\x82"),
         STR("\"a\xef\xbf\xbd"
             "b\xef\xbf\xbd\xef\xbf\xbd\"")},
        {STR("\xff\"\\\n\0"), STR("\"\xef\xbf\xbd\\\"\\\\\\u000a\\u0000\"")},
        {STR("gr\xc3\xbc\xc3\x9f"), STR("\"gr\xc3\xbc\xc3\x9f\"")},
        {STR(""), STR("\"\"")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf line;

        buf_init(&line, 1000);
        log_field(&line, "k", rows[i].in);
        assert_true(str_eq(str_head(buf_view(&line), 5), STR(",\"k\":")));
        assert_true(str_eq(str_from(buf_view(&line), 5), rows[i].out));
        buf_fini(&line);
    }
}

static void
test_event(void **state)
{
    struct arena *a = arena_new(100000);
    struct value v;
    static char room[32768];

    (void)state;
    log_to(ends[1], LOG_INFO);
    log_event(LOG_DEBUG, "dropped", "x");
    log_event(LOG_WARNING, "reload", "no \"%s\" at %d%c", "file", 7, 0xff);
    assert_int_equal(json_read(a, written(room, sizeof room), JSON_LIMITS_DEFAULT, &v, NULL), 0);
    assert_true(str_eq(value_text(value_get(&v, STR("level"))), STR("warning")));
    assert_true(str_eq(value_text(value_get(&v, STR("event"))), STR("reload")));
    assert_true(
        str_eq(value_text(value_get(&v, STR("message"))), STR("no \"file\" at 7\xef\xbf\xbd")));
    assert_int_equal(value_get(&v, STR("time"))->n, 27);
    assert_false(log_wants(LOG_DEBUG));
    assert_true(log_wants(LOG_ERROR));
    arena_free(a);
}

static void
test_a_long_message_is_cut(void **state)
{
    struct arena *a = arena_new(100000);
    struct value v;
    static char room[32768], message[6000];

    (void)state;
    memset(message, '\x01', sizeof message - 1); /* each becomes six bytes */
    message[sizeof message - 1] = '\0';
    log_to(ends[1], LOG_INFO);
    log_event(LOG_ERROR, "long", "%s", message);
    assert_int_equal(json_read(a, written(room, sizeof room), JSON_LIMITS_DEFAULT, &v, NULL), 0);
    assert_int_equal(value_get(&v, STR("message"))->n, 2047);
    arena_free(a);
}

static void
test_own_line(void **state)
{
    struct buf lines;
    char room[1000];

    (void)state;
    log_to(ends[1], LOG_INFO);
    buf_init(&lines, 1000);
    for (int i = 0; i < 2; i++) {
        log_open(&lines, LOG_INFO, "access");
        log_field_int(&lines, "us", INT64_MIN);
        log_close(&lines);
    }
    log_write(buf_view(&lines));
    struct str both = written(room, sizeof room);

    assert_true(str_ends(both, STR("\"event\":\"access\",\"us\":-9223372036854775808}")));
    assert_true(str_find(both, '\n') == both.n / 2);
    log_write(STR_NONE);
    log_to(-1, LOG_INFO);
    log_event(LOG_INFO, "lost", "nobody takes it"); /* and nobody waits */
    log_to(STDERR_FILENO, LOG_INFO);
    buf_fini(&lines);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_a_long_message_is_cut),
        cmocka_unit_test(test_own_line),
    };

    return cmocka_run_group_tests(tests, open_pipe, NULL);
}
