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

    options.max_connections = 4;
    options.max_idle = 1;
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

enum fault_code
fetch(void *context, struct str url, struct arena *a, struct str *body, struct fault *f)
{
    size_t scheme = str_find(url, ':') + 3;
    struct str authority = str_from(url, scheme);
    size_t end = str_find(authority, '/');
    struct fetch_origin *o;
    struct header accept = {STR("Accept"), STR("application/json")};
    struct upstream_request q = {
        .method = STR("GET"), .headers = {&accept, 1}, .deadline_us = clock_us() + DEADLINE_US};
    struct upstream_response r = {0};
    enum fault_code code;

    fault_set(f, FAULT_BACKEND_FAILED, "the document can not be fetched");
    if (scheme > url.n)
        return FAULT_BACKEND_FAILED;
    o = find_origin(context, str_head(url, scheme + end), f);
    if (!o)
        return FAULT_BACKEND_FAILED;
    q.target = str_from(authority, end);
    code = upstream_call(o->upstream, &q, a, &r, f);
    if (!code && r.status != 200) {
        code = fault_set(f, FAULT_BACKEND_FAILED, "the document can not be fetched");
        fault_log(f, "status %u", r.status);
    }
    *body = r.body;
    return code;
}
