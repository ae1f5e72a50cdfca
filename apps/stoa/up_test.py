#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The life of a stack under `stoa up`: started, killed in parts and as a whole, ended, started again with its data.

    up_test.py STOA
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

PATIENCE_S = 60
STOA = os.path.abspath(sys.argv[1])


def wait_for(what, look):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE_S} s for {what}")


def free_base():
    """Twelve ports in a row, below those the kernel hands out."""
    for base in range(20000 + os.getpid() % 1000 * 10, 32000, 20):
        sockets = [socket.socket() for _ in range(20)]
        try:
            for offset, one in enumerate(sockets):
                one.bind(("127.0.0.1", base + offset))
            return base
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise AssertionError("no ports")


class Stack:
    def __init__(self, folder, base):
        self.folder, self.base, self.process = folder, base, None
        self.output = os.path.join(folder, "output")
        self.dir = os.path.join(folder, ".stoa")
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.endswith("_PORT") and name not in ("DATABASE_URL", "DB_HOST", "REDIS_URL")}

    def up(self, *options):
        with open(self.output, "w", encoding="utf-8") as output:
            self.process = subprocess.Popen([STOA, "up", "--port-base", str(self.base), *options], cwd=self.folder,
                                            stdout=output, stderr=output, env=self.environment)
        wait_for("the stack", lambda: "Ctrl-C ends" in self.text() or self.process.poll() is not None)
        assert self.process.poll() is None, self.text()

    def text(self):
        with open(self.output, encoding="utf-8") as output:
            return output.read()

    def run(self, *words, **more):
        return subprocess.run([STOA, *words], cwd=self.folder, capture_output=True, text=True, check=False, timeout=PATIENCE_S,
                              env={**self.environment, **more})

    def processes(self):
        with open(os.path.join(self.dir, "processes"), encoding="utf-8") as lines:
            return {line.split()[0]: int(line.split()[1]) for line in lines}

    def get(self, path, port=4):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.base + port}{path}", timeout=10) as answer:
            return answer.status, answer.read()

    def secrets(self):
        path = os.path.join(self.dir, "secrets.env")
        assert os.stat(path).st_mode & 0o777 == 0o600
        with open(path, encoding="utf-8") as text:
            return text.read()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE_S) == 0, self.text()

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE_S)


def is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def check_first_start(stack):
    stack.up()
    assert set(stack.processes()) == {"postgres", "redis", "public-api", "admin-api", "worker", "cron", "gateway"}
    assert stack.get("/ready")[0] == 200
    assert json.loads(stack.get("/api/products?limit=1")[1])["data"] is not None
    assert json.loads(stack.get("/openapi.json", port=1)[1])["openapi"].startswith("3.1")
    for words in (["status"], ["doctor"], ["events"], ["dead", "list"], ["config"], ["migrate"]):
        done = stack.run(*words)
        assert done.returncode == 0, (words, done)
    for words in (["status"], ["events"], ["config"], ["mail"], ["permissions"]):
        lines = stack.run(*words, "--json").stdout.splitlines()
        assert (lines or words == ["mail"]) and all(isinstance(json.loads(line), dict) for line in lines), (words, lines)
    status = [json.loads(line) for line in stack.run("status", "--json").stdout.splitlines()]
    assert {row["process"]: row["pid"] for row in status} == stack.processes()
    assert all(row["status"] in ("running", "ready") and row["memory_bytes"] > 0 for row in status), status
    assert stack.run("dead", "list", "--json").stdout == ""
    for secret in re.findall("'([0-9a-f]{64})'", stack.secrets()):
        assert secret not in stack.run("config").stdout
        assert secret not in stack.text()


def check_second_up_says_so(stack):
    done = stack.run("up")
    assert done.returncode == 0 and "already running" in done.stdout, done


def check_restarts(stack):
    for name in ("worker", "redis", "postgres", "gateway", "public-api"):
        pid = stack.processes()[name]
        os.kill(pid, signal.SIGKILL)
        wait_for(name + " to be back", lambda: stack.processes().get(name, pid) != pid)
        wait_for(name + " to be ready", lambda: f"{name} (pid {stack.processes().get(name)}) is ready again" in stack.text())
    wait_for("all to be well", lambda: stack.run("status").returncode == 0)


def check_down(stack):
    pids = stack.processes().values()
    done = stack.run("down")
    assert done.returncode == 0, done
    assert stack.process.wait(PATIENCE_S) == 0
    assert all(is_gone(pid) for pid in pids)
    assert "killing" not in stack.text(), stack.text()
    assert stack.run("status").returncode == 1
    assert stack.run("down").returncode == 0


def check_left_as_it_was(stack):
    secrets = stack.secrets()
    events = stack.run("events", "--after", "0", "--limit", "50").stdout
    check_down(stack)
    stack.up()
    assert stack.secrets() == secrets
    assert stack.run("events", "--after", "0", "--limit", "50").stdout == events


def check_killed(stack):
    """The processes end with a `stoa up` that is killed, and the next one starts as usual."""
    pids = stack.processes().values()
    stack.process.kill()
    stack.process.wait()
    wait_for("all to be gone", lambda: all(is_gone(pid) for pid in pids))
    stack.up()
    assert stack.run("status").returncode == 0


def check_busy_port(stack):
    with socket.socket() as taker:
        taker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taker.bind(("127.0.0.1", stack.base + 2))
        taker.listen()
        done = stack.run("up", "--port-base", str(stack.base))
    assert done.returncode == 1, done
    assert f"port {stack.base + 2} for worker is taken by" in done.stderr and f"(pid {os.getpid()})" in done.stderr, done
    assert "set WORKER_PORT to use another" in done.stderr


def check_without_redis(stack):
    stack.up("--bus", "postgres", "--no-gateway", "--scale", "worker=2")
    assert set(stack.processes()) == {"postgres", "public-api", "admin-api", "worker", "worker-2", "cron"}
    assert stack.get("/ready", port=0)[0] == 200
    check_down(stack)


def check_removed_cluster(stack):
    """Its files are gone, all else of the stack is there: a new one is made."""
    shutil.rmtree(os.path.join(stack.dir, "postgres", "data"))
    stack.up()
    assert "creating a PostgreSQL cluster" in stack.text()
    assert stack.run("status").returncode == 0
    check_down(stack)


def check_interrupt(stack):
    """Ctrl-C, even when a shell has set SIGINT to ignored for a background process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stack.up()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pids = stack.processes().values()
    stack.interrupt()
    assert all(is_gone(pid) for pid in pids)


def check_refusals(stack):
    for words, more, line in (
        (["up"], {"LOG_LEVEL": "loud"}, "LOG_LEVEL: got"),
        (["up"], {"WORKER_PORT": "x"}, "WORKER_PORT: got"),
        (["up", "--scale", "worker=x"], {}, "--scale: got"),
        (["up", "--nothing"], {}, "no such option"),
        (["nothing"], {}, "no such command"),
        (["openapi"], {}, "takes public or admin"),
        (["dead", "show", "x"], {}, "takes the id"),
        (["token"], {}, "token takes"),
    ):
        done = stack.run(*words, **more)
        assert done.returncode in (1, 2) and line in done.stderr, (words, done)


def main():
    folder = tempfile.mkdtemp(prefix="stoa-up-")
    os.chmod(folder, 0o755)
    stack = Stack(folder, free_base())
    try:
        check_first_start(stack)
        check_second_up_says_so(stack)
        check_restarts(stack)
        check_left_as_it_was(stack)
        check_killed(stack)
        check_down(stack)
        check_busy_port(stack)
        check_interrupt(stack)
        check_refusals(stack)
        check_removed_cluster(stack)
        check_without_redis(stack)
    except BaseException:
        print(stack.text() if os.path.exists(stack.output) else "")
        raise
    finally:
        stack.end()
        shutil.rmtree(folder)


main()
