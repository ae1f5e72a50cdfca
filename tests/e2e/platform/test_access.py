# SPDX-License-Identifier: Apache-2.0
"""Every route of both servers, with every kind of token: nothing is open that says it is closed, and the reverse."""
import base64
import json
import os
import time
import uuid

import pytest

from support import surface
from support.client import Api, Events, Refused, Socket, mint
from support.shop import add_product, placed, register
from support.stack import ROOT, SECRETS

STACK = dict()
GOLDEN = os.path.join(ROOT, "tests/golden")

SERVERS = {
    "public-api": dict(audience="public", secret=SECRETS["JWT_SECRET"], roles=["customer", "courier"]),
    "admin-api": dict(audience="admin", secret=SECRETS["ADMIN_JWT_SECRET"],
                      roles=["picker", "store_staff", "admin", "super_admin"]),
}


@pytest.fixture(scope="module")
def documents(stack):
    found = {}
    for name in ("public-api", "admin-api", "worker"):
        answer = Api(stack, name).get("/openapi.json")
        assert answer.status == 200 and answer.json["openapi"] == "3.1.0"
        found[name] = answer.json
        surface.saw_document(name, answer.json)
    return found


def path_of(template):
    parts = []
    for part in template.split("/"):
        if part.startswith("{"):
            part = str(uuid.uuid4()) if part.endswith("id}") else "none"
        parts.append(part)
    return "/".join(parts)


def closed(document):
    return [(method, path, operation) for method, path, operation in surface.operations(document) if operation["security"]]


def ask(stack, name, method, template, operation, token, headers=None):
    """(status, code) of one request that would do nothing even if it were let through."""
    path = path_of(template)
    if operation.get("x-websocket"):
        try:
            with Socket(stack, path, token, name=name, headers=headers) as ws:
                code = ws.close_code(10)
                return {4401: (401, "unauthenticated"), 4404: (404, "not_found")}.get(code, (code, None))
        except Refused as refused:
            return refused.answer.status, refused.answer.code
    if "text/event-stream" in operation["responses"].get("200", {}).get("content", {}):
        try:
            with Events(stack, path, token, name=name, headers=headers) as stream:
                return stream.status, None
        except Refused as refused:
            return refused.answer.status, refused.answer.code
    body = {} if "requestBody" in operation else None
    answer = Api(stack, name, token).request(method, path, data=body, headers={"Idempotency-Key": str(uuid.uuid4()), **(headers or {})})
    return answer.status, answer.code


def bad_tokens(name):
    """Tokens that must not get through, by what is wrong with them."""
    server = SERVERS[name]
    other = SERVERS["admin-api" if name == "public-api" else "public-api"]
    now = int(time.time())
    good = dict(secret=server["secret"], audience=server["audience"], role=server["roles"][-1])
    valid = mint(**good)
    head, body, signature = valid.split(".")

    def b64(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    return {
        "none at all": "",
        "nonsense": "nonsense",
        "two parts": f"{head}.{body}",
        "four parts": f"{valid}.{signature}",
        "empty signature": f"{head}.{body}.",
        "another's signature": f"{head}.{body}.{mint(**good).split('.')[2]}",
        "a flipped bit": f"{head}.{body}.{('A' if signature[0] != 'A' else 'B') + signature[1:]}",
        "changed claims": f"{head}.{b64({**claims, 'role': server['roles'][-1], 'exp': now + 10**6})}.{signature}",
        "alg none": f"{b64({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "alg None": f"{b64({'alg': 'None'})}.{body}.{signature}",
        "alg HS512": mint(**good, header={"alg": "HS512", "typ": "JWT"}),
        "alg RS256": mint(**good, header={"alg": "RS256", "typ": "JWT"}),
        "no alg": mint(**good, header={"typ": "JWT"}),
        "another kind of token": mint(**good, header={"alg": "HS256", "typ": "at+jwt"}),
        "typ as number": mint(**good, header={"alg": "HS256", "typ": 1}),
        "a critical header": mint(**good, header={"alg": "HS256", "crit": ["exp"], "exp": 1}),
        "expired": mint(**good, exp=now - 120),
        "not yet good": mint(**good, nbf=now + 600),
        "from the future": mint(**good, iat=now + 600),
        "no exp": mint(**good, exp=None),
        "exp as text": mint(**good, exp="9999999999"),
        "exp beyond all years": mint(**good, exp=10**18),
        "no sub": mint(**good, sub=None),
        "sub is no uuid": mint(**good, sub="admin"),
        "no role": mint(**good, role=None) if False else mint(server["secret"], server["audience"], role=None),
        "unknown role": mint(server["secret"], server["audience"], role="root"),
        "no aud": mint(**good, aud=None),
        "aud as list": mint(**good, aud=[server["audience"]]),
        "foreign aud": mint(**good, aud=other["audience"]),
        "foreign iss": mint(**good, iss=f"stoa-{other['audience']}"),
        "foreign key": mint(other["secret"], server["audience"], role=server["roles"][-1]),
        "the other side's token": mint(other["secret"], other["audience"], role=other["roles"][-1]),
        "the other side's role": mint(server["secret"], server["audience"], role=other["roles"][-1]),
        "empty key": mint("", server["audience"], role=server["roles"][-1]),
        "too long": mint(**good, padding="x" * 4000),
        "a header too deep to read": f"{base64.urlsafe_b64encode(b'[' * 1400).rstrip(b'=').decode()}.{body}.{signature}",
        "claims too deep to read": f"{head}.{base64.urlsafe_b64encode(b'[' * 1400).rstrip(b'=').decode()}.{signature}",
        "claims are a list": f"{head}.{b64([1])}.{signature}",
    }


@pytest.mark.parametrize("name", ["public-api", "admin-api"])
def test_no_closed_route_takes_a_bad_token(stack, documents, name):
    routes = closed(documents[name])
    assert routes
    wrong = []
    for what, token in bad_tokens(name).items():
        for method, path, operation in routes:
            status, code = ask(stack, name, method, path, operation, token)
            if (status, code) != (401, "unauthenticated"):
                wrong.append(f"{what}: {method} {path} answered {status} {code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["public-api", "admin-api"])
def test_each_role_gets_what_its_permissions_say(stack, documents, name):
    """403 without the permission; with it anything but 401 and 403."""
    server = SERVERS[name]
    can = permissions()
    wrong = []
    for role in server["roles"]:
        for method, path, operation in closed(documents[name]):
            token = mint(server["secret"], server["audience"], role=role)  # another one: a logout ends its own
            permission = operation["x-permission"]
            status, code = ask(stack, name, method, path, operation, token)
            allowed = permission == "signed_in" or permission in can[role]
            # Routes of the caller's own account answer 401 when the account is gone, which is right: the token is good, its account is not.
            if path.endswith(("/me", "/verify-email/resend")):
                continue
            refused = status in (401, 403)
            if allowed == refused or (refused and (status, code) != (403, "forbidden")):
                wrong.append(f"{role}: {method} {path} ({permission}) answered {status} {code}")
    assert not wrong, "\n".join(wrong)


def permissions():
    """{role: permissions} by the golden file, in whose diff somebody has seen them; the servers are held to it."""
    with open(os.path.join(GOLDEN, "permissions.txt"), encoding="utf-8") as file:
        lines = [line.split() for line in file]
    roles = lines[0][:-1]
    can = {role: set() for role in roles}
    for name, *cells in lines[1:]:
        for role, cell in zip(roles, cells):
            if cell == "yes" and name not in ("anyone", "signed_in"):
                can[role].add(name)
    return can


def permissions_of_keys():
    """What an admin has, but for what is somebody's own: the roles of the public have nothing else."""
    can = permissions()
    return sorted(can["admin"] - set().union(*(can[role] for role in SERVERS["public-api"]["roles"])))


def open_routes(name):
    with open(os.path.join(GOLDEN, "open-routes.txt"), encoding="utf-8") as file:
        rows = [line.split() for line in file]
    return {(method, path) for api, method, path in rows if f"{api}-api" == name}


def test_each_service_key_gets_what_it_was_given(stack, documents):
    """A key with one permission gets the routes of that permission, and a broken one none at all."""
    root = Api(stack, "admin-api", mint(SECRETS["ADMIN_JWT_SECRET"], "admin", role="super_admin"))
    wrong = []
    for given in permissions_of_keys() + [None]:
        key = "sk_" + "A" * 43
        if given:
            answer = root.post("/api/admin/service-keys", {"name": f"walk-{uuid.uuid4().hex[:12]}", "permissions": [given]})
            assert answer.status == 201, answer
            key = answer.json["key"]
        for method, path, operation in closed(documents["admin-api"]):
            status, code = ask(stack, "admin-api", method, path, operation, "", {"X-API-Key": key})
            if not given:
                good = (status, code) == (401, "unauthenticated")
            elif operation["x-permission"] == given:
                good = status not in (401, 403)
            else:
                good = (status, code) == (403, "forbidden")
            if not good:
                wrong.append(f"{given}: {method} {path} ({operation['x-permission']}) answered {status} {code}")
    assert not wrong, "\n".join(wrong)


def test_staff_and_keys_of_another_store_find_no_order(stack, documents):
    """Every route under an order: absent for accounts and keys of another store, by token and by key."""
    customer = Api(stack, token=mint(SECRETS["JWT_SECRET"], "public", role="customer"))
    order = placed(customer, (add_product(stack), 1))["id"]
    elsewhere, secret = str(uuid.uuid4()), SECRETS["ADMIN_JWT_SECRET"]
    root = Api(stack, "admin-api", mint(secret, "admin", role="super_admin"))
    key = root.post("/api/admin/service-keys", {"name": f"store-{uuid.uuid4().hex[:12]}", "scope_id": elsewhere,
                                                "permissions": permissions_of_keys()}).json["key"]
    callers = [(mint(secret, "admin", role=role, scope_id=elsewhere), {}) for role in ("store_staff", "admin")] + [("", {"X-API-Key": key})]
    routes = [row for row in closed(documents["admin-api"]) if row[1].startswith("/api/admin/orders/{id}")]
    assert len(routes) > 3
    for method, path, operation in routes:
        for token, headers in callers:
            body = {} if "requestBody" in operation else None
            answer = Api(stack, "admin-api", token).request(method, path.replace("{id}", order).replace("{", "").replace("}", ""), data=body,
                                                            headers={"If-Match": '"v1"', **headers})
            # A body that is refused is refused before anything is looked up; a role may not be allowed at all.
            allowed = {404} | ({403, 422} if method != "GET" else set())
            assert answer.status in allowed, (method, path, answer)
    assert root.get(f"/api/admin/orders/{order}").status == 200


def test_the_printed_matrix_is_the_golden_one(stack):
    with open(os.path.join(GOLDEN, "permissions.txt"), encoding="utf-8") as file:
        assert stack.run_stoa("permissions").stdout == file.read(), "if that is meant: make permissions"
    assert sorted(permissions()) == sorted(role for server in SERVERS.values() for role in server["roles"])


@pytest.mark.parametrize("name", ["public-api", "admin-api"])
def test_open_routes_are_the_golden_ones(documents, name):
    """A route that loses its permission by accident shows here, and one that is meant to in the file's diff."""
    found = {(method, path) for method, path, operation in surface.operations(documents[name]) if not operation["security"]}
    assert found == open_routes(name), "if that is meant: make permissions"


@pytest.mark.parametrize("name", ["public-api", "admin-api"])
def test_open_routes_take_a_stale_token_for_none(stack, documents, name):
    server = SERVERS[name]
    stale = mint(server["secret"], server["audience"], role=server["roles"][0], exp=int(time.time()) - 3600)
    for method, path, operation in surface.operations(documents[name]):
        if not operation["security"]:
            status, code = ask(stack, name, method, path, operation, stale)
            assert status not in (403,) and code != "unauthenticated", (path, status, code)


def test_the_scheme_of_authorization(stack):
    token = register(stack)["access_token"]
    api = Api(stack)
    for value, status in ((f"Bearer {token}", 200), (f"bearer {token}", 200), (f"BEARER  {token}", 200), (f"Basic {token}", 401),
                          (token, 401), ("Bearer", 401), ("Bearer ", 401), (f"Bearer {token} x", 401)):
        assert api.get("/api/me", headers={"Authorization": value}).status == status, value


def test_a_token_in_the_query_is_no_token(stack):
    token = register(stack)["access_token"]
    assert Api(stack).get("/api/me", query={"access_token": token}).status in (400, 401)


@pytest.mark.parametrize("name", ["public-api", "admin-api", "worker"])
def test_methods_that_a_path_has_not(stack, documents, name):
    for path, methods in documents[name]["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            # GET /api/admin/dead/replay is a GET of /api/admin/dead/{id}.
            if any(method in others and surface.matches(template, path_of(path)) for template, others in
                   documents[name]["paths"].items()):
                continue
            answer = Api(stack, name).request(method.upper(), path_of(path))
            # /api/products/{id} also matches what is under /api/products, so only exact answers are told apart here.
            assert (answer.status, answer.code) == (405, "method_not_allowed"), (method, path, answer)
            allow = {word.strip() for word in answer.headers["allow"].split(",")}
            assert {other.upper() for other in methods} <= allow and method.upper() not in allow, answer


def test_the_documents_hold_together(documents):
    """Every reference resolves, every operation has an id of its own and a response."""
    for name, document in documents.items():
        ids = [operation["operationId"] for _, _, operation in surface.operations(document)]
        assert len(ids) == len(set(ids)), name
        schemas = document["components"]["schemas"]
        used = set()

        def walk(node):
            if isinstance(node, dict):
                if "$ref" in node:
                    prefix, _, target = node["$ref"].rpartition("/")
                    used.add(target)
                    assert prefix == "#/components/schemas" and target in schemas, node
                for value in node.values():
                    walk(value)
            elif isinstance(node, list):
                for value in node:
                    walk(value)
        walk(document)
        assert set(schemas) - used <= {"Money"}, "shapes nobody names"
        for _, path, operation in surface.operations(document):
            named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
            assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}


def test_the_command_line_prints_the_same_documents(stack, documents):
    assert ROOT
    for side, name in (("public", "public-api"), ("admin", "admin-api")):
        assert json.loads(stack.run_stoa("openapi", side).stdout) == documents[name]
