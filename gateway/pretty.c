/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/pretty.h"

static void
new_line(struct buf *out, unsigned depth)
{
    buf_put_char(out, '\n');
    for (unsigned i = 0; i < depth; i++)
        buf_str(out, STR("  "));
}

/* Bytes of the string literal at s, quotes included. */
static size_t
literal_length(struct str s)
{
    size_t i = 1;

    while (i < s.n && s.p[i] != '"')
        i += s.p[i] == '\\' ? 2 : 1;
    return i < s.n ? i + 1 : s.n;
}

void
pretty_json(struct buf *out, struct str text)
{
    unsigned depth = 0;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i], next = i + 1 < text.n ? text.p[i + 1] : 0;

        if (c == '"') {
            size_t n = literal_length(str_from(text, i));

            buf_str(out, str_head(str_from(text, i), n));
            i += n - 1;
            continue;
        }
        if ((c == '}' || c == ']') && depth && text.p[i - 1] != '{' && text.p[i - 1] != '[')
            new_line(out, depth - 1);
        buf_put_char(out, c);
        if (c == '{' || c == '[') {
            depth++;
            if (next != '}' && next != ']')
                new_line(out, depth);
        }
        if ((c == '}' || c == ']') && depth)
            depth--;
        if (c == ',')
            new_line(out, depth);
        if (c == ':')
            buf_put_char(out, ' ');
    }
}

/* A tag on a line of its own, but for what closes an element with only text inside. */
void
pretty_xml(struct buf *out, struct str text)
{
    unsigned depth = 0;
    bool inline_close = false;

    while (text.n) {
        size_t open = str_find(text, '<'), close = str_find(text, '>');
        struct str tag = close < text.n && close > open
                             ? (struct str){text.p + open, close + 1 - open}
                             : str_from(text, open);
        bool is_close = str_starts(tag, STR("</")), is_empty = str_ends(tag, STR("/>"));

        buf_str(out, str_head(text, open));
        if (is_close && depth)
            depth--;
        if (tag.n && out->n && !(is_close && inline_close))
            new_line(out, depth);
        buf_str(out, tag);
        if (!is_close && !is_empty && !str_starts(tag, STR("<?")))
            depth++;
        inline_close = !is_close && !is_empty;
        text = str_from(text, open + tag.n);
    }
}
