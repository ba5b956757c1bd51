/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The customer database: REST and JSON.
 *
 * /customer and /customer/{id} follow TMF629 v4; a customer is kept as the JSON document that
 * its owner sent. /persons/{id} shows the same customer in the words of an older system.
 */
#include "sandbox/customers.h"

#include "base/json.h"

/* What the outside calls this collection; a real system is configured with it. */
#define PUBLIC_PATH "/tmf-api/customerManagement/v4/customer/"

enum { PAGE = 20, PAGE_MOST = 100 };

static const char TABLES[] =
    "CREATE TABLE IF NOT EXISTS customer(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL, status TEXT NOT NULL, segment TEXT NOT NULL, since TEXT NOT NULL,"
    " document TEXT NOT NULL)";

static void
customers_open(struct store *s, uint64_t seed)
{
    store_script(s, TABLES);
    if (store_number(s, "SELECT count(*) FROM customer", "") == 0)
        customers_seed(s, seed);
}

static void
fail(const struct request *r, struct answer *a, const char *reason)
{
    (void)r;
    answer_error(a, 500, "Internal error", reason);
}

static void
not_found(struct answer *a)
{
    answer_error(a, 404, "Not found", "There is no such customer.");
}

static void
not_allowed(struct answer *a, struct str methods)
{
    answer_error(a, 405, "Method not allowed", "See the Allow header.");
    answer_header(a, STR("Allow"), methods);
}

static bool
is_wanted(struct str fields, struct str name)
{
    struct str part;
    if (!fields.p || str_eq(name, STR("id")) || str_eq(name, STR("href")))
        return true;
    while (str_split(&fields, ',', &part))
        if (str_eq(str_trim(part), name))
            return true;
    return false;
}

/* The stored document with its id and href in front, cut down to the fields asked for. */
static enum fault_code
show(const struct request *r, int64_t id, struct str document, struct value *out)
{
    struct value stored;
    struct str fields = request_query(r, STR("fields"));
    struct str number = arena_printf(r->arena, "%lld", (long long)id);
    struct str href = arena_printf(r->arena, PUBLIC_PATH "%lld", (long long)id);
    *out = VALUE_OF(VALUE_OBJECT);
    if (!number.p || !href.p || json_read(r->arena, document, JSON_LIMITS_DEFAULT, &stored, NULL) ||
        value_add(r->arena, out, STR("id"), value_string(number)) ||
        value_add(r->arena, out, STR("href"), value_string(href)))
        return FAULT_MEMORY;
    for (uint32_t i = 0; i < stored.n; i++)
        if (is_wanted(fields, stored.members[i].name) &&
            value_add(r->arena, out, stored.members[i].name, stored.members[i].value))
            return FAULT_MEMORY;
    return FAULT_NONE;
}

static void
answer_customer(struct store *s, const struct request *r, unsigned status, int64_t id,
                struct answer *a)
{
    struct sqlite3_stmt *q = store_query(s, "SELECT document FROM customer WHERE id = ?1", "i", id);
    struct value customer;
    if (!store_next(s, q)) {
        not_found(a);
        return;
    }
    struct str document = store_text(q, 0, r->arena);
    store_done(q);
    if (show(r, id, document, &customer))
        fail(r, a, "out of memory");
    else
        answer_json(a, status, &customer);
}

struct page {
    int64_t offset, limit, total;
    struct str name, status; /* filters; p == NULL: none */
};

static bool
read_number(const struct request *r, struct str name, int64_t otherwise, int64_t *out)
{
    uint64_t n;
    struct str text = request_query(r, name);
    *out = otherwise;
    if (!text.p)
        return true;
    if (!str_to_u64(text, &n) || n > INT32_MAX)
        return false;
    *out = (int64_t)n;
    return true;
}

static bool
read_page(const struct request *r, struct page *p)
{
    p->name = request_query(r, STR("name"));
    p->status = request_query(r, STR("status"));
    if (!read_number(r, STR("offset"), 0, &p->offset) ||
        !read_number(r, STR("limit"), PAGE, &p->limit))
        return false;
    if (p->limit > PAGE_MOST)
        p->limit = PAGE_MOST;
    return true;
}

#define FILTERS " FROM customer WHERE (?1 IS NULL OR name = ?1) AND (?2 IS NULL OR status = ?2)"

static enum fault_code
collect(struct store *s, const struct request *r, const struct page *p, struct value *list)
{
    enum fault_code code = FAULT_NONE;
    struct sqlite3_stmt *q =
        store_query(s, "SELECT id, document" FILTERS " ORDER BY id LIMIT ?3 OFFSET ?4", "ssii",
                    p->name, p->status, p->limit, p->offset);
    *list = VALUE_OF(VALUE_ARRAY);
    while (store_next(s, q)) {
        struct value customer;
        code = show(r, store_int(q, 0), store_text(q, 1, r->arena), &customer);
        if (!code)
            code = value_append(r->arena, list, customer);
        if (code) {
            store_done(q);
            break;
        }
    }
    return code;
}

static void
list_customers(struct store *s, const struct request *r, struct answer *a)
{
    struct page page;
    struct value list;
    if (!read_page(r, &page)) {
        answer_error(a, 400, "Invalid parameter", "offset and limit are whole numbers.");
        return;
    }
    page.total = store_number(s, "SELECT count(*)" FILTERS, "ss", page.name, page.status);
    if (collect(s, r, &page, &list)) {
        fail(r, a, "out of memory");
        return;
    }
    answer_json(a, list.n < page.total ? 206 : 200, &list);
    answer_header(a, STR("X-Total-Count"), arena_printf(r->arena, "%lld", (long long)page.total));
    answer_header(a, STR("X-Result-Count"), arena_printf(r->arena, "%u", list.n));
}

static struct str
text_member(const struct value *customer, struct str name)
{
    const struct value *v = value_get(customer, name);
    return v && v->kind == VALUE_STRING ? value_text(v) : STR_NONE;
}

/* What this system insists on; NULL when all is well. */
static const char *
complaint(const struct value *customer)
{
    const struct value *status = value_get(customer, STR("status"));
    if (customer->kind != VALUE_OBJECT)
        return "A customer is an object.";
    if (value_get(customer, STR("id")) || value_get(customer, STR("href")))
        return "id and href are given by this system.";
    if (text_member(customer, STR("name")).n == 0)
        return "name is required.";
    if (status && status->kind != VALUE_STRING)
        return "status is a text.";
    return NULL;
}

/* Reads the body; false after answering. */
static bool
read_body(const struct request *r, struct str other_type, struct value *body, struct answer *a)
{
    struct fault f;
    struct str type = request_type(r);
    if (!str_eq_nocase(type, STR("application/json")) && !str_eq_nocase(type, other_type)) {
        answer_error(a, 415, "Unsupported media type", "Send application/json.");
        return false;
    }
    if (json_read(r->arena, r->body, JSON_LIMITS_DEFAULT, body, &f)) {
        answer_error(a, 400, "Invalid body", f.detail);
        return false;
    }
    return true;
}

/* Adds what a new customer has without being told; the document's text into *b. */
static bool
write_new(const struct request *r, struct value *customer, struct buf *b)
{
    static const struct {
        struct str name, value;
    } defaults[] = {{STR("status"), STR("initialized")}, {STR("@type"), STR("Customer")}};
    for (unsigned i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        if (!value_get(customer, defaults[i].name) &&
            value_add(r->arena, customer, defaults[i].name, value_string(defaults[i].value)))
            return false;
    json_write(b, customer);
    return !b->failed;
}

static void
insert(struct store *s, const struct request *r, struct value *customer, struct answer *a)
{
    struct buf document;
    buf_init(&document, 1 << 20);
    if (write_new(r, customer, &document)) {
        store_do(s,
                 "INSERT INTO customer(name, status, segment, since, document)"
                 " VALUES(?1, ?2, 'residential', date('now'), ?3)",
                 "sss", text_member(customer, STR("name")), text_member(customer, STR("status")),
                 buf_view(&document));
        int64_t id = store_last_id(s);
        answer_customer(s, r, 201, id, a);
        answer_header(a, STR("Location"),
                      arena_printf(r->arena, PUBLIC_PATH "%lld", (long long)id));
    } else {
        fail(r, a, "out of memory");
    }
    buf_fini(&document);
}

static void
create_customer(struct store *s, const struct request *r, struct answer *a)
{
    struct value body;
    if (!read_body(r, STR("application/json"), &body, a))
        return;
    const char *wrong = complaint(&body);
    if (wrong)
        answer_error(a, 400, "Invalid customer", wrong);
    else
        insert(s, r, &body, a);
}

/* RFC 7396. The recursion is as deep as the patch, which json_read has bounded. */
static enum fault_code
merge(struct arena *a, const struct value *old, const struct value *patch, struct value *out)
{
    if (patch->kind != VALUE_OBJECT) {
        *out = *patch;
        return FAULT_NONE;
    }
    *out = VALUE_OF(VALUE_OBJECT);
    for (uint32_t i = 0; old && old->kind == VALUE_OBJECT && i < old->n; i++)
        if (!value_get(patch, old->members[i].name) &&
            value_add(a, out, old->members[i].name, old->members[i].value))
            return FAULT_MEMORY;
    for (uint32_t i = 0; i < patch->n; i++) {
        const struct member *m = &patch->members[i];
        struct value merged;
        if (m->value.kind == VALUE_NULL)
            continue;
        if (merge(a, old ? value_get(old, m->name) : NULL, &m->value, &merged) ||
            value_add(a, out, m->name, merged))
            return FAULT_MEMORY;
    }
    return FAULT_NONE;
}

static void
update(struct store *s, const struct request *r, int64_t id, const struct value *customer,
       struct answer *a)
{
    struct buf document;
    struct str status = text_member(customer, STR("status"));
    buf_init(&document, 1 << 20);
    json_write(&document, customer);
    if (document.failed)
        fail(r, a, "out of memory");
    else
        store_do(s, "UPDATE customer SET name = ?1, status = ?2, document = ?3 WHERE id = ?4",
                 "sssi", text_member(customer, STR("name")), status.p ? status : STR(""),
                 buf_view(&document), id);
    if (!document.failed)
        answer_customer(s, r, 200, id, a);
    buf_fini(&document);
}

static bool
read_stored(struct store *s, const struct request *r, int64_t id, struct value *out)
{
    struct sqlite3_stmt *q = store_query(s, "SELECT document FROM customer WHERE id = ?1", "i", id);
    if (!store_next(s, q))
        return false;
    struct str document = store_text(q, 0, r->arena);
    store_done(q);
    return json_read(r->arena, document, JSON_LIMITS_DEFAULT, out, NULL) == FAULT_NONE;
}

static void
change_customer(struct store *s, const struct request *r, int64_t id, struct answer *a)
{
    struct value patch, old, merged;
    if (!read_body(r, STR("application/merge-patch+json"), &patch, a))
        return;
    if (!read_stored(s, r, id, &old)) {
        not_found(a);
        return;
    }
    if (merge(r->arena, &old, &patch, &merged)) {
        fail(r, a, "out of memory");
        return;
    }
    const char *wrong = complaint(&merged);
    if (wrong)
        answer_error(a, 400, "Invalid customer", wrong);
    else
        update(s, r, id, &merged, a);
}

static void
delete_customer(struct store *s, int64_t id, struct answer *a)
{
    if (store_do(s, "DELETE FROM customer WHERE id = ?1", "i", id) == 1)
        a->status = 204;
    else
        not_found(a);
}

static void
show_person(struct store *s, int64_t id, struct answer *a)
{
    struct sqlite3_stmt *q = store_query(
        s,
        "SELECT json_object('personId', id, 'fullName', name, 'accountNo', CAST(id AS TEXT),"
        " 'segment', segment, 'customerSince', since,"
        " 'blocked', json(CASE status WHEN 'suspended' THEN 'true' ELSE 'false' END))"
        " FROM customer WHERE id = ?1",
        "i", id);
    if (!store_next(s, q)) {
        answer_error(a, 404, "Not found", "There is no such person.");
        return;
    }
    store_copy(q, 0, &a->body);
    store_done(q);
    a->type = "application/json";
}

static void
one_customer(struct store *s, const struct request *r, int64_t id, struct answer *a)
{
    if (str_eq(r->method, STR("GET")))
        answer_customer(s, r, 200, id, a);
    else if (str_eq(r->method, STR("PATCH")))
        change_customer(s, r, id, a);
    else if (str_eq(r->method, STR("DELETE")))
        delete_customer(s, id, a);
    else
        not_allowed(a, STR("GET, PATCH, DELETE"));
}

static void
all_customers(struct store *s, const struct request *r, struct answer *a)
{
    if (str_eq(r->method, STR("GET")))
        list_customers(s, r, a);
    else if (str_eq(r->method, STR("POST")))
        create_customer(s, r, a);
    else
        not_allowed(a, STR("GET, POST"));
}

/* The number behind the prefix; false when the path is another one. */
static bool
path_id(struct str path, struct str prefix, int64_t *id)
{
    uint64_t n = 0;
    if (!str_starts(path, prefix))
        return false;
    *id = str_to_u64(str_from(path, prefix.n), &n) && n <= INT64_MAX ? (int64_t)n : 0;
    return true;
}

static void
customers_handle(struct store *s, const struct request *r, struct answer *a)
{
    int64_t id;
    if (str_eq(r->path, STR("/customer")))
        all_customers(s, r, a);
    else if (path_id(r->path, STR("/customer/"), &id))
        one_customer(s, r, id, a);
    else if (!path_id(r->path, STR("/persons/"), &id))
        answer_error(a, 404, "Not found", "There is nothing at this path.");
    else if (str_eq(r->method, STR("GET")))
        show_person(s, id, a);
    else
        not_allowed(a, STR("GET"));
}

const struct system customers_system = {STR("customers"), customers_open, customers_handle, fail};
