# SPDX-License-Identifier: Apache-2.0
"""What was read, as it is sent: packed for those who ask, cached where it is everybody's, with a tag for each coding."""
import pytest

from support.client import Api
from support.shop import PASSWORD, add_product, public_token, register

STACK = dict(start=("public-api", "admin-api"))
DOCUMENTS = ("/openapi.json", "/docs/public.json", "/docs/admin.json", "/docs/docs.js")


def coded(*codings):
    return {"Accept-Encoding": ", ".join(codings)}


@pytest.fixture(scope="module")
def products(stack):
    return [add_product(stack) for _ in range(8)]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_documents_are_cached_and_packed(stack, path):
    api = Api(stack)
    plain, packed = api.get(path), api.get(path, headers=coded("gzip"))
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert packed.body == plain.body and len(packed.sent) < len(plain.sent) / 2
    for answer in (plain, packed):
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert {"Accept-Encoding", "Authorization"} <= set(answer.headers["vary"].split(", ")), answer.headers
    assert plain.headers["etag"] != packed.headers["etag"], "two representations, two tags"
    for answer, asked in ((plain, {}), (packed, coded("gzip"))):
        again = api.get(path, headers={"If-None-Match": answer.headers["etag"], **asked})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", answer.headers["etag"])
        head = api.request("HEAD", path, headers=asked)
        assert (head.status, head.body) == (200, b"") and head.headers["content-length"] == str(len(answer.sent)), head


def test_the_public_catalogue_is_cached_for_nobody_in_particular(stack, products):
    for path in ("/api/products", f"/api/products/{products[0]}", "/api/catalog/brands"):
        answer = Api(stack).get(path)
        assert answer.headers["cache-control"] == "public, max-age=15" and "Authorization" in answer.headers["vary"], answer.headers
        mine = Api(stack, token=public_token()).get(path)
        assert mine.headers["cache-control"] == "no-store", mine.headers


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_long_answers_are_packed_for_those_who_ask(stack, products, coding):
    api = Api(stack)
    plain = api.get("/api/products?limit=8")
    packed = api.get("/api/products?limit=8", headers=coded("br", coding))
    if coding == "zstd" and "content-encoding" not in packed.headers:
        pytest.skip("built without zstd")
    assert packed.headers["content-encoding"] == coding and packed.json == plain.json
    assert len(packed.sent) < len(plain.sent) and "Accept-Encoding" in plain.headers["vary"]
    again = api.get("/api/products?limit=8", headers={"If-None-Match": packed.headers.get("etag", "*"), **coded(coding)})
    assert again.status == (304 if "etag" in packed.headers else 200)
    for refused in ("", "identity", f"{coding};q=0"):
        assert "content-encoding" not in api.get("/api/products?limit=8", headers={"Accept-Encoding": refused}).headers
    assert "content-encoding" not in api.get("/api/catalog/departments?limit=1", headers=coded(coding)).headers, "short"


def test_answers_with_secrets_are_never_packed(stack):
    session = register(stack, name="A" * 100)
    answer = Api(stack).post("/api/auth/login", {"email": session["email"], "password": PASSWORD}, headers=coded("gzip", "zstd", "*"))
    assert answer.status == 200 and "content-encoding" not in answer.headers and answer.json["access_token"]
