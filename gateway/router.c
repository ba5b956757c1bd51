/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/router.h"

#include "base/uri.h"
#include "gateway/segment.h"

struct node {
    struct str segment; /* decoded literal; unused for a parameter */
    struct node *literals, *next;
    struct node *parameter;
    struct route *routes;
};

struct router {
    struct arena *arena;
    struct node root;
};

struct router *
router_new(struct arena *a)
{
    struct router *r = ARENA_NEW(a, struct router);

    if (r)
        r->arena = a;
    return r;
}

static bool
is_parameter(struct str segment)
{
    return segment.n > 2 && segment.p[0] == '{' && segment.p[segment.n - 1] == '}';
}

static struct node *
child_of(struct router *r, struct node *parent, struct str segment)
{
    struct node **at = &parent->literals;

    if (is_parameter(segment)) {
        at = &parent->parameter;
    } else {
        while (*at && !str_eq((*at)->segment, segment))
            at = &(*at)->next;
    }
    if (!*at) {
        *at = ARENA_NEW(r->arena, struct node);
        if (*at)
            (*at)->segment = segment;
    }
    return *at;
}

/* Which path parameter of the operation a segment's name means. */
static bool
slot_of(const struct operation *o, struct str segment, uint8_t *slot)
{
    struct str name = {segment.p + 1, segment.n - 2};
    uint8_t index = 0;

    for (unsigned i = 0; i < o->parameter_count; i++) {
        if (o->parameters[i].place != IN_PATH)
            continue;
        if (str_eq(o->parameters[i].name, name)) {
            *slot = index;
            return true;
        }
        index++;
    }
    return false;
}

static bool
add_segments(struct router *r, struct route *route, struct node **out, const char **why)
{
    struct str rest = str_from(route->path, 1), segment;
    struct node *node = &r->root;
    unsigned arguments = 0, segments = 0;

    while (node && str_split(&rest, '/', &segment)) {
        if (++segments > ROUTE_SEGMENTS_MAX)
            return *why = "has too many segments", false;
        if (!is_parameter(segment) && str_find(segment, '{') < segment.n)
            return *why = "has a parameter that is not a whole segment", false;
        if (is_parameter(segment) && arguments == ROUTE_ARGUMENTS_MAX)
            return *why = "has too many parameters", false;
        if (is_parameter(segment) && route->operation &&
            !slot_of(route->operation, segment, &route->slots[arguments++]))
            return *why = "names a parameter that is not declared", false;
        node = child_of(r, node, segment);
    }
    *why = "out of memory";
    *out = node;
    return node;
}

bool
router_add(struct router *r, const struct route *route, const char **why)
{
    struct route *copy = ARENA_NEW(r->arena, struct route);
    struct node *node = NULL;

    *why = "out of memory";
    if (!copy)
        return false;
    *copy = *route;
    if (!add_segments(r, copy, &node, why))
        return false;
    for (const struct route *other = node->routes; other; other = other->next)
        if (str_eq(other->method, copy->method))
            return *why = "is served twice with this method", false;
    copy->next = node->routes;
    node->routes = copy;
    return true;
}

struct search {
    struct arena *arena; /* the exchange's */
    unsigned n, arguments;
    struct str segments[ROUTE_SEGMENTS_MAX];
    struct str by_template[ROUTE_ARGUMENTS_MAX]; /* what stands for the template's parameters */
};

/* Dots are dots, percent-encoded or not (RFC 3986 section 6.2.2.2). What can not be decoded is
 * left to the reading of the parameter. */
static bool
leads_elsewhere(struct arena *a, struct str segment)
{
    struct str decoded = segment;

    if (str_find(segment, '%') < segment.n && !uri_decode(a, segment, false, &decoded))
        return false;
    return decoded.n && !segment_is_safe(decoded);
}

/* Cuts the path; false when it can match nothing. */
static bool
cut_segments(struct search *s, struct str path)
{
    struct str rest = str_from(path, 1), segment;

    if (!path.n || path.p[0] != '/')
        return false;
    while (str_split(&rest, '/', &segment)) {
        if (s->n == ROUTE_SEGMENTS_MAX || leads_elsewhere(s->arena, segment))
            return false;
        if (!segment.n && rest.p) /* only the last one may be empty: "/" itself */
            return false;
        s->segments[s->n++] = segment;
    }
    return true;
}

/* Escapes in a literal are decoded before it is compared (RFC 3986 section 6.2.2.2). */
static bool
literal_fits(const struct search *s, const struct node *node, struct str segment)
{
    struct str decoded;

    if (str_find(segment, '%') == segment.n)
        return str_eq(node->segment, segment);
    return uri_decode(s->arena, segment, false, &decoded) && str_eq(node->segment, decoded);
}

static const struct node *
find(struct search *s, const struct node *node, unsigned at, unsigned argument)
{
    const struct node *found;

    if (at == s->n) {
        s->arguments = argument; /* those behind it are of a branch that led nowhere */
        return node->routes ? node : NULL;
    }
    for (const struct node *child = node->literals; child; child = child->next)
        if (literal_fits(s, child, s->segments[at])) {
            found = find(s, child, at + 1, argument);
            if (found)
                return found;
            break;
        }
    if (!node->parameter || !s->segments[at].n || argument == ROUTE_ARGUMENTS_MAX)
        return NULL;
    s->by_template[argument] = s->segments[at];
    return find(s, node->parameter, at + 1, argument + 1);
}

static void
order_arguments(const struct search *s, struct route_match *m)
{
    for (unsigned i = 0; i < s->arguments; i++)
        m->arguments[m->route->slots[i]] = s->by_template[i];
}

void
router_find(const struct router *r, struct arena *a, struct str method, struct str path,
            struct route_match *out)
{
    struct search s; /* large, and each part written before it is read */
    const struct node *node;
    const struct route *get = NULL;

    s.arena = a;
    s.n = s.arguments = 0;
    out->routes = out->route = NULL;
    node = cut_segments(&s, path) ? find(&s, &r->root, 0, 0) : NULL;
    if (!node)
        return;
    out->routes = node->routes;
    for (const struct route *route = node->routes; route; route = route->next) {
        if (str_eq(route->method, method))
            out->route = route;
        if (str_eq(route->method, STR("GET")))
            get = route;
    }
    if (!out->route && str_eq(method, STR("HEAD")))
        out->route = get;
    if (out->route && out->route->operation)
        order_arguments(&s, out);
}

struct str
router_allow(const struct route *routes, struct arena *a)
{
    struct str allow = STR("OPTIONS");
    bool head = false, get = false;

    for (const struct route *route = routes; route; route = route->next) {
        head |= str_eq(route->method, STR("HEAD"));
        get |= str_eq(route->method, STR("GET"));
        allow = arena_printf(a, "%.*s, %.*s", STR_ARG(route->method), STR_ARG(allow));
    }
    return get && !head ? arena_printf(a, "HEAD, %.*s", STR_ARG(allow)) : allow;
}
