/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cannot be read or written as XML is told when a contract is loaded; so are the types that
 * calls of their own name. */
#include "loading.h"

#define HEAD                                                                                       \
    "openapi: 3.1.0\n"                                                                             \
    "info: {title: T, version: '1'}\n"                                                             \
    "security: []\n"                                                                               \
    "x-telgate: {name: t, backends: {b: {url: 'http://h'},"                                        \
    " x: {url: 'http://h', media: application/xml}}}\n"

/* An operation with these members; line 8 is `x-telgate`, 9 the first of them. */
#define OPERATION(method, way, members)                                                            \
    HEAD "paths:\n  /p:\n    " method ": {operationId: o,\n      x-telgate: " way ",\n" members    \
         "}\n"

#define ANSWER(media, schema)                                                                      \
    "      responses: {'200': {description: d, content: {" media ": {schema:\n        " schema     \
    "}}}}"
#define BODY(media, schema)                                                                        \
    "      requestBody: {content: {" media ": {schema:\n        " schema "}}},\n"
#define NONE "      responses: {'204': {description: d}}"
#define COMPONENTS                                                                                 \
    "components: {schemas: {S: {type: object, properties: {n: {type: integer}}},\n"                \
    "  L: {type: array, items: {type: string}}}}\n"

static const struct loading_text ROWS[] = {
    {"a component",
     OPERATION("get", "{call: b}", ANSWER("application/xml", "{$ref: '#/components/schemas/S'}"))
         COMPONENTS,
     ""},
    {"a name", OPERATION("get", "{call: b}", ANSWER("text/xml", "{type: object, xml: {name: n}}")),
     ""},
    {"no name", OPERATION("get", "{call: b}", ANSWER("application/a+xml", "{type: object}")),
     "api.yaml:10:9: in XML this has no root element: add `xml: {name: NAME}`, or make it a "
     "component and name that by $ref\n"},
    {"no name, and no XML",
     OPERATION("get", "{call: b}", ANSWER("application/json", "{type: object}")), ""},
    {"no name, and passed on as it is",
     OPERATION("get", "{proxy: b}", ANSWER("text/xml", "{type: object}")), ""},
    {"a body", OPERATION("put", "{call: b}", BODY("text/xml", "{type: integer}") NONE),
     "api.yaml:10:9: in XML this has no root element: add `xml: {name: NAME}`, or make it a "
     "component and name that by $ref\n"},
    {"a list",
     OPERATION("get", "{call: b}", ANSWER("text/xml", "{$ref: '#/components/schemas/L'}"))
         COMPONENTS,
     "api.yaml:12:6: in XML a list needs an element around it: add `xml: {name: NAME, wrapped: "
     "true}`\n"},
    {"its items",
     OPERATION(
         "get", "{call: b}",
         ANSWER("text/xml", "{type: array, items: {type: string}, xml: {name: l, wrapped: true}}")),
     "api.yaml:10:9: in XML the items of this list have no element: add `xml: {name: NAME}` to "
     "`items`\n"},
    {"no schema",
     OPERATION("get", "{call: b}",
               "      responses: {'200': {description: d, content: {text/xml: {}}}}"),
     "api.yaml:9:18: an answer in XML needs a schema that says how it is written: add one with a "
     "name\n"},
    {"names",
     OPERATION("get", "{call: b}",
               ANSWER("text/xml",
                      "{type: object, xml: {name: 'a b'}, properties: {'1a': {type: string}, '@x': "
                      "{type: object},\n"
                      "        c: {type: string, xml: {name: d}}, d: {type: array, items: {type: "
                      "string}}, e: {type: string, xml: {name: d, attribute: true}}}}")),
     "api.yaml:10:9: 'a b' is no XML name: give another by `xml: {name: NAME}`\n"
     "api.yaml:10:63: '1a' is no XML name: give the member another by `xml: {name: NAME}`\n"
     "api.yaml:10:85: \"@x\" is an XML attribute, which holds no object and no list: remove "
     "`attribute`, or give it another type\n"
     "api.yaml:11:47: in XML \"c\" and \"d\" have the same name, 'd': give one another by `xml: "
     "{name: NAME}`\n"},
    {"a backend's media: the answer",
     OPERATION("get", "{call: x}", ANSWER("application/json", "{type: object}")),
     "api.yaml:10:9: in XML this has no root element: add `xml: {name: NAME}`, or make it a "
     "component and name that by $ref\n"},
    {"a backend's media: the body",
     OPERATION("put", "{call: x}", BODY("application/json", "{type: object}") NONE),
     "api.yaml:10:9: in XML this has no root element: add `xml: {name: NAME}`, or make it a "
     "component and name that by $ref\n"},
    {"a backend's media: no schema",
     OPERATION("put", "{call: x}", BODY("application/json", "{}") NONE),
     "api.yaml:8:25: this is sent to a backend in XML, but the operation's body has no schema that "
     "says how: add one with a name\n"},
    {"a backend's media: a call", OPERATION("put", "{call: x POST /q, request: {a: 1}}", NONE),
     "api.yaml:8:25: this is sent to a backend in XML: say by `body: '#/components/schemas/NAME'` "
     "how it is written\n"},
    {"a call that sends nothing", OPERATION("get", "{call: x GET /q}", NONE), ""},
    {"a call of its own",
     OPERATION("put",
               "{call: x POST /q, request: {n: 1}, body: '#/components/schemas/S',\n"
               "        answer: {type: object, xml: {name: a}, properties: {n: {type: integer}}}}",
               ANSWER("application/json", "{$ref: '#/components/schemas/S'}")) COMPONENTS,
     ""},
    {"its request is checked",
     OPERATION("put", "{call: b POST /q, request: {m: 1}, body: '#/components/schemas/S'}", NONE)
         COMPONENTS,
     "api.yaml:8:46: \"m\" is no member of what this template gives; check its spelling\n"},
    {"its answer is checked",
     OPERATION(
         "get",
         "{call: b GET /q, answer: '#/components/schemas/S', response: {n: $response.body#/m}}",
         ANSWER("application/json", "{$ref: '#/components/schemas/S'}")) COMPONENTS,
     "api.yaml:8:83: $response.body#/m: \"m\" is not there by the type; check its spelling against "
     "the contract\n"},
    {"answers of several",
     OPERATION("get",
               "{calls: {c: {call: b GET /q, answer: '#/components/schemas/S'}}, response: {n: "
               "$calls.c#/m}}",
               ANSWER("application/json", "{$ref: '#/components/schemas/S'}")) COMPONENTS,
     "api.yaml:8:97: $calls.c#/m: \"m\" is not there by the type; check its spelling against the "
     "contract\n"},
    {"no such schema",
     OPERATION("get", "{call: b GET /q, answer: '#/components/schemas/T'}", NONE) COMPONENTS,
     "api.yaml:8:43: $ref '#/components/schemas/T' finds nothing: correct it, or add what it "
     "names\n"},
    {"no reference", OPERATION("get", "{call: b GET /q, answer: S}", NONE),
     "api.yaml:8:43: 'S' names no schema: write '#/components/schemas/NAME'\n"},
    {"a mistake in a schema",
     OPERATION("get", "{calls: {c: {call: b GET /q, answer: {type: text}}}}", NONE),
     "api.yaml:8:62: type must be null, boolean, integer, number, string, array or object\n"},
    {"a far schema",
     OPERATION("get", "{call: b GET /q, answer: {type: array, items: {$ref: 'a.yaml#/x'}}}", NONE),
     "api.yaml:8:71: $ref 'a.yaml#/x' leads to another file, which is not read here: put the "
     "schema "
     "into components, and name it by '#/components/schemas/NAME'\n"},
    {"no schema at all", OPERATION("get", "{calls: {c: {call: b GET /q, answer: 1}}}", NONE),
     "api.yaml:8:55: answer must be a schema, or '#/components/schemas/NAME'\n"},
    {"a call that is the same", OPERATION("get", "{call: b, answer: {}}", NONE),
     "api.yaml:8:28: the call takes and answers what its operation does: remove 'answer', or write "
     "a method and a path (`BACKEND GET /path`)\n"},
    {"no body", OPERATION("get", "{call: b GET /q, body: {}}", NONE),
     "api.yaml:8:35: a GET call has no body: remove 'body', or use another method\n"},
    {"beside calls", OPERATION("get", "{calls: {c: b GET /q}, body: {}}", NONE),
     "api.yaml:8:41: with `calls`, 'body' belongs to one of them: move it there\n"},
};

#define BACKEND(members)                                                                           \
    "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nsecurity: []\n"                               \
    "x-telgate: {name: t, backends: {b: {url: 'http://h', " members "}}}\n"                        \
    "paths:\n  /p:\n    get: {operationId: o, x-telgate: {call: b},\n" NONE "}\n"

static const struct loading_text BACKENDS[] = {
    {"any XML", BACKEND("media: application/vnd.x+xml"), ""},
    {"JSON", BACKEND("media: application/json"), ""},
    {"none that is known", BACKEND("media: application/x-protobuf"),
     "api.yaml:4:61: backend 'b': media 'application/x-protobuf' is not known: write "
     "application/json, application/xml, text/xml, text/csv, or a type that ends in +json or "
     "+xml\n"},
    {"no text", BACKEND("media: [text/xml]"), "api.yaml:4:61: 'media' must be text\n"},
};

/* The older dialects are lowered, here too. */
static const struct loading_text OLDER[] = {
    {"2.0",
     "swagger: '2.0'\ninfo: {title: T, version: '1'}\n"
     "x-telgate: {name: t, backends: {b: {url: 'http://h'}}}\nsecurity: []\n"
     "paths: {/p: {get: {operationId: o, produces: [application/json], x-telgate: {call: b GET "
     "/q,\n"
     "  answer: '#/definitions/S', response: {n: $response.body#/m}}, responses: {'200': {\n"
     "  description: d, schema: {$ref: '#/definitions/S'}}}}}}\n"
     "definitions: {S: {type: object, properties: {n: {type: integer}}}}\n",
     "api.yaml:6:44: $response.body#/m: \"m\" is not there by the type; check its spelling against "
     "the contract\n"},
    {"3.0",
     "openapi: 3.0.3\ninfo: {title: T, version: '1'}\nsecurity: []\n"
     "x-telgate: {name: t, backends: {b: {url: 'http://h'}}}\n"
     "paths: {/p: {get: {operationId: o, x-telgate: {call: b GET /q, response: {n: 1},\n"
     "  answer: {type: string, nullable: true}}, responses: {'200': {description: d}}}}}\n",
     ""},
};

static void
test_documents(void **state)
{
    (void)state;
    loading_check_texts(ROWS, sizeof ROWS / sizeof *ROWS);
    loading_check_texts(OLDER, sizeof OLDER / sizeof *OLDER);
}

static void
test_backends(void **state)
{
    (void)state;
    loading_check_texts(BACKENDS, sizeof BACKENDS / sizeof *BACKENDS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_documents),
                                       cmocka_unit_test(test_backends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
