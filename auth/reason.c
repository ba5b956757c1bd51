/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of reasons. */
#include "auth/reason.h"

struct row {
    const char *name;
    enum fault_code code;
    const char *detail;
};

static const struct row rows[REASON_COUNT] = {
    [REASON_NONE] = {"none", FAULT_NONE, ""},
#define REASON(id, name, fault, detail) [REASON_##id] = {name, FAULT_##fault, detail},
#include "auth/reason.def"
#undef REASON
};

const char *
reason_name(enum reason r)
{
    return rows[r].name;
}

enum fault_code
reason_code(enum reason r)
{
    return rows[r].code;
}

enum fault_code
reason_fault(enum reason r, struct fault *f)
{
    if (r == REASON_NONE)
        return FAULT_NONE;
    fault_set(f, rows[r].code, "%s", rows[r].detail);
    fault_log(f, "denied: %s", rows[r].name);
    return rows[r].code;
}
