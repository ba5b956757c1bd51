/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that a command replaces while a gateway has them: whole or not at all, and one command at a
 * time. The gateway notices by the file's stamp (file_stamp.h).
 */
#ifndef AUTH_FILE_REPLACE_H
#define AUTH_FILE_REPLACE_H

#include "base/str.h"

/* Waits until no other command has the file; close(2) of the descriptor lets it go. -1: errno. */
int file_lock(const char *path);
/* Puts these bytes in the file's place, on the disk when it returns. The name's symbolic links are
 * followed. False: errno. */
bool file_replace(const char *path, unsigned mode, struct str text)
    __attribute__((warn_unused_result));
/* The same for a file that must not be there yet: EEXIST. */
bool file_create(const char *path, unsigned mode, struct str text)
    __attribute__((warn_unused_result));

#endif
