/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads beside the main one. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts run(arg) with every signal blocked: those for the process are the main thread's, and a
 * write to a peer that is gone is told by its result. False: the system has no room for it. */
bool thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
    __attribute__((warn_unused_result));

#endif
