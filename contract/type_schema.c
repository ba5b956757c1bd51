/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the keywords of one schema into its draft (JSON Schema 2020-12, and OpenAPI 3.1's own).
 *
 * One row per keyword: its reader, and the place in struct draft that the reader fills. What
 * changes the meaning of a schema and is not supported is an error; a keyword that nobody knows
 * is an annotation by the specification, and most often a slip, so it is a warning.
 */
#include "contract/type_rule.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static struct str
text_of(const cJSON *node) /* borrowed from the document */
{
    return str_of(cJSON_GetStringValue(node));
}

static void __attribute__((format(printf, 3, 4)))
wrong(struct draft *d, const cJSON *node, const char *format, ...)
{
    char text[160];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report_error(d->set->report, document_place(d->home, node), "%s %s",
                 node->string ? node->string : "this", text);
}

static void *
at(struct draft *d, size_t where)
{
    return (char *)d + where;
}

static uint32_t
count_children(const cJSON *node)
{
    uint32_t n = 0;

    for (const cJSON *child = node->child; child; child = child->next)
        n++;
    return n;
}

/* True when the node is of the kind; tells otherwise. */
static bool
expect(struct draft *d, const cJSON *node, int cjson_type, const char *what)
{
    if ((node->type & 0xFF) == cjson_type)
        return true;
    wrong(d, node, "must be %s", what);
    return false;
}

/* ---- Readers ---- */

static void
read_nothing(struct draft *d, const cJSON *node, size_t where)
{
    (void)d;
    (void)node;
    (void)where;
}

static void
read_unsupported(struct draft *d, const cJSON *node, size_t where)
{
    (void)where;
    report_error(d->set->report, document_key_place(d->home, node),
                 "%s is not supported: write the schema without it", node->string);
}

static void
read_flag(struct draft *d, const cJSON *node, size_t where)
{
    if (cJSON_IsBool(node))
        *(bool *)at(d, where) = cJSON_IsTrue(node);
    else
        wrong(d, node, "must be true or false");
}

static void
read_text(struct draft *d, const cJSON *node, size_t where)
{
    if (expect(d, node, cJSON_String, "a text"))
        *(struct str *)at(d, where) = text_of(node);
}

static void
read_subschema(struct draft *d, const cJSON *node, size_t where)
{
    *(const struct type **)at(d, where) = draft_find(d->set, d->home, node);
}

static void
read_subschemas(struct draft *d, const cJSON *node, size_t where)
{
    struct types *list = at(d, where);

    if (!expect(d, node, cJSON_Array, "a list of schemas"))
        return;
    if (!node->child) {
        wrong(d, node, "must hold at least one schema");
        return;
    }
    list->at = set_alloc(d->set, count_children(node), sizeof(const struct type *));
    for (const cJSON *item = list->at ? node->child : NULL; item; item = item->next) {
        const struct type *t = draft_find(d->set, d->home, item);
        if (t)
            list->at[list->n++] = t;
    }
}

static void
read_size(struct draft *d, const cJSON *node, size_t where)
{
    int64_t n;

    if (!cJSON_IsNumber(node) || !number_is_integer(node_lexeme(node)) ||
        node_lexeme(node).p[0] == '-') {
        wrong(d, node, "must be a whole number, 0 or more");
        return;
    }
    if (!number_to_i64(node_lexeme(node), &n) || n > UINT32_MAX)
        n = UINT32_MAX;
    *(uint32_t *)at(d, where) = (uint32_t)n;
}

static void
read_bound(struct draft *d, const cJSON *node, size_t where)
{
    struct bound *bound;

    if (!expect(d, node, cJSON_Number, "a number"))
        return;
    bound = set_alloc(d->set, 1, sizeof(*bound));
    if (!bound)
        return;
    bound->lexeme = node_lexeme(node);
    bound->is_short = decimal_read(bound->lexeme, &bound->decimal);
    *(const struct bound **)at(d, where) = bound;
}

static void
read_multiple(struct draft *d, const cJSON *node, size_t where)
{
    read_bound(d, node, where);
    if (d->multiple && number_compare(d->multiple->lexeme, STR("0")) <= 0)
        wrong(d, node, "must be more than 0");
}

static uint8_t
kind_named(struct str name)
{
    static const struct {
        struct str name;
        uint8_t kinds;
    } rows[] = {
        {{"null", 4}, TYPE_NULL},       {{"boolean", 7}, TYPE_BOOLEAN},
        {{"integer", 7}, TYPE_INTEGER}, {{"number", 6}, TYPE_NUMBER},
        {{"string", 6}, TYPE_STRING},   {{"array", 5}, TYPE_ARRAY},
        {{"object", 6}, TYPE_OBJECT},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (str_eq(rows[i].name, name))
            return rows[i].kinds;
    return 0;
}

static void
read_kinds(struct draft *d, const cJSON *node, size_t where)
{
    const cJSON *item = cJSON_IsArray(node) ? node->child : node;

    (void)where;
    d->kinds = 0;
    if (cJSON_IsArray(node) && !item)
        wrong(d, node, "must name at least one kind");
    for (; item; item = cJSON_IsArray(node) ? item->next : NULL) {
        uint8_t kinds = cJSON_IsString(item) ? kind_named(text_of(item)) : 0;
        if (!kinds)
            report_error(d->set->report, document_place(d->home, item),
                         "type must be null, boolean, integer, number, string, array or object");
        d->kinds |= kinds;
    }
}

static void
read_value(struct draft *d, const cJSON *node, size_t where)
{
    struct value *value = set_alloc(d->set, 1, sizeof(*value));

    if (value && node_to_value(d->set->arena, node, value) == FAULT_NONE)
        *(const struct value **)at(d, where) = value;
    else
        wrong(d, node, "is too big or too deep a value");
}

static void
read_enumeration(struct draft *d, const cJSON *node, size_t where)
{
    if (expect(d, node, cJSON_Array, "a list of values"))
        read_value(d, node, where);
}

static void
read_pattern(struct draft *d, const cJSON *node, size_t where)
{
    const char *why = "";

    if (!expect(d, node, cJSON_String, "a regular expression"))
        return;
    *(const struct pattern **)at(d, where) = pattern_new(d->set->arena, text_of(node), &why);
    if (!d->pattern)
        wrong(d, node, "is not a regular expression that can be used: %s", why);
}

static void
read_format(struct draft *d, const cJSON *node, size_t where)
{
    (void)where;
    if (!expect(d, node, cJSON_String, "a text"))
        return;
    d->format = format_find(text_of(node));
    if (d->format == FORMAT_NONE)
        report_warning(d->set->report, document_place(d->home, node),
                       "format '%s' is not known and not checked", node->valuestring);
}

static void
read_names(struct draft *d, const cJSON *node, struct str **names, uint32_t *n)
{
    if (!expect(d, node, cJSON_Array, "a list of names"))
        return;
    *names = set_alloc(d->set, count_children(node), sizeof(struct str));
    for (const cJSON *item = *names ? node->child : NULL; item; item = item->next) {
        if (cJSON_IsString(item))
            (*names)[(*n)++] = text_of(item);
        else
            report_error(d->set->report, document_place(d->home, item), "%s must name members",
                         node->string ? node->string : "the list");
    }
}

static void
read_required(struct draft *d, const cJSON *node, size_t where)
{
    (void)where;
    read_names(d, node, &d->required, &d->required_count);
}

static void
read_properties(struct draft *d, const cJSON *node, size_t where)
{
    (void)where;
    if (!expect(d, node, cJSON_Object, "an object of schemas"))
        return;
    d->properties = set_alloc(d->set, count_children(node), sizeof(struct property));
    for (const cJSON *item = d->properties ? node->child : NULL; item; item = item->next) {
        const struct type *t = draft_find(d->set, d->home, item);
        if (t)
            d->properties[d->property_count++] =
                (struct property){.name = str_of(item->string), .type = t};
    }
}

static void
read_pattern_properties(struct draft *d, const cJSON *node, size_t where)
{
    (void)where;
    if (!expect(d, node, cJSON_Object, "an object of schemas"))
        return;
    d->patterns = set_alloc(d->set, count_children(node), sizeof(struct pattern_property));
    for (const cJSON *item = d->patterns ? node->child : NULL; item; item = item->next) {
        const char *why = "";
        const struct type *t = draft_find(d->set, d->home, item);
        const struct pattern *p = pattern_new(d->set->arena, str_of(item->string), &why);
        if (!p)
            report_error(d->set->report, document_key_place(d->home, item),
                         "this is not a regular expression that can be used: %s", why);
        else if (t)
            d->patterns[d->pattern_count++] = (struct pattern_property){p, t};
    }
}

static void
read_additional(struct draft *d, const cJSON *node, size_t where)
{
    (void)where;
    if (cJSON_IsFalse(node))
        d->closed = true;
    else if (!cJSON_IsTrue(node))
        d->additional = draft_find(d->set, d->home, node);
}

static void
read_items(struct draft *d, const cJSON *node, size_t where)
{
    if (cJSON_IsArray(node))
        wrong(d, node, "must be one schema: call the list prefixItems");
    else
        read_subschema(d, node, where);
}

static void
read_dependencies(struct draft *d, const cJSON *node, size_t where)
{
    struct dependencies *list = at(d, where);
    bool by_schema = where == offsetof(struct draft, dependents);

    if (!expect(d, node, cJSON_Object, by_schema ? "an object of schemas" : "an object of lists"))
        return;
    list->at = set_alloc(d->set, count_children(node), sizeof(struct dependency));
    for (const cJSON *item = list->at ? node->child : NULL; item; item = item->next) {
        struct dependency *dependency = &list->at[list->n++];
        dependency->name = str_of(item->string);
        if (by_schema)
            dependency->type = draft_find(d->set, d->home, item);
        else
            read_names(d, item, &dependency->required, &dependency->required_count);
    }
}

static void
read_reference(struct draft *d, const cJSON *node, size_t where)
{
    (void)where;
    if (expect(d, node, cJSON_String, "a reference"))
        d->ref = draft_refer(d, d->type.schema, node->valuestring);
}

static void
read_identity(struct draft *d, const cJSON *node, size_t where)
{
    if (!identity_is_schema(d->home))
        read_unsupported(d, node, where);
}

static void
read_dialect(struct draft *d, const cJSON *node, size_t where)
{
    (void)where;
    if (!expect(d, node, cJSON_String, "a URI"))
        return;
    if (!str_starts(text_of(node), STR("https://json-schema.org/draft/2020-12/")) &&
        !str_starts(text_of(node), STR("https://spec.openapis.org/oas/3.")))
        wrong(d, node, "is another dialect: only JSON Schema 2020-12 is supported");
}

static void
read_nullable(struct draft *d, const cJSON *node, size_t where)
{
    (void)where;
    report_warning(d->set->report, document_key_place(d->home, node),
                   "nullable means nothing from OpenAPI 3.1 on: write type: [..., 'null']");
}

static void
read_xml(struct draft *d, const cJSON *node, size_t where)
{
    struct type_xml *xml = &d->type.xml;
    const char *kind;

    (void)where;
    if (!expect(d, node, cJSON_Object, "an object"))
        return;
    d->has_xml = true;
    xml->name = str_of(node_string(node, "name", NULL));
    xml->ns = str_of(node_string(node, "namespace", NULL));
    xml->prefix = str_of(node_string(node, "prefix", NULL));
    xml->wrapped = cJSON_IsTrue(node_get(node, "wrapped"));
    kind = node_string(node, "nodeType", "");
    if (cJSON_IsTrue(node_get(node, "attribute")) || strcmp(kind, "attribute") == 0)
        xml->node = XML_ATTRIBUTE;
    else if (strcmp(kind, "text") == 0 || strcmp(kind, "cdata") == 0)
        xml->node = XML_TEXT;
    else if (strcmp(kind, "any") == 0)
        xml->node = XML_ANY;
    xml->wrapped |= strcmp(kind, "element") == 0;
}

/* A mapping's entry is a reference, or the bare name of a component (OpenAPI 3.1, 4.8.25). */
static const struct type *
mapped_type(struct draft *d, const cJSON *entry)
{
    const char *name = entry->valuestring;
    struct str reference;

    if (strpbrk(name, "/#") || str_ends(str_of(name), STR(".yaml")) ||
        str_ends(str_of(name), STR(".json")))
        return draft_refer(d, entry, name);
    reference = arena_printf(d->set->arena, "#/components/schemas/%s", name);
    return reference.p ? draft_refer(d, entry, reference.p) : NULL;
}

static void
read_mapping(struct draft *d, const cJSON *mapping)
{
    if (!expect(d, mapping, cJSON_Object, "an object of references"))
        return;
    d->mapped = set_alloc(d->set, count_children(mapping), sizeof(struct variant));
    for (const cJSON *entry = d->mapped ? mapping->child : NULL; entry; entry = entry->next) {
        const struct type *t;
        if (!expect(d, entry, cJSON_String, "a reference to a schema"))
            continue;
        t = mapped_type(d, entry);
        if (t)
            d->mapped[d->mapped_count++] =
                (struct variant){.value = str_of(entry->string), .type = t};
    }
}

static void
read_discriminator(struct draft *d, const cJSON *node, size_t where)
{
    const char *member;

    (void)where;
    if (!expect(d, node, cJSON_Object, "an object"))
        return;
    member = node_string(node, "propertyName", NULL);
    if (!member) {
        wrong(d, node, "must name a member: give it propertyName");
        return;
    }
    d->discriminator = str_of(member);
    if (node_get(node, "mapping"))
        read_mapping(d, node_get(node, "mapping"));
}

/* ---- The keywords ---- */

#define IN(member) offsetof(struct draft, member)

static const struct keyword {
    const char *name;
    void (*read)(struct draft *d, const cJSON *node, size_t where);
    size_t where;
} keywords[] = {
    /* sorted by strcmp: found by bisection */
    {"$anchor", read_identity, 0},
    {"$comment", read_nothing, 0},
    {"$defs", read_nothing, 0},
    {"$dynamicAnchor", read_unsupported, 0},
    {"$dynamicRef", read_unsupported, 0},
    {"$id", read_identity, 0},
    {"$recursiveAnchor", read_unsupported, 0},
    {"$recursiveRef", read_unsupported, 0},
    {"$ref", read_reference, 0},
    {"$schema", read_dialect, 0},
    {"$vocabulary", read_unsupported, 0},
    {"additionalItems", read_unsupported, 0},
    {"additionalProperties", read_additional, 0},
    {"allOf", read_subschemas, IN(all)},
    {"anyOf", read_subschemas, IN(any)},
    {"const", read_value, IN(constant)},
    {"contains", read_subschema, IN(contains.type)},
    {"contentEncoding", read_nothing, 0},
    {"contentMediaType", read_nothing, 0},
    {"contentSchema", read_nothing, 0},
    {"default", read_value, IN(type.fallback)},
    {"definitions", read_nothing, 0},
    {"dependencies", read_unsupported, 0},
    {"dependentRequired", read_dependencies, IN(needs)},
    {"dependentSchemas", read_dependencies, IN(dependents)},
    {"deprecated", read_flag, IN(type.deprecated)},
    {"description", read_text, IN(type.description)},
    {"discriminator", read_discriminator, 0},
    {"else", read_subschema, IN(condition.otherwise)},
    {"enum", read_enumeration, IN(enumeration)},
    {"example", read_nothing, 0},
    {"examples", read_nothing, 0},
    {"exclusiveMaximum", read_bound, IN(below)},
    {"exclusiveMinimum", read_bound, IN(above)},
    {"externalDocs", read_nothing, 0},
    {"format", read_format, 0},
    {"if", read_subschema, IN(condition.when)},
    {"items", read_items, IN(array.items)},
    {"maxContains", read_size, IN(contains.size.max)},
    {"maxItems", read_size, IN(items.max)},
    {"maxLength", read_size, IN(length.max)},
    {"maxProperties", read_size, IN(members.max)},
    {"maximum", read_bound, IN(maximum)},
    {"minContains", read_size, IN(contains.size.min)},
    {"minItems", read_size, IN(items.min)},
    {"minLength", read_size, IN(length.min)},
    {"minProperties", read_size, IN(members.min)},
    {"minimum", read_bound, IN(minimum)},
    {"multipleOf", read_multiple, IN(multiple)},
    {"not", read_subschema, IN(not )},
    {"nullable", read_nullable, 0},
    {"oneOf", read_subschemas, IN(one)},
    {"pattern", read_pattern, IN(pattern)},
    {"patternProperties", read_pattern_properties, 0},
    {"prefixItems", read_subschemas, IN(array.prefix)},
    {"properties", read_properties, 0},
    {"propertyNames", read_subschema, IN(member_names)},
    {"readOnly", read_flag, IN(type.read_only)},
    {"required", read_required, 0},
    {"then", read_subschema, IN(condition.then)},
    {"title", read_nothing, 0},
    {"type", read_kinds, 0},
    {"unevaluatedItems", read_unsupported, 0},
    {"unevaluatedProperties", read_unsupported, 0},
    {"uniqueItems", read_flag, IN(unique)},
    {"writeOnly", read_flag, IN(type.write_only)},
    {"xml", read_xml, 0},
};

static int
compare_keyword(const void *name, const void *row)
{
    return strcmp(name, ((const struct keyword *)row)->name);
}

static void
read_keyword(struct draft *d, const cJSON *node)
{
    const struct keyword *row = bsearch(node->string, keywords, sizeof(keywords) / sizeof(*row),
                                        sizeof(*row), compare_keyword);

    if (row)
        row->read(d, node, row->where);
    else if (strncmp(node->string, "x-", 2) != 0)
        report_warning(d->set->report, document_key_place(d->home, node),
                       "%s is no keyword of JSON Schema 2020-12 and does nothing", node->string);
}

void
schema_read(struct draft *d)
{
    const cJSON *schema = d->type.schema;

    if (cJSON_IsBool(schema)) {
        d->kinds = cJSON_IsTrue(schema) ? TYPE_ANY : 0;
        return;
    }
    for (const cJSON *node = schema ? schema->child : NULL; node; node = node->next)
        read_keyword(d, node);
}
