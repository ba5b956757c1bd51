/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/file_stamp.h"

#include <sys/stat.h>

struct file_stamp
file_stamp_of(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return (struct file_stamp){0};
    return (struct file_stamp){st.st_mtim.tv_sec, st.st_mtim.tv_nsec, st.st_dev, st.st_ino,
                               (uint64_t)st.st_size};
}

bool
file_stamp_eq(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->seconds == b->seconds && a->nanoseconds == b->nanoseconds && a->device == b->device &&
           a->inode == b->inode && a->size == b->size;
}
