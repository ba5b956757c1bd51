/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A graph over a small contract, and a backend that answers from a table. For tests and fuzzing:
 * what can not be set up aborts.
 */
#ifndef TESTS_UNIT_GRAPHQL_FIXTURE_H
#define TESTS_UNIT_GRAPHQL_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "graphql/graphql.h"

static const char fixture_contract[] =
    "openapi: 3.1.0\n"
    "info: {title: T, version: '1'}\n"
    "servers: [{url: /t}]\n"
    "security: []\n"
    "x-telgate: {name: t/v1, backends: {b: {url: 'http://127.0.0.1:1'}}, call: b}\n"
    "paths:\n"
    "  /things:\n"
    "    get: {operationId: listThings, responses: {'200': {description: x,\n"
    "      content: {application/json: {schema: {type: array,\n"
    "      items: {$ref: '#/components/schemas/Thing'}}}}}},\n"
    "      parameters: [{name: limit, in: query, schema: {type: integer, format: int32,\n"
    "        minimum: 1}}, {name: state, in: query,\n"
    "          schema: {$ref: '#/components/schemas/State'}}]}\n"
    "    post: {operationId: createThing, responses: {'200': {description: x,\n"
    "      content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}},\n"
    "      requestBody: {required: true,\n"
    "        content: {application/json: {schema: {$ref:\n"
    "        '#/components/schemas/ThingCreate'}}}}}\n"
    "  /things/{id}:\n"
    "    get: {operationId: getThing, responses: {'200': {description: x,\n"
    "      content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}},\n"
    "      links: {\n"
    "      parent: {operationId: getThing,\n"
    "        parameters: {id: '$response.body#/extra/parent'},\n"
    "        description: Whose part it is.},\n"
    "      same: {operationId: listThings,\n"
    "        parameters: {query.state: '$response.body#/state'}},\n"
    "      lost: {operationId: nope}}}},\n"
    "      parameters: [{name: id, in: path, required: true, schema: {type: string}}]}\n"
    "  /pets:\n"
    "    get: {operationId: listPets, responses: {'200': {description: x,\n"
    "      content: {application/json: {schema: {type: array,\n"
    "      items: {$ref: '#/components/schemas/Pet'}}}}}}}\n"
    "    post:\n"
    "      operationId: addPet\n"
    "      requestBody: {required: true,\n"
    "        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}\n"
    "      responses: {'204': {description: x}}\n"
    "  /party: {get: {operationId: getParty, responses: {'200': {description: x,\n"
    "    content: {application/json: {schema: {$ref: '#/components/schemas/Party'}}}}}}}\n"
    "  /shape: {get: {operationId: getShape, responses: {'200': {description: x,\n"
    "    content: {application/json: {schema: {$ref: '#/components/schemas/Shape'}}}}}}}\n"
    "  /search: {post: {operationId: search, responses: {'200': {description: x,\n"
    "    content: {application/json: {schema: {type: array, items: {type: string}}}}}},\n"
    "    x-telgate: {graphql: query}}}\n"
    "  /hidden: {get: {operationId: hidden, responses: {'200': {description: x,\n"
    "    content: {application/json: {schema: {type: string}}}}},\n"
    "    x-telgate: {graphql: false}}}\n"
    "components:\n"
    "  schemas:\n"
    "    State: {type: string, enum: [on, 'off-line', '3rd', 'true'],\n"
    "      description: Where it is.}\n"
    "    Thing:\n"
    "      type: object\n"
    "      required: [id, name, parts]\n"
    "      properties:\n"
    "        id: {type: string}\n"
    "        '@type': {type: string}\n"
    "        name: {type: string, description: What it is called.}\n"
    "        state: {$ref: '#/components/schemas/State'}\n"
    "        size: {type: integer}\n"
    "        count: {type: integer, format: int32}\n"
    "        price: {type: number, format: decimal}\n"
    "        weight: {type: number}\n"
    "        made: {type: string, format: date-time}\n"
    "        extra: {type: object}\n"
    "        mixed: {type: [string, integer]}\n"
    "        old: {type: string, deprecated: true}\n"
    "        secret: {type: string, writeOnly: true}\n"
    "        parts: {type: array, items: {type: object, required: [no], properties:\n"
    "          {no: {type: integer, format: int32},\n"
    "            thing: {$ref: '#/components/schemas/Thing'}}}}\n"
    "        maybe: {oneOf: [{$ref: '#/components/schemas/State'}, {type: 'null'}]}\n"
    "        grid: {type: array, items: {type: array, items: {type: [number, 'null']}}}\n"
    "    ThingCreate:\n"
    "      type: object\n"
    "      required: [name]\n"
    "      properties:\n"
    "        name: {type: string, maxLength: 10}\n"
    "        state: {$ref: '#/components/schemas/State'}\n"
    "        price: {type: number, format: decimal}\n"
    "        tags: {type: array, items: {type: string}}\n"
    "        '@type': {type: string}\n"
    "        id: {type: string, readOnly: true}\n"
    "    Pet:\n"
    "      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]\n"
    "      discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat',\n"
    "        dog: '#/components/schemas/Dog'}}\n"
    "    Cat: {type: object, required: [kind, lives], properties: {kind: {type: string},\n"
    "      lives: {type: integer, format: int32}, name: {type: string}}}\n"
    "    Dog: {type: object, required: [kind], properties: {kind: {type: string},\n"
    "      barks: {type: boolean}, name: {type: string}}}\n"
    "    Party:\n"
    "      type: object\n"
    "      required: [kind]\n"
    "      properties: {kind: {type: string}, name: {type: string}}\n"
    "      discriminator: {propertyName: kind}\n"
    "    Person: {allOf: [{$ref: '#/components/schemas/Party'},\n"
    "      {properties: {age: {type: integer}}}]}\n"
    "    Firm: {allOf: [{$ref: '#/components/schemas/Party'},\n"
    "      {properties: {seat: {type: string}}}]}\n"
    "    Shape: {oneOf: [{$ref: '#/components/schemas/Circle'},\n"
    "      {$ref: '#/components/schemas/Square'}]}\n"
    "    Circle: {type: object, required: [radius], properties: {radius: {type: number}}}\n"
    "    Square:\n"
    "      type: object\n"
    "      required: [side]\n"
    "      properties: {side: {type: number}, of: {type: string}}\n"
    "      x-telgate: {links: {thing: {operationId: getThing, parameters: {id: /of}}}}\n";

/* By operationId; behind a '!' is a status. */
static const struct {
    const char *id, *answer;
} fixture_answers[] = {
    {"listThings",
     "[{\"id\":\"1\",\"@type\":\"T\",\"name\":\"one\",\"state\":\"off-line\","
     "\"size\":9007199254740993,\"count\":3,\"price\":100000000000000.01,\"weight\":1e400,"
     "\"made\":\"2024-01-31T12:00:00Z\",\"extra\":{\"a\":[1,null],\"parent\":\"5\"},\"mixed\":7,"
     "\"old\":\"o\","
     "\"parts\":[{\"no\":1},{\"no\":2}],\"maybe\":null,\"grid\":[[1,null],[]]},"
     "{\"id\":\"2\",\"name\":\"two\",\"parts\":[]}]"},
    {"getThing", "{\"id\":\"1\",\"extra\":{\"parent\":\"7\"},\"name\":\"one\",\"state\":\"3rd\","
                 "\"parts\":[{\"no\":1},{}]}"},
    {"createThing", "{\"id\":\"9\",\"name\":\"new\",\"parts\":[]}"},
    {"listPets", "[{\"kind\":\"cat\",\"lives\":9},{\"kind\":\"dog\",\"barks\":true},"
                 "{\"kind\":\"emu\"}]"},
    {"addPet", ""},
    {"getParty", "{\"kind\":\"Person\",\"name\":\"p\",\"age\":40}"},
    {"getShape", "{\"side\":2,\"of\":\"1\"}"},
    {"search", "!404"},
};

struct fixture {
    struct arena *arena;
    struct report report;
    const struct contract *contract;
    struct graphql graphql;
    struct graphql_backend backend;
    unsigned batches, calls;
    const char *forbidden; /* operationId that the token does not allow; NULL: none */
    struct str inputs;     /* of the last call, as JSON: parameters and body */
};

static void
fixture_answer(struct fixture *x, struct graphql_call *call)
{
    const char *text = "";
    struct buf b;

    buf_init(&b, 1 << 20);
    for (unsigned i = 0; i < call->operation->parameter_count; i++) {
        json_write(&b, &call->inputs.parameters[i]);
        buf_put_char(&b, ' ');
    }
    json_write(&b, &call->inputs.body);
    x->inputs = arena_dup(x->arena, buf_view(&b));
    buf_fini(&b);
    for (size_t i = 0; i < sizeof(fixture_answers) / sizeof(*fixture_answers); i++)
        if (str_eq(call->operation->id, str_of(fixture_answers[i].id)))
            text = fixture_answers[i].answer;
    call->outcome.status = 200;
    if (text[0] == '!')
        call->code = fault_set(&call->fault, FAULT_NOT_FOUND, "there is none");
    else if (text[0] && json_read(x->arena, str_of(text), JSON_LIMITS_DEFAULT, &call->outcome.body,
                                  &call->fault))
        abort();
}

static void
fixture_run(void *context, struct graphql_call *const *calls, unsigned n)
{
    struct fixture *x = context;

    x->batches++;
    x->calls += n;
    for (unsigned i = 0; i < n; i++)
        fixture_answer(x, calls[i]);
}

static enum fault_code
fixture_allow(void *context, const struct operation *o, struct fault *f)
{
    struct fixture *x = context;

    if (x->forbidden && str_eq(o->id, str_of(x->forbidden)))
        return fault_set(f, FAULT_INSUFFICIENT_SCOPE, "the token does not allow it");
    return FAULT_NONE;
}

static inline const struct contract *
fixture_load(struct fixture *x, const char *text)
{
    char path[] = "/tmp/telgate-graphql-XXXXXX";
    struct contract_source source = {.document = path};
    struct contract_environment environment = {.timeout_us = 1000000};
    int fd = mkstemp(path);
    const struct contract *c;

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd))
        abort();
    c = contract_load(x->arena, &source, &environment, &x->report);
    unlink(path);
    return c;
}

static inline void
fixture_print_report(const struct fixture *x)
{
    for (const struct report_line *line = x->report.first; line; line = line->next)
        fprintf(stderr, "%.*s\n", STR_ARG(line->text));
}

/* The graph may be NULL: the report tells. */
static inline void
fixture_open(struct fixture *x, const char *text)
{
    *x = (struct fixture){.arena = arena_new((size_t)256 << 20)};
    report_init(&x->report, x->arena);
    x->contract = fixture_load(x, text);
    if (!x->contract) {
        fixture_print_report(x);
        abort();
    }
    x->backend = (struct graphql_backend){x, fixture_run, fixture_allow};
    x->graphql = (struct graphql){.schema = schema_build(x->arena, &x->contract, 1, &x->report),
                                  .limits = GRAPHQL_LIMITS_DEFAULT,
                                  .cache = prepared_cache_new(16),
                                  .backend = &x->backend};
}

static inline void
fixture_close(struct fixture *x)
{
    arena_free(x->arena);
    prepared_cache_free(x->graphql.cache);
}

/* The answer's text. variables: JSON, or NULL. */
static inline const char *
fixture_ask(struct fixture *x, const char *document, const char *variables)
{
    struct value given;
    struct fault f;
    struct buf b;
    struct str text;

    if (variables && json_read(x->arena, str_of(variables), JSON_LIMITS_DEFAULT, &given, &f))
        abort();
    x->batches = x->calls = 0;
    buf_init(&b, 16 << 20);
    graphql_run(&x->graphql, x->arena, str_of(document), variables ? &given : NULL, &b);
    text = arena_dup(x->arena, buf_view(&b));
    buf_fini(&b);
    return text.p ? text.p : "";
}

#endif
