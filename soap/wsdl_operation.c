/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations of a SOAP binding, each with the schemas of its messages. */
#include "soap/wsdl_file.h"

#include "soap/xsd_members.h"

#define NS_MIME        "http://schemas.xmlsoap.org/wsdl/mime/"
#define TRANSPORT_11   "http://schemas.xmlsoap.org/soap/http"
#define TRANSPORT_12   "http://www.w3.org/2003/05/soap/bindings/HTTP/"
#define TRANSPORT_12_0 "http://www.w3.org/2003/05/soap/bindings/HTTP"

enum { PARTS_MAX = 64 };

struct reading { /* one operation */
    struct wsdl *w;
    const struct wsdl_file *file; /* of the binding */
    const char *soap;             /* namespace of the binding's extension elements */
    const char *name;
    bool rpc, refused;
    struct wsdl_operation *operation;
};

static const char *
attribute(const struct reading *d, const xmlNode *node, const char *name)
{
    return node ? xml_attribute(d->w->arena, node, name) : NULL;
}

bool
wsdl_binding_is_soap(const struct wsdl *w, const xmlNode *binding, enum soap_version *version)
{
    xmlNode *soap = xml_child(binding, NS_WSDL_SOAP11, "binding");
    const char *transport;

    *version = soap ? SOAP_11 : SOAP_12;
    if (!soap)
        soap = xml_child(binding, NS_WSDL_SOAP12, "binding");
    transport = soap ? xml_attribute(w->arena, soap, "transport") : NULL;
    return soap && (!transport || strcmp(transport, TRANSPORT_11) == 0 ||
                    strcmp(transport, TRANSPORT_12) == 0 || strcmp(transport, TRANSPORT_12_0) == 0);
}

/* ---- Parts ---- */

static const struct xsd_schema *
any_schema(const struct reading *d, const struct wsdl_file *file, struct xsd_schema *made)
{
    *made = (struct xsd_schema){.path = file->path, .node = d->file->root, .ns = ""};
    return made;
}

/* True where what stands in the element is an object; else it is text. */
static bool
element_is_object(const struct wsdl *w, const struct xsd_global *g)
{
    const char *type = xml_attribute(w->arena, g->node, "type");
    const struct xsd_global *t;
    struct qname q;

    if (xml_child(g->node, NS_XSD, "complexType"))
        return true;
    if (!type || !xml_qname(w->arena, g->node, type, &q))
        return false;
    if (g->schema->chameleon && !q.ns[0])
        q.ns = g->schema->ns;
    t = xsd_find(&w->xsd, XSD_TYPE, q);
    return t && xml_is(t->node, NULL, "complexType");
}

/* Text, or anything, as the only thing in a message: an object all the same. */
static cJSON *
as_object(struct xsd_lower *l, cJSON *content)
{
    cJSON *schema = cJSON_CreateObject(), *members = cJSON_CreateObject(),
          *xml = cJSON_CreateObject();
    bool is_any = content && !content->child;

    xsd_put_string(l, xml, XML_NODE_TYPE, is_any ? "any" : "text");
    cJSON_DeleteItemFromObjectCaseSensitive(content, "xml");
    if (is_any)
        xsd_put_string(l, content, "type", "object");
    xsd_put(l, content, "xml", xml);
    xsd_put(l, members, is_any ? XSD_ANY_MEMBER : XSD_TEXT_MEMBER, content);
    xsd_put_string(l, schema, "type", "object");
    xsd_put(l, schema, "properties", members);
    if (!is_any) {
        xsd_put(l, schema, "required", cJSON_CreateArray());
        xsd_put_string(l, node_get(schema, "required"), NULL, XSD_TEXT_MEMBER);
    }
    return schema;
}

/* The part's schema, not yet in the tree. `message`: it must be an object. */
static bool
part_read(struct reading *d, const struct wsdl_file *file, const xmlNode *part, bool message,
          struct wsdl_part *out)
{
    struct wsdl *w = d->w;
    struct xsd_schema made;
    const char *element = attribute(d, part, "element"), *type = attribute(d, part, "type");
    struct xsd_global *g = NULL;
    struct qname q;

    *out = (struct wsdl_part){.name = attribute(d, part, "name"), .ns = ""};
    if (!out->name || (!element && !type)) {
        report_error(w->report, xml_place(file->path, part),
                     "a part needs a name, and an element or a type");
        return false;
    }
    if (!xsd_qname(&w->xsd, any_schema(d, file, &made), part, element ? element : type, &q))
        return false;
    if (!element) {
        out->schema = xsd_lower_type(&w->lower, &made, part, q);
        return out->schema != NULL;
    }
    g = xsd_find(&w->xsd, XSD_ELEMENT, q);
    if (!g) {
        xsd_tell_missing(&w->xsd, &made, part, "element", q);
        return false;
    }
    out->ns = q.ns;
    out->local = g->name;
    out->schema = xsd_lower_element(&w->lower, g->schema, g->node);
    if (out->schema && message && !element_is_object(w, g))
        out->schema = as_object(&w->lower, out->schema);
    return out->schema != NULL;
}

/* ---- Bodies ---- */

struct parts {
    const xmlNode *at[PARTS_MAX];
    unsigned n;
};

static bool
is_listed(const char *list, const char *name) /* in an NMTOKENS */
{
    size_t n = strlen(name);

    for (const char *p = list; (p = strstr(p, name)); p += n)
        if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
            return true;
    return false;
}

/* A soap:header may carry a part of any message (WSDL 1.1 section 3.7); headers_read() tells when
 * there is no such message. */
static bool
is_header_of(const struct reading *d, const xmlNode *node, const xmlNode *message)
{
    const struct wsdl_file *where;
    const char *text = attribute(d, node, "message");
    struct qname q;

    return xml_is(node, d->soap, "header") && text && xml_qname(d->w->arena, node, text, &q) &&
           wsdl_find(d->w, "message", q, &where) == message;
}

/* soap:header and mime:content of the same message take parts away from the body. */
static bool
is_taken(const struct reading *d, const xmlNode *direction, const xmlNode *message,
         const char *name)
{
    for (xmlNode *c = xml_child(direction, NULL, NULL); c; c = xml_next(c, NULL, NULL)) {
        bool takes = is_header_of(d, c, message) || xml_is(c, NS_MIME, "content");
        const char *part = takes ? attribute(d, c, "part") : NULL;

        if (part && strcmp(part, name) == 0)
            return true;
        if ((xml_is(c, NS_MIME, "multipartRelated") || xml_is(c, NS_MIME, "part")) &&
            is_taken(d, c, message, name))
            return true;
    }
    return false;
}

/* soap:body, also inside a mime:part. */
static xmlNode *
body_of(const struct reading *d, const xmlNode *direction)
{
    xmlNode *body = xml_child(direction, d->soap, "body");

    for (xmlNode *c = xml_child(direction, NS_MIME, NULL); c && !body;
         c = xml_next(c, NS_MIME, NULL))
        body = body_of(d, c);
    return body;
}

static bool
parts_of(const struct reading *d, const struct wsdl_file *file, const xmlNode *message,
         const xmlNode *direction, struct parts *out)
{
    xmlNode *body = body_of(d, direction);
    const char *listed = attribute(d, body, "parts");

    out->n = 0;
    for (xmlNode *p = xml_child(message, NS_WSDL, "part"); p; p = xml_next(p, NS_WSDL, "part")) {
        const char *name = attribute(d, p, "name");

        if (name && (listed ? !is_listed(listed, name) : is_taken(d, direction, message, name)))
            continue;
        if (out->n == PARTS_MAX) {
            report_error(d->w->report, xml_place(file->path, p), "more than %d parts", PARTS_MAX);
            return false;
        }
        out->at[out->n++] = p;
    }
    return true;
}

/* An object whose members are the parts: rpc, or a document of several. */
static cJSON *
parts_object(struct reading *d, const struct wsdl_file *file, const struct parts *parts)
{
    struct xsd_lower *l = &d->w->lower;
    cJSON *schema = cJSON_CreateObject(), *members = cJSON_CreateObject(),
          *required = cJSON_CreateArray();

    for (unsigned i = 0; i < parts->n; i++) {
        struct wsdl_part p;

        if (!part_read(d, file, parts->at[i], false, &p))
            continue;
        if (!d->rpc && !p.local) {
            report_error(l->x->report, xml_place(file->path, parts->at[i]),
                         "part %s of a document must name an element", p.name);
            cJSON_Delete(p.schema);
            continue;
        }
        cJSON_DeleteItemFromObjectCaseSensitive(p.schema, "xml");
        xsd_put_xml(l, p.schema, d->rpc ? p.name : p.local, d->rpc ? "" : p.ns, false);
        xsd_put(l, members, d->rpc ? p.name : p.local, p.schema);
        xsd_put_string(l, required, NULL, d->rpc ? p.name : p.local);
    }
    xsd_put_string(l, schema, "type", "object");
    xsd_put(l, schema, "properties", members);
    xsd_put(l, schema, "required", required);
    return schema;
}

static void
body_keep(struct reading *d, struct wsdl_body *out, cJSON *schema, const char *what)
{
    struct str key = arena_printf(d->w->arena, "%s %s", d->name, what);

    out->schema = schema;
    xsd_put(&d->w->lower, d->w->messages, key.p ? key.p : what, schema);
}

/* Text right in the Body: no element says what it is (WS-I Basic Profile R2204). */
static bool
is_bare_text(struct reading *d, const struct wsdl_file *file, const xmlNode *part,
             const struct wsdl_part *read)
{
    const char *type = attribute(d, part, "type");
    const struct xsd_global *g;
    struct qname q;

    if (read->local || !read->schema->child || !xml_qname(d->w->arena, part, type, &q))
        return false;
    g = xsd_find(&d->w->xsd, XSD_TYPE, q);
    if (g && xml_is(g->node, NULL, "complexType"))
        return false;
    report_warning(d->w->report, xml_place(file->path, part),
                   "operation %s cannot be called: part %s of a document is text without an "
                   "element (WS-I Basic Profile R2204)",
                   d->name, read->name);
    d->refused = true;
    return true;
}

static void
read_document(struct reading *d, const struct wsdl_file *file, const struct parts *parts,
              const char *what, struct wsdl_body *out)
{
    struct wsdl_part part;

    if (parts->n > 1) {
        body_keep(d, out, parts_object(d, file, parts), what);
        return;
    }
    if (parts->n == 0 || !part_read(d, file, parts->at[0], true, &part))
        return;
    if (is_bare_text(d, file, parts->at[0], &part)) {
        cJSON_Delete(part.schema);
        return;
    }
    out->single = part.local != NULL;
    out->ns = part.ns;
    out->local = part.local;
    body_keep(d, out, part.schema, what);
}

/* One message of an operation: `direction` is the binding's wsdl:input or wsdl:output, `abstract`
 * the port type's. */
static void
body_read(struct reading *d, const struct wsdl_file *file, const xmlNode *abstract,
          const xmlNode *direction, const char *what, struct wsdl_body *out)
{
    const struct wsdl_file *where;
    xmlNode *message = wsdl_follow(d->w, file, abstract, "message", "message", &where);
    xmlNode *body = direction ? body_of(d, direction) : NULL;
    const char *ns = attribute(d, body, "namespace");
    struct parts parts;
    struct str response;

    if (!message || !parts_of(d, where, message, direction ? direction : abstract, &parts))
        return;
    out->is_there = true;
    if (!d->rpc) {
        read_document(d, where, &parts, what, out);
        return;
    }
    response = arena_printf(d->w->arena, "%sResponse", d->name);
    out->single = true;
    out->ns = ns ? ns : d->file->ns;
    out->local = strcmp(what, "request") == 0 ? d->name : response.p;
    body_keep(d, out, parts_object(d, where, &parts), what);
}

/* ---- Headers and faults ---- */

static void
header_read(struct reading *d, const xmlNode *header, cJSON *members)
{
    struct xsd_lower *l = &d->w->lower;
    const struct wsdl_file *where;
    const char *name = attribute(d, header, "part");
    xmlNode *message = wsdl_follow(d->w, d->file, header, "message", "message", &where);
    xmlNode *p = message ? xml_child(message, NS_WSDL, "part") : NULL;
    struct wsdl_part part;

    while (p && name && strcmp(attribute(d, p, "name") ? attribute(d, p, "name") : "", name) != 0)
        p = xml_next(p, NS_WSDL, "part");
    if (!message)
        return;
    if (!p) {
        report_error(d->w->report, xml_place(d->file->path, header),
                     "the message of soap:header has no part %s", name ? name : "");
        return;
    }
    if (!part_read(d, where, p, false, &part))
        return;
    name = part.local ? part.local : part.name;
    if (node_get(members, name))
        name = part.name;
    cJSON_DeleteItemFromObjectCaseSensitive(part.schema, "xml");
    xsd_put_xml(l, part.schema, part.local ? part.local : part.name, part.ns, false);
    xsd_put(l, members, name, part.schema);
}

static void
headers_read(struct reading *d, const xmlNode *input)
{
    struct xsd_lower *l = &d->w->lower;
    cJSON *schema, *members;
    struct str key = arena_printf(d->w->arena, "%s headers", d->name);

    if (!input || !xml_child(input, d->soap, "header"))
        return;
    schema = cJSON_CreateObject();
    members = cJSON_CreateObject();
    for (xmlNode *h = xml_child(input, d->soap, "header"); h; h = xml_next(h, d->soap, "header"))
        header_read(d, h, members);
    xsd_put_string(l, schema, "type", "object");
    xsd_put(l, schema, "properties", members);
    xsd_put(l, d->w->messages, key.p ? key.p : "headers", schema);
    d->operation->headers = schema;
}

static void
fault_read(struct reading *d, const struct wsdl_file *file, const xmlNode *fault)
{
    const struct wsdl_file *where;
    const char *name = attribute(d, fault, "name");
    xmlNode *message = wsdl_follow(d->w, file, fault, "message", "message", &where);
    xmlNode *p = message ? xml_child(message, NS_WSDL, "part") : NULL;
    struct wsdl_fault *f = ARENA_NEW(d->w->arena, struct wsdl_fault), **end;
    struct wsdl_part part;
    struct str key;

    if (!f || !p || !part_read(d, where, p, true, &part))
        return;
    f->name = name ? name : part.name;
    f->ns = part.ns;
    f->local = part.local ? part.local : part.name;
    f->schema = part.schema;
    key = arena_printf(d->w->arena, "%s fault %s", d->name, f->name);
    xsd_put(&d->w->lower, d->w->messages, key.p ? key.p : "fault", part.schema);
    for (end = &d->operation->faults; *end;)
        end = &(*end)->next;
    *end = f;
    d->operation->fault_count++;
}

/* ---- Operations ---- */

static bool
uses_encoding(const struct reading *d, const xmlNode *direction)
{
    const char *use = direction ? attribute(d, body_of(d, direction), "use") : NULL;

    return use && strcmp(use, "encoded") == 0;
}

static const struct wsdl_operation *
find_known(const struct wsdl *w, const char *name)
{
    for (const struct wsdl_operation *o = w->operations; o; o = o->next)
        if (strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

static xmlNode *
abstract_operation(const struct reading *d, const xmlNode *binding, const xmlNode *node,
                   const struct wsdl_file **where)
{
    xmlNode *type = wsdl_follow(d->w, d->file, binding, "type", "portType", where);
    xmlNode *o = type ? xml_child(type, NS_WSDL, "operation") : NULL;

    while (o && strcmp(attribute(d, o, "name") ? attribute(d, o, "name") : "", d->name) != 0)
        o = xml_next(o, NS_WSDL, "operation");
    if (type && !o) {
        d->w->refused++;
        report_warning(d->w->report, xml_place(d->file->path, node),
                       "operation %s cannot be called: it is not in the port type of its binding",
                       d->name);
    }
    return o;
}

static void
operation_read(struct reading *d, const xmlNode *binding, const xmlNode *node)
{
    const struct wsdl_file *where;
    xmlNode *input = xml_child(node, NS_WSDL, "input"),
            *output = xml_child(node, NS_WSDL, "output");
    xmlNode *abstract, *one;

    if (uses_encoding(d, input) || uses_encoding(d, output)) {
        d->w->refused++;
        report_warning(d->w->report, xml_place(d->file->path, node),
                       "operation %s cannot be called: use=\"encoded\" is not supported (WS-I "
                       "Basic Profile R2706), only literal is",
                       d->name);
        return;
    }
    abstract = abstract_operation(d, binding, node, &where);
    if (!abstract)
        return;
    d->operation->abstract = abstract;
    d->operation->documentation =
        xml_documentation(d->w->arena, xml_child(abstract, NS_WSDL, "documentation"));
    if ((one = xml_child(abstract, NS_WSDL, "input")))
        body_read(d, where, one, input, "request", &d->operation->request);
    if ((one = xml_child(abstract, NS_WSDL, "output")))
        body_read(d, where, one, output, "response", &d->operation->answer);
    headers_read(d, input);
    for (one = xml_child(abstract, NS_WSDL, "fault"); one; one = xml_next(one, NS_WSDL, "fault"))
        fault_read(d, where, one);
    if (d->refused) {
        d->w->refused++;
        return;
    }
    *d->w->last_operation = d->operation;
    d->w->last_operation = &d->operation->next;
    d->w->operation_count++;
}

static bool
is_rpc(const struct reading *d, const xmlNode *binding, const xmlNode *soap_operation)
{
    const char *style = attribute(d, soap_operation, "style");

    if (!style)
        style = attribute(d, xml_child(binding, d->soap, "binding"), "style");
    return style && strcmp(style, "rpc") == 0;
}

/* A second port offers an operation that is known: the same one, or another of its name. */
static void
tell_other(const struct reading *d, const xmlNode *binding, const xmlNode *node,
           const struct wsdl_operation *known)
{
    const struct wsdl_file *where;
    const xmlNode *abstract = abstract_operation(d, binding, node, &where);

    if (abstract && abstract != known->abstract)
        report_warning(d->w->report, xml_place(d->file->path, node),
                       "operation %s cannot be called: one of another port type has its name",
                       d->name);
}

void
wsdl_binding_read(struct wsdl *w, const struct wsdl_file *file, const xmlNode *binding,
                  enum soap_version version, const char *address)
{
    struct reading d = {.w = w, .file = file};

    d.soap = version == SOAP_11 ? NS_WSDL_SOAP11 : NS_WSDL_SOAP12;
    for (xmlNode *o = xml_child(binding, NS_WSDL, "operation"); o;
         o = xml_next(o, NS_WSDL, "operation")) {
        xmlNode *soap = xml_child(o, d.soap, "operation");
        const struct wsdl_operation *known;

        d.name = attribute(&d, o, "name");
        if (!d.name) {
            report_error(w->report, xml_place(file->path, o), "an operation without a name");
            continue;
        }
        if ((known = find_known(w, d.name))) {
            tell_other(&d, binding, o, known);
            continue;
        }
        d.refused = false;
        d.rpc = is_rpc(&d, binding, soap);
        d.operation = ARENA_NEW(w->arena, struct wsdl_operation);
        if (!d.operation)
            return;
        d.operation->name = d.name;
        d.operation->address = address;
        d.operation->version = version;
        d.operation->action = attribute(&d, soap, "soapAction");
        operation_read(&d, binding, o);
    }
}
