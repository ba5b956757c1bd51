/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is remembered comes back as it was, until its time, within the bound, the last used last;
 * and no two calls that may be answered differently have one key. */
#include "gateway/answer_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/json.h"
#include "gateway/recall.h"

enum { LIMIT = 64 << 10 };

static struct answer_counts counts;
static struct answer_cache *cache;
static struct arena *arena;

static int
set_up(void **state)
{
    (void)state;
    atomic_store(&counts.bytes, 0);
    cache = answer_cache_new(LIMIT, &counts);
    arena = arena_new(64 << 20);
    return !cache || !arena;
}

static int
tear_down(void **state)
{
    (void)state;
    answer_cache_free(cache);
    arena_free(arena);
    return atomic_load(&counts.bytes) != 0;
}

static struct value
read_value(const char *json)
{
    struct fault f = {0};
    struct value v;

    assert_int_equal(json_read(arena, str_of(json), JSON_LIMITS_DEFAULT, &v, &f), FAULT_NONE);
    return v;
}

static const char *
text_of(const struct value *v)
{
    struct buf b;
    struct str text;

    buf_init(&b, 1 << 20);
    json_write(&b, v);
    text = arena_dup(arena, buf_view(&b));
    buf_fini(&b);
    return text.p;
}

static bool
add(const char *key, struct value body, int64_t since, int64_t until)
{
    struct answer_key k = answer_cache_key(cache, str_of(key));
    struct remembered r = {{.status = 200, .body = body}, since, until};

    return answer_cache_add(cache, &k, &r);
}

static bool
find(const char *key, int64_t now, struct remembered *out)
{
    struct answer_key k = answer_cache_key(cache, str_of(key));

    return answer_cache_find(cache, &k, now, arena, out);
}

/* Its body, or NULL. */
static const char *
body_of(const char *key)
{
    struct remembered r;

    return find(key, 0, &r) ? text_of(&r.outcome.body) : NULL;
}

static void
test_as_it_was(void **state)
{
    static const char *const texts[] = {
        "{\"z\":9007199254740993,\"a\":100000000000000.01,\"e\":1e400,\"n\":1.0}",
        "[null,true,false,\"\",[],{}]",
        "\"a\\u0001\\\"\\n\"",
        "0",
        "", /* no body */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct value v = texts[i][0] ? read_value(texts[i]) : VALUE_OF(VALUE_ABSENT);

        assert_true(add("k", v, 0, 10));
        assert_string_equal(body_of("k"), texts[i]);
    }
}

static void
test_status_and_headers(void **state)
{
    char value[] = "\"v1\"";
    struct header fields[] = {{STR("ETag"), {value, 4}}, {STR("X-Empty"), STR_NONE}};
    struct answer_key k = answer_cache_key(cache, STR("k"));
    struct outcome o = {203, VALUE_OF(VALUE_ABSENT), fields, 2, NULL, 0};
    struct remembered r = {o, 5, 10}, found;

    (void)state;
    assert_true(answer_cache_add(cache, &k, &r));
    memset(value, 'x', 4); /* nothing of the original is referred to */
    memset(fields, 0, sizeof(fields));
    assert_true(find("k", 7, &found));
    assert_int_equal(found.outcome.status, 203);
    assert_int_equal(found.outcome.body.kind, VALUE_ABSENT);
    assert_int_equal(found.outcome.header_count, 2);
    assert_true(str_eq(found.outcome.headers[0].name, STR("ETag")));
    assert_true(str_eq(found.outcome.headers[0].value, STR("\"v1\"")));
    assert_true(str_eq(found.outcome.headers[1].value, STR_NONE));
    assert_true(found.since_us == 5 && found.until_us == 10);
}

static void
test_until_its_time(void **state)
{
    struct remembered r;

    (void)state;
    assert_true(add("k", read_value("1"), 100, 200));
    assert_true(find("k", 100, &r));
    assert_true(find("k", 199, &r));
    assert_false(find("k", 200, &r));
    assert_false(find("k", 150, &r)); /* it is gone, not hidden */
    assert_int_equal(atomic_load(&counts.bytes), 0);
    assert_false(add("k", read_value("1"), 100, 100));
}

static void
test_replaced(void **state)
{
    uint64_t bytes;

    (void)state;
    assert_true(add("k", read_value("1"), 0, 10));
    bytes = atomic_load(&counts.bytes);
    assert_true(add("k", read_value("2"), 0, 10));
    assert_string_equal(body_of("k"), "2");
    assert_int_equal(atomic_load(&counts.bytes), bytes);
    answer_cache_clear(cache);
    assert_null(body_of("k"));
    assert_int_equal(atomic_load(&counts.bytes), 0);
}

static struct value
text_of_size(size_t n)
{
    char *p = arena_zalloc(arena, n, 1);

    assert_non_null(p);
    memset(p, 'x', n);
    return value_string((struct str){p, n});
}

static void
test_the_last_used_stays(void **state)
{
    char key[32];

    (void)state;
    assert_true(add("used", read_value("1"), 0, 10));
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "other %d", i);
        assert_true(add(key, text_of_size(500), 0, 10));
        assert_string_equal(body_of("used"), "1");
        assert_true(atomic_load(&counts.bytes) <= LIMIT);
    }
    assert_true(atomic_load(&counts.bytes) > LIMIT - 2000);
    assert_null(body_of("other 0"));
    assert_null(body_of("other 800"));
    assert_non_null(body_of("other 999"));
    assert_non_null(body_of("other 950"));
}

static void
test_too_large(void **state)
{
    static char key[LIMIT / 4];

    (void)state;
    assert_true(add("k", read_value("1"), 0, 10));
    assert_false(add("k", text_of_size(LIMIT / 8), 0, 10)); /* with its key it is more */
    assert_null(body_of("k"));                              /* the old one is not given again */
    memset(key, 'k', sizeof(key) - 1);
    assert_false(add(key, read_value("1"), 0, 10));
    assert_int_equal(atomic_load(&counts.bytes), 0);
}

static void
test_limits_of_any_size(void **state)
{
    static const uint64_t limits[] = {0, 1, 100, 4096};

    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
        answer_cache_free(cache);
        cache = answer_cache_new(limits[i], &counts);
        assert_non_null(cache);
        assert_int_equal(add("k", read_value("1"), 0, 10), limits[i] == 4096);
        assert_true(atomic_load(&counts.bytes) <= limits[i]);
    }
}

static void
test_deep(void **state)
{
    struct value v = VALUE_OF(VALUE_ARRAY);

    (void)state;
    for (int i = 0; i < 200; i++) {
        struct value outer = VALUE_OF(VALUE_ARRAY);

        assert_int_equal(value_append(arena, &outer, v), FAULT_NONE);
        v = outer;
    }
    assert_true(add("k", v, 0, 10));
    assert_string_equal(body_of("k"), text_of(&v));
}

/* --- keys --- */

enum { PARAMETERS = 3 }; /* the last one is not looked at */

struct ask {
    const char *inputs[PARAMETERS]; /* JSON; NULL: absent */
    const char *body;
    const char *claims; /* an object */
    struct header header;
};

static struct value
maybe(const char *json)
{
    return json ? read_value(json) : VALUE_OF(VALUE_ABSENT);
}

static struct str
key_of(const struct operation *o, const struct ask *k)
{
    struct value parameters[PARAMETERS], claims = maybe(k->claims);
    struct inputs inputs = {parameters, maybe(k->body)};
    struct invocation i = {.operation = o,
                           .inputs = &inputs,
                           .claims = k->claims ? &claims : NULL,
                           .request_headers = {&k->header, k->header.name.n > 0}};
    struct buf b;
    struct str text;

    for (int n = 0; n < PARAMETERS; n++)
        parameters[n] = maybe(k->inputs[n]);
    buf_init(&b, 4096);
    recall_write_key(&b, &i);
    assert_false(b.failed);
    text = arena_dup(arena, buf_view(&b));
    buf_fini(&b);
    return text;
}

#define INPUTS(...)                                                                                \
    {                                                                                              \
        .inputs = { __VA_ARGS__ }                                                                  \
    }
#define BODY(json)                                                                                 \
    {                                                                                              \
        .body = (json)                                                                             \
    }
#define CLAIMS(json)                                                                               \
    {                                                                                              \
        .claims = (json)                                                                           \
    }
#define FIELD(name, value)                                                                         \
    {                                                                                              \
        .header = { {name, sizeof(name) - 1}, {value, sizeof(value) - 1} }                         \
    }

static const struct {
    const char *why;
    struct ask a, b;
    bool same;
} pairs[] = {
    {"nothing", INPUTS(NULL), INPUTS(NULL), true},
    {"the same", INPUTS("1", "\"x\""), INPUTS("1", "\"x\""), true},
    {"which parameter", INPUTS("1", NULL), INPUTS(NULL, "1"), false},
    {"absent against empty", INPUTS(NULL), INPUTS("\"\""), false},
    {"absent against null", INPUTS(NULL), INPUTS("null"), false},
    {"null against its text", INPUTS("null"), INPUTS("\"null\""), false},
    {"number against text", INPUTS("1"), INPUTS("\"1\""), false},
    {"numbers by lexeme", INPUTS("1"), INPUTS("1.0"), false},
    {"large numbers", INPUTS("9007199254740993"), INPUTS("9007199254740992"), false},
    {"a list of one", INPUTS("[\"a\"]"), INPUTS("\"a\""), false},
    {"an empty list", INPUTS("[]"), INPUTS(NULL), false},
    {"where an item ends", INPUTS("[\"a,b\"]"), INPUTS("[\"a\",\"b\"]"), false},
    {"what looks like the next", INPUTS("\"a\\n\\\"b\\\"\""), INPUTS("\"a\"", "\"b\""), false},
    {"the body", BODY("1"), BODY(NULL), false},
    {"body against parameter", BODY("1"), INPUTS(NULL, "1"), false},
    {"the correlator", INPUTS(NULL, NULL, "\"a\""), INPUTS(NULL, NULL, "\"b\""), true},
    {"a claim", CLAIMS("{\"sub\":\"a\"}"), CLAIMS("{\"sub\":\"b\"}"), false},
    {"its kind", CLAIMS("{\"sub\":1}"), CLAIMS("{\"sub\":\"1\"}"), false},
    {"no claim", CLAIMS("{\"sub\":\"\"}"), CLAIMS("{}"), false},
    {"no token", CLAIMS(NULL), CLAIMS("{\"iss\":\"a\"}"), true},
    {"others' order", CLAIMS("{\"sub\":1,\"jti\":1}"), CLAIMS("{\"jti\":2,\"sub\":1}"), true},
    {"body against claim", BODY("\"a\""), CLAIMS("{\"sub\":\"a\"}"), false},
    {"a field", FIELD("X-Lang", "de"), FIELD("X-Lang", "en"), false},
    {"its name's case", FIELD("X-Lang", "de"), FIELD("x-lang", "de"), true},
    {"an empty field", FIELD("X-Lang", ""), INPUTS(NULL), false},
    {"no text, so none", FIELD("X-Lang", "\xff"), INPUTS(NULL), true},
    {"another field", FIELD("Accept", "a/b"), INPUTS(NULL), true},
    {"claim against field", CLAIMS("{\"sub\":\"a\"}"), FIELD("X-Lang", "a"), false},
};

static void
test_keys(void **state)
{
    struct str claims[] = {STR("sub")}, headers[] = {STR("X-Lang")};
    const struct caching c = {1, claims, 1, headers, 1, 2, STR_NONE};
    const struct operation o = {.parameter_count = PARAMETERS, .cache = &c}, other = o;

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        bool same = str_eq(key_of(&o, &pairs[i].a), key_of(&o, &pairs[i].b));

        if (same != pairs[i].same)
            print_error("row: %s\n", pairs[i].why);
        assert_int_equal(same, pairs[i].same);
        assert_false(str_eq(key_of(&o, &pairs[i].a), key_of(&other, &pairs[i].a)));
    }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_as_it_was),
        TEST(test_status_and_headers),
        TEST(test_until_its_time),
        TEST(test_replaced),
        TEST(test_the_last_used_stays),
        TEST(test_too_large),
        TEST(test_limits_of_any_size),
        TEST(test_deep),
        TEST(test_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
