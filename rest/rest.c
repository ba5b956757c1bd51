/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rest/rest.h"

#include "rest/accept.h"
#include "rest/parameter.h"
#include "rest/problem.h"

static const struct media *
media_find(const struct media *list, unsigned n, struct str content_type)
{
    struct str essence = media_essence(content_type);

    for (unsigned i = 0; i < n; i++)
        if (str_eq_nocase(list[i].name, essence))
            return &list[i];
    return NULL;
}

/* The declared body type for the request's Content-Type; none at all means the first one. */
static const struct media *
body_media(const struct face_request *q)
{
    const struct operation *o = q->operation;
    struct str type = header_value(q->headers, STR("content-type"));

    if (!type.n)
        return o->body_count ? &o->bodies[0] : NULL;
    return media_find(o->bodies, o->body_count, type);
}

/* Of the media types that the answer declares and a codec writes, the one that the caller likes
 * best; NULL: none that it accepts. */
static const struct media *
answer_media(const struct face_request *q, const struct answer *answer, struct str accept)
{
    const struct media *best = NULL;
    unsigned best_quality = 0;

    for (unsigned i = 0; answer && i < answer->media_count; i++) {
        unsigned quality = accept_quality(accept, answer->media[i].name);

        if (quality > best_quality && codec_find(q->codecs, answer->media[i].name)) {
            best = &answer->media[i];
            best_quality = quality;
        }
    }
    return best;
}

static enum fault_code
negotiate(const struct face_request *q, struct fault *f)
{
    const struct operation *o = q->operation;
    struct str type = header_value(q->headers, STR("content-type"));
    struct str accept = header_value(q->headers, STR("accept"));

    if (type.n && o->body_count && !body_media(q))
        return fault_set(f, FAULT_UNSUPPORTED_MEDIA_TYPE,
                         "this operation takes %.*s; say so in Content-Type",
                         STR_ARG(o->bodies[0].name));
    if (o->success && o->success->media_count && !answer_media(q, o->success, accept))
        return fault_set(f, FAULT_NOT_ACCEPTABLE, "this operation answers %.*s",
                         STR_ARG(o->success->media[0].name));
    return FAULT_NONE;
}

static enum fault_code
read_body(const struct face_request *q, struct arena *a, struct inputs *out, struct fault *f)
{
    const struct operation *o = q->operation;
    struct str type = header_value(q->headers, STR("content-type"));
    const struct media *media;
    const struct codec *codec;
    enum fault_code code;

    out->body = VALUE_OF(VALUE_ABSENT);
    if (!q->body.n && o->body_required)
        return fault_set(f, FAULT_INVALID_BODY, "a body is required: %.*s",
                         STR_ARG(o->bodies[0].name));
    if (!q->body.n)
        return FAULT_NONE;
    media = body_media(q);
    if (!media)
        return fault_set(f, FAULT_INVALID_BODY, "this operation takes no body");
    codec = codec_find(q->codecs, type.n ? type : media->name); /* its parameters may count */
    if (!codec)
        return fault_set(f, FAULT_UNSUPPORTED_MEDIA_TYPE, "%.*s can not be read here",
                         STR_ARG(media->name));
    code = codec->read(codec, a, q->body, media->type, &out->body, f);
    if (code || !media->type)
        return code;
    return type_validate(media->type, &out->body, TYPE_REQUEST, f);
}

static enum fault_code
read_inputs(const struct face_request *q, struct arena *a, struct inputs *out, struct fault *f)
{
    unsigned n = q->operation->parameter_count;
    enum fault_code code;

    out->parameters = ARENA_ARRAY(a, n ? n : 1, struct value);
    if (!out->parameters)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    code = parameter_read_all(q, a, out->parameters, f);
    return code ? code : read_body(q, a, out, f);
}

/* What negotiate let through has happened by now: where this very answer has no form that the
 * caller accepts, or none is declared, it gets one all the same (RFC 9110 section 12.4.1). */
static const struct media *
outcome_media(const struct face_request *q, const struct answer *answer)
{
    static const struct media json = {{"application/json", 16}, NULL};
    const struct media *media = answer_media(q, answer, header_value(q->headers, STR("accept")));

    if (!media)
        media = answer_media(q, answer, STR_NONE);
    return media ? media : &json;
}

/* What the form cannot say is no mistake of the caller's. */
static enum fault_code
write_body(const struct codec *codec, const struct value *body, const struct media *media,
           struct buf *out, struct fault *f)
{
    struct fault inner = {0};
    enum fault_code code = codec->write(codec, out, body, media->type, &inner);

    if (!code)
        return FAULT_NONE;
    if (code != FAULT_INVALID_VALUE) {
        *f = inner;
        return code;
    }
    fault_set(f, FAULT_BACKEND_INVALID, "the answer can not be written as %.*s",
              STR_ARG(media->name));
    fault_log(f, "answer at \"%s\": %s", inner.pointer, inner.detail);
    return FAULT_BACKEND_INVALID;
}

static enum fault_code
write_outcome(const struct face_request *q, const struct outcome *o, struct arena *a,
              struct face_answer *out, struct fault *f)
{
    const struct media *media = outcome_media(q, operation_answer(q->operation, o->status));
    const struct codec *codec = codec_find(q->codecs, media->name);

    (void)a;
    out->status = o->status;
    for (unsigned i = 0; i < o->header_count; i++)
        face_answer_header(out, o->headers[i].name, o->headers[i].value);
    for (unsigned i = 0; i < o->keeping_count; i++)
        face_answer_header(out, o->keeping[i].name, o->keeping[i].value);
    if (o->body.kind == VALUE_ABSENT)
        return FAULT_NONE;
    if (!codec)
        return fault_set(f, FAULT_INTERNAL, "the answer can not be written");
    face_answer_header(out, STR("Content-Type"), media->name);
    return write_body(codec, &o->body, media, &out->body, f);
}

static void
refuse(const struct face_request *q, const struct fault *f, struct arena *a,
       struct face_answer *out)
{
    (void)a;
    out->status = f->status;
    face_answer_header(out, STR("Content-Type"), problem_media(q->errors));
    problem_write(&out->body, q->errors, f, q->correlator);
}

const struct face rest_face = {
    .name = "rest",
    .negotiate = negotiate,
    .read = read_inputs,
    .write = write_outcome,
    .refuse = refuse,
};
