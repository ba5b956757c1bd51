/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry of `issuers` in the configuration: docs/tokens.md has its members. */
#ifndef AUTH_ISSUER_READ_H
#define AUTH_ISSUER_READ_H

#include "auth/issuer.h"
#include "auth/settings.h"

struct auth_secrets { /* what `$secret.NAME` means; empty when there is none of that name */
    struct str (*find)(void *context, struct str name);
    void *context;
};

/* False after telling the report every mistake. Texts live in s->arena. folder: of files. */
bool issuer_read(const struct settings *s, struct str folder, const struct auth_secrets *secrets,
                 struct issuer_settings *out);
/* Tells that a member is wrong; false always. */
bool issuer_complain(const struct settings *s, const char *name, const char *text);

#endif
