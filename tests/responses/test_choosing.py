"""What chooses another response keeps what that can do: the bytes are its own, whatever it is."""

import asyncio
import re
from collections.abc import Callable

import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    ChoiceResponse,
    ChunkedResponse,
    DisconnectResponse,
    ExpiringResponse,
    FunctionResponse,
    GarbageResponse,
    JsonResponse,
    LatencyResponse,
    MockRoute,
    RateLimitResponse,
    Scenario,
    SequenceResponse,
    TruncatedResponse,
    Wait,
    start_service,
)


class Own(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text=request.path, status=202)


WRAPPED: dict[str, BaseMockResponse] = {
    "ready": JsonResponse({"a": 1}, 201),
    "delayed": LatencyResponse(JsonResponse({"a": 1}), 0.001),
    "computed": FunctionResponse(lambda request: (203, {"path": request.path})),
    "streamed": ChunkedResponse([b"a", Wait(0.001), b"b"]),
    "broken off": TruncatedResponse(b"abc", 10),
    "no answer": DisconnectResponse(),
    "garbage": GarbageResponse(),
    "aiohttp's": Own(),
}
WRAPPERS: dict[str, Callable[[BaseMockResponse], BaseMockResponse]] = {
    "sequence": lambda wrapped: SequenceResponse([(wrapped, 2)]),
    "then": lambda wrapped: SequenceResponse([wrapped], then=wrapped),
    "choice": lambda wrapped: ChoiceResponse([(1, wrapped)]),
    "rate limit": lambda wrapped: RateLimitResponse(wrapped, 2, 60),
    "keyed rate limit": lambda wrapped: RateLimitResponse(
        wrapped, 2, 60, key=lambda request: request.path
    ),
    "expiry": lambda wrapped: ExpiringResponse(wrapped, calls=2),
    "scenario": lambda wrapped: Scenario("a").response({"a": (wrapped, "b"), "b": wrapped}),
}


async def came(response: BaseMockResponse) -> tuple[list[bytes], list[int]]:
    """The bytes of two answers, each on a connection of its own, and what they count as."""
    found: list[bytes] = []
    async with start_service([MockRoute("GET", "/x", "x", response=response)]) as service:
        for _ in range(2):
            reader, writer = await asyncio.open_connection(service.url.host, service.url.port)
            writer.write(b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            found.append(re.sub(rb"Date: [^\r]*", b"", await reader.read()))
            writer.close()
            await writer.wait_closed()
        assert not service.errors
        return found, sorted(service.counts().by_status)


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("wrapped", WRAPPED)
async def test_the_bytes_are_those_of_what_is_chosen(wrapper: str, wrapped: str) -> None:
    alone = await came(WRAPPED[wrapped])
    assert await came(WRAPPERS[wrapper](WRAPPED[wrapped])) == alone
