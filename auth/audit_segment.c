/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/audit_segment.h"

#include "auth/base64url.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

/* --- frames --- */

static void
put_be32(uint8_t *to, uint32_t n)
{
    to[0] = (uint8_t)(n >> 24);
    to[1] = (uint8_t)(n >> 16);
    to[2] = (uint8_t)(n >> 8);
    to[3] = (uint8_t)n;
}

static uint32_t
get_be32(const char *from)
{
    const uint8_t *p = (const uint8_t *)from;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t
frame_crc(const char *frame, size_t size)
{
    return audit_crc32c(audit_crc32c(0, frame, 4), frame + 8, size - 8);
}

static void
chain_on(const uint8_t before[AUDIT_HASH], enum frame_type type, const uint8_t leaf[AUDIT_HASH],
         uint8_t out[AUDIT_HASH])
{
    char after[1 + AUDIT_HASH];

    after[0] = (char)type;
    memcpy(after + 1, leaf, AUDIT_HASH);
    audit_hash(0x02, audit_hash_str(before), (struct str){after, sizeof after}, out);
}

void
frame_chain(const uint8_t before[AUDIT_HASH], enum frame_type type, struct str payload,
            uint8_t out[AUDIT_HASH])
{
    uint8_t leaf[AUDIT_HASH];

    merkle_leaf(payload, leaf);
    chain_on(before, type, leaf, out);
}

void
frame_put(struct buf *out, struct trail *t, enum frame_type type, struct str payload)
{
    size_t size = FRAME_HEAD + payload.n;
    char *to = buf_reserve(out, size);
    uint8_t leaf[AUDIT_HASH];

    if (!to)
        return;
    merkle_leaf(payload, leaf);
    if (type == FRAME_RECORD)
        merkle_add(&t->tree, leaf);
    chain_on(t->chain, type, leaf, t->chain);
    put_be32((uint8_t *)to, (uint32_t)payload.n);
    to[8] = (char)type;
    memcpy(to + 9, t->chain, AUDIT_HASH);
    if (payload.n)
        memcpy(to + FRAME_HEAD, payload.p, payload.n);
    put_be32((uint8_t *)to + 4, frame_crc(to, size));
    out->n += size;
    t->bytes += size;
}

enum frame_fault
frame_read(struct str bytes, struct frame *out)
{
    uint32_t n;

    if (bytes.n == 0)
        return FRAME_END;
    if (bytes.n < FRAME_HEAD)
        return FRAME_TORN;
    n = get_be32(bytes.p);
    if (n > FRAME_PAYLOAD_MAX)
        return FRAME_LENGTH;
    if (bytes.n < FRAME_HEAD + n)
        return FRAME_TORN;
    out->size = FRAME_HEAD + n;
    if (frame_crc(bytes.p, out->size) != get_be32(bytes.p + 4))
        return FRAME_CRC;
    out->type = (enum frame_type)(uint8_t)bytes.p[8];
    out->chain = (const uint8_t *)bytes.p + 9;
    out->payload = (struct str){bytes.p + FRAME_HEAD, n};
    return memchr("HRSF", bytes.p[8], 4) ? FRAME_GOOD : FRAME_UNKNOWN;
}

const char *
frame_fault_text(enum frame_fault fault)
{
    static const char *const texts[] = {
        [FRAME_GOOD] = "good",
        [FRAME_END] = "the end",
        [FRAME_TORN] = "the file ends inside a frame",
        [FRAME_LENGTH] = "the length of a frame is impossible",
        [FRAME_CRC] = "a byte is another than was written (CRC-32C)",
        [FRAME_UNKNOWN] = "a frame is of no known type",
    };

    return texts[fault];
}

/* --- writing headers and heads --- */

static void
put_hash(struct buf *out, const char *name, const uint8_t hash[AUDIT_HASH])
{
    char hex[2 * AUDIT_HASH + 1];

    audit_hex(hash, hex);
    log_field(out, name, (struct str){hex, 2 * AUDIT_HASH});
}

static void
put_time(struct buf *out, const char *name, int64_t us)
{
    char time[28];

    clock_format(us, time);
    log_field(out, name, (struct str){time, 27});
}

void
segment_begin(struct buf *out, struct trail *t, struct str node, int64_t now_us)
{
    struct buf text;

    t->segment++;
    t->first = t->next;
    t->tree.size = 0;
    t->bytes = 0;
    t->opened_us = t->signed_us = now_us;
    t->signed_next = t->next;
    buf_init(&text, FRAME_PAYLOAD_MAX);
    buf_printf(&text, "{\"format\":\"telgate audit 1\",\"segment\":%llu,\"first\":%llu",
               (unsigned long long)t->segment, (unsigned long long)t->first);
    put_hash(&text, "last_chain", t->last_chain);
    put_hash(&text, "last_root", t->last_root);
    log_field(&text, "node", str_head(node, 255));
    put_time(&text, "opened", now_us);
    buf_put_char(&text, '}');
    memcpy(t->chain, t->last_chain, AUDIT_HASH);
    if (text.failed)
        out->failed = true;
    else
        frame_put(out, t, FRAME_HEADER, buf_view(&text));
    buf_fini(&text);
}

static bool
put_signature(struct buf *text, const struct audit_signer *s)
{
    uint8_t signature[AUDIT_SIGNATURE];
    struct buf whole;
    bool good;

    buf_init(&whole, FRAME_PAYLOAD_MAX);
    buf_str(&whole, STR(SIGNED_CONTEXT));
    buf_str(&whole, buf_view(text));
    good = !whole.failed && audit_sign(s, buf_view(&whole), signature);
    buf_fini(&whole);
    buf_str(text, STR(",\"sig\":\""));
    base64url_put(text, signature, sizeof signature);
    buf_str(text, STR("\"}"));
    return good && !text->failed;
}

bool
segment_sign(struct buf *out, struct trail *t, const struct audit_signer *s, bool closing,
             int64_t now_us)
{
    uint8_t root[AUDIT_HASH];
    struct buf text;
    bool good;

    merkle_root(&t->tree, root);
    buf_init(&text, FRAME_PAYLOAD_MAX);
    buf_printf(&text, "{\"segment\":%llu,\"first\":%llu,\"size\":%llu",
               (unsigned long long)t->segment, (unsigned long long)t->first,
               (unsigned long long)t->tree.size);
    put_hash(&text, "root", root);
    put_hash(&text, "chain", t->chain);
    put_hash(&text, "last_root", t->last_root);
    put_time(&text, "time", now_us);
    log_field(&text, "key", str_of(audit_signer_id(s)));
    good = put_signature(&text, s);
    if (good)
        frame_put(out, t, closing ? FRAME_FOOTER : FRAME_SIGNED, buf_view(&text));
    buf_fini(&text);
    t->signed_us = now_us;
    t->signed_next = t->next;
    if (good && closing) {
        memcpy(t->last_chain, t->chain, AUDIT_HASH);
        memcpy(t->last_root, root, AUDIT_HASH);
    }
    return good && !out->failed;
}

/* --- reading them --- */

static struct str
text_of(const struct value *object, const char *name)
{
    const struct value *v = value_get(object, str_of(name));

    return v && v->kind == VALUE_STRING ? value_text(v) : STR_NONE;
}

static bool
number_of(const struct value *object, const char *name, uint64_t *out)
{
    const struct value *v = value_get(object, str_of(name));

    return v && v->kind == VALUE_NUMBER && str_to_u64(value_text(v), out);
}

static bool
read_object(struct arena *a, struct str payload, struct value *out)
{
    struct json_limits limits = {2, 64};

    return json_read(a, payload, limits, out, NULL) == FAULT_NONE && out->kind == VALUE_OBJECT;
}

bool
segment_header_read(struct arena *a, struct str payload, struct segment_header *out)
{
    struct value v;

    if (!read_object(a, payload, &v) || !str_eq(text_of(&v, "format"), STR("telgate audit 1")))
        return false;
    out->node = text_of(&v, "node");
    out->opened = text_of(&v, "opened");
    return number_of(&v, "segment", &out->segment) && number_of(&v, "first", &out->first) &&
           audit_unhex(text_of(&v, "last_chain"), out->last_chain) &&
           audit_unhex(text_of(&v, "last_root"), out->last_root);
}

/* The text before `,"sig":"`, which comes last: 86 characters of base64url, a quote, a brace. */
static bool
split_signature(struct arena *a, struct str payload, struct signed_head *out)
{
    static const size_t tail = sizeof ",\"sig\":\"" - 1 + 86 + 2;
    struct str end;

    if (payload.n <= tail)
        return false;
    out->text = str_head(payload, payload.n - tail);
    end = str_from(payload, payload.n - tail);
    return str_starts(end, STR(",\"sig\":\"")) &&
           base64url_decode_dup(a, str_head(str_from(end, 8), 86), &out->signature);
}

bool
signed_head_read(struct arena *a, struct str payload, struct signed_head *out)
{
    struct value v;

    if (!read_object(a, payload, &v) || !split_signature(a, payload, out))
        return false;
    out->time = text_of(&v, "time");
    out->key = text_of(&v, "key");
    return number_of(&v, "segment", &out->segment) && number_of(&v, "first", &out->first) &&
           number_of(&v, "size", &out->size) && audit_unhex(text_of(&v, "root"), out->root) &&
           audit_unhex(text_of(&v, "chain"), out->chain) &&
           audit_unhex(text_of(&v, "last_root"), out->last_root);
}

bool
signed_head_check(const struct signed_head *h, const struct audit_verifier *v)
{
    struct buf whole;
    bool good;

    buf_init(&whole, FRAME_PAYLOAD_MAX + 64);
    buf_str(&whole, STR(SIGNED_CONTEXT));
    buf_str(&whole, h->text);
    good = !whole.failed && audit_check(v, h->key, buf_view(&whole), h->signature);
    buf_fini(&whole);
    return good;
}

bool
record_seq(struct str payload, uint64_t *seq)
{
    struct str rest = str_from(payload, 7);

    return str_starts(payload, STR("{\"seq\":")) &&
           str_to_u64(str_head(rest, str_find(rest, ',')), seq);
}
