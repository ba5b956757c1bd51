/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regular expressions of XML Schema (part 2, appendix F) as anchored ones of JSON Schema. */
#include <stdlib.h>

#include "soap/xsd_lower.h"

/* XML's name characters, beyond ASCII taken as one range. */
#define NAME_START "A-Za-z_:\u00C0-\uFFFD"
#define NAME       "-.0-9:A-Z_a-z\u00B7\u00C0-\uFFFD"

struct translation {
    const char *p;
    struct buf out;
    bool in_class, failed;
};

static void
put(struct translation *t, const char *text)
{
    buf_put(&t->out, text, strlen(text));
}

static void
put_class(struct translation *t, const char *members, bool negated)
{
    if (t->in_class) {
        t->failed = t->failed || negated;
        put(t, members);
        return;
    }
    put(t, negated ? "[^" : "[");
    put(t, members);
    put(t, "]");
}

static void
put_category(struct translation *t) /* at p or P of \p{...} */
{
    const char *end = strchr(t->p, '}');

    if (t->p[1] != '{' || !end || strncmp(t->p + 2, "Is", 2) == 0) {
        t->failed = true;
        return;
    }
    put(t, "\\");
    buf_put(&t->out, t->p, (size_t)(end - t->p) + 1);
    t->p = end;
}

static void
put_escape(struct translation *t) /* at the character behind the backslash */
{
    switch (*t->p) {
    case 'i': put_class(t, NAME_START, false); break;
    case 'I': put_class(t, NAME_START, true); break;
    case 'c': put_class(t, NAME, false); break;
    case 'C': put_class(t, NAME, true); break;
    case 'w': /* all but punctuation, separators and others: wider than JSON Schema's */
        if (t->in_class)
            t->failed = true;
        put(t, "[^\\p{P}\\p{Z}\\p{C}]");
        break;
    case 'W': put_class(t, "\\p{P}\\p{Z}\\p{C}", false); break;
    case 'p':
    case 'P': put_category(t); break;
    case '\0':
        t->failed = true;
        t->p--;
        break;
    default: buf_put_char(&t->out, '\\'); buf_put_char(&t->out, *t->p);
    }
}

static void
put_class_character(struct translation *t)
{
    if (*t->p == '[') { /* subtraction, or a mistake */
        t->failed = true;
        return;
    }
    t->in_class = *t->p != ']';
    buf_put_char(&t->out, *t->p);
}

static void
put_character(struct translation *t)
{
    switch (*t->p) {
    case '^':
    case '$': /* no anchors in XML Schema */ buf_put_char(&t->out, '\\'); break;
    case '[': t->in_class = true; break;
    case '(': t->failed = t->failed || t->p[1] == '?'; break;
    case '{': /* repetition: JSON Schema's engines stop at 16 bits */
        t->failed = t->failed || strtoul(t->p + 1, NULL, 10) > 60000;
        break;
    case ',': /* its upper bound, where it is one */
        t->failed = t->failed || strtoul(t->p + 1, NULL, 10) > 60000;
        break;
    default: break;
    }
    buf_put_char(&t->out, *t->p);
    if (*t->p == '[' && t->p[1] == '^') {
        buf_put_char(&t->out, '^');
        t->p++;
    }
}

const char *
xsd_pattern(struct arena *a, const char *pattern)
{
    struct translation t = {.p = pattern};
    const char *result = NULL;

    buf_init(&t.out, 1 << 16);
    put(&t, "^(?:");
    for (; *t.p && !t.failed; t.p++) {
        if (*t.p == '\\') {
            t.p++;
            put_escape(&t);
        } else if (t.in_class) {
            put_class_character(&t);
        } else {
            put_character(&t);
        }
    }
    put(&t, ")$");
    if (!t.failed && !t.in_class && !t.out.failed)
        result = arena_dup(a, buf_view(&t.out)).p;
    buf_fini(&t.out);
    return result;
}
