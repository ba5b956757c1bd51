/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault as a JSON body, in the dialect that the contract names: `problem` (RFC 9457), `tmf`
 * (TMF630 part 1, Error), `camara` (ErrorInfo).
 */
#ifndef REST_PROBLEM_H
#define REST_PROBLEM_H

#include "base/fault.h"
#include "contract/operation.h"

/* Writes the body; out->failed tells. correlator may be empty. */
void problem_write(struct buf *out, enum error_dialect dialect, const struct fault *f,
                   struct str correlator);
/* The media type of a dialect's bodies. Static. */
struct str problem_media(enum error_dialect dialect);

#endif
