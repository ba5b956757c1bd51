/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From contracts to the graph: what each rule makes of a schema, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/graphql/fixture.h"

static struct str
sdl_of(struct fixture *x)
{
    struct buf b;
    struct str text;

    buf_init(&b, 1 << 20);
    schema_print(&b, x->graphql.schema);
    text = arena_dup(x->arena, buf_view(&b));
    buf_fini(&b);
    return text;
}

static void
test_rules(void **state)
{
    static const char *const rows[] = {
        "  getThing(id: String!): Thing\n",
        "  listThings(limit: Int, state: State): [Thing!]\n",
        "  parent: Thing\n", /* a link: its argument is filled */
        "  same(limit: Int): [Thing!]\n",
        "  search: [String!]\n",                 /* a POST that says it is a query */
        "  addPet(input: PetInput!): Boolean\n", /* 204 */
        "  createThing(input: ThingCreateInput!): Thing\n",
        "enum State {\n  on\n  off_line\n  _3rd\n  _true\n}\n",
        "  _type: String\n",
        "  size: Long\n",
        "  count: Int\n",
        "  price: Decimal\n",
        "  weight: Float\n",
        "  made: DateTime\n",
        "  extra: JSON\n",
        "  mixed: JSON\n",
        "  old: String @deprecated\n",
        "  parts: [ThingParts!]!\n", /* inline: parent and property */
        "  maybe: State\n",          /* nullable by oneOf */
        "  grid: [[Float]!]\n",
        "type ThingParts {\n  no: Int!\n  thing: Thing\n}\n",
        "union Pet = Cat | Dog\n",
        "input PetInput @oneOf {\n  cat: CatInput\n  dog: DogInput\n}\n",
        "interface Party {\n  kind: String!\n  name: String\n}\n",
        "type Person implements Party {\n",
        "type Firm implements Party {\n",
        "type PartyBase implements Party {\n",
        "union Shape = Circle | Square\n",
        "\"\"\"\nWhere it is.\n\"\"\"\nenum State",
        "scalar Long @specifiedBy(url: ",
    };
    struct fixture x;
    struct str sdl;

    (void)state;
    fixture_open(&x, fixture_contract);
    assert_non_null(x.graphql.schema);
    sdl = sdl_of(&x);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (!strstr(sdl.p, rows[i]))
            fail_msg("not in the SDL: %s\n%s", rows[i], sdl.p);
    assert_null(strstr(sdl.p, "hidden"));
    assert_null(strstr(sdl.p, "secret")); /* writeOnly is never answered */
    assert_null(strstr(strstr(sdl.p, "input ThingCreateInput"), "id: String!"));
    assert_int_equal(x.report.errors, 0);
    assert_int_equal(x.report.warnings, 2); /* mixed, a link that leads nowhere */
    fixture_close(&x);
}

#define OPERATION(id, schema)                                                                      \
    "operationId: " id ", responses: {'200': {description: x, content: "                           \
    "{application/json: {schema: " schema "}}}}"
#define REFERENCE(name) "{$ref: '#/components/schemas/" name "'}"

#define API(paths, schemas)                                                                        \
    "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: /t}]\nsecurity: []\n"         \
    "x-telgate: {name: t/v1, backends: {b: {url: 'http://127.0.0.1:1'}}, call: b}\n"               \
    "paths:\n" paths "components:\n  schemas:\n    Any: {}\n" schemas

static void
test_mistakes(void **state)
{
    static const struct {
        const char *contract, *told;
    } rows[] = {
        {API("  /a: {get: {" OPERATION("a-b", "{}") "}}\n  /b: {get: {" OPERATION("a_b",
                                                                                  "{}") "}}\n",
             ""),
         "t/v1: two operations are named a_b in GraphQL: change one operationId, or say "
         "`x-telgate: {graphql: false}`"},
        {API("  /a: {get: {" OPERATION("a", REFERENCE("T")) "}}\n",
             "    T: {type: object, properties: {a-b: {type: string}, a_b: {type: string}}}\n"),
         "t/v1: two members of T are named a_b in GraphQL: rename one"},
        {API("  /a: {get: {" OPERATION("a", REFERENCE("T")) "}}\n"
                                                            "  /b: {get: {" OPERATION(
                                                                "b", REFERENCE("TX")) "}}\n",
             "    T: {type: object, properties: {x: {type: object, properties: "
             "{a: {type: string}}}}}\n"
             "    TX: {type: object, properties: {b: {type: string}}}\n"),
         "t/v1: two different types are named TX in GraphQL (the other is of t/v1): rename one, "
         "or say `x-telgate: {graphql: false}` where it is used"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture x;

        fixture_open(&x, rows[i].contract);
        assert_null(x.graphql.schema);
        assert_non_null(x.report.first);
        assert_string_equal(x.report.first->text.p, rows[i].told);
        fixture_close(&x);
    }
}

/* Two contracts with the same component share its type. */
static void
test_shared(void **state)
{
    struct fixture x;
    const struct contract *both[2];
    const char *one = API("  /a: {get: {" OPERATION("a", REFERENCE("T")) "}}\n",
                          "    T: {type: object, properties: {s: {type: string, enum: [x]}}}\n");
    const char *two = API("  /b: {get: {" OPERATION("b", REFERENCE("T")) "}}\n",
                          "    T: {type: object, properties: {s: {type: string, enum: [x]}}}\n");
    const struct schema *s;

    (void)state;
    fixture_open(&x, one);
    both[0] = x.contract;
    both[1] = fixture_load(&x, two);
    assert_non_null(both[1]);
    s = schema_build(x.arena, both, 2, &x.report);
    assert_non_null(s);
    assert_ptr_equal(schema_find_field(s->query, STR("a"))->type.type,
                     schema_find_field(s->query, STR("b"))->type.type);
    fixture_close(&x);
}

static void
test_nothing_served(void **state)
{
    struct fixture x;

    (void)state;
    fixture_open(&x,
                 API("  /a: {get: {" OPERATION("a", "{}") ", x-telgate: {graphql: false}}}\n", ""));
    assert_null(x.graphql.schema);
    assert_int_equal(x.report.errors, 0);
    fixture_close(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_nothing_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
