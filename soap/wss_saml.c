/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A SAML 2.0 assertion in the Security header (WSS SAML Token Profile 1.1.1): what it says, and
 * the signature that it envelops. There is exactly one in the whole message, a child of Security,
 * and its signature refers to itself, so there is no other one that could be read in its place.
 */
#include "soap/wss_private.h"

enum { CONDITIONS_MAX = 16 };

static unsigned
count_assertions(const struct wss_reading *r)
{
    const xmlNode *top = xmlDocGetRootElement(r->tree->doc);
    unsigned n = 0;

    for (const xmlNode *at = top; at; at = wss_walk(at, top))
        n += xml_is(at, NS_SAML, "Assertion") || xml_is(at, NS_SAML, "EncryptedAssertion");
    return n;
}

static const xmlNode *
resolve_self(const struct xml_tree *t, struct str id, const void *context)
{
    const xmlNode *assertion = context;

    return str_eq(xml_tree_attribute(t, assertion, NULL, "ID"), id) ? assertion : NULL;
}

static bool
read_audiences(const struct wss_reading *r, const xmlNode *restriction)
{
    struct assertion *a = &r->out->assertion;
    struct assertion_audience *out = &a->audiences[a->audience_count];
    const xmlNode *at = xml_child(restriction, NULL, NULL);

    out->names = ARENA_ARRAY(r->tree->arena, CONDITIONS_MAX, struct str);
    if (!out->names)
        return xml_tree_no_memory(r->tree);
    a->audience_count++;
    for (; at; at = xml_next(at, NULL, NULL)) {
        if (!xml_is(at, NS_SAML, "Audience") || out->n == CONDITIONS_MAX)
            return xml_tree_refuse(r->tree, "an AudienceRestriction holds at most %d Audiences",
                                   CONDITIONS_MAX);
        if (!xml_tree_text(r->tree, at, &out->names[out->n++]))
            return false;
    }
    return true;
}

/* A condition that is not known makes the assertion's validity unknown (core, section 2.5.1). */
static bool
read_conditions(const struct wss_reading *r, const xmlNode *conditions)
{
    const struct xml_tree *t = r->tree;
    struct assertion *a = &r->out->assertion;
    const xmlNode *at = xml_child(conditions, NULL, NULL);

    a->not_before = xml_tree_attribute(t, conditions, NULL, "NotBefore");
    a->not_on_or_after = xml_tree_attribute(t, conditions, NULL, "NotOnOrAfter");
    for (; at; at = xml_next(at, NULL, NULL)) {
        if (xml_is(at, NS_SAML, "AudienceRestriction") && a->audience_count < CONDITIONS_MAX) {
            if (!read_audiences(r, at))
                return false;
        } else if (xml_is(at, NS_SAML, "OneTimeUse")) {
            a->once = true;
        } else if (!xml_is(at, NS_SAML, "ProxyRestriction")) { /* no new ones are issued here */
            return xml_tree_refuse(t, "the assertion has a condition that is not known");
        }
    }
    return !t->fault->code;
}

static bool
read_confirmation(const struct wss_reading *r, const xmlNode *element)
{
    const struct xml_tree *t = r->tree;
    struct assertion *a = &r->out->assertion;
    const xmlNode *data = xml_child(element, NS_SAML, "SubjectConfirmationData");
    struct assertion_confirmation *out = &a->confirmations[a->confirmation_count];

    if (a->confirmation_count == CONDITIONS_MAX)
        return xml_tree_refuse(t, "the assertion has too many SubjectConfirmations");
    a->confirmation_count++;
    out->method = xml_tree_attribute(t, element, NULL, "Method");
    if (!data)
        return !t->fault->code;
    out->recipient = xml_tree_attribute(t, data, NULL, "Recipient");
    out->not_before = xml_tree_attribute(t, data, NULL, "NotBefore");
    out->not_on_or_after = xml_tree_attribute(t, data, NULL, "NotOnOrAfter");
    return !t->fault->code;
}

static bool
read_subject(const struct wss_reading *r, const xmlNode *subject)
{
    const xmlNode *name = xml_child(subject, NS_SAML, "NameID");
    const xmlNode *at = xml_child(subject, NS_SAML, "SubjectConfirmation");

    if (name && !xml_tree_text(r->tree, name, &r->out->assertion.subject))
        return false;
    for (; at; at = xml_next(at, NS_SAML, "SubjectConfirmation"))
        if (!read_confirmation(r, at))
            return false;
    return true;
}

static bool
read_statement(const struct wss_reading *r, const xmlNode *assertion)
{
    struct assertion *a = &r->out->assertion;
    const xmlNode *issuer = xml_child(assertion, NS_SAML, "Issuer");
    const xmlNode *subject = xml_child(assertion, NS_SAML, "Subject");
    const xmlNode *conditions = xml_child(assertion, NS_SAML, "Conditions");

    a->audiences = ARENA_ARRAY(r->tree->arena, CONDITIONS_MAX, struct assertion_audience);
    a->confirmations = ARENA_ARRAY(r->tree->arena, CONDITIONS_MAX, struct assertion_confirmation);
    if (!a->audiences || !a->confirmations)
        return xml_tree_no_memory(r->tree);
    if (!issuer || !subject || !conditions)
        return xml_tree_refuse(r->tree, "the assertion lacks Issuer, Subject or Conditions");
    a->id = xml_tree_attribute(r->tree, assertion, NULL, "ID");
    return xml_tree_text(r->tree, issuer, &a->issuer) && read_subject(r, subject) &&
           read_conditions(r, conditions);
}

bool
wss_saml_read(struct wss_reading *r, const xmlNode *assertion)
{
    const xmlNode *signature = xml_child(assertion, NS_DS, "Signature");
    struct xml_signed what;

    if (count_assertions(r) != 1)
        return xml_tree_refuse(r->tree, "there is more than one assertion in the message");
    if (!str_eq(xml_tree_attribute(r->tree, assertion, NULL, "Version"), STR("2.0")))
        return xml_tree_refuse(r->tree, "the assertion is not of SAML 2.0");
    if (!signature || xml_next(signature, NS_DS, "Signature"))
        return xml_tree_refuse(r->tree, "the assertion needs one Signature of its own");
    if (!xml_sign_read(r->tree, signature, resolve_self, assertion, &r->out->signature, &what) ||
        !read_statement(r, assertion))
        return false;
    return what.n == 1 || xml_tree_refuse(r->tree, "the assertion is signed by one Reference");
}
