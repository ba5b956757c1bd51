/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contract/codec.h"

#include "base/json.h"

struct str
media_essence(struct str content_type)
{
    return str_trim(str_head(content_type, str_find(content_type, ';')));
}

bool
media_is_json(struct str essence)
{
    return str_eq(essence, STR("application/json")) || str_ends(essence, STR("+json"));
}

bool
media_is_xml(struct str essence)
{
    return str_eq(essence, STR("application/xml")) || str_eq(essence, STR("text/xml")) ||
           str_ends(essence, STR("+xml"));
}

/* Whether one of "; name=value" is the parameter, its value quoted or not (RFC 9110 5.6.6). */
static bool
has_parameter(struct str media, struct str parameter)
{
    size_t name = str_find(parameter, '=') + 1;
    struct str rest = str_from(media, str_find(media, ';') + 1), part;

    while (str_split(&rest, ';', &part)) {
        struct str value = str_from(part = str_trim(part), name);

        if (value.n > 1 && value.p[0] == '"' && value.p[value.n - 1] == '"')
            value = (struct str){value.p + 1, value.n - 2};
        if (str_eq_nocase(str_head(part, name), str_head(parameter, name)) &&
            str_eq_nocase(value, str_from(parameter, name)))
            return true;
    }
    return false;
}

const struct codec *
codec_find(struct codecs c, struct str media)
{
    struct str essence = media_essence(media);

    for (unsigned i = 0; i < c.n; i++) {
        const struct codec *k = c.items[i];

        if (k->parameter.n && !has_parameter(media, k->parameter))
            continue;
        if (str_eq_nocase(k->media, essence))
            return k;
        if (k->suffix.n && essence.n > k->suffix.n &&
            str_eq_nocase(str_from(essence, essence.n - k->suffix.n), k->suffix))
            return k;
    }
    return NULL;
}

static enum fault_code
read_json(const struct codec *c, struct arena *a, struct str bytes, const struct type *t,
          struct value *out, struct fault *f)
{
    (void)c;
    (void)t;
    return json_read(a, bytes, JSON_LIMITS_DEFAULT, out, f);
}

static enum fault_code
write_json(const struct codec *c, struct buf *out, const struct value *v, const struct type *t,
           struct fault *f)
{
    (void)c;
    (void)t;
    json_write(out, v);
    return out->failed ? fault_set(f, FAULT_MEMORY, "out of memory") : FAULT_NONE;
}

const struct codec codec_json = {
    .media = {"application/json", 16},
    .suffix = {"+json", 5},
    .read = read_json,
    .write = write_json,
};
