/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Request lines and fields: lines of method, target, then "name:value"; what passes is safe. */
#include <stdlib.h>

#include "gateway/http_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_line(struct str method, struct str target)
{
    if (http_check_line(method, target, 256, NULL))
        return;
    if (target.n == 0 || target.n > 256 || memchr(target.p, ' ', target.n) ||
        memchr(target.p, '\r', target.n) || memchr(target.p, 0, target.n))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size}, method = STR_NONE, target = STR_NONE, line;
    struct header fields[32];
    struct headers h = {fields, 0};
    struct http_framing framing;

    str_split(&rest, '\n', &method);
    str_split(&rest, '\n', &target);
    check_line(method, target);
    while (h.n < 32 && str_split(&rest, '\n', &line)) {
        size_t colon = str_find(line, ':');

        fields[h.n].name = str_head(line, colon);
        fields[h.n++].value = str_from(line, colon + 1);
    }
    if (http_check_headers(h, 1, 24, &framing, NULL))
        return 0;
    if (header_count(h, STR("Host")) != 1 || h.n > 24)
        abort();
    if (framing.chunked && framing.has_length)
        abort();
    return 0;
}
