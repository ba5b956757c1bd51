/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accounts 1001 to 1050 and their invoices, the same for the same seed.
 *
 * What tests and demonstrations rely on, whatever the seed: 1001 has three invoices, one in each
 * usual state; 1002 none; 1003 one, with no note; 1004 one of 100000000000000.01 with a line of
 * thirty decimals; 1005 one whose note is beyond ASCII; 1006 twenty-five; 1007 one without lines
 * in a state that few know (X). The others have none to four.
 */
#include "sandbox/billing.h"

#include <stdio.h>

#include "sandbox/amount.h"
#include "sandbox/noise.h"

enum { FIRST = 1001, LAST = 1050, NOISY = 1008 };

static const char *const SERVICE[] = {"Monthly fee", "Calls", "Data", "Roaming", "Equipment"};

struct invoice {
    int account, number; /* number counts from 1 within the account */
    const char *status;
    struct str note; /* p == NULL: nil */
    unsigned lines;
};

static void
insert_line(struct store *s, struct str invoice, unsigned line, const char *text, struct str amount)
{
    store_do(s, "INSERT INTO line(invoice_no, line_no, text, amount) VALUES(?1, ?2, ?3, ?4)",
             "siss", invoice, (int64_t)line, str_of(text), amount);
}

static void
insert_invoice(struct store *s, const struct invoice *i, struct str id, struct str total)
{
    char account[16], issued[24], due[24];
    int month = (i->number - 1) % 12 + 1, year = 2024 + (i->number - 1) / 12;
    snprintf(account, sizeof(account), "%d", i->account);
    snprintf(issued, sizeof(issued), "%04d-%02d-01", year, month);
    snprintf(due, sizeof(due), "%04d-%02d-15", year, month);
    store_do(s,
             "INSERT INTO invoice(invoice_no, account_no, issue_date, due_date, status, amount,"
             " note) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
             "sssssss", id, str_of(account), str_of(issued), str_of(due), str_of(i->status), total,
             i->note);
}

/* Lines of a few hundred at most, and an invoice of their sum. */
static void
seed_invoice(struct store *s, const struct invoice *i, struct noise *noise)
{
    char id[24], text[24];
    int64_t total = 0;
    snprintf(id, sizeof(id), "INV-%d-%02d", i->account, i->number);
    for (unsigned line = 1; line <= i->lines; line++) {
        int64_t amount = 5 + noise_below(noise, 40000);
        total += amount;
        amount_write(amount, text);
        insert_line(s, str_of(id), line, SERVICE[line % 5], str_of(text));
    }
    amount_write(total, text);
    insert_invoice(s, i, str_of(id), str_of(text));
}

static void
seed_known(struct store *s, struct noise *noise)
{
    static const struct invoice known[] = {
        {1001, 1, "P", STR("Thank you"), 2},
        {1001, 2, "O", STR("Due soon"), 3},
        {1001, 3, "H", STR("On hold"), 1},
        {1003, 1, "O", STR_NONE, 1},
        {1005, 1, "O", STR("Überweisung <bis> 15. & \"danke\" – ευχαριστώ 谢谢 🧾"),
         2},
        {1007, 1, "X", STR(""), 0},
    };
    static const struct str long_id = STR("INV-1004-01");
    static const struct invoice large = {1004, 1, "O", STR("Many digits"), 2};
    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        seed_invoice(s, &known[i], noise);
    insert_line(s, long_id, 1, "Monthly fee", STR("100000000000000.01"));
    insert_line(s, long_id, 2, "Data", STR("0.000000000000000000000000000001"));
    insert_invoice(s, &large, long_id, STR("100000000000000.01"));
}

static void
seed_some(struct store *s, int account, unsigned count, struct noise *noise)
{
    for (unsigned n = 1; n <= count; n++) {
        bool open = n + 1 >= count;
        struct invoice i = {account, (int)n, open ? "O" : "P", open ? STR_NONE : STR("Thank you"),
                            1 + noise_below(noise, 4)};
        seed_invoice(s, &i, noise);
    }
}

static void
seed_account(struct store *s, int account, struct noise *noise)
{
    char number[16], balance[24];
    snprintf(number, sizeof(number), "%d", account);
    amount_write(account == 1001 ? 2500 : noise_below(noise, 100000), balance);
    store_do(s, "INSERT INTO account(account_no, currency, balance) VALUES(?1, ?2, ?3)", "sss",
             str_of(number), STR("EUR"),
             account == 1004 ? STR("9007199254740993.00") : str_of(balance));
}

void
billing_seed(struct store *s, uint64_t seed)
{
    struct noise noise = {seed + 1};
    store_script(s, "BEGIN");
    seed_known(s, &noise);
    seed_some(s, 1006, 25, &noise);
    for (int account = FIRST; account <= LAST; account++) {
        seed_account(s, account, &noise);
        if (account >= NOISY)
            seed_some(s, account, noise_below(&noise, 5), &noise);
    }
    store_script(s, "COMMIT");
}
