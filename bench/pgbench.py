# SPDX-License-Identifier: Apache-2.0
"""stoa over HTTP beside pgbench running the very same SQL (statements.py), prepared, at its best client count, in a copy of the
database on the same server. They take turns."""
import pathlib
import re
import statistics
import subprocess
import time
import uuid

from bench import cost, statements
from support.client import Api
from support.stack import PG_BIN, ROOT

PRODUCTS = 64  # distinct ids asked for; each is its own pgbench script
MEMORY_OF = ("public-api", "admin-api", "worker", "cron")


def run(argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{argv[0]} failed:\n{done.stdout[-3000:]}")
    return done.stdout


class Pgbench:
    """A stack with endless stock, its copy, and the scripts."""

    def __init__(self, stack, folder):
        self.stack, self.folder = stack, folder
        self.texts = statements.load(pathlib.Path(ROOT))
        stack.sql("UPDATE commerce.stock SET on_hand = 1000000000, safety = 0")
        stack.sql("INSERT INTO commerce.stock_movement (product_id, kind, on_hand_delta, actor, at) SELECT product_id, 'count', "
                  "s.on_hand - coalesce((SELECT sum(on_hand_delta) FROM commerce.stock_movement m WHERE m.product_id = "
                  "s.product_id), 0), 'bench', now() FROM commerce.stock s")
        stack.sql("DELETE FROM stoa.event")
        self.ids = [str(row[0]) for row in stack.sql("SELECT id FROM commerce.product ORDER BY id LIMIT %s", PRODUCTS)]
        (folder / "ids").write_text("\n".join(self.ids) + "\n")
        stack._forget_connection()  # a database with a user cannot be copied
        run([f"{PG_BIN}/createdb", "-h", stack.folder, "-U", "postgres", "-T", "stoa", "-O", "stoa", "bench"])
        # Only what is full: a table analysed while empty is scanned from end to end by plans made before the next analysis.
        for database in ("bench", "stoa"):
            run([f"{PG_BIN}/psql", "-h", stack.folder, "-U", "postgres", "-d", database, "-qc",
                 "VACUUM ANALYZE commerce.product, commerce.stock, commerce.brand"])

    def product_get(self):
        """Scripts, and the variables they want."""
        scripts = []
        for i in range(len(self.ids)):
            scripts.append(self.folder / f"get{i}.sql")
            scripts[-1].write_text(statements.product_get(self.texts, i))
        return scripts, {f"id{i}": id for i, id in enumerate(self.ids)}

    def order_place(self):
        """Places an order at public-api to have an event and an answer of it, and a token to place more."""
        reply = Api(self.stack).post("/api/auth/register", {
            "email": f"bench-{uuid.uuid4().hex}@example.com", "password": "bench password 1", "name": "Bench"})
        self.token = reply.json["access_token"]
        reply = Api(self.stack, token=self.token).post("/api/orders", {
            "lines": [{"product_id": id, "quantity": 1} for id in self.ids[:3]], "payment_method": "cash",
            "address": {"recipient": "Ada Lovelace", "street": "Main street 1", "postal_code": "10115", "city": "Berlin",
                        "country": "DE"}}, key=uuid.uuid4().hex)
        event = self.stack.value("SELECT data::text FROM stoa.event WHERE type = 'order.created' ORDER BY position DESC LIMIT 1")
        customer = self.stack.value("SELECT customer_id FROM commerce.orders ORDER BY created_at DESC LIMIT 1")
        script = self.folder / "place.sql"
        script.write_text(statements.order_place(self.texts, event, reply.body.decode(), customer))
        return [script], {"products": len(self.ids), "ids": "{" + ",".join(self.ids) + "}"}

    def rate(self, scripts, variables, clients, *how_long):
        argv = [f"{PG_BIN}/pgbench", "-h", self.stack.folder, "-U", "stoa", "-n", "-M", "prepared", "-c", str(clients), "-j",
                "2" if clients > 1 else "1", *how_long]
        for name, value in variables.items():
            argv += ["-D", f"{name}={value}"]
        for script in scripts:
            argv += ["-f", str(script)]
        return float(re.search(r"tps = ([0-9.]+)", run([*argv, "bench"])).group(1))

    def best_clients(self, scripts, variables):
        tried = {clients: self.rate(scripts, variables, clients, "-T", "2") for clients in (1, 2, 4, 8, 16, 32, 64)}
        return max(tried, key=tried.get), tried


def wrk(bench, script, connections, *args):
    """Requests a second."""
    out = run(["wrk", "-t", "1", "-c", str(connections), "-d", f"{bench.options.seconds}s", "-s", f"{ROOT}/bench/wrk/{script}",
               bench.stack.public_url, "--", *args])
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit("wrk met refusals or errors:\n" + out)
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", out).group(1))


def orders(bench):
    return wrk(bench, "order_place.lua", bench.options.connections, str(bench.folder / "ids"), bench.pgbench.token, uuid.uuid4().hex[:12])


def compare(bench, name, scripts, variables, ours, limit):
    """`ours` makes a load and gives its rate, and the number of requests in it."""
    stack, pgbench, seconds = bench.stack, bench.pgbench, bench.options.seconds
    clients, tried = pgbench.best_clients(scripts, variables)
    rounds = []
    for _ in range(bench.options.rounds):
        postgres = cost.postgres_seconds(stack.postgres_pid)
        theirs = pgbench.rate(scripts, variables, clients, "-T", str(seconds))
        between = cost.postgres_seconds(stack.postgres_pid)
        own = sum(map(cost.cpu_seconds, stack.pids.values()))
        rate, count = ours()
        own = sum(map(cost.cpu_seconds, stack.pids.values())) - own
        rounds.append({
            "pgbench": theirs, "pgbench_postgres_us": (between - postgres) / (theirs * seconds) * 1e6, "stoa": rate, "ratio": rate / theirs,
            "own_us": own / count * 1e6, "postgres_us": (cost.postgres_seconds(stack.postgres_pid) - between) / count * 1e6})
        if bench.options.verbose:
            print(f"  {name}: {told(rounds[-1])}", flush=True)
    middle = {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}
    bench.results[name] = {**middle, "pgbench_clients": clients, "pgbench_tried": tried}
    print(f"{name}: {told(middle)}; pgbench with {clients} clients", flush=True)
    bench.verdicts.at_least(f"{name}, stoa's rate over pgbench's", middle["ratio"], limit)


def told(of):
    return (f"stoa {of['stoa']:,.0f}/s, pgbench {of['pgbench']:,.0f}/s, ratio {of['ratio']:.2f}; own + PostgreSQL CPU {of['own_us']:,.0f} + "
            f"{of['postgres_us']:,.0f} us, pgbench's PostgreSQL {of['pgbench_postgres_us']:,.0f} us")


def product_get(bench):
    bench.stack.start("public-api")

    def ours():
        rate = wrk(bench, "product_get.lua", 64, str(bench.folder / "ids"))
        return rate, rate * bench.options.seconds
    compare(bench, "product_get", *bench.pgbench.product_get(), ours, 0.7)
    bench.stack.terminate("public-api")


def order_place(bench):
    bench.stack.start("public-api")

    def ours():
        rate = orders(bench)
        return rate, rate * bench.options.seconds
    compare(bench, "order_place", *bench.pgbench.order_place(), ours, 0.7)
    bench.stack.terminate("public-api")


def order_confirm(bench):
    """Placing while the worker confirms; the clock runs until no order is left pending."""
    stack, backlogs = bench.stack, []
    stack.start("public-api")
    script = bench.pgbench.order_place()
    stack.sql("UPDATE commerce.orders SET status = 'cancelled' WHERE status = 'pending'")
    stack.sql("DELETE FROM stoa.event")  # of orders that were placed before, without a worker
    stack.start("worker")
    stack.start("cron")  # writes the listing of what is confirmed
    time.sleep(3)

    def count(status):
        return stack.value("SELECT count(*) FROM commerce.orders WHERE status = %s", status)

    def ours():
        before, start = count("confirmed"), time.monotonic()
        orders(bench)
        backlogs.append(count("pending"))
        while stack.value("SELECT EXISTS (SELECT FROM commerce.orders WHERE status = 'pending')"):
            if time.monotonic() - start > 20 * bench.options.seconds:
                raise SystemExit("the backlog does not go away")
            time.sleep(0.02)
        took = time.monotonic() - start
        confirmed = count("confirmed") - before
        return confirmed / took, confirmed
    compare(bench, "order_confirm", *script, ours, 1.0)
    print(f"  pending when the load ended: {statistics.median(backlogs):,.0f}", flush=True)
    bench.results["order_confirm"]["pending_when_load_ended"] = statistics.median(backlogs)
    for name in ("cron", "worker", "public-api"):
        stack.terminate(name)


def idle(bench):
    """Memory of all our processes, ten seconds after they are ready."""
    for name in MEMORY_OF:
        bench.stack.start(name)
    time.sleep(10)
    rss, pss = cost.memory_mb(bench.stack.pids[name] for name in MEMORY_OF)
    bench.results["idle"] = {"rss_mb": rss, "pss_mb": pss}
    print(f"idle: {pss:.1f} MB proportional, {rss:.1f} MB resident", flush=True)
    bench.verdicts.below("idle, MB resident of four processes", rss, 50)
    for name in MEMORY_OF:
        bench.stack.terminate(name)
