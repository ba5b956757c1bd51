/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xsd_write.h"

#include "soap/xml_publish.h"
#include "soap/xml_text.h"
#include "soap/xsd_facets.h"

enum { INLINE_DEPTH = 32 };

struct xsd_type {
    struct xsd_type *next;
    const struct xml_table *table, *base; /* base: that it extends; NULL: none */
    struct str name;
};

struct inner { /* where an anonymous type stands */
    struct xsd_writer *w;
    unsigned depth;
};

static void write_content(struct inner in, const struct xml_table *t);

void
xsd_writer_init(struct xsd_writer *w, struct buf *out, struct xml_codec *c)
{
    *w = (struct xsd_writer){.out = out, .codec = c};
    w->last = &w->types;
}

void
xsd_write_documentation(struct buf *out, bool schema, struct str text)
{
    if (!text.n)
        return;
    buf_str(out, schema ? STR("<xs:annotation><xs:documentation>") : STR("<wsdl:documentation>"));
    xml_text_put(out, text);
    buf_str(out,
            schema ? STR("</xs:documentation></xs:annotation>") : STR("</wsdl:documentation>"));
}

/* ---- Names ---- */

static struct xsd_type *
type_find(const struct xsd_writer *w, const struct xml_table *t)
{
    struct xsd_type *found = w->types;

    while (found && found->table != t)
        found = found->next;
    return found;
}

/* The base's members come first in the subtype's, by the same names and types. */
static bool
extends(const struct xml_table *t, const struct xml_table *base)
{
    if (t == base || t->element_count < base->element_count || base->content != t->content ||
        base->open || base->any >= 0 || base->text >= 0 || t->text >= 0)
        return false;
    for (uint32_t i = 0; i < base->element_count; i++) {
        const struct xml_field *a = &t->elements[i], *b = &base->elements[i];
        bool alike = a->table == b->table || (a->table->content < XML_CONTENT_OBJECT &&
                                              a->table->content == b->table->content);

        if (a->local != b->local || a->repeats != b->repeats || !alike)
            return false;
    }
    for (uint32_t i = 0; i < base->attribute_count; i++) {
        uint32_t k = 0;

        while (k < t->attribute_count && t->attributes[k].local != base->attributes[i].local)
            k++;
        if (k == t->attribute_count)
            return false;
    }
    return true;
}

/* All that xsi:type may name derive from the table's own type. */
static bool
variants_extend(const struct xml_table *t)
{
    for (uint32_t i = 0; i < t->variant_count; i++)
        if (t->variants[i].table != t && !extends(t->variants[i].table, t))
            return false;
    return true;
}

/* True when the table's type extends the other's, or is it. */
static bool
derives(const struct xsd_writer *w, const struct xml_table *t, const struct xml_table *from)
{
    while (t && t != from) {
        const struct xsd_type *type = type_find(w, t);

        t = type ? type->base : NULL;
    }
    return t != NULL;
}

static struct xsd_type *
type_add(struct xsd_writer *w, const struct xml_table *t)
{
    struct xsd_type *known = type_find(w, t), *added;

    if (known)
        return known;
    added = ARENA_NEW(w->codec->arena, struct xsd_type);
    if (!added) {
        w->out->failed = true;
        return NULL;
    }
    added->table = t;
    added->name = xml_publish_type(w->codec, t->type);
    *w->last = added;
    w->last = &added->next;
    for (uint32_t i = 0; i < t->variant_count; i++) {
        struct xsd_type *variant = type_add(w, t->variants[i].table); /* known the next time */
        const struct xml_table *known_base = variant ? variant->base : NULL;

        if (variant && variants_extend(t) && !derives(w, t, variant->table) &&
            (!known_base || known_base->element_count < t->element_count))
            variant->base = t;
    }
    return added;
}

/* A type of its own: what the contract names, and what xsi:type chooses among. */
static bool
is_named(const struct xml_table *t)
{
    return t->type && (t->type->name.n || t->variant_count) && t->content != XML_CONTENT_GENERIC;
}

/* ---- Types ---- */

/* True where the schema has no type that all values of the table are valid by. */
static bool
is_any(struct inner in, const struct xml_table *t)
{
    return t->content == XML_CONTENT_GENERIC ||
           (in.depth > INLINE_DEPTH && t->content >= XML_CONTENT_OBJECT) ||
           (t->variant_count && !variants_extend(t));
}

/* ` type="..."` where the type has a name; false: it has to follow. */
static bool
write_reference(struct inner in, const struct xml_table *t)
{
    struct buf *out = in.w->out;
    const struct xsd_type *type;

    if (is_any(in, t)) {
        for (uint32_t i = 0; i < t->variant_count; i++)
            (void)type_add(in.w, t->variants[i].table);
        buf_str(out, STR(" type=\"xs:anyType\""));
        return true;
    }
    if (is_named(t)) {
        type = type_add(in.w, t);
        buf_printf(out, " type=\"tns:%.*s\"", STR_ARG(type ? type->name : STR_NONE));
        return true;
    }
    if (xsd_facets_are_none(t))
        buf_printf(out, " type=\"xs:%s\"", xsd_facets_base(t));
    return xsd_facets_are_none(t);
}

static void
write_anonymous(struct inner in, const struct xml_table *t)
{
    const char *tag = t->content < XML_CONTENT_OBJECT ? "simpleType" : "complexType";

    in.depth++;
    buf_printf(in.w->out, "<xs:%s>", tag);
    if (t->content < XML_CONTENT_OBJECT)
        xsd_facets_write(in.w->out, t);
    else
        write_content(in, t);
    buf_printf(in.w->out, "</xs:%s>", tag);
}

/* The rest of an open `<xs:TAG name="x"`: its type, by name or as it is. */
static void
write_typed(struct inner in, const struct xml_table *t, const char *tag, struct str documentation)
{
    bool referred;

    t = t->bare ? t->bare : t;
    referred = write_reference(in, t);

    if (referred && !documentation.n) {
        buf_str(in.w->out, STR("/>"));
        return;
    }
    buf_put_char(in.w->out, '>');
    xsd_write_documentation(in.w->out, true, documentation);
    if (!referred)
        write_anonymous(in, t);
    buf_printf(in.w->out, "</xs:%s>", tag);
}

static struct str
description_of(const struct xml_table *t)
{
    return t->type && !t->type->name.n ? t->type->description : STR_NONE;
}

/* Members that one direction leaves out are never required. */
static bool
is_required(const struct xml_table *t, const struct xml_slot *slot)
{
    const struct type *type = slot->field->table->type;
    uint32_t hint = 0;
    const struct field *field = t->type ? type_field(t->type, slot->name, &hint) : NULL;

    if (field)
        type = field->type;
    return slot->required && !(type && (type->read_only || type->write_only));
}

static bool
is_choice(const struct xml_table *t)
{
    return t->type && t->type->ordered_choice && t->element_count == t->slot_count;
}

static void
write_element(struct inner in, const struct xml_table *parent, const struct xml_field *f,
              struct str documentation)
{
    struct buf *out = in.w->out;
    bool optional = parent->content == XML_CONTENT_WRAPPER || f->repeats ||
                    (!is_choice(parent) && !is_required(parent, &parent->slots[f->slot]));

    buf_printf(out, "<xs:element name=\"%s\"", (const char *)f->local);
    if (optional)
        buf_str(out, STR(" minOccurs=\"0\""));
    if (f->repeats)
        buf_str(out, STR(" maxOccurs=\"unbounded\""));
    if (f->table->nillable || f->table->content == XML_CONTENT_GENERIC)
        buf_str(out, STR(" nillable=\"true\""));
    write_typed(in, f->table, "element", documentation);
}

static void
write_attribute(struct inner in, const struct xml_table *parent, const struct xml_field *f)
{
    buf_printf(in.w->out, "<xs:attribute name=\"%s\"", (const char *)f->local);
    /* An element that is nil must have the attributes of its type all the same. */
    if (is_required(parent, &parent->slots[f->slot]) && !parent->nillable && !parent->nilled)
        buf_str(in.w->out, STR(" use=\"required\""));
    write_typed(in, f->table, "attribute", description_of(f->table));
}

static void
write_attributes(struct inner in, const struct xml_table *t, const struct xml_table *base)
{
    for (uint32_t i = 0; i < t->attribute_count; i++) {
        uint32_t k = 0;

        while (base && k < base->attribute_count &&
               base->attributes[k].local != t->attributes[i].local)
            k++;
        if (!base || k == base->attribute_count)
            write_attribute(in, t, &t->attributes[i]);
    }
}

static void
write_simple_content(struct inner in, const struct xml_table *t)
{
    buf_printf(in.w->out, "<xs:simpleContent><xs:extension base=\"xs:%s\">",
               xsd_facets_base(t->text_table));
    write_attributes(in, t, NULL);
    buf_str(in.w->out, STR("</xs:extension></xs:simpleContent>"));
}

static void
write_content(struct inner in, const struct xml_table *t)
{
    struct buf *out = in.w->out;
    bool choice = is_choice(t);
    const char *any = t->content == XML_CONTENT_MAP ? "##any" : t->open ? "##local" : NULL;

    if (t->text >= 0 && !t->element_count) {
        write_simple_content(in, t);
        return;
    }
    buf_str(out, choice ? STR("<xs:choice minOccurs=\"0\">") : STR("<xs:sequence>"));
    for (uint32_t i = 0; i < t->element_count; i++)
        write_element(in, t, &t->elements[i], description_of(t->elements[i].table));
    if (any && !choice)
        buf_printf(out,
                   "<xs:any namespace=\"%s\" processContents=\"lax\" minOccurs=\"0\" "
                   "maxOccurs=\"unbounded\"/>",
                   any);
    buf_str(out, choice ? STR("</xs:choice>") : STR("</xs:sequence>"));
    write_attributes(in, t, NULL);
    if (t->content == XML_CONTENT_MAP)
        buf_str(out, STR("<xs:anyAttribute processContents=\"lax\"/>"));
}

static void
write_extension(struct inner in, const struct xsd_type *type)
{
    buf_printf(in.w->out, "<xs:complexContent><xs:extension base=\"tns:%.*s\"><xs:sequence>",
               STR_ARG(xml_publish_type(in.w->codec, type->base->type)));
    for (uint32_t i = type->base->element_count; i < type->table->element_count; i++)
        write_element(in, type->table, &type->table->elements[i],
                      description_of(type->table->elements[i].table));
    buf_str(in.w->out, STR("</xs:sequence>"));
    write_attributes(in, type->table, type->base);
    buf_str(in.w->out, STR("</xs:extension></xs:complexContent>"));
}

static void
write_type(struct inner in, const struct xsd_type *type)
{
    const struct xml_table *t = type->table;
    bool simple = t->content < XML_CONTENT_OBJECT;
    const char *tag = simple ? "simpleType" : "complexType";

    buf_printf(in.w->out, "<xs:%s name=\"%.*s\"%s>", tag, STR_ARG(type->name),
               t->text >= 0 && t->element_count ? " mixed=\"true\"" : "");
    xsd_write_documentation(in.w->out, true, t->type->description);
    if (simple)
        xsd_facets_write(in.w->out, t);
    else if (type->base)
        write_extension(in, type);
    else
        write_content(in, t);
    buf_printf(in.w->out, "</xs:%s>\n", tag);
}

void
xsd_write_types(struct xsd_writer *w)
{
    for (const struct xsd_type *t = w->types; t; t = t->next)
        write_type((struct inner){w, 0}, t);
}

/* ---- Elements of messages ---- */

void
xsd_write_element(struct xsd_writer *w, struct str name, const struct xml_table *t,
                  struct str (*describe)(const void *context, struct str member),
                  const void *context)
{
    struct inner in = {w, 0};

    buf_printf(w->out, "<xs:element name=\"%.*s\"><xs:complexType><xs:sequence>", STR_ARG(name));
    for (uint32_t i = 0; i < t->element_count; i++) {
        const struct xml_field *f = &t->elements[i];

        write_element(in, t, f, describe(context, t->slots[f->slot].name));
    }
    buf_str(w->out, STR("</xs:sequence>"));
    write_attributes(in, t, NULL);
    buf_str(w->out, STR("</xs:complexType></xs:element>\n"));
}
