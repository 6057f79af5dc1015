"""What is kept is a choice, and nothing is guessed of what is not kept."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    CallAssertionError,
    CallTimeoutError,
    ChunkedResponse,
    FunctionResponse,
    Keep,
    LatencyResponse,
    MockRoute,
    NotKeptError,
    RawResponse,
    RequestHistory,
    start_service,
)
from tests.calling import Calling, calling, routes_of, text_of
from tests.rawhttp import raw_client


async def send(call: Calling, name: str, count: int) -> None:
    for number in range(1, count + 1):
        await call(name, body=b"%d" % number)


def bodies(calls: Any) -> list[bytes]:
    return [each.body for each in calls]


# --- descriptions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"last": -1}, ValueError, r"^Keep\(last=-1\): give 0 or more$"),
        ({"every": 0}, ValueError, r"^Keep\(every=0\): give 1 or more$"),
        ({"bodies": -1}, ValueError, r"^Keep\(bodies=-1\): give 0 or more$"),
        ({"last": 1.5}, TypeError, r"^Keep\(last=1.5\): give a whole number$"),
        ({"every": None}, TypeError, r"^Keep\(every=None\): give a whole number$"),
        ({"bodies": True}, TypeError, r"^Keep\(bodies=True\): give a whole number$"),
    ],
)
def test_what_makes_no_sense_is_refused(given: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        Keep(**given)


async def test_what_is_no_keep_is_refused() -> None:
    nonsense: Any = 100
    with pytest.raises(TypeError, match=r"^keep=100 is not a Keep$"):
        MockRoute("GET", "/", "a", keep=nonsense)
    with pytest.raises(TypeError, match=r"^keep=100 is not a Keep$"):
        async with start_service([], keep=nonsense):
            pass


async def test_routes_of_one_handler_must_agree() -> None:
    routes = [MockRoute("GET", "/a", "a", keep=Keep(last=1)), MockRoute("GET", "/b", "a")]
    with pytest.raises(ValueError, match=r"^handler 'a': its routes keep different things, Keep"):
        async with start_service(routes):
            pass
    async with start_service(routes, keep=Keep(last=1)):
        pass


# --- the last N ----------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [0, 1, 2, 3, 4, 5, 9])
async def test_the_last_n_are_there_and_no_others(sent: int) -> None:
    async with calling(keep=Keep(last=3)) as call:
        await send(call, "a", sent)
        service = call.service
        kept = [b"%d" % number for number in range(1, sent + 1)][-3:]
        service.assert_called("a", times=sent)  # first, before anybody has looked
        service.calls("a").assert_count(sent)
        assert service.counts("a").calls == sent
        for calls in (service.history, service.history_map["a"], service.calls("a")):
            assert bodies(calls) == kept
        assert bodies(service.get_calls("a")) == kept
        if sent:
            assert service.last_call("a").body == kept[-1]


async def test_each_handler_has_its_own_last_ones_and_a_route_its_own_choice() -> None:
    routes = routes_of("x", keep=Keep()) + routes_of("y", keep=Keep(last=1))
    async with calling("ab", routes=routes, keep=Keep(last=2)) as call:
        for name in "abxy":
            await send(call, name, 4)
        kept = {name: bodies(calls) for name, calls in call.service.history_map.items()}
        assert kept == {
            "a": [b"3", b"4"],
            "b": [b"3", b"4"],
            "x": [b"1", b"2", b"3", b"4"],
            "y": [b"4"],
        }
        assert len(call.service.history) == 9
        call.service.calls().assert_count(16)
        call.service.calls("x").matching(body=b"1").assert_count(1)


REFUSED: list[Callable[[Calling], object]] = [
    lambda call: call.service.assert_called("a", json=1),
    lambda call: call.service.assert_called("a", times=3, body=b"1"),
    lambda call: call.service.assert_order("a", "a"),
    lambda call: call.service.assert_order("a", "a", "a", exactly=True),
    lambda call: call.service.calls("a").traffic(),
    lambda call: call.service.calls().traffic(),
    lambda call: call.service.calls("a").matching(body=b"1").assert_count(1),
    lambda call: call.service.calls("a").matching(body=b"1").assert_count(0),
    lambda call: call.service.calls("a").matching(body=b"1").assert_count(at_most=0),
    lambda call: call.service.calls("a").matching(body=b"3").assert_count(1),
]


@pytest.mark.parametrize("ask", REFUSED)
async def test_what_was_not_kept_is_not_guessed(ask: Callable[[Calling], object]) -> None:
    async with calling(keep=Keep(last=2)) as call:
        await send(call, "a", 3)
        with pytest.raises(NotKeptError, match=r"keep them with a wider Keep$"):
            ask(call)


async def test_what_was_kept_settles_what_it_can() -> None:
    async with calling(keep=Keep(last=2)) as call:
        await send(call, "a", 3)
        service = call.service
        service.assert_called("a", times=3, json=3)
        service.calls("a").matching(json=2).assert_count(at_least=1)
        service.calls("a").matching(json=2).assert_count(at_most=2)
        cases: list[tuple[Callable[[], None], str]] = [
            (lambda: service.assert_called("a", times=2), "expected 2 call(s), got 3"),
            (lambda: service.assert_not_called("a"), "expected no calls, got 3"),
            (lambda: service.calls("a").assert_count(2), "expected 2 call(s), got 3"),
            (
                lambda: service.calls("a").matching(json=1).assert_count(at_least=2),
                "expected at least 2 call(s), got 0 to 1",
            ),
        ]
        for failing, said in cases:
            with pytest.raises(CallAssertionError) as caught:
                failing()
            assert text_of(caught.value) == f"handler 'a': {said}"


async def test_waiting_counts_what_is_not_kept() -> None:
    async with calling(keep=Keep(last=1)) as call:
        await send(call, "a", 2)
        calls = await call.service.wait_for_calls("a", times=2, timeout=0)
        waiting = asyncio.ensure_future(calls.wait(4, timeout=None))
        threes = asyncio.ensure_future(call.service.calls("b").matching(json=1).wait(timeout=None))
        await asyncio.sleep(0)
        await send(call, "a", 2)
        await send(call, "b", 3)
        assert len(await waiting) == 1
        assert len(await threes) == 0
        with pytest.raises(NotKeptError, match="so whether 1 came cannot be known"):
            await call.service.calls("a").matching(json=9).wait(timeout=0)
        assert len(await call.service.calls("a").matching(json=2).wait(timeout=0)) == 1


# --- counts only, one in N -----------------------------------------------------------------------


async def test_counts_only() -> None:
    async with calling(keep=Keep(last=0)) as call:
        service = call.service
        waiting = asyncio.ensure_future(service.wait_for_calls("a", times=2, timeout=None))
        await send(call, "a", 3)
        assert len(await waiting) == 0
        assert (service.counts("a").calls, service.counts("a").by_status) == (3, {200: 3})
        assert (len(service.history), service.get_calls("a")) == (0, [])
        service.assert_called("a")
        service.assert_called("a", times=3)
        service.assert_not_called("b")
        with pytest.raises(NotKeptError) as refused:
            service.last_call("a")
        assert str(refused.value) == (
            "handler 'a': the latest of 3 call(s) was not kept; "
            "keep it with Keep(last=1), of the service or the route"
        )
        with pytest.raises(AssertionError, match=r"^no calls recorded for handler 'b'$"):
            service.last_call("b")
        with pytest.raises(CallAssertionError, match=r"^handler 'a': expected no calls, got 3"):
            service.assert_not_called("a")


async def test_one_in_n() -> None:
    async with calling(keep=Keep(every=3)) as call:
        await send(call, "a", 4)
        service = call.service
        assert bodies(service.calls("a")) == bodies(service.history) == [b"1", b"4"]
        assert service.last_call("a").body == b"4"
        await send(call, "a", 1)
        with pytest.raises(NotKeptError, match=r"^handler 'a': the latest of 5 call\(s\) was not"):
            service.last_call("a")
        service.assert_called("a", times=5)
        service.reset()
        await send(call, "a", 1)
        assert service.last_call("a").body == b"1"
        service.assert_called("a", times=1, json=1)


async def test_the_last_of_one_in_n() -> None:
    async with calling(keep=Keep(last=2, every=2)) as call:
        await send(call, "a", 9)
        call.service.assert_called("a", times=9)
        assert bodies(call.service.calls("a")) == [b"7", b"9"]


# --- bodies --------------------------------------------------------------------------------------


async def test_bodies_up_to_a_size() -> None:
    async with calling(keep=Keep(bodies=3)) as call:
        await call("a", body=b"123", headers={"X": "1"})
        await call("a", body=b"1234", headers={"X": "2"})
        service = call.service
        calls = service.calls("a")
        calls.assert_count(2)
        calls.matching(headers={"X": "2"}).assert_count(1)
        service.assert_called("a", body=b"123")
        service.assert_order(calls.matching(headers={"X": "1"}), calls.matching(headers={"X": "2"}))
        assert calls[0].body == b"123"
        assert calls[1].headers["X"] == "2"
        assert calls.traffic().bytes_in.max > 0
        assert repr(calls[0]).endswith(" -> 'a', 3 bytes>")
        assert repr(calls[1]).endswith(" -> 'a', body not kept>")
        assert "body not kept" in repr(service.history)
        asked: list[Callable[[], object]] = [
            lambda: calls[1].body,
            lambda: service.assert_called("a", body=b"1234"),
            lambda: calls.matching(json=123).assert_count(1),
            lambda: calls.assert_order(*[calls.matching(body=b"123")]),
        ]
        for ask in asked:
            with pytest.raises(NotKeptError, match=r"the body of this call was not kept: keep bod"):
                ask()
        with pytest.raises(NotKeptError):
            await calls.matching(body=b"x").wait(timeout=0)


async def test_of_a_call_whose_body_was_not_kept_all_the_rest_is_there() -> None:
    async with calling(keep=Keep(bodies=0)) as call:
        await call("a", body=b"a=1", headers={"Content-Type": "application/x-www-form-urlencoded"})
        recorded = call.service.last_call("a")
        assert recorded.url == call.service.url / "a"
        request = recorded.request
        assert (request.method, request.path, request.content_length) == ("POST", "/a", 3)
        assert isinstance(request, web.Request)
        asked: list[Callable[[], Awaitable[object]]] = [
            request.read,
            request.text,
            request.post,
            request.content.read,
            request.clone(method="PUT").read,
        ]
        for ask in asked:
            with pytest.raises(NotKeptError, match=r"^the body of this call was not kept"):
                await ask()
        call.service.calls("a").matching(predicate=lambda each: each.url.path == "/a").assert_count(
            1
        )


async def test_a_failure_is_told_also_of_calls_without_their_bodies() -> None:
    async with calling(keep=Keep(bodies=0)) as call:
        await call("a", "b", body=b"[1]")
        service = call.service
        cases: list[Callable[[], None]] = [
            lambda: service.assert_not_called("a"),
            lambda: service.assert_called("a", times=2),
            lambda: service.assert_called("a", times=2, json=[1], body=b"[1]"),
            lambda: service.calls().assert_count(0),
            lambda: service.calls("c").matching(json=[1]).assert_count(1),
        ]
        for failing in cases:
            with pytest.raises(CallAssertionError) as caught:
                failing()
            assert "POST /" in str(caught.value)
            assert caught.value.detail()
        with pytest.raises(CallAssertionError) as caught:
            service.assert_called("a", times=2, json=[1])
        assert "body: was not kept" in str(caught.value)
        with pytest.raises(CallTimeoutError, match="POST /b"):
            await service.wait_for_calls("b", times=2, timeout=0)


# --- what users put there ------------------------------------------------------------------------


@pytest.mark.parametrize("keep", [Keep(last=0), Keep(last=1), Keep(every=2)])
async def test_a_list_of_a_user_s_own_keeps_everything(keep: Keep) -> None:
    async with calling(keep=keep) as call:
        mine: list[RequestHistory] = []
        call.service.history_map["a"] = mine
        await send(call, "a", 3)
        assert bodies(mine) == [b"1", b"2", b"3"]
        call.service.assert_called("a", times=3, json=2)
        assert call.service.last_call("a").body == b"3"
        call.service.calls("a").assert_count(3)


async def test_a_history_that_was_cleared_tells_of_no_calls() -> None:
    async with calling(keep=Keep(last=1)) as call:
        await send(call, "a", 3)
        call.service.history_map["a"].clear()
        call.service.assert_not_called("a")
        call.service.calls("a").assert_count(0)
        assert call.service.counts("a").calls == 3
        call.service.history.clear()
        call.service.calls().assert_count(0)
        await send(call, "a", 2)
        call.service.assert_called("a", times=2)
        call.service.calls().assert_count(2)
        del call.service.history_map["a"]
        await send(call, "a", 1)
        call.service.assert_called("a", times=1)


@pytest.mark.parametrize(
    ("response", "status"),
    [
        (LatencyResponse(RawResponse(), 0.001), 200),
        (FunctionResponse(lambda _: "now"), 200),
        (ChunkedResponse([b"in parts"]), 200),
        (None, 500),
    ],
)
async def test_an_answer_that_takes_its_time_needs_no_record_of_its_call(
    response: BaseMockResponse | None, status: int
) -> None:
    async with start_service([MockRoute("GET", "/", "a", keep=Keep(last=0))]) as service:
        if response is not None:
            service.register("a", response)
        async with raw_client(service.url) as client:
            for version in (b"1.1", b"1.1", b"1.0"):
                answer = await client.ask(b"GET / HTTP/%b\r\nHost: x\r\n\r\n" % version)
                assert answer.status == status
        assert service.counts("a").by_status == {status: 3}
        assert not service.history
