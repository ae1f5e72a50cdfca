# SPDX-License-Identifier: Apache-2.0
"""Limits per address and per account, told by headers, shared by instances, and kept when Redis is away."""
import uuid

import pytest

from support.client import Api
from support.shop import PASSWORD
from support.stack import wait_until

QUOTA = 20
STACK = dict(start=("public-api", "public-api#2", "admin-api"),
             env={"STOA_RATE_PUBLIC": str(QUOTA), "STOA_RATE_LOGIN": "3", "STOA_RATE_REGISTER": "3", "STOA_RATE_MAIL": "3",
                  "STOA_THREADS": "1"})


def from_(address):
    """The proxy in front tells the client's address; it is trusted because it is on this machine."""
    return {"X-Forwarded-For": address}


def test_the_limit_is_published_and_kept(stack):
    api = Api(stack)
    answers = [api.get("/api/catalog/brands", headers=from_("203.0.113.1")) for _ in range(QUOTA + 5)]
    assert [answer.status for answer in answers[:QUOTA]] == [200] * QUOTA
    assert f'q={QUOTA}' in answers[0].headers["ratelimit-policy"] and "w=60" in answers[0].headers["ratelimit-policy"]
    remaining = [int(answer.headers["ratelimit"].split("r=")[1].split(";")[0]) for answer in answers[:QUOTA]]
    assert remaining == sorted(remaining, reverse=True) and remaining[0] == QUOTA - 1
    refused = [answer for answer in answers if answer.status == 429]
    assert len(refused) >= 3
    for answer in refused:
        assert answer.code == "rate_limited" and answer.json["type"].endswith("#quota-exceeded"), answer
        assert answer.json["violated-policies"] and 1 <= int(answer.headers["retry-after"]) <= 60


def test_addresses_do_not_share(stack):
    api = Api(stack)
    for _ in range(QUOTA + 2):
        api.get("/api/catalog/brands", headers=from_("203.0.113.2"))
    assert api.get("/api/catalog/brands", headers=from_("203.0.113.2")).status == 429
    assert api.get("/api/catalog/brands", headers=from_("203.0.113.3")).status == 200
    assert api.get("/api/catalog/brands", headers=from_("2001:db8::1")).status == 200


def test_a_customer_with_a_whole_network_of_ipv6_has_one_quota(stack):
    api = Api(stack)
    statuses = [api.get("/api/catalog/brands", headers=from_(f"2001:db8:0:7::{i:x}")).status for i in range(QUOTA + 2)]
    assert 429 in statuses and statuses[0] == 200
    assert api.get("/api/catalog/brands", headers=from_("2001:db8:0:8::1")).status == 200


def test_the_reset_means_one_thing_before_and_after_the_limit(stack):
    """`t`: until the whole quota is there again. It grows with each request taken, and a refusal does not change it."""
    api = Api(stack)
    answers = [api.get("/api/catalog/brands", headers=from_("203.0.113.11")) for _ in range(QUOTA + 5)]
    resets = [int(answer.headers["ratelimit"].split("t=")[1].split(",")[0]) for answer in answers]
    last, refused = max(i for i, answer in enumerate(answers) if answer.status == 200), answers[-1]
    assert refused.status == 429 and resets[-1] >= resets[last] - 2 and resets[-1] > int(refused.headers["retry-after"])


def test_documents_share_a_limit_of_their_own(stack):
    api = Api(stack, "admin-api")
    answers = [api.get(("/openapi.json", "/docs", "/docs/admin.json")[i % 3], headers=from_("203.0.113.12")) for i in range(QUOTA + 4)]
    assert [answer.status for answer in answers[:QUOTA]] == [200] * QUOTA
    assert answers[-1].json["violated-policies"] == ["documents"], answers[-1]


def test_a_client_cannot_choose_its_address(stack):
    """Only the last address was written by the proxy; what stands before it the client may have made up."""
    api = Api(stack)
    statuses = [api.get("/api/catalog/brands", headers=from_(f"198.51.100.{i}, 203.0.113.4")).status for i in range(QUOTA + 5)]
    assert 429 in statuses


def test_instances_share_the_limit(stack):
    statuses = []
    for i in range(QUOTA + 6):
        api = Api(stack, "public-api" if i % 2 else "public-api#2")
        statuses.append(api.get("/api/catalog/brands", headers=from_("203.0.113.5")).status)
    assert statuses.count(200) <= QUOTA + 2, "two instances, one bucket"


def test_probes_count_against_no_limit(stack):
    for _ in range(QUOTA * 2):
        assert stack.probe("public-api", "/health")[0] == 200


def test_logins_have_their_own(stack):
    api = Api(stack)

    def login(email, address, name="public-api", path="/api/auth/login"):
        return Api(stack, name).post(path, {"email": email, "password": PASSWORD}, headers=from_(address))
    email = f"victim-{uuid.uuid4().hex[:6]}@example.com"
    statuses = [login(email, f"198.51.100.{i}").status for i in range(6)]
    assert statuses == [401] * 6, "strangers shut nobody out but themselves; how many may guess is the lock's affair"
    statuses = [login(f"{i}-{email}", "203.0.113.6").status for i in range(6)]
    assert statuses == [401, 401, 401, 429, 429, 429], "per address, over many accounts"
    statuses = [login(f"{i}-staff-{email}", "203.0.113.7", "admin-api", "/api/admin/auth/login").status for i in range(6)]
    assert statuses == [401, 401, 401, 429, 429, 429]
    assert api.get("/api/catalog/brands", headers=from_("203.0.113.6")).status == 200


def test_registrations_are_limited_per_address(stack):
    api = Api(stack)
    statuses = []
    for i in range(5):
        body = {"email": f"r{i}-{uuid.uuid4().hex[:8]}@example.com", "password": PASSWORD, "name": "Ada Example"}
        statuses.append(api.post("/api/auth/register", body, headers=from_("203.0.113.8")).status)
    assert statuses == [201, 201, 201, 429, 429]


@pytest.mark.parametrize("path", ["/api/auth/forgot-password", "/api/auth/code"])
def test_mail_is_limited_per_recipient_known_or_not_and_per_address(stack, path):
    api = Api(stack)
    known = f"k-{uuid.uuid4().hex[:8]}@example.com"
    api.post("/api/auth/register", {"email": known, "password": PASSWORD, "name": "Ada Example"}, headers=from_("203.0.113.9"))
    for n, email in enumerate((known, f"u-{uuid.uuid4().hex[:8]}@example.com")):
        answers = [api.post(path, {"email": email}, headers=from_(f"192.0.2.{n * 10 + i}")) for i in range(5)]
        assert [answer.status for answer in answers] == [202, 202, 202, 429, 429], (email, answers)
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 300
    address = from_(f"198.18.0.{len(path)}")
    statuses = [api.post(path, {"email": f"{i}-{known}"}, headers=address).status for i in range(5)]
    assert statuses == [202, 202, 202, 429, 429]


def test_without_redis_each_process_limits_alone(stack):
    stack.redis_stop()
    try:
        wait_until("the loss to be noticed", lambda: stack.ready("public-api")[1]["status"] == "degraded")
        api = Api(stack)
        statuses = [api.get("/api/catalog/brands", headers=from_("203.0.113.8")).status for _ in range(QUOTA + 5)]
        assert statuses[:QUOTA] == [200] * QUOTA and 429 in statuses
    finally:
        stack.redis_start()
    wait_until("Redis to be back", lambda: stack.ready("public-api")[1]["status"] == "ready")
    assert Api(stack).get("/api/catalog/brands", headers=from_("203.0.113.9")).status == 200
