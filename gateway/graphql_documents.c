/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"
#include "gateway/graphql_documents.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/signature.h"
#include "gateway/graphql_page.h"
#include "graphql/trusted.h"

enum { DOCUMENT_MAX = 1 << 20, DOCUMENTS_MAX = 100000, CHECK_BYTES = 256 << 20 };

struct reading {
    struct snapshot *s;
    struct report *report;
    struct trusted *trusted;
    unsigned room;
    struct str path; /* of the file */
};

static void
tell(const struct reading *r, struct location at, struct str what)
{
    report_error(r->report, (struct place){r->path, at.line, at.column}, "%.*s", STR_ARG(what));
}

static struct str
read_text(const struct reading *r)
{
    struct buf bytes;
    struct str text = STR_NONE;

    if (file_load(r->path.p, DOCUMENT_MAX, &bytes, NULL))
        text = arena_dup(r->s->arena, buf_view(&bytes));
    buf_fini(&bytes);
    return text;
}

/* Empty: no memory. */
static struct str
id_of(struct arena *a, struct str text)
{
    uint8_t hash[32];
    char *id = arena_alloc(a, TRUSTED_ID);

    if (!id || !signature_sha256(text, hash))
        return STR_NONE;
    str_hex(hash, sizeof hash, id);
    return (struct str){id, TRUSTED_ID};
}

static bool
check(const struct reading *r, struct str text)
{
    const struct graphql_limits limits = graphql_page_limits(r->s->config);
    struct arena *a = arena_new(CHECK_BYTES);
    struct error why = {0};
    bool good = a && trusted_check(r->s->graph, &limits, text, a, &why);

    if (!good)
        tell(r, why.at, a ? why.message : STR("out of memory"));
    arena_free(a);
    return good;
}

static void
add(struct reading *r, struct trusted_document d)
{
    struct trusted *t = r->trusted;

    if (t->count == r->room) {
        unsigned room = r->room ? r->room * 2 : 16;
        struct trusted_document *list = ARENA_ARRAY(r->s->arena, room, struct trusted_document);

        if (!list || room > DOCUMENTS_MAX) {
            tell(r, (struct location){0}, STR("there are too many documents"));
            return;
        }
        if (t->count)
            memcpy(list, t->documents, t->count * sizeof(*list));
        t->documents = list;
        r->room = room;
    }
    t->documents[t->count++] = d;
}

static void
read_document(struct reading *r, struct str name)
{
    struct str text = read_text(r);
    struct str id = text.p ? id_of(r->s->arena, text) : STR_NONE;
    struct arena *a = r->s->arena;

    if (!text.p || !str_is_utf8(text))
        tell(r, (struct location){0}, STR("it cannot be read as UTF-8 text of at most 1 MB"));
    else if (!id.n)
        tell(r, (struct location){0}, STR("out of memory"));
    else if (!str_eq(name, arena_printf(a, "%.*s.graphql", STR_ARG(id))))
        tell(r, (struct location){0},
             arena_printf(a, "its name is not the SHA-256 of its text: call it %.*s.graphql",
                          STR_ARG(id)));
    else if (check(r, text))
        add(r, (struct trusted_document){id, text});
}

bool
graphql_documents_load(struct snapshot *s, struct report *report)
{
    const struct config *c = s->config;
    struct reading r = {.s = s, .report = report, .path = c->graphql_documents};
    unsigned errors = report->errors;
    const struct dirent *entry;
    DIR *folder;

    r.trusted = ARENA_NEW(s->arena, struct trusted);
    if (!r.trusted)
        return false;
    r.trusted->only = c->graphql_trusted_only;
    s->trusted = r.trusted;
    if (!c->graphql_documents.n)
        return true;
    folder = opendir(arena_dup(s->arena, c->graphql_documents).p);
    if (!folder)
        tell(&r, (struct location){0}, STR("graphql.documents: this folder cannot be read"));
    while (folder && (entry = readdir(folder))) {
        struct str name = str_of(entry->d_name);

        if (!str_ends(name, STR(".graphql")))
            continue;
        r.path = arena_printf(s->arena, "%.*s/%s", STR_ARG(c->graphql_documents), entry->d_name);
        read_document(&r, name);
    }
    if (folder)
        closedir(folder);
    trusted_sort(r.trusted);
    return report->errors == errors;
}
