/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graphql/calls.h"

/* --- which call --- */

static uint64_t
mix(uint64_t hash, uint64_t n)
{
    return (hash ^ n) * UINT64_C(0x9E3779B97F4A7C15);
}

/* Equal values hash equally, however a number is written; big ones share a hash. */
static uint64_t
hash_value(uint64_t hash, const struct value *v)
{
    int64_t n = 0;

    switch (v->kind) {
    case VALUE_STRING: return mix(hash, str_hash(value_text(v)));
    case VALUE_NUMBER: return mix(hash, number_to_i64(value_text(v), &n) ? (uint64_t)n : 7);
    case VALUE_BOOLEAN: return mix(hash, v->is_true);
    case VALUE_ARRAY:
        for (uint32_t i = 0; i < v->n && v->items[i].kind < VALUE_ARRAY; i++)
            hash = hash_value(hash, &v->items[i]);
        return mix(hash, v->n);
    default: return mix(hash, v->kind);
    }
}

static uint64_t
hash_call(const struct operation *o, const struct inputs *inputs)
{
    uint64_t hash = mix(1, (uintptr_t)o >> 4);

    for (unsigned i = 0; i < o->parameter_count; i++)
        hash = hash_value(hash, &inputs->parameters[i]);
    hash = hash_value(hash, &inputs->body);
    return hash ^ hash >> 32;
}

static bool
same_value(const struct value *a, const struct value *b)
{
    return a->kind == b->kind && (a->kind == VALUE_ABSENT || value_equal(a, b));
}

static bool
same_inputs(const struct operation *o, const struct inputs *a, const struct inputs *b)
{
    for (unsigned i = 0; i < o->parameter_count; i++)
        if (!same_value(&a->parameters[i], &b->parameters[i]))
            return false;
    return same_value(&a->body, &b->body);
}

/* Twice as many buckets when there are as many calls. */
static bool
grow(struct calls *c)
{
    unsigned count = c->bucket_count ? c->bucket_count * 2 : 16;
    struct graphql_call **buckets;

    if (c->known < c->bucket_count)
        return true;
    buckets = ARENA_ARRAY(c->arena, count, struct graphql_call *);
    for (unsigned i = 0; buckets && i < c->bucket_count; i++)
        for (struct graphql_call *call = c->buckets[i], *next; call; call = next) {
            next = call->next;
            call->next = buckets[call->hash & (count - 1)];
            buckets[call->hash & (count - 1)] = call;
        }
    if (!buckets)
        return false;
    c->buckets = buckets;
    c->bucket_count = count;
    return true;
}

static struct graphql_call *
find(const struct calls *c, const struct operation *o, const struct inputs *inputs, uint64_t hash)
{
    struct graphql_call *call = c->known ? c->buckets[hash & (c->bucket_count - 1)] : NULL;

    while (call &&
           (call->hash != hash || call->operation != o || !same_inputs(o, &call->inputs, inputs)))
        call = call->next;
    return call;
}

static enum fault_code
too_many(const struct calls *c, struct fault *f)
{
    return fault_set(f, FAULT_TOO_MANY_REQUESTS, "a request makes at most %u calls to backends",
                     c->limit);
}

struct graphql_call *
calls_find(struct calls *c, const struct operation *o, const struct inputs *inputs, bool fresh,
           struct fault *f)
{
    uint64_t hash = hash_call(o, inputs);
    struct graphql_call *call = fresh ? NULL : find(c, o, inputs, hash);

    if (call)
        return call;
    if (c->known == CALLS_KNOWN_MAX) {
        too_many(c, f);
        return NULL;
    }
    call = grow(c) ? ARENA_NEW(c->arena, struct graphql_call) : NULL;
    if (!call) {
        fault_set(f, FAULT_MEMORY, "out of memory");
        return NULL;
    }
    call->operation = o;
    call->inputs = *inputs;
    call->hash = hash;
    call->next = c->buckets[hash & (c->bucket_count - 1)];
    c->buckets[hash & (c->bucket_count - 1)] = call;
    c->known++;
    return call;
}

void
calls_forget(struct calls *c)
{
    if (c->bucket_count)
        memset(c->buckets, 0, c->bucket_count * sizeof(*c->buckets));
}

void
calls_want(struct calls *c, struct graphql_call *call)
{
    struct graphql_call **wanted = c->wanted;

    if (call->wanted)
        return;
    if (c->wanted_count == c->wanted_room) {
        unsigned room = c->wanted_room ? c->wanted_room * 2 : 16;

        wanted = ARENA_ARRAY(c->arena, room, struct graphql_call *);
        if (!wanted) {
            call->code = fault_set(&call->fault, FAULT_MEMORY, "out of memory");
            return;
        }
        if (c->wanted_count)
            memcpy(wanted, c->wanted, c->wanted_count * sizeof(*wanted));
        c->wanted = wanted;
        c->wanted_room = room;
    }
    call->wanted = true;
    wanted[c->wanted_count++] = call;
}

/* --- gathering, as the contract's `batch` says --- */

struct gathering {
    struct gathering *next;
    struct graphql_call *call;          /* of the operation that takes many */
    struct graphql_call *first, **tail; /* for which it is made */
};

/* Gives nothing but what is gathered, and what goes on as it is. */
static bool
can_gather(const struct graphql_call *call)
{
    const struct batch *b = call->operation->batch;

    if (!b || call->inputs.parameters[b->parameter].kind <= VALUE_NULL)
        return false;
    for (unsigned i = 0; i < call->operation->parameter_count; i++)
        if (i != b->parameter && b->passed[i] < 0 &&
            call->inputs.parameters[i].kind != VALUE_ABSENT)
            return false;
    return true;
}

/* The call's values, as a list of at least one. */
static uint32_t
values_of(const struct graphql_call *call, const struct value **out)
{
    const struct value *v = &call->inputs.parameters[call->operation->batch->parameter];
    bool list = v->kind == VALUE_ARRAY;

    *out = list ? v->items : v;
    return list ? v->n : 1;
}

static bool
has_value(const struct value *list, uint32_t n, const struct value *v)
{
    for (uint32_t i = 0; i < n; i++)
        if (value_equal(&list[i], v))
            return true;
    return false;
}

static struct value *
gathered(const struct gathering *g)
{
    return &g->call->inputs.parameters[g->first->operation->batch->values];
}

static bool
fits(const struct gathering *g, const struct graphql_call *call)
{
    const struct batch *b = call->operation->batch;
    const struct value *values;

    if (g->first->operation != call->operation ||
        gathered(g)->n + values_of(call, &values) > b->most)
        return false;
    for (unsigned i = 0; i < call->operation->parameter_count; i++)
        if (i != b->parameter &&
            !same_value(&call->inputs.parameters[i], &g->first->inputs.parameters[i]))
            return false;
    return true;
}

static void
join(struct calls *c, struct gathering *g, struct graphql_call *call)
{
    const struct value *values;
    uint32_t n = values_of(call, &values);

    *g->tail = call;
    g->tail = &call->with;
    for (uint32_t i = 0; i < n; i++)
        if (!has_value(gathered(g)->items, gathered(g)->n, &values[i]) &&
            value_append(c->arena, gathered(g), values[i]))
            call->code = fault_set(&call->fault, FAULT_MEMORY, "out of memory");
}

/* A gathering of this call alone; NULL: it is made by itself. */
static struct gathering *
begin(struct calls *c, struct graphql_call *call)
{
    const struct batch *b = call->operation->batch;
    struct gathering *g = ARENA_NEW(c->arena, struct gathering);
    struct fault denied;

    if (!g || c->backend->allow(c->backend->context, b->operation, &denied))
        return NULL;
    g->call = ARENA_NEW(c->arena, struct graphql_call);
    if (!g->call)
        return NULL;
    g->call->operation = b->operation;
    g->call->inputs.parameters =
        ARENA_ARRAY(c->arena, b->operation->parameter_count + 1, struct value);
    if (!g->call->inputs.parameters)
        return NULL;
    for (unsigned i = 0; i < call->operation->parameter_count; i++)
        if (i != b->parameter && b->passed[i] >= 0)
            g->call->inputs.parameters[b->passed[i]] = call->inputs.parameters[i];
    g->first = call;
    g->tail = &g->first;
    *gathered(g) = VALUE_OF(VALUE_ARRAY);
    join(c, g, call);
    return g;
}

/* --- handing out what came back for many --- */

static bool
is_of(const struct value *item, const struct graphql_call *call)
{
    const struct value *key = value_pointer(item, call->operation->batch->key), *values;
    uint32_t n = values_of(call, &values);

    for (uint32_t i = 0; key && i < n; i++)
        if (key->kind >= VALUE_NUMBER && key->kind <= VALUE_STRING &&
            (key->kind == values[i].kind ? value_equal(key, &values[i])
                                         : str_eq(value_text(key), value_text(&values[i]))))
            return true;
    return false;
}

static bool
answers_list(const struct operation *o)
{
    const struct media *media = o->success && o->success->media_count ? o->success->media : NULL;

    return media && type_is_list(media->type);
}

static void
hand_out(struct calls *c, const struct graphql_call *many, struct graphql_call *call)
{
    const struct value *list = &many->outcome.body;
    bool all = answers_list(call->operation);

    call->outcome.status = many->outcome.status;
    if (all)
        call->outcome.body = VALUE_OF(VALUE_ARRAY);
    for (uint32_t i = 0; i < list->n; i++) {
        if (!is_of(&list->items[i], call))
            continue;
        if (!all) {
            call->outcome.body = list->items[i];
            return;
        }
        if (value_append(c->arena, &call->outcome.body, list->items[i]))
            call->code = fault_set(&call->fault, FAULT_MEMORY, "out of memory");
    }
    if (!all)
        call->code = fault_set(&call->fault, FAULT_NOT_FOUND, "there is none");
}

/* One of the values is to blame, perhaps: each call is to have its own answer. */
static bool
is_refused(const struct graphql_call *many)
{
    unsigned status = many->fault.status;

    return many->code && (status == 400 || status == 404 || status == 410 || status == 422);
}

static void
finish(struct calls *c, const struct gathering *g)
{
    struct graphql_call *many = g->call;

    if (!many->code && many->outcome.body.kind != VALUE_ARRAY)
        many->code = fault_set(&many->fault, FAULT_BACKEND_INVALID, "the answer is no list");
    else if (!many->code && many->operation->success &&
             many->outcome.status != many->operation->success->status)
        many->code = fault_set(&many->fault, FAULT_BACKEND_INVALID,
                               "the answer for many is not the whole one");
    for (struct graphql_call *call = g->first; call; call = call->with) {
        if (!many->code) {
            hand_out(c, many, call);
            continue;
        }
        call->code = many->code;
        call->fault = many->fault;
    }
}

/* --- a level --- */

struct level {
    struct calls *calls;
    struct gathering *gatherings;
    struct graphql_call **made;
    unsigned n;
};

/* Whether there is room for one more, which is then counted. */
static bool
admit(struct level *l, struct graphql_call *call)
{
    if (l->calls->made == l->calls->limit) {
        call->code = too_many(l->calls, &call->fault);
        return false;
    }
    l->calls->made++;
    return true;
}

static void
place(struct level *l, struct graphql_call *call)
{
    struct gathering *g = can_gather(call) ? l->gatherings : NULL;

    while (g && !fits(g, call))
        g = g->next;
    if (g) {
        join(l->calls, g, call);
        return;
    }
    if (!admit(l, call))
        return;
    g = can_gather(call) ? begin(l->calls, call) : NULL;
    if (g) {
        g->next = l->gatherings;
        l->gatherings = g;
    } else {
        l->made[l->n++] = call;
    }
}

static void
place_alone(struct level *l, struct gathering *g)
{
    for (struct graphql_call *call = g->first; call; call = call->with)
        if (admit(l, call))
            l->made[l->n++] = call;
    g->first = NULL;
}

/* One alone is what it is; so are those whose list the other operation does not take. */
static void
place_gathering(struct level *l, struct gathering *g)
{
    const struct operation *many = g->call->operation;
    const struct type *type = many->parameters[g->first->operation->batch->values].type;
    struct fault f;

    if (g->first->with && type_validate(type, gathered(g), TYPE_REQUEST, &f) == FAULT_NONE) {
        l->made[l->n++] = g->call;
        return;
    }
    l->calls->made--;
    place_alone(l, g);
}

static void
run(struct level *l)
{
    if (l->n)
        l->calls->backend->run(l->calls->backend->context, l->made, l->n);
    l->n = 0;
}

static void
place_all(struct level *l)
{
    struct calls *c = l->calls;

    for (unsigned i = 0; i < c->wanted_count; i++) {
        struct graphql_call *call = c->wanted[i];

        if (!l->made)
            call->code = fault_set(&call->fault, FAULT_MEMORY, "out of memory");
        else if (!call->code)
            place(l, call);
    }
    for (struct gathering *g = l->gatherings; g; g = g->next)
        place_gathering(l, g);
}

void
calls_make(struct calls *c)
{
    struct level l = {.calls = c};

    l.made = ARENA_ARRAY(c->arena, c->wanted_count + 1, struct graphql_call *);
    place_all(&l);
    run(&l);
    for (struct gathering *g = l.gatherings; g; g = g->next) {
        if (is_refused(g->call))
            place_alone(&l, g);
        else
            finish(c, g);
    }
    run(&l);
    c->wanted_count = 0;
}
