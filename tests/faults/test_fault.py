"""What all faults have in common."""

import re
from collections.abc import AsyncIterator, Callable
from inspect import getmodule

import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    ChunkedResponse,
    DisconnectResponse,
    FileResponse,
    GarbageResponse,
    LatencyResponse,
    MockRoute,
    Send,
    SlowResponse,
    WebSocketResponse,
    faults,
    start_service,
)
from tests.rawhttp import ask

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class OwnDisconnect(DisconnectResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text="own")


class OwnGarbage(GarbageResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text="own")


@pytest.mark.parametrize("make", [OwnDisconnect, OwnGarbage])
async def test_a_subclass_may_answer_in_a_way_of_its_own(
    make: Callable[[], BaseMockResponse],
) -> None:
    async with start_service([MockRoute("GET", "/", "home")]) as service:
        service.register("home", make())
        assert (await ask(service.url, GET)).body == b"own"
        assert service.account.answered_by_aiohttp == 1


def test_all_faults_are_in_one_place() -> None:
    for name in faults.__all__:
        made = getattr(faults, name)
        assert issubclass(made, BaseMockResponse)
        module = getmodule(made)
        assert module is not None
        assert name in module.__all__


def test_a_conversation_cannot_be_spoilt() -> None:
    text = (
        "<WebSocketResponse of 1 steps, 0 conversations> writes itself to the connection, "
        "so a fault cannot alter it"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        SlowResponse(WebSocketResponse([Send("a")]), body=1)


def test_a_file_cannot_be_spoilt() -> None:
    text = f"<FileResponse 200 {__file__!r}> writes itself to the connection, so a fault cannot "
    with pytest.raises(TypeError, match=f"^{re.escape(text)}alter it$"):
        DisconnectResponse(after=1, response=FileResponse(__file__))


async def _later() -> AsyncIterator[str]:
    yield "a"


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (
            LatencyResponse(WebSocketResponse([Send("a")]), 0),
            "<WebSocketResponse of 1 steps, 0 conversations>",
        ),
        (
            ChunkedResponse(_later),
            "<ChunkedResponse 200 application/octet-stream>, whose parts are asynchronous,",
        ),
    ],
    ids=repr,
)
async def test_what_writes_itself_is_a_500_before_it_does(
    response: BaseMockResponse, text: str
) -> None:
    async with start_service([MockRoute("GET", "/", "home")]) as service:
        service.register("home", SlowResponse(response, body=1e6))
        assert (await ask(service.url, GET)).status == 500
        [failure] = service.errors
    assert type(failure.exception) is TypeError
    assert str(failure.exception) == (
        f"{text} writes itself to the connection, so a fault cannot alter it"
    )
