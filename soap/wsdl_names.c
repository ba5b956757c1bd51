/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/wsdl_names.h"

static bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char
lower(char c)
{
    return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

/* Letters of the first word that are lowered: all of "ID", "HTTP" of "HTTPGet", "G" of "Get". */
static size_t
capitals(struct str s)
{
    size_t n = 0;

    while (n < s.n && is_upper(s.p[n]))
        n++;
    return n > 1 && n < s.n && is_lower(s.p[n]) ? n - 1 : n;
}

struct str
wsdl_name_camel(struct arena *a, struct str name)
{
    char *to = arena_alloc(a, name.n + 4);
    size_t n = 0, first = capitals(name);
    bool start = false;

    if (!to)
        return STR_NONE;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!is_upper(c) && !is_lower(c) && !is_digit(c)) {
            start = n > 0;
            continue;
        }
        if (n == 0 && is_digit(c))
            to[n++] = 'n';
        if (start && is_lower(c))
            c = (char)(c - 'a' + 'A');
        to[n] = i < first || n == 0 ? lower(c) : c;
        n++;
        start = false;
    }
    if (n == 0)
        to[n++] = 'x';
    to[n] = '\0';
    return (struct str){to, n};
}

/* The word begins the name, and ends there: "Get" of "GetBill", not of "Getaway", nor "IS" of
 * "ISSUE". */
static bool
is_first_word(struct str name, struct str word)
{
    char next = word.n < name.n ? name.p[word.n] : '\0';

    if (!str_eq_nocase(str_head(name, word.n), word) || is_lower(next))
        return false;
    for (size_t i = 1; i < word.n && (is_upper(next) || is_digit(next)); i++)
        if (is_upper(name.p[i]))
            return false;
    return true;
}

bool
wsdl_name_reads(struct str name, struct str *noun)
{
    static const char *const words[] = {"get",    "list",  "find",   "query",    "search", "read",
                                        "lookup", "fetch", "check",  "retrieve", "count",  "has",
                                        "select", "is",    "exists", "describe", "view",   "show"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (!is_first_word(name, str_of(words[i])))
            continue;
        *noun = str_from(name, strlen(words[i]));
        while (noun->n && (noun->p[0] == '_' || noun->p[0] == '-' || noun->p[0] == '.'))
            *noun = str_from(*noun, 1);
        return true;
    }
    return false;
}

bool
wsdl_name_is_key(struct str member, struct str noun)
{
    static const char *const ends[] = {"",     "id",  "no",  "nr",   "num", "number",
                                       "code", "key", "ref", "name", "uuid"};

    if (str_eq_nocase(member, STR("id")))
        return true;
    if (!noun.n || !str_eq_nocase(str_head(member, noun.n), noun))
        return false;
    member = str_from(member, noun.n);
    while (member.n && (member.p[0] == '_' || member.p[0] == '-'))
        member = str_from(member, 1);
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
        if (str_eq_nocase(member, str_of(ends[i])))
            return true;
    return false;
}

static bool
contains(struct str s, struct str word)
{
    for (size_t i = 0; i + word.n <= s.n; i++)
        if (str_eq_nocase(str_head(str_from(s, i), word.n), word))
            return true;
    return false;
}

unsigned
wsdl_name_status(struct str fault)
{
    static const struct {
        const char *word;
        unsigned status;
    } rows[] = {{"notfound", 404},        {"nosuch", 404},
                {"unknown", 404},         {"missing", 404},
                {"doesnotexist", 404},    {"notexist", 404},
                {"exists", 409},          {"duplicate", 409},
                {"conflict", 409},        {"already", 409},
                {"toomany", 429},         {"quota", 429},
                {"ratelimit", 429},       {"timeout", 504},
                {"unavailable", 503},     {"busy", 503},
                {"overload", 503},        {"denied", 403},
                {"forbidden", 403},       {"unauthori", 403},
                {"notallowed", 403},      {"policy", 403},
                {"authent", 403},         {"permission", 403},
                {"security", 403},        {"notsupported", 501},
                {"notimplemented", 501},  {"invalid", 400},
                {"malformed", 400},       {"badrequest", 400},
                {"validation", 400},      {"syntax", 400},
                {"internal", 502},        {"system", 502},
                {"server", 502},          {"technical", 502},
                {"serviceexception", 502}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (contains(fault, str_of(rows[i].word)))
            return rows[i].status;
    return 422;
}

struct str
wsdl_name_api(struct str service)
{
    static const char *const ends[] = {"WebService", "Service", "Services", "ServicePort",
                                       "Port",       "SOAP",    "WS",       "PortType"};

    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        struct str end = str_of(ends[i]);

        if (service.n > end.n && str_eq_nocase(str_from(service, service.n - end.n), end))
            return str_head(service, service.n - end.n);
    }
    return service;
}
