/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Security headers of any kind, without the reader by type that comes first in the gateway. What
 * is found is a token of one kind, and what a signature covers is never empty. fuzz: 8192 bytes
 */
#include <stdlib.h>

#include "soap/wss.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look(const struct credential *c)
{
    const struct xml_signature *s = &c->signature;

    if (c->kind > CREDENTIAL_ASSERTION || s->part_count > 16)
        __builtin_trap();
    if ((c->kind == CREDENTIAL_CERTIFICATE && s->part_count < 2) ||
        (c->kind == CREDENTIAL_ASSERTION && s->part_count != 1))
        __builtin_trap();
    if (c->kind == CREDENTIAL_CERTIFICATE && !c->has_timestamp)
        __builtin_trap();
    for (unsigned i = 0; i < s->part_count; i++)
        if (!s->parts[i].canonical.n || s->parts[i].canonical.p[0] != '<')
            __builtin_trap();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)16 << 20);
    struct credential c;
    struct fault f = {0};
    enum fault_code code;

    if (!a)
        return 0;
    code = wss_read((struct str){(const char *)data, size}, a, &c, &f);
    if (code != f.code || (code && code != FAULT_INVALID_TOKEN && code != FAULT_MEMORY))
        __builtin_trap();
    if (!code)
        look(&c);
    arena_free(a);
    return 0;
}
