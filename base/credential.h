/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a message itself says of its sender, in plain bytes: a face finds it (soap/wss.h), auth/
 * checks it (auth/senders.h), and neither needs to know the other.
 *
 * All texts are as they stand in the message, base64 included, blanks cut off both ends; empty:
 * not given. Nothing here is true before it was checked.
 */
#ifndef BASE_CREDENTIAL_H
#define BASE_CREDENTIAL_H

#include "base/str.h"

enum credential_kind {
    CREDENTIAL_NONE,        /* no token: at most a timestamp */
    CREDENTIAL_PASSWORD,    /* user and password */
    CREDENTIAL_DIGEST,      /* user, nonce, created, and the password's digest in `password` */
    CREDENTIAL_CERTIFICATE, /* `token`: X.509 in base64; `signature` over body and timestamp */
    CREDENTIAL_JWT,         /* `token`: as it is, or in base64 */
    CREDENTIAL_ASSERTION    /* SAML 2.0; `signature` over the assertion */
};

struct signed_part {
    struct str digest_method; /* URI */
    struct str digest;
    struct str canonical; /* the octets that the digest is over */
};

struct xml_signature {
    struct str method;      /* URI */
    struct str signed_info; /* canonical octets, that the signature is over */
    struct str value;
    struct signed_part *parts;
    unsigned part_count;
};

struct assertion_confirmation { /* SubjectConfirmation */
    struct str method, recipient, not_before, not_on_or_after;
};

struct assertion_audience { /* one AudienceRestriction: any of these */
    struct str *names;
    unsigned n;
};

struct assertion { /* SAML 2.0 core, section 2.3.3 */
    struct str issuer, id, subject;
    struct str not_before, not_on_or_after; /* of the Conditions */
    bool once;                              /* OneTimeUse */
    struct assertion_audience *audiences;   /* all of them must hold */
    unsigned audience_count;
    struct assertion_confirmation *confirmations; /* one of them must hold */
    unsigned confirmation_count;
};

struct credential {
    enum credential_kind kind;
    struct str user, password, nonce, created;
    struct str token;
    struct xml_signature signature;
    struct assertion assertion;
    bool has_timestamp;
    struct str stamp_created, stamp_expires;
};

#endif
