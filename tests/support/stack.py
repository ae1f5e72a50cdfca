# SPDX-License-Identifier: Apache-2.0
"""A whole private installation: PostgreSQL, Redis and the built processes, in a folder of its own.

    with Stack(start=("public-api", "worker")) as stack:
        stack.public_url, stack.pids["worker"], stack.conninfo
        stack.kill("worker"); stack.start("worker", env={"STOA_FAULT": "consumer.inside"})

Nothing listens outside: stores on Unix sockets in the folder, processes on loopback ports below the range the kernel gives
away. Every child dies with us (PR_SET_PDEATHSIG), is signalled only by its own process id, and stop() removes everything.
As root the cluster runs as the user postgres, as PostgreSQL demands. A second process of one kind is named "worker#2".
"""
import atexit
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request

from support.child import (  # noqa: F401
    PATIENCE_S, PG_BIN, ROOT, StackError, base_env, build_folder, child_setup, free_port, wait_until)
from support.crash import crash_in, crashes
from support.stores import Stores

# Known here so that tests can forge tokens and look for them in the logs. Nothing but tests uses them.
SECRETS = {
    "JWT_SECRET": "test-public-secret-0123456789abcdef-PUB",
    "ADMIN_JWT_SECRET": "test-admin-secret-0123456789abcdef-ADM",
    "STOA_CURSOR_SECRET": "test-cursor-secret-0123456789abcdef-CUR",
    "INTERNAL_API_KEY": "test-internal-key-0123456789abcdef-INT",
}

_live = []


class Stack(Stores):
    """See the head of this file.

    start      names of the processes to start; () for the stores alone
    env        variables of every process; a value None unsets
    env_of     {"worker": {...}}: variables of one process, on top
    fsync      True: durable as in production (benchmarks, and tests that say so)
    postgres   {"shared_buffers": "256MB"}: settings of the server, on top
    with_redis False: no Redis is started and none is configured
    seed       run `stoa seed` after migrating
    migrate    False: leave the database empty
    build      folder of the binaries
    """

    def __init__(self, start=("public-api", "admin-api", "worker"), env=None, env_of=None, fsync=False, postgres=None,
                 with_redis=True, seed=False, migrate=True, build=None):
        super().__init__(postgres, with_redis)
        self.build = os.path.abspath(build or build_folder())
        self.env = dict(env or {})
        self.env_of = {name: dict(value) for name, value in (env_of or {}).items()}
        self.fsync = fsync
        self.ports = {}
        self.exit_codes = {}
        self._start = tuple(start)
        self._seed = seed
        self._migrate = migrate
        self._children = {}
        self.spoiled = False  # a checker found it wrong: what follows would only find the same
        self.on_stop = []

    # ---- Life -----------------------------------------------------------------------------------------------

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *exc):
        self.stop()

    def up(self):
        """Starts all that was asked for, in parallel where nothing depends on anything, and waits until it is ready."""
        if not os.path.exists(self.binary("stoa")):
            raise StackError(f"{self.binary('stoa')} is not built")
        self.folder = tempfile.mkdtemp(prefix="stoa-e2e-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        _live.append(self)
        try:
            os.mkdir(f"{self.folder}/log")
            self.stores_start()
            if self._migrate:
                self.migrate()
            if self._seed:
                self.seed()
            for name in self._start:
                self.start(name, wait=False)
            for name in self._start:
                self.wait_ready(name)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        """Ends everything and removes the folder; may be called twice. Complains when a process had crashed."""
        if self not in _live:
            return
        for hook in self.on_stop:
            try:
                hook(self)
            except Exception as error:  # a hook must not leave servers behind
                print(f"stack: a stop hook failed: {error!r}")
        for child in self._children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
        for name, child in list(self._children.items()):
            self._reap(name, child)
        self.stores_end()
        found = crashes(f"{self.folder}/log")
        _live.remove(self)
        if not os.environ.get("STOA_TEST_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)
        if found:
            raise StackError("\n".join(found))

    def renew(self):
        """A new installation in place of this one."""
        self.stop()
        self.ports, self.exit_codes, self._children, self.spoiled = {}, {}, {}, False
        self.up()

    # ---- Processes ----------------------------------------------------------------------------------------------

    def binary(self, name):
        kind = name.split("#")[0]
        path = "apps/stoa/stoa" if kind == "stoa" else f"apps/{kind}"
        return os.path.join(self.build, path)

    def environment(self, name="stoa", env=None):
        """Variables of a process; those of `env` win."""
        merged = base_env()
        merged.update(SECRETS)
        merged.update({
            "STOA_ENV": "test", "DATABASE_URL": self.conninfo, "LOG_FORMAT": "json", "LOG_LEVEL": "info",
            "STOA_RATE_PUBLIC": "0", "STOA_RATE_LOGIN": "0", "STOA_RATE_REGISTER": "0", "STOA_RATE_MAIL": "0",
            "STOA_LOCKOUT_FAILURES": "0", "STOA_MAIL_SPOOL": f"{self.folder}/mail",
            "STOA_THREADS": "2", "STOA_CLAIM_IDLE": "2s",
        })
        if self.with_redis:
            merged["REDIS_URL"] = self.redis_url
        else:
            merged["STOA_BUS"] = "postgres"
        if name.split("#")[0] in ("worker", "cron"):
            merged["STOA_THREADS"] = "1"
        for layer in (self.env, self.env_of.get(name), env):
            for key, value in (layer or {}).items():
                merged[key] = value
        return {key: str(value) for key, value in merged.items() if value is not None}

    def run_stoa(self, *args, env=None, check=True, timeout=120):
        """One run of the command line; the finished process with its output as text."""
        done = subprocess.run([self.binary("stoa"), *args], cwd=self.folder, env=self.environment("stoa", env),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=timeout, check=False)
        with open(f"{self.folder}/log/stoa.log", "a") as log:
            log.write(done.stdout + done.stderr)
        if check and done.returncode:
            raise StackError(f"stoa {' '.join(args)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def migrate(self):
        return self.run_stoa("migrate")

    def seed(self):
        return self.run_stoa("seed")

    def start(self, name, env=None, wait=True, args=()):
        """Starts a process on the port it had before, or a free one."""
        child = self._children.get(name)
        if child and child.poll() is None:
            raise StackError(f"{name} runs already")
        if name not in self.ports:
            self.ports[name] = free_port(set(self.ports.values()))
        merged = self.environment(name, env)
        merged.setdefault("PORT", str(self.ports[name]))
        with self._log_file(name) as log:
            self._children[name] = subprocess.Popen(
                [self.binary(name), *args], cwd=self.folder, env=merged, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=child_setup(None, signal.SIGKILL))
        if wait:
            self.wait_ready(name)
        return self._children[name].pid

    def wait_ready(self, name, timeout_s=PATIENCE_S):
        """/ready is answered by one loop for itself, and each connection may meet another: all of a row must say yes."""
        def look():
            self.check_alive(name)
            return all(self.probe(name, "/ready")[0] == 200 for _ in range(10))
        wait_until(f"{name} to be ready", look, timeout_s)

    def probe(self, name, path, timeout_s=10):
        """(status, body) of a GET; (0, why) when nobody answers."""
        try:
            with urllib.request.urlopen(self.url(name) + path, timeout=timeout_s) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def ready(self, name):
        """(status, parsed body) of /ready."""
        status, body = self.probe(name, "/ready")
        return status, json.loads(body) if status else {}

    def check_alive(self, name):
        code = self._children[name].poll()
        if code is not None:
            raise StackError(f"{name} ended with {code}: " + (crash_in(self.log(name)) or "\n" + self.log(name)[-4000:]))

    def alive(self, name):
        child = self._children.get(name)
        return bool(child) and child.poll() is None

    @property
    def postgres_pid(self):
        return self._postgres.pid

    @property
    def pids(self):
        return {name: child.pid for name, child in self._children.items() if child.poll() is None}

    def _reap(self, name, child):
        self.exit_codes[name] = child.wait()
        del self._children[name]

    def kill(self, name, how=signal.SIGKILL):
        """Sends a signal and waits for the end; the exit code, negative for a signal."""
        child = self._children[name]
        child.send_signal(how)
        child.wait(timeout=PATIENCE_S)
        self._reap(name, child)
        return self.exit_codes[name]

    def send(self, name, how):
        self._children[name].send_signal(how)

    def terminate(self, name, timeout_s=PATIENCE_S):
        """Asks a process to end (SIGTERM) and gives its exit code."""
        self.send(name, signal.SIGTERM)
        return self.wait_exit(name, timeout_s)

    def wait_exit(self, name, timeout_s=PATIENCE_S):
        """Waits for a process to end by itself."""
        child = self._children[name]
        try:
            child.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise StackError(f"{name} did not end within {timeout_s:g} s:\n{self.log(name)[-2000:]}") from None
        self._reap(name, child)
        return self.exit_codes[name]

    def died(self):
        """{name: exit code, or what crashed it} of processes that ended without anybody having waited for it."""
        return {name: crash_in(self.log(name)) or child.poll()
                for name, child in self._children.items() if child.poll() is not None}

    def revive(self):
        """Brings back everything a test may have ended, stores included, as the stack was made."""
        self.stores_revive()
        for name, child in list(self._children.items()):
            if child.poll() is not None:
                self._reap(name, child)
        for name in self._start:
            if not self.alive(name):
                self.start(name)

    def restart(self, name, env=None, how=signal.SIGKILL):
        if self.alive(name):
            self.kill(name, how)
        return self.start(name, env=env)

    def url(self, name):
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def public_url(self):
        return self.url("public-api")

    @property
    def admin_url(self):
        return self.url("admin-api")

    # ---- Logs and memory --------------------------------------------------------------------------------------------

    def log(self, name):
        try:
            with open(f"{self.folder}/log/{name}.log", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def log_lines(self, name):
        """The JSON lines of a process's log; what is not one is left out."""
        lines = []
        for line in self.log(name).splitlines():
            if line.startswith("{"):
                try:
                    lines.append(json.loads(line))
                except ValueError:
                    pass
        return lines

    def pss_kib(self, name):
        """Proportional set size: a page shared by n processes counts 1/n."""
        with open(f"/proc/{self._children[name].pid}/smaps_rollup") as file:
            return int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M).group(1))

    def cpu_s(self, name):
        """User and system time of a process so far."""
        with open(f"/proc/{self._children[name].pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _stop_all():
    for stack in list(_live):
        try:
            stack.stop()
        except Exception as error:
            print(f"stack: {error}")


atexit.register(_stop_all)
# Coroutine stacks under the address sanitizer and thousands of sockets want more than the usual 1,024.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if _soft < 8192:
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, _hard), _hard))
