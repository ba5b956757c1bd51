/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of every operation of every contract, made by chance: value -> XML -> value is the same
 * value, and libxml2 finds what is sent valid by the schema that is published. TELGATE_SEED
 * repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>
#include <time.h>

#include "base/json.h"
#include "random_value.h"
#include "service_fixture.h"
#include "soap/face.h"
#include "soap/wsdl_write.h"
#include "soap/xml_file.h"

enum { ROUNDS = 60 };

static uint64_t seed;

struct fixture {
    struct arena *arena;
    const struct service *service;
    xmlDoc *wsdl, *schema_document;
    xmlSchema *schema;
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

static void
check_same(const char *what, const struct value *sent, const struct value *got, struct str xml)
{
    if (value_equal(sent, got))
        return;
    fprintf(stderr, "seed %llu, %s\n%.*s\n", (unsigned long long)seed, what, (int)xml.n, xml.p);
    show("sent", sent);
    show("got ", got);
    fail();
}

/* ---- Answers: written by the face, read by the tables ---- */

static struct str
inside_body(struct str envelope)
{
    const char *open = memmem(envelope.p, envelope.n, "<e:Body>", 8);
    const char *close = memmem(envelope.p, envelope.n, "</e:Body>", 9);

    return (struct str){open + 8, (size_t)(close - open - 8)};
}

static void
read_back(struct fixture *t, struct random_source *r, const struct service_operation *o,
          const struct value *body, struct face_answer *answer)
{
    struct str element = inside_body(buf_view(&answer->body)), text;
    size_t name = o->answer_element.n + 1 + str_find(element, ':');
    struct value got;
    const struct value *member;
    struct fault f;

    /* the element by itself, with the envelope's declarations */
    text = arena_printf(r->arena, "%.*s%.*s%.*s", STR_ARG(str_head(element, name)),
                        STR_ARG(o->sent->declarations), STR_ARG(str_from(element, name)));
    check_valid(t, text);
    assert_int_equal(xml_read(o->sent, r->arena, text, FAULT_INVALID_BODY, &got, &f), FAULT_NONE);
    member = got.n ? &got.members[0].value : NULL;
    if (body->kind == VALUE_ABSENT || !member)
        assert_true(!member && (body->kind == VALUE_ABSENT || body->n == 0));
    else
        check_same(o->operation->id.p, body, member, text);
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

/* The message; VALUE_ABSENT when chance did not find a value that is required. */
static struct value
make_inputs(struct random_source *r, const struct service_operation *o, struct inputs *in)
{
    struct value message = VALUE_OF(VALUE_OBJECT);
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
            return v;
        if (v.kind == VALUE_ABSENT || (v.kind == VALUE_ARRAY && !v.n && !required))
            continue;
        *(p < 0 ? &in->body : &in->parameters[p]) = v;
        assert_int_equal(value_add(r->arena, &message, o->members[i].name, v), FAULT_NONE);
    }
    return message;
}

static void
check_input(const struct parameter *p, const struct value *sent, const struct value *got,
            struct str xml)
{
    if (sent->kind == VALUE_ABSENT && p->type && p->type->fallback)
        sent = p->type->fallback;
    if (sent->kind != VALUE_ABSENT || got->kind != VALUE_ABSENT)
        check_same(p->name.p, sent, got, xml);
}

static void
check_request(struct fixture *t, struct random_source *r, const struct service_operation *o)
{
    struct face_request q = {.service = t->service};
    struct inputs sent, got;
    struct value message;
    struct fault f = {0};
    struct buf element, envelope;

    r->direction = TYPE_REQUEST;
    message = make_inputs(r, o, &sent);
    if (message.kind == VALUE_ABSENT)
        return;
    buf_init(&element, 1 << 24);
    buf_init(&envelope, 1 << 24);
    buf_printf(&element, "<n1:%.*s%.*s>", STR_ARG(o->element),
               STR_ARG(t->service->envelope->declarations));
    assert_int_equal(xml_write_members(o->request, &message, &element, &f), FAULT_NONE);
    buf_printf(&element, "</n1:%.*s>", STR_ARG(o->element));
    buf_printf(&envelope, "<e:Envelope xmlns:e='" NS_SOAP11 "'><e:Body>%.*s</e:Body></e:Envelope>",
               (int)element.n, element.p);
    if (memmem(element.p, element.n, "xmlns:n1=\"urn:telgate", 21))
        check_valid(t, buf_view(&element));
    q.body = buf_view(&envelope);
    if (soap_face.dispatch(&q, r->arena, &f) || soap_face.read(&q, r->arena, &got, &f)) {
        fprintf(stderr, "seed %llu: %s %s\n%.*s\n", (unsigned long long)seed, f.pointer, f.detail,
                (int)envelope.n, envelope.p);
        fail();
    }
    for (unsigned i = 0; i < o->operation->parameter_count; i++)
        check_input(&o->operation->parameters[i], &sent.parameters[i], &got.parameters[i], q.body);
    if (sent.body.kind != VALUE_ABSENT || got.body.kind != VALUE_ABSENT)
        check_same("body", &sent.body, &got.body, q.body);
    buf_fini(&element);
    buf_fini(&envelope);
}

static void
round_trips(const char *document, const char *overlay)
{
    struct random_source r = {.state = seed * 2 + 1};
    struct fixture t = {0};

    load(&t, document, overlay);
    for (unsigned round = 0; round < ROUNDS; round++)
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

static void
test_customers(void **state)
{
    (void)state;
    round_trips("schemas/customer.yaml", "schemas/customer.overlay.yaml");
}

static void
test_bills(void **state)
{
    (void)state;
    round_trips("schemas/billing.yaml", NULL);
}

static void
test_overview(void **state)
{
    (void)state;
    round_trips("schemas/overview.yaml", NULL);
}

static void
test_odd_things(void **state)
{
    (void)state;
    round_trips("tests/unit/soap/service.yaml", NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_customers),
        cmocka_unit_test(test_bills),
        cmocka_unit_test(test_overview),
        cmocka_unit_test(test_odd_things),
    };
    const char *given = getenv("TELGATE_SEED");

    seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("# TELGATE_SEED=%llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
