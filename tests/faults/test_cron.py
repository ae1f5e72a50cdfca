# SPDX-License-Identifier: Apache-2.0
"""Periodic jobs: of all crons one leads, another takes over when it is gone, and each ends cleanly."""
import re
import signal
import uuid

import pytest

from support.stack import wait_until

STACK = dict(start=())
PURGE = "stoa.idempotency_purge"


@pytest.fixture(autouse=True)
def no_cron_is_left(stack):
    yield
    for name in ("cron", "cron#2"):
        if stack.alive(name):
            stack.kill(name)


def metric(stack, name, series):
    """A value of the metrics page, 0 while the series is not there; None when nobody answers."""
    status, body = stack.probe(name, "/metrics")
    if status != 200:
        return None
    found = re.search(rf"^{re.escape(series)} (\S+)$", body, re.M)
    return float(found.group(1)) if found else 0


def leads(stack, name):
    return metric(stack, name, "stoa_periodic_jobs_leading") == 1


def runs(stack, name, job=PURGE):
    return metric(stack, name, f'stoa_periodic_job_runs_total{{job="{job}"}}')


def store_answer(stack, age):
    key = uuid.uuid4().hex
    stack.sql("INSERT INTO stoa.idempotency (scope, key, route, fingerprint, status, body, created_at)"
              " VALUES (%s, %s, 'test', '', 200, '{}', clock_timestamp() - %s::interval)", uuid.uuid4(), key, age)
    return key


def is_stored(stack, key):
    return stack.value("SELECT count(*) FROM stoa.idempotency WHERE key = %s", key) == 1


def test_old_answers_are_purged(stack):
    old, young = store_answer(stack, "25 hours"), store_answer(stack, "23 hours")
    stack.start("cron")
    wait_until("the purge", lambda: not is_stored(stack, old))
    assert is_stored(stack, young)
    wait_until("its count", lambda: runs(stack, "cron") == 1)
    assert metric(stack, "cron", f'stoa_periodic_job_failures_total{{job="{PURGE}"}}') == 0
    assert metric(stack, "cron", f'stoa_periodic_job_duration_seconds{{job="{PURGE}"}}') > 0
    assert stack.terminate("cron") == 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_one_leads_and_another_takes_over(stack, how):
    stack.start("cron")
    wait_until("the first to lead", lambda: leads(stack, "cron") and runs(stack, "cron") == 1)
    stack.start("cron#2")
    old = store_answer(stack, "25 hours")
    assert not leads(stack, "cron#2") and runs(stack, "cron#2") == 0, "the second stands by"
    assert is_stored(stack, old), "the first has had its round"
    stack.kill("cron", how)
    wait_until("the second to lead", lambda: leads(stack, "cron#2"))
    wait_until("the second's round", lambda: not is_stored(stack, old))
    assert stack.terminate("cron#2") == 0


def test_the_database_goes_and_comes_back(stack):
    """Leadership is lost with the connection, and somebody has it again afterwards."""
    stack.start("cron")
    wait_until("it to lead", lambda: leads(stack, "cron"))
    wait_until("its round", lambda: runs(stack, "cron") == 1)
    old = store_answer(stack, "25 hours")
    stack.postgres_restart()
    wait_until("a round of the new leader", lambda: not is_stored(stack, old))
    assert stack.terminate("cron") == 0
