# SPDX-License-Identifier: Apache-2.0
"""Which tests the words of `tests/run WORD...` mean: a suite, a path (a file, a folder, FILE::TEST) or a name.

A name is a service, a subject, a package or the full name of a meson test: it means the meson tests that have it as a word of
their name or lie in a folder of that name, the files test_NAME.py and test_NAME_*.py, and the folders NAME of tests/e2e and
tests/faults. A word that means nothing is refused, with what there is.
"""
import json
import os
import re

MESON_SUITES = ["unit", "integration"]
PYTEST_SUITES = ["e2e", "faults"]
SUITES = [*MESON_SUITES, *PYTEST_SUITES, "surface"]


class Unknown(Exception):
    """A word that means nothing; says what there is."""


class Choice:
    """For each suite the tests to run: names of meson tests, or paths for pytest as seen from tests/."""

    def __init__(self):
        self.whole, self.parts = set(), {}

    def add(self, suite, tests):
        self.parts.setdefault(suite, []).extend(test for test in tests if test not in self.parts.get(suite, []))

    def suites(self):
        return [suite for suite in SUITES if suite in self.whole or self.parts.get(suite)]

    def of(self, suite):
        """[] when the suite is meant as a whole; nothing twice, as itself and in its folder."""
        parts = [] if suite in self.whole else self.parts.get(suite, [])
        return [part for part in parts if not any(other != part and is_within(part, other) for other in parts)]


class MesonTest:
    def __init__(self, entry, sources):
        self.name = entry["name"]
        self.suite = next((s for s in MESON_SUITES if any(suite.endswith(":" + s) for suite in entry["suite"])), None)
        self.sources = sources


def meson_tests(root, build):
    """All tests of a configured build, with the files of the repository that each is made of."""
    def load(name):
        with open(os.path.join(root, build, "meson-info", f"intro-{name}.json"), encoding="utf-8") as file:
            return json.load(file)
    made_of = {file: [source for part in target["target_sources"] for source in part.get("sources", [])]
               for target in load("targets") for file in target["filename"]}
    tests = []
    for entry in load("tests"):
        program = entry["cmd"][0]
        sources = [os.path.relpath(source, root) for source in made_of.get(program, [program])]
        tests.append(MesonTest(entry, sources))
    return [test for test in tests if test.suite]


def pytest_paths(root):
    """Files test_*.py and the folders they are in, as seen from tests/."""
    found = []
    for suite in PYTEST_SUITES:
        for folder, folders, files in os.walk(os.path.join(root, "tests", suite)):
            folders[:] = sorted(name for name in folders if not name.startswith(("_", ".")))
            at = os.path.relpath(folder, os.path.join(root, "tests"))
            found += [at] + [f"{at}/{name}" for name in sorted(files) if re.fullmatch(r"test_\w+\.py", name)]
    return sorted(found)


def is_within(path, folder):
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def add_path(choice, word, root, tests):
    """True when the word is a path that has tests; the choice is a fresh one."""
    path, colons, test = word.partition("::")
    for base in (os.getcwd(), root, os.path.join(root, "tests")):
        full = os.path.realpath(os.path.join(base, path))
        if not os.path.exists(full):
            continue
        at = os.path.relpath(full, root)
        for suite in PYTEST_SUITES:
            if at == f"tests/{suite}":
                choice.whole.add(suite)
            elif at.startswith(f"tests/{suite}/"):
                choice.add(suite, [os.path.relpath(full, os.path.join(root, "tests")) + colons + test])
        for each in tests:
            if any(is_within(source, at) for source in each.sources):
                choice.add(each.suite, [each.name])
        if choice.suites():
            return True
    return False


def add_name(choice, word, tests, paths):
    """True when the word names a test."""
    found = False
    file = re.sub(r"^test_|\.py$", "", word)
    for each in tests:
        folders = {part for source in each.sources for part in os.path.dirname(source).split("/")}
        if word == each.name or word in each.name.split() or word in folders:
            choice.add(each.suite, [each.name])
            found = True
    for path in paths:
        name = os.path.basename(path)
        if name == word or re.fullmatch(rf"test_{re.escape(file)}(_\w+)?\.py", name):
            choice.add(path.split("/")[0], [path])
            found = True
    return found


def names_there_are(tests, paths):
    words = {word for test in tests for word in test.name.split()}
    words |= {part for test in tests for source in test.sources for part in source.split("/")[1:-1]}
    words |= {re.sub(r"^test_|\.py$", "", os.path.basename(path)) for path in paths}
    return sorted(words - set(SUITES))


def choose(words, root, build):
    """What the words mean together; without words everything. Unknown when one means nothing."""
    choice = Choice()
    if not words:
        choice.whole.update(SUITES)
        return choice
    tests, paths = meson_tests(root, build), pytest_paths(root)
    for word in words:
        if word in SUITES:
            choice.whole.add(word)
            continue
        alone = Choice()
        if not add_path(alone, word, root, tests) and not add_name(alone, word, tests, paths):
            raise Unknown(f"there is no test, suite, service or subject '{word}'\n"
                          f"suites: {' '.join(SUITES)}\nnames: {' '.join(names_there_are(tests, paths))}\n"
                          "paths: of a C or Python test or of a folder with some, with ::NAME for one test of a Python file")
        choice.whole |= alone.whole
        for suite, chosen in alone.parts.items():
            choice.add(suite, chosen)
    return choice
