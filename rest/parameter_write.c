/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way back: values to the text of a path, a query or a header field. */
#include "rest/parameter.h"

#include "base/json.h"
#include "base/uri.h"
#include "contract/scalar.h"

static void
put_scalar(struct buf *out, const struct parameter *p, const struct value *v)
{
    if (p->place == IN_HEADER)
        buf_str(out, scalar_text(v));
    else
        uri_encode(out, scalar_text(v));
}

/* ";name=a;name=b": a list's items carry the name themselves. */
static bool
names_items(const struct parameter *p, const struct value *v)
{
    return p->style == STYLE_MATRIX && p->explode && v->kind == VALUE_ARRAY;
}

static void
put_joined(struct buf *out, const struct parameter *p, const struct value *v, struct str between)
{
    struct str equals = p->explode ? STR("=") : between;

    for (uint32_t i = 0; i < v->n; i++) {
        if (i)
            buf_str(out, between);
        if (v->kind == VALUE_ARRAY) {
            if (i && names_items(p, v))
                buf_printf(out, "%.*s=", STR_ARG(p->name));
            put_scalar(out, p, &v->items[i]);
        } else {
            struct value name = value_string(v->members[i].name);

            put_scalar(out, p, &name);
            buf_str(out, equals);
            put_scalar(out, p, &v->members[i].value);
        }
    }
}

/* The JSON of a value as text of its place. */
static void
put_json(struct buf *out, const struct parameter *p, const struct value *v)
{
    struct buf json;
    struct value text;

    buf_init(&json, 1 << 20);
    json_write(&json, v);
    text = value_string(buf_view(&json));
    if (json.failed)
        out->failed = true;
    else
        put_scalar(out, p, &text);
    buf_fini(&json);
}

void
parameter_write_text(struct buf *out, const struct parameter *p, const struct value *v)
{
    struct str between = !p->explode                ? STR(",")
                         : p->style == STYLE_LABEL  ? STR(".")
                         : p->style == STYLE_MATRIX ? STR(";")
                                                    : STR(",");

    if (p->is_json) {
        put_json(out, p, v);
        return;
    }
    if (p->style == STYLE_LABEL)
        buf_put_char(out, '.');
    if (p->style == STYLE_MATRIX) {
        buf_put_char(out, ';');
        if (v->kind != VALUE_OBJECT || !p->explode)
            buf_printf(out, "%.*s=", STR_ARG(p->name));
    }
    if (v->kind == VALUE_ARRAY || v->kind == VALUE_OBJECT)
        put_joined(out, p, v, between);
    else
        put_scalar(out, p, v);
}

static void
put_pair(struct buf *out, struct str name, struct str member, const struct value *v, bool *first)
{
    buf_put_char(out, *first ? '?' : '&');
    *first = false;
    uri_encode(out, name);
    if (member.p) {
        buf_str(out, STR("%5B"));
        uri_encode(out, member);
        buf_str(out, STR("%5D"));
    }
    buf_put_char(out, '=');
    uri_encode(out, scalar_text(v));
}

void
parameter_write_query(struct buf *out, const struct parameter *p, const struct value *v,
                      bool *first)
{
    bool deep = p->style == STYLE_DEEP_OBJECT;
    struct str between = p->style == STYLE_SPACE  ? STR("%20")
                         : p->style == STYLE_PIPE ? STR("%7C")
                                                  : STR(",");

    if (p->is_json) {
        put_pair(out, p->name, STR_NONE, &(struct value){.kind = VALUE_STRING}, first);
        put_json(out, p, v);
    } else if (v->kind == VALUE_OBJECT && (deep || p->explode)) {
        for (uint32_t i = 0; i < v->n; i++)
            put_pair(out, deep ? p->name : v->members[i].name, deep ? v->members[i].name : STR_NONE,
                     &v->members[i].value, first);
    } else if (v->kind == VALUE_ARRAY && p->explode) {
        for (uint32_t i = 0; i < v->n; i++)
            put_pair(out, p->name, STR_NONE, &v->items[i], first);
    } else if (v->kind == VALUE_ARRAY || v->kind == VALUE_OBJECT) {
        put_pair(out, p->name, STR_NONE, &(struct value){.kind = VALUE_STRING}, first);
        put_joined(out, p, v, between);
    } else {
        put_pair(out, p->name, STR_NONE, v, first);
    }
}
