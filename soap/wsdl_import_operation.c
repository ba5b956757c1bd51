/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An operation as a path of the contract: one that reads by its name, and takes plain values only,
 * is a GET with parameters; any other is a POST with its message as the body. What is not said in
 * x-telgate is filled by name, as both sides have the same names.
 */
#include "soap/wsdl_importing.h"

#include "soap/wsdl_names.h"
#include "soap/xsd_members.h"

struct route {
    bool reads; /* by its name */
    bool is_get;
    const char *path, *id;
    const cJSON *members; /* lowered: the parameters, or NULL */
    const cJSON *required;
    const char *key; /* the member that stands in the path, or NULL */
};

/* ---- Which parameters ---- */

static bool
is_text_name(const char *name) /* in a template and in a query, as it is */
{
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789_.-")] == '\0';
}

/* Text, number or boolean; null is left aside. */
static bool
is_plain(const struct importing *i, const cJSON *lowered)
{
    const cJSON *any = node_get(lowered, "anyOf"); /* of a $ref and null */
    const cJSON *schema = import_follow(i, any ? any->child : lowered), *type;
    const char *name;

    type = node_get(schema, "type");
    name = cJSON_IsArray(type)    ? type->child->valuestring
           : cJSON_IsString(type) ? type->valuestring
                                  : "";
    return strcmp(name, "string") == 0 || strcmp(name, "number") == 0 ||
           strcmp(name, "integer") == 0 || strcmp(name, "boolean") == 0;
}

static bool
is_list(const cJSON *lowered)
{
    return strcmp(node_string(lowered, "type", ""), "array") == 0;
}

static bool
is_parameter(const struct importing *i, const cJSON *member)
{
    const cJSON *xml = node_get(member, "xml");

    return is_text_name(member->string) && !node_get(xml, XML_NODE_TYPE) &&
           is_plain(i, is_list(member) ? node_get(member, "items") : member);
}

/* The members of a message that can all stand in a query. */
static bool
find_parameters(const struct importing *i, const cJSON *message, struct route *r)
{
    const cJSON *schema = message ? import_follow(i, message) : NULL;

    if (!schema)
        return true;
    if (node_get(schema, "allOf") || node_get(schema, "discriminator") || !cJSON_IsObject(schema))
        return false;
    r->members = node_get(schema, "properties");
    r->required = node_get(schema, "required");
    for (const cJSON *m = r->members ? r->members->child : NULL; m; m = m->next)
        if (!is_parameter(i, m))
            return false;
    return true;
}

static bool
is_required(const struct route *r, const char *name)
{
    for (const cJSON *c = r->required ? r->required->child : NULL; c; c = c->next)
        if (strcmp(c->valuestring, name) == 0)
            return true;
    return false;
}

/* ---- Path and name ---- */

static bool
path_is_taken(const struct importing *i, const char *path, const char *method)
{
    for (const cJSON *p = i->paths->child; p; p = p->next) {
        const char *a = p->string, *b = path;

        while (*a && *a == *b) { /* a template is any other one */
            if (*a == '{') {
                a = strchr(a, '}');
                b = strchr(b, '}');
            }
            a++, b++;
        }
        if (!*a && !*b && (node_get(p, method) || strcmp(p->string, path) != 0))
            return true;
    }
    return false;
}

static bool
id_is_taken(const struct importing *i, const char *id)
{
    for (const cJSON *p = i->paths->child; p; p = p->next)
        for (const cJSON *m = p->child; m; m = m->next)
            if (strcmp(node_string(m, "operationId", ""), id) == 0)
                return true;
    return false;
}

static const char *
with_key(const struct importing *i, const char *path, const struct route *r)
{
    return r->key ? arena_printf(i->arena, "%s/{%s}", path, r->key).p : path;
}

/* The noun's path, else the operation's whole name, else that with a number. */
static void
choose_path(struct importing *i, const struct wsdl_operation *o, struct str noun, struct route *r)
{
    const char *method = r->is_get ? "get" : "post";
    struct str name = wsdl_name_camel(i->arena, str_of(o->name));
    struct str first = r->is_get && noun.n ? wsdl_name_camel(i->arena, noun) : name;
    const char *path = with_key(i, arena_printf(i->arena, "/%.*s", STR_ARG(first)).p, r);

    if (path && path_is_taken(i, path, method))
        path = with_key(i, arena_printf(i->arena, "/%.*s", STR_ARG(name)).p, r);
    for (unsigned n = 2; path && path_is_taken(i, path, method); n++)
        path = with_key(i, arena_printf(i->arena, "/%.*s%u", STR_ARG(name), n).p, r);
    r->path = path;
    r->id = name.p;
    for (unsigned n = 2; r->id && id_is_taken(i, r->id); n++)
        r->id = arena_printf(i->arena, "%.*s%u", STR_ARG(name), n).p;
    i->failed |= !r->path || !r->id;
}

static void
choose_key(const struct importing *i, struct str noun, struct route *r)
{
    for (const cJSON *m = r->members ? r->members->child : NULL; m && !r->key; m = m->next)
        if (is_required(r, m->string) && !is_list(m) && is_plain(i, m) &&
            wsdl_name_is_key(str_of(m->string), noun))
            r->key = m->string;
}

static struct route
route_of(struct importing *i, const struct wsdl_operation *o)
{
    struct route r = {0};
    struct str noun = STR_NONE;

    r.reads = wsdl_name_reads(str_of(o->name), &noun) && !import_is_empty(i, o->answer.schema);
    r.is_get = r.reads && find_parameters(i, o->request.schema, &r);
    if (r.is_get)
        choose_key(i, noun, &r);
    else
        r.members = NULL;
    choose_path(i, o, noun, &r);
    return r;
}

/* ---- What goes in ---- */

/* A parameter has no null, and no description inside: that is the parameter's own. */
static cJSON *
parameter_schema(struct importing *i, const cJSON *lowered)
{
    const cJSON *any = node_get(lowered, "anyOf");
    cJSON *schema = import_schema(i, any ? any->child : lowered), *type, *values;

    type = node_get(schema, "type");
    if (cJSON_IsArray(type))
        cJSON_ReplaceItemInObjectCaseSensitive(schema, "type",
                                               cJSON_CreateString(type->child->valuestring));
    values = node_get(schema, "enum");
    for (cJSON *v = values ? values->child : NULL, *next; v; v = next) {
        next = v->next;
        if (cJSON_IsNull(v))
            cJSON_Delete(cJSON_DetachItemViaPointer(values, v));
    }
    cJSON_DeleteItemFromObjectCaseSensitive(schema, "description");
    cJSON_DeleteItemFromObjectCaseSensitive(schema, "xml");
    if (is_list(lowered))
        cJSON_DeleteItemFromObjectCaseSensitive(schema, "default");
    return schema;
}

static void
put_parameters(struct importing *i, const struct route *r, cJSON *to)
{
    cJSON *list = r->members && r->members->child ? import_array(i, to, "parameters") : NULL;

    for (const cJSON *m = list ? r->members->child : NULL; m; m = m->next) {
        bool key = r->key && strcmp(r->key, m->string) == 0;
        cJSON *p = import_object(i, list, NULL);

        import_text(i, p, "name", m->string);
        import_text(i, p, "in", key ? "path" : "query");
        if (is_required(r, m->string))
            import_put(i, p, "required", cJSON_CreateTrue());
        import_text(i, p, "description", node_string(m, "description", NULL));
        import_put(i, p, "schema", parameter_schema(i, m));
    }
}

static cJSON *
content(struct importing *i, cJSON *to)
{
    cJSON *c = import_object(i, to, "content");

    return import_object(i, c, "application/json");
}

static void
put_body(struct importing *i, const struct wsdl_operation *o, cJSON *to)
{
    cJSON *body;

    if (import_is_empty(i, o->request.schema))
        return;
    body = import_object(i, to, "requestBody");
    import_put(i, body, "required", cJSON_CreateTrue());
    import_put(
        i, content(i, body), "schema",
        import_message(i, o->request.schema, arena_printf(i->arena, "%sRequest", o->name).p));
}

/* ---- How it is called ---- */

static void
put_faults(struct importing *i, const struct wsdl_operation *o, cJSON *to)
{
    cJSON *faults = o->faults ? import_object(i, to, "faults") : NULL;

    for (const struct wsdl_fault *f = o->faults; f; f = f->next)
        if (!node_get(faults, f->name))
            import_put(i, faults, f->name, cJSON_CreateNumber(wsdl_name_status(str_of(f->name))));
}

/* The parts of soap:header, for whoever edits the contract. */
static void
tell_headers(struct importing *i, const struct wsdl_operation *o, cJSON *to)
{
    struct str text = STR("Its soap:header, filled by name where the inputs have it, or by "
                          "`headers: {NAME: ...}`:\n");

    for (const cJSON *m = node_get(o->headers, "properties")->child; m && text.p; m = m->next)
        text = arena_printf(i->arena, "%.*s%s%s", STR_ARG(text), m->string, m->next ? ", " : "");
    import_text(i, to, YAML_COMMENT, text.p);
}

static const struct import_backend *
backend_of(const struct importing *i, const struct wsdl_operation *o)
{
    for (const struct import_backend *b = i->backends; b; b = b->next)
        if (b->address == o->address ||
            (b->address && o->address && strcmp(b->address, o->address) == 0))
            return b;
    return i->backends;
}

static bool
has_subtypes(const struct importing *i, const cJSON *lowered)
{
    return lowered && node_get(import_follow(i, lowered), "discriminator");
}

static void
put_call(struct importing *i, const struct wsdl_operation *o, const struct route *r, cJSON *to)
{
    const struct import_backend *b = backend_of(i, o);
    cJSON *call = import_object(i, to, "x-telgate");
    struct str text = arena_printf(i->arena, "%.*s %s", STR_ARG(b->name), o->name);

    if (o->headers)
        tell_headers(i, o, call);
    import_text(i, call, "call", text.p);
    if (has_subtypes(i, o->request.schema)) /* as a whole: by name, subtypes are not looked into */
        import_text(i, call, "request", "$request.body");
    put_faults(i, o, call);
    if (r->reads && !r->is_get)
        import_text(i, call, "graphql", "query");
}

/* ---- What comes out ---- */

static void
put_answers(struct importing *i, const struct wsdl_operation *o, cJSON *to)
{
    cJSON *answers = import_object(i, to, "responses");
    bool empty = import_is_empty(i, o->answer.schema);
    cJSON *one = import_object(i, answers, !o->answer.is_there ? "202" : empty ? "204" : "200");

    if (!o->answer.is_there)
        import_text(i, one, "description", "Sent; the backend answers nothing.");
    else if (empty)
        import_text(i, one, "description", "Done.");
    else
        import_text(i, one, "description", arena_printf(i->arena, "What %s answers.", o->name).p);
    if (o->answer.is_there && !empty)
        import_put(
            i, content(i, one), "schema",
            import_message(i, o->answer.schema, arena_printf(i->arena, "%sAnswer", o->name).p));
    import_put(i, answers, "default", import_pair(i, "$ref", "#/components/responses/Problem"));
}

static void
put_security(struct importing *i, cJSON *to)
{
    cJSON *list = import_array(i, to, "security"), *one = import_object(i, list, NULL);
    cJSON *scopes = import_array(i, one, "oauth2");
    struct str scope = arena_printf(i->arena, "%.*s:write", STR_ARG(i->api));

    import_text(i, scopes, NULL, scope.p);
}

void
import_operation(struct importing *i, const struct wsdl_operation *o)
{
    struct route r = route_of(i, o);
    cJSON *path, *to;

    if (i->failed)
        return;
    path = node_get(i->paths, r.path);
    if (!path)
        path = import_object(i, i->paths, r.path);
    to = import_object(i, path, r.is_get ? "get" : "post");
    import_text(i, to, "operationId", r.id);
    import_text(i, to, "description", o->documentation);
    if (!r.reads)
        put_security(i, to);
    put_parameters(i, &r, to);
    if (!r.is_get)
        put_body(i, o, to);
    put_call(i, o, &r, to);
    put_answers(i, o, to);
}
