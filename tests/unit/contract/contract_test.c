/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents and what is told of them: each mistake with its place, all of them. */
#include "tests/unit/contract/loading.h"

#define HEAD                                                                                       \
    "openapi: 3.1.0\n"                                                                             \
    "info: {title: T, version: '1'}\n"                                                             \
    "security: []\n"                                                                               \
    "servers: [{url: /v1}]\n"                                                                      \
    "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
#define OK "responses: {'200': {description: ok}}"

static const struct loading_text document_rows[] = {
    {"a plain one",
     HEAD "paths:\n"
          "  /a: {get: {operationId: a, " OK "}}\n",
     ""},
    {"no object", "- 1\n", "api.yaml:1:1: this is no OpenAPI document: it must be an object\n"},
    {"no OpenAPI", "hello: 1\n",
     "api.yaml:1:1: this is no OpenAPI document that is supported: begin it with `openapi: 3.1.0` "
     "(3.0 and `swagger: \"2.0\"` are read too)\n"},
    {"a version that is not known", "openapi: 4.0.0\n",
     "api.yaml:1:10: this is no OpenAPI document that is supported: begin it with `openapi: 3.1.0` "
     "(3.0 and `swagger: \"2.0\"` are read too)\n"},
    {"no paths, no info",
     "openapi: 3.1.0\n"
     "x-telgate: {name: n}\n",
     "api.yaml:1:1: there is no info: add one with title and version\n"
     "api.yaml:1:1: there are no paths: add an object `paths`\n"},
    {"nothing under paths",
     HEAD "paths:\n"
          "  {}\n",
     "api.yaml:7:3: there is no operation under paths: add one\n"},
    {"no operationId",
     HEAD "paths:\n"
          "  /a: {get: {" OK "}}\n",
     "api.yaml:7:8: GET /a has no operationId: add one, here or by an overlay\n"},
    {"one operationId twice",
     HEAD "paths:\n"
          "  /a: {get: {operationId: a, " OK "}}\n"
          "  /b: {get: {operationId: a, " OK "}}\n",
     "api.yaml:8:27: operationId 'a' is taken by GET /a: choose another\n"},
    {"templates that differ in names only",
     HEAD "paths:\n"
          "  /a/{x}: {get: {operationId: a, parameters: [{name: x, in: path, required: true, "
          "schema: {type: string}}], " OK "}}\n"
          "  /a/{y}: {get: {operationId: b, parameters: [{name: y, in: path, required: true, "
          "schema: {type: string}}], " OK "}}\n",
     "api.yaml:8:12: GET /a/{y} is the same as GET /a/{x}: remove one\n"},
    {"a parameter missing from the template and one from the list",
     HEAD "paths:\n"
          "  /a/{x}:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters: [{name: y, in: path, required: true, schema: {type: string}}]\n"
          "      " OK "\n",
     "api.yaml:8:5: path parameter 'x' of '/a/{x}' is not described: add it to parameters\n"
     "api.yaml:10:20: path parameter 'y' is not in the path '/a/{x}': add {y} there, or remove "
     "it\n"},
    {"broken templates",
     HEAD "paths:\n"
          "  /a/{x: {}\n"
          "  /b}: {}\n"
          "  c: {}\n"
          "  /d/{}: {}\n"
          "  /e?f: {}\n"
          "  /f: {get: {operationId: f, " OK "}}\n",
     "api.yaml:7:3: path '/a/{x' is malformed at byte 6: write {name} within a segment, and no "
     "query\n"
     "api.yaml:8:3: path '/b}' is malformed at byte 3: write {name} within a segment, and no "
     "query\n"
     "api.yaml:9:3: path 'c' must begin with '/'\n"
     "api.yaml:10:3: path '/d/{}' is malformed at byte 5: write {name} within a segment, and no "
     "query\n"
     "api.yaml:11:3: path '/e?f' is malformed at byte 3: write {name} within a segment, and no "
     "query\n"},
    {"an unknown server variable",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "servers: [{url: '{root}/v1'}]\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, " OK "}}}\n",
     "api.yaml:4:17: server variable 'root' is not described: add it to variables, with a "
     "default\n"},
    {"a name that is none",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: a//b, backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, " OK "}}}\n",
     "api.yaml:4:19: 'a//b' cannot be the contract's name: give it one like billing/v4 in "
     "x-telgate.name (letters, digits, '-', '.', '_', '~' and single '/')\n"},
    {"nobody says who may call",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, " OK "}}}\n",
     "warning: api.yaml:1:1: 1 of 1 operations do not say who may call them: any valid token may; "
     "say it in `security`, or `security: []` for everyone\n"},
    {"an unresolved $ref",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters: [{$ref: '#/components/parameters/x'}]\n"
          "      responses: {'200': {$ref: '#/components/responses/y'}}\n",
     "api.yaml:10:27: $ref '#/components/parameters/x' finds nothing: correct it, or add what it "
     "names\n"
     "api.yaml:11:33: $ref '#/components/responses/y' finds nothing: correct it, or add what it "
     "names\n"
     "warning: api.yaml:11:7: operation 'a' has no 2xx response: answers are not checked\n"},
    {"a schema's unresolved $ref",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      responses: {'200': {description: ok, content: {application/json: {schema: {$ref: "
          "'#/components/schemas/X'}}}}}\n",
     "api.yaml:10:88: $ref '#/components/schemas/X' finds nothing: correct it, or add what it "
     "names\n"},
    {"$refs in a circle",
     HEAD "paths:\n"
          "  /a: {get: {operationId: a, parameters: [{$ref: '#/components/parameters/x'}], " OK
          "}}\n"
          "components: {parameters: {x: {$ref: '#/components/parameters/y'}, y: {$ref: "
          "'#/components/parameters/x'}}}\n",
     "api.yaml:7:50: $ref '#/components/parameters/x' leads in a circle: break it\n"},
    {"bodies without content or type",
     HEAD "paths:\n"
          "  /a: {post: {operationId: a, requestBody: {required: true}, " OK "}}\n"
          "  /b: {post: {operationId: b, requestBody: {required: true, content: {application/json: "
          "{}}}, " OK "}}\n"
          "  /c: {post: {operationId: c, requestBody: {content: {json: {schema: {}}}}, " OK "}}\n",
     "api.yaml:7:44: a request body needs content: name its media type and schema\n"
     "api.yaml:8:71: the required body has no schema: add one (`schema: {}` accepts anything)\n"
     "api.yaml:9:55: 'json' is not a media type: write type/subtype\n"},
    {"responses",
     HEAD "paths:\n"
          "  /a: {get: {operationId: a}}\n"
          "  /b: {get: {operationId: b, responses: {ok: {description: x}}}}\n"
          "  /c: {get: {operationId: c, responses: {'404': {description: x}}}}\n",
     "api.yaml:7:8: operation 'a' has no responses: describe at least one\n"
     "api.yaml:8:42: 'ok' is not a status: use 200, 4XX or default\n"
     "warning: api.yaml:8:30: operation 'b' has no 2xx response: answers are not checked\n"
     "warning: api.yaml:9:30: operation 'c' has no 2xx response: answers are not checked\n"},
    {"one media type twice",
     HEAD "paths:\n"
          "  /a: {post: {operationId: a, requestBody: {content: {application/json: {schema: {}}, "
          "'application/JSON; charset=utf-8': {schema: {}}}}, " OK "}}\n",
     "warning: api.yaml:7:87: 'application/JSON; charset=utf-8' is the same media type as one "
     "before it, and is ignored\n"},
    {"callbacks, servers and webhooks are lost",
     HEAD "paths:\n"
          "  /a: {get: {operationId: a, callbacks: {}, servers: [], " OK "}}\n"
          "webhooks: {w: {}}\n",
     "warning: api.yaml:7:30: callbacks are published but not served\n"
     "warning: api.yaml:7:45: servers of an operation have no effect: the document's first one "
     "says the path\n"
     "warning: api.yaml:8:1: webhooks are published but not served\n"},
    {"members that nobody knows",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "securtiy: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, paramaters: [], security: [], responses: {'200': "
     "{description: ok, contents: {}}}}}}\n",
     "warning: api.yaml:3:1: 'securtiy' is not known here and has no effect: did you mean "
     "'security'?\n"
     "warning: api.yaml:5:36: 'paramaters' is not known here and has no effect: did you mean "
     "'parameters'?\n"
     "warning: api.yaml:5:103: 'contents' is not known here and has no effect: did you mean "
     "'content'?\n"},
    {"another dialect of JSON Schema",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "jsonSchemaDialect: http://json-schema.org/draft-07/schema#\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, " OK "}}}\n",
     "api.yaml:3:20: this dialect of JSON Schema is not supported: remove it, and write the "
     "schemas in 2020-12\n"},
    {"a mapping's mistake",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h'}}}\n"
     "paths: {/a: {get: {operationId: a, x-telgate: {call: b, response: {x: 1}}, responses: "
     "{'200': {description: ok, content: {application/json: {schema: {type: object, required: [y], "
     "properties: {x: {type: integer}, y: {type: string}}, additionalProperties: false}}}}}}}}\n",
     "api.yaml:5:67: nothing fills \"y\", which is required; write where it comes from\n"},
};

static void
test_document(void **state)
{
    (void)state;
    loading_check_texts(document_rows, sizeof document_rows / sizeof *document_rows);
}

static const struct loading_text parameters_rows[] = {
    {"every style in its place",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters:\n"
          "        - {name: p, in: query, style: form, schema: {type: array}}\n"
          "        - {name: q, in: query, style: deepObject, schema: {type: object}}\n"
          "        - {name: r, in: query, style: pipeDelimited, schema: {type: array}}\n"
          "        - {name: s, in: header, style: simple, schema: {type: string}}\n"
          "        - {name: t, in: cookie, schema: {type: string}}\n"
          "      " OK "\n",
     ""},
    {"no name, no in",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters:\n"
          "        - {in: query, schema: {}}\n"
          "        - {name: x, schema: {}}\n"
          "      " OK "\n",
     "api.yaml:11:11: a parameter needs the texts 'name' and 'in'\n"
     "api.yaml:12:11: a parameter needs the texts 'name' and 'in'\n"},
    {"a place that is not known",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters:\n"
          "        - {name: x, in: qurey, schema: {}}\n"
          "      " OK "\n",
     "api.yaml:11:25: parameter 'x': in 'qurey' is not supported: did you mean 'query'?\n"},
    {"styles out of place",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters:\n"
          "        - {name: p, in: query, style: simple, schema: {}}\n"
          "        - {name: q, in: header, style: form, schema: {}}\n"
          "        - {name: r, in: query, style: shiny, schema: {}}\n"
          "      " OK "\n",
     "api.yaml:11:39: style 'simple' is not one for a query parameter: use form\n"
     "api.yaml:12:40: style 'form' is not one for a header parameter: use simple\n"
     "api.yaml:13:39: style 'shiny' is not one for a query parameter: use form\n"},
    {"explode that means nothing",
     HEAD
     "paths:\n"
     "  /a:\n"
     "    get:\n"
     "      operationId: a\n"
     "      parameters:\n"
     "        - {name: p, in: query, style: pipeDelimited, explode: true, schema: {type: array}}\n"
     "        - {name: q, in: query, style: deepObject, explode: false, schema: {type: object}}\n"
     "      " OK "\n",
     "api.yaml:11:63: explode: true has no meaning with style pipeDelimited: use style form\n"
     "warning: api.yaml:12:60: explode: false has no meaning with style deepObject: remove it\n"},
    {"styles that the type forbids",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters:\n"
          "        - {name: p, in: query, style: deepObject, schema: {type: string}}\n"
          "        - {name: q, in: query, style: spaceDelimited, schema: {type: integer}}\n"
          "      " OK "\n",
     "api.yaml:11:11: parameter 'p': style deepObject is for objects: remove it\n"
     "api.yaml:12:11: parameter 'q': style spaceDelimited is for lists and objects: use form\n"},
    {"no schema",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters:\n"
          "        - {name: p, in: query}\n"
          "      " OK "\n",
     "api.yaml:11:11: parameter 'p' has no schema: add one\n"},
    {"content",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters:\n"
          "        - {name: p, in: query, content: {application/json: {schema: {type: object}}}}\n"
          "        - {name: q, in: query, content: {text/plain: {}}}\n"
          "        - {name: r, in: query, content: {}}\n"
          "      " OK "\n",
     "api.yaml:12:42: parameter 'q': content 'text/plain' is not supported: use application/json, "
     "or schema\n"
     "api.yaml:13:41: parameter 'r': content must have exactly one media type, and no schema "
     "beside it\n"},
    {"twice in one list",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters:\n"
          "        - {name: p, in: query, schema: {}}\n"
          "        - {name: p, in: query, schema: {}}\n"
          "      " OK "\n",
     "api.yaml:12:11: parameter 'p' in query stands here twice: remove one\n"},
    {"header names fold their case",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters:\n"
          "        - {name: X-A, in: header, schema: {}}\n"
          "        - {name: x-a, in: header, schema: {}}\n"
          "      " OK "\n",
     "api.yaml:12:11: parameter 'x-a' in header stands here twice: remove one\n"},
    {"a path parameter that is not required",
     HEAD "paths:\n"
          "  /a/{x}: {get: {operationId: a, parameters: [{name: x, in: path, schema: {type: "
          "string}}], " OK "}}\n",
     "api.yaml:7:47: path parameter 'x' must say `required: true`\n"},
    {"headers that others describe",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters:\n"
          "        - {name: Accept, in: header, schema: {}}\n"
          "        - {name: authorization, in: header, schema: {}}\n"
          "      " OK "\n",
     "warning: api.yaml:11:11: header parameter 'Accept' is ignored: media types and security say "
     "it\n"
     "warning: api.yaml:12:11: header parameter 'Authorization' is ignored: media types and "
     "security say it\n"},
    {"the operation's wins over the path's",
     HEAD "paths:\n"
          "  /a: {parameters: [{name: p, in: query, schema: {type: string}}], get: {operationId: "
          "a, parameters: [{name: p, in: query, required: true, schema: {type: integer}}], " OK
          "}}\n",
     ""},
    {"allowEmptyValue is lost",
     HEAD "paths:\n"
          "  /a:\n"
          "    get:\n"
          "      operationId: a\n"
          "      parameters:\n"
          "        - {name: p, in: query, allowEmptyValue: true, schema: {}}\n"
          "      " OK "\n",
     "warning: api.yaml:11:49: allowEmptyValue has no effect: an empty value is checked by its "
     "schema\n"},
    {"parameters that are no list",
     HEAD "paths:\n"
          "  /a: {get: {operationId: a, parameters: {}, " OK "}}\n",
     "api.yaml:7:42: parameters must be a list\n"},
};

static void
test_parameters(void **state)
{
    (void)state;
    loading_check_texts(parameters_rows, sizeof parameters_rows / sizeof *parameters_rows);
}

static const struct loading_text security_rows[] = {
    {"scopes, alternatives",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, security: [{oauth: [read, write]}, {oidc: [x]}], " OK
     "}}}\n"
     "components:\n"
     "  securitySchemes:\n"
     "    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://t', scopes: {read: "
     "r, write: w}}}}\n"
     "    oidc: {type: openIdConnect, openIdConnectUrl: 'https://o'}\n"
     "    key: {type: apiKey, in: header, name: k}\n"
     "    basic: {type: http, scheme: basic}\n",
     ""},
    {"open",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, security: [], " OK "}}}\n"
     "components:\n"
     "  securitySchemes:\n"
     "    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://t', scopes: {read: "
     "r, write: w}}}}\n"
     "    oidc: {type: openIdConnect, openIdConnectUrl: 'https://o'}\n"
     "    key: {type: apiKey, in: header, name: k}\n"
     "    basic: {type: http, scheme: basic}\n",
     ""},
    {"a scheme that is not described",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, security: [{oath: []}], " OK "}}}\n"
     "components:\n"
     "  securitySchemes:\n"
     "    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://t', scopes: {read: "
     "r, write: w}}}}\n"
     "    oidc: {type: openIdConnect, openIdConnectUrl: 'https://o'}\n"
     "    key: {type: apiKey, in: header, name: k}\n"
     "    basic: {type: http, scheme: basic}\n",
     "api.yaml:4:48: security scheme 'oath' is not described: did you mean 'oauth'?\n"},
    {"a scope that no flow lists",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, security: [{oauth: [raed]}], " OK "}}}\n"
     "components:\n"
     "  securitySchemes:\n"
     "    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://t', scopes: {read: "
     "r, write: w}}}}\n"
     "    oidc: {type: openIdConnect, openIdConnectUrl: 'https://o'}\n"
     "    key: {type: apiKey, in: header, name: k}\n"
     "    basic: {type: http, scheme: basic}\n",
     "warning: api.yaml:4:56: scope 'raed' is in no flow of its scheme: did you mean 'read'?\n"},
    {"no bearer tokens",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, security: [{key: []}], " OK "}}}\n"
     "components:\n"
     "  securitySchemes:\n"
     "    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://t', scopes: {read: "
     "r, write: w}}}}\n"
     "    oidc: {type: openIdConnect, openIdConnectUrl: 'https://o'}\n"
     "    key: {type: apiKey, in: header, name: k}\n"
     "    basic: {type: http, scheme: basic}\n",
     "api.yaml:4:48: security scheme 'key' takes no bearer token: name one of type oauth2, "
     "openIdConnect or http bearer\n"},
    {"one alternative is never met",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, security: [{key: []}, {oauth: [read]}], " OK "}}}\n"
     "components:\n"
     "  securitySchemes:\n"
     "    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://t', scopes: {read: "
     "r, write: w}}}}\n"
     "    oidc: {type: openIdConnect, openIdConnectUrl: 'https://o'}\n"
     "    key: {type: apiKey, in: header, name: k}\n"
     "    basic: {type: http, scheme: basic}\n",
     "warning: api.yaml:4:48: security scheme 'key' takes no bearer token: this alternative is "
     "never met\n"},
    {"none can be met",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, security: [{key: []}, {basic: []}], " OK "}}}\n"
     "components:\n"
     "  securitySchemes:\n"
     "    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://t', scopes: {read: "
     "r, write: w}}}}\n"
     "    oidc: {type: openIdConnect, openIdConnectUrl: 'https://o'}\n"
     "    key: {type: apiKey, in: header, name: k}\n"
     "    basic: {type: http, scheme: basic}\n",
     "warning: api.yaml:4:48: security scheme 'key' takes no bearer token: this alternative is "
     "never met\n"
     "warning: api.yaml:4:59: security scheme 'basic' takes no bearer token: this alternative is "
     "never met\n"
     "api.yaml:4:36: operation 'a': no security requirement can be met: name a scheme of bearer "
     "tokens, or say `security: []`\n"},
    {"an empty alternative opens",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, security: [{oauth: [read]}, {}], " OK "}}}\n"
     "components:\n"
     "  securitySchemes:\n"
     "    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://t', scopes: {read: "
     "r, write: w}}}}\n"
     "    oidc: {type: openIdConnect, openIdConnectUrl: 'https://o'}\n"
     "    key: {type: apiKey, in: header, name: k}\n"
     "    basic: {type: http, scheme: basic}\n",
     "warning: api.yaml:4:64: this alternative opens the operation to everyone, the others have no "
     "effect: remove it, or them\n"},
    {"no list",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, security: {oauth: []}, " OK "}}}\n"
     "components:\n"
     "  securitySchemes:\n"
     "    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://t', scopes: {read: "
     "r, write: w}}}}\n"
     "    oidc: {type: openIdConnect, openIdConnectUrl: 'https://o'}\n"
     "    key: {type: apiKey, in: header, name: k}\n"
     "    basic: {type: http, scheme: basic}\n",
     "api.yaml:4:46: security must be a list of requirements; [] is open\n"},
    {"scopes that are no list",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, security: [{oauth: read}], " OK "}}}\n"
     "components:\n"
     "  securitySchemes:\n"
     "    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://t', scopes: {read: "
     "r, write: w}}}}\n"
     "    oidc: {type: openIdConnect, openIdConnectUrl: 'https://o'}\n"
     "    key: {type: apiKey, in: header, name: k}\n"
     "    basic: {type: http, scheme: basic}\n",
     "api.yaml:4:55: the scopes of 'oauth' must be a list\n"},
};

static void
test_security(void **state)
{
    (void)state;
    loading_check_texts(security_rows, sizeof security_rows / sizeof *security_rows);
}

/* --- what a loaded contract holds --- */

static const char *
shown(struct loading *l, const struct operation *o)
{
    struct str text = arena_printf(l->arena, "%.*s %.*s %.*s", STR_ARG(o->id), STR_ARG(o->method),
                                   STR_ARG(o->path));
    for (unsigned i = 0; i < o->parameter_count; i++) {
        const struct parameter *p = &o->parameters[i];
        text = arena_printf(l->arena, "%.*s; %.*s place %d style %d%s%s%s", STR_ARG(text),
                            STR_ARG(p->name), p->place, p->style, p->explode ? " explode" : "",
                            p->required ? " required" : "", p->is_json ? " json" : "");
    }
    return text.p;
}

static void
start(struct loading *l, const char *text)
{
    struct loading_file files[LOADING_FILES] = {{"api.yaml", text}};
    loading_start(l, files, NULL);
    assert_string_equal(loading_told(l), "");
    assert_non_null(l->contract);
}

static void
test_operation(void **state)
{
    struct loading l;
    (void)state;
    start(&l,
          HEAD "paths:\n"
               "  /a/{id}:\n"
               "    summary: not the operation's\n"
               "    put:\n"
               "      operationId: putA\n"
               "      summary: s\n"
               "      deprecated: true\n"
               "      x-telgate: {timeout: 2s, errors: tmf, soap: false, body_limit: 64KB}\n"
               "      parameters: [{name: id, in: path, required: true, schema: {}}]\n"
               "      requestBody:\n"
               "        required: true\n"
               "        content: {'Application/JSON; charset=utf-8': {schema: {type: object}}}\n"
               "      responses:\n"
               "        default: {description: d}\n"
               "        4XX: {description: four}\n"
               "        '404': {description: none}\n"
               "        '204': {description: empty}\n"
               "        '200': {description: ok, headers: {X-N: {schema: {type: integer}}},\n"
               "                content: {application/json: {schema: {type: string}}}}\n");
    const struct contract *c = l.contract;
    const struct operation *o = contract_operation(c, STR("putA"));
    assert_string_equal(shown(&l, o), "putA PUT /a/{id}; id place 0 style 0 required");
    assert_true(str_eq(c->name, STR("v1")) && str_eq(c->base_path, STR("/v1")));
    assert_true(str_eq(c->title, STR("T")) && str_eq(c->version, STR("1")));
    assert_true(o->contract == c && o->deprecated && str_eq(o->summary, STR("s")));
    assert_true(!o->soap && o->graphql && o->errors == ERRORS_TMF && c->errors == ERRORS_PROBLEM);
    assert_int_equal(o->timeout_us, 2000000);
    assert_int_equal(o->body_limit, 65536);
    assert_true(o->body_required && o->body_count == 1);
    assert_true(str_eq(o->bodies[0].name, STR("application/json")));
    assert_int_equal(o->bodies[0].type->kinds, TYPE_OBJECT);
    assert_int_equal(o->answer_count, 5);
    assert_int_equal(o->success->status, 200);
    assert_true(o->success->header_count == 1 && o->success->media_count == 1);
    assert_true(o->binding->call_count == 1 && o->binding->calls[0].same);
    assert_ptr_equal(o->binding->calls[0].answer, o->success->media[0].type);
    assert_string_equal(operation_answer(o, 404)->description.p, "none");
    assert_string_equal(operation_answer(o, 409)->description.p, "four");
    assert_string_equal(operation_answer(o, 500)->description.p, "d");
    loading_end(&l);
}

/* Path parameters as in the template, then query, header, cookie; the operation's win. */
static void
test_order(void **state)
{
    struct loading l;
    (void)state;
    start(&l, HEAD "paths:\n"
                   "  /a/{x}/{y}:\n"
                   "    parameters:\n"
                   "      - {name: q, in: query, schema: {type: string}}\n"
                   "      - {name: y, in: path, required: true, schema: {type: string}}\n"
                   "      - {name: H, in: header, schema: {type: string}}\n"
                   "    get:\n"
                   "      operationId: a\n"
                   "      parameters:\n"
                   "        - {name: c, in: cookie, schema: {type: string}}\n"
                   "        - {name: h, in: header, required: true, schema: {type: string}}\n"
                   "        - {name: j, in: query, content: {application/json: {schema: {}}}}\n"
                   "        - {name: x, in: path, required: true, style: label, schema: {}}\n"
                   "        - {name: d, in: query, style: deepObject, schema: {type: object}}\n"
                   "      " OK "\n");
    assert_string_equal(shown(&l, contract_operation(l.contract, STR("a"))),
                        "a GET /a/{x}/{y}; x place 0 style 1 required; y place 0 style 0 required; "
                        "q place 1 style 3 explode; j place 1 style 0 json; "
                        "d place 1 style 6 explode; h place 2 style 0 required; "
                        "c place 3 style 3 explode");
    loading_end(&l);
}

static void
test_security_of(void **state)
{
    struct loading l;
    struct loading_file files[LOADING_FILES] = {
        {"api.yaml",
         "openapi: 3.1.0\n"
         "info: {title: T, version: '1'}\n"
         "x-telgate: {name: n, backends: {b: {url: 'http://h'}}, call: b}\n"
         "security: [{oauth: [read, write, read]}, {oidc: [x]}]\n"
         "paths:\n"
         "  /a: {get: {operationId: inherits, " OK "}}\n"
         "  /b: {get: {operationId: open, security: [], " OK "}}\n"
         "  /c: {get: {operationId: both, security: [{oauth: [read], oidc: [x]}], " OK "}}\n"
         "components:\n"
         "  securitySchemes:\n"
         "    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://t',\n"
         "            scopes: {read: r, write: w}}}}\n"
         "    oidc: {type: openIdConnect, openIdConnectUrl: 'https://o'}\n"}};
    (void)state;
    loading_start(&l, files, NULL);
    assert_string_equal(loading_told(&l), "");
    const struct operation *o = contract_operation(l.contract, STR("inherits"));
    assert_int_equal(o->security_count, 2);
    assert_int_equal(o->security[0].scope_count, 2);
    assert_true(str_eq(o->security[0].scopes[1], STR("write")));
    assert_true(str_eq(o->security[1].scheme, STR("oidc")));
    assert_int_equal(contract_operation(l.contract, STR("open"))->security_count, 0);
    o = contract_operation(l.contract, STR("both"));
    assert_int_equal(o->security_count, 1);
    assert_int_equal(o->security[0].scope_count, 2);
    loading_end(&l);
}

static void
test_lookup(void **state)
{
    struct loading l;
    (void)state;
    start(&l,
          HEAD "paths: {/a: {get: {operationId: a, " OK "}}}\n"
               "components: {schemas: {S: {type: string}, T: {$ref: '#/components/schemas/S'}}}\n");
    assert_null(contract_operation(l.contract, STR("b")));
    assert_int_equal(operation_parameter(contract_operation(l.contract, STR("a")), STR("x")), -1);
    assert_int_equal(l.contract->component_count, 2);
    assert_true(str_eq(l.contract->components[0]->name, STR("S")));
    assert_string_equal(loading_published(&l, "/x-telgate"), "");
    loading_end(&l);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document), cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_security), cmocka_unit_test(test_operation),
        cmocka_unit_test(test_order),    cmocka_unit_test(test_security_of),
        cmocka_unit_test(test_lookup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
