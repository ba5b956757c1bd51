/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of a configuration object. */
#include "auth/settings.h"

#include "base/clock.h"

#define NAME_MOST 32

static unsigned
least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance, for names of at most NAME_MOST characters. */
static unsigned
distance(const char *a, const char *b)
{
    unsigned row[NAME_MOST + 1], m = (unsigned)strlen(a), n = (unsigned)strlen(b);

    if (m > NAME_MOST || n > NAME_MOST)
        return NAME_MOST;
    for (unsigned j = 0; j <= n; j++)
        row[j] = j;
    for (unsigned i = 1; i <= m; i++) {
        unsigned diagonal = row[0];

        row[0] = i;
        for (unsigned j = 1; j <= n; j++) {
            unsigned above = row[j];

            row[j] = least(least(above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[n];
}

static const char *
nearest(const char *name, const char *const *names)
{
    const char *found = NULL;
    unsigned best = 3; /* farther is no slip of the finger */

    for (; *names; names++) {
        unsigned d = distance(name, *names);

        if (d < best) {
            best = d;
            found = *names;
        }
    }
    return found;
}

static bool
is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

bool
settings_check(const struct settings *s, const char *const *names)
{
    const cJSON *one;
    bool good = true;

    if (!cJSON_IsObject(s->object)) {
        report_error(s->report, document_place(s->document, s->object), "%s: not an object",
                     s->what);
        return false;
    }
    cJSON_ArrayForEach(one, s->object)
    {
        struct place at = document_key_place(s->document, one);
        const char *meant;

        if (is_one_of(one->string, names))
            continue;
        good = false;
        meant = nearest(one->string, names);
        if (meant)
            report_error(s->report, at, "%s: unknown key `%s`; did you mean `%s`?", s->what,
                         one->string, meant);
        else
            report_error(s->report, at, "%s: unknown key `%s`", s->what, one->string);
    }
    return good;
}

struct place
settings_place(const struct settings *s, const char *name)
{
    const cJSON *node = node_get(s->object, name);

    return document_place(s->document, node ? node : s->object);
}

bool
settings_missing(const struct settings *s, const char *name)
{
    report_error(s->report, settings_place(s, name), "%s: `%s` is missing", s->what, name);
    return false;
}

static bool
copy_text(const struct settings *s, const char *name, const cJSON *node, struct str *out)
{
    if (!cJSON_IsString(node) || !node->valuestring[0]) {
        report_error(s->report, document_place(s->document, node), "%s: `%s` must be a text",
                     s->what, name);
        return false;
    }
    *out = arena_dup(s->arena, str_of(node->valuestring));
    return out->p != NULL;
}

bool
settings_text(const struct settings *s, const char *name, struct str *out)
{
    const cJSON *node = node_get(s->object, name);

    return !node || copy_text(s, name, node, out);
}

bool
settings_file(const struct settings *s, struct str folder, const char *name, struct str *out)
{
    if (!settings_text(s, name, out))
        return false;
    if (out->n && out->p[0] != '/' && folder.n)
        *out = arena_printf(s->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(*out));
    return out->n == 0 || out->p;
}

bool
settings_texts(const struct settings *s, const char *name, struct str **out, unsigned *n)
{
    const cJSON *node = node_get(s->object, name), *one;
    unsigned count = 0;

    if (!node)
        return true;
    *out = ARENA_ARRAY(s->arena, cJSON_IsArray(node) ? (size_t)cJSON_GetArraySize(node) + 1 : 1,
                       struct str);
    if (!*out)
        return false;
    *n = 1;
    if (!cJSON_IsArray(node))
        return copy_text(s, name, node, *out);
    cJSON_ArrayForEach(one, node) if (!copy_text(s, name, one, &(*out)[count++])) return false;
    *n = count;
    return true;
}

bool
settings_duration(const struct settings *s, const char *name, int64_t *out_us)
{
    const cJSON *node = node_get(s->object, name);

    if (!node || (cJSON_IsString(node) && clock_parse_duration(str_of(node->valuestring), out_us) &&
                  *out_us >= 0))
        return true;
    report_error(s->report, document_place(s->document, node),
                 "%s: `%s` must be a duration such as 30s, 5m or 1h", s->what, name);
    return false;
}

bool
settings_switch(const struct settings *s, const char *name, bool *out)
{
    const cJSON *node = node_get(s->object, name);

    if (!node || cJSON_IsBool(node)) {
        *out = node ? cJSON_IsTrue(node) : *out;
        return true;
    }
    report_error(s->report, document_place(s->document, node), "%s: `%s` must be true or false",
                 s->what, name);
    return false;
}
