/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/reload.h"

#include <semaphore.h>
#include <stdlib.h>

#include "base/log.h"
#include "gateway/edition.h"

enum { REPORT_MAX = 16 << 20 };

struct adoption { /* by one worker */
    struct post post;
    struct edition *edition;
    sem_t *done;
};

static void
adopt(struct post *p) /* in the worker's thread */
{
    struct adoption *a = (struct adoption *)((char *)p - offsetof(struct adoption, post));

    if (a->edition->snapshot->tls)
        worker_show(a->edition->desk->worker, a->edition->snapshot->tls);
    desk_adopt(a->edition->desk, a->edition);
    sem_post(a->done);
}

static void
adopt_all(struct adoption *list, unsigned n)
{
    sem_t done;

    sem_init(&done, 0, 0);
    for (unsigned i = 0; i < n; i++) {
        list[i].post.call = adopt;
        list[i].done = &done;
        loop_post(list[i].edition->desk->loop, &list[i].post);
    }
    for (unsigned i = 0; i < n; i++)
        while (sem_wait(&done))
            ;
    sem_destroy(&done);
}

/* An edition for each desk, or none at all. */
static bool
prepare_all(const struct reloading *r, struct snapshot *s, struct adoption *list,
            struct report *rep)
{
    bool good = true;

    for (unsigned i = 0; good && i < r->count; i++) {
        list[i].edition = edition_new(r->desks[i], s, rep);
        good = list[i].edition != NULL;
    }
    for (unsigned i = 0; !good && i < r->count; i++)
        edition_leave(list[i].edition);
    return good;
}

static void
tell(const struct report *report)
{
    for (const struct report_line *l = report->first; l; l = l->next)
        log_event(l->warning ? LOG_WARNING : LOG_ERROR, "reload", "%.*s", STR_ARG(l->text));
}

static struct str
first_error(const struct report *report)
{
    const struct report_line *l = report->first;

    while (l && l->warning)
        l = l->next;
    return l ? l->text : STR_NONE;
}

static void
note(const struct reloading *r, const struct snapshot *s, const struct report *report)
{
    struct audit_event e = {.kind = AUDIT_CONFIG, .reason = "reload", .denied = !s};

    atomic_fetch_add(s ? &r->reloads->done : &r->reloads->refused, 1);
    if (s) {
        e.policy = s->version;
        log_event(LOG_INFO, "reloaded", "%u contracts, version %.*s", s->contract_count,
                  STR_ARG(s->version));
    } else {
        e.detail = first_error(report);
        log_event(LOG_ERROR, "reload", "refused: what was served before is served on");
    }
    side_record(r->side, &e);
}

void
reload(const struct reloading *r)
{
    struct adoption *list = calloc(r->count, sizeof(*list));
    struct arena *a = arena_new(REPORT_MAX);
    struct snapshot *s = NULL;
    struct report report;

    report_init(&report, a);
    if (list && a)
        s = snapshot_reload(r->path, r->first, &report);
    if (s && !prepare_all(r, s, list, &report)) {
        snapshot_unref(s);
        s = NULL;
    }
    tell(&report);
    if (s)
        adopt_all(list, r->count);
    note(r, s, &report);
    snapshot_unref(s);
    arena_free(a);
    free(list);
}
