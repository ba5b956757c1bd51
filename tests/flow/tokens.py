# SPDX-License-Identifier: GPL-2.0-or-later
"""An issuer for tests: keys of each kind, their JWKS, and tokens good and bad.

Signs with python3-cryptography, so that the tests share no code with what they test.
"""

import base64
import functools
import hashlib
import hmac
import json
import time
import uuid

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import (Encoding, NoEncryption, PrivateFormat,
                                                          PublicFormat)

HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}
CURVE_NAMES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


def b64(data):
    data = json.dumps(data, separators=(",", ":")) if isinstance(data, (dict, list)) else data
    data = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "==")


def claims_of(token):
    return json.loads(unb64(token.split(".")[1]))


def header_of(token):
    return json.loads(unb64(token.split(".")[0]))


def b64_number(number, size=None):
    return b64(number.to_bytes(size or (number.bit_length() + 7) // 8, "big"))


@functools.lru_cache(None)
def make_key(alg, name=""):
    """A private key; the same (alg, name) gives the same key within one process."""
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if alg in CURVES:
        return ec.generate_private_key(CURVES[alg]())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def sign(alg, key, data):
    """The signature as RFC 7518 and 8037 want it."""
    if alg == "EdDSA":
        return key.sign(data)
    digest = HASHES[alg[2:]]()
    if alg.startswith("HS"):
        return hmac.new(key, data, getattr(hashlib, "sha" + alg[2:])).digest()
    if alg.startswith("ES"):
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
        size = (key.curve.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    if alg.startswith("PS"):
        return key.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return key.sign(data, padding.PKCS1v15(), digest)


def public_jwk(alg, key, kid):
    public = key.public_key()
    jwk = {"kid": kid, "alg": alg, "use": "sig"}
    if alg == "EdDSA":
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return dict(jwk, kty="OKP", crv="Ed25519", x=b64(raw))
    numbers = public.public_numbers()
    if alg in CURVES:
        size = (key.curve.key_size + 7) // 8
        return dict(jwk, kty="EC", crv=CURVE_NAMES[alg], x=b64_number(numbers.x, size),
                    y=b64_number(numbers.y, size))
    return dict(jwk, kty="RSA", n=b64_number(numbers.n), e=b64_number(numbers.e))


class Issuer:
    """Keys named by algorithm: kid "RS256" signs with RS256, and so on."""

    def __init__(self, url="https://issuer.test", audience="https://api.test",
                 algorithms=("RS256", "ES256")):
        self.url, self.audience = url, audience
        self.keys = {alg: make_key(alg, url) for alg in algorithms}

    def jwks(self):
        return {"keys": [public_jwk(alg, key, alg) for alg, key in self.keys.items()]}

    def public_pem(self, alg="RS256"):
        return self.keys[alg].public_key().public_bytes(Encoding.PEM,
                                                        PublicFormat.SubjectPublicKeyInfo)

    def private_pem(self, alg="RS256"):
        return self.keys[alg].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def claims(self, scope="", **changes):
        """RFC 9068 claims; a change to None leaves the claim out."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.audience, "sub": "subject-1", "scope": scope,
                  "client_id": "client-1", "iat": now, "exp": now + 300, "jti": uuid.uuid4().hex}
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, scope="", alg="RS256", header=None, key=None, **claims):
        """A signed token: a good one, unless header, key or claims say otherwise."""
        head = {"typ": "at+jwt", "alg": alg, "kid": alg}
        head.update(header or {})
        head = {name: value for name, value in head.items() if value is not None}
        return self.sign(b64(head), b64(self.claims(scope, **claims)), alg, key)

    def sign(self, head, payload, alg="RS256", key=None):
        """Signs two parts that may be anything at all."""
        data = f"{head}.{payload}".encode()
        return f"{head}.{payload}.{b64(sign(alg, key or self.keys[alg], data))}"


def thumbprint(jwk):
    """RFC 7638."""
    members = {"RSA": ("e", "n"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}[jwk["kty"]]
    text = json.dumps({name: jwk[name] for name in sorted(members + ("kty",))},
                      separators=(",", ":"))
    return b64(hashlib.sha256(text.encode()).digest())


class Prover:
    """A client that proves the possession of its key (RFC 9449)."""

    def __init__(self, alg="ES256", name="prover"):
        self.alg, self.key = alg, make_key(alg, name)
        self.jwk = {name: value for name, value in public_jwk(alg, self.key, "x").items()
                    if name not in ("kid", "alg", "use")}
        self.jkt = thumbprint(self.jwk)

    def proof(self, method, url, token, header=None, key=None, alg=None, **changes):
        """A good proof, unless header, key or claims say otherwise; None leaves a member out."""
        head = {"typ": "dpop+jwt", "alg": self.alg, "jwk": self.jwk, **(header or {})}
        claims = {"jti": uuid.uuid4().hex, "htm": method, "htu": url, "iat": int(time.time()),
                  "ath": b64(hashlib.sha256(token.encode()).digest()), **changes}
        head, claims = ({name: value for name, value in part.items() if value is not None}
                        for part in (head, claims))
        data = f"{b64(head)}.{b64(claims)}"
        return f"{data}.{b64(sign(alg or self.alg, key or self.key, data.encode()))}"
