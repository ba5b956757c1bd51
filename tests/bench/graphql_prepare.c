/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One GraphQL document many times, for callgrind:
 *   graphql_prepare fresh|kept|run COUNT
 * `fresh` parses, validates and plans it each time, `kept` finds it remembered, `run` does that and
 * executes it over answers that are there. The instructions a turn are the difference of two runs
 * over the difference of their counts.
 */
#include "tests/unit/graphql/fixture.h"

static const char document[] =
    "query Overview($id: String!, $limit: Int = 20) {\n"
    "  getThing(id: $id) { ...Thing parts { no } }\n"
    "  listThings(limit: $limit, state: on) { ...Thing price made t: _type }\n"
    "  listPets { __typename ... on Cat { lives } ... on Dog { barks } }\n"
    "  getParty { name kind ... on Person { age } }\n"
    "}\n"
    "fragment Thing on Thing { id name state count size }\n";

static void
turn(struct fixture *x, struct prepared_cache *cache, bool run)
{
    struct errors errors = {.arena = arena_new(16 << 20)};
    struct graphql *g = &x->graphql;
    struct buf out;

    if (!errors.arena)
        abort();
    g->cache = cache;
    if (run) {
        struct value variables = VALUE_OF(VALUE_OBJECT);

        buf_init(&out, 1 << 20);
        x->arena = errors.arena; /* of the answers */
        if (value_add(errors.arena, &variables, STR("id"), value_string(STR("1"))) ||
            !graphql_run(g, errors.arena, str_of(document), &variables, &out))
            abort();
        buf_fini(&out);
    } else if (!prepared_get(cache, g->schema, &g->limits, str_of(document), errors.arena,
                             &errors)) {
        abort();
    }
    arena_free(errors.arena);
}

int
main(int argc, char **argv)
{
    struct fixture x;
    struct arena *kept;
    struct prepared_cache *cache;
    bool fresh, run;

    if (argc != 3)
        return 2;
    fresh = strcmp(argv[1], "fresh") == 0;
    run = strcmp(argv[1], "run") == 0;
    fixture_open(&x, fixture_contract);
    kept = x.arena;
    cache = x.graphql.cache;
    for (long n = atol(argv[2]); n > 0; n--)
        turn(&x, fresh ? NULL : cache, run);
    x.arena = kept;
    x.graphql.cache = cache;
    fixture_close(&x);
    return 0;
}
