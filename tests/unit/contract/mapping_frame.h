/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the tests of expressions and templates: one operation, its calls, and data for all of them.
 */
#ifndef TESTS_UNIT_CONTRACT_MAPPING_FRAME_H
#define TESTS_UNIT_CONTRACT_MAPPING_FRAME_H

#include "contract/mapping.h"
#include "tests/unit/contract/schemas.h"

enum { FRAME_PARAMETERS = 8, FRAME_CALLS = 2 };

struct frame {
    struct schemas schemas;
    struct parameter parameters[FRAME_PARAMETERS];
    struct media body;
    struct operation operation;
    struct call calls[FRAME_CALLS];
    struct mapping_scope scope;

    struct value slots[FRAME_PARAMETERS];
    struct inputs inputs;
    struct header fields[2];
    struct outcome response, answers[FRAME_CALLS];
    struct value claims;
    struct mapping_env env;
};

static const char frame_types[] =
    "components:\n"
    "  schemas:\n"
    "    Text: {type: string}\n"
    "    Count: {type: integer}\n"
    "    Flag: {type: boolean}\n"
    "    Tags: {type: array, items: {type: string}}\n"
    "    Numbers: {type: array, items: {type: integer}}\n"
    "    Body:\n"
    "      type: object\n"
    "      properties:\n"
    "        name: {type: string}\n"
    "        note: {type: [string, 'null']}\n"
    "        tags: {$ref: '#/components/schemas/Tags'}\n"
    "        address: {$ref: '#/components/schemas/Address'}\n"
    "        a~b/c: {type: string}\n"
    "    Address: {type: object, properties: {street: {type: string}, zip-code: {type: string}}}\n"
    "    Open: {type: object}\n"
    "    Map: {type: object, additionalProperties: {type: integer}}\n"
    "    Answer:\n"
    "      type: object\n"
    "      properties:\n"
    "        Invoices:\n"
    "          type: object\n"
    "          properties:\n"
    "            Invoice: {type: array, items: {$ref: '#/components/schemas/Invoice'}}\n"
    "        Codes: {type: array, items: {type: string}}\n"
    "        One: {$ref: '#/components/schemas/Invoice'}\n"
    "    Invoice:\n"
    "      type: object\n"
    "      properties:\n"
    "        InvoiceNo: {type: string}\n"
    "        Amount: {type: number}\n"
    "        Status: {type: string}\n"
    "        Total: {type: object, properties: {Cents: {type: integer}}}\n"
    "        Line: {type: array, items: {type: object, properties: {Pos: {type: integer}}}}\n"
    "    Customer:\n"
    "      type: object\n"
    "      properties: {fullName: {type: string}, accountNo: {type: integer}}\n"
    "    Pet:\n"
    "      type: object\n"
    "      discriminator: {propertyName: kind}\n"
    "      properties: {kind: {type: string}}\n"
    "    Cat:\n"
    "      allOf:\n"
    "        - {$ref: '#/components/schemas/Pet'}\n"
    "        - {type: object, properties: {lives: {type: integer}}}\n"
    "    Bill:\n"
    "      type: object\n"
    "      required: [invoice_no, amount]\n"
    "      properties:\n"
    "        invoice_no: {type: string}\n"
    "        amount: {type: number}\n"
    "        state: {type: string, enum: [open, paid, unknown]}\n"
    "        total: {type: object, properties: {cents: {type: string}}}\n"
    "        line: {type: array, minItems: 1,\n"
    "               items: {type: object, properties: {pos: {type: string}}}}\n"
    "    Bills: {type: array, items: {$ref: '#/components/schemas/Bill'}}\n"
    "    Request:\n"
    "      type: object\n"
    "      required: [AccountNo, Items]\n"
    "      properties:\n"
    "        AccountNo: {type: string}\n"
    "        Limit: {type: integer}\n"
    "        Address: {type: object, properties: {Street: {type: string}, ZipCode: "
    "{type: string}}}\n"
    "        Items: {type: array, items: {type: string}}\n"
    "        Note: {type: string}\n"
    "    Twice: {type: object, properties: {double-name: {type: string}}}\n"
    "    Unfilled: {type: object, required: [colour], properties: {colour: {type: string}}}\n"
    "    Default: {type: object, required: [colour], properties: {colour: {type: string, "
    "default: red}}}\n"
    "    Misfit: {type: object, properties: {address: {type: string}}}\n"
    "    Tree: {type: object, properties: {Name: {type: string}, Child: {type: array, items: "
    "{$ref: '#/components/schemas/Tree'}}}}\n"
    "    Baum: {type: object, properties: {name: {type: string}, child: {type: array, items: "
    "{$ref: '#/components/schemas/Baum'}}}}\n"
    "    Animal:\n"
    "      type: object\n"
    "      discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/ACat', animal: "
    "'#/components/schemas/Animal'}}\n"
    "      properties: {kind: {type: string}, Name: {type: string},\n"
    "                   Child: {$ref: '#/components/schemas/Animal'}}\n"
    "    ACat:\n"
    "      allOf:\n"
    "        - {$ref: '#/components/schemas/Animal'}\n"
    "        - {type: object, properties: {Lives: {type: integer}}}\n"
    "    Tier:\n"
    "      type: object\n"
    "      discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Katze'}}\n"
    "      properties: {kind: {type: string}, name: {type: string},\n"
    "                   child: {$ref: '#/components/schemas/Tier'}}\n"
    "    Katze:\n"
    "      allOf:\n"
    "        - {$ref: '#/components/schemas/Tier'}\n"
    "        - {type: object, required: [lives], properties: {lives: {type: string}}}\n";

static inline const struct type *
frame_type(struct frame *f, const char *name) /* NULL for NULL */
{
    char pointer[128];

    if (!name)
        return NULL;
    snprintf(pointer, sizeof(pointer), "/components/schemas/%s", name);
    return type_compile(f->schemas.set, f->schemas.document,
                        node_pointer(f->schemas.document->root, str_of(pointer)), str_of(name));
}

static inline struct value
frame_value(struct frame *f, const char *json) /* absent for NULL */
{
    struct value v = VALUE_OF(VALUE_ABSENT);
    struct fault fault;

    if (json && json_read(f->schemas.arena, str_of(json), JSON_LIMITS_DEFAULT, &v, &fault))
        abort();
    return v;
}

static inline struct str
frame_secret(void *context, struct str name)
{
    (void)context;
    return str_eq(name, STR("key")) ? STR("hush") : STR_NONE;
}

static inline void
frame_describe(struct frame *f)
{
    static const struct {
        const char *name, *type, *value;
        uint8_t place;
    } rows[FRAME_PARAMETERS] = {
        {"id", "Text", "\"42\"", IN_PATH},         {"same", "Text", "\"p\"", IN_PATH},
        {"same", "Text", "\"q\"", IN_QUERY},       {"limit", "Count", "7", IN_QUERY},
        {"absent", "Text", NULL, IN_QUERY},        {"double_name", "Text", "\"x\"", IN_QUERY},
        {"doubleName", "Text", "\"y\"", IN_QUERY}, {"X-Tag", "Text", "\"t\"", IN_HEADER},
    };

    for (unsigned i = 0; i < FRAME_PARAMETERS; i++) {
        f->parameters[i] = (struct parameter){.name = str_of(rows[i].name),
                                              .type = frame_type(f, rows[i].type),
                                              .place = rows[i].place};
        f->slots[i] = frame_value(f, rows[i].value);
    }
    f->body = (struct media){STR("application/json"), frame_type(f, "Body")};
    f->operation = (struct operation){.parameters = f->parameters,
                                      .parameter_count = FRAME_PARAMETERS,
                                      .bodies = &f->body,
                                      .body_count = 1};
    f->calls[0] = (struct call){.name = STR("customer"), .answer = frame_type(f, "Customer")};
    f->calls[1] = (struct call){.name = STR("bills"), .answer = frame_type(f, "Answer")};
}

static inline void
frame_open(struct frame *f)
{
    memset(f, 0, sizeof(*f));
    schemas_open(&f->schemas, STR(frame_types));
    if (!f->schemas.document)
        abort();
    schemas_component(&f->schemas, "");
    frame_describe(f);
    f->scope = (struct mapping_scope){.operation = &f->operation,
                                      .response = frame_type(f, "Answer"),
                                      .has_response = true,
                                      .calls = f->calls,
                                      .call_count = FRAME_CALLS,
                                      .secret = frame_secret};
    f->inputs = (struct inputs){
        f->slots, frame_value(f, "{\"name\":\"Ann\",\"note\":null,\"tags\":[\"a\",\"b\"],"
                                 "\"address\":{\"street\":\"S\",\"zip-code\":\"9\"},"
                                 "\"a~b/c\":\"esc\"}")};
    f->fields[0] = (struct header){STR("Accept"), STR("text/plain")};
    f->fields[1] = (struct header){STR("X-Bad"), STR("\xff\xfe")};
    f->response.status = 201;
    f->response.headers = f->fields;
    f->response.header_count = 2;
    f->answers[0].body = frame_value(f, "{\"fullName\":\"Ann Other\",\"accountNo\":7}");
    f->claims = frame_value(f, "{\"sub\":\"s1\",\"realm\":{\"roles\":[\"r0\",\"r1\"]}}");
    f->env = (struct mapping_env){.inputs = &f->inputs,
                                  .request_headers = {f->fields, 2},
                                  .response = &f->response,
                                  .calls = f->answers,
                                  .claims = &f->claims};
}

static inline void
frame_close(struct frame *f)
{
    schemas_close(&f->schemas);
}

#endif
