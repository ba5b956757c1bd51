# SPDX-License-Identifier: GPL-2.0-or-later
"""Certificates for tests, made by openssl in a folder that goes when the process does."""

import atexit
import base64
import datetime
import hashlib
import os
import shutil
import ssl
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (Encoding, NoEncryption, PrivateFormat,
                                                          load_pem_private_key)
from cryptography.x509.oid import NameOID

FOLDER = tempfile.mkdtemp(prefix="telgate-test-tls-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def certificate(name, subject, alternative, issuer=None, usage=None):
    """NAME.pem and NAME.key: signed by the issuer, or by itself."""
    extensions = ["-addext", f"subjectAltName={alternative}"] if alternative else []
    extensions += ["-addext", f"extendedKeyUsage={usage}"] if usage else []
    extensions += ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-addext",
                   "basicConstraints=critical,CA:FALSE"] if issuer else []
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout",
                    f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={subject}", *extensions],
                   cwd=FOLDER, check=True, capture_output=True)


def expired(name, issuer):
    """NAME.pem and NAME.key, valid until yesterday: openssl req makes none."""
    with open(path(f"{issuer}.pem"), "rb") as pem, open(path(f"{issuer}.key"), "rb") as key:
        ca, ca_key = x509.load_pem_x509_certificate(pem.read()), load_pem_private_key(key.read(),
                                                                                     None)
    now, key = datetime.datetime.utcnow(), ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateBuilder(
        issuer_name=ca.subject, subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME,
                                                                           name)]),
        public_key=key.public_key(), serial_number=x509.random_serial_number(),
        not_valid_before=now - datetime.timedelta(2), not_valid_after=now - datetime.timedelta(1),
    ).sign(ca_key, hashes.SHA256())
    with open(path(f"{name}.pem"), "wb") as file:
        file.write(made.public_bytes(Encoding.PEM))
    with open(path(f"{name}.key"), "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def path(name):
    return os.path.join(FOLDER, name)


def text(name):
    with open(path(name), encoding="ascii") as file:
        return file.read()


def thumbprint(name):
    """x5t#S256 of NAME.pem (RFC 8705 section 3.1)."""
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(text(f"{name}.pem"))).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def client_context(ca, name=None):
    """A client's side: trusts CA.pem, and shows NAME.pem."""
    context = ssl.create_default_context(cafile=path(f"{ca}.pem"))
    context.check_hostname = False
    if name:
        context.load_cert_chain(path(f"{name}.pem"), path(f"{name}.key"))
    return context
