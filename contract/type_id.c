/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * $id and $anchor (JSON Schema 2020-12 Core, section 8.2): names by which a schema is referred to
 * inside its own document.
 *
 * Only in documents that are a schema themselves: in an OpenAPI document the places of schemas
 * are not known to this file, and $id there is refused (type_schema.c). A document is walked
 * once, when the first reference in it is followed.
 */
#include "base/uri.h"
#include "contract/type_rule.h"

struct identity {
    struct str uri;    /* of the resource, without a fragment */
    struct str anchor; /* "" for the resource itself */
    const cJSON *node;
};

struct reference { /* a schema with references, and what they are relative to */
    const cJSON *node;
    struct str base;
};

struct identities {
    struct identities *next;
    const struct document *home;
    struct identity *known;
    uint32_t known_count, known_room;
    struct reference *references;
    uint32_t reference_count, reference_room;
};

/* ---- URIs: RFC 3986, section 5.2 ---- */

struct uri {
    struct str scheme, authority, path, query; /* with their delimiters: "http:", "//a", "?b" */
};

static struct uri
uri_parse(struct str s)
{
    struct uri u = {.path = str_head(s, str_find(s, '#'))};
    size_t colon = str_find(u.path, ':'), end;

    if (colon < u.path.n && colon < str_find(u.path, '/') && colon < str_find(u.path, '?')) {
        u.scheme = str_head(u.path, colon + 1);
        u.path = str_from(u.path, colon + 1);
    }
    end = str_find(u.path, '?');
    u.query = str_from(u.path, end);
    u.path = str_head(u.path, end);
    if (str_starts(u.path, STR("//"))) {
        end = 2 + str_find(str_from(u.path, 2), '/');
        u.authority = str_head(u.path, end);
        u.path = str_from(u.path, end);
    }
    return u;
}

/* Puts the path without "." and ".." segments. */
static void
put_path(struct buf *out, struct str path)
{
    size_t start = out->n;
    struct str segment;
    bool last;

    while (str_split(&path, '/', &segment)) {
        last = path.p == NULL;
        if (str_eq(segment, STR(".."))) {
            while (out->n > start + 1 && out->p[--out->n - 1] != '/')
                ;
        } else if (!str_eq(segment, STR("."))) {
            buf_str(out, segment);
            if (!last)
                buf_put_char(out, '/');
        }
    }
}

/* The reference made absolute, without its fragment; in the arena. */
static struct str
uri_resolve(struct arena *a, struct str base, struct str reference)
{
    struct uri b = uri_parse(base), r = uri_parse(reference);
    struct buf out;
    struct str result;
    size_t slash;

    buf_init(&out, 65536);
    if (r.scheme.n) {
        b = r;
    } else if (r.authority.n) {
        r.scheme = b.scheme;
        b = r;
    } else if (r.path.n || r.query.n) {
        b.query = r.query.n || r.path.n ? r.query : b.query;
    }
    buf_str(&out, b.scheme);
    buf_str(&out, b.authority);
    if (!r.path.n || r.scheme.n || r.authority.n || r.path.p[0] == '/') {
        put_path(&out, r.path.n ? r.path : b.path);
    } else {
        slash = b.path.n;
        while (slash > 0 && b.path.p[slash - 1] != '/')
            slash--;
        result = arena_printf(a, "%.*s%.*s", STR_ARG(str_head(b.path, slash)), STR_ARG(r.path));
        put_path(&out, result);
    }
    buf_str(&out, b.query);
    result = out.failed ? STR_NONE : arena_dup(a, buf_view(&out));
    buf_fini(&out);
    return result;
}

/* ---- Walking a schema document ---- */

static void
know(struct type_set *s, struct identities *ids, struct str uri, struct str anchor,
     const cJSON *node)
{
    if (ids->known_count == ids->known_room) {
        uint32_t room = ids->known_room ? ids->known_room * 2 : 8;
        struct identity *known = set_alloc(s, room, sizeof(*known));
        if (!known)
            return;
        if (ids->known_count)
            memcpy(known, ids->known, ids->known_count * sizeof(*known));
        ids->known = known;
        ids->known_room = room;
    }
    ids->known[ids->known_count++] = (struct identity){uri, anchor, node};
}

static void
remember(struct type_set *s, struct identities *ids, const cJSON *node, struct str base)
{
    if (ids->reference_count == ids->reference_room) {
        uint32_t room = ids->reference_room ? ids->reference_room * 2 : 16;
        struct reference *references = set_alloc(s, room, sizeof(*references));
        if (!references)
            return;
        if (ids->reference_count)
            memcpy(references, ids->references, ids->reference_count * sizeof(*references));
        ids->references = references;
        ids->reference_room = room;
    }
    ids->references[ids->reference_count++] = (struct reference){node, base};
}

enum holds { NO_SCHEMA, ONE_SCHEMA, SCHEMAS /* the children of a list or an object */ };

static enum holds
holds_schemas(const char *keyword)
{
    static const char *const one[] = {
        "additionalProperties", "contains", "else", "if", "items", "not", "then", "propertyNames"};
    static const char *const many[] = {
        "$defs", "definitions", "properties", "allOf", "patternProperties", "dependentSchemas",
        "anyOf", "oneOf",       "prefixItems"};

    for (unsigned i = 0; i < sizeof(one) / sizeof(one[0]); i++)
        if (strcmp(one[i], keyword) == 0)
            return ONE_SCHEMA;
    for (unsigned i = 0; i < sizeof(many) / sizeof(many[0]); i++)
        if (strcmp(many[i], keyword) == 0)
            return SCHEMAS;
    return NO_SCHEMA;
}

static void
walk(struct type_set *s, struct identities *ids, const cJSON *schema, struct str base,
     unsigned depth)
{
    const char *id = cJSON_IsObject(schema) ? node_string(schema, "$id", NULL) : NULL;

    if (!cJSON_IsObject(schema) || depth > SCHEMA_DEPTH)
        return;
    if (id) {
        base = uri_resolve(s->arena, base, str_of(id));
        know(s, ids, base, STR_NONE, schema);
    }
    if (node_string(schema, "$anchor", NULL))
        know(s, ids, base, str_of(node_string(schema, "$anchor", NULL)), schema);
    if (node_get(schema, "$ref"))
        remember(s, ids, schema, base);
    for (const cJSON *child = schema->child; child; child = child->next) {
        enum holds holds = holds_schemas(child->string);
        if (holds == ONE_SCHEMA)
            walk(s, ids, child, base, depth + 1);
        else if (holds == SCHEMAS)
            for (const cJSON *item = child->child; item; item = item->next)
                walk(s, ids, item, base, depth + 1);
    }
}

bool
identity_is_schema(const struct document *home)
{
    static const char *const others[] = {"openapi", "swagger", "paths", "components", "overlay"};

    if (!home || !cJSON_IsObject(home->root))
        return false;
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (node_get(home->root, others[i]))
            return false;
    return true;
}

static struct identities *
identities_of(struct type_set *s, const struct document *home)
{
    struct identities *ids = s->identities;

    while (ids && ids->home != home)
        ids = ids->next;
    if (ids)
        return ids;
    ids = set_alloc(s, 1, sizeof(*ids));
    if (!ids)
        return NULL;
    ids->home = home;
    ids->next = s->identities;
    s->identities = ids;
    if (identity_is_schema(home)) {
        know(s, ids, STR_NONE, STR_NONE, home->root);
        walk(s, ids, home->root, STR_NONE, 0);
    }
    return ids;
}

/* ---- Finding ---- */

static struct str
base_of(const struct identities *ids, const cJSON *from)
{
    for (uint32_t i = 0; i < ids->reference_count; i++)
        if (ids->references[i].node == from)
            return ids->references[i].base;
    return STR_NONE;
}

static const cJSON *
find(const struct identities *ids, struct str uri, struct str anchor)
{
    for (uint32_t i = 0; i < ids->known_count; i++)
        if (str_eq(ids->known[i].uri, uri) && str_eq(ids->known[i].anchor, anchor))
            return ids->known[i].node;
    return NULL;
}

const cJSON *
identity_find(struct type_set *s, const struct document *home, const cJSON *from,
              const char *reference)
{
    struct identities *ids = identities_of(s, home);
    struct str text = str_of(reference), fragment, decoded, uri;
    const cJSON *resource;

    if (!ids || !ids->known_count)
        return NULL;
    fragment = str_from(text, str_find(text, '#') + 1);
    uri = uri_resolve(s->arena, base_of(ids, from), text);
    if (!uri_decode(s->arena, fragment, false, &decoded))
        return NULL;
    if (decoded.n && decoded.p[0] != '/')
        return find(ids, uri, decoded);
    resource = find(ids, uri, STR_NONE);
    if (!resource || !decoded.n)
        return resource;
    return node_pointer((cJSON *)(uintptr_t)resource, decoded);
}
