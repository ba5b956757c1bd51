/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See xml_check.h. */
#include "contract/xml_check.h"
#include "contract/calls.h"
#include "contract/codec.h"
#include "contract/xml_root.h"

struct checker {
    struct loader *loader;
    bool *documents, *members; /* by type->index: was looked at */
    const struct draft *draft;
};

/* The element or attribute that a member becomes. */
struct name {
    struct str local, ns;
    bool is_attribute;
};

/* --- members --- */

/* False for what has no name of its own: the text, a wildcard. */
static bool
name_of(const struct field *field, struct name *out)
{
    const struct type *t = field->type,
                      *items = type_is_list(t) && !t->xml.wrapped ? t->items : NULL;
    const struct type_xml *xml =
        items && (items->xml.name.n || items->xml.ns.n) ? &items->xml : &t->xml;
    bool sign = !xml->name.n && field->name.n > 1 && field->name.p[0] == '@';

    if (t->xml.node == XML_TEXT || t->xml.node == XML_ANY || str_eq(field->name, STR("$value")))
        return false;
    out->local = xml->name.n ? xml->name : str_from(field->name, sign);
    out->ns = xml->ns;
    out->is_attribute = sign || t->xml.node == XML_ATTRIBUTE;
    return true;
}

static bool
same_name(const struct name *a, const struct name *b)
{
    return a->is_attribute == b->is_attribute && str_eq(a->local, b->local) && str_eq(a->ns, b->ns);
}

/* Where the member stands, or its object. */
static const cJSON *
place_of(const struct type *t, const struct field *field)
{
    const cJSON *properties = node_get(t->schema, "properties");

    for (const cJSON *p = properties ? properties->child : NULL; p; p = p->next)
        if (str_eq(str_of(p->string), field->name))
            return p;
    return t->schema;
}

static void
check_twins(struct checker *c, const struct type *t, uint32_t i, const struct name *name)
{
    for (uint32_t j = 0; j < i; j++) {
        struct name other;

        if (!name_of(&t->fields[j], &other) || !same_name(name, &other))
            continue;
        LOADER_ERROR(c->loader, place_of(t, &t->fields[i]),
                     "in XML \"%.*s\" and \"%.*s\" have the same name, '%.*s': give one another by "
                     "`xml: {name: NAME}`",
                     STR_ARG(t->fields[j].name), STR_ARG(t->fields[i].name), STR_ARG(name->local));
        return;
    }
}

static void
check_field(struct checker *c, const struct type *t, uint32_t i)
{
    const struct field *field = &t->fields[i];
    struct name name;

    if (!name_of(field, &name))
        return;
    if (!xml_is_ncname(name.local))
        LOADER_ERROR(c->loader, place_of(t, field),
                     "'%.*s' is no XML name: give the member another by `xml: {name: NAME}`",
                     STR_ARG(name.local));
    else if (name.is_attribute && (field->type->kinds & (TYPE_OBJECT | TYPE_ARRAY)))
        LOADER_ERROR(c->loader, place_of(t, field),
                     "\"%.*s\" is an XML attribute, which holds no object and no list: remove "
                     "`attribute`, or give it another type",
                     STR_ARG(field->name));
    else
        check_twins(c, t, i, &name);
}

/* Goes down to all that is below; each type is looked at once, so the depth is theirs. */
static void
check_members(struct checker *c, const struct type *t)
{
    if (!t || c->members[t->index])
        return;
    c->members[t->index] = true;
    for (uint32_t i = 0; i < t->field_count; i++) {
        check_field(c, t, i);
        check_members(c, t->fields[i].type);
    }
    for (uint32_t i = 0; i < t->variant_count; i++)
        check_members(c, t->variants[i].type);
    check_members(c, t->items);
    check_members(c, t->additional);
}

/* --- documents --- */

static const char *
lack_text(enum xml_lack lack)
{
    switch (lack) {
    case XML_UNNAMED:
        return "in XML this has no root element: add `xml: {name: NAME}`, or make it a component "
               "and name that by $ref";
    case XML_UNWRAPPED:
        return "in XML a list needs an element around it: add `xml: {name: NAME, wrapped: true}`";
    case XML_ITEMS_UNNAMED:
        return "in XML the items of this list have no element: add `xml: {name: NAME}` to `items`";
    default: return "";
    }
}

static void
check_names(struct checker *c, const struct type *t, const struct xml_root_names *names)
{
    struct str wrong = !xml_is_ncname(names->root.name)                         ? names->root.name
                       : names->item.name.n && !xml_is_ncname(names->item.name) ? names->item.name
                                                                                : STR_NONE;

    if (wrong.n)
        LOADER_ERROR(c->loader, t->schema,
                     "'%.*s' is no XML name: give another by `xml: {name: NAME}`", STR_ARG(wrong));
}

/* What is only read may have no type: then it is read as it comes. near: where it is said. */
static void
check_document(struct checker *c, const struct type *t, bool is_written, const cJSON *near,
               const char *untyped)
{
    struct xml_root_names names;
    enum xml_lack lack = xml_root_of(t, &names);

    if (lack == XML_UNTYPED) {
        if (is_written)
            LOADER_ERROR(c->loader, near, "%s", untyped);
        return;
    }
    if (c->documents[t->index])
        return;
    c->documents[t->index] = true;
    if (lack == XML_WHOLE)
        check_names(c, t, &names);
    else
        LOADER_ERROR(c->loader, t->schema, "%s", lack_text(lack));
    check_members(c, t);
}

/* --- operations --- */

static const char NO_BODY_SCHEMA[] = "this is sent to a backend in XML, but the operation's body "
                                     "has no schema that says how: add one with a name";
static const char NO_ANSWER_SCHEMA[] =
    "an answer in XML needs a schema that says how it is written: add one with a name";
static const char NO_CALL_SCHEMA[] = "this is sent to a backend in XML: say by `body: "
                                     "'#/components/schemas/NAME'` how it is written";

static const cJSON *
place_of_calls(const struct checker *c)
{
    const cJSON *const *m = c->draft->extension.members;

    return m[X_CALL] ? m[X_CALL] : m[X_CALLS] ? m[X_CALLS] : c->draft->node;
}

static void
check_media(struct checker *c, const struct media *list, unsigned n, bool is_written)
{
    for (unsigned i = 0; i < n; i++)
        if (media_is_xml(list[i].name))
            check_document(c, list[i].type, is_written, node_get(c->draft->node, "responses"),
                           NO_ANSWER_SCHEMA);
}

static void
check_sent(struct checker *c, const struct call *call)
{
    const struct operation *o = c->draft->operation;
    const struct media *own = call_body(o, call);
    struct str media = call->backend->media.n ? call->backend->media
                       : call->same && own    ? own->name
                                              : STR_NONE;

    if (!media_is_xml(media))
        return;
    if (call->same && own)
        check_document(c, own->type, true, place_of_calls(c), NO_BODY_SCHEMA);
    else if (call->request)
        check_document(c, call->body, true, place_of_calls(c), NO_CALL_SCHEMA);
}

static void
check_got(struct checker *c, const struct call *call)
{
    const struct answer *success = c->draft->operation->success;

    if (!media_is_xml(call->backend->media))
        return;
    if (!call->same)
        check_document(c, call->answer, false, NULL, NULL);
    else if (success && success->media_count)
        check_document(c, success->media[0].type, false, NULL, NULL);
}

static void
check_operation(struct checker *c)
{
    const struct operation *o = c->draft->operation;

    if (!o->binding || o->binding->proxy)
        return;
    check_media(c, o->bodies, o->body_count, false);
    for (unsigned i = 0; i < o->answer_count; i++)
        if (o->answers[i].status / 100 == 2 || o->answers[i].status == 2 ||
            &o->answers[i] == o->success)
            check_media(c, o->answers[i].media, o->answers[i].media_count, true);
    for (unsigned i = 0; i < o->binding->call_count; i++) {
        const struct call *call = &o->binding->calls[i];

        if (!call->backend || call->remote)
            continue;
        check_sent(c, call);
        check_got(c, call);
    }
}

void
xml_check(struct loader *l)
{
    unsigned n = type_set_count(l->types);
    struct checker c = {.loader = l,
                        .documents = ARENA_ARRAY(l->arena, (size_t)n + 1, bool),
                        .members = ARENA_ARRAY(l->arena, (size_t)n + 1, bool)};

    if (!c.documents || !c.members) {
        l->sources.failed = true;
        return;
    }
    for (unsigned i = 0; i < l->draft_count; i++) {
        c.draft = &l->drafts[i];
        check_operation(&c);
    }
}
