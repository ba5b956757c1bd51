/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of the paper's appendix, and of `openssl mac ... SIPHASH`; and any cut of a message.
 */
#include "base/siphash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static uint8_t key[16], text[64]; /* 0, 1, 2, ... */

static void
test_values(void **state)
{
    static const struct {
        size_t n;
        uint64_t hash;
    } rows[] = {
        {0, 0x726fdb47dd0e0e31},  {1, 0x74f839c593dc67fd},
        {7, 0xab0200f58b01d137},  {8, 0x93f5f5799a932462},
        {9, 0x9e0082df0ba9e4b0},  {15, 0xa129ca6149be45e5}, /* the paper's */
        {16, 0x3f2acc7f57c29bdb}, {63, 0x958a324ceb064572},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t cut = 0; cut <= rows[i].n; cut++) {
            struct siphash s;

            siphash_begin(&s, key);
            siphash_put(&s, text, cut);
            siphash_put(&s, text + cut, rows[i].n - cut);
            assert_true(siphash_end(&s) == rows[i].hash);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
    };

    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)i;
    memcpy(key, text, sizeof key);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
