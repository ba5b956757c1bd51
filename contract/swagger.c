/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See swagger.h. Nodes move; what is made is noted as made from what it replaces. */
#include "contract/swagger.h"

struct swagger {
    struct sources *s;
    cJSON *root;
    cJSON *consumes, *produces; /* of the document; NULL: none */
};

static cJSON *
make_object(struct sources *s, const cJSON *original)
{
    cJSON *object = tree_object(s->arena);
    sources_note(s, object, original);
    return object;
}

static void
move(struct sources *s, cJSON *from, cJSON *to, const char *name)
{
    cJSON *member = tree_take(from, name);
    if (member)
        tree_put(s->arena, to, name, member);
}

/* --- parameters and headers --- */

/* The keywords of a parameter that make its schema. */
static cJSON *
take_schema(struct sources *s, cJSON *parameter)
{
    static const char *const keywords[] = {
        "type",      "format",   "items",    "default",     "maximum",   "exclusiveMaximum",
        "minimum",   "maxItems", "minItems", "uniqueItems", "maxLength", "exclusiveMinimum",
        "minLength", "pattern",  "enum",     "multipleOf",  "x-nullable"};
    cJSON *schema = make_object(s, parameter);
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        move(s, parameter, schema, keywords[i]);
    for (cJSON *items = node_get(schema, "items"); items; items = node_get(items, "items")) {
        const cJSON *format = tree_take(items, "collectionFormat");
        if (cJSON_IsString(format) && strcmp(format->valuestring, "csv"))
            SOURCES_ERROR(s, format,
                          "collectionFormat inside items is not supported: make it a "
                          "list of plain values");
    }
    return schema;
}

/* collectionFormat -> style and explode, put into `holder`. */
static void
set_style(struct sources *s, cJSON *holder, const cJSON *format, bool in_query)
{
    static const struct {
        const char *format, *style;
        bool explode;
    } rows[] = {{"csv", "form", false},
                {"multi", "form", true},
                {"ssv", "spaceDelimited", false},
                {"pipes", "pipeDelimited", false}};
    const char *name = cJSON_IsString(format) ? format->valuestring : "csv";
    size_t i = 0;
    while (i < sizeof rows / sizeof *rows && strcmp(rows[i].format, name))
        i++;
    if (i == sizeof rows / sizeof *rows || (!in_query && i > 0)) {
        SOURCES_ERROR(s, format, "collectionFormat '%s' is not supported here: use csv%s", name,
                      in_query ? ", multi, ssv or pipes" : "");
        return;
    }
    if (!in_query) /* simple, not exploded, is the default */
        return;
    tree_put(s->arena, holder, "style", tree_text(s->arena, str_of(rows[i].style)));
    tree_put(s->arena, holder, "explode", tree_boolean(s->arena, rows[i].explode));
}

static void
lower_parameter(struct sources *s, cJSON *parameter)
{
    const cJSON *format = tree_take(parameter, "collectionFormat");
    bool in_query = !strcmp(node_string(parameter, "in", ""), "query");
    if (node_get(parameter, "schema") || node_get(parameter, "$ref"))
        return;
    cJSON *schema = take_schema(s, parameter);
    if (!strcmp(node_string(schema, "type", ""), "array"))
        set_style(s, parameter, format, in_query);
    tree_put(s->arena, parameter, "schema", schema);
}

static void
lower_header(struct sources *s, cJSON *header)
{
    const cJSON *format = tree_take(header, "collectionFormat");
    if (node_get(header, "schema") || node_get(header, "$ref"))
        return;
    cJSON *schema = take_schema(s, header);
    if (format)
        set_style(s, header, format, false);
    tree_put(s->arena, header, "schema", schema);
}

/* --- bodies --- */

static void
add_media(struct sources *s, cJSON *content, const char *name, cJSON *schema)
{
    cJSON *media = make_object(s, schema);
    tree_put(s->arena, media, "schema", schema);
    tree_put(s->arena, content, name, media);
}

/* content: {type: {schema}} for every listed type; the schema goes to the first, copies on. */
static cJSON *
make_content(struct sources *s, const cJSON *types, const char *otherwise, cJSON *schema)
{
    cJSON *content = make_object(s, schema);
    bool used = false;
    for (const cJSON *type = cJSON_IsArray(types) ? types->child : NULL; type; type = type->next) {
        if (!cJSON_IsString(type)) {
            SOURCES_ERROR(s, type, "a media type must be text");
            continue;
        }
        cJSON *own = used ? sources_copy(s, schema) : schema;
        if (own)
            own->string = NULL;
        used = true;
        add_media(s, content, type->valuestring, own);
    }
    if (!used)
        add_media(s, content, otherwise, schema);
    return content;
}

static cJSON *
body_of(struct swagger *w, cJSON *parameter, const cJSON *consumes)
{
    struct sources *s = w->s;
    cJSON *body = make_object(s, parameter);
    cJSON *schema = tree_take(parameter, "schema");
    move(s, parameter, body, "description");
    move(s, parameter, body, "required");
    if (!schema) {
        SOURCES_ERROR(s, parameter, "a body parameter needs a schema: add one");
        schema = make_object(s, parameter);
    }
    tree_put(s->arena, body, "content", make_content(s, consumes, "application/json", schema));
    return body;
}

static bool
is_file(const cJSON *parameter)
{
    return !strcmp(node_string(parameter, "type", ""), "file");
}

struct form {
    cJSON *schema, *properties, *required, *encoding;
    bool multipart;
};

static void
add_field(struct sources *s, struct form *f, cJSON *parameter)
{
    const char *name = node_string(parameter, "name", "");
    const cJSON *format = tree_take(parameter, "collectionFormat");
    f->multipart |= is_file(parameter);
    if (tree_is_true(parameter, "required"))
        tree_append(f->required, tree_text(s->arena, str_of(name)));
    cJSON *schema = take_schema(s, parameter);
    move(s, parameter, schema, "description");
    if (!strcmp(node_string(schema, "type", ""), "array")) {
        cJSON *encoding = make_object(s, parameter);
        set_style(s, encoding, format, true);
        tree_put(s->arena, f->encoding, name, encoding);
    }
    tree_put(s->arena, f->properties, name, schema);
}

static bool
is_listed(const cJSON *types, const char *name)
{
    for (const cJSON *type = types ? types->child : NULL; type; type = type->next)
        if (cJSON_IsString(type) && !strncmp(type->valuestring, name, strlen(name)))
            return true;
    return false;
}

static cJSON *
form_body(struct sources *s, struct form *f, const cJSON *consumes)
{
    static const char multipart[] = "multipart/form-data";
    bool parts = f->multipart || is_listed(consumes, multipart);
    cJSON *body = make_object(s, f->properties), *content = make_object(s, f->properties);
    cJSON *media = make_object(s, f->properties);
    tree_put(s->arena, f->schema, "type", tree_text(s->arena, STR("object")));
    tree_put(s->arena, f->schema, "properties", f->properties);
    if (f->required && f->required->child) {
        tree_put(s->arena, f->schema, "required", f->required);
        tree_put(s->arena, body, "required", tree_boolean(s->arena, true));
    }
    tree_put(s->arena, media, "schema", f->schema);
    if (f->encoding && f->encoding->child)
        tree_put(s->arena, media, "encoding", f->encoding);
    tree_put(s->arena, content, parts ? multipart : "application/x-www-form-urlencoded", media);
    tree_put(s->arena, body, "content", content);
    return body;
}

/* What a parameter is, seen through a $ref to the document's own `parameters`. */
static cJSON *
see_through(struct swagger *w, cJSON *parameter)
{
    struct str ref = str_of(node_string(parameter, "$ref", ""));
    if (!str_starts(ref, STR("#/parameters/")))
        return parameter;
    cJSON *found = node_pointer(w->root, str_from(ref, 1));
    return found ? found : parameter;
}

/* Takes body and form parameters out of the list; gives the request body they make. */
static cJSON *
take_body(struct swagger *w, cJSON *list, const cJSON *consumes)
{
    struct sources *s = w->s;
    struct form form = {0};
    cJSON *body = NULL, *next;
    for (cJSON *item = list ? list->child : NULL; item; item = next) {
        cJSON *seen = see_through(w, item);
        const char *place = node_string(seen, "in", "");
        bool is_body = !strcmp(place, "body");
        next = item->next;
        if (!is_body && strcmp(place, "formData"))
            continue;
        tree_detach(list, item);
        cJSON *own = seen == item ? item : sources_copy(s, seen);
        if (is_body && !body) {
            body = body_of(w, own, consumes);
        } else if (is_body) {
            SOURCES_ERROR(s, item, "a second body parameter: keep one");
        } else {
            if (!form.schema)
                form = (struct form){make_object(s, item), make_object(s, item),
                                     tree_array(s->arena), make_object(s, item), false};
            add_field(s, &form, own);
        }
    }
    if (body && form.schema)
        SOURCES_ERROR(s, form.schema, "body and formData parameters exclude each other");
    return form.schema && !body ? form_body(s, &form, consumes) : body;
}

static void
lower_list(struct swagger *w, const cJSON *list)
{
    for (cJSON *item = list ? list->child : NULL; item; item = item->next)
        if (cJSON_IsObject(item))
            lower_parameter(w->s, item);
}

/* --- responses --- */

/* examples: {type: value} of a response goes to the content of that type. */
static void
move_examples(struct sources *s, cJSON *examples, const cJSON *content)
{
    cJSON *next;
    for (cJSON *example = examples ? examples->child : NULL; example; example = next) {
        cJSON *media = node_get(content, example->string);
        next = example->next;
        if (!media)
            continue;
        tree_detach(examples, example);
        tree_put(s->arena, media, "example", example);
        tree_rename(s->arena, example, "example");
    }
}

static void
lower_response(struct sources *s, cJSON *response, const cJSON *produces)
{
    cJSON *schema = tree_take(response, "schema");
    cJSON *examples = tree_take(response, "examples");
    const cJSON *headers = node_get(response, "headers");
    for (cJSON *header = headers ? headers->child : NULL; header; header = header->next)
        if (cJSON_IsObject(header))
            lower_header(s, header);
    if (!schema)
        return;
    bool file = is_file(schema);
    schema->string = NULL;
    cJSON *content =
        make_content(s, produces, file ? "application/octet-stream" : "application/json", schema);
    move_examples(s, examples, content);
    tree_put(s->arena, response, "content", content);
}

static void
lower_responses(struct sources *s, cJSON *responses, const cJSON *produces)
{
    for (cJSON *r = responses ? responses->child : NULL; r; r = r->next)
        if (cJSON_IsObject(r) && !tree_is_extension(r) && !node_get(r, "$ref"))
            lower_response(s, r, produces);
}

/* --- operations --- */

static void
lower_operation(struct swagger *w, cJSON *operation, cJSON *shared_body)
{
    cJSON *consumes = tree_take(operation, "consumes");
    cJSON *produces = tree_take(operation, "produces");
    cJSON *list = node_get(operation, "parameters");
    (void)tree_take(operation, "schemes");
    consumes = consumes ? consumes : w->consumes;
    produces = produces ? produces : w->produces;
    cJSON *body = take_body(w, list, consumes);
    if (!body && shared_body)
        body = sources_copy(w->s, shared_body);
    if (body)
        tree_put(w->s->arena, operation, "requestBody", body);
    lower_list(w, list);
    lower_responses(w->s, node_get(operation, "responses"), produces);
}

static void
lower_path(struct swagger *w, cJSON *item)
{
    static const char *const methods[] = {"get",     "put",  "post", "delete",
                                          "options", "head", "patch"};
    cJSON *list = node_get(item, "parameters");
    cJSON *body = take_body(w, list, w->consumes);
    lower_list(w, list);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        cJSON *operation = node_get(item, methods[i]);
        if (cJSON_IsObject(operation))
            lower_operation(w, operation, body);
    }
}

/* --- the document --- */

static void
add_server(struct sources *s, cJSON *servers, const cJSON *from, struct str url)
{
    cJSON *server = make_object(s, from);
    tree_put(s->arena, server, "url", tree_text(s->arena, url));
    tree_append(servers, server);
}

static void
lower_servers(struct swagger *w)
{
    struct sources *s = w->s;
    const cJSON *host = tree_take(w->root, "host"), *base = tree_take(w->root, "basePath");
    const cJSON *schemes = tree_take(w->root, "schemes");
    const char *path = cJSON_IsString(base) ? base->valuestring : "";
    const char *name = cJSON_IsString(host) ? host->valuestring : NULL;
    if (!name && !*path)
        return;
    cJSON *servers = tree_array(s->arena);
    sources_note(s, servers, host ? host : base);
    for (const cJSON *scheme = schemes ? schemes->child : NULL; name && scheme;
         scheme = scheme->next)
        if (cJSON_IsString(scheme))
            add_server(s, servers, scheme,
                       arena_printf(s->arena, "%s://%s%s", scheme->valuestring, name, path));
    if (servers && !servers->child)
        add_server(
            s, servers, base,
            arena_printf(s->arena, "%s%s%s", name ? "https://" : "", name ? name : "", path));
    tree_put(s->arena, w->root, "servers", servers);
}

static void
lower_flow(struct sources *s, cJSON *scheme)
{
    static const char *const names[][2] = {{"implicit", "implicit"},
                                           {"password", "password"},
                                           {"application", "clientCredentials"},
                                           {"accessCode", "authorizationCode"}};
    const cJSON *kind = tree_take(scheme, "flow");
    cJSON *flows = make_object(s, scheme), *flow = make_object(s, scheme);
    const char *name = NULL;
    for (size_t i = 0; i < 4; i++)
        if (cJSON_IsString(kind) && !strcmp(kind->valuestring, names[i][0]))
            name = names[i][1];
    if (!name) {
        SOURCES_ERROR(s, kind ? kind : scheme,
                      "flow must be implicit, password, application or "
                      "accessCode");
        return;
    }
    move(s, scheme, flow, "authorizationUrl");
    move(s, scheme, flow, "tokenUrl");
    move(s, scheme, flow, "scopes");
    tree_put(s->arena, flows, name, flow);
    tree_put(s->arena, scheme, "flows", flows);
}

static void
lower_scheme(struct sources *s, cJSON *scheme)
{
    cJSON *type = node_get(scheme, "type");
    if (!cJSON_IsString(type))
        return;
    if (!strcmp(type->valuestring, "oauth2"))
        lower_flow(s, scheme);
    if (strcmp(type->valuestring, "basic"))
        return;
    tree_set_text(s->arena, type, STR("http"));
    tree_put(s->arena, scheme, "scheme", tree_text(s->arena, STR("basic")));
}

static void
move_section(struct swagger *w, cJSON *components, const char *from, const char *to)
{
    cJSON *section = tree_take(w->root, from);
    if (section)
        tree_put(w->s->arena, components, to, section);
}

static void
lower_components(struct swagger *w)
{
    struct sources *s = w->s;
    cJSON *components = tree_object(s->arena), *next;
    cJSON *parameters = node_get(w->root, "parameters");
    const cJSON *schemes = node_get(w->root, "securityDefinitions");
    for (cJSON *p = parameters ? parameters->child : NULL; p; p = next) {
        const char *place = node_string(p, "in", "");
        next = p->next;
        if (!strcmp(place, "body") || !strcmp(place, "formData"))
            tree_detach(parameters, p); /* stands where it was referred to */
        else if (cJSON_IsObject(p))
            lower_parameter(s, p);
    }
    lower_responses(s, node_get(w->root, "responses"), w->produces);
    for (cJSON *scheme = schemes ? schemes->child : NULL; scheme; scheme = scheme->next)
        if (cJSON_IsObject(scheme))
            lower_scheme(s, scheme);
    move_section(w, components, "definitions", "schemas");
    move_section(w, components, "parameters", "parameters");
    move_section(w, components, "responses", "responses");
    move_section(w, components, "securityDefinitions", "securitySchemes");
    if (components && components->child)
        tree_put(s->arena, w->root, "components", components);
}

void
swagger_lower(struct sources *s, cJSON *root)
{
    struct swagger w = {s, root, tree_take(root, "consumes"), tree_take(root, "produces")};
    const cJSON *paths = node_get(root, "paths");
    tree_rename(s->arena, node_get(root, "swagger"), "openapi");
    for (cJSON *item = paths ? paths->child : NULL; item; item = item->next)
        if (cJSON_IsObject(item) && !tree_is_extension(item))
            lower_path(&w, item);
    lower_components(&w);
    lower_servers(&w);
}

void
swagger_lower_part(struct sources *s, enum walk_part part, cJSON *node)
{
    const char *place = node_string(node, "in", "");
    if (part == PART_PARAMETER && (!strcmp(place, "body") || !strcmp(place, "formData")))
        SOURCES_ERROR(s, node,
                      "a %s parameter in a file of its own is not supported: write it "
                      "in the operation",
                      place);
    else if (part == PART_PARAMETER)
        lower_parameter(s, node);
    else if (part == PART_HEADER)
        lower_header(s, node);
    else if (part == PART_RESPONSE)
        lower_response(s, node, NULL);
}
