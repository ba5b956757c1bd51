/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to audit_index*.c, and the only header that includes sqlite3.h. */
#ifndef AUTH_AUDIT_INDEX_PRIVATE_H
#define AUTH_AUDIT_INDEX_PRIVATE_H

#include <sqlite3.h>

#include "auth/audit_index.h"

struct audit_index {
    struct audit_index_options options;
    uint64_t *segments;
    unsigned n;
    uint64_t done, all; /* bytes */
};

/* "FOLDER/000000000012.audit.index" */
void audit_index_path(const char *folder, uint64_t segment, char *out, size_t size);
enum fault_code audit_index_fail(struct fault *f, sqlite3 *db, const char *what);

#endif
