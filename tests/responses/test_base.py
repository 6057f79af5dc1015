"""A response of the user's own: whatever an aiohttp handler may do works in it."""

import asyncio
import gzip
import logging
import socket
import struct
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    MockRoute,
    MockService,
    RawResponse,
    UnreachableRouteWarning,
    start_service,
)
from asyncly.srvmocker.constants import SERVICE_KEY
from asyncly.srvmocker.responses.base import check_response
from tests.rawhttp import RawClient, ask, raw_client

ROUTES = [
    MockRoute("*", "/items/{id}", "item"),
    MockRoute("*", "/plain", "plain"),
    MockRoute("*", "/own", "own"),
]


class Own(BaseMockResponse):
    """Answers as a function does."""

    def __init__(self, answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        self.answer = answer

    async def response(self, request: web.Request) -> web.StreamResponse:
        return await self.answer(request)


@pytest.fixture
async def service() -> AsyncGenerator[MockService]:
    async with start_service(ROUTES) as running:
        running.register("plain", RawResponse(b"plain"))
        yield running


def test_a_response_is_abstract() -> None:
    with pytest.raises(TypeError, match="abstract"):
        BaseMockResponse()  # type: ignore[abstract]  # pyright: ignore[reportAbstractUsage]


def test_check_response_returns_what_it_was_given() -> None:
    response = RawResponse()
    assert check_response(response) is response
    for wrong in ("ok", RawResponse, None):
        with pytest.raises(TypeError, match=r"is not a BaseMockResponse, such as JsonResponse\("):
            check_response(wrong)


async def test_the_request_has_everything_in_it(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.app[SERVICE_KEY] is service
        assert request.config_dict[SERVICE_KEY] is service
        assert request.match_info["id"] == "7"
        assert request.match_info.route.resource is not None
        assert request.match_info.route.resource.canonical == "/items/{id}"
        assert request.match_info.route.method == "*"
        assert request.transport is not None
        assert not request.transport.is_closing()
        assert request.get_extra_info("sockname")[1] == service.url.port
        assert request.remote == "127.0.0.1"
        assert request.cookies == {"c": "d"}
        assert request.client_max_size == 1024**2
        assert request.url == service.url / "items" / "7"
        assert request.task is not None
        assert await request.json() == [1]
        assert await request.read() == await request.read() == b"[1]"
        assert len(request) == 0
        return web.Response(text="seen")

    service.register("item", Own(answer))
    url = service.url / "items" / "7"
    async with client.post(url, json=[1], cookies={"c": "d"}) as response:
        assert (response.status, await response.text()) == (200, "seen"), service.errors


async def test_the_router_of_the_application_knows_the_routes(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        [resource] = [r for r in request.app.router.resources() if r.canonical == "/items/{id}"]
        return web.Response(text=str(resource.url_for(id="8")))

    service.register("item", Own(answer))
    async with client.get(service.url / "items" / "7") as response:
        assert await response.text() == "/items/8"


async def test_every_route_has_its_match_info_though_aiohttp_would_refuse_it(
    client: aiohttp.ClientSession,
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text=request.match_info.route.method)

    routes = [
        MockRoute("GET", "/a", "get"),
        MockRoute("*", "/a", "any"),
        MockRoute("PUT", "/b", "put"),
    ]
    async with start_service(routes) as service:
        for name in ("get", "any", "put"):
            service.register(name, Own(answer))
        for method, path, expected in [("GET", "a", "GET"), ("PUT", "a", "*"), ("PUT", "b", "PUT")]:
            async with client.request(method, service.url / path) as response:
                assert await response.text() == expected


async def test_a_route_behind_a_star_does_not_keep_the_application_from_being_made(
    client: aiohttp.ClientSession,
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text=request.app[SERVICE_KEY].url.scheme)

    routes = [MockRoute("*", "/a", "any"), MockRoute("GET", "/a", "never")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreachableRouteWarning)
        async with start_service(routes) as service:
            service.register("any", Own(answer))
            async with client.get(service.url / "a") as response:
                assert await response.text() == "http"


async def test_it_may_read_a_multipart_body(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        posted = await request.post()
        file = posted["file"]
        assert isinstance(file, web.FileField)
        return web.json_response([posted["title"], file.filename, file.file.read().decode()])

    service.register("own", Own(answer))
    form = aiohttp.FormData({"title": "lämp"})
    form.add_field("file", b"content", filename="a.txt")
    async with client.post(service.url / "own", data=form) as response:
        assert await response.json() == ["lämp", "a.txt", "content"], service.errors
    assert service.last_call("own").body.count(b"content") == 1


async def test_it_may_read_the_body_as_a_stream(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"|".join([line async for line in request.content]))

    service.register("own", Own(answer))
    async with client.post(service.url / "own", data=b"a\nb\nc") as response:
        assert await response.read() == b"a\n|b\n|c"
    assert service.last_call("own").body == b"a\nb\nc"


async def test_it_may_clone_its_request(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        clone = request.clone(rel_url="/elsewhere", headers={"X-A": "1"})
        assert clone.match_info["id"] == "7"
        assert clone.app is request.app
        return web.json_response([clone.path, clone.headers["X-A"], clone.method])

    service.register("item", Own(answer))
    async with client.get(service.url / "items" / "7") as response:
        assert await response.json() == ["/elsewhere", "1", "GET"]


async def test_it_may_stream(client: aiohttp.ClientSession, service: MockService) -> None:
    more = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"X-A": "1"})
        await response.prepare(request)
        await response.write(b"first,")
        await more.wait()
        await response.write(b"second")
        await response.write_eof()
        return response

    service.register("own", Own(answer))
    async with client.get(service.url / "own") as response:
        assert response.headers["Transfer-Encoding"] == "chunked"
        assert await response.content.readany() == b"first,"
        more.set()
        assert await response.read() == b"second"
    async with client.get(service.url / "plain") as response:
        assert await response.read() == b"plain"


async def test_it_may_answer_with_a_body_that_aiohttp_makes(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    async def parts() -> AsyncGenerator[bytes]:
        for part in (b"a", b"b"):
            yield part

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=parts())

    service.register("own", Own(answer))
    async with client.get(service.url / "own") as response:
        assert await response.read() == b"ab"


async def test_it_may_be_a_websocket(client: aiohttp.ClientSession, service: MockService) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=["chat"])
        await socket.prepare(request)
        async for message in socket:
            if message.data == "bye":
                await socket.close(message=b"bye")
            else:
                await socket.send_str(f"{request.match_info['id']}:{message.data}")
        return socket

    service.register("item", Own(answer))
    url = service.url / "items" / "7"
    async with client.ws_connect(url, protocols=["chat"]) as socket:
        assert socket.protocol == "chat"
        for text in ("one", "two"):
            await socket.send_str(text)
            assert await socket.receive_str() == f"7:{text}"
        await socket.send_str("bye")
        closing = await socket.receive()
        assert (closing.type, closing.extra) == (aiohttp.WSMsgType.CLOSE, "bye")
    assert not service.errors
    service.assert_called("item", times=1, headers={"Upgrade": "websocket"})
    assert service.last_call("item").body == b""


async def test_a_websocket_that_is_open_does_not_hold_the_service_up(
    client: aiohttp.ClientSession,
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        return socket

    async with start_service(ROUTES) as service:
        service.register("own", Own(answer))
        socket = await client.ws_connect(service.url / "own")
    assert (await socket.receive()).type in {
        aiohttp.WSMsgType.CLOSED,
        aiohttp.WSMsgType.CLOSE,
        aiohttp.WSMsgType.CLOSING,
        aiohttp.WSMsgType.ERROR,
    }
    await socket.close()


async def test_it_may_be_a_file(
    client: aiohttp.ClientSession, service: MockService, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"0123456789")

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(path)

    service.register("own", Own(answer))
    async with client.get(service.url / "own") as response:
        assert (response.content_type, await response.read()) == ("text/plain", b"0123456789")
        modified = response.headers["Last-Modified"]
    async with client.get(service.url / "own", headers={"Range": "bytes=2-4"}) as response:
        assert (response.status, await response.read()) == (206, b"234")
    async with client.get(service.url / "own", headers={"If-Modified-Since": modified}) as response:
        assert response.status == 304
    async with client.head(service.url / "own") as response:
        assert response.headers["Content-Length"] == "10"


@pytest.mark.parametrize("raised", [True, False])
async def test_it_may_raise_an_http_exception_or_return_any_status(
    client: aiohttp.ClientSession, service: MockService, raised: bool
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if not raised:
            return web.Response(status=418)
        raise web.HTTPFound("/plain", headers={"X-A": "1"})

    service.register("own", Own(answer))
    async with client.get(service.url / "own", allow_redirects=False) as response:
        if raised:
            assert (response.status, response.headers["Location"]) == (302, "/plain")
            assert response.headers["X-A"] == "1"
        else:
            assert response.status == 418
    assert not service.errors


async def test_it_may_compress(client: aiohttp.ClientSession, service: MockService) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.Response(body=b"x" * 1000)
        response.enable_compression()
        return response

    service.register("own", Own(answer))
    request = b"GET /own HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n"
    reply = await ask(service.url, request)
    assert reply.header(b"content-encoding") == b"gzip"
    assert gzip.decompress(reply.body) == b"x" * 1000


async def test_it_may_close_the_connection(service: MockService) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.Response(body=b"last")
        response.force_close()
        return response

    service.register("own", Own(answer))
    async with raw_client(service.url) as raw:
        reply = await raw.ask(b"GET /own HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (reply.body, reply.header(b"connection")) == (b"last", b"close")
        assert await raw.closed()


async def test_own_and_ready_answers_alternate_on_one_connection(service: MockService) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        return web.Response(body=await request.read())

    service.register("own", Own(answer))
    async with raw_client(service.url) as raw:
        for number in range(5):
            body = b"%d" % number
            post = b"POST /own HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n" + body
            assert (await raw.ask(post)).body == body
            assert (await raw.ask(b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")).body == b"plain"
    assert [call.handler_name for call in service.history] == ["own", "plain"] * 5


async def test_pipelined_requests_are_answered_in_order(service: MockService) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.01)
        return web.Response(body=await request.read())

    service.register("own", Own(answer))
    post = b"POST /own HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n%d"
    get = b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n"
    async with raw_client(service.url) as raw:
        raw.write(b"".join((post % number) + get for number in range(4)))
        answers = [(await raw.answer()).body for _ in range(8)]
    assert answers == [b"0", b"plain", b"1", b"plain", b"2", b"plain", b"3", b"plain"]
    assert len(service.history) == 8


def reset(raw: RawClient) -> None:
    """Leave for good: closing alone could mean that the client still reads."""
    wire: socket.socket = raw.writer.get_extra_info("socket")
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.writer.transport.abort()


async def test_a_client_that_closes_its_side_alone_is_answered(service: MockService) -> None:
    more = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        await more.wait()
        return web.Response(body=b"late")

    service.register("own", Own(answer))
    async with raw_client(service.url) as raw:
        raw.write(b"GET /own HTTP/1.1\r\nHost: x\r\n\r\n")
        raw.writer.write_eof()
        asyncio.get_running_loop().call_later(0.01, more.set)
        assert (await raw.answer()).body == b"late"
        assert await raw.closed()


async def test_a_404_waits_for_its_turn_behind_a_slow_answer(service: MockService) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.01)
        return web.Response(body=b"slow")

    service.register("own", Own(answer))
    async with raw_client(service.url) as raw:
        for path in (b"/own", b"/nowhere", b"/plain"):
            raw.write(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)
        assert [(await raw.answer()).status for _ in range(3)] == [200, 404, 200]
    assert [call.handler_name for call in service.history] == ["own", "plain"]


# --- failures ------------------------------------------------------------------------------------


class UsersError(Exception):
    pass


@pytest.mark.parametrize(
    "error", [UsersError("no"), LookupError(), OSError(5, "io"), RuntimeError("r")]
)
async def test_an_exception_is_a_500_kept_logged_and_harms_no_other_request(
    client: aiohttp.ClientSession,
    service: MockService,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        raise error

    async def get(path: str) -> int:
        async with client.get(service.url / path) as response:
            await response.read()
            return response.status

    service.register("own", Own(answer))
    statuses = await asyncio.gather(*(get(path) for path in ["own", "plain"] * 5))
    assert statuses == [500, 200] * 5
    assert [failure.exception for failure in service.errors] == [error] * 5
    assert {failure.handler_name for failure in service.errors} == {"own"}
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [error] * 5
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    service.assert_called("own", times=5)
    service.assert_called("plain", times=5)


@pytest.mark.parametrize("wrong", [None, "text", 200])
async def test_to_return_something_else_is_a_failure_too(
    client: aiohttp.ClientSession, service: MockService, wrong: object
) -> None:
    class Forgetful(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return wrong  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

    service.register("own", Forgetful())
    async with client.get(service.url / "own") as response:
        assert response.status == 500
    [failure] = service.errors
    assert failure.handler_name == "own"
    assert isinstance(failure.exception, TypeError)
    assert "Forgetful" in str(failure.exception)
    async with client.get(service.url / "plain") as response:
        assert response.status == 200


async def test_an_exception_after_the_head_was_sent_ends_the_connection_and_is_kept(
    service: MockService,
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "10"})
        await response.prepare(request)
        await response.write(b"half")
        raise UsersError("halfway")

    service.register("own", Own(answer))
    async with raw_client(service.url) as raw:
        raw.write(b"GET /own HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 OK" in await raw.read_head()
        assert await raw.reader.read() == b"half"
    [failure] = service.errors
    assert isinstance(failure.exception, UsersError)
    assert (await ask(service.url, b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")).status == 200


async def test_a_client_that_leaves_cancels_the_response_and_nothing_else(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return web.Response()

    service.register("own", Own(answer))
    async with raw_client(service.url) as raw:
        raw.write(b"POST /own HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1")
        await started.wait()
        reset(raw)
    await cancelled.wait()
    service.assert_called("own", times=1, body=b"1")
    assert not service.errors
    async with client.get(service.url / "plain") as response:
        assert response.status == 200


async def test_a_client_that_leaves_in_the_middle_of_a_stream_ends_it(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    ended: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        except BaseException as error:
            ended.set_result(error)
            raise

    service.register("own", Own(answer))
    async with raw_client(service.url) as raw:
        raw.write(b"GET /own HTTP/1.1\r\nHost: x\r\n\r\n")
        await raw.read_head()
    assert isinstance(await ended, (asyncio.CancelledError, ConnectionError))
    async with client.get(service.url / "plain") as response:
        assert response.status == 200
    service.assert_called("own", times=1)


async def test_a_response_may_outlive_its_cancellation(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    """What a response shields goes on, as in any aiohttp handler."""
    started, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        await go_on.wait()
        done.set()

    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.shield(asyncio.ensure_future(work()))
        return web.Response()

    service.register("own", Own(answer))
    async with raw_client(service.url) as raw:
        raw.write(b"GET /own HTTP/1.1\r\nHost: x\r\n\r\n")
        await started.wait()
        reset(raw)
    go_on.set()
    await done.wait()
    assert not service.errors
