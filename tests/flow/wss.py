# SPDX-License-Identifier: GPL-2.0-or-later
"""Messages with a Security header, signed by libxmlsec: no code is shared with what is tested."""

import base64
import datetime
import hashlib
import os
import ssl

from lxml import etree
import xmlsec

from certificates import path, text

SOAP = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/",
        "1.2": "http://www.w3.org/2003/05/soap-envelope"}
MEDIA = {"1.1": "text/xml; charset=utf-8", "1.2": "application/soap+xml; charset=utf-8"}
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = WSS + "wssecurity-secext-1.0.xsd", WSS + "wssecurity-utility-1.0.xsd"
DS, SAML = "http://www.w3.org/2000/09/xmldsig#", "urn:oasis:names:tc:SAML:2.0:assertion"
BASE64 = WSS + "soap-message-security-1.0#Base64Binary"
X509 = WSS + "x509-token-profile-1.0#X509v3"
JWT = "urn:ietf:params:oauth:token-type:jwt"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
ID = f"{{{WSU}}}Id"


def when(seconds=0):
    now = datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)
    return now.isoformat(timespec="milliseconds") + "Z"


def timestamp(created=0, expires=300, name="TS"):
    end = f"<u:Expires>{when(expires)}</u:Expires>" if expires is not None else ""
    return (f'<u:Timestamp xmlns:u="{WSU}" u:Id="{name}"><u:Created>{when(created)}</u:Created>'
            f"{end}</u:Timestamp>")


def password(user, secret, kind="PasswordText", more=""):
    return (f'<w:UsernameToken xmlns:w="{WSSE}"><w:Username>{user}</w:Username><w:Password Type="'
            f'{WSS}username-token-profile-1.0#{kind}">{secret}</w:Password>{more}'
            "</w:UsernameToken>")


def digest(user, secret, nonce=None, created=None):
    nonce, created = nonce or os.urandom(16), created or when()
    told = hashlib.sha1(nonce + created.encode() + secret.encode()).digest()
    return password(user, base64.b64encode(told).decode(), "PasswordDigest",
                    f'<w:Nonce EncodingType="{BASE64}">{base64.b64encode(nonce).decode()}</w:Nonce>'
                    f'<u:Created xmlns:u="{WSU}">{created}</u:Created>')


def binary(value, kind=X509, name="BST"):
    return (f'<w:BinarySecurityToken xmlns:w="{WSSE}" xmlns:u="{WSU}" u:Id="{name}" ValueType="'
            f'{kind}" EncodingType="{BASE64}">{value}</w:BinarySecurityToken>')


def certificate(name):
    der = ssl.PEM_cert_to_DER_cert(text(f"{name}.pem"))
    return binary(base64.b64encode(der).decode())


def security(*blocks, attributes='e:mustUnderstand="1"'):
    return f'<w:Security xmlns:w="{WSSE}" {attributes}>{"".join(blocks)}</w:Security>'


def envelope(body, header="", version="1.1"):
    return (f'<e:Envelope xmlns:e="{SOAP[version]}" xmlns:u="{WSU}"><e:Header>{header}</e:Header>'
            f'<e:Body u:Id="B">{body}</e:Body></e:Envelope>')


def key_of(name):
    key = xmlsec.Key.from_file(path(f"{name}.key"), xmlsec.KeyFormat.PEM)
    return key


def signed(message, name, ids=("B", "TS"), method=xmlsec.Transform.ECDSA_SHA256,
           hashing=xmlsec.Transform.SHA256, c14n=xmlsec.Transform.EXCL_C14N, enveloped=False,
           at=None):
    """The message with a Signature over those ids, in its (first) Security header."""
    tree = etree.fromstring(message)
    block = tree.find(f".//{{{WSSE}}}Security")
    node = xmlsec.template.create(tree, c14n, method)
    block.append(node)
    info = xmlsec.template.ensure_key_info(node)
    reference = etree.SubElement(info, f"{{{WSSE}}}SecurityTokenReference")
    etree.SubElement(reference, f"{{{WSSE}}}Reference", URI="#BST", ValueType=X509)
    context = xmlsec.SignatureContext()
    context.key = key_of(name)
    for part in ids:
        target = tree.find(f".//*[@{ID}='{part}']")
        context.register_id(target, "Id", WSU)
        one = xmlsec.template.add_reference(node, hashing, uri=f"#{part}")
        if enveloped:
            xmlsec.template.add_transform(one, xmlsec.Transform.ENVELOPED)
        xmlsec.template.add_transform(one, xmlsec.Transform.EXCL_C14N)
    context.sign(node)
    if at:
        at(tree)
    return etree.tostring(tree).decode()


def assertion(issuer, audience, name, subject="jane", until=300, since=-10, confirmed=300,
              recipient="https://gateway.example", method=BEARER, conditions="", version="2.0"):
    """A SAML 2.0 assertion, signed with NAME.key."""
    confirm = f'NotOnOrAfter="{when(confirmed)}"' if confirmed is not None else ""
    tree = etree.fromstring(
        f'<s:Assertion xmlns:s="{SAML}" ID="A1" Version="{version}" IssueInstant="{when()}">'
        f"<s:Issuer>{issuer}</s:Issuer><s:Subject><s:NameID>{subject}</s:NameID>"
        f'<s:SubjectConfirmation Method="{method}"><s:SubjectConfirmationData {confirm} '
        f'Recipient="{recipient}"/></s:SubjectConfirmation></s:Subject>'
        f'<s:Conditions NotBefore="{when(since)}" NotOnOrAfter="{when(until)}">'
        f"<s:AudienceRestriction><s:Audience>{audience}</s:Audience></s:AudienceRestriction>"
        f"{conditions}</s:Conditions></s:Assertion>")
    node = xmlsec.template.create(tree, xmlsec.Transform.EXCL_C14N,
                                  xmlsec.Transform.ECDSA_SHA256)
    tree.insert(1, node)
    xmlsec.tree.add_ids(tree, ["ID"])
    one = xmlsec.template.add_reference(node, xmlsec.Transform.SHA256, uri="#A1")
    xmlsec.template.add_transform(one, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(one, xmlsec.Transform.EXCL_C14N)
    context = xmlsec.SignatureContext()
    context.key = key_of(name)
    context.sign(node)
    return etree.tostring(tree).decode()
