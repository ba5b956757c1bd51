/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `telgate export` and `telgate options`: what is published, on standard output. */
#include <stdio.h>

#include "gateway/command.h"
#include "gateway/session.h"
#include "graphql/schema.h"
#include "rest/openapi.h"
#include "soap/wsdl_write.h"

enum { TEXT_MAX = 64 << 20 };

static const struct form {
    const char *name;
    void (*write)(struct buf *out, const struct contract *c, struct str base_url);
    bool absolute; /* its addresses need a host, even where none is configured */
} forms[] = {
    {"openapi", openapi_write, false},
    {"wsdl", wsdl_write_contract, true},
};

static const struct form *
find_form(const char *name)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
        if (strcmp(forms[i].name, name) == 0)
            return &forms[i];
    return NULL;
}

static int
print(struct buf *text)
{
    bool good = !text->failed && fwrite(text->p, 1, text->n, stdout) == text->n;

    buf_fini(text);
    return good ? 0 : 1;
}

static int
write_contract(const struct snapshot *s, const struct form *form, const char *name)
{
    const struct contract *c = snapshot_contract(s, str_of(name));
    struct str url = s->config->public_url;
    struct buf text;

    if (!c) {
        fprintf(stderr, "there is no contract \"%s\"; there are:", name);
        for (unsigned i = 0; i < s->contract_count; i++)
            fprintf(stderr, " %.*s", STR_ARG(s->contracts[i]->name));
        fprintf(stderr, "\n");
        return 1;
    }
    buf_init(&text, TEXT_MAX);
    if (!url.n && form->absolute)
        url = arena_printf(s->arena, "http://%.*s", STR_ARG(s->config->listen));
    form->write(&text, c, url);
    buf_put_char(&text, '\n');
    return print(&text);
}

/* One graph over all contracts: it takes no name. */
static int
write_graph(const struct snapshot *s)
{
    struct buf text;

    if (!s->graph) {
        fprintf(stderr, "no operation is served by GraphQL\n");
        return 1;
    }
    buf_init(&text, TEXT_MAX);
    schema_print(&text, s->graph);
    return print(&text);
}

int
command_export(const struct command *c, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT;
    const struct flag flags[] = {{"--config", "-c", &config}, {NULL, NULL, NULL}};
    const struct form *form;
    struct session session;
    bool graph;
    int status = 1;

    if (!command_flags(c, flags, &argc, argv))
        return command_usage(c);
    graph = argc == 2 && strcmp(argv[1], "graphql") == 0;
    form = argc == 3 ? find_form(argv[1]) : NULL;
    if (!form && !graph)
        return command_usage(c);
    if (session_open(&session, config, true))
        status =
            graph ? write_graph(session.snapshot) : write_contract(session.snapshot, form, argv[2]);
    session_close(&session);
    return status;
}

int
command_options(const struct command *c, int argc, char **argv)
{
    struct buf text;

    (void)argv;
    if (argc > 1)
        return command_usage(c);
    buf_init(&text, TEXT_MAX);
    config_reference(&text);
    return print(&text);
}
