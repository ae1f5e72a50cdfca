# SPDX-License-Identifier: Apache-2.0
"""Last of all: was everything there is touched at least once over the whole run?"""
import pytest

from support import surface
from support.stack import ROOT

# Promised by a document, and not to be had from outside, with the reason.
UNREACHABLE_PROBLEMS = {}
# In a table, and not emitted by anything yet.
UNEMITTED_EVENTS = {}


@pytest.mark.surface
def test_every_route_was_asked():
    assert {"public-api", "admin-api", "worker", "cron"} <= set(surface.documents)
    assert not surface.routes_unseen(), "\n".join(surface.routes_unseen())
    assert not surface.routes_unseen(served=True), "only ever refused:\n" + "\n".join(surface.routes_unseen(served=True))


@pytest.mark.surface
def test_every_problem_was_answered():
    promised = surface.problem_codes()
    assert len(promised) > 15
    missing = promised - surface.problems - set(UNREACHABLE_PROBLEMS)
    assert not missing, sorted(missing)
    assert not set(UNREACHABLE_PROBLEMS) & surface.problems, "it can be reached after all"


@pytest.mark.surface
def test_every_event_was_emitted_and_every_subscription_used():
    types, names = surface.event_types(ROOT), surface.subscriptions(ROOT)
    assert types and names
    missing = types - surface.events - set(UNEMITTED_EVENTS)
    assert not missing, sorted(missing)
    assert not names - surface.consumers, sorted(names - surface.consumers)
