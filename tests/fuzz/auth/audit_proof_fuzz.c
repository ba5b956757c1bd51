/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A proof from outside: nothing proves itself under a key that nobody has signed with. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/audit_proof.h"

static struct audit_verifier *keys;

static void
set_up(void)
{
    char private[] = "/tmp/telgate-fuzz-XXXXXX", public[64];
    struct audit_signer *s;
    int fd = mkstemp(private);

    if (fd < 0)
        abort();
    close(fd);
    unlink(private);
    snprintf(public, sizeof public, "%s.pub", private);
    if (audit_signer_new(private, &s, NULL) || audit_signer_publish(s, public, NULL) ||
        audit_verifier_new(public, &keys, NULL))
        abort();
    audit_signer_free(s);
    unlink(private);
    unlink(public);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(4 << 20);
    struct audit_proof proof;
    struct fault f = {0};

    if (!keys)
        set_up();
    if (a && audit_proof_check(a, (struct str){(const char *)data, size}, keys, &proof, &f) ==
                 FAULT_NONE)
        abort();
    arena_free(a);
    return 0;
}
