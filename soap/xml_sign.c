/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xml_sign.h"

#include <libxml/c14n.h>

#include "soap/wss.h"

enum { PREFIXES_MAX = 16, CANONICAL_MAX = 64 << 20 };

/* ---- Canonical form ---- */

struct subtree {
    const xmlNode *top, *but;
};

/* Is the node in the subtree? libxml2 asks in document order, so a parent was asked before; it is
 * marked in _private with the subtree it is in. */
static int
is_inside(void *context, xmlNode *node, xmlNode *parent)
{
    struct subtree *s = context;
    bool inside = node == s->top ||
                  (parent && parent->type == XML_ELEMENT_NODE && parent->_private == (void *)s);

    if (node->type != XML_ELEMENT_NODE)
        return inside;
    inside = inside && node != s->but;
    node->_private = inside ? s : NULL;
    return inside;
}

/* "a b #default" as libxml2 wants it; false: too many. */
static bool
split_prefixes(const struct xml_tree *t, const char *text, xmlChar *list[PREFIXES_MAX + 1])
{
    struct str rest = str_of(text), one;
    unsigned n = 0;

    while (str_split(&rest, ' ', &one)) {
        if (!one.n)
            continue;
        if (n == PREFIXES_MAX)
            return xml_tree_refuse(t, "a PrefixList has at most %d prefixes", PREFIXES_MAX);
        one = arena_dup(t->arena, one);
        list[n++] = (xmlChar *)(uintptr_t)one.p;
        if (!one.p)
            return xml_tree_no_memory(t);
    }
    list[n] = NULL;
    return true;
}

bool
xml_sign_canonical(const struct xml_tree *t, const xmlNode *element, const xmlNode *but,
                   const char *prefixes, struct str *out)
{
    struct subtree s = {element, but};
    xmlChar *list[PREFIXES_MAX + 1] = {NULL};
    xmlOutputBuffer *to;
    int n = -1;

    if (prefixes && !split_prefixes(t, prefixes, list))
        return false;
    to = xmlAllocOutputBuffer(NULL);
    if (to)
        n = xmlC14NExecute(t->doc, is_inside, &s, XML_C14N_EXCLUSIVE_1_0, list[0] ? list : NULL, 0,
                           to);
    if (n >= 0 && !to->error)
        *out = arena_dup(t->arena, (struct str){(const char *)xmlOutputBufferGetContent(to),
                                                xmlOutputBufferGetSize(to)});
    xmlOutputBufferClose(to);
    if (n >= 0 && out->p)
        return true;
    return xml_tree_refuse(t, "a signed element has no canonical form");
}

/* ---- ds:Signature ---- */

/* The child that is due, of ds:; steps on. NULL (and a fault): another one stands there. */
static const xmlNode *
expect(const struct xml_tree *t, const xmlNode **at, const char *local)
{
    const xmlNode *found = *at;

    if (!found || !xml_is(found, NS_DS, local)) {
        xml_tree_refuse(t, "a Signature lacks its %s, or has it elsewhere", local);
        return NULL;
    }
    *at = xml_next(found, NULL, NULL);
    return found;
}

/* Exclusive canonicalization, with its PrefixList or none. */
static bool
read_c14n(const struct xml_tree *t, const xmlNode *method, const char **prefixes)
{
    const xmlNode *child = xml_child(method, NULL, NULL);
    struct str list = STR_NONE;

    *prefixes = NULL;
    if (!str_eq(xml_tree_attribute(t, method, NULL, "Algorithm"), STR(NS_C14N)))
        return xml_tree_refuse(t, "a Signature is canonicalized otherwise than by " NS_C14N);
    if (!child)
        return true;
    if (!xml_is(child, NS_C14N, "InclusiveNamespaces") || xml_next(child, NULL, NULL))
        return xml_tree_refuse(t, "a Signature has a transform with unknown parameters");
    list = xml_tree_attribute(t, child, NULL, "PrefixList");
    *prefixes = list.p;
    return !t->fault->code;
}

/* `enveloped-signature` takes the signature out of what it is in; elsewhere it changes nothing. */
static bool
read_transforms(const struct xml_tree *t, const xmlNode *transforms, bool *enveloped,
                const char **prefixes)
{
    const xmlNode *one = xml_child(transforms, NULL, NULL);

    *enveloped =
        one && xml_is(one, NS_DS, "Transform") && !xml_child(one, NULL, NULL) &&
        str_eq(xml_tree_attribute(t, one, NULL, "Algorithm"), STR(NS_DS "enveloped-signature"));
    if (*enveloped)
        one = xml_next(one, NULL, NULL);
    if (!one || !xml_is(one, NS_DS, "Transform") || xml_next(one, NULL, NULL))
        return xml_tree_refuse(t, "a Signature has other transforms than " NS_C14N);
    return read_c14n(t, one, prefixes);
}

struct reading {
    const struct xml_tree *tree;
    const xmlNode *signature;
    xml_resolver *resolve;
    const void *context;
    struct xml_signature *out;
    struct xml_signed *what;
};

static bool
is_signed(const struct xml_signed *what, const xmlNode *node)
{
    for (unsigned i = 0; i < what->n; i++)
        if (what->nodes[i] == node)
            return true;
    return false;
}

static const xmlNode *
resolve(const struct reading *r, const xmlNode *reference)
{
    struct str uri = xml_tree_attribute(r->tree, reference, NULL, "URI");
    const xmlNode *found = NULL;

    if (uri.n > 1 && uri.p[0] == '#')
        found = r->resolve(r->tree, str_from(uri, 1), r->context);
    if (!found)
        xml_tree_refuse(r->tree, "a Signature refers to an element that may not be signed, or is "
                                 "not where it is expected");
    if (!found || !is_signed(r->what, found))
        return found;
    xml_tree_refuse(r->tree, "a Signature refers to one element twice"); /* work for nothing */
    return NULL;
}

static bool
read_reference(const struct reading *r, const xmlNode *reference)
{
    const struct xml_tree *t = r->tree;
    const xmlNode *at = xml_child(reference, NULL, NULL), *transforms, *method, *digest, *target;
    struct signed_part *part;
    const char *prefixes;
    bool enveloped;

    if (r->out->part_count == XML_SIGN_PARTS)
        return xml_tree_refuse(t, "a Signature has at most %d References", XML_SIGN_PARTS);
    part = &r->out->parts[r->out->part_count];
    target = resolve(r, reference);
    if (!target || !(transforms = expect(t, &at, "Transforms")) ||
        !(method = expect(t, &at, "DigestMethod")) || !(digest = expect(t, &at, "DigestValue")))
        return false;
    if (at)
        return xml_tree_refuse(t, "a Reference holds more than it may");
    part->digest_method = xml_tree_attribute(t, method, NULL, "Algorithm");
    r->what->nodes[r->what->n++] = target;
    r->out->part_count++;
    return xml_tree_text(t, digest, &part->digest) &&
           read_transforms(t, transforms, &enveloped, &prefixes) &&
           xml_sign_canonical(t, target, enveloped ? r->signature : NULL, prefixes,
                              &part->canonical);
}

static bool
read_signed_info(const struct reading *r, const xmlNode *info)
{
    const struct xml_tree *t = r->tree;
    const xmlNode *at = xml_child(info, NULL, NULL), *c14n, *method;
    const char *prefixes;

    if (!(c14n = expect(t, &at, "CanonicalizationMethod")) ||
        !(method = expect(t, &at, "SignatureMethod")) || !read_c14n(t, c14n, &prefixes))
        return false;
    if (xml_child(method, NULL, NULL)) /* HMACOutputLength, RSAPSSParams */
        return xml_tree_refuse(t, "a SignatureMethod has parameters, which are not accepted");
    r->out->method = xml_tree_attribute(t, method, NULL, "Algorithm");
    for (; at; at = xml_next(at, NULL, NULL))
        if (!xml_is(at, NS_DS, "Reference") || !read_reference(r, at))
            return xml_tree_refuse(t, "SignedInfo holds more than References");
    if (!r->out->part_count)
        return xml_tree_refuse(t, "a Signature has no Reference");
    return xml_sign_canonical(t, info, NULL, prefixes, &r->out->signed_info);
}

bool
xml_sign_read(const struct xml_tree *t, const xmlNode *signature, xml_resolver *resolver,
              const void *context, struct xml_signature *out, struct xml_signed *what)
{
    struct reading r = {t, signature, resolver, context, out, what};
    const xmlNode *at = xml_child(signature, NULL, NULL), *info, *value;

    *out =
        (struct xml_signature){.parts = ARENA_ARRAY(t->arena, XML_SIGN_PARTS, struct signed_part)};
    *what = (struct xml_signed){.n = 0};
    if (!out->parts)
        return xml_tree_no_memory(t);
    if (!(info = expect(t, &at, "SignedInfo")) || !(value = expect(t, &at, "SignatureValue")))
        return false;
    if (at && xml_is(at, NS_DS, "KeyInfo"))
        at = xml_next(at, NULL, NULL);
    if (at)
        return xml_tree_refuse(t, "a Signature holds more than it may, such as an Object");
    return xml_tree_text(t, value, &out->value) && read_signed_info(&r, info);
}
