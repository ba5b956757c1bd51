/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A YAML or JSON file as a cJSON tree that remembers where each node stood.
 *
 * For documents read once: configuration, contracts, key sets. Never for payloads. Number nodes
 * keep their lexeme in valuestring, so that no digit is lost. Duplicate keys, YAML tags, merge
 * keys, aliases that would blow up, and more than one document in a file are mistakes, told in
 * the report. Plain YAML scalars follow the 1.2 core schema: `no` and `2024-01-01` are text.
 */
#ifndef BASE_DOCUMENT_H
#define BASE_DOCUMENT_H

#include <cjson/cJSON.h>

#include "base/arena.h"
#include "base/value.h"

/* Collects every mistake as `file:line:column: what, and what to do`; order of addition. */
struct report {
    struct arena *arena;
    struct report_line *first, *last;
    unsigned errors, warnings;
};

struct report_line {
    struct report_line *next;
    bool warning;
    struct str text; /* with a NUL behind it */
};

struct document {
    struct str path; /* as it was named; "-" for text from memory without a name */
    cJSON *root;     /* owned by the arena; NULL when the file could not be read */
    struct document_places *places;
};

struct place {
    struct str path;
    unsigned line, column; /* from 1; 0 when not known */
};

void report_init(struct report *r, struct arena *a);
void report_error(struct report *r, struct place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void report_warning(struct report *r, struct place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reads a file of at most 32 MB. NULL (and the report tells) on any mistake. Everything lives in
 * the arena. JSON is read as the YAML subset that it is, plus surrogate pairs. */
struct document *document_read(struct arena *a, const char *path, struct report *r);
/* The same from memory; name is for the messages. */
struct document *document_parse(struct arena *a, struct str name, struct str text,
                                struct report *r);
/* Where a node of this document stands; a node that is not of it gives {path, 0, 0}. */
struct place document_place(const struct document *d, const cJSON *node);
/* Where the key of a member stands. */
struct place document_key_place(const struct document *d, const cJSON *member);

/* Member by exact name, or NULL (cJSON_GetObjectItem ignores case and is never used). */
cJSON *node_get(const cJSON *object, const char *name);
/* Its string, or `otherwise`. */
const char *node_string(const cJSON *object, const char *name, const char *otherwise);
/* The lexeme of a number node; empty for any other node. */
struct str node_lexeme(const cJSON *number);
/* RFC 6901; NULL when nothing is there. */
cJSON *node_pointer(cJSON *root, struct str pointer);
/* The tree as a value (numbers by lexeme); FAULT_MEMORY. */
enum fault_code node_to_value(struct arena *a, const cJSON *node, struct value *out)
    __attribute__((warn_unused_result));

#endif
