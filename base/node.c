/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking things up in a document's tree (declared in document.h). */
#include "base/document.h"

cJSON *
node_get(const cJSON *object, const char *name)
{
    if (!cJSON_IsObject(object))
        return NULL;
    for (cJSON *child = object->child; child; child = child->next)
        if (child->string && strcmp(child->string, name) == 0)
            return child;
    return NULL;
}

const char *
node_string(const cJSON *object, const char *name, const char *otherwise)
{
    const cJSON *node = node_get(object, name);

    return cJSON_IsString(node) && node->valuestring ? node->valuestring : otherwise;
}

struct str
node_lexeme(const cJSON *number)
{
    return cJSON_IsNumber(number) ? str_of(number->valuestring) : STR_NONE;
}

/* A name against a token of a JSON Pointer, where ~1 stands for / and ~0 for ~. */
static bool
name_is_token(const char *name, struct str token)
{
    for (size_t i = 0; i < token.n; i++, name++) {
        char c = token.p[i];

        if (c == '~') {
            if (++i == token.n || (token.p[i] != '0' && token.p[i] != '1'))
                return false;
            c = token.p[i] == '0' ? '~' : '/';
        }
        if (!c || *name != c)
            return false;
    }
    return *name == '\0';
}

static cJSON *
child_of_token(const cJSON *node, struct str token)
{
    cJSON *child = node->child;
    uint64_t i;

    if (cJSON_IsObject(node)) {
        while (child && !(child->string && name_is_token(child->string, token)))
            child = child->next;
        return child;
    }
    if (!cJSON_IsArray(node) || !str_to_u64(token, &i) || (token.n > 1 && token.p[0] == '0'))
        return NULL;
    while (child && i--)
        child = child->next;
    return child;
}

cJSON *
node_pointer(cJSON *root, struct str pointer)
{
    struct str token, rest = pointer;
    cJSON *node = root;

    if (!pointer.n)
        return root;
    if (pointer.p[0] != '/')
        return NULL;
    rest.p++;
    rest.n--;
    while (node && str_split(&rest, '/', &token))
        node = child_of_token(node, token);
    return node;
}

static enum fault_code to_value(struct arena *a, const cJSON *node, struct value *out,
                                unsigned depth);

static enum fault_code
to_text(struct arena *a, const char *text, struct str *out)
{
    *out = arena_dup(a, str_of(text));
    return out->p ? FAULT_NONE : FAULT_MEMORY;
}

static enum fault_code
to_container(struct arena *a, const cJSON *node, struct value *out, unsigned depth)
{
    bool object = cJSON_IsObject(node);

    if (depth > VALUE_DEPTH)
        return FAULT_INTERNAL;
    *out = VALUE_OF(object ? VALUE_OBJECT : VALUE_ARRAY);
    for (const cJSON *child = node->child; child; child = child->next) {
        struct value v;
        struct str name;
        enum fault_code code = to_value(a, child, &v, depth);

        if (code == FAULT_NONE && object)
            code = to_text(a, child->string, &name);
        if (code == FAULT_NONE)
            code = object ? value_add(a, out, name, v) : value_append(a, out, v);
        if (code != FAULT_NONE)
            return code;
    }
    return FAULT_NONE;
}

static enum fault_code
to_value(struct arena *a, const cJSON *node, struct value *out, unsigned depth)
{
    enum fault_code code;
    struct str text;

    if (cJSON_IsArray(node) || cJSON_IsObject(node))
        return to_container(a, node, out, depth + 1);
    if (cJSON_IsBool(node)) {
        *out = value_boolean(cJSON_IsTrue(node));
        return FAULT_NONE;
    }
    if (!cJSON_IsString(node) && !cJSON_IsNumber(node)) {
        *out = VALUE_OF(VALUE_NULL);
        return FAULT_NONE;
    }
    code = to_text(a, node->valuestring, &text);
    if (code == FAULT_NONE)
        *out = cJSON_IsString(node) ? value_string(text) : value_number(text);
    return code;
}

enum fault_code
node_to_value(struct arena *a, const cJSON *node, struct value *out)
{
    return to_value(a, node, out, 0);
}
