/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operator's log: one JSON object a line, on standard error or in a file.
 *
 * A line is built in a buf with the log_* calls and handed over whole, so that lines of several
 * threads never mix. Never a token, never a secret, never a query string: the callers see to it,
 * a test greps for it.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* fd is borrowed; lines below `least` are dropped. Before the first call: standard error, INFO. */
void log_to(int fd, enum log_level least);
/* {"time":...,"level":...,"event":event,"message":printed} */
void log_event(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* False for a level that is dropped: ask before building a line of one's own. */
bool log_wants(enum log_level level);

/* For lines with fields of their own (the access log): open, fields, close, write. */
void log_open(struct buf *line, enum log_level level, const char *event);
void log_field(struct buf *line, const char *name, struct str text); /* valid UTF-8 or replaced */
void log_field_int(struct buf *line, const char *name, int64_t n);
void log_close(struct buf *line);       /* the brace and the newline */
void log_write(struct str whole_lines); /* one write(2) */

#endif
