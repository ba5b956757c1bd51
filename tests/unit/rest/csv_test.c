/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CSV by type: what is read as what, what is refused and where, what is written, and both ways. */
#include "tests/unit/rest/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))
#define NUMBER   "a number is expected, such as -12.50: no +, no 0 in front, a dot for decimals"

struct row {
    char type;
    const char *csv;
    const char *json; /* or '!' and the fault's detail, and behind a blank its pointer */
};

static const char *
text_of(struct arena *a, struct buf *b)
{
    const char *text = arena_dup(a, buf_view(b)).p;

    buf_fini(b);
    return text;
}

static const char *
json_of(struct arena *a, const struct value *v)
{
    struct buf b;

    buf_init(&b, 16 << 20);
    json_write(&b, v);
    return text_of(a, &b);
}

static const char *
told(struct arena *a, const struct fault *f)
{
    return arena_printf(a, "!%s%s%s", f->detail, f->pointer[0] ? " " : "", f->pointer).p;
}

/* From a heap block of exactly its size, so that ASan sees a read past its end. */
static const char *
read_as_json(struct schemas *s, const struct codec *c, const struct type *t, struct str csv)
{
    char *exact = malloc(csv.n ? csv.n : 1);
    struct fault f = {0};
    struct value v;
    const char *got;

    memcpy(exact, csv.n ? csv.p : "", csv.n);
    if (c->read(c, s->arena, (struct str){exact, csv.n}, t, &v, &f))
        got = told(s->arena, &f);
    else
        got = json_of(s->arena, &v);
    free(exact);
    return got;
}

static void
run(const struct codec *c, const struct row *rows, size_t n)
{
    struct schemas s;

    tables_open(&s);
    for (size_t i = 0; i < n; i++) {
        const char *got = read_as_json(&s, c, tables_type(&s, rows[i].type), str_of(rows[i].csv));

        if (strcmp(got, rows[i].json) != 0)
            fail_msg("%s\ngives   %s\nand not %s", rows[i].csv, got, rows[i].json);
    }
    schemas_close(&s);
}

static void
test_forms(void **state)
{
    static const struct row rows[] = {
        {'-', "a,b\r\n1,2\r\n", "[{\"a\":\"1\",\"b\":\"2\"}]"},
        {'x', "a,b\r\n1,2\r\n", "[{\"a\":\"1\",\"b\":\"2\"}]"},
        {'-', "a,b\n1,2", "[{\"a\":\"1\",\"b\":\"2\"}]"},
        {'-', "a,b\n1,2\n\n", "[{\"a\":\"1\",\"b\":\"2\"}]"},
        {'-', "a,b\n1,2\r\n\r\n", "[{\"a\":\"1\",\"b\":\"2\"}]"},
        {'-', "a", "[]"},
        {'-', "a\n", "[]"},
        {'-', "a\n\n", "[]"},
        {'-', "\xEF\xBB\xBF\"a\"\n1", "[{\"a\":\"1\"}]"},
        {'-', "a\n\xEF\xBB\xBF", "[{\"a\":\"\xEF\xBB\xBF\"}]"}, /* only at the very start */
        {'-', "a\n\"\"\n", "[{\"a\":\"\"}]"},
        {'-', "a\n\n\n", "[{\"a\":\"\"}]"}, /* one empty line at the end is none */
        {'-', "a,b\n,\n", "[{\"a\":\"\",\"b\":\"\"}]"},
        {'-', "a,\n1,2\n", "[{\"a\":\"1\",\"\":\"2\"}]"},
        {'-', "a\n\"x,y\"\n", "[{\"a\":\"x,y\"}]"},
        {'-', "a\n\"x\r\ny\nz\"\n", "[{\"a\":\"x\\r\\ny\\nz\"}]"},
        {'-', "a\n\"\"\"\"\n", "[{\"a\":\"\\\"\"}]"},
        {'-', "a\n\"x\"\"\"\"y\"\"\"", "[{\"a\":\"x\\\"\\\"y\\\"\"}]"},
        {'-', "a,b\n x ,\ty\n", "[{\"a\":\" x \",\"b\":\"\\ty\"}]"},
        {'-', " a ,\" b \"\n1,2\n", "[{\"a\":\"1\",\" b \":\"2\"}]"}, /* names lose blanks */
        {'-', "a;b\n1;2\n", "[{\"a;b\":\"1;2\"}]"},                   /* nothing tells */
        {'-', "a\n\xF0\x9F\x98\x80\xC3\xA9\n", "[{\"a\":\"\xF0\x9F\x98\x80\xC3\xA9\"}]"},
        {'-', "a\n'x'\n", "[{\"a\":\"'x'\"}]"},
        {'c', "id;price\n1,5;2\n", "[{\"id\":\"1,5\",\"price\":2}]"},
        {'c', "\"id\";\"price\"\n\"1;5\";2\n", "[{\"id\":\"1;5\",\"price\":2}]"},
        {'c', "id\tprice\n1;5\t2\n", "[{\"id\":\"1;5\",\"price\":2}]"},
        {'c', "price,id\n2,1;5\n", "[{\"price\":2,\"id\":\"1;5\"}]"},
        {'n', "b;a\n2;1\n", "[{\"b\":2,\"a\":\"1\"}]"}, /* one that is known is enough */
    };

    (void)state;
    run(&codec_csv, rows, N(rows));
}

static void
test_cells(void **state)
{
    static const struct row rows[] = {
        {'c', "id,price\n0123,9007199254740993\n",
         "[{\"id\":\"0123\",\"price\":9007199254740993}]"},
        {'c', "id,price\n ,1e400\n", "[{\"id\":\" \",\"price\":1e400}]"},
        {'c', "id,price\n,\" -1.50\t\"\n", "[{\"id\":\"\",\"price\":-1.50}]"},
        {'c', "id,price,count,on,note,rate\n,1,,,,\n",
         "[{\"id\":\"\",\"price\":1,\"note\":null,\"rate\":null}]"},
        {'c', "id,price,count,on,note,rate\n\"\",1,\"\", ,\"\",\"\"\n",
         "[{\"id\":\"\",\"price\":1,\"note\":\"\",\"rate\":null}]"},
        {'c', "id,price,on\n,1,true\n,1,FALSE\n,1,1\n,1, 0 \n",
         "[{\"id\":\"\",\"price\":1,\"on\":true},{\"id\":\"\",\"price\":1,\"on\":false},"
         "{\"id\":\"\",\"price\":1,\"on\":true},{\"id\":\"\",\"price\":1,\"on\":false}]"},
        {'c', "id,price\n,+1\n", "!line 2, column 2 (\"price\"): " NUMBER " /0/price"},
        {'c', "id,price\n,01\n", "!line 2, column 2 (\"price\"): " NUMBER " /0/price"},
        {'c', "id,price\n,\"1,5\"\n", "!line 2, column 2 (\"price\"): " NUMBER " /0/price"},
        {'c', "id,price\n,1\n,.5\n", "!line 3, column 2 (\"price\"): " NUMBER " /1/price"},
        {'c', "id,price\n,0x1\n", "!line 2, column 2 (\"price\"): " NUMBER " /0/price"},
        {'c', "id,price\n,\n", "!line 2, column 2 (\"price\"): a value is missing /0/price"},
        {'c', "id,price,on\n,1,yes\n",
         "!line 2, column 3 (\"on\"): true or false is expected /0/on"},
        {'u', "a,b\ntrue,true\n1,1\n01,\nTRUE,-0.5e1\n\"\",\n",
         "[{\"a\":true,\"b\":true},{\"a\":1,\"b\":1},{\"a\":\"01\",\"b\":null},"
         "{\"a\":\"TRUE\",\"b\":-0.5e1},{\"a\":\"\",\"b\":null}]"},
        {'u', "b\nx\n", "!line 2, column 1 (\"b\"): a number, true or false is expected /0/b"},
        {'n', "a,b,c\n1,2,\n", "[{\"a\":\"1\",\"b\":2}]"},
        {'n', "b\nx\n", "!line 2, column 1: " NUMBER}, /* the name is not the contract's */
        {'o', "a,href,secret,more\n,,,\n", "[{\"a\":\"\",\"more\":\"\"}]"},
        {'o', "a\nx\n", "[{\"a\":\"x\"}]"}, /* the other two are of one direction each */
    };

    (void)state;
    run(&codec_csv, rows, N(rows));
}

static void
test_columns(void **state)
{
    static const struct row rows[] = {
        {'c', "PRICE,_I-d\n1,2\n", "[{\"price\":1,\"id\":\"2\"}]"},
        {'c', "id\n", "!line 1: the column \"price\" is missing"},
        {'c', "id,price,id\n", "!line 1, column 3: a column that was there before"},
        {'c', "id,price,ID\n", "!line 1, column 3: a column that was there before"},
        {'c', "id,price,x\n", "!line 1, column 3: no member has this name"},
        {'c', "id,price,\n", "!line 1, column 3: no member has this name"},
        {'-', "a,b,a\n", "!line 1, column 3: a column that was there before"},
        {'-', "a,\"A\"\n1,2\n", "[{\"a\":\"1\",\"A\":\"2\"}]"},
        {'l', "a_b,aB\n1,2\n", "[{\"a_b\":\"1\",\"aB\":\"2\"}]"},
        {'l', "a_b,ab\n",
         "!line 1, column 2: the name fits several members: write one of them exactly"},
        {'l', "CD\n1\n", "[{\"c-d\":\"1\"}]"},
    };

    (void)state;
    run(&codec_csv, rows, N(rows));
}

static void
test_malformed(void **state)
{
    static const char quote[] =
        "!line 2, column 1: a quote inside a cell: put the cell in quotes, and double those inside";
    static const struct row rows[] = {
        {'-', "", "!line 1: the header line is missing"},
        {'-', "\xEF\xBB\xBF", "!line 1: the header line is missing"},
        {'-', "a\nx\"y\n", quote},
        {'-', "a\n \"y\"\n", quote},
        {'-', "a\n\"x\"y\n", "!line 2, column 1: text behind a closing quote"},
        {'-', "a\n\"x\" \n", "!line 2, column 1: text behind a closing quote"},
        {'-', "a,b\n\"1\n2\",\"\n\n", "!line 3, column 2: the text ends inside a quoted cell"},
        {'-', "a\n\"", "!line 2, column 1: the text ends inside a quoted cell"},
        {'-', "a\n\"\"\"", "!line 2, column 1: the text ends inside a quoted cell"},
        {'-', "a,b\n1\n", "!line 2 has fewer than 2 columns"},
        {'-', "a,b\n\"1\n1\",2\n1,2,3\n", "!line 4 has more than 2 columns"},
        {'-', "a,b\n1,2\n\n\n", "!line 3 has fewer than 2 columns"},
        {'-', "a\rb\n", "!line 1, column 1: a carriage return without a line feed"},
        {'-', "a\n1\r", "!line 2, column 1: a carriage return without a line feed"},
        {'-', "a\n1\x01\n", "!line 2, column 1: a control character"},
        {'-', "a\n\"1\x1b\"\n", "!line 2, column 1: a control character"},
        {'-', "a\n\xC3\n", "!line 2, column 1: not UTF-8"},
        {'-', "a,b\n1,\"\xED\xA0\x80\"\n", "!line 2, column 2: not UTF-8"},
        {'-', "\"a", "!line 1, column 1: the text ends inside a quoted cell"},
        {'-', "a\"b,c,d\n",
         "!line 1, column 1: a quote inside a cell: put the cell in quotes, and "
         "double those inside"},
    };

    (void)state;
    run(&codec_csv, rows, N(rows));
}

static void
test_without_header(void **state)
{
    static const struct row rows[] = {
        {'c', "7,1.5,,1,,\r\n",
         "[{\"id\":\"7\",\"price\":1.5,\"on\":true,\"note\":null,"
         "\"rate\":null}]"},
        {'c', "", "[]"},
        {'c', "id,price,count,on,note,rate\n",
         "!line 1, column 2 (\"price\"): " NUMBER " /0/price"},
        {'c', "7,1.5\n", "!line 1 has fewer than 6 columns"},
        {'-', "7\n", "!without a header line there are no names for the columns"},
    };
    static const struct codec *const list[] = {&codec_csv_bare, &codec_csv};
    const struct codecs codecs = {list, 2};

    (void)state;
    run(&codec_csv_bare, rows, N(rows));
    assert_ptr_equal(codec_find(codecs, STR("text/csv; charset=x; Header=\"absent\"")), list[0]);
    assert_ptr_equal(codec_find(codecs, STR("TEXT/CSV;header=absent")), list[0]);
    assert_ptr_equal(codec_find(codecs, STR("text/csv; header=present")), list[1]);
    assert_ptr_equal(codec_find(codecs, STR("text/csv; header")), list[1]);
    assert_ptr_equal(codec_find(codecs, STR("text/csv")), list[1]);
}

static const char *
write_json(struct schemas *s, const struct type *t, const char *json)
{
    struct fault f = {0};
    struct value v;
    struct buf b;

    buf_init(&b, 1 << 20);
    assert_int_equal(json_read(s->arena, str_of(json), JSON_LIMITS_DEFAULT, &v, &f), FAULT_NONE);
    if (!codec_csv.write(&codec_csv, &b, &v, t, &f))
        return text_of(s->arena, &b);
    assert_int_equal(f.code, FAULT_INVALID_VALUE);
    buf_fini(&b);
    return told(s->arena, &f);
}

static void
test_written(void **state)
{
    static const struct row rows[] = {
        /* members in the type's order, absent and null as nothing, numbers by their digits */
        {'c', "id,price,count,on,note,rate\r\n\"\",1e400,,false,,\r\nx,1.50,7,true,\"\",2\r\n",
         "[{\"on\":false,\"note\":null,\"price\":1e400,\"id\":\"\"},{\"id\":\"x\",\"price\":1.50,"
         "\"count\":7,\"on\":true,\"note\":\"\",\"rate\":2}]"},
        {'c', "id,price,count,on,note,rate\r\n", "[]"},
        /* others behind, as they come up */
        {'o', "a,href,secret,z,y\r\nx,,,1,\r\ny,,,3,2\r\n",
         "[{\"z\":1,\"a\":\"x\"},{\"y\":2,\"z\":3,\"a\":\"y\"}]"},
        {'-', "\r\n", "[]"},
        {'-', "a\r\n=1+1\r\n@x\r\n-1\r\n", "[{\"a\":\"=1+1\"},{\"a\":\"@x\"},{\"a\":-1}]"},
        {'-', "a\r\n\" x\"\r\n\"x\t\"\r\n\"a,b\"\r\n\"a\"\"b\"\r\n\"a\nb\"\r\na;b\r\n",
         "[{\"a\":\" x\"},{\"a\":\"x\\t\"},{\"a\":\"a,b\"},{\"a\":\"a\\\"b\"},{\"a\":\"a\\nb\"},"
         "{\"a\":\"a;b\"}]"},
        {'-', "\"a;b\"\r\n1\r\n", "[{\"a;b\":1}]"},
        {'1', "a\r\n\r\nx\r\n\r\n\r\n", "[{},{\"a\":\"x\"},{\"a\":null}]"},
        {'c', "!CSV is a list of records", "{}"},
        {'-', "!record 1 is no object", "[{\"a\":1},2]"},
        {'-', "!records without members have no columns", "[{}]"},
        {'-', "!a list or an object in a cell of CSV /1/a~1b", "[{},{\"a/b\":[]}]"},
        {'c', "!a member that the type of the columns has not /0/", "[{\"x\":1}]"},
        {'-', "!a text with control characters has no form in CSV /0/a", "[{\"a\":\"\\u0000\"}]"},
    };
    struct schemas s;

    (void)state;
    tables_open(&s);
    for (size_t i = 0; i < N(rows); i++) {
        const char *got = write_json(&s, tables_type(&s, rows[i].type), rows[i].json);

        if (strcmp(got, rows[i].csv) != 0)
            fail_msg("%s\nis written %s\nand not %s", rows[i].json, got, rows[i].csv);
    }
    schemas_close(&s);
}

static void
test_suits(void **state)
{
    static const struct {
        const char *schema, *why;
    } rows[] = {
        {"{}", NULL},
        {"{type: array}", NULL},
        {"{type: array, items: {}}", NULL},
        {TABLES_ROW("title: open"), NULL},
        {TABLES_ROW("properties: {a: {type: [string, 'null']}, b: {enum: [1, x]}}"), NULL},
        {TABLES_ROW("allOf: [{properties: {a: {type: string}}}]"), NULL},
        {TABLES_ROW("properties: {a: {anyOf: [{type: string}, {type: 'null'}]}}"), NULL},
        {TABLES_ROW("properties: {a: {type: string}, b: {type: string}}, "
                    "anyOf: [{required: [a]}, {required: [b]}]"),
         NULL},
        {TABLES_ROW("additionalProperties: {type: integer}"), NULL},
        {"{type: string}", "CSV is a list of records"},
        {"{type: object}", "CSV is a list of records"},
        {"{type: [array, 'null']}", "CSV is a list of records"},
        {"{type: array, items: {type: string}}", "a record of CSV is an object"},
        {"{type: array, items: {type: [object, 'null']}}", "a record of CSV is an object"},
        {TABLES_ROW("additionalProperties: false"), "a record of CSV has columns"},
        {TABLES_ROW("properties: {a: {}}"), "a cell of CSV holds"},
        {TABLES_ROW("properties: {a: {type: 'null'}}"), "a cell of CSV holds"},
        {TABLES_ROW("properties: {a: {type: object}}"), "a cell of CSV holds"},
        {TABLES_ROW("properties: {a: {type: [string, array]}}"), "a cell of CSV holds"},
        {TABLES_ROW("additionalProperties: {type: object}"), "a cell of CSV holds"},
        {TABLES_ROW("oneOf: [{properties: {a: {type: string}}}, {properties: {b: {}}}]"),
         "all records of CSV"},
        {TABLES_ROW("allOf: [{anyOf: [{properties: {a: {type: string}}}, {required: [b]}]}]"),
         "all records of CSV"},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        const struct type *where;
        const char *why;
        struct schemas s;

        schemas_open(&s, str_of(rows[i].schema));
        why = csv_suits(schemas_root(&s), &where);
        if (rows[i].why ? !why || !str_starts(str_of(why), str_of(rows[i].why)) : why != NULL)
            fail_msg("%s: %s", rows[i].schema, why);
        schemas_close(&s);
    }
}

static uint64_t random_state;

static uint32_t
below(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 11) % n);
}

static struct value
random_cell(struct arena *a, const struct type *t)
{
    static const char *const numbers[] = {"0", "-1", "9007199254740993", "1e400", "0.10", "1E-2"};
    static const char letters[] = "ab \t,;\"\r\n=\xC3\xA9"; /* the last two are one */
    uint32_t n = below(9);
    char *text = arena_alloc(a, 20);

    if ((t->kinds & TYPE_NULL) && !below(3))
        return VALUE_OF(VALUE_NULL);
    if (t->kinds & TYPE_BOOLEAN)
        return value_boolean(below(2));
    if (t->kinds & TYPE_INTEGER)
        return value_number(str_of(numbers[below(t->kinds & TYPE_FRACTION ? 6 : 3)]));
    for (uint32_t i = 0; i < n; i++)
        text[i] = letters[below(sizeof(letters) - 3)];
    if (below(2)) {
        memcpy(text + n, letters + sizeof(letters) - 3, 2);
        n += 2;
    }
    return value_string((struct str){text, n});
}

static struct value
random_table(struct arena *a, const struct type *t, uint32_t records)
{
    struct value list = VALUE_OF(VALUE_ARRAY);

    while (records-- > 0) {
        struct value object = VALUE_OF(VALUE_OBJECT);

        for (uint32_t i = 0; i < t->items->field_count; i++) {
            const struct field *f = &t->items->fields[i];
            bool there = f->required || ((f->type->kinds & TYPE_NULL) || below(2));

            if (there && value_add(a, &object, f->name, random_cell(a, f->type)))
                abort();
        }
        if (value_append(a, &list, object))
            abort();
    }
    return list;
}

static void
check_round(struct arena *a, const struct type *t, uint32_t records, uint64_t seed)
{
    struct fault f = {0};
    struct value v, again;
    struct buf b;

    random_state = seed;
    v = random_table(a, t, records);
    buf_init(&b, 16 << 20);
    if (codec_csv.write(&codec_csv, &b, &v, t, &f) ||
        codec_csv.read(&codec_csv, a, buf_view(&b), t, &again, &f) || !value_equal(&v, &again))
        fail_msg("seed %llu: %s\n%s", (unsigned long long)seed, f.detail, b.n < 4000 ? b.p : "");
    buf_fini(&b);
}

static void
test_round(void **state)
{
    uint64_t seed = (uint64_t)time(NULL) * 7919 + 1;

    (void)state;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (unsigned i = 0; i < 600; i++) {
        struct schemas s;

        tables_open(&s);
        check_round(s.arena, tables_type(&s, "c1l"[i % 3]), i / 3 % 20, seed + i);
        schemas_close(&s);
    }
}

static void
test_large(void **state)
{
    struct schemas s;
    struct value v;
    struct fault f;
    struct buf b;

    (void)state;
    tables_open(&s);
    check_round(s.arena, tables_type(&s, 'c'), 10000, 1);
    buf_init(&b, 16 << 20);
    for (unsigned i = 0; i <= CSV_COLUMNS; i++)
        buf_printf(&b, "%sc%u", i ? "," : "", i);
    assert_int_equal(
        codec_csv.read(&codec_csv, s.arena, str_head(buf_view(&b), b.n - 6), NULL, &v, &f),
        FAULT_NONE);
    assert_int_equal(codec_csv.read(&codec_csv, s.arena, buf_view(&b), NULL, &v, &f),
                     FAULT_INVALID_BODY);
    assert_string_equal(f.detail, "line 1: more than 1024 columns");
    b.n = 0;
    buf_printf(&b, "a\n");
    for (unsigned i = 0; i < 500001; i++)
        buf_printf(&b, "1\n");
    assert_int_equal(codec_csv.read(&codec_csv, s.arena, buf_view(&b), NULL, &v, &f),
                     FAULT_INVALID_BODY);
    assert_string_equal(f.detail, "line 500002: too many values");
    buf_fini(&b);
    schemas_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),          cmocka_unit_test(test_cells),
        cmocka_unit_test(test_columns),        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_without_header), cmocka_unit_test(test_written),
        cmocka_unit_test(test_suits),          cmocka_unit_test(test_round),
        cmocka_unit_test(test_large),
    };

    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
