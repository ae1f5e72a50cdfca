# SPDX-License-Identifier: Apache-2.0
"""Requests that two readers might read differently: request smuggling in its variants, chunk tricks, upgrades that confuse. Each
is sent to the process itself and through HAProxy, and afterwards the answers that others get through the same gateway are theirs.

The sections named are those of RFC 9112, unless they say otherwise.
"""
import uuid

import jsonschema
import pytest

from support.client import Answer, parse_answers, raw_exchange
from support.gateway import Gateway
from support.shop import public_token
from support.stack import wait_until

STACK = dict(start=("public-api", "admin-api"))

GET = "GET /api/catalog/brands HTTP/1.1\r\nHost: x\r\n"
POST = "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSALS = (400, 405, 408, 411, 413, 414, 415, 417, 422, 426, 431, 501, 505)

# What is wrong, where it says so, and the bytes. Refused by the process, which then closes: nothing behind them is read.
REFUSED = {
    # Lengths: 6.3, and 9110 8.6
    "CL in two cases": ("6.3", POST + "Content-Length: 2\r\ncontent-length: 2\r\n\r\n{}"),
    "CL different, zero first": ("6.3", POST + f"Content-Length: 0\r\nContent-Length: {len(SMUGGLED)}\r\n\r\n"),
    "CL in quotes": ("9110 8.6", POST + 'Content-Length: "2"\r\n\r\n{}'),
    "CL with a fraction": ("9110 8.6", POST + "Content-Length: 2.0\r\n\r\n{}"),
    "CL with an exponent": ("9110 8.6", POST + "Content-Length: 2e0\r\n\r\n{}"),
    "CL with an underscore": ("9110 8.6", POST + "Content-Length: 1_0\r\n\r\n{}"),
    "CL with a zero byte": ("9110 5.5", POST + "Content-Length: 2\0\r\n\r\n{}"),
    "CL in other digits": ("9110 8.6", POST + "Content-Length: \xb2\r\n\r\n{}"),
    "CL of 2 to the 64": ("6.3", POST + "Content-Length: 18446744073709551616\r\n\r\n{}"),
    "CL and TE that is not ours": ("6.3", POST + "Content-Length: 2\r\nTransfer-Encoding: xchunked\r\n\r\n{}"),
    "CL and an empty TE": ("6.3", POST + "Content-Length: 2\r\nTransfer-Encoding: \r\n\r\n{}"),
    # Codings: 6.1, 6.3, 7
    "TE in two cases": ("6.1", POST + "Transfer-Encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n"),
    "TE chunked, then identity": ("6.3", POST + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    "TE of gzip, chunked": ("7", POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "TE with a parameter": ("7", POST + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
    "TE in quotes": ("7", POST + 'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n'),
    "TE with a comma before": ("9110 5.6.1", POST + "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"),
    "TE with a zero byte": ("9110 5.5", POST + "Transfer-Encoding: chunked\0\r\n\r\n0\r\n\r\n"),
    "TE with obs-text": ("7", POST + "Transfer-Encoding: chunked\xa0\r\n\r\n0\r\n\r\n"),
    "TE in version 1.0": ("6.1", POST.replace("1.1", "1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "TE behind a bare line feed": ("2.2", POST + "X-A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "TE behind a bare carriage return": ("2.2", POST + "X-A: b\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "TE behind a zero byte": ("9110 5.5", POST + "X-A: b\0Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "TE folded under another": ("5.2", POST + "X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "TE folded by a tab": ("5.2", POST + "X-A: b\r\n\tTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "blank in the name of TE": ("5.1", POST + "Transfer Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "tab before the colon": ("5.1", POST + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"),
    # Chunks: 7.1
    "chunk size of hexadecimal sort": ("7.1", CHUNKED + "0x2\r\n{}\r\n0\r\n\r\n"),
    "negative chunk size": ("7.1", CHUNKED + "-2\r\n{}\r\n0\r\n\r\n"),
    "blank before the chunk size": ("7.1", CHUNKED + " 2\r\n{}\r\n0\r\n\r\n"),
    "chunk size of nothing": ("7.1", CHUNKED + "\r\n{}\r\n0\r\n\r\n"),
    "chunk size of 64 bits": ("7.1", CHUNKED + "ffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
    "chunk size that wraps": ("7.1", CHUNKED + "10000000000000002\r\n{}\r\n0\r\n\r\n"),
    "chunk without an end of line": ("7.1", CHUNKED + "2\r\n{}0\r\n\r\n"),
    "chunk ended by a line feed": ("7.1", CHUNKED + "2\r\n{}\n0\r\n\r\n"),
    "chunk ended by a carriage return": ("7.1", CHUNKED + "2\r\n{}\r0\r\n\r\n"),
    "chunk extension with a line feed": ("7.1.1", CHUNKED + "2;a\nb\r\n{}\r\n0\r\n\r\n"),
    "chunk extension with a zero byte": ("7.1.1", CHUNKED + "2;a=\0\r\n{}\r\n0\r\n\r\n"),
    "last chunk with an extension of a line feed": ("7.1.1", CHUNKED + "2\r\n{}\r\n0;a\n\r\n\r\n"),
    "trailer without a colon": ("7.1.2", CHUNKED + "2\r\n{}\r\n0\r\nnonsense\r\n\r\n"),
    "trailer with a bare line feed": ("7.1.2", CHUNKED + "2\r\n{}\r\n0\r\nX-A: b\n\r\n"),
    "trailer that would frame": ("6.5.1", CHUNKED + "2\r\n{}\r\n0\r\nContent-Length: 99\r\nTransfer-Encoding: x\r\n\r\n"),
    "trailers past the limit": ("9110 5.4", CHUNKED + "2\r\n{}\r\n0\r\n" + "X-A: bbbbbbbbbbbbbbbb\r\n" * 4000 + "\r\n"),
    "endless chunk extension": ("7.1.1", CHUNKED + "2;" + "a" * 1000000 + "\r\n{}\r\n0\r\n\r\n"),
    "many chunk extensions": ("7.1.1", CHUNKED + ("1;" + "a" * 8000 + "\r\n \r\n") * 200 + "2\r\n{}\r\n0\r\n\r\n"),
    # Host: 3.2
    "two equal hosts": ("3.2", GET + "Host: x\r\n\r\n"),
    "two hosts in two cases": ("3.2", GET + "hOST: y\r\n\r\n"),
    "hosts in a list": ("3.2", GET.replace("Host: x", "Host: x, y") + "\r\n"),
    "host with somebody before": ("3.2", GET.replace("Host: x", "Host: me@x") + "\r\n"),
    "no host": ("3.2", "GET /api HTTP/1.1\r\n\r\n"),
    "host with an open bracket": ("9110 7.2", GET.replace("Host: x", "Host: [::1") + "\r\n"),
    "host with a word for a port": ("9110 7.2", GET.replace("Host: x", "Host: h:port") + "\r\n"),
    "host with a port out of range": ("9110 7.2", GET.replace("Host: x", "Host: a:99999999") + "\r\n"),
    "host with a zero byte": ("3.2", GET.replace("Host: x", "Host: x\0y") + "\r\n"),
    "host with obs-text": ("3.2", GET.replace("Host: x", "Host: x\xff") + "\r\n"),
    "host behind a blank": ("3.2", GET.replace("Host: x", "Host : x") + "\r\n"),
    # Lines: 2.2, 3
    "zero byte in the target": ("3.2", "GET /api/\0 HTTP/1.1\r\nHost: x\r\n\r\n"),
    "obs-text in the target": ("3.2", "GET /api/\xe4 HTTP/1.1\r\nHost: x\r\n\r\n"),
    "back slash in the target": ("3.2", "GET /api\\x HTTP/1.1\r\nHost: x\r\n\r\n"),
    "carriage return in the target": ("3.2", "GET /api\r/x HTTP/1.1\r\nHost: x\r\n\r\n"),
    "blank in the target": ("3.2", "GET /api /x HTTP/1.1\r\nHost: x\r\n\r\n"),
    "two requests in a line": ("3", "GET /api HTTP/1.1 GET /x HTTP/1.1\r\nHost: x\r\n\r\n"),
    "blank behind the version": ("3", "GET /api HTTP/1.1 \r\nHost: x\r\n\r\n"),
    "version without a dot": ("2.3", "GET /api HTTP/11\r\nHost: x\r\n\r\n"),
    "version of three numbers": ("2.3", "GET /api HTTP/1.1.1\r\nHost: x\r\n\r\n"),
    "lower-case version": ("2.3", "GET /api http/1.1\r\nHost: x\r\n\r\n"),
    "version 0.9": ("2.3", "GET /api HTTP/0.9\r\nHost: x\r\n\r\n"),
    "method with a slash": ("3.1", "GE/T /api HTTP/1.1\r\nHost: x\r\n\r\n"),
    "endless method": ("3.1", "A" * 100000 + " / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "asterisk for a GET": ("3.2.4", "GET * HTTP/1.1\r\nHost: x\r\n\r\n"),
    "CONNECT with a path": ("3.2.3", "CONNECT /api HTTP/1.1\r\nHost: x\r\n\r\n"),
    "TRACE with secrets": ("9110 9.3.8", "TRACE / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n"),
    "HTTP/2 preface in pieces": ("9113 3.4", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"),
    # Fields: 5.1, 9110 5.5
    "header of a control byte": ("9110 5.5", GET + "X-A: \x01\r\n\r\n"),
    "header of a delete byte": ("9110 5.5", GET + "X-A: \x7f\r\n\r\n"),
    "header name with obs-text": ("5.1", GET + "X-\xc4: b\r\n\r\n"),
    "header name with a bracket": ("5.1", GET + "X(A): b\r\n\r\n"),
    "header without a colon": ("5", GET + "nonsense\r\n\r\n"),
    "header name with a blank": ("5.1", GET + "Bad Header: b\r\n\r\n"),
    "target past the limit": ("3", f"GET /{'a' * 9000} HTTP/1.1\r\nHost: x\r\n\r\n"),
    "headers past the limit": ("9110 5.4", GET + f"X-A: {'a' * 17000}\r\n\r\n"),
    "headers too many": ("9110 5.4", GET + "X-A: b\r\n" * 100 + "\r\n"),
    "method of nobody": ("9110 9.1", "BREW /api HTTP/1.1\r\nHost: x\r\n\r\n"),
    "version 3.7": ("2.3", "GET /api HTTP/3.7\r\nHost: x\r\n\r\n"),
    "body past the limit": ("9110 15.5.14", POST + "Content-Length: 100000000\r\n\r\n" + "{" * 40000),
    "expects what nobody knows": ("9110 10.1.1", POST + "Expect: x\r\nContent-Length: 2\r\n\r\n{}"),
    "expects two things": ("9110 10.1.1", POST + "Expect: 100-continue, x\r\nContent-Length: 2\r\n\r\n{}"),
}

# Read as their RFC says they may be; what follows is a request of its own.
TAKEN = {
    "obs-text in a value": ("9110 5.5", GET + "X-A: gr\xfc\xdf\r\n\r\n", [200, 404]),
    "tabs and blanks around a value": ("5", GET + "X-A:\t b \t\r\n\r\n", [200, 404]),
    "empty value": ("5", GET + "X-A:\r\n\r\n", [200, 404]),
    "empty lines before": ("2.2", "\r\n\r\n" + GET + "\r\n", [200, 404]),
    "tab before the coding": ("5", POST + "Transfer-Encoding:\tchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", [422, 404]),
    "coding in capitals": ("7", POST + "Transfer-Encoding: CHUNKED\r\n\r\n2\r\n{}\r\n0\r\n\r\n", [422, 404]),
    "chunk extension in quotes": ("7.1.1", CHUNKED + '2;a="b c";d\r\n{}\r\n0\r\n\r\n', [422, 404]),
    "chunk size in capitals": ("7.1", CHUNKED + "A\r\n{       } \r\n0\r\n\r\n", [422, 404]),
    "folded trailer, which nobody reads": ("5.2", CHUNKED + "2\r\n{}\r\n0\r\nX-A: b\r\n c\r\n\r\n", [422, 404]),
    "upgrade to h2c": ("9110 7.8", GET + "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
                       [200, 404]),
    "upgrade to what is not known": ("9110 7.8", GET + "Upgrade: IRC/6.9\r\nConnection: Upgrade\r\n\r\n", [200, 404]),
    "header named like TE": ("6.1", POST + "Transfer_Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}", [422, 404]),
    "asterisk for OPTIONS": ("3.2.4", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", [404, 404]),
}


@pytest.fixture(scope="module")
def gateway(stack):
    with Gateway(stack) as running:
        yield running


PROBLEM = jsonschema.Draft202012Validator({
    "type": "object", "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {"status": {"type": "integer"}, "errors": {"type": "array", "items": {
        "type": "object", "required": ["detail"], "maxProperties": 2, "minProperties": 2,
        "properties": {"detail": {"minLength": 1}, "pointer": {"pattern": "^#(/|$)"}, "parameter": {}, "header": {}},
        "additionalProperties": False}}},
    "patternProperties": {"^(type|title|detail|code|request_id)$": {"type": "string", "minLength": 1}}})


def is_whole_problem(answer):
    """The one form of all problems, of whichever layer: it can be found in the logs by its id."""
    return (answer.is_problem and PROBLEM.is_valid(answer.json) and answer.json["status"] == answer.status
            and answer.headers["x-request-id"] == answer.json["request_id"])


@pytest.mark.parametrize("what", REFUSED)
def test_refused_by_the_process(stack, what):
    section, text = REFUSED[what]
    data, closed = raw_exchange(stack, "public-api", (text + SMUGGLED).encode("latin-1"), timeout_s=20)
    assert closed, f"{section}: left open after {data[:300]!r}"
    answers = parse_answers(data)
    assert len(answers) <= 1 and b"/smuggled" not in data, f"{section}: what was behind it has been read"
    for answer in answers:
        assert answer.status in REFUSALS and is_whole_problem(answer), (section, answer)


@pytest.mark.parametrize("what", TAKEN)
def test_taken_by_the_process(stack, what):
    section, text, statuses = TAKEN[what]
    last = SMUGGLED.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
    data, closed = raw_exchange(stack, "public-api", (text + last).encode("latin-1"))
    assert closed and [answer.status for answer in parse_answers(data)] == statuses, (section, data)


def others(gateway, count=4):
    """Requests of other clients by way of the same gateway: each gets the answer to its own."""
    for _ in range(count):
        name = uuid.uuid4().hex
        (answer,), _ = gateway.answers(f"GET /api/{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert answer.status == 404 and answer.json["instance"] == f"/api/{name}", answer


@pytest.mark.parametrize("what", [*REFUSED, *TAKEN])
def test_through_the_gateway_nobody_gets_anothers_answer(gateway, what):
    """HAProxy may refuse, repair or pass on; then what it passed on is read as it meant it."""
    section, text, *_ = REFUSED.get(what) or TAKEN[what]
    data, _ = gateway.exchange((text + SMUGGLED).encode("latin-1"), timeout_s=1)
    others(gateway)
    if what.startswith("HTTP/2"):  # HAProxy speaks it
        return
    for answer in parse_answers(data):
        assert answer.status < 500 or answer.status in (501, 505), (section, answer)
        assert answer.status < 400 or is_whole_problem(answer), (section, answer)


# What HAProxy passes on, or answers itself: the rest it closes without a word, because its HTML is compiled in.
ANSWERED = {"no host": 400, "header name with a blank": 400, "host with a word for a port": 400, "target past the limit": 414,
            "headers past the limit": 431, "headers too many": 431, "method of nobody": 501, "version 3.7": 505,
            "version 0.9": 505, "body past the limit": 413, "expects what nobody knows": 417}


@pytest.mark.parametrize("what", ANSWERED)
def test_the_gateway_gives_the_problem_of_the_api(gateway, what):
    (answer, *_), closed = gateway.answers(REFUSED[what][1].encode("latin-1"), timeout_s=5)
    assert answer.status == ANSWERED[what] and is_whole_problem(answer), answer


def test_the_gateways_own_problems_have_the_same_form(gateway, stack):
    for name, sent in (("", None), ("X-Request-Id: of.the-client_1\r\n", "of.the-client_1"), ('X-Request-Id: "x"\r\n', None)):
        (answer,), _ = gateway.answers(f"GET /metrics HTTP/1.1\r\nHost: x\r\n{name}Connection: close\r\n\r\n".encode())
        assert (answer.status, answer.code) == (404, "not_found") and is_whole_problem(answer), answer
        assert sent is None or answer.json["request_id"] == sent
        (answer,), _ = gateway.answers(f"GET /api/x HTTP/1.1\r\nHost: x\r\n{name}Connection: close\r\n\r\n".encode())
        assert is_whole_problem(answer) and (sent is None or answer.json["request_id"] == sent), answer
    stack.kill("admin-api")
    try:
        (answer,), _ = gateway.answers(b"GET /api/admin/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", timeout_s=20)
        assert (answer.status, answer.code) == (503, "unavailable") and is_whole_problem(answer), answer
    finally:
        stack.start("admin-api")
        wait_until("the gateway to have it back", lambda: gateway.answers(
            b"GET /api/admin/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", timeout_s=20)[0][0].status == 404)


@pytest.mark.parametrize("text", ["HEAD /api HTTP/1.1\r\nConnection: close\r\n\r\n", "HEAD /api/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"])
def test_a_refused_head_has_no_body(gateway, stack, text):
    for data, closed in (raw_exchange(stack, "public-api", text.encode()), gateway.exchange(text.encode())):
        assert closed and data.endswith(b"\r\n\r\n") and b"application/problem+json" in data and b"{" not in data, data


# The gateway decides by the path: it must not be told one path and the process another.
ODD_PATHS = ["/metrics", "/%6detrics", "/%6Detrics", "//metrics", "/metrics/", "/./metrics", "/x/../metrics", "/metrics?x", "/metrics;x",
             "/METRICS", "/metrics%00", "/metrics%20", "/metrics%3f", "/metrics%2f", "/%2fmetrics", "/%2e/metrics", "http://x/metrics",
             "http://x//metrics", "http://x", "/api/%61dmin/orders", "//api/admin/orders", "/api//admin/orders", "/api/./admin/orders",
             "/api/x/../admin/orders", "/api/%2e%2e/api/admin/orders", "/API/admin/orders", "/api%2fadmin/orders", "/api/admin%2forders",
             "/api/admin", "/api/admin/", "/api/admin/../../metrics", "/api/admin/%2e%2e/%2e%2e/metrics", "/api/admin/..%2f..%2fmetrics"]


@pytest.mark.parametrize("path", ODD_PATHS)
def test_the_gateway_and_the_process_mean_the_same_path(gateway, path):
    answers, _ = gateway.answers(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer, = answers
    assert answer.status in (400, 404, 401), answer
    assert answer.is_problem and b"stoa_" not in answer.body and b"# HELP" not in answer.body, answer
    # 401 only from the admin process and only for a path that is plainly its own.
    assert answer.status != 401 or path == "/api/admin/orders", answer


@pytest.mark.parametrize("header", ["X-Forwarded-For", "x-forwarded-for", "Forwarded"])
def test_who_one_is_cannot_be_told_the_gateway(stack, gateway, header):
    """The address that counts for limits is the connection's."""
    value = "for=203.0.113.7" if header == "Forwarded" else "203.0.113.7, 203.0.113.8"
    (answer,), _ = gateway.answers(f"GET /api/catalog/brands HTTP/1.1\r\nHost: x\r\n{header}: {value}\r\nConnection: close\r\n\r\n".encode())
    assert answer.status == 200 and b"203.0.113" not in stack.log("public-api").encode()


@pytest.mark.parametrize("text", [
    "nonsense\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\n" + "X-A: " + "b" * 40000 + "\r\n\r\n"], ids=["nonsense", "bad length", "long header"])
def test_the_gateway_closes_on_what_it_cannot_read(gateway, text):
    """Without a word: what HAProxy's parser says is HTML, which cannot be configured, only left out."""
    assert gateway.exchange(text.encode()) == (b"", True)


# ---- Upgrades ----------------------------------------------------------------------------------------------------------

KEY = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
ASK = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
ORDER = "/ws/orders/01900000-0000-7000-8000-00000000dead"

# RFC 6455 4.1 and 4.2.1: none of these is a handshake.
NO_HANDSHAKE = {
    "no key": ASK + "Sec-WebSocket-Version: 13\r\n",
    "short key": ASK + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhl\r\n",
    "key that is no base64": ASK + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==\r\n",
    "two keys": ASK + KEY + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "version 8": ASK + KEY.replace("13", "8"),
    "no version": ASK + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "two versions": ASK + KEY + "Sec-WebSocket-Version: 8\r\n",
    "no Upgrade": "Connection: Upgrade\r\n" + KEY,
    "no Connection": "Upgrade: websocket\r\n" + KEY,
    "Connection of another": "Upgrade: websocket\r\nConnection: keep-alive\r\n" + KEY,
    "upgrade to h2c": "Upgrade: h2c\r\nConnection: Upgrade\r\n" + KEY,
    "two upgrades": "Upgrade: h2c\r\n" + ASK + KEY,
    "with a body": ASK + KEY + "Content-Length: 5\r\n",
    "with a chunked body": ASK + KEY + "Transfer-Encoding: chunked\r\n",
}


@pytest.mark.parametrize("what", NO_HANDSHAKE)
def test_what_is_no_handshake_is_no_socket(stack, what):
    body = "5\r\nhello\r\n0\r\n\r\n" if "chunked" in what else "hello" if "body" in what else ""
    text = f"GET {ORDER} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {public_token()}\r\n{NO_HANDSHAKE[what]}\r\n{body}"
    last = "GET /api/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    data, closed = raw_exchange(stack, "public-api", (text + last).encode())
    first, *rest = parse_answers(data)
    assert closed and (first.status, first.code) in ((426, "upgrade_required"), (400, "bad_request")), first
    assert first.status != 426 or (first.headers["upgrade"], first.headers["sec-websocket-version"]) == ("websocket", "13")
    assert [answer.status for answer in rest] in ([404], []), "the body is no request"


@pytest.mark.parametrize("how", [("POST", "1.1"), ("GET", "1.0"), ("HEAD", "1.1")])
def test_only_get_of_1_1_upgrades(stack, how):
    method, version = how
    text = f"{method} {ORDER} HTTP/{version}\r\nHost: x\r\nAuthorization: Bearer {public_token()}\r\n{ASK}{KEY}Connection: close\r\n\r\n"
    data, closed = raw_exchange(stack, "public-api", text.encode())
    head = data.split(b"\r\n")[0]
    assert closed and head.split(b" ")[1] in (b"405", b"426"), data[:300]


def test_an_upgrade_where_there_is_no_socket(stack):
    data, closed = raw_exchange(stack, "public-api", (GET + ASK + KEY + "\r\n" + SMUGGLED.replace("\r\n\r\n",
                                "\r\nConnection: close\r\n\r\n")).encode())
    assert closed and [answer.status for answer in parse_answers(data)] == [200, 404]


@pytest.mark.parametrize("through", ["process", "gateway"])
def test_requests_behind_an_upgrade_are_frames(stack, gateway, through):
    """After a 101 the bytes are frames, and a request is a bad one: no second answer (RFC 6455 5.2)."""
    text = f"GET {ORDER} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {public_token()}\r\n{ASK}{KEY}\r\n" + SMUGGLED
    if through == "gateway":
        data, closed = gateway.exchange(text.encode())
    else:
        data, closed = raw_exchange(stack, "public-api", text.encode())
    head, _, rest = data.partition(b"\r\n\r\n")
    assert closed and b"HTTP/1.1" not in rest, data
    assert head.startswith(b"HTTP/1.1 101") and rest[:1] == b"\x88", data


@pytest.mark.parametrize("text, status", [
    (POST + "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n", 413),
    (POST + "Expect: 100-continue\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    (POST + "Expect: 100-continue\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n", 400)])
def test_nobody_is_told_to_go_on_who_is_refused(stack, text, status):
    """RFC 9110 10.1.1: a final status at once, and no 100 before it."""
    data, closed = raw_exchange(stack, "public-api", text.encode())
    assert closed and data.startswith(f"HTTP/1.1 {status} ".encode()), data[:300]


# ---- Pipelines ----------------------------------------------------------------------------------------------------------


def mixed(turn):
    """(request, status): reads, writes, refusals in turn."""
    token = public_token()
    return [
        ("GET /api/catalog/brands HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (POST + "Content-Length: 2\r\n\r\n{}", 422),
        (f"POST /api/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: p{turn}\r\n"
         "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 422),
        ("HEAD /api/products HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (f"PATCH /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n", 401),
        ("OPTIONS /api/orders HTTP/1.1\r\nHost: x\r\n\r\n", 204),
        ("DELETE /api/products HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    ][turn % 7]


def parse_mixed(data, rows):
    """Like parse_answers, but the answer to HEAD has a length and no body."""
    answers = []
    for request, _ in rows:
        if not data:
            break
        head, _, data = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        answer = Answer(int(lines[0].split(" ")[1]), [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]], b"")
        length = 0 if request.startswith("HEAD") else int(answer.headers.get("content-length", 0))
        answer.body, data = data[:length], data[length:]
        answers.append(answer)
    assert not data
    return answers


@pytest.mark.parametrize("bad_at", [None, 0, 50, 99])
def test_a_hundred_in_one_write(stack, bad_at):
    """Answered in their order; after one that cannot be read none is."""
    rows = [mixed(turn) for turn in range(100)]
    if bad_at is not None:
        rows[bad_at] = ("GET /api HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400)
    else:
        rows.append(("GET /api/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404))
    data, closed = raw_exchange(stack, "public-api", "".join(text for text, _ in rows).encode(), timeout_s=20)
    wanted = [status for _, status in (rows if bad_at is None else rows[:bad_at + 1])]
    assert closed and [answer.status for answer in parse_mixed(data, rows)] == wanted
