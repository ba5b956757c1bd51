/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message as a libxml2 tree, for what needs one: signatures. The bytes were read by type before,
 * so all that is new here is the bound on nodes: a tree takes many times its text. */
#include "soap/xml_sign.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>
#include <stdarg.h>
#include <stdio.h>

#include "soap/xml_scalar.h"
#include "soap/xml_scan.h"

bool
xml_tree_refuse(const struct xml_tree *t, const char *format, ...)
{
    char text[200];
    va_list list;

    if (t->fault->code)
        return false;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    fault_set(t->fault, FAULT_INVALID_TOKEN, "%s", text);
    return false;
}

bool
xml_tree_no_memory(const struct xml_tree *t)
{
    fault_set(t->fault, FAULT_MEMORY, "out of memory");
    return false;
}

static void
count_element(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *ns,
              int ns_count, const xmlChar **namespaces, int attribute_count, int default_count,
              const xmlChar **attributes)
{
    xmlParserCtxt *x = context;
    unsigned n = 1 + (unsigned)ns_count + (unsigned)attribute_count, *left = x->_private;

    *left = n < *left ? *left - n : 0;
    if (!*left)
        xmlStopParser(x);
    else
        xmlSAX2StartElementNs(x, local, prefix, ns, ns_count, namespaces, attribute_count,
                              default_count, attributes);
}

/* The reader by type has refused it already; here nothing may be declared either. */
static void
on_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    xmlParserCtxt *x = context;

    (void)name;
    (void)external;
    (void)system;
    x->wellFormed = 0;
    xmlStopParser(x);
}

static void
on_error(void *context, xmlError *error)
{
    (void)context;
    (void)error;
}

static void
free_doc(void *doc)
{
    xmlFreeDoc(doc);
}

static xmlDoc *
parse(char *bytes, size_t n, unsigned *left)
{
    xmlParserCtxt *x = xmlCreateMemoryParserCtxt(bytes, (int)n); /* n is below 1 GB */
    xmlDoc *doc = NULL;

    if (!x)
        return NULL;
    xmlCtxtUseOptions(x, XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR |
                             XML_PARSE_NOWARNING);
    x->_private = left;
    x->sax->startElementNs = count_element;
    x->sax->internalSubset = on_doctype;
    x->sax->serror = on_error;
    xmlParseDocument(x);
    if (x->wellFormed && x->nsWellFormed && *left && x->myDoc)
        doc = x->myDoc;
    else
        xmlFreeDoc(x->myDoc);
    x->myDoc = NULL;
    xmlFreeParserCtxt(x);
    return doc;
}

enum fault_code
xml_tree_read(struct xml_tree *t, struct str bytes)
{
    unsigned left = t->nodes;
    char *copy;
    size_t n;
    enum fault_code code = xml_scan(t->arena, bytes, FAULT_INVALID_TOKEN, &copy, &n, t->fault);

    if (code)
        return code;
    t->doc = parse(copy, n, &left);
    if (!t->doc)
        return left ? fault_set(t->fault, FAULT_INVALID_TOKEN,
                                "the message cannot be read again for its Security header")
                    : fault_set(t->fault, FAULT_INVALID_TOKEN,
                                "a message with a Security header has at most %u XML nodes",
                                t->nodes);
    code = arena_defer(t->arena, free_doc, t->doc);
    if (!code)
        return FAULT_NONE;
    xmlFreeDoc(t->doc);
    return fault_set(t->fault, code, "out of memory");
}

static struct str
copy_text(const struct xml_tree *t, xmlChar *text)
{
    struct str copy = STR_NONE;

    if (text)
        copy = arena_dup(t->arena, xml_scalar_trim(str_of((const char *)text)));
    if (!copy.p)
        fault_set(t->fault, FAULT_MEMORY, "out of memory");
    xmlFree(text);
    return copy;
}

bool
xml_tree_text(const struct xml_tree *t, const xmlNode *element, struct str *out)
{
    for (const xmlNode *n = element->children; n; n = n->next)
        if (n->type != XML_TEXT_NODE && n->type != XML_CDATA_SECTION_NODE &&
            n->type != XML_COMMENT_NODE)
            return xml_tree_refuse(t, "%s in the Security header must hold a text only",
                                   (const char *)element->name);
    /* The text on both sides of a comment is one: who cuts it there reads another name. */
    *out = copy_text(t, xmlNodeGetContent(element));
    return !t->fault->code;
}

struct str
xml_tree_attribute(const struct xml_tree *t, const xmlNode *element, const char *ns,
                   const char *name)
{
    xmlAttr *a = ns ? xmlHasNsProp(element, xml_chars(name), xml_chars(ns))
                    : xmlHasNsProp(element, xml_chars(name), NULL);

    return a ? copy_text(t, xmlNodeGetContent((const xmlNode *)a)) : STR_NONE;
}
