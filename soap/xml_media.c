/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xml_media.h"

#include "contract/xml_root.h"
#include "soap/xml_read.h"

struct xml_document {
    const struct type *type;
    const struct xml_root *root; /* NULL: none of that index */
    struct str name, ns;
};

struct room { /* of one contract: indices of types are its own */
    struct xml_codec *codec;
    struct xml_document *documents; /* by type->index */
    bool *prefixed;                 /* by the same: its namespaces have their prefixes */
    unsigned n;
};

struct xml_media {
    struct arena *arena;
    struct room *rooms;
    unsigned n;
    const struct xml_root *generic;
};

/* --- at load --- */

static struct xml_codec *
codec_new(struct arena *a)
{
    struct xml_codec *c = xml_codec_new(a, true);

    if (c)
        c->outside = true;
    return c;
}

/* The prefixes that the contract gives to the namespaces of a type and of all below it. */
static void
add_prefixes(struct room *room, const struct type *t)
{
    if (!t || t->index >= room->n || room->prefixed[t->index])
        return;
    room->prefixed[t->index] = true;
    if (t->xml.ns.n && t->xml.prefix.n)
        xml_codec_prefix(room->codec, t->xml.ns, t->xml.prefix);
    for (uint32_t i = 0; i < t->field_count; i++)
        add_prefixes(room, t->fields[i].type);
    for (uint32_t i = 0; i < t->variant_count; i++)
        add_prefixes(room, t->variants[i].type);
    add_prefixes(room, t->items);
    add_prefixes(room, t->additional);
    add_prefixes(room, t->bare);
}

/* A document that takes any root, so that a wrong one can be told by its due name. */
static const struct xml_root *
root_new(struct xml_codec *c, const struct xml_root_names *names, const struct type *t)
{
    struct xml_table *document = xml_table_new(c, XML_CONTENT_OBJECT, 1), *list = NULL;
    const struct xml_table *content = NULL;

    if (names->item.name.n) {
        const struct type *items = t->bare ? t->bare->items : t->items;

        content = list = xml_table_new(c, XML_CONTENT_WRAPPER, 1);
        xml_table_element(c, list, names->item.ns, names->item.name, names->item.name,
                          xml_table_of(c, items), true);
    } else {
        content = xml_table_of(c, t);
    }
    if (list)
        list->nillable = t->kinds & TYPE_NULL;
    xml_table_element(c, document, names->root.ns, names->root.name, names->root.name, content,
                      false);
    return xml_codec_document(c, document);
}

static void
add_type(struct room *room, const struct type *t)
{
    struct xml_root_names names;
    struct xml_document *d = t && t->index < room->n ? &room->documents[t->index] : NULL;

    if (!d || d->root || xml_root_of(t, &names) != XML_WHOLE)
        return;
    add_prefixes(room, t);
    *d = (struct xml_document){t, root_new(room->codec, &names, t), names.root.name, names.root.ns};
}

static void
add_media(struct room *room, const struct media *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        add_type(room, list[i].type);
}

static void
add_operation(struct room *room, const struct operation *o)
{
    add_media(room, o->bodies, o->body_count);
    for (unsigned i = 0; i < o->answer_count; i++)
        add_media(room, o->answers[i].media, o->answers[i].media_count);
    for (unsigned i = 0; i < o->binding->call_count; i++) {
        const struct call *c = &o->binding->calls[i];

        if (c->remote)
            continue;
        add_type(room, c->answer);
        add_type(room, c->body);
    }
}

static bool
room_init(struct room *room, struct arena *a, const struct contract *c)
{
    room->n = type_set_count(c->types);
    room->codec = codec_new(a);
    room->documents = ARENA_ARRAY(a, (size_t)room->n + 1, struct xml_document);
    room->prefixed = ARENA_ARRAY(a, (size_t)room->n + 1, bool);
    if (!room->codec || !room->documents || !room->prefixed)
        return false;
    for (unsigned i = 0; i < c->operation_count; i++)
        add_operation(room, &c->operations[i]);
    return xml_codec_finish(room->codec);
}

static const struct xml_root *
generic_root(struct arena *a)
{
    struct xml_codec *c = codec_new(a);
    const struct xml_root *root = c ? xml_codec_document(c, &c->generic) : NULL;

    return root && xml_codec_finish(c) ? root : NULL;
}

const struct xml_media *
xml_media_new(struct arena *a, const struct contract *const *contracts, unsigned n)
{
    struct xml_media *m = ARENA_NEW(a, struct xml_media);

    if (!m)
        return NULL;
    m->arena = a;
    m->n = n;
    m->rooms = ARENA_ARRAY(a, (size_t)n + 1, struct room);
    m->generic = generic_root(a);
    if (!m->rooms || !m->generic)
        return NULL;
    for (unsigned i = 0; i < n; i++)
        if (!room_init(&m->rooms[i], a, contracts[i]))
            return NULL;
    return m;
}

/* --- bodies --- */

static const struct xml_document *
document_find(const struct xml_media *m, const struct type *t)
{
    for (unsigned i = 0; i < m->n; i++) {
        const struct room *room = &m->rooms[i];

        if (t->index < room->n && room->documents[t->index].type == t)
            return &room->documents[t->index];
    }
    return NULL;
}

static enum fault_code
refuse_root(const struct xml_document *d, struct fault *f)
{
    if (d->ns.n)
        return fault_set(f, FAULT_INVALID_BODY,
                         "the root element must be %.*s of the namespace %.*s", STR_ARG(d->name),
                         STR_ARG(d->ns));
    return fault_set(f, FAULT_INVALID_BODY, "the root element must be %.*s, without a namespace",
                     STR_ARG(d->name));
}

static enum fault_code
read_xml(const struct codec *c, struct arena *a, struct str bytes, const struct type *t,
         struct value *out, struct fault *f)
{
    const struct xml_media *m = c->tables;
    struct xml_root_names names;
    const struct xml_document *d = t ? document_find(m, t) : NULL;
    struct value document;
    unsigned unknown;
    enum fault_code code;

    if (!d && xml_root_of(t, &names) != XML_UNTYPED)
        return fault_set(f, FAULT_INVALID_BODY, "by its type this can not be XML: it has no root");
    code = xml_read_document(d ? d->root : m->generic, a, bytes, FAULT_INVALID_BODY, &document,
                             &unknown, f);
    if (code)
        return code;
    if (!document.n)
        return d ? refuse_root(d, f) : fault_set(f, FAULT_INVALID_BODY, "no XML element");
    *out = document.members[0].value;
    return FAULT_NONE;
}

static enum fault_code
write_xml(const struct codec *c, struct buf *out, const struct value *v, const struct type *t,
          struct fault *f)
{
    const struct xml_document *d = t ? document_find(c->tables, t) : NULL;
    size_t before = out->n;
    enum fault_code code;

    if (!d)
        return fault_set(f, FAULT_INVALID_VALUE, "has no root element in XML");
    buf_str(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
    code = xml_write(d->root, v, out, f);
    if (code && !out->failed)
        out->n = before;
    return code;
}

void
xml_media_codecs(const struct xml_media *m, struct codec out[XML_MEDIA_CODECS])
{
    struct codec codec = {.media = STR("application/xml"),
                          .suffix = STR("+xml"),
                          .tables = m,
                          .read = read_xml,
                          .write = write_xml};

    out[0] = codec;
    codec.media = STR("text/xml");
    codec.suffix = STR_NONE;
    out[1] = codec;
}
