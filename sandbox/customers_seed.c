/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Customers 1001 to 1050, the same for the same seed.
 *
 * 1005 has a name and an address beyond ASCII; 1008 is the shortest customer there can be. The
 * rest differs in segment, status and contact media.
 */
#include "sandbox/customers.h"

#include <stdio.h>

#include "base/json.h"
#include "sandbox/noise.h"

enum { FIRST = 1001, LAST = 1050 };

static const char *const STATUS[] = {"active", "active", "active", "suspended", "terminated"};
static const char *const CITY[] = {"Northport", "Eastfield", "Westbridge", "Southwell"};

struct customer {
    int number;
    struct str name, city;
    const char *status;
    bool business;
    int year; /* since when */
};

static void
put_mail(struct buf *b, const struct customer *c)
{
    buf_printf(b,
               "{\"mediumType\":\"email\",\"preferred\":true,"
               "\"characteristic\":{\"emailAddress\":\"customer%d@example.com\"}}",
               c->number);
}

static void
put_address(struct buf *b, const struct customer *c)
{
    buf_str(b, STR("{\"mediumType\":\"postalAddress\",\"preferred\":false,"
                   "\"characteristic\":{\"city\":"));
    json_write_string(b, c->city);
    buf_printf(b, ",\"postCode\":\"%05d\",\"street1\":\"Main Street %d\",\"country\":\"XX\"}}",
               c->number * 7, c->number % 90 + 1);
}

static void
put_document(struct buf *b, const struct customer *c)
{
    buf_str(b, STR("{\"name\":"));
    json_write_string(b, c->name);
    buf_printf(b, ",\"status\":\"%s\"", c->status);
    if (strcmp(c->status, "suspended") == 0)
        buf_str(b, STR(",\"statusReason\":\"Payment overdue\""));
    buf_printf(b, ",\"validFor\":{\"startDateTime\":\"%d-03-01T00:00:00Z\"},\"contactMedium\":[",
               c->year);
    put_mail(b, c);
    buf_put_char(b, ',');
    put_address(b, c);
    buf_printf(b,
               "],\"characteristic\":[{\"name\":\"segment\",\"valueType\":\"string\","
               "\"value\":\"%s\"}],\"account\":[{\"id\":\"%d\",\"name\":\"Account %d\","
               "\"@referredType\":\"BillingAccount\"}],\"@type\":\"Customer\"}",
               c->business ? "business" : "residential", c->number, c->number);
}

static void
insert(struct store *s, const struct customer *c, struct str document)
{
    char since[16];
    snprintf(since, sizeof(since), "%d-03-01", c->year);
    store_do(s,
             "INSERT INTO customer(id, name, status, segment, since, document)"
             " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
             "isssss", (int64_t)c->number, c->name, str_of(c->status),
             c->business ? STR("business") : STR("residential"), str_of(since), document);
}

static void
seed_one(struct store *s, int number, struct noise *noise)
{
    struct buf document;
    char name[64];
    bool odd_one = number == 1005;
    bool business = noise_below(noise, 2);
    snprintf(name, sizeof(name), "Customer %d%s", number, business ? " Ltd" : "");
    struct customer c = {
        .number = number,
        .name = odd_one ? STR("Çüstömer 1005 Ελ 客户 🛰 Ltd") : str_of(name),
        .city =
            odd_one ? STR("Žluťoučké <město> & \"Übersee\"") : str_of(CITY[noise_below(noise, 4)]),
        .status = number <= 1010 ? "active" : STATUS[noise_below(noise, 5)],
        .business = business,
        .year = 2005 + (int)noise_below(noise, 20),
    };
    buf_init(&document, 4096);
    if (number == 1008)
        buf_str(&document, STR("{\"name\":\"Customer 1008\",\"status\":\"active\"}"));
    else
        put_document(&document, &c);
    insert(s, &c, buf_view(&document));
    buf_fini(&document);
}

void
customers_seed(struct store *s, uint64_t seed)
{
    struct noise noise = {seed};
    store_script(s, "BEGIN");
    for (int number = FIRST; number <= LAST; number++)
        seed_one(s, number, &noise);
    store_script(s, "COMMIT");
}
