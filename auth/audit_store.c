/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/audit_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/audit_recover.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#define OUT_MAX     (256u << 20)
#define SEGMENT_MAX (2047u << 20)

/* --- files --- */

void
audit_segment_path(const char *folder, uint64_t segment, char *out, size_t size)
{
    if (snprintf(out, size, "%s/" SEGMENT_NAME, folder, (unsigned long long)segment) >= (int)size)
        out[0] = '\0';
}

static int
by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static bool
segment_number(const char *name, uint64_t *number)
{
    return strlen(name) == SEGMENT_NAME_BYTES && strcmp(name + 12, ".audit") == 0 &&
           str_to_u64((struct str){name, 12}, number);
}

bool
audit_segments(const char *folder, uint64_t **out, unsigned *n)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    uint64_t number;
    unsigned room = 0;
    bool good = true;

    *out = NULL;
    *n = 0;
    while (dir && good && (entry = readdir(dir))) {
        if (!segment_number(entry->d_name, &number))
            continue;
        if (*n == room) {
            uint64_t *more = reallocarray(*out, room = room ? room * 2 : 64, sizeof **out);

            good = more != NULL;
            *out = more ? more : *out;
        }
        if (good)
            (*out)[(*n)++] = number;
    }
    if (dir)
        closedir(dir);
    if (*n)
        qsort(*out, *n, sizeof **out, by_number);
    return dir && good;
}

bool
audit_file_load(const char *path, struct buf *out)
{
    return file_load(path, SEGMENT_MAX, out, NULL);
}

/* --- the open segment --- */

static bool
begin_segment(struct audit_store *s)
{
    char path[4096];

    audit_segment_path(s->options->folder, s->trail.segment + 1, path, sizeof path);
    s->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (s->fd < 0)
        return false;
    s->committed = 0;
    segment_begin(&s->out, &s->trail, s->origin.node, clock_utc_us());
    return fsync(s->folder_fd) == 0;
}

static void
end_segment(struct audit_store *s)
{
    close(s->fd);
    s->fd = -1;
    s->closing = false;
    s->closed++;
}

bool
audit_store_ready(struct audit_store *s)
{
    if (s->closing && !audit_store_commit(s))
        return false;
    return s->fd >= 0 || begin_segment(s);
}

void
audit_store_add(struct audit_store *s, struct str text)
{
    char record[AUDIT_RECORD_MAX];
    int n = snprintf(record, sizeof record, "{\"seq\":%llu", (unsigned long long)s->trail.next);

    if ((size_t)n + text.n > sizeof record)
        return; /* audit_event_write has seen to it that it fits */
    memcpy(record + n, text.p, text.n);
    frame_put(&s->out, &s->trail, FRAME_RECORD, (struct str){record, (size_t)n + text.n});
    s->trail.next++;
}

void
audit_store_event(struct audit_store *s, const struct audit_event *e)
{
    struct buf text;

    buf_init(&text, 2 * AUDIT_RECORD_MAX);
    if (audit_event_write(&text, &s->origin, e))
        audit_store_add(s, buf_view(&text));
    buf_fini(&text);
}

bool
audit_store_commit(struct audit_store *s)
{
    size_t at = 0;
    ssize_t n = 0;
    int why;

    if (s->out.n == 0)
        return true;
    for (; at < s->out.n && n >= 0; at += n > 0 ? (size_t)n : 0)
        n = pwrite(s->fd, s->out.p + at, s->out.n - at, (off_t)(s->committed + at));
    if (n >= 0 && fdatasync(s->fd) == 0) {
        s->committed += s->out.n;
        s->out.n = 0;
        if (s->closing)
            end_segment(s);
        return true;
    }
    why = errno;
    if (ftruncate(s->fd, (off_t)s->committed) != 0)
        log_event(LOG_ERROR, "audit", "the segment cannot be cut back: %s", strerror(errno));
    errno = why;
    return false;
}

/* --- signed heads and rotation --- */

static void
sign(struct audit_store *s, bool closing, int64_t now)
{
    if (segment_sign(&s->out, &s->trail, s->signer, closing, now)) {
        s->signatures++;
        s->closing = closing;
    } else {
        log_event(LOG_ERROR, "audit", "a head could not be signed");
    }
}

static bool
is_full(const struct audit_store *s, int64_t now)
{
    return s->trail.tree.size > 0 && (s->trail.bytes >= s->options->segment_bytes ||
                                      now - s->trail.opened_us >= s->options->segment_us);
}

void
audit_store_tick(struct audit_store *s, int64_t now)
{
    if (!audit_store_ready(s))
        return;
    audit_spool_take(s);
    if (is_full(s, now)) {
        sign(s, true, now);
        if (audit_store_ready(s))
            audit_retain(s, now);
    } else if (s->trail.next > s->trail.signed_next &&
               now - s->trail.signed_us >= s->options->sign_us) {
        sign(s, false, now);
    }
}

/* --- start and end --- */

static enum fault_code
fail(struct fault *f, const char *path)
{
    fault_set(f, FAULT_INTERNAL, "the audit trail can not be opened");
    fault_log(f, "%s: %s", path, strerror(errno));
    return FAULT_INTERNAL;
}

static enum fault_code
open_folder(struct audit_store *s, struct fault *f)
{
    const char *folder = s->options->folder;

    if (mkdir(folder, 0750) != 0 && errno != EEXIST)
        return fail(f, folder);
    s->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->folder_fd < 0)
        return fail(f, folder);
    s->lock_fd = openat(s->folder_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (s->lock_fd < 0)
        return fail(f, folder);
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return FAULT_NONE;
    fault_set(f, FAULT_INTERNAL, "the audit trail is in use");
    fault_log(f, "another process writes to %s", folder);
    return FAULT_INTERNAL;
}

static enum fault_code
open_keys(struct audit_store *s, struct fault *f)
{
    const struct audit_options *o = s->options;
    enum fault_code code = audit_signer_new(o->signing_key, &s->signer, f);
    char path[4096];

    if (!code)
        code = audit_hash_key_read(o->hash_keys, false, &s->origin.key, f);
    if (code)
        return code;
    snprintf(path, sizeof path, "%s/public.pem", o->folder);
    return audit_signer_publish(s->signer, path, f);
}

enum fault_code
audit_store_init(struct audit_store *s, const struct audit_options *o, struct fault *f)
{
    enum fault_code code;

    *s = (struct audit_store){.options = o, .lock_fd = -1, .folder_fd = -1, .fd = -1};
    s->origin = (struct audit_origin){.node = o->node, .policy = o->policy};
    s->trail.next = 1;
    buf_init(&s->out, OUT_MAX);
    code = open_folder(s, f);
    if (!code)
        code = open_keys(s, f);
    if (!code)
        code = audit_recover(s, f);
    if (!code && !audit_store_commit(s))
        code = fail(f, o->folder);
    return code;
}

void
audit_store_fini(struct audit_store *s)
{
    if (s->fd >= 0 && !s->closing && s->signer && audit_store_commit(s)) {
        sign(s, true, clock_utc_us());
        if (!audit_store_commit(s))
            log_event(LOG_ERROR, "audit", "the last segment could not be closed");
    }
    if (s->fd >= 0)
        close(s->fd);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    if (s->folder_fd >= 0)
        close(s->folder_fd);
    audit_signer_free(s->signer);
    buf_fini(&s->out);
}
