/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/access_log.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/exchange.h"

enum { LINES_MAX = 256 * 1024, FLUSH_AT = 32 * 1024 };

void
access_log_init(struct access_log *l, int fd)
{
    l->fd = fd;
    buf_init(&l->lines, LINES_MAX);
}

void
access_log_fini(struct access_log *l)
{
    access_log_flush(l);
    buf_fini(&l->lines);
}

void
access_log_flush(struct access_log *l)
{
    size_t at = 0;

    while (at < l->lines.n && !l->lines.failed) {
        ssize_t n = write(l->fd, l->lines.p + at, l->lines.n - at);

        if (n <= 0)
            break;
        at += (size_t)n;
    }
    l->lines.n = 0;
    l->lines.failed = false;
}

static void
put_caller(struct buf *line, const struct exchange *x)
{
    const struct principal *p = x->principal;

    if (p && p->client_id.n)
        log_field(line, "client", p->client_id);
    if (p)
        log_field(line, "token", (struct str){p->token_hash, 16});
    if (x->denial)
        log_field(line, "denial", str_of(x->denial));
}

static void
put_certificate(struct buf *line, const struct client_certificate *c)
{
    if (!c)
        return;
    log_field(line, "certificate", c->thumbprint);
    log_field(line, "certificate_chain", c->verified ? STR("verified") : STR("unverified"));
}

static void
put_fault(struct buf *line, const struct fault *f)
{
    if (!f->code)
        return;
    log_field(line, "fault", str_of(fault_row(f->code)->name));
    log_field(line, "detail", str_of(f->detail));
    if (f->pointer[0])
        log_field(line, "pointer", str_of(f->pointer));
    if (f->log[0])
        log_field(line, "cause", str_of(f->log));
}

void
access_log_add(struct access_log *l, const struct exchange *x)
{
    const struct route *route = x->match.route;

    if (l->fd < 0)
        return;
    log_open(&l->lines, LOG_INFO, "exchange");
    log_field(&l->lines, "correlator", x->request.correlator);
    log_field(&l->lines, "peer", x->peer);
    log_field(&l->lines, "method", x->request.method);
    log_field(&l->lines, "route", route ? route->path : STR("-"));
    log_field(&l->lines, "face", str_of(x->face->name));
    if (x->operation)
        log_field(&l->lines, "operation", x->operation->id);
    log_field_int(&l->lines, "status", x->answer.status);
    put_caller(&l->lines, x);
    put_certificate(&l->lines, incoming_request(x->incoming)->certificate);
    put_fault(&l->lines, &x->fault);
    log_field_int(&l->lines, "request_bytes", (int64_t)x->request.body.n);
    log_field_int(&l->lines, "answer_bytes", (int64_t)x->answer_bytes);
    log_field_int(&l->lines, "calls", x->calls);
    log_field_int(&l->lines, "backend_us", x->backend_us);
    log_field_int(&l->lines, "total_us", clock_us() - x->started_us);
    log_close(&l->lines);
    if (l->lines.n >= FLUSH_AT || l->lines.failed)
        access_log_flush(l);
}
