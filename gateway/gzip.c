/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/gzip.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    GZIP_WINDOW = 15 + 16, /* zlib's word for the gzip format */
    LEVEL = 1,             /* four fifths of the gain for a third of the time */
    MEMORY_LEVEL = 8,
    STEP = 65536
};

struct gzip {
    z_stream stream;
};

/* ---- In ---- */

/* More room, within the limit; false: there is none. One byte more than the limit is asked for, so
 * that what is just as large can be told from what is larger. */
static bool
grow(struct buf *out, z_stream *z)
{
    size_t left = out->ceiling - out->n, step = left < STEP ? left : STEP;
    char *to = step ? buf_reserve(out, step) : NULL;

    z->next_out = (Bytef *)to;
    z->avail_out = to ? (uInt)step : 0;
    return to;
}

static enum fault_code
inflate_all(z_stream *z, size_t limit, struct buf *out, struct fault *f)
{
    int result = Z_OK;

    while (result == Z_OK || (result == Z_STREAM_END && z->avail_in > 0)) {
        size_t room;

        if (result == Z_STREAM_END && inflateReset(z) != Z_OK) /* another member follows */
            return fault_set(f, FAULT_INTERNAL, "inflate cannot begin again");
        if (!grow(out, z))
            return out->failed ? fault_set(f, FAULT_MEMORY, "No memory for the body.")
                               : fault_set(f, FAULT_BODY_TOO_LARGE,
                                           "The body is larger than %zu bytes.", limit);
        room = z->avail_out;
        result = inflate(z, Z_NO_FLUSH);
        out->n += room - z->avail_out;
        if (result == Z_BUF_ERROR && z->avail_out == 0)
            result = Z_OK;
    }
    if (out->n > limit)
        return fault_set(f, FAULT_BODY_TOO_LARGE, "The body is larger than %zu bytes.", limit);
    if (result == Z_MEM_ERROR)
        return fault_set(f, FAULT_MEMORY, "No memory for the body.");
    return result == Z_STREAM_END
               ? FAULT_NONE
               : fault_set(f, FAULT_INVALID_BODY, "the body is not whole, or no gzip");
}

static enum fault_code
decode(struct str bytes, size_t limit, struct arena *a, struct str *body, struct fault *f)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes.p, .avail_in = (uInt)bytes.n};
    enum fault_code code;
    struct buf out;

    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return fault_set(f, FAULT_MEMORY, "No memory for the body.");
    buf_init(&out, limit + 1);
    code = inflate_all(&z, limit, &out, f);
    inflateEnd(&z);
    if (!code) {
        *body = buf_take(&out);
        if (body->p && arena_defer(a, free, (void *)(uintptr_t)body->p)) {
            free((void *)(uintptr_t)body->p);
            *body = STR_NONE;
            code = fault_set(f, FAULT_MEMORY, "No memory for the body.");
        }
    }
    buf_fini(&out);
    return code;
}

static bool
is_gzip(struct str coding)
{
    return str_eq_nocase(coding, STR("gzip")) || str_eq_nocase(coding, STR("x-gzip"));
}

enum fault_code
gzip_decode(struct headers h, size_t limit, struct arena *a, struct str *body, struct fault *f)
{
    const struct header *field = header_find(h, STR("Content-Encoding"));
    struct str coding = field ? str_trim(field->value) : STR_NONE;

    if (!coding.n || str_eq_nocase(coding, STR("identity")))
        return FAULT_NONE;
    if (!is_gzip(coding))
        return fault_set(f, FAULT_UNSUPPORTED_MEDIA_TYPE,
                         "send the body as it is, or with Content-Encoding: gzip");
    return decode(*body, limit, a, body, f);
}

/* ---- Out ---- */

/* "q=0", "q=0.0": not acceptable. */
static bool
is_refused(struct str parameters)
{
    struct str part;

    while (str_split(&parameters, ';', &part)) {
        part = str_trim(part);
        if (!str_eq_nocase(str_head(part, 2), STR("q=")))
            continue;
        for (size_t i = 2; i < part.n; i++)
            if (part.p[i] >= '1' && part.p[i] <= '9')
                return false;
        return true;
    }
    return false;
}

bool
gzip_is_accepted(struct str accept_encoding)
{
    struct str one, name;
    bool any = false;

    while (str_split(&accept_encoding, ',', &one)) {
        (void)str_split(&one, ';', &name);
        name = str_trim(name);
        if (is_gzip(name))
            return !is_refused(one);
        any |= str_eq(name, STR("*")) && !is_refused(one);
    }
    return any;
}

static struct gzip *
gzip_new(void)
{
    struct gzip *g = calloc(1, sizeof(*g));

    if (g && deflateInit2(&g->stream, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                          Z_DEFAULT_STRATEGY) != Z_OK) {
        free(g);
        g = NULL;
    }
    return g;
}

bool
gzip_encode(struct gzip **g, struct str bytes, struct buf *out)
{
    size_t most = bytes.n ? bytes.n - 1 : 0;
    z_stream *z;
    char *to;

    if (!*g)
        *g = gzip_new();
    if (!*g || deflateReset(&(*g)->stream) != Z_OK)
        return false;
    z = &(*g)->stream;
    buf_init(out, most);
    to = most ? buf_reserve(out, most) : NULL;
    if (!to)
        return false;
    z->next_in = (Bytef *)(uintptr_t)bytes.p;
    z->avail_in = (uInt)bytes.n;
    z->next_out = (Bytef *)to;
    z->avail_out = (uInt)most;
    if (deflate(z, Z_FINISH) != Z_STREAM_END) {
        buf_fini(out);
        return false;
    }
    out->n = most - z->avail_out;
    return true;
}

void
gzip_free(struct gzip *g)
{
    if (g)
        deflateEnd(&g->stream);
    free(g);
}
