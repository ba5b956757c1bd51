/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/http_response.h"

#include "gateway/http_check.h"

#define SKIPPED_MAX 8192 /* bytes of chunk extensions and trailers in one body */

static enum fault_code
refuse(struct fault *f, const char *why)
{
    fault_set(f, FAULT_BACKEND_FAILED, "The backend's answer is not valid HTTP.");
    fault_log(f, "HTTP answer refused: %s", why);
    return FAULT_BACKEND_FAILED;
}

enum fault_code
http_response_find(struct str bytes, size_t from, size_t *n, struct fault *f)
{
    size_t at = from > 3 ? from - 3 : 0;
    const char *lf;

    for (*n = 0; at < bytes.n; at = (size_t)(lf - bytes.p) + 1) {
        lf = memchr(bytes.p + at, '\n', bytes.n - at);
        if (lf == NULL)
            return FAULT_NONE;
        if (lf == bytes.p || lf[-1] != '\r')
            return refuse(f, "a bare LF");
        if (lf - bytes.p >= 3 && lf[-2] == '\n') {
            *n = (size_t)(lf - bytes.p) + 1;
            return FAULT_NONE;
        }
    }
    return FAULT_NONE;
}

static bool
next_line(struct str *rest, struct str *line) /* without its CRLF */
{
    const char *lf = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

    if (lf == NULL || lf == rest->p || lf[-1] != '\r')
        return false;
    *line = (struct str){rest->p, (size_t)(lf - rest->p) - 1};
    *rest = str_from(*rest, line->n + 2);
    return true;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK"; the reason may be empty, and its blank missing, as many servers send it. */
static bool
read_status_line(struct str line, struct http_response *out)
{
    const char *p = line.p;

    if (line.n < 12 || memcmp(p, "HTTP/1.", 7) != 0 || !is_digit(p[7]) || p[8] != ' ')
        return false;
    if (!is_digit(p[9]) || !is_digit(p[10]) || !is_digit(p[11]) || (line.n > 12 && p[12] != ' '))
        return false;
    out->status = (unsigned)((p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0'));
    out->reason = str_from(line, 13);
    out->minor = (unsigned)(p[7] - '0');
    out->keep_alive = out->minor > 0;
    return out->status >= 100 && out->status <= 599 && http_is_field_value(out->reason);
}

static bool
read_field(struct str line, struct header *h)
{
    size_t colon = str_find(line, ':');

    if (colon == line.n)
        return false;
    h->name = str_head(line, colon); /* a blank before the colon, or folding, is no token */
    h->value = str_trim(str_from(line, colon + 1));
    return http_is_token(h->name) && http_is_field_value(h->value);
}

static void
read_connection(struct str value, struct http_response *out)
{
    struct str part;

    while (str_split(&value, ',', &part)) {
        if (str_eq_nocase(str_trim(part), STR("close")))
            out->keep_alive = false;
        else if (str_eq_nocase(str_trim(part), STR("keep-alive")))
            out->keep_alive = true;
    }
}

/* What the field says of framing; NULL or why it is refused. */
static const char *
note_field(const struct header *h, struct http_response *out, bool *chunked)
{
    uint64_t n;

    if (str_eq_nocase(h->name, STR("Connection"))) {
        read_connection(h->value, out);
    } else if (str_eq_nocase(h->name, STR("Content-Length"))) {
        if (!str_to_u64(h->value, &n) || n > INT64_MAX)
            return "Content-Length is no number";
        if (out->has_length && out->length != n)
            return "two values of Content-Length";
        out->has_length = true;
        out->length = n;
    } else if (str_eq_nocase(h->name, STR("Transfer-Encoding"))) {
        if (*chunked || !str_eq_nocase(h->value, STR("chunked")))
            return "an unknown transfer coding";
        *chunked = true;
    }
    return NULL;
}

static void
settle_body(struct http_response *out, bool is_head, bool chunked)
{
    if (is_head || out->status < 200 || out->status == 204 || out->status == 304) {
        out->kind = HTTP_BODY_NONE;
    } else if (chunked) {
        out->kind = HTTP_BODY_CHUNKED;
    } else if (out->has_length) {
        out->kind = HTTP_BODY_LENGTH;
    } else {
        out->kind = HTTP_BODY_CLOSE;
        out->keep_alive = false;
    }
}

enum fault_code
http_response_read(struct str head, bool is_head, struct http_response *out, struct fault *f)
{
    struct str line;
    bool chunked = false;
    const char *why;

    out->header_count = 0;
    out->has_length = false;
    out->length = 0;
    if (!next_line(&head, &line) || !read_status_line(line, out))
        return refuse(f, "the status line");
    while (next_line(&head, &line) && line.n > 0) {
        struct header *h = &out->headers[out->header_count];

        if (out->header_count == out->header_room)
            return refuse(f, "too many header fields");
        if (!read_field(line, h))
            return refuse(f, "a malformed header field");
        why = note_field(h, out, &chunked);
        if (why)
            return refuse(f, why);
        out->header_count++;
    }
    if (chunked && out->has_length)
        return refuse(f, "both Content-Length and Transfer-Encoding");
    if (chunked && out->minor == 0)
        return refuse(f, "Transfer-Encoding in HTTP/1.0");
    settle_body(out, is_head, chunked);
    return FAULT_NONE;
}

/* ---- bodies ---- */

enum {
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER,
    TRAILER_TEXT,
    TRAILER_LF,
    END_LF
};

void
http_body_init(struct http_body *b, const struct http_response *r)
{
    *b = (struct http_body){.kind = r->kind, .state = SIZE};
    if (r->kind == HTTP_BODY_LENGTH)
        b->left = r->length;
    b->done = r->kind == HTTP_BODY_NONE || (r->kind == HTTP_BODY_LENGTH && b->left == 0);
}

static const char *
size_byte(struct http_body *b, char c)
{
    static const char hex[] = "0123456789abcdef";
    const char *digit = c ? strchr(hex, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

    if (digit) {
        if (++b->digits > 15) /* below 2^60: no overflow */
            return "a chunk size of too many digits";
        b->left = b->left * 16 + (uint64_t)(digit - hex);
        return NULL;
    }
    if (b->digits == 0)
        return "a chunk without a size";
    if (c == '\r')
        b->state = SIZE_LF;
    else if (c == ';' || c == ' ' || c == '\t')
        b->state = EXTENSION;
    else
        return "a malformed chunk size";
    return NULL;
}

static const char *
text_byte(struct http_body *b, char c, unsigned next)
{
    if (++b->skipped > SKIPPED_MAX)
        return "chunk extensions or trailers too long";
    if (c == '\r')
        b->state = next;
    else if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7f)
        return "a control character between chunks";
    return NULL;
}

static const char *
expect(struct http_body *b, char c, char wanted, unsigned next)
{
    b->state = next;
    return c == wanted ? NULL : "a malformed chunk";
}

/* One byte that is not content; NULL or why it is refused. */
static const char *
chunk_byte(struct http_body *b, char c)
{
    switch (b->state) {
    case SIZE: return size_byte(b, c);
    case EXTENSION: return text_byte(b, c, SIZE_LF);
    case SIZE_LF: return expect(b, c, '\n', b->left ? DATA : TRAILER);
    case DATA_CR: return expect(b, c, '\r', DATA_LF);
    case DATA_LF: b->digits = 0; return expect(b, c, '\n', SIZE);
    case TRAILER:
        if (c == '\r')
            return expect(b, c, '\r', END_LF);
        if (!http_is_token((struct str){&c, 1}))
            return "a malformed trailer";
        b->state = TRAILER_TEXT;
        return text_byte(b, c, TRAILER_LF);
    case TRAILER_TEXT: return text_byte(b, c, TRAILER_LF);
    case TRAILER_LF: return expect(b, c, '\n', TRAILER);
    default: b->done = true; return expect(b, c, '\n', END_LF);
    }
}

static void
take(struct http_body *b, struct str in, size_t *used, struct str *data)
{
    *data = str_head(str_from(in, *used), b->left);
    *used += data->n;
    b->left -= data->n;
}

static enum fault_code
next_chunked(struct http_body *b, struct str in, size_t *used, struct str *data, struct fault *f)
{
    while (*used < in.n && !b->done) {
        const char *why;

        if (b->state == DATA) {
            take(b, in, used, data);
            if (b->left == 0)
                b->state = DATA_CR;
            return FAULT_NONE;
        }
        why = chunk_byte(b, in.p[(*used)++]);
        if (why)
            return refuse(f, why);
    }
    return FAULT_NONE;
}

enum fault_code
http_body_next(struct http_body *b, struct str in, size_t *used, struct str *data, struct fault *f)
{
    *used = 0;
    *data = STR_NONE;
    if (b->done)
        return FAULT_NONE;
    if (b->kind == HTTP_BODY_CHUNKED)
        return next_chunked(b, in, used, data, f);
    if (b->kind == HTTP_BODY_CLOSE) {
        *data = in;
        *used = in.n;
        return FAULT_NONE;
    }
    take(b, in, used, data);
    b->done = b->left == 0;
    return FAULT_NONE;
}

enum fault_code
http_body_end(struct http_body *b, struct fault *f)
{
    if (b->kind != HTTP_BODY_CLOSE && !b->done)
        return refuse(f, "the body is cut off");
    b->done = true;
    return FAULT_NONE;
}
