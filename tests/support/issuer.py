# SPDX-License-Identifier: Apache-2.0
"""A small identity provider on loopback: keys of its own, a key set over HTTP, tokens, and every way of being broken.

    with Issuer() as issuer:
        issuer.env                    variables that make the public API trust it
        issuer.token(sub="u-1", email="kim@example.com", email_verified=True)
        issuer.rotate(); issuer.mode = "huge"
"""
import base64
import http.server
import json
import threading
import time
import uuid

from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

AUDIENCE = "stoa-test-client"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def b64_json(value):
    return b64(json.dumps(value).encode())


def _number(value, length=None):
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


class Key:
    """An RSA or EC key with a kid."""

    def __init__(self, kind, kid=None):
        self.kid = kid or f"{kind}-{uuid.uuid4().hex[:8]}"
        self.alg = {"rsa": "RS256", "ec": "ES256"}[kind]
        self.private = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())

    @property
    def jwk(self):
        numbers = self.private.public_key().public_numbers()
        if self.alg == "RS256":
            return {"kty": "RSA", "kid": self.kid, "use": "sig", "alg": "RS256", "n": _number(numbers.n), "e": _number(numbers.e)}
        return {"kty": "EC", "kid": self.kid, "use": "sig", "alg": "ES256", "crv": "P-256", "x": _number(numbers.x, 32),
                "y": _number(numbers.y, 32)}

    @property
    def pem(self):
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data):
        if self.alg == "RS256":
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = utils.decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def hs256(secret, header, claims):
    """What an attacker makes of a public key: a token with it as HMAC secret."""
    signed = f"{b64_json(header)}.{b64_json(claims)}"
    mac = hmac.HMAC(secret, hashes.SHA256())
    mac.update(signed.encode())
    return f"{signed}.{b64(mac.finalize())}"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.issuer.answer(self)

    def log_message(self, *_):
        pass


class Issuer:
    """mode: good, held (until release()), huge, garbage, empty, error, redirect, cut."""

    def __init__(self):
        self.rsa, self.ec = Key("rsa"), Key("ec")
        self.extra = []
        self.mode = "good"
        self.asked = 0
        self.cache_control = None
        self.being_asked, self._released = threading.Event(), threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.issuer = self
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def name(self):
        return f"http://127.0.0.1:{self._server.server_port}/"

    @property
    def env(self):
        return {"OIDC_ISSUER": self.name, "OIDC_AUDIENCE": AUDIENCE, "OIDC_JWKS_URL": f"{self.name}jwks"}

    def key_set(self):
        return {"keys": [key.jwk for key in (self.rsa, self.ec)] + self.extra}

    def rotate(self):
        self.rsa, self.ec = Key("rsa"), Key("ec")

    def release(self):
        self._released.set()

    def answer(self, request):
        self.asked += 1
        mode, body, status, headers = self.mode, json.dumps(self.key_set()).encode(), 200, {}
        self.being_asked.set()
        if mode == "held":
            self._released.wait(30)
        elif mode == "huge":
            body = b'{"keys":[' + b'{"kty":"oct"},' * 100000 + b"{}]}"
        elif mode == "garbage":
            body = b"<html>" + b"[" * 50000
        elif mode == "empty":
            body = b'{"keys":[]}'
        elif mode == "error":
            status, body = 500, b"sorry"
        elif mode == "redirect":
            status, body, headers = 302, b"", {"Location": f"{self.name}elsewhere"}
            if request.path == "/elsewhere":
                status, body = 200, json.dumps(self.key_set()).encode()
        request.send_response(status)
        for header, value in headers.items():
            request.send_header(header, value)
        if self.cache_control:
            request.send_header("Cache-Control", self.cache_control)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        try:
            request.wfile.write(body[:len(body) // 2] if mode == "cut" else body)
        except OSError:
            pass  # the client has left

    def claims(self, **more):
        now = int(time.time())
        claims = {"iss": self.name, "aud": AUDIENCE, "sub": f"u-{uuid.uuid4().hex}", "iat": now, "exp": now + 300, **more}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key=None, header=None, **claims):
        """A claim that is None is left out; `header` goes on top of the right one."""
        key = key or self.rsa
        signed = f"{b64_json({'alg': key.alg, 'kid': key.kid, 'typ': 'JWT', **(header or {})})}.{b64_json(self.claims(**claims))}"
        return f"{signed}.{b64(key.sign(signed.encode()))}"
