"""`LatencyResponse`: waits, then answers."""

import asyncio
import re
from collections.abc import Iterator
from typing import cast

import aiohttp
import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    ByCall,
    JsonResponse,
    LatencyResponse,
    MockRoute,
    RawResponse,
    SequenceExhausted,
    SequenceResponse,
    start_service,
)

OK = RawResponse(b"ok")


@pytest.mark.parametrize("latency", [0, 0.05])
async def test_it_waits_that_long_and_then_answers(
    client: aiohttp.ClientSession, latency: float
) -> None:
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", LatencyResponse(JsonResponse([1], 201), latency))
        clock = asyncio.get_running_loop().time
        before = clock()
        async with client.get(service.url) as answer:
            # A lower bound only: loops count in milliseconds.
            assert clock() - before >= latency - 0.01
            assert (answer.status, await answer.json()) == (201, [1])


async def test_the_request_is_recorded_before_the_wait_and_others_are_not_held_up(
    client: aiohttp.ClientSession,
) -> None:
    routes = [MockRoute("GET", "/slow", "slow"), MockRoute("GET", "/fast", "fast")]
    async with start_service(routes) as service:
        service.register("slow", LatencyResponse(OK, 60))
        service.register("fast", OK)
        slow = asyncio.ensure_future(client.get(service.url / "slow"))
        while not service.get_calls("slow"):
            async with client.get(service.url / "fast") as answer:
                assert answer.status == 200
        assert not slow.done()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
    assert not service.errors


async def test_a_client_may_give_up(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", LatencyResponse(OK, 60))
        with pytest.raises(TimeoutError):
            await client.get(service.url, timeout=aiohttp.ClientTimeout(total=0.05))
        service.assert_called("it", times=1)
        service.register("it", LatencyResponse(OK, 0))
        async with client.get(service.url) as answer:
            assert answer.status == 200
    assert not service.errors


async def test_it_may_wrap_any_response(client: aiohttp.ClientSession) -> None:
    class Own(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.Response(text=request.path)

    routes = [MockRoute("GET", "/own", "own"), MockRoute("GET", "/seq", "seq")]
    async with start_service(routes) as service:
        service.register("own", LatencyResponse(LatencyResponse(Own(), 0.001), 0.001))
        service.register("seq", LatencyResponse(SequenceResponse([OK]), 0.001))
        async with client.get(service.url / "own") as answer:
            assert await answer.text() == "/own"
        for status in (200, 500):
            async with client.get(service.url / "seq") as answer:
                assert answer.status == status
    assert [type(failure.exception) for failure in service.errors] == [SequenceExhausted]


async def test_a_subclass_may_answer_in_its_own_way(client: aiohttp.ClientSession) -> None:
    class Impatient(LatencyResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return await self.wrapped.response(request)

    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", Impatient(OK, 60))
        async with client.get(service.url) as answer:
            assert await answer.text() == "ok"


async def test_super_waits(client: aiohttp.ClientSession) -> None:
    class Marked(LatencyResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            answer = await super().response(request)
            answer.headers["X-Path"] = request.path
            return answer

    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", Marked(OK, 0.001))
        async with client.get(service.url) as answer:
            assert (await answer.text(), answer.headers["X-Path"]) == ("ok", "/")


@pytest.mark.parametrize("latency", [-1, -0.001, float("nan"), float("inf")])
def test_a_latency_that_is_no_time_is_a_value_error(latency: float) -> None:
    text = f"latency={latency!r} is not a time in seconds: give 0 or more"
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        LatencyResponse(OK, latency)


def test_a_latency_of_another_type_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        LatencyResponse(OK, cast(float, "1"))


def test_what_is_no_response_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="is not a BaseMockResponse"):
        LatencyResponse(cast(BaseMockResponse, None), 1)


def test_it_tells_what_it_wraps() -> None:
    response = LatencyResponse(OK, latency=0.5)
    assert response.wrapped is OK
    assert response.latency == 0.5
    assert repr(response) == f"<LatencyResponse 0.5 s before {OK!r}>"


async def test_a_distribution_says_how_long_each_call_waits(
    client: aiohttp.ClientSession,
) -> None:
    class Told:
        def __init__(self) -> None:
            self.asked = 0

        def delays(self) -> Iterator[float]:
            for delay in (0.0, 0.05, 0.0):
                self.asked += 1
                yield delay

    told = Told()
    clock = asyncio.get_running_loop().time
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", LatencyResponse(OK, told))
        for delay in (0.0, 0.05, 0.0):
            before = clock()
            async with client.get(service.url) as answer:
                assert clock() - before >= delay - 0.01
                assert answer.status == 200
        assert told.asked == 3
        async with client.get(service.url) as answer:
            assert answer.status == 500
        assert "has no more delays: its delays() must not end" in str(service.errors[0].exception)
        service.reset()  # begins anew
        async with client.get(service.url) as answer:
            assert answer.status == 200
        assert told.asked == 4


async def test_each_response_has_a_run_of_its_own(client: aiohttp.ClientSession) -> None:
    class Own(LatencyResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return await super().response(request)

    latency = ByCall([0.0], then=60)
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        for response in (LatencyResponse(OK, latency), Own(OK, latency)):
            service.register("it", response)
            async with client.get(service.url) as answer:
                assert answer.status == 200
    assert response.latency is latency
    assert repr(response) == f"<LatencyResponse {latency!r} before {OK!r}>"
