/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two halves of the template compiler share: mapping.c (templates) and mapping_names.c
 * (what is filled by name). */
#ifndef CONTRACT_MAPPING_COMPILER_H
#define CONTRACT_MAPPING_COMPILER_H

#include "contract/mapping_node.h"

/* What members are filled from, by name. */
struct mapping_source {
    enum { SOURCE_NONE, SOURCE_INPUTS, SOURCE_VALUE } kind;
    struct expression expression; /* SOURCE_VALUE: where the value is */
};

struct mapping_pair {
    struct mapping_pair *next;
    const struct type *from, *to;
    const struct mapping *mapping;
};

struct mapping_compiler {
    struct arena *arena;
    const struct document *home;
    struct report *report;
    const struct mapping_scope *names;
    uint32_t needs;
    struct mapping_pair *pairs;
    struct place at; /* of the nearest template node */
    bool failed;     /* no memory; mistakes are counted by the report */
};

/* NULL: no memory, and c->failed. */
struct mapping *mapping_new(struct mapping_compiler *c, enum mapping_kind kind,
                            const struct type *target);
/* False when part is NULL, or there is no memory. */
bool mapping_add(struct mapping_compiler *c, struct mapping *m, struct str name,
                 const struct mapping *part);
/* Tells at c->at; always NULL. */
const struct mapping *mapping_tell(struct mapping_compiler *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* True when t allows values of that kind only (and null). */
bool mapping_is_only(const struct type *t, unsigned kind);
/* True for an object whose members are known. */
bool mapping_is_record(const struct type *t);
/* True when some value of these kinds (enum type_kinds) can be converted to `want`. */
bool mapping_fits(unsigned have, const struct type *want);

enum mapping_found { FOUND_NONE, FOUND_ONE, FOUND_SEVERAL };

/* The one source of a name; several are told when tell is set. */
enum mapping_found mapping_find(struct mapping_compiler *c, const struct mapping_source *from,
                                struct str wanted, bool tell, struct expression *out);
/* Fills what m leaves out of the record `target`, and puts its parts in the target's order. */
void mapping_fill(struct mapping_compiler *c, struct mapping *m, const struct type *target,
                  const struct mapping_source *from);
/* The value of `from` as `target`: as it is, or member by member where both are records. name: the
 * member that is filled by name, for the message; "" where the template says it. */
const struct mapping *mapping_from(struct mapping_compiler *c, struct expression from,
                                   const struct type *target, struct str name);

#endif
