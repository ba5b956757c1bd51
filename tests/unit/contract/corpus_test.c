/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real contracts, read in place: every OpenAPI and Swagger document of the corpus loads under an
 * overlay that binds each of its operations to one backend. TELGATE_CORPUS names the corpus;
 * where there is none, that is said, and the test is skipped.
 */
#include "tests/unit/contract/loading.h"

#include <dirent.h>

static const char overlay[] =
    "overlay: 1.0.0\n"
    "info: {title: every operation to one backend, version: '1'}\n"
    "actions:\n"
    "  - {target: $, update: {x-telgate: {backends: {b: {url: 'http://127.0.0.1:9'}}, call: b}}}\n";

static const char *
corpus(void)
{
    const char *named = getenv("TELGATE_CORPUS");
    return named ? named : "../shared/corpus";
}

static bool
is_document(const char *name)
{
    struct str n = str_of(name);
    return str_ends(n, STR(".yaml")) || str_ends(n, STR(".json"));
}

/* What every operation of a loaded contract must hold. */
static void
check_operations(const struct contract *c)
{
    assert_true(c->operation_count > 0);
    for (unsigned i = 0; i < c->operation_count; i++) {
        const struct operation *o = &c->operations[i];
        assert_true(o->id.n && o->method.n && o->path.p[0] == '/');
        assert_true(o->binding && o->binding->call_count == 1 && o->binding->calls[0].same);
        assert_ptr_equal(contract_operation(c, o->id), o);
        assert_non_null(o->success);
        assert_true(o->security_count > 0);
    }
}

static void
check_document(const char *path, const char *overlay_path)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct contract_source source = {path, &overlay_path, 1};
    struct contract_environment environment = {.timeout_us = 1000000};
    struct report r;
    assert_non_null(a);
    report_init(&r, a);
    const struct contract *c = contract_load(a, &source, &environment, &r);
    for (const struct report_line *l = r.first; l; l = l->next)
        if (!l->warning)
            print_error("%s\n", l->text.p);
    assert_non_null(c);
    check_operations(c);
    print_message("%s: %u operations, %u components, %u warnings\n", path, c->operation_count,
                  c->component_count, r.warnings);
    arena_free(a);
}

static unsigned
check_folder(const char *folder, const char *overlay_path)
{
    char path[1024];
    unsigned count = 0;
    snprintf(path, sizeof path, "%s/%s", corpus(), folder);
    DIR *d = opendir(path);
    for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        if (!is_document(e->d_name))
            continue;
        snprintf(path, sizeof path, "%s/%s/%s", corpus(), folder, e->d_name);
        check_document(path, overlay_path);
        count++;
    }
    if (d)
        closedir(d);
    return count;
}

static void
test_corpus(void **state)
{
    char overlay_path[] = "/tmp/telgate-overlay-XXXXXX";
    int fd = mkstemp(overlay_path);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, overlay, sizeof overlay - 1), sizeof overlay - 1);
    close(fd);
    unsigned count = check_folder("tmf", overlay_path) + check_folder("camara", overlay_path);
    unlink(overlay_path);
    if (!count) {
        print_message("SKIPPED: no corpus at %s (name it in TELGATE_CORPUS)\n", corpus());
        skip();
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_corpus)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
