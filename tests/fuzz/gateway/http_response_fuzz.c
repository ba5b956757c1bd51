/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A backend's answer: whole and in pieces must come to the same end, the body byte for byte. The
 * first byte says how it is cut and whether the request was HEAD.
 */
#include <stdlib.h>

#include "gateway/http_response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    enum fault_code code;
    bool done;
    unsigned status;
    uint64_t bytes, sum;
};

static void
feed(struct http_body *b, struct str in, size_t step, struct outcome *o)
{
    size_t have = 0, used;
    struct str data;

    while (!b->done && o->code == FAULT_NONE) {
        o->code = http_body_next(b, str_head(in, have), &used, &data, NULL);
        for (size_t i = 0; i < data.n; i++)
            o->sum = o->sum * 31 + (unsigned char)data.p[i];
        o->bytes += data.n;
        if (used > have || (data.n && (data.p < in.p || data.p + data.n > in.p + used)))
            abort();
        in = str_from(in, used);
        have -= used;
        if (used == 0 && have == in.n)
            break;
        if (used == 0)
            have = have + step < in.n ? have + step : in.n;
    }
    o->done = b->done;
}

static struct outcome
parse(struct str in, bool is_head, size_t step)
{
    struct outcome o = {0};
    struct header fields[16];
    struct http_response r = {.headers = fields, .header_room = 16};
    struct http_body b;
    size_t n = 0, have = 0, seen;

    do {
        seen = have;
        have = have + step < in.n ? have + step : in.n;
        o.code = http_response_find(str_head(in, have), seen, &n, NULL);
    } while (o.code == FAULT_NONE && n == 0 && have < in.n);
    if (o.code || n == 0)
        return o;
    o.code = http_response_read(str_head(in, n), is_head, &r, NULL);
    if (o.code)
        return o;
    o.status = r.status;
    http_body_init(&b, &r);
    feed(&b, str_from(in, n), step, &o);
    return o;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, cut;
    struct str in;

    if (size < 1)
        return 0;
    in = (struct str){(const char *)data + 1, size - 1};
    whole = parse(in, data[0] & 1, size);
    cut = parse(in, data[0] & 1, 1 + (data[0] >> 1) % 16);
    /* A bare LF may be met before the whole head, or behind it, as the pieces fall. */
    if (whole.code != cut.code || whole.done != cut.done || whole.status != cut.status)
        abort();
    if (whole.code == FAULT_NONE && (whole.bytes != cut.bytes || whole.sum != cut.sum))
        abort();
    return 0;
}
