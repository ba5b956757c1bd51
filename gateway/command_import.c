/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `telgate import wsdl`: a contract for every operation of a WSDL, to be edited by hand. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/command.h"
#include "soap/wsdl_import.h"

enum { IMPORT_MAX = 256 << 20, TEXT_MAX = 64 << 20 };

/* The folder of a path that may not be there yet, without symbolic links; false: it is not. */
static bool
folder_of(const char *path, char out[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];
    size_t n = slash ? (size_t)(slash - path) : 0;

    if (n >= sizeof(folder))
        return false;
    memcpy(folder, path, n);
    folder[n] = '\0';
    return realpath(!slash ? "." : n ? folder : "/", out) != NULL;
}

/* `path` as the file `from` is to name it: up to where both part, and down again. */
static struct str
relative(struct arena *a, const char *path, const char *from)
{
    char target[PATH_MAX], folder[PATH_MAX];
    struct str up = STR("");
    size_t same = 0;

    if (!realpath(path, target) || !folder_of(from, folder))
        return str_of(path);
    if (strcmp(folder, "/") == 0)
        folder[0] = '\0';
    for (size_t i = 0; i == 0 || folder[i - 1]; i++) {
        if ((folder[i] == '/' || !folder[i]) && (target[i] == '/'))
            same = i;
        if (folder[i] != target[i])
            break;
    }
    for (const char *p = folder + same; *p && up.p; p++)
        if (*p == '/')
            up = arena_printf(a, "%.*s../", STR_ARG(up));
    return arena_printf(a, "%.*s%s", STR_ARG(up), target + same + 1);
}

static bool
write_file(const char *path, struct str text)
{
    FILE *file = path ? fopen(path, "wx") : stdout;
    bool good = file && fwrite(text.p, 1, text.n, file) == text.n && fflush(file) == 0;

    if (!file && errno == EEXIST)
        fprintf(stderr, "%s is there already; it may have been edited, so it stays as it is\n",
                path);
    else if (!good)
        fprintf(stderr, "%s cannot be written\n", path ? path : "standard output");
    if (file && path)
        good &= fclose(file) == 0;
    return good;
}

static bool
import(struct arena *a, const char *wsdl, const char *out)
{
    struct str reference = relative(a, wsdl, out ? out : "here");
    struct report report;
    struct buf text;
    bool good;

    report_init(&report, a);
    buf_init(&text, TEXT_MAX);
    good = reference.p && wsdl_import(a, wsdl, reference.p, &text, &report);
    command_report(&report);
    good = good && write_file(out, buf_view(&text));
    buf_fini(&text);
    if (good && out)
        printf("%s: edit it, then `telgate check %s`\n", out, out);
    return good;
}

int
command_import(const struct command *c, int argc, char **argv)
{
    const char *out = NULL;
    const struct flag flags[] = {{"--output", "-o", &out}, {NULL, NULL, NULL}};
    struct arena *a;
    bool good;

    if (!command_flags(c, flags, &argc, argv) || argc != 3 || strcmp(argv[1], "wsdl") != 0)
        return command_usage(c);
    a = arena_new(IMPORT_MAX);
    good = a && import(a, argv[2], out);
    arena_free(a);
    return good ? 0 : 1;
}
