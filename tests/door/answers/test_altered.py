"""Answers that are altered, whoever makes them and however late."""

import asyncio
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    DisconnectResponse,
    JsonResponse,
    LatencyResponse,
    MockRoute,
    MockService,
    RawResponse,
    SequenceResponse,
    UnannouncedCloseResponse,
    start_service,
)
from asyncly.srvmocker._door.answers.altered import altered
from asyncly.srvmocker._door.answers.plans import Computed, Plan, Responder
from asyncly.srvmocker._door.answers.scripts import Ending, Step
from tests.conformance.wire import assert_balanced
from tests.rawhttp import ask, raw_client
from tests.scripted import HEAD, OK, Delegating, Steps

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def shouted(steps: Iterator[Step], kind: int) -> Iterator[Step]:
    """Loud, and the end of the connection."""
    for step in steps:
        if isinstance(step, Ending):
            break
        yield step.upper() if isinstance(step, bytes) else step
    yield Ending.CLOSE


class Shouted(BaseMockResponse):
    def __init__(self, response: BaseMockResponse, status: int | None = None) -> None:
        self._response = response
        self._status = status

    async def response(self, request: web.Request) -> web.StreamResponse:
        raise AssertionError("nobody asks")

    def __plan__(self) -> Plan:
        return altered(self._response.__plan__(), shouted, self._status)


class Depends(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        raise AssertionError("nobody asks")

    def __plan__(self) -> Plan:
        return Computed(lambda call: RawResponse(cast("str", call.path)).__plan__())


class Own(BaseMockResponse):
    """Answers whatever it was given, or raises it."""

    def __init__(self, answer: web.StreamResponse) -> None:
        self.answer = answer

    async def response(self, request: web.Request) -> web.StreamResponse:
        if isinstance(self.answer, web.HTTPException):
            raise self.answer
        return self.answer


class Begun(BaseMockResponse):
    """Writes itself."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        answer = web.Response(body=b"whole")
        await answer.prepare(request)
        return answer


async def all_of(service: MockService[str], data: bytes = GET) -> bytes:
    """Everything that comes."""
    async with asyncio.timeout(5):
        async with raw_client(service.url) as client:
            client.write(data)
            return await client.reader.read()


ROUTES = [MockRoute("*", "/", "home")]
SAID: dict[str, tuple[Callable[[], BaseMockResponse], int, bytes]] = {
    "ready": (lambda: RawResponse(b"abc", status=201), 201, b"ABC"),
    "steps": (lambda: Steps([HEAD % 2, 0.0, b"ok"], 202), 202, b"OK"),
    "late": (lambda: LatencyResponse(LatencyResponse(RawResponse(b"abc"), 0), 0), 200, b"ABC"),
    "depends": (Depends, 200, b"/"),
    "sequence": (lambda: SequenceResponse([JsonResponse("abc")]), 200, b'"ABC"'),
    "own": (lambda: Own(web.Response(body=b"abc", status=203)), 203, b"ABC"),
    "own, late": (lambda: LatencyResponse(Own(web.Response(body=b"abc")), 0), 200, b"ABC"),
    "raised": (lambda: Own(web.HTTPGone(text="abc")), 410, b"ABC"),
    "asked by a user's own": (lambda: Delegating(Steps([OK])), 200, b"OK"),
    "twice": (lambda: Shouted(RawResponse(b"abc")), 200, b"ABC"),
}


@pytest.mark.parametrize("name", SAID)
async def test_whatever_makes_the_answer_its_bytes_are_altered(name: str) -> None:
    make, status, body = SAID[name]
    async with start_service(ROUTES) as service:
        service.register("home", Shouted(make()))
        came = await all_of(service)
        assert came.startswith(b"HTTP/1.1 ")
        assert came == came.upper()
        assert came.endswith(b"\r\n\r\n" + body)
        assert [count for count in service.counts("home").by_status.items() if count[1]] == [
            (status, 1)
        ]
        assert not service.errors
    assert_balanced(service)


@pytest.mark.parametrize("name", ["ready", "steps", "late", "depends"])
async def test_it_may_count_as_something_else(name: str) -> None:
    async with start_service(ROUTES) as service:
        service.register("home", Shouted(SAID[name][0](), 0))
        await all_of(service)
        assert service.counts("home").by_status[0] == 1


@pytest.mark.parametrize(
    ("sent", "body"),
    [(GET, b"abc"), (GET.replace(b"GET", b"HEAD"), b""), (GET.replace(b"1.1", b"1.0"), b"abc")],
)
@pytest.mark.parametrize("own", [False, True])
async def test_the_kind_of_the_request_makes_its_difference(
    sent: bytes, body: bytes, own: bool
) -> None:
    response = Own(web.Response(body=b"abc")) if own else RawResponse(b"abc")
    async with start_service(ROUTES) as service:
        service.register("home", UnannouncedCloseResponse(response))
        head, _, came = (await all_of(service, sent)).partition(b"\r\n\r\n")
        assert came == body
        assert head.startswith(b"HTTP/1.0 " if b"1.0" in sent else b"HTTP/1.1 ")
        assert b"\r\nContent-Length: 3" in head


async def test_a_ready_answer_that_is_the_last_one_is_the_last_one() -> None:
    async with start_service(ROUTES) as service:
        service.register("home", Shouted(RawResponse(b"abc")))
        came = await all_of(service, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert b"\r\nCONNECTION: CLOSE\r\n" in came


@pytest.mark.parametrize("answer", [web.StreamResponse(), web.WebSocketResponse()], ids=type)
async def test_an_answer_that_writes_itself_cannot_be_altered(answer: web.StreamResponse) -> None:
    async with start_service(ROUTES) as service:
        service.register("home", DisconnectResponse(after="head", response=Own(answer)))
        assert (await ask(service.url, GET)).status == 500
        [failure] = service.errors
        assert type(failure.exception) is TypeError
        assert str(failure.exception) == (
            f"Own.response returned {answer!r}, which writes itself: "
            "only a finished aiohttp.web.Response can be altered by a fault"
        )


async def test_an_answer_that_has_begun_cannot_be_altered() -> None:
    async with start_service(ROUTES) as service:
        service.register("home", DisconnectResponse(after="head", response=Begun()))
        assert (await ask(service.url, GET)).status == 500
        [failure] = service.errors
        assert str(failure.exception).startswith("Begun.response returned <Response OK")
    assert_balanced(service)


async def test_what_asking_for_a_plan_raises_is_a_500() -> None:
    class Exhausted(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            raise AssertionError("nobody asks")

        def __plan__(self) -> Plan:
            raise LookupError("no more")

    async with start_service(ROUTES) as service:
        service.register("home", Shouted(Exhausted()))
        assert (await ask(service.url, GET)).status == 500
        assert repr(service.errors[0].exception) == "LookupError('no more')"


def test_a_plan_is_altered_when_it_is_asked_for() -> None:
    made = altered(Depends().__plan__(), shouted)
    assert isinstance(made, Computed)
    assert isinstance(altered(Own(web.Response()), shouted), Responder)
