# SPDX-License-Identifier: Apache-2.0
"""A spool that cannot be written: what was accepted waits, shows itself, and goes out once it can."""
import os
import uuid

from support.client import Api
from support.post import letters, token_of, wait_settled
from support.shop import register
from support.stack import wait_until

STACK = dict(start=("public-api",))
RESET = "Set a new password"


def retries(stack):
    return stack.sql("SELECT attempt, errors::text FROM stoa.event_retry WHERE consumer = 'accounts.deliver_mail'")


def make_due(stack, attempt=None):
    stack.sql("UPDATE stoa.event_retry SET run_at = now(), attempt = coalesce(%s, attempt)", attempt)


def test_an_unwritable_spool_is_tried_again_and_at_last_given_up(stack):
    session = register(stack)
    api = Api(stack)
    # A file lies where the folder should be: nobody can write there, not even root.
    with open(f"{stack.folder}/mail", "w", encoding="utf-8"):
        pass
    stack.start("worker")
    assert api.post("/api/auth/forgot-password", {"email": session["email"]}).status == 202
    wait_until("both mails to wait for a retry", lambda: len(retries(stack)) == 2)
    assert all("a mail could not be written" in error and "Not a directory" in error for _, error in retries(stack)), retries(stack)
    assert stack.value("SELECT count(*) FROM accounts.mail WHERE secret IS NOT NULL AND settled_at IS NULL") == 2
    wait_until("another attempt of both", lambda: make_due(stack) or min(attempt for attempt, _ in retries(stack)) > 1)
    # Its last attempt goes the same way: it is a dead letter, and says so, and is still not lost.
    wait_until("the dead letters", lambda: make_due(stack, attempt=29) or
               stack.value("SELECT count(*) FROM stoa.dead_letter WHERE resolved_at IS NULL") == 2)
    assert "event dead-lettered" in stack.log("worker")
    os.unlink(f"{stack.folder}/mail")
    for (dead_id,) in stack.sql("SELECT id FROM stoa.dead_letter WHERE resolved_at IS NULL"):
        stack.run_stoa("dead", "replay", str(dead_id))
    wait_settled(stack)
    token = token_of(letters(stack, session["email"], RESET)[0])
    answer = api.post("/api/auth/reset-password", {"token": token, "new_password": "another fine password"})
    assert answer.status == 204, answer


def test_the_api_needs_no_worker_to_take_what_becomes_mail(stack):
    """With nobody to write it the answer is the same; the mail comes with the next worker."""
    if stack.alive("worker"):
        stack.kill("worker")
    email = f"later-{uuid.uuid4().hex[:8]}@example.com"
    register(stack, email)
    assert Api(stack).post("/api/auth/code", {"email": email}).status == 202
    assert not letters(stack, email)
    stack.start("worker")
    wait_until("both mails", lambda: len(letters(stack, email)) == 2)
