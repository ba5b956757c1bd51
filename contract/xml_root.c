/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contract/xml_root.h"

/* The element of a type that stands by itself. */
static struct type_xml
element_of(const struct type *t)
{
    struct type_xml xml = t ? t->xml : (struct type_xml){0};

    if (!xml.name.n && t)
        xml.name = t->name;
    if (!xml.name.n && t && t->bare)
        return element_of(t->bare);
    return xml;
}

enum xml_lack
xml_root_of(const struct type *t, struct xml_root_names *out)
{
    const struct type *core = t && t->bare ? t->bare : t;

    *out = (struct xml_root_names){0};
    if (!t)
        return XML_UNTYPED;
    out->root = element_of(t);
    if (!out->root.name.n && t->kinds == TYPE_ANY && !t->field_count)
        return XML_UNTYPED;
    if (type_is_list(core)) {
        out->item = element_of(core->items);
        if (!t->xml.wrapped && !core->xml.wrapped)
            return XML_UNWRAPPED;
        if (out->root.name.n && !out->item.name.n)
            return XML_ITEMS_UNNAMED;
    }
    return out->root.name.n ? XML_WHOLE : XML_UNNAMED;
}

bool
xml_is_ncname(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c < 0;

        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '-' || c == '.')))
            return false;
    }
    return name.n > 0;
}
