/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x-telgate at its levels, backends and calls: what is told, and what they become. */
#include "tests/unit/contract/loading.h"

#define OK "responses: {'200': {description: ok}}"

static const struct loading_text members_rows[] = {
    {"a call",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}, c: {url: ['http://h:2', "
     "'https://h:3/x/']}}}\n"
     "paths:\n"
     "  /a:\n"
     "    get:\n"
     "      operationId: a\n"
     "      x-telgate: {call: b}\n"
     "      parameters: [{name: q, in: query, schema: {type: string}}]\n"
     "      " OK "\n",
     ""},
    {"nothing is bound",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}, c: {url: ['http://h:2', "
     "'https://h:3/x/']}}}\n"
     "paths:\n"
     "  /a:\n"
     "    get:\n"
     "      operationId: a\n"
     "      x-telgate: {}\n"
     "      parameters: [{name: q, in: query, schema: {type: string}}]\n"
     "      " OK "\n",
     "api.yaml:7:5: operation 'a' reaches no backend: write `x-telgate: {call: BACKEND}`, "
     "`calls` or `proxy`\n"},
    {"null removes",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, x-telgate: {call: null}, " OK "}}}\n",
     "api.yaml:5:14: operation 'a' reaches no backend: write `x-telgate: {call: BACKEND}`, "
     "`calls` or `proxy`\n"},
    {"proxy drops an outer call",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths: {/a: {get: {operationId: a, x-telgate: {proxy: b}, " OK "}}}\n",
     ""},
    {"keys that are not known",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}, c: {url: ['http://h:2', "
     "'https://h:3/x/']}}}\n"
     "paths:\n"
     "  /a:\n"
     "    get:\n"
     "      operationId: a\n"
     "      x-telgate: {call: b, tiemout: 2s, quux: 1}\n"
     "      parameters: [{name: q, in: query, schema: {type: string}}]\n"
     "      " OK "\n",
     "api.yaml:9:28: x-telgate: 'tiemout' is not known: did you mean 'timeout'?\n"
     "api.yaml:9:41: x-telgate: 'quux' is not known: remove it\n"},
    {"document level only",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}, c: {url: ['http://h:2', "
     "'https://h:3/x/']}}}\n"
     "paths:\n"
     "  /a:\n"
     "    get:\n"
     "      operationId: a\n"
     "      x-telgate: {call: b, name: x, backends: {}}\n"
     "      parameters: [{name: q, in: query, schema: {type: string}}]\n"
     "      " OK "\n",
     "api.yaml:9:28: x-telgate: 'name' stands at document level only: move it there\n"
     "api.yaml:9:37: x-telgate: 'backends' stands at document level only: move it there\n"},
    {"the level of links and batch",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, call: b, batch: {}}\n"
     "paths: {/a: {get: {operationId: a, x-telgate: {links: {}}, " OK "}}}\n",
     "api.yaml:4:67: x-telgate: 'batch' stands at operation level only: move it there\n"
     "api.yaml:5:48: x-telgate: 'links' stands at schema level only: move it there\n"},
    {"wrong kinds",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}, c: {url: ['http://h:2', "
     "'https://h:3/x/']}}}\n"
     "paths:\n"
     "  /a:\n"
     "    get:\n"
     "      operationId: a\n"
     "      x-telgate: {call: [b], soap: 1, backends: 1, graphql: [], retry: x}\n"
     "      parameters: [{name: q, in: query, schema: {type: string}}]\n"
     "      " OK "\n",
     "api.yaml:9:25: x-telgate: 'call' must be text: BACKEND, or BACKEND GET /path, or BACKEND "
     "OPERATION\n"
     "api.yaml:9:36: x-telgate: 'soap' must be true or false\n"
     "api.yaml:9:39: x-telgate: 'backends' stands at document level only: move it there\n"
     "api.yaml:9:61: x-telgate: 'graphql' must be true, false, query or mutation\n"
     "api.yaml:9:72: x-telgate: 'retry' must be a number from 0 to 10\n"
     "api.yaml:7:5: operation 'a' reaches no backend: write `x-telgate: {call: BACKEND}`, "
     "`calls` or `proxy`\n"},
    {"no object",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}, c: {url: ['http://h:2', "
     "'https://h:3/x/']}}}\n"
     "paths:\n"
     "  /a:\n"
     "    get:\n"
     "      operationId: a\n"
     "      x-telgate: [call]\n"
     "      parameters: [{name: q, in: query, schema: {type: string}}]\n"
     "      " OK "\n",
     "api.yaml:9:18: x-telgate must be an object\n"
     "api.yaml:7:5: operation 'a' reaches no backend: write `x-telgate: {call: BACKEND}`, "
     "`calls` or `proxy`\n"},
    {"two ways",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}, c: {url: ['http://h:2', "
     "'https://h:3/x/']}}}\n"
     "paths:\n"
     "  /a:\n"
     "    get:\n"
     "      operationId: a\n"
     "      x-telgate: {call: b, proxy: b}\n"
     "      parameters: [{name: q, in: query, schema: {type: string}}]\n"
     "      " OK "\n",
     "api.yaml:9:7: x-telgate: 'call', 'calls' and 'proxy' exclude each other: keep one\n"},
    {"an unknown backend",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}, c: {url: ['http://h:2', "
     "'https://h:3/x/']}}}\n"
     "paths:\n"
     "  /a:\n"
     "    get:\n"
     "      operationId: a\n"
     "      x-telgate: {call: d}\n"
     "      parameters: [{name: q, in: query, schema: {type: string}}]\n"
     "      " OK "\n",
     "api.yaml:9:25: backend 'd' is not known: did you mean 'b'?\n"},
    {"values that are wrong",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}, c: {url: ['http://h:2', "
     "'https://h:3/x/']}}}\n"
     "paths:\n"
     "  /a:\n"
     "    get:\n"
     "      operationId: a\n"
     "      x-telgate: {call: b, errors: tfm, timeout: 2, retry: 11, graphql: querry, "
     "body_limit: 0}\n"
     "      parameters: [{name: q, in: query, schema: {type: string}}]\n"
     "      " OK "\n",
     "api.yaml:9:50: x-telgate: 'timeout' must be a duration such as 500ms or 2s\n"
     "api.yaml:9:36: errors: 'tfm' is not known: did you mean 'tmf'?\n"
     "api.yaml:9:73: graphql must be true, false, query or mutation\n"
     "api.yaml:9:93: body_limit must be a size such as 64KB or 1MB, above 0\n"
     "api.yaml:9:60: retry must be a number from 0 to 10\n"},
    {"values that are wrong, as text",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}, c: {url: ['http://h:2', "
     "'https://h:3/x/']}}}\n"
     "paths:\n"
     "  /a:\n"
     "    get:\n"
     "      operationId: a\n"
     "      x-telgate: {call: b, timeout: 0s, body_limit: 5TB}\n"
     "      parameters: [{name: q, in: query, schema: {type: string}}]\n"
     "      " OK "\n",
     "api.yaml:9:37: timeout must be a duration such as 500ms or 2s, above 0\n"
     "api.yaml:9:53: body_limit must be a size such as 64KB or 1MB, above 0\n"},
    {"proxy with what only a call has",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}, c: {url: ['http://h:2', "
     "'https://h:3/x/']}}}\n"
     "paths:\n"
     "  /a:\n"
     "    get:\n"
     "      operationId: a\n"
     "      x-telgate: {proxy: b, request: {a: 1}, response: {}, soap: true}\n"
     "      parameters: [{name: q, in: query, schema: {type: string}}]\n"
     "      " OK "\n",
     "api.yaml:9:29: proxy streams bytes as they are: remove 'request', or write `call`\n"
     "api.yaml:9:46: proxy streams bytes as they are: remove 'response', or write `call`\n"
     "api.yaml:9:26: proxy streams bytes as they are: operation 'a' cannot be served by soap "
     "or graphql\n"},
    {"retry of what is not idempotent",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}, c: {url: ['http://h:2', "
     "'https://h:3/x/']}}}\n"
     "paths:\n"
     "  /a:\n"
     "    post:\n"
     "      operationId: a\n"
     "      x-telgate: {call: b, retry: 2}\n"
     "      parameters: [{name: q, in: query, schema: {type: string}}]\n"
     "      " OK "\n",
     "warning: api.yaml:9:35: retry has no effect: POST is not idempotent\n"},
    {"x-telgate where it means nothing",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "servers: [{url: /v1}]\n"
     "x-telgate: {backends: {b: {url: 'http://h:1'}}, call: b}\n"
     "paths:\n"
     "  /a: {get: {operationId: a, responses: {'200': {description: ok, x-telgate: {}}}}}\n"
     "components: {schemas: {S: {x-telgate: {links: {}}}, T: {x-telgate: {call: b}}}}\n",
     "api.yaml:7:67: x-telgate has no meaning here: it stands at document, path, operation or "
     "schema level\n"
     "api.yaml:8:69: x-telgate: 'call' has no meaning in a schema: remove it\n"},
    {"backends",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate:\n"
     "  name: n\n"
     "  call: ok\n"
     "  backends:\n"
     "    ok: {url: 'http://h:1'}\n"
     "    none: {}\n"
     "    'a b': {url: 'http://h'}\n"
     "    ftp: {url: 'ftp://h'}\n"
     "    user: {url: 'http://u@h'}\n"
     "    query: {url: 'http://h/?a'}\n"
     "    list: {url: []}\n"
     "    typo: {ulr: 'http://h'}\n"
     "    later: {url: 'http://h', breaker: {}}\n"
     "    auth: {url: 'http://h', auth: {bearer: $secret.unknown}}\n"
     "    basic: {url: 'http://h', auth: {basic: nocolon}}\n"
     "    both: {url: 'http://h', auth: {basic: 'a:b', bearer: c}}\n"
     "    tls: {url: 'https://h', tls: {ca: ca.pem, certificate: c.pem, insecure: true, x: "
     "1}}\n"
     "    wait: {url: 'http://h', timeout: soon}\n"
     "    text: http://h\n"
     "    soap: {url: 'http://h', auth: {username_token: 'a:b'}, addressing: true}\n"
     "    half: {url: 'http://h', auth: {username_token: 'a:'}}\n"
     "    odd: {url: 'http://h', auth: {username_token: {credentials: 'a:b', digset: true}}}\n"
     "    key: {url: 'http://h', auth: {x509: {certificate: c.pem}}, addressing: 1}\n"
     "paths: {/a: {get: {operationId: a, " OK "}}}\n",
     "api.yaml:9:5: backend 'none' has no URL: add `url: http://host:port/path`\n"
     "api.yaml:10:5: backend 'a b': a name has no space and no '/'\n"
     "api.yaml:11:16: backend 'ftp': 'ftp://h' is not a URL of a backend: write "
     "http://host:port/path, without user, query and fragment\n"
     "api.yaml:12:17: backend 'user': 'http://u@h' is not a URL of a backend: write "
     "http://host:port/path, without user, query and fragment\n"
     "api.yaml:13:18: backend 'query': 'http://h/?a' is not a URL of a backend: write "
     "http://host:port/path, without user, query and fragment\n"
     "api.yaml:14:17: url must be one URL or a list of 1 to 64\n"
     "api.yaml:15:12: backend 'typo': 'ulr' is not known: did you mean 'url'?\n"
     "api.yaml:15:5: backend 'typo' has no URL: add `url: http://host:port/path`\n"
     "api.yaml:16:30: backend 'later': 'breaker' is said of operations: move it to x-telgate "
     "itself, of the document, a path or an operation\n"
     "api.yaml:17:44: secret 'unknown' is not configured: add it to the configuration\n"
     "api.yaml:18:44: auth basic needs USER:PASSWORD\n"
     "api.yaml:19:35: auth must be one of {bearer: TOKEN}, {basic: USER:PASSWORD}, "
     "{username_token: USER:PASSWORD}, {x509: {certificate: FILE, key: FILE}}\n"
     "warning: api.yaml:20:77: backend 'tls': its certificate is not verified\n"
     "api.yaml:20:83: tls: 'x' is not known: use ca, certificate, key (files) or insecure: "
     "true\n"
     "api.yaml:20:34: tls: certificate and key go together: add the other\n"
     "api.yaml:21:38: timeout must be a duration such as 500ms or 2s, above 0\n"
     "api.yaml:22:11: backend 'text' must be an object, {url: ...}\n"
     "api.yaml:23:35: backend 'soap': auth username_token and x509 stand in a SOAP message: add "
     "its "
     "`wsdl`, or use basic or bearer\n"
     "api.yaml:23:72: backend 'soap': addressing stands in a SOAP message: add its `wsdl`, or "
     "remove it\n"
     "api.yaml:24:52: auth username_token needs USER:PASSWORD\n"
     "api.yaml:24:35: backend 'half': auth username_token and x509 stand in a SOAP message: add "
     "its "
     "`wsdl`, or use basic or bearer\n"
     "api.yaml:25:51: auth username_token must be USER:PASSWORD, or {credentials: USER:PASSWORD, "
     "digest: true}\n"
     "api.yaml:26:41: auth x509 must be {certificate: FILE, key: FILE}\n"
     "api.yaml:26:76: addressing must be true or false\n"},
    {"heads of calls",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}}\n"
     "paths:\n"
     "  /a: {get: {operationId: a, x-telgate: {call: ''}, " OK "}}\n"
     "  /b: {get: {operationId: b, x-telgate: {call: b GetIt}, " OK "}}\n"
     "  /c: {get: {operationId: c, x-telgate: {call: b FETCH /x}, " OK "}}\n"
     "  /d: {get: {operationId: d, x-telgate: {call: b GET x}, " OK "}}\n"
     "  /e: {get: {operationId: e, x-telgate: {call: b GET /x y}, " OK "}}\n"
     "  /f: {get: {operationId: f, x-telgate: {call: 'b GET /x?y=1'}, " OK "}}\n"
     "  /g: {get: {operationId: g, x-telgate: {call: 'b GET /{}'}, " OK "}}\n"
     "  /h: {get: {operationId: h, x-telgate: {call: 'b GET /{q'}, " OK "}}\n"
     "  /i: {get: {operationId: i, x-telgate: {call: 'b GET /{nothing}'}, " OK "}}\n",
     "api.yaml:6:48: a call must be text: BACKEND, or BACKEND GET /path, or BACKEND OPERATION\n"
     "api.yaml:7:48: backend 'b' is plain HTTP: write `b GET /path`, or only `b` for the same "
     "method and path\n"
     "api.yaml:8:48: 'FETCH' is not a method: write GET, PUT, POST, DELETE, PATCH, HEAD or "
     "OPTIONS\n"
     "api.yaml:9:48: 'x' is not a path: it begins with '/'\n"
     "api.yaml:10:48: a call must be text: BACKEND, or BACKEND GET /path, or BACKEND "
     "OPERATION\n"
     "api.yaml:11:48: '/x?y=1' is not a path: write the query under `query`, and encode other "
     "characters\n"
     "api.yaml:12:48: '{}' names nothing: write {NAME} or {$expression}\n"
     "api.yaml:13:48: '{' has no '}' in '/{q'\n"
     "api.yaml:14:48: $inputs.nothing names no parameter of the operation and no member of its "
     "body\n"},
    {"mappings of HTTP calls",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}}\n"
     "paths:\n"
     "  /a: {get: {operationId: a, x-telgate: {call: b GET /x, request: {a: 1}}, " OK "}}\n"
     "  /b: {get: {operationId: b, x-telgate: {call: b, query: {a: 1}}, " OK "}}\n"
     "  /c: {get: {operationId: c, x-telgate: {call: b POST /x, request: {a: "
     "$inputs.none}}, " OK "}}\n"
     "  /d: {get: {operationId: d, x-telgate: {call: b, faults: {'409': 404, X: 200}}, " OK "}}\n"
     "  /e: {get: {operationId: e, x-telgate: {call: b POST /x, request: {a: 1}, headers: "
     "{X-A: a}, query: {b: 1}}, " OK "}}\n",
     "api.yaml:6:58: a GET call has no body: use `query`, or another method\n"
     "api.yaml:7:51: the call takes the operation's own query: write a method and a path "
     "(`BACKEND GET /path`) to give another\n"
     "api.yaml:8:72: $inputs.none names no parameter of the operation and no member of its "
     "body\n"
     "api.yaml:9:75: fault 'X' must map to a status from 400 to 599\n"},
    {"several calls",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}}\n"
     "paths:\n"
     "  /a: {get: {operationId: a, x-telgate: {calls: {}}, " OK "}}\n"
     "  /b: {get: {operationId: b, x-telgate: {calls: {x: b GET /x, y: {call: 'b GET "
     "/y/{$calls.x#/id}', optional: true}}}, " OK "}}\n"
     "  /c: {get: {operationId: c, x-telgate: {calls: {x: 'b GET /{$calls.y#/i}', y: 'b GET "
     "/{$calls.x#/i}'}}, " OK "}}\n"
     "  /d: {get: {operationId: d, x-telgate: {calls: {x: 'b GET /{$calls.x#/i}'}}, " OK "}}\n"
     "  /e: {get: {operationId: e, x-telgate: {calls: {'x y': b GET /x, z: {cal: b, call: b "
     "GET /z}}}, " OK "}}\n"
     "  /f: {get: {operationId: f, x-telgate: {calls: {x: b GET /x}, request: {a: 1}}, " OK "}}\n"
     "  /g: {get: {operationId: g, x-telgate: {calls: {x: {call: b GET /x, optional: 1, "
     "timeout: no}}}, " OK "}}\n"
     "  /h: {get: {operationId: h, x-telgate: {calls: {x: [b]}}, " OK "}}\n",
     "api.yaml:6:49: calls must have 1 to 32 entries\n"
     "api.yaml:8:50: call 'x' needs its own answer: break the circle of $calls\n"
     "api.yaml:8:77: call 'y' needs its own answer: break the circle of $calls\n"
     "api.yaml:9:50: call 'x' needs its own answer: break the circle of $calls\n"
     "api.yaml:10:50: call 'x y': a name has letters, digits, '_' and '-' only\n"
     "api.yaml:10:71: calls: 'cal' is not known: did you mean 'call'?\n"
     "api.yaml:11:64: with `calls`, 'request' belongs to one of them: move it there\n"
     "api.yaml:12:92: timeout must be a duration such as 500ms or 2s, above 0\n"
     "api.yaml:12:80: optional must be true or false\n"
     "api.yaml:13:53: a call must be text: BACKEND, or BACKEND GET /path, or BACKEND "
     "OPERATION\n"},
    {"calls whose answers nobody joins",
     "openapi: 3.1.0\n"
     "info: {title: T, version: '1'}\n"
     "security: []\n"
     "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}}\n"
     "paths: {/a: {get: {operationId: a, x-telgate: {calls: {x: b GET /x}}, responses: {'200': "
     "{description: d, content: {application/json: {schema: {type: object}}}}}}}}\n",
     "api.yaml:5:48: operation 'a': say in `response` how the answers are joined\n"},
};

static void
test_members(void **state)
{
    (void)state;
    loading_check_texts(members_rows, sizeof members_rows / sizeof *members_rows);
}

/* --- what a binding becomes --- */

static struct remote_fault faults[] = {{STR("NotFound"), NULL}};
static const struct type plain_text = {.kinds = TYPE_STRING};
static struct field members[] = {{.name = STR("AccountNo"), .type = &plain_text, .required = true}};
static const struct type account = {
    .kinds = TYPE_OBJECT, .fields = members, .field_count = 1, .closed = true};
static struct remote remotes[] = {
    {.name = STR("GetInvoices"), .faults = faults, .fault_count = 1},
    {.name = STR("GetBalance")},
    {.name = STR("TopUp"), .request = &account},
};
static struct description billing = {
    .address = STR("http://billing:8080/soap/"), .remotes = remotes, .remote_count = 3};

static struct description *
read_wsdl(struct arena *a, const char *path, struct report *r)
{
    (void)a;
    if (!strcmp(path, "more/billing.wsdl")) /* relative to the file that names it */
        return &billing;
    report_error(r, (struct place){str_of(path), 0, 0}, "cannot be read");
    return NULL;
}

#define WSDL_HEAD                                                                                  \
    "openapi: 3.1.0\n"                                                                             \
    "info: {title: T, version: '1'}\n"                                                             \
    "security: []\n"                                                                               \
    "x-telgate:\n"                                                                                 \
    "  name: n\n"                                                                                  \
    "  backends:\n"                                                                                \
    "    crm: {url: ['http://c1/', 'http://c2/x'], timeout: 1s, auth: {bearer: $secret.t}}\n"      \
    "    billing: {wsdl: more/billing.wsdl, auth: {basic: $secret.b}}\n"                           \
    "paths:\n"

static void
start(struct loading *l, const char *text)
{
    struct loading_file files[LOADING_FILES] = {{"api.yaml", text}};
    loading_start(l, files, read_wsdl);
}

static void
test_backends(void **state)
{
    struct loading l;
    (void)state;
    start(&l, WSDL_HEAD "  /a: {get: {operationId: a, x-telgate: {proxy: crm}, " OK "}}\n");
    assert_string_equal(loading_told(&l), "");
    const struct backend *b = l.contract->backends;
    assert_int_equal(l.contract->backend_count, 2);
    assert_true(str_eq(b[0].name, STR("crm")) && b[0].url_count == 2 && b[0].index == 0);
    assert_true(str_eq(b[0].urls[0], STR("http://c1")) && str_eq(b[0].urls[1], STR("http://c2/x")));
    assert_int_equal(b[0].timeout_us, 1000000);
    assert_true(str_eq(b[0].authorization, STR("Bearer user:t")));
    assert_true(b[1].description == &billing && b[1].index == 1);
    assert_true(str_eq(b[1].urls[0], STR("http://billing:8080/soap")));
    assert_true(str_eq(b[1].authorization, STR("Basic dXNlcjpi")));
    const struct operation *o = contract_operation(l.contract, STR("a"));
    assert_true(o->binding->proxy == &b[0] && !o->soap && !o->graphql);
    loading_end(&l);
}

static void
test_wsdl_calls(void **state)
{
    static const struct loading_text rows[] = {
        {"an operation", "billing GetBalance, faults: {NotFound: 404}", ""},
        {"a fault that is not declared", "billing GetInvoices, faults: {NotFund: 404}",
         "warning: api.yaml:10:84: 'NotFund' is no declared fault of 'GetInvoices': did you mean "
         "'NotFound'?\n"},
        {"an operation that is not there", "billing GetInvoice",
         "api.yaml:10:54: 'GetInvoice' is no operation of backend 'billing': did you mean "
         "'GetInvoices'? (it has: GetInvoices, GetBalance, TopUp)\n"},
        {"no operation", "billing",
         "api.yaml:10:54: backend 'billing' is a WSDL: write `billing OPERATION`: did you mean "
         "'GetBalance'? (it has: GetInvoices, GetBalance, TopUp)\n"},
        {"a path", "billing GET /x",
         "api.yaml:10:54: backend 'billing' is a WSDL: write `billing OPERATION`\n"},
        {"a query", "billing GetBalance, query: {a: 1}",
         "api.yaml:10:74: a WSDL operation has no query: use `request`\n"},
        {"what nothing fills, told at the call", "billing TopUp",
         "api.yaml:10:54: nothing fills \"AccountNo\", which is required; write where it comes "
         "from\n"},
        {"what is filled", "billing TopUp, request: {AccountNo: x}", ""},
        {"headers that the operation does not take", "billing GetBalance, headers: {A: 1}",
         "api.yaml:10:74: 'GetBalance' declares no soap:header: remove `headers`\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[2048];
        struct loading l;
        snprintf(text, sizeof text,
                 WSDL_HEAD "  /a: {get: {operationId: balance, x-telgate: {call: %s}, " OK "}}\n",
                 rows[i].text);
        start(&l, text);
        if (strcmp(loading_told(&l), rows[i].told))
            print_error("row: %s\n", rows[i].name);
        assert_string_equal(loading_told(&l), rows[i].told);
        loading_end(&l);
    }
}

/* A WSDL that cannot be read is one mistake; the calls of it are not more. */
static void
test_broken_wsdl(void **state)
{
    struct loading l;
    (void)state;
    start(&l, "openapi: 3.1.0\n"
              "info: {title: T, version: '1'}\n"
              "security: []\n"
              "x-telgate: {name: n, backends: {b: {wsdl: none.wsdl}, c: {wsdl: 1}}}\n"
              "paths:\n"
              "  /a: {get: {operationId: a, x-telgate: {call: b Get}, " OK "}}\n");
    assert_string_equal(loading_told(&l),
                        "none.wsdl: cannot be read\n"
                        "api.yaml:4:43: backend 'b': 'none.wsdl' has the mistakes told above\n"
                        "api.yaml:4:65: 'wsdl' must be text\n");
    assert_null(l.contract);
    loading_end(&l);
}

static void
test_http_call(void **state)
{
    struct loading l;
    (void)state;
    start(&l, WSDL_HEAD
          "  /a/{id}:\n"
          "    get:\n"
          "      operationId: a\n"
          "      x-telgate: {call: 'crm POST /p/{id}/q-{$inputs.f}', request: {x: $inputs.id},\n"
          "                  query: {a: $inputs.f}, timeout: 3s, retry: 1,\n"
          "                  faults: {'409': 404, Gone: 410}}\n"
          "      parameters: [{name: id, in: path, required: true, schema: {type: string}},\n"
          "                   {name: f, in: query, schema: {type: string}}]\n"
          "      " OK "\n");
    assert_string_equal(loading_told(&l), "");
    const struct binding *b = contract_operation(l.contract, STR("a"))->binding;
    const struct call *c = b->calls;
    assert_true(b->call_count == 1 && !c->same && b->retry == 1);
    assert_true(str_eq(c->method, STR("POST")));
    assert_int_equal(c->path_count, 2);
    assert_true(str_eq(c->path[0].text, STR("/p/")) && c->path[0].value);
    assert_true(str_eq(c->path[1].text, STR("/q-")) && c->path[1].value);
    assert_true(c->request && c->query && !c->headers);
    assert_int_equal(c->fault_count, 2);
    assert_true(c->faults[1].status == 410 && str_eq(c->faults[1].name, STR("Gone")));
    loading_end(&l);
}

static void
test_calls(void **state)
{
    struct loading l;
    (void)state;
    start(&l, WSDL_HEAD
          "  /a/{id}:\n"
          "    get:\n"
          "      operationId: a\n"
          "      x-telgate:\n"
          "        calls:\n"
          "          bills: {call: 'crm GET /b/{$calls.customer#/no}', optional: true}\n"
          "          customer: 'crm GET /c/{id}'\n"
          "          both: {call: 'crm GET /x/{$calls.bills#/i}', timeout: 1s,\n"
          "                 query: {a: $calls.customer#/no}}\n"
          "        response: {name: $calls.customer#/name, bills: $calls.bills#/list}\n"
          "      parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n"
          "      responses: {'200': {description: ok, content: {application/json: {schema:\n"
          "        {type: object, properties: {name: {type: string}, bills: {type: array}}}}}}}\n");
    assert_string_equal(loading_told(&l), "");
    const struct binding *b = contract_operation(l.contract, STR("a"))->binding;
    assert_true(b->call_count == 3 && b->response);
    assert_true(b->calls[0].needs == 2 && b->calls[1].needs == 0 && b->calls[2].needs == 3);
    assert_true(b->calls[0].optional && !b->calls[1].optional);
    assert_int_equal(b->calls[2].timeout_us, 1000000);
    loading_end(&l);
}

/* The nearest level wins, member by member. */
static void
test_levels(void **state)
{
    struct loading l;
    (void)state;
    start(&l, "openapi: 3.1.0\n"
              "info: {title: T, version: '1'}\n"
              "security: []\n"
              "x-telgate: {name: n, backends: {b: {url: 'http://h'}}, call: b, timeout: 1s,\n"
              "            errors: camara, graphql: false}\n"
              "paths:\n"
              "  /a:\n"
              "    x-telgate: {timeout: 2s, errors: null}\n"
              "    get: {operationId: a, x-telgate: {graphql: query}, " OK "}\n"
              "    put: {operationId: b, x-telgate: {timeout: null, call: b PUT /x}, " OK "}\n");
    assert_string_equal(loading_told(&l), "");
    const struct operation *a = contract_operation(l.contract, STR("a"));
    const struct operation *b = contract_operation(l.contract, STR("b"));
    assert_true(a->timeout_us == 2000000 && a->errors == ERRORS_PROBLEM && a->graphql);
    assert_true(b->timeout_us == 30000000 && !b->graphql && !b->binding->calls[0].same);
    assert_int_equal(l.contract->errors, ERRORS_CAMARA);
    loading_end(&l);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),    cmocka_unit_test(test_backends),
        cmocka_unit_test(test_wsdl_calls), cmocka_unit_test(test_broken_wsdl),
        cmocka_unit_test(test_http_call),  cmocka_unit_test(test_calls),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
