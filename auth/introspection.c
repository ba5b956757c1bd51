/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests in flight stand in a list under a lock; who starts one carries it out, the others look
 * every few milliseconds, as they do for keys. */
#include "auth/introspection.h"

#include "auth/claims.h"
#include "auth/form.h"
#include "auth/jwt.h"
#include "base/json.h"
#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>

#define ANSWER_MAX 65536
#define WAIT_MS    5
#define WAITS_MOST 800 /* four seconds: longer than a fetch may take */

static const struct json_limits limits = {.depth = 16, .values = 2000};

struct flight {
    struct flight *next;
    uint8_t token[32]; /* SHA-256 */
    unsigned holders;
    bool landed, cancelled;
    struct verdict verdict; /* its principals: references of the flight */
};

struct introspection {
    pthread_mutex_t lock;
    struct flight *flights;
    unsigned count;
};

struct introspection *
introspection_new(void)
{
    struct introspection *n = calloc(1, sizeof *n);

    if (n)
        pthread_mutex_init(&n->lock, NULL);
    return n;
}

void
introspection_free(struct introspection *n)
{
    if (!n)
        return;
    pthread_mutex_destroy(&n->lock);
    free(n);
}

/* RFC 6750 section 2.1: b64token. */
static bool
is_token(struct str t)
{
    size_t end = t.n;

    while (end > 0 && t.p[end - 1] == '=')
        end--;
    for (size_t i = 0; i < end; i++) {
        char c = t.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              memchr("-._~+/", c, 6)))
            return false;
    }
    return end > 0;
}

bool
introspection_is_opaque(struct str token)
{
    unsigned dots = 0;

    if (!str_starts(token, STR("eyJ"))) /* {" */
        return true;
    for (size_t i = 0; i < token.n; i++)
        dots += token.p[i] == '.';
    return dots != 2;
}

/* --- what an answer says --- */

/* A refresh token may be active, too, and is no access token. */
static bool
is_access_token(const struct value *answer)
{
    const struct value *type = value_get(answer, STR("token_type"));

    return !type ||
           (type->kind == VALUE_STRING && (str_eq_nocase(value_text(type), STR("Bearer")) ||
                                           str_eq_nocase(value_text(type), STR("DPoP"))));
}

static enum reason
check_issuer(const struct value *answer, const struct issuer_settings *pinned)
{
    const struct value *iss = value_get(answer, STR("iss"));

    if (!iss)
        return REASON_NONE;
    if (iss->kind != VALUE_STRING)
        return REASON_MALFORMED_CLAIM;
    return str_eq(value_text(iss), pinned->name) ? REASON_NONE : REASON_ISSUER_UNKNOWN;
}

enum reason
introspection_read(const struct issuer_settings *pinned, struct str text, struct principal *p,
                   int64_t now)
{
    const struct value *active;
    struct claims c = {&p->claims, pinned, now / 1000000, CLAIMS_INTROSPECTED, p};
    enum reason r;

    if (json_read(p->arena, text, limits, &p->claims, NULL) || p->claims.kind != VALUE_OBJECT)
        return REASON_INTROSPECTION_UNAVAILABLE;
    active = value_get(&p->claims, STR("active"));
    if (!active || active->kind != VALUE_BOOLEAN)
        return REASON_INTROSPECTION_UNAVAILABLE;
    if (!active->is_true)
        return REASON_TOKEN_INACTIVE;
    if (!is_access_token(&p->claims))
        return REASON_TOKEN_TYPE;
    p->issuer = pinned->name;
    p->cache_until = now + pinned->introspection_keep_us;
    r = check_issuer(&p->claims, pinned);
    return r == REASON_NONE ? claims_check(&c) : r;
}

/* --- asking --- */

/* The request's body; the token is no part of any log. */
static bool
fetch_answer(struct issuer *i, const struct auth_io *io, struct principal *p, struct str *answer,
             struct fault *f)
{
    const struct issuer_settings *s = issuer_settings(i);
    struct auth_fetch q = {.url = issuer_introspection(i, p->arena),
                           .authorization = s->authorization};
    struct buf form;
    bool good;

    if (!q.url.n) {
        fault_set(f, FAULT_UNAVAILABLE, "its introspection endpoint is not known");
        return false;
    }
    buf_init(&form, 4 * JWT_MAX);
    buf_str(&form, STR("token_type_hint=access_token&token="));
    form_put(&form, p->token);
    q.form = buf_view(&form);
    good = !form.failed && io->fetch(io->context, &q, p->arena, answer, f) == FAULT_NONE;
    buf_fini(&form);
    return good && answer->n <= ANSWER_MAX;
}

static struct verdict
ask(struct issuer *i, struct str token, const uint8_t hash[32], const struct auth_io *io,
    int64_t now, bool *cancelled)
{
    struct verdict v = {.reason = REASON_OUT_OF_MEMORY};
    struct principal *p = principal_new(token);
    struct fault f = {0};
    struct str answer;

    *cancelled = false;
    if (!p)
        return v;
    v.reason = REASON_INTROSPECTION_UNAVAILABLE;
    if (fetch_answer(i, io, p, &answer, &f))
        v.reason = introspection_read(issuer_settings(i), answer, p, now);
    else
        log_event(LOG_WARNING, "introspection", "issuer %.*s: %s %s",
                  STR_ARG(issuer_settings(i)->name), f.detail, f.log);
    *cancelled = f.code == FAULT_CANCELLED;
    str_hex(hash, 32, p->token_hash);
    if (v.reason == REASON_NONE)
        v.principal = p;
    else
        principal_unref(p);
    return v;
}

/* --- one flight a token --- */

/* Under the lock. */
static struct flight *
find(struct introspection *n, const uint8_t hash[32])
{
    for (struct flight *f = n->flights; f; f = f->next)
        if (memcmp(f->token, hash, 32) == 0)
            return f;
    return NULL;
}

/* Under the lock; NULL: too many, or no memory. */
static struct flight *
start(struct introspection *n, const uint8_t hash[32])
{
    struct flight *f = n->count < INTROSPECTION_FLIGHTS ? calloc(1, sizeof(struct flight)) : NULL;

    if (!f)
        return NULL;
    memcpy(f->token, hash, 32);
    f->next = n->flights;
    n->flights = f;
    n->count++;
    return f;
}

/* Under the lock. */
static void
land(struct introspection *n, struct flight *f)
{
    struct flight **at = &n->flights;

    while (*at != f)
        at = &(*at)->next;
    *at = f->next;
    n->count--;
    f->landed = true;
}

/* Under the lock: one holder less, who gets a reference of his own. */
static struct verdict
leave(struct flight *f)
{
    struct verdict v = f->verdict;

    principal_ref(v.principal);
    if (--f->holders == 0) {
        principal_unref(f->verdict.principal);
        free(f);
    }
    return v;
}

/* Waits for the one who asks; the lock is held on entry and on return, not in between. False when
 * that is not to be waited for any longer. */
static bool
wait_for(struct introspection *n, struct flight *f, const struct auth_io *io)
{
    bool patient = io->pause != NULL;

    for (unsigned i = 0; patient && i < WAITS_MOST && !f->landed; i++) {
        pthread_mutex_unlock(&n->lock);
        patient = io->pause(io->context, WAIT_MS) == FAULT_NONE;
        pthread_mutex_lock(&n->lock);
    }
    return f->landed;
}

/* Joins the flight for the token, or makes it. *again: the one who asked has left. */
static struct verdict
fly(struct introspection *n, struct issuer *i, struct str token, const uint8_t hash[32],
    const struct auth_io *io, int64_t now, bool *again)
{
    struct verdict v = {.reason = REASON_INTROSPECTION_UNAVAILABLE};
    struct flight *f = find(n, hash);
    bool joined = f != NULL;

    *again = false;
    if (!f && !(f = start(n, hash)))
        return v;
    f->holders++;
    if (joined) {
        bool landed = wait_for(n, f, io);

        *again = landed && f->cancelled;
        v = leave(f);
        if (!landed)
            v = (struct verdict){.reason = REASON_INTROSPECTION_UNAVAILABLE};
        return v;
    }
    pthread_mutex_unlock(&n->lock);
    v = ask(i, token, hash, io, now, &joined);
    pthread_mutex_lock(&n->lock);
    f->cancelled = joined;
    f->verdict = v;
    land(n, f);
    return leave(f);
}

struct verdict
introspection_ask(struct introspection *n, struct issuer *i, struct str token,
                  const struct auth_io *io, int64_t now)
{
    struct verdict v = {.reason = REASON_INTROSPECTION_UNAVAILABLE};
    uint8_t hash[32];
    bool again = true;

    if (token.n > JWT_MAX || !is_token(token)) {
        v.reason = token.n > JWT_MAX ? REASON_TOO_LONG : REASON_TOKEN_FORM;
        return v;
    }
    if (!io || !io->fetch || !signature_sha256(token, hash))
        return v;
    pthread_mutex_lock(&n->lock);
    while (again)
        v = fly(n, i, token, hash, io, now, &again);
    pthread_mutex_unlock(&n->lock);
    return v;
}
