/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/mime.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/base64.h"
#include "contract/codec.h"

enum { BOUNDARY_MAX = 70, BINARY_MAX = 64 << 20 };

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct str
trim(struct str s)
{
    while (s.n && is_blank(s.p[0]))
        s = str_from(s, 1);
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* ---- Parameters of a media type ---- */

/* The value at the beginning of *rest, without quotes; false: a quoted-string without an end, or
 * with a quoted-pair, which no name here needs. */
static bool
take_value(struct str *rest, struct str *out)
{
    size_t n;

    *rest = trim(*rest);
    if (!rest->n || rest->p[0] != '"') {
        n = str_find(*rest, ';');
        *out = trim(str_head(*rest, n));
        *rest = str_from(*rest, n);
        return true;
    }
    *rest = str_from(*rest, 1);
    n = str_find(*rest, '"');
    *out = str_head(*rest, n);
    if (n == rest->n || str_find(*out, '\\') < n)
        return false;
    *rest = str_from(*rest, n + 1);
    return true;
}

struct str
mime_parameter(struct str content_type, const char *name)
{
    struct str rest = str_from(content_type, str_find(content_type, ';')), value;

    while (rest.n) {
        size_t equals = str_find(rest, '=');
        struct str key = trim(str_from(str_head(rest, equals), 1)); /* behind the ';' */

        rest = str_from(rest, equals + 1);
        if (!take_value(&rest, &value))
            return STR_NONE;
        if (str_eq_nocase(key, str_of(name)))
            return value;
        rest = str_from(rest, str_find(rest, ';'));
    }
    return STR_NONE;
}

bool
mime_is_mtom(struct str content_type)
{
    return str_eq_nocase(media_essence(content_type), STR("multipart/related")) &&
           str_eq_nocase(media_essence(mime_parameter(content_type, "type")),
                         STR("application/xop+xml"));
}

/* Not for multipart/related alone: some name that always, and mean SOAP with Attachments. */
bool
mime_is_asked_for(struct str accept)
{
    struct str range;

    while (str_split(&accept, ',', &range))
        if (mime_is_mtom(str_trim(range)) ||
            str_eq_nocase(media_essence(range), STR("application/xop+xml")))
            return true;
    return false;
}

/* ---- Reading ---- */

struct cutter { /* walks a body from delimiter to delimiter */
    struct arena *arena;
    struct str rest;      /* behind the last delimiter line */
    struct str delimiter; /* "\r\n--boundary" */
    bool ended;           /* the last one closed the message */
    enum fault_code wrong;
    struct fault *fault;
};

#define WRONG(c, ...) fault_set((c)->fault, (c)->wrong, __VA_ARGS__)

/* Behind "--boundary": the rest of its line; false: this is another text. */
static bool
line_ends(struct str after, size_t *used, bool *closes)
{
    size_t i = 0;

    *closes = str_starts(after, STR("--"));
    if (*closes)
        i = 2;
    while (i < after.n && (after.p[i] == ' ' || after.p[i] == '\t'))
        i++;
    *used = i + 2;
    if (str_starts(str_from(after, i), STR("\r\n")))
        return true;
    *used = i;
    return *closes && i == after.n;
}

/* What stands before the next delimiter line; false: there is none. */
static bool
cut(struct cutter *c, struct str *out)
{
    const char *from = c->rest.p;
    size_t left = c->rest.n;

    while (left >= c->delimiter.n) {
        const char *at = memmem(from, left, c->delimiter.p, c->delimiter.n);
        size_t used;

        if (!at)
            return false;
        left -= (size_t)(at - from) + c->delimiter.n;
        from = at + c->delimiter.n;
        if (!line_ends((struct str){from, left}, &used, &c->ended))
            continue;
        *out = (struct str){c->rest.p, (size_t)(at - c->rest.p)};
        c->rest = (struct str){from + used, left - used};
        return true;
    }
    return false;
}

/* bchars of RFC 2046, section 5.1.1; no blank. */
static bool
is_boundary(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!plain && !(c && strchr("'()+_,-./:=?", c)))
            return false;
    }
    return s.n > 0 && s.n <= BOUNDARY_MAX;
}

static enum fault_code
read_field(struct cutter *c, struct mime_part *part, struct str field)
{
    size_t colon = str_find(field, ':');
    struct str name = str_head(field, colon), value = trim(str_from(field, colon + 1));

    if (colon == field.n || !colon)
        return WRONG(c, "a header field of a MIME part is none");
    if (str_eq_nocase(name, STR("Content-Type"))) {
        part->type = value;
    } else if (str_eq_nocase(name, STR("Content-ID"))) {
        if (value.n < 3 || value.p[0] != '<' || value.p[value.n - 1] != '>')
            return WRONG(c, "a Content-ID stands between < and >");
        part->id = (struct str){value.p + 1, value.n - 2};
    } else if (str_eq_nocase(name, STR("Content-Transfer-Encoding")) &&
               !str_eq_nocase(value, STR("binary")) && !str_eq_nocase(value, STR("8bit")) &&
               !str_eq_nocase(value, STR("7bit"))) {
        return WRONG(c, "send MIME parts as they are: Content-Transfer-Encoding binary");
    }
    return FAULT_NONE;
}

/* The fields up to the empty line; a line that begins with a blank goes on with the one before. */
static enum fault_code
read_fields(struct cutter *c, struct mime_part *part)
{
    struct str rest = part->bytes;
    size_t used = 0;

    while (rest.n && !str_starts(rest, STR("\r\n"))) { /* the end: a part without a body */
        size_t n = 0;

        do {
            const char *end = memmem(rest.p + n, rest.n - n, "\r\n", 2);

            n = end ? (size_t)(end - rest.p) + 2 : 0;
            if (!end || used + n > MIME_PART_HEADER)
                return WRONG(c, "the header of a MIME part has no end, or more than %d bytes",
                             MIME_PART_HEADER);
        } while (n < rest.n && (rest.p[n] == ' ' || rest.p[n] == '\t'));
        if (read_field(c, part, str_head(rest, n - 2)))
            return c->wrong;
        used += n;
        rest = str_from(rest, n);
    }
    part->bytes = str_from(rest, 2);
    return FAULT_NONE;
}

static struct mime_part *
find(struct mime *m, struct str id)
{
    for (unsigned i = 0; id.n && i < m->n; i++)
        if (str_eq(m->parts[i].id, id))
            return &m->parts[i];
    return NULL;
}

static enum fault_code
read_part(struct cutter *c, struct mime *m)
{
    struct mime_part part = {0};
    enum fault_code code;

    if (m->n == MIME_PARTS)
        return WRONG(c, "more than %d MIME parts", MIME_PARTS);
    if (!cut(c, &part.bytes))
        return WRONG(c, "the MIME message has no end");
    code = read_fields(c, &part);
    if (code)
        return code;
    if (find(m, part.id))
        return WRONG(c, "two MIME parts have one Content-ID");
    m->parts[m->n++] = part;
    return FAULT_NONE;
}

/* RFC 2387, section 3.2: `start` names the root, else it is the first part. */
static enum fault_code
find_root(struct cutter *c, struct mime *m, struct str content_type)
{
    struct str start = mime_parameter(content_type, "start");

    if (start.n > 2 && start.p[0] == '<' && start.p[start.n - 1] == '>')
        start = (struct str){start.p + 1, start.n - 2};
    m->root = start.n ? find(m, start) : &m->parts[0];
    if (!m->root)
        return WRONG(c, "no MIME part is the one that `start` names");
    if (!str_eq_nocase(media_essence(m->root->type), STR("application/xop+xml")))
        return WRONG(c, "the root part is not application/xop+xml");
    return FAULT_NONE;
}

/* The first delimiter may stand at the very beginning, without a line before it. */
static bool
cut_first(struct cutter *c)
{
    struct str preamble, line = str_from(c->delimiter, 2), after = str_from(c->rest, line.n);
    size_t used;

    if (!str_starts(c->rest, line) || !line_ends(after, &used, &c->ended))
        return cut(c, &preamble);
    c->rest = str_from(after, used);
    return true;
}

static enum fault_code
read_parts(struct cutter *c, struct mime *m, struct str content_type)
{
    enum fault_code code = FAULT_NONE;

    if (!cut_first(c) || c->ended)
        return WRONG(c, "the MIME message has no part");
    while (!code && !c->ended)
        code = read_part(c, m);
    return code ? code : find_root(c, m, content_type);
}

struct mime *
mime_read(struct arena *a, struct str content_type, struct str body, enum fault_code wrong,
          struct fault *f)
{
    struct str boundary = mime_parameter(content_type, "boundary");
    struct cutter c = {.arena = a, .rest = body, .wrong = wrong, .fault = f};
    struct mime *m = ARENA_NEW(a, struct mime);
    enum fault_code code;

    c.delimiter = arena_printf(a, "\r\n--%.*s", STR_ARG(boundary));
    if (!m || !c.delimiter.p)
        code = fault_set(f, FAULT_MEMORY, "out of memory");
    else if (!is_boundary(boundary))
        code = WRONG(&c, "the boundary of the MIME message is missing, or none");
    else
        code = read_parts(&c, m, content_type);
    return code ? NULL : m;
}

struct mime_part *
mime_find(struct arena *a, struct mime *m, struct str href)
{
    struct str id;
    char *to;
    size_t n = 0;

    if (!str_eq_nocase(str_head(href, 4), STR("cid:")))
        return NULL;
    href = str_from(href, 4);
    to = arena_alloc(a, href.n + 1);
    for (size_t i = 0; to && i < href.n; i++) {
        int high = href.p[i] == '%' && i + 2 < href.n ? str_hex_digit(href.p[i + 1]) : -1;
        int low = high >= 0 ? str_hex_digit(href.p[i + 2]) : -1;

        to[n++] = low >= 0 ? (char)(high << 4 | low) : href.p[i];
        i += low >= 0 ? 2 : 0;
    }
    id = (struct str){to, to ? n : 0};
    return find(m, id);
}

/* ---- Writing ---- */

struct mime_answer *
mime_answer_new(struct arena *a)
{
    struct mime_answer *answer = ARENA_NEW(a, struct mime_answer);

    if (answer)
        answer->arena = a;
    return answer;
}

bool
mime_include(struct mime_answer *answer, struct str base64, struct buf *out)
{
    struct buf bytes;
    bool good;

    if (answer->n == MIME_PARTS - 1)
        return false;
    buf_init(&bytes, base64.n);
    good = base64_decode(&bytes, base64) && bytes.n;
    if (good) {
        answer->binaries[answer->n] = arena_dup(answer->arena, buf_view(&bytes));
        good = answer->binaries[answer->n].p;
    }
    buf_fini(&bytes);
    if (good)
        buf_printf(out, "<xop:Include xmlns:xop=\"" NS_XOP "\" href=\"cid:%u@telgate\"/>",
                   ++answer->n);
    return good;
}

static bool
occurs(const struct mime_answer *answer, struct str envelope, const char *boundary)
{
    size_t n = strlen(boundary);
    bool found = envelope.n && memmem(envelope.p, envelope.n, boundary, n);

    for (unsigned i = 0; i < answer->n && !found; i++)
        found = memmem(answer->binaries[i].p, answer->binaries[i].n, boundary, n);
    return found;
}

/* One that does not occur in what it separates. */
static void
choose_boundary(const struct mime_answer *answer, struct str envelope, char out[32])
{
    uint64_t n = str_hash(envelope);

    for (unsigned i = 0; i < answer->n; i++)
        n = n * UINT64_C(31) + str_hash(answer->binaries[i]);
    do {
        n = n * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        snprintf(out, 32, "telgate-%016" PRIx64, n);
    } while (occurs(answer, envelope, out));
}

static void
put_part(struct buf *out, const char *boundary, struct str type, const char *id, struct str bytes)
{
    buf_printf(out,
               "--%s\r\nContent-Type: %.*s\r\nContent-Transfer-Encoding: binary\r\n"
               "Content-ID: <%s@telgate>\r\n\r\n",
               boundary, STR_ARG(type), id);
    buf_str(out, bytes);
    buf_str(out, STR("\r\n"));
}

struct str
mime_write(const struct mime_answer *answer, struct str envelope, struct str type, struct buf *out)
{
    char boundary[32], id[16] = "root";
    struct str root;

    choose_boundary(answer, envelope, boundary);
    root = arena_printf(answer->arena, "application/xop+xml; charset=utf-8; type=\"%.*s\"",
                        STR_ARG(type));
    put_part(out, boundary, root, id, envelope);
    for (unsigned i = 0; i < answer->n; i++) {
        snprintf(id, sizeof(id), "%u", i + 1);
        put_part(out, boundary, STR("application/octet-stream"), id, answer->binaries[i]);
    }
    buf_printf(out, "--%s--\r\n", boundary);
    return root.p
               ? arena_printf(answer->arena,
                              "multipart/related; boundary=\"%s\"; type=\"application/xop+xml\"; "
                              "start=\"<root@telgate>\"; start-info=\"%.*s\"",
                              boundary, STR_ARG(type))
               : root;
}
