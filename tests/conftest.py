# SPDX-License-Identifier: Apache-2.0
"""Shared by the end-to-end and the fault tests: one stack a module, the surface test last, clean ends."""
import os
import signal
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from support import surface  # noqa: E402
from support.stack import Stack  # noqa: E402


TEST_MAX_S = 240


def too_long(*_):
    raise TimeoutError(f"a test took more than {TEST_MAX_S} s")


def pytest_configure(config):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGALRM, too_long)
    if os.environ.get("STOA_SURFACE"):
        surface.load(os.environ["STOA_SURFACE"])
    config.addinivalue_line("markers", "surface: looks at what the whole run has touched")


def pytest_sessionfinish(session):
    if os.environ.get("STOA_SURFACE"):
        surface.store(os.environ["STOA_SURFACE"])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    signal.alarm(TEST_MAX_S)
    yield
    signal.alarm(0)


def pytest_addoption(parser):
    parser.addoption("--surface", action="store_true", help="run the test of the whole surface, which needs the whole run")


def pytest_collection_modifyitems(config, items):
    last = [item for item in items if item.get_closest_marker("surface")]
    rest = [item for item in items if item not in last]
    if not config.getoption("--surface"):
        for item in last:
            item.add_marker(pytest.mark.skip(reason="only with --surface, after everything else"))
    items[:] = rest + last


def make_stack(**options):
    """A stack that tells the surface what its log holds before it goes."""
    stack = Stack(**options)
    stack.on_stop.append(surface.saw_log)
    return stack


@pytest.fixture(scope="module")
def stack(request):
    """The module's stack; a module says what it wants by STACK = dict(...)."""
    with make_stack(**getattr(request.module, "STACK", {})) as running:
        yield running


@pytest.fixture(autouse=True)
def stack_still_stands(request):
    """After each test that used the module's stack: no process ended by itself; what the test ended comes back."""
    yield
    if "stack" not in request.fixturenames:
        return
    running = request.getfixturevalue("stack")
    died = running.died()
    if running.spoiled:
        running.renew()
    else:
        running.revive()
    assert not died, f"ended unasked: {died}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the last lines of its stack's logs."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and "stack" in getattr(item, "funcargs", {}):
        running = item.funcargs["stack"]
        if running.folder and os.path.isdir(f"{running.folder}/log"):
            for name in sorted(running.ports):
                tail = running.log(name)[-2000:]
                report.sections.append((f"log of {name}", tail))
