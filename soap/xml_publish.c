/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xml_publish.h"

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_name_char(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

struct str
xml_publish_ncname(struct arena *a, struct str name)
{
    char *to = arena_alloc(a, name.n + 2);
    size_t n = 0;

    if (!to)
        return STR_NONE;
    if (!name.n || (!is_letter(name.p[0]) && is_name_char(name.p[0])))
        to[n++] = '_';
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (is_name_char(c))
            to[n++] = c;
        else if (((unsigned char)c & 0xC0) != 0x80) /* one for a character, however many bytes */
            to[n++] = '_';
    }
    to[n] = '\0';
    return (struct str){to, n};
}

static bool
is_taken(const struct xml_table *t, struct str name, bool is_attribute)
{
    const struct xml_field *fields = is_attribute ? t->attributes : t->elements;
    uint32_t n = is_attribute ? t->attribute_count : t->element_count;

    for (uint32_t i = 0; i < n; i++)
        if (fields[i].local && str_eq(str_of((const char *)fields[i].local), name))
            return true;
    return false;
}

struct type_xml
xml_publish(struct xml_codec *c, struct type_xml xml, const struct xml_table *t)
{
    bool is_attribute = xml.node == XML_ATTRIBUTE;
    struct str name;

    if (!c->ns.n)
        return xml;
    xml.ns = is_attribute ? STR_NONE : c->ns;
    name = xml_publish_ncname(c->arena, xml.name);
    xml.name = name;
    for (unsigned n = 2; t && xml.name.p && is_taken(t, xml.name, is_attribute); n++)
        xml.name = arena_printf(c->arena, "%.*s_%u", STR_ARG(name), n);
    c->failed |= !xml.name.p;
    return xml;
}

bool
xml_publish_wraps(const struct xml_codec *c, const struct type *list)
{
    return c->ns.n && (list->kinds & TYPE_NULL);
}

bool
xml_publish_needs(const struct type *t, const struct type *variant)
{
    uint32_t hint = 0;

    for (uint32_t i = 0; i < variant->field_count; i++)
        if (!type_field(t, variant->fields[i].name, &hint))
            return true;
    return false;
}

bool
xml_publish_is_attribute(const struct type *t)
{
    return t && !(t->kinds & (TYPE_NULL | TYPE_ARRAY | TYPE_OBJECT));
}

bool
xml_publish_collapses(const struct type *t)
{
    return t->format == FORMAT_DATE || t->format == FORMAT_TIME || t->format == FORMAT_DATE_TIME ||
           t->format == FORMAT_URI || t->format == FORMAT_URI_REFERENCE;
}

static const struct xml_type_name *
name_find(const struct xml_codec *c, const struct type *t)
{
    const struct xml_type_name *n = c->type_names;

    while (n && n->type != t)
        n = n->next;
    return n;
}

static bool
name_is_taken(const struct xml_codec *c, struct str name)
{
    for (const struct xml_type_name *n = c->type_names; n; n = n->next)
        if (str_eq(n->name, name))
            return true;
    return false;
}

struct str
xml_publish_type(struct xml_codec *c, const struct type *t)
{
    const struct xml_type_name *known = name_find(c, t);
    struct xml_type_name *n = known ? NULL : ARENA_NEW(c->arena, struct xml_type_name);
    struct str name;

    if (known)
        return known->name;
    name = xml_publish_ncname(c->arena, t->name.n ? t->name : STR("Type"));
    if (!n || !name.p) {
        c->failed = true;
        return STR_NONE;
    }
    n->type = t;
    n->name = name;
    for (unsigned i = 2; n->name.p && name_is_taken(c, n->name); i++)
        n->name = arena_printf(c->arena, "%.*s_%u", STR_ARG(name), i);
    n->next = c->type_names;
    c->type_names = n;
    return n->name;
}
