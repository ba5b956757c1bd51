/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/wsdl.h"

#include <libxml/parser.h>

#include "soap/wsdl_file.h"

static const char *
address_of(const struct wsdl *w, const xmlNode *port)
{
    xmlNode *address = xml_child(port, NS_WSDL_SOAP11, "address");
    const char *location;

    if (!address)
        address = xml_child(port, NS_WSDL_SOAP12, "address");
    location = address ? xml_attribute(w->arena, address, "location") : NULL;
    return location ? location : "";
}

static void
read_port(struct wsdl *w, const struct wsdl_file *file, const xmlNode *port)
{
    const struct wsdl_file *where;
    xmlNode *binding = wsdl_follow(w, file, port, "binding", "binding", &where);
    const char *address = address_of(w, port);
    enum soap_version version;
    unsigned known = w->operation_count;

    if (!binding || !wsdl_binding_is_soap(w, binding, &version))
        return;
    wsdl_binding_read(w, where, binding, version, address);
    if (!w->address) {
        w->address = address;
        w->service = xml_attribute(w->arena, port->parent, "name");
    } else if (w->operation_count > known && strcmp(address, w->address) != 0) {
        w->other_address = address;
    }
}

static bool
read_services(struct wsdl *w)
{
    bool found = false;

    for (const struct wsdl_file *f = w->files; f; f = f->next)
        for (xmlNode *s = xml_child(f->root, NS_WSDL, "service"); s;
             s = xml_next(s, NS_WSDL, "service"))
            for (xmlNode *p = xml_child(s, NS_WSDL, "port"); p; p = xml_next(p, NS_WSDL, "port")) {
                found = true;
                read_port(w, f, p);
            }
    return found;
}

/* Without a service the bindings say how to call, and the contract's url where. */
static void
read_bindings(struct wsdl *w)
{
    enum soap_version version;

    for (const struct wsdl_file *f = w->files; f; f = f->next)
        for (xmlNode *b = xml_child(f->root, NS_WSDL, "binding"); b;
             b = xml_next(b, NS_WSDL, "binding"))
            if (wsdl_binding_is_soap(w, b, &version))
                wsdl_binding_read(w, f, b, version, NULL);
}

static void
tell_nothing_to_call(struct wsdl *w, const char *path)
{
    struct place at = {str_of(path), 0, 0};

    if (w->refused)
        report_error(w->report, at,
                     "no operation can be called: see the warnings about each of its %u",
                     w->refused);
    else
        report_error(w->report, at,
                     "no operation can be called: there is no SOAP 1.1 or 1.2 binding over HTTP "
                     "with an operation");
}

static bool
wsdl_init(struct wsdl *w, struct arena *a, struct report *r)
{
    xmlInitParser();
    *w = (struct wsdl){.arena = a, .report = r, .last = &w->files};
    w->last_operation = &w->operations;
    if (!xsd_init(&w->xsd, a, r) || !xsd_lower_init(&w->lower, &w->xsd))
        return false;
    w->messages = cJSON_AddObjectToObject(w->lower.root, "x-messages");
    return w->messages != NULL;
}

static void
read_all(struct wsdl *w, const char *path)
{
    unsigned errors = w->report->errors;

    wsdl_file_read(w, path, (struct place){str_of(path), 0, 0});
    xsd_finish(&w->xsd);
    if (w->report->errors != errors)
        return;
    if (!read_services(w))
        read_bindings(w);
    xsd_lower_finish(&w->lower);
    if (!w->operation_count && w->report->errors == errors)
        tell_nothing_to_call(w, path);
}

bool
wsdl_read(struct wsdl *w, struct arena *a, const char *path, struct report *r)
{
    struct str copy = arena_dup(a, str_of(path));
    unsigned errors = r->errors;

    if (!copy.p || !wsdl_init(w, a, r)) {
        report_error(r, (struct place){0}, "out of memory");
        return false;
    }
    read_all(w, copy.p);
    if (w->lower.failed && r->errors == errors)
        report_error(r, (struct place){copy, 0, 0}, "out of memory");
    return r->errors == errors;
}

struct description *
soap_wsdl_read(struct arena *a, const char *path, struct report *r)
{
    struct wsdl *w = ARENA_NEW(a, struct wsdl);

    if (!w) {
        report_error(r, (struct place){0}, "out of memory");
        return NULL;
    }
    return wsdl_read(w, a, path, r) ? wsdl_build(w) : NULL;
}
