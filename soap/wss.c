/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/wss.h"

#include "soap/envelope.h"
#include "soap/wss_private.h"

#define NS_TOKEN  NS_WSS "username-token-profile-1.0#"
#define NS_X509   NS_WSS "x509-token-profile-1.0#X509v3"
#define NS_BASE64 NS_WSS "soap-message-security-1.0#Base64Binary"
#define TYPE_JWT  "urn:ietf:params:oauth:token-type:jwt"

/* ---- The envelope ---- */

static bool
is_for_us(const struct wss_reading *r, const xmlNode *block)
{
    bool soap11 = strcmp(r->soap, NS_SOAP11) == 0;
    struct str role = xml_tree_attribute(r->tree, block, r->soap, soap11 ? "actor" : "role");

    return !role.n || str_eq(role, STR("http://schemas.xmlsoap.org/soap/actor/next")) ||
           str_eq(role, STR(NS_SOAP12 "/role/next")) ||
           str_eq(role, STR(NS_SOAP12 "/role/ultimateReceiver"));
}

static bool
find_parts(struct wss_reading *r)
{
    const xmlNode *envelope = xmlDocGetRootElement(r->tree->doc), *block;

    r->soap = envelope && xml_is(envelope, NS_SOAP11, "Envelope") ? NS_SOAP11 : NS_SOAP12;
    r->header = envelope ? xml_child(envelope, r->soap, "Header") : NULL;
    r->body = envelope ? xml_child(envelope, r->soap, "Body") : NULL;
    if (!r->header || !r->body || xml_next(r->body, NULL, NULL) ||
        !xml_is(envelope, r->soap, "Envelope"))
        return xml_tree_refuse(r->tree, "the envelope is not one Header and one Body");
    block = xml_child(r->header, NS_WSSE, "Security");
    for (; block; block = xml_next(block, NS_WSSE, "Security")) {
        if (!is_for_us(r, block))
            continue;
        if (r->security)
            return xml_tree_refuse(r->tree, "there are two Security headers for this node");
        r->security = block;
    }
    return r->security || xml_tree_refuse(r->tree, "the Security header is not there");
}

/* ---- Tokens ---- */

static bool
take_token(const struct wss_reading *r, enum credential_kind kind)
{
    if (r->out->kind)
        return xml_tree_refuse(r->tree, "a Security header holds one token; this one has two");
    r->out->kind = kind;
    return true;
}

/* Once each; anything else is refused: what is not understood might change the meaning. */
struct wss_text {
    const char *ns, *local;
    struct str *out;
    const xmlNode *found;
};

static bool
read_texts(const struct wss_reading *r, const xmlNode *element, struct wss_text *texts, unsigned n)
{
    const xmlNode *child = xml_child(element, NULL, NULL);

    for (; child; child = xml_next(child, NULL, NULL)) {
        unsigned i = 0;

        while (i < n && !xml_is(child, texts[i].ns, texts[i].local))
            i++;
        if (i == n || texts[i].found)
            return xml_tree_refuse(r->tree, "%s holds an element that is not accepted there",
                                   (const char *)element->name);
        texts[i].found = child;
        if (!xml_tree_text(r->tree, child, texts[i].out))
            return false;
    }
    return true;
}

static bool
read_timestamp(struct wss_reading *r, const xmlNode *element)
{
    struct wss_text texts[] = {{NS_WSU, "Created", &r->out->stamp_created, NULL},
                               {NS_WSU, "Expires", &r->out->stamp_expires, NULL}};

    if (r->timestamp)
        return xml_tree_refuse(r->tree, "there are two Timestamps");
    r->timestamp = element;
    r->out->has_timestamp = true;
    return read_texts(r, element, texts, 2);
}

static bool
is_base64(const struct wss_reading *r, const xmlNode *element)
{
    struct str encoding = xml_tree_attribute(r->tree, element, NULL, "EncodingType");

    return !encoding.n || str_eq(encoding, STR(NS_BASE64)) ||
           xml_tree_refuse(r->tree, "%s has another EncodingType than #Base64Binary",
                           (const char *)element->name);
}

static bool
read_username(struct wss_reading *r, const xmlNode *element)
{
    struct credential *c = r->out;
    struct wss_text texts[] = {{NS_WSSE, "Username", &c->user, NULL},
                               {NS_WSSE, "Password", &c->password, NULL},
                               {NS_WSSE, "Nonce", &c->nonce, NULL},
                               {NS_WSU, "Created", &c->created, NULL}};
    struct str type = STR_NONE;

    if (!take_token(r, CREDENTIAL_PASSWORD) || !read_texts(r, element, texts, 4))
        return false;
    if (!c->user.n || !c->password.n)
        return xml_tree_refuse(r->tree, "a UsernameToken needs Username and Password");
    if (texts[2].found && !is_base64(r, texts[2].found))
        return false;
    type = xml_tree_attribute(r->tree, texts[1].found, NULL, "Type");
    if (str_eq(type, STR(NS_TOKEN "PasswordDigest")))
        c->kind = CREDENTIAL_DIGEST;
    else if (type.n && !str_eq(type, STR(NS_TOKEN "PasswordText")))
        return xml_tree_refuse(r->tree, "a Password is of Type #PasswordText or #PasswordDigest");
    return true;
}

static bool
read_binary(struct wss_reading *r, const xmlNode *element)
{
    struct str type = xml_tree_attribute(r->tree, element, NULL, "ValueType");
    bool certificate = str_eq(type, STR(NS_X509));

    if (!certificate && !str_eq(type, STR(TYPE_JWT)))
        return xml_tree_refuse(r->tree,
                               "a BinarySecurityToken is of ValueType #X509v3 or " TYPE_JWT);
    r->binary = element;
    return take_token(r, certificate ? CREDENTIAL_CERTIFICATE : CREDENTIAL_JWT) &&
           is_base64(r, element) && xml_tree_text(r->tree, element, &r->out->token);
}

static bool
read_assertion(struct wss_reading *r, const xmlNode *element)
{
    return take_token(r, CREDENTIAL_ASSERTION) && wss_saml_read(r, element);
}

static bool
keep_signature(struct wss_reading *r, const xmlNode *element)
{
    if (r->signature)
        return xml_tree_refuse(r->tree, "there are two Signatures");
    r->signature = element;
    return true;
}

static const struct wss_row {
    const char *ns, *local;
    bool (*read)(struct wss_reading *r, const xmlNode *element);
} rows[] = {
    {NS_WSU, "Timestamp", read_timestamp},         {NS_WSSE, "UsernameToken", read_username},
    {NS_WSSE, "BinarySecurityToken", read_binary}, {NS_SAML, "Assertion", read_assertion},
    {NS_DS, "Signature", keep_signature},
};

static bool
read_blocks(struct wss_reading *r)
{
    const xmlNode *child = xml_child(r->security, NULL, NULL);

    for (; child; child = xml_next(child, NULL, NULL)) {
        size_t i = 0;

        while (i < sizeof rows / sizeof *rows && !xml_is(child, rows[i].ns, rows[i].local))
            i++;
        if (i == sizeof rows / sizeof *rows)
            return xml_tree_refuse(r->tree, "the Security header holds an element that is not "
                                            "accepted: Timestamp, UsernameToken, "
                                            "BinarySecurityToken, Signature, SAML 2.0 Assertion");
        if (!rows[i].read(r, child))
            return false;
    }
    return true;
}

/* ---- The signature over the message ---- */

static bool
attribute_is(const xmlNode *node, const char *ns, struct str wanted)
{
    xmlAttr *a = node->type == XML_ELEMENT_NODE
                     ? xmlHasNsProp(node, xml_chars("Id"), ns ? xml_chars(ns) : NULL)
                     : NULL;

    return a && a->children && str_eq(str_of((const char *)a->children->content), wanted);
}

/* wsu:Id, or Id as npm's xml-crypto writes it. */
static bool
has_id(const xmlNode *node, struct str id)
{
    return attribute_is(node, NS_WSU, id) || attribute_is(node, NULL, id);
}

const xmlNode *
wss_walk(const xmlNode *node, const xmlNode *top)
{
    if (node->children)
        return node->children;
    while (node != top && !node->next)
        node = node->parent;
    return node == top ? NULL : node->next;
}

/* Elements anywhere that bear this id. */
static unsigned
count_ids(const struct xml_tree *t, struct str id)
{
    const xmlNode *top = xmlDocGetRootElement(t->doc);
    unsigned n = 0;

    for (const xmlNode *at = top; at; at = wss_walk(at, top))
        n += has_id(at, id);
    return n;
}

/* What may be signed: the Body, blocks of the Header, what stands in the Security header. So the
 * element that is verified is the one that is read afterwards, wherever its copies hide. */
static const xmlNode *
resolve(const struct xml_tree *t, struct str id, const void *context)
{
    const struct wss_reading *r = context;
    const xmlNode *lists[] = {r->header->children, r->security->children}, *found = NULL;

    if (has_id(r->body, id))
        found = r->body;
    for (unsigned i = 0; i < 2; i++)
        for (const xmlNode *n = lists[i]; n && !found; n = n->next)
            if (n != r->security && n != r->signature && has_id(n, id))
                found = n;
    return found && count_ids(t, id) == 1 ? found : NULL;
}

static bool
covers(const struct xml_signed *what, const xmlNode *node)
{
    for (unsigned i = 0; i < what->n; i++)
        if (node && what->nodes[i] == node)
            return true;
    return false;
}

/* KeyInfo/SecurityTokenReference/Reference to the BinarySecurityToken beside it. */
static bool
check_key(const struct wss_reading *r)
{
    const xmlNode *at = xml_child(r->signature, NS_DS, "KeyInfo");
    struct str uri = STR_NONE;

    at = at ? xml_child(at, NS_WSSE, "SecurityTokenReference") : NULL;
    at = at ? xml_child(at, NS_WSSE, "Reference") : NULL;
    if (at)
        uri = xml_tree_attribute(r->tree, at, NULL, "URI");
    if (uri.n > 1 && uri.p[0] == '#' && has_id(r->binary, str_from(uri, 1)))
        return true;
    return xml_tree_refuse(r->tree, "the Signature's KeyInfo must refer to the "
                                    "BinarySecurityToken by its wsu:Id");
}

static bool
read_signature(const struct wss_reading *r)
{
    struct xml_signed what;

    if (r->out->kind != CREDENTIAL_CERTIFICATE)
        return !r->signature ||
               xml_tree_refuse(r->tree, "a Signature needs a BinarySecurityToken with X.509");
    if (!r->signature)
        return xml_tree_refuse(r->tree, "a certificate alone proves nothing: sign Body and "
                                        "Timestamp");
    if (!check_key(r) ||
        !xml_sign_read(r->tree, r->signature, resolve, r, &r->out->signature, &what))
        return false;
    if (!covers(&what, r->body))
        return xml_tree_refuse(r->tree, "the Signature does not cover the Body");
    return covers(&what, r->timestamp) ||
           xml_tree_refuse(r->tree, "the Signature does not cover a Timestamp");
}

enum fault_code
wss_read(struct str bytes, struct arena *a, struct credential *out, struct fault *f)
{
    struct xml_tree tree = {.arena = a, .fault = f, .nodes = XML_TREE_THEIRS};
    struct wss_reading r = {.tree = &tree, .out = out};
    enum fault_code code;

    *out = (struct credential){.kind = CREDENTIAL_NONE};
    f->code = FAULT_NONE;
    code = xml_tree_read(&tree, bytes);
    if (code)
        return code;
    if (find_parts(&r) && read_blocks(&r) && read_signature(&r) && !f->code)
        return FAULT_NONE;
    return f->code;
}
