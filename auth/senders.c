/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/senders_private.h"

#include "auth/xml_signature.h"
#include "base/clock.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define SECOND 1000000LL
#define BEARER "urn:oasis:names:tc:SAML:2.0:cm:bearer"

enum { NONCE_MAX = 256, SHA1_BYTES = 20, TOKEN_MAX = 8192, HEX = 64 };

struct check { /* one credential under way */
    struct senders *senders;
    const struct credential *given;
    const struct sender_message *message;
    struct arena *scratch;
    int64_t now;
    int64_t until; /* when the message is too old */
};

/* ---- Times ---- */

/* When something was made: not before this process can tell a replay, not in the future. */
static enum reason
check_made(struct check *c, int64_t created)
{
    int64_t age = c->now - created;

    if (age > c->senders->window + c->senders->leeway || age < -c->senders->leeway)
        return REASON_MESSAGE_STALE;
    c->until = created + c->senders->window + c->senders->leeway;
    return REASON_NONE;
}

/* Two seconds more, as callers cut off fractions. */
static enum reason
check_made_here(struct check *c, int64_t created)
{
    if (created + 2 * SECOND < replay_since(c->senders->replay))
        return REASON_MESSAGE_STALE;
    return check_made(c, created);
}

static enum reason
check_timestamp(struct check *c)
{
    int64_t created, expires;

    if (!c->given->has_timestamp)
        return REASON_NONE;
    if (!clock_parse(c->given->stamp_created, &created))
        return REASON_TIMESTAMP_MALFORMED;
    if (!c->given->stamp_expires.n)
        return check_made(c, created);
    if (!clock_parse(c->given->stamp_expires, &expires) || expires < created)
        return REASON_TIMESTAMP_MALFORMED;
    return expires + c->senders->leeway < c->now ? REASON_MESSAGE_STALE : check_made(c, created);
}

/* Remembers the message, which may come once. */
static enum reason
check_replay(const struct check *c, const uint8_t id[32], int64_t until)
{
    switch (replay_check(c->senders->replay, id, until, c->now)) {
    case REPLAY_NEW: return REASON_NONE;
    case REPLAY_SEEN: return REASON_MESSAGE_REPLAYED;
    default: return REASON_REPLAY_MEMORY;
    }
}

/* ---- The principal ---- */

static bool
hash_text(struct str text, uint8_t hash[32], char hex[HEX + 1])
{
    if (!signature_sha256(text, hash))
        return false;
    str_hex(hash, 32, hex);
    hex[HEX] = '\0';
    return true;
}

static bool
put_claim(struct principal *p, const char *name, struct str text)
{
    return !text.n || value_add(p->arena, &p->claims, str_of(name), value_string(text)) == 0;
}

static bool
fill(struct principal *p, const struct sender *s)
{
    struct buf scope;
    bool good;

    buf_init(&scope, 1 << 16);
    p->client_id = arena_dup(p->arena, s->client);
    p->scopes = ARENA_ARRAY(p->arena, s->scope_count + 1, struct str);
    good = p->client_id.p && p->scopes;
    for (unsigned i = 0; good && i < s->scope_count; i++) {
        p->scopes[p->scope_count] = arena_dup(p->arena, s->scopes[i]);
        good = p->scopes[p->scope_count++].p != NULL;
        buf_printf(&scope, "%s%.*s", i ? " " : "", STR_ARG(s->scopes[i]));
    }
    p->scope = arena_dup(p->arena, buf_view(&scope));
    good = good && !scope.failed && p->scope.p;
    buf_fini(&scope);
    return good;
}

/* `id` names the message in logs; expires: UTC in us. */
static struct verdict
accept(const struct sender *s, struct str issuer, struct str subject, struct str jti,
       const char *id, int64_t expires)
{
    struct principal *p = principal_new(STR_NONE);

    if (!p)
        return (struct verdict){.reason = REASON_OUT_OF_MEMORY};
    p->issuer = arena_dup(p->arena, issuer);
    p->subject = arena_dup(p->arena, subject);
    p->jti = arena_dup(p->arena, jti);
    p->expires = expires / SECOND;
    memcpy(p->token_hash, id, HEX + 1);
    p->claims = VALUE_OF(VALUE_OBJECT);
    if (p->issuer.p && p->subject.p && p->jti.p && fill(p, s) && put_claim(p, "iss", p->issuer) &&
        put_claim(p, "sub", p->subject) && put_claim(p, "client_id", p->client_id) &&
        put_claim(p, "scope", p->scope) && put_claim(p, "jti", p->jti))
        return (struct verdict){.principal = p};
    principal_unref(p);
    return (struct verdict){.reason = REASON_OUT_OF_MEMORY};
}

static struct verdict
deny(enum reason reason)
{
    return (struct verdict){.reason = reason};
}

/* ---- UsernameToken (profile 1.1.1) ---- */

static const struct sender_user *
find_user(const struct check *c)
{
    for (unsigned i = 0; i < c->senders->user_count; i++)
        if (str_eq(c->senders->users[i].sender.name, c->given->user))
            return &c->senders->users[i];
    return NULL;
}

static struct verdict
check_password(struct check *c)
{
    const struct sender_user *u = find_user(c);
    uint8_t hash[32];
    char hex[HEX + 1];

    if (!u)
        return deny(REASON_USER_OR_PASSWORD);
    switch (secret_check(u->secret, c->given->password, c->message->peer, c->message->io, c->now)) {
    case PROOF_GOOD: break;
    case PROOF_WRONG: return deny(REASON_USER_OR_PASSWORD);
    case PROOF_THROTTLED: return deny(REASON_PASSWORDS_SLOWED);
    default: return deny(REASON_PASSWORDS_BUSY);
    }
    if (!hash_text(u->sender.name, hash, hex))
        return deny(REASON_OUT_OF_MEMORY);
    return accept(&u->sender, STR("wss:user"), u->sender.name, STR_NONE, hex,
                  c->now + c->senders->window);
}

/* Base64(SHA-1(nonce + created + password)): the profile knows no other digest. */
static bool
digest_is_right(const struct check *c, struct str nonce, struct str secret)
{
    struct str parts[] = {nonce, c->given->created, secret}, given;
    uint8_t hash[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *m = EVP_MD_CTX_new();
    bool good = m && EVP_DigestInit_ex(m, EVP_sha1(), NULL) == 1;

    for (unsigned i = 0; good && i < 3; i++)
        good = EVP_DigestUpdate(m, parts[i].p, parts[i].n) == 1;
    good = good && EVP_DigestFinal_ex(m, hash, NULL) == 1 &&
           xml_base64(c->scratch, c->given->password, &given) && given.n == SHA1_BYTES &&
           CRYPTO_memcmp(given.p, hash, SHA1_BYTES) == 0;
    EVP_MD_CTX_free(m);
    return good;
}

/* The nonce is remembered only once the digest was right: nobody else can fill the memory. */
static struct verdict
check_digest(struct check *c)
{
    const struct sender_user *u = find_user(c);
    struct str nonce, secret = u ? secret_clear(u->secret) : STR_NONE, id;
    uint8_t hash[32];
    char hex[HEX + 1];
    enum reason reason;
    int64_t created;

    if (!xml_base64(c->scratch, c->given->nonce, &nonce) || !nonce.n || nonce.n > NONCE_MAX ||
        !clock_parse(c->given->created, &created))
        return deny(REASON_NONCE_MISSING);
    if (!secret.n || !digest_is_right(c, nonce, secret))
        return deny(REASON_USER_OR_PASSWORD);
    reason = check_made_here(c, created);
    id = arena_printf(c->scratch, "%.*s\n%.*s\n%.*s", STR_ARG(u->sender.name),
                      STR_ARG(c->given->created), STR_ARG(c->given->nonce));
    if (!reason && (!id.p || !hash_text(id, hash, hex)))
        reason = REASON_OUT_OF_MEMORY;
    if (!reason)
        reason = check_replay(c, hash, c->until);
    return reason ? deny(reason)
                  : accept(&u->sender, STR("wss:user"), u->sender.name, STR_NONE, hex, c->until);
}

/* ---- X.509 (token profile 1.1.1) ---- */

static const struct sender *
find_certificate(const struct senders *s, struct str subject)
{
    for (unsigned i = 0; i < s->certificate_count; i++)
        if (str_eq(s->certificates[i].name, subject))
            return &s->certificates[i];
    return NULL;
}

static enum reason
check_signature(struct check *c, const struct checked **by, const struct sender **s)
{
    enum reason reason;
    struct str der;

    *by = NULL;
    if (!xml_base64(c->scratch, c->given->token, &der))
        return REASON_CERTIFICATE;
    reason = authority_check(c->senders->authority, der, c->now, by);
    if (!reason)
        reason = xml_signature_verify(c->scratch, &c->given->signature, (*by)->key);
    if (!reason && !(*s = find_certificate(c->senders, (*by)->subject)))
        reason = REASON_CERTIFICATE_UNKNOWN;
    return reason;
}

/* A message that is signed may come once. */
static enum reason
check_once(struct check *c, const uint8_t id[32])
{
    enum reason reason;
    int64_t created;

    if (!c->senders->once)
        return REASON_NONE;
    if (!clock_parse(c->given->stamp_created, &created))
        return REASON_TIMESTAMP_MALFORMED;
    reason = check_made_here(c, created);
    return reason ? reason : check_replay(c, id, c->until);
}

static struct verdict
check_certificate(struct check *c)
{
    const struct checked *by;
    const struct sender *s = NULL;
    struct verdict v;
    uint8_t hash[32];
    char hex[HEX + 1];
    enum reason reason;

    if (!c->senders->authority)
        return deny(REASON_TOKEN_KIND);
    reason = check_signature(c, &by, &s);
    if (!reason && !hash_text(c->given->signature.signed_info, hash, hex))
        reason = REASON_OUT_OF_MEMORY;
    if (!reason)
        reason = check_once(c, hash);
    v = reason ? deny(reason)
               : accept(s, STR("wss:certificate"), by->subject, STR_NONE, hex, c->until);
    checked_unref(by);
    return v;
}

/* ---- SAML 2.0 (core, section 2; profiles, section 3.3) ---- */

/* The entry of the issuer whose certificate verifies the signature: while a new certificate comes
 * in, there are two. */
static enum reason
find_issuer(const struct check *c, const struct sender_issuer **out)
{
    enum reason reason = REASON_ISSUER_UNKNOWN;

    for (unsigned i = 0; i < c->senders->issuer_count; i++) {
        *out = &c->senders->issuers[i];
        if (!str_eq((*out)->sender.name, c->given->assertion.issuer))
            continue;
        reason = xml_signature_verify(c->scratch, &c->given->signature, (*out)->key);
        if (reason != REASON_SIGNATURE_WRONG && reason != REASON_KEY_UNFIT)
            break;
    }
    return reason;
}

/* An absent bound holds. */
static enum reason
check_bounds(const struct check *c, struct str from, struct str until)
{
    int64_t at;

    if (from.n && !clock_parse(from, &at))
        return REASON_ASSERTION_TIMES;
    if (from.n && c->now + c->senders->leeway < at)
        return REASON_NOT_YET_VALID;
    if (until.n && !clock_parse(until, &at))
        return REASON_ASSERTION_TIMES;
    return until.n && c->now >= at + c->senders->leeway ? REASON_EXPIRED : REASON_NONE;
}

static bool
is_audience(const struct sender_issuer *s, const struct assertion_audience *restriction)
{
    for (unsigned i = 0; i < restriction->n; i++)
        for (unsigned k = 0; k < s->audience_count; k++)
            if (str_eq(restriction->names[i], s->audiences[k]))
                return true;
    return false;
}

static enum reason
check_audiences(const struct check *c, const struct sender_issuer *s)
{
    const struct assertion *a = &c->given->assertion;

    for (unsigned i = 0; i < a->audience_count; i++)
        if (!is_audience(s, &a->audiences[i]))
            return REASON_AUDIENCE;
    return a->audience_count ? REASON_NONE : REASON_AUDIENCE;
}

/* By bearer, with an end, and for us where a recipient is configured. */
static enum reason
check_confirmations(const struct check *c, const struct sender_issuer *s)
{
    const struct assertion *a = &c->given->assertion;

    for (unsigned i = 0; i < a->confirmation_count; i++) {
        const struct assertion_confirmation *one = &a->confirmations[i];

        if (str_eq(one->method, STR(BEARER)) && one->not_on_or_after.n &&
            (!s->recipient.n || str_eq(one->recipient, s->recipient)) &&
            !check_bounds(c, one->not_before, one->not_on_or_after))
            return REASON_NONE;
    }
    return REASON_SUBJECT_CONFIRMATION;
}

static enum reason
check_statement(struct check *c, const struct sender_issuer *s, const uint8_t id[32])
{
    const struct assertion *a = &c->given->assertion;
    enum reason reason = check_bounds(c, a->not_before, a->not_on_or_after);

    if (!reason && !clock_parse(a->not_on_or_after, &c->until))
        reason = REASON_ASSERTION_TIMES;
    if (!reason)
        reason = check_audiences(c, s);
    if (!reason)
        reason = check_confirmations(c, s);
    if (!reason && a->once)
        reason = check_replay(c, id, c->until + c->senders->leeway);
    return reason;
}

static struct verdict
check_assertion(struct check *c)
{
    const struct sender_issuer *s = NULL;
    const struct assertion *a = &c->given->assertion;
    enum reason reason = find_issuer(c, &s);
    uint8_t hash[32];
    char hex[HEX + 1];

    if (!reason && !hash_text(c->given->signature.signed_info, hash, hex))
        reason = REASON_OUT_OF_MEMORY;
    if (!reason)
        reason = check_statement(c, s, hash);
    return reason ? deny(reason) : accept(&s->sender, a->issuer, a->subject, a->id, hex, c->until);
}

/* ---- All of them ---- */

struct verdict
senders_verify(struct senders *s, const struct credential *given, const struct sender_message *m)
{
    struct check c = {s, given, m, m->scratch, m->now, m->now + s->window};
    enum reason reason = REASON_NONE;

    if (given->kind == CREDENTIAL_PASSWORD && !m->over_tls)
        return deny(REASON_PASSWORD_WITHOUT_TLS);
    reason = check_timestamp(&c);
    if (reason)
        return deny(reason);
    switch (given->kind) {
    case CREDENTIAL_PASSWORD: return check_password(&c);
    case CREDENTIAL_DIGEST: return check_digest(&c);
    case CREDENTIAL_CERTIFICATE: return check_certificate(&c);
    case CREDENTIAL_ASSERTION: return check_assertion(&c);
    default: return deny(REASON_NONE);
    }
}

/* Without a dot it is base64 around the compact form. */
enum reason
senders_token(struct senders *s, const struct credential *given, const struct sender_message *m,
              struct str *token)
{
    struct check c = {s, given, m, m->scratch, m->now, m->now};
    enum reason reason = check_timestamp(&c);

    *token = given->token;
    if (reason)
        return reason;
    if (token->n > 2 * TOKEN_MAX)
        return REASON_TOO_LONG;
    if (str_find(*token, '.') == token->n && !xml_base64(m->scratch, given->token, token))
        return REASON_NOT_THREE_PARTS;
    return REASON_NONE;
}

const char *
senders_fault(enum reason reason)
{
    switch (reason) {
    case REASON_MESSAGE_STALE: return "wsu:MessageExpired";
    case REASON_WEAK_ALGORITHM: return "wsse:UnsupportedAlgorithm";
    case REASON_TOKEN_KIND: return "wsse:UnsupportedSecurityToken";
    case REASON_SIGNATURE_WRONG:
    case REASON_DIGEST_WRONG: return "wsse:FailedCheck";
    case REASON_SECURITY_HEADER:
    case REASON_NONCE_MISSING:
    case REASON_TIMESTAMP_MALFORMED: return "wsse:InvalidSecurity";
    case REASON_CERTIFICATE:
    case REASON_EXPIRED:
    case REASON_NOT_YET_VALID:
    case REASON_AUDIENCE:
    case REASON_ASSERTION_TIMES:
    case REASON_SUBJECT_CONFIRMATION: return "wsse:InvalidSecurityToken";
    default: return "wsse:FailedAuthentication";
    }
}
