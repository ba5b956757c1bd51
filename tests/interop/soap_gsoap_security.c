/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client made by wsdl2h and soapcpp2, with the wsse plugin, is asked to do; see
 * test_soap_security. */
#include "soapH.h" /* style: a client, no part of the project */

#include "CustomerBillManagementBinding.nsmap" /* style: the same */
#include "wsseapi.h"                           /* style: the same */

static const char *base, *tls, *folder, *version;

static struct soap *
begin(void)
{
    struct soap *soap = soap_new1(SOAP_C_UTFSTRING | SOAP_XML_STRICT | SOAP_XML_CANONICAL);
    char ca[256];

    soap_register_plugin(soap, soap_wsse);
    soap_set_version(soap, strcmp(version, "1.2") == 0 ? 2 : 1);
    snprintf(ca, sizeof(ca), "%s/ca.pem", folder);
    soap_ssl_client_context(soap, SOAP_SSL_DEFAULT, NULL, NULL, ca, NULL, NULL);
    return soap;
}

static void
run(struct soap *soap, const char *name, const char *where)
{
    struct _b__getBalance in = {.account = "1001"};
    struct _b__getBalanceResponse out;
    struct SOAP_ENV__Detail *d;
    char url[256];

    snprintf(url, sizeof(url), "%s/soap/billing/v4", where);
    if (soap_call___b__getBalance(soap, url, NULL, &in, &out) == SOAP_OK) {
        printf("%s=%s|%s\n", name, out.AccountBalance->account, out.AccountBalance->balance->unit);
    } else {
        soap_set_fault(soap);
        d = soap->version == 2 ? soap->fault->SOAP_ENV__Detail : soap->fault->detail;
        if (d && d->p__problem)
            printf("%s=fault %d %s\n", name, *d->p__problem->status, d->p__problem->code);
        else
            printf("%s=%s\n", name, *soap_faultstring(soap));
    }
    soap_destroy(soap);
    soap_end(soap);
    soap_free(soap);
}

static void
sign(struct soap *soap)
{
    char path[256];
    FILE *f;
    EVP_PKEY *key;

    snprintf(path, sizeof(path), "%s/partner.key", folder);
    f = fopen(path, "r");
    key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    fclose(f);
    snprintf(path, sizeof(path), "%s/partner.pem", folder);
    if (soap_wsse_add_Timestamp(soap, "Time", 300) ||
        soap_wsse_add_BinarySecurityTokenPEM(soap, "X509Token", path) ||
        soap_wsse_add_KeyInfo_SecurityTokenReferenceX509(soap, "#X509Token") ||
        soap_wsse_sign_body(soap, SOAP_SMD_SIGN_RSA_SHA256, key, 0))
        soap_print_fault(soap, stderr);
}

int
main(int argc, char **argv)
{
    struct soap *soap;

    if (argc != 5)
        return 2;
    base = argv[1], tls = argv[2], folder = argv[3], version = argv[4];
    soap = begin();
    soap_wsse_add_UsernameTokenText(soap, NULL, "partner", "partner-secret");
    run(soap, "text", tls);
    soap = begin();
    soap_wsse_add_UsernameTokenDigest(soap, NULL, "partner", "partner-secret");
    run(soap, "digest", base);
    soap = begin();
    sign(soap);
    run(soap, "x509", base);
    soap = begin();
    soap_wsse_add_UsernameTokenDigest(soap, NULL, "partner", "other");
    run(soap, "wrong", base);
    return 0;
}
