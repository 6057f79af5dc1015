"""What is told of a request that no route answers: the complete texts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.explain.bounds import TERSE
from asyncly.srvmocker._core.explain.unmatched import Advice, Adviser
from asyncly.srvmocker._core.matching.criteria import compile_criteria, opaque
from asyncly.srvmocker._core.matching.dispatch import Dispatcher
from asyncly.srvmocker._core.matching.given import Compiled
from asyncly.srvmocker._core.request import RequestView
from tests.core.support import VALUES, examples, view_of

ANYTHING = compile_criteria()
asked: list[RequestView] = []


def question(view: RequestView) -> bool:
    asked.append(view)
    return False


ROUTES: list[tuple[str, str, str, Compiled]] = [
    ("GET", "/items", "list", ANYTHING),
    ("POST", "/items", "book", compile_criteria(json={"kind": "book", "id": 1})),
    ("POST", "/items", "traced", compile_criteria(headers={"X-Trace": "on"}, query={"a": "1"})),
    ("POST", "/items", "own", opaque(question, "Mine.matches")),
    ("PATCH", "/items", "it's", ANYTHING),
    ("GET", "/items/{id}", "item", ANYTHING),
    ("*", "/any/thing", "any", ANYTHING),
    ("PUT", "/only", "only", compile_criteria(body=b"x")),
]


def advice(method: str, path: str, body: bytes = b"", **headers: str) -> Advice:
    adviser = Adviser(Dispatcher(ROUTES))
    found = adviser.explain(view_of(body, method=method, target=path, headers=headers), path)
    assert found.text.startswith(found.reason)
    assert "\n" not in found.reason
    return found


def test_no_match() -> None:
    found = advice("POST", "/items", b'{"kind": "lamp", "id": 1}')
    assert (
        found.text
        == """\
No MockRoute matched the request: POST /items: none of 3 routes of this method and path matches
  route POST /items -> 'book': 1 difference
    $.kind: wanted "book", got "lamp"
  route POST /items -> 'own': 1 difference
    Mine.matches: does not hold
  route POST /items -> 'traced': 2 differences
    header X-Trace: missing, wanted "on"
    query a: missing, wanted "1\""""
    )
    assert [near.number for near in found.nearest] == [1, 3, 2]
    assert asked == []


def test_no_match_of_one() -> None:
    assert (
        advice("PUT", "/only", b"y").text
        == """\
No MockRoute matched the request: PUT /only: the only route of this method and path does not match
  route PUT /only -> 'only': 1 difference
    body: wanted b'x', got b'y' (bytes differ at offset 0; 1 bytes wanted, 1 came)"""
    )


def test_another_method() -> None:
    assert (
        advice("DELETE", "/items").text
        == """\
no route for DELETE /items: the path is known for GET, PATCH, POST
  route GET /items -> 'list': 1 difference
    method: wanted GET, got DELETE
  route PATCH /items -> "it's": 1 difference
    method: wanted PATCH, got DELETE
  route POST /items -> 'book': 1 difference
    method: wanted POST, got DELETE"""
    )


def test_another_path() -> None:
    assert (
        advice("GET", "/itmes/7").text
        == """\
no route for GET /itmes/7
  route GET /items/{id} -> 'item': 1 difference
    path: "itmes" instead of "items\""""
    )
    assert (
        advice("POST", "/items/").text
        == """\
no route for POST /items/
  route POST /items -> 'book': 1 difference
    path: the slash at the end is too many
  route GET /items -> 'list': 2 differences
    path: the slash at the end is too many
    method: wanted GET, got POST
  route PATCH /items -> "it's": 2 differences
    path: the slash at the end is too many
    method: wanted PATCH, got POST"""
    )
    assert (
        advice("POST", "/any/things").text
        == """\
no route for POST /any/things
  route * /any/thing -> 'any': 1 difference
    path: "things" instead of "thing\""""
    )


def test_a_path_of_a_route_that_has_a_query() -> None:
    adviser = Adviser(Dispatcher([("GET", "/items?page=2", "second", ANYTHING)]))
    found = adviser.explain(view_of(method="GET", target="/items?page=2"), "/items")
    assert found.text == (
        "no route for GET /items?page=2: a path of a route has no query: "
        "ask for that with Match(query={...})"
    )
    other = adviser.explain(view_of(method="GET", target="/items?page=3"), "/items")
    assert other.text.startswith("no route for GET /items?page=3: no path is like it")


def test_a_path_like_no_other() -> None:
    assert (
        advice("GET", "/zzz").text
        == """\
no route for GET /zzz: no path is like it
  the service has GET /items, POST /items, PATCH /items, GET /items/{id}, * /any/thing, …"""
    )
    few = Adviser(Dispatcher(ROUTES[:1]))
    assert few.explain(view_of(method="GET", target="/zzz"), "/zzz").text.endswith("GET /items")
    none = Adviser(Dispatcher([]))
    assert none.explain(view_of(method="GET", target="/"), "/").text == (
        "no route for GET /: the service has no routes"
    )


def test_methods_are_bounded() -> None:
    adviser = Adviser(Dispatcher([(f"M{n:02}", "/", str(n), ANYTHING) for n in range(30)]))
    found = adviser.explain(view_of(method="GET", target="/"), "/")
    assert found.reason.endswith(
        "known for M00, M01, M02, M03, M04, M05, M06, M07, M08, M09 and 20 more"
    )
    assert len(found.nearest) == TERSE.candidates


@pytest.mark.parametrize("number", [0, 5555, 9999])
def test_of_very_many_routes_those_are_compared_that_share_something(number: int) -> None:
    routes = [
        ("POST", "/", str(n), compile_criteria(json={"type": "order", "id": n, "x": {"y": n}}))
        for n in range(10_000)
    ]
    adviser = Adviser(Dispatcher(routes))
    body = json.dumps({"type": "order", "id": number, "x": {"y": -1}}).encode()
    for _ in range(2):
        found = adviser.explain(view_of(body), "/")
        assert str(number) in {routes[near.number][2] for near in found.nearest}
        assert found.text.endswith("\n  looked at 200 of 10000 routes")
    found = adviser.explain(view_of(b"not JSON"), "/")
    assert [near.number for near in found.nearest] == [0, 1, 2]


def test_of_routes_that_take_long_to_compare_fewer_are_looked_at() -> None:
    routes = [("POST", "/", str(n), compile_criteria(json=[n] * 15_000)) for n in range(5)]
    found = Adviser(Dispatcher(routes)).explain(view_of(json.dumps([7] * 15_000).encode()), "/")
    assert found.text.endswith("\n  looked at 1 of 5 routes")


@given(st.text(max_size=40), VALUES, st.text(max_size=300))
@examples(100)
def test_the_text_is_bounded_for_any_request(path: str, value: object, handler: str) -> None:
    adviser = Adviser(
        Dispatcher(
            [
                ("POST", "/", handler * 99, compile_criteria(json=value, headers={"a" * 999: "b"})),
                ("M" * 999, "/" + "long" * 999, handler, ANYTHING),
                ("GET", "/{a}", handler, ANYTHING),
            ]
        )
    )
    for target in ("/", "/" + path.replace(" ", ""), "/" + "long" * 998):
        for method in ("POST", "GET", "PUT" * 99):
            view = view_of(json.dumps(value).encode() + b"x", method=method, target="/" + "é" * 999)
            found = adviser.explain(view, target)
            assert len(found.text.encode()) <= TERSE.total
            assert all(line.isprintable() for line in found.text.splitlines())
