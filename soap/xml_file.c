/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xml_file.h"

#include <fcntl.h>
#include <libxml/parser.h>
#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>
#include <libxml/uri.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

enum { FILE_CEILING = 32 << 20, READ_STEP = 64 << 10 };

static void
refuse_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    xmlParserCtxt *x = context;

    (void)name;
    (void)external;
    (void)system;
    *(bool *)x->_private = true;
    xmlStopParser(x);
}

static void
stay_silent(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

static enum fault_code
slurp(const char *path, struct buf *bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good;

    if (fd < 0)
        return FAULT_NOT_FOUND;
    buf_init(bytes, FILE_CEILING + 1);
    good = file_read(fd, READ_STEP, bytes);
    close(fd);
    return good && bytes->n <= FILE_CEILING ? FAULT_NONE : FAULT_BODY_TOO_LARGE;
}

static void
tell_parse_error(const char *path, const xmlParserCtxt *x, bool doctype, struct report *r)
{
    const xmlError *error = &x->lastError;
    struct str what = str_of(error->message);
    struct place at = {str_of(path), error->line > 0 ? (unsigned)error->line : 0,
                       error->int2 > 0 ? (unsigned)error->int2 : 0};

    if (doctype) {
        at.line = (unsigned)(x->input ? x->input->line : 0);
        at.column = 0;
        report_error(r, at, "a DOCTYPE is refused: take it out of the file");
        return;
    }
    while (what.n && what.p[what.n - 1] == '\n')
        what.n--;
    report_error(r, at, "not well-formed XML: %.*s", STR_ARG(what));
}

/* Keeps the column of an element's '<', for which libxml2 has no place of its own, in a field that
 * only its validator uses. 0: the tag goes over several lines, and the line is that of its end. */
static void
start_element(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri,
              int namespace_count, const xmlChar **namespaces, int n, int defaulted,
              const xmlChar **attributes)
{
    xmlParserCtxt *x = context;
    const xmlChar *p;
    long column;

    xmlSAX2StartElementNs(x, local, prefix, uri, namespace_count, namespaces, n, defaulted,
                          attributes);
    if (!x->node || !x->input)
        return;
    for (p = x->input->cur; p > x->input->base && *p != '<' && *p != '\n';)
        p--;
    column = *p == '<' ? x->input->col - (x->input->cur - p) : 0;
    x->node->psvi = column > 0 ? (void *)(uintptr_t)column : NULL;
}

static void
free_doc(void *doc)
{
    xmlFreeDoc(doc);
}

static xmlDoc *
parse(const char *path, struct str bytes, struct report *r)
{
    xmlParserCtxt *x = xmlNewParserCtxt();
    bool doctype = false;
    xmlDoc *doc = NULL;

    if (!x)
        return NULL;
    x->_private = &doctype;
    x->sax->internalSubset = refuse_doctype;
    x->sax->startElementNs = start_element;
    x->sax->error = x->sax->warning = x->sax->fatalError = stay_silent;
    doc = xmlCtxtReadMemory(x, bytes.p ? bytes.p : "", (int)bytes.n, path, NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                XML_PARSE_BIG_LINES | XML_PARSE_NOCDATA);
    if (doc && (doctype || !x->nsWellFormed || !xmlDocGetRootElement(doc))) {
        xmlFreeDoc(doc);
        doc = NULL;
    }
    if (!doc)
        tell_parse_error(path, x, doctype, r);
    xmlFreeParserCtxt(x);
    return doc;
}

xmlDoc *
xml_file_read(struct arena *a, const char *path, struct place from, struct report *r)
{
    struct buf bytes = {0};
    enum fault_code code = slurp(path, &bytes);
    xmlDoc *doc = NULL;

    if (code == FAULT_NOT_FOUND)
        report_error(r, from, "cannot open %s", path);
    else if (code != FAULT_NONE)
        report_error(r, from, "%s cannot be read, or is larger than 32 MB", path);
    else
        doc = parse(path, buf_view(&bytes), r);
    buf_fini(&bytes);
    if (doc && arena_defer(a, free_doc, doc) != FAULT_NONE) {
        xmlFreeDoc(doc);
        report_error(r, from, "out of memory");
        return NULL;
    }
    return doc;
}

static bool
on_network(const char *location)
{
    const char *colon = strstr(location, "://");

    return colon && strncmp(location, "file://", 7) != 0;
}

const char *
xml_file_resolve(struct arena *a, const char *base, const char *location)
{
    const char *slash = strrchr(base, '/');
    struct str folder = {base, slash ? (size_t)(slash - base) + 1 : 0};

    if (on_network(location))
        return NULL;
    if (strncmp(location, "file://", 7) == 0)
        location += 7;
    if (location[0] == '/')
        folder.n = 0;
    while (strncmp(location, "./", 2) == 0)
        location += 2;
    return arena_printf(a, "%.*s%s", STR_ARG(folder), location).p;
}

bool
xml_is(const xmlNode *node, const char *ns, const char *local)
{
    if (node->type != XML_ELEMENT_NODE)
        return false;
    if (ns && (!node->ns || strcmp((const char *)node->ns->href, ns) != 0))
        return false;
    return !local || strcmp((const char *)node->name, local) == 0;
}

static xmlNode *
first_that_is(xmlNode *node, const char *ns, const char *local)
{
    while (node && !xml_is(node, ns, local))
        node = node->next;
    return node;
}

xmlNode *
xml_child(const xmlNode *node, const char *ns, const char *local)
{
    return first_that_is(node->children, ns, local);
}

xmlNode *
xml_next(const xmlNode *node, const char *ns, const char *local)
{
    return first_that_is(node->next, ns, local);
}

static struct str
trim_blanks(struct str s)
{
    while (s.n && strchr(" \t\r\n", s.p[0]))
        s = str_from(s, 1);
    while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
        s.n--;
    return s;
}

const char *
xml_attribute(struct arena *a, const xmlNode *node, const char *name)
{
    xmlChar *text = xmlGetNoNsProp(node, xml_chars(name));
    struct str copy;

    if (!text)
        return NULL;
    copy = trim_blanks(str_of((const char *)text));
    copy = arena_dup(a, copy.n ? copy : STR(""));
    xmlFree(text);
    return copy.p;
}

bool
xml_qname(struct arena *a, const xmlNode *node, const char *text, struct qname *out)
{
    const char *colon = strchr(text, ':');
    xmlNode *at = (xmlNode *)(uintptr_t)node; /* xmlSearchNs only reads it */
    struct str prefix = {text, colon ? (size_t)(colon - text) : 0};
    xmlNs *ns;

    if (colon) {
        prefix = arena_dup(a, prefix);
        if (!prefix.p)
            return false;
    }
    ns = xmlSearchNs(at->doc, at, colon ? xml_chars(prefix.p) : NULL);
    out->ns = ns && ns->href ? (const char *)ns->href : "";
    out->local = colon ? colon + 1 : text;
    return ns || !colon;
}

enum { DOCUMENTATION_MAX = 8000 };

/* Blanks that all lines but the first begin with. */
static size_t
common_indent(struct str text)
{
    size_t least = SIZE_MAX;
    struct str line;

    (void)str_split(&text, '\n', &line);
    while (str_split(&text, '\n', &line)) {
        size_t n = 0;

        while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
            n++;
        if (n < line.n && line.p[n] != '\r' && n < least)
            least = n;
    }
    return least;
}

static const char *
documentation_dup(struct arena *a, struct str text)
{
    size_t indent = common_indent(text), n = 0;
    char *copy = arena_alloc(a, text.n + 1);
    struct str line;

    for (bool first = true; copy && str_split(&text, '\n', &line); first = false) {
        line = first ? line : str_from(line, indent);
        while (line.n && strchr(" \t\r", line.p[line.n - 1]))
            line.n--;
        if (!first)
            copy[n++] = '\n';
        if (line.n)
            memcpy(copy + n, line.p, line.n);
        n += line.n;
    }
    if (copy)
        copy[n] = '\0';
    return copy;
}

const char *
xml_documentation(struct arena *a, const xmlNode *node)
{
    xmlChar *content = node ? xmlNodeGetContent(node) : NULL;
    struct str text = trim_blanks(str_of((const char *)content));
    const char *copy = text.n && text.n <= DOCUMENTATION_MAX ? documentation_dup(a, text) : NULL;

    xmlFree(content);
    return copy;
}

struct place
xml_place(const char *path, const xmlNode *node)
{
    long line = node ? xmlGetLineNo(node) : 0;

    return (struct place){str_of(path), line > 0 ? (unsigned)line : 0,
                          node ? (unsigned)(uintptr_t)node->psvi : 0};
}
