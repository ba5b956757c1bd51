/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the audit trail, in files of their own. */
#include "auth/audit_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/base64url.h"
#include "auth/file_replace.h"

enum { KEYS_MOST = 64, FILE_MOST = 65536 };

/* --- signing --- */

struct audit_signer {
    EVP_PKEY *pkey;
    char id[AUDIT_KEY_ID + 1];
};

static bool
name_key(EVP_PKEY *pkey, char id[AUDIT_KEY_ID + 1])
{
    uint8_t raw[32], hash[AUDIT_HASH];
    char hex[2 * AUDIT_HASH + 1];
    size_t n = sizeof raw;

    if (!EVP_PKEY_is_a(pkey, "ED25519") || EVP_PKEY_get_raw_public_key(pkey, raw, &n) != 1)
        return false;
    audit_sha256((struct str){(const char *)raw, n}, hash);
    audit_hex(hash, hex);
    memcpy(id, hex, AUDIT_KEY_ID);
    id[AUDIT_KEY_ID] = '\0';
    return true;
}

static enum fault_code
file_fault(struct fault *f, const char *path, const char *why)
{
    fault_set(f, FAULT_INTERNAL, "a file of the audit trail can not be used");
    fault_log(f, "%s %s", path, why);
    return FAULT_INTERNAL;
}

/* A file that only its owner can read, or NULL. */
static FILE *
open_private(const char *path, struct fault *f)
{
    FILE *file = fopen(path, "re");
    struct stat st;

    if (!file) {
        file_fault(f, path, strerror(errno));
        return NULL;
    }
    if (fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode) && !(st.st_mode & 077) &&
        st.st_size <= FILE_MOST)
        return file;
    file_fault(f, path, "must be a file that only its owner can read (mode 0600)");
    fclose(file);
    return NULL;
}

/* A file of what put(file, arg) writes; with `replace` in the place of the one that is there. */
static bool
write_file(const char *path, mode_t mode, bool replace, bool (*put)(FILE *, const void *),
           const void *arg)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *file = open_memstream(&bytes, &n);
    bool good = file && put(file, arg);

    if (file && fclose(file) != 0)
        good = false;
    if (good && replace)
        good = file_replace(path, mode, (struct str){bytes, n});
    else if (good)
        good = file_create(path, mode, (struct str){bytes, n});
    if (bytes)
        OPENSSL_cleanse(bytes, n);
    free(bytes);
    return good;
}

static bool
put_private(FILE *file, const void *pkey)
{
    return PEM_write_PKCS8PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL) == 1;
}

static bool
put_public(FILE *file, const void *pkey)
{
    return PEM_write_PUBKEY(file, pkey) == 1;
}

static EVP_PKEY *
load_or_make(const char *path, struct fault *f)
{
    EVP_PKEY *pkey;
    FILE *file;

    if (access(path, F_OK) != 0) {
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        if (pkey && write_file(path, 0600, false, put_private, pkey))
            return pkey;
        file_fault(f, path, "can not be made");
        EVP_PKEY_free(pkey);
        return NULL;
    }
    file = open_private(path, f);
    if (!file)
        return NULL;
    pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    ERR_clear_error();
    if (!pkey)
        file_fault(f, path, "holds no private key in PEM");
    return pkey;
}

enum fault_code
audit_signer_new(const char *path, struct audit_signer **out, struct fault *f)
{
    struct audit_signer *s = calloc(1, sizeof *s);

    if (!s)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    s->pkey = load_or_make(path, f);
    if (s->pkey && name_key(s->pkey, s->id)) {
        *out = s;
        return FAULT_NONE;
    }
    if (s->pkey)
        file_fault(f, path, "holds another kind of key; the audit trail is signed with Ed25519");
    audit_signer_free(s);
    return FAULT_INTERNAL;
}

void
audit_signer_free(struct audit_signer *s)
{
    if (s)
        EVP_PKEY_free(s->pkey);
    free(s);
}

const char *
audit_signer_id(const struct audit_signer *s)
{
    return s->id;
}

bool
audit_sign(const struct audit_signer *s, struct str text, uint8_t out[AUDIT_SIGNATURE])
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    size_t n = AUDIT_SIGNATURE;
    bool good = c && EVP_DigestSignInit(c, NULL, NULL, NULL, s->pkey) == 1 &&
                EVP_DigestSign(c, out, &n, (const uint8_t *)text.p, text.n) == 1;

    EVP_MD_CTX_free(c);
    ERR_clear_error();
    return good && n == AUDIT_SIGNATURE;
}

enum fault_code
audit_signer_publish(const struct audit_signer *s, const char *path, struct fault *f)
{
    if (access(path, F_OK) == 0 || write_file(path, 0644, false, put_public, s->pkey))
        return FAULT_NONE;
    return file_fault(f, path, strerror(errno));
}

/* --- checking --- */

struct audit_verifier {
    unsigned n;
    struct {
        EVP_PKEY *pkey;
        char id[AUDIT_KEY_ID + 1];
    } keys[KEYS_MOST];
};

enum fault_code
audit_verifier_new(const char *path, struct audit_verifier **out, struct fault *f)
{
    struct audit_verifier *v = calloc(1, sizeof *v);
    FILE *file = v ? fopen(path, "re") : NULL;
    EVP_PKEY *pkey;

    if (!v)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    while (file && v->n < KEYS_MOST && (pkey = PEM_read_PUBKEY(file, NULL, NULL, NULL))) {
        if (name_key(pkey, v->keys[v->n].id))
            v->keys[v->n++].pkey = pkey;
        else
            EVP_PKEY_free(pkey);
    }
    ERR_clear_error();
    if (file)
        fclose(file);
    if (v->n) {
        *out = v;
        return FAULT_NONE;
    }
    audit_verifier_free(v);
    return file_fault(f, path, file ? "holds no Ed25519 public key in PEM" : strerror(errno));
}

void
audit_verifier_free(struct audit_verifier *v)
{
    for (unsigned i = 0; v && i < v->n; i++)
        EVP_PKEY_free(v->keys[i].pkey);
    free(v);
}

static EVP_PKEY *
find_key(const struct audit_verifier *v, struct str id)
{
    for (unsigned i = 0; i < v->n; i++)
        if (str_eq(str_of(v->keys[i].id), id))
            return v->keys[i].pkey;
    return NULL;
}

bool
audit_verifier_has(const struct audit_verifier *v, struct str id)
{
    return find_key(v, id) != NULL;
}

bool
audit_check(const struct audit_verifier *v, struct str id, struct str text, struct str signature)
{
    EVP_PKEY *pkey = find_key(v, id);
    EVP_MD_CTX *c = pkey ? EVP_MD_CTX_new() : NULL;
    bool good = c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, pkey) == 1 &&
                EVP_DigestVerify(c, (const uint8_t *)signature.p, signature.n,
                                 (const uint8_t *)text.p, text.n) == 1;

    EVP_MD_CTX_free(c);
    ERR_clear_error();
    return good;
}

/* --- hash keys --- */

struct hash_keys {
    unsigned n;
    struct audit_hash_key items[KEYS_MOST];
};

static bool
put_hash_keys(FILE *file, const void *arg)
{
    const struct hash_keys *keys = arg;
    char hex[2 * AUDIT_HASH + 1];

    for (unsigned i = 0; i < keys->n; i++) {
        audit_hex(keys->items[i].secret, hex);
        fprintf(file, "%s %s\n", keys->items[i].id, hex);
    }
    OPENSSL_cleanse(hex, sizeof hex);
    return !ferror(file);
}

static enum fault_code
read_hash_keys(const char *path, struct hash_keys *keys, struct fault *f)
{
    FILE *file = open_private(path, f);
    char line[128];

    keys->n = 0;
    if (!file)
        return FAULT_INTERNAL;
    while (keys->n < KEYS_MOST && fgets(line, sizeof line, file)) {
        struct audit_hash_key *k = &keys->items[keys->n];
        struct str text = {line, strcspn(line, "\n")};

        if (text.n != 73 || text.p[8] != ' ' || !audit_unhex(str_from(text, 9), k->secret))
            continue;
        memcpy(k->id, text.p, 8);
        k->id[8] = '\0';
        keys->n++;
    }
    OPENSSL_cleanse(line, sizeof line);
    fclose(file);
    return keys->n ? FAULT_NONE : file_fault(f, path, "holds no line `ID HEX`");
}

static bool
add_hash_key(struct hash_keys *keys)
{
    struct audit_hash_key *k = &keys->items[keys->n];
    uint8_t id[4];

    if (keys->n == KEYS_MOST || RAND_bytes(id, sizeof id) != 1 ||
        RAND_bytes(k->secret, sizeof k->secret) != 1)
        return false;
    snprintf(k->id, sizeof k->id, "%02x%02x%02x%02x", id[0], id[1], id[2], id[3]);
    keys->n++;
    return true;
}

enum fault_code
audit_hash_key_read(const char *path, bool rotate, struct audit_hash_key *out, struct fault *f)
{
    bool missing = access(path, F_OK) != 0;
    struct hash_keys keys = {0};
    enum fault_code code = missing ? FAULT_NONE : read_hash_keys(path, &keys, f);

    if (!code && (missing || rotate) &&
        (!add_hash_key(&keys) || !write_file(path, 0600, !missing, put_hash_keys, &keys)))
        code = file_fault(f, path, "can not be written");
    if (!code)
        *out = keys.items[keys.n - 1];
    OPENSSL_cleanse(&keys, sizeof keys);
    return code;
}

bool
audit_hash_key_at(const char *path, unsigned i, struct audit_hash_key *out)
{
    struct hash_keys keys;
    bool found = read_hash_keys(path, &keys, NULL) == FAULT_NONE && i < keys.n;

    if (found)
        *out = keys.items[i];
    OPENSSL_cleanse(&keys, sizeof keys);
    return found;
}

enum fault_code
audit_hash_key_destroy(const char *path, struct str id, struct fault *f)
{
    struct hash_keys keys;
    enum fault_code code = read_hash_keys(path, &keys, f);
    unsigned kept = 0, n;

    if (code)
        return code;
    n = keys.n;
    for (unsigned i = 0; i < n; i++)
        if (i + 1 == n || !str_eq(str_of(keys.items[i].id), id))
            keys.items[kept++] = keys.items[i];
    keys.n = kept;
    if (kept == n)
        code = fault_set(f, FAULT_INTERNAL,
                         "there is no such hash key, or it is the one in use: rotate first");
    else if (!write_file(path, 0600, true, put_hash_keys, &keys))
        code = file_fault(f, path, "can not be written");
    OPENSSL_cleanse(&keys, sizeof keys);
    return code;
}

void
audit_name(const struct audit_hash_key *key, struct str text, char out[AUDIT_NAME + 1])
{
    uint8_t hash[AUDIT_HASH];

    audit_hmac(key->secret, text, hash);
    base64url_encode(hash, 16, out);
    out[AUDIT_NAME] = '\0';
}

struct str
audit_signing_input(struct str token)
{
    size_t at = token.n;

    while (at && token.p[at - 1] != '.')
        at--;
    return at > 1 && str_find(token, '.') < at - 1 ? str_head(token, at - 1) : token;
}
