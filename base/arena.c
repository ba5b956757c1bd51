/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks that double in size, the arena itself at the start of the first. First chunks are kept in
 * a list per thread, so that the arena of an exchange costs no malloc. A block that would fill
 * most of a chunk gets one of its own.
 */
#include "base/arena.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifdef ASAN_POISON_MEMORY_REGION
enum { RED_ZONE = 16 };
#else
enum { RED_ZONE = 0 };
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum {
    FIRST_CHUNK = 8 << 10,
    LARGEST_CHUNK = 1 << 20,
    KEPT_CHUNKS = 64, /* per thread: 512 KB */
};

struct chunk {
    struct chunk *next;
    size_t size; /* this header included */
};

struct deferred {
    struct deferred *next;
    void (*call)(void *);
    void *arg;
};

struct arena {
    char *at, *end; /* what is free in the current chunk */
    struct chunk *chunks;
    size_t next_size;
    size_t used, ceiling;
    struct deferred *deferred;
};

static _Thread_local struct chunk *kept;
static _Thread_local unsigned n_kept;
static _Thread_local bool keeps; /* thread_end is set */
static pthread_key_t thread_end;
static bool have_thread_end;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
forget_kept(void *arg)
{
    (void)arg;
    while (kept) {
        struct chunk *c = kept;

        kept = c->next;
        ASAN_UNPOISON_MEMORY_REGION(c, c->size);
        free(c);
    }
    n_kept = 0;
    keeps = false;
}

/* A key has no destructor call in the thread that leaves main: there the kernel takes them. */
static void
make_thread_end(void)
{
    have_thread_end = pthread_key_create(&thread_end, forget_kept) == 0;
}

static bool
may_keep(void)
{
    if (!keeps) {
        pthread_once(&once, make_thread_end);
        keeps = have_thread_end && pthread_setspecific(thread_end, &kept) == 0;
    }
    return keeps && n_kept < KEPT_CHUNKS;
}

static struct chunk *
chunk_new(size_t size)
{
    struct chunk *c = kept;

    if (size == FIRST_CHUNK && c) {
        kept = c->next;
        n_kept--;
        return c;
    }
    c = malloc(size);
    if (!c)
        return NULL;
    c->size = size;
    ASAN_POISON_MEMORY_REGION(c + 1, size - sizeof *c);
    return c;
}

static void
chunk_free(struct chunk *c)
{
    if (c->size == FIRST_CHUNK && may_keep()) {
        ASAN_POISON_MEMORY_REGION(c + 1, c->size - sizeof *c);
        c->next = kept;
        kept = c;
        n_kept++;
        return;
    }
    ASAN_UNPOISON_MEMORY_REGION(c, c->size);
    free(c);
}

struct arena *
arena_new(size_t ceiling)
{
    struct chunk *c = chunk_new(FIRST_CHUNK);

    if (!c)
        return NULL;
    struct arena *a = (struct arena *)(c + 1);

    ASAN_UNPOISON_MEMORY_REGION(a, sizeof *a);
    c->next = NULL;
    *a = (struct arena){.at = (char *)(a + 1) + RED_ZONE,
                        .end = (char *)c + c->size,
                        .chunks = c,
                        .next_size = 2 * FIRST_CHUNK,
                        .ceiling = ceiling};
    return a;
}

void
arena_free(struct arena *a)
{
    if (!a)
        return;
    while (a->deferred) { /* a call may defer again */
        struct deferred *d = a->deferred;

        a->deferred = d->next;
        d->call(d->arg);
    }
    struct chunk *c = a->chunks;

    while (c) { /* the arena goes with the first chunk, which is the last in the list */
        struct chunk *next = c->next;

        chunk_free(c);
        c = next;
    }
}

/* size is rounded, red zone included. A chunk of its own is linked in front, as any: only at and
 * end tell the current one. */
static __attribute__((noinline)) void *
alloc_slow(struct arena *a, size_t size)
{
    bool own = size > a->next_size / 4;
    size_t chunk_size = own ? size + sizeof(struct chunk) : a->next_size;
    struct chunk *c = chunk_size > size ? chunk_new(chunk_size) : NULL;

    if (!c)
        return NULL;
    c->next = a->chunks;
    a->chunks = c;
    if (own)
        return c + 1;
    if (a->next_size < LARGEST_CHUNK)
        a->next_size *= 2;
    a->at = (char *)(c + 1) + size;
    a->end = (char *)c + c->size;
    return c + 1;
}

void *
arena_alloc(struct arena *a, size_t size)
{
    if (size > a->ceiling - a->used || size > SIZE_MAX / 2)
        return NULL;
    size_t whole = ((size + 7) & ~(size_t)7) + RED_ZONE;
    void *p = a->at;

    if (whole <= (size_t)(a->end - a->at))
        a->at += whole;
    else if (!(p = alloc_slow(a, whole)))
        return NULL;
    a->used += size;
    ASAN_UNPOISON_MEMORY_REGION(p, size);
    return p;
}

void *
arena_zalloc(struct arena *a, size_t n, size_t size)
{
    size_t whole;

    if (__builtin_mul_overflow(n, size, &whole))
        return NULL;
    void *p = arena_alloc(a, whole);

    return p ? memset(p, 0, whole) : NULL;
}

struct str
arena_dup(struct arena *a, struct str s)
{
    char *p = s.n < SIZE_MAX ? arena_alloc(a, s.n + 1) : NULL;

    if (!p)
        return STR_NONE;
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (struct str){p, s.n};
}

struct str
arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);

    if (!p)
        return STR_NONE;
    va_start(args, format);
    vsnprintf(p, (size_t)n + 1, format, args);
    va_end(args);
    return (struct str){p, (size_t)n};
}

enum fault_code
arena_defer(struct arena *a, void (*call)(void *), void *arg)
{
    struct deferred *d = arena_alloc(a, sizeof *d);

    if (!d)
        return FAULT_MEMORY;
    *d = (struct deferred){.next = a->deferred, .call = call, .arg = arg};
    a->deferred = d;
    return FAULT_NONE;
}

size_t
arena_used(const struct arena *a)
{
    return a->used;
}
