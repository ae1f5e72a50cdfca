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
import ctypes
import json
import os
import pwd
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import psycopg2
import psycopg2.extras
import redis

psycopg2.extras.register_uuid()

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PG_BIN = "/usr/lib/postgresql/15/bin"
PATIENCE_S = 60.0

# Known here so that tests can forge tokens and look for them in the logs. Nothing but tests uses them.
SECRETS = {
    "JWT_SECRET": "test-public-secret-0123456789abcdef-PUB",
    "ADMIN_JWT_SECRET": "test-admin-secret-0123456789abcdef-ADM",
    "STOA_CURSOR_SECRET": "test-cursor-secret-0123456789abcdef-CUR",
    "INTERNAL_API_KEY": "test-internal-key-0123456789abcdef-INT",
}

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_live = []
_template_lock = threading.Lock()
_template = None


class StackError(Exception):
    """Something of the installation did not come up or went away unasked."""


def wait_until(what, look, timeout_s=PATIENCE_S, every_s=0.02):
    """Calls look() until it is true and gives what it gave; looks again ever more seldom."""
    end = time.monotonic() + timeout_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise StackError(f"waited {timeout_s:g} s in vain for {what}")
        time.sleep(every_s)
        every_s = min(every_s * 1.3, 0.25)


def build_folder():
    """Where the binaries are: STOA_BUILD, or build/ of this checkout."""
    return os.path.abspath(os.environ.get("STOA_BUILD") or os.path.join(ROOT, "build"))


def _postgres_user():
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def _child_setup(user, death_signal):
    """What the child does between fork and exec. A change of user forgets the death signal, so it comes last."""
    def setup():
        os.setsid()
        if user:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        _libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    return setup


def _base_env():
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}
    # Leaks are looked for by the unit tests; what ends by kill -9 or by exit has no point in freeing.
    env["ASAN_OPTIONS"] = "abort_on_error=0:exitcode=99:detect_leaks=0:detect_stack_use_after_return=0"
    env["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1:exitcode=99"
    return env


def _make_template():
    """A cluster fresh from initdb, made once per run and copied for each stack."""
    global _template
    with _template_lock:
        if _template:
            return _template
        user = _postgres_user()
        folder = tempfile.mkdtemp(prefix="stoa-pg-", dir="/tmp")
        os.chmod(folder, 0o755)
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        done = subprocess.run(
            [f"{PG_BIN}/initdb", "-N", "-D", f"{folder}/data", "-A", "trust", "-U", "postgres", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-instructions"],
            cwd=folder, env=_base_env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=_child_setup(user, signal.SIGKILL), check=False)
        if done.returncode:
            raise StackError("initdb failed: " + done.stdout.decode(errors="replace"))
        _template = folder
        return folder


def free_port(taken):
    for _ in range(500):
        port = random.randrange(20000, 32000)
        if port in taken:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise StackError("no free loopback port")


class Stack:
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
        self.build = os.path.abspath(build or build_folder())
        self.env = dict(env or {})
        self.env_of = {name: dict(value) for name, value in (env_of or {}).items()}
        self.fsync = fsync
        self.postgres_settings = dict(postgres or {})
        self.with_redis = with_redis
        self.ports = {}
        self.exit_codes = {}
        self._start = tuple(start)
        self._seed = seed
        self._migrate = migrate
        self._children = {}
        self._postgres = None
        self._redis = None
        self._connection = None
        self._connection_lock = threading.Lock()
        self._user = _postgres_user()
        self.folder = None
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
            self._copy_cluster()
            self.postgres_start()
            self._create_database()
            if self.with_redis:
                self.redis_start()
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
            return []
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
        self._forget_connection()
        for child in (self._redis, self._postgres):
            if child and child.poll() is None:
                child.send_signal(signal.SIGKILL if child is self._redis else signal.SIGQUIT)
                child.wait()
        found = self.sanitizer_reports()
        _live.remove(self)
        if not os.environ.get("STOA_TEST_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)
        if found:
            raise StackError("a sanitizer spoke:\n" + "\n".join(found))
        return found

    def renew(self):
        """A new installation in place of this one."""
        self.stop()
        self.ports, self.exit_codes, self._children, self.spoiled = {}, {}, {}, False
        self._redis = self._postgres = None
        self.up()

    def sanitizer_reports(self):
        """Lines of the logs in which a sanitizer, an assertion or a crash speaks."""
        pattern = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|CHECK failed|check failed|"
                             r"stack smashing|buffer overflow detected|double free|corrupted")
        found = []
        for file in sorted(os.listdir(f"{self.folder}/log")):
            if file.startswith(("postgres", "redis")):
                continue
            with open(f"{self.folder}/log/{file}", errors="replace") as log:
                lines = log.read().splitlines()
            for at, line in enumerate(lines):
                if pattern.search(line) and not line.startswith("{"):
                    found.append(f"{file}: " + "\n".join(lines[at:at + 30]))
                    break
        return found

    # ---- Stores ---------------------------------------------------------------------------------------------

    @property
    def conninfo(self):
        """libpq's string for the database, as the processes get it."""
        return f"host={self.folder} user=stoa dbname=stoa"

    @property
    def superuser_conninfo(self):
        return f"host={self.folder} user=postgres dbname=stoa"

    @property
    def redis_socket(self):
        return f"{self.folder}/redis.sock"

    @property
    def redis_url(self):
        return f"unix://{self.redis_socket}"

    def _copy_cluster(self):
        template = _make_template()
        subprocess.run(["cp", "-a", "--reflink=auto", f"{template}/data", f"{self.folder}/data"], check=True)
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)

    def _log_file(self, name):
        return open(f"{self.folder}/log/{name}.log", "ab")

    def postgres_start(self):
        settings = {
            "listen_addresses": "", "unix_socket_directories": self.folder, "unix_socket_permissions": "0777",
            "fsync": "on", "max_connections": "120", "shared_buffers": "64MB", "log_checkpoints": "off",
            "autovacuum": "on",
        }
        if not self.fsync:
            settings.update({"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"})
        settings.update(self.postgres_settings)
        argv = [f"{PG_BIN}/postgres", "-D", f"{self.folder}/data"]
        for key, value in settings.items():
            argv += ["-c", f"{key}={value}"]
        with self._log_file("postgres") as log:
            self._postgres = subprocess.Popen(argv, cwd=self.folder, env=_base_env(), stdin=subprocess.DEVNULL, stdout=log,
                                              stderr=log, preexec_fn=_child_setup(self._user, signal.SIGQUIT))
        wait_until("PostgreSQL", self._postgres_answers)

    def _postgres_answers(self):
        if self._postgres.poll() is not None:
            raise StackError("PostgreSQL ended:\n" + self.log("postgres")[-3000:])
        try:
            psycopg2.connect(f"host={self.folder} user=postgres dbname=postgres", connect_timeout=5).close()
            return True
        except psycopg2.OperationalError:
            return False

    def postgres_stop(self, how="immediate"):
        """immediate: as if the power went; fast: connections are ended, then a clean shutdown."""
        self._forget_connection()
        self._postgres.send_signal({"immediate": signal.SIGQUIT, "fast": signal.SIGINT}[how])
        self._postgres.wait(timeout=PATIENCE_S)

    def postgres_restart(self, how="immediate"):
        self.postgres_stop(how)
        self.postgres_start()

    def _create_database(self):
        connection = psycopg2.connect(f"host={self.folder} user=postgres dbname=postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE stoa LOGIN")
            cursor.execute("CREATE DATABASE stoa OWNER stoa")
        connection.close()

    def redis_start(self):
        if os.path.exists(self.redis_socket):
            os.unlink(self.redis_socket)
        argv = ["redis-server", "--port", "0", "--unixsocket", self.redis_socket, "--save", "", "--appendonly", "no",
                "--daemonize", "no", "--dir", self.folder]
        with self._log_file("redis") as log:
            self._redis = subprocess.Popen(argv, cwd=self.folder, env=_base_env(), stdin=subprocess.DEVNULL, stdout=log,
                                           stderr=log, preexec_fn=_child_setup(None, signal.SIGKILL))
        wait_until("Redis", self._redis_answers)

    def _redis_answers(self):
        if self._redis.poll() is not None:
            raise StackError("Redis ended:\n" + self.log("redis")[-3000:])
        try:
            return self.redis().ping()
        except redis.exceptions.RedisError:
            return False

    def redis_stop(self):
        self._redis.send_signal(signal.SIGKILL)
        self._redis.wait()

    def redis_restart(self):
        """Comes back empty: it keeps nothing on disk."""
        self.redis_stop()
        self.redis_start()

    def redis(self):
        return redis.Redis(unix_socket_path=self.redis_socket)

    # ---- Looking into the database ------------------------------------------------------------------------------

    def connect(self, superuser=False):
        connection = psycopg2.connect(self.superuser_conninfo if superuser else self.conninfo)
        connection.autocommit = True
        return connection

    def _forget_connection(self):
        with self._connection_lock:
            if self._connection:
                try:
                    self._connection.close()
                except psycopg2.Error:
                    pass
            self._connection = None

    def sql(self, text, *args):
        """Rows of a statement, [] of one that gives none; in autocommit, over one connection shared by all threads."""
        with self._connection_lock:
            if self._connection is None or self._connection.closed:
                self._connection = self.connect()
            try:
                with self._connection.cursor() as cursor:
                    cursor.execute(text, args or None)
                    return cursor.fetchall() if cursor.description else []
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                self._connection.close()
                raise

    def value(self, text, *args):
        return self.sql(text, *args)[0][0]

    # ---- Processes ----------------------------------------------------------------------------------------------

    def binary(self, name):
        kind = name.split("#")[0]
        path = "apps/stoa/stoa" if kind == "stoa" else f"apps/{kind}"
        return os.path.join(self.build, path)

    def environment(self, name="stoa", env=None):
        """Variables of a process; those of `env` win."""
        merged = _base_env()
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
                preexec_fn=_child_setup(None, signal.SIGKILL))
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
            raise StackError(f"{name} ended with {code}:\n{self.log(name)[-4000:]}")

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
        """{name: exit code} of processes that ended without anybody having waited for it."""
        return {name: child.poll() for name, child in self._children.items() if child.poll() is not None}

    def revive(self):
        """Brings back everything a test may have ended, stores included, as the stack was made."""
        if self._postgres.poll() is not None:
            self.postgres_start()
        if self._redis and self._redis.poll() is not None:
            self.redis_start()
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
