/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the tests of types: a document with schemas, compiled, from text. */
#ifndef TESTS_UNIT_CONTRACT_SCHEMAS_H
#define TESTS_UNIT_CONTRACT_SCHEMAS_H

#include "base/json.h"
#include "contract/type.h"

#include <stdio.h>

struct schemas {
    struct arena *arena;
    struct report report;
    struct document *document;
    struct type_set *set;
};

/* "#/a/b" in the same document; anything else is told as a mistake. */
static const cJSON *
schemas_resolve(void *context, const struct document *home, const cJSON *from,
                const char *reference, const struct document **where)
{
    struct report *report = context;
    cJSON *found = NULL;

    if (reference[0] == '#')
        found = node_pointer(home->root, str_of(reference + 1));
    if (!found)
        report_error(report, document_place(home, from), "nothing stands at %s", reference);
    *where = home;
    return found;
}

static inline void
schemas_open(struct schemas *s, struct str text)
{
    memset(s, 0, sizeof(*s));
    s->arena = arena_new(256 << 20);
    report_init(&s->report, s->arena);
    s->document = document_parse(s->arena, STR("schema"), text, &s->report);
    s->set =
        type_set_new(s->arena, (struct type_resolver){schemas_resolve, &s->report}, &s->report);
}

static inline void
schemas_close(struct schemas *s)
{
    arena_free(s->arena);
}

/* The document's root, finished; NULL when the report has errors. */
static inline const struct type *
schemas_root(struct schemas *s)
{
    const struct type *t = NULL;

    if (s->document && s->report.errors == 0)
        t = type_compile(s->set, s->document, s->document->root, STR_NONE);
    if (t)
        type_set_finish(s->set);
    return s->report.errors ? NULL : t;
}

/* All of components/schemas; the one of that name, finished; NULL when the report has errors. */
static inline const struct type *
schemas_component(struct schemas *s, const char *name)
{
    const cJSON *all = NULL;
    const struct type *wanted = NULL;

    if (s->document)
        all = node_pointer(s->document->root, STR("/components/schemas"));
    for (const cJSON *node = all ? all->child : NULL; node; node = node->next) {
        const struct type *t = type_compile(s->set, s->document, node, str_of(node->string));
        if (strcmp(node->string, name) == 0)
            wanted = t;
    }
    type_set_finish(s->set);
    return s->report.errors ? NULL : wanted;
}

static inline const char *
schemas_mistakes(const struct schemas *s) /* all lines of the report; static */
{
    static char text[4096];
    size_t n = 0;

    text[0] = 0;
    for (struct report_line *line = s->report.first; line && n < sizeof(text); line = line->next)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s\n", line->warning ? "(w) " : "",
                              line->text.p);
    return text;
}

#endif
