/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/wsdl_file.h"

enum { FILE_DEPTH = 64 };

static void
read_types(struct wsdl *w, const struct wsdl_file *file)
{
    for (xmlNode *types = xml_child(file->root, NS_WSDL, "types"); types;
         types = xml_next(types, NS_WSDL, "types"))
        for (xmlNode *s = xml_child(types, NS_XSD, "schema"); s; s = xml_next(s, NS_XSD, "schema"))
            xsd_add(&w->xsd, file->path, s);
}

static void
read_imports(struct wsdl *w, const struct wsdl_file *file)
{
    for (xmlNode *i = xml_child(file->root, NS_WSDL, "import"); i;
         i = xml_next(i, NS_WSDL, "import")) {
        const char *location = xml_attribute(w->arena, i, "location");
        const char *path = location ? xml_file_resolve(w->arena, file->path, location) : NULL;

        if (path)
            wsdl_file_read(w, path, xml_place(file->path, i));
        else
            report_error(w->report, xml_place(file->path, i),
                         "an import of %s: put a copy beside the file and name that",
                         location ? location : "nowhere");
    }
}

static void
read_definitions(struct wsdl *w, const char *path, xmlNode *root)
{
    struct wsdl_file *file = ARENA_NEW(w->arena, struct wsdl_file);
    const char *ns = xml_attribute(w->arena, root, "targetNamespace");

    if (!file)
        return;
    *file = (struct wsdl_file){.path = path, .ns = ns ? ns : "", .root = root};
    *w->last = file;
    w->last = &file->next;
    read_types(w, file);
    read_imports(w, file);
}

static bool
is_read(const struct wsdl *w, const char *path)
{
    for (const struct wsdl_file *f = w->files; f; f = f->next)
        if (strcmp(f->path, path) == 0)
            return true;
    return false;
}

void
wsdl_file_read(struct wsdl *w, const char *path, struct place from)
{
    xmlDoc *doc;
    xmlNode *root;

    if (is_read(w, path))
        return;
    if (w->depth > FILE_DEPTH) {
        report_error(w->report, from, "files import each other %d deep", FILE_DEPTH);
        return;
    }
    doc = xml_file_read(w->arena, path, from, w->report);
    root = doc ? xmlDocGetRootElement(doc) : NULL;
    if (!root)
        return;
    w->depth++;
    if (xml_is(root, NS_WSDL, "definitions"))
        read_definitions(w, path, root);
    else if (xml_is(root, NS_XSD, "schema")) /* not by the book, but met in the field */
        xsd_add_file(&w->xsd, path, from);
    else
        report_error(w->report, xml_place(path, root),
                     "a WSDL 1.1 document (wsdl:definitions) is expected, not %s", root->name);
    w->depth--;
}

xmlNode *
wsdl_find(const struct wsdl *w, const char *kind, struct qname name, const struct wsdl_file **where)
{
    for (const struct wsdl_file *f = w->files; f; f = f->next) {
        if (strcmp(f->ns, name.ns) != 0)
            continue;
        for (xmlNode *c = xml_child(f->root, NS_WSDL, kind); c; c = xml_next(c, NS_WSDL, kind)) {
            const char *text = xml_attribute(w->arena, c, "name");

            if (!text || strcmp(text, name.local) != 0)
                continue;
            *where = f;
            return c;
        }
    }
    return NULL;
}

xmlNode *
wsdl_follow(const struct wsdl *w, const struct wsdl_file *file, const xmlNode *node,
            const char *attribute, const char *kind, const struct wsdl_file **where)
{
    const char *text = xml_attribute(w->arena, node, attribute);
    xmlNode *found;
    struct qname q;

    if (!text || !xml_qname(w->arena, node, text, &q)) {
        report_error(w->report, xml_place(file->path, node),
                     text ? "the prefix of %s is not declared" : "no attribute %s",
                     text ? text : attribute);
        return NULL;
    }
    found = wsdl_find(w, kind, q, where);
    if (!found)
        report_error(w->report, xml_place(file->path, node), "%s {%s}%s is not defined", kind, q.ns,
                     q.local);
    return found;
}
