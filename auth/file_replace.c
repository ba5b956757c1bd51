/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/file_replace.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_still_there(int fd, const char *path)
{
    struct stat held, named;

    return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

int
file_lock(const char *path)
{
    for (;;) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX) == 0 && is_still_there(fd, path))
            return fd; /* else it was replaced while we waited */
        close(fd);
    }
}

static bool
write_all(int fd, struct str text)
{
    while (text.n > 0) {
        ssize_t n = write(fd, text.p, text.n);

        if (n < 0 && errno != EINTR)
            return false;
        text = str_from(text, n > 0 ? (size_t)n : 0);
    }
    return true;
}

/* A name that was moved is on the disk when its folder is. */
static bool
sync_folder(const char *path)
{
    char copy[PATH_MAX];
    bool good;
    int fd;

    snprintf(copy, sizeof copy, "%s", path);
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

static bool
write_draft(const char *draft, unsigned mode, struct str text)
{
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && fchmod(fd, mode) == 0 && write_all(fd, text) && fsync(fd) == 0;

    if (fd >= 0)
        good = close(fd) == 0 && good;
    return good;
}

static bool
put(const char *path, unsigned mode, struct str text, bool over)
{
    char draft[PATH_MAX];
    int error;
    bool good;

    if (snprintf(draft, sizeof draft, "%s.%ld.new", path, (long)getpid()) >= (int)sizeof draft) {
        errno = ENAMETOOLONG;
        return false;
    }
    good = write_draft(draft, mode, text) &&
           (over ? rename(draft, path) == 0 : link(draft, path) == 0);
    error = errno;
    if (!good || !over)
        unlink(draft);
    errno = error;
    return good && sync_folder(path);
}

bool
file_replace(const char *path, unsigned mode, struct str text)
{
    char target[PATH_MAX];

    return realpath(path, target) && put(target, mode, text, true);
}

bool
file_create(const char *path, unsigned mode, struct str text)
{
    return put(path, mode, text, false);
}
