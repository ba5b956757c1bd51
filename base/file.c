/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP = 65536 };

bool
file_read(int fd, size_t room, struct buf *out)
{
    ssize_t n = 1;

    while (n > 0 && out->n < out->ceiling) {
        size_t left = out->ceiling - out->n, step = room < left ? room : left;
        char *to = buf_reserve(out, step);

        if (!to) {
            errno = ENOMEM;
            return false;
        }
        n = read(fd, to, step);
        if (n < 0 && errno == EINTR) {
            n = 1;
            continue;
        }
        out->n += n > 0 ? (size_t)n : 0;
        room = n == (ssize_t)room ? STEP : room - (size_t)(n > 0 ? n : 0);
    }
    return n >= 0;
}

bool
file_load(const char *path, size_t most, struct buf *out, unsigned *mode)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    bool good = fd >= 0 && fstat(fd, &st) == 0;

    buf_init(out, most + 1);
    if (good && !S_ISREG(st.st_mode)) {
        errno = EINVAL;
        good = false;
    }
    /* In one piece, unless the file grows meanwhile: no copy of a key stays behind. */
    good = good && file_read(fd, (size_t)st.st_size + 1, out);
    if (good && out->n > most) {
        errno = EFBIG;
        good = false;
    }
    if (good && mode)
        *mode = st.st_mode & 07777;
    if (fd >= 0)
        close(fd);
    return good;
}
