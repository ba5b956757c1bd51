/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Overlays over one fixed document, which is loaded as a whole afterwards. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "contract/contract.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] =
    "openapi: 3.0.3\n"
    "info: {title: T, version: '1'}\n"
    "tags: [{name: x}, {name: y}]\n"
    "x-telgate: {name: n, backends: {b: {url: 'http://h'}}, call: b}\n"
    "paths:\n"
    "  /a/{i}:\n"
    "    parameters: [{name: i, in: path, required: true, schema: {type: string}}]\n"
    "    get: {operationId: g, responses: {'200': {$ref: '#/components/responses/R'}}}\n"
    "    put: {operationId: p, requestBody: {content: {application/json: {schema:\n"
    "          {$ref: '#/components/schemas/S'}}}}, responses: {default: {description: d}}}\n"
    "components:\n"
    "  responses: {R: {description: r, content: {application/json: {schema: {type: string}}}}}\n"
    "  schemas: {S: {type: object, properties: {s: {$ref: '#/components/schemas/S'}}}}\n";

static void
put(char path[64], int *fd, const void *bytes, size_t size)
{
    *fd = memfd_create("overlay", 0);
    if (*fd < 0 || write(*fd, bytes, size) != (ssize_t)size)
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", *fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64], overlay[64];
    const char *overlays[] = {overlay};
    struct arena *a = arena_new((size_t)64 << 20);
    struct contract_source source = {path, overlays, 1};
    struct contract_environment environment = {.timeout_us = 1};
    struct report r;
    int fd, overlay_fd;
    if (!a)
        abort();
    put(path, &fd, document, sizeof document - 1);
    put(overlay, &overlay_fd, data, size);
    report_init(&r, a);
    if (!contract_load(a, &source, &environment, &r) != (r.errors > 0))
        abort();
    close(fd);
    close(overlay_fd);
    arena_free(a);
    return 0;
}
