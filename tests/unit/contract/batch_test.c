/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `batch`: what it becomes, and every mistake in it, told with its place. */
#include "loading.h"

#define THING "{$ref: '#/components/schemas/Thing'}"
#define ONE   "content: {application/json: {schema: " THING "}}"
#define LIST  "content: {application/json: {schema: {type: array, items: " THING "}}}"

/* Line 10 is the batch of getThing. */
#define FRAME(batch)                                                                               \
    "openapi: 3.1.0\n"                                                                             \
    "info: {title: T, version: '1'}\n"                                                             \
    "security: []\n"                                                                               \
    "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, call: b}\n"                          \
    "components: {schemas: {Thing: {type: object, properties: {id: {type: string}, in: {type: "    \
    "object, properties: {no: {type: string}}}}}}}\n"                                              \
    "paths:\n"                                                                                     \
    "  /thing/{id}:\n"                                                                             \
    "    get:\n"                                                                                   \
    "      operationId: getThing\n"                                                                \
    "      x-telgate: {batch: " batch "}\n"                                                        \
    "      parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: "     \
    "lang, in: query, schema: {type: string}}]\n"                                                  \
    "      responses: {'200': {description: d, " ONE "}}\n"                                        \
    "  /thing:\n"                                                                                  \
    "    get:\n"                                                                                   \
    "      operationId: listThings\n"                                                              \
    "      parameters: [{name: ids, in: query, required: true, schema: {type: array, maxItems: "   \
    "30, items: {type: string}}}, {name: lang, in: query, schema: {type: string}}]\n"              \
    "      responses: {'200': {description: d, " LIST "}}\n"                                       \
    "  /own:\n"                                                                                    \
    "    get:\n"                                                                                   \
    "      operationId: listOwn\n"                                                                 \
    "      parameters: [{name: ids, in: query, schema: {type: array, items: {type: string}}}, "    \
    "{name: must, in: query, required: true, schema: {type: string}}]\n"                           \
    "      responses: {'200': {description: d, " LIST "}}\n"                                       \
    "  /other: {get: {operationId: other, parameters: [{name: id, in: query, schema: {type: "      \
    "array}}], responses: {'200': {description: d}}}}\n"

#define AT(column) "api.yaml:10:" #column ": batch: "

static const struct loading_text rows[] = {
    {"no parameter", FRAME("{}"),
     AT(26) "say which parameter's values are gathered: {parameter: NAME, ...}\n"},
    {"a member", FRAME("{parameter: id, opration: listThings}"),
     AT(42) "'opration' is not known: did you mean 'operation'?\n"},
    {"an operation", FRAME("{parameter: id, operation: listThing}"),
     AT(53) "operation 'listThing' is not in this contract: did you mean 'listThings'?\n"},
    {"a parameter", FRAME("{parameter: di, operation: listThings}"),
     AT(38) "operation 'getThing' has no parameter 'di'\n"},
    {"the other's parameter", FRAME("{parameter: id, operation: listThings}"),
     AT(38) "operation 'listThings' has no parameter 'id': did you mean 'ids'?\n"},
    {"no list", FRAME("{parameter: id}"),
     AT(38) "parameter 'id' of operation 'getThing' takes no list: name an `operation` whose "
            "parameter does\n"},
    {"another answer", FRAME("{parameter: id, operation: other}"),
     AT(26) "operation 'other' must answer a list of what 'getThing' answers: the same "
            "component\n"},
    {"a key", FRAME("{parameter: id, operation: listThings, as: ids, key: /in/on}"),
     AT(79) "'/in/on' is no member of what operation 'listThings' answers: say in `key` where an "
            "item has its value, like /id\n"},
    {"a parameter that is required", FRAME("{parameter: id, operation: listOwn, as: ids}"),
     AT(26) "parameter 'must' is required, so no call can be gathered without it: name it in "
            "`with`\n"},
    {"with", FRAME("{parameter: id, operation: listThings, as: ids, with: [lang, 'zz']}"),
     AT(87) "operation 'getThing' has no parameter 'zz'\n"},
    {"most", FRAME("{parameter: id, operation: listThings, as: ids, most: 1}"),
     AT(80) "`most` must be a number from 2 to 10000\n"},
};

static void
test_mistakes(void **state)
{
    (void)state;
    loading_check_texts(rows, sizeof rows / sizeof *rows);
}

static void
test_batch(void **state)
{
    const struct loading_file files[LOADING_FILES] = {
        {"api.yaml", FRAME("{parameter: id, operation: listThings, as: ids, with: [lang]}")}};
    struct loading l;
    const struct batch *b;

    (void)state;
    loading_start(&l, files, NULL);
    assert_non_null(l.contract);
    b = contract_operation(l.contract, STR("getThing"))->batch;
    assert_non_null(b);
    assert_ptr_equal(b->operation, contract_operation(l.contract, STR("listThings")));
    assert_int_equal(b->parameter, 0);
    assert_int_equal(b->values, 0);
    assert_int_equal(b->passed[0], -1);
    assert_int_equal(b->passed[1], 1);
    assert_int_equal(b->most, 30); /* maxItems */
    assert_true(str_eq(b->key, STR("/id")));
    assert_null(contract_operation(l.contract, STR("listThings"))->batch);
    loading_end(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
