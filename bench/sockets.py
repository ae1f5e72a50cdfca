# SPDX-License-Identifier: Apache-2.0
"""Sockets at size: what ten thousand idle ones cost, and how soon a change of an order reaches who follows it."""
import select
import statistics
import subprocess
import threading
import time
import uuid

import psycopg2

from bench.cost import cpu_seconds, memory_mb
from support.client import Api
from support.shop import add_product, admin_token, order_body, public_token
from support.stack import build_folder, wait_until

IDLE = 10000
SUBSCRIBERS = 1000


class Clients:
    """The load client: opens a socket for each (path, token) and writes down what arrives."""

    def __init__(self, stack, pairs, handshakes=100):
        subprocess.run(["ninja", "-C", build_folder(), "bench/bench_sockets"], check=True, stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen([f"{build_folder()}/bench/bench_sockets", str(stack.ports["public-api"]), str(handshakes)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.events, self.closed, self.opened = [], [], None
        self.ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        self.process.stdin.write("".join(f"{path} {token}\n" for path, token in pairs) + "\n")
        self.process.stdin.flush()
        while not self.ready.wait(1):
            if self.process.poll() is not None:
                raise SystemExit(f"the load client ended with {self.process.returncode}")

    def _read(self):
        for line in self.process.stdout:
            words = line.split()
            if words[0] == "event":
                self.events.append((int(words[1]), int(words[2]) / 1e6))
            elif words[0] == "closed":
                self.closed.append((int(words[1]), int(words[2])))
            else:
                self.opened = int(words[1]), int(words[2]) / 1e6
                self.ready.set()

    def end(self):
        self.process.stdin.write("end\n")
        self.process.stdin.close()
        self.process.wait(10)


def place_orders(bench, count):
    """Orders of one customer: (token, ids)."""
    account = uuid.uuid4()
    token = public_token(account)
    api = Api(bench.stack, token=token, keep=True)
    product = add_product(bench.stack, stock=10 ** 6)
    body = order_body((product, 1))
    ids = []
    for i in range(count):
        answer = api.post("/api/orders", body, key=f"bench-{account}-{i}")
        if answer.status != 201:
            raise SystemExit(f"an order was refused: {answer}")
        ids.append(answer.json["id"])
    api.close()
    return token, ids


def sockets_idle(bench):
    """Resident memory of public-api before and with 10,000 sockets of 1,000 orders, half a minute after they came."""
    stack = bench.stack
    for name in ("public-api", "worker"):
        stack.start(name)
    token, ids = place_orders(bench, 1000)
    pairs = [(f"/ws/orders/{ids[i % len(ids)]}", token) for i in range(IDLE)]
    pid = stack.pids["public-api"]
    Clients(stack, pairs[:200]).end()  # code, pools and lanes warm
    time.sleep(2)
    before = memory_mb([pid])
    clients = Clients(stack, pairs)
    opened, took = clients.opened
    at_once = memory_mb([pid])
    cpu, began = cpu_seconds(pid), time.monotonic()
    time.sleep(35)  # past the first pings
    busy = (cpu_seconds(pid) - cpu) / (time.monotonic() - began)
    after = memory_mb([pid])
    clients.end()
    rss, pss = ((after[i] - before[i]) * 1.048576 for i in (0, 1))  # as their limit is given: 10^6 bytes
    bench.results["sockets_idle"] = {
        "sockets": opened, "opened_in_s": took, "rss_mb": rss, "pss_mb": pss, "bytes_each": rss * 1e6 / opened,
        "rss_at_once_mb": at_once[0] - before[0], "idle_cpu": busy}
    print(f"sockets_idle: {opened:,} sockets opened in {took:.1f} s; {rss:.1f} MB resident more ({rss * 1e6 / opened:,.0f} bytes each), "
          f"{pss:.1f} MB proportional; {100 * busy:.1f} % of a core while idle", flush=True)
    bench.verdicts.below("sockets_idle, MB resident of 10,000 sockets", rss, 120)
    if clients.closed:
        raise SystemExit(f"{len(clients.closed)} sockets were closed")
    for name in ("worker", "public-api"):
        stack.terminate(name)


# ---- A change reaches who follows ----------------------------------------------------------------------------------------


def notify_latency(stack, count=300):
    """LISTEN and NOTIFY between two connections: what PostgreSQL itself takes to tell of a commit."""
    listener, notifier = psycopg2.connect(stack.conninfo), psycopg2.connect(stack.conninfo)
    for connection in (listener, notifier):
        connection.autocommit = True
    listener.cursor().execute("LISTEN bench")
    took = []
    for _ in range(count):
        began = time.monotonic()
        notifier.cursor().execute("NOTIFY bench")
        while not listener.notifies:
            select.select([listener], [], [], 5)
            listener.poll()
        listener.notifies.clear()
        took.append(time.monotonic() - began)
    listener.close()
    notifier.close()
    return took


def stream_latency(stack, count=300):
    """XADD to XREAD between two connections."""
    got = []
    ready = threading.Event()

    def read():
        client, last = stack.redis(), "0"
        ready.set()
        while len(got) < count:
            for _, entries in client.xread({"bench": last}, block=5000):
                for last, _ in entries:
                    got.append(time.monotonic())
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    ready.wait()
    client, took = stack.redis(), []
    for i in range(count):
        began = time.monotonic()
        client.xadd("bench", {"n": i})
        while len(got) <= i:
            time.sleep(0.00005)
        took.append(got[i] - began)
    client.delete("bench")
    return took


def change_all(stack, ids, to, workers):
    """PATCHes every order to a status: [(before the request, after its answer)] in the order of the ids."""
    moments = [None] * len(ids)
    errors = []

    def run(first):
        api = Api(stack, "admin-api", admin_token(), keep=True)
        for i in range(first, len(ids), workers):
            version = api.get(f"/api/admin/orders/{ids[i]}").headers["etag"]
            began = time.monotonic()
            answer = api.patch(f"/api/admin/orders/{ids[i]}/status", {"status": to}, headers={"If-Match": version})
            moments[i] = (began, time.monotonic())
            if answer.status != 200:
                errors.append(repr(answer))
        api.close()
    threads = [threading.Thread(target=run, args=(i,)) for i in range(workers)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    if errors:
        raise SystemExit(errors[0])
    return moments


def spread(values):
    values = sorted(values)
    return statistics.median(values) * 1000, values[int(len(values) * 0.99)] * 1000


def sockets_fanout(bench):
    """1,000 sockets follow 1,000 orders; staff moves each of them: from before the PATCH to the event's arrival."""
    stack = bench.stack
    for name in ("public-api", "admin-api", "worker"):
        stack.start(name)
    lines = []
    for turn in range(bench.options.rounds):
        token, ids = place_orders(bench, SUBSCRIBERS)
        wait_until("the orders to be confirmed", lambda ids=ids: stack.value(
            "SELECT count(*) FROM commerce.orders WHERE id = ANY(%s::uuid[]) AND status = 'confirmed'", ids) == len(ids))
        time.sleep(0.5)
        clients = Clients(stack, [(f"/ws/orders/{order}", token) for order in ids])
        workers = 1 if turn % 2 == 0 else 8  # one after another, then eight at a time
        moments = change_all(stack, ids, "picking", workers)
        wait_until("all to be told", lambda: len({i for i, _ in clients.events}) == len(ids), 30)
        first = {}
        for i, at in clients.events:
            first.setdefault(i, at)
        clients.end()
        median, worst = spread([first[i] - moments[i][0] for i in range(len(ids))])
        request, _ = spread([after - before for before, after in moments])
        notify, stream = spread(notify_latency(stack)), spread(stream_latency(stack))
        lines.append({"workers": workers, "median_ms": median, "p99_ms": worst, "request_ms": request, "notify_ms": notify[0],
                      "stream_ms": stream[0]})
        print(f"  sockets_fanout, {workers} at a time: {median:.1f} ms median, {worst:.1f} ms at 99 %; the PATCH itself {request:.1f} ms; "
              f"NOTIFY alone {notify[0]:.2f} ms, XADD to XREAD {stream[0]:.2f} ms", flush=True)
    bench.results["sockets_fanout"] = {"subscribers": SUBSCRIBERS, "rounds": lines}
    median = statistics.median(line["median_ms"] for line in lines)
    print(f"sockets_fanout: {median:.1f} ms median of the rounds' medians ({max(line['p99_ms'] for line in lines):.1f} ms worst 99 %)",
          flush=True)
    bench.verdicts.below("sockets_fanout, ms from a change to who follows it", median, 50)
    for name in ("worker", "admin-api", "public-api"):
        stack.terminate(name)
