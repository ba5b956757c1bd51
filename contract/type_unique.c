/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uniqueItems: few items are compared with each other, many are sorted by a hash that equal
 * values share, so that only items of one hash are compared. The budget bounds a flood of them.
 */
#include "contract/type_rule.h"

#include <stdlib.h>

enum { FEW = 8 };

struct hashed {
    uint64_t hash;
    uint32_t item;
};

static inline uint64_t
mix(uint64_t hash)
{
    hash ^= hash >> 31;
    hash *= 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 29;
}

/* "e+012" -> 12; huge ones all count as 10^17. */
static int64_t
exponent_of(struct str digits)
{
    bool negative = digits.n && digits.p[0] == '-';
    int64_t exponent = 0;

    for (size_t i = 0; i < digits.n; i++)
        if (digits.p[i] >= '0' && digits.p[i] <= '9' && exponent < 10000000000000000)
            exponent = exponent * 10 + (digits.p[i] - '0');
    return negative ? -exponent : exponent;
}

/* The same for 1, 1.0, 10e-1: its digits without the zeros at both ends, and where they stand. */
static uint64_t
number_hash(struct str lexeme)
{
    size_t e = 0;
    int64_t zeros = 0, fraction = 0, exponent;
    uint64_t hash = 0;
    bool point = false;

    for (; e < lexeme.n && (lexeme.p[e] | 0x20) != 'e'; e++) {
        if (lexeme.p[e] == '.')
            point = true;
        if (lexeme.p[e] < '0' || lexeme.p[e] > '9')
            continue;
        fraction += point;
        if (lexeme.p[e] == '0') {
            zeros += hash != 0;
            continue;
        }
        for (; zeros > 0; zeros--)
            hash = mix(hash + 1);
        hash = mix(hash + 1 + (uint64_t)(lexeme.p[e] - '0'));
    }
    if (hash == 0)
        return 1; /* zero, whatever its sign and exponent */
    exponent = exponent_of(str_from(lexeme, e + 1));
    return mix(hash ^ (uint64_t)(exponent - fraction + zeros)) ^ (lexeme.p[0] == '-');
}

static uint64_t
value_hash(const struct value *v, unsigned depth)
{
    uint64_t hash = mix(v->kind);

    if (depth == 0)
        return hash;
    switch (v->kind) {
    case VALUE_BOOLEAN: return mix(hash + v->is_true);
    case VALUE_NUMBER: return hash ^ number_hash(value_text(v));
    case VALUE_STRING: return hash ^ str_hash(value_text(v));
    case VALUE_ARRAY:
        for (uint32_t i = 0; i < v->n; i++)
            hash = mix(hash * 31 + value_hash(&v->items[i], depth - 1));
        return hash;
    case VALUE_OBJECT:
        for (uint32_t i = 0; i < v->n; i++) /* whatever the order */
            hash += mix(str_hash(v->members[i].name) ^
                        mix(value_hash(&v->members[i].value, depth - 1)));
        return hash;
    default: return hash;
    }
}

static int
compare_hashed(const void *a, const void *b)
{
    const struct hashed *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static enum verdict
pair(struct check *c, const struct value *v, uint32_t i, uint32_t k)
{
    if (check_spend(c, 1 + v->items[i].n / 16) == WRONG)
        return WRONG;
    if (!value_equal(&v->items[i], &v->items[k]))
        return RIGHT;
    return check_wrong(c, "must have no two equal items; items %u and %u are", i < k ? i : k,
                       i < k ? k : i);
}

static enum verdict
check_sorted(struct check *c, const struct value *v, const struct hashed *sorted)
{
    for (uint32_t i = 0; i < v->n; i++)
        for (uint32_t k = i + 1; k < v->n && sorted[k].hash == sorted[i].hash; k++)
            if (pair(c, v, sorted[i].item, sorted[k].item) == WRONG)
                return WRONG;
    return RIGHT;
}

static enum verdict
check_many(struct check *c, const struct value *v)
{
    struct hashed *sorted;
    enum verdict verdict;

    if (check_spend(c, v->n) == WRONG)
        return WRONG;
    sorted = malloc(v->n * sizeof(*sorted));
    if (!sorted)
        return check_give_up(c, FAULT_MEMORY, "out of memory");
    for (uint32_t i = 0; i < v->n; i++)
        sorted[i] = (struct hashed){value_hash(&v->items[i], CHECK_DEPTH), i};
    qsort(sorted, v->n, sizeof(*sorted), compare_hashed);
    verdict = check_sorted(c, v, sorted);
    free(sorted);
    return verdict;
}

enum verdict
check_unique(struct check *c, const void *operand, const struct value *v)
{
    (void)operand;
    if (v->n > FEW)
        return check_many(c, v);
    for (uint32_t i = 0; i < v->n; i++)
        for (uint32_t k = i + 1; k < v->n; k++)
            if (pair(c, v, i, k) == WRONG)
                return WRONG;
    return RIGHT;
}
