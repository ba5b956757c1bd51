/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that one contract is made of (the document, its overlays, what their $refs name), and
 * where each node of the tree made from them stood. What was read is never changed: each file has
 * a working copy in the arena, whose nodes may move from one tree to another and keep their place.
 * Only while a contract is loaded (one thread).
 */
#ifndef CONTRACT_SOURCES_H
#define CONTRACT_SOURCES_H

#include "contract/tree.h"

enum source_dialect { /* what a schema in the file means */
                      DIALECT_UNKNOWN,
                      DIALECT_SWAGGER_2,
                      DIALECT_OPENAPI_3_0,
                      DIALECT_OPENAPI_3_1
};

struct source {
    struct document document; /* the working copy; root NULL: could not be read */
    struct str key;           /* its path without "." and ".." where they can go */
    uint8_t dialect;          /* enum source_dialect; of a fragment: that of the main document */
    bool overlay;
    bool fragment; /* no `openapi` or `swagger` of its own */
};

struct sources {
    struct arena *arena;
    struct report *report;
    struct source **list; /* the main document first */
    unsigned count, room;
    bool failed; /* no memory */
};

void sources_init(struct sources *s, struct arena *a, struct report *r);
/* Reads the file, or gives the source that was read before. NULL after telling; `from` (or NULL)
 * is the node that names the file. Lives as long as the sources. */
struct source *sources_open(struct sources *s, const char *path, const cJSON *from);
/* The same for a document that was read; NULL: no memory. */
struct source *sources_add(struct sources *s, const struct document *d);
/* The node was made from the original: messages show the original's place. */
void sources_note(struct sources *s, const cJSON *made, const cJSON *original);
/* A deep copy whose nodes are noted as made from the originals; no name, no siblings. */
cJSON *sources_copy(struct sources *s, const cJSON *node);
/* The file that the node comes from; the main document when it is not known. Never NULL. */
struct source *sources_home(const struct sources *s, const cJSON *node);
struct place sources_place(const struct sources *s, const cJSON *node);
struct place sources_key_place(const struct sources *s, const cJSON *member);
/* Tells what another reader told in a report of its own; what it could not place stands at `near`
 * (it knew the nodes of `home` only). */
void sources_relay(struct sources *s, const struct report *from, const struct document *home,
                   const cJSON *near);
/* The path, as seen from the folder of the file that holds the node. In the arena. */
const char *sources_relative(struct sources *s, const cJSON *node, struct str path);

#define SOURCES_ERROR(s, node, ...)                                                                \
    report_error((s)->report, sources_place((s), (node)), __VA_ARGS__)
#define SOURCES_WARNING(s, node, ...)                                                              \
    report_warning((s)->report, sources_place((s), (node)), __VA_ARGS__)
/* At the key of a member. */
#define SOURCES_KEY_ERROR(s, member, ...)                                                          \
    report_error((s)->report, sources_key_place((s), (member)), __VA_ARGS__)
#define SOURCES_KEY_WARNING(s, member, ...)                                                        \
    report_warning((s)->report, sources_key_place((s), (member)), __VA_ARGS__)

#endif
