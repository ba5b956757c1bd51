/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/authorization_server_read.h"

#include <unistd.h>

#define SECOND 1000000LL

static bool
complain(const struct settings *s, const char *name, const char *text)
{
    report_error(s->report, settings_place(s, name), "%s: `%s` %s", s->what, name, text);
    return false;
}

/* scheme://host[:port] and no more: the endpoints' paths are fixed. */
static bool
is_origin(struct str url)
{
    size_t colon = str_find(url, ':');
    struct str host = str_from(url, colon + 3);

    return (str_starts(url, STR("https://")) || str_starts(url, STR("http://"))) && host.n > 0 &&
           url.n < 1024 && str_find(host, '/') == host.n && str_find(host, '?') == host.n &&
           str_find(host, '#') == host.n && str_find(host, '@') == host.n;
}

static bool
read_server_algorithm(const struct settings *s, enum algorithm *out)
{
    struct str name = STR("RS256");

    if (!settings_text(s, "algorithm", &name))
        return false;
    *out = algorithm_of(name);
    if (*out == ALGORITHM_RS256 || *out == ALGORITHM_ES256)
        return true;
    return complain(s, "algorithm", "must be RS256 or ES256");
}

/* Where the key is kept; NULL: nowhere. */
static bool
read_key_path(const struct authorization_server_reading *r,
              struct authorization_server_settings *out)
{
    const struct settings *s = &r->settings;
    struct str file = STR_NONE;

    if (!settings_file(s, r->folder, "key_file", &file))
        return false;
    out->key_path = file.n ? file.p : NULL;
    out->key_at = settings_place(s, "key_file");
    return true;
}

static bool
read_texts(const struct authorization_server_reading *r, struct authorization_server_settings *out)
{
    const struct settings *s = &r->settings;
    struct str clients = STR_NONE;
    int64_t lifetime = 600 * SECOND;
    bool good = settings_text(s, "issuer", &out->issuer);

    good &= settings_text(s, "audience", &out->audience);
    good &= settings_file(s, r->folder, "clients", &clients);
    good &= settings_duration(s, "lifetime", &lifetime);
    out->lifetime = lifetime / SECOND;
    out->clients_path = clients.p;
    if (good && out->issuer.n == 0)
        good = settings_missing(s, "issuer");
    else if (good && !is_origin(out->issuer))
        good = complain(s, "issuer", "must be a URL without a path, as https://gateway.example");
    if (good && out->audience.n == 0)
        good = settings_missing(s, "audience");
    if (good && clients.n == 0)
        good = settings_missing(s, "clients");
    if (good && out->lifetime == 0)
        good = complain(s, "lifetime", "must be 1s at least");
    return good;
}

/* The files that it names. A check makes no key file. */
static bool
read_files(const struct authorization_server_reading *r, struct authorization_server_settings *out)
{
    const char *path = out->key_path;

    if (r->check && path && access(path, F_OK) != 0)
        path = NULL;
    out->clients = clients_read(out->clients_path, r->demo, r->settings.report);
    if (!out->clients)
        return false;
    if (!out->key_path)
        report_warning(r->settings.report, out->key_at,
                       "%s: without `key_file` each process makes a key of its own: a restart, and "
                       "`telgate token`, give tokens that this process does not accept",
                       r->settings.what);
    out->keys = keyring_new(path, out->algorithm, out->key_at, r->settings.report);
    if (out->keys)
        return true;
    clients_unref(out->clients);
    return false;
}

bool
authorization_server_read(const struct authorization_server_reading *r,
                          struct authorization_server_settings *out)
{
    static const char *const names[] = {"issuer",    "audience", "clients", "key_file",
                                        "algorithm", "lifetime", NULL};
    bool good = settings_check(&r->settings, names);

    *out = (struct authorization_server_settings){.demo = r->demo};
    if (!cJSON_IsObject(r->settings.object))
        return false;
    good &= read_server_algorithm(&r->settings, &out->algorithm);
    good &= read_key_path(r, out);
    good &= read_texts(r, out);
    return good && read_files(r, out);
}
