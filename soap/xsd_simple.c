/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Simple types of XML Schema (part 2) as JSON Schema.
 *
 * Dates keep XML Schema's own lexical forms as patterns: an xs:date may carry a time zone and an
 * xs:dateTime may lack one, so `format` would refuse valid answers. Lists and unions stay text.
 */
#include "soap/xsd_lower.h"

#include "soap/xml_scalar.h"

#define ZONE "(?:Z|[+-][0-9]{2}:[0-9]{2})?$"
#define DATE "^-?[0-9]{4,}-[0-9]{2}-[0-9]{2}"
#define TIME "[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]+)?"

struct builtin {
    const char *local, *type, *format, *minimum, *maximum, *pattern;
};

static const struct builtin BUILTINS[] = {
    {"string", "string", NULL, NULL, NULL, NULL},
    {"boolean", "boolean", NULL, NULL, NULL, NULL},
    {"decimal", "number", NULL, NULL, NULL, NULL},
    {"float", "number", "float", NULL, NULL, NULL},
    {"double", "number", "double", NULL, NULL, NULL},
    {"integer", "integer", NULL, NULL, NULL, NULL},
    {"long", "integer", "int64", NULL, NULL, NULL},
    {"int", "integer", "int32", NULL, NULL, NULL},
    {"short", "integer", NULL, "-32768", "32767", NULL},
    {"byte", "integer", NULL, "-128", "127", NULL},
    {"nonNegativeInteger", "integer", NULL, "0", NULL, NULL},
    {"positiveInteger", "integer", NULL, "1", NULL, NULL},
    {"nonPositiveInteger", "integer", NULL, NULL, "0", NULL},
    {"negativeInteger", "integer", NULL, NULL, "-1", NULL},
    {"unsignedLong", "integer", NULL, "0", "18446744073709551615", NULL},
    {"unsignedInt", "integer", NULL, "0", "4294967295", NULL},
    {"unsignedShort", "integer", NULL, "0", "65535", NULL},
    {"unsignedByte", "integer", NULL, "0", "255", NULL},
    {"dateTime", "string", NULL, NULL, NULL, DATE "T" TIME ZONE},
    {"date", "string", NULL, NULL, NULL, DATE ZONE},
    {"time", "string", NULL, NULL, NULL, "^" TIME ZONE},
    {"duration", "string", NULL, NULL, NULL, "^-?P[0-9YMDTHS.]+$"},
    {"base64Binary", "string", "byte", NULL, NULL, NULL},
    {"hexBinary", "string", NULL, NULL, NULL, "^(?:[0-9A-Fa-f]{2})*$"},
    {"normalizedString", "string", NULL, NULL, NULL, NULL},
    {"token", "string", NULL, NULL, NULL, NULL},
    {"anyURI", "string", NULL, NULL, NULL, NULL},
    {"language", "string", NULL, NULL, NULL, NULL},
    {"QName", "string", NULL, NULL, NULL, NULL},
    {"NOTATION", "string", NULL, NULL, NULL, NULL},
    {"Name", "string", NULL, NULL, NULL, NULL},
    {"NCName", "string", NULL, NULL, NULL, NULL},
    {"NMTOKEN", "string", NULL, NULL, NULL, NULL},
    {"NMTOKENS", "string", NULL, NULL, NULL, NULL},
    {"ID", "string", NULL, NULL, NULL, NULL},
    {"IDREF", "string", NULL, NULL, NULL, NULL},
    {"IDREFS", "string", NULL, NULL, NULL, NULL},
    {"ENTITY", "string", NULL, NULL, NULL, NULL},
    {"ENTITIES", "string", NULL, NULL, NULL, NULL},
    {"gYear", "string", NULL, NULL, NULL, NULL},
    {"gYearMonth", "string", NULL, NULL, NULL, NULL},
    {"gMonth", "string", NULL, NULL, NULL, NULL},
    {"gMonthDay", "string", NULL, NULL, NULL, NULL},
    {"gDay", "string", NULL, NULL, NULL, NULL},
    {"anySimpleType", "string", NULL, NULL, NULL, NULL},
};

static const struct builtin *
builtin_find(const char *local)
{
    for (size_t i = 0; i < sizeof(BUILTINS) / sizeof(BUILTINS[0]); i++)
        if (strcmp(BUILTINS[i].local, local) == 0)
            return &BUILTINS[i];
    return NULL;
}

const char *
xsd_builtin_of_pattern(const char *pattern)
{
    for (size_t i = 0; i < sizeof(BUILTINS) / sizeof(BUILTINS[0]); i++)
        if (BUILTINS[i].pattern && strcmp(BUILTINS[i].pattern, pattern) == 0)
            return BUILTINS[i].local;
    return NULL;
}

static bool
keeps_blanks(const char *local)
{
    return strcmp(local, "string") == 0 || strcmp(local, "normalizedString") == 0 ||
           strcmp(local, "anySimpleType") == 0;
}

cJSON *
xsd_lower_builtin(struct xsd_lower *l, const char *local)
{
    const struct builtin *b = builtin_find(local);
    cJSON *schema;

    if (!b)
        return NULL;
    schema = cJSON_CreateObject();
    xsd_put_string(l, schema, "type", b->type);
    if (b->format)
        xsd_put_string(l, schema, "format", b->format);
    if (b->minimum)
        xsd_put_number(l, schema, "minimum", b->minimum);
    if (b->maximum)
        xsd_put_number(l, schema, "maximum", b->maximum);
    if (b->pattern)
        xsd_put_string(l, schema, "pattern", b->pattern);
    if (strcmp(b->type, "string") == 0 && !keeps_blanks(local))
        xsd_put_string(l, schema, XML_SPACE, "collapse");
    return schema;
}

static bool
is_text(const cJSON *schema)
{
    return strcmp(node_string(schema, "type", ""), "string") == 0;
}

static bool
is_number(const cJSON *schema)
{
    const char *type = node_string(schema, "type", "");

    return strcmp(type, "number") == 0 || strcmp(type, "integer") == 0;
}

/* A number facet or enumeration value; text that is no number is told. */
static const char *
number_facet(struct xsd_lower *l, const struct xsd_schema *s, const xmlNode *facet,
             const char *text)
{
    struct str lexeme;

    if (xml_scalar_number(l->x->arena, str_of(text), &lexeme)) {
        lexeme = arena_dup(l->x->arena, lexeme);
        return lexeme.p;
    }
    report_error(l->x->report, xml_place(s->path, facet), "%s is no number", text);
    return NULL;
}

static void
put_enumeration(struct xsd_lower *l, const struct xsd_schema *s, const xmlNode *facet,
                const char *text, cJSON *schema)
{
    cJSON *values = node_get(schema, "enum");

    if (!is_text(schema) && !is_number(schema))
        return;
    if (!values) {
        xsd_put(l, schema, "enum", cJSON_CreateArray());
        values = node_get(schema, "enum");
    }
    if (is_text(schema)) {
        for (const cJSON *c = values ? values->child : NULL; c; c = c->next)
            if (strcmp(c->valuestring, text) == 0)
                return; /* listed twice */
        xsd_put(l, values, NULL, cJSON_CreateString(text));
    } else if ((text = number_facet(l, s, facet, text))) {
        xsd_put_number(l, values, NULL, text);
    }
}

static void
put_pattern(struct xsd_lower *l, const struct xsd_schema *s, const xmlNode *facet, const char *text,
            cJSON *patterns)
{
    const char *pattern = xsd_pattern(l->x->arena, text);
    cJSON *one;

    if (!pattern) {
        report_warning(l->x->report, xml_place(s->path, facet),
                       "pattern %s has no like in JSON Schema: not checked", text);
        xsd_put(l, patterns, NULL, cJSON_CreateTrue());
        return;
    }
    one = cJSON_CreateObject();
    xsd_put_string(l, one, "pattern", pattern);
    xsd_put(l, patterns, NULL, one);
}

/* The patterns of one restriction are alternatives; those of its base hold as well. */
static void
add_patterns(struct xsd_lower *l, cJSON *patterns, cJSON *schema)
{
    cJSON *all = node_get(schema, "allOf");
    cJSON *any;

    for (const cJSON *c = patterns->child; c; c = c->next)
        if (cJSON_IsTrue(c))
            patterns->child->type = cJSON_True; /* one is not checked: so is none */
    if (!patterns->child || cJSON_IsTrue(patterns->child)) {
        cJSON_Delete(patterns);
        return;
    }
    if (!patterns->child->next && !node_get(schema, "pattern")) {
        xsd_put(l, schema, "pattern",
                cJSON_DetachItemFromObjectCaseSensitive(patterns->child, "pattern"));
        cJSON_Delete(patterns);
        return;
    }
    if (!all) {
        xsd_put(l, schema, "allOf", cJSON_CreateArray());
        all = node_get(schema, "allOf");
    }
    any = cJSON_CreateObject();
    xsd_put(l, any, "anyOf", patterns);
    xsd_put(l, all, NULL, any);
}

static const struct {
    const char *facet, *keyword;
    bool of_text;
} BOUNDS[] = {
    {"minInclusive", "minimum", false},
    {"maxInclusive", "maximum", false},
    {"minExclusive", "exclusiveMinimum", false},
    {"maxExclusive", "exclusiveMaximum", false},
    {"minLength", "minLength", true},
    {"maxLength", "maxLength", true},
};

static void
replace_number(struct xsd_lower *l, cJSON *schema, const char *key, const char *lexeme)
{
    if (!lexeme)
        return;
    cJSON_DeleteItemFromObjectCaseSensitive(schema, key);
    xsd_put_number(l, schema, key, lexeme);
}

/* Lengths of base64 count bytes, those of a list items: JSON Schema has no word for either. */
static bool
counts_characters(const cJSON *schema)
{
    return is_text(schema) && !node_get(schema, "format") && !node_get(schema, "x-xml-list");
}

static void
put_bound(struct xsd_lower *l, const struct xsd_schema *s, const xmlNode *facet, const char *text,
          cJSON *schema)
{
    const char *local = (const char *)facet->name;

    for (size_t i = 0; i < sizeof(BOUNDS) / sizeof(BOUNDS[0]); i++)
        if (strcmp(local, BOUNDS[i].facet) == 0 &&
            (BOUNDS[i].of_text ? counts_characters(schema) : is_number(schema)))
            replace_number(l, schema, BOUNDS[i].keyword, number_facet(l, s, facet, text));
    if (strcmp(local, "length") == 0 && counts_characters(schema)) {
        replace_number(l, schema, "minLength", number_facet(l, s, facet, text));
        replace_number(l, schema, "maxLength", number_facet(l, s, facet, text));
    }
}

static void
put_fraction_digits(struct xsd_lower *l, const char *text, cJSON *schema)
{
    uint64_t n;
    struct str step;

    if (strcmp(node_string(schema, "type", ""), "number") != 0 || !str_to_u64(str_of(text), &n) ||
        n > 30)
        return;
    step = n ? arena_printf(l->x->arena, "0.%0*d", (int)n, 1) : STR("1");
    replace_number(l, schema, "multipleOf", step.p);
}

static void
put_facet(struct xsd_lower *l, const struct xsd_schema *s, const xmlNode *facet, cJSON *schema,
          cJSON *patterns)
{
    const char *text = xml_attribute(l->x->arena, facet, "value");

    if (!text)
        return;
    if (xml_is(facet, NULL, "enumeration"))
        put_enumeration(l, s, facet, text, schema);
    else if (xml_is(facet, NULL, "pattern") && is_text(schema))
        put_pattern(l, s, facet, text, patterns);
    else if (xml_is(facet, NULL, "fractionDigits"))
        put_fraction_digits(l, text, schema);
    else if (xml_is(facet, NULL, "whiteSpace") && strcmp(text, "collapse") == 0 &&
             is_text(schema) && !node_get(schema, XML_SPACE))
        xsd_put_string(l, schema, XML_SPACE, text);
    else
        put_bound(l, s, facet, text, schema);
}

void
xsd_lower_facets(struct xsd_lower *l, const struct xsd_schema *s, const xmlNode *restriction,
                 cJSON *schema)
{
    cJSON *patterns = cJSON_CreateArray();

    if (!patterns)
        return;
    if (xml_child(restriction, NS_XSD, "enumeration")) /* they narrow the base's */
        cJSON_DeleteItemFromObjectCaseSensitive(schema, "enum");
    for (xmlNode *c = xml_child(restriction, NS_XSD, NULL); c; c = xml_next(c, NS_XSD, NULL))
        put_facet(l, s, c, schema, patterns);
    add_patterns(l, patterns, schema);
}

static cJSON *simple_at(struct xsd_lower *l, const struct xsd_schema *s, xmlNode *type,
                        unsigned depth);

static cJSON *
text_schema(struct xsd_lower *l, bool is_list)
{
    cJSON *schema = cJSON_CreateObject();

    xsd_put_string(l, schema, "type", "string");
    xsd_put_string(l, schema, XML_SPACE, "collapse");
    if (is_list)
        xsd_put(l, schema, "x-xml-list", cJSON_CreateTrue());
    return schema;
}

static cJSON *
base_schema(struct xsd_lower *l, const struct xsd_schema *s, const xmlNode *restriction,
            unsigned depth)
{
    const char *text = xml_attribute(l->x->arena, restriction, "base");
    xmlNode *inside = xml_child(restriction, NS_XSD, "simpleType");
    struct xsd_global *g;
    struct qname q;

    if (!text)
        return inside ? simple_at(l, s, inside, depth) : text_schema(l, false);
    if (!xsd_qname(l->x, s, restriction, text, &q))
        return NULL;
    if (strcmp(q.ns, NS_XSD) == 0 && builtin_find(q.local))
        return xsd_lower_builtin(l, q.local);
    g = xsd_find(l->x, XSD_TYPE, q);
    if (g && xml_is(g->node, NULL, "simpleType"))
        return simple_at(l, g->schema, g->node, depth);
    xsd_tell_missing(l->x, s, restriction, "simple type", q);
    return NULL;
}

static cJSON *
simple_at(struct xsd_lower *l, const struct xsd_schema *s, xmlNode *type, unsigned depth)
{
    xmlNode *restriction = xml_child(type, NS_XSD, "restriction");
    cJSON *schema;

    if (depth > 32) {
        report_error(l->x->report, xml_place(s->path, type), "a simple type that is its own base");
        return NULL;
    }
    if (!restriction)
        return text_schema(l, xml_child(type, NS_XSD, "list") != NULL);
    schema = base_schema(l, s, restriction, depth + 1);
    if (schema)
        xsd_lower_facets(l, s, restriction, schema);
    return schema;
}

cJSON *
xsd_lower_simple(struct xsd_lower *l, const struct xsd_schema *s, xmlNode *type)
{
    return simple_at(l, s, type, 0);
}

bool
xsd_simple_collapses(const struct xsd_lower *l, const struct xsd_schema *s, const xmlNode *type)
{
    for (unsigned depth = 0; depth < 32; depth++) {
        xmlNode *restriction = xml_child(type, NS_XSD, "restriction");
        const char *base = restriction ? xml_attribute(l->x->arena, restriction, "base") : NULL;
        xmlNode *blanks = restriction ? xml_child(restriction, NS_XSD, "whiteSpace") : NULL;
        const char *mode = blanks ? xml_attribute(l->x->arena, blanks, "value") : NULL;
        struct xsd_global *g;
        struct qname q;

        if (mode || !base || !xml_qname(l->x->arena, restriction, base, &q))
            return !mode || strcmp(mode, "collapse") == 0;
        if (s->chameleon && !q.ns[0])
            q.ns = s->ns;
        g = xsd_find(l->x, XSD_TYPE, q);
        if (!g)
            return !keeps_blanks(q.local);
        s = g->schema;
        type = g->node;
    }
    return false;
}
