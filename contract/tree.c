/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tree.h. A first child's prev is the last child, as cJSON has it. */
#include "contract/tree.h"

static cJSON *
new_node(struct arena *a, int type)
{
    cJSON *node = ARENA_NEW(a, cJSON);
    if (node)
        node->type = type;
    return node;
}

cJSON *
tree_object(struct arena *a)
{
    return new_node(a, cJSON_Object);
}

cJSON *
tree_array(struct arena *a)
{
    return new_node(a, cJSON_Array);
}

cJSON *
tree_boolean(struct arena *a, bool is_true)
{
    return new_node(a, is_true ? cJSON_True : cJSON_False);
}

static char *
own_text(struct arena *a, struct str text)
{
    char *p = arena_alloc(a, text.n + 1);
    if (!p)
        return NULL;
    if (text.n)
        memcpy(p, text.p, text.n);
    p[text.n] = '\0';
    return p;
}

cJSON *
tree_text(struct arena *a, struct str text)
{
    cJSON *node = new_node(a, cJSON_String);
    if (node)
        node->valuestring = own_text(a, text);
    return node && node->valuestring ? node : NULL;
}

static cJSON *
last_child(const cJSON *parent)
{
    cJSON *last = parent->child;
    if (last && last->prev && !last->prev->next)
        return last->prev;
    while (last && last->next)
        last = last->next;
    return last;
}

void
tree_append(cJSON *array, cJSON *item)
{
    if (!array || !item)
        return;
    cJSON *last = last_child(array);
    item->next = NULL;
    item->prev = last ? last : item;
    if (last)
        last->next = item;
    else
        array->child = item;
    array->child->prev = item;
}

void
tree_detach(cJSON *parent, cJSON *item)
{
    if (!parent || !item)
        return;
    cJSON *last = last_child(parent);
    if (item == parent->child)
        parent->child = item->next;
    else
        item->prev->next = item->next;
    if (item->next)
        item->next->prev = item->prev;
    if (parent->child)
        parent->child->prev = item == last ? item->prev : last;
    item->next = item->prev = NULL;
}

cJSON *
tree_take(cJSON *object, const char *name)
{
    cJSON *member = node_get(object, name);
    tree_detach(object, member);
    return member;
}

void
tree_replace(cJSON *parent, cJSON *old, cJSON *now)
{
    if (!parent || !old || !now || old == now)
        return;
    cJSON *last = last_child(parent);
    now->string = old->string;
    now->next = old->next;
    now->prev = old->prev == old ? now : old->prev;
    if (old == parent->child)
        parent->child = now;
    else
        old->prev->next = now;
    if (old->next)
        old->next->prev = now;
    parent->child->prev = old == last ? now : last;
    old->next = old->prev = NULL;
}

void
tree_rename(struct arena *a, cJSON *member, const char *name)
{
    if (!member)
        return;
    char *text = own_text(a, str_of(name));
    if (text)
        member->string = text;
}

void
tree_put(struct arena *a, cJSON *object, const char *name, cJSON *item)
{
    if (!object || !item)
        return;
    cJSON *old = node_get(object, name);
    if (old) {
        tree_replace(object, old, item);
        return;
    }
    tree_append(object, item);
    tree_rename(a, item, name);
}

void
tree_set_text(struct arena *a, cJSON *node, struct str text)
{
    char *own = own_text(a, text);
    if (!node || !own)
        return;
    node->type = cJSON_String;
    node->child = NULL;
    node->valuestring = own;
}

cJSON *
tree_alias(struct arena *a, const cJSON *node)
{
    cJSON *alias = ARENA_NEW(a, cJSON);
    if (!alias || !node)
        return NULL;
    *alias = *node;
    alias->next = alias->prev = NULL;
    return alias;
}

static bool
children_equal(const cJSON *a, const cJSON *b, unsigned depth)
{
    if (cJSON_GetArraySize(a) != cJSON_GetArraySize(b))
        return false;
    const cJSON *y = b->child;
    for (const cJSON *x = a->child; x; x = x->next, y = y->next) {
        const cJSON *other = cJSON_IsObject(a) ? node_get(b, x->string) : y;
        if (!other || !tree_equal(x, other, depth + 1))
            return false;
    }
    return true;
}

bool
tree_equal(const cJSON *a, const cJSON *b, unsigned depth)
{
    if (depth > TREE_DEPTH || (a->type & 0xff) != (b->type & 0xff))
        return false;
    if (cJSON_IsNumber(a))
        return number_compare(node_lexeme(a), node_lexeme(b)) == 0;
    if (cJSON_IsString(a))
        return strcmp(a->valuestring, b->valuestring) == 0;
    return children_equal(a, b, depth);
}
