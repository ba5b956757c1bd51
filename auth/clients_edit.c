/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/clients_edit.h"

#include "base/json.h"

#define BRACES "the file is not written as blocks, one key a line: change it by hand"

struct edit {
    struct str text;
    const struct document *document;
    const cJSON *clients;
};

static const char *
open_text(struct arena *a, struct str text, struct edit *e)
{
    struct report r;

    report_init(&r, a);
    e->text = text;
    e->document = document_parse(a, STR("clients"), text, &r);
    e->clients = e->document ? node_get(e->document->root, "clients") : NULL;
    return cJSON_IsObject(e->clients) ? NULL : "the file has no `clients`";
}

/* Where a line begins, from 1; the text's end when there is no such line. */
static size_t
line_start(struct str text, unsigned line)
{
    size_t at = 0;

    for (unsigned n = 1; n < line && at < text.n; n++)
        at += str_find(str_from(text, at), '\n') + 1;
    return at < text.n ? at : text.n;
}

/* The key stands first in its line. */
static bool
is_block_key(const struct edit *e, const cJSON *member)
{
    struct place at = document_key_place(e->document, member);
    size_t start = line_start(e->text, at.line);

    for (size_t i = start; at.line && i < start + at.column - 1; i++)
        if (i >= e->text.n || e->text.p[i] != ' ')
            return false;
    return at.line > 0;
}

static unsigned
indent_of(const struct edit *e, const cJSON *member)
{
    return document_key_place(e->document, member).column - 1;
}

static void
put_spaces(struct buf *out, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        buf_put_char(out, ' ');
}

/* A name as it may stand in YAML, too. */
static void
put_name(struct buf *out, struct str name)
{
    bool plain = name.n > 0 && name.p[0] != '-';

    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        plain &= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
                 (i > 0 && c >= '0' && c <= '9');
    }
    if (plain)
        buf_str(out, name);
    else
        json_write_string(out, name);
}

static void
put_member(struct buf *out, unsigned indent, const struct clients_member *m)
{
    put_spaces(out, indent);
    buf_printf(out, "%s: %.*s\n", m->name, STR_ARG(m->value));
}

/* The text up to `{}`, or all of it, ending in a newline. */
static const char *
put_before(struct edit *e, struct buf *out)
{
    struct place at = document_place(e->document, e->clients);
    size_t open = line_start(e->text, at.line) + at.column - 1;
    struct str rest = str_from(e->text, open);

    if (e->clients->next)
        return "`clients` is not the last key of the file: change it by hand";
    if (e->clients->child && !is_block_key(e, e->clients->child))
        return BRACES;
    if (e->clients->child) {
        buf_str(out, e->text);
    } else {
        if (!str_starts(rest, STR("{}")))
            return BRACES;
        buf_str(out, str_head(e->text, open));
        buf_str(out, str_from(rest, 2));
    }
    if (out->n && out->p[out->n - 1] != '\n')
        buf_put_char(out, '\n');
    return NULL;
}

const char *
clients_edit_add(struct arena *a, struct str text, struct str client,
                 const struct clients_member *members, unsigned n, struct buf *out)
{
    struct edit e;
    const char *wrong = open_text(a, text, &e);
    unsigned indent;

    if (!wrong)
        wrong = put_before(&e, out);
    if (wrong)
        return wrong;
    indent = e.clients->child ? indent_of(&e, e.clients->child) : 2;
    put_spaces(out, indent);
    put_name(out, client);
    buf_str(out, STR(":\n"));
    for (unsigned i = 0; i < n; i++)
        put_member(out, indent + 2, &members[i]);
    return out->failed ? "the file is too large" : NULL;
}

static const cJSON *
find_client(const struct edit *e, struct str name)
{
    for (const cJSON *one = e->clients->child; one; one = one->next)
        if (str_eq(str_of(one->string), name))
            return one;
    return NULL;
}

/* The line that holds the member, key and value; *wrong when it is not one line. */
static struct str
line_of(const struct edit *e, const cJSON *member, const char **wrong)
{
    struct place key = document_key_place(e->document, member);
    struct place value = document_place(e->document, member);
    struct str rest = str_from(e->text, line_start(e->text, key.line));
    const cJSON *last = member;

    while (last->child) /* of a list: its last item's line */
        for (last = last->child; last->next;)
            last = last->next;
    if (!is_block_key(e, member) || value.line != key.line ||
        document_place(e->document, last).line != key.line)
        *wrong = BRACES;
    return str_head(rest, str_find(rest, '\n') + 1);
}

/* Replaces a line (or nothing, at its start) by the member. */
static void
put_changed(struct buf *out, struct str text, struct str line, unsigned indent,
            const struct clients_member *m)
{
    size_t at = (size_t)(line.p - text.p);

    buf_str(out, str_head(text, at));
    if (m)
        put_member(out, indent, m);
    buf_str(out, str_from(text, at + line.n));
}

static const char *
set_one(struct arena *a, struct str text, struct str client, struct clients_member m,
        struct buf *out)
{
    struct edit e;
    const char *wrong = open_text(a, text, &e);
    const cJSON *object = wrong ? NULL : find_client(&e, client), *member;
    struct str line;

    if (wrong)
        return wrong;
    if (!object)
        return "there is no client of that name";
    if (!object->child || !is_block_key(&e, object->child))
        return BRACES;
    member = node_get(object, m.name);
    line = line_of(&e, member ? member : object->child, &wrong);
    if (member && wrong)
        return wrong;
    if (!member)
        line.n = 0;
    put_changed(out, text, line, indent_of(&e, object->child), &m);
    return NULL;
}

static const char *
remove_one(struct arena *a, struct str text, struct str client, const char *name, struct buf *out)
{
    struct edit e;
    const char *wrong = open_text(a, text, &e);
    const cJSON *object = wrong ? NULL : find_client(&e, client);
    const cJSON *member = object ? node_get(object, name) : NULL;
    struct str line;

    if (wrong || !member) {
        buf_str(out, text);
        return wrong;
    }
    line = line_of(&e, member, &wrong);
    if (!wrong)
        put_changed(out, text, line, 0, NULL);
    return wrong;
}

const char *
clients_edit_set(struct arena *a, struct str text, struct str client, struct clients_member member,
                 const char *removed, struct buf *out)
{
    const char *wrong;
    struct buf set;

    if (!removed)
        return set_one(a, text, client, member, out);
    buf_init(&set, out->ceiling);
    wrong = set_one(a, text, client, member, &set);
    if (!wrong)
        wrong = remove_one(a, buf_view(&set), client, removed, out);
    buf_fini(&set);
    return wrong;
}
