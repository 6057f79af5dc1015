"""Routes from data: what an entry may say, and how it is told what is wrong with it."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import aiohttp
import pytest

from asyncly.srvmocker import (
    ABSENT,
    NULL,
    AtPath,
    Exactly,
    Keep,
    Match,
    MockRoute,
    Partial,
    RoutesError,
    ValidJson,
    load_routes,
    start_service,
)
from tests.routes_data.support import BASE, route, wrong

NOTHING: dict[str, object] = {}


def only(**more: object) -> MockRoute:
    (found,) = load_routes([route(**more)])
    return found


async def answers(
    client: aiohttp.ClientSession, response: Mapping[str, object], count: int = 1
) -> list[tuple[int, str, bytes]]:
    """What a client gets from a route with this response."""
    found: list[tuple[int, str, bytes]] = []
    async with start_service(load_routes([route(response=response)])) as service:
        for _ in range(count):
            async with client.get(service.url) as answer:
                found.append((answer.status, answer.content_type, await answer.read()))
    return found


def test_an_entry_needs_no_more_than_a_route() -> None:
    assert load_routes([BASE]) == [MockRoute("GET", "/", "home")]
    assert load_routes({"routes": [BASE]}) == load_routes((BASE,))
    assert load_routes([]) == []


def test_an_entry_may_say_what_is_kept_and_what_passes() -> None:
    found = only(keep={"last": 5, "bodies": 10}, lenient=["errors", "uncalled"])
    assert found.keep == Keep(last=5, bodies=10)
    assert found.lenient == frozenset(("errors", "uncalled"))


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({}, Match()),
        ({"json": {"a": [1, None]}}, Match(json={"a": [1, None]})),
        ({"json": None}, Match(json=NULL)),
        ({"json_partial": {"a": 1}}, Match(json=Partial({"a": 1}))),
        ({"json_schema": {"type": "object"}}, Match(json=ValidJson({"type": "object"}))),
        ({"jsonpath": {"$.a": None}}, Match(json=AtPath("$.a", NULL))),
        ({"text": "größer"}, Match(text="größer")),
        ({"text": {"regex": "^a"}}, Match(text=re.compile("^a"))),
        ({"headers": {"A": None, "B": ["1", "2"]}}, Match(headers={"A": ABSENT, "B": ["1", "2"]})),
        ({"headers": {"A": [{"regex": "b"}]}}, Match(headers={"A": [re.compile("b")]})),
        ({"cookies": {"a": "1"}}, Match(cookies={"a": "1"})),
        ({"path_params": {"id": "7"}}, Match(path_params={"id": "7"})),
        ({"form": {"a": "1"}}, Match(form={"a": "1"})),
        ({"base64": "AP8="}, Match(body=b"\x00\xff")),
        ({"query": {"a": "1"}}, Match(query={"a": "1"})),
    ],
)
def test_a_match_is_made_of(match: object, expected: Match) -> None:
    assert only(match=match).match == expected


async def test_several_things_may_be_asked_of_one_body(client: aiohttp.ClientSession) -> None:
    match = {
        "json_partial": {"kind": "book"},
        "jsonpath": {"$.pages": 7, "$.title": None},
        "json_schema": {"required": ["author"]},
    }
    entry = route(method="POST", path="/{id}", match={**match, "path_params": {"id": "7"}})
    whole = {"kind": "book", "pages": 7, "title": None, "author": "Ada"}
    async with start_service(load_routes([{**entry, "response": {}}])) as service:
        async with client.post(service.url / "7", json=whole) as answer:
            assert answer.status == 200
        for path, body in (
            ("8", whole),
            ("7", whole | {"kind": "lamp"}),
            ("7", whole | {"pages": 8}),
            ("7", whole | {"title": "x"}),
            ("7", {name: value for name, value in whole.items() if name != "author"}),
        ):
            async with client.post(service.url / path, json=body) as answer:
                assert answer.status == 404


NAMED = ("headers", "query", "cookies", "path_params", "form", "multipart")


@pytest.mark.parametrize("kind", NAMED)
def test_names_and_values_may_be_all_that_there_is(kind: str) -> None:
    for expected in ({}, {"a": "1", "b": None}):
        match = only(
            match={**{each: {"a": "1"} for each in NAMED}, kind: expected, "exactly": [kind]}
        ).match
        assert match is not None
        for each in NAMED:
            found: Mapping[str, object] = getattr(match, each)
            assert type(found) is (Exactly if each == kind else dict)
        assert repr(getattr(match, kind)) == repr(
            Exactly({name: ABSENT if value is None else value for name, value in expected.items()})
        )


async def test_what_is_beyond_them_does_not_match(
    client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    (tmp_path / "a.toml").write_text("""
    [[routes]]
    method = "POST"
    path = "/"
    handler = "search"
    response = {}
    [routes.match]
    query = { page = "2" }
    cookies = {}
    form = { sort = ["name", "age"] }
    exactly = ["query", "cookies", "form"]
    """)
    form = [("sort", "name"), ("sort", "age")]
    async with start_service(load_routes(tmp_path / "a.toml")) as service:
        for query, fields, headers, status in (
            ("page=2", form, {"X-A": "b"}, 200),
            ("page=2&full=1", form, {}, 404),
            ("page=2&page=3", form, {}, 404),
            ("page=2", form, {"Cookie": "a=b"}, 404),
            ("page=2", [*form, ("sort", "x")], {}, 404),
            ("page=2", [*form, ("order", "up")], {}, 404),
        ):
            url = service.url.with_query(query)
            async with client.post(url, data=fields, headers=headers) as answer:
                assert answer.status == status


class Anything:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]  # it equals too much


def test_a_test_s_own_data_may_hold_what_compares() -> None:
    anything = Anything()
    pattern = re.compile("a")
    match = only(match={"headers": {"A": anything, "B": [pattern]}, "text": anything}).match
    assert match is not None
    assert match.headers is not None
    assert match.headers["A"] is anything
    assert match.headers["B"] == [pattern]
    assert match.text is anything


@pytest.mark.parametrize(
    ("response", "status", "content_type", "body"),
    [
        ({}, 200, "application/octet-stream", b""),
        ({"json": None}, 200, "application/json", b"null"),
        ({"json": {"a": 1}, "status": 201}, 201, "application/json", b'{"a": 1}'),
        ({"text": "ä"}, 200, "text/plain", "ä".encode()),
        ({"base64": "AP\n8="}, 200, "application/octet-stream", b"\x00\xff"),
        ({"body": b"\x00"}, 200, "application/octet-stream", b"\x00"),
        ({"text": "a,b", "headers": {"Content-Type": "text/csv"}}, 200, "text/csv", b"a,b"),
        ({"text": "x", "latency": 0.001}, 200, "text/plain", b"x"),
    ],
)
async def test_a_response_is_made_of(
    client: aiohttp.ClientSession,
    response: Mapping[str, object],
    status: int,
    content_type: str,
    body: bytes,
) -> None:
    assert await answers(client, response) == [(status, content_type, body)]


async def test_a_file_is_sent_as_what_its_name_says(
    client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    (tmp_path / "a.html").write_bytes(b"<p>")
    given: dict[str, object] = {"file": str(tmp_path / "a.html"), "status": 203}
    assert await answers(client, given) == [(203, "text/html", b"<p>")]
    given["headers"] = {"content-type": "text/x-own"}
    assert await answers(client, given) == [(203, "text/x-own", b"<p>")]


async def test_a_header_may_have_several_values(client: aiohttp.ClientSession) -> None:
    headers = {"Set-Cookie": ["a=1", "b=2"], "X-One": "1"}
    routes = load_routes([route(response={"headers": headers})])
    async with start_service(routes) as service, client.get(service.url) as answer:
        assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]
        assert answer.headers["X-One"] == "1"


async def test_a_response_may_be_a_sequence(client: aiohttp.ClientSession) -> None:
    two = [{"text": "a", "times": 2}, {"text": "b", "status": 503, "latency": 0}]
    for more, expected in (
        ({"then": {"sequence": [{"text": "c"}], "on_exhausted": "last"}}, "aabccc"),
        ({"on_exhausted": "cycle", "latency": 0.001}, "aabaab"),
    ):
        found = await answers(client, {"sequence": two, **more}, len(expected))
        assert "".join(body.decode() for _, _, body in found) == expected
        assert [status for status, _, _ in found[:3]] == [200, 200, 503]
    assert [status for status, _, _ in await answers(client, {"sequence": [NOTHING]}, 2)] == [
        200,
        500,
    ]


def test_routes_of_one_handler_may_say_the_same_response() -> None:
    entries = [route(response={"json": 1}), route(path="/b", response={"json": 1})]
    first, second = load_routes(entries)
    assert first.response is second.response is not None


# What is wrong with it.

TEXT = "expected str or a mapping with 'regex' alone"
KEYS = "method, path, handler, match, response, keep, lenient"
ANSWER = (
    "json, text, base64, body, file, status, headers, latency, sequence, on_exhausted, then, "
    "scenario, answers, otherwise, fault"
)


WRONG_ENTRIES: list[tuple[object, str]] = [
    (3, "expected a list of routes, or a mapping with one under 'routes', got int"),
    ({"a": 1}, "a: unknown key; there are routes, scenarios"),
    ({"route": []}, "route: unknown key; did you mean 'routes'?"),
    ({}, "routes: it is missing"),
    ({"routes": 3}, "routes: expected a list, got int"),
    ({"routes": [], 3: 4}, "expected only strings as keys: put them in quotes"),
    ([3], "routes[0]: expected a mapping, got int"),
    ([BASE, {"method": "GET", "path": "/"}], "routes[1].handler: it is missing"),
    ([route(handler=404)], "routes[0].handler: expected str, got int"),
    ([route(reponse={})], "routes[0].reponse: unknown key; did you mean 'response'?"),
    ([route(x=1)], f"routes[0].x: unknown key; there are {KEYS}"),
    ([{**BASE, True: 1}], "routes[0]: expected only strings as keys: put them in quotes"),
    ([route(method="G T")], "routes[0]: 'G T' is not an HTTP method: give a token such as"),
    ([BASE, route(path="/{a")], "routes[1]: path '/{a' has a malformed variable near '/{a'"),
    ([route(keep={"every": 0})], "routes[0].keep: Keep(every=0): give 1 or more"),
    ([route(keep={"lst": 0})], "routes[0].keep.lst: unknown key; did you mean 'last'?"),
    (
        [route(lenient=["errors", "error"])],
        "routes[0].lenient[1]: expected one of unmatched, errors, undeclared, uncalled, got",
    ),
    (
        [route(response={"json": 1}), route(response={"json": 2})],
        "routes[1].response: handler 'home': its routes have different responses, <",
    ),
    (
        [route(response={"json": 1}), route(response={"json": True})],
        "routes[1].response: handler 'home': its routes have different responses, <",
    ),
]


@pytest.mark.parametrize(("data", "told"), WRONG_ENTRIES)
def test_what_is_wrong_with_an_entry(data: object, told: str) -> None:
    assert wrong(data).startswith(told)


@pytest.mark.parametrize(
    ("match", "told"),
    [
        ({"jsn": 1}, ".jsn: unknown key; did you mean 'json'?"),
        ({"headers": {"A": "1", "B": 2}}, f".headers.B: {TEXT}, got int"),
        ({"headers": {"A": ["1", 2]}}, f".headers.A[1]: {TEXT}, got int"),
        ({"headers": {"A": {"regex": "a", "b": 1}}}, f".headers.A: {TEXT}, got a mapping"),
        ({"headers": [1]}, ".headers: expected a mapping or nothing, got a list"),
        ({"query": {"page": 2}}, f".query.page: {TEXT}, got int"),
        ({"query": {1: "2"}}, ".query: expected only strings as keys: put them in quotes"),
        ({"text": {"regex": "("}}, ".text.regex: it is no regular expression: missing )"),
        ({"jsonpath": {"$[": 1}}, ".jsonpath: "),
        ({"json_schema": {"type": "x"}}, ".json_schema: "),
        ({"json_schema": "x"}, ".json_schema: expected "),
        ({"text": "a", "base64": ""}, ".base64: expected it or 'text', got both"),
        ({"base64": "@"}, ".base64: Only base64 data is allowed"),
        ({"text": 1}, f".text: {TEXT}, got int"),
        ({"text": None}, f".text: {TEXT}, got nothing"),
        ({"exactly": "query"}, ".exactly: expected a list, got str"),
        ({"exactly": ["query"]}, ".exactly[0]: expected 'query' beside it; an empty one says tha"),
        (
            {"query": {}, "form": None, "exactly": ["query", "form"]},
            ".exactly[1]: expected 'form' beside it; an empty one says that there are none",
        ),
        (
            {"query": {}, "exactly": ["query", "json"]},
            ".exactly[1]: expected one of headers, query, cookies, path_params, form, multipart, g",
        ),
        ({"exactly": [1]}, ".exactly[0]: expected str, got int"),
        ({"exactly": ["multipart"], "multipart": {"a": 3}}, ".multipart.a: expected str or a map"),
    ],
)
def test_what_is_wrong_with_a_match(match: object, told: str) -> None:
    assert wrong([route(match=match)]).startswith(f"routes[0].match{told}")


def test_what_only_compares_is_no_part_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    match = "match: {headers: {Date: 2026-01-01}}"
    path.write_text(f"- {{method: GET, path: /, handler: home, {match}}}", "utf-8")
    with pytest.raises(RoutesError) as caught:
        load_routes(path)
    assert str(caught.value) == f"{path}: routes[0].match.headers.Date: {TEXT}, got date"


WRONG_RESPONSES: list[tuple[dict[str, object], str]] = [
    ({"stats": 200}, ".stats: unknown key; did you mean 'status'?"),
    ({"qqq": 200}, f".qqq: unknown key; there are {ANSWER}"),
    ({"status": "200"}, ".status: expected int, got str"),
    ({"status": 99}, ".status: status 99 is not a three-digit HTTP status code"),
    ({"text": None}, ".text: expected str, got nothing"),
    ({"headers": {"A": "x", "B": 3}}, ".headers.B: expected str or a list, got int"),
    ({"headers": {"A": ["x", 3]}}, ".headers.A[1]: expected str, got int"),
    ({"headers": {True: "x"}}, ".headers: expected only strings as keys: put them in quotes"),
    ({"headers": {"A": "x\n"}}, ".headers: header 'A' has a line break or another control"),
    ({"json": 1, "file": "x"}, ".file: expected it or 'json', got both"),
    ({"json": date(2020, 1, 1)}, ".json: Object of type date is not JSON serializable"),
    ({"base64": "AP8"}, ".base64: Incorrect padding"),
    ({"text": "\ud800"}, ".text: 'utf-8' codec can't encode character '\\ud800' in position 0"),
    ({"body": "x"}, ".body: expected bytes, got str: write it as text, json or base64"),
    ({"file": "no-such-file"}, ".file: path='no-such-file' is no file"),
    ({"file": "."}, ".file: path='.' is no file"),
    ({"latency": -1}, ".latency: expected float >= 0.0"),
    ({"latency": float("inf")}, ".latency: latency=inf is not a time in seconds: give 0 or"),
    ({"then": {}}, ".then: only a sequence has it"),
    ({"on_exhausted": "last"}, ".on_exhausted: only a sequence has it"),
    ({"times": 2}, f".times: unknown key; there are {ANSWER}"),
    ({"sequence": []}, ".sequence: expected a list of length >= 1"),
    ({"sequence": [{}], "json": 1}, ".json: a sequence has none of its own"),
    ({"sequence": [{}], "status": 200}, ".status: a sequence has none of its own"),
    ({"sequence": [{}, {"stauts": 1}]}, ".sequence[1].stauts: unknown key; did you mean 'st"),
    ({"sequence": [{"times": 0}]}, ".sequence[0].times: expected int >= 1"),
    ({"sequence": [{"json": {1}}]}, ".sequence[0].json: Object of type set is not JSON"),
    (
        {"sequence": [{}], "on_exhausted": "stop"},
        ".on_exhausted: expected one of raise, cycle, last, got 'stop'",
    ),
    (
        {"sequence": [{}], "on_exhausted": "last", "then": {}},
        ": on_exhausted='last' and then=... both say what follows: give one",
    ),
    (
        {"sequence": [{}], "on_exhausted": "raise", "then": {}},
        ": on_exhausted='raise' and then=... both say what follows: give one",
    ),
    ({"sequence": [{}], "then": {"stats": 1}}, ".then.stats: unknown key; did you mean 'stat"),
    ({"sequence": [{}], "then": {"status": 0}}, ".then.status: status 0 is not a three-digit"),
]


@pytest.mark.parametrize(("response", "told"), WRONG_RESPONSES)
def test_what_is_wrong_with_a_response(response: object, told: str) -> None:
    assert wrong([route(response=response)]).startswith(f"routes[0].response{told}")


def test_the_data_of_a_test_stays_as_it_was() -> None:
    headers = {"A": "x", "B": 3, "C": "y"}
    wrong([route(response={"headers": headers})])
    assert list(headers.items()) == [("A", "x"), ("B", 3), ("C", "y")]
