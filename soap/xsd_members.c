/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xsd_members.h"

#include <stdlib.h>

#define NS_ENCODING "http://schemas.xmlsoap.org/soap/encoding/"
#define NS_XML      "http://www.w3.org/XML/1998/namespace"

enum { WALK_DEPTH = 64 };

struct occurs {
    unsigned min, max; /* in the object */
    unsigned branch;   /* min in the branch of the choice that is being walked */
};

static void walk(struct xsd_members *list, const struct xsd_schema *s, xmlNode *node,
                 struct occurs o);
static void collect(struct xsd_members *list, const struct xsd_schema *s, xmlNode *type);

void
xsd_members_init(struct xsd_members *list, struct xsd_lower *l)
{
    *list = (struct xsd_members){.l = l, .last = &list->first};
}

static const char *
attribute_of(const struct xsd_members *list, const xmlNode *node, const char *name)
{
    return xml_attribute(list->l->x->arena, node, name);
}

static unsigned
times(unsigned a, unsigned b)
{
    if (a == 0 || b == 0)
        return 0;
    return a > XSD_UNBOUNDED / b ? XSD_UNBOUNDED : a * b;
}

static unsigned
plus(unsigned a, unsigned b)
{
    return a > XSD_UNBOUNDED - b ? XSD_UNBOUNDED : a + b;
}

static unsigned
occurs_value(const struct xsd_members *list, const xmlNode *node, const char *name)
{
    const char *text = attribute_of(list, node, name);
    uint64_t n;

    if (!text)
        return 1;
    if (strcmp(text, "unbounded") == 0 || !str_to_u64(str_of(text), &n) || n > XSD_UNBOUNDED)
        return XSD_UNBOUNDED;
    return (unsigned)n;
}

static struct occurs
occurs_in(const struct xsd_members *list, const xmlNode *node, struct occurs o)
{
    unsigned min = occurs_value(list, node, "minOccurs");

    return (struct occurs){times(o.min, min), times(o.max, occurs_value(list, node, "maxOccurs")),
                           times(o.branch, min)};
}

static bool
name_is_taken(const struct xsd_members *list, const char *name)
{
    if (strcmp(name, XSD_TYPE_MEMBER) == 0)
        return true;
    for (const struct xsd_member *m = list->first; m; m = m->next)
        if (strcmp(m->name, name) == 0)
            return true;
    return false;
}

static const char *
free_name(const struct xsd_members *list, const char *local, uint8_t node)
{
    struct arena *a = list->l->x->arena;
    const char *name = local;

    if (name_is_taken(list, name) && node == XML_ATTRIBUTE)
        name = arena_printf(a, "@%s", local).p;
    for (unsigned n = 2; name && name_is_taken(list, name); n++)
        name = arena_printf(a, "%s_%u", local, n).p;
    return name;
}

static struct xsd_member *
member_find(const struct xsd_members *list, uint8_t node, const char *local, const char *ns)
{
    for (struct xsd_member *m = list->first; m; m = m->next)
        if (m->node == node && strcmp(m->local, local) == 0 && strcmp(m->ns, ns) == 0)
            return m;
    return NULL;
}

static struct xsd_member *
member_add(struct xsd_members *list, uint8_t node, const char *local, const char *ns)
{
    struct xsd_member *m = ARENA_NEW(list->l->x->arena, struct xsd_member);

    if (m)
        m->name = free_name(list, local, node);
    if (!m || !m->name) {
        list->l->failed = true;
        return NULL;
    }
    m->node = node;
    m->local = local;
    m->ns = ns;
    *list->last = m;
    list->last = &m->next;
    return m;
}

/* ---- Choices ---- */

static void
branch_add(struct xsd_members *list, struct xsd_member *m, bool required)
{
    struct xsd_branch_member *b = ARENA_NEW(list->l->x->arena, struct xsd_branch_member), **end;

    if (!b) {
        list->l->failed = true;
        return;
    }
    for (struct xsd_branch *other = list->choosing->branches; other; other = other->next)
        for (b->next = other->members; b->next; b->next = b->next->next)
            if (b->next->member == m && other == list->branch)
                return;
            else if (b->next->member == m)
                list->choosing->overlaps = true;
    for (end = &list->branch->members; *end; end = &(*end)->next)
        ;
    b->member = m;
    b->required = required;
    *end = b;
}

static void
branch_open(struct xsd_members *list)
{
    struct xsd_branch **end = &list->choosing->branches;

    while (*end)
        end = &(*end)->next;
    *end = list->branch = ARENA_NEW(list->l->x->arena, struct xsd_branch);
    if (!*end)
        list->l->failed = true;
}

static void
branch_close(struct xsd_members *list)
{
    bool required = false;

    for (struct xsd_branch_member *b = list->branch->members; b; b = b->next)
        required |= b->required;
    list->branch->emptiable = !required;
    list->choosing->optional |= !required;
    list->branch = NULL;
}

static struct xsd_choice *
choice_open(struct xsd_members *list, bool optional)
{
    struct xsd_choice **end = &list->choices;

    while (*end)
        end = &(*end)->next;
    *end = list->choosing = ARENA_NEW(list->l->x->arena, struct xsd_choice);
    if (!*end)
        list->l->failed = true;
    else
        (*end)->optional = optional;
    return *end;
}

/* ---- Elements ---- */

struct declared { /* an element or attribute, its reference followed */
    const struct xsd_schema *schema;
    xmlNode *node;
    const char *local, *ns;
};

static bool
declared_of(const struct xsd_members *list, const struct xsd_schema *s, xmlNode *node,
            enum xsd_kind kind, struct declared *out)
{
    const struct xsd *x = list->l->x;
    const char *text = attribute_of(list, node, "ref"), *form = attribute_of(list, node, "form");
    bool qualified = kind == XSD_ELEMENT ? s->elements_qualified : s->attributes_qualified;
    struct xsd_global *g;
    struct qname q;

    *out = (struct declared){s, node, attribute_of(list, node, "name"), ""};
    if (!text) {
        qualified = form ? strcmp(form, "qualified") == 0 : qualified;
        out->ns = qualified || node->parent == s->node ? s->ns : "";
        if (!out->local)
            report_error(x->report, xml_place(s->path, node), "%s without a name", node->name);
        return out->local != NULL;
    }
    if (!xsd_qname(x, s, node, text, &q))
        return false;
    out->local = q.local;
    out->ns = q.ns;
    g = xsd_find(x, kind, q);
    if (g) {
        out->schema = g->schema;
        out->node = g->node;
    } else if (kind == XSD_ELEMENT || strcmp(q.ns, NS_XML) != 0) {
        xsd_tell_missing(x, s, node, (const char *)node->name, q);
        return false;
    }
    return true;
}

static void
element_add(struct xsd_members *list, const struct declared *d, struct occurs o)
{
    struct xsd_member *m = member_find(list, XML_ELEMENT, d->local, d->ns);

    if (o.max == 0)
        return;
    if (!m) {
        m = member_add(list, XML_ELEMENT, d->local, d->ns);
        if (!m)
            return;
        m->schema = d->schema;
        m->declaration = d->node;
        m->min = o.min;
        m->max = o.max;
    } else if (m->chosen && list->choosing) { /* in another branch */
        m->max = o.max > m->max ? o.max : m->max;
    } else {
        m->min = plus(m->min, o.min);
        m->max = plus(m->max, o.max);
    }
    m->chosen |= list->choosing != NULL;
    if (list->branch)
        branch_add(list, m, o.branch > 0);
}

struct substitutes {
    struct xsd_members *list;
    struct qname head;
    struct xsd_global *found[64];
    unsigned n;
};

static void
substitute_look(void *payload, void *context, const xmlChar *name)
{
    struct substitutes *of = context;
    struct xsd_global *g = payload;
    const char *text = attribute_of(of->list, g->node, "substitutionGroup");
    struct qname q;

    (void)name;
    if (!text || of->n == 64 || !xml_qname(of->list->l->x->arena, g->node, text, &q))
        return;
    if (g->schema->chameleon && !q.ns[0])
        q.ns = g->schema->ns;
    if (qname_is(q, of->head.ns, of->head.local))
        of->found[of->n++] = g;
}

static int
compare_globals(const void *a, const void *b)
{
    const struct xsd_global *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

static void
substitutes_find(struct substitutes *of, const struct declared *head)
{
    unsigned from = 0;

    of->head = (struct qname){head->ns, head->local};
    do { /* members of a group may head groups themselves */
        xmlHashScan(of->list->l->x->globals[XSD_ELEMENT], substitute_look, of);
        if (from == of->n)
            break;
        of->head = (struct qname){of->found[from]->schema->ns, of->found[from]->name};
    } while (++from <= of->n && of->n < 64);
    qsort(of->found, of->n, sizeof(of->found[0]), compare_globals);
}

static bool
is_abstract(const struct xsd_members *list, const xmlNode *declaration)
{
    const char *text = attribute_of(list, declaration, "abstract");

    return text && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0);
}

static void
alternative_add(struct xsd_members *list, const struct declared *d, struct occurs o, bool branches)
{
    if (is_abstract(list, d->node))
        return;
    if (branches)
        branch_open(list);
    if (list->l->failed)
        return;
    element_add(list, d, o);
    if (branches)
        branch_close(list);
}

/* A reference to the head of a substitution group is a choice among its members. */
static void
group_add(struct xsd_members *list, const struct declared *head, struct substitutes *group,
          struct occurs o)
{
    bool branches = !list->choosing && o.max == 1;

    if (branches && !choice_open(list, o.min == 0))
        return;
    o = (struct occurs){0, o.max, branches ? 1 : 0};
    alternative_add(list, head, o, branches);
    for (unsigned i = 0; i < group->n && !list->l->failed; i++) {
        struct xsd_global *g = group->found[i];

        alternative_add(list, &(struct declared){g->schema, g->node, g->name, g->schema->ns}, o,
                        branches);
    }
    if (branches)
        list->choosing = NULL;
}

static void
walk_element(struct xsd_members *list, const struct xsd_schema *s, xmlNode *node, struct occurs o)
{
    struct substitutes group = {.list = list};
    struct declared d;

    if (!declared_of(list, s, node, XSD_ELEMENT, &d))
        return;
    if (list->l->x->has_substitutes && d.node->parent == d.schema->node)
        substitutes_find(&group, &d);
    if (group.n)
        group_add(list, &d, &group, o);
    else
        element_add(list, &d, o);
}

/* ---- Particles ---- */

static void
walk_children(struct xsd_members *list, const struct xsd_schema *s, const xmlNode *node,
              struct occurs o)
{
    for (xmlNode *c = xml_child(node, NS_XSD, NULL); c; c = xml_next(c, NS_XSD, NULL))
        walk(list, s, c, o);
}

static void
walk_choice(struct xsd_members *list, const struct xsd_schema *s, const xmlNode *node,
            struct occurs o)
{
    bool branches = !list->choosing && o.max == 1;

    if (branches && !choice_open(list, o.min == 0))
        return;
    o = (struct occurs){0, o.max, branches ? 1 : 0};
    if (!branches) {
        walk_children(list, s, node, o);
        return;
    }
    for (xmlNode *c = xml_child(node, NS_XSD, NULL); c && !list->l->failed;
         c = xml_next(c, NS_XSD, NULL)) {
        if (xml_is(c, NULL, "annotation"))
            continue;
        branch_open(list);
        if (list->l->failed)
            return;
        walk(list, s, c, o);
        branch_close(list);
    }
    list->choosing = NULL;
}

static void
walk_group(struct xsd_members *list, const struct xsd_schema *s, const xmlNode *node,
           struct occurs o)
{
    const char *text = attribute_of(list, node, "ref");
    struct xsd_global *g;
    struct qname q;

    if (!text || !xsd_qname(list->l->x, s, node, text, &q))
        return;
    g = xsd_find(list->l->x, XSD_GROUP, q);
    if (g)
        walk_children(list, g->schema, g->node, o);
    else
        xsd_tell_missing(list->l->x, s, node, "group", q);
}

static void
wildcard_add(struct xsd_members *list)
{
    struct xsd_member *m = list->first;

    while (m && m->node != XML_ANY)
        m = m->next;
    if (!m && (m = member_add(list, XML_ANY, XSD_ANY_MEMBER, "")))
        m->max = 1;
}

static void
walk(struct xsd_members *list, const struct xsd_schema *s, xmlNode *node, struct occurs o)
{
    if (list->l->failed)
        return;
    if (list->depth > WALK_DEPTH) {
        report_error(list->l->x->report, xml_place(s->path, node),
                     "particles inside each other without end: take the circle out");
        list->l->failed = true;
        return;
    }
    list->depth++;
    o = occurs_in(list, node, o);
    if (xml_is(node, NULL, "element"))
        walk_element(list, s, node, o);
    else if (xml_is(node, NULL, "sequence") || xml_is(node, NULL, "all"))
        walk_children(list, s, node, o);
    else if (xml_is(node, NULL, "choice"))
        walk_choice(list, s, node, o);
    else if (xml_is(node, NULL, "group"))
        walk_group(list, s, node, o);
    else if (xml_is(node, NULL, "any"))
        wildcard_add(list);
    list->depth--;
}

/* ---- Attributes ---- */

static void
attribute_add(struct xsd_members *list, const struct xsd_schema *s, xmlNode *node)
{
    const char *use = attribute_of(list, node, "use");
    struct xsd_member *m;
    struct declared d;

    if (!declared_of(list, s, node, XSD_ATTRIBUTE, &d) ||
        member_find(list, XML_ATTRIBUTE, d.local, d.ns))
        return;
    m = member_add(list, XML_ATTRIBUTE, d.local, d.ns);
    if (!m)
        return;
    m->schema = d.schema;
    m->declaration = d.node;
    m->min = use && strcmp(use, "required") == 0;
    m->max = use && strcmp(use, "prohibited") == 0 ? 0 : 1;
}

static void
attributes_add(struct xsd_members *list, const struct xsd_schema *s, const xmlNode *parent)
{
    const struct xsd *x = list->l->x;
    struct xsd_global *g;
    struct qname q;

    if (++list->depth > WALK_DEPTH) {
        report_error(x->report, xml_place(s->path, parent), "attribute groups in a circle");
        list->l->failed = true;
    }
    for (xmlNode *c = xml_child(parent, NS_XSD, NULL); c && !list->l->failed;
         c = xml_next(c, NS_XSD, NULL)) {
        const char *text = attribute_of(list, c, "ref");

        if (xml_is(c, NULL, "attribute")) {
            attribute_add(list, s, c);
        } else if (xml_is(c, NULL, "attributeGroup") && text && xsd_qname(x, s, c, text, &q)) {
            g = xsd_find(x, XSD_ATTRIBUTE_GROUP, q);
            if (g)
                attributes_add(list, g->schema, g->node);
            else
                xsd_tell_missing(x, s, c, "attributeGroup", q);
        }
    }
    list->depth--;
}

/* ---- Content ---- */

static void
text_add(struct xsd_members *list, cJSON *schema)
{
    struct xsd_member *m = NULL;

    for (m = list->first; m && m->node != XML_TEXT;)
        m = m->next;
    if (!m)
        m = member_add(list, XML_TEXT, XSD_TEXT_MEMBER, "");
    if (!m) {
        cJSON_Delete(schema);
        return;
    }
    m->text = schema;
    m->min = schema != NULL;
    m->max = 1;
}

/* The members that the base has, marked as inherited. */
static void
inherit(struct xsd_members *list, const struct xsd_global *base)
{
    struct xsd_member *m;

    collect(list, base->schema, base->node);
    for (m = list->first; m; m = m->next) {
        m->inherited = true;
        cJSON_Delete(m->text);
        m->text = NULL;
    }
    for (struct xsd_choice *c = list->choices; c; c = c->next)
        c->inherited = true;
    list->base = base;
}

/* A restriction writes its content anew; of the base it keeps the attributes it does not name. */
static void
keep_attributes(struct xsd_members *list, const struct xsd_global *base)
{
    struct xsd_members of_base;

    xsd_members_init(&of_base, list->l);
    of_base.depth = list->depth;
    collect(&of_base, base->schema, base->node);
    for (struct xsd_member *m = of_base.first, *next; m; m = next) {
        next = m->next;
        if (m->text)
            cJSON_Delete(m->text);
        if (m->node != XML_ATTRIBUTE || member_find(list, XML_ATTRIBUTE, m->local, m->ns))
            continue;
        m->next = NULL;
        m->inherited = false;
        m->name = free_name(list, m->local, XML_ATTRIBUTE);
        *list->last = m;
        list->last = &m->next;
    }
}

/* The complex type that a step names as base; NULL: a simple or unknown one. */
static struct xsd_global *
base_of(const struct xsd_members *list, const struct xsd_schema *s, const xmlNode *step,
        struct qname *q)
{
    const char *text = attribute_of(list, step, "base");
    struct xsd_global *g;

    *q = (struct qname){NS_XSD, "anyType"};
    if (!text || !xsd_qname(list->l->x, s, step, text, q))
        return NULL;
    g = xsd_find(list->l->x, XSD_TYPE, *q);
    return g && xml_is(g->node, NULL, "complexType") ? g : NULL;
}

/* The simple type of what stands in an element of this complex type. */
static cJSON *
content_of(struct xsd_members *list, const struct xsd_schema *s, const xmlNode *step,
           unsigned depth)
{
    struct qname q;
    struct xsd_global *base = base_of(list, s, step, &q);
    struct xsd_global *simple = base ? NULL : xsd_find(list->l->x, XSD_TYPE, q);
    xmlNode *content = base ? xml_child(base->node, NS_XSD, "simpleContent") : NULL;
    cJSON *schema;

    if (simple)
        schema = xsd_lower_simple(list->l, simple->schema, simple->node);
    else if (!base)
        schema = xsd_lower_type(list->l, s, step, q);
    else if (content && xml_child(content, NS_XSD, NULL) && depth < WALK_DEPTH)
        schema = content_of(list, base->schema, xml_child(content, NS_XSD, NULL), depth + 1);
    else
        schema = xsd_lower_builtin(list->l, "string");
    if (schema && xml_is(step, NULL, "restriction"))
        xsd_lower_facets(list->l, s, step, schema);
    return schema;
}

static void
simple_content(struct xsd_members *list, const struct xsd_schema *s, const xmlNode *step)
{
    struct qname q;
    struct xsd_global *base = base_of(list, s, step, &q);
    bool extends = xml_is(step, NULL, "extension");

    if (base && extends)
        inherit(list, base);
    else
        text_add(list, content_of(list, s, step, 0));
    attributes_add(list, s, step);
    if (base && !extends)
        keep_attributes(list, base);
}

static void
complex_content(struct xsd_members *list, const struct xsd_schema *s, const xmlNode *step)
{
    struct qname q;
    struct xsd_global *base = base_of(list, s, step, &q);
    bool extends = xml_is(step, NULL, "extension");

    if (base && extends)
        inherit(list, base);
    else if (!base && strcmp(q.ns, NS_ENCODING) == 0)
        wildcard_add(list);
    else if (!base && !qname_is(q, NS_XSD, "anyType"))
        xsd_tell_missing(list->l->x, s, step, "complex type", q);
    walk_children(list, s, step, (struct occurs){1, 1, 1});
    attributes_add(list, s, step);
    if (base && !extends)
        keep_attributes(list, base);
}

static bool
is_mixed(const struct xsd_members *list, const xmlNode *type)
{
    const char *text = attribute_of(list, type, "mixed");

    return text && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0);
}

static void
collect(struct xsd_members *list, const struct xsd_schema *s, xmlNode *type)
{
    xmlNode *simple = xml_child(type, NS_XSD, "simpleContent");
    xmlNode *complex = xml_child(type, NS_XSD, "complexContent");
    xmlNode *step = simple ? simple : complex;

    if (list->depth > WALK_DEPTH) {
        report_error(list->l->x->report, xml_place(s->path, type),
                     "a type that is its own base: take the circle out");
        list->l->failed = true;
        return;
    }
    list->depth++;
    step = step ? xml_child(step, NS_XSD, "extension") : NULL;
    if (!step && (simple || complex))
        step = xml_child(simple ? simple : complex, NS_XSD, "restriction");
    if (step && simple) {
        simple_content(list, s, step);
    } else if (step) {
        complex_content(list, s, step);
    } else {
        walk_children(list, s, type, (struct occurs){1, 1, 1});
        attributes_add(list, s, type);
    }
    if (is_mixed(list, type) || (complex && is_mixed(list, complex)))
        text_add(list, NULL);
    list->depth--;
}

void
xsd_members_of(struct xsd_members *list, const struct xsd_schema *s, xmlNode *type)
{
    collect(list, s, type);
}
