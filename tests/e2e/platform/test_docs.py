# SPDX-License-Identifier: Apache-2.0
"""GET /docs: both APIs for people to read."""
import json
import re

import pytest

from support.client import Api

STACK = dict()


@pytest.mark.parametrize("name", ["public-api", "admin-api"])
def test_the_page_and_what_it_loads(stack, name):
    api = Api(stack, name)
    page = api.get("/docs")
    assert page.status == 200 and page.headers["content-type"] == "text/html; charset=utf-8", page
    assert "script-src 'self'" in page.headers["content-security-policy"] and "unsafe" not in page.headers["content-security-policy"]
    text = page.body.decode()
    assert "<script>" not in text and "style=" not in text, "the policy forbids what stands in the page"
    for path in re.findall(r'(?:src|href)="(/docs/[^"]+)"', text):
        assert api.get(path).status == 200, path
    assert api.get("/docs/docs.css").headers["content-type"].startswith("text/css")
    assert api.get("/docs/docs.js").headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("name", ["public-api", "admin-api"])
def test_the_documents_are_those_of_both_sides(stack, name):
    for path, side in (("/docs/public.json", "public-api"), ("/docs/admin.json", "admin-api")):
        assert Api(stack, name).get(path).json == json.loads(Api(stack, side).get("/openapi.json").body), path
