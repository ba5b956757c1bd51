/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and networks, "192.0.2.0/24" and "2001:db8::/32" (RFC 4632, RFC 4291): where a client
 * may ask for tokens from. An IPv4 address equals its form inside IPv6 (::ffff:192.0.2.1), as a
 * socket for both gives the latter.
 */
#ifndef AUTH_NETWORK_H
#define AUTH_NETWORK_H

#include "base/str.h"

struct network {
    uint8_t address[16]; /* IPv4 mapped into IPv6 */
    uint8_t bits;        /* 0 to 128, of `address` */
};

/* An address, or one with `/` and a number of bits; bits of the address beyond them must be zero.
 * False otherwise. */
bool network_parse(struct str text, struct network *out) __attribute__((warn_unused_result));
/* Whether the address, as a text, is in one of the networks; false for a text that is none. */
bool networks_hold(const struct network *items, unsigned n, struct str address);

#endif
