/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a file is still the one that was read: what stat(2) tells of it, at the cost of a call.
 */
#ifndef AUTH_FILE_STAMP_H
#define AUTH_FILE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

struct file_stamp {
    int64_t seconds, nanoseconds; /* of the last change of its content */
    uint64_t device, inode, size;
};

/* All zero when there is no such file. */
struct file_stamp file_stamp_of(const char *path);
bool file_stamp_eq(const struct file_stamp *a, const struct file_stamp *b);

#endif
