/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xml_table.h"

#include "contract/xml_root.h"
#include "soap/xml_publish.h"

#include <libxml/parser.h>
#include <stdatomic.h>

#define NS_XSI "http://www.w3.org/2001/XMLSchema-instance"
#define NS_XSD "http://www.w3.org/2001/XMLSchema"
#define NS_XML "http://www.w3.org/XML/1998/namespace"

struct xml_todo { /* a table whose members are not written yet */
    struct xml_todo *next;
    struct xml_table *table;
};

struct xml_pending { /* a root whose declarations are not written yet */
    struct xml_pending *next;
    struct xml_root *root;
};

static void
free_names(void *names)
{
    xmlDictFree(names);
}

struct xml_codec *
xml_codec_new(struct arena *a, bool open)
{
    static atomic_uint serials;
    struct xml_codec *c = ARENA_NEW(a, struct xml_codec);

    if (!c)
        return NULL;
    xmlInitParser();
    c->arena = a;
    c->open = open;
    c->last = &c->todo;
    c->serial = ++serials;
    c->names = xmlDictCreate();
    if (!c->names)
        return NULL;
    if (arena_defer(a, free_names, c->names) != FAULT_NONE) {
        xmlDictFree(c->names);
        return NULL;
    }
    c->xsi = xmlDictLookup(c->names, xml_chars(NS_XSI), -1);
    c->nil = xmlDictLookup(c->names, xml_chars("nil"), -1);
    c->type = xmlDictLookup(c->names, xml_chars("type"), -1);
    c->generic = (struct xml_table){
        .content = XML_CONTENT_GENERIC, .text = -1, .any = -1, .discriminator = -1};
    c->skip = c->generic;
    c->skip.content = XML_CONTENT_SKIP;
    return c->xsi && c->nil && c->type ? c : NULL;
}

/* ---- Names and tags ---- */

static const xmlChar *
intern(struct xml_codec *c, struct str s)
{
    const xmlChar *name = s.n ? xmlDictLookup(c->names, xml_chars(s.p), (int)s.n) : NULL;

    if (s.n && !name)
        c->failed = true;
    return name;
}

/* "n1:", "xml:" or "" for a namespace that is interned. */
static const char *
prefix_of(struct xml_codec *c, const xmlChar *ns)
{
    unsigned i = 0;
    struct str prefix;

    if (!ns)
        return "";
    if (ns == c->xsi)
        return "xsi:";
    if (strcmp((const char *)ns, NS_XML) == 0)
        return "xml:";
    while (i < c->namespace_count && c->namespaces[i] != ns)
        i++;
    if (i == XML_NAMESPACES) {
        c->failed = true;
        return "";
    }
    if (i == c->namespace_count)
        c->namespaces[c->namespace_count++] = ns;
    prefix = c->prefixes[i].n ? arena_printf(c->arena, "%.*s:", STR_ARG(c->prefixes[i]))
                              : arena_printf(c->arena, "n%u:", i + 1);
    c->failed |= prefix.p == NULL;
    return prefix.p ? prefix.p : "";
}

/* Not one of those that the codec gives itself, and none of XML's own. */
static bool
is_free_prefix(const struct xml_codec *c, struct str prefix)
{
    for (unsigned i = 0; i < c->namespace_count; i++)
        if (str_eq(c->prefixes[i], prefix))
            return false;
    return xml_is_ncname(prefix) && !str_eq_nocase(str_head(prefix, 3), STR("xml")) &&
           !str_eq(prefix, STR("xsi")) && !str_eq(prefix, STR("xs")) &&
           !(prefix.n > 1 && prefix.p[0] == 'n' && prefix.p[1] >= '0' && prefix.p[1] <= '9');
}

void
xml_codec_prefix(struct xml_codec *c, struct str ns, struct str prefix)
{
    const xmlChar *name = intern(c, ns);

    if (!name || name == c->xsi || str_eq(ns, STR(NS_XML)) || c->namespace_count == XML_NAMESPACES)
        return;
    for (unsigned i = 0; i < c->namespace_count; i++)
        if (c->namespaces[i] == name)
            return;
    if (!is_free_prefix(c, prefix))
        return;
    c->prefixes[c->namespace_count] = prefix;
    c->namespaces[c->namespace_count++] = name;
}

static struct str
padded(struct xml_codec *c, struct str s)
{
    char *copy = arena_zalloc(c->arena, 1, s.n + XML_TAG_PADDING);

    if (!copy || !s.p) {
        c->failed = true;
        return STR_NONE;
    }
    memcpy(copy, s.p, s.n);
    return (struct str){copy, s.n};
}

static void
field_name(struct xml_codec *c, struct xml_field *f, struct str ns, struct str local,
           bool is_attribute)
{
    const char *prefix;

    f->local = intern(c, local);
    f->ns = intern(c, ns);
    prefix = prefix_of(c, f->ns);
    f->tag = padded(c, is_attribute ? arena_printf(c->arena, " %s%.*s=\"", prefix, STR_ARG(local))
                                    : arena_printf(c->arena, "<%s%.*s>", prefix, STR_ARG(local)));
    f->close = padded(c, arena_printf(c->arena, "</%s%.*s>", prefix, STR_ARG(local)));
}

/* ---- Tables ---- */

struct xml_table *
xml_table_new(struct xml_codec *c, enum xml_content content, uint32_t n)
{
    struct xml_table *t = ARENA_NEW(c->arena, struct xml_table);

    if (!t) {
        c->failed = true;
        return NULL;
    }
    t->content = (uint8_t)content;
    t->text = t->any = t->discriminator = -1;
    t->ignores_text = content == XML_CONTENT_OBJECT || content == XML_CONTENT_WRAPPER;
    t->slots = ARENA_ARRAY(c->arena, n ? n : 1, struct xml_slot);
    t->elements = ARENA_ARRAY(c->arena, n ? n : 1, struct xml_field);
    t->attributes = ARENA_ARRAY(c->arena, n ? n : 1, struct xml_field);
    c->failed |= !t->slots || !t->elements || !t->attributes;
    return c->failed ? NULL : t;
}

void
xml_table_element(struct xml_codec *c, struct xml_table *t, struct str ns, struct str local,
                  struct str name, const struct xml_table *child, bool repeats)
{
    struct xml_field *f;

    if (!t || !child) {
        c->failed = true;
        return;
    }
    f = &t->elements[t->element_count++];
    field_name(c, f, ns, local, false);
    f->table = child;
    f->repeats = repeats;
    f->is_leaf = !repeats && child->content < XML_CONTENT_OBJECT;
    f->slot = t->slot_count;
    t->slots[t->slot_count++] = (struct xml_slot){.name = name, .field = f};
}

/* Of the members that an object does not name; NULL where they can be read as they come. */
static const struct type *
additional_of(const struct xml_codec *c, const struct type *t)
{
    const struct type *a = c->outside && !c->ns.n && !t->closed ? t->additional : NULL;

    return a && a->kinds != TYPE_ANY && !type_is_list(a) ? a : NULL;
}

static enum xml_content
content_of(const struct xml_codec *c, const struct type *t)
{
    uint8_t kinds = t->kinds & (uint8_t)~TYPE_NULL;

    if (kinds == TYPE_OBJECT)
        return t->field_count || t->variant_count || t->closed || !c->open || additional_of(c, t)
                   ? XML_CONTENT_OBJECT
                   : XML_CONTENT_MAP;
    if (kinds == TYPE_ARRAY)
        return XML_CONTENT_WRAPPER;
    if (kinds & (TYPE_OBJECT | TYPE_ARRAY))
        return XML_CONTENT_GENERIC;
    if (kinds & TYPE_STRING)
        return XML_CONTENT_STRING;
    if (kinds == TYPE_BOOLEAN)
        return XML_CONTENT_BOOLEAN;
    return kinds & TYPE_BOOLEAN ? XML_CONTENT_SCALAR : XML_CONTENT_NUMBER;
}

static bool
is_floating(const struct type *t)
{
    return t->format == FORMAT_DOUBLE || t->format == FORMAT_FLOAT;
}

static struct xml_table *
table_begin(struct xml_codec *c, const struct type *t)
{
    bool has_members = t->kinds & (TYPE_OBJECT | TYPE_ARRAY);
    struct xml_table *table = xml_table_new(c, content_of(c, t), t->field_count + 1);
    struct xml_todo *todo = has_members ? ARENA_NEW(c->arena, struct xml_todo) : NULL;

    if (!table || (has_members && !todo)) {
        c->failed = true;
        return NULL;
    }
    table->type = t;
    table->nillable = t->kinds & TYPE_NULL;
    table->strip = t->format == FORMAT_BYTE;
    table->collapse =
        table->strip || node_get(t->schema, "x-xml-space") || (c->ns.n && xml_publish_collapses(t));
    table->typed = table->strict = c->ns.n > 0;
    table->integer = !(t->kinds & TYPE_FRACTION);
    table->plain = !is_floating(t);
    if (todo) {
        todo->table = table;
        *c->last = todo;
        c->last = &todo->next;
    }
    return table;
}

static bool
index_room(struct xml_codec *c, unsigned index)
{
    unsigned room = c->room ? c->room : 64;
    struct xml_table **grown;

    if (index < c->room)
        return true;
    while (room <= index)
        room *= 2;
    grown = ARENA_ARRAY(c->arena, room, struct xml_table *);
    if (!grown) {
        c->failed = true;
        return false;
    }
    if (c->room)
        memcpy(grown, c->by_index, c->room * sizeof(struct xml_table *));
    c->by_index = grown;
    c->room = room;
    return true;
}

const struct xml_table *
xml_table_of(struct xml_codec *c, const struct type *t)
{
    struct xml_table *table;

    if (!t)
        return &c->generic;
    if (!index_room(c, t->index))
        return NULL;
    if (c->by_index[t->index])
        return c->by_index[t->index];
    table = table_begin(c, t->bare ? t->bare : t);
    c->by_index[t->index] = table;
    if (table && t->bare) {
        table->nillable = true;
        table->bare = xml_table_of(c, t->bare);
        if (c->by_index[t->bare->index])
            c->by_index[t->bare->index]->nilled = true;
    }
    return table;
}

/* ---- Members of a type ---- */

static struct type_xml
xml_of(const struct type *t, struct str otherwise)
{
    struct type_xml xml = t ? t->xml : (struct type_xml){0};

    if (!xml.name.n)
        xml.name = otherwise;
    return xml;
}

/* The name of a list's elements: OpenAPI takes it from `items`. */
static struct type_xml
item_xml(const struct type *list, struct str otherwise)
{
    const struct type *item = list->items;

    if (item && (item->xml.name.n || item->xml.ns.n))
        return xml_of(item, otherwise);
    return list->xml.wrapped ? (struct type_xml){.name = otherwise, .ns = list->xml.ns}
                             : xml_of(list, otherwise);
}

/* The table around a wrapped list's items. */
static const struct xml_table *
wrapper_table(struct xml_codec *c, const struct type *list, struct str otherwise)
{
    struct type_xml xml = xml_publish(c, item_xml(list, otherwise), NULL);
    struct xml_table *t = xml_table_new(c, XML_CONTENT_WRAPPER, 1);

    if (t) {
        t->nillable = list->kinds & TYPE_NULL;
        t->strict = c->ns.n > 0;
    }
    xml_table_element(c, t, xml.ns, xml.name, otherwise, xml_table_of(c, list->items), true);
    return t;
}

static bool
is_empty_list(const struct value *v)
{
    return v && v->kind == VALUE_ARRAY && v->n == 0;
}

static void
add_element(struct xml_codec *c, struct xml_table *t, const struct field *field)
{
    bool list = type_is_list(field->type);
    bool wrapped = list && (field->type->xml.wrapped || xml_publish_wraps(c, field->type));
    struct type_xml xml =
        list && !wrapped ? item_xml(field->type, field->name) : xml_of(field->type, field->name);
    struct xml_slot *slot;

    xml = xml_publish(c, xml, t);
    if (wrapped)
        xml_table_element(c, t, xml.ns, xml.name, field->name,
                          wrapper_table(c, field->type, field->name), false);
    else
        xml_table_element(c, t, xml.ns, xml.name, field->name,
                          xml_table_of(c, list ? field->type->items : field->type), list);
    if (c->failed)
        return;
    slot = &t->slots[t->slot_count - 1];
    slot->required = field->required;
    slot->empty_list =
        list && !wrapped && (field->required || is_empty_list(field->type->fallback));
}

void
xml_table_attribute(struct xml_codec *c, struct xml_table *t, struct str ns, struct str local,
                    struct str name, const struct xml_table *child)
{
    struct xml_field *f;

    if (!t || !child) {
        c->failed = true;
        return;
    }
    f = &t->attributes[t->attribute_count++];
    field_name(c, f, ns, local, true);
    f->table = child;
    f->slot = t->slot_count;
    t->slots[t->slot_count++] = (struct xml_slot){.name = name, .field = f, .node = XML_ATTRIBUTE};
}

static void
add_attribute(struct xml_codec *c, struct xml_table *t, const struct field *field,
              struct type_xml xml)
{
    xml_table_attribute(c, t, xml.ns, xml.name, field->name, xml_table_of(c, field->type));
    t->slots[t->slot_count - 1].required = field->required && !c->failed;
}

static bool
is_discriminator(const struct xml_table *t, const struct field *field, struct type_xml xml)
{
    return str_eq(t->type->discriminator, field->name) ||
           (xml.node == XML_ATTRIBUTE && str_eq(xml.ns, STR(NS_XSI)) &&
            str_eq(xml.name, STR("type")));
}

static void
add_other(struct xml_table *t, const struct field *field, uint8_t node, int32_t *which)
{
    *which = (int32_t)t->slot_count;
    t->slots[t->slot_count++] =
        (struct xml_slot){.name = field->name, .node = node, .required = field->required};
}

void
xml_table_field(struct xml_codec *c, struct xml_table *t, const struct field *field)
{
    struct type_xml xml = xml_of(field->type, field->name);

    if (c->outside && t->type && str_eq(t->type->discriminator, field->name)) {
        t->discriminator = (int32_t)t->slot_count; /* beside xsi:type: its value may be any */
    } else if (t->type && is_discriminator(t, field, xml)) {
        add_other(t, field, XML_ATTRIBUTE, &t->discriminator);
        return;
    }
    if (str_eq(xml.name, field->name) && field->name.n > 1 && field->name.p[0] == '@') {
        xml.node = XML_ATTRIBUTE; /* "@id": the attribute id */
        xml.name = str_from(field->name, 1);
    }
    if (xml.node == XML_ELEMENT && str_eq(field->name, STR("$value")))
        xml.node = XML_TEXT;
    if (xml.node == XML_ATTRIBUTE && c->ns.n && !xml_publish_is_attribute(field->type))
        xml.node = XML_ELEMENT;
    switch (xml.node) {
    case XML_ATTRIBUTE: add_attribute(c, t, field, xml_publish(c, xml, t)); break;
    case XML_TEXT:
        add_other(t, field, XML_TEXT, &t->text);
        t->text_table = xml_table_of(c, field->type);
        t->ignores_text = false;
        break;
    case XML_ANY: add_other(t, field, XML_ANY, &t->any); break;
    default: add_element(c, t, field);
    }
}

/* What xsi:type says where the contract does not name it: a type is a component. */
static struct str
variant_name(struct xml_codec *c, const struct variant *v)
{
    struct str name = v->value;

    if (c->outside)
        name = v->type->name.n ? v->type->name : xml_publish_ncname(c->arena, v->value);
    c->failed |= !name.p;
    return name;
}

static void
add_variants(struct xml_codec *c, struct xml_table *t)
{
    t->variants = ARENA_ARRAY(c->arena, t->type->variant_count + 1, struct xml_variant);
    if (!t->variants) {
        c->failed = true;
        return;
    }
    for (uint32_t i = 0; i < t->type->variant_count; i++) {
        const struct variant *from = &t->type->variants[i];
        struct xml_variant *v = &t->variants[t->variant_count];
        struct type_xml xml =
            from->xml.name.n ? from->xml : xml_of(from->type, variant_name(c, from));

        if (c->outside && !xml_publish_needs(t->type, from->type))
            continue;
        t->variant_count++;
        if (c->ns.n)
            xml = (struct type_xml){.name = xml_publish_type(c, from->type), .ns = c->ns};
        v->value = from->value;
        v->table = xml_table_of(c, from->type);
        v->local = intern(c, xml.name);
        v->ns = intern(c, xml.ns);
        v->tag =
            arena_printf(c->arena, " xsi:type=\"%s%.*s\"", prefix_of(c, v->ns), STR_ARG(xml.name));
        c->failed |= !v->tag.p;
    }
}

static void
table_fill(struct xml_codec *c, struct xml_table *t)
{
    if (t->content == XML_CONTENT_WRAPPER) {
        struct type_xml xml = xml_publish(c, item_xml(t->type, STR("item")), NULL);

        xml_table_element(c, t, xml.ns, xml.name, STR("item"), xml_table_of(c, t->type->items),
                          true);
        return;
    }
    t->open = c->open && !t->type->closed && (!c->ns.n || t->type->additional);
    t->drops = c->ns.n && !t->type->closed;
    t->strict = c->ns.n && !t->open;
    if (t->open && additional_of(c, t->type))
        t->additional = xml_table_of(c, t->type->additional);
    t->keeps = t->open && c->outside && !c->ns.n && !t->additional;
    for (uint32_t i = 0; i < t->type->field_count && !c->failed; i++)
        xml_table_field(c, t, &t->type->fields[i]);
    if (t->type->variant_count)
        add_variants(c, t);
}

/* ---- Roots ---- */

const struct xml_root *
xml_codec_document(struct xml_codec *c, const struct xml_table *t)
{
    struct xml_root *root = ARENA_NEW(c->arena, struct xml_root);
    struct xml_pending *pending = ARENA_NEW(c->arena, struct xml_pending);

    if (!root || !pending || !t) {
        c->failed = true;
        return NULL;
    }
    root->codec = c;
    root->table = t;
    pending->root = root;
    pending->next = c->roots;
    c->roots = pending;
    return root;
}

const struct xml_root *
xml_codec_root(struct xml_codec *c, struct str ns, struct str local, const struct type *t)
{
    struct xml_table *document = xml_table_new(c, XML_CONTENT_OBJECT, 1);

    xml_table_element(c, document, ns, local, local, xml_table_of(c, t), false);
    if (!c->failed)
        document->slots[0].required = document->strict = true;
    return xml_codec_document(c, document);
}

struct walk { /* over all tables below a root */
    struct xml_codec *codec;
    struct xml_table *queue, **last;
    bool uses_xsi, uses_xsd, uses[XML_NAMESPACES];
};

static void
walk_name(struct walk *w, const xmlChar *ns)
{
    for (unsigned i = 0; i < w->codec->namespace_count; i++)
        w->uses[i] |= w->codec->namespaces[i] == ns;
}

static void
walk_push(struct walk *w, const struct xml_table *table)
{
    struct xml_table *t = (struct xml_table *)(uintptr_t)table; /* still being built */

    if (t->seen == w->codec->walks)
        return;
    t->seen = w->codec->walks;
    t->next_seen = NULL;
    *w->last = t;
    w->last = &t->next_seen;
}

static void
walk_table(struct walk *w, const struct xml_table *t)
{
    w->uses_xsi |= t->nillable || t->variant_count || t->content == XML_CONTENT_GENERIC ||
                   t->content == XML_CONTENT_MAP || t->any >= 0 || t->open;
    w->uses_xsd |= t->typed && (t->content == XML_CONTENT_GENERIC ||
                                t->content == XML_CONTENT_MAP || t->any >= 0 || t->open);
    for (uint32_t i = 0; i < t->element_count; i++) {
        walk_name(w, t->elements[i].ns);
        walk_push(w, t->elements[i].table);
    }
    for (uint32_t i = 0; i < t->attribute_count; i++)
        walk_name(w, t->attributes[i].ns);
    for (uint32_t i = 0; i < t->variant_count; i++) {
        walk_name(w, t->variants[i].ns);
        walk_push(w, t->variants[i].table);
    }
    if (t->additional)
        walk_push(w, t->additional);
    if (t->otherwise)
        walk_push(w, t->otherwise);
}

static void
put_escaped(struct buf *b, const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            buf_put(b, "&amp;", 5);
        else if (*text == '<')
            buf_put(b, "&lt;", 4);
        else if (*text == '"')
            buf_put(b, "&quot;", 6);
        else
            buf_put_char(b, *text);
    }
}

static void
declare(struct xml_codec *c, struct xml_root *root)
{
    struct walk w = {.codec = c, .last = &w.queue};
    struct buf b;

    c->walks++;
    walk_push(&w, root->table);
    for (struct xml_table *t = w.queue; t; t = t->next_seen)
        walk_table(&w, t);
    buf_init(&b, 1 << 20);
    for (unsigned i = 0; i < c->namespace_count; i++) {
        if (!w.uses[i])
            continue;
        if (c->prefixes[i].n)
            buf_printf(&b, " xmlns:%.*s=\"", STR_ARG(c->prefixes[i]));
        else
            buf_printf(&b, " xmlns:n%u=\"", i + 1);
        put_escaped(&b, (const char *)c->namespaces[i]);
        buf_put_char(&b, '"');
    }
    if (w.uses_xsi)
        buf_str(&b, STR(" xmlns:xsi=\"" NS_XSI "\""));
    if (w.uses_xsd)
        buf_str(&b, STR(" xmlns:xs=\"" NS_XSD "\""));
    root->declarations = arena_dup(c->arena, buf_view(&b));
    c->failed |= b.failed || (b.n && !root->declarations.p);
    buf_fini(&b);
}

bool
xml_codec_finish(struct xml_codec *c)
{
    c->generic.typed = c->ns.n > 0;
    for (struct xml_todo *t = c->todo; t && !c->failed; t = t->next)
        table_fill(c, t->table);
    for (struct xml_pending *p = c->roots; p && !c->failed; p = p->next)
        declare(c, p->root);
    return !c->failed;
}
