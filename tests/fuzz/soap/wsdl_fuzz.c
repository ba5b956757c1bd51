/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WSDL documents, from the file to remotes with their types and tables; what can be read can be
 * imported, to a contract that loads. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "contract/contract.h"
#include "soap/wsdl.h"
#include "soap/wsdl_import.h"
#include "soap/xml_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory; *fd is -1 when there is none. */
static bool
put(struct str bytes, const char *name, int *fd, char path[64])
{
    *fd = memfd_create(name, 0);
    snprintf(path, 64, "/proc/self/fd/%d", *fd);
    return *fd >= 0 && write(*fd, bytes.p, bytes.n) == (ssize_t)bytes.n;
}

static struct str
nothing(void *context, struct str contract, struct str backend)
{
    (void)context;
    (void)contract;
    (void)backend;
    return STR_NONE;
}

static bool
contract_loads(struct arena *a, struct str text, struct report *r)
{
    const struct contract_environment environment = {
        .read_wsdl = soap_wsdl_read, .backend_url = nothing, .timeout_us = 1000000};
    struct contract_source source = {0};
    char path[64];
    bool good;
    int fd;

    source.document = path;
    good = put(text, "contract", &fd, path) && contract_load(a, &source, &environment, r);
    if (fd >= 0)
        close(fd);
    return good;
}

static void
import(struct arena *a, const char *path)
{
    struct report r;
    struct buf text;

    report_init(&r, a);
    buf_init(&text, 1 << 24);
    if (!wsdl_import(a, path, path, &text, &r) || !contract_loads(a, buf_view(&text), &r)) {
        for (const struct report_line *l = r.first; l; l = l->next)
            fprintf(stderr, "%.*s\n", STR_ARG(l->text));
        fprintf(stderr, "%.*s\n", STR_ARG(buf_view(&text)));
        __builtin_trap();
    }
    buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct report report;
    char path[64];
    int fd = -1;

    if (a && put((struct str){(const char *)data, size}, "wsdl", &fd, path)) {
        report_init(&report, a);
        if (soap_wsdl_read(a, path, &report))
            import(a, path);
        else if (!report.errors)
            __builtin_trap(); /* a refusal must say why */
    }
    arena_free(a);
    if (fd >= 0)
        close(fd);
    return 0;
}
