/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/pages.h"

#include "base/clock.h"
#include "base/json.h"
#include "gateway/graphql_page.h"
#include "gateway/metrics.h"
#include "gateway/resource_page.h"
#include "rest/openapi.h"
#include "rest/rest.h"
#include "soap/wsdl_write.h"

enum { PAGE_MAX = 64 << 20 };

static enum fault_code
answer_text(struct exchange *x, unsigned status, struct str media, struct str text)
{
    x->answer.status = status;
    face_answer_header(&x->answer, STR("Content-Type"), media);
    buf_str(&x->answer.body, text);
    return x->answer.body.failed ? fault_set(&x->fault, FAULT_MEMORY, "out of memory") : FAULT_NONE;
}

/* --- the authorization server --- */

static void
record_oauth(struct exchange *x, const struct oauth_answer *answer)
{
    static const enum audit_kind kinds[] = {[OAUTH_DOCUMENT] = AUDIT_VALIDATE,
                                            [OAUTH_ISSUE] = AUDIT_ISSUE,
                                            [OAUTH_REVOKE] = AUDIT_REVOKE,
                                            [OAUTH_INTROSPECT] = AUDIT_INTROSPECT};

    x->audit.kind = kinds[answer->deed];
    x->audit.client_id = answer->client_id;
    x->audit.subject = answer->subject;
    x->audit.jti = answer->jti;
    x->audit.key_id = answer->key_id;
    x->audit.scopes = answer->scopes;
    x->audit.audience = answer->audience;
    x->audit.thumbprint = answer->thumbprint;
    x->audit.detail = answer->detail;
    x->audit.revocations = auth_revocation_generation(x->snapshot->auth);
    if (answer->jti.n)
        x->audit.issuer = authorization_server_settings(auth_server(x->snapshot->auth))->issuer;
}

static enum fault_code
answer_oauth(struct exchange *x)
{
    const struct request *r = incoming_request(x->incoming);
    const struct oauth_request request = {.method = x->request.method,
                                          .path = x->request.path,
                                          .headers = x->request.headers,
                                          .body = x->request.body,
                                          .peer = r->peer,
                                          .certificate = r->certificate,
                                          .io = &x->desk->auth_io};
    struct oauth_answer answer = {0};
    enum fault_code code = authorization_server_answer(
        auth_server(x->snapshot->auth), &request, x->arena, clock_utc_us(), &answer, &x->fault);

    if (code)
        return code;
    x->denial = answer.error;
    record_oauth(x, &answer);
    x->answer.status = answer.status;
    for (unsigned i = 0; i < answer.header_count; i++)
        face_answer_header(&x->answer, answer.headers[i].name, answer.headers[i].value);
    buf_str(&x->answer.body, answer.body);
    return FAULT_NONE;
}

/* --- descriptions of SOAP services --- */

/* What may stand in a URL: the field comes from the caller, and goes back to it. */
static bool
is_authority(struct str host)
{
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!letter && !(c >= '0' && c <= '9') && !memchr("-._:[]", c, 6))
            return false;
    }
    return host.n > 0;
}

/* Where the caller has reached the gateway, unless the configuration says where that is. */
static struct str
base_url(struct exchange *x)
{
    const struct config *config = x->snapshot->config;
    struct str host = header_value(x->request.headers, STR("host"));
    bool tls = incoming_request(x->incoming)->over_tls;

    if (config->public_url.n)
        return config->public_url;
    return arena_printf(x->arena, "%s://%.*s", tls ? "https" : "http",
                        STR_ARG(is_authority(host) ? host : config->listen));
}

static enum fault_code
answer_wsdl(struct exchange *x)
{
    struct str url = base_url(x);

    if (!str_eq_nocase(x->request.query, STR("wsdl"))) {
        x->allow = STR("POST");
        return fault_set(&x->fault, FAULT_METHOD_NOT_ALLOWED,
                         "POST calls an operation; GET with ?wsdl describes them");
    }
    x->answer.status = 200;
    face_answer_header(&x->answer, STR("Content-Type"), STR("text/xml; charset=utf-8"));
    wsdl_write(&x->answer.body, x->match.route->service, url);
    return !url.p || x->answer.body.failed ? fault_set(&x->fault, FAULT_MEMORY, "out of memory")
                                           : FAULT_NONE;
}

const struct page wsdl_page = {.answer = answer_wsdl};

/* --- OPTIONS --- */

static enum fault_code
answer_options(struct exchange *x)
{
    x->answer.status = 204;
    face_answer_header(&x->answer, STR("Allow"), x->allow);
    return FAULT_NONE;
}

static const struct page options_page = {.answer = answer_options};

const struct route options_route = {
    .method = {"OPTIONS", 7}, .path = {"*", 1}, .face = &rest_face, .page = &options_page};

/* --- the administrator's door --- */

static enum fault_code
answer_health(struct exchange *x)
{
    return answer_text(x, 200, STR("text/plain"), STR("ok\n"));
}

static enum fault_code
answer_ready(struct exchange *x)
{
    if (worker_is_stopping(x->desk->worker))
        return fault_set(&x->fault, FAULT_UNAVAILABLE, "the gateway is stopping");
    return answer_text(x, 200, STR("text/plain"), STR("ready\n"));
}

static enum fault_code
answer_metrics(struct exchange *x)
{
    x->answer.status = 200;
    face_answer_header(&x->answer, STR("Content-Type"), STR("text/plain; version=0.0.4"));
    metrics_write(x->desk, &x->answer.body);
    return FAULT_NONE;
}

enum fault_code
page_answer(struct exchange *x)
{
    const struct page *page = x->match.route->page;

    if (page->answer)
        return page->answer(x);
    return answer_text(x, 200, page->media, page->text);
}

static const struct page front_pages[] = {
    {.method = {"POST", 4},
     .path = {"/oauth2/token", 13},
     .answer = answer_oauth,
     .recorded = true},
    {.method = {"POST", 4},
     .path = {"/oauth2/revoke", 14},
     .answer = answer_oauth,
     .recorded = true},
    {.method = {"POST", 4},
     .path = {"/oauth2/introspect", 18},
     .answer = answer_oauth,
     .recorded = true},
    {.method = {"GET", 3}, .path = {"/oauth2/jwks", 12}, .answer = answer_oauth},
    {.method = {"GET", 3},
     .path = {"/.well-known/oauth-authorization-server", 39},
     .answer = answer_oauth},
};

static const struct page admin_pages[] = {
    {.method = {"GET", 3}, .path = {"/healthz", 8}, .answer = answer_health},
    {.method = {"GET", 3}, .path = {"/readyz", 7}, .answer = answer_ready},
    {.method = {"GET", 3}, .path = {"/metrics", 8}, .answer = answer_metrics},
};

/* --- texts written once --- */

static void
put_member(struct buf *out, const char *before, const char *name, struct str text)
{
    buf_printf(out, "%s\"%s\":", before, name);
    json_write_string(out, text);
}

static bool
offers_soap(const struct contract *c)
{
    for (unsigned i = 0; i < c->operation_count; i++)
        if (service_offers(&c->operations[i]))
            return true;
    return false;
}

static void
write_index(struct buf *out, const struct snapshot *s)
{
    buf_str(out, STR("{\"apis\":["));
    for (unsigned i = 0; i < s->contract_count; i++) {
        const struct contract *c = s->contracts[i];
        struct str url = arena_printf(s->arena, "%.*s/openapi/%.*s.json",
                                      STR_ARG(s->config->public_url), STR_ARG(c->name));

        put_member(out, i ? ",{" : "{", "name", c->name);
        put_member(out, ",", "title", c->title);
        put_member(out, ",", "version", c->version);
        put_member(out, ",", "path", c->base_path);
        put_member(out, ",", "openapi", url);
        if (offers_soap(c))
            put_member(out, ",", "wsdl",
                       arena_printf(s->arena, "%.*s/soap/%.*s?wsdl", STR_ARG(s->config->public_url),
                                    STR_ARG(c->name)));
        buf_printf(out, ",\"operations\":%u}", c->operation_count);
    }
    buf_str(out, STR("]}\n"));
}

static bool
add_page(struct router *r, const struct page *page, struct report *report)
{
    struct route route = {
        .method = page->method, .path = page->path, .face = &rest_face, .page = page};
    const char *why;

    if (router_add(r, &route, &why))
        return true;
    report_error(report, (struct place){page->path, 0, 0}, "%s", why);
    return false;
}

/* A page whose text is known now; takes the bytes. */
static bool
add_text(struct snapshot *s, struct router *r, struct str path, struct buf *text,
         struct report *report)
{
    struct page *page = ARENA_NEW(s->arena, struct page);

    if (page && path.p && !text->failed) {
        page->method = STR("GET");
        page->path = path;
        page->media = STR("application/json");
        page->text = arena_dup(s->arena, buf_view(text));
    }
    buf_fini(text);
    if (page && page->text.p)
        return add_page(r, page, report);
    report_error(report, (struct place){path, 0, 0}, "out of memory");
    return false;
}

static bool
add_contract_pages(struct snapshot *s, struct router *front, struct report *report)
{
    struct buf text;

    for (unsigned i = 0; i < s->contract_count; i++) {
        const struct contract *c = s->contracts[i];

        buf_init(&text, PAGE_MAX);
        openapi_write(&text, c, s->config->public_url);
        if (!add_text(s, front, arena_printf(s->arena, "/openapi/%.*s.json", STR_ARG(c->name)),
                      &text, report))
            return false;
    }
    buf_init(&text, PAGE_MAX);
    write_index(&text, s);
    return add_text(s, front, STR("/"), &text, report);
}

bool
pages_add(struct snapshot *s, struct router *front, struct router *admin, struct report *report)
{
    bool good = add_contract_pages(s, front, report) && resource_page_add(s, front, report) &&
                graphql_page_add(s, front, report);

    for (size_t i = 0; auth_server(s->auth) && i < sizeof(front_pages) / sizeof(*front_pages); i++)
        good &= add_page(front, &front_pages[i], report);
    for (size_t i = 0; i < sizeof(admin_pages) / sizeof(*admin_pages); i++)
        good &= add_page(admin, &admin_pages[i], report);
    return good;
}
