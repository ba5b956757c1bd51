/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The envelope as tables of the codec's own kind, so that one pass over an answer checks the
 * envelope, steps over its headers, and reads body or fault by type.
 */
#include "soap/envelope.h"

struct building {
    struct envelope e; /* the first member */
    struct arena *arena;
    const struct xml_root *sent; /* for the declarations of what is written */
    enum soap_version version;
};

static struct xml_table *
object_table(struct xml_codec *c, uint32_t n, bool strict)
{
    struct xml_table *t = xml_table_new(c, XML_CONTENT_OBJECT, n);

    if (t)
        t->strict = strict;
    return t;
}

static const struct xml_table *
text_table(struct xml_codec *c)
{
    struct xml_table *t = xml_table_new(c, XML_CONTENT_STRING, 0);

    if (t)
        t->collapse = true;
    return t;
}

static void
add(struct xml_codec *c, struct xml_table *t, const char *ns, const char *local,
    const struct xml_table *child)
{
    xml_table_element(c, t, str_of(ns), str_of(local), str_of(local), child, false);
}

/* ---- Faults ---- */

static const struct xml_table *
detail_table(struct xml_codec *c, const struct envelope_spec *spec)
{
    struct xml_table *t = object_table(c, spec->fault_count, false);

    for (unsigned i = 0; i < spec->fault_count; i++) {
        const struct envelope_fault *f = &spec->faults[i];

        xml_table_element(c, t, f->ns, f->local, f->name, xml_table_of(c, f->type), false);
    }
    return t;
}

static const struct xml_table *
fault11_table(struct xml_codec *c, const struct xml_table *detail)
{
    struct xml_table *t = object_table(c, 3, false);

    add(c, t, "", "faultcode", text_table(c));
    add(c, t, "", "faultstring", text_table(c));
    add(c, t, "", "detail", detail);
    return t;
}

static const struct xml_table *
code_table(struct xml_codec *c, unsigned depth)
{
    struct xml_table *t = object_table(c, 2, false);

    add(c, t, NS_SOAP12, "Value", text_table(c));
    if (depth > 0)
        add(c, t, NS_SOAP12, "Subcode", code_table(c, depth - 1));
    return t;
}

static const struct xml_table *
fault12_table(struct xml_codec *c, const struct xml_table *detail)
{
    struct xml_table *t = object_table(c, 3, false), *reason = object_table(c, 1, false);

    xml_table_element(c, reason, STR(NS_SOAP12), STR("Text"), STR("Text"), text_table(c), true);
    add(c, t, NS_SOAP12, "Code", code_table(c, 3));
    add(c, t, NS_SOAP12, "Reason", reason);
    add(c, t, NS_SOAP12, "Detail", detail);
    return t;
}

/* ---- Answers ---- */

static void
add_answer(struct xml_codec *c, struct xml_table *body, const struct envelope_part *part)
{
    const struct type *type = part->type;

    if (part->single) {
        xml_table_element(c, body, part->ns, part->local, part->local, xml_table_of(c, type),
                          false);
        return;
    }
    for (uint32_t i = 0; type && i < type->field_count; i++) {
        const struct field *f = &type->fields[i];

        xml_table_element(c, body, f->type->xml.ns,
                          f->type->xml.name.n ? f->type->xml.name : f->name, f->name,
                          xml_table_of(c, f->type), false);
        if (!c->failed)
            body->slots[body->slot_count - 1].required = false; /* a fault may stand there */
    }
}

static const struct xml_table *
body_table(struct xml_codec *c, const struct envelope_spec *spec, const char *ns,
           const struct xml_table *fault)
{
    const struct type *type = spec->answer.type;
    struct xml_table *body = object_table(c, (type ? type->field_count : 0) + 2, true);

    add_answer(c, body, &spec->answer);
    add(c, body, ns, "Fault", fault);
    return body;
}

static void
add_envelope(struct xml_codec *c, struct xml_table *document, const char *ns,
             const struct xml_table *body)
{
    struct xml_table *envelope = object_table(c, 2, true);

    add(c, envelope, ns, "Header", &c->skip);
    add(c, envelope, ns, "Body", body);
    if (!c->failed)
        envelope->slots[1].required = true;
    xml_table_element(c, document, str_of(ns), STR("Envelope"), STR("Envelope"), envelope, false);
}

static const struct xml_root *
answer_root(struct xml_codec *c, const struct envelope_spec *spec)
{
    struct xml_table *document = object_table(c, 2, true);
    const struct xml_table *detail = detail_table(c, spec);

    add_envelope(c, document, NS_SOAP11, body_table(c, spec, NS_SOAP11, fault11_table(c, detail)));
    add_envelope(c, document, NS_SOAP12, body_table(c, spec, NS_SOAP12, fault12_table(c, detail)));
    return xml_codec_document(c, document);
}

/* ---- Requests ---- */

static const struct xml_table *
request_table(struct xml_codec *c, const struct envelope_part *part)
{
    struct xml_table *document;

    if (!part->type)
        return NULL;
    if (!part->single)
        return xml_table_of(c, part->type);
    document = object_table(c, 1, false);
    xml_table_element(c, document, part->ns, part->local, part->local, xml_table_of(c, part->type),
                      false);
    return document;
}

/* A table over body and headers, made for its declarations. */
static const struct xml_root *
sent_root(struct xml_codec *c, const struct envelope *e)
{
    struct xml_table *both = object_table(c, 2, false);

    if (e->request)
        xml_table_element(c, both, STR_NONE, STR("body"), STR("body"), e->request, false);
    if (e->headers)
        xml_table_element(c, both, STR_NONE, STR("headers"), STR("headers"), e->headers, false);
    return xml_codec_document(c, both);
}

struct envelope *
envelope_new(struct xml_codec *c, const struct envelope_spec *spec)
{
    struct building *b = ARENA_NEW(c->arena, struct building);
    struct envelope *e = &b->e;

    if (!b)
        return NULL;
    b->arena = c->arena;
    b->version = spec->version;
    e->request = request_table(c, &spec->request);
    e->request_single = spec->request.single;
    e->headers = spec->headers ? xml_table_of(c, spec->headers) : NULL;
    b->sent = sent_root(c, e);
    e->answer = answer_root(c, spec);
    e->answer_single = spec->answer.single;
    e->answer_empty = !spec->answer.type;
    e->answer_name = spec->answer.local;
    e->action = spec->action;
    e->wsa_action = spec->wsa_action;
    return c->failed ? NULL : e;
}

/* An action inside a quoted-string: quotes and controls have no business in a URI. */
static bool
is_quotable(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == '"' || s.p[i] == '\\' || s.p[i] == 0x7F)
            return false;
    return true;
}

static void
write_head(struct building *b)
{
    struct envelope *e = &b->e;
    struct str action = is_quotable(e->action) ? e->action : STR_NONE;

    if (b->version == SOAP_11) {
        e->content_type = STR("text/xml; charset=utf-8");
        e->action = arena_printf(b->arena, "\"%.*s\"", STR_ARG(action));
    } else if (action.n) {
        e->content_type = arena_printf(
            b->arena, "application/soap+xml; charset=utf-8; action=\"%.*s\"", STR_ARG(action));
        e->action = STR_NONE;
    } else {
        e->content_type = STR("application/soap+xml; charset=utf-8");
        e->action = STR_NONE;
    }
}

bool
envelope_finish(struct envelope *e)
{
    struct building *b = (struct building *)e;
    const char *ns = b->version == SOAP_11 ? NS_SOAP11 : NS_SOAP12;

    write_head(b);
    e->open = arena_printf(b->arena,
                           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                           "<e:Envelope xmlns:e=\"%s\"%.*s>",
                           ns, STR_ARG(b->sent->declarations));
    return e->open.p && e->content_type.p && (b->version == SOAP_12 || e->action.p);
}
