/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to jsonpath*.c: a path is evaluated while it is read. A filter is read once for its
 * syntax, with no node, and then once per candidate.
 */
#ifndef CONTRACT_JSONPATH_PARSER_H
#define CONTRACT_JSONPATH_PARSER_H

#include "contract/jsonpath.h"

enum { JSONPATH_DEPTH = 32, JSONPATH_LENGTH = 4096, JSONPATH_WORK = 20000000 };

struct jsonpath {
    struct arena *arena;
    struct str text;
    size_t at;
    cJSON *root;
    const char *why; /* the first mistake; NULL: none */
    unsigned depth, work;
};

struct jsonpath_list {
    struct jsonpath_match *items;
    unsigned count, room;
};

/* Always false. */
bool jsonpath_fail(struct jsonpath *p, const char *why);
/* The next character, or NUL at the end. */
static inline char
jsonpath_peek(const struct jsonpath *p)
{
    return p->at < p->text.n ? p->text.p[p->at] : '\0';
}
void jsonpath_blanks(struct jsonpath *p);
/* Steps over the text if it is next. */
bool jsonpath_take(struct jsonpath *p, const char *text);
/* A quoted string, unescaped. */
bool jsonpath_string(struct jsonpath *p, struct str *out);
/* Reads the segments that follow and applies them to the list. */
bool jsonpath_segments(struct jsonpath *p, struct jsonpath_list *list);
bool jsonpath_add(struct jsonpath *p, struct jsonpath_list *list, cJSON *node, cJSON *parent);
/* Reads a filter's expression for the node; NULL: for its syntax only. *out is whether it holds. */
bool jsonpath_filter(struct jsonpath *p, cJSON *node, bool *out);

#endif
