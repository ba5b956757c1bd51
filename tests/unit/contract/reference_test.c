/* SPDX-License-Identifier: GPL-2.0-or-later */
/* $refs between files and within one: what is brought in, and what is refused. */
#include "tests/unit/contract/loading.h"

#define HEAD                                                                                       \
    "openapi: 3.1.0\n"                                                                             \
    "info: {title: T, version: '1'}\n"                                                             \
    "security: []\n"                                                                               \
    "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, call: b}\n"
#define OK "responses: {'200': {description: ok}}"

static const struct loading_row rows[] = {
    {"schemas of other files, in a circle",
     {{"api.yaml",
       HEAD "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
            "{application/json: {schema: {$ref: 'types.yaml#/A'}}}}, " OK "}}}\n"
            "components: {schemas: {D: {type: string}}}\n"},
      {"types.yaml",
       "A: {type: object, properties: {b: {$ref: '#/B'}}}\n"
       "B: {type: object, properties: {a: {$ref: '#/A'}, c: {$ref: 'more/c.yaml'}}}\n"},
      {"more/c.yaml", "type: object\n"
                      "properties: {a: {$ref: '../types.yaml#/A'}, d: {$ref: "
                      "'../api.yaml#/components/schemas/D'}}\n"}},
     "",
     "/components",
     "{\"schemas\":{\"D\":{\"type\":\"string\"},\"A\":{\"type\":\"object\",\"properties\":{\"b\":{"
     "\"$ref\":\"#/components/schemas/"
     "B\"}}},\"B\":{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/components/schemas/"
     "A\"},\"c\":{\"$ref\":\"#/components/schemas/"
     "c\"}}},\"c\":{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/components/schemas/"
     "A\"},\"d\":{\"$ref\":\"#/components/schemas/D\"}}}}}"},
    {"a name that is taken",
     {{"api.yaml",
       HEAD "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
            "{application/json: {schema: {$ref: 'types.yaml#/D'}}}}, " OK "}}}\n"
            "components: {schemas: {D: {type: string}}}\n"},
      {"types.yaml", "D: {type: integer}\n"}},
     "",
     "/components",
     "{\"schemas\":{\"D\":{\"type\":\"string\"},\"D_2\":{\"type\":\"integer\"}}}"},
    {"every kind of part",
     {{"api.yaml", HEAD "paths:\n"
                        "  /a: {$ref: 'parts.yaml#/path'}\n"},
      {"parts.yaml", "path:\n"
                     "  post:\n"
                     "    operationId: a\n"
                     "    parameters: [{$ref: '#/parameter'}]\n"
                     "    requestBody: {$ref: '#/body'}\n"
                     "    responses: {'200': {$ref: '#/response'}}\n"
                     "parameter: {name: p, in: query, schema: {type: string}}\n"
                     "body: {content: {application/json: {schema: {}}}}\n"
                     "response: {description: d, headers: {H: {$ref: '#/header'}}}\n"
                     "header: {schema: {type: string}}\n"}},
     "",
     "/components",
     "{\"pathItems\":{\"path\":{\"post\":{\"operationId\":\"a\",\"parameters\":[{\"$ref\":\"#/"
     "components/parameters/parameter\"}],\"requestBody\":{\"$ref\":\"#/components/requestBodies/"
     "body\"},\"responses\":{\"200\":{\"$ref\":\"#/components/responses/"
     "response\"}}}}},\"parameters\":{\"parameter\":{\"name\":\"p\",\"in\":\"query\",\"schema\":{"
     "\"type\":\"string\"}}},\"requestBodies\":{\"body\":{\"content\":{\"application/"
     "json\":{\"schema\":{}}}}},\"responses\":{\"response\":{\"description\":\"d\",\"headers\":{"
     "\"H\":{\"$ref\":\"#/components/headers/"
     "header\"}}}},\"headers\":{\"header\":{\"schema\":{\"type\":\"string\"}}}}"},
    {"discriminators",
     {{"api.yaml",
       HEAD "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
            "{application/json: {schema: {$ref: 'types.yaml#/Pet'}}}}, " OK "}}}\n"},
      {"types.yaml",
       "Pet: {type: object, required: [kind], properties: {kind: {type: string}}, discriminator: "
       "{propertyName: kind, mapping: {cat: '#/Cat'}}}\n"
       "Cat: {allOf: [{$ref: '#/Pet'}, {type: object, properties: {lives: {type: integer}}}]}\n"}},
     "",
     "/components",
     "{\"schemas\":{\"Pet\":{\"type\":\"object\",\"required\":[\"kind\"],\"properties\":{\"kind\":{"
     "\"type\":\"string\"}},\"discriminator\":{\"propertyName\":\"kind\",\"mapping\":{\"cat\":\"#/"
     "components/schemas/Cat\"}}},\"Cat\":{\"allOf\":[{\"$ref\":\"#/components/schemas/"
     "Pet\"},{\"type\":\"object\",\"properties\":{\"lives\":{\"type\":\"integer\"}}}]}}}"},
    {"not local",
     {{"api.yaml", HEAD "paths: {/a: {post: {operationId: a, requestBody: {required: true, "
                        "content: {application/json: {schema: {allOf: [{$ref: 'http://h/x.yaml'}, "
                        "{$ref: 'file:///etc/x.yaml'}, {$ref: /etc/x.yaml}]}}}}, " OK "}}}\n"}},
     "api.yaml:5:120: $ref 'http://h/x.yaml' is not local: save the file next to this one and name "
     "it by its relative path\n"
     "api.yaml:5:147: $ref 'file:///etc/x.yaml' is not local: save the file next to this one and "
     "name it by its relative path\n"
     "api.yaml:5:177: $ref '/etc/x.yaml' is an absolute path: use a path relative to this file\n",
     NULL,
     NULL},
    {"no such file, twice",
     {{"api.yaml", HEAD "paths: {/a: {post: {operationId: a, requestBody: {required: true, "
                        "content: {application/json: {schema: {allOf: [{$ref: 'none.yaml#/A'}, "
                        "{$ref: 'none.yaml#/B'}]}}}}, " OK "}}}\n"}},
     "none.yaml: cannot be read: No such file or directory\n"
     "api.yaml:5:120: 'none.yaml' could not be read, see above\n",
     NULL,
     NULL},
    {"no such node",
     {{"api.yaml",
       HEAD "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
            "{application/json: {schema: {$ref: 'types.yaml#/A/b~1c'}}}}, " OK "}}}\n"},
      {"types.yaml", "A: {type: string}\n"}},
     "api.yaml:5:111: $ref 'types.yaml#/A/b~1c' finds nothing: correct the file or the pointer\n",
     NULL,
     NULL},
    {"an anchor, a broken escape",
     {{"api.yaml", HEAD "paths: {/a: {post: {operationId: a, requestBody: {required: true, "
                        "content: {application/json: {schema: {allOf: [{$ref: 'types.yaml#A'}, "
                        "{$ref: 'types.yaml#/%zz'}]}}}}, " OK "}}}\n"},
      {"types.yaml", "A: {type: string}\n"}},
     "api.yaml:5:120: $ref 'types.yaml#A' names an anchor, which is not supported: use a JSON "
     "Pointer, '#/...'\n"
     "api.yaml:5:144: $ref 'types.yaml#/%zz' has a broken %-escape: correct it\n",
     NULL,
     NULL},
    {"a $ref that is no text",
     {{"api.yaml", HEAD "paths: {/a: {get: {operationId: a, parameters: [{$ref: 1}], " OK "}}}\n"}},
     "api.yaml:5:56: $ref must be text\n",
     NULL,
     NULL},
    {"a mistake in another file has its place",
     {{"api.yaml",
       HEAD "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
            "{application/json: {schema: {$ref: 'types.yaml#/A'}}}}, " OK "}}}\n"},
      {"types.yaml", "A: {type: object, properties: {x: {type: strnig}}}\n"}},
     "types.yaml:1:42: type must be null, boolean, integer, number, string, array or object\n",
     NULL,
     NULL},
    {"an older file among newer ones",
     {{"api.yaml",
       HEAD "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
            "{application/json: {schema: {$ref: 'old.yaml#/components/schemas/A'}}}}, " OK "}}}\n"},
      {"old.yaml", "openapi: 3.0.0\n"
                   "info: {title: t, version: '1'}\n"
                   "paths: {}\n"
                   "components: {schemas: {A: {type: string, nullable: true}}}\n"}},
     "",
     "/components",
     "{\"schemas\":{\"A\":{\"type\":[\"string\",\"null\"]}}}"},
    {"definitions of a Swagger file",
     {{"api.yaml",
       HEAD "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
            "{application/json: {schema: {$ref: 'old.json#/definitions/A'}}}}, " OK "}}}\n"},
      {"old.json",
       "{\"swagger\": \"2.0\", \"info\": {\"title\": \"t\", \"version\": \"1\"}, \"paths\": {}, "
       "\"definitions\": {\"A\": {\"type\": \"object\", \"properties\": {\"b\": {\"$ref\": "
       "\"#/definitions/B\"}}}, \"B\": {\"type\": \"string\", \"x-nullable\": true}}}"}},
     "",
     "/components",
     "{\"schemas\":{\"A\":{\"type\":\"object\",\"properties\":{\"b\":{\"$ref\":\"#/components/"
     "schemas/B\"}}},\"B\":{\"type\":[\"string\",\"null\"]}}}"},
    {"examples and enums are left alone",
     {{"api.yaml", HEAD "paths: {/a: {post: {operationId: a, requestBody: {required: true, "
                        "content: {application/json: {schema: {type: object, enum: [{$ref: 'x'}], "
                        "examples: [{$ref: 'y.yaml'}], default: {$ref: z}}}}}, " OK "}}}\n"}},
     "",
     "/components",
     ""},
    {"a property named $ref",
     {{"api.yaml",
       HEAD "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
            "{application/json: {schema: {type: object, properties: {$ref: {type: string}}}}}}, " OK
            "}}}\n"}},
     "",
     "/components",
     ""},
};

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        loading_check(&rows[i]);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
