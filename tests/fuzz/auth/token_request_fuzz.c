/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The token endpoint's form, the client's credentials and a caller's token: the first line is the
 * Authorization header, the second a query, the rest the body.
 */
#include "auth/credentials.h"
#include "auth/token_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str
line(struct str *rest)
{
    struct str part = str_head(*rest, str_find(*rest, '\n'));

    *rest = str_from(*rest, part.n + 1);
    return part;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size}, authorization = line(&rest);
    struct str query = line(&rest);
    struct credentials found = {0};
    struct header items[] = {{STR("Authorization"), authorization},
                             {STR("Content-Type"), STR("application/x-www-form-urlencoded")}};
    struct headers headers = {items, 2};
    struct arena *a = arena_new(1 << 20);
    struct token_request request;
    const char *why = NULL;

    if (token_request_read(a, headers, rest, &request, &why) == TOKEN_OK &&
        (request.client_id.n == 0 || request.credentials != CREDENTIALS_BASIC))
        __builtin_trap();
    headers.items++;
    headers.n = 1;
    if (token_request_read(a, headers, rest, &request, &why) == TOKEN_OK &&
        (request.client_secret.n || request.credentials == CREDENTIALS_BASIC ||
         (request.client_id.n == 0 && request.assertion_type.n == 0)))
        __builtin_trap();
    headers.items = items;
    if (credentials_find(headers, query, STR("X-API-Key"), &found) == REASON_NONE &&
        found.token.n == 0)
        __builtin_trap();
    arena_free(a);
    return 0;
}
