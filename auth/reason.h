/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a request was denied, finer than the fault that the caller sees.
 *
 * Inside auth/ a check returns an enum reason; REASON_NONE (0) passes. The log and the audit name
 * the reason, the fault is made from it in one place. The rows are in reason.def.
 */
#ifndef AUTH_REASON_H
#define AUTH_REASON_H

#include "base/fault.h"

enum reason {
    REASON_NONE = 0,
#define REASON(name, ...) REASON_##name,
#include "auth/reason.def"
#undef REASON
    REASON_COUNT
};

/* "expired"; "none" for REASON_NONE. Static. */
const char *reason_name(enum reason r);
/* The fault it leads to; FAULT_NONE for REASON_NONE. */
enum fault_code reason_code(enum reason r);
/* Fills *f with the row's fault and text (and the name for the log) and returns the code;
 * REASON_NONE leaves *f alone. f may be NULL. */
enum fault_code reason_fault(enum reason r, struct fault *f);

#endif
