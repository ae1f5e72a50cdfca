# SPDX-License-Identifier: Apache-2.0
"""The stores of a private installation: a PostgreSQL cluster and a Redis, on Unix sockets in its folder."""
import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading

import psycopg2
import psycopg2.extras
import redis

from support.child import PATIENCE_S, PG_BIN, StackError, base_env, child_setup, wait_until

psycopg2.extras.register_uuid()

_template_lock = threading.Lock()
_template = None


def _postgres_user():
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


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
            cwd=folder, env=base_env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=child_setup(user, signal.SIGKILL), check=False)
        if done.returncode:
            raise StackError("initdb failed: " + done.stdout.decode(errors="replace"))
        _template = folder
        return folder


class Stores:
    """What a Stack does with its stores; `folder` and `fsync` are its own."""

    def __init__(self, postgres, with_redis):
        self.folder = None
        self.postgres_settings = dict(postgres or {})
        self.with_redis = with_redis
        self._postgres = None
        self._redis = None
        self._connection = None
        self._connection_lock = threading.Lock()
        self._user = _postgres_user()

    def stores_start(self):
        self._copy_cluster()
        self.postgres_start()
        self._create_database()
        if self.with_redis:
            self.redis_start()

    def stores_end(self):
        """Without a clean shutdown: the folder goes."""
        self._forget_connection()
        for child in (self._redis, self._postgres):
            if child and child.poll() is None:
                child.send_signal(signal.SIGKILL if child is self._redis else signal.SIGQUIT)
                child.wait()
        self._redis = self._postgres = None

    def stores_revive(self):
        if self._postgres.poll() is not None:
            self.postgres_start()
        if self._redis and self._redis.poll() is not None:
            self.redis_start()

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
            self._postgres = subprocess.Popen(argv, cwd=self.folder, env=base_env(), stdin=subprocess.DEVNULL, stdout=log,
                                              stderr=log, preexec_fn=child_setup(self._user, signal.SIGQUIT))
        wait_until("PostgreSQL", self._postgres_answers)

    def _postgres_answers(self):
        if self._postgres.poll() is not None:
            raise StackError("PostgreSQL ended:\n" + self.log("postgres")[-3000:])
        try:
            psycopg2.connect(f"host={self.folder} user=postgres dbname=postgres", connect_timeout=5).close()
            return True
        except psycopg2.OperationalError:
            return False

    def postgres_freeze(self):
        """All of it stands still: its connections stay open and say nothing. postgres_thaw() ends that."""
        pid = self._postgres.pid
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            self._frozen = [pid, *map(int, file.read().split())]
        for each in self._frozen:
            os.kill(each, signal.SIGSTOP)

    def postgres_thaw(self):
        for each in self._frozen:
            try:
                os.kill(each, signal.SIGCONT)
            except ProcessLookupError:
                pass

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
            self._redis = subprocess.Popen(argv, cwd=self.folder, env=base_env(), stdin=subprocess.DEVNULL, stdout=log,
                                           stderr=log, preexec_fn=child_setup(None, signal.SIGKILL))
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
