/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fibers: a queue of the ready, a tree of parents and children, and the switching.
 *
 * Every switch goes between the loop and one fiber, never from fiber to fiber. The control block
 * is not on the stack it controls, so nothing of a stack is touched once its fiber has ended.
 * Ended fibers wait, with their stacks, to be started again; more than are live is given back.
 */
#include "base/fiber.h"

#include <stdlib.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define WITH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(from, to) 0
#define VALGRIND_STACK_DEREGISTER(id)     ((void)(id))
#endif

enum {
    STACK_SIZE = 256 << 10,
    GUARD_SIZE = 260 << 10, /* larger than any frame: a jump over it would corrupt in silence */
    KEPT_FIBERS = 176,      /* besides as many as are live: queries come and go by many */
};

/* Boost.Context's assembly, called from C. */
struct transfer {
    void *from; /* the context that was left */
    void *data;
};
struct transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *stack_top, size_t size, void (*entry)(struct transfer));

enum fiber_state { QUEUED, RUNNING, PARKED, ENDED };

struct fiber {
    struct fiber_pool *pool;
    struct fiber *parent, *first_child, *previous, *next; /* previous, next: siblings */
    struct fiber *next_queued;                            /* or next kept */
    void *context;
    void (*run)(void *);
    void *arg;
    char *stack; /* its lowest byte, above the guard */
    enum fiber_state state;
    bool cancelled, woken, joining;
    unsigned valgrind_id;
    void *fake_stack; /* AddressSanitizer's */
    void *tsan;
};

struct fiber_pool {
    struct fiber *first_ready, *last_ready;
    struct fiber *kept;
    unsigned max, live, n_kept;
    void *loop; /* the context to return to */
    const void *loop_stack;
    size_t loop_stack_size;
    void *loop_fake_stack;
    void *loop_tsan;
};

static _Thread_local struct fiber *running;

/* The sanitizers are told of every switch before it, and AddressSanitizer also after it. */
static void
leave_loop(struct fiber *f)
{
#ifdef WITH_ASAN
    __sanitizer_start_switch_fiber(&f->pool->loop_fake_stack, f->stack, STACK_SIZE);
#endif
#ifdef WITH_TSAN
    f->pool->loop_tsan = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(f->tsan, 0);
#endif
    (void)f;
}

static void
entered_loop(struct fiber_pool *p)
{
#ifdef WITH_ASAN
    __sanitizer_finish_switch_fiber(p->loop_fake_stack, NULL, NULL);
#endif
    (void)p;
}

static void
leave_fiber(struct fiber *f, bool for_ever)
{
#ifdef WITH_ASAN
    __sanitizer_start_switch_fiber(for_ever ? NULL : &f->fake_stack, f->pool->loop_stack,
                                   f->pool->loop_stack_size);
#endif
#ifdef WITH_TSAN
    __tsan_switch_to_fiber(f->pool->loop_tsan, 0);
#endif
    (void)f, (void)for_ever;
}

static void
entered_fiber(struct fiber *f)
{
#ifdef WITH_ASAN
    __sanitizer_finish_switch_fiber(f->fake_stack, &f->pool->loop_stack, &f->pool->loop_stack_size);
#endif
    (void)f;
}

static void
announce_start(struct fiber *f)
{
    f->fake_stack = NULL;
#ifdef WITH_ASAN
    __asan_unpoison_memory_region(f->stack, STACK_SIZE); /* of the frames that never returned */
#endif
#ifdef WITH_TSAN
    f->tsan = __tsan_create_fiber(0);
#endif
}

static void
announce_end(struct fiber *f)
{
#ifdef WITH_TSAN
    __tsan_destroy_fiber(f->tsan);
#endif
    (void)f;
}

static bool
stack_map(struct fiber *f)
{
    char *map = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (map == MAP_FAILED)
        return false;
    f->stack = map + GUARD_SIZE;
    if (mprotect(f->stack, STACK_SIZE, PROT_READ | PROT_WRITE) != 0) {
        munmap(map, GUARD_SIZE + STACK_SIZE);
        return false;
    }
    f->valgrind_id = VALGRIND_STACK_REGISTER(f->stack, f->stack + STACK_SIZE);
    return true;
}

static void
fiber_free(struct fiber *f)
{
    VALGRIND_STACK_DEREGISTER(f->valgrind_id);
#ifdef WITH_ASAN
    __asan_unpoison_memory_region(f->stack, STACK_SIZE);
#endif
    munmap(f->stack - GUARD_SIZE, GUARD_SIZE + STACK_SIZE);
    free(f);
}

static struct fiber *
fiber_take(struct fiber_pool *p)
{
    struct fiber *f = p->kept;

    if (f) {
        p->kept = f->next_queued;
        p->n_kept--;
        return f;
    }
    f = calloc(1, sizeof *f);
    if (f && !stack_map(f)) {
        free(f);
        return NULL;
    }
    return f;
}

static void
fiber_keep(struct fiber_pool *p, struct fiber *f)
{
    f->next_queued = p->kept;
    p->kept = f;
    p->n_kept++;
    while (p->n_kept > KEPT_FIBERS + p->live) {
        f = p->kept;
        p->kept = f->next_queued;
        p->n_kept--;
        fiber_free(f);
    }
}

struct fiber_pool *
fiber_pool_new(unsigned max)
{
    struct fiber_pool *p = calloc(1, sizeof *p);

    if (p)
        p->max = max;
    return p;
}

void
fiber_pool_free(struct fiber_pool *p)
{
    if (!p)
        return;
    while (p->kept) {
        struct fiber *f = p->kept;

        p->kept = f->next_queued;
        fiber_free(f);
    }
    free(p);
}

static void
queue(struct fiber *f)
{
    struct fiber_pool *p = f->pool;

    f->state = QUEUED;
    f->next_queued = NULL;
    if (p->last_ready)
        p->last_ready->next_queued = f;
    else
        p->first_ready = f;
    p->last_ready = f;
}

/* Returns when the fiber is resumed. */
static void
park(struct fiber *f)
{
    f->state = PARKED;
    leave_fiber(f, false);
    f->pool->loop = jump_fcontext(f->pool->loop, NULL).from;
    entered_fiber(f);
}

static void
join_children(struct fiber *f)
{
    if (!f->first_child)
        return;
    f->joining = true;
    while (f->first_child)
        park(f);
    f->joining = false;
    f->woken = true; /* for a wake that was meant for something else */
}

/* The first frame of every fiber. It joins what run left behind: no child outlives its parent. */
static void
entry(struct transfer t)
{
    struct fiber *f = t.data;

    entered_fiber(f);
    f->pool->loop = t.from;
    f->run(f->arg);
    join_children(f);
    f->state = ENDED;
    leave_fiber(f, true);
    jump_fcontext(f->pool->loop, NULL);
    abort(); /* an ended fiber is never resumed */
}

static void
adopt(struct fiber *parent, struct fiber *f)
{
    f->parent = parent;
    f->previous = NULL;
    f->next = parent ? parent->first_child : NULL;
    if (f->next)
        f->next->previous = f;
    if (parent)
        parent->first_child = f;
    f->cancelled = parent && parent->cancelled;
}

struct fiber *
fiber_start(struct fiber_pool *p, struct fiber *parent, void (*run)(void *), void *arg)
{
    struct fiber *f = p->live < p->max ? fiber_take(p) : NULL;

    if (!f)
        return NULL;
    p->live++;
    f->pool = p;
    f->run = run;
    f->arg = arg;
    f->first_child = NULL;
    f->woken = f->joining = false;
    adopt(parent, f);
    announce_start(f);
    f->context = make_fcontext(f->stack + STACK_SIZE, STACK_SIZE, entry);
    queue(f);
    return f;
}

struct fiber *
fiber_self(void)
{
    return running;
}

enum fault_code
fiber_wait(void)
{
    struct fiber *f = running;

    if (!f->cancelled && !f->woken)
        park(f);
    f->woken = false;
    return f->cancelled ? FAULT_CANCELLED : FAULT_NONE;
}

void
fiber_wake(struct fiber *f)
{
    if (f->state == PARKED)
        queue(f);
    else if (f->state == RUNNING)
        f->woken = true;
}

/* The next one in the tree under top, parents first; NULL after the last. */
static struct fiber *
next_below(struct fiber *top, struct fiber *f)
{
    if (f->first_child)
        return f->first_child;
    while (f != top && !f->next)
        f = f->parent;
    return f == top ? NULL : f->next;
}

void
fiber_cancel(struct fiber *f)
{
    for (struct fiber *each = f; each; each = next_below(f, each)) {
        each->cancelled = true;
        fiber_wake(each);
    }
}

bool
fiber_is_cancelled(const struct fiber *f)
{
    return f->cancelled;
}

void
fiber_join(void)
{
    join_children(running);
}

static void
fiber_end(struct fiber *f)
{
    struct fiber *parent = f->parent;

    announce_end(f);
    if (f->next)
        f->next->previous = f->previous;
    if (f->previous)
        f->previous->next = f->next;
    else if (parent)
        parent->first_child = f->next;
    if (parent && parent->joining && !parent->first_child)
        fiber_wake(parent);
    f->pool->live--;
    fiber_keep(f->pool, f);
}

static void
resume(struct fiber *f)
{
    struct fiber_pool *p = f->pool;

    f->state = RUNNING;
    running = f;
    leave_loop(f);
    f->context = jump_fcontext(f->context, f).from;
    entered_loop(p);
    running = NULL;
    if (f->state == ENDED)
        fiber_end(f);
}

unsigned
fiber_run_ready(struct fiber_pool *p)
{
    unsigned n = 0;

    while (p->first_ready) {
        struct fiber *f = p->first_ready;

        p->first_ready = f->next_queued;
        if (!p->first_ready)
            p->last_ready = NULL;
        resume(f);
        n++;
    }
    return n;
}

unsigned
fiber_live(const struct fiber_pool *p)
{
    return p->live;
}
