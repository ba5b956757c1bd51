/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `telgate audit`: its parts, what they share, and the one about hash keys. */
#include "gateway/command_audit.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "auth/audit_store.h"
#include "gateway/config.h"

enum { ARENA_MAX = 512 << 20 };

static const struct part {
    const char *name;
    int (*run)(const struct command *c, struct arena *a, int argc, char **argv);
} parts[] = {
    {"verify", audit_verify_part}, {"tail", audit_tail_part},
    {"query", audit_query_part},   {"proof", audit_proof_part},
    {"anchor", audit_anchor_part}, {"verify-proof", audit_verify_proof_part},
    {"keys", audit_keys_part},
};

int
command_audit(const struct command *c, int argc, char **argv)
{
    struct arena *a;
    int status;

    for (size_t i = 0; argc > 1 && i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(parts[i].name, argv[1]) != 0)
            continue;
        a = arena_new(ARENA_MAX);
        if (!a)
            return AUDIT_UNREADABLE;
        status = parts[i].run(c, a, argc - 1, argv + 1);
        arena_free(a);
        return status;
    }
    return command_usage(c);
}

int
audit_complain(const struct fault *f)
{
    fprintf(stderr, "%s%s%s\n", f->detail, f->log[0] ? ": " : "", f->log);
    return AUDIT_UNREADABLE;
}

bool
audit_switch(const char *name, int *argc, char **argv)
{
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], name) != 0)
            continue;
        for (int j = i; j + 1 < *argc; j++)
            argv[j] = argv[j + 1];
        (*argc)--;
        return true;
    }
    return false;
}

static void
take_place(struct audit_place *p, const struct config *c, struct arena *a)
{
    *p = (struct audit_place){.arena = a, .folder = c->audit_folder.p};
    p->hash_keys =
        c->audit_hash_keys.n ? c->audit_hash_keys.p : arena_printf(a, "%s.keys", p->folder).p;
}

bool
audit_place_find(struct audit_place *p, struct arena *a, const char *operand, const char *config)
{
    struct report report;
    const struct config *c;

    *p = (struct audit_place){.arena = a, .folder = operand};
    if (operand) {
        p->hash_keys = arena_printf(a, "%s.keys", operand).p;
        return p->hash_keys;
    }
    report_init(&report, a);
    c = config_load(a, config, &report);
    command_report(&report);
    if (!c)
        return false;
    if (!c->audit_folder.n) {
        fprintf(stderr, "%s has no audit.folder: no trail is kept\n", config);
        return false;
    }
    p->folder = c->audit_folder.p;
    p->hash_keys =
        c->audit_hash_keys.n ? c->audit_hash_keys.p : arena_printf(a, "%s.keys", p->folder).p;
    return p->hash_keys;
}

static struct str
user_name(struct arena *a)
{
    const struct passwd *user = getpwuid(getuid());

    return user ? arena_dup(a, str_of(user->pw_name)) : arena_printf(a, "uid %ld", (long)getuid());
}

static bool
spool(const struct audit_place *p, const struct audit_event *e)
{
    struct audit_origin origin = {.node = STR("cli")};
    struct fault f = {0};

    if ((e->subject.n || e->token.n) && audit_hash_key_read(p->hash_keys, false, &origin.key, &f)) {
        audit_complain(&f);
        return false;
    }
    if (audit_spool_add(p->folder, &origin, e, &f) == FAULT_NONE)
        return true;
    audit_complain(&f);
    return false;
}

bool
audit_note_reading(const struct audit_place *p, struct str what)
{
    struct audit_event e = {.kind = AUDIT_READ, .client_id = user_name(p->arena), .detail = what};

    if (spool(p, &e))
        return true;
    fprintf(stderr, "who reads the trail must be able to leave a record of it\n");
    return false;
}

void
command_record(const struct config *c, struct audit_event *e)
{
    struct audit_place p;

    if (!c->audit_folder.n)
        return;
    take_place(&p, c, c->arena);
    e->detail = arena_printf(c->arena, "%.*s%sby %.*s", STR_ARG(e->detail), e->detail.n ? ", " : "",
                             STR_ARG(user_name(c->arena)));
    if (!p.hash_keys || !spool(&p, e))
        fprintf(stderr, "it is done, and the audit trail has no record of it\n");
}

/* --- keys --- */

static int
list_keys(const struct audit_place *p)
{
    struct audit_hash_key key, next;
    unsigned n = 0;

    while (audit_hash_key_at(p->hash_keys, n, &key)) {
        bool more = audit_hash_key_at(p->hash_keys, ++n, &next);

        printf("%s%s\n", key.id, more ? "" : "  in use");
    }
    return n ? AUDIT_OK : AUDIT_UNREADABLE;
}

static void
note_key_change(const struct audit_place *p, struct str what)
{
    struct audit_event e = {.kind = AUDIT_KEY_ROTATE,
                            .reason = "hash-key",
                            .client_id = user_name(p->arena),
                            .detail = what};

    if (!spool(p, &e))
        fprintf(stderr, "it is done, and the audit trail has no record of it\n");
}

int
audit_keys_part(const struct command *c, struct arena *a, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT, *destroyed = NULL;
    const struct flag flags[] = {
        {"--config", "-c", &config}, {"--destroy", NULL, &destroyed}, {NULL, NULL, NULL}};
    bool rotate = audit_switch("--rotate", &argc, argv);
    struct audit_hash_key key;
    struct audit_place p;
    struct fault f = {0};

    if (!command_flags(c, flags, &argc, argv) || argc > 2)
        return command_usage(c);
    if (!audit_place_find(&p, a, argc > 1 ? argv[1] : NULL, config))
        return AUDIT_UNREADABLE;
    if (rotate) {
        if (audit_hash_key_read(p.hash_keys, true, &key, &f))
            return audit_complain(&f);
        note_key_change(&p, arena_printf(a, "hash key %s made", key.id));
    }
    if (destroyed) {
        if (audit_hash_key_destroy(p.hash_keys, str_of(destroyed), &f))
            return audit_complain(&f);
        note_key_change(&p, arena_printf(a, "hash key %s destroyed", destroyed));
    }
    return list_keys(&p);
}
