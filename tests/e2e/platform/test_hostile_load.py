# SPDX-License-Identifier: Apache-2.0
"""Attacks by number and by patience: dribbled requests, upgrades left half open, storms of frames and closes. Others are served
meanwhile, each attacker is answered or dropped, and afterwards the process is as large as it was.

The sections named are those of RFC 6455.
"""
import selectors
import socket
import struct
import time

import pytest

from support.client import Api, Closed, Socket, parse_answers
from support.shop import add_product, placed, public_token
from support.stack import wait_until

STACK = dict(env={"STOA_THREADS": "2"})
GROWTH_MAX_KIB = 40 * 1024
ASAN_FACTOR = 20


@pytest.fixture(scope="module")
def order(stack):
    token = public_token()
    return {"token": token, **placed(Api(stack, token=token), (add_product(stack), 1))}


@pytest.fixture()
def as_large_as_before(stack):
    """A generous bound, several times what the attack's connections hold while they are open, and little of what they sent."""
    Api(stack).get("/api/catalog/brands")
    before, pid = stack.pss_kib("public-api"), stack.pids["public-api"]
    yield
    assert stack.pids["public-api"] == pid
    sanitized = "asan" in stack.build
    limit = before + GROWTH_MAX_KIB * (ASAN_FACTOR if sanitized else 1)
    wait_until("the memory to come back", lambda: stack.pss_kib("public-api") < limit)
    assert Api(stack).get("/api/catalog/brands").status == 200


def connect(stack):
    connection = socket.create_connection(("127.0.0.1", stack.ports["public-api"]), timeout=60)
    return connection


HEAD = b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


MIB = b" " * (1 << 20)


@pytest.mark.parametrize("path, status", [("/api/nowhere", 404), ("/api/auth/login", 413), ("/api/orders", 401), ("/api/catalog/brands", 405)])
def test_bodies_that_nobody_wants_take_no_memory(stack, path, status):
    """The head decides: 200 of them at once are answered, and the process does not hold what they send."""
    Api(stack).get("/api/catalog/brands")
    before = stack.pss_kib("public-api")
    connections = [connect(stack) for _ in range(200)]
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(MIB)}\r\n\r\n".encode()
    most, answers = 0, []
    for connection in connections:
        connection.sendall(head)
    for connection in connections:
        try:
            connection.sendall(MIB)
        except OSError:
            pass  # refused and closed before all was sent
        most = max(most, stack.pss_kib("public-api"))
    for connection in connections:
        try:
            answers.append(connection.recv(12))
        except OSError:
            answers.append(b"")  # the reset that follows the answer came first
        connection.close()
    assert {answer for answer in answers if answer} == {f"HTTP/1.1 {status}".encode()}, answers
    assert most - before < 8 * 1024 * (ASAN_FACTOR if "asan" in stack.build else 1), (before, most)


def test_dribbled_heads_and_bodies_end(stack, as_large_as_before):
    """RFC 9110 15.5.9: 408, or a close, however diligently a byte comes every other second; others are served meanwhile."""
    heads = [connect(stack) for _ in range(150)]
    bodies = [connect(stack) for _ in range(150)]
    chunks = [connect(stack) for _ in range(50)]
    for connection in heads:
        connection.sendall(HEAD)
    for connection in bodies:
        connection.sendall(HEAD + b"Content-Length: 60000\r\n\r\n{")
    for connection in chunks:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
    drips = {**{c: b"X-A: b\r\n" for c in heads}, **{c: b" " for c in bodies}, **{c: b"1\r\n \r\n" for c in chunks}}
    ended, received = set(), {connection: b"" for connection in drips}
    watch = selectors.DefaultSelector()
    for connection in drips:
        connection.setblocking(False)
        watch.register(connection, selectors.EVENT_READ)
    end = time.monotonic() + 180
    while len(ended) < len(drips) and time.monotonic() < end:
        for connection, drip in drips.items():
            if connection not in ended:
                try:
                    connection.send(drip)
                except OSError:
                    pass
        assert Api(stack).get("/api/catalog/brands").status == 200
        until = time.monotonic() + 2
        while time.monotonic() < until and len(ended) < len(drips):
            for key, _ in watch.select(0.2):
                try:
                    more = key.fileobj.recv(65536)
                except ConnectionError:
                    more = b""
                received[key.fileobj] += more
                if not more:
                    ended.add(key.fileobj)
                    watch.unregister(key.fileobj)
    for connection in drips:
        connection.close()
    assert len(ended) == len(drips), f"{len(drips) - len(ended)} were still fed"
    for data in received.values():
        for answer in parse_answers(data):
            assert (answer.status, answer.code) == (408, "request_timeout"), answer


def handshake(order, more=""):
    return (f"GET /ws/orders/{order['id']} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nAuthorization: Bearer {order['token']}\r\n{more}").encode()


def test_ten_thousand_upgrades_left_half_open(stack, order, as_large_as_before):
    """A handshake that never ends, or whose client is gone when the answer comes, leaves nothing behind."""
    text = handshake(order, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    for turn in range(20):
        connections = [connect(stack) for _ in range(500)]
        for at, connection in enumerate(connections):
            # Cut before its end, whole and reset at once, whole and closed in order.
            connection.sendall(text[:-2 - at % 100] if at % 3 == 0 else text)
            if at % 3 == 1:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for connection in connections:
            connection.close()
        if turn % 5 == 0:
            assert Api(stack).get("/api/catalog/brands").status == 200
    wait_until("all sockets to be gone", lambda: open_sockets(stack) == 0)


def open_sockets(stack):
    page = stack.probe("public-api", "/metrics")[1]
    rows = [line for line in page.splitlines() if line.startswith("stoa_websocket")]
    assert rows, "a metric counts sockets"
    return sum(float(line.split()[-1]) for line in rows if "_total" not in line.split("{")[0])


# What a peer may not send, where it says so, the frames as (opcode, payload, more) and the code of the answer.
BREACHES = {
    "not masked": ("5.1", [(1, b"x", dict(masked=False))], 1002),
    "reserved bit 1": ("5.2", [(1, b"x", dict(rsv=4))], 1002),
    "reserved bit 2": ("5.2", [(1, b"x", dict(rsv=2))], 1002),
    "reserved bit 3": ("5.2", [(1, b"x", dict(rsv=1))], 1002),
    "reserved opcode": ("5.2", [(3, b"x", {})], 1002),
    "reserved control opcode": ("5.2", [(11, b"x", {})], 1002),
    "continues nothing": ("5.4", [(0, b"x", {})], 1002),
    "begins within a message": ("5.4", [(1, b"x", dict(fin=False)), (1, b"y", {})], 1002),
    "fragmented ping": ("5.5", [(9, b"x", dict(fin=False))], 1002),
    "fragmented close": ("5.5", [(8, b"", dict(fin=False))], 1002),
    "long ping": ("5.5", [(9, b"x" * 126, {})], 1002),
    "long close": ("5.5", [(8, b"\x03\xe8" + b"x" * 124, {})], 1002),
    "binary": ("7.4.1", [(2, b"x", {})], 1003),
    "overlong UTF-8": ("8.1", [(1, b"\xc0\xaf", {})], 1007),
    "surrogate": ("8.1", [(1, b"\xed\xa0\x80", {})], 1007),
    "past the last character": ("8.1", [(1, b"\xf4\x90\x80\x80", {})], 1007),
    "character cut by the end": ("8.1", [(1, b"\xe2\x82", {})], 1007),
    "character cut by a fragment": ("8.1", [(1, b"\xe2", dict(fin=False)), (0, b"\x28", {})], 1007),
    "large frame": ("7.4.1", [(1, b"x" * 5000, {})], 1009),
    "large message of fragments": ("7.4.1", [(1, b"x" * 1000, dict(fin=False))] + [(0, b"x" * 1000, dict(fin=False))] * 5, 1009),
    "close of one byte": ("5.5.1", [(8, b"\x03", {})], 1002),
    "close with a code for nobody": ("7.4.2", [(8, b"\x03\xed", {})], 1002),
    "close with a code not given": ("7.4.2", [(8, b"\x0b\xb7", {})], 1002),
    "close with a code below all": ("7.4.2", [(8, b"\x00\x00", {})], 1002),
    "close with a code past all": ("7.4.2", [(8, b"\xff\xff", {})], 1002),
    "close with a reason that is no text": ("8.1", [(8, b"\x03\xe8\xff\xfe", {})], 1007),
}


@pytest.mark.parametrize("what", BREACHES)
def test_breaches_are_answered_by_their_code(stack, order, what):
    section, frames, code = BREACHES[what]
    with Socket(stack, f"/ws/orders/{order['id']}", order["token"]) as ws:
        ws.recv()
        try:
            for opcode, payload, more in frames:
                ws.send_frame(opcode, payload, **more)
        except OSError:
            pass  # refused before all was sent
        assert ws.close_code(10) == code, section


@pytest.mark.parametrize("length", [2**63 - 1, 2**63, 2**64 - 1, 2**32, 65536])
def test_lengths_that_are_only_said(stack, order, length):
    """5.2: nothing is kept for what has not come."""
    with Socket(stack, f"/ws/orders/{order['id']}", order["token"]) as ws:
        ws.recv()
        ws.connection.sendall(b"\x81\xff" + struct.pack(">Q", length) + b"\0\0\0\0")
        ws.connection.sendall(b"x" * 1000)
        assert ws.close_code(10) in (1002, 1009)


def test_a_storm_of_closes(stack, order, as_large_as_before):
    """5.5.1: each gets one close, whatever it sends with its own, twice, or behind it."""
    sockets = [Socket(stack, f"/ws/orders/{order['id']}", order["token"]) for _ in range(200)]
    for at, ws in enumerate(sockets):
        code = struct.pack(">H", (1000, 1001, 3000, 4999)[at % 4])
        try:
            ws.send_frame(8, code)
            ws.send_frame(8, code)
            ws.send_frame(1, b"more")
            ws.send_frame(9, b"ping")
        except OSError:
            pass
    for at, ws in enumerate(sockets):
        assert ws.close_code(10) == (1000, 1001, 3000, 4999)[at % 4]
        ws.connection.close()
    wait_until("all sockets to be gone", lambda: open_sockets(stack) == 0)


@pytest.mark.parametrize("reads", [True, False], ids=["reads", "does not read"])
def test_a_flood_of_pings(stack, order, as_large_as_before, reads):
    """5.5.3: a pong may answer the newest ping only; who takes none is dropped before much waits for it."""
    with Socket(stack, f"/ws/orders/{order['id']}", order["token"]) as ws:
        ws.recv()
        ping = b"\x89\xfd\0\0\0\0" + b"p" * 125
        sent = 0
        ws.connection.settimeout(5)
        try:
            for _ in range(400):
                ws.connection.sendall(ping * 500)
                sent += 500
                while reads and select_readable(ws.connection):
                    if not ws.connection.recv(1 << 20):
                        raise ConnectionResetError
        except OSError:
            pass
        assert sent > 0 and stack.probe("public-api", "/health")[0] == 200
    wait_until("the socket to be gone", lambda: open_sockets(stack) == 0)


def select_readable(connection):
    with selectors.DefaultSelector() as watch:
        watch.register(connection, selectors.EVENT_READ)
        return bool(watch.select(0))


def test_a_flood_of_small_fragments(stack, order, as_large_as_before):
    """5.4: a message of empty fragments never becomes too large, and never becomes anything."""
    with Socket(stack, f"/ws/orders/{order['id']}", order["token"]) as ws:
        ws.recv()
        ws.send_frame(1, b"", fin=False)
        try:
            for _ in range(200):
                ws.connection.sendall(b"\x00\x80\0\0\0\0" * 1000)
            ws.send_frame(0, b"end")
            ws.send_frame(8, b"\x03\xe8")
            assert ws.close_code(20) in (1000, 1002, 1008, 1009)
        except (OSError, Closed):
            pass


def test_unread_answers_stop_the_questions(stack, as_large_as_before):
    """Who pipelines and reads nothing is not read from either, and is dropped when its time is over or it leaves."""
    request = b"GET /api/products HTTP/1.1\r\nHost: x\r\n\r\n" * 1000
    connection = connect(stack)
    connection.settimeout(3)
    sent = 0
    try:
        for _ in range(2000):
            sent += connection.send(request)
    except OSError:
        pass
    assert sent < 2000 * len(request), "all of it was taken in"
    assert Api(stack).get("/api/catalog/brands").status == 200
    connection.close()
