/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The telgate program: its commands stand in one table. */
#include <stdio.h>
#include <string.h>

#include "gateway/command.h"

/* jemalloc's settings: after a crowd has left, what it took goes back to the system in a second. It
 * stands in for malloc because libmicrohttpd makes a dozen small blocks for an answer; sanitizer
 * builds go without it, and nobody reads this then. */
extern const char *malloc_conf;
const char *malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";

#define CONFIG_FLAG "  -c, --config FILE   the configuration (conf/telgate.yaml)\n"

static const struct command commands[] = {
    {"run", "[-c FILE]", "serve until SIGTERM or SIGINT",
     CONFIG_FLAG
     "\nA signal stops accepting, lets what is in flight finish, and ends with status 0.\n"
     "SIGHUP reads the configuration and the contracts again; a mistake in them changes nothing.\n",
     command_run},
    {"check", "[-c FILE] [CONTRACT [OVERLAY...]]", "check a configuration, or one contract",
     CONFIG_FLAG
     "\nPrints `file:line:column: what, and what to do` for each mistake and ends with status 1,\n"
     "or one line for each contract that is sound. With CONTRACT, only that document and its\n"
     "overlays are read; the configuration is not.\n",
     command_check},
    {"explain", "[-c FILE] OPERATION [--input JSON]",
     "show an operation's messages, by each face and to its backends",
     CONFIG_FLAG "  --input JSON        {\"parameter\": value, ..., \"body\": value}; sample "
                 "values otherwise\n",
     command_explain},
    {"export", "[-c FILE] openapi|wsdl NAME, or graphql", "print what is published of a contract",
     CONFIG_FLAG "\nNAME is the contract's name, as `telgate check` prints it; graphql is one\n"
                 "schema over all contracts.\n",
     command_export},
    {"import", "wsdl FILE [-o OUT]", "make a contract of a WSDL, to be edited by hand",
     "  -o, --output OUT    the contract's file, which must not be there yet; else it is printed\n"
     "\nEvery operation becomes REST, and so GraphQL and SOAP: one that reads (Get, List, ...) "
     "and\n"
     "takes plain values only is a GET with parameters, any other a POST with a body. The\n"
     "contract names the WSDL by a path that is relative to OUT, or to the current folder, and\n"
     "passes `telgate check` as it is. What cannot be imported is told as\n"
     "`file:line:column: what`, with status 1.\n",
     command_import},
    {"token", "[-c FILE] --client ID [--scope SCOPE]", "mint a token of the demo server",
     CONFIG_FLAG
     "  --client ID         a client of conf/clients.yaml\n"
     "  --scope SCOPE       scopes, with a space between; all of the client's otherwise\n"
     "\nThe token is signed with the key file of `authorization_server`, which a running gateway\n"
     "accepts.\n",
     command_token},
    {"audit", "verify|tail|query|proof|verify-proof|anchor|keys ...",
     "check, read and question the audit trail",
     "  verify [--public-key FILE] [--anchor FILE] [DIR]\n"
     "                      is the trail whole, and as it was written? 0: yes; 1: no, and where\n"
     "  tail [-f] [-n LINES] [DIR]\n"
     "                      the newest records, and with -f those that come\n"
     "  query QUESTION [ARGUMENT] [--partner NAME] [--since DAY] [--until DAY] [--days N]\n"
     "        [--json] [--rebuild] [--dir DIR]\n"
     "                      a question by name; without one, lists them\n"
     "  anchor [DIR]        the newest signed head, to be kept elsewhere\n"
     "  proof SEQ [DIR]     the proof that a record stands in the trail\n"
     "  verify-proof --public-key FILE PROOF\n"
     "                      checks such a proof, alone\n"
     "  keys [--rotate] [--destroy ID] [DIR]\n"
     "                      the keys that subjects and tokens are hashed with\n" CONFIG_FLAG
     "\nDIR is the folder of the trail; without it, that of the configuration. Whoever tails, "
     "asks\n"
     "or proves leaves a record of it. Status: 0 good, 1 bad, 2 wrong usage, 3 not readable.\n",
     command_audit},
    {"client", "[-c FILE] add|list|rotate|enable|disable [NAME]",
     "manage the clients of the authorization server",
     CONFIG_FLAG
     "  --scopes LIST       for add: what it may ask for, with a space or comma between\n"
     "  --audiences LIST    for add: whom its tokens are for; the first is the default\n"
     "  --networks LIST     for add: where it may ask from, as 192.0.2.0/24,2001:db8::/32\n"
     "  --grants LIST       for add: client_credentials (default), token_exchange\n"
     "  --lifetime TIME     for add: of its tokens, as 10m\n"
     "  --jwks-file FILE    for add: it proves itself by these keys (private_key_jwt)\n"
     "  --thumbprint X5T    for add: ... by this certificate (SHA-256, base64url)\n"
     "  --subject DN        for add: ... by a certificate of this subject from a known CA\n"
     "  --overlap yes       for rotate: the secret before stays good, until the next rotate\n"
     "\nWithout one of the last three, add makes a secret, prints it once, and keeps its hash.\n"
     "The file keeps its comments; a running gateway reads it anew within a second or two.\n"
     "What a disabled client has got stays good until it expires: see `telgate revoke`.\n",
     command_client},
    {"key", "[-c FILE] rotate|list", "manage the keys that tokens are signed with",
     CONFIG_FLAG
     "  --in TIME           for rotate: when the new key begins to sign (5s)\n"
     "\nThe new key is published at once, and the ones before until the last of their tokens has\n"
     "expired, so that no token is refused. Give 5m or more where others keep the key set.\n"
     "A key that is no secret any more: `telgate key rotate --in 0s`, `telgate revoke --kid "
     "KID`.\n",
     command_key},
    {"revoke", "[-c FILE] --jti ID --issuer URL | --client ID | ...",
     "revoke a token, or all of a client, a subject or a key",
     CONFIG_FLAG
     "  --jti ID            the token of that `jti`; needs --issuer\n"
     "  --token -           the token on standard input\n"
     "  --token-hash HEX    the token with that SHA-256 of header.payload, as logs name it\n"
     "  --client ID         what a client has been issued until now\n"
     "  --subject SUB       what has been issued for a subject until now\n"
     "  --kid KID           whatever is signed by that key\n"
     "  --issuer URL        of this issuer only\n"
     "  --before TIME       until then instead, as 2026-11-25T15:00:00Z\n"
     "  --expires TIME      when nobody needs to know it any more; never otherwise\n"
     "\nWritten to the log that `revocations` names. A running gateway refuses the tokens within\n"
     "100 ms, on every worker.\n",
     command_revoke},
    {"options", "", "print all options of the configuration, as a Markdown table", "",
     command_options},
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(*commands) };

static int
usage(FILE *to)
{
    fprintf(to, "telgate: one contract per API, served to partners and applications\n\n");
    for (int i = 0; i < COMMAND_COUNT; i++)
        fprintf(to, "  telgate %-8s %s\n", commands[i].name, commands[i].summary);
    fprintf(to, "\n`telgate COMMAND --help` tells more.\n");
    return to == stdout ? 0 : 2;
}

int
command_usage(const struct command *c)
{
    fprintf(stderr, "usage: telgate %s %s\n`telgate %s --help` tells more\n", c->name, c->arguments,
            c->name);
    return 2;
}

void
command_report(const struct report *r)
{
    for (const struct report_line *line = r->first; line; line = line->next)
        fprintf(stderr, "%.*s\n", STR_ARG(line->text));
}

/* The value of a flag at argv[at], "--x V" or "--x=V"; *used gets how many words that took. */
static const char *
flag_value(const struct flag *flag, int argc, char **argv, int at, int *used)
{
    size_t n = strlen(flag->name);

    *used = 1;
    if (strncmp(argv[at], flag->name, n) == 0 && argv[at][n] == '=')
        return argv[at] + n + 1;
    if (strcmp(argv[at], flag->name) != 0 && (!flag->alias || strcmp(argv[at], flag->alias) != 0))
        return NULL;
    *used = 2;
    return at + 1 < argc ? argv[at + 1] : NULL;
}

bool
command_flags(const struct command *c, const struct flag *flags, int *argc, char **argv)
{
    int kept = 0;

    for (int i = 0, used = 1; i < *argc; i += used) {
        const char *value = NULL;

        used = 1;
        for (const struct flag *f = flags; i > 0 && f->name && !value; f++) {
            value = flag_value(f, *argc, argv, i, &used);
            if (value)
                *f->value = value;
        }
        if (value)
            continue;
        if (i > 0 && argv[i][0] == '-' && argv[i][1]) {
            fprintf(stderr, "telgate %s: %s is unknown, or has no value\n", c->name, argv[i]);
            return false;
        }
        used = 1;
        argv[kept++] = argv[i];
    }
    *argc = kept;
    return true;
}

int
main(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return usage(stdout);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct command *c = &commands[i];

        if (strcmp(c->name, argv[1]) != 0)
            continue;
        for (int j = 2; j < argc; j++)
            if (strcmp(argv[j], "--help") == 0 || strcmp(argv[j], "-h") == 0) {
                printf("usage: telgate %s %s\n%s\n\n%s", c->name, c->arguments, c->summary,
                       c->details);
                return 0;
            }
        return c->run(c, argc - 1, argv + 1);
    }
    fprintf(stderr, "telgate: there is no command \"%s\"\n\n", argv[1]);
    return usage(stderr);
}
