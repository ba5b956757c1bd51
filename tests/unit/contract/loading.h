/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads contracts that are written in a test: its files stand in a folder of their own, which is
 * the current one meanwhile, and what was told comes back as one text, a line each.
 */
#ifndef TESTS_UNIT_CONTRACT_LOADING_H
#define TESTS_UNIT_CONTRACT_LOADING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/json.h"
#include "contract/contract.h"

enum { LOADING_FILES = 4 };

struct loading_file {
    const char *name; /* "overlay...": applied to the first file */
    const char *text;
};

struct loading {
    struct arena *arena;
    struct report report;
    const struct contract *contract; /* NULL: refused */
};

/* Every secret is "user:SECRET's name", but for $secret.unknown. */
static inline struct str
loading_secret(void *context, struct str name)
{
    struct loading *l = context;
    return str_eq(name, STR("unknown")) ? STR_NONE
                                        : arena_printf(l->arena, "user:%.*s", STR_ARG(name));
}

static inline void
loading_write(const struct loading_file *file)
{
    FILE *out = fopen(file->name, "w");
    assert_non_null(out);
    assert_int_not_equal(fputs(file->text, out), EOF);
    assert_int_equal(fclose(out), 0);
}

/* The first file is the document; the list ends with a name that is NULL, or is full. */
static inline void
loading_start(struct loading *l, const struct loading_file files[LOADING_FILES],
              description_reader read_wsdl)
{
    char folder[] = "/tmp/telgate-test-XXXXXX";
    const char *overlays[LOADING_FILES];
    struct contract_source source = {.document = files[0].name, .overlays = overlays};
    struct contract_environment environment = {
        .read_wsdl = read_wsdl, .secret = loading_secret, .context = l, .timeout_us = 30000000};
    *l = (struct loading){.arena = arena_new((size_t)64 << 20)};
    assert_non_null(l->arena);
    report_init(&l->report, l->arena);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    (void)mkdir("more", 0700);
    for (int i = 0; i < LOADING_FILES && files[i].name; i++) {
        loading_write(&files[i]);
        if (!strncmp(files[i].name, "overlay", 7))
            overlays[source.overlay_count++] = files[i].name;
    }
    l->contract = contract_load(l->arena, &source, &environment, &l->report);
    for (int i = 0; i < LOADING_FILES && files[i].name; i++)
        (void)unlink(files[i].name);
    (void)rmdir("more");
    assert_int_equal(chdir("/"), 0);
    (void)rmdir(folder);
}

static inline void
loading_end(struct loading *l)
{
    arena_free(l->arena);
}

/* What was told, warnings marked; each line ends in a newline. */
static inline const char *
loading_told(struct loading *l)
{
    struct str text = STR("");
    for (const struct report_line *line = l->report.first; line; line = line->next)
        text = arena_printf(l->arena, "%.*s%s%.*s\n", STR_ARG(text),
                            line->warning ? "warning: " : "", STR_ARG(line->text));
    return text.n ? text.p : "";
}

/* A part of what is published, as JSON; "" where there is nothing. */
static inline const char *
loading_published(struct loading *l, const char *pointer)
{
    cJSON *root = (cJSON *)(uintptr_t)l->contract->published;
    const cJSON *node = node_pointer(root, str_of(pointer));
    struct value v;
    struct buf out;
    if (!node)
        return "";
    assert_int_equal(node_to_value(l->arena, node, &v), FAULT_NONE);
    buf_init(&out, 1 << 20);
    json_write(&out, &v);
    struct str text = arena_dup(l->arena, buf_view(&out));
    buf_fini(&out);
    return text.p;
}

/* Files that are loaded, what is told of them exactly, and a part of what is published then. */
struct loading_row {
    const char *name;
    struct loading_file files[LOADING_FILES];
    const char *told;
    const char *pointer, *published; /* NULL: not looked at */
};

static inline void
loading_check(const struct loading_row *row)
{
    struct loading l;
    loading_start(&l, row->files, NULL);
    if (strcmp(loading_told(&l), row->told))
        print_error("row: %s\n", row->name);
    assert_string_equal(loading_told(&l), row->told);
    assert_int_equal(l.contract == NULL, l.report.errors > 0);
    if (row->pointer) {
        if (strcmp(loading_published(&l, row->pointer), row->published))
            print_error("row: %s\n", row->name);
        assert_string_equal(loading_published(&l, row->pointer), row->published);
    }
    loading_end(&l);
}

/* Rows of one file each. */
struct loading_text {
    const char *name, *text, *told;
};

static inline void
loading_check_texts(const struct loading_text *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        loading_check(&(struct loading_row){
            .name = rows[i].name, .files = {{"api.yaml", rows[i].text}}, .told = rows[i].told});
}

#endif
