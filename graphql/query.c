/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graphql/query.h"

#include "graphql/lexer.h"

struct parser {
    struct arena *arena;
    struct errors *errors;
    struct lexer lexer;
    struct token token;
    unsigned depth;
    bool failed;
};

static void
advance(struct parser *p)
{
    if (p->failed)
        return;
    p->token = lexer_next(&p->lexer);
    p->failed = p->token.kind == TOKEN_BROKEN;
}

static void
fail(struct parser *p, const char *expected)
{
    struct token *t = &p->token;

    if (p->failed)
        return;
    p->failed = true;
    if (t->kind == TOKEN_END)
        errors_add(p->errors, t->at, "GRAPHQL_PARSE_FAILED",
                   "Syntax Error: Expected %s, found <EOF>.", expected);
    else
        errors_add(p->errors, t->at, "GRAPHQL_PARSE_FAILED",
                   "Syntax Error: Expected %s, found \"%.*s\".", expected,
                   STR_ARG(str_head(t->text, 60)));
}

static bool
at_char(const struct parser *p, char c)
{
    return !p->failed && p->token.kind == TOKEN_PUNCTUATOR && p->token.text.n == 1 &&
           p->token.text.p[0] == c;
}

static bool
skip_char(struct parser *p, char c)
{
    if (!at_char(p, c))
        return false;
    advance(p);
    return true;
}

static void
expect_char(struct parser *p, char c)
{
    char text[] = {'"', c, '"', 0};

    if (!skip_char(p, c))
        fail(p, text);
}

static bool
at_word(const struct parser *p, struct str word)
{
    return !p->failed && p->token.kind == TOKEN_NAME && str_eq(p->token.text, word);
}

static struct str
expect_name(struct parser *p)
{
    struct str name = p->token.text;

    if (p->failed || p->token.kind != TOKEN_NAME) {
        fail(p, "a name");
        return STR_NONE;
    }
    advance(p);
    return name;
}

static void *
make(struct parser *p, size_t size)
{
    void *made = p->failed ? NULL : arena_zalloc(p->arena, 1, size);

    if (!made && !p->failed) {
        p->failed = true;
        errors_add(p->errors, (struct location){0}, "SERVICE_UNAVAILABLE", "out of memory");
    }
    return made;
}

static bool
enter(struct parser *p)
{
    if (!p->failed && p->depth++ < QUERY_RECURSION)
        return true;
    if (!p->failed)
        errors_add(p->errors, p->token.at, "GRAPHQL_PARSE_FAILED",
                   "Syntax Error: Document nests too deep.");
    p->failed = true;
    return false;
}

/* --- values, section 2.9 --- */

static struct literal *parse_value(struct parser *p, bool constant);

static void
parse_items(struct parser *p, struct literal *list, char end, bool constant)
{
    struct literal **tail = &list->items;

    advance(p);
    if (!enter(p))
        return;
    while (!p->failed && !at_char(p, end)) {
        struct str name = STR_NONE;
        struct location at = p->token.at;

        if (end == '}') {
            name = expect_name(p);
            expect_char(p, ':');
        }
        *tail = parse_value(p, constant);
        if (!*tail)
            return;
        (*tail)->name = name;
        (*tail)->name_at = at;
        tail = &(*tail)->next;
    }
    p->depth--;
    expect_char(p, end);
}

static void
parse_word(struct parser *p, struct literal *v)
{
    bool is_true = at_word(p, STR("true"));

    v->kind = LITERAL_ENUM;
    if (is_true || at_word(p, STR("false")))
        v->kind = LITERAL_BOOLEAN;
    else if (at_word(p, STR("null")))
        v->kind = LITERAL_NULL;
    v->is_true = is_true;
    advance(p);
}

static struct literal *
parse_value(struct parser *p, bool constant)
{
    static const uint8_t kinds[] = {[TOKEN_INT] = LITERAL_INT,
                                    [TOKEN_FLOAT] = LITERAL_FLOAT,
                                    [TOKEN_STRING] = LITERAL_STRING,
                                    [TOKEN_BLOCK_STRING] = LITERAL_STRING};
    struct literal *v = make(p, sizeof(*v));

    if (!v)
        return NULL;
    v->at = p->token.at;
    v->text = p->token.text;
    if (at_char(p, '[')) {
        v->kind = LITERAL_LIST;
        parse_items(p, v, ']', constant);
    } else if (at_char(p, '{')) {
        v->kind = LITERAL_OBJECT;
        parse_items(p, v, '}', constant);
    } else if (at_char(p, '$') && !constant) {
        advance(p);
        v->kind = LITERAL_VARIABLE;
        v->text = expect_name(p);
    } else if (p->token.kind == TOKEN_NAME) {
        parse_word(p, v);
    } else if (p->token.kind >= TOKEN_INT && p->token.kind <= TOKEN_BLOCK_STRING) {
        v->kind = kinds[p->token.kind];
        advance(p);
    } else {
        fail(p, constant && at_char(p, '$') ? "a constant value" : "a value");
    }
    return p->failed ? NULL : v;
}

static struct argument *
parse_arguments(struct parser *p, bool constant)
{
    struct argument *first = NULL, **tail = &first;

    if (!skip_char(p, '('))
        return NULL;
    do {
        struct argument *a = make(p, sizeof(*a));

        if (!a)
            return NULL;
        a->at = p->token.at;
        a->name = expect_name(p);
        expect_char(p, ':');
        a->value = p->failed ? NULL : parse_value(p, constant);
        *tail = a;
        tail = &a->next;
    } while (!p->failed && !at_char(p, ')'));
    expect_char(p, ')');
    return first;
}

static struct directive *
parse_directives(struct parser *p, bool constant)
{
    struct directive *first = NULL, **tail = &first;

    while (at_char(p, '@')) {
        struct directive *d = make(p, sizeof(*d));

        if (!d)
            return NULL;
        d->at = p->token.at;
        advance(p);
        d->name = expect_name(p);
        d->arguments = parse_arguments(p, constant);
        *tail = d;
        tail = &d->next;
    }
    return first;
}

/* --- types, section 2.11 --- */

static void
parse_reference(struct parser *p, struct type_reference *out)
{
    *out = (struct type_reference){.at = p->token.at};
    while (!p->failed && at_char(p, '[')) {
        if (++out->depth > QUERY_LIST_DEPTH)
            fail(p, "fewer lists inside each other");
        advance(p);
    }
    out->name = expect_name(p);
    for (uint32_t level = out->depth;; level--) {
        if (skip_char(p, '!'))
            out->nonnull |= UINT32_C(1) << level;
        if (level == 0 || p->failed)
            return;
        expect_char(p, ']');
    }
}

/* A string before a definition or a variable says what it is for; nobody here reads it. */
static void
skip_description(struct parser *p)
{
    if (p->token.kind == TOKEN_STRING || p->token.kind == TOKEN_BLOCK_STRING)
        advance(p);
}

static struct variable *
parse_variables(struct parser *p)
{
    struct variable *first = NULL, **tail = &first;

    if (!skip_char(p, '('))
        return NULL;
    do {
        struct variable *v = make(p, sizeof(*v));

        if (!v)
            return NULL;
        skip_description(p);
        v->at = p->token.at;
        expect_char(p, '$');
        v->name = expect_name(p);
        expect_char(p, ':');
        if (!p->failed)
            parse_reference(p, &v->reference);
        if (skip_char(p, '='))
            v->fallback = parse_value(p, true);
        v->directives = parse_directives(p, true);
        *tail = v;
        tail = &v->next;
    } while (!p->failed && !at_char(p, ')'));
    expect_char(p, ')');
    return first;
}

/* --- selections, sections 2.5 to 2.8 --- */

static struct selection *parse_selections(struct parser *p);

static void
parse_field(struct parser *p, struct selection *s)
{
    s->kind = SELECTION_FIELD;
    s->name = s->alias = expect_name(p);
    if (skip_char(p, ':')) {
        s->has_alias = true;
        s->name = expect_name(p);
    }
    s->arguments = parse_arguments(p, false);
    s->directives = parse_directives(p, false);
    if (at_char(p, '{'))
        s->selections = parse_selections(p);
}

static void
parse_fragment_use(struct parser *p, struct selection *s)
{
    advance(p);
    if (!p->failed && p->token.kind == TOKEN_NAME && !at_word(p, STR("on"))) {
        s->kind = SELECTION_SPREAD;
        s->name = expect_name(p);
        s->directives = parse_directives(p, false);
        return;
    }
    s->kind = SELECTION_INLINE;
    if (at_word(p, STR("on"))) {
        advance(p);
        s->name = expect_name(p);
    }
    s->directives = parse_directives(p, false);
    s->selections = parse_selections(p);
}

static struct selection *
parse_selections(struct parser *p)
{
    struct selection *first = NULL, **tail = &first;

    expect_char(p, '{');
    if (!enter(p))
        return NULL;
    do {
        struct selection *s = make(p, sizeof(*s));

        if (!s)
            return NULL;
        s->at = p->token.at;
        if (p->token.kind == TOKEN_PUNCTUATOR && p->token.text.n == 3)
            parse_fragment_use(p, s);
        else
            parse_field(p, s);
        *tail = s;
        tail = &s->next;
    } while (!p->failed && !at_char(p, '}'));
    p->depth--;
    expect_char(p, '}');
    return first;
}

/* --- definitions --- */

static void
parse_fragment(struct parser *p, struct definition *d)
{
    d->kind = DEFINITION_FRAGMENT;
    advance(p);
    if (at_word(p, STR("on")))
        fail(p, "a name of the fragment");
    d->name = expect_name(p);
    if (!at_word(p, STR("on")))
        fail(p, "\"on\"");
    advance(p);
    d->on_at = p->token.at;
    d->on = expect_name(p);
    d->directives = parse_directives(p, false);
    d->selections = parse_selections(p);
}

static void
parse_operation(struct parser *p, struct definition *d)
{
    static const struct str words[] = {{"query", 5}, {"mutation", 8}, {"subscription", 12}};

    d->kind = DEFINITION_FRAGMENT;
    for (uint8_t i = 0; i < 3; i++)
        if (at_word(p, words[i]))
            d->kind = i;
    if (d->kind == DEFINITION_FRAGMENT) {
        fail(p, "an operation or a fragment");
        return;
    }
    advance(p);
    if (!p->failed && p->token.kind == TOKEN_NAME)
        d->name = expect_name(p);
    d->variables = parse_variables(p);
    d->directives = parse_directives(p, false);
    d->selections = parse_selections(p);
}

static struct definition *
parse_definition(struct parser *p)
{
    struct definition *d = make(p, sizeof(*d));

    if (!d)
        return NULL;
    d->at = p->token.at;
    if (at_char(p, '{')) {
        d->selections = parse_selections(p);
        return d;
    }
    skip_description(p);
    d->at = p->token.at;
    if (at_word(p, STR("fragment")))
        parse_fragment(p, d);
    else
        parse_operation(p, d);
    return d;
}

struct query *
query_parse(struct arena *a, struct str source, uint32_t tokens, struct errors *errors)
{
    struct parser p = {.arena = a, .errors = errors};
    struct query *q = make(&p, sizeof(*q));
    struct definition **tail;

    if (!q)
        return NULL;
    tail = &q->definitions;
    lexer_init(&p.lexer, source, tokens, errors);
    advance(&p);
    do {
        *tail = parse_definition(&p);
        if (!*tail)
            return NULL;
        tail = &(*tail)->next;
        q->count++;
    } while (!p.failed && p.token.kind != TOKEN_END);
    return p.failed ? NULL : q;
}

bool
query_parse_reference(struct arena *a, struct str source, struct type_reference *out)
{
    struct errors errors = {.arena = a};
    struct parser p = {.arena = a, .errors = &errors};

    lexer_init(&p.lexer, source, 64, &errors);
    advance(&p);
    if (!p.failed)
        parse_reference(&p, out);
    return !p.failed && p.token.kind == TOKEN_END;
}
