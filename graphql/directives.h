/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directives that every schema has (GraphQL September 2025, section 3.13). */
#ifndef GRAPHQL_DIRECTIVES_H
#define GRAPHQL_DIRECTIVES_H

enum { DIRECTIVES = 5 };

struct directive_definition {
    const char *name, *description;
    struct {
        const char *name, *type, *fallback; /* name NULL: takes none */
    } argument;
    const char *locations; /* separated by spaces */
};

/* In introspection.c. */
extern const struct directive_definition directive_definitions[DIRECTIVES];

#endif
