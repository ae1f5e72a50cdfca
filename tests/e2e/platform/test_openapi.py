# SPDX-License-Identifier: Apache-2.0
"""The documents as others read them: a schema validator and a linter that know nothing of us."""
import os
import subprocess

import pytest

from support.client import Api
from support.npm import npm_ci
from support.stack import ROOT

FOLDER = os.path.join(ROOT, "tests", "openapi")
STACK = dict(start=("public-api", "admin-api"))


@pytest.fixture(scope="module")
def judge():
    npm_ci(FOLDER)

    def run(path):
        return subprocess.run(["node", os.path.join(FOLDER, "check.mjs"), str(path)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100, check=False)
    return run


@pytest.mark.parametrize("name", ["public-api", "admin-api"])
def test_the_document_passes_others_judgement(stack, judge, tmp_path, name):
    document = tmp_path / "openapi.json"
    document.write_bytes(Api(stack, name).get("/openapi.json").body)
    done = judge(document)
    assert done.returncode == 0 and not done.stdout, done.stdout


@pytest.mark.parametrize("broken, rule", [
    ('"openapi":"3.1.0"|"openapi":"3.1"', "schema"), ('"in":"path"|"in":"nowhere"', "schema"),
    ('#/components/schemas/order_view"|#/components/schemas/no_view"', "no-unresolved-refs"),
    ('"operationId":"order_get"|"operationId":"order_list"', "operation-operationId-unique"),
])
def test_the_judges_would_tell(stack, judge, tmp_path, broken, rule):
    """A judge that lets everything pass proves nothing."""
    before, after = broken.split("|")
    text = Api(stack).get("/openapi.json").body.decode()
    assert before in text
    document = tmp_path / "openapi.json"
    document.write_text(text.replace(before, after))
    done = judge(document)
    assert done.returncode == 1 and rule in done.stdout, done.stdout
