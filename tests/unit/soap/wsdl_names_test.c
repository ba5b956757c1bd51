/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an import makes of a WSDL's names. */
#include "soap/wsdl_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static void
same(struct str got, const char *want)
{
    if (!str_eq(got, str_of(want)))
        fail_msg("%.*s, not %s", STR_ARG(got), want);
}

static void
camel(void **state)
{
    static const char *const rows[][2] = {
        {"GetInvoice", "getInvoice"},
        {"getInvoice", "getInvoice"},
        {"HTTPGet", "httpGet"},
        {"ID", "id"},
        {"get-bill.v2", "getBillV2"},
        {"prefixed-My_Op", "prefixedMyOp"},
        {"2Fast", "n2Fast"},
        {"\xC3\xA4", "x"},
        {"_a", "a"},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < N(rows); i++)
        same(wsdl_name_camel(a, str_of(rows[i][0])), rows[i][1]);
    arena_free(a);
}

static void
reads(void **state)
{
    static const struct {
        const char *name, *noun; /* noun NULL: it does not read */
    } rows[] = {
        {"GetInvoice", "Invoice"}, {"listBills", "Bills"}, {"Find_Order", "Order"},
        {"GET_ORDER", "ORDER"},    {"Search", ""},         {"IsActive", "Active"},
        {"Getaway", NULL},         {"ISSUE", NULL},        {"ListenUp", NULL},
        {"CreateOrder", NULL},     {"Get2", "2"},          {"", NULL},
        {"HasCredit", "Credit"},   {"Hash", NULL},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        struct str noun = STR_NONE;

        if (wsdl_name_reads(str_of(rows[i].name), &noun) != (rows[i].noun != NULL))
            fail_msg("%s", rows[i].name);
        if (rows[i].noun)
            same(noun, rows[i].noun);
    }
}

static void
keys(void **state)
{
    (void)state;
    assert_true(wsdl_name_is_key(STR("InvoiceNo"), STR("Invoice")));
    assert_true(wsdl_name_is_key(STR("invoice_id"), STR("Invoice")));
    assert_true(wsdl_name_is_key(STR("ID"), STR("Invoice")));
    assert_true(wsdl_name_is_key(STR("invoice"), STR("Invoice")));
    assert_false(wsdl_name_is_key(STR("AccountNo"), STR("Invoice")));
    assert_false(wsdl_name_is_key(STR("InvoiceDate"), STR("Invoice")));
    assert_false(wsdl_name_is_key(STR("x"), STR("")));
}

static void
statuses(void **state)
{
    static const struct {
        const char *fault;
        unsigned status;
    } rows[] = {{"AccountNotFound", 404}, {"unknownCustomer", 404}, {"InvalidAmount", 400},
                {"CreditDenied", 403},    {"AlreadyThere", 409},    {"SystemFault", 502},
                {"PolicyException", 403}, {"TooPoor", 422},         {"Timeout", 504}};

    (void)state;
    for (size_t i = 0; i < N(rows); i++)
        if (wsdl_name_status(str_of(rows[i].fault)) != rows[i].status)
            fail_msg("%s", rows[i].fault);
}

static void
apis(void **state)
{
    (void)state;
    same(wsdl_name_api(STR("BillingService")), "Billing");
    same(wsdl_name_api(STR("Service")), "Service");
    same(wsdl_name_api(STR("OrderWebService")), "Order");
    same(wsdl_name_api(STR("CRM")), "CRM");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(camel),    cmocka_unit_test(reads), cmocka_unit_test(keys),
        cmocka_unit_test(statuses), cmocka_unit_test(apis),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
