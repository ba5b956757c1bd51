/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/service.h"

#include "soap/wsa.h"
#include "soap/wsdl_write.h"
#include "soap/xml_publish.h"

static struct xml_table *
object_table(struct xml_codec *c, size_t n, bool strict)
{
    struct xml_table *t = xml_table_new(c, XML_CONTENT_OBJECT, (uint32_t)n);

    if (t)
        t->strict = strict;
    return t;
}

bool
service_offers(const struct operation *o)
{
    return o->soap && !o->binding->proxy;
}

/* ---- Names ---- */

static bool
element_is_taken(const struct service *s, struct str name)
{
    if (str_eq(name, STR("problem"))) /* the message of the faults */
        return true;
    for (unsigned i = 0; i < s->operation_count; i++)
        if (str_eq(s->operations[i].element, name) || str_eq(s->operations[i].answer_element, name))
            return true;
    return false;
}

/* The wish, or the wish with a number, that no element has yet. */
static struct str
free_element(struct service *s, struct str wish)
{
    struct str name = wish;

    for (unsigned n = 2; name.p && element_is_taken(s, name); n++)
        name = arena_printf(s->arena, "%.*s_%u", STR_ARG(wish), n);
    s->codec->failed |= !name.p;
    return name;
}

/* The contract's name as a part of a URN. */
static struct str
namespace_of(struct arena *a, struct str name)
{
    struct str ns = arena_printf(a, "urn:telgate:%.*s", STR_ARG(name));
    char *p = (char *)(uintptr_t)ns.p;

    for (size_t i = 0; p && i < ns.n; i++)
        if ((unsigned char)p[i] <= ' ' || (unsigned char)p[i] >= 127 ||
            strchr("\"<>\\^`{|}#%", p[i]))
            p[i] = '-';
    return ns;
}

/* "Customer Management" as "CustomerManagement". */
static struct str
name_of(struct arena *a, struct str title)
{
    struct str copy = arena_dup(a, title);
    char *p = (char *)(uintptr_t)copy.p;
    size_t n = 0;

    for (size_t i = 0; p && i < title.n; i++)
        if (title.p[i] != ' ')
            p[n++] = title.p[i];
    return xml_publish_ncname(a, n ? (struct str){p, n} : STR("Service"));
}

static struct str
type_name(const struct type *t, struct str otherwise)
{
    if (!t)
        return otherwise;
    if (t->name.n)
        return t->name;
    return t->items && t->items->name.n && !(t->kinds & TYPE_OBJECT) ? t->items->name : otherwise;
}

/* ---- Requests ---- */

static bool
member_is_taken(const struct service_operation *o, struct str name)
{
    for (unsigned i = 0; i < o->member_count; i++)
        if (str_eq(o->members[i].name, name))
            return true;
    return false;
}

static void
add_member(struct service *s, struct service_operation *o, struct xml_table *t, int parameter,
           struct field field)
{
    struct str wish = field.name;

    for (unsigned n = 2; field.name.p && member_is_taken(o, field.name); n++)
        field.name = arena_printf(s->arena, "%.*s_%u", STR_ARG(wish), n);
    if (s->codec->failed || !field.name.p) {
        s->codec->failed = true;
        return;
    }
    field.xml = (struct type_xml){.name = field.name};
    o->members[o->member_count++] = (struct service_member){field.name, parameter};
    xml_table_field(s->codec, t, &field);
}

static bool
is_member(const struct parameter *p)
{
    return p->place == IN_PATH || p->place == IN_QUERY || p->required;
}

static void
build_request(struct service *s, struct service_operation *o)
{
    const struct operation *from = o->operation;
    struct xml_table *t = object_table(s->codec, from->parameter_count + 2, true);

    o->members = ARENA_ARRAY(s->arena, from->parameter_count + 1, struct service_member);
    s->codec->failed |= !o->members;
    for (unsigned i = 0; i < from->parameter_count; i++) {
        const struct parameter *p = &from->parameters[i];

        if (is_member(p))
            add_member(s, o, t, (int)i,
                       (struct field){.name = p->name, .type = p->type, .required = p->required});
    }
    if (from->body_count)
        add_member(s, o, t, -1,
                   (struct field){.name = type_name(from->bodies[0].type, STR("body")),
                                  .type = from->bodies[0].type,
                                  .required = from->body_required});
    o->request = t;
}

/* ---- Answers ---- */

static bool
is_success(const struct operation *o, const struct answer *a)
{
    return a->status / 100 == 2 || a->status == 2 || a == o->success;
}

/* Two lists of the same items are written alike. */
static bool
is_alike(const struct type *a, const struct type *b)
{
    return a == b || (a && b && a->kinds == TYPE_ARRAY && b->kinds == TYPE_ARRAY && a->items &&
                      a->items == b->items && !a->xml.wrapped && !b->xml.wrapped);
}

static bool
answer_is_known(const struct service_operation *o, const struct type *t)
{
    for (unsigned i = 0; i < o->answer_count; i++)
        if (is_alike(o->answers[i].type, t))
            return true;
    return false;
}

static bool
answer_name_is_taken(const struct service_operation *o, struct str name)
{
    for (unsigned i = 0; i < o->answer_count; i++)
        if (str_eq(o->answers[i].name, name))
            return true;
    return false;
}

static void
add_answer(struct service *s, struct service_operation *o, const struct type *t)
{
    struct str wish = type_name(t, STR("body")), name = wish;

    for (unsigned n = 2; name.p && answer_name_is_taken(o, name); n++)
        name = arena_printf(s->arena, "%.*s_%u", STR_ARG(wish), n);
    s->codec->failed |= !name.p;
    o->answers[o->answer_count++] = (struct service_answer){t, name};
}

/* One element for each type that a success may answer; required where it is the only one. */
static void
build_answer(struct service *s, struct service_operation *o)
{
    const struct operation *from = o->operation;
    bool empty = false;
    struct xml_table *t;

    o->answers = ARENA_ARRAY(s->arena, from->answer_count + 1, struct service_answer);
    s->codec->failed |= !o->answers;
    for (unsigned i = 0; i < from->answer_count && o->answers; i++) {
        const struct answer *a = &from->answers[i];

        if (!is_success(from, a))
            continue;
        empty |= !a->media_count;
        if (a->media_count && !answer_is_known(o, a->media[0].type))
            add_answer(s, o, a->media[0].type);
    }
    t = object_table(s->codec, o->answer_count + 1, true);
    for (unsigned i = 0; i < o->answer_count && !s->codec->failed; i++) {
        struct field field = {.name = o->answers[i].name,
                              .type = o->answers[i].type,
                              .required = o->answer_count == 1 && !empty,
                              .xml = {.name = o->answers[i].name}};

        xml_table_field(s->codec, t, &field);
    }
    o->answer = t;
}

static const struct xml_root *
element_root(struct service *s, struct str name, const struct xml_table *content)
{
    struct xml_table *document = object_table(s->codec, 1, true);

    xml_table_element(s->codec, document, s->ns, name, name, content, false);
    return xml_codec_document(s->codec, document);
}

static void
build_operation(struct service *s, const struct operation *from)
{
    struct service_operation *o = &s->operations[s->operation_count];
    struct str id = xml_publish_ncname(s->arena, from->id);

    o->operation = from;
    o->element = free_element(s, id);
    o->answer_element =
        free_element(s, arena_printf(s->arena, "%.*sResponse", STR_ARG(o->element)));
    o->action = arena_printf(s->arena, "%.*s#%.*s", STR_ARG(s->ns), STR_ARG(o->element));
    /* WS-Addressing's WSDL binding, section 4.4.4: the WSDL names no action, or else zeep would
     * send the headers unasked. */
    o->answer_action = arena_printf(s->arena, "%.*s:%.*sPortType:%.*sResponse", STR_ARG(s->ns),
                                    STR_ARG(s->name), STR_ARG(o->element));
    s->codec->failed |= !o->action.p || !o->answer_action.p;
    s->operation_count++;
    build_request(s, o);
    build_answer(s, o);
    o->received = element_root(s, o->element, o->request);
    o->sent = element_root(s, o->answer_element, o->answer);
}

/* ---- Envelopes ---- */

/* A header block: who must understand it, and nothing of what is in it. */
static const struct xml_table *
block_table(struct xml_codec *c, const char *ns, const char *role)
{
    struct xml_table *t = object_table(c, 2, false);
    struct xml_table *text = xml_table_new(c, XML_CONTENT_STRING, 0);

    if (text)
        text->collapse = true;
    xml_table_attribute(c, t, str_of(ns), STR("mustUnderstand"), STR(SERVICE_MUST_UNDERSTAND),
                        text);
    xml_table_attribute(c, t, str_of(ns), str_of(role), STR(SERVICE_ROLE), text);
    return t;
}

static void
add_envelope(struct service *s, struct xml_table *document, enum soap_version version, bool outline)
{
    struct xml_codec *c = s->codec;
    const char *ns = version == SOAP_11 ? NS_SOAP11 : NS_SOAP12;
    struct xml_table *envelope = object_table(c, 2, true),
                     *header = object_table(c, WSA_BLOCKS, false);
    struct xml_table *body = object_table(c, s->operation_count + 1, true);
    const struct xml_table *any = object_table(c, 1, false);

    if (c->failed)
        return;
    header->otherwise = block_table(c, ns, version == SOAP_11 ? "actor" : "role");
    wsa_tables(c, header, ns, version == SOAP_11 ? "actor" : "role");
    body->otherwise = any;
    for (unsigned i = 0; i < s->operation_count; i++) {
        const struct service_operation *o = &s->operations[i];

        xml_table_element(c, body, s->ns, o->element, o->element, outline ? any : o->request,
                          false);
    }
    xml_table_element(c, envelope, str_of(ns), STR("Header"), STR("Header"), header, false);
    xml_table_element(c, envelope, str_of(ns), STR("Body"), STR("Body"), body, false);
    xml_table_element(c, document, str_of(ns), STR("Envelope"),
                      version == SOAP_11 ? STR("1.1") : STR("1.2"), envelope, false);
}

static const struct xml_root *
envelope_root(struct service *s, bool outline)
{
    struct xml_table *document = object_table(s->codec, 2, false);

    add_envelope(s, document, SOAP_11, outline);
    add_envelope(s, document, SOAP_12, outline);
    return xml_codec_document(s->codec, document);
}

static bool
build(struct service *s)
{
    for (unsigned i = 0; i < s->contract->operation_count && !s->codec->failed; i++)
        if (service_offers(&s->contract->operations[i]))
            build_operation(s, &s->contract->operations[i]);
    if (s->codec->failed)
        return false;
    s->envelope = envelope_root(s, false);
    s->outline = envelope_root(s, true);
    return xml_codec_finish(s->codec) && wsdl_write_head(s);
}

const struct service *
service_new(struct arena *a, const struct contract *c)
{
    struct service *s = ARENA_NEW(a, struct service);

    if (!s)
        return NULL;
    s->arena = a;
    s->contract = c;
    s->ns = namespace_of(a, c->name);
    s->path = arena_printf(a, "/soap/%.*s", STR_ARG(c->name));
    s->name = name_of(a, c->title);
    s->codec = xml_codec_new(a, true);
    s->operations = ARENA_ARRAY(a, c->operation_count + 1, struct service_operation);
    if (!s->ns.p || !s->path.p || !s->name.p || !s->codec || !s->operations)
        return NULL;
    s->codec->ns = s->ns;
    s->codec->outside = true;
    return build(s) ? s : NULL;
}

const struct service_operation *
service_find(const struct service *s, struct str element)
{
    for (unsigned i = 0; i < s->operation_count; i++)
        if (str_eq(s->operations[i].element, element))
            return &s->operations[i];
    return NULL;
}

const struct service_answer *
service_answer(const struct service_operation *o, unsigned status)
{
    const struct answer *a = operation_answer(o->operation, status);
    const struct type *t = a && a->media_count ? a->media[0].type : NULL;

    for (unsigned i = 0; i < o->answer_count; i++)
        if (is_alike(o->answers[i].type, t))
            return &o->answers[i];
    return o->answer_count ? &o->answers[0] : NULL;
}
