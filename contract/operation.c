/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking things up in one operation. */
#include "contract/operation.h"

const struct answer *
operation_answer(const struct operation *o, unsigned status)
{
    const struct answer *best = NULL;
    for (unsigned i = 0; i < o->answer_count; i++) {
        const struct answer *a = &o->answers[i];
        if (a->status == status && status >= 100)
            return a;
        if (a->status == status / 100 || (a->status == 0 && !best))
            best = a;
    }
    return best;
}

int
operation_parameter(const struct operation *o, struct str name)
{
    for (unsigned i = 0; i < o->parameter_count; i++)
        if (str_eq(o->parameters[i].name, name))
            return (int)i;
    return -1;
}
