#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the words of tests/run mean, on a small tree."""
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True

from support.choose import Unknown, choose  # noqa: E402

MESON = [
    ("shop order", "unit", "services/shop/domain/order_test.c"),
    ("shop mail", "integration", "services/shop/mail_test.c"),
    ("blog post", "unit", "services/blog/reviews/post_test.c"),
    ("check-deps", "unit", "tools/check-deps-test"),
]
PYTEST = ["e2e/shop/test_shop.py", "e2e/shop/test_orders.py", "e2e/shop/test_reviews.py", "e2e/test_reviews_late.py", "faults/test_redis.py"]

# Words, and what they mean: {suite: tests}, [] for all of them; None: nothing.
ROWS = [
    ([], {"unit": [], "integration": [], "e2e": [], "faults": [], "surface": []}),
    (["e2e", "unit"], {"unit": [], "e2e": []}),
    (["tests/e2e/shop/test_orders.py"], {"e2e": ["e2e/shop/test_orders.py"]}),
    (["e2e/shop/test_orders.py::test_x"], {"e2e": ["e2e/shop/test_orders.py::test_x"]}),
    (["tests/e2e"], {"e2e": []}),
    (["tests/e2e/shop", "unit"], {"unit": [], "e2e": ["e2e/shop"]}),
    (["e2e", "e2e/shop"], {"e2e": []}),
    (["shop"], {"unit": ["shop order"], "integration": ["shop mail"], "e2e": ["e2e/shop"]}),
    (["shop order"], {"unit": ["shop order"]}),
    (["reviews"], {"unit": ["blog post"], "e2e": ["e2e/shop/test_reviews.py", "e2e/test_reviews_late.py"]}),
    (["test_orders"], {"e2e": ["e2e/shop/test_orders.py"]}),
    (["redis", "check-deps"], {"unit": ["check-deps"], "faults": ["faults/test_redis.py"]}),
    (["services/shop"], {"unit": ["shop order"], "integration": ["shop mail"]}),
    (["services/shop/mail_test.c"], {"integration": ["shop mail"]}),
    (["e2e/shop/test_order.py"], None),
    (["review"], None),
    (["docs"], None),
    (["unit", "nothing"], None),
]


def write(path, text=""):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def make_tree(root):
    os.makedirs(f"{root}/docs")
    for path in [source for *_, source in MESON] + ["tests/" + path for path in PYTEST]:
        write(f"{root}/{path}")
    tests, targets = [], []
    for name, suite, source in MESON:
        program = f"{root}/build/{name}" if source.endswith(".c") else f"{root}/{source}"
        tests.append({"name": name, "suite": [f"stoa:{suite}"], "cmd": [program]})
        targets.append({"filename": [f"{root}/build/{name}"], "target_sources": [{"sources": [f"{root}/{source}"]}]})
    write(f"{root}/build/meson-info/intro-tests.json", json.dumps(tests))
    write(f"{root}/build/meson-info/intro-targets.json", json.dumps(targets))


class Choose(unittest.TestCase):
    def test_words(self):
        with tempfile.TemporaryDirectory() as folder:
            root = os.path.realpath(folder)
            make_tree(root)
            for words, meant in ROWS:
                with self.subTest(words=words):
                    if meant is None:
                        with self.assertRaisesRegex(Unknown, f"'{words[-1]}'.*\n.*\nnames: .*reviews"):
                            choose(words, root, "build")
                        continue
                    choice = choose(words, root, "build")
                    self.assertEqual({suite: choice.of(suite) for suite in choice.suites()}, meant)


unittest.main()
