/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request line and its fields may be. */
#include "gateway/http_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void
test_line(void **state)
{
    static const struct {
        const char *method, *target;
        enum fault_code code;
    } rows[] = {
        {"GET", "/", FAULT_NONE},
        {"GET", "/a/b?c=d&e=%20f", FAULT_NONE},
        {"M-SEARCH", "/", FAULT_NONE},
        {"OPTIONS", "*", FAULT_NONE},
        {"GET", "*", FAULT_BAD_REQUEST}, /* `*` is for OPTIONS only */
        {"GET", "", FAULT_BAD_REQUEST},
        {"GET", "a", FAULT_BAD_REQUEST},
        {"GET", "http://host/", FAULT_BAD_REQUEST}, /* absolute-form */
        {"CONNECT", "host:443", FAULT_BAD_REQUEST}, /* authority-form */
        {"", "/", FAULT_BAD_REQUEST},
        {"G T", "/", FAULT_BAD_REQUEST},
        {"G(T", "/", FAULT_BAD_REQUEST},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG", "/", FAULT_BAD_REQUEST}, /* 33 bytes */
        {"GET", "/a b", FAULT_BAD_REQUEST},
        {"GET", "/a\tb", FAULT_BAD_REQUEST},
        {"GET", "/a\x7f", FAULT_BAD_REQUEST},
        {"GET", "/\xc3\xa4", FAULT_BAD_REQUEST}, /* must be percent-encoded */
        {"GET", "/a#b", FAULT_BAD_REQUEST},
        {"GET", "/a\\b", FAULT_BAD_REQUEST},
        {"GET", "/%zz", FAULT_BAD_REQUEST},
        {"GET", "/%2", FAULT_BAD_REQUEST},
        {"GET", "/%", FAULT_BAD_REQUEST},
        {"GET", "/%00", FAULT_BAD_REQUEST}, /* a hidden NUL */
        {"GET", "/%0a", FAULT_NONE},        /* the decoder's business */
        {"GET", "/0123456789012345678901234567890", FAULT_URI_TOO_LONG}, /* 32 of 31 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fault f = {0};
        enum fault_code code =
            http_check_line(str_of(rows[i].method), str_of(rows[i].target), 31, &f);

        if (code != rows[i].code)
            print_error("row %zu: %s %s\n", i, rows[i].method, rows[i].target);
        assert_int_equal(code, rows[i].code);
        assert_int_equal(f.code, rows[i].code);
    }
    assert_int_equal(http_check_line(STR("GET"), (struct str){"/a\0b", 4}, 31, NULL),
                     FAULT_BAD_REQUEST);
}

struct row {
    const char *text; /* "Name: value" lines; '|' parts them */
    unsigned minor;
    enum fault_code code;
    bool chunked;
    uint64_t length;
};

static const struct row rows[] = {
    {"Host: a", 1, FAULT_NONE, false, 0},
    {"Host: a:80|Content-Length: 5", 1, FAULT_NONE, false, 5},
    {"Host: [::1]:80", 1, FAULT_NONE, false, 0},
    {"Host: a|Transfer-Encoding: chunked", 1, FAULT_NONE, true, 0},
    {"Host: a|Transfer-Encoding: CHUNKED", 1, FAULT_NONE, true, 0},
    {"Host: a|Content-Length: 0", 1, FAULT_NONE, false, 0},
    {"Host: a|X: b\tc", 1, FAULT_NONE, false, 0},
    {"Host: a|X: \xe9", 1, FAULT_NONE, false, 0}, /* obs-text */
    {"", 0, FAULT_NONE, false, 0},                /* HTTP/1.0 needs no Host */
    {"", 1, FAULT_BAD_REQUEST, false, 0},
    {"X: y", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|Host: a", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|host: b", 0, FAULT_BAD_REQUEST, false, 0},
    {"Host: ", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a b", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a/b", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: u@a", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|Content-Length: 3|Transfer-Encoding: chunked", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|Content-Length: 3|Content-Length: 3", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|Content-Length: 3, 3", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|Content-Length: -1", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|Content-Length: +1", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|Content-Length: 0x1", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|Content-Length: ", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|Content-Length: 9223372036854775808", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|Content-Length: 18446744073709551616", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|Transfer-Encoding: gzip, chunked", 1, FAULT_NOT_IMPLEMENTED, false, 0},
    {"Host: a|Transfer-Encoding: xchunked", 1, FAULT_NOT_IMPLEMENTED, false, 0},
    {"Host: a|Transfer-Encoding: chunked|Transfer-Encoding: chunked", 1, FAULT_BAD_REQUEST, false,
     0},
    {"Host: a|Transfer-Encoding: chunked", 0, FAULT_BAD_REQUEST, false, 0}, /* HTTP/1.0 */
    {"Host: a|X : y", 1, FAULT_BAD_REQUEST, false, 0}, /* a blank before the colon */
    {"Host: a| X: y", 1, FAULT_BAD_REQUEST, false, 0}, /* folding */
    {"Host: a|: y", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|X(: y", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|X: a\rb", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|X: a\nb", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|X: a\x01", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|X: \x7f", 1, FAULT_BAD_REQUEST, false, 0},
    {"Host: a|1: a|2: a|3: a|4: a", 1, FAULT_HEADERS_TOO_LARGE, false, 0}, /* five of four */
};

static unsigned
split(const char *text, struct header *out)
{
    struct str rest = str_of(text), line;
    unsigned n = 0;

    while (text[0] && str_split(&rest, '|', &line)) {
        size_t colon = str_find(line, ':');

        out[n].name = str_head(line, colon);
        out[n++].value = str_from(line, colon + 2);
    }
    return n;
}

static void
test_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct header fields[8];
        struct headers h = {fields, split(rows[i].text, fields)};
        struct http_framing framing;
        enum fault_code code = http_check_headers(h, rows[i].minor, 4, &framing, NULL);

        if (code != rows[i].code)
            print_error("row %zu: %s\n", i, rows[i].text);
        assert_int_equal(code, rows[i].code);
        if (code == FAULT_NONE) {
            assert_int_equal(framing.chunked, rows[i].chunked);
            assert_int_equal(framing.length, rows[i].length);
        }
    }
}

static void
test_tokens(void **state)
{
    static const char tchar[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz"; /* RFC 9110 section 5.6.2 */

    (void)state;
    assert_false(http_is_token(STR("")));
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;

        assert_int_equal(http_is_token((struct str){&byte, 1}), c && strchr(tchar, c) != NULL);
        assert_int_equal(http_is_field_value((struct str){&byte, 1}),
                         c == '\t' || (c >= ' ' && c != 127));
    }
}

/* Read eight bytes at once: each byte at each place. */
static void
test_long_values(void **state)
{
    char value[20];

    (void)state;
    for (size_t n = 1; n <= sizeof(value); n++)
        for (size_t at = 0; at < n; at++)
            for (int c = 0; c < 256; c++) {
                memset(value, '~', n);
                value[at] = (char)c;
                assert_int_equal(http_is_field_value((struct str){value, n}),
                                 c == '\t' || (c >= ' ' && c != 127));
            }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_long_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
