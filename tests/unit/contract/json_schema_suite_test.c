/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The required tests of JSON Schema 2020-12, read where they lie: $TELGATE_CORPUS, or
 * ../shared/corpus. What does not pass stands in the table below with its reason; a keyword that
 * is not supported must have been refused while the schema was compiled.
 */
#include "schemas.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { REQUIRED = 997, LARGEST = 4 << 20 };

struct tally {
    unsigned passed, refused, wrong;
};

/* Files where tests may go wrong, and why; refused schemas are counted, not listed. */
static const struct {
    const char *file;
    unsigned wrong;
    const char *why;
} deviations[] = {
    {"format.json", 11, "known formats are asserted here; the suite takes them as notes"},
};

static struct str
read_file(struct arena *a, const char *path)
{
    FILE *file = fopen(path, "rb");
    char *bytes = arena_alloc(a, LARGEST);
    size_t n = file && bytes ? fread(bytes, 1, LARGEST, file) : 0;

    if (file)
        fclose(file);
    return (struct str){bytes, n};
}

static void
run_group(const char *file, const struct value *group, struct tally *tally)
{
    const struct value *tests = value_get(group, STR("tests"));
    struct schemas s;
    struct buf text;
    const struct type *t;

    buf_init(&text, LARGEST);
    json_write(&text, value_get(group, STR("schema")));
    schemas_open(&s, buf_view(&text));
    t = schemas_root(&s);
    if (!t)
        tally->refused += tests->n;
    if (!t && getenv("VERBOSE"))
        print_message("%s: %.*s: refused\n  %s", file,
                      STR_ARG(value_text(value_get(group, STR("description")))),
                      schemas_mistakes(&s));
    for (uint32_t i = 0; t && i < tests->n; i++) {
        const struct value *test = &tests->items[i];
        struct fault f = {0};
        bool valid = type_validate(t, value_get(test, STR("data")), TYPE_ANSWER, &f) == FAULT_NONE;
        if (valid == value_get(test, STR("valid"))->is_true) {
            tally->passed++;
            continue;
        }
        tally->wrong++;
        if (getenv("VERBOSE"))
            print_message("%s: %.*s: %.*s: %s %s\n", file,
                          STR_ARG(value_text(value_get(group, STR("description")))),
                          STR_ARG(value_text(value_get(test, STR("description")))),
                          valid ? "taken" : f.pointer, valid ? "" : f.detail);
    }
    schemas_close(&s);
    buf_fini(&text);
}

static void
run_file(const char *folder, const char *name, struct tally *all)
{
    struct arena *a = arena_new(64 << 20);
    struct tally tally = {0};
    struct value groups;
    struct fault f;
    char path[4096];
    unsigned allowed = 0;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (json_read(a, read_file(a, path), JSON_LIMITS_DEFAULT, &groups, &f) != FAULT_NONE)
        fail_msg("%s: %s", path, f.detail);
    for (uint32_t i = 0; i < groups.n; i++)
        run_group(name, &groups.items[i], &tally);
    for (unsigned i = 0; i < sizeof(deviations) / sizeof(deviations[0]); i++)
        if (strcmp(deviations[i].file, name) == 0) {
            allowed = deviations[i].wrong;
            print_message("%s: %u deviate: %s\n", name, allowed, deviations[i].why);
        }
    if (tally.refused)
        print_message("%s: %u refused at load\n", name, tally.refused);
    if (tally.wrong != allowed)
        fail_msg("%s: %u wrong, %u expected (VERBOSE=1 lists them)", name, tally.wrong, allowed);
    all->passed += tally.passed;
    all->refused += tally.refused;
    all->wrong += tally.wrong;
    arena_free(a);
}

static void
test_suite(void **state)
{
    const char *corpus = getenv("TELGATE_CORPUS");
    struct tally all = {0};
    struct dirent *entry;
    char folder[2048];
    DIR *dir;

    (void)state;
    snprintf(folder, sizeof(folder), "%s/json-schema-test-suite/draft2020-12",
             corpus ? corpus : "../shared/corpus");
    dir = opendir(folder);
    if (!dir) {
        print_message("SKIPPED: no JSON-Schema-Test-Suite at %s\n", folder);
        skip();
    }
    while ((entry = readdir(dir)))
        if (str_ends(str_of(entry->d_name), STR(".json")))
            run_file(folder, entry->d_name, &all);
    closedir(dir);
    print_message("JSON Schema 2020-12: %u passed, %u refused at load, %u wrong\n", all.passed,
                  all.refused, all.wrong);
    assert_true(all.passed >= REQUIRED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_suite)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
