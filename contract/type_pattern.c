/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Regular expressions: ECMA-262's as JSON Schema asks (Core, section 6.4), run by PCRE2.
 *
 * Matching is bounded however unlucky the expression: by PCRE2's own limit on backtracking, which
 * counts anew at each place where a match may start, hence shrinks with the text; and by a cap on
 * the text of expressions that may start anywhere.
 */
#include "contract/type_rule.h"

#include <pthread.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
    MATCH_WORK = 500000,   /* backtracking steps, all starts together */
    HEAP_KB = 4096,        /* for backtracking */
    FLOATING_TEXT = 16384, /* bytes, where a match may start anywhere */
    PATTERN_MAX = 4096     /* bytes of an expression */
};

struct pattern {
    pcre2_code *code;
    struct str text;
    bool anchored;
};

/* ---- Translation ---- */

static const struct {
    struct str name, pcre;
} categories[] = {
    /* PCRE2 10.42 knows the short names only */
    {{"Letter", 6}, {"L", 1}},
    {{"Cased_Letter", 12}, {"L&", 2}},
    {{"Uppercase_Letter", 16}, {"Lu", 2}},
    {{"Lowercase_Letter", 16}, {"Ll", 2}},
    {{"Titlecase_Letter", 16}, {"Lt", 2}},
    {{"Modifier_Letter", 15}, {"Lm", 2}},
    {{"Other_Letter", 12}, {"Lo", 2}},
    {{"Alphabetic", 10}, {"L", 1}},
    {{"Mark", 4}, {"M", 1}},
    {{"Nonspacing_Mark", 15}, {"Mn", 2}},
    {{"Spacing_Mark", 12}, {"Mc", 2}},
    {{"Number", 6}, {"N", 1}},
    {{"Decimal_Number", 14}, {"Nd", 2}},
    {{"digit", 5}, {"Nd", 2}},
    {{"Letter_Number", 13}, {"Nl", 2}},
    {{"Other_Number", 12}, {"No", 2}},
    {{"Punctuation", 11}, {"P", 1}},
    {{"punct", 5}, {"P", 1}},
    {{"Dash_Punctuation", 16}, {"Pd", 2}},
    {{"Symbol", 6}, {"S", 1}},
    {{"Math_Symbol", 11}, {"Sm", 2}},
    {{"Currency_Symbol", 15}, {"Sc", 2}},
    {{"Separator", 9}, {"Z", 1}},
    {{"Space_Separator", 15}, {"Zs", 2}},
    {{"Other", 5}, {"C", 1}},
    {{"Control", 7}, {"Cc", 2}},
};

/* The name of a Unicode property, at the start of rest, in PCRE2's terms; *used its bytes. */
static void
put_property(struct buf *out, struct str rest, size_t *used)
{
    static const struct str prefixes[] = {
        {"General_Category=", 17},  {"gc=", 3}, {"Script=", 7}, {"sc=", 3},
        {"Script_Extensions=", 18}, {"scx=", 4}};
    struct str name = str_head(rest, str_find(rest, '}'));

    *used = name.n;
    for (unsigned i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (str_starts(name, prefixes[i]))
            name = str_from(name, prefixes[i].n);
    for (unsigned i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
        if (str_eq(name, categories[i].name))
            name = categories[i].pcre;
    buf_str(out, name);
}

/* \p{Letter} -> \p{L}; the rest is PCRE2's as it is, by its options. */
static void
translate(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        size_t used;
        buf_put_char(out, text.p[i]);
        if (text.p[i] != '\\' || i + 1 == text.n)
            continue;
        buf_put_char(out, text.p[++i]);
        if ((text.p[i] != 'p' && text.p[i] != 'P') || i + 1 == text.n || text.p[i + 1] != '{')
            continue;
        buf_put_char(out, text.p[++i]);
        put_property(out, str_from(text, i + 1), &used);
        i += used;
    }
}

/* ---- Compiling ---- */

static void
code_free(void *code)
{
    pcre2_code_free(code);
}

static pcre2_code *
code_new(struct arena *a, struct str text, const char **why)
{
    const uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX |
                             PCRE2_ALLOW_EMPTY_CLASS | PCRE2_MATCH_UNSET_BACKREF |
                             PCRE2_NEVER_BACKSLASH_C;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_code *code = NULL;
    PCRE2_SIZE offset;
    char message[120];
    int error = PCRE2_ERROR_NOMEMORY;

    if (context) {
        pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALT_BSUX);
        pcre2_set_parens_nest_limit(context, 60);
        code = pcre2_compile((PCRE2_SPTR)(text.n ? text.p : ""), text.n, options, &error, &offset,
                             context);
        pcre2_compile_context_free(context);
    }
    if (!code) {
        pcre2_get_error_message(error, (PCRE2_UCHAR *)message, sizeof(message));
        *why = arena_printf(a, "%s", message).p;
    }
    return code;
}

static bool
is_anchored(const pcre2_code *code)
{
    uint32_t options = 0;

    pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &options);
    return options & PCRE2_ANCHORED;
}

const struct pattern *
pattern_new(struct arena *a, struct str text, const char **why)
{
    struct pattern *pattern = ARENA_NEW(a, struct pattern);
    struct buf translated;

    *why = "out of memory";
    if (text.n > PATTERN_MAX)
        *why = "it is longer than 4096 bytes";
    if (!pattern || text.n > PATTERN_MAX)
        return NULL;
    buf_init(&translated, 2 * PATTERN_MAX);
    translate(&translated, text);
    pattern->text = text;
    pattern->code = translated.failed ? NULL : code_new(a, buf_view(&translated), why);
    buf_fini(&translated);
    if (!pattern->code)
        return NULL;
    pattern->anchored = is_anchored(pattern->code);
    if (arena_defer(a, code_free, pattern->code)) {
        pcre2_code_free(pattern->code);
        return NULL;
    }
    return pattern;
}

struct str
pattern_text(const struct pattern *p)
{
    return p->text;
}

/* ---- Matching ---- */

struct matcher { /* one per thread: PCRE2 keeps its backtracking memory in it */
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static pthread_key_t matcher_key;
static pthread_once_t matcher_once = PTHREAD_ONCE_INIT;
static __thread struct matcher *matcher_here;

static void
matcher_free(void *p)
{
    struct matcher *m = p;

    if (!m)
        return;
    pcre2_match_data_free(m->data);
    pcre2_match_context_free(m->context);
    free(m);
}

static void
matcher_init(void)
{
    pthread_key_create(&matcher_key, matcher_free);
}

static struct matcher *
matcher_get(void)
{
    struct matcher *m = matcher_here;

    if (m)
        return m;
    pthread_once(&matcher_once, matcher_init);
    m = calloc(1, sizeof(*m));
    if (!m)
        return NULL;
    m->data = pcre2_match_data_create(1, NULL);
    m->context = pcre2_match_context_create(NULL);
    if (!m->data || !m->context || pthread_setspecific(matcher_key, m) != 0) {
        matcher_free(m);
        return NULL;
    }
    pcre2_set_heap_limit(m->context, HEAP_KB);
    matcher_here = m;
    return m;
}

int
pattern_match(const struct pattern *p, struct str text)
{
    struct matcher *m = matcher_get();
    uint32_t limit = MATCH_WORK;
    int found;

    if (!m || (!p->anchored && text.n > FLOATING_TEXT))
        return -1;
    if (!p->anchored)
        limit = MATCH_WORK / ((uint32_t)text.n + 1) * 8 + 20;
    pcre2_set_match_limit(m->context, limit < MATCH_WORK ? limit : MATCH_WORK);
    found =
        pcre2_match(p->code, (PCRE2_SPTR)(text.n ? text.p : ""), text.n, 0, 0, m->data, m->context);
    if (found >= 0)
        return 1;
    return found == PCRE2_ERROR_NOMATCH ? 0 : -1;
}
