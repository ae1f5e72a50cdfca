# SPDX-License-Identifier: Apache-2.0
"""What no well-meaning client sends. Each is answered by a problem that names field and rule, or by a clean close; afterwards
the same processes are alive, serve as before, and their logs hold no secret."""
import json
import random
import socket
import struct
import threading
import time
import unicodedata
import uuid
import zlib

import pytest

from support import checker, shop
from support.client import Api, parse_answers, raw_exchange
from support.shop import PASSWORD, add_product, order_body, placed, public_token
from support.stack import SECRETS

STACK = dict()


@pytest.fixture(scope="module", autouse=True)
def the_same_processes_survive(stack):
    pids = dict(stack.pids)
    yield
    assert stack.pids == pids
    order = placed(Api(stack, token=public_token()), (add_product(stack), 1))
    checker.check(stack)
    assert stack.value("SELECT status FROM commerce.orders WHERE id = %s", order["id"]) == "confirmed"
    for name in stack.ports:
        log = stack.log(name)
        for secret in (PASSWORD, *SECRETS.values()):
            assert secret not in log
        assert not [line for line in stack.log_lines(name) if line["level"] >= 50], "no failure of ours was needed to refuse"


@pytest.fixture()
def api(stack):
    return Api(stack, token=public_token())


def raw_json(api, text, path="/api/auth/login", content_type="application/json", **headers):
    body = text if isinstance(text, bytes) else text.encode()
    return api.post(path, body=body, headers={"Content-Type": content_type, **headers})


# ---- Bodies ------------------------------------------------------------------------------------------------------------

NOT_JSON = [
    "", " ", "{", "}", "[", "nul", "{]", '{"email"}', '{"email":}', '{"email":"a",}', "{,}", '{"email":"a" "password":"b"}', "{}{}",
    "{} x", "'a'", "{email:1}", '{"a":01}', '{"a":1.}', '{"a":.5}', '{"a":+1}', '{"a":1e}', '{"a":0x10}', '{"a":NaN}', '{"a":Infinity}',
    '{"a":-}', '{"email":"\x01"}', '{"email":"\n"}', '{"email":"\\x41"}', '{"email":"\\u12"}', '{"email":"\\ud800"}',
    '{"email":"\\udc00\\ud800"}', '{"email":"a', "/* c */{}", "{//\n}", "\ufeff{}", "tru", "-", '"', '{"a":tru}', "\x00", "{}\x00",
]


@pytest.mark.parametrize("text", NOT_JSON, ids=[repr(text)[:30] for text in NOT_JSON])
def test_not_json(api, text):
    answer = raw_json(api, text)
    assert (answer.status, answer.code) == (400, "invalid_json"), answer
    assert answer.json["errors"] and answer.json["errors"][0]["detail"], answer


@pytest.mark.parametrize("data", [b"{\"email\":\"\xff\"}", b"{\"email\":\"\xc0\xaf\"}", b"{\"email\":\"\xed\xa0\x80\"}",
                                  b"{\"email\":\"\xf4\x90\x80\x80\"}", b"\xff\xfe{\x00}\x00", b"{\"\x80\":1}", b"{\"email\":\"\xe2\x82\"}"])
def test_not_utf8(api, data):
    answer = raw_json(api, data)
    assert (answer.status, answer.code) in ((400, "invalid_json"), (422, "invalid_body")), answer
    assert answer.json["errors"], answer


@pytest.mark.parametrize("text", ["[]", "1", '"x"', "null", "true", "[{}]"])
def test_not_an_object(api, text):
    answer = raw_json(api, text)
    assert (answer.status, answer.code) in ((422, "invalid_body"), (400, "invalid_json")), answer


@pytest.mark.parametrize("opener, closer", [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [33, 1000, 20000])
def test_depth(api, opener, closer, depth):
    text = '{"email":"a@b.example","password":"long enough 1","extra":' + opener * depth + "1" + closer * depth + "}"
    answer = raw_json(api, text[:65000])
    assert (answer.status, answer.code) in ((400, "invalid_json"), (422, "invalid_body")), answer


def test_a_number_of_many_digits(api):
    for digits in ("9" * 60000, "0." + "1" * 60000, "1e" + "9" * 1000, "-" + "9" * 400, "1E400"):
        body = json.dumps(order_body((str(uuid.uuid4()), 1))).replace('"quantity": 1', f'"quantity": {digits}')
        answer = raw_json(api, body, "/api/orders", **{"Idempotency-Key": "k"})
        assert (answer.status, answer.code) in ((422, "invalid_body"), (400, "invalid_json"), (413, "body_too_large")), answer


def test_unknown_and_repeated_fields_are_named(api):
    answer = raw_json(api, '{"email":"a@b.example","password":"long enough 1","email":"c@d.example"}')
    assert answer.status in (400, 422) and answer.bad[0] == "#/email", answer
    answer = raw_json(api, '{"email":"a@b.example","password":"long enough 1","Email":"c","__proto__":{},"":1,"a/b~c":2}')
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert {"#/Email", "#/__proto__", "#/", "#/a~1b~0c"} <= set(answer.bad), answer


def test_very_many_bad_fields_do_not_make_a_very_long_answer(api):
    answer = raw_json(api, "{" + ",".join(f'"f{i}":1' for i in range(5000)) + "}")
    assert (answer.status, answer.code) == (422, "invalid_body"), answer
    assert len(answer.body) < 20000


def test_escapes_of_null_and_line_ends_in_texts(api):
    for bad in ("a\\u0000b", "a\\nb\\u0000"):
        answer = raw_json(api, '{"email":"n%s@example.com","password":"long enough 1","name":"%s"}' % (uuid.uuid4().hex[:6], bad),
                          "/api/auth/register")
        assert (answer.status, answer.code) == (422, "invalid_body"), answer
        assert "#/name" in answer.bad


def test_a_name_in_every_script_is_kept(stack, api):
    name = "Ἀθηνᾶ 李雷 \U0001F3DB ﷽ e\u0301 <script>alert('x')</script> \"quoted\" \\ %s {0} ${x}"
    session = shop.register(stack, name=name)
    assert api.as_(session["access_token"]).get("/api/me").json["name"] == unicodedata.normalize("NFC", name)


def test_sizes(api):
    fits = '{"email":"a@b.example","password":"long enough 1"}'
    assert raw_json(api, fits + " " * (64 * 1024 - len(fits))).status == 401
    answer = raw_json(api, fits + " " * (64 * 1024 + 1 - len(fits)))
    assert (answer.status, answer.code) == (413, "body_too_large"), answer


def test_a_body_far_too_large_is_refused_before_it_is_sent(stack):
    head = b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n"
    data, closed = raw_exchange(stack, "public-api", head)
    answer, = parse_answers(data)
    assert (answer.status, answer.code) == (413, "body_too_large") and closed, answer


def test_endless_chunks_are_cut_off(stack):
    head = b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    data, closed = raw_exchange(stack, "public-api", None, pieces=[head] + [chunk] * 64)
    assert closed
    if data:  # a reset may have swallowed the answer
        assert parse_answers(data)[0].status == 413


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data",
                                          "application/jsonx", "json", "*/*", "text/json; charset=utf-8"])
def test_content_types_that_are_not_json(api, content_type):
    answer = raw_json(api, "{}", content_type=content_type)
    assert (answer.status, answer.code) == (415, "unsupported_media_type"), answer


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json"])
def test_content_types_that_are_json(api, content_type):
    assert raw_json(api, "{}", content_type=content_type).status == 422


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-16", "application/json;charset=latin1", 'application/json; x=y; charset="utf-7"',
                                          "application/json; charset="])
def test_json_is_utf8(api, content_type):
    answer = raw_json(api, "{}", content_type=content_type)
    assert (answer.status, answer.code) == (415, "unsupported_media_type"), answer


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip", "GZIP", "x", "chunked"])
def test_packed_bodies_stay_packed(api, coding):
    """A bomb of a gigabyte in a few bytes is refused by its label, and what would be taken is named (RFC 9110 12.5.3)."""
    bomb = zlib.compress(b"{" + b" " * 10_000_000 + b"}", wbits=31)
    assert len(bomb) < 64 * 1024
    answer = raw_json(api, bomb, **{"Content-Encoding": coding})
    assert (answer.status, answer.code) == (415, "unsupported_media_type"), answer
    assert answer.headers["accept-encoding"] == "identity"


def test_a_body_that_is_said_to_be_as_it_is(api):
    assert raw_json(api, "{}", **{"Content-Encoding": "identity"}).status == 422


def test_a_body_where_none_is_taken(api):
    answer = api.request("GET", "/api/products", body=b"{}", headers={"Content-Type": "application/json"})
    assert (answer.status, answer.code) == (400, "bad_request"), answer


# ---- Ids, paths, headers, keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["1", "x" * 36, "00000000-0000-0000-0000-00000000000", "%00", "..", "%2e%2e", "%2F", "'", "{id}", "*",
                                 "%ff", "%f0%9f%98%80", "x" * 4000, "00000000000000000000000000000000", "%"])
def test_bad_ids(api, bad):
    for path in ("/api/products/", "/api/orders/"):
        answer = api.get(path + bad)
        assert answer.status in (400, 404) and answer.is_problem, answer


@pytest.mark.parametrize("path", ["//api/products", "/api//products", "/api/products/", "/api/./products", "/api/x/../products",
                                  "/API/products", "/api%2fproducts", "/api/products%00", "/api/products;x=1"])
def test_odd_paths_are_other_paths(api, path):
    answer = api.get(path)
    assert answer.status in (400, 404) and answer.is_problem, answer


@pytest.mark.parametrize("query", ["%", "%zz", "%ff", "limit=%00", "limit=5&limit", "=5", "a=b=c", "&&&", "limit=5;limit=6", "[]=1",
                                   "filter[=1", "q=%ff", "q=%00", "limit=+5", "limit=0x5", "limit=٥"])
def test_bad_queries(stack, api, query):
    target = "/api/products?" + query
    data, _ = raw_exchange(stack, "public-api",
                           f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer, = parse_answers(data)
    assert answer.status == 400 and answer.is_problem or query == "&&&", (query, answer)


def test_very_many_parameters(api):
    answer = api.get("/api/products?" + "&".join(f"a{i}=1" for i in range(800)))
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer


@pytest.mark.parametrize("key", ["", " ", '""', "x" * 256, "ä", "a\tb", '"open', 'close"', '"a"b', "\x7f"])
def test_bad_keys(stack, api, key):
    body = json.dumps(order_body((add_product(stack), 1))).encode()
    head = (f"POST /api/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\nContent-Type: application/json\r\n"
            f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n").encode()
    data, _ = raw_exchange(stack, "public-api", head + body)
    answer, = parse_answers(data)
    assert answer.status == 400 and answer.code in ("invalid_parameter", "bad_request", "idempotency_key_missing"), answer


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("value", ["v1", '"v1', "W/", '"v1" "v2"', ",", '"a\x01"', "*, *"])
def test_bad_entity_tags(stack, api, header, value):
    session = shop.register(stack)
    answer = api.as_(session["access_token"]).get("/api/me", headers={header: value}) if "\x01" not in value else None
    if answer:
        assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
        assert answer.bad[0] == header


def test_texts_that_would_be_sql(stack, api):
    bad = "'; DROP TABLE commerce.orders; --"
    for query in ({"q": bad}, {"sort": bad}, {"category_id": bad}):
        assert api.get("/api/products", query=query).status in (200, 400)
    assert api.get("/api/product-skus/" + "%27%3B%20DROP").status == 404
    assert api.post("/api/auth/login", {"email": bad, "password": bad}).status in (401, 422)
    assert stack.value("SELECT to_regclass('commerce.orders')") is not None


# ---- Framing -----------------------------------------------------------------------------------------------------------

GET = "GET /api/products HTTP/1.1\r\nHost: x\r\n"
POST = "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

REFUSED = {
    "both lengths": POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, other order": POST + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": POST + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two different lengths": POST + "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "lengths in a list": POST + "Content-Length: 2, 2\r\n\r\n{}",
    "signed length": POST + "Content-Length: +2\r\n\r\n{}",
    "negative length": POST + "Content-Length: -2\r\n\r\n{}",
    "hexadecimal length": POST + "Content-Length: 0x2\r\n\r\n{}",
    "length with a blank": POST + "Content-Length: 2 2\r\n\r\n{}",
    "length past all bounds": POST + "Content-Length: 18446744073709551618\r\n\r\n{}",
    "empty length": POST + "Content-Length: \r\n\r\n{}",
    "identity, chunked": POST + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "two transfer encodings": POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "xchunked": POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "gzip": POST + "Transfer-Encoding: gzip\r\n\r\nx",
    "chunked with a vertical tab": POST + "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "blank before the colon": POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "obs-fold": GET + "X-A: b\r\n c\r\n\r\n",
    "folded transfer encoding": POST + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "bare line feeds": "GET /api/products HTTP/1.1\nHost: x\n\n",
    "bare line feed in the section": GET + "X-A: b\nX-B: c\r\n\r\n",
    "bare carriage return": GET + "X-A: b\rX-B: c\r\n\r\n",
    "zero byte in a value": GET + "X-A: b\x00c\r\n\r\n",
    "zero byte in a name": GET + "X\x00A: b\r\n\r\n",
    "no host": "GET /api/products HTTP/1.1\r\n\r\n",
    "two hosts": GET + "Host: y\r\n\r\n",
    "host with a path": "GET /api/products HTTP/1.1\r\nHost: x/y\r\n\r\n",
    "header without a name": GET + ": x\r\n\r\n",
    "header without a colon": GET + "nonsense\r\n\r\n",
    "blank in a name": GET + "X A: b\r\n\r\n",
    "blank before the first header": "GET /api/products HTTP/1.1\r\n Host: x\r\n\r\n",
    "absolute target with a user": "GET http://root@x/api/products HTTP/1.1\r\nHost: x\r\n\r\n",
    "absolute target of another scheme": "GET file:///api/products HTTP/1.1\r\nHost: x\r\n\r\n",
    "target without a slash": "GET api/products HTTP/1.1\r\nHost: x\r\n\r\n",
    "fragment in the target": "GET /api/products#x HTTP/1.1\r\nHost: x\r\n\r\n",
    "two blanks in the line": "GET  /api/products HTTP/1.1\r\nHost: x\r\n\r\n",
    "tab in the line": "GET\t/api/products HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": "GET /api/products\r\nHost: x\r\n\r\n",
    "version 2": "GET /api/products HTTP/2.0\r\nHost: x\r\n\r\n",
    "version 1.2": "GET /api/products HTTP/1.2\r\nHost: x\r\n\r\n",
    "version of letters": "GET /api/products HTTP/x.y\r\nHost: x\r\n\r\n",
    "lower-case method": "get /api/products HTTP/1.1\r\nHost: x\r\n\r\n",
    "unknown method": "BREW /api/products HTTP/1.1\r\nHost: x\r\n\r\n",
    "TRACE": "TRACE /api/products HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT": "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "unexpected expectation": POST + "Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}",
    "long line": "GET /" + "x" * 20000 + " HTTP/1.1\r\nHost: x\r\n\r\n",
    "long header": GET + "X-A: " + "x" * 40000 + "\r\n\r\n",
    "many headers": GET + "".join(f"X-{i}: y\r\n" for i in range(200)) + "\r\n",
    "bad chunk size": POST + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "chunk size with a sign": POST + "Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
    "chunk size past all bounds": POST + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    "chunk longer than said": POST + "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    "chunk with bare line feeds": POST + "Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
}


@pytest.mark.parametrize("what", REFUSED)
def test_framing_that_is_refused(stack, what):
    """Refused and closed: after doubt about where a message ends nothing more is read, least of all a second request."""
    smuggled = "GET /api/catalog/brands HTTP/1.1\r\nHost: x\r\n\r\n"
    payload = (REFUSED[what] + smuggled).encode("latin-1")
    data, closed = raw_exchange(stack, "public-api", payload, half_close=False, timeout_s=20 if what == "TLS" else 5)
    assert closed, f"left open after {data[:300]!r}"
    answers = parse_answers(data)
    assert len(answers) <= 1, "the smuggled request was answered"
    if answers:
        answer = answers[0]
        assert answer.status in (400, 405, 408, 413, 414, 417, 431, 501, 505), answer
        assert answer.is_problem and answer.code and answer.json["status"] == answer.status, answer


GOOD = {
    "chunked": POST + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    "chunk extension": POST + "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\n\r\n",
    "trailers": POST + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-T: 1\r\n\r\n",
    "leading zeros in a chunk size": POST + "Transfer-Encoding: CHUNKED\r\n\r\n002\r\n{}\r\n000\r\n\r\n",
    "length": POST + "Content-Length: 2\r\n\r\n{}",
    "zero-padded length": POST + "Content-Length: 02\r\n\r\n{}",
    "a proxy's target": POST.replace(" /", " http://x/", 1) + "Content-Length: 2\r\n\r\n{}",
    "expects to go on": POST + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("what", GOOD)
def test_framing_that_is_taken(stack, what):
    follow_up = "GET /api/catalog/brands HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    data, closed = raw_exchange(stack, "public-api", (GOOD[what] + follow_up).encode())
    statuses = [answer.status for answer in parse_answers(data)]
    assert closed and statuses in ([422, 200], [400]) and (what == "zero-padded length" or statuses == [422, 200]), statuses


def test_trailers_are_no_headers(stack):
    token = public_token()
    data, _ = raw_exchange(stack, "public-api", (
        "POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\nConnection: close\r\n"
        f"Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\nAuthorization: Bearer {token}\r\n\r\n").encode())
    assert parse_answers(data)[0].status == 401


def test_one_byte_at_a_time(stack):
    payload = (POST + 'Content-Length: 2\r\nConnection: close\r\n\r\n{}').encode()
    data, _ = raw_exchange(stack, "public-api", None, pieces=[bytes([byte]) for byte in payload])
    assert parse_answers(data)[0].status == 422


def test_pipelined_requests_are_answered_in_order(stack):
    paths = ["/api/products", "/api/nothing", "/api/catalog/brands", "/api/me"] * 25
    payload = "".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths) + GET.replace("\r\n", "\r\nConnection: close\r\n", 1) + "\r\n"
    data, closed = raw_exchange(stack, "public-api", payload.encode(), timeout_s=10)
    statuses = [answer.status for answer in parse_answers(data)]
    assert closed and statuses == [200, 404, 200, 401] * 25 + [200]


def test_version_1_0(stack):
    data, closed = raw_exchange(stack, "public-api", b"GET /api/catalog/brands HTTP/1.0\r\n\r\n")
    answer, = parse_answers(data)
    assert answer.status == 200 and closed


def test_options(api):
    answer = api.request("OPTIONS", "/api/orders")
    assert answer.status == 204 and "POST" in answer.headers["allow"], answer


def test_clients_that_leave_in_the_middle(stack, api):
    body = json.dumps(order_body((add_product(stack), 1))).encode()
    for cut in range(0, len(body) + 300, 37):
        head = (f"POST /api/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\nContent-Type: application/json\r\n"
                f"Idempotency-Key: leave-{cut}\r\nContent-Length: {len(body)}\r\n\r\n").encode()
        with socket.create_connection(("127.0.0.1", stack.ports["public-api"]), timeout=5) as connection:
            connection.sendall((head + body)[:cut])
            # Reset instead of an orderly end: linger of zero.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert stack.probe("public-api", "/health")[0] == 200


def test_many_idle_connections(stack, api):
    connections = [socket.create_connection(("127.0.0.1", stack.ports["public-api"]), timeout=5) for _ in range(600)]
    try:
        for connection in connections[::7]:
            connection.sendall(b"GET /api/prod")
        assert api.get("/api/catalog/brands").status == 200
    finally:
        for connection in connections:
            connection.close()


def test_a_slow_head_is_not_waited_for_forever(stack):
    """408 or a close after the header's time-out; the connection does not live as long as somebody drips bytes."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", stack.ports["public-api"]), timeout=30) as connection:
        connection.sendall(b"GET /api/products HTTP/1.1\r\nHost: x\r\n")
        stop = threading.Event()

        def drip():
            while not stop.wait(0.5):
                try:
                    connection.sendall(b"X-A: b\r\n")
                except OSError:
                    return
        thread = threading.Thread(target=drip)
        thread.start()
        data = b""
        try:
            while True:
                more = connection.recv(65536)
                if not more:
                    break
                data += more
        except OSError:
            pass
        stop.set()
        thread.join()
    assert time.monotonic() - started < 25
    if data:
        assert parse_answers(data)[0].status == 408


def test_noise(stack):
    """Bytes without sense, and requests with some bytes changed: an answer that is a whole one, or a close."""
    rng = random.Random(20261121)
    seeds = [text.encode("latin-1") for text in list(GOOD.values()) + [GET + "\r\n"]]
    for turn in range(400):
        data = bytearray(rng.choice(seeds)) if turn % 4 else bytearray(rng.randbytes(rng.randrange(1, 300)))
        for _ in range(rng.randrange(1, 6)):
            place = rng.randrange(len(data) + 1)
            how = rng.randrange(4)
            if how == 0 and place < len(data):
                data[place] = rng.randrange(256)
            elif how == 1:
                data[place:place] = rng.choice([b"\r\n", b"\x00", b"\n", b" ", b"\xff" * 9, b"0\r\n\r\n", b"Content-Length: 5\r\n"])
            elif how == 2:
                del data[place:place + rng.randrange(1, 9)]
            elif place < len(data):
                data[place:place] = data[place:place + 20]
        received, closed = raw_exchange(stack, "public-api", bytes(data), timeout_s=2, half_close=True)
        for answer in parse_answers(received):
            assert answer.status < 500 or answer.status in (501, 505), (bytes(data), answer)


def test_noise_in_bodies(api):
    rng = random.Random(7)
    good = json.dumps({**order_body((str(uuid.uuid4()), 1)), "note": "x"}).encode()
    for turn in range(300):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            place = rng.randrange(len(data))
            data[place:place + rng.randrange(0, 4)] = rng.randbytes(rng.randrange(0, 4))
        answer = raw_json(api, bytes(data), "/api/orders", **{"Idempotency-Key": f"noise-{turn}"})
        assert answer.status in (400, 422) and answer.is_problem, (bytes(data), answer)


def test_problems_repeat_no_secret(api):
    secret = "hunter2-hunter2-hunter2-" + "x" * 200
    answer = api.post("/api/auth/login", {"email": "a@b.example", "password": secret})
    assert answer.status == 422 and secret not in answer.body.decode(), answer
    answer = raw_json(api, '{"email":"a@b.example","password":"hunter2-hunter2"')
    assert "hunter2" not in answer.body.decode(), answer
