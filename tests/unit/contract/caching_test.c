/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `cache`: where it applies, what an answer depends on besides its inputs, and every mistake. */
#include "loading.h"

#define GOOD "responses: {'200': {description: d, content: {application/json: {schema: {}}}}}"

/* Line 5 is the document's x-telgate, line 9 that of the path, 12 that of getThing, 17 of put. */
#define FRAME(document, path, get, put)                                                            \
    "openapi: 3.1.0\n"                                                                             \
    "info: {title: T, version: '1'}\n"                                                             \
    "security: []\n"                                                                               \
    "components: {securitySchemes: {o: {type: oauth2}, k: {type: apiKey, in: header, name: "       \
    "X-Key}}}\n"                                                                                   \
    "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, " document "}\n"                     \
    "paths:\n"                                                                                     \
    "  /thing/{id}:\n"                                                                             \
    "    parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n"             \
    "    x-telgate: {" path "}\n"                                                                  \
    "    get:\n"                                                                                   \
    "      operationId: getThing\n"                                                                \
    "      x-telgate: {" get "}\n"                                                                 \
    "      security: [{o: []}]\n"                                                                  \
    "      " GOOD "\n"                                                                             \
    "    put:\n"                                                                                   \
    "      operationId: putThing\n"                                                                \
    "      x-telgate: {" put "}\n"                                                                 \
    "      " GOOD "\n"

static const struct loading_text rows[] = {
    {"at the document, of a PUT, too", FRAME("call: b, cache: 60s", "", "", ""), ""},
    {"at the path", FRAME("call: b", "cache: 100ms", "", ""), ""},
    {"the longest", FRAME("call: b", "", "cache: 24h", ""), ""},
    {"over a proxy", FRAME("call: b, cache: 60s", "", "proxy: b", ""), ""},
    {"over a mutation", FRAME("call: b, cache: 60s", "", "graphql: mutation", ""), ""},
    {"a number", FRAME("call: b", "", "cache: 60", ""),
     "api.yaml:12:26: x-telgate: 'cache' must be a duration from 100ms to 24h, such as 60s\n"},
    {"no duration", FRAME("call: b", "", "cache: soon", ""),
     "api.yaml:12:26: cache must be a duration from 100ms to 24h, such as 60s\n"},
    {"too short", FRAME("call: b", "", "cache: 99ms", ""),
     "api.yaml:12:26: cache must be a duration from 100ms to 24h, such as 60s\n"},
    {"none", FRAME("call: b", "", "cache: 0s", ""),
     "api.yaml:12:26: cache must be a duration from 100ms to 24h, such as 60s\n"},
    {"too long", FRAME("call: b", "", "cache: 25h", ""),
     "api.yaml:12:26: cache must be a duration from 100ms to 24h, such as 60s\n"},
    {"told once", FRAME("call: b, cache: 1d", "", "", ""),
     "api.yaml:5:74: cache must be a duration from 100ms to 24h, such as 60s\n"},
    {"of a PUT", FRAME("call: b", "", "", "cache: 60s"),
     "api.yaml:17:26: cache: answers of operation 'putThing' are not remembered, it is no GET: "
     "remove it\n"},
    {"of a proxy", FRAME("call: b", "", "proxy: b, cache: 60s", ""),
     "api.yaml:12:36: cache: answers of operation 'getThing' are not remembered, its bytes are "
     "passed on by `proxy`: remove it\n"},
    {"of a mutation", FRAME("call: b", "", "graphql: mutation, cache: 60s", ""),
     "api.yaml:12:45: cache: answers of operation 'getThing' are not remembered, it is a "
     "mutation: remove it\n"},
};

static void
test_told(void **state)
{
    (void)state;
    loading_check_texts(rows, sizeof rows / sizeof *rows);
}

/* Of getThing and putThing, in us; 0: not at all. */
static const struct {
    const char *text;
    int64_t get;
} lives[] = {
    {FRAME("call: b, cache: 60s", "", "", ""), 60000000},
    {FRAME("call: b, cache: 60s", "cache: 1m", "cache: 500ms", ""), 500000},
    {FRAME("call: b, cache: 60s", "cache: 1h", "", ""), 3600000000},
    {FRAME("call: b, cache: 60s", "cache: null", "", ""), 0},
    {FRAME("call: b, cache: 60s", "", "cache: null", ""), 0},
    {FRAME("call: b, cache: 60s", "", "proxy: b", ""), 0},
    {FRAME("call: b", "", "", ""), 0},
};

static void
test_where_it_applies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
        struct loading l;
        loading_start(&l, (struct loading_file[LOADING_FILES]){{"api.yaml", lives[i].text}}, NULL);
        assert_non_null(l.contract);
        const struct caching *c = l.contract->operations[0].cache;
        assert_true((c ? c->life_us : 0) == lives[i].get);
        assert_null(l.contract->operations[1].cache);
        loading_end(&l);
    }
}

static const char *
joined(struct loading *l, const struct str *names, unsigned n)
{
    struct str text = STR("");
    for (unsigned i = 0; i < n; i++)
        text = arena_printf(l->arena, "%.*s%s%.*s", STR_ARG(text), i ? " " : "", STR_ARG(names[i]));
    return text.n ? text.p : "";
}

#define ANSWER(media) "responses: {'200': {description: d, content: {" media "}}}"
#define JSON          "application/json: {schema: {}}"

/* What one operation depends on. */
#define ONE(security, parameters, binding, answer)                                                 \
    "openapi: 3.1.0\n"                                                                             \
    "info: {title: T, version: '1'}\n"                                                             \
    "components: {securitySchemes: {o: {type: oauth2}}}\n"                                         \
    "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, cache: 60s}\n"                       \
    "paths:\n"                                                                                     \
    "  /a:\n"                                                                                      \
    "    get: {operationId: a, security: [" security "], parameters: [" parameters                 \
    "], x-telgate: {" binding "}, " answer "}\n"
#define TEXT_IN(name, place) "{name: " name ", in: " place ", schema: {type: string}}"

static const struct {
    const char *name, *text, *claims, *headers, *vary;
    int unseen;
} needs[] = {
    {"inputs only", ONE("", TEXT_IN("q", "query"), "call: b", ANSWER(JSON)), "", "", "", -1},
    {"a token", ONE("{o: []}", "", "call: b", ANSWER(JSON)), "", "", "Authorization", -1},
    {"forms", ONE("", "", "call: b", ANSWER(JSON ", text/plain: {schema: {}}")), "", "", "Accept",
     -1},
    {"parameters of the head",
     ONE("", TEXT_IN("X-A", "header") ", " TEXT_IN("c", "cookie"), "call: b", ANSWER(JSON)), "", "",
     "X-A, Cookie", -1},
    {"a correlator that nothing looks at",
     ONE("", TEXT_IN("x-Correlator", "header"), "call: b", ANSWER(JSON)), "", "", "", 0},
    {"one that the query has",
     ONE("", TEXT_IN("x-correlator", "header"), "call: b GET /x, query: {c: $inputs.x-correlator}",
         ANSWER(JSON)),
     "", "", "x-correlator", -1},
    {"a claim in a header", ONE("", "", "call: b, headers: {X-U: $claims.sub}", ANSWER(JSON)),
     "sub", "", "", -1},
    {"claims in a path, a text, a query",
     ONE("", "",
         "call: 'b GET /x/{$claims.sub}', query: {q: 'a {$claims.act#/sub} b', r: "
         "$claims.sub, s: [$claims.scope]}",
         ANSWER(JSON)),
     "act sub scope", "", "", -1},
    {"a body that is sent",
     ONE("", "", "call: b POST /x, request: {a: {b: [{c: $claims.one}]}}", ANSWER(JSON)), "one", "",
     "", -1},
    {"a response, with its choices",
     ONE("", "",
         "call: b, response: {a: {$map: $claims.one, x: $claims.two, $default: "
         "$request.header.X-H}}",
         ANSWER(JSON)),
     "one two", "X-H", "X-H", -1},
    {"each",
     ONE("", "", "call: b, response: {a: {$each: $response.body#/l, b: $claims.one}}",
         ANSWER(JSON)),
     "one", "", "", -1},
    {"calls",
     ONE("", "",
         "calls: {x: 'b GET /x', y: {call: 'b GET /y', headers: {A: "
         "$request.header.X-A}}}, response: {a: $calls.x, b: $claims.b}",
         ANSWER(JSON)),
     "b", "X-A", "X-A", -1},
};

static void
test_what_it_depends_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        struct loading l;
        loading_start(&l, (struct loading_file[LOADING_FILES]){{"api.yaml", needs[i].text}}, NULL);
        if (!l.contract)
            print_error("row: %s\n%s", needs[i].name, loading_told(&l));
        assert_non_null(l.contract);
        const struct caching *c = l.contract->operations[0].cache;
        assert_non_null(c);
        assert_string_equal(joined(&l, c->claims, c->claim_count), needs[i].claims);
        assert_string_equal(joined(&l, c->headers, c->header_count), needs[i].headers);
        assert_string_equal(joined(&l, &c->vary, 1), needs[i].vary);
        assert_int_equal(c->unseen, needs[i].unseen);
        loading_end(&l);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_where_it_applies),
        cmocka_unit_test(test_what_it_depends_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
