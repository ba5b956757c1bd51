/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/fetch.h"

#include <stdlib.h>

#include "base/clock.h"

enum { ANSWER_MAX = 1 << 20, DEADLINE_US = 3000000, ORIGINS_MAX = 64 };

struct fetch_origin {
    struct fetch_origin *next;
    struct str origin; /* "https://host:port" */
    struct upstream *upstream;
};

void
fetcher_init(struct fetcher *f, struct loop *l, struct resolver *r)
{
    *f = (struct fetcher){.loop = l, .resolver = r};
}

void
fetcher_fini(struct fetcher *f)
{
    while (f->origins) {
        struct fetch_origin *o = f->origins;

        f->origins = o->next;
        upstream_free(o->upstream);
        free((void *)(uintptr_t)o->origin.p);
        free(o);
    }
}

static struct fetch_origin *
new_origin(struct fetcher *f, struct str origin, struct fault *fault)
{
    struct upstream_options options = UPSTREAM_OPTIONS_DEFAULT;
    struct fetch_origin *o = calloc(1, sizeof(*o));
    char *copy = strndup(origin.p, origin.n);

    options.max_connections = 16;
    options.max_idle = 4;
    options.body_bytes = ANSWER_MAX;
    if (o && copy)
        o->origin = (struct str){copy, origin.n};
    if (!o || !copy ||
        upstream_new(f->loop, f->resolver, &o->origin, 1, &options, &o->upstream, fault)) {
        free(copy);
        free(o);
        return NULL;
    }
    o->next = f->origins;
    f->origins = o;
    return o;
}

static struct fetch_origin *
find_origin(struct fetcher *f, struct str origin, struct fault *fault)
{
    unsigned n = 0;

    for (struct fetch_origin *o = f->origins; o; o = o->next, n++)
        if (str_eq(o->origin, origin))
            return o;
    return n < ORIGINS_MAX ? new_origin(f, origin, fault) : NULL;
}

static unsigned
put_headers(const struct auth_fetch *q, struct header out[3])
{
    unsigned n = 0;

    out[n++] = (struct header){STR("Accept"), STR("application/json")};
    if (q->authorization.n)
        out[n++] = (struct header){STR("Authorization"), q->authorization};
    if (q->form.n)
        out[n++] = (struct header){STR("Content-Type"), STR("application/x-www-form-urlencoded")};
    return n;
}

/* What is asked here changes nothing: a kept connection that proves dead is tried anew, for POST,
 * too. */
static enum fault_code
call(struct upstream *u, const struct upstream_request *q, struct arena *a,
     struct upstream_response *r, struct fault *f)
{
    enum fault_code code = upstream_call(u, q, a, r, f);

    return code == FAULT_BACKEND_FAILED && q->has_body ? upstream_call(u, q, a, r, f) : code;
}

enum fault_code
fetch(void *context, const struct auth_fetch *asked, struct arena *a, struct str *body,
      struct fault *f)
{
    size_t scheme = str_find(asked->url, ':') + 3;
    struct str authority = str_from(asked->url, scheme);
    size_t end = str_find(authority, '/');
    struct fetch_origin *o;
    struct header headers[3];
    struct upstream_request q = {.method = asked->form.n ? STR("POST") : STR("GET"),
                                 .headers = {headers, put_headers(asked, headers)},
                                 .body = asked->form,
                                 .has_body = asked->form.n > 0,
                                 .deadline_us = clock_us() + DEADLINE_US};
    struct upstream_response r = {0};
    enum fault_code code;

    fault_set(f, FAULT_BACKEND_FAILED, "the document can not be fetched");
    if (scheme > asked->url.n)
        return FAULT_BACKEND_FAILED;
    o = find_origin(context, str_head(asked->url, scheme + end), f);
    if (!o)
        return FAULT_BACKEND_FAILED;
    q.target = str_from(authority, end);
    code = call(o->upstream, &q, a, &r, f);
    if (!code && r.status != 200) {
        code = fault_set(f, FAULT_BACKEND_FAILED, "the document can not be fetched");
        fault_log(f, "status %u", r.status);
    }
    *body = r.body;
    return code;
}
