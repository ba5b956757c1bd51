/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graphql/lexer.h"

void
lexer_init(struct lexer *l, struct str source, uint32_t tokens, struct errors *errors)
{
    if (str_starts(source, STR("\xEF\xBB\xBF")))
        source = str_from(source, 3);
    if (!source.p)
        source = STR(""); /* nothing is added to NULL */
    *l = (struct lexer){.errors = errors,
                        .p = source.p,
                        .end = source.p + source.n,
                        .line_start = source.p,
                        .mark = source.p,
                        .column = 1,
                        .line = 1,
                        .tokens_left = tokens};
}

/* Counts on from the last place asked for: a long line is not counted again for each token. */
static struct location
here(struct lexer *l, const char *p)
{
    if (p < l->mark || l->mark < l->line_start) {
        l->mark = l->line_start;
        l->column = 1;
    }
    for (; l->mark < p; l->mark++)
        l->column += ((unsigned char)*l->mark & 0xC0) != 0x80;
    return (struct location){l->line, l->column};
}

static struct token
broken(struct lexer *l, const char *at, const char *what)
{
    errors_add(l->errors, here(l, at), "GRAPHQL_PARSE_FAILED", "Syntax Error: %s", what);
    l->p = l->end;
    return (struct token){.kind = TOKEN_BROKEN};
}

static bool
is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void
new_line(struct lexer *l) /* p is at CR or LF */
{
    l->p += l->p[0] == '\r' && l->p + 1 < l->end && l->p[1] == '\n' ? 2 : 1;
    l->line++;
    l->line_start = l->p;
}

static void
skip_ignored(struct lexer *l)
{
    while (l->p < l->end) {
        char c = *l->p;

        if (c == '\n' || c == '\r')
            new_line(l);
        else if (c == ' ' || c == '\t' || c == ',')
            l->p++;
        else if (c == '#')
            while (l->p < l->end && *l->p != '\n' && *l->p != '\r')
                l->p++;
        else if (l->end - l->p >= 3 && memcmp(l->p, "\xEF\xBB\xBF", 3) == 0)
            l->p += 3;
        else
            return;
    }
}

static struct token
take(struct lexer *l, enum token_kind kind, const char *start)
{
    return (struct token){kind, {start, (size_t)(l->p - start)}, here(l, start)};
}

/* --- numbers, section 2.9.1 --- */

static bool
skip_digits(struct lexer *l)
{
    const char *start = l->p;

    while (l->p < l->end && is_digit(*l->p))
        l->p++;
    return l->p > start;
}

static struct token
number(struct lexer *l)
{
    const char *start = l->p;
    enum token_kind kind = TOKEN_INT;

    if (*l->p == '-')
        l->p++;
    if (l->p < l->end && *l->p == '0')
        l->p++;
    else if (!skip_digits(l))
        return broken(l, l->p, "Invalid number, expected digit.");
    if (l->p < l->end && *l->p == '.') {
        kind = TOKEN_FLOAT;
        l->p++;
        if (!skip_digits(l))
            return broken(l, l->p, "Invalid number, expected digit after the point.");
    }
    if (l->p < l->end && (*l->p == 'e' || *l->p == 'E')) {
        kind = TOKEN_FLOAT;
        l->p++;
        if (l->p < l->end && (*l->p == '+' || *l->p == '-'))
            l->p++;
        if (!skip_digits(l))
            return broken(l, l->p, "Invalid number, expected digit in the exponent.");
    }
    if (l->p < l->end && (is_digit(*l->p) || *l->p == '.' || is_name_start(*l->p)))
        return broken(l, l->p, "Invalid number, expected it to end here.");
    return take(l, kind, start);
}

/* --- strings, section 2.9.4 --- */

static char *
put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xC0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *to++ = (char)(0xE0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3F));
        *to++ = (char)(0x80 | (c & 0x3F));
    } else {
        *to++ = (char)(0xF0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3F));
        *to++ = (char)(0x80 | (c >> 6 & 0x3F));
        *to++ = (char)(0x80 | (c & 0x3F));
    }
    return to;
}

/* "XXXX" or "{X...}" behind \u; moves *p behind it. UINT32_MAX: broken. */
static uint32_t
hex_code(const char **p, const char *end)
{
    bool braces = *p < end && **p == '{';
    uint32_t code = 0;
    unsigned n = 0;

    *p += braces;
    for (; *p < end && str_hex_digit(**p) >= 0 && n < (braces ? 7 : 4); n++)
        code = code << 4 | (uint32_t)str_hex_digit(*(*p)++);
    if (!braces)
        return n == 4 ? code : UINT32_MAX;
    if (n == 0 || n == 7 || *p == end || **p != '}')
        return UINT32_MAX;
    (*p)++;
    return code;
}

static char *
unicode_escape(const char **p, const char *end, char *to)
{
    bool braces = *p < end && **p == '{';
    uint32_t code = hex_code(p, end), low;

    if (!braces && code >= 0xD800 && code < 0xDC00 && end - *p >= 2 && (*p)[0] == '\\' &&
        (*p)[1] == 'u' && (end - *p == 2 || (*p)[2] != '{')) {
        *p += 2;
        low = hex_code(p, end);
        if (low < 0xDC00 || low > 0xDFFF)
            return NULL;
        return put_utf8(to, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return NULL;
    return put_utf8(to, code);
}

/* Never longer than what stands there; NULL: a broken escape. */
static char *
unescape(const char *p, const char *end, char *to)
{
    static const char from[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";

    while (p < end) {
        const char *found;

        if (*p != '\\') {
            *to++ = *p++;
            continue;
        }
        p++;
        if (p < end && *p == 'u') {
            p++;
            to = unicode_escape(&p, end, to);
            if (!to)
                return NULL;
            continue;
        }
        found = p < end && *p ? strchr(from, *p) : NULL;
        if (!found)
            return NULL;
        *to++ = meant[found - from];
        p++;
    }
    return to;
}

static struct token
string(struct lexer *l)
{
    const char *start = l->p++;
    struct token t;
    char *text, *end;
    bool plain = true;

    while (l->p < l->end && *l->p != '"') {
        if (*l->p == '\n' || *l->p == '\r')
            break;
        if (*l->p == '\\') {
            plain = false;
            l->p++;
        }
        if (l->p < l->end)
            l->p++;
    }
    if (l->p >= l->end || *l->p != '"')
        return broken(l, l->p < l->end ? l->p : l->end, "Unterminated string.");
    t = take(l, TOKEN_STRING, start + 1);
    t.at = here(l, start);
    l->p++;
    if (plain)
        return t;
    text = arena_alloc(l->errors->arena, t.text.n + 1);
    end = text ? unescape(t.text.p, t.text.p + t.text.n, text) : NULL;
    if (!end)
        return broken(l, start, "Invalid character escape sequence.");
    t.text = (struct str){text, (size_t)(end - text)};
    return t;
}

/* --- block strings, section 2.9.4.2 --- */

static size_t
indent_of(struct str line)
{
    size_t n = 0;

    while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
        n++;
    return n;
}

/* Cuts the next line off; LF, CR or CR LF ends it. */
static bool
next_line(struct str *rest, struct str *line)
{
    size_t n = 0;

    if (!rest->p)
        return false;
    while (n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r')
        n++;
    *line = str_head(*rest, n);
    if (n == rest->n) {
        *rest = STR_NONE;
        return true;
    }
    n += rest->p[n] == '\r' && n + 1 < rest->n && rest->p[n + 1] == '\n' ? 2 : 1;
    *rest = (struct str){rest->p + n, rest->n - n};
    return true;
}

static size_t
common_indent(struct str raw)
{
    size_t common = SIZE_MAX, first = 1;
    struct str line;

    while (next_line(&raw, &line)) {
        size_t n = indent_of(line);

        if (!first && n < line.n && n < common)
            common = n;
        first = 0;
    }
    return common == SIZE_MAX ? 0 : common;
}

static char *
put_block_line(char *to, struct str line)
{
    for (size_t i = 0; i < line.n; i++) {
        if (line.n - i >= 4 && memcmp(line.p + i, "\\\"\"\"", 4) == 0)
            i++;
        *to++ = line.p[i];
    }
    return to;
}

/* BlockStringValue(): without the common indentation and the blank lines around. */
static struct str
block_value(struct arena *a, struct str raw)
{
    size_t common = common_indent(raw);
    char *text = arena_alloc(a, raw.n + 2), *to = text, *keep = text;
    struct str rest = raw, line;
    bool first = true, begun = false;

    if (!text)
        return STR_NONE;
    while (next_line(&rest, &line)) {
        bool blank = indent_of(line) == line.n;

        if (!first)
            line = str_from(line, common);
        first = false;
        if (!begun && blank)
            continue;
        if (begun)
            *to++ = '\n';
        begun = true;
        to = put_block_line(to, line);
        if (!blank)
            keep = to;
    }
    return (struct str){text, (size_t)(keep - text)};
}

static struct token
block_string(struct lexer *l)
{
    struct token t = {.kind = TOKEN_BLOCK_STRING, .at = here(l, l->p)};
    const char *start = l->p += 3;

    for (;;) {
        if (l->end - l->p < 3)
            return broken(l, l->end, "Unterminated string.");
        if (memcmp(l->p, "\"\"\"", 3) == 0)
            break;
        if (l->end - l->p >= 4 && memcmp(l->p, "\\\"\"\"", 4) == 0)
            l->p += 4;
        else if (*l->p == '\n' || *l->p == '\r')
            new_line(l);
        else
            l->p++;
    }
    t.text = block_value(l->errors->arena, (struct str){start, (size_t)(l->p - start)});
    l->p += 3;
    if (!t.text.p)
        return broken(l, l->p, "out of memory");
    return t;
}

struct token
lexer_next(struct lexer *l)
{
    const char *start;

    skip_ignored(l);
    start = l->p;
    if (l->p >= l->end)
        return take(l, TOKEN_END, start);
    if (l->tokens_left-- == 0)
        return broken(l, start, "Document contains too many tokens. Parsing aborted.");
    if (is_name_start(*l->p)) {
        while (l->p < l->end && (is_name_start(*l->p) || is_digit(*l->p)))
            l->p++;
        return take(l, TOKEN_NAME, start);
    }
    if (is_digit(*l->p) || *l->p == '-')
        return number(l);
    if (*l->p == '"')
        return l->end - l->p >= 3 && memcmp(l->p, "\"\"\"", 3) == 0 ? block_string(l) : string(l);
    if (l->end - l->p >= 3 && memcmp(l->p, "...", 3) == 0) {
        l->p += 3;
        return take(l, TOKEN_PUNCTUATOR, start);
    }
    if (memchr("!$&():=@[]{|}", *l->p, 13)) {
        l->p++;
        return take(l, TOKEN_PUNCTUATOR, start);
    }
    return broken(l, start, "Unexpected character.");
}
