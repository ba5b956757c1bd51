/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"
#include "gateway/graphiql.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "contract/codec.h"
#include "gateway/pages.h"
#include "rest/rest.h"

enum { FILE_MAX = 8 << 20 };

#define JAVASCRIPT                                                                                 \
    {                                                                                              \
        "text/javascript; charset=utf-8", 30                                                       \
    }
#define CSS                                                                                        \
    {                                                                                              \
        "text/css; charset=utf-8", 23                                                              \
    }

static const struct {
    const char *name;
    struct str media;
} files[] = {
    {"start.js", JAVASCRIPT},
    {"start.css", CSS},
    {"graphiql.min.js", JAVASCRIPT},
    {"graphiql.min.css", CSS},
    {"react.production.min.js", JAVASCRIPT},
    {"react-dom.production.min.js", JAVASCRIPT},
};

static const char plain_page[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>telgate GraphQL</title>\n"
    "<h1>GraphQL</h1>\n<p>This is the GraphQL endpoint: questions come by POST, as JSON.</p>\n"
    "<pre>curl -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' \\\n"
    "  -d '{\"query\": \"{ __typename }\"}' THIS-ADDRESS</pre>\n"
    "<p>The schema is at <a href=\"/graphql?sdl\">/graphql?sdl</a>. GraphiQL is not installed "
    "here: "
    "<code>make graphiql</code> fetches it (with npm), then start the gateway again.</p></html>\n";

static struct str
read_file(struct arena *a, struct str folder, const char *name)
{
    struct str path = arena_printf(a, "%.*s/%s", STR_ARG(folder), name), text = STR_NONE;
    struct buf bytes;

    if (!path.p)
        return STR_NONE;
    if (file_load(path.p, FILE_MAX, &bytes, NULL) && bytes.n)
        text = arena_dup(a, buf_view(&bytes));
    buf_fini(&bytes);
    return text;
}

/* One of the files; false: it is not there, or could not be added, which is told. */
static bool
add_file(struct snapshot *s, struct router *front, unsigned i, struct report *r)
{
    struct page *page = ARENA_NEW(s->arena, struct page);
    struct route route = {.method = STR("GET"), .face = &rest_face, .page = page};
    const char *why;

    if (!page)
        return false;
    *page = (struct page){.method = STR("GET"),
                          .path = arena_printf(s->arena, "/graphiql/%s", files[i].name),
                          .media = files[i].media,
                          .text = read_file(s->arena, s->config->graphql_graphiql, files[i].name)};
    route.path = page->path;
    if (!page->text.p || !page->path.p)
        return false;
    if (router_add(front, &route, &why))
        return true;
    report_error(r, (struct place){page->path, 0, 0}, "%s", why);
    return false;
}

bool
graphiql_add(struct snapshot *s, struct router *front, struct report *r)
{
    struct str folder = s->config->graphql_graphiql;
    unsigned errors = r->errors, found = 0;

    if (!folder.n)
        return true;
    s->graphiql = read_file(s->arena, folder, "index.html");
    for (unsigned i = 0; s->graphiql.p && i < sizeof(files) / sizeof(*files); i++)
        found += add_file(s, front, i, r);
    if (found < sizeof(files) / sizeof(*files))
        s->graphiql = STR(plain_page);
    return r->errors == errors;
}

bool
graphiql_is_wanted(const struct exchange *x)
{
    struct str accept = header_value(x->request.headers, STR("accept")), range;
    bool html = false;

    if (!x->snapshot->graphiql.n || x->request.query.n || !str_eq(x->request.method, STR("GET")))
        return false;
    while (accept.n && str_split(&accept, ',', &range)) {
        struct str essence = media_essence(str_trim(range));

        html |= str_eq_nocase(essence, STR("text/html"));
        if (str_eq_nocase(essence, STR("application/json")) ||
            str_eq_nocase(essence, STR("application/graphql-response+json")))
            return false;
    }
    return html;
}

enum fault_code
graphiql_answer(struct exchange *x)
{
    static const struct header headers[] = {
        {{"Content-Type", 12}, {"text/html; charset=utf-8", 24}},
        {{"Cache-Control", 13}, {"no-store", 8}},
        {{"Vary", 4}, {"Accept", 6}},
        {{"Referrer-Policy", 15}, {"no-referrer", 11}},
        {{"X-Content-Type-Options", 22}, {"nosniff", 7}},
    };

    x->answer.status = 200;
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
        face_answer_header(&x->answer, headers[i].name, headers[i].value);
    face_answer_header(&x->answer, STR("Content-Security-Policy"),
                       STR("default-src 'none'; script-src 'self'; connect-src 'self'; style-src "
                           "'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
                           "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
    buf_str(&x->answer.body, x->snapshot->graphiql);
    return x->answer.body.failed ? fault_set(&x->fault, FAULT_MEMORY, "out of memory") : FAULT_NONE;
}
