/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exchange that was explained in REST's terms, as SOAP and GraphQL write it. */
#include "gateway/explain.h"

#include "base/json.h"
#include "graphql/graphql.h"
#include "graphql/sample.h"
#include "soap/face.h"
#include "soap/service.h"

static struct face_request
new_request(struct explanation *e, struct str method, struct str path, struct header *type)
{
    return (struct face_request){.method = method,
                                 .path = path,
                                 .headers = {type, 1},
                                 .codecs = e->snapshot->codecs,
                                 .correlator = e->request.correlator};
}

/* --- SOAP --- */

static const struct service_operation *
operation_of(const struct service *s, const struct operation *o)
{
    for (unsigned i = 0; i < s->operation_count; i++)
        if (s->operations[i].operation == o)
            return &s->operations[i];
    return NULL;
}

static enum fault_code
answer_soap(struct explanation *e, struct face_request *q, struct face_answer *answer)
{
    enum fault_code code = soap_face.negotiate(q, &e->fault);

    if (!code)
        code = soap_face.dispatch(q, e->arena, &e->fault);
    return code ? code : soap_face.write(q, &e->outcome, e->arena, answer, &e->fault);
}

void
explain_soap(struct explanation *e)
{
    const struct service *s = service_new(e->arena, e->operation->contract);
    const struct service_operation *o = s ? operation_of(s, e->operation) : NULL;
    struct header type = {STR("Content-Type"), STR("text/xml; charset=utf-8")};
    struct face_answer answer = {0};
    struct face_request q;
    struct buf body;

    if (!o) {
        buf_str(&e->text, STR("\nSOAP does not serve it.\n"));
        return;
    }
    buf_init(&body, EXPLAIN_TEXT_MAX);
    buf_init(&answer.body, EXPLAIN_TEXT_MAX);
    q = new_request(e, STR("POST"), s->path, &type);
    q.service = s;
    if (service_request_write(o, &e->inputs, e->arena, &body, &e->fault)) {
        explain_put_fault(e, "SOAP can not say it");
    } else {
        q.body = buf_view(&body);
        explain_put_request(e, " by SOAP", &q);
        if (answer_soap(e, &q, &answer))
            explain_put_fault(e, "the answer can not be shown");
        else
            explain_put_answer(e, &answer);
    }
    buf_fini(&answer.body);
    buf_fini(&body);
}

/* --- GraphQL --- */

/* The backend of the graph: all that is asked has been answered above. */
static void
run(void *context, struct graphql_call *const *calls, unsigned n)
{
    const struct explanation *e = context;

    for (unsigned i = 0; i < n; i++)
        calls[i]->outcome = e->outcome;
}

static enum fault_code
allow(void *context, const struct operation *o, struct fault *f)
{
    (void)context, (void)o, (void)f;
    return FAULT_NONE;
}

static enum fault_code
write_question(struct explanation *e, const struct graphql_sample *sample, struct buf *out)
{
    struct value question = VALUE_OF(VALUE_OBJECT);

    if (value_add(e->arena, &question, STR("query"), value_string(sample->document)))
        return FAULT_MEMORY;
    if (sample->variables.n && value_add(e->arena, &question, STR("variables"), sample->variables))
        return FAULT_MEMORY;
    json_write(out, &question);
    return out->failed ? FAULT_MEMORY : FAULT_NONE;
}

static void
answer_graphql(struct explanation *e, const struct face_request *q)
{
    const struct graphql_backend backend = {e, run, allow};
    const struct graphql g = {
        .schema = e->snapshot->graph, .limits = GRAPHQL_LIMITS_DEFAULT, .backend = &backend};
    struct face_answer answer = {0};
    unsigned calls = 0;

    buf_init(&answer.body, EXPLAIN_TEXT_MAX);
    if (graphql_answer(&g, q, e->arena, &answer, &calls, &e->fault))
        explain_put_fault(e, "the answer can not be shown");
    else
        explain_put_answer(e, &answer);
    buf_fini(&answer.body);
}

void
explain_graphql(struct explanation *e)
{
    struct header type = {STR("Content-Type"), STR("application/json")};
    struct face_request q = new_request(e, STR("POST"), STR("/graphql"), &type);
    struct graphql_sample sample;
    enum fault_code code = FAULT_NOT_FOUND;
    struct buf body;

    if (e->snapshot->graph)
        code = graphql_sample(e->snapshot->graph, e->operation, &e->inputs, e->arena, &sample);
    if (code == FAULT_NOT_FOUND) {
        buf_str(&e->text, STR("\nGraphQL does not serve it.\n"));
        return;
    }
    buf_init(&body, EXPLAIN_TEXT_MAX);
    if (code || write_question(e, &sample, &body)) {
        e->text.failed = true;
    } else {
        q.body = buf_view(&body);
        explain_put_request(e, " by GraphQL", &q);
        answer_graphql(e, &q);
    }
    buf_fini(&body);
}
