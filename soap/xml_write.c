/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Value -> XML, along the tables: tags are ready made, members go out in the type's order, and a
 * member that the table does not know is refused, or written as it is where the type is open.
 */
#include "contract/xml_root.h"
#include "soap/xml_scalar.h"
#include "soap/xml_table.h"

enum { GENERIC_DEPTH = 64 };

struct writer {
    struct buf *out;
    struct fault *fault;
    struct mime_answer *answer; /* NULL: binary members stay text */
    unsigned depth;
    bool typed; /* what stands in generic elements */
};

static enum fault_code write_element(struct writer *w, const struct xml_field *f,
                                     const struct value *v);
static enum fault_code write_generic(struct writer *w, struct str name, const struct value *v);

static enum fault_code
refuse(struct writer *w, const char *what, struct str name)
{
    return fault_set(w->fault, FAULT_INVALID_VALUE, "%.*s %s", STR_ARG(name), what);
}

static struct str
local_of(const struct xml_field *f)
{
    return str_of((const char *)f->local);
}

/* ---- Text ---- */

/* What a byte becomes: 0 itself, 1 not allowed in XML 1.0, else an index of REPLACED. */
static const uint8_t ESCAPE[256] = {
    1, 1, 1, 1, 1, 1, 1,         1,         1,         7,         8,          1, 1,
    6, 1, 1, 1, 1, 1, 1,         1,         1,         1,         1,          1, 1,
    1, 1, 1, 1, 1, 1, ['&'] = 2, ['<'] = 3, ['>'] = 4, ['"'] = 5, [0xEF] = 9, /* may begin U+FFFE
                                                                                 and U+FFFF */
};

static const struct str REPLACED[] = {
    {"", 0},      {"", 0},      {"&amp;", 5}, {"&lt;", 4},  {"&gt;", 4},
    {"&#34;", 5}, {"&#13;", 5}, {"&#9;", 4},  {"&#10;", 5},
};

enum { LONGEST = 5 };

static bool
is_noncharacter(const char *p, const char *end)
{
    return end - p >= 3 && (unsigned char)p[1] == 0xBF && (unsigned char)p[2] >= 0xBE;
}

/* The text of a byte that stops the plain copy; NULL: XML 1.0 has no form for it. */
static const struct str *
replacement(const char *p, const char *end, bool attribute)
{
    static const struct str itself[] = {{"\"", 1}, {"", 0}, {"\t", 1}, {"\n", 1}, {"\xEF", 1}};
    uint8_t how = ESCAPE[(unsigned char)*p];

    if (how == 1 || (how == 9 && is_noncharacter(p, end)))
        return NULL;
    return how == 9 || (!attribute && how >= 5 && how != 6) ? &itself[how - 5] : &REPLACED[how];
}

static inline uint64_t
load64(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return word;
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* True when none of the eight bytes is a control, one of "&<>, or beyond ASCII. */
static inline bool
is_plain_word(uint64_t w)
{
    uint64_t angles = (w | EACH(0x02)) ^ EACH('>'), others = (w | EACH(0x04)) ^ EACH('&');
    uint64_t found = ((w - EACH(0x20)) & ~w) | ((angles - EACH(1)) & ~angles) |
                     ((others - EACH(1)) & ~others) | w;

    return !(found & EACH(0x80));
}

/* Copies what needs no escape, by words while there are whole ones; returns how much. */
static inline size_t
copy_plain(char *to, const char *p, size_t n)
{
    size_t i = 0;

    for (; n - i >= 8 && is_plain_word(load64(p + i)); i += 8)
        memcpy(to + i, p + i, 8);
    if (n >= 8 && n - i < 8 && is_plain_word(load64(p + n - 8))) {
        memcpy(to + n - 8, p + n - 8, 8);
        return n;
    }
    for (; i < n && !ESCAPE[(unsigned char)p[i]]; i++)
        to[i] = p[i];
    return i;
}

/* Copies with escapes to `to`, which has room; NULL: a character that XML 1.0 has no form for. In
 * an attribute tabs and line ends are escaped too, or they would be read as spaces. */
static inline char *
escape(char *to, const char *p, size_t n, bool attribute)
{
    const char *end = p + n;

    for (;;) {
        size_t plain = copy_plain(to, p, (size_t)(end - p));
        const struct str *r;

        to += plain;
        p += plain;
        if (p == end)
            return to;
        r = replacement(p++, end, attribute);
        if (!r)
            return NULL;
        memcpy(to, r->p, r->n);
        to += r->n;
    }
}

static enum fault_code
put_text(struct writer *w, struct str name, struct str text, bool attribute)
{
    char *room = buf_reserve(w->out, text.n * LONGEST), *end;

    if (!room)
        return FAULT_NONE; /* told by out->failed, once */
    end = escape(room, text.p, text.n, attribute);
    if (!end)
        return refuse(w, "holds a character that XML does not allow", name);
    w->out->n += (size_t)(end - room);
    return FAULT_NONE;
}

static bool
has_exponent_or_fraction(struct str lexeme, bool integer)
{
    for (size_t i = 0; i < lexeme.n; i++)
        if (lexeme.p[i] == 'e' || lexeme.p[i] == 'E' || (integer && lexeme.p[i] == '.'))
            return true;
    return false;
}

static enum fault_code
put_scalar(struct writer *w, const struct xml_table *t, struct str name, const struct value *v,
           bool attribute)
{
    switch (v->kind) {
    case VALUE_STRING: return put_text(w, name, value_text(v), attribute);
    case VALUE_BOOLEAN: buf_str(w->out, v->is_true ? STR("true") : STR("false")); return FAULT_NONE;
    case VALUE_NUMBER:
        if (!t->plain || !has_exponent_or_fraction(value_text(v), t->integer))
            buf_str(w->out, value_text(v));
        else if (!xml_scalar_plain(w->out, value_text(v), t->integer))
            return refuse(w, "is a number too large for its type", name);
        return FAULT_NONE;
    default: return refuse(w, "must be a text, a number or a boolean", name);
    }
}

/* ---- Leaves ---- */

/* True when the text went out as a part of its own. */
static bool
put_include(struct writer *w, const struct xml_table *t, const struct value *v)
{
    return t->strip && v->kind == VALUE_STRING && mime_include(w->answer, value_text(v), w->out);
}

static enum fault_code
write_leaf_slowly(struct writer *w, const struct xml_field *f, const struct value *v)
{
    enum fault_code code;

    buf_str(w->out, f->tag);
    code = w->answer && put_include(w, f->table, v)
               ? FAULT_NONE
               : put_scalar(w, f->table, local_of(f), v, false);
    buf_str(w->out, f->close);
    return code;
}

/* Tags are mostly short, and padded: a fixed length copies without a call. */
static inline char *
copy_tag(char *to, struct str tag)
{
    if (tag.n <= XML_TAG_PADDING)
        memcpy(to, tag.p, XML_TAG_PADDING);
    else
        memcpy(to, tag.p, tag.n);
    return to + tag.n;
}

/* The digits of a number as they are; NULL: it must be written in another form. */
static inline char *
copy_number(char *to, const struct xml_table *t, const struct value *v)
{
    const char *p = v->text, *end = p + v->n;
    char stop = t->integer ? '.' : 'e';

    if (!t->plain) {
        memcpy(to, p, v->n);
        return to + v->n;
    }
    for (; p < end; p++) {
        if (*p == stop || (*p | 0x20) == 'e')
            return NULL;
        *to++ = *p;
    }
    return to;
}

/* Tag, text and closing tag with one reservation. */
static inline enum fault_code
write_leaf(struct writer *w, const struct xml_field *f, const struct value *v)
{
    size_t text = v->kind == VALUE_BOOLEAN ? 0 : v->n;
    size_t n = f->tag.n + f->close.n + 3 * XML_TAG_PADDING + text * LONGEST;
    struct buf *b = w->out;
    char *to, *end;

    if (v->kind < VALUE_BOOLEAN || v->kind > VALUE_STRING || (w->answer && f->table->strip))
        return write_leaf_slowly(w, f, v);
    to = b->cap - b->n >= n && !b->failed ? b->p + b->n : buf_reserve(b, n);
    if (!to)
        return FAULT_NONE; /* told by out->failed, once */
    end = copy_tag(to, f->tag);
    if (v->kind == VALUE_NUMBER) {
        end = copy_number(end, f->table, v);
        if (!end)
            return write_leaf_slowly(w, f, v);
    } else if (v->kind == VALUE_BOOLEAN) {
        memcpy(end, v->is_true ? "true\0" : "false", 5); /* the padding is room enough */
        end += v->is_true ? 4 : 5;
    } else {
        end = escape(end, v->text, v->n, false);
        if (!end)
            return refuse(w, "holds a character that XML does not allow", local_of(f));
    }
    end = copy_tag(end, f->close);
    b->n += (size_t)(end - to);
    return FAULT_NONE;
}

/* ---- Generic elements ---- */

static bool
is_attribute_name(struct str s)
{
    return s.n > 1 && s.p[0] == '@';
}

static enum fault_code
put_generic_attribute(struct writer *w, const struct member *m)
{
    static const struct xml_table text = {.content = XML_CONTENT_STRING};
    enum fault_code code;

    if (!xml_is_ncname(str_from(m->name, 1)) || str_eq(m->name, STR("@xmlns")))
        return refuse(w, "is no XML name", m->name);
    buf_put_char(w->out, ' ');
    buf_str(w->out, str_from(m->name, 1));
    buf_str(w->out, STR("=\""));
    code = put_scalar(w, &text, m->name, &m->value, true);
    buf_put_char(w->out, '"');
    return code;
}

static enum fault_code
put_generic_attributes(struct writer *w, const struct value *v)
{
    enum fault_code code = FAULT_NONE;

    for (uint32_t i = 0; v->kind == VALUE_OBJECT && i < v->n && code == FAULT_NONE; i++)
        if (is_attribute_name(v->members[i].name))
            code = put_generic_attribute(w, &v->members[i]);
    return code;
}

static enum fault_code
put_generic_members(struct writer *w, const struct value *v)
{
    static const struct xml_table text = {.content = XML_CONTENT_STRING};
    enum fault_code code = FAULT_NONE;

    for (uint32_t i = 0; i < v->n && code == FAULT_NONE; i++) {
        const struct member *m = &v->members[i];

        if (is_attribute_name(m->name))
            continue;
        if (str_eq(m->name, STR("$value")))
            code = put_scalar(w, &text, m->name, &m->value, false);
        else
            code = write_generic(w, m->name, &m->value);
    }
    return code;
}

/* A text looks like any other; what it was is told where the reader is to know. */
static void
put_scalar_type(struct writer *w, const struct value *v)
{
    if (w->typed && v->kind == VALUE_NUMBER)
        buf_str(w->out, has_exponent_or_fraction(value_text(v), false)
                            ? STR(" xsi:type=\"xs:double\"")
                            : STR(" xsi:type=\"xs:decimal\""));
    else if (w->typed && v->kind == VALUE_BOOLEAN)
        buf_str(w->out, STR(" xsi:type=\"xs:boolean\""));
}

static enum fault_code
write_generic_one(struct writer *w, struct str name, const struct value *v)
{
    static const struct xml_table text = {.content = XML_CONTENT_STRING};
    enum fault_code code;

    if (!xml_is_ncname(name))
        return refuse(w, "is no XML name", name);
    buf_put_char(w->out, '<');
    buf_str(w->out, name);
    code = put_generic_attributes(w, v);
    if (code != FAULT_NONE)
        return code;
    put_scalar_type(w, v);
    buf_str(w->out, v->kind == VALUE_NULL ? STR(" xsi:nil=\"true\">") : STR(">"));
    if (v->kind == VALUE_OBJECT)
        code = put_generic_members(w, v);
    else if (v->kind == VALUE_ARRAY)
        code = write_generic(w, STR("item"), v);
    else if (v->kind != VALUE_NULL)
        code = put_scalar(w, &text, name, v, false);
    buf_str(w->out, STR("</"));
    buf_str(w->out, name);
    buf_put_char(w->out, '>');
    return code;
}

static enum fault_code
write_generic(struct writer *w, struct str name, const struct value *v)
{
    enum fault_code code = FAULT_NONE;

    if (++w->depth > GENERIC_DEPTH)
        return refuse(w, "is nested too deep", name);
    if (v->kind != VALUE_ARRAY)
        code = write_generic_one(w, name, v);
    for (uint32_t i = 0; v->kind == VALUE_ARRAY && i < v->n && code == FAULT_NONE; i++)
        code = write_generic_one(w, name, &v->items[i]);
    w->depth--;
    return code;
}

/* ---- Objects ---- */

static inline uint32_t
load32(const char *p)
{
    uint32_t word;

    memcpy(&word, p, sizeof(word));
    return word;
}

/* Names are short: two overlapping words, or three bytes, decide most without a call. */
static inline bool
name_eq(struct str a, struct str b)
{
    size_t n = a.n;

    if (n != b.n)
        return false;
    if (n > 16)
        return memcmp(a.p, b.p, n) == 0;
    if (n >= 8)
        return load64(a.p) == load64(b.p) && load64(a.p + n - 8) == load64(b.p + n - 8);
    if (n >= 4)
        return load32(a.p) == load32(b.p) && load32(a.p + n - 4) == load32(b.p + n - 4);
    return n == 0 || (a.p[0] == b.p[0] && a.p[n / 2] == b.p[n / 2] && a.p[n - 1] == b.p[n - 1]);
}

static const struct value *
member_find(const struct value *object, struct str name, uint32_t *at)
{
    uint32_t i = *at;

    for (uint32_t tried = 0; tried < object->n; tried++, i++) {
        if (i >= object->n)
            i = 0;
        if (name_eq(object->members[i].name, name)) {
            *at = i + 1;
            return &object->members[i].value;
        }
    }
    return NULL;
}

/* By name, tried first where the one before it ended. */
static inline const struct value *
member_at(const struct value *object, struct str name, uint32_t *at)
{
    if (*at < object->n && name_eq(object->members[*at].name, name))
        return &object->members[(*at)++].value;
    return member_find(object, name, at);
}

static const struct xml_variant *
variant_of(const struct xml_table *t, const struct value *v)
{
    const struct value *chosen = t->variant_count && t->discriminator >= 0
                                     ? value_get(v, t->slots[t->discriminator].name)
                                     : NULL;

    for (uint32_t i = 0; chosen && chosen->kind == VALUE_STRING && i < t->variant_count; i++)
        if (str_eq(t->variants[i].value, value_text(chosen)))
            return &t->variants[i];
    return NULL;
}

static bool
is_known(const struct xml_table *t, struct str name)
{
    for (uint32_t i = 0; i < t->slot_count; i++)
        if (str_eq(t->slots[i].name, name))
            return true;
    return false;
}

/* One of these, without a namespace, has the name. */
static bool
is_taken(const struct xml_field *fields, uint32_t n, struct str name)
{
    for (uint32_t i = 0; i < n; i++)
        if (!fields[i].ns && str_eq(local_of(&fields[i]), name))
            return true;
    return false;
}

/* What is no text has no place in an attribute; null is as good as none. */
static enum fault_code
put_kept_attributes(struct writer *w, const struct xml_table *t, const struct value *v)
{
    enum fault_code code = FAULT_NONE;

    for (uint32_t i = 0; i < v->n && code == FAULT_NONE; i++) {
        const struct member *m = &v->members[i];

        if (!is_attribute_name(m->name) || is_known(t, m->name) || m->value.kind == VALUE_NULL)
            continue;
        code = is_taken(t->attributes, t->attribute_count, str_from(m->name, 1))
                   ? refuse(w, "is there twice", m->name)
                   : put_generic_attribute(w, m);
    }
    return code;
}

static enum fault_code
put_attributes(struct writer *w, const struct xml_table *t, const struct value *v)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < t->attribute_count; i++) {
        const struct xml_field *f = &t->attributes[i];
        const struct value *m = member_at(v, t->slots[f->slot].name, &at);
        enum fault_code code;

        if (!m || m->kind == VALUE_NULL)
            continue;
        buf_str(w->out, f->tag);
        code = put_scalar(w, f->table, t->slots[f->slot].name, m, true);
        if (code != FAULT_NONE)
            return code;
        buf_put_char(w->out, '"');
    }
    return t->keeps ? put_kept_attributes(w, t, v) : FAULT_NONE;
}

/* A member of a map, whose name is the value's own. */
static enum fault_code
write_additional(struct writer *w, const struct xml_table *t, struct str name,
                 const struct value *v)
{
    size_t room = 3 * name.n + sizeof("<></>") + 2 * XML_TAG_PADDING;
    struct xml_field f = {.table = t};
    enum fault_code code = FAULT_NONE;
    struct buf names;
    char *p;

    if (!xml_is_ncname(name))
        return refuse(w, "is no XML name", name);
    buf_init(&names, room);
    p = buf_reserve(&names, room);
    if (p) {
        f.local = xml_chars(p);
        f.tag = (struct str){p + name.n + 1, name.n + 2};
        f.close = (struct str){f.tag.p + f.tag.n + XML_TAG_PADDING, name.n + 3};
        memset(p, 0, room);
        memcpy(p, name.p, name.n);
        snprintf(p + name.n + 1, name.n + 3, "<%.*s>", STR_ARG(name));
        snprintf(p + 2 * name.n + 3 + XML_TAG_PADDING, name.n + 4, "</%.*s>", STR_ARG(name));
        code = write_element(w, &f, v);
    } else {
        code = fault_set(w->fault, FAULT_MEMORY, "out of memory");
    }
    buf_fini(&names);
    return code;
}

/* Members that no slot took. */
static enum fault_code
put_unknown(struct writer *w, const struct xml_table *t, const struct value *v)
{
    enum fault_code code = FAULT_NONE;

    for (uint32_t i = 0; i < v->n && code == FAULT_NONE; i++) {
        if (is_known(t, v->members[i].name))
            continue;
        if ((t->drops && !t->open) || (t->keeps && is_attribute_name(v->members[i].name)))
            continue;
        if (!t->open)
            return refuse(w, "is not a member of its type", v->members[i].name);
        if (is_taken(t->elements, t->element_count, v->members[i].name))
            return refuse(w, "is there twice", v->members[i].name);
        w->typed = t->typed;
        code = t->additional
                   ? write_additional(w, t->additional, v->members[i].name, &v->members[i].value)
                   : write_generic(w, v->members[i].name, &v->members[i].value);
    }
    return code;
}

static enum fault_code
put_slot(struct writer *w, const struct xml_table *t, uint32_t i, const struct value *m)
{
    const struct xml_slot *slot = &t->slots[i];

    if (slot->field && slot->node == XML_ATTRIBUTE)
        return FAULT_NONE;
    if (slot->field && slot->field->is_leaf && m->kind != VALUE_NULL)
        return write_leaf(w, slot->field, m);
    if (slot->field)
        return write_element(w, slot->field, m);
    if ((int32_t)i == t->text)
        return m->kind == VALUE_NULL || (w->answer && put_include(w, t->text_table, m))
                   ? FAULT_NONE
                   : put_scalar(w, t->text_table, slot->name, m, false);
    if ((int32_t)i == t->any && m->kind == VALUE_OBJECT)
        return put_generic_members(w, m);
    return FAULT_NONE;
}

static enum fault_code
put_members(struct writer *w, const struct xml_table *t, const struct value *v)
{
    uint32_t at = 0, taken = 0;

    for (uint32_t i = 0; i < t->slot_count; i++) {
        const struct value *m = member_at(v, t->slots[i].name, &at);
        enum fault_code code;

        if (!m)
            continue;
        taken++;
        code = put_slot(w, t, i, m);
        if (code != FAULT_NONE)
            return code;
    }
    return taken == v->n ? FAULT_NONE : put_unknown(w, t, v);
}

static enum fault_code
write_object(struct writer *w, const struct xml_field *f, const struct value *v)
{
    const struct xml_table *t = f->table;
    const struct xml_variant *variant = variant_of(t, v);
    enum fault_code code;

    if (variant)
        t = variant->table;
    if (t->attribute_count || t->keeps || variant) {
        buf_put(w->out, f->tag.p, f->tag.n - 1);
        if (variant)
            buf_str(w->out, variant->tag);
        code = put_attributes(w, t, v);
        if (code != FAULT_NONE)
            return code;
        buf_put_char(w->out, '>');
    } else {
        buf_str(w->out, f->tag);
    }
    code = put_members(w, t, v);
    buf_str(w->out, f->close);
    return code;
}

/* ---- Elements ---- */

static enum fault_code
write_wrapper(struct writer *w, const struct xml_field *f, const struct value *v)
{
    enum fault_code code;

    buf_str(w->out, f->tag);
    code = write_element(w, &f->table->elements[0], v);
    buf_str(w->out, f->close);
    return code;
}

static enum fault_code
write_nil(struct writer *w, const struct xml_field *f)
{
    if (!f->table->nillable && f->table->content != XML_CONTENT_GENERIC &&
        f->table->content != XML_CONTENT_MAP)
        return refuse(w, "must not be null", local_of(f));
    buf_put(w->out, f->tag.p, f->tag.n - 1);
    buf_str(w->out, STR(" xsi:nil=\"true\">"));
    buf_str(w->out, f->close);
    return FAULT_NONE;
}

static enum fault_code
write_any(struct writer *w, const struct xml_field *f, const struct value *v)
{
    enum fault_code code;

    buf_put(w->out, f->tag.p, f->tag.n - 1);
    w->typed = f->table->typed;
    code = put_generic_attributes(w, v);
    if (code != FAULT_NONE)
        return code;
    put_scalar_type(w, v);
    buf_put_char(w->out, '>');
    if (v->kind == VALUE_OBJECT)
        code = put_generic_members(w, v);
    else if (v->kind == VALUE_ARRAY)
        code = write_generic(w, STR("item"), v);
    else
        code = put_scalar(w, f->table, local_of(f), v, false);
    buf_str(w->out, f->close);
    return code;
}

static enum fault_code
write_one(struct writer *w, const struct xml_field *f, const struct value *v)
{
    if (v->kind == VALUE_NULL)
        return write_nil(w, f);
    switch (f->table->content) {
    case XML_CONTENT_OBJECT:
        return v->kind == VALUE_OBJECT ? write_object(w, f, v)
                                       : refuse(w, "must be an object", local_of(f));
    case XML_CONTENT_WRAPPER:
        return v->kind == VALUE_ARRAY ? write_wrapper(w, f, v)
                                      : refuse(w, "must be a list", local_of(f));
    case XML_CONTENT_GENERIC:
    case XML_CONTENT_MAP: return write_any(w, f, v);
    case XML_CONTENT_SKIP: return FAULT_NONE;
    default: return write_leaf(w, f, v);
    }
}

static enum fault_code
write_element(struct writer *w, const struct xml_field *f, const struct value *v)
{
    enum fault_code code = FAULT_NONE;

    if (++w->depth > XML_DEPTH)
        return refuse(w, "is nested too deep", local_of(f));
    if (!f->repeats)
        code = write_one(w, f, v);
    else if (v->kind == VALUE_ARRAY)
        for (uint32_t i = 0; i < v->n && code == FAULT_NONE; i++)
            code = write_one(w, f, &v->items[i]);
    else if (v->kind != VALUE_NULL)
        code = refuse(w, "must be a list", local_of(f));
    w->depth--;
    return code;
}

enum fault_code
xml_write_element(const struct xml_table *document, const struct value *v, struct buf *out,
                  struct fault *f)
{
    return xml_write_package(document, v, NULL, out, f);
}

enum fault_code
xml_write_package(const struct xml_table *document, const struct value *v,
                  struct mime_answer *answer, struct buf *out, struct fault *f)
{
    struct writer w = {.out = out, .fault = f, .answer = answer};
    enum fault_code code = write_element(&w, &document->elements[0], v);

    if (code == FAULT_NONE && out->failed)
        code = fault_set(f, FAULT_MEMORY, "the message is too large");
    return code;
}

enum fault_code
xml_write_members(const struct xml_table *t, const struct value *v, struct buf *out,
                  struct fault *f)
{
    struct writer w = {.out = out, .fault = f};
    enum fault_code code = put_members(&w, t, v);

    if (code == FAULT_NONE && out->failed)
        code = fault_set(f, FAULT_MEMORY, "the message is too large");
    return code;
}

enum fault_code
xml_write(const struct xml_root *root, const struct value *v, struct buf *out, struct fault *f)
{
    struct xml_field element = root->table->elements[0];
    struct writer w = {.out = out, .fault = f};
    struct buf tag;
    enum fault_code code;

    buf_init(&tag, 1 << 20);
    buf_put(&tag, element.tag.p, element.tag.n - 1);
    buf_str(&tag, root->declarations);
    buf_put_char(&tag, '>');
    if (!tag.failed) {
        element.tag = buf_view(&tag);
        code = write_element(&w, &element, v);
    } else {
        code = FAULT_NONE;
    }
    if (code == FAULT_NONE && (out->failed || tag.failed))
        code = fault_set(f, FAULT_MEMORY, "the message is too large");
    buf_fini(&tag);
    return code;
}
