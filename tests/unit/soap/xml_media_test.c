/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plain XML bodies: root elements, what is read of a document, what is written, what is refused. */
#include "fixture.h"
#include "random_value.h"

#include "contract/codec.h"
#include "contract/xml_root.h"
#include "soap/xml_media.h"

enum { ROUNDS = 300 };

struct media_fixture {
    struct arena *arena;
    const struct contract *contract;
    struct codec codecs[XML_MEDIA_CODECS];
};

static void
fixture_load(struct media_fixture *t, const char *path, const char *overlay)
{
    struct contract_source source = {path, &overlay, overlay != NULL};
    struct contract_environment environment = {.read_wsdl = soap_wsdl_read};
    const struct xml_media *m;
    struct report report;

    t->arena = arena_new((size_t)256 << 20);
    report_init(&report, t->arena);
    t->contract = contract_load(t->arena, &source, &environment, &report);
    for (const struct report_line *l = report.first; l; l = l->next)
        fprintf(stderr, "%.*s\n", STR_ARG(l->text));
    assert_non_null(t->contract);
    m = xml_media_new(t->arena, &t->contract, 1);
    assert_non_null(m);
    xml_media_codecs(m, t->codecs);
}

/* The body's type by the middle of its media type; "none": no type at all. */
static const struct type *
type_of(const struct media_fixture *t, const char *name)
{
    const struct operation *o = &t->contract->operations[0];

    for (unsigned i = 0; i < o->body_count; i++)
        if (str_starts(str_from(o->bodies[i].name, 12), str_of(name)))
            return o->bodies[i].type;
    return NULL;
}

static struct str
json_of(struct media_fixture *t, const struct value *v)
{
    struct buf out;
    struct str text;

    buf_init(&out, 1 << 20);
    json_write(&out, v);
    text = arena_dup(t->arena, buf_view(&out));
    buf_fini(&out);
    return text;
}

#define D "xmlns='urn:d'"

static const struct {
    const char *type, *xml;
    const char *json; /* what it is; or "!" and a part of why it is refused */
} READ[] = {
    {"plain", "<Plain><id>0123</id></Plain>", "{\"id\":\"0123\"}"},
    {"plain", "<?xml version='1.0'?>\n<Plain>\n<Good>1</Good> <id/></Plain>\n<!-- x -->",
     "{\"id\":\"\",\"good\":true}"},
    {"plain",
     "<Plain><id>1</id><count>9007199254740993</count><price>100000000000000.010</price></Plain>",
     "{\"id\":\"1\",\"count\":9007199254740993,\"price\":100000000000000.010}"},
    {"plain", "<Plain><tags>a</tags><id>1</id></Plain>", "{\"id\":\"1\",\"tags\":[\"a\"]}"},
    {"plain", "<Plain><rows/><id>1</id></Plain>", "{\"id\":\"1\",\"rows\":[]}"},
    {"plain", "<Plain><rows><row/><row><cell>1</cell></row></rows></Plain>",
     "{\"rows\":[{},{\"cell\":[1]}]}"}, /* what is missing is type_validate's to tell */
    {"plain",
     "<Plain><end xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/></Plain>",
     "{\"end\":null}"},
    {"plain", "<Plain><new>1</new><new>2</new></Plain>", "{\"new\":[\"1\",\"2\"]}"},
    {"plain", "<Plain new='1' xmlns:x='urn:x' x:more='2'><rows><row new='3'/></rows></Plain>",
     "{\"rows\":[{\"@new\":\"3\"}],\"@new\":\"1\",\"@more\":\"2\"}"},
    {"plain", "<plain/>", "!the root element must be Plain, without a namespace"},
    {"plain", "<Plain " D "/>", "!the root element must be Plain, without a namespace"},
    {"plain", "<Plain><count>1.5x</count></Plain>", "!count in line 1 is no number"},
    {"plain", "<Plain><id>1</id>\n<id>2</id></Plain>", "!id is there twice, line 2"},
    {"plain", "", "!"},
    {"plain", "text", "!not well-formed"},
    {"plain", "<!DOCTYPE Plain><Plain/>", "!DOCTYPE"},
    {"plain", "<Plain>&e;</Plain>", "!"},
    {"plain", "<Plain a='1' a='2'/>", "!not well-formed"},
    {"plain", "<Plain><p:id/></Plain>", "!prefix"},
    {"plain", "<?xml version='1.0' encoding='EBCDIC'?><Plain/>", "!"},
    {"named", "<Doc " D " key='7'/>", "{\"key\":7,\"list\":[]}"},
    {"named",
     "<q:Doc xmlns:q='urn:d' xmlns:l='urn:l' key='7' l:language='de'><q:li unit='m'>1.50</q:li>"
     "<q:Inner>x</q:Inner><o:other xmlns:o='urn:o'>y</o:other></q:Doc>",
     "{\"key\":7,\"lang\":\"de\",\"inner\":\"x\",\"other\":\"y\","
     "\"list\":[{\"$value\":1.50,\"unit\":\"m\"}]}"},
    {"named", "<Doc key='7'/>", "!the root element must be Doc of the namespace urn:d"},
    {"named", "<Named " D "/>", "!the root element must be Doc of the namespace urn:d"},
    {"list", "<Plains/>", "[]"},
    {"list", "<Plains><Plain><id>1</id></Plain></Plains>", "[{\"id\":\"1\"}]"},
    {"list", "<Plain><id>1</id></Plain>", "!the root element must be Plains"},
    {"words", "<words><w xmlns='urn:w'>a</w><w xmlns='urn:w'/></words>", "[\"a\",\"\"]"},
    {"map", "<Map><name>m</name><x a='true'><n>1</n></x><y/></Map>",
     "{\"name\":\"m\",\"x\":{\"n\":1,\"a\":true},\"y\":{}}"},
    {"pet", "<Pet><kind>dog</kind></Pet>", "{\"kind\":\"dog\"}"},
    {"pet",
     "<Pet xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='Cat'><kind>cat</kind>"
     "<lives>7</lives></Pet>",
     "{\"kind\":\"cat\",\"lives\":7}"},
    {"size", "<Size>12</Size>", "12"},
    {"maybe", "<Plain xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='1'/>", "null"},
    {"maybe", "<Plain><id>1</id></Plain>", "{\"id\":\"1\"}"},
    {"json", "<a/>", "!by its type this can not be XML"},
    {"none", "<r a='1'>t<x>1</x><x/></r>", "{\"@a\":\"1\",\"x\":[\"1\",\"\"],\"$value\":\"t\"}"},
    {"vnd.any", "<r>12</r>", "\"12\""}, /* `schema: {}` says no more than none */
    {"none", "<r", "!not well-formed"},
};

static void
test_read(void **state)
{
    struct media_fixture t;

    (void)state;
    fixture_load(&t, "tests/unit/soap/xml_media.yaml", NULL);
    for (size_t i = 0; i < sizeof(READ) / sizeof(*READ); i++) {
        struct fault f = {0};
        struct value v = VALUE_OF(VALUE_ABSENT);
        enum fault_code code = t.codecs[0].read(&t.codecs[0], t.arena, str_of(READ[i].xml),
                                                type_of(&t, READ[i].type), &v, &f);
        struct str got = code ? str_of(f.detail) : json_of(&t, &v);
        bool wrong = READ[i].json[0] == '!';
        bool same =
            wrong ? strstr(f.detail, READ[i].json + 1) != NULL : str_eq(got, str_of(READ[i].json));

        if (!same || code != (wrong ? FAULT_INVALID_BODY : FAULT_NONE))
            fail_msg("%s: %.*s", READ[i].xml, STR_ARG(got));
    }
    arena_free(t.arena);
}

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define XSI " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""

static const struct {
    const char *type, *json;
    const char *xml; /* or "!" and a part of why it is refused */
} WRITTEN[] = {
    {"plain", "{\"count\":1e2,\"id\":\"<&>\",\"tags\":[\"a\",\"b\"],\"rows\":[]}",
     XML "<Plain" XSI "><id>&lt;&amp;&gt;</id><count>100</count><tags>a</tags><tags>b</tags>"
         "<rows></rows></Plain>"},
    {"plain", "{\"id\":\"1\",\"end\":null,\"more\":{\"@a\":1}}",
     XML "<Plain" XSI "><id>1</id><end xsi:nil=\"true\"></end><more a=\"1\"></more></Plain>"},
    {"named",
     "{\"key\":1,\"list\":[{\"unit\":\"m\",\"$value\":2}],\"other\":\"o\",\"inner\":\"i\"}",
     XML "<d:Doc xmlns:d=\"urn:d\" xmlns:n3=\"urn:l\" xmlns:n4=\"urn:o\"" XSI " key=\"1\">"
         "<d:Inner>i</d:Inner><n4:other>o</n4:other><d:li unit=\"m\">2</d:li></d:Doc>"},
    {"list", "[{\"id\":\"1\"}]", XML "<Plains" XSI "><Plain><id>1</id></Plain></Plains>"},
    {"words", "[\"a\",null]",
     XML "<words xmlns:n2=\"urn:w\"" XSI "><n2:w>a</n2:w><n2:w xsi:nil=\"true\"></n2:w></words>"},
    {"map", "{\"k\":{\"n\":1,\"a\":true},\"name\":\"m\"}",
     XML "<Map" XSI "><name>m</name><k a=\"true\"><n>1</n></k></Map>"},
    {"pet", "{\"kind\":\"cat\",\"lives\":7}",
     XML "<Pet" XSI " xsi:type=\"Cat\"><kind>cat</kind><lives>7</lives></Pet>"},
    {"size", "12", XML "<Size>12</Size>"},
    {"plain", "{\"id\":\"\\u0000\"}", "!holds a character that XML does not allow"},
    {"plain", "{\"id\":\"1\",\"no name\":1}", "!no name is no XML name"},
    {"plain", "{\"id\":\"1\",\"@new\":2,\"@none\":null}",
     XML "<Plain" XSI " new=\"2\"><id>1</id></Plain>"},
    {"plain", "{\"id\":\"1\",\"@xmlns\":\"urn:x\"}", "!@xmlns is no XML name"},
    {"plain", "{\"id\":\"1\",\"more\":{\"@xmlns\":\"urn:x\"}}", "!@xmlns is no XML name"},
    {"plain", "{\"id\":\"1\",\"good\":true,\"Good\":2}", "!Good is there twice"},
    {"maybe", "{\"id\":\"1\",\"row\":2}", XML "<Plain" XSI "><id>1</id><row>2</row></Plain>"},
    {"named", "{\"key\":1,\"list\":[],\"@key\":2}", "!@key is there twice"},
    {"plain", "{\"id\":\"1\",\"@new\":{}}", "!@new must be a text, a number or a boolean"},
    {"plain", "{\"id\":\"1\",\"@a b\":1}", "!@a b is no XML name"},
    {"plain", "{\"id\":\"1\",\"tags\":1}", "!tags must be a list"},
    {"map", "{\"no name\":{}}", "!no name is no XML name"},
    {"json", "{\"a\":\"b\"}", "!has no root element in XML"},
    {"none", "{}", "!has no root element in XML"},
};

/* Of what cannot be written nothing is. */
static void
test_write(void **state)
{
    struct media_fixture t;

    (void)state;
    fixture_load(&t, "tests/unit/soap/xml_media.yaml", NULL);
    for (size_t i = 0; i < sizeof(WRITTEN) / sizeof(*WRITTEN); i++) {
        struct fault f = {0};
        struct value v;
        struct buf out;
        enum fault_code code;
        bool wrong = WRITTEN[i].xml[0] == '!';

        buf_init(&out, 1 << 20);
        buf_str(&out, STR("before"));
        assert_int_equal(json_read(t.arena, str_of(WRITTEN[i].json), JSON_LIMITS_DEFAULT, &v, &f),
                         FAULT_NONE);
        code = t.codecs[1].write(&t.codecs[1], &out, &v, type_of(&t, WRITTEN[i].type), &f);
        if (code != (wrong ? FAULT_INVALID_VALUE : FAULT_NONE) ||
            (wrong && (!strstr(f.detail, WRITTEN[i].xml + 1) || out.n != 6)) ||
            (!wrong && !str_eq(str_from(buf_view(&out), 6), str_of(WRITTEN[i].xml))))
            fail_msg("%s: %.*s %s", WRITTEN[i].json, (int)out.n, out.p, f.detail);
        buf_fini(&out);
    }
    arena_free(t.arena);
}

/* A document that is too large is a fault, too. */
static void
test_full(void **state)
{
    struct media_fixture t;
    struct value v = value_number(STR("12"));
    struct fault f = {0};
    struct buf out;

    (void)state;
    fixture_load(&t, "tests/unit/soap/xml_media.yaml", NULL);
    buf_init(&out, 40);
    assert_int_equal(t.codecs[0].write(&t.codecs[0], &out, &v, type_of(&t, "size"), &f),
                     FAULT_MEMORY);
    buf_fini(&out);
    arena_free(t.arena);
}

/* ---- Round trips ---- */

/* Where a number is a text as well, or null is the same as nothing. */
static bool
is_lossy(const struct type *t, unsigned depth)
{
    if (depth > RANDOM_DEPTH) /* what refers to itself */
        return false;
    if (!t || t->kinds == TYPE_ANY)
        return true;
    if ((t->kinds & TYPE_NULL) && (t->kinds & TYPE_ARRAY) && !t->xml.wrapped)
        return true;
    if ((t->kinds & TYPE_OBJECT) && !t->field_count && !t->additional && !t->closed)
        return true;
    for (uint32_t i = 0; i < t->field_count; i++)
        if (is_lossy(t->fields[i].type, depth + 1))
            return true;
    for (uint32_t i = 0; i < t->variant_count; i++)
        if (is_lossy(t->variants[i].type, depth + 1))
            return true;
    if (t->additional && (t->additional->kinds & TYPE_ARRAY))
        return true;
    return ((t->kinds & TYPE_ARRAY) && is_lossy(t->items, depth + 1)) ||
           (t->additional && !t->closed && is_lossy(t->additional, depth + 1));
}

static void
round_trip(struct media_fixture *t, struct random_source *r, const struct type *type)
{
    struct value v = random_value(r, type, 0), back;
    struct fault f = {0};
    struct buf out;
    enum fault_code code;

    if (v.kind == VALUE_ABSENT)
        return;
    buf_init(&out, (size_t)16 << 20);
    code = t->codecs[0].write(&t->codecs[0], &out, &v, type, &f);
    if (code)
        fail_msg("%.*s: %s", STR_ARG(json_of(t, &v)), f.detail);
    code = t->codecs[0].read(&t->codecs[0], t->arena, buf_view(&out), type, &back, &f);
    if (code || !value_equal(&v, &back))
        fail_msg("%.*s: %.*s: %s %.*s", STR_ARG(json_of(t, &v)), (int)out.n, out.p, f.detail,
                 STR_ARG(code ? STR("") : json_of(t, &back)));
    if (type_validate(type, &back, r->direction, &f))
        fail_msg("%.*s: %s", (int)out.n, out.p, f.detail);
    buf_fini(&out);
}

static unsigned
round_trips_of(struct media_fixture *t, const struct media *list, unsigned n,
               enum type_direction direction)
{
    struct random_source r = {.arena = t->arena, .state = n * 2 + 1, .direction = direction};
    struct xml_root_names names;
    unsigned done = 0;

    for (unsigned i = 0; i < n; i++) {
        if (xml_root_of(list[i].type, &names) != XML_WHOLE || is_lossy(list[i].type, 0))
            continue;
        done++;
        for (unsigned k = 0; k < ROUNDS; k++)
            round_trip(t, &r, list[i].type);
    }
    return done;
}

static unsigned
round_trips(const char *path, const char *overlay)
{
    struct media_fixture t;
    unsigned n = 0;

    fixture_load(&t, path, overlay);
    for (unsigned i = 0; i < t.contract->operation_count; i++) {
        const struct operation *o = &t.contract->operations[i];

        n += round_trips_of(&t, o->bodies, o->body_count, TYPE_REQUEST);
        for (unsigned j = 0; j < o->answer_count; j++)
            n += round_trips_of(&t, o->answers[j].media, o->answers[j].media_count, TYPE_ANSWER);
    }
    arena_free(t.arena);
    return n;
}

static void
test_round_trips(void **state)
{
    (void)state;
    assert_int_equal(round_trips("tests/unit/soap/xml_media.yaml", NULL), 8);
    assert_true(round_trips("schemas/customer.yaml", "schemas/customer.overlay.yaml") > 3);
    assert_true(round_trips("schemas/billing.yaml", NULL) > 0);
}

/* What xml_root_of says where no document can be. */
static void
test_lacks(void **state)
{
    struct xml_root_names names;
    struct type item = {.kinds = TYPE_STRING}, list = {.kinds = TYPE_ARRAY, .items = &item};
    struct type any = {.kinds = TYPE_ANY};

    (void)state;
    assert_int_equal(xml_root_of(NULL, &names), XML_UNTYPED);
    assert_int_equal(xml_root_of(&any, &names), XML_UNTYPED);
    assert_int_equal(xml_root_of(&item, &names), XML_UNNAMED);
    list.name = STR("List");
    assert_int_equal(xml_root_of(&list, &names), XML_UNWRAPPED);
    list.xml.wrapped = true;
    assert_int_equal(xml_root_of(&list, &names), XML_ITEMS_UNNAMED);
    item.xml.name = STR("i");
    assert_int_equal(xml_root_of(&list, &names), XML_WHOLE);
    assert_true(str_eq(names.root.name, STR("List")) && str_eq(names.item.name, STR("i")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),        cmocka_unit_test(test_write),
        cmocka_unit_test(test_full),        cmocka_unit_test(test_lacks),
        cmocka_unit_test(test_round_trips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
