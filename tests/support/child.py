# SPDX-License-Identifier: Apache-2.0
"""Child processes of the tests: what they inherit, how they die with us, where they may listen."""
import ctypes
import os
import random
import signal
import socket
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PG_BIN = "/usr/lib/postgresql/15/bin"
PATIENCE_S = 60.0

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


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


def child_setup(user, death_signal):
    """What the child does between fork and exec. A change of user forgets the death signal, so it comes last."""
    def setup():
        os.setsid()
        if user:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        _libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    return setup


def base_env():
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}
    # Leaks are looked for by the unit tests; what ends by kill -9 or by exit has no point in freeing.
    env["ASAN_OPTIONS"] = "abort_on_error=0:exitcode=99:detect_leaks=0:detect_stack_use_after_return=0"
    env["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1:exitcode=99"
    env["TSAN_OPTIONS"] = f"exitcode=99:suppressions={ROOT}/tests/tsan.supp"
    return env


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
