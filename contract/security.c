/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See security.h. Tokens authenticate (oauth2, openIdConnect and http bearer), and API keys in the
 * header that is configured. */
#include "contract/security.h"
#include "contract/backends.h"
#include "contract/reference.h"
#include "contract/suggest.h"

static const cJSON *
find_scheme(struct loader *l, const cJSON *requirement)
{
    cJSON *schemes = node_get(node_get(l->root, "components"), "securitySchemes");
    cJSON *scheme = node_get(schemes, requirement->string);
    if (scheme)
        return reference_follow(&l->sources, scheme);
    struct suggest near = suggest_for(str_of(requirement->string));
    for (const cJSON *other = schemes ? schemes->child : NULL; other; other = other->next)
        suggest_offer(&near, str_of(other->string));
    LOADER_KEY_ERROR(l, requirement, "security scheme '%s' is not described%s", requirement->string,
                     suggest_text(l->arena, &near, ": add it to components.securitySchemes"));
    return NULL;
}

static bool
takes_tokens(const cJSON *scheme)
{
    struct str type = str_of(node_string(scheme, "type", ""));
    struct str http = str_of(node_string(scheme, "scheme", ""));
    return str_eq(type, STR("oauth2")) || str_eq(type, STR("openIdConnect")) ||
           (str_eq(type, STR("http")) && str_eq_nocase(http, STR("bearer")));
}

static bool
takes_api_keys(const struct loader *l, const cJSON *scheme)
{
    struct str header = l->environment->api_key_header;

    return header.n && str_eq(str_of(node_string(scheme, "type", "")), STR("apiKey")) &&
           str_eq(str_of(node_string(scheme, "in", "")), STR("header")) &&
           str_eq_nocase(str_of(node_string(scheme, "name", "")), header);
}

/* A scope that the scheme's own flows do not list is most likely misspelt. */
static void
check_scope(struct loader *l, const cJSON *scheme, const cJSON *scope)
{
    struct suggest near = suggest_for(str_of(scope->valuestring));
    const cJSON *flows = node_get(scheme, "flows");
    bool any = false;
    for (const cJSON *flow = flows ? flows->child : NULL; flow; flow = flow->next) {
        const cJSON *scopes = node_get(flow, "scopes");
        for (const cJSON *known = scopes ? scopes->child : NULL; known; known = known->next) {
            any = true;
            if (!strcmp(known->string, scope->valuestring))
                return;
            suggest_offer(&near, str_of(known->string));
        }
    }
    if (any)
        LOADER_WARNING(l, scope, "scope '%s' is in no flow of its scheme%s", scope->valuestring,
                       suggest_text(l->arena, &near, ": add it there"));
}

static bool
has_scope(const struct security *out, struct str scope)
{
    for (unsigned i = 0; i < out->scope_count; i++)
        if (str_eq(out->scopes[i], scope))
            return true;
    return false;
}

static void
add_scopes(struct loader *l, const cJSON *scheme, const cJSON *list, struct security *out)
{
    size_t room = (size_t)cJSON_GetArraySize(list) + out->scope_count;
    struct str *scopes = ARENA_ARRAY(l->arena, room + 1, struct str);
    if (!scopes) {
        l->sources.failed = true;
        return;
    }
    for (unsigned i = 0; i < out->scope_count; i++)
        scopes[i] = out->scopes[i];
    out->scopes = scopes;
    for (const cJSON *scope = list->child; scope; scope = scope->next) {
        if (!cJSON_IsString(scope) || !scope->valuestring[0]) {
            LOADER_ERROR(l, scope, "a scope must be text");
            continue;
        }
        check_scope(l, scheme, scope);
        if (!has_scope(out, str_of(scope->valuestring)))
            out->scopes[out->scope_count++] = str_of(scope->valuestring);
    }
}

static void
tell_scheme(struct loader *l, const cJSON *member, bool only)
{
    if (only)
        LOADER_KEY_ERROR(l, member,
                         "security scheme '%s' takes no bearer token: name one of type oauth2, "
                         "openIdConnect or http bearer",
                         member->string);
    else
        LOADER_KEY_WARNING(l, member,
                           "security scheme '%s' takes no bearer token: this alternative is never "
                           "met",
                           member->string);
}

/* Every scheme of the alternative must take tokens, or else API keys; their scopes are joined
 * (AND). Nobody sends both. */
static bool
read_alternative(struct loader *l, const cJSON *alternative, bool only, struct security *out)
{
    for (const cJSON *member = alternative->child; member; member = member->next) {
        const cJSON *scheme = find_scheme(l, member);
        if (!scheme)
            return false;
        bool key = takes_api_keys(l, scheme);
        if (!key && !takes_tokens(scheme)) {
            tell_scheme(l, member, only);
            return false;
        }
        if (!cJSON_IsArray(member)) {
            LOADER_ERROR(l, member, "the scopes of '%s' must be a list", member->string);
            return false;
        }
        if (member != alternative->child && key != out->api_key) {
            LOADER_ERROR(l, alternative,
                         "a request has a token or an API key, not both: make two "
                         "alternatives of it");
            return false;
        }
        out->api_key = key;
        out->scheme = out->scheme.n ? out->scheme : str_of(member->string);
        add_scopes(l, scheme, member, out);
    }
    return true;
}

static void
read_alternatives(struct loader *l, const cJSON *security, struct operation *o)
{
    size_t count = (size_t)cJSON_GetArraySize(security);
    unsigned errors = l->report->errors;
    o->security = ARENA_ARRAY(l->arena, count + 1, struct security);
    for (const cJSON *a = security->child; a && o->security; a = a->next) {
        if (!cJSON_IsObject(a)) {
            LOADER_ERROR(l, a, "a security requirement must be an object, {SCHEME: [SCOPE]}");
            continue;
        }
        if (!a->child) {
            if (count > 1)
                LOADER_WARNING(l, a,
                               "this alternative opens the operation to everyone, the "
                               "others have no effect: remove it, or them");
            o->security_count = 0;
            return;
        }
        struct security one = {0};
        if (read_alternative(l, a, count == 1, &one))
            o->security[o->security_count++] = one;
    }
    if (!o->security_count && errors == l->report->errors) /* never open by mistake */
        LOADER_KEY_ERROR(l, security,
                         "operation '%.*s': no security requirement can be met: "
                         "name a scheme of bearer tokens, or say `security: []`",
                         STR_ARG(o->id));
}

void
security_read(struct loader *l, struct draft *d)
{
    struct operation *o = d->operation;
    const cJSON *security = node_get(d->node, "security");
    if (!security)
        security = node_get(l->root, "security");
    if (!security) {
        o->security = ARENA_ARRAY(l->arena, 1, struct security);
        o->security_count = o->security != NULL;
        l->sources.failed |= !o->security;
        return;
    }
    if (!cJSON_IsArray(security)) {
        LOADER_ERROR(l, security, "security must be a list of requirements; [] is open");
        return;
    }
    if (security->child)
        read_alternatives(l, security, o);
}

static void
read_acr(struct loader *l, const cJSON *list, struct step_up *out)
{
    out->acr = ARENA_ARRAY(l->arena, (size_t)cJSON_GetArraySize(list) + 1, struct str);
    for (const cJSON *one = list->child; one && out->acr; one = one->next)
        if (cJSON_IsString(one) && one->valuestring[0] && !strpbrk(one->valuestring, " \"\\"))
            out->acr[out->acr_count++] = str_of(one->valuestring);
        else
            LOADER_ERROR(l, one, "step_up: a value of acr must be a text without blanks");
}

void
security_read_step_up(struct loader *l, struct draft *d)
{
    const cJSON *node = d->extension.members[X_STEP_UP];
    struct step_up *s = node ? ARENA_NEW(l->arena, struct step_up) : NULL;
    if (!node)
        return;
    if (!s) {
        l->sources.failed = true;
        return;
    }
    for (const cJSON *member = node->child; member; member = member->next)
        if (!strcmp(member->string, "acr") && cJSON_IsArray(member))
            read_acr(l, member, s);
        else if (!strcmp(member->string, "max_age") && cJSON_IsString(member))
            s->max_age_us = backends_duration(l, member, 0);
        else
            LOADER_KEY_ERROR(l, member, "step_up takes {acr: [VALUE], max_age: DURATION}");
    if (!d->operation->security_count)
        LOADER_ERROR(l, node, "step_up: operation '%.*s' asks for no token: give it `security`",
                     STR_ARG(d->operation->id));
    d->operation->step_up = s;
}
