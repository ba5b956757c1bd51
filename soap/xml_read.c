/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML -> value, driven by libxml2's SAX2 events along the tables of the types.
 *
 * Text and attribute values stay slices of the copied input; an object's members fill slots, so
 * order does not matter and a second element for one slot is seen. What is known about libxml2
 * 2.9.14: xmlStopParser is safe from SAX events only, not from the error handler; events go on
 * after a fatal error; an undeclared prefix arrives without a namespace; NUL and junk after the
 * root are accepted unless the cursor is checked; its messages quote the document.
 */
#include "soap/xml_read.h"

#include "base/base64.h"
#include "soap/xml_context.h"
#include "soap/xml_file.h"
#include "soap/xml_scan.h"
#include "soap/xml_scalar.h"

enum { SKIP_DEPTH = 200, NAMESPACES_OPEN = 256, OTHERWISE_MEMBERS = 64 };
/* Members are looked for one by one; a caller may not even be known yet. */
enum { GENERIC_MEMBERS = 10000, PUBLISHED_MEMBERS = 1000, NAMES_NEW = 4096 };

struct frame { /* an open element */
    const struct xml_table *table;
    const struct xml_field *field; /* of the parent's table; NULL: a generic element */
    const struct xml_variant *variant;
    struct member *members; /* one per slot, of an object */
    struct value built;     /* of a wrapper or a generic element */
    struct str name;        /* of a generic element */
    const char *text;
    uint32_t text_n, text_room; /* room 0: the text is a slice of the input */
    uint32_t at;                /* the element expected next */
    uint32_t others;            /* elements so far that xml_table.otherwise has taken */
    bool nil;
    uint8_t scalar; /* enum value_kind that xsi:type gives a generic element's text, or 0 */
};

struct reader {
    xmlParserCtxt *x;
    const struct xml_codec *codec;
    struct mime *package; /* NULL: no parts beside the document */
    struct arena *arena;
    struct fault *fault;
    enum fault_code wrong, failed;
    char *bytes, *end;
    size_t size;   /* end - bytes */
    unsigned skip; /* depth inside an element that is stepped over */
    unsigned unknown;
    int names;                          /* known before the document */
    struct frame *top;                  /* the element that is open */
    struct frame frames[XML_DEPTH + 2]; /* below the first, one that is never open */
};

/* ---- Failing ---- */

static void
fail_with(struct reader *r, enum fault_code code)
{
    r->failed = code;
    xmlStopParser(r->x);
}

#define FAIL(r, ...)                                                                               \
    do {                                                                                           \
        if (!(r)->failed)                                                                          \
            fail_with((r), fault_set((r)->fault, (r)->wrong, __VA_ARGS__));                        \
    } while (0)

static void
fail_memory(struct reader *r)
{
    if (!r->failed)
        fail_with(r, fault_set(r->fault, FAULT_MEMORY, "out of memory"));
}

static int
line_of(const struct reader *r)
{
    return r->x->input ? r->x->input->line : 0;
}

static const char *
name_of(const struct frame *f) /* of the element, from the contract: safe to show */
{
    return f->field ? (const char *)f->field->local : "(unknown)";
}

static void
on_error(void *context, xmlError *error)
{
    struct reader *r = context;

    if (error->level == XML_ERR_WARNING || r->failed)
        return;
    if (error->code == XML_ERR_NO_MEMORY)
        r->failed = fault_set(r->fault, FAULT_MEMORY, "out of memory");
    else if (error->code == XML_NS_ERR_UNDEFINED_NAMESPACE)
        r->failed =
            fault_set(r->fault, r->wrong, "an XML prefix in line %d is not declared", error->line);
    else
        r->failed = fault_set(r->fault, r->wrong, "not well-formed XML, line %d", error->line);
    fault_log(r->fault, "libxml2 error %d in line %d", error->code, error->line);
    r->x->disableSAX = 1;
#if LIBXML_VERSION < 21100
    if (r->x->input && (char *)(uintptr_t)r->x->input->cur >= r->bytes &&
        (char *)(uintptr_t)r->x->input->cur < r->end) /* nothing is left to be parsed */
        memset((char *)(uintptr_t)r->x->input->cur, 0,
               (size_t)(r->end - (const char *)r->x->input->cur));
#endif
}

static void
on_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    (void)name;
    (void)external;
    (void)system;
    FAIL((struct reader *)context, "a DOCTYPE is not allowed in XML");
}

static void
on_instruction(void *context, const xmlChar *target, const xmlChar *data)
{
    (void)target;
    (void)data;
    FAIL((struct reader *)context, "a processing instruction is not allowed in XML");
}

static void
on_reference(void *context, const xmlChar *name)
{
    (void)name;
    FAIL((struct reader *)context, "an entity reference is not allowed in XML");
}

/* ---- Text ---- */

static bool
is_own(const struct reader *r, const char *p)
{
    return (size_t)(p - r->bytes) < r->size;
}

static void
text_copy(struct reader *r, struct frame *f, const char *p, size_t n)
{
    size_t need = f->text_n + n;

    if (need > f->text_room) {
        size_t room = need < 64 ? 128 : need * 2;
        char *grown = arena_alloc(r->arena, room);

        if (!grown) {
            fail_memory(r);
            return;
        }
        if (f->text_n)
            memcpy(grown, f->text, f->text_n);
        f->text = grown;
        f->text_room = (uint32_t)room;
    }
    memcpy((char *)(uintptr_t)f->text + f->text_n, p, n);
    f->text_n += (uint32_t)n;
}

static void
on_text(void *context, const xmlChar *ch, int n)
{
    struct reader *r = context;
    struct frame *f = r->top;
    const char *p = (const char *)ch;

    if (r->failed || r->skip || f->table->ignores_text)
        return;
    if (f->text_n == 0 && is_own(r, p)) {
        f->text = p;
        f->text_n = (uint32_t)n;
        f->text_room = 0;
    } else if (f->text_n && f->text_room == 0 && f->text + f->text_n == p && is_own(r, p)) {
        f->text_n += (uint32_t)n;
    } else {
        text_copy(r, f, p, (size_t)n);
    }
}

static inline bool
is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Plain digits with at most one point between them are a JSON number as they are. */
static inline bool
is_plain_number(struct str s)
{
    const char *p = s.n ? s.p : "", *end = p + s.n;

    if (*p == '-')
        p++;
    if (end - p > 1 && *p == '0' && p[1] != '.')
        return false;
    if (p == end || !is_digit(*p))
        return false;
    while (p < end && is_digit(*p))
        p++;
    if (p == end)
        return true;
    if (*p++ != '.' || p == end)
        return false;
    while (p < end && is_digit(*p))
        p++;
    return p == end;
}

static struct value
read_number(struct reader *r, const struct frame *f, struct str text)
{
    struct str lexeme = text;

    if (!is_plain_number(text) && !xml_scalar_number(r->arena, text, &lexeme))
        FAIL(r, "%s in line %d is no number", name_of(f), line_of(r));
    return value_number(lexeme);
}

static inline struct value
read_scalar(struct reader *r, const struct frame *f, const struct xml_table *t, struct str text)
{
    bool is_true;

    switch (t->content) {
    case XML_CONTENT_NUMBER: return read_number(r, f, text);
    case XML_CONTENT_BOOLEAN:
        if (!xml_scalar_boolean(text, &is_true))
            FAIL(r, "%s in line %d is neither true nor false", name_of(f), line_of(r));
        return value_boolean(is_true);
    case XML_CONTENT_SCALAR:
        text = xml_scalar_trim(text);
        if (str_eq(text, STR("true")) || str_eq(text, STR("false")))
            return value_boolean(text.n == 4);
        return read_number(r, f, text);
    default: break;
    }
    if (t->collapse)
        text = xml_scalar_collapse(r->arena, text, t->strip);
    else if (!text.p)
        text = STR("");
    if (!text.p)
        fail_memory(r);
    return value_string(text);
}

/* ---- Elements open ---- */

/* What every kind of element needs: a leaf needs no more. */
static inline struct frame *
frame_open(struct reader *r, const struct xml_table *t, const struct xml_field *field)
{
    struct frame *f = ++r->top;

    f->table = t;
    f->field = field;
    f->text = NULL;
    f->text_n = f->text_room = f->at = 0;
    f->nil = false;
    f->scalar = 0;
    return f;
}

static inline void
push(struct reader *r, const struct xml_table *t, const struct xml_field *field,
     const struct xml_variant *variant)
{
    struct frame *f;

    if (t->content == XML_CONTENT_SKIP) {
        r->skip = 1;
        return;
    }
    if (r->top == &r->frames[XML_DEPTH + 1]) {
        FAIL(r, "XML elements more than %d deep", XML_DEPTH);
        return;
    }
    f = frame_open(r, t, field);
    f->variant = variant;
    f->others = 0;
    f->built.kind = VALUE_ABSENT;
    if (t->content == XML_CONTENT_OBJECT) {
        f->members = ARENA_ARRAY(r->arena, t->slot_count + 1, struct member);
        if (!f->members)
            fail_memory(r);
    }
}

/* The field of an element, tried from the one that is due: in order, one comparison. */
static inline const struct xml_field *
field_match(struct frame *f, const xmlChar *local, const xmlChar *ns)
{
    const struct xml_table *t = f->table;
    const struct xml_field *from = t->elements + f->at, *end = t->elements + t->element_count;
    const struct xml_field *e = from;

    while (e < end && (e->local != local || e->ns != ns))
        e++;
    if (e == end) { /* out of order, or not known */
        for (e = t->elements; e < from && (e->local != local || e->ns != ns);)
            e++;
        if (e == from)
            return NULL;
    }
    f->at = (uint32_t)(e - t->elements) + !e->repeats;
    return e;
}

static struct str
attribute_text(const xmlChar **a)
{
    return (struct str){(const char *)a[3], (size_t)(a[4] - a[3])};
}

/* The namespace of a prefix, interned; NULL: none. */
static const xmlChar *
namespace_of(const xmlParserCtxt *x, struct str prefix)
{
    for (int i = x->nsNr - 2; i >= 0; i -= 2)
        if (str_eq(str_of((const char *)x->nsTab[i]), prefix))
            return x->nsTab[i + 1];
    return NULL;
}

/* The variant that xsi:type names; NULL: none that is known, which leaves the declared type. */
static const struct xml_variant *
variant_match(const struct reader *r, const struct xml_table *t, struct str text)
{
    const xmlChar *ns;
    size_t colon;

    text = xml_scalar_trim(text);
    colon = str_find(text, ':');
    ns = namespace_of(r->x, colon < text.n ? str_head(text, colon) : STR_NONE);
    if (colon < text.n)
        text = str_from(text, colon + 1);
    for (uint32_t i = 0; i < t->variant_count; i++)
        if (t->variants[i].ns == ns && str_eq(str_of((const char *)t->variants[i].local), text))
            return &t->variants[i];
    return NULL;
}

static const struct xml_variant *
variant_of(const struct reader *r, const struct xml_table *t, int n, const xmlChar **a)
{
    for (; n > 0 && t->variant_count; n--, a += 5)
        if (a[2] == r->codec->xsi && a[0] == r->codec->type)
            return variant_match(r, t, attribute_text(a));
    return NULL;
}

/* Attribute values that libxml2 had to normalize lie in its own memory. */
static struct str
keep(struct reader *r, struct str text)
{
    if (text.n && !is_own(r, text.p)) {
        text = arena_dup(r->arena, text);
        if (!text.p)
            fail_memory(r);
    }
    return text.n ? text : STR("");
}

static void add_generic(struct reader *r, struct value *object, struct str name, struct value v);

/* What xsi:type says of a text whose type the contract leaves open. */
static uint8_t
scalar_of(const struct reader *r, struct str qname)
{
    static const char *const numbers[] = {"decimal", "integer", "int", "long", "double", "float"};
    const xmlChar *ns;
    size_t colon;

    qname = xml_scalar_trim(qname);
    colon = str_find(qname, ':');
    ns = namespace_of(r->x, colon < qname.n ? str_head(qname, colon) : STR_NONE);
    if (!ns || !str_eq(str_of((const char *)ns), STR(NS_XSD)))
        return 0;
    qname = str_from(qname, colon + 1);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        if (str_eq(qname, str_of(numbers[i])))
            return VALUE_NUMBER;
    return str_eq(qname, STR("boolean")) ? VALUE_BOOLEAN : 0;
}

static void
keep_attribute(struct reader *r, struct frame *f, const xmlChar **a)
{
    struct str name = arena_printf(r->arena, "@%s", (const char *)a[0]);

    if (!name.p)
        fail_memory(r);
    add_generic(r, &f->built, name, value_string(keep(r, attribute_text(a))));
}

static void
read_attribute(struct reader *r, struct frame *f, const xmlChar **a)
{
    const struct xml_table *t = f->table;
    struct str text = attribute_text(a);

    if (a[2] == r->codec->xsi) {
        bool nil = false;
        if (a[0] == r->codec->nil && xml_scalar_boolean(text, &nil))
            f->nil = nil;
        if (a[0] == r->codec->type && t->typed)
            f->scalar = scalar_of(r, text);
        return;
    }
    if (t->content == XML_CONTENT_GENERIC || t->content == XML_CONTENT_MAP) {
        keep_attribute(r, f, a);
        return;
    }
    for (uint32_t i = 0; i < t->attribute_count && t->content == XML_CONTENT_OBJECT; i++) {
        const struct xml_field *at = &t->attributes[i];
        if (at->local != a[0] || at->ns != a[2])
            continue;
        f->members[at->slot].value = read_scalar(r, f, at->table, keep(r, text));
        return;
    }
    if (t->keeps)
        keep_attribute(r, f, a);
}

static void
open_generic(struct reader *r, const xmlChar *local)
{
    const struct xml_table *typed = r->top->table->additional;

    push(r, typed ? typed : &r->codec->generic, NULL, NULL);
    if (r->failed)
        return;
    r->top->name = arena_dup(r->arena, str_of((const char *)local));
    if (!r->top->name.p)
        fail_memory(r);
}

/* One that the table does not know, and keeps under its whole name. */
static void
open_otherwise(struct reader *r, const struct xml_table *t, const xmlChar *local, const xmlChar *ns)
{
    if (r->top->others++ >= OTHERWISE_MEMBERS)
        FAIL(r, "more than %d unknown elements beside each other", OTHERWISE_MEMBERS);
    else
        push(r, t, NULL, NULL);
    if (r->failed)
        return;
    r->top->name =
        arena_printf(r->arena, "{%s}%s", ns ? (const char *)ns : "", (const char *)local);
    if (!r->top->name.p)
        fail_memory(r);
}

/* ---- xop:Include ---- */

static bool
is_binary(const struct xml_table *t)
{
    if (t->content == XML_CONTENT_OBJECT && t->text >= 0)
        t = t->text_table;
    return t->content == XML_CONTENT_STRING && t->strip;
}

static bool
is_include(const xmlChar *local, const xmlChar *ns)
{
    return ns && strcmp((const char *)ns, NS_XOP) == 0 &&
           strcmp((const char *)local, "Include") == 0;
}

static struct str
href_of(struct reader *r, int n, const xmlChar **a)
{
    for (; n > 0; n--, a += 5)
        if (!a[2] && strcmp((const char *)a[0], "href") == 0)
            return keep(r, attribute_text(a));
    return STR_NONE;
}

/* The part's bytes become the text that stood there before it was taken out. */
static void
include(struct reader *r, int n, const xmlChar **a)
{
    static const struct xml_table included = {.content = XML_CONTENT_STRING, .ignores_text = true};
    struct mime_part *part = mime_find(r->arena, r->package, href_of(r, n, a));
    struct frame *f = r->top;
    struct str text;

    r->skip = 1;
    if (!is_binary(f->table) || xml_scalar_trim((struct str){f->text, f->text_n}).n)
        FAIL(r, "the xop:Include in line %d stands where no binary can be", line_of(r));
    else if (!part)
        FAIL(r, "the xop:Include in line %d names no MIME part", line_of(r));
    else if (part == r->package->root)
        FAIL(r, "the xop:Include in line %d names the root part", line_of(r));
    else if (part->taken++)
        FAIL(r, "the xop:Include in line %d names a MIME part for the second time", line_of(r));
    if (r->failed)
        return;
    text = base64_encode(r->arena, part->bytes);
    if (!text.p)
        fail_memory(r);
    f->text = text.p;
    f->text_n = (uint32_t)text.n;
    f->text_room = 0;
    if (f->table->content == XML_CONTENT_STRING)
        f->table = &included; /* blanks behind it are no part of it */
}

static void
open_element(struct reader *r, const xmlChar *local, const xmlChar *ns, int n, const xmlChar **a)
{
    struct frame *parent = r->top;
    const struct xml_table *t = parent->table;
    const struct xml_field *field;
    const struct xml_variant *variant = NULL;

    if (r->package && is_include(local, ns)) {
        include(r, n, a);
        return;
    }
    if (t->content == XML_CONTENT_GENERIC || t->content == XML_CONTENT_MAP) {
        open_generic(r, local);
        return;
    }
    field = t->element_count ? field_match(parent, local, ns) : NULL;
    if (field) {
        t = field->table;
        if (n && t->variant_count)
            variant = variant_of(r, t, n, a);
        push(r, variant ? variant->table : t, field, variant);
    } else if (t->otherwise) {
        open_otherwise(r, t->otherwise, local, ns);
    } else if (t->content == XML_CONTENT_OBJECT && (t->any >= 0 || t->open)) {
        open_generic(r, local);
    } else if (t->strict) {
        FAIL(r, "an element in line %d is not expected there", line_of(r));
    } else {
        r->unknown++;
        r->skip = 1;
    }
}

/* True when the element was stepped over, or the document is refused. */
static bool
is_stopped(struct reader *r)
{
    if (!r->failed && ++r->skip > SKIP_DEPTH)
        FAIL(r, "XML elements more than %d deep", SKIP_DEPTH);
    return true;
}

/* The common case: a text element without attributes, in its due place. */
static inline bool
open_due_leaf(struct reader *r, const xmlChar *local, const xmlChar *ns)
{
    struct frame *parent = r->top;
    const struct xml_table *t = parent->table;
    const struct xml_field *e;

    if (parent->at >= t->element_count || parent == &r->frames[XML_DEPTH + 1])
        return false;
    e = t->elements + parent->at;
    if (!e->is_leaf || e->local != local || e->ns != ns)
        return false;
    parent->at++;
    (void)frame_open(r, e->table, e);
    return true;
}

static __attribute__((noinline)) void
start_element(struct reader *r, const xmlChar *local, const xmlChar *prefix, const xmlChar *ns,
              int n, const xmlChar **a)
{
    const struct frame *parent = r->top;

    if (prefix && !ns && !r->failed) {
        FAIL(r, "an XML prefix in line %d is not declared", line_of(r));
        return;
    }
    if (r->x->nsNr > NAMESPACES_OPEN * 2) {
        FAIL(r, "more than %d XML namespaces in force", NAMESPACES_OPEN);
        return;
    }
    if (r->codec->outside && xmlDictSize(r->x->dict) - r->names > NAMES_NEW) {
        FAIL(r, "more than %d different names in XML", NAMES_NEW);
        return;
    }
    if ((r->skip || r->failed) && is_stopped(r))
        return;
    open_element(r, local, ns, n, a);
    for (; n > 0 && r->top > parent && !r->failed; n--, a += 5)
        read_attribute(r, r->top, a);
}

static void
on_start(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *ns,
         int namespace_count, const xmlChar **namespaces, int n, int defaulted, const xmlChar **a)
{
    struct reader *r = context;

    (void)namespaces;
    (void)defaulted;
    if (n == 0 && namespace_count == 0 && !r->skip && !r->failed && (ns || !prefix) &&
        open_due_leaf(r, local, ns))
        return;
    start_element(r, local, prefix, ns, n, a);
}

/* ---- Elements close ---- */

static void
append(struct reader *r, struct value *array, struct value v)
{
    if (array->kind == VALUE_ABSENT)
        *array = VALUE_OF(VALUE_ARRAY);
    if (value_append(r->arena, array, v) != FAULT_NONE)
        fail_memory(r);
}

/* What stands twice in a generic element is a list. */
static void
add_generic(struct reader *r, struct value *object, struct str name, struct value v)
{
    struct value *known, list = VALUE_OF(VALUE_ARRAY);
    uint32_t most = r->codec->outside ? PUBLISHED_MEMBERS : GENERIC_MEMBERS;

    if (object->kind == VALUE_ABSENT)
        *object = VALUE_OF(VALUE_OBJECT);
    known = (struct value *)(uintptr_t)value_get(object, name); /* ours: not shared yet */
    if (!known) {
        if (object->n >= most)
            FAIL(r, "more than %u different elements in one", most);
        else if (value_add(r->arena, object, name, v) != FAULT_NONE)
            fail_memory(r);
        return;
    }
    if (known->kind != VALUE_ARRAY) {
        append(r, &list, *known);
        *known = list;
    }
    append(r, known, v);
}

static bool
is_blank(struct str s)
{
    return xml_scalar_trim(s).n == 0;
}

static const struct xml_table NUMBER = {.content = XML_CONTENT_NUMBER};
static const struct xml_table BOOLEAN = {.content = XML_CONTENT_BOOLEAN};

static struct value
close_generic(struct reader *r, struct frame *f)
{
    struct str text = {f->text, f->text_n};

    if (f->built.kind == VALUE_ABSENT && f->scalar)
        return read_scalar(r, f, f->scalar == VALUE_NUMBER ? &NUMBER : &BOOLEAN, text);
    if (f->built.kind == VALUE_ABSENT && f->table->content == XML_CONTENT_GENERIC)
        return value_string(text.p ? text : STR(""));
    if (f->built.kind == VALUE_ABSENT)
        f->built = VALUE_OF(VALUE_OBJECT);
    if (!is_blank(text))
        add_generic(r, &f->built, STR("$value"), value_string(text));
    return f->built;
}

/* What a slot holds once its element is closed, when nothing was put there. */
static struct value
slot_otherwise(struct reader *r, const struct frame *f, uint32_t i)
{
    const struct xml_table *t = f->table;
    const struct xml_slot *slot = &t->slots[i];
    struct str text = {f->text, f->text_n};

    if ((int32_t)i == t->text && (slot->required || !is_blank(text)))
        return read_scalar(r, f, t->text_table, text);
    if ((int32_t)i == t->discriminator && f->variant)
        return value_string(f->variant->value);
    if (slot->empty_list)
        return VALUE_OF(VALUE_ARRAY);
    if (slot->required && !r->codec->outside)
        FAIL(r, "%.*s is missing in %s, line %d", STR_ARG(slot->name), name_of(f), line_of(r));
    return VALUE_OF(VALUE_ABSENT);
}

/* The elements that an open type does not know, behind those it knows. */
static void
add_unknown(struct reader *r, const struct frame *f, struct value *object)
{
    uint32_t n = object->n;
    struct member *members = ARENA_ARRAY(r->arena, n + f->built.n, struct member);

    if (!members) {
        fail_memory(r);
        return;
    }
    memcpy(members, object->members, n * sizeof(struct member));
    for (uint32_t i = 0; i < f->built.n; i++) {
        if (value_get(object, f->built.members[i].name))
            FAIL(r, "two kinds of element for one member in line %d", line_of(r));
        members[n + i] = f->built.members[i];
    }
    object->members = members;
    object->n = n + f->built.n;
}

/* The discriminator must not name another type than xsi:type did. */
static void
check_discriminator(struct reader *r, const struct frame *f, const struct value *v)
{
    const struct xml_table *declared = f->field->table;

    for (uint32_t i = 0; i < declared->variant_count; i++)
        if (declared->variants[i].table == f->table &&
            str_eq(declared->variants[i].value, value_text(v)))
            return;
    FAIL(r, "xsi:type and its discriminator do not agree in %s, line %d", name_of(f), line_of(r));
}

static struct value
close_object(struct reader *r, struct frame *f)
{
    const struct xml_table *t = f->table;
    struct value object = VALUE_OF(VALUE_OBJECT);
    uint32_t n = 0;

    object.members = f->members;
    for (uint32_t i = 0; i < t->slot_count; i++) {
        struct value v = f->members[i].value;

        if (v.kind == VALUE_ABSENT) {
            v = slot_otherwise(r, f, i);
            if (v.kind == VALUE_ABSENT)
                continue;
            f->members[i].value = v;
        } else if (f->variant && (int32_t)i == t->discriminator && v.kind == VALUE_STRING) {
            check_discriminator(r, f, &v);
        }
        if (n != i)
            f->members[n].value = v;
        f->members[n++].name = t->slots[i].name;
    }
    object.n = n;
    if (f->built.kind == VALUE_OBJECT)
        add_unknown(r, f, &object);
    return object;
}

static struct value
close_frame(struct reader *r, struct frame *f)
{
    if (f->nil)
        return VALUE_OF(VALUE_NULL);
    switch (f->table->content) {
    case XML_CONTENT_OBJECT: return close_object(r, f);
    case XML_CONTENT_WRAPPER:
        return f->built.kind == VALUE_ABSENT ? VALUE_OF(VALUE_ARRAY) : f->built;
    case XML_CONTENT_GENERIC:
    case XML_CONTENT_MAP: return close_generic(r, f);
    default: return read_scalar(r, f, f->table, (struct str){f->text, f->text_n});
    }
}

static inline void
store(struct reader *r, struct frame *parent, const struct frame *f, struct value v)
{
    const struct xml_table *t = parent->table;
    struct value *slot;

    if (t->content == XML_CONTENT_WRAPPER) {
        append(r, &parent->built, v);
        return;
    }
    if (!f->field) {
        slot = t->content == XML_CONTENT_OBJECT && t->any >= 0 ? &parent->members[t->any].value
                                                               : &parent->built;
        add_generic(r, slot, f->name, v);
        return;
    }
    slot = &parent->members[f->field->slot].value;
    if (f->field->repeats)
        append(r, slot, v);
    else if (slot->kind != VALUE_ABSENT)
        FAIL(r, "%s is there twice, line %d", name_of(f), line_of(r));
    else
        *slot = v;
}

static __attribute__((noinline)) void
end_element(struct reader *r)
{
    const struct frame *f = r->top;
    struct value v;

    if (r->failed)
        return;
    if (r->skip) {
        r->skip--;
        return;
    }
    v = close_frame(r, r->top);
    r->top--;
    if (!r->failed)
        store(r, r->top, f, v);
}

/* The common case: text that is the value as it stands, into a free slot. */
static inline bool
close_plain_leaf(struct reader *r)
{
    const struct frame *f = r->top;
    const struct xml_field *field = f->field;
    struct value *slot;

    if (!field || !field->is_leaf || f->nil || !f->text_n)
        return false;
    slot = &f[-1].members[field->slot].value;
    if (slot->kind != VALUE_ABSENT)
        return false;
    if (f->table->content == XML_CONTENT_NUMBER &&
        is_plain_number((struct str){f->text, f->text_n}))
        slot->kind = VALUE_NUMBER;
    else if (f->table->content == XML_CONTENT_STRING && !f->table->collapse)
        slot->kind = VALUE_STRING;
    else
        return false;
    slot->n = f->text_n;
    slot->text = f->text;
    r->top--;
    return true;
}

static void
on_end(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *ns)
{
    struct reader *r = context;

    (void)local;
    (void)prefix;
    (void)ns;
    if (r->skip || r->failed || !close_plain_leaf(r))
        end_element(r);
}

/* ---- The document ---- */

static const xmlSAXHandler HANDLERS = {
    .internalSubset = on_doctype,
    .processingInstruction = on_instruction,
    .reference = on_reference,
    .characters = on_text,
    .ignorableWhitespace = on_text,
    .startElementNs = on_start,
    .endElementNs = on_end,
    .serror = on_error,
    .initialized = XML_SAX2_MAGIC,
};

static bool
parsed_to_the_end(const struct reader *r)
{
    const xmlParserCtxt *x = r->x;

    return x->wellFormed && x->nsWellFormed && x->input && x->input->cur == x->input->end;
}

static enum fault_code
parse(struct reader *r)
{
    if (!xml_context_feed(r->x, r->bytes, (size_t)(r->end - r->bytes)))
        return fault_set(r->fault, FAULT_MEMORY, "out of memory");
    (void)xmlParseDocument(r->x);
    if (!r->failed && !parsed_to_the_end(r))
        r->failed = fault_set(r->fault, r->wrong, "not one well-formed XML document");
    return r->failed;
}

static enum fault_code
read_document(const struct xml_root *root, struct arena *a, struct str bytes, struct mime *package,
              enum fault_code wrong, struct value *out, unsigned *unknown, struct fault *f)
{
    struct reader r;
    size_t n = 0;
    enum fault_code code = xml_scan(a, bytes, wrong, &r.bytes, &n, f);

    if (code != FAULT_NONE)
        return code;
    r.end = r.bytes + n;
    r.codec = root->codec;
    r.package = package;
    r.arena = a;
    r.fault = f;
    r.wrong = wrong;
    r.failed = FAULT_NONE;
    r.skip = r.unknown = 0;
    r.size = n;
    r.top = r.frames; /* below the document */
    r.x = xml_context_get(root->codec, &HANDLERS);
    if (!r.x)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    r.x->userData = &r;
    r.names = xmlDictSize(r.x->dict);
    push(&r, root->table, NULL, NULL);
    code = r.failed ? r.failed : parse(&r);
    if (code == FAULT_NONE) {
        *out = close_frame(&r, r.top);
        code = r.failed;
    }
    *unknown = r.unknown;
    xml_context_done(r.x, code == FAULT_NONE);
    return code;
}

enum fault_code
xml_read_document(const struct xml_root *root, struct arena *a, struct str bytes,
                  enum fault_code wrong, struct value *out, unsigned *unknown, struct fault *f)
{
    return read_document(root, a, bytes, NULL, wrong, out, unknown, f);
}

enum fault_code
xml_read_package(const struct xml_root *root, struct arena *a, struct mime *package,
                 enum fault_code wrong, struct value *out, unsigned *unknown, struct fault *f)
{
    for (unsigned i = 0; i < package->n; i++)
        package->parts[i].taken = 0;
    return read_document(root, a, package->root->bytes, package, wrong, out, unknown, f);
}

enum fault_code
xml_read(const struct xml_root *root, struct arena *a, struct str bytes, enum fault_code wrong,
         struct value *out, struct fault *f)
{
    struct value document;
    unsigned unknown;
    enum fault_code code = xml_read_document(root, a, bytes, wrong, &document, &unknown, f);

    if (code == FAULT_NONE)
        *out = document.members[0].value;
    return code;
}
