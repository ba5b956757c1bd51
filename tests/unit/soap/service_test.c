/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of every operation of every contract, made by chance: value -> XML -> value and value ->
 * JSON -> value are the same value, and libxml2 finds what is sent, and what a client would send,
 * valid by the schema that is published. The contracts are those of conf/telgate.yaml, the odd
 * one, what `import` makes of WSDLs, and the corpus where there is one. TELGATE_SEED repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <limits.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#include "base/json.h"
#include "random_value.h"
#include "service_fixture.h"
#include "soap/face.h"
#include "soap/wsdl_import.h"
#include "soap/wsdl_write.h"
#include "soap/xml_file.h"

enum { ROUNDS = 60, CONTRACT_US = 1500000 }; /* of the corpus: large ones get fewer rounds */

static uint64_t seed;

struct fixture {
    struct arena *arena;
    const struct service *service;
    xmlDoc *wsdl, *schema_document;
    xmlSchema *schema;
    bool loose; /* see alike() */
};

static void
quiet(void *context, const char *format, ...)
{
    va_list list;

    (void)context;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
}

/* The service's own schema, taken out of its WSDL. */
static void
load_schema(struct fixture *t)
{
    struct buf text;
    xmlNode *types, *schema;
    xmlSchemaParserCtxt *parser;

    buf_init(&text, 1 << 24);
    wsdl_write(&text, t->service, STR("http://127.0.0.1"));
    t->wsdl = xmlReadMemory(text.p, (int)text.n, "wsdl", NULL, XML_PARSE_NONET);
    buf_fini(&text);
    assert_non_null(t->wsdl);
    types = xml_child(xmlDocGetRootElement(t->wsdl), NS_WSDL, "types");
    t->schema_document = xmlNewDoc(xml_chars("1.0"));
    schema = xmlDocCopyNode(xml_child(types, NS_XSD, "schema"), t->schema_document, 1);
    xmlDocSetRootElement(t->schema_document, schema);
    xmlNewNs(schema, xml_chars(t->service->ns.p), xml_chars("tns")); /* only named in values */
    parser = xmlSchemaNewDocParserCtxt(t->schema_document);
    xmlSchemaSetParserErrors(parser, quiet, quiet, NULL);
    t->schema = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    assert_non_null(t->schema);
}

static void
load(struct fixture *t, const char *document, const char *overlay)
{
    t->arena = arena_new((size_t)256 << 20);
    t->service = fixture_service(t->arena, document, overlay);
    assert_non_null(t->service);
    load_schema(t);
}

static void
unload(struct fixture *t)
{
    xmlSchemaFree(t->schema);
    xmlFreeDoc(t->schema_document);
    xmlFreeDoc(t->wsdl);
    arena_free(t->arena);
    xml_thread_fini();
}

static void
show(const char *what, const struct value *v)
{
    struct buf b;

    buf_init(&b, 1 << 24);
    json_write(&b, v);
    fprintf(stderr, "%s %.*s\n", what, (int)b.n, b.p);
    buf_fini(&b);
}

static void
check_valid(const struct fixture *t, struct str xml)
{
    xmlDoc *doc = xmlReadMemory(xml.p, (int)xml.n, "message", NULL, XML_PARSE_NONET);
    xmlSchemaValidCtxt *v = xmlSchemaNewValidCtxt(t->schema);
    int result;

    assert_non_null(doc);
    xmlSchemaSetValidErrors(v, quiet, quiet, NULL);
    result = xmlSchemaValidateDoc(v, doc);
    xmlSchemaFreeValidCtxt(v);
    xmlFreeDoc(doc);
    if (result)
        fprintf(stderr, "seed %llu: not valid: %.*s\n", (unsigned long long)seed, (int)xml.n,
                xml.p);
    assert_int_equal(result, 0);
}

static bool alike(const struct value *sent, const struct value *got);

static bool
members_alike(const struct value *sent, const struct value *got)
{
    for (uint32_t i = 0; i < sent->n; i++) {
        const struct value *v = &sent->members[i].value;
        const struct value *other = value_get(got, sent->members[i].name);

        if (other ? !alike(v, other) : v->kind != VALUE_ARRAY || v->n)
            return false;
    }
    return true;
}

/* The same, but for what free-form content cannot tell apart (docs/soap-face.md): a list of one and
 * its item, an empty object and an empty text, an empty list and none. A foreign contract has it
 * wherever alternatives give one name to lists of different things. */
static bool
alike(const struct value *sent, const struct value *got)
{
    if (sent->kind == VALUE_OBJECT && got->kind == VALUE_OBJECT)
        return members_alike(sent, got);
    if (sent->kind == VALUE_ARRAY && got->kind != VALUE_ARRAY)
        return sent->n == 1 && alike(&sent->items[0], got);
    if (sent->kind == VALUE_OBJECT && got->kind == VALUE_STRING)
        return got->n == 0 && members_alike(sent, &VALUE_OF(VALUE_OBJECT));
    if (sent->kind != VALUE_ARRAY)
        return value_equal(sent, got);
    for (uint32_t i = 0; i < sent->n && sent->n == got->n; i++)
        if (!alike(&sent->items[i], &got->items[i]))
            return false;
    return sent->n == got->n;
}

static void
check_same(const struct fixture *t, const char *what, const struct value *sent,
           const struct value *got, struct str xml)
{
    if (value_equal(sent, got) || (t->loose && alike(sent, got)))
        return;
    fprintf(stderr, "seed %llu, %s\n%.*s\n", (unsigned long long)seed, what, (int)xml.n, xml.p);
    show("sent", sent);
    show("got ", got);
    fail();
}

/* value -> JSON -> value */
static void
check_json(struct random_source *r, const struct value *v)
{
    struct value got;
    struct fault f;
    struct buf b;

    buf_init(&b, 1 << 24);
    json_write(&b, v);
    assert_int_equal(json_read(r->arena, buf_view(&b), JSON_LIMITS_DEFAULT, &got, &f), FAULT_NONE);
    assert_true(value_equal(v, &got));
    buf_fini(&b);
}

/* ---- Answers: written by the face, read by the tables ---- */

static struct str
inside_body(struct str envelope)
{
    const char *open = memmem(envelope.p, envelope.n, "<e:Body>", 8);
    const char *close = memmem(envelope.p, envelope.n, "</e:Body>", 9);

    return (struct str){open + 8, (size_t)(close - open - 8)};
}

/* The element in a Body by itself, with the envelope's declarations. */
static struct str
stand_alone(struct arena *a, struct str envelope, struct str name, struct str declarations)
{
    struct str element = inside_body(envelope);
    size_t tag = name.n + 1 + str_find(element, ':');

    return arena_printf(a, "%.*s%.*s%.*s", STR_ARG(str_head(element, tag)), STR_ARG(declarations),
                        STR_ARG(str_from(element, tag)));
}

static void
read_back(struct fixture *t, struct random_source *r, const struct service_operation *o,
          const struct value *body, struct face_answer *answer)
{
    struct str text =
        stand_alone(r->arena, buf_view(&answer->body), o->answer_element, o->sent->declarations);
    struct value got;
    const struct value *member;
    struct fault f;

    check_valid(t, text);
    assert_int_equal(xml_read(o->sent, r->arena, text, FAULT_INVALID_BODY, &got, &f), FAULT_NONE);
    member = got.n ? &got.members[0].value : NULL;
    if (body->kind == VALUE_ABSENT || !member)
        assert_true(!member && (body->kind == VALUE_ABSENT || body->n == 0));
    else
        check_same(t, o->operation->id.p, body, member, text);
}

static void
check_answer(struct fixture *t, struct random_source *r, const struct service_operation *o,
             const struct answer *a)
{
    struct face_request q = {.operation = o->operation, .service = t->service};
    struct face_answer answer = {0};
    struct outcome outcome = {.status = a->status};
    struct str envelope = arena_printf(r->arena,
                                       "<e:Envelope xmlns:e='" NS_SOAP12
                                       "'><e:Body><x:%.*s xmlns:x='%.*s'/></e:Body></e:Envelope>",
                                       STR_ARG(o->element), STR_ARG(t->service->ns));
    struct fault f = {0};

    r->direction = TYPE_ANSWER;
    outcome.body = a->media_count ? random_value(r, a->media[0].type, 0) : VALUE_OF(VALUE_ABSENT);
    if (a->media_count && outcome.body.kind == VALUE_ABSENT)
        return;
    if (a->media_count)
        check_json(r, &outcome.body);
    q.body = envelope;
    assert_int_equal(soap_face.dispatch(&q, r->arena, &f), FAULT_NONE);
    assert_ptr_equal(q.operation, o->operation);
    buf_init(&answer.body, 1 << 24);
    if (soap_face.write(&q, &outcome, r->arena, &answer, &f)) {
        fprintf(stderr, "seed %llu: %s; %s\n", (unsigned long long)seed, f.detail, f.log);
        show("sent", &outcome.body);
        fail();
    }
    read_back(t, r, o, &outcome.body, &answer);
    buf_fini(&answer.body);
}

/* ---- Requests: written by the tables, read by the face ---- */

/* False when chance did not find a value that is required. */
static bool
make_inputs(struct random_source *r, const struct service_operation *o, struct inputs *in)
{
    const struct operation *op = o->operation;

    in->parameters = ARENA_ARRAY(r->arena, op->parameter_count + 1, struct value);
    in->body = VALUE_OF(VALUE_ABSENT);
    for (unsigned i = 0; i < o->member_count; i++) {
        int p = o->members[i].parameter;
        const struct type *type = p < 0 ? op->bodies[0].type : op->parameters[p].type;
        bool required = p < 0 ? op->body_required : op->parameters[p].required;
        struct value v;

        if (!required && random_below(r, 2))
            continue;
        v = random_value(r, type, 0);
        if (v.kind == VALUE_ABSENT && required)
            return false;
        if (v.kind == VALUE_ABSENT || (v.kind == VALUE_ARRAY && !v.n && !required))
            continue;
        *(p < 0 ? &in->body : &in->parameters[p]) = v;
        check_json(r, &v);
    }
    return true;
}

static void
check_input(const struct fixture *t, const struct parameter *p, const struct value *sent,
            const struct value *got, struct str xml)
{
    if (sent->kind == VALUE_ABSENT && p->type && p->type->fallback)
        sent = p->type->fallback;
    if (sent->kind != VALUE_ABSENT || got->kind != VALUE_ABSENT)
        check_same(t, p->name.p, sent, got, xml);
}

static void
check_request(struct fixture *t, struct random_source *r, const struct service_operation *o)
{
    struct face_request q = {.service = t->service};
    struct inputs sent, got;
    struct fault f = {0};
    struct buf envelope;

    r->direction = TYPE_REQUEST;
    if (!make_inputs(r, o, &sent))
        return;
    buf_init(&envelope, 1 << 24);
    if (service_request_write(o, &sent, r->arena, &envelope, &f)) {
        fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, f.detail);
        fail();
    }
    check_valid(t,
                stand_alone(r->arena, buf_view(&envelope), o->element, o->received->declarations));
    q.body = buf_view(&envelope);
    if (soap_face.dispatch(&q, r->arena, &f) || soap_face.read(&q, r->arena, &got, &f)) {
        fprintf(stderr, "seed %llu: %s %s\n%.*s\n", (unsigned long long)seed, f.pointer, f.detail,
                (int)envelope.n, envelope.p);
        fail();
    }
    for (unsigned i = 0; i < o->operation->parameter_count; i++)
        check_input(t, &o->operation->parameters[i], &sent.parameters[i], &got.parameters[i],
                    q.body);
    if (sent.body.kind != VALUE_ABSENT || got.body.kind != VALUE_ABSENT)
        check_same(t, "body", &sent.body, &got.body, q.body);
    buf_fini(&envelope);
}

static void
round_trips(const char *document, const char *overlay, bool loose, int64_t most_us)
{
    struct random_source r = {.state = seed * 2 + 1};
    struct fixture t = {.loose = loose};
    int64_t end = clock_us() + most_us;

    load(&t, document, overlay);
    for (unsigned round = 0; round < ROUNDS && (round == 0 || clock_us() < end); round++)
        for (unsigned i = 0; i < t.service->operation_count; i++) {
            const struct service_operation *o = &t.service->operations[i];

            r.arena = arena_new((size_t)64 << 20);
            check_request(&t, &r, o);
            for (unsigned k = 0; k < o->operation->answer_count; k++)
                if (o->operation->answers[k].status / 100 == 2)
                    check_answer(&t, &r, o, &o->operation->answers[k]);
            arena_free(r.arena);
        }
    unload(&t);
}

/* ---- Contracts ---- */

/* "../schemas/x.yaml" as seen from conf/. */
static const char *
from_conf(const char *path)
{
    return strncmp(path, "../", 3) == 0 ? path + 3 : path;
}

static void
test_contracts(void **state)
{
    struct arena *a = arena_new(1 << 24);
    struct report r;
    struct document *d;
    unsigned n = 0;

    (void)state;
    report_init(&r, a);
    d = document_read(a, "conf/telgate.yaml", &r);
    assert_non_null(d);
    for (const cJSON *c = node_get(d->root, "contracts")->child; c; c = c->next, n++) {
        const cJSON *overlays = node_get(c, "overlays");
        const char *path = cJSON_IsString(c) ? c->valuestring : node_string(c, "document", NULL);

        assert_non_null(path);
        assert_true(!overlays || cJSON_GetArraySize(overlays) == 1);
        print_message("# %s\n", path);
        round_trips(from_conf(path), overlays ? from_conf(overlays->child->valuestring) : NULL,
                    false, 10 * CONTRACT_US);
    }
    assert_true(n >= 3);
    arena_free(a);
}

static void
test_odd_things(void **state)
{
    (void)state;
    round_trips("tests/unit/soap/service.yaml", NULL, false, 10 * CONTRACT_US);
}

static void
write_file(char path[], struct str text)
{
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.p, text.n), text.n);
    close(fd);
}

/* What `import` makes of it; a WSDL that cannot be read is another test's matter. */
static bool
imported(const char *wsdl)
{
    char path[] = "/tmp/telgate-import-XXXXXX", whole[PATH_MAX];
    struct arena *a = arena_new(1 << 26);
    struct report r;
    struct buf text;
    bool good;

    report_init(&r, a);
    buf_init(&text, 1 << 24);
    assert_non_null(realpath(wsdl, whole));
    good = wsdl_import(a, whole, whole, &text, &r);
    if (good) {
        print_message("# %s\n", wsdl);
        write_file(path, buf_view(&text));
        round_trips(path, NULL, false, CONTRACT_US);
        unlink(path);
    }
    buf_fini(&text);
    arena_free(a);
    return good;
}

static void
test_imports(void **state)
{
    (void)state;
    assert_true(imported("tests/flow/shop.wsdl"));
    assert_true(imported("schemas/billing.wsdl"));
}

/* ---- The corpus ---- */

static const char OVERLAY[] =
    "overlay: 1.0.0\n"
    "info: {title: every operation to one backend, version: '1'}\n"
    "actions:\n"
    "  - {target: $, update: {x-telgate: {backends: {b: {url: 'http://127.0.0.1:9'}}, call: b}}}\n";

static unsigned
each_file(const char *folder, const char *overlay)
{
    const char *named = getenv("TELGATE_CORPUS");
    char path[PATH_MAX];
    unsigned n = 0;
    DIR *d;

    snprintf(path, sizeof(path), "%s/%s", named ? named : "../shared/corpus", folder);
    d = opendir(path);
    for (const struct dirent *e; d && (e = readdir(d));) {
        struct str name = str_of(e->d_name);

        snprintf(path, sizeof(path), "%s/%s/%s", named ? named : "../shared/corpus", folder,
                 e->d_name);
        if (str_ends(name, STR(".wsdl"))) {
            n += imported(path);
        } else if (str_ends(name, STR(".yaml")) || str_ends(name, STR(".json"))) {
            print_message("# %s\n", e->d_name);
            round_trips(path, overlay, true, CONTRACT_US);
            n++;
        }
    }
    if (d)
        closedir(d);
    return n;
}

static void
test_corpus(void **state)
{
    static const char *const folders[] = {"tmf", "camara", "wsdl/zeep", "wsdl/node-soap"};
    char overlay[] = "/tmp/telgate-overlay-XXXXXX";
    unsigned n = 0;

    (void)state;
    write_file(overlay, str_of(OVERLAY));
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        n += each_file(folders[i], overlay);
    unlink(overlay);
    if (!n) {
        print_message("skipped: no corpus at ../shared/corpus (set TELGATE_CORPUS)\n");
        skip();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contracts),
        cmocka_unit_test(test_odd_things),
        cmocka_unit_test(test_imports),
        cmocka_unit_test(test_corpus),
    };
    const char *given = getenv("TELGATE_SEED");

    seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("# TELGATE_SEED=%llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
