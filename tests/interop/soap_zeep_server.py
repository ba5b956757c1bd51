#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A SOAP server of any WSDL: zeep reads its messages and writes its answers, as that WSDL says.
`soap_zeep_server.py WSDL ANSWERS`; ANSWERS is {"operation": its answer's members} in JSON,
{"$fault": TEXT} is a Client fault. Prints its port, then each operation with what it was sent."""

import http.server
import json
import logging
import sys

import zeep
import zeep.helpers
from lxml import etree

FAULT = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>
<faultcode>e:Client</faultcode><faultstring>%s</faultstring></e:Fault></e:Body></e:Envelope>"""


def say(line):
    print(json.dumps(line, default=str), flush=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        body = etree.fromstring(self.rfile.read(int(self.headers["Content-Length"])))
        action = self.headers.get("SOAPAction", "").strip('"')
        operation = next(o for o in self.server.operations if o.soapaction == action)
        sent = zeep.helpers.serialize_object(operation.input.deserialize(body), dict)
        say({"operation": operation.name, "sent": sent})
        answer = self.server.answers[operation.name]
        if "$fault" in answer:
            self.reply(500, (FAULT % answer["$fault"]).encode())
        else:
            self.reply(200, etree.tostring(operation.output.serialize(**answer).content))

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    logging.disable(logging.CRITICAL)
    wsdl = zeep.Client(sys.argv[1]).wsdl
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.answers = json.loads(sys.argv[2])
    server.operations = [operation for service in wsdl.services.values()
                         for port in service.ports.values()
                         for operation in port.binding.all().values()]
    say({"port": server.server_address[1]})
    server.serve_forever()


main()
