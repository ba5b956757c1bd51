/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes back: projection, abstract types, null propagation, errors, coercion, and the calls.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/graphql/fixture.h"

#define NOT_NULL "Cannot return null for a non-nullable field."

static void
test_answers(void **state)
{
    static const struct {
        const char *document, *variables, *answer;
    } rows[] = {
        {"{ listThings { id t: _type state count maybe } }", NULL,
         "{\"data\":{\"listThings\":[{\"id\":\"1\",\"t\":\"T\",\"state\":\"off_line\",\"count\":3,"
         "\"maybe\":null},{\"id\":\"2\",\"t\":null,\"state\":null,\"count\":null,"
         "\"maybe\":null}]}}"},
        /* no digit is lost */
        {"{ listThings { size price weight made extra mixed grid } }", NULL,
         "{\"data\":{\"listThings\":[{\"size\":9007199254740993,\"price\":100000000000000.01,"
         "\"weight\":1e400,\"made\":\"2024-01-31T12:00:00Z\",\"extra\":{\"a\":[1,null],\"parent\":"
         "\"5\"},"
         "\"mixed\":7,\"grid\":[[1,null],[]]},{\"size\":null,\"price\":null,\"weight\":null,"
         "\"made\":null,\"extra\":null,\"mixed\":null,\"grid\":null}]}}"},
        /* fields are merged, in the order of the document */
        {"{ ...F listThings { name } } fragment F on Query { listThings { id ... { name } id } }",
         NULL,
         "{\"data\":{\"listThings\":[{\"id\":\"1\",\"name\":\"one\"},"
         "{\"id\":\"2\",\"name\":\"two\"}]}}"},
        /* a null in [ThingParts!]! takes the thing, which may be null */
        {"{ getThing(id: \"1\") { id parts { no } } }", NULL,
         "{\"errors\":[{\"message\":\"" NOT_NULL "\",\"locations\":[{\"line\":1,\"column\":34}],"
         "\"path\":[\"getThing\",\"parts\",1,\"no\"],\"extensions\":{\"code\":"
         "\"INTERNAL_SERVER_ERROR\"}}],\"data\":{\"getThing\":null}}"},
        /* by the discriminator; the emu is none of the pets */
        {"{ listPets { __typename ... on Cat { lives } ... on Dog { barks } } }", NULL,
         "{\"errors\":[{\"message\":\"The type of the object can not be told from its value.\","
         "\"locations\":[{\"line\":1,\"column\":3}],\"path\":[\"listPets\",2],\"extensions\":"
         "{\"code\":\"INTERNAL_SERVER_ERROR\"}}],\"data\":{\"listPets\":null}}"},
        {"{ getParty { __typename kind ... on Person { age } ... on Firm { seat } } }", NULL,
         "{\"data\":{\"getParty\":{\"__typename\":\"Person\",\"kind\":\"Person\",\"age\":40}}}"},
        /* by what the value looks like */
        {"{ getShape { __typename ... on Square { side } } }", NULL,
         "{\"data\":{\"getShape\":{\"__typename\":\"Square\",\"side\":2}}}"},
        {"{ search listThings { id @skip(if: true) name @include(if: false) __typename } }", NULL,
         "{\"errors\":[{\"message\":\"there is none\",\"locations\":[{\"line\":1,\"column\":3}],"
         "\"path\":[\"search\"],\"extensions\":{\"code\":\"NOT_FOUND\",\"status\":404,\"problem\":"
         "{\"title\":\"Not found\",\"status\":404,\"detail\":\"there is none\"}}}],\"data\":"
         "{\"search\":null,\"listThings\":[{\"__typename\":\"Thing\"},"
         "{\"__typename\":\"Thing\"}]}}"},
        {"mutation { addPet(input: {cat: {kind: \"cat\", lives: 9}}) }", NULL,
         "{\"data\":{\"addPet\":true}}"}, /* 204 */
        {"{ __typename __type(name: \"State\") { kind enumValues { name } } }", NULL,
         "{\"data\":{\"__typename\":\"Query\",\"__type\":{\"kind\":\"ENUM\",\"enumValues\":"
         "[{\"name\":\"on\"},{\"name\":\"off_line\"},{\"name\":\"_3rd\"},{\"name\":\"_true\"}]}}}"},
        {"{ __type(name: \"Nope\") { name } }", NULL, "{\"data\":{\"__type\":null}}"},
        {"{ __type(name: \"ThingParts\") { fields { name args { name } type { kind name ofType "
         "{ name } } } } }",
         NULL,
         "{\"data\":{\"__type\":{\"fields\":[{\"name\":\"no\",\"args\":[],\"type\":{\"kind\":"
         "\"NON_NULL\",\"name\":null,\"ofType\":{\"name\":\"Int\"}}},{\"name\":\"thing\",\"args\":"
         "[],\"type\":{\"kind\":\"OBJECT\",\"name\":\"Thing\",\"ofType\":null}}]}}}"},
    };
    struct fixture x;

    (void)state;
    fixture_open(&x, fixture_contract);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_string_equal(fixture_ask(&x, rows[i].document, rows[i].variables), rows[i].answer);
    fixture_close(&x);
}

/* What reaches the operation: its parameters, then its body; nothing where it was not called. */
static void
test_inputs(void **state)
{
    static const struct {
        const char *document, *variables, *inputs, *error;
    } rows[] = {
        {"{ listThings(limit: 3, state: off_line) { id } }", NULL, "3 \"off-line\" ", NULL},
        {"query ($s: State) { listThings(state: $s) { id } }", "{\"s\":\"_3rd\"}", " \"3rd\" ",
         NULL},
        {"query ($s: State) { listThings(state: $s) { id } }", "{}", "  ", NULL},
        {"query ($l: Int = 7) { listThings(limit: $l) { id } }", "{}", "7  ", NULL},
        {"query ($l: Int = 7) { listThings(limit: $l) { id } }", "{\"l\":null}", "  ", NULL},
        {"{ listThings(limit: null) { id } }", NULL, "  ", NULL},
        {"{ listThings(limit: 0) { id } }", NULL, "", "limit: must be at least 1"},
        {"query ($s: State) { listThings(state: $s) { id } }", "{\"s\":\"off-line\"}", "",
         "Variable \\\"$s\\\": this is no value of type State."},
        {"query ($l: Int) { listThings(limit: $l) { id } }", "{\"l\":1.5}", "",
         "Variable \\\"$l\\\": this is no value of type Int."},
        {"query ($l: Int) { listThings(limit: $l) { id } }", "{\"l\":2.0}", "2.0  ", NULL},
        {"query ($i: String!) { getThing(id: $i) { id } }", "{}", "",
         "Variable \\\"$i\\\": a value is required."},
        {"query ($i: String! = \"a\") { getThing(id: $i) { id } }", "{\"i\":null}", "",
         "Variable \\\"$i\\\": null stands where a value is required."},
        {"query ($i: String = \"a\") { getThing(id: $i) { id } }", "{\"i\":null}", "",
         "variable $i is null where a value is required"},
        {"mutation { createThing(input: {name: \"a\", _type: \"x\", state: _true, tags: \"t\", "
         "price: \"1.50\"}) { id } }",
         NULL,
         "{\"name\":\"a\",\"state\":\"true\",\"price\":1.50,\"tags\":[\"t\"],\"@type\":\"x\"}",
         NULL},
        {"mutation ($i: ThingCreateInput!) { createThing(input: $i) { id } }",
         "{\"i\":{\"name\":\"a\",\"price\":\"1.50\",\"tags\":[\"t\"]}}",
         "{\"name\":\"a\",\"price\":1.50,\"tags\":[\"t\"]}", NULL},
        {"mutation ($i: ThingCreateInput!) { createThing(input: $i) { id } }",
         "{\"i\":{\"name\":\"a\",\"nope\":1}}", "",
         "Variable \\\"$i\\\": ThingCreateInput has no such field."},
        /* where the contract has no null, it is not given */
        {"mutation { createThing(input: {name: \"a\", price: null, tags: null}) { id } }", NULL,
         "{\"name\":\"a\"}", NULL},
        {"mutation ($i: ThingCreateInput!) { createThing(input: $i) { id } }",
         "{\"i\":{\"name\":\"a\",\"state\":null}}", "{\"name\":\"a\"}", NULL},
        {"mutation { createThing(input: {name: \"far too long\"}) { id } }", NULL, "",
         "input/name: must have at most 10 characters"},
        {"mutation ($n: String!, $t: String) { createThing(input: {name: $n, tags: [$t, \"b\"], "
         "_type: $t}) { id } }",
         "{\"n\":\"a\"}", "", NULL}, /* $t does not fit [String!] */
        {"mutation ($d: DogInput!) { addPet(input: {dog: $d}) }", "{\"d\":{\"kind\":\"dog\"}}",
         "{\"kind\":\"dog\"}", NULL},
        {"mutation ($p: PetInput!) { addPet(input: $p) }",
         "{\"p\":{\"dog\":{\"kind\":\"dog\"},\"cat\":{\"kind\":\"cat\",\"lives\":1}}}", "",
         "Variable \\\"$p\\\": exactly one field of PetInput is given."},
    };
    struct fixture x;

    (void)state;
    fixture_open(&x, fixture_contract);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *answer;

        x.inputs = STR_NONE;
        answer = fixture_ask(&x, rows[i].document, rows[i].variables);
        if (!str_eq(x.inputs, str_of(rows[i].inputs)))
            fail_msg("%s\ngot    %.*s\nwanted %s\n%s", rows[i].document, STR_ARG(x.inputs),
                     rows[i].inputs, answer);
        if (rows[i].error && !strstr(answer, rows[i].error))
            fail_msg("%s\ngot %s\nwanted %s", rows[i].document, answer, rows[i].error);
    }
    fixture_close(&x);
}

static void
test_calls(void **state)
{
    static const struct {
        const char *document;
        unsigned batches, calls;
    } rows[] = {
        {"{ listThings { id } getParty { name } getShape { __typename } }", 1, 3},     /* at once */
        {"{ a: getThing(id: \"1\") { name } b: getThing(id: \"1\") { name } }", 1, 1}, /* once */
        {"{ a: getThing(id: \"1\") { name } b: getThing(id: \"2\") { name } }", 1, 2},
        {"mutation { a: createThing(input: {name: \"a\"}) { id } "
         "b: createThing(input: {name: \"a\"}) { id } }",
         2, 2}, /* one by one, never merged */
        {"{ __schema { types { name } } }", 0, 0},
        {"{ search @skip(if: true) }", 0, 0},
        /* edges: a level's at once; the second thing has no parent; never the same call twice */
        {"{ listThings { parent { name } } }", 2, 2},
        {"{ listThings { parent { id } b: parent { name parent { id } } } }", 3, 3},
        {"{ listThings { same { id } } }", 2, 2},
        {"{ getShape { ... on Square { thing { name } } } }", 2, 2}, /* x-telgate's */
    };
    struct fixture x;

    (void)state;
    fixture_open(&x, fixture_contract);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        fixture_ask(&x, rows[i].document, NULL);
        assert_int_equal(x.batches, rows[i].batches);
        assert_int_equal(x.calls, rows[i].calls);
    }
    x.graphql.limits.calls = 1;
    assert_non_null(strstr(fixture_ask(&x, "{ getShape { __typename } getParty { kind } }", NULL),
                           "a request makes at most 1 calls to backends"));
    assert_int_equal(x.calls, 1);
    fixture_close(&x);
}

static void
test_scope(void **state)
{
    struct fixture x;

    (void)state;
    fixture_open(&x, fixture_contract);
    x.forbidden = "getParty";
    assert_string_equal(
        fixture_ask(&x, "{ getParty { name } getShape { __typename } }", NULL),
        "{\"errors\":[{\"message\":\"the token does not allow it\",\"locations\":[{\"line\":1,"
        "\"column\":3}],\"path\":[\"getParty\"],\"extensions\":{\"code\":\"FORBIDDEN\",\"status\":"
        "403,\"problem\":{\"title\":\"Insufficient scope\",\"status\":403,\"detail\":"
        "\"the token does not allow it\"}}}],\"data\":{\"getParty\":null,\"getShape\":"
        "{\"__typename\":\"Square\"}}}");
    assert_int_equal(x.calls, 1);
    fixture_close(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_inputs),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_scope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
