/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WSDL documents, from the file to remotes with their types and tables. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "soap/wsdl.h"
#include "soap/xml_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("wsdl", 0);
    struct arena *a = arena_new((size_t)64 << 20);
    struct report report;
    char path[64];

    if (fd >= 0 && a && write(fd, data, size) == (ssize_t)size) {
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        report_init(&report, a);
        if (!soap_wsdl_read(a, path, &report) && !report.errors)
            __builtin_trap(); /* a refusal must say why */
    }
    arena_free(a);
    if (fd >= 0)
        close(fd);
    return 0;
}
