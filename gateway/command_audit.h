/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `telgate audit` share. */
#ifndef GATEWAY_COMMAND_AUDIT_H
#define GATEWAY_COMMAND_AUDIT_H

#include "auth/audit_event.h"
#include "gateway/command.h"
#include "gateway/config.h"

enum { AUDIT_OK, AUDIT_BAD, AUDIT_USAGE, AUDIT_UNREADABLE }; /* exit codes */

struct audit_place { /* the trail that a command is about */
    struct arena *arena;
    const char *folder;
    const char *hash_keys; /* NULL: not known */
};

/* From an operand (a folder), else from the configuration; false after saying why. */
bool audit_place_find(struct audit_place *p, struct arena *a, const char *operand,
                      const char *config);
/* Prints a fault on standard error; the exit code. */
int audit_complain(const struct fault *f);
/* Takes a flag without a value out of argv; true when it was there. */
bool audit_switch(const char *name, int *argc, char **argv);
/* Records what a command has done, with who ran it; says so when it cannot. No trail: nothing. */
void command_record(const struct config *c, struct audit_event *e);
/* Records that somebody reads the trail, before it is read; false after saying why not. */
bool audit_note_reading(const struct audit_place *p, struct str what);

/* The parts; argv[0] is the part's name. */
int audit_verify_part(const struct command *c, struct arena *a, int argc, char **argv);
int audit_anchor_part(const struct command *c, struct arena *a, int argc, char **argv);
int audit_proof_part(const struct command *c, struct arena *a, int argc, char **argv);
int audit_verify_proof_part(const struct command *c, struct arena *a, int argc, char **argv);
int audit_tail_part(const struct command *c, struct arena *a, int argc, char **argv);
int audit_query_part(const struct command *c, struct arena *a, int argc, char **argv);
int audit_keys_part(const struct command *c, struct arena *a, int argc, char **argv);

#endif
