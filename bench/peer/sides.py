# SPDX-License-Identifier: Apache-2.0
"""stoa and its peer, each behind the same few questions: which requests a case consists of, what has been confirmed, what runs."""
import hashlib
import json
import pathlib
import platform
import random
import signal
import subprocess
import time
import urllib.request

import psycopg2

from support.child import base_env, child_setup, free_port, wait_until
from support.client import Api, mint
from support.npm import npm_ci
from support.shop import ADDRESS, public_token
from support.stack import PG_BIN

FOLDER = pathlib.Path(__file__).resolve().parent
PRODUCTS, ORDERS, CUSTOMERS, CATEGORIES, PAGE = 10_000, 100_000, 1_000, 20, 20
REQUESTS = 10_000  # of each case, made beforehand
SECRET = "bench-peer-secret-0123456789abcdef"


def install():
    """The peer's packages as package-lock.json pins them, once; the path of bun."""
    npm_ci(FOLDER)
    machine = {"x86_64": "x64", "aarch64": "aarch64"}[platform.machine()]
    return str(FOLDER / f"node_modules/@oven/bun-linux-{machine}/bin/bun")


def psql(stack, database, user, *args):
    subprocess.run([f"{PG_BIN}/psql", "-h", stack.folder, "-U", user, "-d", database, "-qXv", "ON_ERROR_STOP=1", *args], check=True,
                   stdout=subprocess.DEVNULL)


def tomorrow():
    return int(time.time()) + 86400


class Side:
    """`host`, `pids`, and what the two do differently: the methods that are missing here."""

    def get(self, path, token=None):
        return f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n{self.bearer(token)}\r\n"

    def post(self, path, token, body, headers=""):
        body = json.dumps(body, separators=(",", ":"))
        return (f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\n{self.bearer(token)}{headers}Content-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}")

    @staticmethod
    def bearer(token):
        return f"Authorization: Bearer {token}\r\n" if token else ""

    def requests(self, case):
        """Those of a case, the same for both sides."""
        dice = random.Random(case)
        tokens = self.tokens() if case.startswith("order") else ()
        for _ in range(REQUESTS):
            if case == "product_get":
                yield self.get(self.product(dice.randint(1, PRODUCTS)))
            elif case == "product_list":
                yield self.get(self.page(dice.randrange(CATEGORIES), dice.randrange(PRODUCTS // CATEGORIES // PAGE)))
            elif case == "order_get":
                number = dice.randint(1, ORDERS)
                yield self.get(self.order(number), tokens[(number - 1) % CUSTOMERS])
            else:
                lines = [(number, dice.randint(1, 5)) for number in dice.sample(range(1, PRODUCTS + 1), 3)]
                yield self.place(lines, dice.choice(tokens))


class Stoa(Side):
    """public-api, a worker and cron, which writes the listing of orders, as they ship."""

    def __init__(self, stack):
        self.stack = stack
        names = ("public-api", "worker", "cron")
        for name in names:
            stack.start(name)
        self.host = f"127.0.0.1:{stack.ports['public-api']}"
        self.pids = [stack.pids[name] for name in names]
        self.pages = {}

    @staticmethod
    def id(kind, number):
        return f"01700000-0000-7000-{kind}-{number:012d}"

    def tokens(self):
        return [public_token(self.id(8003, i + 1), exp=tomorrow()) for i in range(CUSTOMERS)]

    def product(self, number):
        return f"/api/products/{self.id(8004, number)}"

    def page(self, category, number):
        """A page is found by its cursor: each category is walked through once."""
        if category not in self.pages:
            first = cursor = f"/api/products?category_id={self.id(8001, category + 1)}&limit={PAGE}"
            pages = self.pages[category] = []
            while cursor:
                pages.append(cursor)
                token = Api(self.stack).get(cursor).json["next_cursor"]
                cursor = token and f"{first}&cursor={token}"
        return self.pages[category][number]

    def order(self, number):
        return f"/api/orders/01800000-0000-7000-9000-{number:012x}"

    def place(self, lines, token):
        return self.post("/api/orders", token, {
            "lines": [{"product_id": self.id(8004, number), "quantity": quantity} for number, quantity in lines],
            "address": ADDRESS, "payment_method": "cash"}, headers="Idempotency-Key: {key}\r\n")

    def count(self, status):
        return self.stack.value("SELECT count(*) FROM commerce.orders WHERE status = %s", status)

    def drained(self):
        return not self.stack.value("SELECT EXISTS (SELECT FROM commerce.orders WHERE status = 'pending')")


class Bun(Side):
    """Two API processes on one port, one worker."""

    def __init__(self, stack):
        self.stack, bun = stack, install()
        self.redis = stack.redis()
        self.children = []
        port = free_port(set(stack.ports.values()))
        self.host = f"127.0.0.1:{port}"
        env = {**base_env(), "PORT": str(port), "PGHOST": stack.folder, "PGUSER": "stoa", "PGDATABASE": "peer", "JWT_SECRET": SECRET,
               "REDIS_URL": f"redis+unix://{stack.redis_socket}"}
        for file, pool in (("app.ts", "12"), ("app.ts", "12"), ("worker.ts", "16")):
            with open(f"{stack.folder}/log/peer.log", "ab") as log:
                self.children.append(subprocess.Popen([bun, file], cwd=FOLDER, env={**env, "POOL": pool}, stdin=subprocess.DEVNULL,
                                                      stdout=log, stderr=log, preexec_fn=child_setup(None, signal.SIGKILL)))
        self.pids = [child.pid for child in self.children]
        stack.on_stop.append(self.end)
        wait_until("the peer", self.answers)

    def answers(self):
        if any(child.poll() is not None for child in self.children):
            raise SystemExit("the peer ended:\n" + self.stack.log("peer"))
        try:
            return urllib.request.urlopen(f"http://{self.host}/health").status == 200
        except OSError:
            return False

    def end(self, _):
        for child in self.children:
            child.kill()
            child.wait()

    def tokens(self):
        return [mint(SECRET, account_id=i + 1, exp=tomorrow()) for i in range(CUSTOMERS)]

    def product(self, number):
        return f"/api/products/{number}"

    def page(self, category, number):
        return f"/api/products?category=cat-{category + 1:02d}&limit={PAGE}&after={number * PAGE * CATEGORIES}"

    def order(self, number):
        digits = hashlib.md5(f"order-{number}".encode()).hexdigest()
        digits = f"{digits[:12]}4{digits[13:16]}8{digits[17:]}"
        return "/api/orders/" + "-".join(digits[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))

    def place(self, lines, token):
        return self.post("/api/orders", token, {
            "lines": [{"product_id": number, "quantity": quantity} for number, quantity in lines]})

    def count(self, status):
        connection = psycopg2.connect(self.stack.conninfo.replace("dbname=stoa", "dbname=peer"))
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM orders WHERE status = %s", (status,))
            return cursor.fetchone()[0]

    def drained(self):
        """Asked of the stream: the table has no index on what is pending."""
        groups = self.redis.xinfo_groups("orders")
        return not groups[0]["pending"] and groups[0]["last-delivered-id"] == self.redis.xinfo_stream("orders")["last-generated-id"]
