/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What went wrong, before a face gives it its own shape.
 *
 * A fallible function returns an enum fault_code (FAULT_NONE is 0) and takes the fault to fill as
 * its last argument. The place that fails fills it, once: `detail` is safe for the caller to read,
 * `log` is for the operator only. A fault holds its texts itself, so that running out of memory
 * can be told like any other. The rows are in fault.def.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include "base/str.h"

enum fault_code {
    FAULT_NONE = 0,
#define FAULT(name, ...) FAULT_##name,
#include "base/fault.def"
#undef FAULT
    FAULT_COUNT
};

struct fault {
    enum fault_code code;
    uint16_t status;        /* HTTP status; from the table unless a binding maps it */
    char detail[232];       /* for the caller: never backend text, never a secret, valid UTF-8 */
    char pointer[136];      /* RFC 6901 pointer to the value at fault, "" when there is none */
    char log[232];          /* for the log only */
    unsigned retry_after_s; /* when it is worth trying again, in seconds; 0: not said */
};

struct fault_row {
    uint16_t status;
    const char *name; /* "INVALID_BODY" */
    const char *title;
    const char *soap11; /* local names of the fault codes */
    const char *soap12;
    const char *graphql;
    const char *tmf;
    const char *camara;
};

/* Static; code must be a row (not FAULT_NONE). */
const struct fault_row *fault_row(enum fault_code code);
/* Fills *f (texts cut to fit, at a character boundary; all else emptied) and returns code, so that
 * a function can `return fault_set(f, FAULT_X, "...")`. f may be NULL. */
enum fault_code fault_set(struct fault *f, enum fault_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds a reference token (RFC 6901, section 3) to the pointer, escaped. False: not all of it fits,
 * and it ends where a character does. */
bool fault_point(struct fault *f, struct str token);
/* Adds to the operator's text of a fault that is set, behind what is there. f may be NULL. */
void fault_log(struct fault *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The row that fits an HTTP status; BACKEND_ERROR for 4xx and 5xx without a row of their own. */
enum fault_code fault_of_status(unsigned status);

#endif
