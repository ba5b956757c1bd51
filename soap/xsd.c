/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xsd.h"

enum { FILE_DEPTH = 64 };

static const struct {
    const char *local;
    enum xsd_kind kind;
} DECLARATIONS[] = {
    {"complexType", XSD_TYPE},    {"simpleType", XSD_TYPE}, {"element", XSD_ELEMENT},
    {"attribute", XSD_ATTRIBUTE}, {"group", XSD_GROUP},     {"attributeGroup", XSD_ATTRIBUTE_GROUP},
};

static void add_file(struct xsd *x, const char *path, struct place from,
                     const struct xsd_schema *includer);

static void
free_table(void *table)
{
    xmlHashFree(table, NULL);
}

bool
xsd_init(struct xsd *x, struct arena *a, struct report *r)
{
    *x = (struct xsd){.arena = a, .report = r, .last = &x->schemas};
    for (int kind = 0; kind < XSD_KIND_COUNT; kind++) {
        x->globals[kind] = xmlHashCreate(64);
        if (!x->globals[kind])
            return false;
        if (arena_defer(a, free_table, x->globals[kind]) != FAULT_NONE) {
            xmlHashFree(x->globals[kind], NULL);
            return false;
        }
    }
    return true;
}

static void
declare(struct xsd *x, const struct xsd_schema *s, xmlNode *node, enum xsd_kind kind)
{
    const char *name = xml_attribute(x->arena, node, "name");
    struct xsd_global *g;

    if (!name || !name[0]) {
        report_error(x->report, xml_place(s->path, node), "%s without a name", node->name);
        return;
    }
    g = ARENA_NEW(x->arena, struct xsd_global);
    if (!g)
        return;
    g->schema = s;
    g->node = node;
    g->name = name;
    x->has_substitutes |= xmlHasProp(node, xml_chars("substitutionGroup")) != NULL;
    /* A second declaration comes from the same file reached twice: the first one stays. */
    (void)xmlHashAddEntry2(x->globals[kind], xml_chars(name), xml_chars(s->ns), g);
}

static void
declare_all(struct xsd *x, const struct xsd_schema *s)
{
    for (xmlNode *c = xml_child(s->node, NS_XSD, NULL); c; c = xml_next(c, NS_XSD, NULL))
        for (size_t i = 0; i < sizeof(DECLARATIONS) / sizeof(DECLARATIONS[0]); i++)
            if (xml_is(c, NULL, DECLARATIONS[i].local))
                declare(x, s, c, DECLARATIONS[i].kind);
}

static void
step_over(struct xsd *x, const char *ns, const char *location)
{
    struct xsd_stepped *s = ARENA_NEW(x->arena, struct xsd_stepped);

    if (!s)
        return;
    *s = (struct xsd_stepped){x->stepped, ns ? ns : "", location};
    x->stepped = s;
}

static void
follow(struct xsd *x, const struct xsd_schema *s, const xmlNode *node)
{
    const char *location = xml_attribute(x->arena, node, "schemaLocation");
    const char *ns = xml_attribute(x->arena, node, "namespace");
    const char *path;

    if (!location || !location[0])
        return; /* the namespace is declared elsewhere, or a reference into it will be missed */
    path = xml_file_resolve(x->arena, s->path, location);
    if (!path)
        step_over(x, ns, location);
    else
        add_file(x, path, xml_place(s->path, node), xml_is(node, NULL, "include") ? s : NULL);
}

static void
follow_all(struct xsd *x, const struct xsd_schema *s)
{
    for (xmlNode *c = xml_child(s->node, NS_XSD, NULL); c; c = xml_next(c, NS_XSD, NULL)) {
        if (xml_is(c, NULL, "import") || xml_is(c, NULL, "include"))
            follow(x, s, c);
        else if (xml_is(c, NULL, "redefine") || xml_is(c, NULL, "override"))
            report_error(x->report, xml_place(s->path, c),
                         "xs:%s is not supported: write the changed types out", c->name);
    }
}

static bool
is_qualified(const struct xsd *x, const xmlNode *node, const char *attribute)
{
    const char *form = xml_attribute(x->arena, node, attribute);

    return form && strcmp(form, "qualified") == 0;
}

static void
add(struct xsd *x, const char *path, xmlNode *node, const struct xsd_schema *includer)
{
    struct xsd_schema *s = ARENA_NEW(x->arena, struct xsd_schema);
    const char *ns = xml_attribute(x->arena, node, "targetNamespace");

    if (!s)
        return;
    s->path = path;
    s->node = node;
    s->chameleon = includer && !ns && includer->ns[0];
    s->ns = s->chameleon ? includer->ns : ns ? ns : "";
    s->elements_qualified = is_qualified(x, node, "elementFormDefault");
    s->attributes_qualified = is_qualified(x, node, "attributeFormDefault");
    *x->last = s;
    x->last = &s->next;
    declare_all(x, s);
    follow_all(x, s);
}

void
xsd_add(struct xsd *x, const char *path, xmlNode *schema)
{
    add(x, path, schema, NULL);
}

static bool
is_added(const struct xsd *x, const char *path, const struct xsd_schema *includer)
{
    for (const struct xsd_schema *s = x->schemas; s; s = s->next)
        if (strcmp(s->path, path) == 0 &&
            (!s->chameleon || (includer && strcmp(s->ns, includer->ns) == 0)))
            return true;
    return false;
}

static void
add_file(struct xsd *x, const char *path, struct place from, const struct xsd_schema *includer)
{
    xmlDoc *doc;
    xmlNode *root;

    if (is_added(x, path, includer))
        return;
    if (x->depth > FILE_DEPTH) {
        report_error(x->report, from, "schemas import each other %d deep", FILE_DEPTH);
        return;
    }
    doc = xml_file_read(x->arena, path, from, x->report);
    if (!doc)
        return;
    root = xmlDocGetRootElement(doc);
    x->depth++;
    if (xml_is(root, NS_XSD, "schema"))
        add(x, path, root, includer);
    else
        report_error(x->report, xml_place(path, root), "xs:schema expected, not %s", root->name);
    x->depth--;
}

void
xsd_add_file(struct xsd *x, const char *path, struct place from)
{
    add_file(x, path, from, NULL);
}

struct xsd_global *
xsd_find(const struct xsd *x, enum xsd_kind kind, struct qname name)
{
    return xmlHashLookup2(x->globals[kind], xml_chars(name.local), xml_chars(name.ns));
}

bool
xsd_qname(const struct xsd *x, const struct xsd_schema *s, const xmlNode *node, const char *text,
          struct qname *out)
{
    if (!xml_qname(x->arena, node, text, out)) {
        report_error(x->report, xml_place(s->path, node), "the prefix of %s is not declared", text);
        return false;
    }
    if (s->chameleon && !out->ns[0])
        out->ns = s->ns;
    return true;
}

void
xsd_tell_missing(const struct xsd *x, const struct xsd_schema *s, const xmlNode *node,
                 const char *what, struct qname name)
{
    const struct xsd_stepped *i = x->stepped;

    while (i && strcmp(i->ns, name.ns) != 0)
        i = i->next;
    if (i)
        report_error(x->report, xml_place(s->path, node),
                     "%s {%s}%s is not declared: its schema at %s is not fetched, put a copy "
                     "beside the file and name that",
                     what, name.ns, name.local, i->location);
    else
        report_error(x->report, xml_place(s->path, node), "%s {%s}%s is not declared", what,
                     name.ns, name.local);
}

/* The xs:extension or xs:restriction of a complex type's complexContent, or NULL. */
static xmlNode *
derivation_of(const xmlNode *type)
{
    xmlNode *content = xml_child(type, NS_XSD, "complexContent");
    xmlNode *step;

    if (!content)
        return NULL;
    step = xml_child(content, NS_XSD, "extension");
    return step ? step : xml_child(content, NS_XSD, "restriction");
}

static void
link_derived(void *payload, void *context, const xmlChar *name)
{
    struct xsd *x = context;
    struct xsd_global *g = payload, *base, **end;
    xmlNode *step = xml_is(g->node, NULL, "complexType") ? derivation_of(g->node) : NULL;
    const char *text = step ? xml_attribute(x->arena, step, "base") : NULL;
    struct qname q;

    (void)name;
    if (!text || !xml_qname(x->arena, step, text, &q))
        return;
    if (g->schema->chameleon && !q.ns[0])
        q.ns = g->schema->ns;
    base = xsd_find(x, XSD_TYPE, q);
    if (!base || base == g)
        return;
    /* Sorted by name: the order of a hash table is nobody's wish. */
    for (end = &base->derived; *end && strcmp((*end)->name, g->name) < 0;)
        end = &(*end)->next_derived;
    g->next_derived = *end;
    *end = g;
}

void
xsd_finish(struct xsd *x)
{
    xmlHashScan(x->globals[XSD_TYPE], link_derived, x);
}
