"""Faults over every kind of response that the package has, and faults that are injected."""

import asyncio
from collections.abc import Callable

import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    ChoiceResponse,
    ChunkedResponse,
    DisconnectResponse,
    EchoResponse,
    ExpiringResponse,
    FunctionResponse,
    HangResponse,
    HeldResponse,
    JsonResponse,
    LatencyResponse,
    MockRoute,
    RateLimitResponse,
    RecordedRequest,
    SequenceResponse,
    SlowResponse,
    Wait,
    start_service,
)
from tests.faults.bytes_of import GET, came, served
from tests.rawhttp import raw_client


async def later(request: RecordedRequest) -> str:
    await asyncio.sleep(0)
    return request.path + "-later"


class Own(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text="own")


BODY = JsonResponse("body")
MADE: dict[str, Callable[[], BaseMockResponse]] = {
    "ready": lambda: BODY,
    "sequence": lambda: SequenceResponse([BODY]),
    "latency": lambda: LatencyResponse(BODY, 0),
    "choice": lambda: ChoiceResponse([(1, BODY), (2, BODY)], seed=1),
    "limit": lambda: RateLimitResponse(BODY, 1, 10),
    "expiring": lambda: ExpiringResponse(BODY, calls=1),
    "function": lambda: FunctionResponse(lambda request: request.path + "body"),
    "asynchronous function": lambda: FunctionResponse(later),
    "echo": EchoResponse,
    "stream": lambda: ChunkedResponse([b"one", Wait(0), b"two"]),
    "generated stream": lambda: ChunkedResponse(lambda: iter([b"one", b"two"])),
    "own": Own,
    "another fault": lambda: SlowResponse(BODY, body=1e6),
}


@pytest.mark.parametrize("name", MADE)
async def test_any_answer_can_be_cut_at_a_byte(name: str) -> None:
    for after in (0, 2):
        data, end = await came(DisconnectResponse(after=after, response=MADE[name]()))
        head, empty, body = data.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert empty
        assert (len(body), end) == (after, "FIN")


async def test_an_answer_that_is_held_is_cut_when_it_comes() -> None:
    held = HeldResponse()
    async with served(DisconnectResponse(after=1, response=held)) as service:
        async with raw_client(service.url) as client:
            client.write(GET)
            await service.wait_for_calls("fault")
            assert held.release(BODY) == 1
            assert (await client.reader.read()).endswith(b'\r\n\r\n"')
        async with raw_client(service.url) as client:
            client.write(GET)
            await service.wait_for_calls("fault", times=2)
    assert service.account.client_gone == 1


async def test_a_stream_without_an_end_can_be_cut_too() -> None:
    stream = ChunkedResponse([b"tick", Wait(float("inf"))])
    data, end = await came(DisconnectResponse(after=10, response=stream), wait=True)
    assert data.endswith(b"\r\n\r\n4\r\ntick\r\n")
    assert end == "open", "it hangs before the cut"
    data, end = await came(DisconnectResponse(after=7, response=stream))
    assert (data[-7:], end) == (b"4\r\ntick", "FIN")


async def test_a_fault_can_be_injected_and_switched_off() -> None:
    async with start_service([MockRoute("GET", "/", "home", response=JsonResponse(1))]) as service:
        injection = service.inject(DisconnectResponse())
        async with raw_client(service.url) as client:
            client.write(GET)
            assert await client.closed()
        injection.off()
        async with raw_client(service.url) as client:
            assert (await client.ask(GET)).body == b"1"
        injected = [call.injected for call in service.history]
        assert injected[0] is not None
        assert injected[1] is None


async def test_an_injected_hang_ends_with_the_service() -> None:
    async with start_service([MockRoute("GET", "/", "home", response=JsonResponse(1))]) as service:
        service.inject(HangResponse())
        async with raw_client(service.url) as client:
            client.write(GET)
            await service.wait_for_calls("home")
            assert service.account.in_progress == 1
    assert service.account.client_gone == 1
