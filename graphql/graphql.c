/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graphql/graphql.h"

#include "base/json.h"
#include "graphql/request.h"

struct job {
    const struct graphql *g;
    struct arena *arena;
    struct errors errors;
    const struct query *query;
    const struct definition *operation;
    struct value data; /* VALUE_ABSENT: it has not come to execution */
    unsigned calls;
};

static bool
prepare(struct job *j, struct str document)
{
    const struct graphql *g = j->g;
    const struct prepared *p =
        prepared_get(g->cache, g->schema, &g->limits, document, j->arena, &j->errors);

    j->query = p ? p->query : NULL;
    return p != NULL;
}

/* GetOperation(), section 6.1. */
static bool
choose_operation(struct job *j, struct str name)
{
    unsigned n = 0;

    for (const struct definition *d = j->query->definitions; d; d = d->next) {
        if (d->kind == DEFINITION_FRAGMENT)
            continue;
        n++;
        if (!name.n || str_eq(d->name, name))
            j->operation = d;
    }
    if (!name.n && n > 1)
        j->operation = NULL;
    if (j->operation)
        return true;
    errors_add(&j->errors, (struct location){0}, "BAD_USER_INPUT",
               n && !name.n ? "There are several operations: name one in `operationName`."
                            : "There is no operation of that name.");
    return false;
}

static void
run_operation(struct job *j, const struct value *variables)
{
    struct execution e = {.arena = j->arena,
                          .schema = j->g->schema,
                          .operation = j->operation,
                          .limits = &j->g->limits,
                          .backend = j->g->backend,
                          .errors = &j->errors};

    e.variables = coerce_variables(j->g->schema, j->arena, j->operation, variables, &j->errors);
    if (!e.variables)
        return;
    j->data = execute(&e);
    j->calls = e.calls;
}

static void
write_result(const struct job *j, struct buf *out)
{
    buf_put_char(out, '{');
    if (j->errors.count) {
        buf_str(out, STR("\"errors\":"));
        errors_write(out, &j->errors);
    }
    if (j->data.kind != VALUE_ABSENT) {
        if (j->errors.count)
            buf_put_char(out, ',');
        buf_str(out, STR("\"data\":"));
        json_write(out, &j->data);
    }
    buf_put_char(out, '}');
}

static void
job_init(struct job *j, const struct graphql *g, struct arena *a)
{
    *j = (struct job){.g = g, .arena = a, .errors = {.arena = a}};
    j->data = VALUE_OF(VALUE_ABSENT);
}

bool
graphql_run(const struct graphql *g, struct arena *a, struct str document,
            const struct value *variables, struct buf *out)
{
    struct job j;

    job_init(&j, g, a);
    if (prepare(&j, document) && choose_operation(&j, STR_NONE))
        run_operation(&j, variables);
    write_result(&j, out);
    return j.data.kind == VALUE_OBJECT;
}

/* --- HTTP --- */

enum { PARTIAL_SUCCESS = 294 };

/* By the old media type all that is well-formed is 200, executed or not. */
static unsigned
status_of(const struct job *j, struct str media, bool well_formed)
{
    if (!well_formed)
        return 400;
    if (str_eq(media, STR("application/json")))
        return 200;
    if (j->data.kind == VALUE_OBJECT)
        return j->errors.count ? PARTIAL_SUCCESS : 200;
    return j->data.kind == VALUE_ABSENT ? 400 : 500;
}

/* What is asked for, of the trusted documents where it is named. */
static bool
find_document(struct job *j, struct graphql_request *request)
{
    const struct trusted *trusted = j->g->trusted;

    if (request->by_id) {
        request->document = trusted_find(trusted, request->id);
        if (request->document.p)
            return true;
        errors_add(&j->errors, (struct location){0}, "DOCUMENT_NOT_FOUND",
                   "There is no trusted document of that `documentId`.");
        return false;
    }
    if (!trusted || !trusted->only)
        return true;
    errors_add(&j->errors, (struct location){0}, "DOCUMENT_NOT_TRUSTED",
               "Only trusted documents run here: name one in `documentId`.");
    return false;
}

static enum fault_code
work(struct job *j, const struct face_request *q, bool *well_formed, struct face_answer *out,
     struct fault *f)
{
    struct graphql_request request;

    *well_formed = request_read(j->arena, q, &request, &j->errors);
    if (!*well_formed || !find_document(j, &request) || !prepare(j, request.document) ||
        !choose_operation(j, request.operation))
        return FAULT_NONE;
    if (j->operation->kind == DEFINITION_MUTATION && !str_eq(q->method, STR("POST"))) {
        face_answer_header(out, STR("Allow"), STR("POST"));
        return fault_set(f, FAULT_METHOD_NOT_ALLOWED, "a mutation is sent by POST");
    }
    run_operation(j, &request.variables);
    return FAULT_NONE;
}

enum fault_code
graphql_answer(const struct graphql *g, const struct face_request *q, struct arena *a,
               struct face_answer *out, unsigned *calls, struct fault *f)
{
    struct str media = request_media(q);
    struct job j;
    bool well_formed;
    enum fault_code code;

    if (!media.n)
        return fault_set(f, FAULT_NOT_ACCEPTABLE,
                         "answers are application/graphql-response+json or application/json");
    if (str_eq(q->method, STR("POST")) && !request_is_json(q))
        return fault_set(f, FAULT_UNSUPPORTED_MEDIA_TYPE,
                         "a request is application/json, in UTF-8; say so in Content-Type");
    job_init(&j, g, a);
    code = work(&j, q, &well_formed, out, f);
    *calls = j.calls;
    if (code)
        return code;
    write_result(&j, &out->body);
    out->status = status_of(&j, media, well_formed);
    face_answer_header(out, STR("Content-Type"),
                       str_eq(media, STR("application/json"))
                           ? STR("application/json; charset=utf-8")
                           : STR("application/graphql-response+json; charset=utf-8"));
    face_answer_header(out, STR("Vary"), STR("Accept"));
    return out->body.failed ? fault_set(f, FAULT_MEMORY, "the answer is too large") : FAULT_NONE;
}

static void
refuse(const struct face_request *q, const struct fault *f, struct arena *a,
       struct face_answer *out)
{
    struct errors errors = {.arena = a};
    struct str media = request_media(q);

    errors_add_fault(&errors, (struct location){0}, NULL, f);
    out->status = f->status;
    face_answer_header(out, STR("Content-Type"),
                       media.n && !str_eq(media, STR("application/json"))
                           ? STR("application/graphql-response+json; charset=utf-8")
                           : STR("application/json; charset=utf-8"));
    buf_str(&out->body, STR("{\"errors\":"));
    errors_write(&out->body, &errors);
    buf_put_char(&out->body, '}');
}

const struct face graphql_face = {.name = "graphql", .refuse = refuse};
