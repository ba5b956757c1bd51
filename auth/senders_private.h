/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What senders_read.c makes of the configuration, for senders.c to check by. */
#ifndef AUTH_SENDERS_PRIVATE_H
#define AUTH_SENDERS_PRIVATE_H

#include "auth/authority.h"
#include "auth/replay.h"
#include "auth/secret.h"
#include "auth/senders.h"

struct sender {        /* what a token that is right is worth */
    struct str name;   /* of the user; the certificate's subject; the assertion's issuer */
    struct str client; /* client_id of the principal */
    struct str *scopes;
    unsigned scope_count;
};

struct sender_user {
    struct sender sender;
    struct secret *secret;
};

struct sender_issuer { /* of assertions */
    struct sender sender;
    struct public_key *key;
    struct str *audiences;
    unsigned audience_count;
    struct str recipient; /* empty: none is asked for */
};

struct senders {
    struct arena *arena;
    struct sender_user *users;
    unsigned user_count;
    struct authority *authority; /* NULL: no certificates */
    struct sender *certificates;
    unsigned certificate_count;
    bool once; /* a signed message is taken once */
    struct sender_issuer *issuers;
    unsigned issuer_count;
    struct replay *replay;
    int64_t window, leeway; /* us */
};

#endif
