"""`ExpiringResponse`: good for so many requests, or for so long."""

import re
from typing import cast

import aiohttp
import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    ExpiringResponse,
    LatencyResponse,
    MockRoute,
    MockService,
    RawResponse,
    SequenceResponse,
    start_service,
)

OK, GONE = RawResponse(b"ok"), RawResponse(b"-", 401)


class Clock:
    """A time that goes on when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def statuses(
    client: aiohttp.ClientSession, service: MockService, count: int = 1
) -> list[int]:
    found: list[int] = []
    for _ in range(count):
        async with client.get(service.url) as answer:
            found.append(answer.status)
    return found


async def test_it_expires_after_so_many_requests(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        response = ExpiringResponse(OK, calls=2, then=GONE)
        service.register("it", response)
        assert await statuses(client, service, 2) == [200, 200]
        expired = [response.expired]
        assert await statuses(client, service, 2) == [401, 401]
        service.reset()
        assert [*expired, response.expired] == [True, False]
        assert await statuses(client, service, 3) == [200, 200, 401]


async def test_it_expires_so_long_after_its_first_request(client: aiohttp.ClientSession) -> None:
    clock = Clock()
    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        service.register("it", ExpiringResponse(OK, seconds=10, clock=clock))
        clock.now += 1000  # nobody has asked yet
        assert await statuses(client, service) == [200]
        clock.now += 9.5
        assert await statuses(client, service) == [200]
        clock.now += 0.5
        assert await statuses(client, service, 2) == [410, 410]
        service.reset()
        assert await statuses(client, service) == [200]


async def test_of_two_limits_the_first_that_is_reached_counts(
    client: aiohttp.ClientSession,
) -> None:
    clock = Clock()
    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        response = ExpiringResponse(OK, calls=2, seconds=10, then=GONE, clock=clock)
        service.register("it", response)
        assert await statuses(client, service, 3) == [200, 200, 401]
        service.reset()
        assert await statuses(client, service) == [200]
        clock.now += 10
        assert await statuses(client, service) == [401]


async def test_what_is_wrapped_and_what_follows_begin_anew(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        first = SequenceResponse([RawResponse(status=201), RawResponse(status=202)])
        then = SequenceResponse([RawResponse(status=401), RawResponse(status=402)])
        service.register("it", ExpiringResponse(first, calls=1, then=then))
        assert await statuses(client, service, 2) == [201, 401]
        service.reset()
        assert await statuses(client, service, 2) == [201, 401]


async def test_it_may_wrap_any_response_and_a_subclass_may_answer_itself(
    client: aiohttp.ClientSession,
) -> None:
    class Own(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.Response(status=202)

    class Marked(ExpiringResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return await super().response(request)

    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        service.register("it", ExpiringResponse(LatencyResponse(Own(), 0), calls=1))
        assert await statuses(client, service, 2) == [202, 410]
        service.register("it", Marked(Own(), calls=1, then=GONE))
        assert await statuses(client, service, 2) == [202, 401]


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({}, ValueError, "it would never expire: give calls=... or seconds=..."),
        ({"calls": 0}, ValueError, "calls=0 is not a number of requests: give 1 or more"),
        ({"calls": 1.5}, TypeError, "calls=1.5 is not a number of requests: give an integer"),
        ({"seconds": 0}, ValueError, "seconds=0 is not a time in seconds: give more than 0"),
        ({"seconds": float("nan")}, ValueError, "seconds=nan is not a time in seconds"),
        ({"seconds": float("inf")}, ValueError, "seconds=inf is not a time in seconds"),
        ({"seconds": "9"}, TypeError, "seconds='9' is not a time in seconds: give a number"),
        ({"seconds": 1, "clock": 3}, TypeError, "clock=3 cannot be called: give a function that"),
        ({"calls": 1, "then": 410}, TypeError, "410 is not a BaseMockResponse"),
    ],
)
def test_what_never_expires_is_refused(
    arguments: dict[str, object], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=re.escape(text)):
        ExpiringResponse(OK, **cast("dict[str, int]", arguments))  # type: ignore[arg-type]  # wrong on purpose  # pyright: ignore[reportArgumentType]


def test_what_is_no_response_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="is not a BaseMockResponse"):
        ExpiringResponse(cast(BaseMockResponse, None), calls=1)


def test_it_tells_what_it_does() -> None:
    response = ExpiringResponse(OK, calls=2, seconds=1.5, then=GONE)
    assert response.wrapped is OK
    assert repr(response) == (
        f"<ExpiringResponse after 2 request(s) or after 1.5 s: {OK!r}, then {GONE!r}>"
    )
