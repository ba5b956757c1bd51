/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of a token, or of another credential. */
#ifndef AUTH_VERDICT_H
#define AUTH_VERDICT_H

#include "auth/principal.h"

struct verdict {
    struct principal *principal; /* one reference; NULL when denied */
    struct principal *denied;    /* one reference: of a denied token whose signature is right, what
                                    could be read of it, for the records; else NULL */
    enum reason reason;          /* REASON_NONE: accepted */
    bool cached;                 /* found among the tokens verified a moment ago */
};

#endif
