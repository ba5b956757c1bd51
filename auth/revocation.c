/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/revocation.h"

#include "auth/audit_hash.h"
#include "auth/jwt.h"
#include "base/json.h"

#include <stdio.h>

#define SUM        8
#define IDENTIFIER 1024

static const char *const kinds[REVOKE_KINDS] = {"jti", "token", "client", "subject", "kid"};
static const struct json_limits limits = {.depth = 2, .values = 16};

const char *
revocation_kind_name(enum revocation_kind kind)
{
    return kinds[kind];
}

void
revocation_put(struct buf *out, const struct revocation *r)
{
    size_t start = out->n;
    char sum[SUM + 1] = "00000000";
    struct str text;

    buf_printf(out, "%s {\"revoke\":\"%s\"", sum, kinds[r->kind]);
    if (r->issuer.n) {
        buf_str(out, STR(",\"issuer\":"));
        json_write_string(out, r->issuer);
    }
    buf_str(out, STR(",\"id\":"));
    json_write_string(out, r->id);
    if (r->before)
        buf_printf(out, ",\"before\":%lld", (long long)r->before);
    if (r->until)
        buf_printf(out, ",\"until\":%lld", (long long)r->until);
    buf_put_char(out, '}');
    if (out->failed)
        return;
    text = str_from(buf_view(out), start + SUM + 1);
    snprintf(sum, sizeof sum, "%08x", audit_crc32c(0, text.p, text.n));
    memcpy(out->p + start, sum, SUM);
    buf_put_char(out, '\n');
}

static bool
sum_fits(struct str line)
{
    uint32_t sum = 0;

    if (line.n <= SUM || line.p[SUM] != ' ')
        return false;
    for (unsigned i = 0; i < SUM; i++) {
        int digit = str_hex_digit(line.p[i]);

        if (digit < 0)
            return false;
        sum = sum << 4 | (uint32_t)digit;
    }
    return sum == audit_crc32c(0, line.p + SUM + 1, line.n - SUM - 1);
}

static bool
read_text(const struct value *object, struct str name, struct str *out)
{
    const struct value *v = value_get(object, name);

    if (!v)
        return true;
    if (v->kind != VALUE_STRING || !jwt_is_plain(value_text(v), IDENTIFIER))
        return false;
    *out = value_text(v);
    return true;
}

static bool
read_second(const struct value *object, struct str name, int64_t *out)
{
    const struct value *v = value_get(object, name);
    uint64_t n = 0;

    if (v && (v->kind != VALUE_NUMBER || !str_to_u64(value_text(v), &n) || n > INT64_MAX / 2))
        return false;
    *out = (int64_t)n;
    return true;
}

bool
revocation_read(struct arena *a, struct str line, struct revocation *out)
{
    struct str kind = STR_NONE;
    struct value v;

    *out = (struct revocation){.kind = REVOKE_KINDS};
    if (line.n > REVOCATION_LINE || !sum_fits(line) ||
        json_read(a, str_from(line, SUM + 1), limits, &v, NULL) != FAULT_NONE ||
        !read_text(&v, STR("revoke"), &kind) || !read_text(&v, STR("issuer"), &out->issuer) ||
        !read_text(&v, STR("id"), &out->id) || !read_second(&v, STR("before"), &out->before) ||
        !read_second(&v, STR("until"), &out->until))
        return false;
    for (enum revocation_kind k = 0; k < REVOKE_KINDS; k++)
        if (str_eq(kind, str_of(kinds[k])))
            out->kind = k;
    return out->kind < REVOKE_KINDS && out->id.n > 0 && (out->kind != REVOKE_JTI || out->issuer.n);
}
