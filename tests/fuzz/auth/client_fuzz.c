/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small languages in a table of clients, changes to its text, and what clients sign: the first
 * byte chooses a secret's hash, a network, a table, or a client assertion.
 */
#include "auth/assertion.h"
#include "auth/clients_edit.h"
#include "auth/network.h"
#include "auth/scrypt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
hash(struct str text)
{
    struct scrypt_hash h;

    if (scrypt_parse(text, &h) &&
        (h.ln < 10 || h.ln > 20 || h.r < 1 || h.p < 1 || h.p > 4 || h.salt_size < 8 ||
         h.salt_size > SCRYPT_HASH || h.hash_size < 16 || h.hash_size > SCRYPT_HASH ||
         (128ull * h.r << h.ln) >= 64u << 20))
        __builtin_trap();
}

/* A network holds its own address. */
static void
network(struct str text)
{
    struct str address = str_head(text, str_find(text, '/'));
    struct network n;

    if (!network_parse(text, &n))
        return;
    if (n.bits > 128 || !networks_hold(&n, 1, address))
        __builtin_trap();
}

static void
assertion(struct str text)
{
    struct arena *a = arena_new(1 << 20);
    struct str audience = STR("https://as.test");
    struct assertion out;

    if (a && !assertion_read(a, text, &audience, 1, 1000, &out) &&
        (out.client.n == 0 || out.jti.n == 0 || out.acceptable <= 1000 || out.expires > 4630))
        __builtin_trap();
    arena_free(a);
}

/* A change leaves a table that has it. */
static void
table(struct str text)
{
    struct arena *a = arena_new(32 << 20);
    struct clients_member m = {"x", STR("new")};
    struct document *d;
    struct report r;
    struct buf b;

    buf_init(&b, 1 << 20);
    if (a && !clients_edit_add(a, text, STR("added-one"), &m, 1, &b)) {
        report_init(&r, a);
        d = document_parse(a, STR("-"), buf_view(&b), &r);
        if (d && !node_get(node_get(node_get(d->root, "clients"), "added-one"), "x"))
            __builtin_trap();
    }
    b.n = 0;
    if (a && !clients_edit_set(a, text, STR("a"), m, "y", &b)) {
        report_init(&r, a);
        d = document_parse(a, STR("-"), buf_view(&b), &r);
        if (d && !node_get(node_get(node_get(d->root, "clients"), "a"), "x"))
            __builtin_trap();
    }
    buf_fini(&b);
    arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data + 1, size - 1};

    if (size == 0)
        return 0;
    switch (data[0]) {
    case 'h': hash(text); break;
    case 'n': network(text); break;
    case 't': table(text); break;
    default: assertion(text); break;
    }
    return 0;
}
