/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service of service.yaml, or of another contract. */
#ifndef TESTS_UNIT_SOAP_SERVICE_FIXTURE_H
#define TESTS_UNIT_SOAP_SERVICE_FIXTURE_H

#include "soap/service.h"
#include "soap/wsdl.h"

static inline struct str
fixture_no_secret(void *context, struct str name)
{
    (void)context;
    (void)name;
    return STR_NONE;
}

static inline struct str
fixture_no_url(void *context, struct str contract, struct str backend)
{
    (void)context;
    (void)contract;
    (void)backend;
    return STR_NONE;
}

/* NULL after telling. */
static inline const struct service *
fixture_service(struct arena *a, const char *document, const char *overlay)
{
    struct contract_source source = {document, &overlay, overlay != NULL};
    struct contract_environment environment = {
        .read_wsdl = soap_wsdl_read, .secret = fixture_no_secret, .backend_url = fixture_no_url};
    const struct contract *c;
    struct report report;

    report_init(&report, a);
    c = contract_load(a, &source, &environment, &report);
    for (const struct report_line *l = report.first; l && !c; l = l->next)
        fprintf(stderr, "%.*s\n", STR_ARG(l->text));
    return c ? service_new(a, c) : NULL;
}

#endif
