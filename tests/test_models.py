"""`MockService` and what it is made of: the history that users read and write, and assertions."""

import asyncio
import copy
import inspect
import pickle
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, MutableMapping, MutableSequence
from dataclasses import FrozenInstanceError, is_dataclass
from typing import cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from asyncly.srvmocker import (
    BaseMockResponse,
    CallAssertionError,
    HandlerFailure,
    JsonResponse,
    Match,
    MockRoute,
    MockService,
    RawResponse,
    RequestHistory,
    SequenceExhausted,
    SequenceResponse,
    start_service,
)

ROUTES = [MockRoute("*", "/a", "a"), MockRoute("*", "/b", "b"), MockRoute("*", "/c", "c")]
OK = RawResponse(b"ok")


@pytest.fixture
async def service() -> AsyncGenerator[MockService]:
    async with start_service(ROUTES) as running:
        for name in ("a", "b"):
            running.register(name, OK)
        yield running


class Caller:
    """Calls handlers by their names."""

    def __init__(self, client: aiohttp.ClientSession, service: MockService) -> None:
        self.client = client
        self.service = service

    async def __call__(self, *names: str, body: bytes = b"") -> None:
        for name in names:
            async with self.client.post(self.service.url / name, data=body) as answer:
                assert answer.status == 200


@pytest.fixture
async def call(client: aiohttp.ClientSession, service: MockService) -> Caller:
    return Caller(client, service)


def made(body: bytes = b"", target: str = "/x") -> RequestHistory:
    return RequestHistory(make_mocked_request("POST", target), body)


# --- what they are -------------------------------------------------------------------------------


def test_a_route_is_a_frozen_dataclass() -> None:
    route = MockRoute("GET", "/a", "a", Match(body=b"x"))
    assert is_dataclass(route)
    assert route == MockRoute(method="GET", path="/a", handler_name="a", match=Match(body=b"x"))
    assert route != MockRoute("GET", "/a", "a")
    assert MockRoute("GET", "/a", "a").match is None
    with pytest.raises(FrozenInstanceError):
        route.path = "/b"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    assert hash(MockRoute("GET", "/a", "a")) == hash(MockRoute("GET", "/a", "a"))


async def test_a_service_is_a_frozen_dataclass_with_these_attributes(service: MockService) -> None:
    assert is_dataclass(service)
    assert isinstance(service.history, MutableSequence)
    assert isinstance(service.history_map, MutableMapping)
    assert isinstance(service.handlers, MutableMapping)
    assert isinstance(service.url, URL)
    names: object = getattr(service, "_handler_names")  # noqa: B009 - the contract's name
    assert names == frozenset("abc")
    with pytest.raises(FrozenInstanceError):
        service.url = URL("/")  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_a_service_can_be_made_by_hand() -> None:
    history: list[RequestHistory] = []
    service = MockService(history, {}, URL("http://h"), {})
    service.register("anything", OK)
    assert service.handlers == {"anything": OK}
    service.history_map["a"] = [made(b"[1]"), made(b"[2]")]
    service.assert_called("a", times=2, json=[2])
    assert service.last_call("a").body == b"[2]"
    assert service == MockService(history, service.history_map, URL("http://h"), service.handlers)


def test_a_service_made_by_hand_may_declare_names() -> None:
    service = MockService([], defaultdict(list), URL(), {}, frozenset({"a"}))
    service.register("a", OK)
    with pytest.warns(DeprecationWarning, match="'b'"):
        service.register("b", OK)
    none_declared = MockService([], {}, URL(), {}, _handler_names=frozenset())
    with pytest.warns(DeprecationWarning, match=re.escape("declared: []")):
        none_declared.register("a", OK)


# --- register ------------------------------------------------------------------------------------


async def test_register_sets_or_replaces_the_response_mid_test_too(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    async def get() -> tuple[int, bytes]:
        async with client.get(service.url / "a") as answer:
            return answer.status, await answer.read()

    assert await get() == (200, b"ok")
    service.register("a", JsonResponse({}, status=201))
    assert await get() == (201, b"{}")
    service.handlers["a"] = RawResponse(b"direct", status=202)
    assert await get() == (202, b"direct")
    del service.handlers["a"]
    assert (await get())[0] == 500
    service.assert_called("a", times=4)


async def test_register_during_a_request_reaches_the_next_one(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    class Once(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            service.register("a", RawResponse(b"second"))
            return web.Response(body=b"first")

    service.register("a", Once())
    for expected in (b"first", b"second"):
        async with client.get(service.url / "a") as answer:
            assert await answer.read() == expected


async def test_an_undeclared_name_warns_at_the_callers_line_and_is_registered(
    service: MockService,
) -> None:
    line = inspect.stack()[0].lineno + 2
    with pytest.warns(DeprecationWarning, match="UnknownHandlerError") as caught:
        service.register("tpyo", OK)
    [warning] = caught
    assert (warning.filename, warning.lineno) == (__file__, line)
    text = str(warning.message)
    assert "'tpyo'" in text
    assert "['a', 'b', 'c']" in text, "the declared names, sorted"
    assert "will raise UnknownHandlerError" in text
    assert service.handlers["tpyo"] is OK


async def test_a_service_without_routes_declares_no_names() -> None:
    async with start_service([]) as service:
        with pytest.warns(DeprecationWarning, match="'a'"):
            service.register("a", OK)


async def test_what_is_no_response_is_refused(service: MockService) -> None:
    with pytest.raises(TypeError, match=r"^\{'ok': True\} is not a BaseMockResponse, such as Json"):
        service.register("a", cast(BaseMockResponse, {"ok": True}))
    assert service.handlers["a"] is OK


async def test_what_is_no_response_but_was_written_directly_is_a_500(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    service.handlers["a"] = cast(BaseMockResponse, "not a response")
    async with client.get(service.url / "a") as answer:
        assert answer.status == 500
    assert [failure.handler_name for failure in service.errors] == ["a"]


# --- looking at calls ----------------------------------------------------------------------------


async def test_get_calls_is_a_copy_oldest_first(service: MockService, call: Caller) -> None:
    for body in (b"1", b"2", b"3"):
        await call("a", body=body)
        await call("b")
    calls = service.get_calls("a")
    assert isinstance(calls, list)
    assert [recorded.body for recorded in calls] == [b"1", b"2", b"3"]
    calls.clear()
    assert len(service.get_calls("a")) == 3
    assert service.get_calls("nobody") == []
    assert "nobody" not in service.history_map


async def test_last_call_is_the_latest_of_the_handler(service: MockService, call: Caller) -> None:
    await call("a", body=b"1")
    await call("a", body=b"2")
    await call("b", body=b"3")
    assert service.last_call("a").body == b"2"


@pytest.mark.parametrize("name", ["a", "nobody"])
async def test_last_call_without_calls_is_an_assertion_error(
    service: MockService, name: str
) -> None:
    with pytest.raises(AssertionError, match=f"^no calls recorded for handler '{name}'"):
        service.last_call(name)


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        ("a", []),
        ("A", ["no route declares the handler 'A'; declared: ['a', 'b', 'c']"]),
        ("aa", ["no route declares the handler 'aa'; did you mean 'a'?"]),
    ],
)
async def test_a_note_tells_of_a_handler_that_no_route_declares(
    service: MockService, name: str, notes: list[str]
) -> None:
    with pytest.raises(AssertionError) as missed:
        service.last_call(name)
    with pytest.raises(CallAssertionError) as failed:
        service.assert_called(name)
    assert getattr(missed.value, "__notes__", []) == notes
    assert getattr(failed.value, "__notes__", []) == notes
    assert str(failed.value) == f"handler '{name}': expected at least one call, got 0"


# --- assertions: see also test_assertions.py -----------------------------------------------------


async def test_assert_called_counts_all_calls_of_the_handler(
    service: MockService, call: Caller
) -> None:
    service.assert_called("a", times=0)
    await call("a", "a", "b", "a")
    service.assert_called("a")
    service.assert_called("a", times=3)
    with pytest.raises(AssertionError, match=r"^handler 'a': expected 2 call\(s\), got 3"):
        service.assert_called("a", times=2)
    with pytest.raises(AssertionError, match=r"^handler 'a': expected 0 call\(s\), got 3"):
        service.assert_called("a", times=0)
    with pytest.raises(AssertionError, match=r"^handler 'c': expected 1 call\(s\), got 0"):
        service.assert_called("c", times=1)


@pytest.mark.parametrize("name", ["c", "nobody"])
async def test_assert_called_without_calls(service: MockService, name: str) -> None:
    text = f"^handler '{name}': expected at least one call, got 0"
    with pytest.raises(AssertionError, match=text):
        service.assert_called(name)
    with pytest.raises(AssertionError, match=text):
        service.assert_called(name, json={})
    with pytest.raises(AssertionError, match=text):
        service.assert_called(name, times=0, body=b"")


async def test_assert_called_with_predicates_wants_one_call_that_satisfies_all(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    url = service.url / "a"
    await client.post(url, json={"n": 1}, headers={"X-A": "1"})
    await client.post(url, json={"n": 2}, params={"q": "é"})
    await client.post(url, data=b"\xff")
    service.assert_called("a", json={"n": 1})
    service.assert_called("a", times=3, json={"n": 2.0}, query={"q": "é"})
    service.assert_called("a", body=b"\xff")
    service.assert_called("a", headers={"x-a": "1"}, body=b'{"n": 1}')
    none = r"^handler 'a': none of 3 call\(s\) matched the given criteria"
    with pytest.raises(AssertionError, match=none):
        service.assert_called("a", json={"n": 1}, query={"q": "é"})
    with pytest.raises(AssertionError, match=none):
        service.assert_called("a", times=3, json={"n": 3})
    with pytest.raises(AssertionError, match=r"^handler 'a': expected 1 call\(s\), got 3"):
        service.assert_called("a", times=1, json={"n": 1})


async def test_assert_not_called(service: MockService, call: Caller) -> None:
    service.assert_not_called("a")
    service.assert_not_called("nobody")
    await call("a", "a")
    with pytest.raises(AssertionError, match=r"^handler 'a': expected no calls, got 2"):
        service.assert_not_called("a")


# --- the history as a mutable sequence -----------------------------------------------------------


def bodies(calls: MutableSequence[RequestHistory]) -> list[bytes]:
    return [recorded.body for recorded in calls]


async def test_history_is_read_as_a_list_is(service: MockService, call: Caller) -> None:
    for number in range(5):
        await call("ab"[number % 2], body=b"%d" % number)
    history = service.history
    assert len(history) == 5
    assert history[0].body == b"0"
    assert history[-1].body == b"4"
    assert [recorded.body for recorded in history[1:3]] == [b"1", b"2"]
    assert [recorded.body for recorded in history[::-2]] == [b"4", b"2", b"0"]
    assert [recorded.body for recorded in reversed(history)] == [b"4", b"3", b"2", b"1", b"0"]
    assert history[2] in history
    assert history.index(history[3]) == 3
    assert history.count(history[3]) == 1
    assert history == list(history)
    assert history != []
    assert bodies(service.history_map["a"]) == [b"0", b"2", b"4"]
    assert history != service.history_map["a"]
    with pytest.raises(IndexError):
        history[5]
    with pytest.raises(IndexError):
        history[-6]


async def test_history_map_is_read_as_a_defaultdict_is(service: MockService, call: Caller) -> None:
    await call("b", "a", "b")
    calls = service.history_map
    assert list(calls) == ["b", "a"]
    assert {name: len(of_one) for name, of_one in calls.items()} == {"b": 2, "a": 1}
    assert "c" not in calls
    assert calls.get("c") is None
    assert len(calls["c"]) == 0
    assert "c" in calls
    assert len(calls) == 3


async def test_what_a_user_clears_is_gone_for_the_assertions(
    service: MockService, call: Caller
) -> None:
    await call("a", "b", "a")
    service.history_map["a"].clear()
    service.assert_not_called("a")
    service.assert_called("b", times=1)
    assert len(service.history) == 3, "each sequence is its own"
    await call("a", body=b"new")
    service.assert_called("a", times=1, body=b"new")
    service.history.clear()
    assert len(service.history) == 0
    service.assert_called("a", times=1)
    service.history_map.clear()
    service.assert_not_called("a")
    service.assert_not_called("b")
    assert service.get_calls("b") == []
    await call("b")
    assert len(service.history) == 1
    service.assert_called("b", times=1)


async def test_what_a_user_deletes_is_gone_for_the_assertions(
    service: MockService, call: Caller
) -> None:
    for body in (b"1", b"2", b"3", b"4"):
        await call("a", body=body)
    calls = service.history_map["a"]
    del calls[1]
    assert bodies(calls) == [b"1", b"3", b"4"]
    with pytest.raises(AssertionError, match="none of 3"):
        service.assert_called("a", body=b"2")
    assert calls.pop().body == b"4"
    calls.remove(calls[0])
    service.assert_called("a", times=1, body=b"3")
    del service.history[1:]
    assert bodies(service.history) == [b"1"]
    del service.history_map["a"]
    service.assert_not_called("a")


async def test_what_a_user_adds_is_seen_by_the_assertions(
    service: MockService, call: Caller
) -> None:
    await call("a", body=b"1")
    mine = made(b'{"mine": true}', "/x?q=1")
    service.history_map["a"].append(mine)
    service.history.append(mine)
    service.assert_called("a", times=2, json={"mine": True}, query={"q": "1"})
    assert service.last_call("a") is mine
    assert service.history[-1] is mine
    service.history_map["a"].insert(0, made(b"first"))
    assert bodies(service.history_map["a"]) == [b"first", b"1", b'{"mine": true}']
    service.history_map["a"][0] = made(b"other")
    service.history_map["a"] += [made(b"last")]
    service.assert_called("a", times=4, body=b"last")
    service.assert_called("a", body=b"other")
    await call("a", body=b"after")
    assert service.last_call("a").body == b"after"
    service.history[:] = [mine]
    assert service.history == [mine]


async def test_a_recorded_call_can_be_put_elsewhere(service: MockService, call: Caller) -> None:
    await call("a", body=b"1")
    service.history_map["c"].append(service.last_call("a"))
    service.assert_called("c", times=1, body=b"1")
    assert service.last_call("c") == service.last_call("a")


async def test_a_user_may_put_a_sequence_of_their_own(service: MockService, call: Caller) -> None:
    mine: list[RequestHistory] = []
    service.history_map["a"] = mine
    await call("a", body=b"1")
    assert bodies(mine) == [b"1"]
    service.assert_called("a", times=1, body=b"1")
    assert mine[0] == service.history[0]


async def test_a_history_can_be_copied_and_kept(service: MockService, call: Caller) -> None:
    await call("a", body=b"1")
    kept = list(service.history)
    shallow = copy.copy(kept)
    service.history.clear()
    service.history_map.clear()
    for _ in range(3):
        await call("b", body=b"later")
    assert bodies(kept) == bodies(shallow) == [b"1"]
    assert kept[0].handler_name == "a"


async def test_clearing_thousands_of_calls_leaves_the_rest_intact(
    service: MockService, call: Caller
) -> None:
    kept = made(b"mine")
    service.history_map["b"].append(kept)
    for number in range(3):
        await call("b", body=b"%d" % number)
    service.history.extend([made(b"many")] * 3000)
    service.history.clear()
    assert bodies(service.history_map["b"]) == [b"mine", b"0", b"1", b"2"]
    assert service.history_map["b"][0] is kept
    await call("b", body=b"3")
    assert bodies(service.history) == [b"3"]
    assert service.last_call("b") == service.history[0]
    service.assert_called("b", times=5, body=b"2")


async def test_calls_may_arrive_while_a_user_iterates(service: MockService, call: Caller) -> None:
    await call("a", "a")
    seen = 0
    for recorded in service.history:
        assert recorded.handler_name == "a"
        if seen < 2:
            await call("a")
        seen += 1
    assert seen == len(service.history) == 4


async def test_many_at_once_are_all_recorded(
    client: aiohttp.ClientSession, service: MockService, call: Caller
) -> None:
    await asyncio.gather(*(call("a", "b", body=b"%d" % number) for number in range(50)))
    assert len(service.history) == 100
    for name in "ab":
        service.assert_called(name, times=50)
        recorded = sorted(int(one.body) for one in service.get_calls(name))
        assert recorded == list(range(50))


# --- errors --------------------------------------------------------------------------------------


class Broken(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        raise LookupError(f"nothing for {request.path}")


async def test_an_exception_of_a_response_is_kept_with_its_handler_and_its_call(
    client: aiohttp.ClientSession, service: MockService, call: Caller
) -> None:
    service.register("a", Broken())
    async with client.post(service.url / "a", data=b"1") as answer:
        assert answer.status == 500
        assert "LookupError" not in await answer.text()
    await call("b")
    [failure] = service.errors
    assert isinstance(failure, HandlerFailure)
    assert failure.handler_name == "a"
    assert isinstance(failure.exception, LookupError)
    assert failure.exception.args == ("nothing for /a",)
    assert failure.exception.__traceback__ is not None
    assert failure.call == service.last_call("a")
    assert failure.call.body == b"1"
    assert repr(failure) == "<HandlerFailure of 'a': LookupError('nothing for /a')>"
    with pytest.raises(AttributeError):
        failure.handler_name = "b"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


async def test_an_exhausted_sequence_is_kept(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    service.register("a", SequenceResponse([OK]))
    statuses: list[int] = []
    for _ in range(3):
        async with client.get(service.url / "a") as answer:
            statuses.append(answer.status)
    assert statuses == [200, 500, 500]
    assert [type(failure.exception) for failure in service.errors] == [SequenceExhausted] * 2
    service.assert_called("a", times=3)


async def test_an_http_exception_is_an_answer_and_no_failure(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    class Gone(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            raise web.HTTPGone(text="was here", headers={"X-A": "1"})

    service.register("a", Gone())
    async with client.get(service.url / "a") as answer:
        assert (answer.status, await answer.text(), answer.headers["X-A"]) == (410, "was here", "1")
    assert not service.errors


async def test_the_call_of_a_failure_is_right_even_when_the_history_was_cleared_meanwhile(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    class ClearsAndFails(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            service.history.clear()
            service.history_map.clear()
            raise LookupError(request.path)

    service.register("a", ClearsAndFails())
    for body in (b"1", b"2"):
        async with client.post(service.url / "a", data=body) as answer:
            assert answer.status == 500
    assert [failure.call.body for failure in service.errors] == [b"1", b"2"]
    assert [failure.handler_name for failure in service.errors] == ["a", "a"]


async def test_only_the_last_thousand_failures_are_kept(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    service.register("a", Broken())
    async with client.get(service.url / "a"):
        pass
    [first] = service.errors
    for _ in range(999):
        service.errors.append(HandlerFailure("b", LookupError(), first.call))
    assert service.errors[0] is first
    async with client.get(service.url / "a"):
        pass
    assert len(service.errors) == 1000
    assert first not in service.errors


def test_a_match_and_a_route_survive_pickling() -> None:
    route = MockRoute("GET", "/a", "a", Match(json={"n": 1}, headers={"X-A": "1"}))
    assert pickle.loads(pickle.dumps(route)) == route


# --- more than the published package has ---------------------------------------------------------


async def test_a_failed_assertion_tells_what_came_and_where_it_went(
    service: MockService, call: Caller
) -> None:
    await call("a", body=b"1")
    await call("b", body=b"2")
    with pytest.raises(CallAssertionError) as caught:
        service.assert_called("a", json=2)
    assert str(caught.value).startswith(
        "handler 'a': none of 1 call(s) matched the given criteria\n"
    )
    assert "$: wanted 2, got 1" in str(caught.value)
    assert "'b'" in str(caught.value)
    with pytest.raises(CallAssertionError, match="POST /b"):
        service.assert_not_called("b")


async def test_the_contract_s_methods_know_nothing_of_names(service: MockService) -> None:
    service.assert_not_called("unknown")
    with pytest.raises(CallAssertionError, match=r"^handler 'unknown': expected at least one call"):
        service.assert_called("unknown")
    assert service.get_calls("unknown") == []
    assert "unknown" not in service.history_map
