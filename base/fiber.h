/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stackful coroutines, so that an exchange reads as plain synchronous C and never blocks its
 * worker. Built on Boost.Context's make_fcontext and jump_fcontext.
 *
 * A pool belongs to one thread. Stacks are pooled, 256 KB with a guard as large below; they are
 * announced to AddressSanitizer, ThreadSanitizer and valgrind. Whoever makes a fiber ready calls
 * fiber_wake, which only queues it; fiber_run_ready, called by the loop outside any fiber, runs
 * what is queued. So nothing ever resumes a fiber from inside another.
 */
#ifndef BASE_FIBER_H
#define BASE_FIBER_H

#include "base/fault.h"

struct fiber;
struct fiber_pool;

/* max: live fibers at once. NULL: out of memory. */
struct fiber_pool *fiber_pool_new(unsigned max);
/* All fibers must have ended. */
void fiber_pool_free(struct fiber_pool *p);
/* Queues run(arg) as a new fiber. NULL when the pool is full or there is no memory. `parent` may
 * be NULL; a parent that is cancelled cancels its children. The handle is valid until run
 * returns. */
struct fiber *fiber_start(struct fiber_pool *p, struct fiber *parent, void (*run)(void *),
                          void *arg);
/* The running fiber, or NULL in the loop itself. */
struct fiber *fiber_self(void);
/* Parks the running fiber until it is woken. FAULT_CANCELLED at once, and ever after, when it is
 * cancelled; FAULT_NONE otherwise. Wakes may be spurious: callers re-check what they wait for. */
enum fault_code fiber_wait(void) __attribute__((warn_unused_result));
/* Queues a parked fiber; one that is queued or running already stays as it is, except that a
 * running one will not park at its next fiber_wait. Same thread only. */
void fiber_wake(struct fiber *f);
/* Marks the fiber and its children as cancelled and wakes them. */
void fiber_cancel(struct fiber *f);
bool fiber_is_cancelled(const struct fiber *f);
/* Waits, cancelled or not, until all children of the running fiber have ended. */
void fiber_join(void);
/* Runs until no fiber is ready; returns how many ran. Outside any fiber. */
unsigned fiber_run_ready(struct fiber_pool *p);
unsigned fiber_live(const struct fiber_pool *p);

#endif
