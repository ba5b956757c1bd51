/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x-telgate's `cache`: an operation that was asked the same a while ago is answered from memory, by
 * whatever face. It stands where backends would be called, behind all that lets a caller in. What
 * makes two calls the same: the operation, all its inputs, and the claims and header fields that
 * its mappings look at (contract/caching.h). Of the calls that miss at the same time one goes to
 * the backend, and the others wait for it.
 */
#ifndef GATEWAY_RECALL_H
#define GATEWAY_RECALL_H

#include "gateway/answer_cache.h"
#include "gateway/invoke.h"

/* What one worker remembers of one snapshot: its edition's. */
struct recall;

/* limit, counts: as of answer_cache_new. Any thread; else the worker's. NULL: no memory. */
struct recall *recall_new(uint64_t limit, struct answer_counts *counts);
/* Nobody may be waiting. NULL is allowed. */
void recall_free(struct recall *r);
/* Forgets all answers. NULL is allowed. */
void recall_clear(struct recall *r);
/* invoke for an operation with `cache`: ask is called, at most once, for an answer that has to be
 * had from the backends. out->keeping is filled in: Age (RFC 9111, 5.1),
 * Cache-Control and Vary. */
typedef enum fault_code recall_fetch(struct invocation *i, struct outcome *out, struct fault *f);
enum fault_code recall_invoke(struct recall *r, recall_fetch *ask, struct invocation *i,
                              struct outcome *out, struct fault *f)
    __attribute__((warn_unused_result));
/* The key: nothing else of the invocation may change its answer. b->failed tells. */
void recall_write_key(struct buf *b, const struct invocation *i);

#endif
