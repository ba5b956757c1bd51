/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the telgate program: one row in main.c, one file each. */
#ifndef GATEWAY_COMMAND_H
#define GATEWAY_COMMAND_H

#include "base/document.h"

struct command {
    const char *name;
    const char *arguments; /* for the usage line */
    const char *summary;
    const char *details; /* printed by `telgate NAME --help` under the usage line */
    int (*run)(const struct command *c, int argc, char **argv); /* argv[0] is the name */
};

int command_run(const struct command *c, int argc, char **argv);
int command_check(const struct command *c, int argc, char **argv);
int command_explain(const struct command *c, int argc, char **argv);
int command_export(const struct command *c, int argc, char **argv);
int command_import(const struct command *c, int argc, char **argv);
int command_token(const struct command *c, int argc, char **argv);
int command_audit(const struct command *c, int argc, char **argv);
int command_client(const struct command *c, int argc, char **argv);
int command_key(const struct command *c, int argc, char **argv);
int command_revoke(const struct command *c, int argc, char **argv);
int command_options(const struct command *c, int argc, char **argv);

/* One flag with a value, "-c FILE" or "--client ID" (also "--client=ID"). */
struct flag {
    const char *name;  /* "--client" */
    const char *alias; /* "-c"; NULL: none */
    const char **value;
};

/* Takes the flags out of argv; what is left are the operands. *operands gets their count, or an
 * unknown flag is told on standard error and false is returned. */
bool command_flags(const struct command *c, const struct flag *flags, int *argc, char **argv);
/* Prints how the command is called, on standard error; returns 2. */
int command_usage(const struct command *c);
/* Prints all lines of the report on standard error. */
void command_report(const struct report *r);

#define CONFIG_DEFAULT "conf/telgate.yaml"

#endif
