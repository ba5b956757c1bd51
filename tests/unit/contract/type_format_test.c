/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats and regular expressions: what is right, and what nearly is. */
#include "contract/type_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static const struct {
    const char *format, *text;
    bool right;
} rows[] = {
    {"date", "2024-02-29", true},
    {"date", "2023-02-29", false},
    {"date", "1900-02-29", false}, /* no leap year */
    {"date", "2000-02-29", true},
    {"date", "2026-13-01", false},
    {"date", "2026-00-01", false},
    {"date", "2026-01-00", false},
    {"date", "2026-04-31", false},
    {"date", "2026-1-1", false},
    {"date", "2026-01-01Z", false},
    {"date", "", false},
    {"time", "13:45:00Z", true},
    {"time", "13:45:00.123456789+02:00", true},
    {"time", "13:45:00", false}, /* RFC 3339 asks for the offset */
    {"time", "24:00:00Z", false},
    {"time", "23:59:60Z", true}, /* a leap second */
    {"time", "22:59:60Z", false},
    {"time", "01:59:60+02:00", true},
    {"time", "13:45:00.Z", false},
    {"time", "13:45Z", false},
    {"time", "13:45:00+24:00", false},
    {"date-time", "2026-01-31T13:45:00Z", true},
    {"date-time", "2026-01-31t13:45:00z", true},
    {"date-time", "2026-01-31T13:45:00.5-11:30", true},
    {"date-time", "2026-01-31 13:45:00Z", false},
    {"date-time", "2026-01-31T13:45:00", false},
    {"date-time", "2026-02-31T13:45:00Z", false},
    {"date-time", "2026-01-31", false},
    {"duration", "P1Y2M3DT4H5M6S", true},
    {"duration", "PT36H", true},
    {"duration", "P4W", true},
    {"duration", "P", false},
    {"duration", "PT", false},
    {"duration", "P1D2H", false},
    {"duration", "P2D1Y", false},
    {"duration", "P1YT", false},
    {"duration", "P1W2D", false},
    {"duration", "1D", false},
    {"duration", "P1", false},
    {"uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", true},
    {"uuid", "2EB8AA08-AA98-11EA-B4AA-73B441D16380", true},
    {"uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", false},
    {"uuid", "2eb8aa08aa9811eab4aa73b441d163800000", false},
    {"byte", "", true},
    {"byte", "YQ==", true},
    {"byte", "YWI=", true},
    {"byte", "YWJj", true},
    {"byte", "YQ", false},
    {"byte", "YQ=a", false},
    {"byte", "====", false},
    {"byte", "Y-==", false},
    {"decimal", "12.50", true},
    {"decimal", "-0.1e5", true},
    {"decimal", "012", false},
    {"decimal", "1,5", false},
    {"uri", "https://example.com/a?b=c#d", true},
    {"uri", "urn:ietf:rfc:7807", true},
    {"uri", "http://[2001:db8::1]:8080/", true},
    {"uri", "mailto:a@example.com", true},
    {"uri", "http://user:pass@example.com/", true},
    {"uri", "/relative", false},
    {"uri", "//example.com/a", false},
    {"uri", "http://example.com/a b", false},
    {"uri", "http://example.com/%zz", false},
    {"uri", "http://example.com/%4", false},
    {"uri", "http://[::1/", false},
    {"uri", "http://example.com:port/", false},
    {"uri", "1http://example.com/", false},
    {"uri", "http://example.com/\xC3\xA9", false},
    {"uri", "http://a@b@c/", false},
    {"uri", "", false},
    {"uri-reference", "", true},
    {"uri-reference", "/a/b?c#d", true},
    {"uri-reference", "a/b:c", true},
    {"uri-reference", "a:b", true},
    {"uri-reference", "1a:b", false},
    {"uri-reference", "#frag#ment", false},
    {"uri-reference", "a\\b", false},
    {"email", "a@example.com", true},
    {"email", "a.b+c@example.co.uk", true},
    {"email", "\"a b\"@example.com", true},
    {"email", "a@[127.0.0.1]", true},
    {"email", "a@[IPv6:::1]", true},
    {"email", ".a@example.com", false},
    {"email", "a..b@example.com", false},
    {"email", "a@", false},
    {"email", "@example.com", false},
    {"email", "a b@example.com", false},
    {"email", "a@-example.com", false},
    {"email", "\"a\\\"@example.com", false}, /* the quote is escaped: it never ends */
    {"email", "\"a\\\\\"@example.com", true},
    {"hostname", "www.example.com", true},
    {"hostname", "a", true},
    {"hostname", "1.2", true},
    {"hostname", "-a.com", false},
    {"hostname", "a-.com", false},
    {"hostname", "a..com", false},
    {"hostname", "a_b.com", false},
    {"hostname", "", false},
    {"hostname", "a.", false},
    {"ipv4", "127.0.0.1", true},
    {"ipv4", "127.0.0.01", false},
    {"ipv4", "256.0.0.1", false},
    {"ipv4", "1.2.3", false},
    {"ipv6", "::1", true},
    {"ipv6", "2001:db8::1.2.3.4", true},
    {"ipv6", "12345::", false},
    {"ipv6", "1:2:3:4:5:6:7:8:9", false},
    {"ipv6", "fe80::1%eth0", false},
    /* nothing to check in a text */
    {"password", "anything", true},
    {"binary", "anything", true},
    {"int64", "anything", true},
};

/* In a block of its own size, so that a read past the end is seen. */
static bool
check_exact(enum type_format format, const char *text)
{
    size_t n = strlen(text);
    char *block = malloc(n ? n : 1);
    bool right;

    memcpy(block, text, n);
    right = format_check(format, (struct str){block, n});
    free(block);
    return right;
}

static void
test_formats(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N(rows); i++) {
        enum type_format format = format_find(str_of(rows[i].format));
        assert_int_not_equal(format, FORMAT_NONE);
        if (check_exact(format, rows[i].text) != rows[i].right)
            fail_msg("%s '%s' is %s", rows[i].format, rows[i].text,
                     rows[i].right ? "refused" : "taken");
    }
}

/* The table stands in the order of the enum. */
static void
test_table(void **state)
{
    static const char *const names[] = {
        "int32",     "int64",    "float", "double", "decimal",  "date", "time",
        "date-time", "duration", "byte",  "binary", "uuid",     "uri",  "uri-reference",
        "email",     "hostname", "ipv4",  "ipv6",   "password",
    };

    (void)state;
    for (unsigned i = 0; i < N(names); i++)
        assert_int_equal(format_find(str_of(names[i])), i + 1);
    assert_int_equal(format_find(STR("regex")), FORMAT_NONE);
    assert_string_equal(format_expected(FORMAT_UUID), "a UUID");
    assert_string_equal(format_expected(FORMAT_PASSWORD), "a password");
}

static const struct {
    const char *pattern, *text;
    int found;
} patterns[] = {
    {"a+", "xxaay", 1},
    {"^a$", "a", 1},
    {"^a$", "a\n", 0}, /* $ is the very end */
    {"^\\p{Letter}+$", "\xCF\x80r", 1},
    {"^\\p{Script=Greek}$", "\xCF\x80", 1},
    {"^\\P{Lu}$", "a", 1},
    {"^[\\p{gc=Decimal_Number}]$", "7", 1},
    {"^\\u00e9$", "\xC3\xA9", 1},
    {"^\\u{1F600}$", "\xF0\x9F\x98\x80", 1},
    {"^\\d$", "\xD9\xA3", 0}, /* ASCII digits only, as in ECMA-262 */
    {"^\\w$", "\xC3\xA9", 0},
    {"^.$", "\xF0\x9F\x98\x80", 1}, /* one character */
    {"^[^]$", "x", 1},
    {"^(?!x)y", "y", 1},
    {"^(a)\\1$", "aa", 1},
    {"^\\/a\\-b$", "/a-b", 1},
    {"^[\\w-]+$", "a-b", 1},
    {"", "", 1},
    {"^(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", -1},
    {"^a", "\xFF", -1}, /* no UTF-8: given up, not undefined */
};

static void
test_patterns(void **state)
{
    struct arena *a = arena_new(1 << 20);
    const char *why;

    (void)state;
    for (unsigned i = 0; i < N(patterns); i++) {
        const struct pattern *p = pattern_new(a, str_of(patterns[i].pattern), &why);
        if (!p)
            fail_msg("%s: %s", patterns[i].pattern, why);
        int found = pattern_match(p, str_of(patterns[i].text));
        if (found != patterns[i].found)
            fail_msg("%s on '%s': %d", patterns[i].pattern, patterns[i].text, found);
    }
    assert_null(pattern_new(a, STR("\\p{Nothing}"), &why));
    assert_null(pattern_new(a, STR("\\C"), &why));
    assert_null(pattern_new(a, STR("(*LIMIT_MATCH=1)("), &why));
    assert_null(pattern_new(a, STR("\\"), &why));
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_patterns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
