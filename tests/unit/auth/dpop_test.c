/* SPDX-License-Identifier: GPL-2.0-or-later */
/* URLs that a proof may be for, and thumbprints. The checks of a
 * proof are in tests/flow/test_sender.py, over sockets. */
#include "auth/dpop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "auth/jwk.h"

static void
test_urls(void **state)
{
    static const struct {
        const char *told, *base, *path;
        bool matches;
    } rows[] = {
        {"https://a.example/x", "https://a.example", "/x", true},
        {"https://a.example/v1/x", "https://a.example/v1", "/x", true},
        {"https://a.example/v1/x", "https://a.example/v1/", "/x", true},
        {"HTTPS://A.Example:443/x", "https://a.example", "/x", true},
        {"https://a.example/x", "https://a.example:443", "/x", true},
        {"http://a.example:80/x", "http://a.example", "/x", true},
        {"https://a.example/x?y#z", "https://a.example", "/x", true},
        {"https://a.example", "https://a.example", "/", true},
        {"https://a.example?q", "https://a.example", "/", true},
        {"https://a.example/%7Ex/%2f", "https://a.example", "/~x/%2F", true},
        {"https://a.example/%", "https://a.example", "/%", true},
        {"https://a.example/%4", "https://a.example", "/%4", true},
        {"https://a.example/x/../y", "https://a.example", "/y", false},
        {"https://a.example/a%2fb", "https://a.example", "/a/b", false},
        {"https://a.example/a%20", "https://a.example", "/a ", false},
        {"https://a.example/x/", "https://a.example", "/x", false},
        {"https://a.example/x", "https://a.example", "/x/", false},
        {"https://a.example:80/x", "https://a.example", "/x", false},
        {"http://a.example/x", "https://a.example", "/x", false},
        {"https://a.example.evil/x", "https://a.example", "/x", false},
        {"https://evil@a.example/x", "https://a.example", "/x", false},
        {"https:///x", "https://a.example", "/x", false},
        {"//a.example/x", "https://a.example", "/x", false},
        {"/x", "https://a.example", "/x", false},
        {"", "https://a.example", "/", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (dpop_url_matches(str_of(rows[i].told), str_of(rows[i].base), str_of(rows[i].path)) !=
            rows[i].matches)
            fail_msg("row %zu: %s", i, rows[i].told);
}

/* RFC 7638 section 3.1, RFC 8037 appendix A.3, and RFC 9449's own key (section 6.1). */
static void
test_thumbprints(void **state)
{
    static const struct {
        struct jwk jwk;
        const char *wanted;
    } rows[] = {
        {{.kty = STR("RSA"),
          .e = STR("AQAB"),
          .n = STR("0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR"
                   "1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf"
                   "0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n"
                   "91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1j"
                   "F44-csFCur-kEgU8awapJzKnqDKgw")},
         "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
        {{.kty = STR("OKP"),
          .crv = STR("Ed25519"),
          .x = STR("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")},
         "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
        {{.kty = STR("EC"),
          .crv = STR("P-256"),
          .x = STR("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs"),
          .y = STR("9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA")},
         "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},
    };
    char out[JWK_THUMBPRINT];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(jwk_thumbprint(&rows[i].jwk, out));
        if (!str_eq((struct str){out, sizeof out}, str_of(rows[i].wanted)))
            fail_msg("row %zu: %.*s", i, JWK_THUMBPRINT, out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_urls),
                                       cmocka_unit_test(test_thumbprints)};

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
