/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Security headers, sound and not: what is found in them, or why they are refused; and canonical
 * forms. Digests and signatures are for tests/unit/auth/senders_test.c and tests/flow/test_wss.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <libxml/parser.h>
#include <stdio.h>

#include "soap/envelope.h"
#include "soap/wss.h"

static struct arena *arena;

#define SOAP                                                                                       \
    "<e:Envelope xmlns:e='" NS_SOAP11 "' xmlns:w='" NS_WSSE "' xmlns:u='" NS_WSU                   \
    "' xmlns:d='" NS_DS "' xmlns:s='" NS_SAML "'>"
#define BODY      "<e:Body u:Id='B'><x/></e:Body>"
#define END       "</e:Envelope>"
#define HEADER(x) SOAP "<e:Header><w:Security>" x "</w:Security></e:Header>" BODY END
#define STAMP                                                                                      \
    "<u:Timestamp u:Id='T'><u:Created> 1 </u:Created><u:Expires>2</u:Expires></u:Timestamp>"
#define PROFILE    NS_WSS "username-token-profile-1.0#"
#define USER(more) "<w:UsernameToken><w:Username>j</w:Username>" more "</w:UsernameToken>"
#define X509       NS_WSS "x509-token-profile-1.0#X509v3"
#define CERT       "<w:BinarySecurityToken u:Id='C' ValueType='" X509 "'>AA</w:BinarySecurityToken>"
#define C14N       "<d:Transform Algorithm='" NS_C14N "'/>"
#define REF_T(uri, transforms)                                                                     \
    "<d:Reference URI='" uri "'><d:Transforms>" transforms "</d:Transforms>"                       \
    "<d:DigestMethod Algorithm='m'/><d:DigestValue>v</d:DigestValue></d:Reference>"
#define REF(uri) REF_T(uri, C14N)
#define KEY                                                                                        \
    "<d:KeyInfo><w:SecurityTokenReference><w:Reference URI='#C'/></w:SecurityTokenReference>"      \
    "</d:KeyInfo>"
#define INFO(references)                                                                           \
    "<d:SignedInfo><d:CanonicalizationMethod Algorithm='" NS_C14N "'/>"                            \
    "<d:SignatureMethod Algorithm='a'/>" references "</d:SignedInfo>"
#define SIGNED(info, more)                                                                         \
    "<d:Signature>" info "<d:SignatureValue>s</d:SignatureValue>" more "</d:Signature>"
#define BOTH    REF("#B") REF("#T")
#define GOOD    STAMP CERT SIGNED(INFO(BOTH), KEY)
#define SAML(x) "<s:Assertion ID='A' Version='2.0'>" x "</s:Assertion>"
#define SAID                                                                                       \
    "<s:Issuer>i</s:Issuer>" SIGNED(INFO(REF_T("#A", ENVELOPED C14N)),                             \
                                    "") "<s:Subject><s:NameID>n</s:NameID></s:Subject>"
#define ENVELOPED "<d:Transform Algorithm='" NS_DS "enveloped-signature'/>"

static const struct row {
    const char *envelope;
    enum credential_kind kind; /* where there is no fault */
    const char *fault;         /* NULL: none */
} ROWS[] = {
    {HEADER(""), CREDENTIAL_NONE, NULL},
    {HEADER(STAMP), CREDENTIAL_NONE, NULL},
    {HEADER(USER("<w:Password>p</w:Password>")), CREDENTIAL_PASSWORD, NULL},
    {HEADER(USER("<w:Password Type='" PROFILE "PasswordText'>p</w:Password><u:Created>1"
                 "</u:Created>")),
     CREDENTIAL_PASSWORD, NULL},
    {HEADER(USER("<w:Nonce>AA</w:Nonce><w:Password Type='" PROFILE "PasswordDigest'>p"
                 "</w:Password>")),
     CREDENTIAL_DIGEST, NULL},
    {HEADER(GOOD), CREDENTIAL_CERTIFICATE, NULL},
    {HEADER(SIGNED(INFO(REF_T("#B", ENVELOPED C14N) REF("#T") REF("#C")), KEY) STAMP CERT),
     CREDENTIAL_CERTIFICATE, NULL},
    {HEADER("<w:BinarySecurityToken ValueType='urn:ietf:params:oauth:token-type:jwt'>a.b.c"
            "</w:BinarySecurityToken>" STAMP),
     CREDENTIAL_JWT, NULL},
    {HEADER(SAML(SAID "<s:Conditions/>")), CREDENTIAL_ASSERTION, NULL},
    /* for somebody else, and for us */
    {SOAP
     "<e:Header><w:Security e:actor='urn:o'><bad/></w:Security><w:Security/></e:Header>" BODY END,
     CREDENTIAL_NONE, NULL},
    {SOAP "<e:Header><w:Security/><w:Security e:actor='http://schemas.xmlsoap.org/soap/actor/next'"
          "/></e:Header>" BODY END,
     0, "two Security headers"},
    {SOAP "<e:Header/>" BODY END, 0, "is not there"},
    {SOAP BODY END, 0, "one Header and one Body"},
    {SOAP "<e:Header><w:Security/></e:Header>" BODY BODY END, 0, "one Header and one Body"},
    {"<w:Security xmlns:w='" NS_WSSE "'/>", 0, "one Header and one Body"},
    /* what is not accepted */
    {HEADER("<d:KeyInfo/>"), 0, "element that is not accepted"},
    {HEADER("<u:Nonce/>"), 0, "element that is not accepted"},
    {HEADER(STAMP STAMP), 0, "two Timestamps"},
    {HEADER("<u:Timestamp><u:Created>1</u:Created><u:Created>1</u:Created></u:Timestamp>"), 0,
     "Timestamp holds an element that is not accepted"},
    {HEADER("<u:Timestamp><u:Created><b/></u:Created></u:Timestamp>"), 0, "a text only"},
    {HEADER(USER("")), 0, "needs Username and Password"},
    {HEADER(USER("<w:Password/>")), 0, "needs Username and Password"},
    {HEADER(USER("<w:Password Type='x'>p</w:Password>")), 0, "#PasswordText or #PasswordDigest"},
    {HEADER(USER("<w:Password>p</w:Password><w:Salt/>")), 0, "not accepted there"},
    {HEADER(USER("<w:Password>p</w:Password><w:Nonce EncodingType='hex'>0</w:Nonce>")), 0,
     "another EncodingType"},
    {HEADER(USER("<w:Password>p</w:Password>") USER("<w:Password>p</w:Password>")), 0, "one token"},
    {HEADER(USER("<w:Password>p</w:Password>") CERT), 0, "one token"},
    {HEADER("<w:BinarySecurityToken>AA</w:BinarySecurityToken>"), 0, "is of ValueType #X509v3 or"},
    {HEADER(CERT STAMP), 0, "proves nothing"},
    {HEADER(STAMP SIGNED(INFO(BOTH), KEY)), 0, "needs a BinarySecurityToken"},
    {HEADER(USER("<w:Password>p</w:Password>") STAMP SIGNED(INFO(BOTH), KEY)), 0,
     "needs a BinarySecurityToken"},
    {HEADER(GOOD SIGNED(INFO(BOTH), KEY)), 0, "two Signatures"},
    /* what is signed */
    {HEADER(STAMP CERT SIGNED(INFO(REF("#B")), KEY)), 0, "does not cover a Timestamp"},
    {HEADER(STAMP CERT SIGNED(INFO(REF("#T")), KEY)), 0, "does not cover the Body"},
    {HEADER(CERT SIGNED(INFO(REF("#B") REF("#T")), KEY)), 0, "an element that may not be signed"},
    {HEADER(STAMP CERT SIGNED(INFO(""), KEY)), 0, "no Reference"},
    {HEADER(STAMP CERT SIGNED(INFO(BOTH REF("")), KEY)), 0, "may not be signed"},
    {HEADER(STAMP CERT SIGNED(INFO(BOTH REF("http://h/")), KEY)), 0, "may not be signed"},
    {HEADER(STAMP CERT SIGNED(INFO(BOTH REF("#xpointer(/)")), KEY)), 0, "may not be signed"},
    {HEADER(STAMP CERT SIGNED(INFO(REF("#B") "<d:Manifest/>" REF("#T")), KEY)), 0,
     "more than References"},
    {HEADER(STAMP CERT SIGNED(INFO(BOTH REF("#B") REF("#B") REF("#B") REF("#B") REF("#B") REF("#B")
                                       REF("#B") REF("#B") REF("#B") REF("#B") REF("#B") REF("#B")
                                           REF("#B") REF("#B") REF("#B")),
                              KEY)),
     0, "one element twice"},
    /* the same id twice */
    {SOAP "<e:Header><w:Security>" GOOD "</w:Security><o u:Id='B'/></e:Header>" BODY END, 0,
     "may not be signed"},
    {SOAP "<e:Header><w:Security>" GOOD "</w:Security><o><p u:Id='T'/></o></e:Header>" BODY END, 0,
     "may not be signed"},
    /* a Body that was moved */
    {SOAP "<e:Header><w:Security>" GOOD "</w:Security><o>" BODY
          "</o></e:Header><e:Body u:Id='X'/>" END,
     0, "may not be signed"},
    {SOAP "<e:Header><w:Security>" GOOD "</w:Security>" BODY "</e:Header><e:Body u:Id='X'/>" END, 0,
     "does not cover the Body"},
    /* the key */
    {HEADER(STAMP CERT SIGNED(INFO(BOTH), "")), 0, "KeyInfo must refer"},
    {HEADER(STAMP CERT SIGNED(INFO(BOTH), "<d:KeyInfo><d:KeyValue/></d:KeyInfo>")), 0,
     "KeyInfo must refer"},
    {HEADER(STAMP CERT SIGNED(INFO(BOTH), KEY "<d:Object/>")), 0, "such as an Object"},
    /* the algorithms of XML */
    {HEADER(STAMP CERT SIGNED(INFO(REF_T("#B", "") REF("#T")), KEY)), 0, "other transforms"},
    {HEADER(STAMP CERT SIGNED(INFO(REF_T("#B", C14N C14N) REF("#T")), KEY)), 0, "other transforms"},
    {HEADER(STAMP CERT SIGNED(INFO(REF_T("#B", ENVELOPED) REF("#T")), KEY)), 0, "other transforms"},
    {HEADER(STAMP CERT SIGNED(
         INFO(REF_T("#B", "<d:Transform Algorithm='" NS_C14N "WithComments'/>") REF("#T")), KEY)),
     0, "canonicalized otherwise"},
    {HEADER(STAMP CERT SIGNED(INFO(REF_T("#B", "<d:Transform Algorithm='http://www.w3.org/TR/1999/"
                                               "REC-xslt-19991116'/>") REF("#T")),
                              KEY)),
     0, "canonicalized otherwise"},
    {HEADER(STAMP CERT SIGNED(INFO(REF_T("#B", "<d:Transform Algorithm='" NS_C14N
                                               "'><d:XPath>1</d:XPath></d:Transform>") REF("#T")),
                              KEY)),
     0, "unknown parameters"},
    /* assertions */
    {HEADER(SAML(SAID)), 0, "lacks Issuer, Subject or Conditions"},
    {HEADER(SAML("<s:Issuer>i</s:Issuer><s:Subject/><s:Conditions/>")), 0, "one Signature"},
    {HEADER(SAML(SAID "<s:Conditions><s:Condition/></s:Conditions>")), 0, "is not known"},
    {HEADER(SAML(SAID "<s:Conditions/><s:Advice>" SAML("") "</s:Advice>")), 0, "more than one"},
    {HEADER("<s:EncryptedAssertion/>" SAML(SAID "<s:Conditions/>")), 0, "not accepted"},
    {HEADER(SAML(SIGNED(INFO(REF_T("#B", ENVELOPED C14N)), "") "<s:Conditions/>")), 0,
     "may not be signed"},
    {HEADER(SAML(SIGNED(INFO(REF_T("#A", ENVELOPED C14N) REF("#A")),
                        "") "<s:Issuer>i</s:Issuer><s:Subject/><s:Conditions/>")),
     0, "one element twice"},
    /* no message at all */
    {"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 0, "cannot be read again"},
    {"<a>", 0, "cannot be read again"},
    {"", 0, "the body is empty"},
};

static void
test_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct fault f = {0};
        struct credential c;
        enum fault_code code = wss_read(str_of(ROWS[i].envelope), arena, &c, &f);

        if (!ROWS[i].fault != !code || code != f.code || (code && code != FAULT_INVALID_TOKEN) ||
            (code && !strstr(f.detail, ROWS[i].fault)) || (!code && c.kind != ROWS[i].kind))
            fail_msg("row %zu: %s\n%s", i, f.detail, ROWS[i].envelope);
    }
}

static void
test_texts(void **state)
{
    struct fault f = {0};
    struct credential c;
    static const char *assertion = HEADER(SAML("<s:Issuer> i<!-- c -->j </s:Issuer>" SIGNED(
        INFO(REF_T("#A", ENVELOPED C14N)),
        "") "<s:Subject><s:NameID>n<![CDATA[<m>]]></s:NameID><s:SubjectConfirmation Method='b'>"
            "<s:SubjectConfirmationData Recipient='r' NotOnOrAfter='2'/></s:SubjectConfirmation>"
            "</s:Subject><s:Conditions NotBefore='0' NotOnOrAfter='1'><s:OneTimeUse/>"
            "<s:ProxyRestriction/><s:AudienceRestriction><s:Audience>x</s:Audience><s:Audience>"
            "y</s:Audience></s:AudienceRestriction></s:Conditions>") STAMP);

    (void)state;
    assert_int_equal(wss_read(str_of(assertion), arena, &c, &f), FAULT_NONE);
    assert_true(str_eq(c.assertion.issuer, STR("ij")) && str_eq(c.assertion.subject, STR("n<m>")));
    assert_true(str_eq(c.assertion.id, STR("A")) && c.assertion.once);
    assert_true(str_eq(c.assertion.not_before, STR("0")));
    assert_true(str_eq(c.assertion.not_on_or_after, STR("1")));
    assert_int_equal(c.assertion.audience_count, 1);
    assert_int_equal(c.assertion.audiences[0].n, 2);
    assert_true(str_eq(c.assertion.audiences[0].names[1], STR("y")));
    assert_int_equal(c.assertion.confirmation_count, 1);
    assert_true(str_eq(c.assertion.confirmations[0].recipient, STR("r")));
    assert_true(c.has_timestamp && str_eq(c.stamp_created, STR("1")));
}

/* The octets of exclusive canonicalization, as its specification has them (sections 2 and 3). */
static void
test_canonical_forms(void **state)
{
    static const char *message = SOAP
        "<e:Header><w:Security>" STAMP CERT
        "<d:Signature xmlns:unused='urn:u'><d:SignedInfo><d:CanonicalizationMethod "
        "Algorithm='" NS_C14N "'/><d:SignatureMethod Algorithm='a'/>" REF_T(
            "#B", "<d:Transform Algorithm='" NS_C14N "'><i:InclusiveNamespaces xmlns:i='" NS_C14N
                  "' PrefixList='s u'/></d:Transform>")
            REF("#T") "</d:SignedInfo><d:SignatureValue>\n s \n</d:SignatureValue>" KEY
                      "</d:Signature></w:Security></e:Header><e:Body\n u:Id='B' a = "
                      "\"&lt;&#x9;'\"><!-- c -->"
                      "<x>\r\n<![CDATA[<&>]]></x></e:Body>" END;
    struct fault f = {0};
    struct credential c;

    (void)state;
    assert_int_equal(wss_read(str_of(message), arena, &c, &f), FAULT_NONE);
    assert_int_equal(c.signature.part_count, 2);
    assert_string_equal(c.signature.parts[0].canonical.p,
                        "<e:Body xmlns:e=\"" NS_SOAP11 "\" xmlns:s=\"" NS_SAML
                        "\" xmlns:u=\"" NS_WSU
                        "\" a=\"&lt;&#x9;'\" u:Id=\"B\"><x>\n&lt;&amp;&gt;</x></e:Body>");
    assert_string_equal(c.signature.parts[1].canonical.p,
                        "<u:Timestamp xmlns:u=\"" NS_WSU "\" u:Id=\"T\"><u:Created> 1 </u:Created>"
                        "<u:Expires>2</u:Expires></u:Timestamp>");
    assert_non_null(strstr(c.signature.signed_info.p,
                           "<d:SignedInfo xmlns:d=\"" NS_DS "\"><d:CanonicalizationMethod "
                           "Algorithm=\"" NS_C14N "\"></d:CanonicalizationMethod>"));
    assert_true(str_eq(c.signature.value, STR("s")));
}

static void
test_bounds(void **state)
{
    struct fault f = {0};
    struct credential c;
    struct buf text;

    (void)state;
    buf_init(&text, 1 << 20);
    buf_str(&text, STR(SOAP "<e:Header><w:Security/></e:Header><e:Body>"));
    for (unsigned i = 0; i < 19000; i++)
        buf_str(&text, STR("<a/>"));
    buf_str(&text, STR("</e:Body>" END));
    assert_int_equal(wss_read(buf_view(&text), arena, &c, &f), FAULT_NONE);
    text.n -= strlen("</e:Body>" END);
    for (unsigned i = 0; i < 1000; i++)
        buf_str(&text, STR("<a b='c'/>"));
    buf_str(&text, STR("</e:Body>" END));
    assert_int_equal(wss_read(buf_view(&text), arena, &c, &f), FAULT_INVALID_TOKEN);
    assert_non_null(strstr(f.detail, "at most 20000 XML nodes"));
    buf_fini(&text);
}

static int
begin(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    return !arena;
}

static int
end(void **state)
{
    (void)state;
    arena_free(arena);
    xmlCleanupParser();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_canonical_forms),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
