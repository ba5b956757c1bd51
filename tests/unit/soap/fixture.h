/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A WSDL around a schema snippet whose elements Do and DoResponse are the messages. */
#ifndef TESTS_UNIT_SOAP_FIXTURE_H
#define TESTS_UNIT_SOAP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "soap/message.h"
#include "soap/wsdl.h"
#include "soap/xml_codec.h"

#define NS "urn:t"

struct fixture {
    struct arena *arena;
    struct report report;
    struct description *description;
    const struct remote *remote;
    struct fault fault;
};

static const char HEAD[] =
    "<w:definitions xmlns:w='http://schemas.xmlsoap.org/wsdl/' xmlns:t='" NS "'"
    " xmlns:s='http://schemas.xmlsoap.org/wsdl/soap/'"
    " xmlns:s12='http://schemas.xmlsoap.org/wsdl/soap12/'"
    " xmlns:x='http://www.w3.org/2001/XMLSchema' targetNamespace='" NS "'>";

static const char TAIL[] =
    "<w:message name='In'><w:part name='p' element='t:Do'/></w:message>"
    "<w:message name='Out'><w:part name='p' element='t:DoResponse'/></w:message>"
    "<w:portType name='P'><w:operation name='Do'><w:input message='t:In'/>"
    "<w:output message='t:Out'/></w:operation></w:portType>"
    "<w:binding name='B' type='t:P'><s:binding transport='http://schemas.xmlsoap.org/soap/http'/>"
    "<w:operation name='Do'><s:operation soapAction='urn:do'/><w:input><s:body use='literal'/>"
    "</w:input><w:output><s:body use='literal'/></w:output></w:operation></w:binding>"
    "</w:definitions>";

/* Reads a whole WSDL from memory, by way of a file. */
static inline void
fixture_read(struct fixture *t, const char *wsdl)
{
    char path[] = "/tmp/telgate-test-XXXXXX";
    int fd = mkstemp(path);
    size_t n = strlen(wsdl);

    *t = (struct fixture){.arena = arena_new(64 << 20)};
    assert_true(fd >= 0 && t->arena);
    assert_int_equal(write(fd, wsdl, n), n);
    close(fd);
    report_init(&t->report, t->arena);
    t->description = soap_wsdl_read(t->arena, path, &t->report);
    unlink(path);
    t->remote = t->description && t->description->remote_count ? t->description->remotes : NULL;
}

/* The content of an xs:schema; `extra` are attributes of it. */
static inline void
fixture_schema(struct fixture *t, const char *extra, const char *schema)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_printf(&b, "%s<w:types><x:schema targetNamespace='" NS "' %s>%s</x:schema></w:types>%s",
               HEAD, extra, schema, TAIL);
    buf_put_char(&b, '\0');
    fixture_read(t, b.p);
    buf_fini(&b);
}

static inline void
fixture_tell(const struct fixture *t)
{
    for (const struct report_line *l = t->report.first; l; l = l->next)
        print_message("%.*s\n", STR_ARG(l->text));
}

static inline void
fixture_fini(struct fixture *t)
{
    arena_free(t->arena);
    xml_thread_fini();
}

static inline bool
fixture_told(const struct fixture *t, const char *text)
{
    for (const struct report_line *l = t->report.first; l; l = l->next)
        if (memmem(l->text.p, l->text.n, text, strlen(text)))
            return true;
    return false;
}

/* The JSON of a value, in the arena. */
static inline const char *
fixture_json(struct fixture *t, const struct value *v)
{
    struct buf b;
    struct str s;

    buf_init(&b, 1 << 24);
    json_write(&b, v);
    s = arena_dup(t->arena, buf_view(&b));
    buf_fini(&b);
    return s.p ? s.p : "";
}

static inline struct value
fixture_value(struct fixture *t, const char *json)
{
    struct value v = {0};

    assert_int_equal(json_read(t->arena, str_of(json), JSON_LIMITS_DEFAULT, &v, &t->fault),
                     FAULT_NONE);
    return v;
}

#endif
