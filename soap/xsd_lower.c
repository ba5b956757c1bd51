/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xsd_lower.h"

#include <stdio.h>
#include <stdlib.h>

#define NS_ENCODING "http://schemas.xmlsoap.org/soap/encoding/"

struct xsd_todo {
    struct xsd_todo *next;
    const struct xsd_schema *schema;
    xmlNode *type;
    const struct xsd_global *global; /* NULL: the anonymous type of an element */
    cJSON *body;
};

static void
free_tree(void *root)
{
    cJSON_Delete(root);
}

bool
xsd_lower_init(struct xsd_lower *l, struct xsd *x)
{
    cJSON *components;

    *l = (struct xsd_lower){.x = x, .last = &l->todo};
    l->root = cJSON_CreateObject();
    if (!l->root)
        return false;
    if (arena_defer(x->arena, free_tree, l->root) != FAULT_NONE) {
        cJSON_Delete(l->root);
        return false;
    }
    components = cJSON_AddObjectToObject(l->root, "components");
    l->components = cJSON_AddObjectToObject(components, "schemas");
    return l->components != NULL;
}

void
xsd_put(struct xsd_lower *l, cJSON *parent, const char *key, cJSON *item)
{
    bool put =
        item && parent &&
        (key ? cJSON_AddItemToObject(parent, key, item) : cJSON_AddItemToArray(parent, item));

    if (put)
        return;
    cJSON_Delete(item);
    l->failed = true;
}

void
xsd_put_string(struct xsd_lower *l, cJSON *parent, const char *key, const char *text)
{
    xsd_put(l, parent, key, cJSON_CreateString(text));
}

void
xsd_put_number(struct xsd_lower *l, cJSON *parent, const char *key, const char *lexeme)
{
    cJSON *number = cJSON_CreateNumber(strtod(lexeme, NULL));
    size_t n = strlen(lexeme) + 1;
    char *copy = number ? cJSON_malloc(n) : NULL;

    if (!copy) {
        cJSON_Delete(number);
        l->failed = true;
        return;
    }
    memcpy(copy, lexeme, n);
    number->valuestring = copy;
    xsd_put(l, parent, key, number);
}

void
xsd_put_xml(struct xsd_lower *l, cJSON *schema, const char *local, const char *ns,
            bool is_attribute)
{
    cJSON *xml = cJSON_CreateObject();

    if (local)
        xsd_put_string(l, xml, "name", local);
    if (ns[0])
        xsd_put_string(l, xml, "namespace", ns);
    if (is_attribute)
        xsd_put(l, xml, "attribute", cJSON_CreateTrue());
    xsd_put(l, schema, "xml", xml);
}

void
xsd_put_description(struct xsd_lower *l, cJSON *schema, const xmlNode *declaration)
{
    xmlNode *note = xml_child(declaration, NS_XSD, "annotation");
    xmlNode *text = note ? xml_child(note, NS_XSD, "documentation") : NULL;
    const char *description = xml_documentation(l->x->arena, text);

    if (description)
        xsd_put_string(l, schema, "description", description);
}

cJSON *
xsd_lower_nullable(struct xsd_lower *l, cJSON *schema)
{
    cJSON *type = node_get(schema, "type"), *values = node_get(schema, "enum");
    cJSON *types, *any, *null;

    if (!schema || (!type && !node_get(schema, "$ref")))
        return schema; /* {}: anything, null too */
    if (cJSON_IsString(type)) {
        types = cJSON_CreateArray();
        xsd_put_string(l, types, NULL, type->valuestring);
        xsd_put_string(l, types, NULL, "null");
        cJSON_DeleteItemFromObjectCaseSensitive(schema, "type");
        xsd_put(l, schema, "type", types);
        if (values)
            xsd_put(l, values, NULL, cJSON_CreateNull());
        return schema;
    }
    any = cJSON_CreateObject();
    null = cJSON_CreateObject();
    xsd_put(l, any, "anyOf", cJSON_CreateArray());
    xsd_put(l, node_get(any, "anyOf"), NULL, schema);
    xsd_put_string(l, null, "type", "null");
    xsd_put(l, node_get(any, "anyOf"), NULL, null);
    return any;
}

/* The last word of a namespace that says something, as the beginning of a name: "Billing" of
 * http://example.com/schemas/billing/v2 and of urn:example:billing; "" when there is none. */
static const char *
namespace_word(struct arena *a, const char *ns)
{
    const char *end = ns + strlen(ns), *from = end;
    struct str word = STR_NONE;
    char *copy;

    while (from > ns && !word.n) {
        for (from = end; from > ns && !strchr("/:#", from[-1]);)
            from--;
        word = (struct str){from, strcspn(from, ".?&=/:#")};
        if (word.n < 3 || strspn(from, "0123456789-_vVrR") >= word.n) /* a version, or a date */
            word = STR_NONE;
        end = from > ns ? from - 1 : ns;
    }
    word = arena_dup(a, word);
    copy = (char *)(uintptr_t)word.p;
    if (word.n && copy[0] >= 'a' && copy[0] <= 'z')
        copy[0] = (char)(copy[0] - 'a' + 'A');
    return word.n ? word.p : "";
}

/* Like `wish`; where another type has that name, with its namespace before it, or else a number
 * behind it. */
static cJSON *
add_component(struct xsd_lower *l, const char *wish, const char *ns)
{
    const char *name = wish;
    cJSON *body = cJSON_CreateObject();

    if (node_get(l->components, name) && ns[0])
        name = arena_printf(l->x->arena, "%s%s", namespace_word(l->x->arena, ns), wish).p;
    for (unsigned n = 2; name && node_get(l->components, name); n++)
        name = arena_printf(l->x->arena, "%s_%u", wish, n).p;
    if (!name || !body) {
        cJSON_Delete(body);
        l->failed = true;
        return NULL;
    }
    xsd_put(l, l->components, name, body);
    return l->failed ? NULL : body;
}

static cJSON *
name_component(struct xsd_lower *l, const struct xsd_schema *s, xmlNode *type, const char *wish,
               const struct xsd_global *g)
{
    struct xsd_todo *todo = ARENA_NEW(l->x->arena, struct xsd_todo);
    cJSON *body = todo ? add_component(l, wish, s->ns) : NULL;

    if (!body) {
        l->failed = true;
        return NULL;
    }
    *todo = (struct xsd_todo){.schema = s, .type = type, .global = g, .body = body};
    *l->last = todo;
    l->last = &todo->next;
    type->_private = body;
    return body;
}

cJSON *
xsd_lower_reference(struct xsd_lower *l, const struct xsd_schema *s, xmlNode *type,
                    const char *wish, const struct xsd_global *g)
{
    cJSON *body = type->_private ? type->_private : name_component(l, s, type, wish, g);
    cJSON *reference = cJSON_CreateObject();
    struct str path;

    if (!body) {
        cJSON_Delete(reference);
        return NULL;
    }
    path = arena_printf(l->x->arena, "#/components/schemas/%s", body->string);
    xsd_put_string(l, reference, "$ref", path.p ? path.p : "");
    return reference;
}

static bool
is_any_type(struct qname q)
{
    return qname_is(q, NS_XSD, "anyType") || qname_is(q, NS_ENCODING, "Array") ||
           qname_is(q, NS_ENCODING, "Struct");
}

cJSON *
xsd_lower_type(struct xsd_lower *l, const struct xsd_schema *s, const xmlNode *node,
               struct qname type)
{
    const struct xsd_global *g = xsd_find(l->x, XSD_TYPE, type);
    cJSON *schema = NULL;

    if (g && xml_is(g->node, NULL, "simpleType") && !xml_child(g->node, NS_XSD, "restriction"))
        return xsd_lower_simple(l, g->schema, g->node);
    if (g) {
        schema = xsd_lower_reference(l, g->schema, g->node, g->name, g);
        if (schema && xml_is(g->node, NULL, "simpleType") &&
            xsd_simple_collapses(l, g->schema, g->node))
            xsd_put_string(l, schema, XML_SPACE, "collapse"); /* codecs look here, not behind */
        return schema;
    }
    if (is_any_type(type))
        return cJSON_CreateObject();
    if (strcmp(type.ns, NS_XSD) == 0 || strcmp(type.ns, NS_ENCODING) == 0)
        schema = xsd_lower_builtin(l, type.local);
    if (!schema)
        xsd_tell_missing(l->x, s, node, "type", type);
    return schema;
}

/* An element that names no type has that of its substitution group's head. */
static cJSON *
head_type(struct xsd_lower *l, const struct xsd_schema *s, const xmlNode *element)
{
    const char *head = xml_attribute(l->x->arena, element, "substitutionGroup");
    struct xsd_global *g;
    struct qname q;

    if (!head || !xsd_qname(l->x, s, element, head, &q))
        return cJSON_CreateObject();
    g = xsd_find(l->x, XSD_ELEMENT, q);
    if (!g || g->node == element || !xml_attribute(l->x->arena, g->node, "type"))
        return cJSON_CreateObject();
    return xsd_lower_element(l, g->schema, g->node);
}

cJSON *
xsd_lower_element(struct xsd_lower *l, const struct xsd_schema *s, xmlNode *element)
{
    const char *type = xml_attribute(l->x->arena, element, "type");
    xmlNode *inside = xml_child(element, NS_XSD, "complexType");
    const char *name = xml_attribute(l->x->arena, element, "name");
    struct qname q;

    if (type) {
        if (!xsd_qname(l->x, s, element, type, &q))
            return NULL;
        return xsd_lower_type(l, s, element, q);
    }
    if (inside && element->parent == s->node) /* a top-level element may refer to itself */
        return xsd_lower_reference(l, s, inside, name ? name : "Anonymous", NULL);
    if (inside)
        return xsd_lower_complex(l, s, inside, NULL);
    inside = xml_child(element, NS_XSD, "simpleType");
    return inside ? xsd_lower_simple(l, s, inside) : head_type(l, s, element);
}

/* Moves the members of a new node into the component that $refs already name. */
static void
fill(struct xsd_lower *l, cJSON *body, cJSON *from)
{
    while (from && from->child) {
        cJSON *item = cJSON_DetachItemViaPointer(from, from->child);
        const char *key = item->string;
        struct str name = arena_dup(l->x->arena, str_of(key));

        xsd_put(l, body, name.p ? name.p : "", item);
    }
    cJSON_Delete(from);
}

void
xsd_lower_finish(struct xsd_lower *l)
{
    for (struct xsd_todo *t = l->todo; t && !l->failed; t = t->next) {
        bool complex = xml_is(t->type, NULL, "complexType");
        cJSON *body = complex ? xsd_lower_complex(l, t->schema, t->type, t->global)
                              : xsd_lower_simple(l, t->schema, t->type);

        if (body)
            xsd_put_description(l, body, t->type);
        fill(l, t->body, body);
    }
}
