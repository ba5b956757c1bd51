/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sample values, to show what messages look like: the examples that the contract gives, else
 * something made up that fits the type.
 */
#ifndef CONTRACT_SAMPLE_H
#define CONTRACT_SAMPLE_H

#include "contract/contract.h"

/* By the schema's example, default or enum, else by its kinds. t may be NULL. What the type asks
 * for beyond that (a pattern, say) may be missed; type_validate tells. FAULT_MEMORY. */
enum fault_code sample_value(struct arena *a, const struct type *t, enum type_direction direction,
                             struct value *out) __attribute__((warn_unused_result));
/* One slot per parameter, optional ones only where the contract has an example; and the body. */
enum fault_code sample_inputs(struct arena *a, const struct operation *o, struct inputs *out)
    __attribute__((warn_unused_result));
/* The body of the operation's success; VALUE_ABSENT when it has none. */
enum fault_code sample_answer(struct arena *a, const struct operation *o, struct value *out)
    __attribute__((warn_unused_result));

#endif
