# SPDX-License-Identifier: GPL-2.0-or-later
"""What zeep is asked to do; see test_soap_security."""

import datetime
import sys

import xmlsec
import zeep
from requests import Session
from zeep.transports import Transport
from zeep.wsa import WsAddressingPlugin
from zeep.wsse import utils
from zeep.wsse.signature import BinarySignature
from zeep.wsse.username import UsernameToken

BASE, TLS, FOLDER, VERSION = sys.argv[1:5]
PROBLEM = "{urn:ietf:rfc:7807}"


class Signature(BinarySignature):
    """With a Timestamp, which zeep leaves to its users; answers are not signed."""

    def apply(self, envelope, headers):
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        stamp = utils.WSU.Timestamp()
        stamp.append(utils.WSU.Created(now.isoformat()))
        stamp.append(utils.WSU.Expires((now + datetime.timedelta(minutes=5)).isoformat()))
        utils.get_security_header(envelope).append(stamp)
        return super().apply(envelope, headers)

    def verify(self, envelope):
        return envelope


def run(name, wsse, base=BASE, plugins=()):
    session = Session()
    session.trust_env, session.verify = False, FOLDER + "/ca.pem"
    client = zeep.Client(f"{BASE}/soap/billing/v4?wsdl", wsse=wsse, plugins=list(plugins),
                         transport=Transport(session=session))
    ports = list(client.wsdl.services.values())[0].ports
    port = next(p for p in ports if p.endswith("Port12") == (VERSION == "1.2"))
    service = client.bind(list(client.wsdl.services)[0], port)
    service._binding_options["address"] = f"{base}/soap/billing/v4"
    try:
        got = service.getBalance(account="1001")
        print(f"{name}={got.account}|{got.balance.unit}")
    except zeep.exceptions.Fault as f:
        problem = f.detail.find(PROBLEM + "problem")
        print(f"{name}=fault", *(problem.findtext(PROBLEM + m) for m in ("status", "code")))


KEYS = (FOLDER + "/partner.key", FOLDER + "/partner.pem")
run("text", UsernameToken("partner", "partner-secret"), TLS)
run("digest", UsernameToken("partner", "partner-secret", use_digest=True))
run("x509", Signature(*KEYS, signature_method=xmlsec.Transform.RSA_SHA256,
                      digest_method=xmlsec.Transform.SHA256))
run("addressing", UsernameToken("partner", "partner-secret", use_digest=True),
    plugins=[WsAddressingPlugin()])
run("wrong", UsernameToken("partner", "other", use_digest=True))
