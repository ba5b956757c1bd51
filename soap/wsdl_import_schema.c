/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lowered schemas as components of a contract: XML names and blanks are left out, as the backend's
 * own WSDL tells them; XML Schema's dates become components, so that their patterns stand once.
 */
#include "soap/wsdl_importing.h"

#include "soap/xsd_members.h"

enum { FOLLOW_DEPTH = 32 };

static cJSON *copy(struct importing *i, const cJSON *node, bool named);

static const cJSON *
lowered_component(const struct importing *i, const char *reference)
{
    return node_get(i->wsdl->lower.components, strrchr(reference, '/') + 1);
}

const cJSON *
import_follow(const struct importing *i, const cJSON *lowered)
{
    const char *reference = node_string(lowered, "$ref", NULL);

    for (unsigned depth = 0; reference && depth < FOLLOW_DEPTH; depth++) {
        lowered = lowered_component(i, reference);
        reference = node_string(lowered, "$ref", NULL);
    }
    return lowered;
}

/* ---- Built-in types ---- */

static const char *
free_name(struct importing *i, const char *wish)
{
    const char *name = wish;

    for (unsigned n = 2;
         name && (node_get(i->wsdl->lower.components, name) || node_get(i->schemas, name)); n++)
        name = arena_printf(i->arena, "%s_%u", wish, n).p;
    return name;
}

/* The built-in type whose pattern this is, where nothing else restricts it; or NULL. */
static const char *
builtin_of(const cJSON *schema)
{
    const char *pattern = node_string(schema, "pattern", NULL);

    for (const cJSON *c = schema->child; pattern && c; c = c->next)
        if (strcmp(c->string, "type") != 0 && strcmp(c->string, "pattern") != 0 &&
            strcmp(c->string, "description") != 0 && strcmp(c->string, "xml") != 0 &&
            strcmp(c->string, XML_SPACE) != 0)
            return NULL;
    return pattern && cJSON_IsString(node_get(schema, "type")) ? xsd_builtin_of_pattern(pattern)
                                                               : NULL;
}

static void
put_builtin(struct importing *i, cJSON *to, const char *local, const char *pattern)
{
    const cJSON *known = node_get(i->builtins, local);
    const char *name = known ? known->valuestring : free_name(i, local);
    cJSON *made;

    if (!known && name) {
        import_text(i, i->builtins, local, name);
        made = import_object(i, i->schemas, name);
        import_text(i, made, "description",
                    arena_printf(i->arena, "xs:%s of XML Schema.", local).p);
        import_text(i, made, "type", "string");
        import_text(i, made, "pattern", pattern);
    }
    import_text(i, to, "$ref", arena_printf(i->arena, IMPORT_SCHEMAS "%s", name ? name : "").p);
}

/* ---- Copies ---- */

static bool
is_left_out(const cJSON *member, bool named)
{
    const char *key = member->string;

    return strcmp(key, XML_SPACE) == 0 || strcmp(key, "x-xml-list") == 0 ||
           (!named && (strcmp(key, "required") == 0 || strcmp(key, "properties") == 0) &&
            !member->child);
}

static void
put_xml(struct importing *i, cJSON *to, const cJSON *xml)
{
    cJSON *made;

    if (!cJSON_IsTrue(node_get(xml, "attribute")))
        return;
    made = import_object(i, to, "xml");
    import_put(i, made, "attribute", cJSON_CreateTrue());
}

/* Fills a place that was kept with an empty object, as what is to come may refer to it. */
static void
fill(struct importing *i, const char *name, cJSON *made)
{
    if (made && !cJSON_ReplaceItemInObjectCaseSensitive(i->schemas, name, made)) {
        cJSON_Delete(made);
        i->failed = true;
    }
}

static void
put_component(struct importing *i, const char *name)
{
    const cJSON *lowered = node_get(i->wsdl->lower.components, name);

    if (lowered && !node_get(i->schemas, name) && import_object(i, i->schemas, name))
        fill(i, name, copy(i, lowered, false));
}

/* A copy of an object's members; `named`: they are names of somebody's own, no keywords. */
static cJSON *
copy_members(struct importing *i, const cJSON *node, bool named)
{
    const char *builtin = named ? NULL : builtin_of(node);
    cJSON *made = cJSON_CreateObject();

    if (builtin)
        put_builtin(i, made, builtin, node_string(node, "pattern", ""));
    for (const cJSON *c = node->child; c && !i->failed; c = c->next) {
        bool keyword = !named;
        bool names =
            keyword && (strcmp(c->string, "properties") == 0 || strcmp(c->string, "mapping") == 0);

        if (is_left_out(c, named) ||
            (builtin && (strcmp(c->string, "type") == 0 || strcmp(c->string, "pattern") == 0)))
            continue;
        if (keyword && strcmp(c->string, "xml") == 0) {
            put_xml(i, made, c);
            continue;
        }
        if (keyword && strcmp(c->string, "$ref") == 0)
            put_component(i, strrchr(c->valuestring, '/') + 1);
        else if (keyword && strcmp(c->string, "mapping") == 0)
            for (const cJSON *m = c->child; m; m = m->next)
                put_component(i, strrchr(m->valuestring, '/') + 1);
        import_put(i, made, c->string, copy(i, c, names));
    }
    i->failed |= !made;
    return made;
}

static cJSON *
copy(struct importing *i, const cJSON *node, bool named)
{
    cJSON *made;

    if (cJSON_IsObject(node))
        return copy_members(i, node, named);
    if (!cJSON_IsArray(node)) {
        made = cJSON_Duplicate(node, false);
        i->failed |= !made;
        return made;
    }
    made = cJSON_CreateArray();
    for (const cJSON *c = node->child; c && !i->failed; c = c->next)
        import_put(i, made, NULL, copy(i, c, false));
    i->failed |= !made;
    return made;
}

cJSON *
import_schema(struct importing *i, const cJSON *lowered)
{
    return copy(i, lowered, false);
}

cJSON *
import_message(struct importing *i, const cJSON *lowered, const char *wish)
{
    const char *name;

    if (node_get(lowered, "$ref"))
        return import_schema(i, lowered);
    name = free_name(i, wish);
    if (name && import_object(i, i->schemas, name))
        fill(i, name, import_schema(i, lowered));
    return import_pair(i, "$ref", arena_printf(i->arena, IMPORT_SCHEMAS "%s", name ? name : "").p);
}

bool
import_is_empty(const struct importing *i, const cJSON *lowered)
{
    const cJSON *schema = lowered ? import_follow(i, lowered) : NULL;
    const cJSON *members = schema ? node_get(schema, "properties") : NULL;

    if (!schema)
        return true;
    for (const cJSON *c = schema->child; c; c = c->next)
        if (c != members && strcmp(c->string, "type") != 0 && strcmp(c->string, "xml") != 0 &&
            strcmp(c->string, "description") != 0 && strcmp(c->string, "required") != 0)
            return false;
    return !members || !members->child;
}
