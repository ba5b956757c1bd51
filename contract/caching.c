/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contract/caching.h"
#include "base/clock.h"
#include "contract/mapping_node.h"

enum { LEAST_US = 100000, VARY_MAX = 4096 };

struct finding {
    struct loader *loader;
    const struct operation *operation;
    struct caching *out;
};

static bool
is_listed(const struct str *names, unsigned n, struct str name)
{
    for (unsigned i = 0; i < n; i++)
        if (str_eq_nocase(names[i], name))
            return true;
    return false;
}

/* Each name once; claims that differ in case are two. */
static void
note(struct finding *f, struct str **names, unsigned *n, struct str name)
{
    for (unsigned i = 0; i < *n; i++)
        if (str_eq((*names)[i], name))
            return;
    struct str *grown = ARENA_ARRAY(f->loader->arena, *n + 1, struct str);
    if (!grown) {
        f->loader->sources.failed = true;
        return;
    }
    for (unsigned i = 0; i < *n; i++)
        grown[i] = (*names)[i];
    grown[(*n)++] = name;
    *names = grown;
}

static void
look_at_source(struct finding *f, const struct expression *e)
{
    struct caching *c = f->out;
    if (e->source == FROM_CLAIM)
        note(f, &c->claims, &c->claim_count, e->name);
    else if (e->source == FROM_REQUEST_HEADER)
        note(f, &c->headers, &c->header_count, e->name);
    else if (e->source == FROM_PARAMETER && (int)e->index == c->unseen)
        c->unseen = -1;
}

static bool
has_source(const struct mapping *m)
{
    return m->kind == MAP_EXPRESSION || m->kind == MAP_EACH || m->kind == MAP_WITH ||
           m->kind == MAP_CHOOSE;
}

/* A template is a tree of bounded depth. What is filled by name below a source looks at nothing
 * but its items, and may be a circle: there the walk ends. */
static void
look(struct finding *f, const struct mapping *m)
{
    if (!m)
        return;
    if (has_source(m))
        look_at_source(f, &m->source);
    if (has_source(m) && m->by_name)
        return;
    for (unsigned i = 0; i < m->part_count; i++)
        look(f, m->parts[i].mapping);
    look(f, m->body);
}

static void
look_at_binding(struct finding *f, const struct binding *b)
{
    for (unsigned i = 0; i < b->call_count; i++) {
        const struct call *c = &b->calls[i];
        look(f, c->query);
        look(f, c->request);
        look(f, c->headers);
        for (unsigned k = 0; k < c->path_count; k++)
            look(f, c->path[k].value);
    }
    look(f, b->response);
}

/* It is forwarded as a parameter of no call, and names the request, not what is asked. */
static int
find_correlator(const struct operation *o)
{
    for (unsigned i = 0; i < o->parameter_count; i++)
        if (o->parameters[i].place == IN_HEADER &&
            str_eq_nocase(o->parameters[i].name, STR("x-correlator")))
            return (int)i;
    return -1;
}

/* --- what the answers of REST vary by --- */

static void
put_name(struct buf *out, struct str name)
{
    if (out->n)
        buf_str(out, STR(", "));
    buf_str(out, name);
}

/* Another token at the same client may be another user's. */
static void
put_credentials(const struct finding *f, struct buf *out)
{
    bool keys = false, tokens = false;
    for (unsigned i = 0; i < f->operation->security_count; i++)
        *(f->operation->security[i].api_key ? &keys : &tokens) = true;
    if (tokens)
        put_name(out, STR("Authorization"));
    if (keys)
        put_name(out, f->loader->environment->api_key_header);
}

static void
put_parameters(const struct finding *f, struct buf *out)
{
    const struct caching *c = f->out;
    bool cookies = false;
    for (unsigned i = 0; i < f->operation->parameter_count; i++) {
        const struct parameter *p = &f->operation->parameters[i];
        cookies |= p->place == IN_COOKIE;
        if (p->place == IN_HEADER && (int)i != c->unseen &&
            !is_listed(c->headers, c->header_count, p->name))
            put_name(out, p->name);
    }
    if (cookies)
        put_name(out, STR("Cookie"));
}

static void
write_vary(struct finding *f)
{
    const struct answer *success = f->operation->success;
    struct buf out;
    buf_init(&out, VARY_MAX);
    if (success && success->media_count > 1)
        put_name(&out, STR("Accept"));
    put_credentials(f, &out);
    for (unsigned i = 0; i < f->out->header_count; i++)
        put_name(&out, f->out->headers[i]);
    put_parameters(f, &out);
    f->out->vary = out.failed ? STR("*") : arena_dup(f->loader->arena, buf_view(&out));
    f->loader->sources.failed |= !f->out->vary.p;
    buf_fini(&out);
}

/* --- whether there is anything to remember --- */

/* Why no answer of the operation is remembered; NULL: it may be. */
static const char *
hindrance(const struct operation *o)
{
    if (o->binding->proxy)
        return "its bytes are passed on by `proxy`";
    if (!str_eq(o->method, STR("GET")))
        return "it is no GET";
    return o->graphql_root == GRAPHQL_MUTATION ? "it is a mutation" : NULL;
}

static void
find_all(struct loader *l, struct operation *o, int64_t life_us)
{
    struct finding f = {l, o, ARENA_NEW(l->arena, struct caching)};
    if (!f.out) {
        l->sources.failed = true;
        return;
    }
    *f.out = (struct caching){.life_us = life_us, .unseen = find_correlator(o)};
    look_at_binding(&f, o->binding);
    write_vary(&f);
    o->cache = f.out;
}

void
caching_read(struct loader *l, struct draft *d)
{
    struct operation *o = d->operation;
    const cJSON *node = d->extension.members[X_CACHE];
    const char *why = node ? hindrance(o) : NULL;
    int64_t life;
    if (!node)
        return;
    if (!clock_parse_duration(str_of(node->valuestring), &life) || life < LEAST_US) {
        if (loader_first_with(l, d, X_CACHE) == d)
            LOADER_ERROR(l, node, "cache must be a duration from 100ms to 24h, such as 60s");
    } else if (why && d->extension.levels[X_CACHE] == LEVEL_OPERATION)
        LOADER_ERROR(l, node,
                     "cache: answers of operation '%.*s' are not remembered, %s: remove it",
                     STR_ARG(o->id), why);
    else if (!why)
        find_all(l, o, life);
}
