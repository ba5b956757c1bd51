/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sums against published vectors, and Merkle trees and proofs against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/hmac.h>

#include "auth/audit_key.h"
#include "auth/audit_merkle.h"

static void
test_crc(void **state)
{
    char zeros[32] = {0};

    (void)state;
    assert_int_equal(audit_crc32c(0, "123456789", 9), 0xe3069283); /* RFC 3720 appendix B.4 */
    assert_int_equal(audit_crc32c(0, zeros, 32), 0x8a9136aa);
    assert_int_equal(audit_crc32c(audit_crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
    assert_int_equal(audit_crc32c(0, "", 0), 0);
}

static void
test_hmac(void **state)
{
    uint8_t key[32], mine[32], theirs[32];
    char text[200];
    unsigned n;

    (void)state;
    for (unsigned i = 0; i < 200; i += 7) {
        memset(key, (int)i, sizeof key);
        memset(text, (int)i + 1, sizeof text);
        audit_hmac(key, (struct str){text, i}, mine);
        HMAC(EVP_sha256(), key, sizeof key, (uint8_t *)text, i, theirs, &n);
        assert_memory_equal(mine, theirs, 32);
    }
}

/* The tree of the Certificate Transparency reference implementation, for RFC 6962 section 2.1. */
static const struct str leaves[8] = {
    {"", 0},
    {"\x00", 1},
    {"\x10", 1},
    {"\x20\x21", 2},
    {"\x30\x31", 2},
    {"\x40\x41\x42\x43", 4},
    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16}};
static const char *const roots[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
static const char *const path_of_first[3] = {
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"};

static void
test_roots(void **state)
{
    struct merkle m = {0};
    uint8_t hash[AUDIT_HASH];
    char hex[65];

    (void)state;
    for (unsigned i = 0;; i++) {
        merkle_root(&m, hash);
        audit_hex(hash, hex);
        assert_string_equal(hex, roots[i]);
        if (i == 8)
            break;
        merkle_leaf(leaves[i], hash);
        merkle_add(&m, hash);
    }
}

static void
test_known_path(void **state)
{
    uint8_t all[8][AUDIT_HASH], path[MERKLE_DEPTH][AUDIT_HASH];
    char hex[65];

    (void)state;
    for (unsigned i = 0; i < 8; i++)
        merkle_leaf(leaves[i], all[i]);
    assert_int_equal(merkle_path((const uint8_t(*)[AUDIT_HASH])all, 8, 0, path), 3);
    for (unsigned i = 0; i < 3; i++) {
        audit_hex(path[i], hex);
        assert_string_equal(hex, path_of_first[i]);
    }
}

enum { MOST = 70 };

/* Every leaf of every tree up to 70 leaves leads to its root, and no other leaf does. */
static void
test_paths(void **state)
{
    uint8_t all[MOST][AUDIT_HASH], path[MERKLE_DEPTH][AUDIT_HASH], root[AUDIT_HASH];
    uint8_t found[AUDIT_HASH];
    struct merkle m = {0};

    (void)state;
    for (unsigned n = 1; n <= MOST; n++) {
        merkle_leaf((struct str){(char *)&n, sizeof n}, all[n - 1]);
        merkle_add(&m, all[n - 1]);
        merkle_root(&m, root);
        for (unsigned i = 0; i < n; i++) {
            unsigned k = merkle_path((const uint8_t(*)[AUDIT_HASH])all, n, i, path);
            const uint8_t(*p)[AUDIT_HASH] = (const uint8_t(*)[AUDIT_HASH])path;

            assert_true(merkle_follow(all[i], i, n, p, k, found));
            assert_memory_equal(found, root, AUDIT_HASH);
            assert_false(merkle_follow(all[i], i, n, p, k + 1, found));
            if (k) {
                assert_false(merkle_follow(all[i], i, n, p, k - 1, found));
                assert_true(!merkle_follow(all[i], i ^ 1, n, p, k, found) ||
                            memcmp(found, root, AUDIT_HASH) != 0);
            }
        }
        assert_false(merkle_follow(all[0], n, n, NULL, 0, found));
    }
}

static void
test_signing_input(void **state)
{
    (void)state;
    assert_true(str_eq(audit_signing_input(STR("head.body.signature")), STR("head.body")));
    assert_true(str_eq(audit_signing_input(STR("opaque")), STR("opaque")));
    assert_true(str_eq(audit_signing_input(STR("two.parts")), STR("two.parts")));
    assert_true(str_eq(audit_signing_input(STR("")), STR("")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc),   cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_roots), cmocka_unit_test(test_known_path),
        cmocka_unit_test(test_paths), cmocka_unit_test(test_signing_input),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
