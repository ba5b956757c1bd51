/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Complex types as objects: the members that xsd_members.c found, the base by allOf, the derived
 * types by a discriminator "@type" (xsi:type on the wire).
 */
#include "soap/xsd_members.h"

enum { DERIVED_DEPTH = 32 };

static cJSON *
as_list(struct xsd_lower *l, const struct xsd_member *m, cJSON *item)
{
    cJSON *list = cJSON_CreateObject();
    struct str n;

    xsd_put_string(l, list, "type", "array");
    xsd_put(l, list, "items", item);
    if (m->min > 0 && (n = arena_printf(l->x->arena, "%u", m->min)).p)
        xsd_put_number(l, list, "minItems", n.p);
    if (m->max != XSD_UNBOUNDED && (n = arena_printf(l->x->arena, "%u", m->max)).p)
        xsd_put_number(l, list, "maxItems", n.p);
    /* No element of a list outside a choice is an empty list, not an absent one. */
    if (m->min == 0 && !m->chosen)
        xsd_put(l, list, "default", cJSON_CreateArray());
    return list;
}

static cJSON *
element_schema(struct xsd_lower *l, const struct xsd_member *m)
{
    const char *nillable = xml_attribute(l->x->arena, m->declaration, "nillable");
    cJSON *schema = xsd_lower_element(l, m->schema, m->declaration);

    if (!schema)
        return NULL;
    if (nillable && (strcmp(nillable, "true") == 0 || strcmp(nillable, "1") == 0))
        schema = xsd_lower_nullable(l, schema);
    if (!node_get(schema, "description"))
        xsd_put_description(l, schema, m->declaration);
    cJSON_DeleteItemFromObjectCaseSensitive(schema, "xml");
    xsd_put_xml(l, schema, m->local, m->ns, false);
    return m->max == 1 ? schema : as_list(l, m, schema);
}

static cJSON *
attribute_schema(struct xsd_lower *l, const struct xsd_member *m)
{
    const char *type = xml_attribute(l->x->arena, m->declaration, "type");
    xmlNode *inside = xml_child(m->declaration, NS_XSD, "simpleType");
    cJSON *schema;
    struct qname q;

    if (type) {
        if (!xsd_qname(l->x, m->schema, m->declaration, type, &q))
            return NULL;
        schema = xsd_lower_type(l, m->schema, m->declaration, q);
    } else {
        schema =
            inside ? xsd_lower_simple(l, m->schema, inside) : xsd_lower_builtin(l, "anySimpleType");
    }
    if (schema)
        xsd_put_xml(l, schema, m->local, m->ns, true);
    return schema;
}

static cJSON *
wildcard_schema(struct xsd_lower *l)
{
    cJSON *schema = cJSON_CreateObject(), *xml = cJSON_CreateObject();

    xsd_put_string(l, schema, "type", "object");
    xsd_put_string(l, xml, XML_NODE_TYPE, "any");
    xsd_put(l, schema, "xml", xml);
    return schema;
}

static cJSON *
text_schema(struct xsd_lower *l, const struct xsd_member *m)
{
    cJSON *schema = m->text ? m->text : xsd_lower_builtin(l, "string"); /* mixed content */
    cJSON *xml = cJSON_CreateObject();

    xsd_put_string(l, xml, XML_NODE_TYPE, "text");
    xsd_put(l, schema, "xml", xml);
    return schema;
}

static cJSON *
member_schema(struct xsd_lower *l, const struct xsd_member *m)
{
    switch (m->node) {
    case XML_ATTRIBUTE: return attribute_schema(l, m);
    case XML_TEXT: return text_schema(l, m);
    case XML_ANY: return wildcard_schema(l);
    default: return element_schema(l, m);
    }
}

static void
put_members(struct xsd_lower *l, const struct xsd_members *list, cJSON *schema)
{
    cJSON *properties = node_get(schema, "properties"), *required = node_get(schema, "required");

    for (const struct xsd_member *m = list->first; m; m = m->next) {
        cJSON *member = m->inherited || m->max == 0 ? NULL : member_schema(l, m);

        if (!member)
            continue;
        if (!properties)
            xsd_put(l, schema, "properties", properties = cJSON_CreateObject());
        xsd_put(l, properties, m->name, member);
        if (m->min == 0)
            continue;
        if (!required)
            xsd_put(l, schema, "required", required = cJSON_CreateArray());
        xsd_put_string(l, required, NULL, m->name);
    }
}

static cJSON *
required_of(struct xsd_lower *l, const char *name)
{
    cJSON *schema = cJSON_CreateObject(), *names = cJSON_CreateArray();

    xsd_put_string(l, names, NULL, name);
    xsd_put(l, schema, "required", names);
    return schema;
}

/* A branch is taken when its required members are there; or any of them, if it requires none. */
static cJSON *
branch_schema(struct xsd_lower *l, const struct xsd_branch *b)
{
    cJSON *schema = cJSON_CreateObject(), *list = cJSON_CreateArray();

    xsd_put(l, schema, b->emptiable ? "anyOf" : "required", list);
    for (const struct xsd_branch_member *m = b->members; m; m = m->next) {
        if (b->emptiable)
            xsd_put(l, list, NULL, required_of(l, m->member->name));
        else if (m->required)
            xsd_put_string(l, list, NULL, m->member->name);
    }
    return schema;
}

static cJSON *
no_branch_schema(struct xsd_lower *l, const struct xsd_choice *c)
{
    cJSON *schema = cJSON_CreateObject(), *any = cJSON_CreateObject(), *list = cJSON_CreateArray();

    for (const struct xsd_branch *b = c->branches; b; b = b->next)
        for (const struct xsd_branch_member *m = b->members; m; m = m->next)
            xsd_put(l, list, NULL, required_of(l, m->member->name));
    xsd_put(l, any, "anyOf", list);
    xsd_put(l, schema, "not", any);
    return schema;
}

static cJSON *
choice_schema(struct xsd_lower *l, const struct xsd_choice *c)
{
    cJSON *schema = cJSON_CreateObject(), *list = cJSON_CreateArray();

    xsd_put(l, schema, c->overlaps ? "anyOf" : "oneOf", list);
    for (const struct xsd_branch *b = c->branches; b; b = b->next)
        if (b->members)
            xsd_put(l, list, NULL, branch_schema(l, b));
    if (c->optional)
        xsd_put(l, list, NULL, no_branch_schema(l, c));
    return schema;
}

static void
put_choices(struct xsd_lower *l, const struct xsd_members *list, cJSON *schema)
{
    cJSON *all = NULL;

    for (const struct xsd_choice *c = list->choices; c; c = c->next) {
        if (c->inherited || !c->branches)
            continue;
        if (!all)
            xsd_put(l, schema, "allOf", all = cJSON_CreateArray());
        xsd_put(l, all, NULL, choice_schema(l, c));
    }
}

static void
put_mapping(struct xsd_lower *l, const struct xsd_global *g, cJSON *mapping, unsigned depth)
{
    cJSON *reference = xsd_lower_reference(l, g->schema, g->node, g->name, g);
    const char *path = node_string(reference, "$ref", NULL);
    const char *abstract = xml_attribute(l->x->arena, g->node, "abstract");

    if (path && !(abstract && strcmp(abstract, "true") == 0))
        xsd_put_string(l, mapping, strrchr(path, '/') + 1, path);
    cJSON_Delete(reference);
    for (const struct xsd_global *d = g->derived; d && depth; d = d->next_derived)
        put_mapping(l, d, mapping, depth - 1);
}

static void
put_discriminator(struct xsd_lower *l, const struct xsd_global *g, bool has_base, cJSON *schema)
{
    const char *abstract = xml_attribute(l->x->arena, g->node, "abstract");
    cJSON *discriminator = cJSON_CreateObject(), *mapping = cJSON_CreateObject(), *member;

    xsd_put_string(l, discriminator, "propertyName", XSD_TYPE_MEMBER);
    put_mapping(l, g, mapping, DERIVED_DEPTH);
    xsd_put(l, discriminator, "mapping", mapping);
    xsd_put(l, schema, "discriminator", discriminator);
    if (has_base)
        return; /* the base has the member */
    member = cJSON_CreateObject();
    xsd_put_string(l, member, "type", "string");
    xsd_put_xml(l, member, "type", NS_XSI, true);
    xsd_put(l, schema, "properties", cJSON_CreateObject());
    xsd_put(l, node_get(schema, "properties"), XSD_TYPE_MEMBER, member);
    if (abstract && strcmp(abstract, "true") == 0) {
        xsd_put(l, schema, "required", cJSON_CreateArray());
        xsd_put_string(l, node_get(schema, "required"), NULL, XSD_TYPE_MEMBER);
    }
}

static void
put_body(struct xsd_lower *l, const struct xsd_members *list, const struct xsd_global *g,
         cJSON *schema)
{
    cJSON *own = schema, *all;

    if (list->base) {
        xsd_put(l, schema, "allOf", all = cJSON_CreateArray());
        xsd_put(l, all, NULL,
                xsd_lower_reference(l, list->base->schema, list->base->node, list->base->name,
                                    list->base));
        xsd_put(l, all, NULL, own = cJSON_CreateObject());
    }
    xsd_put_string(l, own, "type", "object");
    if (g && (g->derived))
        put_discriminator(l, g, list->base != NULL, schema);
    put_members(l, list, own);
    put_choices(l, list, own);
    if (g)
        xsd_put_xml(l, schema, g->name, g->schema->ns, false);
}

cJSON *
xsd_lower_complex(struct xsd_lower *l, const struct xsd_schema *s, xmlNode *type,
                  const struct xsd_global *g)
{
    struct xsd_members list;
    cJSON *schema = cJSON_CreateObject();

    if (!schema) {
        l->failed = true;
        return NULL;
    }
    xsd_members_init(&list, l);
    xsd_members_of(&list, s, type);
    put_body(l, &list, g, schema);
    return schema;
}
