/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Overlays 1.0 and 1.1: what the document becomes, and what is told. */
#include "tests/unit/contract/loading.h"

#define DOCUMENT                                                                                   \
    "openapi: 3.1.0\n"                                                                             \
    "info: {title: T, version: '1'}\n"                                                             \
    "security: []\n"                                                                               \
    "x-telgate: {name: n, backends: {b: {url: 'http://h:1'}}, call: b}\n"                          \
    "tags: [{name: x}, {name: y}]\n"                                                               \
    "paths:\n"                                                                                     \
    "  /a: {get: {operationId: a, responses: {'200': {description: ok}}}}\n"                       \
    "  /b: {get: {operationId: b, x-t: [p], responses: {'200': {description: ok}}}, post: "        \
    "{operationId: c, deprecated: true, responses: {'200': {description: ok}}}}\n"
#define HEAD                                                                                       \
    "overlay: 1.0.0\n"                                                                             \
    "info: {title: o, version: '1'}\n"                                                             \
    "actions:\n"
#define HEAD_1_1                                                                                   \
    "overlay: 1.1.0\n"                                                                             \
    "info: {title: o, version: '1'}\n"                                                             \
    "actions:\n"
#define OK "responses: {'200': {description: ok}}"

static const struct loading_row rows[] = {
    {"update merges",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - {target: $.info, update: {title: U, contact: {name: n}}}\n"}},
     "",
     "/info",
     "{\"title\":\"U\",\"version\":\"1\",\"contact\":{\"name\":\"n\"}}"},
    {"update appends to a list",
     {{"api.yaml", DOCUMENT}, {"overlay.yaml", HEAD "  - {target: $.tags, update: {name: z}}\n"}},
     "",
     "/tags",
     "[{\"name\":\"x\"},{\"name\":\"y\"},{\"name\":\"z\"}]"},
    {"1.1: a list is joined",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD_1_1 "  - {target: $.tags, update: [{name: z}, {name: w}]}\n"}},
     "",
     "/tags",
     "[{\"name\":\"x\"},{\"name\":\"y\"},{\"name\":\"z\"},{\"name\":\"w\"}]"},
    {"a list inside an update is joined",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - {target: $, update: {tags: [{name: z}]}}\n"}},
     "",
     "/tags",
     "[{\"name\":\"x\"},{\"name\":\"y\"},{\"name\":\"z\"}]"},
    {"remove",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - {target: \"$.tags[?@.name == 'x']\", remove: true}\n"}},
     "",
     "/tags",
     "[{\"name\":\"y\"}]"},
    {"remove wins over update",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - {target: '$.tags[0]', remove: true, update: {a: 1}}\n"}},
     "",
     "/tags",
     "[{\"name\":\"y\"}]"},
    {"a wildcard copies to each",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - {target: '$.paths.*.get', update: {summary: s}}\n"}},
     "",
     "/paths/~1b/get",
     "{\"operationId\":\"b\",\"x-t\":[\"p\"],\"responses\":{\"200\":{\"description\":\"ok\"}},"
     "\"summary\":\"s\"}"},
    {"operations by a filter",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - {target: '$.paths.*[?@.deprecated == true]', remove: true}\n"}},
     "",
     "/paths/~1b",
     "{\"get\":{\"operationId\":\"b\",\"x-t\":[\"p\"],\"responses\":{\"200\":{\"description\":"
     "\"ok\"}}}}"},
    {"existence",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml",
       HEAD "  - {target: \"$.paths[?(@.get['x-t'][?(@ == 'p')])].get\", update: {summary: s}}\n"}},
     "",
     "/paths",
     "{\"/"
     "a\":{\"get\":{\"operationId\":\"a\",\"responses\":{\"200\":{\"description\":\"ok\"}}}},\"/"
     "b\":{\"get\":{\"operationId\":\"b\",\"x-t\":[\"p\"],\"responses\":{\"200\":{\"description\":"
     "\"ok\"}},\"summary\":\"s\"},\"post\":{\"operationId\":\"c\",\"deprecated\":true,"
     "\"responses\":{\"200\":{\"description\":\"ok\"}}}}}"},
    {"1.1: copy",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD_1_1 "  - {target: $.info, copy: '$.tags[0]'}\n"}},
     "",
     "/info",
     "{\"title\":\"T\",\"version\":\"1\",\"name\":\"x\"}"},
    {"1.1: a plain value",
     {{"api.yaml", DOCUMENT}, {"overlay.yaml", HEAD_1_1 "  - {target: $.info.title, update: U}\n"}},
     "",
     "/info",
     "{\"title\":\"U\",\"version\":\"1\"}"},
    {"in order, on what was left",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - {target: $.tags, remove: true}\n"
                            "  - {target: $, update: {tags: []}}\n"
                            "  - {target: $.tags, update: {name: n}}\n"}},
     "",
     "/tags",
     "[{\"name\":\"n\"}]"},
    {"nothing matched",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - {target: '$.paths./c', update: {}}\n"
                            "  - {target: \"$.paths['/c']\", update: {}}\n"}},
     "overlay.yaml:4:14: target '$.paths./c' needs a name, * or [...] here; quote other names: "
     "['...'] (byte 9)\n"
     "warning: overlay.yaml:5:14: target '$.paths['/c']' matches nothing: correct or remove it\n",
     NULL,
     NULL},
    {"the new thing is checked at its own place",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - target: \"$.paths['/a'].get\"\n"
                            "    update: {x-telgate: {cal: b}, parameters: [{name: p}]}\n"}},
     "overlay.yaml:5:26: x-telgate: 'cal' is not known: did you mean 'call'?\n"
     "overlay.yaml:5:48: a parameter needs the texts 'name' and 'in'\n",
     NULL,
     NULL},
    {"a $ref in an overlay is the document's",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - {target: $, update: {components: {schemas: {S: {type: string}, U: "
                            "{$ref: '#/components/schemas/S'}}}}}\n"}},
     "",
     "/components",
     "{\"schemas\":{\"S\":{\"type\":\"string\"},\"U\":{\"$ref\":\"#/components/schemas/S\"}}}"},
    {"shapes that do not meet",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - {target: $.info, update: {title: {a: 1}}}\n"
                            "  - {target: $.info, update: [1]}\n"
                            "  - {target: $.info.title, update: U}\n"}},
     "overlay.yaml:4:31: update of 'title' does not fit what is there: remove that by an action "
     "before\n"
     "overlay.yaml:5:30: update does not fit its target: an object goes into an object, an item "
     "into a list\n"
     "overlay.yaml:6:36: update does not fit its target: an object goes into an object, an item "
     "into a list\n",
     NULL,
     NULL},
    {"malformed actions",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - {update: {}}\n"
                            "  - {target: $.info}\n"
                            "  - {target: $.info, remvoe: true}\n"
                            "  - {target: $.info, remove: 1}\n"
                            "  - {target: $.info, copy: $.tags}\n"
                            "  - 1\n"}},
     "overlay.yaml:4:5: an action needs the text `target`, a JSONPath\n"
     "overlay.yaml:5:5: an action needs `update`, `remove: true` or `copy`\n"
     "overlay.yaml:6:22: overlay action: 'remvoe' is not known: did you mean 'remove'?\n"
     "overlay.yaml:6:5: an action needs `update`, `remove: true` or `copy`\n"
     "overlay.yaml:7:30: remove must be true or false\n"
     "overlay.yaml:7:5: an action needs `update`, `remove: true` or `copy`\n"
     "overlay.yaml:8:22: copy is of Overlay 1.1: write `overlay: 1.1.0`\n"
     "overlay.yaml:9:5: an action must be an object\n",
     NULL,
     NULL},
    {"the root cannot be removed",
     {{"api.yaml", DOCUMENT}, {"overlay.yaml", HEAD "  - {target: $, remove: true}\n"}},
     "overlay.yaml:4:14: the whole document cannot be removed\n",
     NULL,
     NULL},
    {"1.1: copy needs one source",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD_1_1 "  - {target: $.info, copy: '$.tags[*]'}\n"
                                "  - {target: $.info, copy: $.info, update: {}}\n"}},
     "overlay.yaml:4:28: copy '$.tags[*]' matches 2 nodes: it must match exactly one\n"
     "overlay.yaml:5:22: copy and update exclude each other: make two actions\n",
     NULL,
     NULL},
    {"a path that is none",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml", HEAD "  - {target: 'paths', update: {}}\n"
                            "  - {target: '$.paths[', update: {}}\n"
                            "  - {target: '$.tags[?length(@.name) == 1]', update: {}}\n"}},
     "overlay.yaml:4:14: target 'paths' must begin with $ (byte 1)\n"
     "overlay.yaml:5:14: target '$.paths[' has a selector that is none of 'name', *, 0, 0:9 and "
     "?filter (byte 9)\n"
     "overlay.yaml:6:14: target '$.tags[?length(@.name) == 1]' calls a function, which is not "
     "supported (byte 9)\n",
     NULL,
     NULL},
    {"a schema's mistake stands at the schema it went into",
     {{"api.yaml", DOCUMENT},
      {"overlay.yaml",
       HEAD "  - {target: $, update: {components: {schemas: {S: {type: object}}}}}\n"
            "  - {target: $.components.schemas.S, update: {properties: {p: {type: strnig}}}}\n"}},
     "overlay.yaml:5:70: type must be null, boolean, integer, number, string, array or object\n",
     NULL,
     NULL},
    {"no overlay",
     {{"api.yaml", DOCUMENT}, {"overlay.yaml", "actions: []\n"}},
     "overlay.yaml:1:1: this is no overlay that is supported: begin it with `overlay: 1.0.0` or "
     "`overlay: 1.1.0`\n",
     NULL,
     NULL},
    {"no actions",
     {{"api.yaml", DOCUMENT}, {"overlay.yaml", "overlay: 1.0.0\n"}},
     "overlay.yaml:1:1: an overlay needs `actions`, a list\n",
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
