/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fits in a line and is not nested deep is written in flow style, the rest as blocks. Text is
 * plain only where no reader, of YAML 1.1 or 1.2, could take it for anything else.
 */
#include "base/yaml_write.h"

enum { WIDTH = 98, FOLD = 90, FLOW_DEPTH = 2, TEXT_WIDTH = 60 };

static void put_block(struct buf *out, const cJSON *node, int indent, bool inside);

/* ---- Text ---- */

static bool
is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '-' || c == '$' || c == '+' || (c & 0x80);
}

/* Words that some YAML reader takes for null or a boolean. */
static bool
is_taken(struct str s)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on",
                                        "off",  "y",    "n",     "nan", "inf"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (str_eq_nocase(s, str_of(words[i])))
            return true;
    return false;
}

/* Line ends that are none in JSON (YAML 1.1), and the byte order mark. */
static bool
is_odd(const char *p, size_t left)
{
    return (left > 1 && memcmp(p, "\xC2\x85", 2) == 0) ||
           (left > 2 && (memcmp(p, "\xE2\x80\xA8", 3) == 0 || memcmp(p, "\xE2\x80\xA9", 3) == 0 ||
                         memcmp(p, "\xEF\xBB\xBF", 3) == 0));
}

static bool
is_printable(struct str s, bool lines)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < ' ' && !(lines && s.p[i] == '\n')) || s.p[i] == 0x7F ||
            is_odd(s.p + i, s.n - i))
            return false;
    return true;
}

/* "3.1.0" is no number. */
static bool
is_version(struct str s)
{
    unsigned dots = 0;

    for (size_t i = 0; i < s.n; i++) {
        dots += s.p[i] == '.';
        if (s.p[i] != '.' && (s.p[i] < '0' || s.p[i] > '9'))
            return false;
    }
    return dots == 2 && s.p[0] != '.' && s.p[s.n - 1] != '.';
}

static bool
may_begin(struct str s)
{
    char c = s.n ? s.p[0] : ' ';

    if (c == '.')
        return str_starts(s, STR("./")) || str_starts(s, STR("../"));
    if (c >= '0' && c <= '9')
        return is_version(s);
    return (is_word(c) && c != '-' && c != '+') || c == '(';
}

static bool
is_plain(struct str s, bool flow)
{
    if (!may_begin(s) || s.p[s.n - 1] == ' ' || is_taken(s))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool inside = strchr(",'\"=;{}[]", c) || (c == ':' && i + 1 < s.n && s.p[i + 1] != ' ');

        if (!is_word(c) && !strchr(" ()@", c) && (flow || !inside))
            return false;
    }
    return true;
}

static void
put_double(struct buf *out, struct str s)
{
    buf_put_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (is_odd(s.p + i, s.n - i)) {
            buf_str(out, c == 0xC2                           ? STR("\\N")
                         : c == 0xEF                         ? STR("\\uFEFF")
                         : (unsigned char)s.p[i + 2] == 0xA8 ? STR("\\L")
                                                             : STR("\\P"));
            i += c == 0xC2 ? 1 : 2;
        } else if (c == '\n') {
            buf_str(out, STR("\\n"));
        } else if (c < ' ' || c == 0x7F) {
            buf_printf(out, "\\x%02X", c);
        } else {
            if (c == '"' || c == '\\')
                buf_put_char(out, '\\');
            buf_put_char(out, (char)c);
        }
    }
    buf_put_char(out, '"');
}

static void
put_text(struct buf *out, struct str s, bool flow)
{
    if (!is_printable(s, false)) {
        put_double(out, s);
    } else if (is_plain(s, flow)) {
        buf_str(out, s);
    } else {
        buf_put_char(out, '\'');
        for (size_t i = 0; i < s.n; i++) {
            buf_put_char(out, s.p[i]);
            if (s.p[i] == '\'')
                buf_put_char(out, '\'');
        }
        buf_put_char(out, '\'');
    }
}

static void
put_indent(struct buf *out, int indent)
{
    buf_printf(out, "%*s", indent, "");
}

static void
put_literal(struct buf *out, struct str s, int indent)
{
    struct str line;

    buf_str(out, STR(" |-\n"));
    while (str_split(&s, '\n', &line)) {
        if (line.n)
            put_indent(out, indent);
        buf_str(out, line);
        buf_put_char(out, '\n');
    }
}

/* One paragraph over several lines; only single blanks in it, so that each may be a line end. */
static void
put_folded(struct buf *out, struct str s, int indent)
{
    struct str word;
    size_t at = 0;

    buf_str(out, STR(" >-\n"));
    while (str_split(&s, ' ', &word)) {
        if (at && (size_t)indent + at + 1 + word.n > FOLD) {
            buf_put_char(out, '\n');
            at = 0;
        }
        if (at)
            buf_put_char(out, ' ');
        else
            put_indent(out, indent);
        buf_str(out, word);
        at += word.n + 1;
    }
    buf_put_char(out, '\n');
}

static bool
is_paragraph(struct str s)
{
    if (str_find(s, ' ') == s.n || s.p[0] == ' ' || s.p[s.n - 1] == ' ' || !is_printable(s, false))
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (s.p[i] == ' ' && s.p[i - 1] == ' ')
            return false;
    return true;
}

/* The text behind a key or a dash, to the end of its lines. */
static void
put_text_block(struct buf *out, struct str s, int indent)
{
    bool lines = s.n && str_find(s, '\n') < s.n;

    if (lines && s.p[0] != ' ' && s.p[0] != '\n' && s.p[s.n - 1] != '\n' && is_printable(s, true)) {
        put_literal(out, s, indent);
    } else if (!lines && s.n > TEXT_WIDTH && (size_t)indent + s.n > TEXT_WIDTH + 16 &&
               is_paragraph(s)) {
        put_folded(out, s, indent);
    } else {
        buf_put_char(out, ' ');
        put_text(out, s, false);
        buf_put_char(out, '\n');
    }
}

/* ---- Values ---- */

static bool
is_comment(const cJSON *node)
{
    return node->string && strcmp(node->string, YAML_COMMENT) == 0;
}

static void
put_scalar(struct buf *out, const cJSON *node, bool flow)
{
    if (cJSON_IsString(node))
        put_text(out, str_of(node->valuestring), flow);
    else if (cJSON_IsNumber(node) && node_lexeme(node).n)
        buf_str(out, node_lexeme(node));
    else if (cJSON_IsNumber(node))
        buf_printf(out, "%.17g", node->valuedouble);
    else
        buf_str(out, cJSON_IsNull(node)   ? STR("null")
                     : cJSON_IsTrue(node) ? STR("true")
                                          : STR("false"));
}

static bool
fits_flow(const cJSON *node, int depth)
{
    if (cJSON_IsString(node))
        return !strchr(node->valuestring, '\n');
    if (depth > FLOW_DEPTH && node->child)
        return false;
    for (const cJSON *c = node->child; c; c = c->next)
        if (is_comment(c) || !fits_flow(c, depth + 1))
            return false;
    return true;
}

static void
put_flow(struct buf *out, const cJSON *node)
{
    bool object = cJSON_IsObject(node);

    if (!object && !cJSON_IsArray(node)) {
        put_scalar(out, node, true);
        return;
    }
    buf_put_char(out, object ? '{' : '[');
    for (const cJSON *c = node->child; c; c = c->next) {
        if (object) {
            put_text(out, str_of(c->string), true);
            buf_str(out, STR(": "));
        }
        put_flow(out, c);
        if (c->next)
            buf_str(out, STR(", "));
    }
    buf_put_char(out, object ? '}' : ']');
}

/* In the rest of the line where it fits; true when it did. */
static bool
put_inline(struct buf *out, const cJSON *node, int column)
{
    struct buf line;
    bool fits;

    if (!fits_flow(node, 1))
        return false;
    buf_init(&line, out->ceiling);
    put_flow(&line, node);
    fits = !line.failed && (size_t)column + 1 + line.n <= WIDTH;
    if (fits) {
        buf_put_char(out, ' ');
        buf_str(out, buf_view(&line));
        buf_put_char(out, '\n');
    }
    buf_fini(&line);
    return fits;
}

static void
put_comment(struct buf *out, struct str text, int indent)
{
    struct str line;

    while (str_split(&text, '\n', &line)) {
        put_indent(out, indent);
        buf_put_char(out, '#');
        if (line.n)
            buf_put_char(out, ' ');
        buf_str(out, line);
        buf_put_char(out, '\n');
    }
}

/* The value behind a key or a dash whose own line began at `indent` and is at `column`. */
static void
put_value(struct buf *out, const cJSON *node, int indent, int column, bool dash)
{
    if (cJSON_IsString(node)) {
        put_text_block(out, str_of(node->valuestring), indent + 2);
    } else if (!cJSON_IsObject(node) && !cJSON_IsArray(node)) {
        buf_put_char(out, ' ');
        put_scalar(out, node, false);
        buf_put_char(out, '\n');
    } else if (!node->child) {
        buf_str(out, cJSON_IsObject(node) ? STR(" {}\n") : STR(" []\n"));
    } else if (!put_inline(out, node, column)) {
        buf_put_char(out, dash && !is_comment(node->child) ? ' ' : '\n');
        put_block(out, node, indent + 2, dash && !is_comment(node->child));
    }
}

/* `inside`: the first line is begun already, behind a dash. */
static void
put_block(struct buf *out, const cJSON *node, int indent, bool inside)
{
    bool object = cJSON_IsObject(node);

    for (const cJSON *c = node->child; c; c = c->next) {
        size_t from = out->n;

        if (object && is_comment(c)) {
            put_comment(out, str_of(c->valuestring), indent);
            continue;
        }
        if (!inside)
            put_indent(out, indent);
        inside = false;
        if (object) {
            put_text(out, str_of(c->string), false);
            buf_put_char(out, ':');
        } else {
            buf_put_char(out, '-');
        }
        put_value(out, c, indent, indent + (int)(out->n - from), !object);
    }
}

void
yaml_write(struct buf *out, const cJSON *root)
{
    put_block(out, root, 0, false);
}
