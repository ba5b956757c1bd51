/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x-telgate's `rate`: what its texts become, each mistake, and what is counted together. */
#include "tests/unit/contract/loading.h"

#define OK     "responses: {'200': {description: ok}}"
#define SECOND INT64_C(1000000000)

/* A contract whose document, path and operation /a GET say this; /a PUT says nothing. */
static const char *
contract(struct arena *a, const char *document, const char *path, const char *operation)
{
    return arena_printf(a,
                        "openapi: 3.1.0\n"
                        "info: {title: T, version: '1'}\n"
                        "security: []\n"
                        "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, call: b%s}\n"
                        "paths:\n"
                        "  /a:\n"
                        "    x-telgate: {%s}\n"
                        "    get:\n"
                        "      x-telgate: {%s}\n"
                        "      operationId: get\n"
                        "      " OK "\n"
                        "    put: {operationId: put, " OK "}\n"
                        "  /b: {get: {operationId: other, " OK "}}\n",
                        document, path, operation)
        .p;
}

static void
load(struct loading *l, const char *text)
{
    loading_start(l, (const struct loading_file[LOADING_FILES]){{"api.yaml", text}}, NULL);
    assert_string_equal(loading_told(l), "");
}

static void
test_meanings(void **state)
{
    static const struct {
        const char *text;
        int64_t interval, burst;
        enum rate_whom whom;
        const char *shown;
    } rows[] = {
        {"1/s", SECOND, SECOND, RATE_OF_ALL, "1/s"},
        {"100/s per client", SECOND / 100, SECOND, RATE_OF_CLIENT, "100/s per client"},
        {"60/min per address", SECOND, 60 * SECOND, RATE_OF_ADDRESS, "60/min per address"},
        {"24/h", 150 * SECOND, 3600 * SECOND, RATE_OF_ALL, "24/h"},
        {"1/d per client", 86400 * SECOND, 86400 * SECOND, RATE_OF_CLIENT, "1/d per client"},
        {"1000000000/s", 1, SECOND, RATE_OF_ALL, "1000000000/s"},
        {"  010/s   per   client ", SECOND / 10, SECOND, RATE_OF_CLIENT, "10/s per client"},
        {"3/s", 333333334, 1000000002, RATE_OF_ALL, "3/s"}, /* rounded up, and still 3 at once */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *a = arena_new(1 << 20);
        const struct operation *o;
        struct loading l;

        load(&l, contract(a, "", "", arena_printf(a, "rate: '%s'", rows[i].text).p));
        o = contract_operation(l.contract, STR("get"));
        assert_int_equal(o->rate_count, 1);
        assert_int_equal(o->rates->interval_ns, rows[i].interval);
        assert_int_equal(o->rates->burst_ns, rows[i].burst);
        assert_int_equal(o->rates->whom, rows[i].whom);
        assert_string_equal(o->rates->text.p, rows[i].shown);
        loading_end(&l);
        arena_free(a);
    }
}

#define NUMBER(n) "api.yaml:9:25: rate: '" n "' must be a number from 1 to 1000000000\n"
#define UNIT(u)   "api.yaml:9:25: rate: '" u "' is no unit: use s, min, h or d\n"
#define FORM(t)   "api.yaml:9:25: rate: '" t "' must be N/UNIT, such as 100/s or 100/s per client\n"
#define WHOM(at, w)                                                                                \
    "api.yaml:9:" at ": rate: '" w "' is not known: write `per client`, `per address`, or "        \
    "nothing for all callers together\n"
#define LENGTH "api.yaml:9:25: rate: a list has 1 to 8 rules; null is no rate\n"
static const struct {
    const char *value, *told;
} mistakes[] = {
    {"100", "api.yaml:9:25: x-telgate: 'rate' must be text such as 100/s per client, or a list "
            "of them\n"},
    {"''", FORM("")},
    {"many", FORM("many")},
    {"100 per s", FORM("100 per s")},
    {"/s", NUMBER("")},
    {"0/s", NUMBER("0")},
    {"1000000001/s", NUMBER("1000000001")},
    {"99999999999999999999/s", NUMBER("99999999999999999999")},
    {"-1/s", NUMBER("-1")},
    {"1.5/s", NUMBER("1.5")},
    {"1 /s", NUMBER("1 ")},
    {"1/", UNIT("")},
    {"1/ s", UNIT("")},
    {"1/S", UNIT("S")},
    {"1/sec per client", UNIT("sec")},
    {"1/s/s", UNIT("s/s")},
    {"1/s per user", WHOM("25", "per user")},
    {"1/s client", WHOM("25", "client")},
    {"1/s per", WHOM("25", "per")},
    {"1/s perclient", WHOM("25", "perclient")},
    {"1/s per client per address", WHOM("25", "per client per address")},
    {"[]", LENGTH},
    {"[1/s, 2/s, 3/s, 4/s, 5/s, 6/s, 7/s, 8/s, 9/s]", LENGTH},
    {"[1/s, 2]", "api.yaml:9:31: rate: a rule must be text such as 100/s per client\n"},
    {"[1/s, 2/h, 01/s]", "api.yaml:9:36: rate: '1/s' is there twice: remove one\n"},
    {"[x, 1/x, 1/s per x]",
     "api.yaml:9:26: rate: 'x' must be N/UNIT, such as 100/s or "
     "100/s per client\n"
     "api.yaml:9:29: rate: 'x' is no unit: use s, min, h or d\n" WHOM("34", "per x")},
};

static void
test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct arena *a = arena_new(1 << 20);
        const char *rate = arena_printf(a, "rate: %s", mistakes[i].value).p;

        loading_check(&(struct loading_row){.name = mistakes[i].value,
                                            .files = {{"api.yaml", contract(a, "", "", rate)}},
                                            .told = mistakes[i].told});
        arena_free(a);
    }
}

/* Who inherits a mistake does not repeat it. */
static void
test_a_mistake_that_is_inherited(void **state)
{
    struct arena *a = arena_new(1 << 20);

    (void)state;
    loading_check(
        &(struct loading_row){.name = "document",
                              .files = {{"api.yaml", contract(a, ", rate: 1/x", "", "")}},
                              .told = "api.yaml:4:73: rate: 'x' is no unit: use s, min, h or d\n"});
    arena_free(a);
}

static const struct rate *
rates_of(const struct loading *l, const char *operation)
{
    const struct operation *o = contract_operation(l->contract, str_of(operation));

    assert_int_equal(o->rates != NULL, o->rate_count > 0);
    return o->rates;
}

static void
test_levels(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct loading l, again;

    (void)state;
    load(&l, contract(a, ", rate: 1/s", "rate: 1/s", "rate: 1/s"));
    assert_true(rates_of(&l, "get")->id != rates_of(&l, "put")->id);
    assert_true(rates_of(&l, "get")->id != rates_of(&l, "other")->id);
    assert_true(rates_of(&l, "put")->id != rates_of(&l, "other")->id);
    load(&again, contract(a, ", timeout: 1s, rate: ' 1/s '", "rate: 2/s", "rate: [1/s, 2/s]"));
    assert_true(rates_of(&l, "other")->id == rates_of(&again, "other")->id);
    assert_true(rates_of(&l, "put")->id != rates_of(&again, "put")->id);
    assert_true(rates_of(&l, "get")->id == rates_of(&again, "get")[0].id);
    assert_true(rates_of(&l, "get")->id != rates_of(&again, "get")[1].id);
    loading_end(&l);
    loading_end(&again);
    load(&l, contract(a, ", rate: 1/s", "", ""));
    assert_true(rates_of(&l, "get") == rates_of(&l, "put"));
    assert_true(rates_of(&l, "get") == rates_of(&l, "other"));
    loading_end(&l);
    load(&l, contract(a, ", rate: 1/s", "rate: null", "rate: 1/s"));
    assert_null(rates_of(&l, "put"));
    assert_non_null(rates_of(&l, "get"));
    assert_string_equal(loading_published(&l, "/x-telgate"), "");
    loading_end(&l);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meanings),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_a_mistake_that_is_inherited),
        cmocka_unit_test(test_levels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
