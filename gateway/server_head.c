/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From libmicrohttpd's reading of a request head to our own.
 *
 * MHD 0.9.75 takes bare LF for a line end, joins folded lines, stops at a NUL and skips stray
 * blanks. It parses in place, though: the pointers that its public calls give lie in the bytes as
 * they came, the line ends overwritten by NULs. So each name and value must begin exactly where
 * the one before, its blanks and its CRLF have ended, and the last one must end where the head
 * does. Any difference is refused; so is everything, if a changed MHD no longer parses in place.
 */
#include "gateway/http_check.h"
#include "gateway/server_private.h"

struct walk {
    const char *at;          /* where the next name must begin */
    const char *begin, *end; /* of the head's bytes */
    struct header *fields;
    unsigned n, room;
    bool differs;
};

static bool
is_inside(const struct walk *w, const char *p, size_t n)
{
    return p >= w->begin && p <= w->end && n <= (size_t)(w->end - p);
}

static bool
are_blanks(const char *from, const char *to)
{
    for (; from < to; from++)
        if (*from != ' ' && *from != '\t')
            return false;
    return from == to;
}

static bool
is_line_end(const char *p) /* CR and LF, as MHD has overwritten them */
{
    return p[0] == '\0' && p[1] == '\0';
}

static enum MHD_Result
note_field(void *context, enum MHD_ValueKind kind, const char *name, size_t name_n,
           const char *value, size_t value_n)
{
    struct walk *w = context;

    (void)kind;
    if (w->n == w->room || name != w->at || value == NULL || !is_inside(w, name, name_n + 1) ||
        !is_inside(w, value, value_n + 2) || value <= name + name_n ||
        !are_blanks(name + name_n + 1, value) || !is_line_end(value + value_n)) {
        w->differs = true;
        return MHD_NO;
    }
    w->fields[w->n++] = (struct header){{name, name_n}, {value, value_n}};
    w->at = value + value_n + 2;
    return MHD_YES;
}

/* The request line: method, one blank, target, one blank, version, CRLF. */
static bool
line_is_exact(struct walk *w, const struct incoming *in, const char *method, const char *version)
{
    const char *target = method + strlen(method) + 1;

    if (target != in->target_at || !is_inside(w, target, in->request.target.n + 1) ||
        version != target + in->request.target.n + 1 || !is_inside(w, version, 10))
        return false;
    w->at = version + 10;
    return is_line_end(version + 8);
}

static const union MHD_ConnectionInfo *
info_of(struct incoming *in, enum MHD_ConnectionInfoType type)
{
    return MHD_get_connection_info(in->connection, type);
}

/* The fields as slices of MHD's bytes; false when the bytes differ from what MHD made of them. */
static bool
walk_head(struct incoming *in, struct walk *w, const char *method, const char *version)
{
    const union MHD_ConnectionInfo *size = info_of(in, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    w->begin = method;
    w->end = method + (size ? size->header_size : 0);
    if (!line_is_exact(w, in, method, version))
        return false;
    MHD_get_connection_values_n(in->connection, MHD_HEADER_KIND, note_field, w);
    return !w->differs && w->at + 2 == w->end && is_line_end(w->at);
}

/* MHD's bytes go when it is done with the request, which may be before the handler is. */
static bool
copy_head(struct incoming *in, struct walk *w)
{
    struct str head = {w->begin, (size_t)(w->end - w->begin)};
    struct str copy = arena_dup(in->arena, head);

    if (copy.p == NULL)
        return false;
    for (unsigned i = 0; i < w->n; i++) {
        struct header *h = &w->fields[i];

        h->name.p = copy.p + (h->name.p - w->begin);
        h->value.p = copy.p + (h->value.p - w->begin);
        h->value = str_trim(h->value);
    }
    in->request.headers = (struct headers){w->fields, w->n};
    return true;
}

/* MHD's read buffer takes half of the pool, or more for a longer head; fields, query arguments and
 * cookies are kept there, too: 64 bytes an entry, and a copy of the cookies. What is left is for
 * the answer's head. */
static void
measure_room(struct incoming *in, size_t head)
{
    int entries = MHD_get_connection_values_n(
        in->connection, MHD_HEADER_KIND | MHD_GET_ARGUMENT_KIND | MHD_COOKIE_KIND, NULL, NULL);
    size_t cookies = header_value(in->request.headers, STR("Cookie")).n;
    size_t pool = in->server->options.pool_bytes;
    size_t read = head <= pool / 2 ? pool / 2 : head + pool / 16;
    size_t used = read + cookies + 64 * (size_t)(entries > 0 ? entries : 0) + 64;

    in->head_room = used < pool ? (unsigned)(pool - used) : 0;
}

static enum fault_code
check(struct incoming *in, size_t head_bytes, struct fault *f)
{
    const struct server_options *o = &in->server->options;
    struct request *q = &in->request;
    struct http_framing framing;
    enum fault_code code = http_check_line(q->method, q->target, o->target_bytes, f);

    if (code)
        return code;
    if (head_bytes > o->header_bytes)
        return fault_set(f, FAULT_HEADERS_TOO_LARGE, "The header is longer than %zu bytes.",
                         o->header_bytes);
    code = http_check_headers(q->headers, q->minor, o->headers, &framing, f);
    if (code)
        return code;
    q->has_body = framing.chunked || framing.length > 0;
    q->body_length = framing.chunked ? -1 : (int64_t)framing.length;
    return FAULT_NONE;
}

static enum fault_code
take(struct incoming *in, const char *method, const char *version, struct fault *f)
{
    struct walk w = {0};
    int count = MHD_get_connection_values_n(in->connection, MHD_HEADER_KIND, NULL, NULL);

    w.room = count > 0 ? (unsigned)count : 0;
    w.fields = arena_alloc(in->arena, (w.room + 1) * sizeof(*w.fields));
    if (w.fields == NULL)
        return fault_set(f, FAULT_MEMORY, "No memory for the request.");
    if (!walk_head(in, &w, method, version)) {
        measure_room(in, (size_t)(w.end - w.begin));
        return fault_set(f, FAULT_BAD_REQUEST,
                         "The header has a folded line, a bare line feed or a stray byte.");
    }
    if (!copy_head(in, &w))
        return fault_set(f, FAULT_MEMORY, "No memory for the request.");
    measure_room(in, (size_t)(w.end - w.begin));
    return check(in, (size_t)(w.end - w.begin), f);
}

void
head_take(struct incoming *in, const char *method, const char *version)
{
    struct request *q = &in->request;
    size_t path = str_find(q->target, '?');

    q->path = str_head(q->target, path);
    q->query = str_from(q->target, path + 1);
    q->minor = strcmp(version, "HTTP/1.0") == 0 ? 0 : 1;
    q->method = arena_dup(in->arena, str_of(method));
    q->peer = arena_dup(in->arena, str_of(in->peer->address));
    q->over_tls = in->server->tls != NULL;
    if (in->server->options.client_certificates)
        certificate_take(in);
    in->code = take(in, method, version, &in->fault);
}
