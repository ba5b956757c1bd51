/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Introspection (GraphQL September 2025, section 4): the types of __schema and __type, and their
 * one answer, a tree of values made at load, which queries project like any other. Types refer to
 * each other by sharing members, so the tree has loops: only a query ever walks it.
 */
#include "graphql/directives.h"
#include "graphql/query.h"
#include "graphql/schema_build.h"

/* "name:Type"; a star before the colon: has the argument includeDeprecated. */
static const struct {
    const char *name, *fields, *description;
} objects[] = {
    {"__Schema",
     "description:String types:[__Type!]! queryType:__Type! mutationType:__Type "
     "subscriptionType:__Type directives:[__Directive!]!",
     "What this graph offers."},
    {"__Type",
     "kind:__TypeKind! name:String description:String specifiedByURL:String fields*:[__Field!] "
     "interfaces:[__Type!] possibleTypes:[__Type!] enumValues*:[__EnumValue!] "
     "inputFields*:[__InputValue!] ofType:__Type isOneOf:Boolean",
     "A type, or a list or non-null type around one."},
    {"__Field",
     "name:String! description:String args*:[__InputValue!]! type:__Type! isDeprecated:Boolean! "
     "deprecationReason:String",
     "A field of an object or interface."},
    {"__InputValue",
     "name:String! description:String type:__Type! defaultValue:String isDeprecated:Boolean! "
     "deprecationReason:String",
     "An argument, or a field of an input object."},
    {"__EnumValue",
     "name:String! description:String isDeprecated:Boolean! deprecationReason:String",
     "A value of an enum."},
    {"__Directive",
     "name:String! description:String isRepeatable:Boolean! locations:[__DirectiveLocation!]! "
     "args*:[__InputValue!]!",
     "A directive."},
};

static const struct {
    const char *name, *values, *description;
} enums[] = {
    {"__TypeKind", "SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL",
     "What kind of type it is."},
    {"__DirectiveLocation",
     "QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT "
     "VARIABLE_DEFINITION SCHEMA SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE "
     "UNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION",
     "Where a directive may stand."},
};

enum { OBJECTS = sizeof(objects) / sizeof(*objects), ENUMS = sizeof(enums) / sizeof(*enums) };

const struct directive_definition directive_definitions[DIRECTIVES] = {
    {"include",
     "Only when the argument is true.",
     {"if", "Boolean!", NULL},
     "FIELD FRAGMENT_SPREAD INLINE_FRAGMENT"},
    {"skip",
     "Not when the argument is true.",
     {"if", "Boolean!", NULL},
     "FIELD FRAGMENT_SPREAD INLINE_FRAGMENT"},
    {"deprecated",
     "Should no longer be used.",
     {"reason", "String", "\"No longer supported\""},
     "FIELD_DEFINITION ARGUMENT_DEFINITION INPUT_FIELD_DEFINITION ENUM_VALUE"},
    {"specifiedBy", "Where the scalar is described.", {"url", "String!", NULL}, "SCALAR"},
    {"oneOf",
     "Exactly one field of the input object is given.",
     {NULL, NULL, NULL},
     "INPUT_OBJECT"},
};

static bool
read_reference(const struct schema *s, const char *text, struct schema_reference *out)
{
    struct type_reference r;

    if (!query_parse_reference(s->arena, str_of(text), &r))
        return false;
    *out = (struct schema_reference){schema_find(s, r.name), r.depth, r.nonnull};
    return out->type != NULL;
}

/* --- the types --- */

static bool
add_argument(struct schema *s, struct schema_field *f, const char *name, const char *type,
             const char *fallback)
{
    f->arguments = ARENA_ARRAY(s->arena, 1, struct schema_input);
    if (!f->arguments)
        return false;
    f->argument_count = 1;
    f->arguments[0] = (struct schema_input){
        .name = str_of(name), .original = str_of(name), .slot = -1, .fallback = fallback};
    return read_reference(s, type, &f->arguments[0].type);
}

static bool
add_fields(struct schema *s, struct schema_type *t, const char *text)
{
    struct str rest = str_of(text), part;

    t->fields = ARENA_ARRAY(s->arena, 12, struct schema_field);
    while (t->fields && str_split(&rest, ' ', &part)) {
        struct schema_field *f = &t->fields[t->field_count++];
        size_t colon = str_find(part, ':');
        bool filtered = part.p[colon - 1] == '*';
        struct str type = arena_dup(s->arena, str_from(part, colon + 1));

        f->name = f->original = str_head(part, colon - filtered);
        if (!type.p || !read_reference(s, type.p, &f->type))
            return false;
        if (filtered && !add_argument(s, f, "includeDeprecated", "Boolean!", "false"))
            return false;
    }
    return t->fields != NULL;
}

static bool
add_choices(struct schema *s, struct schema_type *t, const char *text)
{
    struct str rest = str_of(text), part;

    t->choices = ARENA_ARRAY(s->arena, 20, struct schema_choice);
    while (t->choices && str_split(&rest, ' ', &part))
        t->choices[t->choice_count++] = (struct schema_choice){part, part};
    return t->choices != NULL;
}

static bool
add_meta_fields(struct schema *s)
{
    s->meta_fields = ARENA_ARRAY(s->arena, 3, struct schema_field);
    if (!s->meta_fields)
        return false;
    s->meta_fields[0].name = STR("__schema");
    s->meta_fields[1].name = STR("__type");
    s->meta_fields[2].name = STR("__typename");
    return read_reference(s, "__Schema!", &s->meta_fields[0].type) &&
           read_reference(s, "__Type", &s->meta_fields[1].type) &&
           read_reference(s, "String!", &s->meta_fields[2].type) &&
           add_argument(s, &s->meta_fields[1], "name", "String!", NULL);
}

bool
introspection_add(struct schema_builder *b)
{
    struct schema_type *made[OBJECTS];

    for (unsigned i = 0; i < OBJECTS; i++) {
        made[i] =
            schema_add(b, (struct schema_type){.kind = SCHEMA_OBJECT,
                                               .meta = true,
                                               .name = str_of(objects[i].name),
                                               .description = str_of(objects[i].description)});
        if (!made[i])
            return false;
    }
    for (unsigned i = 0; i < ENUMS; i++) {
        struct schema_type *t =
            schema_add(b, (struct schema_type){.kind = SCHEMA_ENUM,
                                               .meta = true,
                                               .name = str_of(enums[i].name),
                                               .description = str_of(enums[i].description)});

        if (!t || !add_choices(b->schema, t, enums[i].values))
            return false;
    }
    for (unsigned i = 0; i < OBJECTS; i++)
        if (!add_fields(b->schema, made[i], objects[i].fields))
            return false;
    b->schema->meta_schema = made[0];
    b->schema->meta_type = made[1];
    return add_meta_fields(b->schema);
}

/* --- the answer --- */

static struct value
text_or_null(struct str s)
{
    return s.n ? value_string(s) : VALUE_OF(VALUE_NULL);
}

struct teller { /* makes values; `failed` when there is no memory */
    struct schema *s;
    bool failed;
};

static void
put(struct teller *t, struct value *object, const char *name, struct value v)
{
    if (value_add(t->s->arena, object, str_of(name), v))
        t->failed = true;
}

static void
push(struct teller *t, struct value *list, struct value v)
{
    if (value_append(t->s->arena, list, v))
        t->failed = true;
}

static struct value
tell_wrapped(struct teller *t, const char *kind, struct value of)
{
    struct value v = VALUE_OF(VALUE_OBJECT);

    put(t, &v, "kind", value_string(str_of(kind)));
    put(t, &v, "ofType", of);
    return v;
}

static struct value
tell_reference(struct teller *t, const struct schema_reference *r)
{
    struct value v = t->s->type_values[r->type->index];

    if (r->nonnull >> r->depth & 1)
        v = tell_wrapped(t, "NON_NULL", v);
    for (uint32_t level = r->depth; level-- > 0;) {
        v = tell_wrapped(t, "LIST", v);
        if (r->nonnull >> level & 1)
            v = tell_wrapped(t, "NON_NULL", v);
    }
    return v;
}

static struct value
tell_input(struct teller *t, const struct schema_input *i)
{
    struct value v = VALUE_OF(VALUE_OBJECT);

    put(t, &v, "name", value_string(i->name));
    put(t, &v, "description", text_or_null(i->description));
    put(t, &v, "type", tell_reference(t, &i->type));
    put(t, &v, "defaultValue", text_or_null(str_of(i->fallback)));
    put(t, &v, "isDeprecated", value_boolean(i->deprecated));
    if (i->deprecated)
        put(t, &v, "deprecationReason", value_string(STR("No longer supported")));
    return v;
}

static struct value
tell_inputs(struct teller *t, const struct schema_input *list, unsigned n)
{
    struct value v = VALUE_OF(VALUE_ARRAY);

    for (unsigned i = 0; i < n; i++)
        push(t, &v, tell_input(t, &list[i]));
    return v;
}

static struct value
tell_field(struct teller *t, const struct schema_field *f)
{
    struct value v = VALUE_OF(VALUE_OBJECT);

    put(t, &v, "name", value_string(f->name));
    put(t, &v, "description", text_or_null(f->description));
    put(t, &v, "args", tell_inputs(t, f->arguments, f->argument_count));
    put(t, &v, "type", tell_reference(t, &f->type));
    put(t, &v, "isDeprecated", value_boolean(f->deprecated));
    if (f->deprecated)
        put(t, &v, "deprecationReason", value_string(STR("No longer supported")));
    return v;
}

static struct value
tell_choices(struct teller *t, const struct schema_type *type)
{
    struct value list = VALUE_OF(VALUE_ARRAY);

    for (unsigned i = 0; i < type->choice_count; i++) {
        struct value v = VALUE_OF(VALUE_OBJECT);

        put(t, &v, "name", value_string(type->choices[i].name));
        put(t, &v, "isDeprecated", value_boolean(false));
        push(t, &list, v);
    }
    return list;
}

static struct value
tell_types(struct teller *t, const struct schema_type *const *list, unsigned n)
{
    struct value v = VALUE_OF(VALUE_ARRAY);

    for (unsigned i = 0; i < n; i++)
        push(t, &v, t->s->type_values[list[i]->index]);
    return v;
}

enum { TYPE_MEMBERS = 11 }; /* at most; their room is made first, so that others can share it */

static void
tell_type(struct teller *t, const struct schema_type *type)
{
    static const char *const kinds[] = {"SCALAR", "OBJECT", "INTERFACE",
                                        "UNION",  "ENUM",   "INPUT_OBJECT"};
    bool fields = type->kind == SCHEMA_OBJECT || type->kind == SCHEMA_INTERFACE;
    bool members = type->kind == SCHEMA_UNION || type->kind == SCHEMA_INTERFACE;
    struct value null = VALUE_OF(VALUE_NULL), list = VALUE_OF(VALUE_ARRAY);
    struct member rows[TYPE_MEMBERS] = {
        {STR("kind"), value_string(str_of(kinds[type->kind]))},
        {STR("name"), value_string(type->name)},
        {STR("description"), text_or_null(type->description)},
        {STR("specifiedByURL"), text_or_null(str_of(type->specified_by))},
        {STR("fields"), null},
        {STR("interfaces"), fields ? tell_types(t, type->interfaces, type->interface_count) : null},
        {STR("possibleTypes"), members ? tell_types(t, type->members, type->member_count) : null},
        {STR("enumValues"), type->kind == SCHEMA_ENUM ? tell_choices(t, type) : null},
        {STR("inputFields"),
         type->kind == SCHEMA_INPUT ? tell_inputs(t, type->inputs, type->input_count) : null},
        {STR("ofType"), null},
        {STR("isOneOf"), type->kind == SCHEMA_INPUT ? value_boolean(type->one_of) : null},
    };

    for (unsigned i = 0; fields && i < type->field_count; i++)
        push(t, &list, tell_field(t, &type->fields[i]));
    if (fields)
        rows[4].value = list;
    memcpy(t->s->type_values[type->index].members, rows, sizeof(rows));
}

static struct value
tell_directive(struct teller *t, const struct directive_definition *d)
{
    struct value v = VALUE_OF(VALUE_OBJECT), where = VALUE_OF(VALUE_ARRAY);
    struct schema_input argument = {.name = str_of(d->argument.name),
                                    .fallback = d->argument.fallback};
    struct str rest = str_of(d->locations), part;

    while (str_split(&rest, ' ', &part))
        push(t, &where, value_string(part));
    put(t, &v, "name", value_string(str_of(d->name)));
    put(t, &v, "description", value_string(str_of(d->description)));
    put(t, &v, "isRepeatable", value_boolean(false));
    put(t, &v, "locations", where);
    if (d->argument.name && !read_reference(t->s, d->argument.type, &argument.type))
        t->failed = true;
    put(t, &v, "args", tell_inputs(t, &argument, d->argument.name && !t->failed));
    return v;
}

bool
introspection_build(struct schema *s)
{
    struct teller t = {.s = s};
    struct value types = VALUE_OF(VALUE_ARRAY), directives = VALUE_OF(VALUE_ARRAY);

    s->type_values = ARENA_ARRAY(s->arena, s->type_count, struct value);
    if (!s->type_values)
        return false;
    for (unsigned i = 0; i < s->type_count; i++) {
        s->type_values[i] = (struct value){.kind = VALUE_OBJECT, .n = TYPE_MEMBERS};
        s->type_values[i].members = ARENA_ARRAY(s->arena, TYPE_MEMBERS, struct member);
        if (!s->type_values[i].members)
            return false;
    }
    for (unsigned i = 0; i < s->type_count; i++) {
        tell_type(&t, s->types[i]);
        push(&t, &types, s->type_values[i]);
    }
    for (unsigned i = 0; i < DIRECTIVES; i++)
        push(&t, &directives, tell_directive(&t, &directive_definitions[i]));
    s->root = VALUE_OF(VALUE_OBJECT);
    put(&t, &s->root, "types", types);
    put(&t, &s->root, "queryType", s->type_values[s->query->index]);
    if (s->mutation)
        put(&t, &s->root, "mutationType", s->type_values[s->mutation->index]);
    put(&t, &s->root, "directives", directives);
    return !t.failed;
}
