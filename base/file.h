/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole file in memory. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/str.h"

/* Appends what there is to read to *out, up to its ceiling: whoever must know whether that is all
 * gives it one byte more. room: asked for at first, at least 1. False: errno. */
bool file_read(int fd, size_t room, struct buf *out) __attribute__((warn_unused_result));
/* Reads a regular file of at most `most` bytes into *out, which is initialised here and the
 * caller's to fini, whatever comes of it; *mode, which may be NULL, gets its permission bits.
 * False: errno (EFBIG: it is larger; EINVAL: it is no regular file). */
bool file_load(const char *path, size_t most, struct buf *out, unsigned *mode)
    __attribute__((warn_unused_result));

#endif
