/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Security header of our own. What is signed of it is written in canonical form (each namespace
 * declared where it is used, no empty-element tags), so that only the Body needs canonicalizing.
 */
#include "soap/envelope.h"
#include "soap/wss.h"
#include "soap/xml_sign.h"
#include "soap/xml_text.h"

#define PROFILE   NS_WSS "username-token-profile-1.0#"
#define X509      NS_WSS "x509-token-profile-1.0#X509v3"
#define BASE64    NS_WSS "soap-message-security-1.0#Base64Binary"
#define SHA256    "http://www.w3.org/2001/04/xmlenc#sha256"
#define TRANSFORM "<ds:Transform Algorithm=\"" NS_C14N "\"></ds:Transform>"

enum { HEADER_MAX = 256 * 1024 };

static void
put_timestamp(struct buf *out, const struct wss_outgoing *w)
{
    buf_printf(out,
               "<u:Timestamp xmlns:u=\"" NS_WSU "\" u:Id=\"timestamp\"><u:Created>%.*s</u:Created>"
               "<u:Expires>%.*s</u:Expires></u:Timestamp>",
               STR_ARG(w->created), STR_ARG(w->expires));
}

static void
put_user(struct buf *out, const struct wss_outgoing *w)
{
    buf_str(out, STR("<w:UsernameToken><w:Username>"));
    xml_text_put(out, w->user);
    buf_printf(out, "</w:Username><w:Password Type=\"" PROFILE "Password%s\">",
               w->nonce.n ? "Digest" : "Text");
    xml_text_put(out, w->password);
    buf_str(out, STR("</w:Password>"));
    if (w->nonce.n)
        buf_printf(out,
                   "<w:Nonce EncodingType=\"" BASE64 "\">%.*s</w:Nonce>"
                   "<u:Created xmlns:u=\"" NS_WSU "\">%.*s</u:Created>",
                   STR_ARG(w->nonce), STR_ARG(w->created));
    buf_str(out, STR("</w:UsernameToken>"));
}

/* ---- The signature ---- */

static bool
put_reference(struct buf *out, const struct wss_outgoing *w, const char *id, struct str canonical,
              struct arena *a)
{
    struct str digest;

    if (!w->digest(a, canonical, &digest))
        return false;
    buf_printf(out,
               "<ds:Reference URI=\"#%s\"><ds:Transforms>" TRANSFORM "</ds:Transforms>"
               "<ds:DigestMethod Algorithm=\"" SHA256 "\"></ds:DigestMethod>"
               "<ds:DigestValue>%.*s</ds:DigestValue></ds:Reference>",
               id, STR_ARG(digest));
    return true;
}

static bool
canonical_body(struct str envelope, struct arena *a, struct str *out, struct fault *f)
{
    struct xml_tree t = {.arena = a, .fault = f, .nodes = XML_TREE_OURS};
    const xmlNode *root, *body;

    if (xml_tree_read(&t, envelope))
        return false;
    root = xmlDocGetRootElement(t.doc);
    body = xml_child(root, (const char *)root->ns->href, "Body");
    return body && xml_sign_canonical(&t, body, NULL, NULL, out);
}

static bool
put_signed_info(struct buf *out, const struct wss_outgoing *w, struct str body, struct arena *a)
{
    struct buf stamp;
    bool good;

    buf_init(&stamp, HEADER_MAX);
    put_timestamp(&stamp, w);
    buf_printf(out,
               "<ds:SignedInfo xmlns:ds=\"" NS_DS
               "\"><ds:CanonicalizationMethod Algorithm=\"" NS_C14N
               "\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"%.*s\">"
               "</ds:SignatureMethod>",
               STR_ARG(w->method));
    good = put_reference(out, w, "body", body, a) && !stamp.failed &&
           put_reference(out, w, "timestamp", buf_view(&stamp), a);
    buf_str(out, STR("</ds:SignedInfo>"));
    buf_fini(&stamp);
    return good && !out->failed;
}

static bool
put_signature(struct buf *out, const struct wss_outgoing *w, struct str body, struct arena *a)
{
    struct str value;
    struct buf info;
    bool good;

    buf_init(&info, HEADER_MAX);
    good = put_signed_info(&info, w, body, a) && w->sign(w->key, a, buf_view(&info), &value);
    if (good) {
        buf_printf(out,
                   "<w:BinarySecurityToken xmlns:u=\"" NS_WSU "\" u:Id=\"certificate\" "
                   "ValueType=\"" X509 "\" EncodingType=\"" BASE64 "\">%.*s"
                   "</w:BinarySecurityToken><ds:Signature xmlns:ds=\"" NS_DS "\">",
                   STR_ARG(w->certificate));
        buf_str(out, buf_view(&info));
        buf_printf(out,
                   "<ds:SignatureValue>%.*s</ds:SignatureValue><ds:KeyInfo>"
                   "<w:SecurityTokenReference><w:Reference URI=\"#certificate\" ValueType=\"" X509
                   "\"/></w:SecurityTokenReference></ds:KeyInfo></ds:Signature>",
                   STR_ARG(value));
    }
    buf_fini(&info);
    return good;
}

/* ---- The header ---- */

static bool
put_security(struct buf *out, const struct wss_outgoing *w, struct str envelope, struct arena *a,
             struct fault *f)
{
    struct str body;
    bool good = true;

    buf_str(out, STR("<w:Security xmlns:w=\"" NS_WSSE "\" e:mustUnderstand=\"1\">"));
    put_timestamp(out, w);
    if (w->user.n)
        put_user(out, w);
    if (w->certificate.n)
        good = canonical_body(envelope, a, &body, f) && put_signature(out, w, body, a);
    buf_str(out, STR("</w:Security>"));
    return good && !out->failed;
}

enum fault_code
wss_write(const struct wss_outgoing *w, struct buf *envelope, size_t at, struct arena *a,
          struct fault *f)
{
    struct fault inner = {0};
    struct buf header;
    struct str rest;

    buf_init(&header, HEADER_MAX);
    if (!put_security(&header, w, buf_view(envelope), a, &inner)) {
        buf_fini(&header);
        fault_set(f, FAULT_INTERNAL, "the message to the backend cannot be signed");
        fault_log(f, "%s", inner.detail);
        return FAULT_INTERNAL;
    }
    rest = arena_dup(a, str_from(buf_view(envelope), at));
    envelope->n = at;
    buf_str(envelope, buf_view(&header));
    buf_str(envelope, rest);
    envelope->failed |= !rest.p;
    buf_fini(&header);
    return envelope->failed ? fault_set(f, FAULT_MEMORY, "out of memory") : FAULT_NONE;
}
