/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The breaker's state machine, by a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "gateway/breaker.h"

enum { PASSES = 8 };

/*
 * What happens, word by word:
 *   s f n    a call that is let through, and succeeds, fails, or tells nothing
 *   x        a call that is refused
 *   p0       a call that is let through and under way as number 0;
 *   s0 f0 n0 and how it ends
 *   b        one that was told as a success has failed after all
 *   +100     so many milliseconds go by
 *   r2       it says: again in so many seconds
 *   C O H    it is closed, open, half-open
 *   5*f      a word five times
 */
struct row {
    const char *name;
    struct breaker_rule rule;
    const char *script;
};

#define RULE(percent, least, window_ms, open_ms)                                                   \
    {                                                                                              \
        .errors = (percent), .calls = (least), .window_us = (window_ms)*INT64_C(1000),             \
        .open_us = (open_ms)*INT64_C(1000)                                                         \
    }

static const struct row rows[] = {
    {"at the threshold", RULE(50, 4, 10000, 5000), "s f s C f O x"},
    {"just below it", RULE(50, 4, 10000, 5000), "s s s f f C s s f f C f O"},
    {"a percentage that is no whole number of calls", RULE(34, 3, 10000, 5000), "s s f C f O"},
    {"each call of a hundred percent", RULE(100, 3, 10000, 5000), "f f s 9*f C"},
    {"and then they all do", RULE(100, 3, 10000, 5000), "3*f O"},
    {"one percent", RULE(1, 100, 10000, 5000), "99*s f O"},
    {"not below `calls`", RULE(1, 20, 10000, 5000), "19*f C f O"},
    {"a success that makes them enough", RULE(50, 4, 10000, 5000), "3*f C s O"},
    {"one call is enough where it is said", RULE(100, 1, 1000, 100), "f O x"},
    {"what tells nothing is no call", RULE(50, 2, 10000, 5000), "9*n C f 9*n C f O"},
    {"old errors slide out", RULE(50, 4, 10000, 5000), "3*f +10000 f C 2*s C f O"},
    {"bit by bit", RULE(50, 4, 1000, 5000), "f +500 f f +500 f C +400 f O"},
    {"and successes", RULE(50, 4, 1000, 5000), "9*s +900 f 3*f C +100 f O"},
    {"after a long silence", RULE(50, 4, 1000, 5000), "3*f +86400000 3*f C f O"},
    {"no more often than the ring is long", RULE(50, 4, 1000, 5000), "f +300 f +300 f +300 f O"},
    {"refused until the time is over", RULE(100, 1, 1000, 5000), "f x +4999 x O +1 p0 H"},
    {"when to come again", RULE(100, 1, 1000, 5000), "f r5 +1 r5 +999 r4 +3999 r1 +1 p0 r1"},
    {"at least a second", RULE(100, 1, 1000, 100), "f r1"},
    {"one probe, which succeeds", RULE(100, 1, 1000, 100), "f +100 p0 x x s0 C s"},
    {"the window is empty then", RULE(50, 4, 10000, 100), "3*f s O +100 s C 3*f C f O"},
    {"a probe that fails", RULE(100, 1, 1000, 100), "f +100 f O x +99 x +1 s C"},
    {"a probe that is cancelled", RULE(100, 1, 1000, 100), "f +100 p0 x n0 H p1 x s1 C"},
    {"a cancelled one, and nobody comes for long", RULE(100, 1, 1000, 100),
     "f +100 n +99999 H s C"},
    {"begun before it opened", RULE(100, 2, 1000, 100),
     "p0 p1 p2 2*f O f0 s1 O +99 x +1 p3 H s2 H x f3 O"},
    {"ended after it closed again", RULE(100, 1, 1000, 100), "p0 f +100 s C f0 C"},
    {"after the next time, too", RULE(100, 1, 1000, 100), "f +100 p0 f0 +100 p1 s0 x f0 H s1 C"},
    {"taken back", RULE(100, 3, 10000, 100), "s s s b b C b O"},
    {"taken back by the last one", RULE(60, 3, 10000, 100), "3*s b C b O"},
    {"nothing to take back from", RULE(100, 1, 1000, 100), "f O b O +100 p0 b H s0 C"},
    {"an uneven window", RULE(50, 2, 1003, 100), "f +1100 f C f O"},
};

struct player {
    struct breaker breaker;
    uint64_t passes[PASSES];
    int64_t now_us;
    const struct row *row;
    const char *at;
};

static void
check(const struct player *p, bool fine)
{
    if (!fine)
        print_error("%s: at \"%s\"\n", p->row->name, p->at);
    assert_true(fine);
}

static enum breaker_result
result_of(char word)
{
    return word == 's' ? BREAKER_SUCCESS : word == 'f' ? BREAKER_FAILURE : BREAKER_NOTHING;
}

/* It says of itself whether it has opened or closed, and of what was told. */
static void
tell(struct player *p, uint64_t pass, char word)
{
    enum breaker_state before = p->breaker.state;
    bool changed = breaker_tell(&p->breaker, pass, result_of(word), p->now_us);

    check(p, changed == (p->breaker.state != before));
}

static void
play(struct player *p, char word, bool numbered, long number)
{
    struct breaker *b = &p->breaker;

    switch (word) {
    case 'p': check(p, (p->passes[number] = breaker_ask(b, p->now_us)) != 0); break;
    case 'x': check(p, breaker_ask(b, p->now_us) == 0); break;
    case 'b': breaker_take_back(b, p->now_us); break;
    case 'r': check(p, breaker_retry_after(b, p->now_us) == (unsigned)number); break;
    case '+': p->now_us += number * 1000; break;
    case 'C': check(p, b->state == BREAKER_CLOSED); break;
    case 'O': check(p, b->state == BREAKER_OPEN); break;
    case 'H': check(p, b->state == BREAKER_HALF_OPEN); break;
    default:
        if (!numbered)
            check(p, (p->passes[number = PASSES - 1] = breaker_ask(b, p->now_us)) != 0);
        tell(p, p->passes[number], word);
    }
}

static void
play_all(struct player *p)
{
    while (*p->at) {
        char *end;
        long times = strtol(p->at, &end, 10), number = 0;
        const char *word = *end == '*' ? end + 1 : p->at;
        bool numbered = word[1] >= '0' && word[1] <= '9';

        end = (char *)(uintptr_t)word + 1;
        if (numbered)
            number = strtol(word + 1, &end, 10);
        for (long i = 0; i < (word > p->at ? times : 1); i++)
            play(p, *word, numbered, number);
        p->at = end + (*end == ' ');
    }
}

static void
test_scripts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        /* far from 0, and at the beginning of a slot of every window */
        struct player p = {.now_us = INT64_C(86400000000), .row = &rows[i], .at = rows[i].script};

        breaker_init(&p.breaker, &rows[i].rule);
        play_all(&p);
    }
}

/* Whatever comes, the sums are those of the slots, and no pass is given twice while it is open. */
static void
test_sums(void **state)
{
    const struct breaker_rule rule = RULE(101, 1, 1000, 100); /* never opens */
    struct breaker b;
    uint32_t seed = 1;
    int64_t now_us = 0;

    (void)state;
    breaker_init(&b, &rule);
    for (int i = 0; i < 100000; i++) {
        struct breaker_tally sum = {0};

        seed = seed * 1103515245 + 12345;
        now_us += (seed >> 16) % 30000;
        breaker_tell(&b, breaker_ask(&b, now_us), (seed >> 8) % 3, now_us);
        for (int k = 0; k < BREAKER_SLOTS; k++) {
            sum.calls += b.slots[k].calls;
            sum.failures += b.slots[k].failures;
        }
        assert_true(sum.calls == b.all.calls && sum.failures == b.all.failures);
        assert_true(b.all.failures <= b.all.calls && b.all.calls <= 1000);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_sums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
