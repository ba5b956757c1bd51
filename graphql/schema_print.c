/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema definition language (GraphQL September 2025, section 3), as graphql-js lays it out. */
#include "base/json.h"
#include "graphql/schema.h"

void
schema_print_reference(struct buf *out, const struct schema_reference *r)
{
    for (uint32_t i = 0; i < r->depth; i++)
        buf_put_char(out, '[');
    buf_str(out, r->type->name);
    for (uint32_t level = r->depth;; level--) {
        if (r->nonnull >> level & 1)
            buf_put_char(out, '!');
        if (level == 0)
            return;
        buf_put_char(out, ']');
    }
}

/* What a block string would give back as it is. */
static bool
is_plain(struct str text)
{
    if (strchr(" \t\n", text.p[0]) || strchr(" \t\n", text.p[text.n - 1]))
        return false;
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < 0x20 && text.p[i] != '\n' && text.p[i] != '\t')
            return false;
    return true;
}

static void
print_block(struct buf *out, struct str text, const char *indent)
{
    struct str line;

    buf_printf(out, "%s\"\"\"\n", indent);
    while (str_split(&text, '\n', &line)) {
        if (line.n)
            buf_printf(out, "%s", indent);
        for (size_t i = 0; i < line.n; i++) {
            if (line.n - i >= 3 && memcmp(line.p + i, "\"\"\"", 3) == 0) {
                buf_str(out, STR("\\\"\"\""));
                i += 2;
            } else {
                buf_put_char(out, line.p[i]);
            }
        }
        buf_put_char(out, '\n');
    }
    buf_printf(out, "%s\"\"\"\n", indent);
}

static void
print_description(struct buf *out, struct str text, const char *indent)
{
    if (!text.n)
        return;
    if (is_plain(text)) {
        print_block(out, text, indent);
        return;
    }
    buf_printf(out, "%s", indent);
    json_write_string(out, text);
    buf_put_char(out, '\n');
}

static void
print_input(struct buf *out, const struct schema_input *i, const char *indent)
{
    buf_printf(out, "%s%.*s: ", indent, STR_ARG(i->name));
    schema_print_reference(out, &i->type);
    if (i->fallback)
        buf_printf(out, " = %s", i->fallback);
    if (i->deprecated)
        buf_str(out, STR(" @deprecated"));
}

static void
print_arguments(struct buf *out, const struct schema_field *f)
{
    bool described = false;

    for (unsigned i = 0; i < f->argument_count; i++)
        described |= f->arguments[i].description.n > 0;
    if (!f->argument_count)
        return;
    buf_put_char(out, '(');
    for (unsigned i = 0; i < f->argument_count; i++) {
        if (described)
            buf_put_char(out, '\n');
        else if (i)
            buf_str(out, STR(", "));
        print_description(out, f->arguments[i].description, "    ");
        print_input(out, &f->arguments[i], described ? "    " : "");
    }
    buf_str(out, described ? STR("\n  )") : STR(")"));
}

static void
print_fields(struct buf *out, const struct schema_type *t)
{
    for (unsigned i = 0; i < t->interface_count; i++)
        buf_printf(out, "%s%.*s", i ? " & " : " implements ", STR_ARG(t->interfaces[i]->name));
    buf_str(out, STR(" {\n"));
    for (unsigned i = 0; i < t->field_count; i++) {
        print_description(out, t->fields[i].description, "  ");
        buf_printf(out, "  %.*s", STR_ARG(t->fields[i].name));
        print_arguments(out, &t->fields[i]);
        buf_str(out, STR(": "));
        schema_print_reference(out, &t->fields[i].type);
        buf_str(out, t->fields[i].deprecated ? STR(" @deprecated\n") : STR("\n"));
    }
    buf_str(out, STR("}\n"));
}

static void
print_inputs(struct buf *out, const struct schema_type *t)
{
    buf_str(out, t->one_of ? STR(" @oneOf {\n") : STR(" {\n"));
    for (unsigned i = 0; i < t->input_count; i++) {
        print_description(out, t->inputs[i].description, "  ");
        print_input(out, &t->inputs[i], "  ");
        buf_put_char(out, '\n');
    }
    buf_str(out, STR("}\n"));
}

static void
print_type(struct buf *out, const struct schema_type *t)
{
    static const char *const words[] = {"scalar", "type", "interface", "union", "enum", "input"};

    print_description(out, t->description, "");
    buf_printf(out, "%s %.*s", words[t->kind], STR_ARG(t->name));
    switch (t->kind) {
    case SCHEMA_SCALAR:
        if (t->specified_by)
            buf_printf(out, " @specifiedBy(url: \"%s\")", t->specified_by);
        buf_put_char(out, '\n');
        break;
    case SCHEMA_OBJECT:
    case SCHEMA_INTERFACE: print_fields(out, t); break;
    case SCHEMA_UNION:
        for (unsigned i = 0; i < t->member_count; i++)
            buf_printf(out, "%s%.*s", i ? " | " : " = ", STR_ARG(t->members[i]->name));
        buf_put_char(out, '\n');
        break;
    case SCHEMA_ENUM:
        buf_str(out, STR(" {\n"));
        for (unsigned i = 0; i < t->choice_count; i++)
            buf_printf(out, "  %.*s\n", STR_ARG(t->choices[i].name));
        buf_str(out, STR("}\n"));
        break;
    case SCHEMA_INPUT: print_inputs(out, t); break;
    default: break;
    }
}

void
schema_print(struct buf *out, const struct schema *s)
{
    bool first = true;

    for (unsigned i = 0; i < s->type_count; i++) {
        const struct schema_type *t = s->types[i];

        if (t->meta || (t->kind == SCHEMA_SCALAR && t->scalar <= SCALAR_ID))
            continue;
        if (!first)
            buf_put_char(out, '\n');
        first = false;
        print_type(out, t);
    }
}
