/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WSDLs met in the field, read in place: each gives its operations, or a mistake that is really
 * in the file. The folder is $TELGATE_CORPUS/wsdl; without it the test says that it is skipped.
 */
#include "fixture.h"

#include <dirent.h>

static const struct {
    const char *file;
    unsigned operations;
    const char *told; /* part of what is told when it is refused; NULL: it is read */
} ROWS[] = {
    {"node-soap/array_namespace_override.wsdl", 1, NULL},
    {"node-soap/attachments.wsdl", 0, ":15:142: not well-formed XML: Namespace prefix xmime"},
    {"node-soap/binding-exception.wsdl", 0, "the prefix of tns:wsdlt1Soap11 is not declared"},
    {"node-soap/binding_document.wsdl", 0, ":8:7: the prefix of wsdlns:mySoapBinding is not"},
    {"node-soap/builtin_types.wsdl", 0,
     "BuiltinTypes.com/}normalizedStringElement is not declared"},
    {"node-soap/cross_schema.wsdl", 1, NULL},
    {"node-soap/default_namespace.wsdl", 1, NULL},
    {"node-soap/empty_body.wsdl", 1, NULL},
    {"node-soap/extended_element.wsdl", 0, ":26:5: the prefix of e:ExtendedDummyRequest is not"},
    {"node-soap/extended_recursive.wsdl", 1, NULL},
    {"node-soap/hello.wsdl", 0, "use=\"encoded\" is not supported"},
    {"node-soap/include_with_duplicated_namespace.wsdl", 1, NULL},
    {"node-soap/json_response.wsdl", 0, "element {http://www.example.com/v1}Response is not"},
    {"node-soap/list_parameter.wsdl", 17, NULL},
    {"node-soap/marketo.wsdl", 0,
     "message {http://www.marketo.com/mktows/}AuthenticationHeader is"},
    {"node-soap/missing_message_definition.wsdl", 0, "}GetWeatherResponse is not defined"},
    {"node-soap/multi-service.wsdl", 0, "use=\"encoded\" is not supported"},
    {"node-soap/non_identifier_chars_in_operation.wsdl", 2, NULL},
    {"node-soap/recursive.wsdl", 1, NULL},
    {"node-soap/recursive_with_ref.wsdl", 1, NULL},
    {"node-soap/redefined-ns.wsdl", 1, NULL},
    {"node-soap/ref_element_same_as_type.wsdl", 1, NULL},
    {"node-soap/rpcexample.wsdl", 0, "use=\"encoded\" is not supported"},
    {"node-soap/schema_with_no_targetnamespace.wsdl", 1, NULL},
    {"node-soap/schemas_without_targetnamespace.wsdl", 0, ":14:9: the prefix of n:DummyRequest is"},
    {"node-soap/self_referencing.wsdl", 1, NULL},
    {"node-soap/typeof_null_extend_check.wsdl", 0, "web-2010-12}QAFault is not declared"},
    {"node-soap/ws-policy.wsdl", 0, ":22:40: not well-formed XML: Namespace prefix wsp on Policy"},
    {"node-soap/wsdl_style_mix.wsdl", 1, NULL},
    {"node-soap/wsdl_with_attributes.wsdl", 0, "Namespace prefix s on attribute is not defined"},
    {"node-soap/wsdl_with_restriction_attributes.wsdl", 0, "text without an element"},
    {"zeep/claim.wsdl", 0, "use=\"encoded\" is not supported"},
    {"zeep/http.wsdl", 0, "no SOAP 1.1 or 1.2 binding over HTTP"},
    {"zeep/soap.wsdl", 2, NULL},
    {"zeep/soap_header.wsdl", 1, NULL},
    {"zeep/soap_import_2.wsdl", 0, "no SOAP 1.1 or 1.2 binding over HTTP"},
    {"zeep/soap_import_main.wsdl", 1, NULL},
    {"zeep/soap_transport_err.wsdl", 1, NULL},
};

static const char *
folder(void)
{
    const char *set = getenv("TELGATE_CORPUS");

    return set ? set : "../shared/corpus";
}

static bool
is_there(void)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/wsdl", folder());
    if (access(path, R_OK) == 0)
        return true;
    print_message("skipped: no corpus at %s (set TELGATE_CORPUS)\n", path);
    return false;
}

static void
corpus(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct fixture t = {.arena = arena_new(64 << 20)};
        char path[4096];

        snprintf(path, sizeof(path), "%s/wsdl/%s", folder(), ROWS[i].file);
        report_init(&t.report, t.arena);
        t.description = soap_wsdl_read(t.arena, path, &t.report);
        if ((t.description == NULL) != (ROWS[i].told != NULL) ||
            (ROWS[i].told && !fixture_told(&t, ROWS[i].told))) {
            fixture_tell(&t);
            fail_msg("%s", ROWS[i].file);
        }
        if (t.description)
            assert_int_equal(t.description->remote_count, ROWS[i].operations);
        fixture_fini(&t);
    }
}

/* A file that is not in the table was forgotten. */
static void
every_file_has_a_row(void **state)
{
    static const char *const folders[] = {"node-soap", "zeep"};
    size_t found = 0;

    (void)state;
    if (!is_there())
        skip();
    for (size_t i = 0; i < 2; i++) {
        char path[4096];
        DIR *d;

        snprintf(path, sizeof(path), "%s/wsdl/%s", folder(), folders[i]);
        d = opendir(path);
        assert_non_null(d);
        for (const struct dirent *e; (e = readdir(d));)
            found += str_ends(str_of(e->d_name), STR(".wsdl"));
        closedir(d);
    }
    assert_int_equal(found, sizeof(ROWS) / sizeof(ROWS[0]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corpus),
        cmocka_unit_test(every_file_has_a_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
