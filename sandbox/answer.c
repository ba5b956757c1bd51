/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of the systems that speak JSON. */
#include "sandbox/answer.h"

#include "base/json.h"

enum { ANSWER_MOST = 16 << 20 };

void
answer_init(struct answer *a)
{
    *a = (struct answer){.status = 200};
    buf_init(&a->body, ANSWER_MOST);
}

void
answer_fini(struct answer *a)
{
    buf_fini(&a->body);
}

void
answer_clear(struct answer *a)
{
    answer_fini(a);
    answer_init(a);
}

void
answer_header(struct answer *a, struct str name, struct str value)
{
    if (value.p && a->header_count < sizeof(a->headers) / sizeof(a->headers[0]))
        a->headers[a->header_count++] = (struct header){name, value};
}

void
answer_json(struct answer *a, unsigned status, const struct value *v)
{
    a->status = status;
    a->type = "application/json";
    json_write(&a->body, v);
}

void
answer_error(struct answer *a, unsigned status, const char *reason, const char *message)
{
    answer_clear(a);
    a->status = status;
    a->type = "application/json";
    buf_printf(&a->body, "{\"code\":\"%u\",\"reason\":", status);
    json_write_string(&a->body, str_of(reason));
    buf_str(&a->body, STR(",\"message\":"));
    json_write_string(&a->body, str_of(message));
    buf_printf(&a->body, ",\"status\":\"%u\"}", status);
}
