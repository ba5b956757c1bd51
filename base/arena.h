/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that lives as long as one exchange, or one snapshot, and goes in one stroke.
 *
 * There is no free for a part. Objects of foreign libraries are tied to the arena with
 * arena_defer. An arena is used by one thread at a time; a snapshot's is read-only once loaded.
 * Under AddressSanitizer unused bytes are poisoned and each block has a red zone.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/fault.h"
#include "base/str.h"

struct arena;

/* ceiling: bytes the arena may hand out over its life. NULL: out of memory. */
struct arena *arena_new(size_t ceiling);
/* Runs the deferred calls, newest first, then frees everything. NULL is allowed. */
void arena_free(struct arena *a);

/* size bytes aligned to 8, or NULL when the ceiling or the memory is reached. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, alloc_size(2)));
/* The same, zeroed; n * size is checked for overflow. */
void *arena_zalloc(struct arena *a, size_t n, size_t size);
/* A copy with a NUL behind it (not counted in n); p == NULL when there is no memory. */
struct str arena_dup(struct arena *a, struct str s);
/* Printed text with a NUL behind it; p == NULL when there is no memory. */
struct str arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* call(arg) when the arena is freed. FAULT_MEMORY: not tied; the caller still owns arg. */
enum fault_code arena_defer(struct arena *a, void (*call)(void *), void *arg)
    __attribute__((warn_unused_result));
/* Bytes handed out so far. */
size_t arena_used(const struct arena *a);

#define ARENA_NEW(a, type)      ((type *)arena_zalloc((a), 1, sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_zalloc((a), (n), sizeof(type)))

#endif
