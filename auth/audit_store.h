/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder of segments as the writer holds it: recovered at the start, appended to, committed,
 * signed, rotated, and thinned out by age and size. One thread.
 *
 * Frames gather in memory; a commit writes and syncs them. A commit that fails leaves the frames
 * in memory and the file as it was, so that it can be tried again.
 */
#ifndef AUTH_AUDIT_STORE_H
#define AUTH_AUDIT_STORE_H

#include "auth/audit_event.h"
#include "auth/audit_segment.h"

struct audit_store {
    const struct audit_options *options;
    struct audit_origin origin;
    struct audit_signer *signer;
    int lock_fd, folder_fd;
    int fd;       /* of the open segment; -1: none is open */
    bool closing; /* its footer is among the frames: it closes when they are on the disk */
    struct trail trail;
    struct buf out;     /* frames that are not on the disk */
    uint64_t committed; /* bytes of the open segment on the disk */
    uint64_t closed;    /* segments so far, for the metrics */
    uint64_t signatures;
};

/* Opens or makes the folder. INTERNAL (the log text says why), MEMORY. audit_store_fini is due in
 * both cases. */
enum fault_code audit_store_init(struct audit_store *s, const struct audit_options *o,
                                 struct fault *f) __attribute__((warn_unused_result));
/* Signs and closes what is open. */
void audit_store_fini(struct audit_store *s);

/* A segment is open, or could be opened: records can be added. */
bool audit_store_ready(struct audit_store *s) __attribute__((warn_unused_result));
/* Adds a record: its text behind `{"seq":N`. */
void audit_store_add(struct audit_store *s, struct str text);
/* Adds a record of the store's own. */
void audit_store_event(struct audit_store *s, const struct audit_event *e);
/* Writes and syncs. False: nothing has changed on the disk, and errno says why. */
bool audit_store_commit(struct audit_store *s) __attribute__((warn_unused_result));
/* What is due: takes in the spool, adds a signed head, or closes the segment and removes old ones.
 * What it adds waits for the next commit. */
void audit_store_tick(struct audit_store *s, int64_t now_us);

/* The whole file. False: errno says why. `out` is initialised here, and the caller's to fini. */
bool audit_file_load(const char *path, struct buf *out) __attribute__((warn_unused_result));
/* "FOLDER/000000000012.audit" into out. */
void audit_segment_path(const char *folder, uint64_t segment, char *out, size_t size);
/* Numbers of the folder's segments, ascending; the caller frees *out. False: errno says why. */
bool audit_segments(const char *folder, uint64_t **out, unsigned *n)
    __attribute__((warn_unused_result));

/* --- records of other processes: `FOLDER/spool`, a line each, taken in by the writer --- */

/* Adds a record to the spool and syncs it. o->node is "cli". INTERNAL, MEMORY. */
enum fault_code audit_spool_add(const char *folder, const struct audit_origin *o,
                                const struct audit_event *e, struct fault *f)
    __attribute__((warn_unused_result));

#endif
