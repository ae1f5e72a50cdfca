# SPDX-License-Identifier: Apache-2.0
"""Every answer a test gets is held against the document its process serves: status, content type, promised headers, body,
the codes of problems, frames of sockets and the data of events. What differs fails the test that met it.

The schemas are judged by another's JSON Schema 2020-12 (python3-jsonschema), compiled once for each.
"""
import json
import re
import threading
import urllib.error
import urllib.request

import jsonschema

# Of the connection and the door, before or beside any route: a document names them by its "default".
DOOR = {"bad_request", "request_timeout", "body_too_large", "uri_too_long", "headers_too_large", "internal", "not_implemented",
        "http_version_not_supported", "invalid_parameter", "conflict", "deadline"}
# Where no route is found.
NO_ROUTE = DOOR | {"not_found", "method_not_allowed"}

_lock = threading.Lock()
_contracts = {}
_formats = jsonschema.FormatChecker(formats=())


@_formats.checks("uuid")
def _is_uuid(value):
    return not isinstance(value, str) or bool(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value))


@_formats.checks("date-time")
def _is_time(value):
    return not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value))


@_formats.checks("int64")
def _is_int64(value):
    return not isinstance(value, int) or -2**63 <= value < 2**63


class Breach(AssertionError):
    """An answer is not what the document says."""


def _pattern(template):
    return re.compile("/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in template.split("/")))


class Contract:
    """What one document promises."""

    def __init__(self, document):
        self.document = document
        self._validators = {}
        self._loose = json.loads(json.dumps(document["components"]), object_hook=lambda value: {
            name: inner for name, inner in value.items() if name != "required" or not isinstance(inner, list)})
        self._literal, self._captures = {}, []
        for template, methods in document["paths"].items():
            if "{" in template:
                self._captures.append((_pattern(template), methods))
            else:
                self._literal[template] = methods
        # More literal parts win, as in the router.
        self._captures.sort(key=lambda row: -len(row[0].pattern.replace("[^/]+", "")))
        self.events = document.get("x-events", {})

    def operation(self, method, path):
        method = "get" if method == "HEAD" else method.lower()
        if path in self._literal:
            return self._literal[path].get(method)
        for pattern, methods in self._captures:
            if method in methods and pattern.fullmatch(path):
                return methods[method]
        return None

    def judge(self, schema, value, what, partial=False):
        """`partial`: ?fields= has left members out."""
        key = json.dumps([schema, partial], sort_keys=True)
        validator = self._validators.get(key)
        if validator is None:
            whole = {**schema, "components": self._loose if partial else self.document["components"]}
            validator = jsonschema.Draft202012Validator(whole, format_checker=_formats)
            self._validators[key] = validator
        error = next(validator.iter_errors(value), None)
        if error:
            raise Breach(f"{what}: {error.json_path}: {error.message[:500]}")
        self._judge_events(value, what)

    def _judge_events(self, value, what):
        """The data of every event in it, by the schema of its type."""
        if isinstance(value, list):
            for item in value:
                self._judge_events(item, what)
        elif isinstance(value, dict):
            # A letter that was given up may be one because its data is not what it should be.
            if isinstance(value.get("type"), str) and "data" in value and value["type"] in self.events and "died_at" not in value:
                self.judge(self.events[value["type"]], value["data"], f"{what}: data of {value['type']}")
            for item in value.values():
                if isinstance(item, (dict, list)):
                    self._judge_events(item, what)

    def check_frame(self, path, message):
        """A message of the socket opened at the path."""
        operation = self.operation("GET", path.split("?")[0])
        self.judge(operation["x-messages"], message, f"a frame of {path}")

    def check(self, method, path, answer):
        partial = answer.status < 400 and re.search(r"[?&]fields=", path) is not None
        path = path.split("?")[0]
        operation = self.operation(method, path)
        what = f"{method} {path} answered {answer.status}"
        if operation is None or method == "OPTIONS":
            if answer.status >= 400 and method != "HEAD":
                self._check_problem(path, answer, NO_ROUTE, what)
            return
        promised = operation["responses"].get(str(answer.status))
        if promised is None:
            if answer.status < 400:
                raise Breach(f"{what}, of which its document knows nothing")
            promised = operation["responses"]["default"]
        self._check_headers(promised, answer, what)
        if answer.status >= 400 and answer.is_problem and method != "HEAD":
            codes = set(re.findall(r"`([a-z_]+)`", promised["description"]))
            self._check_problem(path, answer, codes | DOOR, what)
        self._check_body(method, promised, answer, what, partial)

    def _check_headers(self, promised, answer, what):
        for name, header in promised.get("headers", {}).items():
            value = answer.headers.get(name.lower())
            if value is None:
                if header.get("required"):
                    raise Breach(f"{what} without {name}")
                continue
            self.judge(header["schema"], value, f"{what}: {name}")

    def _check_body(self, method, promised, answer, what, partial):
        content = promised.get("content")
        if method == "HEAD" or answer.status in (101, 304):
            return
        if not content:
            if answer.body:
                raise Breach(f"{what} with a body: {answer.body[:200]!r}")
            return
        kind = answer.headers.get("content-type", "").split(";")[0]
        media = content.get(kind) or content.get(kind.split("/")[0] + "/*") or content.get("*/*")
        if media is None:
            raise Breach(f"{what} as {kind}, not as {' or '.join(content)}")
        if kind.endswith("json"):
            self.judge(media["schema"], json.loads(answer.body), what, partial)

    def _check_problem(self, path, answer, codes, what):
        if not answer.is_problem:
            raise Breach(f"{what}, not as a problem")
        problem = answer.json
        self.judge({"$ref": "#/components/schemas/Problem"}, problem, what)
        if problem["code"] not in codes:
            raise Breach(f"{what} {problem['code']}, which its document does not name: {sorted(codes - DOOR)}")
        if problem["status"] != answer.status:
            raise Breach(f"{what}, and its body says {problem['status']}")
        # What is answered again names the request that met it.
        if problem.get("request_id") != answer.headers.get("x-request-id") and "idempotent-replayed" not in answer.headers:
            raise Breach(f"{what}: two request ids")
        if problem["code"] != "rate_limited" and problem["type"] != f"/problems/{problem['code']}":
            raise Breach(f"{what}: type {problem['type']}")


def of(stack, name):
    """The contract of a process, read from it once; None when it is gone meanwhile."""
    key = (stack.build, name.split("#")[0])
    with _lock:
        if key not in _contracts:
            try:
                with urllib.request.urlopen(stack.url(name) + "/openapi.json", timeout=10) as answer:
                    _contracts[key] = Contract(json.loads(answer.read()))
            except OSError:
                return None
        return _contracts[key]


def check(stack, name, method, path, answer):
    contract = of(stack, name)
    if contract:
        contract.check(method, path, answer)


def check_frame(stack, name, path, message):
    contract = of(stack, name)
    if contract:
        contract.check_frame(path, message)
