/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See answers.h. */
#include "contract/answers.h"
#include "contract/codec.h"
#include "contract/operations.h"
#include "contract/reference.h"

/* "Application/JSON; charset=utf-8" -> "application/json", in the arena. */
static struct str
media_name(struct arena *a, const char *text)
{
    struct str essence = media_essence(str_of(text));
    char *name = arena_alloc(a, essence.n + 1);
    if (!name)
        return STR_NONE;
    for (size_t i = 0; i < essence.n; i++)
        name[i] =
            essence.p[i] >= 'A' && essence.p[i] <= 'Z' ? (char)(essence.p[i] + 32) : essence.p[i];
    return (struct str){name, essence.n};
}

static bool
read_media(struct loader *l, const cJSON *node, bool required, struct media *m)
{
    cJSON *schema = node_get(node, "schema");
    m->name = media_name(l->arena, node->string);
    if (!m->name.n || str_find(m->name, '/') == m->name.n) {
        LOADER_KEY_ERROR(l, node, "'%s' is not a media type: write type/subtype", node->string);
        return false;
    }
    m->type = operations_type(l, schema);
    if (!schema && required && media_is_json(m->name))
        LOADER_KEY_ERROR(l, node,
                         "the required body has no schema: add one (`schema: {}` accepts "
                         "anything)");
    return true;
}

void
answers_content(struct loader *l, const cJSON *content, bool required, struct media **media,
                unsigned *count)
{
    if (content && !cJSON_IsObject(content)) {
        LOADER_ERROR(l, content, "content must be an object of media types");
        return;
    }
    *media = ARENA_ARRAY(l->arena, (size_t)cJSON_GetArraySize(content) + 1, struct media);
    for (const cJSON *node = content ? content->child : NULL; node && *media; node = node->next) {
        struct media m = {0};
        unsigned i = 0;
        if (tree_is_extension(node) || !read_media(l, node, required, &m))
            continue;
        while (i < *count && !str_eq((*media)[i].name, m.name))
            i++;
        if (i < *count)
            LOADER_KEY_WARNING(l, node,
                               "'%s' is the same media type as one before it, and is "
                               "ignored",
                               node->string);
        else
            (*media)[(*count)++] = m;
    }
}

void
answers_read_body(struct loader *l, struct draft *d)
{
    struct operation *o = d->operation;
    cJSON *raw = node_get(d->node, "requestBody");
    const cJSON *body = raw ? reference_follow(&l->sources, raw) : NULL;
    if (!body)
        return;
    const cJSON *content = node_get(body, "content");
    o->body_required = tree_is_true(body, "required");
    if (!cJSON_IsObject(body) || !content || !content->child) {
        LOADER_ERROR(l, body, "a request body needs content: name its media type and schema");
        return;
    }
    answers_content(l, content, o->body_required, &o->bodies, &o->body_count);
}

static const struct type *
header_type(struct loader *l, const cJSON *node)
{
    const cJSON *content = node_get(node, "content");
    return operations_type(l, node_get(content ? content->child : node, "schema"));
}

static void
read_headers(struct loader *l, const cJSON *headers, struct answer *a)
{
    a->headers =
        ARENA_ARRAY(l->arena, (size_t)cJSON_GetArraySize(headers) + 1, struct answer_header);
    for (cJSON *raw = headers ? headers->child : NULL; raw && a->headers; raw = raw->next) {
        const cJSON *node = reference_follow(&l->sources, raw);
        struct str name = str_of(raw->string);
        if (!node || str_eq_nocase(name, STR("Content-Type"))) /* said by content: 4.8.17 */
            continue;
        a->headers[a->header_count++] = (struct answer_header){name, header_type(l, node)};
    }
}

/* "200", "4XX", "default"; false on anything else. */
static bool
read_status(struct str text, uint16_t *status)
{
    uint64_t n;
    if (str_eq(text, STR("default"))) {
        *status = 0;
        return true;
    }
    if (text.n == 3 && text.p[0] >= '1' && text.p[0] <= '5' &&
        str_eq_nocase(str_from(text, 1), STR("XX"))) {
        *status = (uint16_t)(text.p[0] - '0');
        return true;
    }
    if (!str_to_u64(text, &n) || n < 100 || n > 599)
        return false;
    *status = (uint16_t)n;
    return true;
}

static void
read_answer(struct loader *l, cJSON *raw, struct operation *o)
{
    struct answer *a = &o->answers[o->answer_count];
    const cJSON *node = reference_follow(&l->sources, raw);
    if (!read_status(str_of(raw->string), &a->status)) {
        LOADER_KEY_ERROR(l, raw, "'%s' is not a status: use 200, 4XX or default", raw->string);
        return;
    }
    if (!node)
        return;
    if (!cJSON_IsObject(node)) {
        LOADER_ERROR(l, node, "a response must be an object");
        return;
    }
    a->description = str_of(node_string(node, "description", ""));
    read_headers(l, node_get(node, "headers"), a);
    answers_content(l, node_get(node, "content"), false, &a->media, &a->media_count);
    o->answer_count++;
}

/* The lowest 2xx, else 2XX, else default. */
static const struct answer *
choose_success(const struct operation *o)
{
    const struct answer *best = NULL;
    for (unsigned i = 0; i < o->answer_count; i++) {
        const struct answer *a = &o->answers[i];
        bool exact = a->status >= 200 && a->status < 300;
        bool best_exact = best && best->status >= 200;
        if (exact && (!best_exact || a->status < best->status))
            best = a;
        else if (!best_exact && (a->status == 2 || (a->status == 0 && !best)))
            best = a;
    }
    return best;
}

void
answers_read(struct loader *l, struct draft *d)
{
    struct operation *o = d->operation;
    const cJSON *responses = node_get(d->node, "responses");
    if (!cJSON_IsObject(responses) || !responses->child) {
        LOADER_KEY_ERROR(l, d->node, "operation '%.*s' has no responses: describe at least one",
                         STR_ARG(o->id));
        return;
    }
    o->answers = ARENA_ARRAY(l->arena, (size_t)cJSON_GetArraySize(responses), struct answer);
    for (cJSON *raw = responses->child; raw && o->answers; raw = raw->next)
        if (!tree_is_extension(raw))
            read_answer(l, raw, o);
    o->success = choose_success(o);
    if (!o->success)
        LOADER_KEY_WARNING(l, responses,
                           "operation '%.*s' has no 2xx response: answers are not "
                           "checked",
                           STR_ARG(o->id));
}

static void
check_form(struct loader *l, const struct operation *o, struct str media, const struct type *t)
{
    const struct codec *codec = codec_find(l->environment->codecs, media);
    const struct type *where = t;
    const char *why = codec && codec->suits && t ? codec->suits(t, &where) : NULL;
    if (why)
        LOADER_ERROR(l, where && where->schema ? where->schema : t->schema,
                     "operation '%.*s' has this as %.*s: %s", STR_ARG(o->id), STR_ARG(media), why);
}

static void
check_media(struct loader *l, const struct operation *o, const struct media *media, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        check_form(l, o, media[i].name, media[i].type);
}

void
answers_check(struct loader *l, const struct draft *d)
{
    const struct operation *o = d->operation;
    if (d->extension.members[X_PROXY]) /* its bytes are never read */
        return;
    check_media(l, o, o->bodies, o->body_count);
    for (unsigned i = 0; i < o->answer_count; i++)
        check_media(l, o, o->answers[i].media, o->answers[i].media_count);
}

/* What is sent and got is the operation's own, or what the call says. */
static void
check_call(struct loader *l, const struct operation *o, const struct call *c)
{
    const struct media *sent = call_body(o, c);
    const struct media *got = o->success && o->success->media_count ? o->success->media : NULL;
    if (c->same) {
        check_form(l, o, c->backend->media, sent ? sent->type : NULL);
        check_form(l, o, c->backend->media, got ? got->type : NULL);
        return;
    }
    check_form(l, o, c->backend->media, c->body);
    check_form(l, o, c->backend->media, c->answer);
}

void
answers_check_calls(struct loader *l)
{
    for (unsigned i = 0; i < l->draft_count; i++) {
        const struct operation *o = l->drafts[i].operation;
        for (unsigned k = 0; o->binding && k < o->binding->call_count; k++) {
            const struct call *c = &o->binding->calls[k];
            if (c->backend && c->backend->media.n && !c->remote)
                check_call(l, o, c);
        }
    }
}
