/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of `telgate audit` that prove: verify, anchor, proof, verify-proof. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/audit_proof.h"
#include "auth/audit_store.h"
#include "auth/audit_verify.h"
#include "gateway/command_audit.h"
#include "gateway/progress.h"

/* The given key, or the one that lies in the folder, which whoever could write there could change.
 */
static enum fault_code
open_keys(struct arena *a, const char *given, const char *folder, struct audit_verifier **out,
          struct fault *f)
{
    if (!given && folder) {
        given = arena_printf(a, "%s/public.pem", folder).p;
        fprintf(stderr, "using %s; give a copy from elsewhere with --public-key\n", given);
    }
    return given ? audit_verifier_new(given, out, f)
                 : fault_set(f, FAULT_INVALID_PARAMETER, "--public-key FILE is needed");
}

static enum fault_code
load(const char *path, struct buf *out, struct fault *f)
{
    if (audit_file_load(path, out))
        return FAULT_NONE;
    fault_set(f, FAULT_INTERNAL, "a file can not be read");
    fault_log(f, "%s: %s", path, strerror(errno));
    return FAULT_INTERNAL;
}

static void
print_good(const struct audit_report *r)
{
    printf("good: %u segment%s, records %llu to %llu, %u signed heads", r->segments,
           r->segments == 1 ? "" : "s", (unsigned long long)r->first,
           (unsigned long long)(r->next - 1), r->heads);
    if (r->head_time[0])
        printf(", the newest of %s", r->head_time);
    printf("\n");
    if (r->removed)
        printf("segments 1 to %llu were removed by retention, as a record says\n",
               (unsigned long long)r->removed);
    if (r->open && r->next > r->signed_next)
        printf("the newest %llu records are chained, and not signed yet\n",
               (unsigned long long)(r->next - r->signed_next));
}

static int
print_report(const struct audit_report *r)
{
    if (!r->what[0]) {
        print_good(r);
        return AUDIT_OK;
    }
    printf("BAD: segment %llu, record %llu, offset %llu: %s\n", (unsigned long long)r->segment,
           (unsigned long long)r->seq, (unsigned long long)r->offset, r->what);
    return AUDIT_BAD;
}

static int
verify(struct arena *a, const char *folder, const char *key, const char *anchor)
{
    struct progress progress;
    struct audit_check check = {.folder = folder, .progress = progress_tell, .context = &progress};
    struct audit_verifier *keys = NULL;
    struct audit_report report;
    struct buf text = {0};
    struct fault f = {0};
    enum fault_code code = open_keys(a, key, folder, &keys, &f);

    if (!code && anchor)
        code = load(anchor, &text, &f);
    check.keys = keys;
    check.anchor = buf_view(&text);
    progress_begin(&progress, "verifying");
    if (!code)
        code = audit_verify(&check, &report, &f);
    progress_end(&progress);
    audit_verifier_free(keys);
    buf_fini(&text);
    return code ? audit_complain(&f) : print_report(&report);
}

int
audit_verify_part(const struct command *c, struct arena *a, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT, *key = NULL, *anchor = NULL;
    const struct flag flags[] = {{"--config", "-c", &config},
                                 {"--public-key", NULL, &key},
                                 {"--anchor", NULL, &anchor},
                                 {NULL, NULL, NULL}};
    struct audit_place p;

    if (!command_flags(c, flags, &argc, argv) || argc > 2)
        return command_usage(c);
    if (!audit_place_find(&p, a, argc > 1 ? argv[1] : NULL, config))
        return AUDIT_UNREADABLE;
    return verify(a, p.folder, key, anchor);
}

int
audit_anchor_part(const struct command *c, struct arena *a, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT;
    const struct flag flags[] = {{"--config", "-c", &config}, {NULL, NULL, NULL}};
    struct audit_place p;
    struct fault f = {0};
    struct str head;

    if (!command_flags(c, flags, &argc, argv) || argc > 2)
        return command_usage(c);
    if (!audit_place_find(&p, a, argc > 1 ? argv[1] : NULL, config))
        return AUDIT_UNREADABLE;
    if (audit_newest_head(p.folder, a, &head, &f))
        return audit_complain(&f);
    printf("%.*s\n", STR_ARG(head));
    return AUDIT_OK;
}

int
audit_proof_part(const struct command *c, struct arena *a, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT;
    const struct flag flags[] = {{"--config", "-c", &config}, {NULL, NULL, NULL}};
    struct audit_place p;
    struct fault f = {0};
    struct buf proof;
    uint64_t seq;
    int status;

    if (!command_flags(c, flags, &argc, argv) || argc < 2 || argc > 3 ||
        !str_to_u64(str_of(argv[1]), &seq))
        return command_usage(c);
    if (!audit_place_find(&p, a, argc > 2 ? argv[2] : NULL, config) ||
        !audit_note_reading(&p, arena_printf(a, "proof %llu", (unsigned long long)seq)))
        return AUDIT_UNREADABLE;
    buf_init(&proof, AUDIT_PROOF_MAX);
    if (audit_proof_write(p.folder, seq, &proof, &f))
        status = audit_complain(&f);
    else
        status = fwrite(proof.p, 1, proof.n, stdout) == proof.n ? AUDIT_OK : AUDIT_UNREADABLE;
    buf_fini(&proof);
    return status;
}

int
audit_verify_proof_part(const struct command *c, struct arena *a, int argc, char **argv)
{
    const char *key = NULL;
    const struct flag flags[] = {{"--public-key", NULL, &key}, {NULL, NULL, NULL}};
    struct audit_verifier *keys = NULL;
    struct audit_proof proof;
    struct fault f = {0};
    struct buf text = {0};
    enum fault_code code;
    int status = AUDIT_OK;

    if (!command_flags(c, flags, &argc, argv) || argc != 2)
        return command_usage(c);
    code = open_keys(a, key, NULL, &keys, &f);
    if (!code)
        code = load(argv[1], &text, &f);
    if (!code)
        code = audit_proof_check(a, buf_view(&text), keys, &proof, &f);
    if (code == FAULT_INVALID_VALUE) {
        printf("BAD: %s\n", f.detail);
        status = AUDIT_BAD;
    } else if (code) {
        status = audit_complain(&f);
    } else {
        printf("good: record %llu stands in the trail that was signed %.*s\n%.*s\n",
               (unsigned long long)proof.seq, STR_ARG(proof.head.time), STR_ARG(proof.record));
    }
    audit_verifier_free(keys);
    buf_fini(&text);
    return status;
}
