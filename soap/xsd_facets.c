/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xsd_facets.h"

#include "soap/xml_text.h"

static const char *
number_base(const struct type *t)
{
    if (!(t->kinds & TYPE_FRACTION))
        return t->format == FORMAT_INT32 ? "int" : t->format == FORMAT_INT64 ? "long" : "integer";
    return t->format == FORMAT_DOUBLE ? "double" : t->format == FORMAT_FLOAT ? "float" : "decimal";
}

static const char *
string_base(const struct type *t)
{
    switch (t->format) {
    case FORMAT_DATE: return "date";
    case FORMAT_TIME: return "time";
    case FORMAT_DATE_TIME: return "dateTime";
    case FORMAT_BYTE: return "base64Binary";
    case FORMAT_URI:
    case FORMAT_URI_REFERENCE: return "anyURI";
    default: return "string";
    }
}

const char *
xsd_facets_base(const struct xml_table *t)
{
    if (!t->type)
        return "string";
    switch (t->content) {
    case XML_CONTENT_NUMBER: return number_base(t->type);
    case XML_CONTENT_BOOLEAN: return "boolean";
    case XML_CONTENT_STRING:
        return (t->type->kinds & (uint8_t)~TYPE_NULL) == TYPE_STRING ? string_base(t->type)
                                                                     : "string";
    default: return "string";
    }
}

/* Only texts are enumerated: numbers and booleans have more than one form. */
static bool
has_enumeration(const struct xml_table *t)
{
    const struct value *choices = t->type->choices;

    for (uint32_t i = 0; choices && i < choices->n; i++)
        if (choices->items[i].kind != VALUE_STRING && choices->items[i].kind != VALUE_NULL)
            return false;
    return choices && choices->n;
}

static const struct facet {
    const char *keyword, *name;
    bool length;
} FACETS[] = {
    {"minLength", "minLength", true},
    {"maxLength", "maxLength", true},
    {"minimum", "minInclusive", false},
    {"maximum", "maxInclusive", false},
    {"exclusiveMinimum", "minExclusive", false},
    {"exclusiveMaximum", "maxExclusive", false},
};

/* A lexeme that stands for itself in XML Schema, too. */
static bool
is_plain(struct str lexeme, bool integer)
{
    for (size_t i = 0; i < lexeme.n; i++)
        if (lexeme.p[i] == 'e' || lexeme.p[i] == 'E' || (integer && lexeme.p[i] == '.'))
            return false;
    return lexeme.n > 0 && lexeme.n <= 18;
}

static struct str
facet_value(const struct xml_table *t, const struct facet *f)
{
    bool text = strcmp(xsd_facets_base(t), "string") == 0 && t->type->kinds & TYPE_STRING;
    const cJSON *node = node_get(t->type->schema, f->keyword);
    struct str lexeme = node ? node_lexeme(node) : STR_NONE;

    if (f->length ? !text : t->content != XML_CONTENT_NUMBER)
        return STR_NONE;
    return is_plain(lexeme, f->length || !(t->type->kinds & TYPE_FRACTION)) ? lexeme : STR_NONE;
}

bool
xsd_facets_are_none(const struct xml_table *t)
{
    if (t->content >= XML_CONTENT_OBJECT)
        return false;
    if (!t->type)
        return true;
    for (size_t i = 0; i < sizeof(FACETS) / sizeof(*FACETS); i++)
        if (facet_value(t, &FACETS[i]).n)
            return false;
    return !has_enumeration(t);
}

void
xsd_facets_write(struct buf *out, const struct xml_table *t)
{
    const struct value *choices = has_enumeration(t) ? t->type->choices : NULL;

    buf_printf(out, "<xs:restriction base=\"xs:%s\">", xsd_facets_base(t));
    for (uint32_t i = 0; choices && i < choices->n; i++) {
        if (choices->items[i].kind != VALUE_STRING)
            continue;
        buf_str(out, STR("<xs:enumeration value=\""));
        xml_text_put(out, value_text(&choices->items[i]));
        buf_str(out, STR("\"/>"));
    }
    for (size_t i = 0; !choices && i < sizeof(FACETS) / sizeof(*FACETS); i++) {
        struct str value = facet_value(t, &FACETS[i]);

        if (value.n)
            buf_printf(out, "<xs:%s value=\"%.*s\"/>", FACETS[i].name, STR_ARG(value));
    }
    buf_str(out, STR("</xs:restriction>"));
}
