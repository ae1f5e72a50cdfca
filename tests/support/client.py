# SPDX-License-Identifier: Apache-2.0
"""Clients of the APIs: HTTP on http.client, bare sockets for what no library would send, and a small WebSocket.

Every answer is held against the process's own document (contract.py) and written down for the surface test (surface.py).
Api opens a connection per request unless asked to keep it, so an answer is never lost to a connection that went stale.
"""
import base64
import gzip
import hashlib
import http.client
import json
import os
import socket
import struct
import subprocess
import threading
import time
import urllib.parse
import uuid

from support import contract, surface


def unpacked(body, coding):
    if coding == "zstd" and body:
        return subprocess.run(["zstd", "-dc"], input=body, stdout=subprocess.PIPE, check=True).stdout
    return gzip.decompress(body) if coding == "gzip" and body else body


class Answer:
    """Status, headers (lower-case names; repeated ones joined by ', ') and body of an HTTP answer; `sent` is the body as it came."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {}
        for name, value in headers:
            name = name.lower()
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self.sent = body
        self.body = unpacked(body, self.headers.get("content-encoding"))

    @property
    def is_json(self):
        kind = self.headers.get("content-type", "")
        return kind.startswith("application/json") or kind.startswith("application/problem+json")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def is_problem(self):
        return self.headers.get("content-type", "").startswith("application/problem+json")

    @property
    def code(self):
        """The problem's code, or None."""
        return self.json.get("code") if self.is_problem else None

    @property
    def bad(self):
        """Where each of the problem's errors is: pointers into the body, names of parameters and headers."""
        return [error.get("pointer") or error.get("parameter") or error["header"] for error in self.json["errors"]]

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:2000]!r}>"


class Api:
    """One process's HTTP interface, as somebody: Api(stack).as_(token).get("/api/me")."""

    def __init__(self, stack, name="public-api", token=None, keep=False, timeout_s=30):
        self.stack = stack
        self.name = name
        self.token = token
        self.keep = keep
        self.timeout_s = timeout_s
        self._local = threading.local()

    def as_(self, token):
        return Api(self.stack, self.name, token, self.keep, self.timeout_s)

    @property
    def address(self):
        return "127.0.0.1", self.stack.ports[self.name]

    def _connection(self):
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(*self.address, timeout=self.timeout_s)
            if self.keep:
                self._local.connection = connection
        return connection

    def close(self):
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection:
            connection.close()

    def request(self, method, path, data=None, body=None, query=None, headers=None, key=None, token=None):
        """`data` is sent as JSON, `body` as it is; `key` is an Idempotency-Key; token "" sends none."""
        merged = {}
        if data is not None:
            body = json.dumps(data).encode()
            merged["Content-Type"] = "application/json"
        if key is not None:
            merged["Idempotency-Key"] = key
        token = self.token if token is None else token
        if token:
            merged["Authorization"] = f"Bearer {token}"
        merged.update(headers or {})
        target = path
        if query:
            target += "?" + urllib.parse.urlencode(query)
        connection = self._connection()
        try:
            connection.request(method, target, body=body, headers=merged)
            raw = connection.getresponse()
            answer = Answer(raw.status, raw.getheaders(), raw.read())
            if raw.will_close:
                self.close()
        except BaseException:
            self.close()
            connection.close()
            raise
        if not self.keep:
            connection.close()
        surface.saw(self.name, method, path, answer)
        contract.check(self.stack, self.name, method, target, answer)
        return answer

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, data=None, **more):
        return self.request("POST", path, data=data, **more)

    def patch(self, path, data=None, **more):
        return self.request("PATCH", path, data=data, **more)

    def delete(self, path, **more):
        return self.request("DELETE", path, **more)

    def pages(self, path, query=None, limit=None):
        """All rows of a list, page by page, and how many pages it took; follows next_cursor to the end."""
        rows, pages, cursor = [], 0, None
        while True:
            asked = dict(query or {})
            if limit:
                asked["limit"] = limit
            if cursor:
                asked["cursor"] = cursor
            answer = self.get(path, query=asked)
            assert answer.status == 200, answer
            page = answer.json
            pages += 1
            rows += page["data"]
            assert page["has_more"] == (page["next_cursor"] is not None), page
            if limit:
                assert len(page["data"]) <= limit
                assert not page["has_more"] or len(page["data"]) == limit, "a page before the last is full"
            if not page["has_more"]:
                return rows, pages
            cursor = page["next_cursor"]


# ---- Bare sockets ----------------------------------------------------------------------------------------------------


def raw_exchange(stack, name, payload, timeout_s=5, half_close=False, pieces=None):
    """Sends bytes as they are; what came back until the other side closed or was silent for timeout_s."""
    return raw_exchange_at(("127.0.0.1", stack.ports[name]), payload, timeout_s, half_close, pieces)


def raw_exchange_at(address, payload, timeout_s=5, half_close=False, pieces=None):
    received = b""
    with socket.create_connection(address, timeout=timeout_s) as connection:
        try:
            for piece in pieces or [payload]:
                connection.sendall(piece)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all was sent: what it said is still there to be read
        while True:
            try:
                more = connection.recv(65536)
            except socket.timeout:
                return received, False
            except OSError:
                return received, True
            if not more:
                return received, True
            received += more


def parse_answers(data):
    """Splits a stream of HTTP/1.1 answers with Content-Length into Answers; what is left over must be nothing."""
    answers = []
    while data:
        head, separator, rest = data.partition(b"\r\n\r\n")
        assert separator, f"not an HTTP answer: {data[:200]!r}"
        lines = head.decode("latin-1").split("\r\n")
        assert lines[0].startswith("HTTP/1.1 "), lines[0]
        status = int(lines[0].split(" ")[1])
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        length = 0
        for header, value in headers:
            if header.lower() == "content-length":
                length = int(value)
        assert len(rest) >= length, "an answer was cut off"
        if status != 100:
            answers.append(Answer(status, headers, rest[:length]))
        data = rest[length:]
    return answers


# ---- WebSocket -------------------------------------------------------------------------------------------------------


class Closed(Exception):
    """The other side closed: by a close frame with this code, or (code None) without one."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed {code} {reason}")
        self.code = code
        self.reason = reason


class Refused(Exception):
    """The upgrade was answered by an ordinary HTTP answer."""

    def __init__(self, answer):
        super().__init__(repr(answer))
        self.answer = answer


def connect(port, timeout_s, window=None):
    """A connection to one of our processes; `window` bytes are taken in while nobody reads."""
    connection = socket.socket()
    connection.settimeout(timeout_s)
    if window:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    connection.connect(("127.0.0.1", port))
    return connection


class Socket:
    """A WebSocket (RFC 6455) that a test sees every frame of. `via` is header or protocol: how the token travels."""

    def __init__(self, stack, path, token=None, name="public-api", via="header", query=None, timeout_s=30, headers=None,
                 window=None):
        self.stack, self.name, self.path = stack, name, path
        self.timeout_s = timeout_s
        self.buffer = b""
        self.pings = 0
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{stack.ports[name]}", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
        if token and via == "header":
            lines.append(f"Authorization: Bearer {token}")
        if token and via == "protocol":
            lines.append(f"Sec-WebSocket-Protocol: bearer, {token}")
        lines += [f"{header}: {value}" for header, value in (headers or {}).items()]
        self.connection = connect(stack.ports[name], timeout_s, window)
        self.connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        self.headers = Answer(status, [tuple(p.strip() for p in line.split(":", 1)) for line in lines[1:]], b"").headers
        if status != 101:
            while len(self.buffer) < int(self.headers.get("content-length", 0)):
                self._more()
            answer = Answer(status, self.headers.items(), self.buffer)
            surface.saw(name, "GET", path, answer)
            contract.check(stack, name, "GET", path, answer)
            self.connection.close()
            raise Refused(answer)
        surface.saw(name, "GET", path, Answer(101, [], b""))
        expected = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        assert self.headers["sec-websocket-accept"] == expected, self.headers

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.connection.close()

    def _more(self):
        try:
            more = self.connection.recv(65536)
        except ConnectionResetError:
            raise Closed(None, "reset") from None
        if not more:
            raise Closed(None, "end of stream")
        self.buffer += more

    def _take(self, count):
        while len(self.buffer) < count:
            self._more()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def send_frame(self, opcode, payload=b"", masked=True, fin=True, rsv=0):
        head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
        mask_bit = 0x80 if masked else 0
        if len(payload) < 126:
            head += bytes([mask_bit | len(payload)])
        elif len(payload) < 65536:
            head += bytes([mask_bit | 126]) + struct.pack(">H", len(payload))
        else:
            head += bytes([mask_bit | 127]) + struct.pack(">Q", len(payload))
        if masked:
            mask = os.urandom(4)
            payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
            head += mask
        self.connection.sendall(head + payload)

    def recv_frame(self, timeout_s=None):
        """(opcode, payload) of the next frame, whatever it is."""
        self.connection.settimeout(timeout_s or self.timeout_s)
        first, second = self._take(2)
        assert not second & 0x80, "a server does not mask"
        length = second & 0x7F
        if length == 126:
            length = struct.unpack(">H", self._take(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self._take(8))[0]
        return first & 0x0F, self._take(length)

    def recv(self, timeout_s=None):
        """The next message, parsed; answers pings meanwhile; raises Closed at the end."""
        end = time.monotonic() + (timeout_s or self.timeout_s)
        while True:
            opcode, payload = self.recv_frame(max(end - time.monotonic(), 0.01))
            if opcode == 0x1:
                message = json.loads(payload)
                contract.check_frame(self.stack, self.name, self.path, message)
                return message
            if opcode == 0x9:
                self.pings += 1
                self.send_frame(0xA, payload)
            if opcode == 0x8:
                code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
                raise Closed(code, payload[2:].decode())

    def close_code(self, timeout_s=None):
        """Reads to the end and gives the code of the close frame, None when there was none."""
        try:
            while True:
                self.recv(timeout_s)
        except Closed as closed:
            return closed.code

    def close(self, code=1000):
        """Closes as one should and gives the code that came back."""
        self.send_frame(0x8, struct.pack(">H", code))
        return self.close_code(10)


# ---- Server-sent events ------------------------------------------------------------------------------------------------


class Events:
    """A stream of server-sent events, read as a browser does: `with Events(...) as stream: stream.recv()`."""

    def __init__(self, stack, path, token=None, name="public-api", query=None, last=None, timeout_s=30, headers=None, version="1.1",
                 port=None, window=None):
        self.timeout_s = timeout_s
        self.raw, self.text = b"", b""
        self.comments, self.retry, self.last_id = 0, None, last
        self.ended = False  # by its last chunk
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        port = port or stack.ports[name]
        lines = [f"GET {target} HTTP/{version}", f"Host: 127.0.0.1:{port}", "Accept: text/event-stream"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if last is not None:
            lines.append(f"Last-Event-ID: {last}")
        lines += [f"{header}: {value}" for header, value in (headers or {}).items()]
        self.connection = connect(port, timeout_s, window)
        self.connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.raw:
            self._more()
        head, _, self.raw = self.raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        pairs = [tuple(p.strip() for p in line.split(":", 1)) for line in lines[1:]]
        self.headers = Answer(self.status, pairs, b"").headers
        self.chunked = self.headers.get("transfer-encoding") == "chunked"
        if self.status != 200:
            while len(self.raw) < int(self.headers.get("content-length", 0)):
                self._more()
        answer = Answer(self.status, self.headers.items(), self.raw if self.status != 200 else b"")
        surface.saw(name, "GET", path, answer)
        if self.status != 200:
            self.connection.close()
            raise Refused(answer)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.connection.close()

    def _more(self):
        try:
            more = self.connection.recv(65536)
        except ConnectionResetError:
            raise Closed(None, "reset") from None
        if not more:
            raise Closed(None, "end of stream")
        self.raw += more

    def _body(self):
        """More of the body, without its chunks."""
        if not self.chunked:
            if not self.raw:
                self._more()
            self.text, self.raw = self.text + self.raw, b""
            return
        while b"\r\n" not in self.raw:
            self._more()
        line, _, rest = self.raw.partition(b"\r\n")
        size = int(line, 16)
        while len(self.raw) < len(line) + 2 + size + 2:
            self._more()
        rest = self.raw[len(line) + 2:]
        self.raw = rest[size + 2:]
        if size == 0:
            self.ended = True
            raise Closed(0, "last chunk")
        self.text += rest[:size]

    def recv(self, timeout_s=None):
        """The next event: {"id", "event", "data"}, data parsed as JSON; raises Closed at the end."""
        end = time.monotonic() + (timeout_s or self.timeout_s)
        while True:
            while b"\n\n" not in self.text:
                self.connection.settimeout(max(end - time.monotonic(), 0.01))
                self._body()
            block, _, self.text = self.text.partition(b"\n\n")
            event = {"id": self.last_id, "event": "message"}
            data = []
            for line in block.decode().split("\n"):
                field, _, value = line.partition(": ")
                if line.startswith(":"):
                    self.comments += 1
                elif field == "data":
                    data.append(value)
                elif field == "retry":
                    self.retry = int(value)
                else:
                    event[field] = value
            self.last_id = event["id"]
            if data:
                event["data"] = json.loads("\n".join(data))
                return event

    def end(self, timeout_s=None):
        """Reads to the end: the events until then. Whether it ended as it should is in self.ended."""
        events = []
        try:
            while True:
                events.append(self.recv(timeout_s))
        except Closed:
            return events


# ---- Tokens ------------------------------------------------------------------------------------------------------------


def _b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def mint(secret, audience="public", role="customer", account_id=None, now=None, header=None, signature=None, **claims):
    """An access token of our own making. A claim given as None is left out."""
    import hmac
    now = int(time.time()) if now is None else now
    body = {"iss": f"stoa-{audience}", "aud": audience, "sub": str(account_id or uuid.uuid4()), "sid": str(uuid.uuid4()),
            "role": role, "iat": now, "nbf": now, "exp": now + 900}
    body.update(claims)
    body = {name: value for name, value in body.items() if value is not None}
    signed = f"{_b64(json.dumps(header or {'alg': 'HS256', 'typ': 'JWT'}).encode())}.{_b64(json.dumps(body).encode())}"
    if signature is None:
        signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_b64(signature)}"
