/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/network.h"

#include <arpa/inet.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool
read_address(struct str text, uint8_t out[16], bool *is_v4)
{
    char copy[INET6_ADDRSTRLEN];

    if (text.n == 0 || text.n >= sizeof copy || memchr(text.p, 0, text.n))
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    *is_v4 = inet_pton(AF_INET, copy, out + 12) == 1;
    if (*is_v4)
        memcpy(out, mapped, sizeof mapped);
    return *is_v4 || inet_pton(AF_INET6, copy, out) == 1;
}

static bool
same_start(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    uint8_t last = (uint8_t)(0xff00 >> bits % 8);

    return memcmp(a, b, bits / 8) == 0 &&
           (bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & last) == 0);
}

bool
network_parse(struct str text, struct network *out)
{
    static const uint8_t zero[16];
    size_t slash = str_find(text, '/');
    uint8_t rest[16];
    uint64_t bits;
    bool is_v4;

    if (!read_address(str_head(text, slash), out->address, &is_v4))
        return false;
    bits = is_v4 ? 32 : 128;
    if (slash < text.n && (!str_to_u64(str_from(text, slash + 1), &bits) || text.n - slash > 4 ||
                           bits > (is_v4 ? 32 : 128)))
        return false;
    out->bits = (uint8_t)(is_v4 ? bits + 96 : bits);
    memcpy(rest, out->address, sizeof rest);
    memset(rest, 0, out->bits / 8);
    if (out->bits % 8)
        rest[out->bits / 8] &= (uint8_t)(0xff >> out->bits % 8);
    return memcmp(rest, zero, sizeof rest) == 0;
}

bool
networks_hold(const struct network *items, unsigned n, struct str address)
{
    uint8_t bytes[16];
    bool is_v4;

    if (!read_address(address, bytes, &is_v4))
        return false;
    for (unsigned i = 0; i < n; i++)
        if (same_start(bytes, items[i].address, items[i].bits))
            return true;
    return false;
}
