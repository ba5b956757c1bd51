/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/wsdl_import.h"

#include <stdlib.h>

#include "soap/wsdl_importing.h"
#include "soap/wsdl_names.h"

/* ---- Pieces of the tree ---- */

cJSON *
import_put(struct importing *i, cJSON *parent, const char *key, cJSON *item)
{
    bool put =
        item && parent &&
        (key ? cJSON_AddItemToObject(parent, key, item) : cJSON_AddItemToArray(parent, item));

    if (put)
        return item;
    cJSON_Delete(item);
    i->failed = true;
    return NULL;
}

void
import_text(struct importing *i, cJSON *parent, const char *key, const char *text)
{
    if (text)
        import_put(i, parent, key, cJSON_CreateString(text));
}

cJSON *
import_object(struct importing *i, cJSON *parent, const char *key)
{
    return import_put(i, parent, key, cJSON_CreateObject());
}

cJSON *
import_array(struct importing *i, cJSON *parent, const char *key)
{
    return import_put(i, parent, key, cJSON_CreateArray());
}

cJSON *
import_pair(struct importing *i, const char *key, const char *text)
{
    cJSON *made = cJSON_CreateObject();

    i->failed |= !made;
    import_text(i, made, key, text);
    return made;
}

/* ---- Backends ---- */

/* As contract/backends.c reads it: no user, query and fragment. */
static bool
is_address(const char *s)
{
    bool http = s && (strncmp(s, "http://", 7) == 0 || strncmp(s, "https://", 8) == 0);
    const char *host = http ? strstr(s, "://") + 3 : "";

    if (!host[0] || host[0] == ':' || host[0] == '/')
        return false;
    for (; *host; host++)
        if ((unsigned char)*host <= ' ' || (unsigned char)*host >= 127 ||
            strchr("?#@\\\"<>{}|^`%", *host))
            return false;
    return true;
}

static void
add_backends(struct importing *i)
{
    struct import_backend **last = &i->backends;
    unsigned n = 0;

    for (const struct wsdl_operation *o = i->wsdl->operations; o; o = o->next) {
        struct import_backend *b = i->backends;

        while (b && b->address != o->address && strcmp(b->address, o->address) != 0)
            b = b->next;
        if (b)
            continue;
        *last = b = ARENA_NEW(i->arena, struct import_backend);
        if (!b) {
            i->failed = true;
            return;
        }
        last = &b->next;
        b->address = o->address;
        b->name = i->api;
        if (++n > 1)
            b->name = arena_printf(i->arena, "%.*s%u", STR_ARG(i->api), n);
    }
}

static void
put_backends(struct importing *i, cJSON *to, const char *reference)
{
    cJSON *backends = import_object(i, to, "backends");

    for (const struct import_backend *b = i->backends; b; b = b->next) {
        struct str name = arena_dup(i->arena, b->name);
        cJSON *one = import_object(i, backends, name.p ? name.p : "");
        const char *address = b->address && b->address[0] ? b->address : "none";

        import_text(i, one, "wsdl", reference);
        if (is_address(b->address)) {
            import_text(i, one, "url", b->address);
            continue;
        }
        import_text(i, one, YAML_COMMENT,
                    arena_printf(i->arena,
                                 "To be written: the WSDL's own address (%s) is none "
                                 "that can be called.",
                                 address)
                        .p);
        import_text(i, one, "url", "http://backend.invalid");
    }
}

/* ---- The document ---- */

/* "billing" of BillingService, or of billing.wsdl where there is no service. */
static struct str
api_of(struct importing *i, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct str file = str_of(slash ? slash + 1 : path);

    if (i->wsdl->service)
        return wsdl_name_camel(i->arena, wsdl_name_api(str_of(i->wsdl->service)));
    return wsdl_name_camel(i->arena, str_head(file, str_find(file, '.')));
}

static const char *
scope(struct importing *i, const char *what)
{
    return arena_printf(i->arena, "%.*s:%s", STR_ARG(i->api), what).p;
}

static void
put_head(struct importing *i, cJSON *root, const char *reference)
{
    const xmlNode *definitions = i->wsdl->files->root;
    struct str api = arena_dup(i->arena, i->api);
    cJSON *info, *servers, *security, *extension;

    import_text(i, root, YAML_COMMENT,
                arena_printf(i->arena,
                             "Made by `telgate import wsdl`, to be edited by hand, of\n"
                             "%s.\n"
                             "Members have the WSDL's own names, so that requests and answers are "
                             "mapped by name;\nwhere you rename one, say under x-telgate where it "
                             "comes from.",
                             reference)
                    .p);
    import_text(i, root, "openapi", "3.1.0");
    info = import_object(i, root, "info");
    import_text(i, info, "title", i->wsdl->service ? i->wsdl->service : api.p);
    import_text(i, info, "version", "1.0.0");
    import_text(i, info, "description",
                xml_documentation(i->arena, xml_child(definitions, NS_WSDL, "documentation")));
    servers = import_array(i, root, "servers");
    import_put(i, servers, NULL,
               import_pair(i, "url", arena_printf(i->arena, "/%.*s", STR_ARG(i->api)).p));
    import_text(
        i, root, YAML_COMMENT,
        "The WSDL does not say who may call: give these scopes to clients, or choose others."
        "\n`security: []` at an operation opens it to all.");
    security = import_object(i, import_array(i, root, "security"), NULL);
    import_text(i, import_array(i, security, "oauth2"), NULL, scope(i, "read"));
    extension = import_object(i, root, "x-telgate");
    import_text(i, extension, "name", api.p);
    put_backends(i, extension, reference);
}

static void
put_scheme(struct importing *i, cJSON *components)
{
    cJSON *scheme = import_object(i, import_object(i, components, "securitySchemes"), "oauth2");
    cJSON *flow, *scopes;

    import_text(i, scheme, "type", "oauth2");
    flow = import_object(i, import_object(i, scheme, "flows"), "clientCredentials");
    import_text(i, flow, "tokenUrl", "/oauth2/token");
    scopes = import_object(i, flow, "scopes");
    import_text(i, scopes, scope(i, "read"), "Read.");
    import_text(i, scopes, scope(i, "write"), "Do anything else.");
}

static void
put_problem(struct importing *i, cJSON *components)
{
    static const char *const members[][2] = {
        {"type", "string"},   {"title", "string"},   {"status", "integer"},   {"code", "string"},
        {"detail", "string"}, {"pointer", "string"}, {"correlator", "string"}};
    cJSON *answer = import_object(i, import_object(i, components, "responses"), "Problem");
    cJSON *media, *schema, *properties;

    import_text(i, answer, "description", "What went wrong, as in RFC 9457.");
    media = import_object(i, import_object(i, answer, "content"), "application/problem+json");
    schema = import_object(i, media, "schema");
    import_text(i, schema, "type", "object");
    properties = import_object(i, schema, "properties");
    for (size_t k = 0; k < sizeof(members) / sizeof(*members); k++)
        import_put(i, properties, members[k][0], import_pair(i, "type", members[k][1]));
}

static bool
build(struct importing *i, cJSON *root, const char *reference)
{
    cJSON *components;

    add_backends(i);
    put_head(i, root, reference);
    i->paths = import_object(i, root, "paths");
    components = import_object(i, root, "components");
    put_scheme(i, components);
    put_problem(i, components);
    i->schemas = import_object(i, components, "schemas");
    for (const struct wsdl_operation *o = i->wsdl->operations; o && !i->failed; o = o->next)
        import_operation(i, o);
    if (!i->failed && !i->schemas->child)
        cJSON_DeleteItemFromObjectCaseSensitive(components, "schemas");
    return !i->failed;
}

bool
wsdl_import(struct arena *a, const char *path, const char *reference, struct buf *out,
            struct report *r)
{
    struct wsdl *w = ARENA_NEW(a, struct wsdl);
    struct importing i = {.wsdl = w, .arena = a};
    cJSON *root = cJSON_CreateObject();
    unsigned errors = r->errors;
    bool good;

    i.builtins = cJSON_CreateObject();
    good = w && root && i.builtins && wsdl_read(w, a, path, r) && wsdl_build(w);
    if (good) {
        i.api = api_of(&i, path);
        good = i.api.p && build(&i, root, reference);
    }
    if (good)
        yaml_write(out, root);
    cJSON_Delete(root);
    cJSON_Delete(i.builtins);
    if ((!good || out->failed) && r->errors == errors)
        report_error(r, (struct place){str_of(path), 0, 0}, "out of memory");
    return good && !out->failed;
}
