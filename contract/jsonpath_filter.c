/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters of JSONPath: RFC 9535, section 2.3.5. */
#include "contract/jsonpath_parser.h"

struct operand {
    cJSON value;     /* when `there` */
    bool there;      /* false: Nothing */
    bool is_literal; /* no test by itself */
};

static bool read_or(struct jsonpath *p, cJSON *node, bool *out);

static bool
read_number(struct jsonpath *p, struct operand *o)
{
    size_t start = p->at;
    while (p->at < p->text.n && jsonpath_peek(p) && strchr("0123456789+-.eE", jsonpath_peek(p)))
        p->at++;
    struct str lexeme = str_head(str_from(p->text, start), p->at - start);
    struct str own = arena_dup(p->arena, lexeme);
    char *text = arena_alloc(p->arena, lexeme.n + 1);
    if (!text || !own.p)
        return jsonpath_fail(p, "out of memory");
    memcpy(text, own.p, own.n + 1);
    o->value = (cJSON){.type = cJSON_Number, .valuestring = text};
    return number_is_lexeme(lexeme) || jsonpath_fail(p, "has a literal that is no number");
}

static bool
read_text(struct jsonpath *p, struct operand *o)
{
    struct str text;
    if (!jsonpath_string(p, &text))
        return false;
    char *own = arena_alloc(p->arena, text.n + 1);
    if (!own)
        return jsonpath_fail(p, "out of memory");
    memcpy(own, text.p, text.n + 1);
    o->value = (cJSON){.type = cJSON_String, .valuestring = own};
    return true;
}

static bool
read_literal(struct jsonpath *p, struct operand *o)
{
    static const struct {
        const char *word;
        int type;
    } words[] = {{"true", cJSON_True}, {"false", cJSON_False}, {"null", cJSON_NULL}};
    char c = jsonpath_peek(p);
    o->there = o->is_literal = true;
    if (c == '\'' || c == '"')
        return read_text(p, o);
    for (size_t i = 0; i < 3; i++)
        if (jsonpath_take(p, words[i].word)) {
            o->value = (cJSON){.type = words[i].type};
            return true;
        }
    if (c == '-' || (c >= '0' && c <= '9'))
        return read_number(p, o);
    return jsonpath_fail(p, c >= 'a' && c <= 'z' ? "calls a function, which is not supported"
                                                 : "needs @, $, a literal or ( in its filter here");
}

/* exists: whether a query found something at all. */
static bool
read_operand(struct jsonpath *p, cJSON *node, struct operand *o, bool *exists)
{
    struct jsonpath_list list = {0};
    bool relative = jsonpath_take(p, "@");
    *o = (struct operand){0};
    *exists = false;
    if (!relative && !jsonpath_take(p, "$"))
        return read_literal(p, o);
    cJSON *start = relative ? node : p->root;
    if (node && !jsonpath_add(p, &list, start, NULL))
        return false;
    if (!jsonpath_segments(p, &list))
        return false;
    *exists = list.count > 0;
    o->there = list.count == 1;
    if (o->there)
        o->value = *list.items[0].node;
    return true;
}

static bool
is_equal(const struct operand *a, const struct operand *b)
{
    if (!a->there || !b->there)
        return a->there == b->there;
    return tree_equal(&a->value, &b->value, 0);
}

static bool
is_less(const struct operand *a, const struct operand *b)
{
    if (!a->there || !b->there)
        return false;
    if (cJSON_IsNumber(&a->value) && cJSON_IsNumber(&b->value))
        return number_compare(node_lexeme(&a->value), node_lexeme(&b->value)) < 0;
    if (cJSON_IsString(&a->value) && cJSON_IsString(&b->value))
        return strcmp(a->value.valuestring, b->value.valuestring) < 0;
    return false;
}

static bool
compare(const char *op, const struct operand *a, const struct operand *b)
{
    bool equal = is_equal(a, b);
    if (op[0] == '=')
        return equal;
    if (op[0] == '!')
        return !equal;
    if (op[1] == '=' && equal)
        return true;
    return op[0] == '<' ? is_less(a, b) : is_less(b, a);
}

static bool
read_comparison(struct jsonpath *p, cJSON *node, bool *out)
{
    static const char *const operators[] = {"==", "!=", "<=", ">=", "<", ">"};
    struct operand left, right;
    bool ignored;
    if (!read_operand(p, node, &left, out))
        return false;
    size_t before = p->at;
    jsonpath_blanks(p);
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (!jsonpath_take(p, operators[i]))
            continue;
        jsonpath_blanks(p);
        if (!read_operand(p, node, &right, &ignored))
            return false;
        *out = compare(operators[i], &left, &right);
        return true;
    }
    p->at = before;
    return !left.is_literal || jsonpath_fail(p, "has a literal alone in its filter: compare it");
}

static bool
read_basic(struct jsonpath *p, cJSON *node, bool *out)
{
    jsonpath_blanks(p);
    bool negated = jsonpath_peek(p) == '!' && jsonpath_take(p, "!");
    jsonpath_blanks(p);
    bool grouped = jsonpath_take(p, "(");
    if (!(grouped ? read_or(p, node, out) : read_comparison(p, node, out)))
        return false;
    jsonpath_blanks(p);
    if (grouped && !jsonpath_take(p, ")"))
        return jsonpath_fail(p, "needs a ) here");
    *out = *out != negated;
    return true;
}

static bool
read_and(struct jsonpath *p, cJSON *node, bool *out)
{
    if (!read_basic(p, node, out))
        return false;
    for (jsonpath_blanks(p); jsonpath_take(p, "&&"); jsonpath_blanks(p)) {
        bool more;
        if (!read_basic(p, node, &more))
            return false;
        *out = *out && more;
    }
    return true;
}

static bool
read_or(struct jsonpath *p, cJSON *node, bool *out)
{
    if (++p->depth > JSONPATH_DEPTH)
        return jsonpath_fail(p, "is nested too deep");
    bool fine = read_and(p, node, out);
    for (jsonpath_blanks(p); fine && jsonpath_take(p, "||"); jsonpath_blanks(p)) {
        bool more = false;
        fine = read_and(p, node, &more);
        *out = *out || more;
    }
    p->depth--;
    return fine;
}

bool
jsonpath_filter(struct jsonpath *p, cJSON *node, bool *out)
{
    if (++p->work > JSONPATH_WORK)
        return jsonpath_fail(p, "asks for too much work");
    return read_or(p, node, out);
}
