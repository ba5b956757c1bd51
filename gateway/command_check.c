/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `telgate check`: every mistake of a configuration, or of one contract and its overlays. */
#include <stdio.h>

#include "gateway/command.h"
#include "gateway/snapshot.h"
#include "soap/wsdl.h"

enum { REPORT_MAX = 256 << 20, OPERATION_US = 10000000 };

static void
print_contract(const struct contract *c)
{
    printf("%.*s: %u operations at %.*s\n", STR_ARG(c->name), c->operation_count,
           STR_ARG(c->base_path.n ? c->base_path : STR("/")));
}

static bool
check_configuration(const char *path, struct report *r)
{
    struct snapshot *s = snapshot_load(path, true, r);

    for (unsigned i = 0; s && i < s->contract_count; i++)
        print_contract(s->contracts[i]);
    snapshot_unref(s);
    return s;
}

/* Secrets and addresses are the configuration's matter: any name is accepted here. */
static struct str
any_secret(void *context, struct str name)
{
    (void)context;
    (void)name;
    return STR("user:secret"); /* fits bearer and basic */
}

static struct str
no_url(void *context, struct str contract, struct str backend)
{
    (void)context;
    (void)contract;
    (void)backend;
    return STR_NONE;
}

static bool
check_contract(struct arena *a, int argc, char **argv, struct report *r)
{
    const struct contract_environment environment = {.read_wsdl = soap_wsdl_read,
                                                     .secret = any_secret,
                                                     .backend_url = no_url,
                                                     .codecs = snapshot_codecs,
                                                     .timeout_us = OPERATION_US};
    const struct contract_source source = {argv[1], (const char *const *)&argv[2],
                                           (unsigned)argc - 2};
    const struct contract *c = contract_load(a, &source, &environment, r);

    if (c)
        print_contract(c);
    return c;
}

int
command_check(const struct command *c, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT;
    const struct flag flags[] = {{"--config", "-c", &config}, {NULL, NULL, NULL}};
    struct arena *a = arena_new(REPORT_MAX);
    struct report report;
    bool good;

    if (!a || !command_flags(c, flags, &argc, argv)) {
        arena_free(a);
        return command_usage(c);
    }
    report_init(&report, a);
    good = argc > 1 ? check_contract(a, argc, argv, &report) : check_configuration(config, &report);
    command_report(&report);
    if (!good)
        fprintf(stderr, "%u mistake%s, %u warning%s\n", report.errors,
                report.errors == 1 ? "" : "s", report.warnings, report.warnings == 1 ? "" : "s");
    arena_free(a);
    return good ? 0 : 1;
}
