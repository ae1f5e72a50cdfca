# SPDX-License-Identifier: Apache-2.0
"""Lists of orders at two sizes side by side: 10,000 and 1,000,000 orders of the same shop (tests/support/many.py) in two databases
of one server, each behind processes of its own. Every request is asked of both in turn, one at a time, over a kept connection;
what is compared is the median from the first byte sent to the last received, beside the quickest, which a busy machine moves less."""
import datetime
import socket
import statistics
import subprocess
import time
import urllib.parse

from support import many
from support.client import Api
from support.shop import admin_token, public_token
from support.stack import PG_BIN, Stack

SMALL, LARGE = 10_000, 1_000_000
LIMIT = 1.5


def days_ago(days):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def span(first, last):
    return {"filter[created_at][gte]": days_ago(first), "filter[created_at][lt]": days_ago(last)}


TOTAL = {"sort": "total"}
STATUS, CHANNEL, STORE = "filter[status]", "filter[channel]", "filter[store_id]"

# What it is called, whose list, parameters, how many pages in.
CASES = [
    ("newest first", "staff", {}, 0),
    ("second page", "staff", {}, 1),
    ("5,000 rows in", "staff", {"limit": 100}, 50),
    ("smallest total first", "staff", TOTAL, 0),
    ("by total, 5,000 rows in", "staff", {**TOTAL, "limit": 100}, 50),
    ("delivered (88 %)", "staff", {STATUS: "delivered"}, 0),
    ("delivered, 5,000 rows in", "staff", {STATUS: "delivered", "limit": 100}, 50),
    ("cancelled (6 %)", "staff", {STATUS: "cancelled"}, 0),
    ("delivery_failed (40 of all)", "staff", {STATUS: "delivery_failed"}, 0),
    ("six live states", "staff", {STATUS: "pending,confirmed,picking,ready,assigned,on_hold"}, 0),
    ("delivered or cancelled", "staff", {STATUS: "delivered,cancelled"}, 0),
    ("delivered or cancelled, second page", "staff", {STATUS: "delivered,cancelled"}, 1),
    ("delivered by total", "staff", {STATUS: "delivered", **TOTAL}, 0),
    ("cancelled by total", "staff", {STATUS: "cancelled", **TOTAL}, 0),
    ("delivery_failed by total", "staff", {STATUS: "delivery_failed", **TOTAL}, 0),
    ("delivered or cancelled by total", "staff", {STATUS: "delivered,cancelled", **TOTAL}, 0),
    ("channel web (98 %)", "staff", {CHANNEL: "web"}, 0),
    ("channel market (2 %)", "staff", {CHANNEL: "market"}, 0),
    ("channel market by total", "staff", {CHANNEL: "market", **TOTAL}, 0),
    ("channel market, delivered", "staff", {CHANNEL: "market", STATUS: "delivered"}, 0),
    ("channel market, cancelled", "staff", {CHANNEL: "market", STATUS: "cancelled"}, 0),
    ("channel market, delivery_failed", "staff", {CHANNEL: "market", STATUS: "delivery_failed"}, 0),
    ("channel market, cancelled by total", "staff", {CHANNEL: "market", STATUS: "cancelled", **TOTAL}, 0),
    ("channel nobody has", "staff", {CHANNEL: "nobody"}, 0),
    ("small store (1 %)", "staff", {STORE: many.SMALL_STORE}, 0),
    ("small store by total", "staff", {STORE: many.SMALL_STORE, **TOTAL}, 0),
    ("small store, cancelled", "staff", {STORE: many.SMALL_STORE, STATUS: "cancelled"}, 0),
    ("one day", "staff", span(200, 199), 0),
    ("one month", "staff", span(230, 200), 0),
    ("one month, cancelled", "staff", {**span(230, 200), STATUS: "cancelled"}, 0),
    ("one month, delivery_failed", "staff", {**span(230, 200), STATUS: "delivery_failed"}, 0),
    ("one month, channel market", "staff", {**span(230, 200), CHANNEL: "market"}, 0),
    ("one day by total", "staff", {**span(200, 199), **TOTAL}, 0),
    ("three days by total", "staff", {**span(203, 200), **TOTAL}, 0),
    ("one month by total", "staff", {**span(230, 200), **TOTAL}, 0),
    ("one year by total", "staff", {**span(600, 235), **TOTAL}, 0),
    ("one month, delivered, by total", "staff", {**span(230, 200), STATUS: "delivered", **TOTAL}, 0),
    ("one month, cancelled, by total", "staff", {**span(230, 200), STATUS: "cancelled", **TOTAL}, 0),
    ("a range before all orders", "staff", span(2000, 1990), 0),
    ("a range before all orders, by total", "staff", {**span(2000, 1990), **TOTAL}, 0),
    ("a number", "staff", {"q": "m000004711"}, 0),
    ("a number nobody has", "staff", {"q": "m999999999"}, 0),
    ("an address", "staff", {"q": "many-0@example.com"}, 0),
    ("an address, cancelled", "staff", {"q": "many-0@example.com", STATUS: "cancelled"}, 0),
    ("an address, by total", "staff", {"q": "many-0@example.com", **TOTAL}, 0),
    ("the end of a number", "staff", {"q": "4711"}, 0),
    ("a part of few addresses", "staff", {"q": "y-777@"}, 0),
    ("a part of many addresses", "staff", {"q": "any-1"}, 0),
    ("an address nobody has", "staff", {"q": "nobody@example.com"}, 0),
    ("a customer's own (60 orders)", many.REGULAR, {}, 0),
    ("a customer's own, second page", many.REGULAR, {}, 1),
    ("a customer's own, delivered", many.REGULAR, {"status": "delivered"}, 0),
    ("a busy customer's own (0.2 % of all)", many.BUSY, {}, 0),
]


class Line:
    """A kept connection that asks one thing again and again, without the weight of a client library."""

    def __init__(self, stack, name, path, query, token):
        self.connection = socket.create_connection(("127.0.0.1", stack.ports[name]), timeout=60)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        self.request = f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()

    def ask(self):
        began = time.perf_counter()
        self.connection.sendall(self.request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self.connection.recv(262144)
        head, _, body = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), got
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += self.connection.recv(262144)
        return time.perf_counter() - began

    def close(self):
        self.connection.close()


def line_of(stack, size, case, tokens):
    _, who, query, pages = case
    staff = who == "staff"
    name = ("admin-api" if staff else "public-api") + ("#small" if size == SMALL else "")
    path = "/api/admin/orders" if staff else "/api/orders"
    api, query = Api(stack, name, tokens[who], keep=True), dict(query)
    for _ in range(pages):
        page = api.get(path, query=query)
        assert page.status == 200, page
        if not page.json["next_cursor"]:
            break
        query["cursor"] = page.json["next_cursor"]
    api.close()
    return Line(stack, name, path, query, tokens[who])


def compare(stack, case, tokens, rounds, times):
    """Medians in milliseconds at either size."""
    lines = {size: line_of(stack, size, case, tokens) for size in (SMALL, LARGE)}
    found, least = {size: [] for size in lines}, {size: 1e9 for size in lines}
    for line in lines.values():
        for _ in range(3):
            line.ask()
    for _ in range(rounds):
        asked = {size: [] for size in lines}
        for turn in range(times):
            for size, line in sorted(lines.items(), reverse=turn % 2):
                asked[size].append(line.ask() * 1000)
        for size, took in asked.items():
            found[size].append(statistics.median(took))
            least[size] = min(least[size], *took)
    for line in lines.values():
        line.close()
    return statistics.median(found[SMALL]), statistics.median(found[LARGE]), least[SMALL], least[LARGE]


def start_small(stack):
    """The small shop: a second database, with processes of its own."""
    info = f"host={stack.folder} user=stoa dbname=small"
    for name in ("admin-api#small", "public-api#small"):
        stack.start(name, env={"DATABASE_URL": info})


def measure(stack, rounds=5, times=15, only=None, verbose=False):
    """[(what, small ms, large ms, ratio, quickest small, quickest large)], greatest ratio last."""
    tokens = {"staff": admin_token(exp=int(time.time()) + 36000)}
    for number in (many.REGULAR, many.BUSY):
        tokens[number] = public_token(many.customer_id(number), exp=int(time.time()) + 36000)
    rows = []
    for case in CASES:
        if only and only not in case[0]:
            continue
        tries = [compare(stack, case, tokens, rounds, times)]
        if tries[0][1] / tries[0][0] > LIMIT:  # a neighbour's minute, or what it costs: of three tries the middle one counts
            tries += [compare(stack, case, tokens, rounds, times) for _ in range(2)]
        small, large, *least = sorted(tries, key=lambda one: one[1] / one[0])[len(tries) // 2]
        rows.append((case[0], small, large, large / small, *least))
        if verbose:
            print(f"  {case[0]:<40}{small:8.2f} ms {large:8.2f} ms  {large / small:5.2f}, quickest {least[0]:.2f} and {least[1]:.2f} ms",
                  flush=True)
    return sorted(rows, key=lambda row: row[3])


def table(rows):
    """As in the README."""
    lines = ["| List | 10,000 orders | 1,000,000 orders | Ratio | Quickest of each |", "|---|---|---|---|---|"]
    lines += [f"| {what} | {small:.2f} ms | {large:.2f} ms | {ratio:.2f} | {quick:.2f}, {quick_large:.2f} ms |"
              for what, small, large, ratio, quick, quick_large in rows]
    return "\n".join(lines)


def prepare():
    """A stack with both shops, its processes running; about a minute, one gigabyte."""
    stack = Stack(start=(), fsync=True, postgres={"shared_buffers": "256MB", "max_wal_size": "4GB"}, env={
        "STOA_ENV": "development", "LOG_LEVEL": "warn", "STOA_THREADS": "1", "STOA_RATE_PUBLIC": "0"})
    stack.up()
    stack._forget_connection()  # a database with a user cannot be copied
    subprocess.run([f"{PG_BIN}/createdb", "-h", stack.folder, "-U", "postgres", "-T", "stoa", "-O", "stoa", "small"], check=True)
    many.fill(stack.superuser_conninfo.replace("dbname=stoa", "dbname=small"), SMALL)
    many.fill(stack.superuser_conninfo, LARGE)
    start_small(stack)
    for name in ("admin-api", "public-api"):
        stack.start(name)
    return stack


def order_list(bench):
    """Every list of orders at 10,000 and at 1,000,000, on an installation of its own."""
    stack = prepare()
    try:
        rows = measure(stack, rounds=bench.options.rounds, times=101, verbose=bench.options.verbose)
    finally:
        stack.stop()
    bench.results["order_list"] = [{"list": row[0], "small_ms": row[1], "large_ms": row[2], "ratio": row[3]} for row in rows]
    beyond = [row[0] for row in rows if row[3] > LIMIT]
    print(table(rows))
    print(f"order_list: {len(rows)} lists, the median of the ratios {statistics.median(row[3] for row in rows):.2f}, the greatest "
          f"{rows[-1][3]:.2f} ({rows[-1][0]})", flush=True)
    named = f" ({'; '.join(beyond)})" if beyond else ""
    bench.verdicts.below(f"order_list, lists that take more than {LIMIT} times as long at a million orders{named}", len(beyond), 1)
