/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of validation, a row that keeps it and rows that break it; and the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include "tests/unit/graphql/fixture.h"

/* All messages of the document, a line each. */
static const char *
told(struct fixture *x, struct str document)
{
    struct errors errors = {.arena = x->arena};
    struct validation v = {.arena = x->arena,
                           .schema = x->graphql.schema,
                           .limits = &x->graphql.limits,
                           .errors = &errors};
    struct str text = STR("");

    v.query = query_parse(x->arena, document, x->graphql.limits.tokens, &errors);
    if (v.query)
        validate(&v);
    for (const struct error *e = errors.first; e; e = e->next)
        text = arena_printf(x->arena, "%.*s%.*s\n", STR_ARG(text), STR_ARG(e->message));
    return text.p;
}

static const struct {
    const char *document, *told;
} rules[] = {
    {"{ getThing(id: \"1\") { id } }", ""},
    /* operations */
    {"query A { search } query A { search }", "There can be only one operation named \"A\".\n"},
    {"query A { search } { search }",
     "This anonymous operation must be the only defined operation.\n"},
    {"subscription { search }", "The schema has no root type for \"subscription\".\n"},
    /* fields */
    {"{ nope }", "Cannot query field \"nope\" on type \"Query\".\n"},
    {"{ listPets { kind } }", "Cannot query field \"kind\" on type \"Pet\".\n"},
    {"{ listPets { __typename } }", ""},
    {"{ getThing(id: \"1\") { __schema { types { name } } } }",
     "Cannot query field \"__schema\" on type \"Thing\".\n"},
    {"{ getThing(id: \"1\") }", "A selection of subfields is required for field \"getThing\".\n"},
    {"{ search { x } }", "No selection of subfields is allowed for field \"search\".\n"},
    /* arguments */
    {"{ getThing { id } }",
     "Argument \"id\" of \"getThing\" is required, but it was not provided.\n"},
    {"{ search(x: 1) }", "Unknown argument \"x\" on \"search\".\n"},
    {"{ getThing(id: \"1\", id: \"2\") { id } }", "There can be only one argument named \"id\".\n"},
    {"{ getThing(id: null) { id } }", "This value is not one of type \"String!\".\n"},
    {"{ getThing(id: 1) { id } }", "This value is not one of type \"String!\".\n"},
    {"{ listThings(limit: 2147483648) { id } }", "This value is not one of type \"Int\".\n"},
    {"{ listThings(limit: 1.0) { id } }", "This value is not one of type \"Int\".\n"},
    {"{ listThings(state: off_line) { id } }", ""},
    {"{ listThings(state: \"on\") { id } }", "This value is not one of type \"State\".\n"},
    {"{ listThings(state: nope) { id } }", "This value is not one of type \"State\".\n"},
    /* input objects */
    {"mutation { createThing(input: {name: \"a\", tags: \"one\", price: \"1.5\"}) { id } }", ""},
    {"mutation { createThing(input: {tags: [1]}) { id } }",
     "This value is not one of type \"String!\".\nMissing the required field \"name\".\n"},
    {"mutation { createThing(input: {name: \"a\", x: 1}) { id } }",
     "Field \"x\" is not defined by type \"ThingCreateInput\".\n"},
    {"mutation { createThing(input: {name: \"a\", name: \"b\"}) { id } }",
     "There can be only one input field named \"name\".\n"},
    {"mutation { addPet(input: {dog: {kind: \"dog\"}}) }", ""},
    {"mutation { addPet(input: {}) }",
     "Exactly one field, not null, is given in an object of type \"PetInput\".\n"},
    {"mutation { addPet(input: {dog: null}) }",
     "Exactly one field, not null, is given in an object of type \"PetInput\".\n"},
    /* fragments */
    {"{ ...F } fragment F on Query { search }", ""},
    {"{ ...F ...F } fragment F on Query { search } fragment F on Query { search }",
     "There can be only one fragment named \"F\".\nNever used: the fragment \"F\".\n"},
    {"{ ...F }", "Unknown fragment \"F\".\n"},
    {"{ search } fragment F on Query { search }", "Never used: the fragment \"F\".\n"},
    {"{ ... on Nope { x } }", "Unknown type \"Nope\".\n"},
    {"{ ...F } fragment F on State { x }",
     "Fragment cannot condition on non composite type \"State\".\n"},
    {"{ ... on Thing { id } }", "Fragment cannot be spread here as objects of type \"Query\" "
                                "can never be of type \"Thing\".\n"},
    {"{ getParty { ... on Person { age } ... on Party { name } } }", ""},
    {"{ getParty { ... on Cat { lives } } }",
     "Fragment cannot be spread here as objects of type \"Party\" can never be of type "
     "\"Cat\".\n"},
    {"{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
     "Cannot spread within itself: the fragment \"A\".\n"},
    {"{ ...A } fragment A on Query { ...A }", "Cannot spread within itself: the fragment \"A\".\n"},
    /* directives */
    {"{ search @skip(if: true) @include(if: false) }", ""},
    {"{ search @nope }", "Unknown directive \"nope\".\n"},
    {"query @skip(if: true) { search }", "This is no place for the directive \"skip\".\n"},
    {"{ search @deprecated }", "This is no place for the directive \"deprecated\".\n"},
    {"{ search @skip(if: true) @skip(if: true) }",
     "It can be used only once here: the directive \"skip\".\n"},
    {"{ search @skip }", "Argument \"if\" of \"skip\" is required, but it was not provided.\n"},
    {"{ search @skip(if: 1) }", "This value is not one of type \"Boolean!\".\n"},
    /* variables */
    {"query ($i: String!) { getThing(id: $i) { id } }", ""},
    {"query ($i: String = \"1\") { getThing(id: $i) { id } }", ""},
    {"query ($i: String) { getThing(id: $i) { id } }",
     "Of a type that does not fit here: the variable \"i\".\n"},
    {"query ($i: Int!) { getThing(id: $i) { id } }",
     "Of a type that does not fit here: the variable \"i\".\n"},
    {"query ($d: DogInput) { search } mutation M($d: DogInput) { addPet(input: {dog: $d}) }", NULL},
    {"mutation M($d: DogInput) { addPet(input: {dog: $d}) }",
     "Of a type that does not fit here: the variable \"d\".\n"}, /* of @oneOf, not null */
    {"{ getThing(id: $i) { id } }", "Not defined by the operation: the variable \"i\".\n"},
    {"query ($i: Int) { search }", "Never used: the variable \"i\".\n"},
    {"query ($i: Int, $i: Int) { listThings(limit: $i) { id } }",
     "There can be only one variable named \"i\".\n"},
    {"query ($i: Thing) { search @skip(if: $i) }",
     "A variable cannot be of the non-input type \"Thing\".\n"},
    {"query ($i: Nope) { search @skip(if: $i) }", "Unknown type \"Nope\".\n"},
    {"query ($i: Int = \"x\") { listThings(limit: $i) { id } }",
     "This value is not one of type \"Int\".\n"},
    {"query ($i: String!) { ...F } fragment F on Query { getThing(id: $i) { id } }", ""},
};

static void
test_rules(void **state)
{
    struct fixture x;

    (void)state;
    fixture_open(&x, fixture_contract);
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
        const char *got = told(&x, str_of(rules[i].document));

        if (rules[i].told && strcmp(got, rules[i].told))
            fail_msg("%s\ngot %swanted %s", rules[i].document, got, rules[i].told);
        if (!rules[i].told && !*got)
            fail_msg("%s passes", rules[i].document);
    }
    fixture_close(&x);
}

static void
test_overlap(void **state)
{
    static const struct {
        const char *selections;
        bool good;
    } rows[] = {
        {"a: search a: search", true},
        {"a: search a: getThing(id: \"1\") { id }", false},
        {"t: getThing(id: \"1\") { id } t: getThing(id: \"1\") { name }", true},
        {"t: getThing(id: \"1\") { id } t: getThing(id: \"2\") { id }", false},
        {"t: getThing(id: \"1\") { x: id } t: getThing(id: \"1\") { x: name }", false},
        {"listThings(limit: 1, state: on) { id } listThings(state: on, limit: 1) { id }", true},
        {"listThings(limit: 1) { id } listThings { id }", false},
        /* never on one object, and of one shape */
        {"listPets { ... on Cat { n: name } ... on Dog { n: kind } }", false}, /* String, String! */
        {"getParty { ... on Person { n: name } ... on Firm { n: seat } }", true},
        {"getParty { ... on Person { n: age } ... on Firm { n: seat } }", false},
        {"getParty { n: name ... on Firm { n: seat } }", false}, /* they meet on Firm */
        {"getThing(id: \"1\") { parts { no } ...F }", true},
        {"getThing(id: \"1\") { parts { no: thing { id } } ...F }", false},
    };
    struct fixture x;

    (void)state;
    fixture_open(&x, fixture_contract);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        bool fragment = strstr(rows[i].selections, "...F") != NULL;
        struct str document = arena_printf(x.arena, "{ %s } %s", rows[i].selections,
                                           fragment ? "fragment F on Thing { parts { no } }" : "");
        const char *got = told(&x, document);

        if (!*got != rows[i].good || (*got && !strstr(got, "conflict because")))
            fail_msg("%s: %s", document.p, got);
    }
    fixture_close(&x);
}

/* Many times the same text between two others; %u in it counts. */
static struct str
repeated(struct arena *a, const char *head, const char *middle, unsigned n, const char *tail)
{
    struct buf b;
    struct str text;

    buf_init(&b, 32 << 20);
    buf_str(&b, str_of(head));
    for (unsigned i = 0; i < n; i++)
        for (const char *p = middle; *p; p++)
            if (*p == '#')
                buf_printf(&b, "%u", i);
            else if (*p == '+')
                buf_printf(&b, "%u", i + 1);
            else
                buf_put_char(&b, *p);
    buf_str(&b, str_of(tail));
    text = arena_dup(a, buf_view(&b));
    buf_fini(&b);
    return text;
}

static void
test_limits(void **state)
{
    static const struct {
        const char *head, *middle;
        unsigned n;
        const char *tail, *told;
    } rows[] = {
        {"{", " search", 2000, "}", "more fields at its root"},
        {"{", " a#: search", 10000, "}", "too many tokens"},
        {"{", " a#: search", 31, "}", "more aliases"},
        {"{ getThing(id: \"1\") {", " id", 2000, "} }", ""}, /* merged, and cheap */
        {"{ getThing(id: \"1\") { id", " parts { thing { id", 6, NULL, "more levels of fields"},
        {"{", " nope", 2000, "}", "Cannot query field"}, /* capped at 100 */
        {"{ ...F0 } ", "fragment F# on Query { ...F+ } ", 500, "fragment F500 on Query { search }",
         "more levels of selections"},
        {"{ ...F0 } ", "fragment F# on Query { ...F+ ...F+ } ", 400,
         "fragment F400 on Query { search }", "more levels of selections"},
        {"{ ...F0 } ", "fragment F# on Query { ...F+ ...F+ } ", 60,
         "fragment F60 on Query { search }", "more fields at its root"},
        {"{ getThing(id: \"1\") { ...F0 } } ", "fragment F# on Thing { parts { no } ...F+ ...F+ } ",
         100, "fragment F100 on Thing { id }", ""},
        {"{ ...F0 } ", "fragment F# on Query { ...F+ } ", 500, "fragment F500 on Query { ...F0 }",
         "Cannot spread within itself"},
        {"{ __schema { types", " { fields { type", 3, " { name } } } } } } } } }",
         "more levels of introspection"},
    };
    struct fixture x;

    (void)state;
    fixture_open(&x, fixture_contract);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *closing = "} } } } } } } } } } } } } } } }", *got;
        bool levels = rows[i].tail == NULL;
        struct str document = repeated(x.arena, rows[i].head, rows[i].middle, rows[i].n,
                                       levels ? closing + strlen(closing) - 27 : rows[i].tail);
        clock_t start = clock();

        got = told(&x, document);
        if (rows[i].told[0] ? !strstr(got, rows[i].told) : *got)
            fail_msg("row %zu: %.300s\ngot %.300s", i, document.p, got);
        assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 2); /* ms; sanitizers are slow */
    }
    fixture_close(&x);
}

static void
test_introspection_off(void **state)
{
    struct fixture x;

    (void)state;
    fixture_open(&x, fixture_contract);
    x.graphql.limits.introspection = false;
    assert_string_equal(told(&x, STR("{ __schema { types { name } } }")),
                        "Introspection is off here: field \"__schema\".\n");
    assert_string_equal(told(&x, STR("{ __typename }")), "");
    fixture_close(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_introspection_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
