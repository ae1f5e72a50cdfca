# SPDX-License-Identifier: Apache-2.0
"""The surface is data, so the tests must touch all of it: what was seen over the whole run, against what there is.

Routes and problem codes come from the documents the processes serve, event types from the tables of the services.
"""
import fcntl
import glob
import json
import os
import re
import threading

_lock = threading.Lock()
documents = {}       # process name -> its /openapi.json
_requests = set()    # (process, method, path without query)
_served = set()      # those of them that were not refused
problems = set()     # codes answered
events = set()       # types in the log of some stack
consumers = set()    # of inbox rows


def kind_of(name):
    return name.split("#")[0]


def saw(name, method, path, answer):
    code = None
    if answer.is_problem:
        try:
            code = json.loads(answer.body).get("code")
        except ValueError:
            pass
    with _lock:
        _requests.add((kind_of(name), method, path.split("?")[0]))
        if answer.status < 400:
            _served.add((kind_of(name), method, path.split("?")[0]))
        if code:
            problems.add(code)


def saw_document(name, document):
    with _lock:
        documents[kind_of(name)] = document


def saw_log(stack):
    """What a stack's event log holds; called before it stops."""
    try:
        types = {row[0] for row in stack.sql("SELECT DISTINCT type FROM stoa.event")}
        names = {row[0] for row in stack.sql("SELECT DISTINCT consumer FROM stoa.inbox")}
    except Exception:  # a stack without a schema, or with its database down
        return
    with _lock:
        events.update(types)
        consumers.update(names)


def operations(document):
    """(method, path template, operation) of a document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _pattern(template):
    return re.compile("^" + "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in template.split("/")) + "$")


def matches(template, path):
    return bool(_pattern(template).match(path))


def routes_unseen(served=False):
    """Routes nobody asked, or that never answered but with a refusal: whose replies nothing has been held against."""
    unseen = []
    for name, document in documents.items():
        asked = {(method, path) for kind, method, path in (_served if served else _requests) if kind == name}
        templates = [(method, path) for method, path, _ in operations(document)]
        literal = {(method, path) for method, path in templates if "{" not in path}
        for method, template in templates:
            pattern = _pattern(template)
            if not any(got == method and pattern.match(path) and ((got, path) == (method, template) or
                       (got, path) not in literal) for got, path in asked):
                unseen.append(f"{name}: {method} {template}")
    return sorted(unseen)


def problem_codes():
    """Every code that some document promises."""
    codes = set()
    for document in documents.values():
        for _, _, operation in operations(document):
            for status, answer in operation["responses"].items():
                if status[0] in "45":
                    codes.update(re.findall(r"`([a-z_]+)`", answer["description"]))
    return codes


def event_types(root):
    """Every type that some service's table has."""
    types = set()
    for file in glob.glob(os.path.join(root, "services/**/events.h"), recursive=True):
        with open(file) as text:
            types.update(re.findall(r'X\(\w+, "([a-z_]+\.[a-z_]+)"', text.read()))
    return types


def subscriptions(root):
    names = set()
    for file in glob.glob(os.path.join(root, "services/**/*.c"), recursive=True):
        with open(file) as text:
            for block in re.findall(r"struct subscription \w+\[\] = \{(.*?)\n\};", text.read(), re.S):
                names.update(re.findall(r'\.name\s*=\s*"([a-z_]+\.[a-z_]+)"', block))
    return names


# ---- From run to run: the suites are separate runs of pytest, and the surface is that of all of them ----------------------


def load(path):
    if not os.path.exists(path):
        return
    with open(path) as file:
        stored = json.load(file)
    documents.update(stored["documents"])
    _requests.update(tuple(row) for row in stored["requests"])
    _served.update(tuple(row) for row in stored["served"])
    for name, known in (("problems", problems), ("events", events), ("consumers", consumers)):
        known.update(stored[name])


def store(path):
    """Adds to what is stored there: suites may run side by side."""
    with open(f"{path}.lock", "w") as lock, _lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        load(path)
        _write(path)


def _write(path):
    with open(path, "w") as file:
        json.dump({"documents": documents, "requests": sorted(_requests), "served": sorted(_served),
                   "problems": sorted(problems), "events": sorted(events),
                   "consumers": sorted(consumers)}, file)
