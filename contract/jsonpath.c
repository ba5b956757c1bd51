/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See jsonpath.h. Segments and selectors here (RFC 9535, sections 2.3 and 2.5). */
#include "contract/jsonpath_parser.h"
#include "contract/pointer_map.h"

enum { MATCHES_MAX = 1000000 };

bool
jsonpath_fail(struct jsonpath *p, const char *why)
{
    if (!p->why)
        p->why = why;
    return false;
}

void
jsonpath_blanks(struct jsonpath *p)
{
    while (p->at < p->text.n && strchr(" \t\r\n", p->text.p[p->at]) && p->text.p[p->at])
        p->at++;
}

bool
jsonpath_take(struct jsonpath *p, const char *text)
{
    if (!str_starts(str_from(p->text, p->at), str_of(text)))
        return false;
    p->at += strlen(text);
    return true;
}

bool
jsonpath_add(struct jsonpath *p, struct jsonpath_list *list, cJSON *node, cJSON *parent)
{
    if (++p->work > JSONPATH_WORK || list->count >= MATCHES_MAX)
        return jsonpath_fail(p, "matches too much: name what you mean more closely");
    if (list->count == list->room) {
        unsigned room = list->room ? list->room * 2 : 16;
        struct jsonpath_match *items = ARENA_ARRAY(p->arena, room, struct jsonpath_match);
        if (!items)
            return jsonpath_fail(p, "out of memory");
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = (struct jsonpath_match){node, parent};
    return true;
}

/* --- strings --- */

static int
hex4(const char *p)
{
    int n = 0;
    for (int i = 0; i < 4; i++) {
        int digit = str_hex_digit(p[i]);

        if (digit < 0)
            return -1;
        n = n * 16 + digit;
    }
    return n;
}

static size_t
put_utf8(char *out, int c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 63));
    out[2] = (char)(0x80 | (c & 63));
    return 3;
}

/* What stands behind a backslash; bytes written, 0 on a mistake. */
static size_t
unescape(struct jsonpath *p, char *out)
{
    static const char from[] = "bfnrt/\\'\"", to[] = "\b\f\n\r\t/\\'\"";
    char c = jsonpath_peek(p);
    const char *found = c ? strchr(from, c) : NULL;
    if (found) {
        p->at++;
        out[0] = to[found - from];
        return 1;
    }
    int code = c == 'u' && p->at + 5 <= p->text.n ? hex4(p->text.p + p->at + 1) : -1;
    if (code <= 0 || (code >= 0xd800 && code < 0xe000)) /* surrogates: write the character */
        return 0;
    p->at += 5;
    return put_utf8(out, code);
}

bool
jsonpath_string(struct jsonpath *p, struct str *out)
{
    char quote = jsonpath_peek(p);
    char *text = arena_alloc(p->arena, p->text.n + 1);
    size_t n = 0;
    if (!text)
        return jsonpath_fail(p, "out of memory");
    for (p->at++; p->at < p->text.n && p->text.p[p->at] != quote;) {
        if (p->text.p[p->at] != '\\') {
            text[n++] = p->text.p[p->at++];
            continue;
        }
        p->at++;
        size_t more = unescape(p, text + n);
        if (!more)
            return jsonpath_fail(p, "has an escape that is not one of JSONPath's");
        n += more;
    }
    if (p->at >= p->text.n)
        return jsonpath_fail(p, "has a quote that is not closed");
    p->at++;
    text[n] = '\0';
    *out = (struct str){text, n};
    return true;
}

/* --- selectors: each reads itself once, and applies itself to one node --- */

enum selector_kind { SELECT_NAME, SELECT_ALL, SELECT_INDEX, SELECT_SLICE, SELECT_FILTER };

struct selector {
    enum selector_kind kind;
    struct str name;
    long start, end, step; /* INDEX: start */
    bool has_start, has_end;
    size_t at; /* FILTER: of its expression */
};

static bool
read_integer(struct jsonpath *p, long *out, bool *there)
{
    bool negative = jsonpath_peek(p) == '-';
    size_t start = p->at + negative;
    size_t i = start;
    uint64_t n;
    while (i < p->text.n && p->text.p[i] >= '0' && p->text.p[i] <= '9')
        i++;
    *there = i > start;
    if (!*there)
        return negative ? jsonpath_fail(p, "has a '-' without a number") : true;
    struct str digits = str_head(str_from(p->text, start), i - start);
    if (!str_to_u64(digits, &n) || n > INT32_MAX || (digits.n > 1 && digits.p[0] == '0'))
        return jsonpath_fail(p, "has a number that is no index");
    *out = negative ? -(long)n : (long)n;
    p->at = i;
    return true;
}

static bool
read_index(struct jsonpath *p, struct selector *s)
{
    bool has_step;
    s->step = 1;
    if (!read_integer(p, &s->start, &s->has_start))
        return false;
    jsonpath_blanks(p);
    if (!jsonpath_take(p, ":")) {
        s->kind = SELECT_INDEX;
        return s->has_start || jsonpath_fail(p, "has a selector that is none of 'name', *, 0, "
                                                "0:9 and ?filter");
    }
    s->kind = SELECT_SLICE;
    jsonpath_blanks(p);
    if (!read_integer(p, &s->end, &s->has_end))
        return false;
    jsonpath_blanks(p);
    if (!jsonpath_take(p, ":"))
        return true;
    jsonpath_blanks(p);
    return read_integer(p, &s->step, &has_step);
}

static bool
read_selector(struct jsonpath *p, struct selector *s)
{
    bool ignored;
    jsonpath_blanks(p);
    *s = (struct selector){0};
    if (jsonpath_peek(p) == '\'' || jsonpath_peek(p) == '"') {
        s->kind = SELECT_NAME;
        return jsonpath_string(p, &s->name);
    }
    if (jsonpath_take(p, "*")) {
        s->kind = SELECT_ALL;
        return true;
    }
    if (!jsonpath_take(p, "?"))
        return read_index(p, s);
    s->kind = SELECT_FILTER;
    s->at = p->at;
    return jsonpath_filter(p, NULL, &ignored);
}

static bool
apply_index(struct jsonpath *p, const struct selector *s, cJSON *node, struct jsonpath_list *out)
{
    long i = s->start;
    if (!cJSON_IsArray(node))
        return true;
    if (i < 0)
        i += cJSON_GetArraySize(node);
    cJSON *item = i < 0 ? NULL : cJSON_GetArrayItem(node, (int)i);
    return !item || jsonpath_add(p, out, item, node);
}

static long
clamp(long i, long n, long low, long high)
{
    i = i < 0 ? i + n : i;
    return i < low ? low : i > high ? high : i;
}

static bool
apply_slice(struct jsonpath *p, const struct selector *s, cJSON *node, struct jsonpath_list *out)
{
    long n = cJSON_IsArray(node) ? cJSON_GetArraySize(node) : 0;
    bool up = s->step > 0;
    long from = up ? 0 : n - 1, to = up ? n : -1;
    if (!n || !s->step)
        return true;
    if (s->has_start)
        from = up ? clamp(s->start, n, 0, n) : clamp(s->start, n, -1, n - 1);
    if (s->has_end)
        to = up ? clamp(s->end, n, 0, n) : clamp(s->end, n, -1, n - 1);
    for (long i = from; up ? i < to : i > to; i += s->step)
        if (!jsonpath_add(p, out, cJSON_GetArrayItem(node, (int)i), node))
            return false;
    return true;
}

static bool
apply_filter(struct jsonpath *p, const struct selector *s, cJSON *node, struct jsonpath_list *out)
{
    size_t end = p->at;
    for (cJSON *child = node->child; child; child = child->next) {
        bool holds = false;
        p->at = s->at;
        if (!jsonpath_filter(p, child, &holds))
            return false;
        if (holds && !jsonpath_add(p, out, child, node))
            return false;
    }
    p->at = end;
    return true;
}

static bool
apply(struct jsonpath *p, const struct selector *s, cJSON *node, struct jsonpath_list *out)
{
    cJSON *member;
    switch (s->kind) {
    case SELECT_NAME:
        member = s->name.n == strlen(s->name.p) ? node_get(node, s->name.p) : NULL;
        return !member || jsonpath_add(p, out, member, node);
    case SELECT_INDEX: return apply_index(p, s, node, out);
    case SELECT_SLICE: return apply_slice(p, s, node, out);
    case SELECT_FILTER: return apply_filter(p, s, node, out);
    case SELECT_ALL: break;
    }
    for (cJSON *child = node->child; child; child = child->next)
        if (!jsonpath_add(p, out, child, node))
            return false;
    return true;
}

static bool
apply_to_all(struct jsonpath *p, const struct selector *s, const struct jsonpath_list *list,
             struct jsonpath_list *out)
{
    for (unsigned i = 0; i < list->count; i++)
        if (!apply(p, s, list->items[i].node, out))
            return false;
    return true;
}

/* --- segments --- */

static bool
is_name_byte(char c, bool first)
{
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (unsigned char)c >= 128 || (!first && ((c >= '0' && c <= '9') || c == '-'));
}

/* The name or * behind a dot. */
static bool
read_shorthand(struct jsonpath *p, struct selector *s)
{
    size_t start = p->at;
    *s = (struct selector){.kind = SELECT_ALL};
    if (jsonpath_take(p, "*"))
        return true;
    while (p->at < p->text.n && is_name_byte(p->text.p[p->at], p->at == start))
        p->at++;
    s->kind = SELECT_NAME;
    s->name = arena_dup(p->arena, str_head(str_from(p->text, start), p->at - start));
    return p->at > start ||
           jsonpath_fail(p, "needs a name, * or [...] here; quote other names: ['...']");
}

static bool
descend(struct jsonpath *p, struct jsonpath_list *out, cJSON *node, cJSON *parent, unsigned depth)
{
    if (depth > TREE_DEPTH)
        return jsonpath_fail(p, "goes too deep");
    if (!jsonpath_add(p, out, node, parent))
        return false;
    for (cJSON *child = node->child; child; child = child->next)
        if (!descend(p, out, child, node, depth + 1))
            return false;
    return true;
}

static bool
read_bracket(struct jsonpath *p, const struct jsonpath_list *from, struct jsonpath_list *out)
{
    struct selector s;
    do {
        if (!read_selector(p, &s) || !apply_to_all(p, &s, from, out))
            return false;
        jsonpath_blanks(p);
    } while (jsonpath_take(p, ","));
    return jsonpath_take(p, "]") || jsonpath_fail(p, "needs a ']' or ',' here");
}

static bool
read_segment(struct jsonpath *p, struct jsonpath_list *list)
{
    struct jsonpath_list from = *list, out = {0};
    struct selector s;
    bool deep = jsonpath_take(p, "..");
    if (deep) {
        from = (struct jsonpath_list){0};
        for (unsigned i = 0; i < list->count; i++)
            if (!descend(p, &from, list->items[i].node, list->items[i].parent, 0))
                return false;
    }
    if (jsonpath_take(p, "[")) {
        if (!read_bracket(p, &from, &out))
            return false;
    } else {
        if (!deep)
            p->at++; /* the dot */
        if (!read_shorthand(p, &s) || !apply_to_all(p, &s, &from, &out))
            return false;
    }
    *list = out;
    return true;
}

bool
jsonpath_segments(struct jsonpath *p, struct jsonpath_list *list)
{
    for (;;) {
        size_t before = p->at;
        jsonpath_blanks(p);
        if (jsonpath_peek(p) != '.' && jsonpath_peek(p) != '[') {
            p->at = before;
            return true;
        }
        if (!read_segment(p, list))
            return false;
    }
}

/* --- the whole --- */

static bool
keep_first(struct jsonpath *p, const struct jsonpath_list *list, struct jsonpath_matches *out)
{
    struct pointer_map seen = {0};
    out->items = ARENA_ARRAY(p->arena, (size_t)list->count + 1, struct jsonpath_match);
    if (!out->items)
        return jsonpath_fail(p, "out of memory");
    for (unsigned i = 0; i < list->count; i++) {
        const cJSON *node = list->items[i].node;
        if (pointer_map_get(&seen, node))
            continue;
        if (pointer_map_put(&seen, p->arena, node, node))
            return jsonpath_fail(p, "out of memory");
        out->items[out->count++] = list->items[i];
    }
    return true;
}

bool
jsonpath_find(struct arena *a, cJSON *root, struct str path, struct jsonpath_matches *out,
              const char **why, size_t *at)
{
    struct jsonpath p = {.arena = a, .text = path, .root = root};
    struct jsonpath_list list = {0};
    *out = (struct jsonpath_matches){0};
    bool fine = path.n <= JSONPATH_LENGTH || jsonpath_fail(&p, "is too long");
    fine = fine && (jsonpath_take(&p, "$") || jsonpath_fail(&p, "must begin with $"));
    fine = fine && jsonpath_add(&p, &list, root, NULL) && jsonpath_segments(&p, &list);
    if (fine && p.at < path.n)
        fine = jsonpath_fail(&p, "goes on where it should end");
    fine = fine && keep_first(&p, &list, out);
    *why = p.why;
    *at = p.at;
    return fine;
}
