/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See extension.h. A new member is one row. */
#include "contract/extension.h"
#include "contract/contract.h"
#include "contract/suggest.h"
#include "contract/walk.h"

enum { TEXT = 1, NUMBER = 2, BOOLEAN = 4, OBJECT = 8, ARRAY = 16, ANY = 31 };
enum { ANYWHERE = LEVEL_DOCUMENT | LEVEL_PATH | LEVEL_OPERATION };

struct row {
    const char *name;
    uint8_t levels;
    uint8_t kinds;
    const char *expected;
};

static const struct row rows[X_COUNT] = {
    [X_NAME] = {"name", LEVEL_DOCUMENT, TEXT, "text such as billing/v4"},
    [X_BACKENDS] = {"backends", LEVEL_DOCUMENT, OBJECT, "an object, {NAME: {url: ...}}"},
    [X_ERRORS] = {"errors", ANYWHERE, TEXT, "problem, tmf or camara"},
    [X_TIMEOUT] = {"timeout", ANYWHERE, TEXT, "a duration such as 500ms or 2s"},
    [X_RETRY] = {"retry", ANYWHERE, NUMBER, "a number from 0 to 10"},
    [X_BODY_LIMIT] = {"body_limit", ANYWHERE, TEXT | NUMBER, "a size such as 64KB or 1MB"},
    [X_RATE] = {"rate", ANYWHERE, TEXT | ARRAY, "text such as 100/s per client, or a list of them"},
    [X_SOAP] = {"soap", ANYWHERE, BOOLEAN, "true or false"},
    [X_GRAPHQL] = {"graphql", ANYWHERE, BOOLEAN | TEXT, "true, false, query or mutation"},
    [X_LINKS] = {"links", LEVEL_SCHEMA, OBJECT, "an object of links"},
    [X_BATCH] = {"batch", LEVEL_OPERATION, OBJECT,
                 "an object, {parameter: NAME, operation: OPERATION}"},
    [X_STEP_UP] = {"step_up", ANYWHERE, OBJECT, "an object, {acr: [VALUE], max_age: DURATION}"},
    [X_BREAKER] = {"breaker", ANYWHERE, OBJECT,
                   "an object, {errors: 50%, window: 10s, open: 5s, calls: 20}"},
    [X_CACHE] = {"cache", ANYWHERE, TEXT, "a duration from 100ms to 24h, such as 60s"},
    [X_CALL] = {"call", ANYWHERE, TEXT,
                "text: BACKEND, or BACKEND GET /path, or BACKEND OPERATION"},
    [X_CALLS] = {"calls", ANYWHERE, OBJECT, "an object of calls, {NAME: ...}"},
    [X_PROXY] = {"proxy", ANYWHERE, TEXT, "the name of a backend"},
    [X_REQUEST] = {"request", ANYWHERE, ANY, ""},
    [X_QUERY] = {"query", ANYWHERE, OBJECT, "an object of query parameters"},
    [X_HEADERS] = {"headers", ANYWHERE, OBJECT, "an object of headers"},
    [X_BODY] = {"body", ANYWHERE, TEXT | OBJECT, "a schema, or '#/components/schemas/NAME'"},
    [X_ANSWER] = {"answer", ANYWHERE, TEXT | OBJECT, "a schema, or '#/components/schemas/NAME'"},
    [X_RESPONSE] = {"response", ANYWHERE, ANY, ""},
    [X_FAULTS] = {"faults", ANYWHERE, OBJECT, "an object, {FAULT: status}"},
};

static int
kind_of(const cJSON *node)
{
    if (cJSON_IsString(node))
        return TEXT;
    if (cJSON_IsNumber(node))
        return NUMBER;
    if (cJSON_IsBool(node))
        return BOOLEAN;
    return cJSON_IsObject(node) ? OBJECT : ARRAY;
}

static void
tell_unknown(struct sources *s, const cJSON *member)
{
    struct suggest near = suggest_for(str_of(member->string));
    for (int i = 0; i < X_COUNT; i++)
        suggest_offer(&near, str_of(rows[i].name));
    SOURCES_KEY_ERROR(s, member, "x-telgate: '%s' is not known%s", member->string,
                      suggest_text(s->arena, &near, ": remove it"));
}

static int
find_row(const char *name)
{
    for (int i = 0; i < X_COUNT; i++)
        if (!strcmp(rows[i].name, name))
            return i;
    return -1;
}

static const char *
level_name(uint8_t levels)
{
    if (levels & LEVEL_DOCUMENT)
        return "document";
    return levels & LEVEL_OPERATION ? "operation" : "schema";
}

/* The row of a member that may stand here with this kind of value, or -1 after telling. */
static int
check_member(struct sources *s, const cJSON *member, enum extension_level level)
{
    int i = find_row(member->string);
    if (i < 0)
        tell_unknown(s, member);
    else if (!(rows[i].levels & level) && level == LEVEL_SCHEMA)
        SOURCES_KEY_ERROR(s, member, "x-telgate: '%s' has no meaning in a schema: remove it",
                          member->string);
    else if (!(rows[i].levels & level))
        SOURCES_KEY_ERROR(s, member, "x-telgate: '%s' stands at %s level only: move it there",
                          member->string, level_name(rows[i].levels));
    else if (!cJSON_IsNull(member) && !(rows[i].kinds & kind_of(member)))
        SOURCES_ERROR(s, member, "x-telgate: '%s' must be %s", member->string, rows[i].expected);
    else
        return i;
    return -1;
}

/* call, calls and proxy exclude each other: the nearest level that has one drops the others. */
static void
choose_way(struct sources *s, const cJSON *node, const bool set[X_COUNT], struct extension *e)
{
    if (set[X_CALL] + set[X_CALLS] + set[X_PROXY] > 1)
        SOURCES_KEY_ERROR(s, node,
                          "x-telgate: 'call', 'calls' and 'proxy' exclude each other: "
                          "keep one");
    if (!set[X_CALL] && !set[X_CALLS] && !set[X_PROXY])
        return;
    for (int i = X_CALL; i <= X_PROXY; i++)
        if (!set[i])
            e->members[i] = NULL;
}

void
extension_apply(struct sources *s, const cJSON *holder, enum extension_level level,
                struct extension *e)
{
    const cJSON *node = node_get(holder, "x-telgate");
    bool set[X_COUNT] = {false};
    if (!node || cJSON_IsNull(node))
        return;
    if (!cJSON_IsObject(node)) {
        SOURCES_ERROR(s, node, "x-telgate must be an object");
        return;
    }
    for (const cJSON *member = node->child; member; member = member->next) {
        int i = check_member(s, member, level);
        if (i < 0)
            continue;
        set[i] = !cJSON_IsNull(member);
        e->members[i] = set[i] ? member : NULL;
        e->levels[i] = (uint8_t)level;
    }
    choose_way(s, node, set, e);
}

struct stripping {
    struct sources *sources;
    const struct contract_links *links;
};

static void
keep_links(struct stripping *strip, const cJSON *schema, const cJSON *links)
{
    struct contract_links *kept = ARENA_NEW(strip->sources->arena, struct contract_links);

    if (kept)
        *kept = (struct contract_links){strip->links, schema, links};
    else
        strip->sources->failed = true;
    strip->links = kept ? kept : strip->links;
}

static void
strip(void *context, enum walk_part part, cJSON *node)
{
    struct stripping *stripping = context;
    struct sources *s = stripping->sources;
    cJSON *member = node_get(node, "x-telgate");
    struct extension ignored = {0};
    if (!member)
        return;
    if (part == PART_SCHEMA)
        extension_apply(s, node, LEVEL_SCHEMA, &ignored);
    else if (part != PART_DOCUMENT && part != PART_PATH_ITEM && part != PART_OPERATION)
        SOURCES_KEY_ERROR(s, member,
                          "x-telgate has no meaning here: it stands at document, path, operation "
                          "or schema level");
    if (part == PART_SCHEMA && ignored.members[X_LINKS])
        keep_links(stripping, node, ignored.members[X_LINKS]);
    tree_detach(node, member);
}

const struct contract_links *
extension_strip(struct sources *s, cJSON *root)
{
    struct stripping stripping = {.sources = s};

    (void)walk_tree(PART_DOCUMENT, root, strip, &stripping); /* too deep: told while bundling */
    return stripping.links;
}
