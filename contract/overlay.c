/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See overlay.h. Targets are found in the tree as the actions before have left it. */
#include "contract/overlay.h"
#include "contract/jsonpath.h"
#include "contract/suggest.h"

struct overlay {
    struct sources *s;
    cJSON *root; /* of the main document */
    bool is_1_1;
};

static bool
find(struct overlay *o, const cJSON *path, struct jsonpath_matches *out)
{
    struct sources *s = o->s;
    const char *why;
    size_t at;
    if (jsonpath_find(s->arena, o->root, str_of(path->valuestring), out, &why, &at))
        return true;
    SOURCES_ERROR(s, path, "%s '%s' %s (byte %zu)", path->string, path->valuestring, why, at + 1);
    return false;
}

/* --- update --- */

static void merge_member(struct sources *s, cJSON *into, const cJSON *member, unsigned depth);

static void
merge(struct sources *s, cJSON *into, const cJSON *update, unsigned depth)
{
    if (depth > TREE_DEPTH) {
        s->failed = true;
        return;
    }
    for (const cJSON *member = update->child; member; member = member->next)
        merge_member(s, into, member, depth);
}

static void
append_all(struct sources *s, cJSON *list, const cJSON *items)
{
    for (const cJSON *item = items->child; item; item = item->next)
        tree_append(list, sources_copy(s, item));
}

static bool
is_structure(const cJSON *node)
{
    return cJSON_IsObject(node) || cJSON_IsArray(node);
}

/* Overlay 1.1, section 4.4.3: what meets must be of one shape. */
static void
merge_member(struct sources *s, cJSON *into, const cJSON *member, unsigned depth)
{
    cJSON *old = node_get(into, member->string);
    if (cJSON_IsObject(old) && cJSON_IsObject(member))
        merge(s, old, member, depth + 1);
    else if (cJSON_IsArray(old) && cJSON_IsArray(member))
        append_all(s, old, member);
    else if (old && (is_structure(old) || is_structure(member)))
        SOURCES_KEY_ERROR(s, member,
                          "update of '%s' does not fit what is there: remove that by an "
                          "action before",
                          member->string);
    else
        tree_put(s->arena, into, member->string, sources_copy(s, member));
}

static void
update_one(struct overlay *o, const struct jsonpath_match *m, const cJSON *update)
{
    struct sources *s = o->s;
    if (cJSON_IsArray(m->node) && cJSON_IsArray(update) && o->is_1_1)
        append_all(s, m->node, update);
    else if (cJSON_IsArray(m->node))
        tree_append(m->node, sources_copy(s, update));
    else if (cJSON_IsObject(m->node) && cJSON_IsObject(update))
        merge(s, m->node, update, 0);
    else if (o->is_1_1 && m->parent && !is_structure(m->node) && !is_structure(update))
        tree_replace(m->parent, m->node, sources_copy(s, update));
    else
        SOURCES_ERROR(s, update,
                      "update does not fit its target: an object goes into an object, "
                      "an item into a list%s",
                      o->is_1_1 ? ", a plain value onto a plain value" : "");
}

/* --- actions --- */

static void
apply_remove(struct overlay *o, const cJSON *target, const struct jsonpath_matches *m)
{
    for (unsigned i = 0; i < m->count; i++) {
        const struct jsonpath_match *match = &m->items[i];
        if (match->parent)
            tree_detach(match->parent, match->node);
        else
            SOURCES_ERROR(o->s, target, "the whole document cannot be removed");
    }
}

static void
apply_copy(struct overlay *o, const cJSON *copy, const struct jsonpath_matches *m)
{
    struct jsonpath_matches from;
    if (!cJSON_IsString(copy)) {
        SOURCES_ERROR(o->s, copy, "copy must be a JSONPath");
        return;
    }
    if (!find(o, copy, &from))
        return;
    if (from.count != 1) {
        SOURCES_ERROR(o->s, copy, "copy '%s' matches %u nodes: it must match exactly one",
                      copy->valuestring, from.count);
        return;
    }
    /* A copy, taken before: the source may lie inside a target, or be one. */
    const cJSON *source = sources_copy(o->s, from.items[0].node);
    for (unsigned i = 0; i < m->count && source; i++)
        update_one(o, &m->items[i], source);
}

static const char *const known[] = {"target", "description", "update", "remove", "copy"};

static bool
check_members(struct overlay *o, const cJSON *action)
{
    unsigned errors = o->s->report->errors;
    for (const cJSON *member = action->child; member; member = member->next) {
        struct suggest near = suggest_for(str_of(member->string));
        size_t i = 0;
        while (i < sizeof known / sizeof *known && strcmp(known[i], member->string))
            suggest_offer(&near, str_of(known[i++]));
        if (i == sizeof known / sizeof *known && !tree_is_extension(member))
            SOURCES_KEY_ERROR(o->s, member, "overlay action: '%s' is not known%s", member->string,
                              suggest_text(o->s->arena, &near, ": remove it"));
    }
    const cJSON *copy = node_get(action, "copy"), *remove = node_get(action, "remove");
    if (copy && !o->is_1_1)
        SOURCES_KEY_ERROR(o->s, copy, "copy is of Overlay 1.1: write `overlay: 1.1.0`");
    if (remove && !cJSON_IsBool(remove))
        SOURCES_ERROR(o->s, remove, "remove must be true or false");
    if (copy && node_get(action, "update"))
        SOURCES_KEY_ERROR(o->s, copy, "copy and update exclude each other: make two actions");
    if (!cJSON_IsTrue(remove) && !copy && !node_get(action, "update"))
        SOURCES_ERROR(o->s, action, "an action needs `update`, `remove: true` or `copy`");
    return o->s->report->errors == errors;
}

static void
apply_action(struct overlay *o, const cJSON *action)
{
    struct sources *s = o->s;
    const cJSON *target = node_get(action, "target"), *update = node_get(action, "update");
    struct jsonpath_matches m;
    if (!cJSON_IsString(target)) {
        SOURCES_ERROR(s, action, "an action needs the text `target`, a JSONPath");
        return;
    }
    if (!check_members(o, action) || !find(o, target, &m))
        return;
    if (!m.count)
        SOURCES_WARNING(s, target, "target '%s' matches nothing: correct or remove it",
                        target->valuestring);
    if (tree_is_true(action, "remove")) { /* 4.4.3: update has no effect then */
        apply_remove(o, target, &m);
        return;
    }
    if (node_get(action, "copy"))
        apply_copy(o, node_get(action, "copy"), &m);
    for (unsigned i = 0; i < m.count && update; i++)
        update_one(o, &m.items[i], update);
}

static bool
check_head(struct overlay *o, const cJSON *root)
{
    const cJSON *version = node_get(root, "overlay");
    struct str text = cJSON_IsString(version) ? str_of(version->valuestring) : STR_NONE;
    o->is_1_1 = str_starts(text, STR("1.1"));
    if (!o->is_1_1 && !str_starts(text, STR("1.0")))
        SOURCES_ERROR(o->s, version ? version : root,
                      "this is no overlay that is supported: begin it with `overlay: 1.0.0` or "
                      "`overlay: 1.1.0`");
    else if (!cJSON_IsArray(node_get(root, "actions")))
        SOURCES_ERROR(o->s, root, "an overlay needs `actions`, a list");
    else
        return true;
    return false;
}

void
overlay_apply(struct sources *s, const char *path)
{
    struct overlay o = {.s = s, .root = s->list[0]->document.root};
    struct source *source = sources_open(s, path, NULL);
    if (!source)
        return;
    source->overlay = true;
    const cJSON *root = source->document.root;
    if (!check_head(&o, root))
        return;
    for (const cJSON *action = node_get(root, "actions")->child; action; action = action->next) {
        if (cJSON_IsObject(action))
            apply_action(&o, action);
        else
            SOURCES_ERROR(s, action, "an action must be an object");
    }
}
