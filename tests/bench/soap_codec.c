/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One SOAP message converted many times, for callgrind:
 *   soap_codec WSDL read|write ITEMS COUNT
 * `read` turns an answer into JSON, `write` JSON into a request. 10 items make about 2 KB. The
 * instructions a message are the difference of two runs over the difference of their counts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "soap/message.h"
#include "soap/wsdl.h"
#include "soap/xml_codec.h"

static void
put_answer(struct buf *b, unsigned items)
{
    buf_printf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope "
                  "xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>"
                  "<o:PutOrderResponse xmlns:o=\"urn:example:orders:1\">"
                  "<o:orderId>A-1001</o:orderId><o:customer>C-77</o:customer>");
    for (unsigned i = 0; i < items; i++)
        buf_printf(b,
                   "<o:item><o:itemNumber>%u</o:itemNumber><o:description>Monthly subscription %u"
                   "</o:description><o:amount>%u.50</o:amount><o:quantity>%u</o:quantity>"
                   "<o:paid>true</o:paid></o:item>",
                   100000 + i, i, 10 + i, i % 7 + 1);
    buf_printf(b, "</o:PutOrderResponse></soap:Body></soap:Envelope>");
}

static void
put_json(struct buf *b, unsigned items)
{
    buf_printf(b, "{\"orderId\":\"A-1001\",\"customer\":\"C-77\",\"item\":[");
    for (unsigned i = 0; i < items; i++)
        buf_printf(b,
                   "%s{\"itemNumber\":%u,\"description\":\"Monthly subscription %u\","
                   "\"amount\":%u.50,\"quantity\":%u,\"paid\":true}",
                   i ? "," : "", 100000 + i, i, 10 + i, i % 7 + 1);
    buf_printf(b, "]}");
}

static enum fault_code
read_once(const struct remote *r, struct arena *a, struct str in, struct buf *out, struct fault *f)
{
    struct soap_answer answer;
    enum fault_code code = soap_answer_read(r, 200, STR("text/xml"), in, a, &answer, f);

    if (code == FAULT_NONE)
        json_write(out, &answer.value);
    return code;
}

static enum fault_code
write_once(const struct remote *r, struct arena *a, struct str in, struct buf *out, struct fault *f)
{
    struct soap_request_head head;
    struct value v;
    enum fault_code code = json_read(a, in, JSON_LIMITS_DEFAULT, &v, f);

    return code == FAULT_NONE ? soap_request_write(r, NULL, &v, NULL, out, &head, f) : code;
}

static int
convert(const struct remote *r, bool reading, unsigned items, unsigned count)
{
    struct buf in, out;
    struct fault f = {0};
    enum fault_code code = FAULT_NONE;

    buf_init(&in, 64 << 20);
    buf_init(&out, 64 << 20);
    (reading ? put_answer : put_json)(&in, items);
    for (unsigned i = 0; i < count && code == FAULT_NONE; i++) {
        struct arena *a = arena_new(256 << 20);

        out.n = 0;
        code = (reading ? read_once : write_once)(r, a, buf_view(&in), &out, &f);
        arena_free(a);
    }
    printf("%zu bytes -> %zu bytes, %u times%s%s\n", in.n, out.n, count, code ? ": " : "",
           f.detail);
    buf_fini(&in);
    buf_fini(&out);
    return code != FAULT_NONE;
}

int
main(int argc, char **argv)
{
    struct arena *a = arena_new(64 << 20);
    struct report report;
    const struct description *d;
    int failed = 1;

    if (argc != 5) {
        fprintf(stderr, "usage: %s WSDL read|write ITEMS COUNT\n", argv[0]);
        return 2;
    }
    report_init(&report, a);
    d = soap_wsdl_read(a, argv[1], &report);
    if (d)
        failed =
            convert(&d->remotes[0], strcmp(argv[2], "read") == 0,
                    (unsigned)strtoul(argv[3], NULL, 10), (unsigned)strtoul(argv[4], NULL, 10));
    arena_free(a);
    xml_thread_fini();
    return failed;
}
