/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Billing: accounts, invoices, balances and top-ups over SOAP 1.1 and 1.2.
 *
 * The operations below are called by the skeletons made from billing.gsoap. An account has the
 * number of its customer. Amounts stay text from the tables to the message.
 */
#include "sandbox/billing.h"

#include "sandbox/amount.h"
#include "sandbox/endpoint.h"
#include "sandbox/soapH.h"

/* schemas/billing.wsdl, linked in */
extern const char billing_wsdl[] __asm__("_binary_schemas_billing_wsdl_start");
extern const char billing_wsdl_end[] __asm__("_binary_schemas_billing_wsdl_end");

/* The address in the WSDL that stands for wherever this program listens. */
#define WSDL_HOST "127.0.0.1:9100"

enum { TOP_UP_LEAST = 100, TOP_UP_MOST = 100000 }; /* hundredths */
enum { ACCOUNTS_MOST = 100 };                      /* of one question */

static const char TABLES[] =
    "CREATE TABLE IF NOT EXISTS account(account_no TEXT PRIMARY KEY, currency TEXT NOT NULL,"
    " balance TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS invoice(invoice_no TEXT PRIMARY KEY, account_no TEXT NOT NULL,"
    " issue_date TEXT NOT NULL, due_date TEXT NOT NULL, status TEXT NOT NULL,"
    " amount TEXT NOT NULL, note TEXT);"
    "CREATE TABLE IF NOT EXISTS line(invoice_no TEXT NOT NULL, line_no INTEGER NOT NULL,"
    " text TEXT NOT NULL, amount TEXT NOT NULL, PRIMARY KEY(invoice_no, line_no));"
    "CREATE TABLE IF NOT EXISTS top_up(top_up_no INTEGER PRIMARY KEY AUTOINCREMENT,"
    " account_no TEXT NOT NULL, amount TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS invoice_account ON invoice(account_no, invoice_no)";

#define INVOICE                                                                                    \
    "SELECT invoice_no, i.account_no, issue_date, due_date, status, amount, currency, note"        \
    " FROM invoice i JOIN account a ON i.account_no = a.account_no "
#define OF_ACCOUNT " WHERE i.account_no = ?1 AND (?2 = '' OR status = ?2) "

static void
billing_open(struct store *s, uint64_t seed)
{
    store_script(s, TABLES);
    if (store_number(s, "SELECT count(*) FROM account", "") == 0)
        billing_seed(s, seed);
}

/* gSOAP's structs want char *; it does not write there. */
static char *
column(struct sqlite3_stmt *q, int n, struct soap *soap)
{
    return (char *)(uintptr_t)store_text(q, n, endpoint_arena(soap)).p;
}

static int
account_not_found(struct soap *soap, char *account)
{
    struct _b__AccountNotFound *detail = soap_malloc(soap, sizeof(*detail));
    if (detail)
        detail->AccountNo = account;
    return endpoint_fault(soap, "No such account", SOAP_TYPE__b__AccountNotFound, detail);
}

static bool
has_account(struct soap *soap, const char *account)
{
    return store_number(endpoint_store(soap), "SELECT count(*) FROM account WHERE account_no = ?1",
                        "s", str_of(account)) == 1;
}

static int
read_lines(struct soap *soap, struct b__Invoice *invoice)
{
    struct store *s = endpoint_store(soap);
    struct str id = str_of(invoice->InvoiceNo);
    struct b__Lines *lines = &invoice->Lines;
    int64_t room = store_number(s, "SELECT count(*) FROM line WHERE invoice_no = ?1", "s", id);
    lines->__sizeLine = 0;
    lines->Line = ARENA_ARRAY(endpoint_arena(soap), (size_t)room, struct b__Line);
    if (!lines->Line)
        return SOAP_EOM;
    struct sqlite3_stmt *q = store_query(
        s, "SELECT line_no, text, amount FROM line WHERE invoice_no = ?1 ORDER BY line_no", "s",
        id);
    while (store_next(s, q))
        lines->Line[lines->__sizeLine++] = (struct b__Line){
            .LineNo = (int)store_int(q, 0),
            .Text = column(q, 1, soap),
            .Amount = column(q, 2, soap),
        };
    return SOAP_OK;
}

static int
read_invoice(struct soap *soap, struct sqlite3_stmt *q, struct b__Invoice *invoice)
{
    *invoice = (struct b__Invoice){
        .InvoiceNo = column(q, 0, soap),
        .AccountNo = column(q, 1, soap),
        .IssueDate = column(q, 2, soap),
        .DueDate = column(q, 3, soap),
        .Status = column(q, 4, soap),
        .Total = {.Amount = column(q, 5, soap), .Currency = column(q, 6, soap)},
        .Note = column(q, 7, soap),
    };
    return invoice->InvoiceNo ? read_lines(soap, invoice) : SOAP_EOM;
}

/* The filter as values of the query. */
struct wanted {
    struct str status; /* "" for all */
    int64_t offset, limit;
};

/* NULL when the filter is understood. */
static const char *
read_filter(const struct b__Filter *filter, struct wanted *w)
{
    *w = (struct wanted){STR(""), 0, 1000};
    struct str kind = filter && filter->Kind ? str_of(filter->Kind) : STR("ALL");
    if (filter && filter->Offset)
        w->offset = *filter->Offset;
    if (filter && filter->Limit)
        w->limit = *filter->Limit;
    if (w->offset < 0 || w->limit < 0)
        return "Offset and Limit are not negative";
    if (str_eq(kind, STR("OPEN")))
        w->status = STR("O");
    else if (str_eq(kind, STR("PAID")))
        w->status = STR("P");
    else if (!str_eq(kind, STR("ALL")))
        return "Kind is ALL, OPEN or PAID";
    return NULL;
}

static int
read_invoices(struct soap *soap, struct str account, const struct wanted *w,
              struct b__Invoices *list)
{
    int code = SOAP_OK;
    struct store *s = endpoint_store(soap);
    struct sqlite3_stmt *q =
        store_query(s, INVOICE OF_ACCOUNT "ORDER BY invoice_no LIMIT ?3 OFFSET ?4", "ssii", account,
                    w->status, w->limit, w->offset);
    while (code == SOAP_OK && store_next(s, q)) {
        code = read_invoice(soap, q, &list->Invoice[list->__sizeInvoice++]);
        if (code)
            store_done(q);
    }
    return code;
}

int
b__GetInvoices(struct soap *soap, char *account, struct b__Filter *filter,
               struct b__GetInvoicesResponse *out)
{
    struct wanted w;
    struct store *s = endpoint_store(soap);
    const char *wrong = read_filter(filter, &w);
    if (wrong)
        return endpoint_fault(soap, wrong, 0, NULL);
    if (!has_account(soap, account))
        return account_not_found(soap, account);
    int64_t total = store_number(s, "SELECT count(*) FROM invoice i" OF_ACCOUNT, "ss",
                                 str_of(account), w.status);
    if (w.limit > total)
        w.limit = total;
    out->TotalCount = (int)total;
    out->Invoices.Invoice = ARENA_ARRAY(endpoint_arena(soap), (size_t)w.limit, struct b__Invoice);
    if (!out->Invoices.Invoice)
        return SOAP_EOM;
    return read_invoices(soap, str_of(account), &w, &out->Invoices);
}

int
b__GetInvoicesOfAccounts(struct soap *soap, struct b__Accounts *accounts, char *kind,
                         struct b__GetInvoicesOfAccountsResponse *out)
{
    struct wanted w;
    int64_t total = 0;
    const struct b__Filter filter = {.Kind = kind};
    const char *wrong = read_filter(&filter, &w);
    if (wrong || accounts->__sizeAccountNo > ACCOUNTS_MOST)
        return endpoint_fault(soap, wrong ? wrong : "There are too many accounts", 0, NULL);
    for (int i = 0; i < accounts->__sizeAccountNo; i++) {
        if (!has_account(soap, accounts->AccountNo[i]))
            return account_not_found(soap, accounts->AccountNo[i]);
        total += store_number(endpoint_store(soap), "SELECT count(*) FROM invoice i" OF_ACCOUNT,
                              "ss", str_of(accounts->AccountNo[i]), w.status);
    }
    out->Invoices.Invoice = ARENA_ARRAY(endpoint_arena(soap), (size_t)total + 1, struct b__Invoice);
    if (!out->Invoices.Invoice)
        return SOAP_EOM;
    for (int i = 0; i < accounts->__sizeAccountNo; i++) {
        w.limit = total - out->Invoices.__sizeInvoice;
        int code = read_invoices(soap, str_of(accounts->AccountNo[i]), &w, &out->Invoices);
        if (code)
            return code;
    }
    return SOAP_OK;
}

int
b__GetInvoice(struct soap *soap, char *id, struct b__GetInvoiceResponse *out)
{
    struct store *s = endpoint_store(soap);
    struct sqlite3_stmt *q = store_query(s, INVOICE "WHERE invoice_no = ?1", "s", str_of(id));
    if (store_next(s, q)) {
        int code = read_invoice(soap, q, &out->Invoice);
        store_done(q);
        return code;
    }
    struct _b__InvoiceNotFound *detail = soap_malloc(soap, sizeof(*detail));
    if (detail)
        detail->InvoiceNo = id;
    return endpoint_fault(soap, "No such invoice", SOAP_TYPE__b__InvoiceNotFound, detail);
}

/* SOAP_OK, or a fault that is set. */
static int
read_balance(struct soap *soap, char *account, struct b__Money *out)
{
    struct store *s = endpoint_store(soap);
    struct sqlite3_stmt *q = store_query(
        s, "SELECT balance, currency FROM account WHERE account_no = ?1", "s", str_of(account));
    if (!store_next(s, q))
        return account_not_found(soap, account);
    *out = (struct b__Money){.Amount = column(q, 0, soap), .Currency = column(q, 1, soap)};
    store_done(q);
    return out->Amount ? SOAP_OK : SOAP_EOM;
}

int
b__GetBalance(struct soap *soap, char *account, struct b__GetBalanceResponse *out)
{
    out->AccountNo = account;
    return read_balance(soap, account, &out->Balance);
}

static int
invalid_amount(struct soap *soap, char *amount)
{
    static char least[24], most[24];
    struct _b__InvalidAmount *detail = soap_malloc(soap, sizeof(*detail));
    amount_write(TOP_UP_LEAST, least);
    amount_write(TOP_UP_MOST, most);
    if (detail)
        *detail = (struct _b__InvalidAmount){.Amount = amount, .Minimum = least, .Maximum = most};
    return endpoint_fault(soap, "Amount out of range", SOAP_TYPE__b__InvalidAmount, detail);
}

static void
add_to_balance(struct store *s, struct str account, int64_t balance, struct str amount)
{
    char sum[24];
    amount_write(balance, sum);
    store_script(s, "BEGIN");
    store_do(s, "UPDATE account SET balance = ?2 WHERE account_no = ?1", "ss", account,
             str_of(sum));
    store_do(s, "INSERT INTO top_up(account_no, amount) VALUES(?1, ?2)", "ss", account, amount);
    store_script(s, "COMMIT");
}

int
b__TopUp(struct soap *soap, char *account, char *amount, struct b__TopUpResponse *out)
{
    int64_t balance, more;
    struct store *s = endpoint_store(soap);
    int code = read_balance(soap, account, &out->Balance);
    if (code)
        return code;
    if (!amount_read(str_of(amount), &more) || more < TOP_UP_LEAST || more > TOP_UP_MOST ||
        !amount_read(str_of(out->Balance.Amount), &balance))
        return invalid_amount(soap, amount);
    add_to_balance(s, str_of(account), balance + more, str_of(amount));
    struct str id = arena_printf(endpoint_arena(soap), "TU-%lld", (long long)store_last_id(s));
    out->TopUpNo = (char *)(uintptr_t)id.p;
    out->AccountNo = account;
    return id.p ? read_balance(soap, account, &out->Balance) : SOAP_EOM;
}

/* A host that can stand in XML text as it is. */
static bool
is_plain_host(struct str host)
{
    for (size_t i = 0; i < host.n; i++)
        if (!memchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]",
                    host.p[i], 66))
            return false;
    return host.n > 0;
}

/* The WSDL with the address at which the caller has reached it. */
static void
answer_wsdl(const struct request *r, struct answer *a)
{
    struct str rest = {billing_wsdl, (size_t)(billing_wsdl_end - billing_wsdl)};
    struct str host = header_value(r->headers, STR("host"));
    const char *at;
    if (!is_plain_host(host))
        host = STR(WSDL_HOST);
    a->type = "text/xml; charset=utf-8";
    while ((at = memmem(rest.p, rest.n, WSDL_HOST, sizeof(WSDL_HOST) - 1))) {
        size_t before = (size_t)(at - rest.p);
        buf_str(&a->body, str_head(rest, before));
        buf_str(&a->body, host);
        rest = str_from(rest, before + sizeof(WSDL_HOST) - 1);
    }
    buf_str(&a->body, rest);
}

static void
billing_handle(struct store *s, const struct request *r, struct answer *a)
{
    if (r->path.n) {
        a->status = 404;
        return;
    }
    if (str_eq(r->method, STR("GET")) && request_query(r, STR("wsdl")).p)
        answer_wsdl(r, a);
    else
        endpoint_serve(s, r, a);
}

const struct system billing_system = {STR("billing"), billing_open, billing_handle, endpoint_fail};
