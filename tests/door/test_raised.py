"""Whatever a user's own code raises, as clients meet it, and what is kept of it.

Outcomes of pytest's and cancellations are no `Exception`; they are kept all the same.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import NoReturn

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from asyncly.srvmocker import (
    BaseMockResponse,
    CallAssertionError,
    ChunkedResponse,
    Expect,
    FunctionResponse,
    LatencyResponse,
    Match,
    MockRoute,
    MockService,
    RawResponse,
    RecordedRequest,
    Send,
    SequenceResponse,
    WebSocketResponse,
    start_service,
)
from asyncly.srvmocker.constants import SERVICE_KEY
from asyncly.srvmocker.handlers import build_dispatcher
from tests.calling import calling
from tests.rawhttp import RawClient, break_connection, raw_client

ROUTES = [MockRoute("*", "/own", "own"), MockRoute("GET", "/ready", "ready")]
OWN = b"POST /own HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
READY = b"GET /ready HTTP/1.1\r\nHost: a\r\n\r\n"
OK = RawResponse(b"ready")

RAISED = [
    asyncio.CancelledError("of mine"),
    pytest.fail.Exception("of mine"),
    LookupError("of mine"),
]

Raising = Callable[[], NoReturn]


async def until(happened: Callable[[], object]) -> None:
    while not happened():  # noqa: ASYNC110 - a look at each turn of the loop
        await asyncio.sleep(0)


@pytest.fixture(params=RAISED, ids=lambda error: type(error).__name__)
def error(request: pytest.FixtureRequest) -> BaseException:
    raised = type(request.param)(*request.param.args)
    assert isinstance(raised, BaseException)
    return raised


@pytest.fixture
def raising(error: BaseException) -> Raising:
    def raises() -> NoReturn:
        raise error

    return raises


async def check_usable(service: MockService, raw: RawClient, *, received: int) -> None:
    """The connection answers the next request, and nothing is in progress."""
    service.register("ready", OK)
    assert (await raw.ask(READY)).body == b"ready"
    account = service.account
    assert (account.received, account.in_progress, account.client_gone) == (received + 1, 0, 0)
    assert service.counts().in_progress == 0


# --- what a route asks ---------------------------------------------------------------------------


class Own(Match):
    """Asks in a way of its own."""

    def __init__(self, raises: Raising) -> None:
        super().__init__()
        object.__setattr__(self, "raises", raises)

    def matches(self, request: web.BaseRequest, body: bytes) -> bool:
        raises: Raising = self.__dict__["raises"]
        raises()


class Equals:
    """Compares in a way of its own."""

    def __init__(self, raises: Raising) -> None:
        self.raises = raises

    def __eq__(self, other: object) -> bool:
        self.raises()

    __hash__ = None  # type: ignore[assignment]  # what equals many things has no hash


ASKED: list[Callable[[Raising], Match]] = [
    lambda raises: Match(predicate=lambda call: raises()),
    lambda raises: Match(json=Equals(raises)),
    lambda raises: Match(headers={"Host": Equals(raises)}),
    lambda raises: Match(body=b"{}") & Match(predicate=lambda call: raises()),
    lambda raises: Match(body=b"no") | Match(predicate=lambda call: raises()),
    lambda raises: ~Match(predicate=lambda call: raises()),
    Own,
]  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
async def test_what_a_route_asks_is_no_match(
    asked: Callable[[Raising], Match], raising: Raising, error: BaseException
) -> None:
    routes = [MockRoute("POST", "/own", "own", asked(raising)), ROUTES[1]]
    async with start_service(routes) as service, raw_client(service.url) as raw:
        answer = await raw.ask(OWN)
        assert answer.status == 404
        assert f"raised {type(error).__name__}: of mine".encode() in answer.body
        await check_usable(service, raw, received=1)
        [failure] = service.errors
        assert (failure.handler_name, failure.call.path) == ("own", "/own")
        assert failure.exception is error
        [missed] = service.unmatched
        assert f"raised {type(error).__name__}: of mine" in missed.explanation


# --- responses -----------------------------------------------------------------------------------


class Responds(BaseMockResponse):
    """Answers in a way of its own."""

    def __init__(self, raises: Raising) -> None:
        self.raises = raises

    async def response(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        self.raises()


class Planned(FunctionResponse):
    """Says in a way of its own how it answers."""

    def __init__(self, raises: Raising) -> None:
        super().__init__(lambda call: None)
        self.raises = raises

    def __plan__(self) -> NoReturn:
        self.raises()


class Unwritable(web.Response):
    """Cannot be written."""

    def __init__(self, raises: Raising) -> None:
        super().__init__()
        self.raises = raises

    async def prepare(self, request: web.BaseRequest) -> NoReturn:
        self.raises()


def function(raises: Raising) -> BaseMockResponse:
    def answer(request: RecordedRequest) -> NoReturn:
        raises()

    return FunctionResponse(answer)


def asynchronous(raises: Raising) -> BaseMockResponse:
    async def answer(request: RecordedRequest) -> NoReturn:
        await asyncio.sleep(0)
        raises()

    return FunctionResponse(answer)


def steps(raises: Raising) -> BaseMockResponse:
    def chunks() -> NoReturn:
        raises()

    return ChunkedResponse(chunks)


@pytest.mark.parametrize("register", ["service", "later", "wrapped"])
@pytest.mark.parametrize("make", [function, asynchronous, steps, Responds, Planned])
async def test_a_response_is_a_500(
    make: Callable[[Raising], BaseMockResponse],
    register: str,
    raising: Raising,
    error: BaseException,
) -> None:
    response = make(raising)
    if register == "later":
        response = LatencyResponse(response, 0)
    elif register == "wrapped":
        response = SequenceResponse([response])
    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", response)
        assert (await raw.ask(OWN)).status == 500
        await check_usable(service, raw, received=1)
        [failure] = service.errors
        assert (failure.handler_name, failure.exception) == ("own", error)
        assert service.counts("own").handler_errors == 1


async def test_a_strict_service_tells_it(raising: Raising, error: BaseException) -> None:
    with pytest.raises(CallAssertionError) as caught:
        async with calling("a", strict=True) as call:
            call.service.register("a", asynchronous(raising))
            await call("a")
    assert str(caught.value) == (
        f"the service is strict:\n1 handler error(s)\n  'a' raised {type(error).__name__}: of mine"
    )


async def test_the_report_tells_it(raising: Raising, error: BaseException, tmp_path: Path) -> None:
    async with calling("a") as call:
        call.service.register("a", function(raising))
        await call("a")
        call.service.report(tmp_path / "report.json")
    assert f'"{type(error).__name__}"' in (tmp_path / "report.json").read_text()


async def test_a_cancelled_future_is_no_cancelled_request() -> None:
    async def answer(request: RecordedRequest) -> object:
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        future.cancel()
        return await future

    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", FunctionResponse(answer))  # type: ignore[arg-type]  # never returns
        assert (await raw.ask(OWN)).status == 500
        await check_usable(service, raw, received=1)
        [failure] = service.errors
        assert isinstance(failure.exception, asyncio.CancelledError)


@pytest.mark.parametrize("how", ["client leaves", "service ends"])
async def test_a_request_that_is_cancelled_is_gone(how: str) -> None:
    began = asyncio.Event()

    async def answer(request: RecordedRequest) -> None:
        began.set()
        await asyncio.Event().wait()

    async with start_service(ROUTES) as service:
        service.register("own", FunctionResponse(answer))
        async with raw_client(service.url) as raw:
            raw.write(OWN)
            await began.wait()
            if how == "client leaves":
                break_connection(raw.writer)
                await until(lambda: not service.account.in_progress)
            else:
                site = service._site
                assert site is not None
                await site.close(0.01)
    assert (service.account.client_gone, service.account.in_progress) == (1, 0)
    assert not service.errors


async def test_an_answer_that_cannot_be_written_ends_the_connection(
    raising: Raising, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(request: RecordedRequest) -> web.StreamResponse:
        return Unwritable(raising)

    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", FunctionResponse(answer))
        raw.write(OWN)
        assert await raw.closed()
        await until(lambda: not service.account.in_progress)
        assert service.account.client_gone == 1
    assert "Unhandled exception" in caplog.text


# --- streams and conversations -------------------------------------------------------------------


async def test_a_stream_that_breaks_off_is_reset_and_kept(
    raising: Raising, error: BaseException
) -> None:
    def broken() -> Iterator[bytes]:
        yield b"first"
        raising()

    async def broken_later() -> AsyncIterator[bytes]:
        for part in broken():
            yield part

    async with start_service(ROUTES) as service:
        for chunks in (broken, broken_later):
            service.register("own", ChunkedResponse(chunks))
            async with raw_client(service.url) as raw:
                raw.write(OWN)
                try:
                    read = await raw.reader.read()
                except ConnectionError:
                    read = b""
                assert not read.endswith(b"0\r\n\r\n")
        await until(lambda: not service.account.in_progress)
        assert [failure.exception for failure in service.errors] == [error] * 2


async def test_a_conversation_keeps_it(
    client: aiohttp.ClientSession, raising: Raising, error: BaseException
) -> None:
    async with start_service(ROUTES) as service:
        service.register("own", WebSocketResponse([Expect(Equals(raising)), Send("never")]))
        async with client.ws_connect(service.url / "own") as socket:
            await socket.send_str("{}")
            assert (await socket.receive()).type in (
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.CLOSE,
            )
        await until(lambda: bool(service.errors))
        assert [failure.exception for failure in service.errors] == [error]
        assert service.account.in_progress == 0


# --- schedules and waits -------------------------------------------------------------------------


async def test_a_schedule_is_a_500(raising: Raising, error: BaseException) -> None:
    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", OK)
        injection = service.inject(OK, when=lambda call, seconds: raising(), handlers=["own"])
        assert (await raw.ask(OWN)).status == 500
        injection.off()
        await check_usable(service, raw, received=1)
        assert [failure.exception for failure in service.errors] == [error]


async def test_a_wrapper_of_an_injection_is_a_500(raising: Raising, error: BaseException) -> None:
    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", OK)
        injection = service.inject(lambda registered: raising(), handlers=["own"])
        assert (await raw.ask(OWN)).status == 500
        injection.off()
        await check_usable(service, raw, received=1)
        assert [failure.exception for failure in service.errors] == [error]


async def test_a_wait_tells_who_waits(raising: Raising, error: BaseException) -> None:
    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", OK)
        calls = service.calls("own").matching(predicate=lambda call: raising())
        waiting = asyncio.ensure_future(calls.wait(timeout=5))
        await asyncio.sleep(0)
        assert (await raw.ask(OWN)).status == 200
        with pytest.raises(type(error), match="of mine"):
            await waiting
        await check_usable(service, raw, received=1)


# --- in an application of one's own --------------------------------------------------------------


async def test_an_application_of_ones_own(raising: Raising, error: BaseException) -> None:
    routes = [
        MockRoute("GET", "/", "asked", Match(predicate=lambda call: raising())),
        MockRoute("GET", "/", "home"),
    ]
    async with start_service([]) as service:
        app = web.Application()
        app[SERVICE_KEY] = service
        app.router.add_get("/", build_dispatcher(routes))
        service.handlers["home"] = Responds(raising)
        async with TestClient(TestServer(app)) as other, other.get("/") as answer:
            assert answer.status == 500
        assert [(each.handler_name, each.exception) for each in service.errors] == [
            ("asked", error),
            ("home", error),
        ]


# --- what is told of a failure -------------------------------------------------------------------


class Unspeakable(BaseException):
    """Cannot even be told."""

    def __init__(self, raises: Raising) -> None:
        super().__init__()
        self.raises = raises

    def __str__(self) -> str:  # noqa: PLE0307 - that is what is tested
        self.raises()


class Unshowable(dict[str, object]):
    """Cannot be shown."""

    def __init__(self, raises: Raising) -> None:
        super().__init__()
        self.raises = raises

    def __repr__(self) -> str:
        self.raises()


async def test_an_error_that_cannot_be_told(raising: Raising) -> None:
    def raises() -> NoReturn:
        raise Unspeakable(raising)

    routes = [MockRoute("POST", "/own", "own", Match(predicate=lambda call: raises())), ROUTES[1]]
    async with start_service(routes) as service, raw_client(service.url) as raw:
        answer = await raw.ask(OWN)
        assert answer.status == 404
        assert b"raised Unspeakable" in answer.body
        await check_usable(service, raw, received=1)
