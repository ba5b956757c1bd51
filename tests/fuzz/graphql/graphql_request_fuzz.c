/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: 2048 bytes. A whole request by HTTP: the first line is what is accepted, the second a
 * query string, and what is behind them a body; asked by GET, and by POST. An answer has a status,
 * and is JSON.
 */
#include <stdlib.h>

#include "tests/unit/graphql/fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_answer(struct arena *a, const struct face_answer *answer)
{
    struct value v;
    struct fault f;

    if (answer->status < 200 || answer->status > 599)
        abort();
    if (json_read(a, buf_view(&answer->body), (struct json_limits){VALUE_DEPTH, 4000000}, &v, &f))
        abort();
    if (!value_get(&v, STR("data")) && !value_get(&v, STR("errors")))
        abort();
}

static void
ask(const struct fixture *fixture, struct str method, struct str accept, struct str query,
    struct str body)
{
    static const struct str json = {"application/json", 16};
    const struct header headers[] = {{STR("accept"), accept}, {STR("content-type"), json}};
    struct face_request q = {
        .method = method, .query = query, .headers = {headers, 2}, .body = body};
    struct face_answer answer = {0};
    struct fixture x = *fixture;
    struct fault f = {0};
    unsigned calls;

    x.arena = arena_new((size_t)64 << 20);
    if (!x.arena)
        return;
    x.backend.context = &x;
    x.graphql.backend = &x.backend;
    buf_init(&answer.body, 16 << 20);
    if (graphql_answer(&x.graphql, &q, x.arena, &answer, &calls, &f))
        graphql_face.refuse(&q, &f, x.arena, &answer);
    check_answer(x.arena, &answer);
    buf_fini(&answer.body);
    arena_free(x.arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fixture fixture;
    static struct trusted_document document = {
        {"7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e", 64},
        {"{ getParty { name } }", 21}};
    static struct trusted trusted = {.documents = &document, .count = 1};
    struct str rest = {(const char *)data, size}, accept = STR_NONE, query = STR_NONE;

    if (!fixture.arena) {
        fixture_open(&fixture, fixture_contract);
        fixture.graphql.trusted = &trusted;
    }
    if (!size || !str_split(&rest, '\n', &accept) || !rest.p || !str_split(&rest, '\n', &query))
        return 0;
    ask(&fixture, STR("GET"), accept, query, STR_NONE);
    ask(&fixture, STR("POST"), accept, query, rest);
    return 0;
}
