/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lowered schemas of all operations compiled to types, and the codec's tables over them. */
#include "soap/wsa.h"
#include "soap/wsdl_file.h"

struct build {
    struct wsdl *w;
    struct type_set *types;
    struct document *home;
    struct xml_codec *codec;
};

static const cJSON *
resolve(void *context, const struct document *home, const cJSON *from, const char *reference,
        const struct document **where)
{
    const struct build *b = context;
    const char *name = strrchr(reference, '/');
    const cJSON *found = name ? node_get(b->w->lower.components, name + 1) : NULL;

    (void)from;
    *where = home;
    if (!found)
        report_error(b->w->report, (struct place){home->path, 0, 0}, "%s leads nowhere", reference);
    return found;
}

static const struct type *
compile(struct build *b, const cJSON *schema)
{
    return schema ? type_compile(b->types, b->home, schema, STR_NONE) : NULL;
}

static bool
compile_remote(struct build *b, const struct wsdl_operation *o, struct remote *r)
{
    const struct wsdl_fault *f = o->faults;

    r->name = str_of(o->name);
    r->request = compile(b, o->request.schema);
    r->response = compile(b, o->answer.schema);
    r->headers = compile(b, o->headers);
    r->faults = ARENA_ARRAY(b->w->arena, o->fault_count + 1, struct remote_fault);
    if (!r->faults)
        return false;
    for (; f; f = f->next)
        r->faults[r->fault_count++] = (struct remote_fault){str_of(f->name), compile(b, f->schema)};
    return true;
}

static struct envelope_part
part_of(const struct wsdl_body *body, const struct type *type)
{
    return (struct envelope_part){type, body->single, str_of(body->ns), str_of(body->local)};
}

static bool
build_envelope(struct build *b, const struct wsdl_operation *o, struct remote *r)
{
    struct envelope_spec spec = {.version = o->version, .action = str_of(o->action)};
    unsigned n = 0;

    spec.wsa_action = wsa_action(b->w->arena, o->abstract, spec.action);
    spec.request = part_of(&o->request, r->request);
    spec.answer = part_of(&o->answer, r->response);
    spec.headers = r->headers;
    spec.faults = ARENA_ARRAY(b->w->arena, o->fault_count + 1, struct envelope_fault);
    if (!spec.faults)
        return false;
    for (const struct wsdl_fault *f = o->faults; f; f = f->next, n++)
        spec.faults[n] = (struct envelope_fault){str_of(f->name), str_of(f->ns), str_of(f->local),
                                                 r->faults[n].type};
    spec.fault_count = n;
    r->message = envelope_new(b->codec, &spec);
    return r->message != NULL;
}

static bool
build_all(struct build *b, struct description *d)
{
    const struct wsdl_operation *o = b->w->operations;
    unsigned errors = b->w->report->errors;

    for (unsigned i = 0; i < d->remote_count; i++, o = o->next)
        if (!compile_remote(b, o, &d->remotes[i]))
            return false;
    type_set_finish(b->types);
    if (b->w->report->errors != errors)
        return false;
    o = b->w->operations;
    for (unsigned i = 0; i < d->remote_count; i++, o = o->next)
        if (!build_envelope(b, o, &d->remotes[i]))
            return false;
    if (!xml_codec_finish(b->codec))
        return false;
    for (unsigned i = 0; i < d->remote_count; i++)
        if (!envelope_finish((struct envelope *)(uintptr_t)d->remotes[i].message))
            return false;
    return true;
}

struct description *
wsdl_build(struct wsdl *w)
{
    struct build *b = ARENA_NEW(w->arena, struct build);
    struct description *d = ARENA_NEW(w->arena, struct description);
    unsigned errors = w->report->errors;

    if (!b || !d)
        return NULL;
    b->w = w;
    b->home = document_parse(w->arena, str_of(w->files->path), STR("{}"), w->report);
    b->types = type_set_new(w->arena, (struct type_resolver){resolve, b}, w->report);
    b->codec = xml_codec_new(w->arena, false);
    d->remotes = ARENA_ARRAY(w->arena, w->operation_count + 1, struct remote);
    if (!b->home || !b->types || !b->codec || !d->remotes)
        return NULL;
    b->home->root = w->lower.root;
    d->path = str_of(w->files->path);
    d->address = str_of(w->address);
    d->other_address = str_of(w->other_address);
    d->remote_count = w->operation_count;
    if (build_all(b, d))
        return d;
    if (w->report->errors == errors)
        report_error(w->report, (struct place){d->path, 0, 0}, "out of memory");
    return NULL;
}
