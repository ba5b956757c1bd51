/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contract documents of every dialect, from the text to bindings and what is published. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "contract/contract.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str
secret(void *context, struct str name)
{
    (void)context;
    return name;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct arena *a = arena_new((size_t)64 << 20);
    struct contract_source source = {.document = path};
    struct contract_environment environment = {.secret = secret, .timeout_us = 1};
    struct report r;
    int fd = memfd_create("contract", 0);
    if (!a || fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    report_init(&r, a);
    const struct contract *c = contract_load(a, &source, &environment, &r);
    if (!c != (r.errors > 0))
        abort();
    for (unsigned i = 0; c && i < c->operation_count; i++)
        if (!c->operations[i].binding || !c->operations[i].id.n)
            abort();
    close(fd);
    arena_free(a);
    return 0;
}
