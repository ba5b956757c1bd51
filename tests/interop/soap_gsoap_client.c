/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client made by wsdl2h and soapcpp2 is asked to do; see soap_house.py. */
#include "soapH.h" /* style: a client, no part of the project */

#include <math.h>

#include "CustomerManagementBinding.nsmap" /* style: the same */

static struct soap *soap;
static const char *base, *version;
static char header[4096];

/* Calls o of contract N; true: an answer is there. */
#define CALL(prefix, path, o, in, out)                                                             \
    (ready(), soap_call___##prefix##__##o(soap, address(path), NULL, (in), (out)) == SOAP_OK)

static void
ready(void)
{
    soap_set_version(soap, strcmp(version, "1.2") == 0 ? 2 : 1);
    soap->http_extra_header = header[0] ? header : NULL;
}

static const char *
address(const char *path)
{
    static char url[256];

    snprintf(url, sizeof(url), "%s/soap/%s", base, path);
    return url;
}

static void
print_fault(const char *name)
{
    struct SOAP_ENV__Detail *d;
    struct _p__problem *p;

    soap_set_fault(soap);
    d = soap->version == 2 ? soap->fault->SOAP_ENV__Detail : soap->fault->detail;
    p = d ? d->p__problem : NULL;
    if (p)
        printf("%s=fault %d %s%s%s\n", name, *p->status, p->code, p->pointer ? " " : "",
               p->pointer ? p->pointer : "");
    else
        printf("%s=%s\n", name, *soap_faultstring(soap) ? *soap_faultstring(soap) : "no fault");
}

static void
die(const char *what)
{
    fprintf(stderr, "%s: ", what);
    soap_print_fault(soap, stderr);
    exit(1);
}

static const char *
or_null(const char *text)
{
    return text ? text : "null";
}

static void
read_customers(void)
{
    struct _c__getCustomer get = {.id = "1001"};
    struct _c__getCustomerResponse got;
    char *name = "Customer 1001 Ltd";
    int offset = 1, limit = 2;
    struct _c__listCustomers page = {.offset = &offset, .limit = &limit};
    struct _c__listCustomers one = {.name = &name};
    struct _c__listCustomersResponse list;
    struct c__Customer *c;

    if (!CALL(c, "customer/v4", getCustomer, &get, &got))
        die("getCustomer");
    c = got.Customer;
    printf("read=%s|%s|%s|%s|%s|%s\n", c->name,
           *c->status == c__CustomerStatus__active ? "active" : "?", c->id, c->type,
           c->account[0].id, *c->account[0].referredType);
    if (!CALL(c, "customer/v4", listCustomers, &page, &list))
        die("listCustomers");
    printf("list=%d|%s|%s\n", list.__sizeCustomer, list.Customer[0].id, list.Customer[1].id);
    if (!CALL(c, "customer/v4", listCustomers, &one, &list))
        die("listCustomers");
    printf("one=%d|%s\n", list.__sizeCustomer, list.Customer[0].id);
}

static const char *
create_customer(void)
{
    enum xsd__boolean preferred = xsd__boolean__true_;
    char *email = "x@example.com";
    struct c__MediumCharacteristic characteristic = {.emailAddress = &email};
    struct c__ContactMedium medium = {
        .mediumType = "email", .preferred = &preferred, .characteristic = &characteristic};
    struct c__CustomerCreate body = {
        .name = "A & B <ö>", .__sizecontactMedium = 1, .contactMedium = &medium};
    struct _c__createCustomer create = {&body};
    struct _c__createCustomerResponse created;
    struct c__Customer *c;

    if (!CALL(c, "customer/v4", createCustomer, &create, &created))
        die("createCustomer");
    c = created.Customer;
    printf("write=%s|%s|%s|%d|%s\n", c->name, c->contactMedium[0].mediumType,
           c->contactMedium[0].characteristic->emailAddress[0], c->__sizecontactMedium,
           *c->contactMedium[0].preferred == xsd__boolean__true_ ? "true" : "false");
    return c->id;
}

static void
write_customers(void)
{
    char *id = (char *)create_customer();
    enum c__CustomerStatus status = c__CustomerStatus__suspended;
    struct c__CustomerUpdate update = {.status = &status};
    struct _c__changeCustomer change = {id, &update};
    struct _c__changeCustomerResponse changed;
    struct _c__deleteCustomer delete = {id};
    struct _c__deleteCustomerResponse deleted;
    struct _c__getCustomer get = {.id = id};
    struct _c__getCustomerResponse got;

    if (!CALL(c, "customer/v4", changeCustomer, &change, &changed))
        die("changeCustomer");
    printf("change=%s|%s reason\n",
           *changed.Customer->status == c__CustomerStatus__suspended ? "suspended" : "?",
           changed.Customer->statusReason ? *changed.Customer->statusReason : "null");
    if (!CALL(c, "customer/v4", deleteCustomer, &delete, &deleted))
        die("deleteCustomer");
    printf("delete=gone\n");
    if (!CALL(c, "customer/v4", getCustomer, &get, &got))
        print_fault("missing");
}

static void
read_bills(void)
{
    struct _b__listBills list = {.account = "1001"};
    struct _b__listBillsResponse page;
    struct _b__getBill get = {"INV-1003-01"};
    struct _b__getBillResponse got;
    struct b__CustomerBill *b;

    if (!CALL(b, "billing/v4", listBills, &list, &page))
        die("listBills");
    b = page.CustomerBill;
    printf("bills=%d|%s|%s|%s\n", page.__sizeCustomerBill, b[0].id,
           b[0].state == b__BillState__settled ? "settled" : "?", b[0].amountDue->unit);
    if (!CALL(b, "billing/v4", getBill, &get, &got))
        die("getBill");
    b = got.CustomerBill;
    printf("bill=%s|%s|%d|%s|%s note\n", b->id, b->amountDue->value, b->item[0].position,
           b->billDate, or_null(b->note));
}

static void
write_bills(void)
{
    struct _b__getBalance get = {"1001"}, nobody = {"999999"};
    struct _b__getBalanceResponse before;
    struct b__TopupBalanceCreate good = {"1001", "100.01"}, bad = {"1001", "-1"};
    struct _b__topUp up = {&good}, down = {&bad};
    struct _b__topUpResponse after;

    if (!CALL(b, "billing/v4", getBalance, &get, &before))
        die("getBalance");
    printf("balance=%s|%s\n", before.AccountBalance->account, before.AccountBalance->balance->unit);
    if (!CALL(b, "billing/v4", topUp, &up, &after))
        die("topUp");
    printf("topup=raised by %.2f\n", strtod(after.TopupBalance->balance->value, NULL) -
                                         strtod(before.AccountBalance->balance->value, NULL));
    if (!CALL(b, "billing/v4", topUp, &down, &after))
        print_fault("negative");
    if (!CALL(b, "billing/v4", getBalance, &nobody, &before))
        print_fault("no account");
}

static void
read_overview(void)
{
    struct _o__getOverview get = {"1003"};
    struct _o__getOverviewResponse got;
    struct o__Overview *o;

    if (!CALL(o, "overview/v1", getOverview, &get, &got))
        die("getOverview");
    o = got.Overview;
    printf("overview=%s|%s|%s|%s\n", o->id, o->name,
           *o->segment == _o__Overview_segment__business ? "business" : "?",
           *o->blocked == xsd__boolean__true_ ? "true" : "false");
}

int
main(int argc, char **argv)
{
    struct _c__getCustomer get = {.id = "1001"};
    struct _c__getCustomerResponse got;

    if (argc != 4)
        return 2;
    base = argv[1];
    version = argv[3];
    snprintf(header, sizeof(header), "Authorization: Bearer %s", argv[2]);
    soap = soap_new1(SOAP_C_UTFSTRING | SOAP_XML_STRICT);
    read_customers();
    write_customers();
    read_bills();
    write_bills();
    read_overview();
    header[0] = '\0';
    if (!CALL(c, "customer/v4", getCustomer, &get, &got))
        print_fault("no token");
    soap_destroy(soap);
    soap_end(soap);
    soap_free(soap);
    return 0;
}
