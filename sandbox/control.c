/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The switches over HTTP. */
#include "sandbox/control.h"

static void
write_all(const struct toggle *toggles, struct answer *a)
{
    a->type = "application/json";
    for (int i = 0; i < SYSTEM_COUNT; i++) {
        buf_printf(&a->body, "%s\"%s\":", i ? "," : "{", systems[i]->name.p);
        toggle_write(&toggles[i], &a->body);
    }
    buf_put_char(&a->body, '}');
}

static bool
change(struct toggle *t, uint64_t seed, const struct request *r, struct answer *a)
{
    struct fault f;
    struct value v;
    if (!json_read(r->arena, r->body, JSON_LIMITS_DEFAULT, &v, &f) && !toggle_read(t, seed, &v, &f))
        return true;
    answer_error(a, 400, "Invalid switches", f.detail);
    return false;
}

void
control_handle(struct toggle *toggles, uint64_t seed, const struct request *r, struct answer *a)
{
    bool get = str_eq(r->method, STR("GET")), put = str_eq(r->method, STR("PUT"));
    int i = system_find(str_from(r->path, 1));
    if (r->path.n && i < 0) {
        answer_error(a, 404, "Not found", "There is no such system.");
        return;
    }
    if (!get && !(put && i >= 0)) {
        answer_error(a, 405, "Method not allowed", "GET all, GET or PUT one system's switches.");
        answer_header(a, STR("Allow"), i < 0 ? STR("GET") : STR("GET, PUT"));
        return;
    }
    if (i < 0) {
        write_all(toggles, a);
    } else if (get || change(&toggles[i], seed, r, a)) {
        a->type = "application/json";
        toggle_write(&toggles[i], &a->body);
    }
}
