# SPDX-License-Identifier: Apache-2.0
"""stoa beside an order service as many would write it: Bun, Elysia, Bun.sql, Redis Streams. The same shop for both, on one PostgreSQL
and one Redis. Both are up all the time and take turns; who has no turn has nothing to do. bench/README.md says what is fair."""
import collections
import functools
import re
import statistics
import subprocess
import time
import uuid

from bench.cost import cpu_seconds, memory_mb, postgres_seconds
from bench.peer.sides import FOLDER, REQUESTS, Bun, Stoa, psql
from support.stack import PG_BIN, ROOT

CONNECTIONS = 64
# PostgreSQL's CPU time for an order placed and confirmed, as a multiple of the peer's, was this at commit f058dff.
POSTGRES_BEFORE = 1.35

# What a turn gave: requests a second, CPU microseconds of its processes and of PostgreSQL for each; of orders also how many were
# placed a second under load, and the seconds from the end of the load until none was pending.
Turn = collections.namedtuple("Turn", "rate own postgres placed drain", defaults=(None, None))


class Turns:
    """Both sides, up and full."""

    def __init__(self, options, folder, stack):
        self.options, self.folder, self.stack = options, folder, stack
        self.fill()
        self.sides = self.stoa, self.bun = Stoa(self.stack), Bun(self.stack)
        self.settle()
        self.idle = [memory_mb(side.pids) for side in self.sides]

    def fill(self):
        subprocess.run([f"{PG_BIN}/createdb", "-h", self.stack.folder, "-U", "postgres", "-O", "stoa", "peer"], check=True)
        psql(self.stack, "peer", "stoa", "-f", FOLDER / "schema.sql", "-f", FOLDER / "seed.sql")
        psql(self.stack, "stoa", "postgres", "-f", FOLDER / "shop.sql", "-c", "CHECKPOINT")

    def busy_seconds(self):
        return sum(cpu_seconds(pid) for side in self.sides for pid in side.pids) + postgres_seconds(self.stack.postgres_pid)

    def settle(self):
        """Waits until nobody works: what one side still does would be in the other's turn."""
        for _ in range(60):
            before = self.busy_seconds()
            time.sleep(0.5)
            if self.busy_seconds() - before < 0.05:
                return
        raise SystemExit("it does not get quiet")

    def wrk(self, side, file, first, seconds):
        """(requests, seconds) of a load."""
        done = subprocess.run(
            ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "-s", f"{ROOT}/bench/wrk/replay.lua", f"http://{side.host}", "--",
             file, str(first), uuid.uuid4().hex[:12]], stdout=subprocess.PIPE, text=True, check=True)
        count, took_us, bad = map(int, re.search(r"^BENCH (\d+) (\d+) (\d+)$", done.stdout, re.M).groups())
        if bad or not count:
            raise SystemExit("wrk met refusals or errors:\n" + done.stdout)
        return count, took_us / 1e6

    def turn(self, side, case, first, seconds):
        orders = case == "order_place"
        file = self.folder / f"{type(side).__name__}-{case}"
        if not file.exists():
            with open(file, "w", newline="") as out:
                out.writelines(f"{request}\n--\n" for request in side.requests(case))
        before = side.count("confirmed") if orders else 0
        self.settle()
        own, postgres = sum(map(cpu_seconds, side.pids)), postgres_seconds(self.stack.postgres_pid)
        count, took = self.wrk(side, file, first, seconds)
        placed, ended = count / took, time.monotonic()
        while orders and not side.drained():
            if time.monotonic() - ended > 60 + 20 * seconds:
                raise SystemExit("the backlog does not go away")
            time.sleep(0.02)
        drain = time.monotonic() - ended
        own, postgres = sum(map(cpu_seconds, side.pids)) - own, postgres_seconds(self.stack.postgres_pid) - postgres
        if not orders:
            return Turn(count / took, own / count * 1e6, postgres / count * 1e6)
        confirmed = side.count("confirmed") - before
        if confirmed < count or side.count("pending"):
            raise SystemExit(f"{count} orders were placed, {confirmed} confirmed, {side.count('pending')} are pending")
        return Turn(confirmed / (took + drain), own / confirmed * 1e6, postgres / confirmed * 1e6, placed, drain)

    def rounds(self, case):
        """[(stoa's turn, the peer's)]"""
        for side in self.sides:
            self.turn(side, case, 0, 1)  # code and plans get warm
        pairs = []
        for number in range(self.options.rounds):
            first = (number + 1) * 1237 % REQUESTS
            turns = {side: self.turn(side, case, first, self.options.seconds) for side in self.sides[::1 if number % 2 else -1]}
            pairs.append((turns[self.stoa], turns[self.bun]))
            if self.options.verbose:
                print(f"  {case}: {told(*pairs[-1])}", flush=True)
        return pairs

    @functools.cached_property
    def order_rounds(self):
        """Placing and confirming are two figures of the same turns."""
        return self.rounds("order_place")


def told(ours, theirs):
    return (f"stoa {ours.rate:,.0f}/s, Bun {theirs.rate:,.0f}/s; own + PostgreSQL CPU {ours.own:,.0f} + {ours.postgres:,.0f} us, "
            f"{theirs.own:,.0f} + {theirs.postgres:,.0f} us")


def middle(turns):
    """A turn of the medians."""
    return Turn(*(None if column[0] is None else statistics.median(column) for column in zip(*turns)))


def ratio(pairs, field):
    return statistics.median(getattr(ours, field) / getattr(theirs, field) for ours, theirs in pairs)


def cpu_ratio(pairs):
    """Of all CPU time a request, Bun's over stoa's: what the ratio of the rates comes to where nothing else wants the cores."""
    return statistics.median((theirs.own + theirs.postgres) / (ours.own + ours.postgres) for ours, theirs in pairs)


def peer_read(bench, case):
    pairs = bench.turns.rounds(case)
    report(bench, f"peer_{case}", pairs)
    bench.verdicts.at_least(f"peer_{case}, stoa's rate over Bun's", ratio(pairs, "rate"), 2.0)


def report(bench, name, pairs):
    """Prints and keeps the medians, and gives them."""
    ours, theirs = (middle(turns) for turns in zip(*pairs))
    bench.results[name] = {"stoa": ours._asdict(), "bun": theirs._asdict(), "ratio": ratio(pairs, "rate"), "cpu_ratio": cpu_ratio(pairs)}
    print(f"{name}: {told(ours, theirs)}; ratio {ratio(pairs, 'rate'):.2f}, by CPU time {cpu_ratio(pairs):.2f}", flush=True)
    return ours, theirs


def peer_product_get(bench):
    peer_read(bench, "product_get")


def peer_product_list(bench):
    peer_read(bench, "product_list")


def peer_order_get(bench):
    peer_read(bench, "order_get")


def peer_order_place(bench):
    """Placed under load; the turns are those of peer_order_confirm."""
    pairs = bench.turns.order_rounds
    ours, theirs = (middle(turns) for turns in zip(*pairs))
    bench.results["peer_order_place"] = {"stoa": ours.placed, "bun": theirs.placed, "ratio": ratio(pairs, "placed")}
    print(f"peer_order_place: stoa {ours.placed:,.0f}/s, Bun {theirs.placed:,.0f}/s; ratio {ratio(pairs, 'placed'):.2f}", flush=True)


def peer_order_confirm(bench):
    pairs = bench.turns.order_rounds
    ours, theirs = report(bench, "peer_order_confirm", pairs)
    postgres = bench.results["peer_order_confirm"]["postgres_ratio"] = ratio(pairs, "postgres")
    print(f"  after the load none was pending in {ours.drain:.2f} s, Bun in {theirs.drain:.2f} s; PostgreSQL CPU an order {postgres:.2f} of Bun's; "
          f"placed {ours.placed:,.0f}/s, {theirs.placed:,.0f}/s", flush=True)
    bench.verdicts.at_least("peer_order_confirm, stoa's rate over Bun's", ratio(pairs, "rate"), 1.6)
    bench.verdicts.below("peer_order_confirm, seconds until none is pending", ours.drain, 1)
    bench.verdicts.below("peer_order_confirm, PostgreSQL CPU an order over Bun's", postgres, POSTGRES_BEFORE / 2)


def peer_memory(bench):
    """What both have before any load and after all of it."""
    turns = bench.turns
    after = [memory_mb(side.pids) for side in turns.sides]
    bench.results["peer_memory"] = {name: {"idle_mb": turns.idle[i], "after_mb": after[i]} for i, name in enumerate(("stoa", "bun"))}
    print("peer_memory, MB resident (proportional), idle and after load: " + "; ".join(
        f"{name} {turns.idle[i][0]:.0f} ({turns.idle[i][1]:.0f}) and {after[i][0]:.0f} ({after[i][1]:.0f})"
        for i, name in enumerate(("stoa", "Bun"))), flush=True)
