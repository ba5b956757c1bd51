/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See parameters.h. */
#include "contract/parameters.h"
#include "contract/operations.h"
#include "contract/reference.h"
#include "contract/suggest.h"

enum { PARAMETERS_MAX = 500 };

static const char *const places[] = {
    [IN_PATH] = "path", [IN_QUERY] = "query", [IN_HEADER] = "header", [IN_COOKIE] = "cookie"};

static const struct style {
    const char *name;
    uint8_t places; /* a bit per enum parameter_place */
} styles[] = {
    [STYLE_SIMPLE] = {"simple", 1 << IN_PATH | 1 << IN_HEADER},
    [STYLE_LABEL] = {"label", 1 << IN_PATH},
    [STYLE_MATRIX] = {"matrix", 1 << IN_PATH},
    [STYLE_FORM] = {"form", 1 << IN_QUERY | 1 << IN_COOKIE},
    [STYLE_SPACE] = {"spaceDelimited", 1 << IN_QUERY},
    [STYLE_PIPE] = {"pipeDelimited", 1 << IN_QUERY},
    [STYLE_DEEP_OBJECT] = {"deepObject", 1 << IN_QUERY},
};

struct merged { /* parameters as they are collected */
    struct parameter *items;
    const cJSON **nodes;
    unsigned count, inherited; /* the first `inherited` came from the path item */
    bool *replaced;
};

static int
index_in(const char *const *names, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (name && !strcmp(names[i], name))
            return (int)i;
    return -1;
}

static bool
read_style(struct loader *l, const cJSON *node, struct parameter *p)
{
    const cJSON *style = node_get(node, "style");
    const cJSON *explode = node_get(node, "explode");
    p->style = p->place == IN_PATH || p->place == IN_HEADER ? STYLE_SIMPLE : STYLE_FORM;
    if (style) {
        unsigned i = 0;
        while (i <= STYLE_DEEP_OBJECT &&
               (!cJSON_IsString(style) || strcmp(styles[i].name, style->valuestring)))
            i++;
        if (i > STYLE_DEEP_OBJECT || !(styles[i].places & 1 << p->place)) {
            LOADER_ERROR(l, style, "style '%s' is not one for a %s parameter: use %s",
                         cJSON_IsString(style) ? style->valuestring : "?", places[p->place],
                         styles[p->style].name);
            return false;
        }
        p->style = (uint8_t)i;
    }
    p->explode = explode ? cJSON_IsTrue(explode) : p->style == STYLE_FORM;
    if (p->style == STYLE_DEEP_OBJECT) {
        if (explode && !p->explode)
            LOADER_WARNING(l, explode,
                           "explode: false has no meaning with style deepObject: "
                           "remove it");
        p->explode = true;
    } else if (p->explode && (p->style == STYLE_SPACE || p->style == STYLE_PIPE)) {
        LOADER_ERROR(l, explode, "explode: true has no meaning with style %s: use style form",
                     styles[p->style].name);
        return false;
    }
    return true;
}

static bool
read_content(struct loader *l, const cJSON *node, const cJSON *content, struct parameter *p)
{
    const cJSON *media = content->child;
    if (!media || media->next || node_get(node, "schema")) {
        LOADER_ERROR(l, content,
                     "parameter '%.*s': content must have exactly one media type, and "
                     "no schema beside it",
                     STR_ARG(p->name));
        return false;
    }
    if (strncmp(media->string, "application/json", 16)) {
        LOADER_KEY_ERROR(l, media,
                         "parameter '%.*s': content '%s' is not supported: use "
                         "application/json, or schema",
                         STR_ARG(p->name), media->string);
        return false;
    }
    p->is_json = true;
    p->type = operations_type(l, node_get(media, "schema"));
    return true;
}

static bool
read_type(struct loader *l, const cJSON *node, struct parameter *p)
{
    const cJSON *content = node_get(node, "content");
    if (content)
        return read_content(l, node, content, p);
    if (!node_get(node, "schema")) {
        LOADER_ERROR(l, node, "parameter '%.*s' has no schema: add one", STR_ARG(p->name));
        return false;
    }
    p->type = operations_type(l, node_get(node, "schema"));
    return read_style(l, node, p);
}

static bool
read_place(struct loader *l, const cJSON *node, struct parameter *p)
{
    const cJSON *name = node_get(node, "name"), *place = node_get(node, "in");
    if (!cJSON_IsString(name) || !name->valuestring[0] || !cJSON_IsString(place)) {
        LOADER_ERROR(l, node, "a parameter needs the texts 'name' and 'in'");
        return false;
    }
    int i = index_in(places, 4, place->valuestring);
    if (i < 0) {
        struct suggest near = suggest_for(str_of(place->valuestring));
        for (int k = 0; k < 4; k++)
            suggest_offer(&near, str_of(places[k]));
        LOADER_ERROR(l, place, "parameter '%s': in '%s' is not supported%s", name->valuestring,
                     place->valuestring,
                     suggest_text(l->arena, &near, ": use path, query, header or cookie"));
        return false;
    }
    p->name = str_of(name->valuestring);
    p->place = (uint8_t)i;
    return true;
}

static bool
read_parameter(struct loader *l, const cJSON *node, struct parameter *p)
{
    if (!read_place(l, node, p))
        return false;
    p->description = str_of(node_string(node, "description", ""));
    p->required = tree_is_true(node, "required");
    p->deprecated = tree_is_true(node, "deprecated");
    if (p->place == IN_PATH && !p->required) {
        LOADER_ERROR(l, node, "path parameter '%.*s' must say `required: true`", STR_ARG(p->name));
        p->required = true;
    }
    if (tree_is_true(node, "allowEmptyValue"))
        LOADER_WARNING(l, node_get(node, "allowEmptyValue"),
                       "allowEmptyValue has no effect: an empty value is checked by its schema");
    return read_type(l, node, p);
}

/* OpenAPI 3.1, section 4.8.12.2.1: these are described elsewhere, the parameter is ignored. */
static bool
is_ignored(struct loader *l, const cJSON *node, const struct parameter *p)
{
    static const char *const fields[] = {"Accept", "Content-Type", "Authorization"};
    for (unsigned i = 0; p->place == IN_HEADER && i < 3; i++)
        if (str_eq_nocase(p->name, str_of(fields[i]))) {
            LOADER_WARNING(l, node,
                           "header parameter '%s' is ignored: media types and security "
                           "say it",
                           fields[i]);
            return true;
        }
    return false;
}

static bool
same(const struct parameter *a, const struct parameter *b)
{
    return a->place == b->place &&
           (a->place == IN_HEADER ? str_eq_nocase(a->name, b->name) : str_eq(a->name, b->name));
}

/* Puts it in the place of the path item's, else behind the others. */
static void
merge(struct loader *l, struct merged *m, const struct parameter *p, const cJSON *node)
{
    unsigned at = 0;
    while (at < m->count && !same(&m->items[at], p))
        at++;
    if (at < m->count && (at >= m->inherited || m->replaced[at])) {
        LOADER_ERROR(l, node, "parameter '%.*s' in %s stands here twice: remove one",
                     STR_ARG(p->name), places[p->place]);
        return;
    }
    m->items[at] = *p;
    m->nodes[at] = node;
    m->replaced[at] = true;
    m->count += at == m->count;
}

static void
read_list(struct loader *l, const cJSON *list, struct merged *m)
{
    if (list && !cJSON_IsArray(list)) {
        LOADER_ERROR(l, list, "parameters must be a list");
        return;
    }
    for (cJSON *raw = list ? list->child : NULL; raw; raw = raw->next) {
        struct parameter p = {0};
        const cJSON *node = reference_follow(&l->sources, raw);
        if (node && read_parameter(l, node, &p) && !is_ignored(l, node, &p))
            merge(l, m, &p, node);
    }
}

/* The next {name} of a template, with what is behind it left in *rest. */
static bool
next_name(struct str *rest, struct str *name)
{
    size_t open = str_find(*rest, '{');
    if (open == rest->n)
        return false;
    *rest = str_from(*rest, open + 1);
    *name = str_head(*rest, str_find(*rest, '}'));
    *rest = str_from(*rest, name->n + 1);
    return true;
}

static void
put(struct draft *d, const struct merged *m, unsigned i)
{
    struct operation *o = d->operation;
    d->parameter_nodes[o->parameter_count] = m->nodes[i];
    o->parameters[o->parameter_count++] = m->items[i];
}

static void
put_path(struct loader *l, struct draft *d, const struct merged *m)
{
    struct str rest = d->operation->path, name;
    while (next_name(&rest, &name)) {
        unsigned i = 0;
        while (i < m->count && !(m->items[i].place == IN_PATH && str_eq(m->items[i].name, name)))
            i++;
        if (i == m->count) {
            LOADER_KEY_ERROR(l, d->node,
                             "path parameter '%.*s' of '%.*s' is not described: add "
                             "it to parameters",
                             STR_ARG(name), STR_ARG(d->operation->path));
            continue;
        }
        if (operation_parameter(d->operation, name) < 0)
            put(d, m, i);
    }
}

static void
order(struct loader *l, struct draft *d, const struct merged *m)
{
    struct operation *o = d->operation;
    put_path(l, d, m);
    unsigned in_path = o->parameter_count;
    for (int place = IN_QUERY; place <= IN_COOKIE; place++)
        for (unsigned i = 0; i < m->count; i++)
            if (m->items[i].place == place)
                put(d, m, i);
    for (unsigned i = 0; i < m->count; i++) {
        unsigned k = 0;
        while (k < in_path && m->nodes[i] != d->parameter_nodes[k])
            k++;
        if (m->items[i].place == IN_PATH && k == in_path)
            LOADER_ERROR(l, m->nodes[i],
                         "path parameter '%.*s' is not in the path '%.*s': add "
                         "{%.*s} there, or remove it",
                         STR_ARG(m->items[i].name), STR_ARG(o->path), STR_ARG(m->items[i].name));
    }
}

void
parameters_read(struct loader *l, const cJSON *path_item, struct draft *d)
{
    const cJSON *ours = node_get(d->node, "parameters");
    const cJSON *theirs = node_get(path_item, "parameters");
    int room = cJSON_GetArraySize(ours) + cJSON_GetArraySize(theirs);
    if (room > PARAMETERS_MAX) {
        LOADER_ERROR(l, d->node, "more than %d parameters: remove some", PARAMETERS_MAX);
        return;
    }
    struct merged m = {.items = ARENA_ARRAY(l->arena, (size_t)room + 1, struct parameter),
                       .nodes = ARENA_ARRAY(l->arena, (size_t)room + 1, const cJSON *),
                       .replaced = ARENA_ARRAY(l->arena, (size_t)room + 1, bool)};
    d->operation->parameters = ARENA_ARRAY(l->arena, (size_t)room + 1, struct parameter);
    d->parameter_nodes = ARENA_ARRAY(l->arena, (size_t)room + 1, const cJSON *);
    if (!m.items || !m.nodes || !m.replaced || !d->operation->parameters || !d->parameter_nodes) {
        l->sources.failed = true;
        return;
    }
    read_list(l, theirs, &m);
    m.inherited = m.count;
    memset(m.replaced, 0, (size_t)room);
    read_list(l, ours, &m);
    order(l, d, &m);
}

static void
check_style(struct loader *l, const struct parameter *p, const cJSON *node)
{
    if (!p->type || p->is_json)
        return;
    if (p->style == STYLE_DEEP_OBJECT && !(p->type->kinds & TYPE_OBJECT))
        LOADER_ERROR(l, node, "parameter '%.*s': style deepObject is for objects: remove it",
                     STR_ARG(p->name));
    if ((p->style == STYLE_SPACE || p->style == STYLE_PIPE) &&
        !(p->type->kinds & (TYPE_ARRAY | TYPE_OBJECT)))
        LOADER_ERROR(l, node, "parameter '%.*s': style %s is for lists and objects: use form",
                     STR_ARG(p->name), styles[p->style].name);
}

void
parameters_check(struct loader *l, const struct draft *d)
{
    for (unsigned i = 0; i < d->operation->parameter_count; i++)
        check_style(l, &d->operation->parameters[i], d->parameter_nodes[i]);
}
