/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading one object of the configuration member by member; each mistake is told with its place.
 * The functions return false after telling; an absent member leaves *out as it was.
 */
#ifndef AUTH_SETTINGS_H
#define AUTH_SETTINGS_H

#include "base/document.h"

struct settings {
    const struct document *document;
    const cJSON *object;
    const char *what;    /* "issuer", for the messages */
    struct arena *arena; /* where texts are copied to */
    struct report *report;
};

/* An object with none but these members (NULL ends them); proposes the nearest for others. */
bool settings_check(const struct settings *s, const char *const *names);
/* Tells that a required member is missing; false always. */
bool settings_missing(const struct settings *s, const char *name);
/* A text that is not empty. */
bool settings_text(const struct settings *s, const char *name, struct str *out);
/* The name of a file, seen from the folder (with or without its slash); with a NUL behind it. */
bool settings_file(const struct settings *s, struct str folder, const char *name, struct str *out);
/* A list of texts, or one text for a list of one. */
bool settings_texts(const struct settings *s, const char *name, struct str **out, unsigned *n);
/* "30s", "5m"; at most 24 h. */
bool settings_duration(const struct settings *s, const char *name, int64_t *out_us);
/* true or false. */
bool settings_switch(const struct settings *s, const char *name, bool *out);
/* Where a member stands; the object itself when there is none. */
struct place settings_place(const struct settings *s, const char *name);

#endif
