/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OpenAPI 3.0 and Swagger 2.0 become 3.1: what is published, and what is told. */
#include "tests/unit/contract/loading.h"

#define HEAD_3_1                                                                                   \
    "openapi: 3.1.0\n"                                                                             \
    "info: {title: T, version: '1'}\n"                                                             \
    "security: []\n"                                                                               \
    "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, call: b}\n"
#define HEAD_3_0                                                                                   \
    "openapi: 3.0.3\n"                                                                             \
    "info: {title: T, version: '1'}\n"                                                             \
    "security: []\n"                                                                               \
    "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, call: b}\n"
#define HEAD_2_0                                                                                   \
    "swagger: '2.0'\n"                                                                             \
    "info: {title: T, version: '1'}\n"                                                             \
    "host: h.example\n"                                                                            \
    "basePath: /v1/\n"                                                                             \
    "schemes: [https, http]\n"                                                                     \
    "consumes: [application/json]\n"                                                               \
    "produces: [application/json]\n"                                                               \
    "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"                                   \
    "security: []\n"                                                                               \
    "paths:\n"
#define OK "responses: {'200': {description: ok}}"

static const struct loading_row rows[] = {
    {"nullable",
     {{"api.yaml",
       HEAD_3_0 "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
                "{application/json: {schema: {type: string, nullable: true}}}}, " OK "}}}\n"}},
     "",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"type\":[\"string\",\"null\"]}"},
    {"nullable: false",
     {{"api.yaml",
       HEAD_3_0 "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
                "{application/json: {schema: {type: string, nullable: false}}}}, " OK "}}}\n"}},
     "",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"type\":\"string\"}"},
    {"nullable without a type",
     {{"api.yaml", HEAD_3_0
       "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
       "{application/json: {schema: {nullable: true, allOf: [{type: object}]}}}}, " OK "}}}\n"}},
     "warning: api.yaml:5:105: nullable has no effect without a type in the same schema (OpenAPI "
     "3.0.3): add the type\n",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"allOf\":[{\"type\":\"object\"}]}"},
    {"nullable beside enum",
     {{"api.yaml", HEAD_3_0
       "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
       "{application/json: {schema: {type: string, nullable: true, enum: [a]}}}}, " OK "}}}\n"}},
     "warning: api.yaml:5:119: nullable has no effect: enum does not list null\n",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"type\":[\"string\",\"null\"],\"enum\":[\"a\"]}"},
    {"nullable beside enum with null",
     {{"api.yaml", HEAD_3_0
       "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
       "{application/json: {schema: {type: string, nullable: true, enum: [a, null]}}}}, " OK
       "}}}\n"}},
     "",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"type\":[\"string\",\"null\"],\"enum\":[\"a\",null]}"},
    {"nullable that is no boolean",
     {{"api.yaml",
       HEAD_3_0 "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
                "{application/json: {schema: {type: string, nullable: 'yes'}}}}, " OK "}}}\n"}},
     "api.yaml:5:129: nullable must be true or false\n",
     NULL,
     NULL},
    {"exclusive bounds",
     {{"api.yaml",
       HEAD_3_0 "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
                "{application/json: {schema: {type: integer, minimum: 1, exclusiveMinimum: true, "
                "maximum: 9, exclusiveMaximum: false}}}}, " OK "}}}\n"}},
     "",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"type\":\"integer\",\"exclusiveMinimum\":1,\"maximum\":9}"},
    {"exclusive without a bound",
     {{"api.yaml", HEAD_3_0
       "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
       "{application/json: {schema: {type: integer, exclusiveMinimum: true}}}}, " OK "}}}\n"}},
     "warning: api.yaml:5:120: exclusiveMinimum has no effect without minimum\n",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"type\":\"integer\"}"},
    {"numeric exclusive bounds stay",
     {{"api.yaml", HEAD_3_1
       "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
       "{application/json: {schema: {type: integer, exclusiveMinimum: 1}}}}, " OK "}}}\n"}},
     "",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"type\":\"integer\",\"exclusiveMinimum\":1}"},
    {"an example",
     {{"api.yaml",
       HEAD_3_0 "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
                "{application/json: {schema: {type: string, example: x}}}}, " OK "}}}\n"}},
     "",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"type\":\"string\",\"examples\":[\"x\"]}"},
    {"what looks like a schema in an example stays",
     {{"api.yaml", HEAD_3_0
       "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
       "{application/json: {schema: {type: object, example: {nullable: true}}}}}, " OK "}}}\n"}},
     "",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"type\":\"object\",\"examples\":[{\"nullable\":true}]}"},
    {"a property named nullable",
     {{"api.yaml",
       HEAD_3_0 "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
                "{application/json: {schema: {type: object, properties: {nullable: {type: boolean, "
                "nullable: true}, example: {type: string}}}}}}, " OK "}}}\n"}},
     "",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"type\":\"object\",\"properties\":{\"nullable\":{\"type\":[\"boolean\",\"null\"]},"
     "\"example\":{\"type\":\"string\"}}}"},
    {"siblings of $ref",
     {{"api.yaml", HEAD_3_0 "paths: {/a: {post: {operationId: a, requestBody: {required: true, "
                            "content: {application/json: {schema: {$ref: '#/components/schemas/S', "
                            "description: kept, maxLength: 3}}}}, " OK "}}}\n"
                            "components: {schemas: {S: {type: string}}}\n"}},
     "warning: api.yaml:5:156: 'maxLength' has no effect beside $ref before OpenAPI 3.1: put the "
     "$ref into allOf\n",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"$ref\":\"#/components/schemas/S\",\"description\":\"kept\"}"},
    {"siblings of $ref in 3.1 stay",
     {{"api.yaml", HEAD_3_1
       "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
       "{application/json: {schema: {$ref: '#/components/schemas/S', maxLength: 3}}}}, " OK "}}}\n"
       "components: {schemas: {S: {type: string}}}\n"}},
     "",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"$ref\":\"#/components/schemas/S\",\"maxLength\":3}"},
    {"deep inside",
     {{"api.yaml",
       HEAD_3_0 "paths: {/a: {post: {operationId: a, requestBody: {required: true, content: "
                "{application/json: {schema: {type: object, properties: {a: {type: array, items: "
                "{oneOf: [{type: string, nullable: true}]}}}, additionalProperties: {type: number, "
                "nullable: true}}}}}, " OK "}}}\n"}},
     "",
     "/paths/~1a/post/requestBody/content/application~1json/schema",
     "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"items\":{\"oneOf\":[{"
     "\"type\":[\"string\",\"null\"]}]}}},\"additionalProperties\":{\"type\":[\"number\",\"null\"]}"
     "}"},
    {"the version",
     {{"api.yaml", HEAD_3_0 "paths: {/a: {post: {operationId: a, requestBody: {required: true, "
                            "content: {application/json: {schema: {}}}}, " OK "}}}\n"}},
     "",
     "/openapi",
     "\"3.1.0\""},
    {"2.0: the version",
     {{"api.yaml", HEAD_2_0 "  /a: {get: {operationId: a, " OK "}}\n"}},
     "",
     "/openapi",
     "\"3.1.0\""},
    {"2.0: servers",
     {{"api.yaml", HEAD_2_0 "  /a: {get: {operationId: a, schemes: [http], " OK "}}\n"}},
     "",
     "/servers",
     "[{\"url\":\"https://h.example/v1/\"},{\"url\":\"http://h.example/v1/\"}]"},
    {"2.0: servers without a host",
     {{"api.yaml", "swagger: '2.0'\n"
                   "info: {title: T, version: '1'}\n"
                   "basePath: /v1\n"
                   "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
                   "security: []\n"
                   "paths: {/a: {get: {operationId: a, " OK "}}}\n"}},
     "",
     "/servers",
     "[{\"url\":\"/v1\"}]"},
    {"2.0: a body",
     {{"api.yaml",
       HEAD_2_0 "  /a: {post: {operationId: a, parameters: [{in: body, name: b, required: true, "
                "description: d, schema: {$ref: '#/definitions/S'}}], " OK "}}\n"
                "definitions: {S: {type: object, discriminator: kind, required: [kind], "
                "properties: {kind: {type: string, x-nullable: true}}}}\n"}},
     "",
     "/paths/~1a/post",
     "{\"operationId\":\"a\",\"parameters\":[],\"responses\":{\"200\":{\"description\":\"ok\"}},"
     "\"requestBody\":{\"description\":\"d\",\"required\":true,\"content\":{\"application/"
     "json\":{\"schema\":{\"$ref\":\"#/components/schemas/S\"}}}}}"},
    {"2.0: definitions and the discriminator",
     {{"api.yaml",
       HEAD_2_0 "  /a: {post: {operationId: a, parameters: [{in: body, name: b, required: true, "
                "description: d, schema: {$ref: '#/definitions/S'}}], " OK "}}\n"
                "definitions: {S: {type: object, discriminator: kind, required: [kind], "
                "properties: {kind: {type: string, x-nullable: true}}}}\n"}},
     "",
     "/components",
     "{\"schemas\":{\"S\":{\"type\":\"object\",\"discriminator\":{\"propertyName\":\"kind\"},"
     "\"required\":[\"kind\"],\"properties\":{\"kind\":{\"type\":[\"string\",\"null\"]}}}}}"},
    {"2.0: several consumes",
     {{"api.yaml",
       HEAD_2_0 "  /a: {post: {operationId: a, consumes: [application/json, application/cbor], "
                "parameters: [{in: body, name: b, schema: {type: string}}], " OK "}}\n"}},
     "",
     "/paths/~1a/post/requestBody",
     "{\"content\":{\"application/json\":{\"schema\":{\"type\":\"string\"}},\"application/"
     "cbor\":{\"schema\":{\"type\":\"string\"}}}}"},
    {"2.0: collection formats",
     {{"api.yaml", HEAD_2_0
       "  /a: {get: {operationId: a, parameters: [{in: query, name: p, type: array, items: {type: "
       "string}}, {in: query, name: q, type: array, collectionFormat: multi, items: {type: "
       "string}}, {in: query, name: r, type: array, collectionFormat: pipes, items: {type: "
       "string}}, {in: header, name: s, type: array, items: {type: string}}], " OK "}}\n"}},
     "",
     "/paths/~1a/get/parameters",
     "[{\"in\":\"query\",\"name\":\"p\",\"style\":\"form\",\"explode\":false,\"schema\":{\"type\":"
     "\"array\",\"items\":{\"type\":\"string\"}}},{\"in\":\"query\",\"name\":\"q\",\"style\":"
     "\"form\",\"explode\":true,\"schema\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},{"
     "\"in\":\"query\",\"name\":\"r\",\"style\":\"pipeDelimited\",\"explode\":false,\"schema\":{"
     "\"type\":\"array\",\"items\":{\"type\":\"string\"}}},{\"in\":\"header\",\"name\":\"s\","
     "\"schema\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}]"},
    {"2.0: collection formats that cannot be",
     {{"api.yaml", HEAD_2_0
       "  /a: {get: {operationId: a, parameters: [{in: query, name: p, type: array, "
       "collectionFormat: tsv, items: {type: string}}, {in: query, name: q, type: array, items: "
       "{type: array, collectionFormat: pipes, items: {type: string}}}, {in: header, name: r, "
       "type: array, collectionFormat: multi, items: {type: string}}], " OK "}}\n"}},
     "api.yaml:11:95: collectionFormat 'tsv' is not supported here: use csv, multi, ssv or pipes\n"
     "api.yaml:11:197: collectionFormat inside items is not supported: make it a list of plain "
     "values\n"
     "api.yaml:11:282: collectionFormat 'multi' is not supported here: use csv\n",
     NULL,
     NULL},
    {"2.0: a form",
     {{"api.yaml", HEAD_2_0
       "  /a: {post: {operationId: a, parameters: [{in: formData, name: p, type: string, required: "
       "true, description: d}, {in: formData, name: q, type: array, items: {type: string}}], " OK
       "}}\n"}},
     "",
     "/paths/~1a/post/requestBody",
     "{\"required\":true,\"content\":{\"application/"
     "x-www-form-urlencoded\":{\"schema\":{\"type\":\"object\",\"properties\":{\"p\":{\"type\":"
     "\"string\",\"description\":\"d\"},\"q\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}"
     ",\"required\":[\"p\"]},\"encoding\":{\"q\":{\"style\":\"form\",\"explode\":false}}}}}"},
    {"2.0: a file",
     {{"api.yaml",
       HEAD_2_0 "  /a: {post: {operationId: a, parameters: [{in: formData, name: p, type: file}], "
                "responses: {'200': {description: ok, schema: {type: file}}}, produces: []}}\n"}},
     "",
     "/paths/~1a/post",
     "{\"operationId\":\"a\",\"parameters\":[],\"responses\":{\"200\":{\"description\":\"ok\","
     "\"content\":{\"application/"
     "octet-stream\":{\"schema\":{\"type\":\"string\",\"format\":\"binary\"}}}}},\"requestBody\":{"
     "\"content\":{\"multipart/"
     "form-data\":{\"schema\":{\"type\":\"object\",\"properties\":{\"p\":{\"type\":\"string\","
     "\"format\":\"binary\"}}}}}}}"},
    {"2.0: body and form",
     {{"api.yaml",
       HEAD_2_0 "  /a: {post: {operationId: a, parameters: [{in: formData, name: p, type: string}, "
                "{in: body, name: b, schema: {}}, {in: body, name: c, schema: {}}], " OK "}}\n"}},
     "api.yaml:11:116: a second body parameter: keep one\n"
     "api.yaml:11:44: body and formData parameters exclude each other\n",
     NULL,
     NULL},
    {"2.0: shared parameters",
     {{"api.yaml", HEAD_2_0 "  /a: {parameters: [{$ref: '#/parameters/P'}, {$ref: "
                            "'#/parameters/B'}], post: {operationId: a, " OK "}}\n"
                            "parameters: {P: {in: query, name: p, type: integer, format: int32}, "
                            "B: {in: body, name: b, schema: {type: string}}}\n"}},
     "",
     "/paths/~1a",
     "{\"parameters\":[{\"$ref\":\"#/components/parameters/"
     "P\"}],\"post\":{\"operationId\":\"a\",\"responses\":{\"200\":{\"description\":\"ok\"}},"
     "\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{\"type\":\"string\"}}}}}}"},
    {"2.0: responses",
     {{"api.yaml",
       HEAD_2_0 "  /a: {get: {operationId: a, responses: {'200': {description: ok, schema: {type: "
                "string}, examples: {application/json: x}, headers: {H: {type: integer, "
                "description: d}}}, default: {$ref: '#/responses/E'}}}}\n"
                "responses: {E: {description: e, schema: {type: object}}}\n"}},
     "",
     "/paths/~1a/get/responses",
     "{\"200\":{\"description\":\"ok\",\"headers\":{\"H\":{\"description\":\"d\",\"schema\":{"
     "\"type\":\"integer\"}}},\"content\":{\"application/"
     "json\":{\"schema\":{\"type\":\"string\"},\"example\":\"x\"}}},\"default\":{\"$ref\":\"#/"
     "components/responses/E\"}}"},
    {"2.0: shared responses",
     {{"api.yaml", HEAD_2_0 "  /a: {get: {operationId: a, responses: {'200': {description: ok, "
                            "schema: {type: string}}, default: {$ref: '#/responses/E'}}}}\n"
                            "responses: {E: {description: e, schema: {type: object}}}\n"}},
     "",
     "/components/responses",
     "{\"E\":{\"description\":\"e\",\"content\":{\"application/"
     "json\":{\"schema\":{\"type\":\"object\"}}}}}"},
    {"2.0: security",
     {{"api.yaml",
       HEAD_2_0 "  /a: {get: {operationId: a, security: [{o: [r]}], " OK "}}\n"
                "securityDefinitions: {o: {type: oauth2, flow: application, tokenUrl: 'https://t', "
                "scopes: {r: d}}, b: {type: basic}, k: {type: apiKey, in: header, name: k}}\n"}},
     "",
     "/components/securitySchemes",
     "{\"o\":{\"type\":\"oauth2\",\"flows\":{\"clientCredentials\":{\"tokenUrl\":\"https://"
     "t\",\"scopes\":{\"r\":\"d\"}}}},\"b\":{\"type\":\"http\",\"scheme\":\"basic\"},\"k\":{"
     "\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"k\"}}"},
    {"2.0: a flow that is not known",
     {{"api.yaml", HEAD_2_0 "  /a: {get: {operationId: a, security: [{o: [r]}], " OK "}}\n"
                            "securityDefinitions: {o: {type: oauth2, flow: magic}}\n"}},
     "api.yaml:12:47: flow must be implicit, password, application or accessCode\n",
     NULL,
     NULL},
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
