/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `breaker`: what it becomes at each level, and every mistake in it, told with its place. */
#include "loading.h"

#define OK "responses: {'200': {description: ok}}"

#define HEAD                                                                                       \
    "openapi: 3.1.0\n"                                                                             \
    "info: {title: T, version: '1'}\n"                                                             \
    "security: []\n"

/* Line 5 is the operation. */
#define FRAME(breaker)                                                                             \
    HEAD "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, call: b}\n"                     \
         "paths: {/a: {get: {operationId: a, x-telgate: {breaker: " breaker "}, " OK "}}}\n"

#define AT(column) "api.yaml:5:" #column ": breaker: "
#define ERRORS     "errors must be a percentage such as 50%, from 1% to 100%\n"
#define WINDOW     "window must be a duration from 1s to 10m\n"
#define OPEN       "open must be a duration from 100ms to 10m\n"
#define CALLS      "calls must be a number from 1 to 1000000\n"

static const struct loading_text rows[] = {
    {"all of it", FRAME("{errors: 50%, window: 10s, open: 5s, calls: 20}"), ""},
    {"the least", FRAME("{errors: 1%, window: 1s, open: 100ms, calls: 1}"), ""},
    {"the most", FRAME("{errors: 100%, window: 10m, open: 600s, calls: 1000000}"), ""},
    {"no object", FRAME("50%"),
     "api.yaml:5:57: x-telgate: 'breaker' must be an object, {errors: 50%, window: 10s, open: 5s, "
     "calls: 20}\n"},
    {"no errors", FRAME("{calls: 1}"),
     AT(57) "say which share of failed calls opens it: {errors: 50%, ...}\n"},
    {"a member", FRAME("{errors: 50%, windows: 10s}"),
     AT(71) "'windows' is not known: did you mean 'window'?\n"},
    {"another", FRAME("{errors: 50%, halfopen: 10s}"),
     AT(71) "'halfopen' is not known: use errors, window, open and calls\n"},
    {"no percentage", FRAME("{errors: 50}"), AT(66) ERRORS},
    {"a fraction", FRAME("{errors: 0.5%}"), AT(66) ERRORS},
    {"none", FRAME("{errors: 0%}"), AT(66) ERRORS},
    {"more than all", FRAME("{errors: 101%}"), AT(66) ERRORS},
    {"a sign", FRAME("{errors: '%'}"), AT(66) ERRORS},
    {"a short window", FRAME("{errors: 50%, window: 999ms}"), AT(79) WINDOW},
    {"a long window", FRAME("{errors: 50%, window: 11m}"), AT(79) WINDOW},
    {"no duration", FRAME("{errors: 50%, window: 10}"), AT(79) WINDOW},
    {"null is none", FRAME("{errors: 50%, window: null}"), AT(79) WINDOW},
    {"open for no time", FRAME("{errors: 50%, open: 99ms}"), AT(77) OPEN},
    {"open for long", FRAME("{errors: 50%, open: 1h}"), AT(77) OPEN},
    {"no call", FRAME("{errors: 50%, calls: 0}"), AT(78) CALLS},
    {"many calls", FRAME("{errors: 50%, calls: 1000001}"), AT(78) CALLS},
    {"a text of calls", FRAME("{errors: 50%, calls: '20'}"), AT(78) CALLS},
    {"half a call", FRAME("{errors: 50%, calls: 1.5}"), AT(78) CALLS},
    {"all of them", FRAME("{errors: 0%, window: 0s, open: 0s, calls: -1, x: 1}"),
     AT(103) "'x' is not known: use errors, window, open and calls\n" AT(66) ERRORS AT(78)
         WINDOW AT(88) OPEN AT(99) CALLS},
    {"once where it is inherited",
     HEAD "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, call: b, breaker: {}}\n"
          "paths: {/a: {get: {operationId: a, " OK "}, put: {operationId: b, " OK "}}}\n",
     "api.yaml:4:76: breaker: say which share of failed calls opens it: {errors: 50%, ...}\n"},
    {"of a backend",
     HEAD "x-telgate: {name: n, backends: {b: {url: 'http://h:1', breaker: {errors: 50%}}}}\n"
          "paths: {/a: {get: {operationId: a, x-telgate: {call: b}, " OK "}}}\n",
     "api.yaml:4:56: backend 'b': 'breaker' is said of operations: move it to x-telgate itself, of "
     "the document, a path or an operation\n"},
};

static void
test_mistakes(void **state)
{
    (void)state;
    loading_check_texts(rows, sizeof rows / sizeof *rows);
}

static const struct breaker_rule *
rule_of(const struct loading *l, const char *operation)
{
    return contract_operation(l->contract, str_of(operation))->binding->breaker;
}

static const struct loading_file levels = {
    "api.yaml",
    HEAD "x-telgate: {name: n, call: b, breaker: {errors: 50%, window: 20s, open: 1s, calls: 7},\n"
         "  backends: {b: {url: 'http://h:1'}, c: {url: 'http://h:2'}, d: {url: 'http://h:3'}}}\n"
         "paths:\n"
         "  /a:\n"
         "    get: {operationId: inherits, " OK "}\n"
         "    put: {operationId: own, x-telgate: {breaker: {errors: 25%}}, " OK "}\n"
         "    delete: {operationId: none, x-telgate: {call: d, breaker: null}, " OK "}\n"
         "  /b:\n"
         "    x-telgate: {breaker: {errors: 25%, calls: 20, open: 5000ms}}\n"
         "    get: {operationId: equal, x-telgate: {proxy: c}, " OK "}\n"};

/* The nearest level wins as a whole; equal rules are one. */
static void
test_levels(void **state)
{
    struct loading l;
    (void)state;
    loading_start(&l, (const struct loading_file[LOADING_FILES]){levels}, NULL);
    assert_string_equal(loading_told(&l), "");
    const struct breaker_rule *outer = rule_of(&l, "inherits"), *own = rule_of(&l, "own");
    assert_true(outer->errors == 50 && outer->calls == 7);
    assert_true(outer->window_us == 20000000 && outer->open_us == 1000000);
    assert_true(own->errors == 25 && own->calls == 20);
    assert_true(own->window_us == 10000000 && own->open_us == 5000000);
    assert_null(rule_of(&l, "none"));
    assert_ptr_equal(rule_of(&l, "equal"), own);
    assert_int_equal(l.contract->breaker_count, 2);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(l.contract->breakers[i].index, i);
    const struct backend *backends = l.contract->backends;
    assert_true(backends[0].has_breaker && backends[1].has_breaker && !backends[2].has_breaker);
    loading_end(&l);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
