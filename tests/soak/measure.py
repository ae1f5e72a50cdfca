# SPDX-License-Identifier: Apache-2.0
"""What is measured while the load goes on, and when a series counts as flat."""
import csv
import os
import re
import statistics
import time

import psycopg2

# Series, by the end of its name: what may be added to 1.1 times the median of the second fifth.
ALLOWANCE = {"rss_kib": 1024, "pss_kib": 1024, "fds": 8, "threads": 1, "pg_backends": 6, "redis_kib": 1024, "stream_entries": 2000,
             "dead_tuples": 40000}
ONLY_SHOWN = ("db_mib",)  # grows with what is stored
SETTLING_S = 20           # a worker that has just come back is not compared


def median(values):
    return statistics.median(values) if values else 0


class Gauges:
    def __init__(self, stack, processes, path):
        self.stack, self.processes, self.began = stack, processes, time.monotonic()
        self.rows, self.since = [], {}
        self.names = [f"{name} {what}" for name in processes for what in ("rss_kib", "pss_kib", "fds", "threads")]
        self.names += ["pg_backends", "redis_kib", "stream_entries", "dead_tuples", "db_mib", "requests", "5xx"]
        self.file = open(path, "w", newline="")
        self.csv = csv.writer(self.file)
        self.csv.writerow(["seconds", *self.names])
        self.connection = stack.connect(superuser=True)
        self.redis = stack.redis()
        self.cpu = time.monotonic(), self._cpu_s()

    def _process(self, name):
        """A process that is away or has just come back has no figures."""
        pid = self.stack.pids.get(name)
        if self.since.get(name, (None, 0))[0] != pid:
            self.since[name] = (pid, time.monotonic())
        if not pid or (self.since[name][1] > self.began + SETTLING_S and time.monotonic() - self.since[name][1] < SETTLING_S):
            return {}
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                text = file.read()
            with open(f"/proc/{pid}/status") as file:
                threads = int(re.search(r"^Threads:\s+(\d+)", file.read(), re.M).group(1))
            return {"rss_kib": int(re.search(r"^Rss:\s+(\d+)", text, re.M).group(1)),
                    "pss_kib": int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)),
                    "fds": len(os.listdir(f"/proc/{pid}/fd")), "threads": threads}
        except (OSError, AttributeError):
            return {}

    def _stores(self):
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT (SELECT count(*) FROM pg_stat_activity WHERE usename = 'stoa'),"
                           " (SELECT coalesce(sum(n_dead_tup), 0)::bigint FROM pg_stat_user_tables), pg_database_size('stoa') / 1048576")
            backends, dead, size = cursor.fetchone()
        entries = sum(self.redis.xlen(key) for key in self.redis.scan_iter(count=1000, _type="stream"))
        return {"pg_backends": backends, "dead_tuples": dead, "db_mib": size, "stream_entries": entries,
                "redis_kib": self.redis.info("memory")["used_memory"] // 1024}

    def take(self, world):
        row = {f"{name} {what}": value for name in self.processes for what, value in self._process(name).items()}
        try:
            row.update(self._stores())
        except psycopg2.Error as error:
            print(f"the database did not answer: {error}", flush=True)
        row.update({"requests": world.requests, "5xx": world.failures})
        self.rows.append(row)
        self.csv.writerow([round(time.monotonic() - self.began, 1), *(row.get(name, "") for name in self.names)])
        self.file.flush()

    def _cpu_s(self):
        """Of our processes, of the server's, and of the load itself."""
        ours = sum(self.stack.cpu_s(name) for name in self.processes if self.stack.alive(name))
        server = 0
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == self.stack.postgres_pid:
                server += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return ours, server, time.process_time()

    def _cpu_text(self):
        """Percent of a core since it was asked last; a process that ended in between falls out."""
        now, cpu = time.monotonic(), self._cpu_s()
        before, self.cpu = self.cpu, (now, cpu)
        shares = [max(0, 100 * (new - old) / (now - before[0])) for new, old in zip(cpu, before[1])]
        return "cpu {:.0f} % ours, {:.0f} % PostgreSQL, {:.0f} % the load".format(*shares)

    def line(self):
        row = self.rows[-1]
        rss = sum(row.get(f"{name} rss_kib", 0) for name in self.processes) // 1024
        fds = sum(row.get(f"{name} fds", 0) for name in self.processes)
        return self._cpu_text() + (f"; rss {rss} MiB, {fds} fds, {row.get('pg_backends')} backends, redis {row.get('redis_kib', 0) // 1024} MiB,"
                f" {row.get('stream_entries')} in streams, {row.get('dead_tuples')} dead tuples, db {row.get('db_mib')} MiB")

    def _fifths(self, name):
        values = [row[name] for row in self.rows if name in row]
        part = max(1, len(values) // 5)
        return median(values[part:2 * part]), median(values[-part:])

    def verdicts(self):
        """(name, second fifth, last fifth, flat) of every series that has to be flat."""
        for name in self.names:
            what = name.split()[-1]
            if what not in ALLOWANCE:
                continue
            second, last = self._fifths(name)
            yield name, second, last, last <= 1.1 * second + ALLOWANCE[what]

    def wrong(self):
        return [f"{name} is not flat: {second:,.0f} in the second fifth, {last:,.0f} in the last"
                for name, second, last, flat in self.verdicts() if not flat]

    def table(self):
        lines = [f"{'series':<28}{'second fifth':>14}{'last fifth':>14}"]
        for name, second, last, flat in self.verdicts():
            lines.append(f"{name:<28}{second:>14,.0f}{last:>14,.0f}{'' if flat else '   grows'}")
        for name in ONLY_SHOWN:
            lines.append(f"{name:<28}{self._fifths(name)[0]:>14,.0f}{self._fifths(name)[1]:>14,.0f}   (stored data)")
        return "\n".join(lines)
