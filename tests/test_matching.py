"""`Match`: what each criterion asks, what no criterion accepts, and matches of the user's own."""

import json
import pickle
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, is_dataclass
from functools import cache, partial, reduce
from itertools import cycle
from typing import Any, cast

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request
from aiohttp.web import BaseRequest, Request
from dirty_equals import IsInt
from multidict import CIMultiDict
from yarl import URL

from asyncly.srvmocker import (
    CallAssertionError,
    Match,
    MockRoute,
    RawResponse,
    RecordedRequest,
    start_service,
)
from asyncly.srvmocker.assertions import call_matches
from asyncly.srvmocker.constants import SERVICE_KEY
from asyncly.srvmocker.matching import compile_match
from asyncly.srvmocker.models import RequestHistory

GET = make_mocked_request("GET", "/")


def matches_json(expected: object, body: bytes) -> bool:
    found = Match(json=expected).matches(GET, body)
    assert call_matches(RequestHistory(GET, body), json=expected) is found, "assertions agree"
    return found


class Anything:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@dataclass
class Within:
    """Equal to every number that is near."""

    value: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (int, float)) and abs(other - self.value) < 1

    __hash__ = None  # type: ignore[assignment]


class Shouting(str):
    """A string with an equality of its own."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.upper() == str(self).upper()

    __hash__ = str.__hash__


# --- what it is ----------------------------------------------------------------------------------


def test_a_match_is_a_frozen_dataclass() -> None:
    match = Match({"a": 1}, b"x", {"X-A": "1"}, {"q": "1"})
    assert is_dataclass(match)
    assert match == Match(json={"a": 1}, body=b"x", headers={"X-A": "1"}, query={"q": "1"})
    assert match != Match(json={"a": 2}, body=b"x", headers={"X-A": "1"}, query={"q": "1"})
    assert (match.json, match.body, match.headers, match.query) == (
        *({"a": 1}, b"x"),
        *({"X-A": "1"}, {"q": "1"}),
    )
    assert "headers={'X-A': '1'}" in repr(match)
    with pytest.raises(FrozenInstanceError):
        match.body = b"y"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_headers_and_query_are_copied_at_construction() -> None:
    headers, query = {"X-A": "1"}, {"q": "1"}
    match = Match(headers=headers, query=query)
    headers["X-A"] = "2"
    query.clear()
    assert match == Match(headers={"X-A": "1"}, query={"q": "1"})
    assert match.matches(make_mocked_request("GET", "/?q=1", {"X-A": "1"}), b"")


def test_one_value_that_is_changed_from_match_to_match_makes_different_ones() -> None:
    order: dict[str, object] = {"items": []}
    values = ["0"]
    body = bytearray(b"0")
    matches: list[Match] = []
    for number in "12":
        order["number"] = number
        values[0] = number
        body[0] = ord(number)
        matches += [
            Match(json=order),
            Match(json=[order, IsInt()]),
            Match(body=body),
            Match(query={"q": values}),
        ]
    for number, of_it in zip("12", (matches[:4], matches[4:]), strict=True):
        asked = make_mocked_request("GET", f"/?q={number}")
        sent = b'{"items": [], "number": "%b"}' % number.encode()
        for match, received in zip(
            of_it, (sent, b"[%b, 1]" % sent, number.encode(), b""), strict=True
        ):
            assert match.matches(asked, received)


def test_a_circle_is_no_json_and_can_be_given() -> None:
    circle: list[object] = []
    circle.append(circle)
    assert not Match(json=circle).matches(GET, b"[[]]")


def test_a_later_change_to_the_json_value_has_no_effect_on_a_compiled_match() -> None:
    expected = {"a": [1]}
    match = Match(json=expected)
    assert match.matches(GET, b'{"a": [1]}')
    expected["a"].append(2)
    assert match.matches(GET, b'{"a":[1]}')
    assert not match.matches(GET, b'{"a":[1,2]}')


@pytest.mark.parametrize("asked", [False, True])
def test_a_match_survives_pickling(asked: bool) -> None:
    match = Match(json={"a": 1}, headers={"X-A": "1"})
    if asked:
        assert not match.matches(GET, b"")
    again: Match = pickle.loads(pickle.dumps(match))
    assert again == match
    assert again.matches(make_mocked_request("GET", "/", {"x-a": "1"}), b'{"a": 1}')


# --- all given predicates must hold --------------------------------------------------------------


def test_none_means_not_given() -> None:
    assert Match().matches(GET, b"anything")
    assert Match(json=None).matches(GET, b"no json")
    assert compile_match(None).holds is not None
    assert compile_match(Match()).test is None


@pytest.mark.parametrize(
    ("target", "headers", "body", "expected"),
    [
        ("/?q=1", {"X-A": "1"}, b"[1]", True),
        ("/?q=2", {"X-A": "1"}, b"[1]", False),
        ("/", {"X-A": "1"}, b"[1]", False),
        ("/?q=1", {"X-A": "2"}, b"[1]", False),
        ("/?q=1", {}, b"[1]", False),
        ("/?q=1", {"X-A": "1"}, b"[1] ", False),
        ("/?q=1", {"X-A": "1"}, b"[2]", False),
    ],
)
def test_all_given_predicates_must_hold(
    target: str, headers: dict[str, str], body: bytes, expected: bool
) -> None:
    match = Match(json=[1], body=b"[1]", headers={"x-a": "1"}, query={"q": "1"})
    assert match.matches(make_mocked_request("GET", target, headers), body) is expected


def test_the_body_is_compared_as_raw_bytes() -> None:
    assert Match(body=b"").matches(GET, b"")
    assert not Match(body=b"").matches(GET, b"x")
    assert Match(body=b"\xff\x00").matches(GET, b"\xff\x00")
    assert not Match(body=b'{"a": 1}').matches(GET, b'{"a":1}')
    assert Match(body=cast(bytes, bytearray(b"x"))).matches(GET, b"x")


def test_header_names_are_of_any_case_and_the_first_value_counts() -> None:
    several: CIMultiDict[str] = CIMultiDict([("X-A", "1"), ("x-a", "2"), ("X-Empty", "")])
    request = make_mocked_request("GET", "/", several)
    assert Match(headers={"x-A": "1"}).matches(request, b"")
    assert not Match(headers={"X-A": "2"}).matches(request, b"")
    assert not Match(headers={"X-A": "1", "X-B": ""}).matches(request, b"")
    assert Match(headers={"X-Empty": ""}).matches(request, b"")
    assert Match(headers={}).matches(request, b"")
    assert not Match(headers={"X-A": "1 "}).matches(request, b"")


def test_query_values_are_decoded_and_the_first_counts() -> None:
    request = make_mocked_request("GET", "/?a=1&a=2&p=a+b&%C3%A9=%26&e=&f")
    for key, value in [("a", "1"), ("p", "a b"), ("é", "&"), ("e", ""), ("f", "")]:
        assert Match(query={key: value}).matches(request, b""), key
    for key, value in [("a", "2"), ("A", "1"), ("g", ""), ("p", "a+b")]:
        assert not Match(query={key: value}).matches(request, b""), key


# --- equality of JSON ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        ({"a": 1}, b'{"a": 1}'),
        ({"a": 1}, b' {"a" :\n1.0} '),
        ({"a": True}, b'{"a": 1}'),
        (1, b"true"),
        (0.0, b"false"),
        (False, b"-0.0"),
        ({"a": 1, "b": 2}, b'{"b": 2, "a": 1}'),
        ({"a": 2}, b'{"a": 1, "a": 2}'),
        ({"é": "ü"}, b'{"\\u00e9": "\\u00fc"}'),
        ({"é": "ü"}, '{"é": "ü"}'.encode()),
        (2**64, b"18446744073709551616"),
        (10**400, b"1" + b"0" * 400),
        (1e16, b"10000000000000000"),
        (float("inf"), b"Infinity"),
        (float("-inf"), b"-Infinity"),
        (float("inf"), b"1e999"),
        ([], b"[]"),
        ("", b'""'),
        ("\ud800", b'"\\ud800"'),
        ({"a": Anything()}, b'{"a": {"deep": []}}'),
        (Anything(), b"null"),
        ([Within(2.5)], b"[3]"),
        ({"n": Shouting("abc")}, b'{"n": "ABC"}'),
    ],
)
def test_json_is_equal(expected: object, body: bytes) -> None:
    assert json.loads(body) == expected, "what the contract goes by"
    assert matches_json(expected, body)


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        ({"a": 1}, b'{"a": 2}'),
        ({"a": 1}, b'{"a": "1"}'),
        ({"a": 1}, b'{"a": 1, "b": 1}'),
        ({"a": 1}, b'{"a": 2, "a": 1, "a": 3}'),
        (2**64, b"18446744073709551617"),
        (float(2**64), b"18446744073709551617"),
        (float("nan"), b"NaN"),
        ([float("nan")], b"[NaN]"),
        ((1, 2), b"[1, 2]"),
        ({1: 2}, b'{"1": 2}'),
        ([Within(2.5)], b"[4]"),
        ("a", b"a"),
        ({}, b""),
        ([], b"{}"),
        (0, b"null"),
        (b"x", b'"x"'),
    ],
)
def test_json_is_not_equal(expected: object, body: bytes) -> None:
    assert not matches_json(expected, body)


@pytest.mark.parametrize(
    "encoding",
    [
        *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"),
        *("utf-32", "utf-32-le", "utf-32-be"),
    ],
)
def test_json_is_detected_in_every_encoding(encoding: str) -> None:
    body = json.dumps({"é": "ü𝄞"}, ensure_ascii=False).encode(encoding)
    assert matches_json({"é": "ü𝄞"}, body)
    assert not matches_json({"é": "u"}, body)


@pytest.mark.parametrize(
    "body", [b"\xff", b'"\xff"', b'{"a": \xc3}', b"\xff\xfe\x00", b"\x00", b"[" * 100_000, b'"']
)
def test_bytes_that_cannot_be_decoded_never_match(body: bytes) -> None:
    expectations: list[object] = [{"a": 1}, "\udcff", Anything(), [], ""]
    for expected in expectations:
        assert not matches_json(expected, body)


async def test_bytes_that_cannot_be_decoded_never_make_a_500(
    client: aiohttp.ClientSession,
) -> None:
    routes = [MockRoute("POST", "/", "json", Match(json=Anything())), MockRoute("POST", "/", "all")]
    async with start_service(routes) as service:
        service.register("json", RawResponse())
        service.register("all", RawResponse())
        for body in (b"\xff", b"[" * 100_000):
            async with client.post(service.url, data=body) as answer:
                assert answer.status == 200
        async with client.post(service.url, data=b"1") as answer:
            assert answer.status == 200
    service.assert_called("all", times=2)
    service.assert_called("json", times=1)


# --- what bad input gets -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criteria", "text"),
    [
        ({"body": "x"}, "body='x': give bytes, not str"),
        ({"headers": [("X-A", "1")]}, "headers=[('X-A', '1')]: give a mapping, not list"),
        ({"headers": {1: "a"}}, "headers: the name 1 is not a string"),
        (
            {"headers": {"X-A": 1}},
            "headers['X-A']=1: values are compared as text, so give a string, not int",
        ),
        (
            {"query": {"q": None}},
            "query['q']=None: values are compared as text, so give a string, not NoneType",
        ),
        ({"query": "q=1"}, "query='q=1': give a mapping, not str"),
    ],
)
def test_a_criterion_that_nothing_can_equal_is_a_type_error(
    criteria: dict[str, Any], text: str
) -> None:
    with pytest.raises(TypeError) as caught:
        Match(**criteria)
    assert str(caught.value) == text
    with pytest.raises(TypeError) as caught:
        call_matches(RequestHistory(GET, b""), **criteria)
    assert str(caught.value) == text


# --- matches of the user's own -------------------------------------------------------------------


@dataclass(frozen=True)
class Longer(Match):
    """Holds for bodies longer than this."""

    length: int = 0

    def matches(self, request: BaseRequest, body: bytes) -> bool:
        return len(body) > self.length and super().matches(request, body)


async def test_a_subclass_may_override_matches(client: aiohttp.ClientSession) -> None:
    routes = [
        MockRoute("POST", "/", "long", Longer(length=3)),
        MockRoute("POST", "/", "marked", Longer(headers={"X-A": "1"}, length=1)),
        MockRoute("POST", "/", "short"),
    ]
    async with start_service(routes) as service:
        for route in routes:
            service.register(route.handler_name, RawResponse())
        for body, headers in [(b"1234", {}), (b"12", {"X-A": "1"}), (b"12", {}), (b"1", {})]:
            await client.post(service.url, data=body, headers=headers)
    assert [call.handler_name for call in service.history] == ["long", "marked", "short", "short"]


async def test_a_subclass_is_given_the_request_with_everything_in_it(
    client: aiohttp.ClientSession,
) -> None:
    seen: list[tuple[object, ...]] = []

    class Looks(Match):
        def matches(self, request: BaseRequest, body: bytes) -> bool:
            assert isinstance(request, Request)
            seen.append((request.method, request.path, request.query["q"], request.cookies, body))
            return request.match_info["id"] == "7" and SERVICE_KEY in request.app

    routes = [MockRoute("PUT", "/{id}", "seven", Looks()), MockRoute("PUT", "/{id}", "other")]
    async with start_service(routes) as service:
        for route in routes:
            service.register(route.handler_name, RawResponse())
        for number in ("7", "8"):
            url = service.url / number
            async with client.put(url, params={"q": "1"}, cookies={"c": "d"}, data=b"x") as answer:
                assert answer.status == 200
    assert [call.handler_name for call in service.history] == ["seven", "other"]
    assert seen == [("PUT", f"/{n}", "1", {"c": "d"}, b"x") for n in (7, 8)]


async def test_a_subclass_is_asked_about_every_request(client: aiohttp.ClientSession) -> None:
    turns = cycle((False, True))

    class EverySecond(Match):
        def matches(self, request: BaseRequest, body: bytes) -> bool:
            return next(turns)

    routes = [MockRoute("GET", "/", "second", EverySecond()), MockRoute("GET", "/", "first")]
    async with start_service(routes) as service:
        for route in routes:
            service.register(route.handler_name, RawResponse())
        for _ in range(4):
            await client.get(service.url)
    assert [call.handler_name for call in service.history] == ["first", "second"] * 2


async def test_an_exception_in_matches_counts_as_no_match_and_is_kept(
    client: aiohttp.ClientSession,
) -> None:
    class Fails(Match):
        def matches(self, request: BaseRequest, body: bytes) -> bool:
            raise LookupError("of the match")

    routes = [
        MockRoute("GET", "/a", "a", Fails()),
        MockRoute("GET", "/b", "a", Fails()),
        MockRoute("GET", "/b", "b"),
    ]
    async with start_service(routes) as service:
        service.register("b", RawResponse())
        async with client.get(service.url / "a") as answer:
            assert answer.status == 404
            assert "Fails.matches: raised LookupError: of the match" in await answer.text()
        assert "raised LookupError: of the match" in service.unmatched[0].explanation
        async with client.get(service.url / "b") as answer:
            assert answer.status == 200
    assert [(each.handler_name, str(each.exception)) for each in service.errors] == [
        ("a", "of the match")
    ] * 2
    assert [each.call.path for each in service.errors] == ["/a", "/b"]
    assert [call.handler_name for call in service.history] == ["b"]


async def test_many_matchers_of_one_group(client: aiohttp.ClientSession) -> None:
    """Enough for look-up instead of asking in turn; the answer is the same."""
    routes = [MockRoute("POST", "/", f"n{n}", Match(json={"n": n})) for n in range(20)]
    routes.insert(10, MockRoute("POST", "/", "traced", Match(headers={"X-A": "1"})))
    routes.insert(5, MockRoute("POST", "/", "own", Longer(length=30)))
    async with start_service([*routes, MockRoute("POST", "/", "rest")]) as service:
        for name in [*(route.handler_name for route in routes), "rest"]:
            service.register(name, RawResponse(name))

        async def post(body: bytes, **headers: str) -> str:
            async with client.post(service.url, data=body, headers=headers) as answer:
                return await answer.text()

        assert await post(b'{"n": 3}') == "n3"
        assert await post(b'{"n":3.0}') == "n3"
        assert await post(b'{"n": 15}') == "n15"
        assert await post(b'{"n": 15}', **{"X-A": "1"}) == "traced"
        assert await post(b'{"n": 3}', **{"X-A": "1"}) == "n3"
        assert await post(b'{"n":' + b" " * 30 + b"3}") == "n3"
        assert await post(b'{"n":' + b" " * 30 + b"8}") == "own"
        assert await post(b'{"n": 99}') == "rest"
        assert await post(b"\xff") == "rest"


async def test_a_predicate_sees_a_request_that_is_nobodys_yet() -> None:
    seen: list[tuple[str, str | None, str]] = []

    def look(call: RequestHistory) -> bool:
        seen.append((call.handler_name, call.injected, call.path))
        assert call == call  # noqa: PLR0124 - it can be compared, as any
        assert hash(call) == hash(call)
        return True

    routes = [MockRoute("GET", "/{id}", "item", Match(predicate=look))]
    async with start_service(routes) as service, aiohttp.ClientSession(service.url) as client:
        service.register("item", RawResponse())
        async with client.get("/7") as answer:
            assert answer.status == 200
    assert seen == [("", None, "/7")]


async def asynchronous(call: RecordedRequest) -> bool:
    return bool(call.body)


class Asynchronous:
    async def __call__(self, call: RecordedRequest) -> bool:
        return bool(call.body)


def no_call() -> bool:
    return True


def two_calls(one: RecordedRequest, other: RecordedRequest) -> bool:
    return one == other


@pytest.mark.parametrize(
    ("predicate", "told"),
    [
        (asynchronous, "predicate asynchronous: give a function that is not asynchronous"),
        (Asynchronous(), "predicate Asynchronous: give a function that is not asynchronous"),
        (no_call, "predicate no_call: it is given the call alone: too many positional arguments"),
        (two_calls, "predicate two_calls: it is given the call alone: missing a required"),
    ],
)  # fmt: skip
def test_a_predicate_that_cannot_be_asked_is_refused(predicate: Any, told: str) -> None:
    with pytest.raises(TypeError, match=f"^{told}"):
        Match(predicate=predicate)


def test_a_predicate_of_which_nobody_knows_what_it_takes_is_asked() -> None:
    assert repr(Match(predicate=cast(Any, max))) == "Match(predicate=<built-in function max>)"


def call_it(function: Callable[[RecordedRequest], object], call: RecordedRequest) -> object:
    return function(call)


async def test_a_coroutine_is_no_answer(client: aiohttp.ClientSession) -> None:
    routes = [MockRoute("GET", "/", "home", Match(predicate=partial(call_it, asynchronous)))]
    async with start_service(routes) as service:
        async with client.get(service.url) as answer:
            assert answer.status == 404
        (error,) = service.errors
        assert str(error.exception) == (
            "the predicate returned a coroutine: give one that is not asynchronous"
        )


# --- long and deep combinations ------------------------------------------------------------------

MANY = 10_000


@cache
def numbered(number: int) -> Match:
    return Match(headers={"X-A": str(number)})


def one_and_other(one: Match, other: Match) -> Match:
    return one & other


def one_or_other(one: Match, other: Match) -> Match:
    return one | other


def chained(operator: Callable[[Match, Match], Match], count: int = MANY) -> Match:
    match = numbered(0)
    for number in range(1, count):
        match = operator(match, numbered(number))
    return match


def nested(levels: int) -> Match:
    """So many operators, one within the other."""
    match = numbered(0)
    for number in range(levels):
        match = ~match if number % 2 else numbered(0) & match
    return match


async def test_a_chain_may_be_as_long_as_it_is(client: aiohttp.ClientSession) -> None:
    routes = [
        MockRoute(
            "GET", "/all", "all", reduce(one_and_other, [numbered(7)] * MANY) & Match(body=b"")
        ),
        MockRoute("GET", "/any", "any", chained(one_or_other)),
        MockRoute("GET", "/none", "none", ~chained(one_or_other)),
    ]

    async def ask(path: str, header: str) -> tuple[int, str]:
        async with client.get(service.url / path, headers={"X-A": header}) as answer:
            return answer.status, await answer.text()

    async with start_service(routes) as service:
        for route in routes:
            service.register(route.handler_name, RawResponse(b"ok"))
        assert await ask("all", "7") == (200, "ok")
        assert await ask("any", str(MANY - 1)) == (200, "ok")
        assert await ask("none", "-") == (200, "ok")
        status, told = await ask("all", "-")
        assert status == 404
        assert 'header X-A: wanted "7", got "-"' in told
        status, told = await ask("any", "-")
        assert status == 404
        assert 'got "-"' in told
        status, told = await ask("none", "7")
        assert status == 404
        assert "holds, and must not" in told
        calls = service.calls("any")
        calls.matching(chained(one_or_other)).assert_count(1)
        with pytest.raises(CallAssertionError, match=r"^handler 'any': expected 1 call"):
            calls.matching(chained(one_and_other)).assert_count(1)


@pytest.mark.parametrize("operator", [one_and_other, one_or_other])
def test_a_chain_is_one_level(operator: Callable[[Match, Match], Match]) -> None:
    one, other, third = map(numbered, range(3))
    sign = "&" if operator is one_and_other else "|"
    left, right = operator(operator(one, other), third), operator(one, operator(other, third))
    assert left == right
    assert repr(left) == repr(right) == f"({one!r} {sign} {other!r} {sign} {third!r})"
    assert pickle.loads(pickle.dumps(left)) == left
    long = chained(operator)
    assert repr(long).count(f" {sign} ") == MANY - 1
    assert long == chained(operator)


def test_chains_of_another_kind_stay_together() -> None:
    one, other, third = map(numbered, range(3))
    assert repr(one & (other | third) & one) == f"({one!r} & ({other!r} | {third!r}) & {one!r})"
    assert repr(~(one & other) & third) == f"(~({one!r} & {other!r}) & {third!r})"
    assert ~~one is one
    assert ~~~one == ~one


async def test_what_is_nested_works_down_to_a_depth(client: aiohttp.ClientSession) -> None:
    deepest = nested(50)
    assert pickle.loads(pickle.dumps(deepest)) == deepest
    assert deepest == nested(50)
    assert repr(deepest).count("~") == 25
    # Twenty-four alternatives within each other, of which nobody may look at each twice as often.
    deep = numbered(0)
    for _ in range(24):
        deep = numbered(0) | (numbered(0) & deep)
    routes = [MockRoute("GET", "/a", "a", deepest), MockRoute("GET", "/b", "b", deep)]
    async with start_service(routes) as service:
        for path in "ab":
            service.register(path, RawResponse(b"ok"))
            held = [await status_with(client, service.url / path, each) for each in ("0", "1")]
            assert sorted(held) == [200, 404]
        service.calls("a", "b").matching(deepest).assert_count(at_least=1)


async def status_with(client: aiohttp.ClientSession, url: URL, header: str) -> int:
    async with client.get(url, headers={"X-A": header}) as answer:
        await answer.read()
        return answer.status


def test_what_is_nested_deeper_is_refused() -> None:
    told = (
        "&, | and ~ are nested 50 deep at most (a chain of one of them, such as a & b & c, counts "
        "once): give a predicate that asks the same"
    )
    deepest = ~nested(49)
    for operator in (one_and_other, one_or_other):
        with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
            operator(deepest, numbered(1))
