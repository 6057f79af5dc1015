"""What changes a service as a whole; tests/test_models.py has resetting and saved responses."""

import asyncio
import errno
import socket
from contextlib import suppress
from ssl import SSLContext

import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    MockRoute,
    MockService,
    RawResponse,
    SrvMockerError,
    start_namespace,
    start_service,
)
from tests.certificates import tls_contexts
from tests.conformance.wire import assert_balanced
from tests.rawhttp import ask, raw_client
from tests.scripted import stuck

ROUTES = [MockRoute("GET", "/", "home"), MockRoute("GET", "/stuck", "stuck")]
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CONTEXTS = tls_contexts()


async def refused(service: MockService[str]) -> bool:
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(service.url.host, service.url.port)
    return True


def taken(service: MockService[str]) -> bool:
    """Whether nobody else can listen on the port."""
    with pytest.raises(OSError) as caught, socket.socket() as other:
        assert service.url.host is not None
        assert service.url.port is not None
        other.bind((service.url.host, service.url.port))
    return caught.value.errno == errno.EADDRINUSE


async def test_connections_are_refused_until_they_are_accepted_again() -> None:
    async with start_service(ROUTES) as service:
        service.register("home", RawResponse(b"ok"))
        for _ in range(3):
            await service.stop_accepting()
            assert await refused(service)
            assert taken(service)
            await service.stop_accepting()
            assert await refused(service)
            await service.start_accepting()
            assert (await ask(service.url, GET)).body == b"ok"
            await service.start_accepting()
            assert (await ask(service.url, GET)).body == b"ok"
        assert service.counts("home").calls == 6
    assert await refused(service)
    assert_balanced(service)


async def test_open_connections_are_kept() -> None:
    async with start_service(ROUTES) as service, raw_client(service.url) as client:
        service.register("home", RawResponse(b"ok"))
        await client.ask(GET)
        await service.stop_accepting()
        assert (await client.ask(GET)).body == b"ok"
        await service.start_accepting()
        assert (await client.ask(GET)).body == b"ok"


async def test_open_connections_can_be_dropped_whatever_is_in_progress() -> None:
    class Own(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            await asyncio.Event().wait()
            raise AssertionError("it was cancelled")

    async with asyncio.timeout(10), start_service(ROUTES) as service:
        service.register("home", Own())
        service.register("stuck", stuck(b"HTTP/1.1 200 OK\r\n"))
        async with (
            raw_client(service.url) as idle,
            raw_client(service.url) as busy,
            raw_client(service.url) as hanging,
        ):
            busy.write(GET)
            hanging.write(GET.replace(b"/ ", b"/stuck "))
            await service.wait_for_calls("home")
            assert await hanging.reader.readline() == b"HTTP/1.1 200 OK\r\n"
            await service.stop_accepting(drop=True)
            assert service.account.client_gone == 2
            for client in (idle, busy, hanging):
                with suppress(ConnectionResetError):
                    assert await client.closed()
            assert await refused(service)
        await service.start_accepting()
        service.register("home", RawResponse(b"ok"))
        assert (await ask(service.url, GET)).status == 200


@pytest.mark.parametrize("context", [None, CONTEXTS[0]], ids=["plain", "tls"])
async def test_a_service_that_refuses_closes_as_any(context: SSLContext | None) -> None:
    async with start_service(ROUTES, ssl_context=context) as service:
        await service.stop_accepting(drop=True)
    assert await refused(service)
    with socket.socket() as other:
        assert service.url.host is not None
        assert service.url.port is not None
        other.bind((service.url.host, service.url.port))


async def test_a_tls_service_stays_one() -> None:
    async with start_service(ROUTES, ssl_context=CONTEXTS[0]) as service:
        service.register("home", RawResponse(b"ok"))
        await service.stop_accepting()
        await service.start_accepting()
        reader, writer = await asyncio.open_connection(
            service.url.host, service.url.port, ssl=CONTEXTS[1]
        )
        writer.write(GET)
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_only_who_has_a_port_can_stop_and_start() -> None:
    async with start_service(ROUTES) as service, start_namespace(service, ROUTES) as part:
        for each in (part, MockService[str]([], {}, service.url, {})):
            for name in ("stop_accepting", "start_accepting"):
                with pytest.raises(SrvMockerError) as caught:
                    await getattr(each, name)()
                assert str(caught.value) == (
                    f"{name}: only a service that runs has a port; "
                    "a namespace has that of its service"
                )
    with pytest.raises(SrvMockerError):
        await service.stop_accepting()


async def test_a_port_that_is_taken_all_the_same_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def create_server(*args: object, **options: object) -> None:
        raise OSError(errno.EADDRINUSE, "taken")

    async with start_service(ROUTES) as service:
        await service.stop_accepting()
        loop = asyncio.get_running_loop()
        with monkeypatch.context() as patch:
            patch.setattr(type(service._site.loop), "create_server", create_server)  # type: ignore[union-attr]  # it runs
            with pytest.raises(OSError, match="taken"):
                await service.start_accepting()
        assert loop.is_running()
        await service.start_accepting()
        service.register("home", RawResponse(b"ok"))
        assert (await ask(service.url, GET)).status == 200
