/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes to the text of conf/clients.yaml that leave every other line as its author wrote it,
 * comments included. Pure: text in, text out. The file must be written as blocks, one key a line.
 */
#ifndef AUTH_CLIENTS_EDIT_H
#define AUTH_CLIENTS_EDIT_H

#include "base/document.h"

struct clients_member { /* a key of a client, and its value as YAML */
    const char *name;
    struct str value;
};

/* Appends the text with a new client at its end. NULL, or what is wrong. */
const char *clients_edit_add(struct arena *a, struct str text, struct str client,
                             const struct clients_member *members, unsigned n, struct buf *out)
    __attribute__((warn_unused_result));
/* Appends the text with one key of a client set, and another (NULL: none) taken out. */
const char *clients_edit_set(struct arena *a, struct str text, struct str client,
                             struct clients_member member, const char *removed, struct buf *out)
    __attribute__((warn_unused_result));

#endif
