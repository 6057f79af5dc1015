"""`service.counts`: exact whatever becomes of a call, and whatever the history keeps."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from asyncly.srvmocker import (
    BaseMockResponse,
    Keep,
    LatencyResponse,
    Match,
    MockRoute,
    MockService,
    RawResponse,
    SequenceResponse,
    start_service,
)
from asyncly.srvmocker.counts import Counts
from tests.calling import OK, calling, routes_of
from tests.rawhttp import break_connection, raw_client


class Failing(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        raise RuntimeError("no answer")


class Teapot(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPNotAcceptable


class BreaksOff(BaseMockResponse):
    """Begins an answer and fails."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 10
        await response.prepare(request)
        raise RuntimeError("no more")


class Held(BaseMockResponse):
    """Answers when it is let go."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.free = asyncio.Event()

    async def response(self, request: web.Request) -> web.StreamResponse:
        self.begun.set()
        await self.free.wait()
        return web.Response()


async def test_every_outcome_is_counted() -> None:
    routes = routes_of(["ready", "late", "own", "teapot", "turns", "nothing"])
    async with start_service(routes) as service, aiohttp.ClientSession() as client:
        service.register("ready", RawResponse(status=201))
        service.register("late", LatencyResponse(RawResponse(status=202), 0))
        service.register("own", Failing())
        service.register("teapot", Teapot())
        service.register("turns", SequenceResponse([RawResponse(), RawResponse(status=503)]))
        for route in routes:
            for _ in range(3):
                async with client.post(service.url / route.handler_name) as answer:
                    await answer.read()
        assert service.counts("ready") == Counts(3, {201: 3})
        assert service.counts("late") == Counts(3, {202: 3})
        assert service.counts("own") == Counts(3, {500: 3}, handler_errors=3)
        assert service.counts("teapot") == Counts(3, {406: 3})
        assert service.counts("turns") == Counts(3, {200: 1, 503: 1, 500: 1}, handler_errors=1)
        assert service.counts("nothing") == Counts(3, {500: 3}, unregistered=3)
        together = service.counts()
        assert together == Counts(
            18,
            {200: 1, 201: 3, 202: 3, 406: 3, 500: 7, 503: 1},
            0,
            handler_errors=4,
            unregistered=3,
        )
        assert (together.answered, together.in_progress) == (18, 0)
        assert service.counts("ready", "late", "ready") == Counts(6, {201: 3, 202: 3})


async def test_an_answer_that_breaks_off_is_accounted_for() -> None:
    async with calling() as call:
        call.service.register("a", BreaksOff())
        with pytest.raises(aiohttp.ClientPayloadError):
            await call("a")
        counts = call.service.counts("a")
        assert (counts.calls, counts.handler_errors, counts.in_progress) == (1, 1, 0)
        assert counts.answered + counts.client_gone == 1


async def test_the_status_that_is_counted_is_that_of_the_answer_that_came() -> None:
    async with calling() as call:
        for status in (200, 404, 200, 500, 404, 200):
            call.service.register("a", RawResponse(status=status))
            await call("a")
        assert call.service.counts("a") == Counts(6, {200: 3, 404: 2, 500: 1})


async def test_pipelined_requests_are_counted_each() -> None:
    async with calling() as call, raw_client(call.service.url) as raw:
        call.service.register("b", LatencyResponse(RawResponse(status=202), 0))
        one = b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n"
        raw.write(b"".join(one % name for name in (b"a", b"b", b"a", b"b", b"a")))
        statuses = [(await raw.answer()).status for _ in range(5)]
        assert statuses == [200, 202, 200, 202, 200]
        assert call.service.counts("a") == Counts(3, {200: 3})
        assert call.service.counts() == Counts(5, {200: 3, 202: 2})


async def gone(service: MockService[str], calls: int) -> None:
    async with asyncio.timeout(60):
        while service.counts().client_gone < calls:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)


@pytest.mark.parametrize("delayed", [True, False])
async def test_clients_that_have_left_are_counted_as_gone(delayed: bool) -> None:
    async with calling() as call:
        held = Held()
        call.service.register("a", LatencyResponse(OK, 600) if delayed else held)
        async with raw_client(call.service.url) as raw:
            one = b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n"
            raw.write(one % b"a" + one % b"nowhere" + one % b"b")
            await call.service.wait_for_calls("b", timeout=None)
            assert call.service.counts().in_progress == 2
            break_connection(raw.writer)
        await gone(call.service, 2)
        assert call.service.counts("a") == Counts(1, client_gone=1)
        assert call.service.counts() == Counts(2, client_gone=2)
        account = call.service.account
        assert (account.in_progress, account.client_gone, account.unmatched) == (0, 3, 1)


async def test_numbers_outlive_the_history() -> None:
    routes = routes_of("x", keep=Keep(last=0))
    async with calling(routes=routes, keep=Keep(last=1, bodies=0)) as call:
        await call("a", "a", "b", "x", body=b"body")
        call.service.history.clear()
        call.service.history_map.clear()
        assert call.service.counts() == Counts(4, {200: 4})
        assert call.service.counts("x").calls == 1


async def test_routes_of_one_handler_are_counted_together() -> None:
    routes = [
        MockRoute("GET", "/1", "one", Match(query={"a": "b"})),
        MockRoute("GET", "/1", "other"),
        MockRoute("POST", "/2", "one"),
    ]
    async with calling("", routes=routes) as call:
        for _ in range(2):
            await (await call.client.get(call.service.url / "1?a=b")).read()
        await (await call.client.get((call.service.url / "1").with_query(a="b"))).read()
        await (await call.client.post(call.service.url / "2")).read()
        assert call.service.counts("one") == Counts(2, {200: 2})
        assert call.service.counts("other").calls == 0


async def test_a_service_made_by_hand_has_counted_nothing() -> None:
    async with calling() as call:
        service = call.service
        by_hand = MockService(service.history, service.history_map, service.url, service.handlers)
        await call("a")
        assert by_hand.counts() == by_hand.counts("a") == Counts()


# --- starting over -------------------------------------------------------------------------------


async def test_reset_forgets_and_goes_on_with_what_is_in_flight() -> None:
    async with calling() as call:
        held = Held()
        call.service.register("b", held)
        call.service.register("c", Failing())
        await call("a", "a", "c", "nowhere")
        flying = asyncio.ensure_future(call("b"))
        await held.begun.wait()
        call.service.reset()
        assert call.service.counts() == Counts(1)
        assert call.service.counts("b").in_progress == 1
        assert call.service.account.in_progress == call.service.account.received == 1
        assert not call.service.history
        assert not call.service.history_map
        assert not call.service.errors
        assert not call.service.unmatched
        call.service.assert_no_unmatched()
        call.service.assert_not_called("a")
        await call("a")
        held.free.set()
        assert await flying == [200]
        assert call.service.counts() == Counts(2, {200: 2})
        assert call.service.account.in_progress == 0
        assert [each.handler_name for each in call.service.history] == ["a"]
        call.service.reset()
        assert call.service.counts() == Counts()
        await call("a", "b")
        assert call.service.counts() == Counts(2, {200: 2})


async def test_reset_rewinds_sequences_and_keeps_responses() -> None:
    async with calling() as call:
        inner = SequenceResponse([RawResponse(status=201), RawResponse(status=202)], "last")
        outer = SequenceResponse([LatencyResponse(inner, 0), inner], "cycle")
        call.service.register("a", outer)
        assert await call("a", "a", "a") == [201, 202, 202]
        call.service.reset()
        assert await call("a", "a") == [201, 202]


async def test_reset_puts_back_the_responses_that_were_saved() -> None:
    async with calling("ab") as call:
        turns = SequenceResponse([RawResponse(status=201), RawResponse(status=202)], "last")
        call.service.register("a", turns)
        call.service.save_responses()
        assert await call("a", "a") == [201, 202]
        call.service.register("a", RawResponse(status=500))
        del call.service.handlers["b"]
        call.service.reset(restore=True)
        assert call.service.handlers == {"a": turns, "b": OK}
        assert await call("a", "b") == [201, 200]


async def test_reset_without_saved_responses_leaves_none() -> None:
    async with calling() as call:
        call.service.reset(restore=True)
        assert call.service.handlers == {}
        assert await call("a") == [500]


async def test_reset_minds_what_users_put_there() -> None:
    class Duck:
        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.Response(status=203)

    async with calling() as call:
        call.service.handlers["a"] = Duck()  # type: ignore[assignment]  # what users may do  # pyright: ignore[reportArgumentType]
        mine = call.service.history_map["b"] = []
        assert await call("a", "b") == [203, 200]
        call.service.reset()
        assert not mine
        assert await call("a", "b") == [203, 200]
        call.service.assert_called("b", times=1)


def test_reset_of_a_service_made_by_hand() -> None:
    service: MockService[str] = MockService([], {"a": []}, URL(), {})
    service.reset()
    assert service.history_map == {}
    assert service.unmatched == ()
