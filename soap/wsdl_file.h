/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The WSDL documents that import each other, and what they define: messages, port types, bindings.
 */
#ifndef SOAP_WSDL_FILE_H
#define SOAP_WSDL_FILE_H

#include "contract/binding.h"
#include "soap/envelope.h"
#include "soap/xsd_lower.h"

#define NS_WSDL_SOAP11 "http://schemas.xmlsoap.org/wsdl/soap/"
#define NS_WSDL_SOAP12 "http://schemas.xmlsoap.org/wsdl/soap12/"

struct wsdl_file {
    struct wsdl_file *next;
    const char *path, *ns; /* target namespace, "" for none */
    xmlNode *root;
};

struct wsdl_part {                 /* one that stands in a Body, a Header or a fault's detail */
    const char *name, *ns, *local; /* of its element; local NULL: it has a type only */
    cJSON *schema;                 /* in the tree, or to be put there */
};

struct wsdl_body {
    bool is_there; /* false: no such message (one-way) */
    bool single;   /* one element {ns}local; else members */
    const char *ns, *local;
    cJSON *schema; /* of the message, an object; NULL: nothing in it */
};

struct wsdl_fault {
    struct wsdl_fault *next;
    const char *name, *ns, *local;
    cJSON *schema;
};

struct wsdl_operation {
    struct wsdl_operation *next;
    const char *name, *action;
    const char *address;       /* of its port; NULL: there is no service */
    const char *documentation; /* NULL: none */
    const xmlNode *abstract;   /* in the port type */
    enum soap_version version;
    struct wsdl_body request, answer;
    cJSON *headers; /* NULL: none */
    struct wsdl_fault *faults;
    unsigned fault_count;
};

struct wsdl {
    struct arena *arena;
    struct report *report;
    struct wsdl_file *files, **last;
    unsigned depth; /* of files inside each other */
    struct xsd xsd;
    struct xsd_lower lower;
    cJSON *messages; /* in the lowered tree */
    struct wsdl_operation *operations, **last_operation;
    unsigned operation_count;
    unsigned refused;          /* operations that cannot be called */
    const char *address;       /* of the first port; NULL: there is no service */
    const char *other_address; /* of a port with operations of its own, or NULL */
    const char *service;       /* its name, or NULL */
};

/* All of it, with what its messages are made of. False after telling. */
bool wsdl_read(struct wsdl *w, struct arena *a, const char *path, struct report *r);
/* Reads the file and all it imports. */
void wsdl_file_read(struct wsdl *w, const char *path, struct place from);
/* The child of some wsdl:definitions of that kind and name; NULL: none, nothing is told. */
xmlNode *wsdl_find(const struct wsdl *w, const char *kind, struct qname name,
                   const struct wsdl_file **where);
/* The same by an attribute that names it; tells when it is missing. */
xmlNode *wsdl_follow(const struct wsdl *w, const struct wsdl_file *file, const xmlNode *node,
                     const char *attribute, const char *kind, const struct wsdl_file **where);
/* Adds the operations of a SOAP binding that no port before offered. */
void wsdl_binding_read(struct wsdl *w, const struct wsdl_file *file, const xmlNode *binding,
                       enum soap_version version, const char *address);
/* True for a binding to SOAP over HTTP. */
bool wsdl_binding_is_soap(const struct wsdl *w, const xmlNode *binding, enum soap_version *version);
/* Compiles the types and builds the codec's tables; NULL after telling. */
struct description *wsdl_build(struct wsdl *w);

#endif
