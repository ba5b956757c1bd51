/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vectors of the authors' own implementation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/siphash.h"

static const struct siphash_key key = {{0x0706050403020100u, 0x0f0e0d0c0b0a0908u}};

static void
test_vectors(void **state)
{
    static const struct {
        size_t n;
        uint64_t hash;
    } rows[] = {
        {0, 0x726fdb47dd0e0e31u},
        {1, 0x74f839c593dc67fdu},
        {8, 0x93f5f5799a932462u},
        {15, 0xa129ca6149be45e5u},
    };
    char text[15];

    (void)state;
    for (unsigned i = 0; i < sizeof(text); i++)
        text[i] = (char)i;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_true(siphash(&key, (struct str){text, rows[i].n}) == rows[i].hash);
}

static void
test_another_key(void **state)
{
    const struct siphash_key other = {{1, 2}};

    (void)state;
    assert_true(siphash(&key, STR("text")) != siphash(&other, STR("text")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_another_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
