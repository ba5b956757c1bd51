/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text written once: nothing in it depends on who asks. */
#include "gateway/resource_page.h"

#include "base/json.h"
#include "gateway/pages.h"
#include "rest/rest.h"

#define WELL_KNOWN "/.well-known/oauth-protected-resource"

enum { TEXT_MAX = 1 << 20, SCOPES_MOST = 4096 };

static struct str
resource_of(const struct snapshot *s)
{
    bool tls = s->config->tls_listen.n > 0;

    return s->base_url[tls]; /* both are public_url, where there is one */
}

/* Where the path of a URL begins; its length when it has none. */
static size_t
path_at(struct str url)
{
    size_t host = str_find(url, ':') + 3;

    return host + str_find(str_from(url, host), '/');
}

/* RFC 9728 section 3.1: between host and path. */
bool
resource_page_name(struct snapshot *s)
{
    struct str url = resource_of(s), path = str_from(url, path_at(url));

    if (str_ends(path, STR("/")))
        path.n--;
    s->metadata_url = arena_printf(s->arena, "%.*s" WELL_KNOWN "%.*s",
                                   STR_ARG(str_head(url, path_at(url))), STR_ARG(path));
    return s->metadata_url.p != NULL;
}

static void
put_item(struct buf *out, unsigned at, struct str text)
{
    if (at)
        buf_put_char(out, ',');
    json_write_string(out, text);
}

static void
put_issuers(struct buf *out, const struct auth *auth)
{
    struct str name;

    buf_str(out, STR(",\"authorization_servers\":["));
    for (unsigned i = 0; (name = auth_issuer(auth, i)).n; i++)
        put_item(out, i, name);
    buf_put_char(out, ']');
}

static bool
is_among(const struct str *list, unsigned n, struct str text)
{
    for (unsigned i = 0; i < n; i++)
        if (str_eq(list[i], text))
            return true;
    return false;
}

static unsigned
add_scopes(const struct operation *o, struct str *list, unsigned n)
{
    for (unsigned i = 0; i < o->security_count; i++)
        for (unsigned j = 0; j < o->security[i].scope_count && n < SCOPES_MOST; j++)
            if (!is_among(list, n, o->security[i].scopes[j]))
                list[n++] = o->security[i].scopes[j];
    return n;
}

/* What the contracts ask for. */
static void
put_scopes(struct buf *out, const struct snapshot *s)
{
    struct str *list = ARENA_ARRAY(s->arena, SCOPES_MOST, struct str);
    unsigned n = 0;

    for (unsigned i = 0; list && i < s->contract_count; i++)
        for (unsigned j = 0; j < s->contracts[i]->operation_count; j++)
            n = add_scopes(&s->contracts[i]->operations[j], list, n);
    buf_str(out, STR(",\"scopes_supported\":["));
    for (unsigned i = 0; i < n; i++)
        put_item(out, i, list[i]);
    buf_put_char(out, ']');
}

static void
put_algorithms(struct buf *out)
{
    buf_str(out, STR(",\"dpop_signing_alg_values_supported\":["));
    for (unsigned i = ALGORITHM_NONE + 1; i < ALGORITHM_COUNT; i++)
        put_item(out, i - 1, str_of(algorithm_name((enum algorithm)i)));
    buf_put_char(out, ']');
}

static void
write_metadata(struct buf *out, const struct snapshot *s)
{
    bool certificates =
        s->config->tls_listen.n && !str_eq(s->config->tls_client_certificates, STR("off"));

    buf_str(out, STR("{\"resource\":"));
    json_write_string(out, resource_of(s));
    put_issuers(out, s->auth);
    put_scopes(out, s);
    buf_str(out, STR(",\"bearer_methods_supported\":[\"header\"]"));
    buf_printf(out, ",\"tls_client_certificate_bound_access_tokens\":%s",
               certificates ? "true" : "false");
    put_algorithms(out);
    buf_str(out, STR("}\n"));
}

static bool
add_at(struct snapshot *s, struct router *front, struct str path, struct str text,
       struct report *report)
{
    struct page *page = ARENA_NEW(s->arena, struct page);
    struct route route = {.method = STR("GET"), .path = path, .face = &rest_face, .page = page};
    const char *why = "out of memory";

    if (page && text.p) {
        *page = (struct page){
            .method = route.method, .path = path, .media = STR("application/json"), .text = text};
        if (router_add(front, &route, &why))
            return true;
    }
    report_error(report, (struct place){path, 0, 0}, "%s", why);
    return false;
}

bool
resource_page_add(struct snapshot *s, struct router *front, struct report *report)
{
    struct str own = STR(WELL_KNOWN), named = str_from(s->metadata_url, path_at(s->metadata_url));
    struct str text;
    struct buf out;

    buf_init(&out, TEXT_MAX);
    write_metadata(&out, s);
    text = out.failed ? STR_NONE : arena_dup(s->arena, buf_view(&out));
    buf_fini(&out);
    return add_at(s, front, own, text, report) &&
           (str_eq(own, named) || add_at(s, front, named, text, report));
}
