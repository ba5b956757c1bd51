/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw text is split at its delimiters before it is decoded, so that an encoded comma is data.
 * A query parameter that no declaration takes is refused: a filter that is dropped in silence
 * would answer another question than the caller asked.
 */
#include "rest/parameter.h"

#include "base/json.h"
#include "base/uri.h"
#include "contract/scalar.h"

enum { PAIRS_MAX = 256 };

struct pair {        /* one name=value of the query */
    struct str name; /* decoded */
    struct str raw;
    bool used;
};

struct reader {
    const struct face_request *q;
    struct arena *a;
    struct fault *f;
    const struct parameter *p;
    struct pair *pairs;
    unsigned pair_count;
};

/* How the text is read. A type that takes scalars besides lists or objects (or anything at all) is
 * read as one. */
enum shape { SHAPE_SCALAR, SHAPE_LIST, SHAPE_RECORD };

static unsigned
kinds_of(const struct parameter *p)
{
    return p->type ? p->type->kinds : TYPE_ANY;
}

static enum shape
shape_of(const struct parameter *p)
{
    unsigned kinds = kinds_of(p);

    if (p->is_json || (kinds & (TYPE_BOOLEAN | TYPE_NUMBER | TYPE_STRING)))
        return SHAPE_SCALAR;
    return kinds & TYPE_ARRAY ? SHAPE_LIST : kinds & TYPE_OBJECT ? SHAPE_RECORD : SHAPE_SCALAR;
}

static enum fault_code
refuse(const struct reader *r, const char *why)
{
    return fault_set(r->f, FAULT_INVALID_PARAMETER, "parameter \"%.*s\" %s", STR_ARG(r->p->name),
                     why);
}

static enum fault_code
read_pairs(struct reader *r)
{
    struct str rest = r->q->query, part;

    if (!rest.n)
        return FAULT_NONE;
    r->pairs = ARENA_ARRAY(r->a, PAIRS_MAX, struct pair);
    if (!r->pairs)
        return fault_set(r->f, FAULT_MEMORY, "out of memory");
    while (str_split(&rest, '&', &part)) {
        struct pair *pair = &r->pairs[r->pair_count];
        size_t eq = str_find(part, '=');

        if (!part.n)
            continue;
        if (r->pair_count == PAIRS_MAX)
            return fault_set(r->f, FAULT_INVALID_PARAMETER, "more than %d query parameters",
                             PAIRS_MAX);
        if (!uri_decode(r->a, str_head(part, eq), true, &pair->name))
            return fault_set(r->f, FAULT_INVALID_PARAMETER,
                             "the query holds a broken escape, a control character or no UTF-8");
        pair->raw = str_from(part, eq + 1);
        r->pair_count++;
    }
    return FAULT_NONE;
}

static enum fault_code
read_scalar(const struct reader *r, const struct type *t, struct str raw, struct value *out)
{
    uint8_t place = r->p->place;
    struct str text = str_trim(raw);

    if (place == IN_HEADER ? !str_is_utf8(raw) : !uri_decode(r->a, raw, place == IN_QUERY, &text))
        return refuse(r, "holds a broken escape, a control character or no UTF-8");
    *out = scalar_read(t, text);
    return FAULT_NONE;
}

static char
delimiter_of(const struct parameter *p)
{
    switch (p->style) {
    case STYLE_LABEL: return p->explode ? '.' : ',';
    case STYLE_MATRIX: return p->explode ? ';' : ',';
    case STYLE_SPACE: return ' ';
    case STYLE_PIPE: return '|';
    default: return ',';
    }
}

/* Bytes of the delimiter that stands at s, or 0: space and pipe stand there encoded. */
static size_t
delimiter_here(const struct parameter *p, struct str s)
{
    if (s.p[0] == delimiter_of(p) || (p->style == STYLE_SPACE && s.p[0] == '+'))
        return 1;
    if (p->style == STYLE_SPACE)
        return str_starts(s, STR("%20")) ? 3 : 0;
    if (p->style == STYLE_PIPE)
        return str_starts(s, STR("%7C")) || str_starts(s, STR("%7c")) ? 3 : 0;
    return 0;
}

/* str_split by the style's delimiter. */
static bool
split(const struct parameter *p, struct str *rest, struct str *part)
{
    if (!rest->p)
        return false;
    *part = *rest;
    for (size_t i = 0; i < rest->n; i++) {
        size_t used = delimiter_here(p, str_from(*rest, i));

        if (!used)
            continue;
        *part = str_head(*rest, i);
        *rest = (struct str){rest->p + i + used, rest->n - i - used};
        return true;
    }
    *rest = STR_NONE;
    return true;
}

/* ";name=a;name=b": each item but the first still has its name in front. */
static struct str
item_text(const struct parameter *p, struct str part)
{
    if (p->style == STYLE_MATRIX && p->explode && str_starts(part, p->name) && part.n > p->name.n &&
        part.p[p->name.n] == '=')
        return str_from(part, p->name.n + 1);
    return part;
}

static enum fault_code
read_array(const struct reader *r, struct str raw, struct value *out)
{
    struct str part;

    *out = VALUE_OF(VALUE_ARRAY);
    if (!raw.n)
        return FAULT_NONE;
    while (split(r->p, &raw, &part)) {
        struct value item;
        enum fault_code code =
            read_scalar(r, r->p->type->items, out->n ? item_text(r->p, part) : part, &item);

        if (code)
            return code;
        if (value_append(r->a, out, item))
            return fault_set(r->f, FAULT_MEMORY, "out of memory");
    }
    return FAULT_NONE;
}

/* name: decoded. */
static enum fault_code
add_member(const struct reader *r, struct value *object, struct str name, struct str raw)
{
    const struct type *t = r->p->type;
    uint32_t hint = object->n;
    const struct field *field = t ? type_field(t, name, &hint) : NULL;
    struct value item;
    enum fault_code code = read_scalar(r,
                                       field ? field->type
                                       : t   ? t->additional
                                             : NULL,
                                       raw, &item);

    if (code)
        return code;
    if (value_get(object, name))
        return refuse(r, "names a member twice");
    if (value_add(r->a, object, name, item))
        return fault_set(r->f, FAULT_MEMORY, "out of memory");
    return FAULT_NONE;
}

static enum fault_code
read_object(const struct reader *r, struct str raw, struct value *out)
{
    struct str part, text;

    *out = VALUE_OF(VALUE_OBJECT);
    while (raw.n && split(r->p, &raw, &part)) {
        size_t eq = str_find(part, '=');
        struct value name;
        enum fault_code code;

        text = str_from(part, eq + 1);
        if (r->p->explode && eq == part.n)
            return refuse(r, "is not a list of name=value");
        if (!r->p->explode && !split(r->p, &raw, &text))
            return refuse(r, "has a name without a value");
        code = read_scalar(r, NULL, r->p->explode ? str_head(part, eq) : part, &name);
        if (!code)
            code = add_member(r, out, value_text(&name), text);
        if (code)
            return code;
    }
    return FAULT_NONE;
}

/* Strips what label and matrix put in front: ".", ";name=". */
static bool
strip_prefix(const struct parameter *p, struct str *raw)
{
    if (p->style == STYLE_LABEL && raw->n && raw->p[0] == '.')
        return *raw = str_from(*raw, 1), true;
    if (p->style != STYLE_MATRIX)
        return p->style != STYLE_LABEL;
    if (!raw->n || raw->p[0] != ';')
        return false;
    *raw = str_from(*raw, 1);
    if (p->explode && shape_of(p) == SHAPE_RECORD)
        return true;
    if (!str_starts(*raw, p->name) || (raw->n > p->name.n && raw->p[p->name.n] != '='))
        return false;
    *raw = str_from(*raw, p->name.n + 1); /* ";name" alone is the empty value */
    return true;
}

static enum fault_code
read_json_text(const struct reader *r, struct str raw, struct value *out)
{
    struct str text = raw;
    bool encoded = r->p->place != IN_HEADER;

    if ((encoded && !uri_decode(r->a, raw, r->p->place == IN_QUERY, &text)) ||
        json_read(r->a, text, JSON_LIMITS_DEFAULT, out, NULL))
        return refuse(r, "is not well-formed JSON");
    return FAULT_NONE;
}

/* One raw text, as path, header, cookie and unexploded query parameters are. */
static enum fault_code
read_text(const struct reader *r, struct str raw, struct value *out)
{
    const struct parameter *p = r->p;

    if (p->is_json)
        return read_json_text(r, raw, out);
    if (!strip_prefix(p, &raw))
        return refuse(r, "does not have the form that its style asks for");
    switch (shape_of(p)) {
    case SHAPE_LIST: return read_array(r, raw, out);
    case SHAPE_RECORD: return read_object(r, raw, out);
    default: return read_scalar(r, p->type, raw, out);
    }
}

/* color[R]=100 */
static bool
deep_member(const struct parameter *p, struct str name, struct str *member)
{
    if (!str_starts(name, p->name) || name.n < p->name.n + 2 || name.p[p->name.n] != '[' ||
        name.p[name.n - 1] != ']')
        return false;
    *member = (struct str){name.p + p->name.n + 1, name.n - p->name.n - 2};
    return true;
}

/* An object whose members are pairs of their own: deepObject, and exploded form. */
static enum fault_code
read_spread_object(const struct reader *r, struct value *out)
{
    struct value object = VALUE_OF(VALUE_OBJECT);

    for (unsigned i = 0; i < r->pair_count; i++) {
        struct pair *pair = &r->pairs[i];
        struct str member = pair->name;
        uint32_t hint = object.n;
        enum fault_code code;

        if (r->p->style == STYLE_DEEP_OBJECT ? !deep_member(r->p, pair->name, &member)
                                             : !type_field(r->p->type, member, &hint))
            continue;
        if (str_find(member, '[') < member.n)
            return refuse(r, "is nested deeper than one level");
        code = add_member(r, &object, member, pair->raw);
        if (code)
            return code;
        pair->used = true;
    }
    if (object.n)
        *out = object;
    return FAULT_NONE;
}

/* One more value of an exploded list. */
static enum fault_code
read_item(const struct reader *r, struct str raw, struct value *list)
{
    struct value item;
    enum fault_code code = read_scalar(r, r->p->type ? r->p->type->items : NULL, raw, &item);

    if (code)
        return code;
    if (list->kind == VALUE_ABSENT)
        *list = VALUE_OF(VALUE_ARRAY);
    if (value_append(r->a, list, item))
        return fault_set(r->f, FAULT_MEMORY, "out of memory");
    return FAULT_NONE;
}

static enum fault_code
read_query(const struct reader *r, struct value *out)
{
    const struct parameter *p = r->p;
    enum shape shape = shape_of(p);
    bool spread = shape == SHAPE_LIST && p->explode;
    unsigned seen = 0;

    if (shape == SHAPE_RECORD && (p->style == STYLE_DEEP_OBJECT || p->explode))
        return read_spread_object(r, out);
    for (unsigned i = 0; i < r->pair_count; i++) {
        struct pair *pair = &r->pairs[i];
        enum fault_code code;

        if (!str_eq(pair->name, p->name))
            continue;
        pair->used = true;
        if (seen++ && !spread)
            return refuse(r, "is given more than once");
        code = spread ? read_item(r, pair->raw, out) : read_text(r, pair->raw, out);
        if (code)
            return code;
    }
    return FAULT_NONE;
}

static struct str
cookie_value(struct headers headers, struct str name, bool *found)
{
    struct str rest = header_value(headers, STR("cookie")), part;

    *found = false;
    while (str_split(&rest, ';', &part)) {
        size_t eq = str_find(part, '=');

        if (eq < part.n && str_eq(str_trim(str_head(part, eq)), name)) {
            *found = true;
            return str_trim(str_from(part, eq + 1));
        }
    }
    return STR_NONE;
}

static enum fault_code
read_header(const struct reader *r, struct value *out)
{
    const struct header *header = header_find(r->q->headers, r->p->name);

    if (!header)
        return FAULT_NONE;
    if (header_count(r->q->headers, r->p->name) > 1)
        return refuse(r, "is given more than once");
    return read_text(r, str_trim(header->value), out);
}

static enum fault_code
read_one(const struct reader *r, unsigned path_index, struct value *out)
{
    bool found;
    struct str raw;

    *out = VALUE_OF(VALUE_ABSENT);
    switch (r->p->place) {
    case IN_PATH: return read_text(r, r->q->path_arguments[path_index], out);
    case IN_QUERY: return read_query(r, out);
    case IN_HEADER: return read_header(r, out);
    default:
        raw = cookie_value(r->q->headers, r->p->name, &found);
        return found ? read_text(r, raw, out) : FAULT_NONE;
    }
}

static enum fault_code
check_one(const struct reader *r, struct value *v)
{
    const struct type *t = r->p->type;
    struct fault inner = {0};
    enum fault_code code;

    if (v->kind == VALUE_ABSENT && t && t->fallback)
        *v = *t->fallback;
    if (v->kind == VALUE_ABSENT && r->p->required)
        return fault_set(r->f, FAULT_MISSING_PARAMETER, "parameter \"%.*s\" is required",
                         STR_ARG(r->p->name));
    if (v->kind == VALUE_ABSENT || !t)
        return FAULT_NONE;
    code = type_validate(t, v, TYPE_REQUEST, &inner);
    if (code == FAULT_INVALID_VALUE)
        return refuse(r, inner.detail);
    if (code && r->f)
        *r->f = inner;
    return code;
}

enum fault_code
parameter_read_all(const struct face_request *q, struct arena *a, struct value *slots,
                   struct fault *f)
{
    const struct operation *o = q->operation;
    struct reader r = {.q = q, .a = a, .f = f};
    unsigned path_index = 0;
    enum fault_code code = read_pairs(&r);

    for (unsigned i = 0; !code && i < o->parameter_count; i++) {
        r.p = &o->parameters[i];
        code = read_one(&r, path_index, &slots[i]);
        path_index += r.p->place == IN_PATH;
        if (!code)
            code = check_one(&r, &slots[i]);
    }
    for (unsigned i = 0; !code && i < r.pair_count; i++)
        if (!r.pairs[i].used)
            code = fault_set(f, FAULT_INVALID_PARAMETER,
                             "this operation has no query parameter \"%.*s\"",
                             STR_ARG(r.pairs[i].name));
    return code;
}
