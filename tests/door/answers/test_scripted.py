"""Scripts as answers of aiohttp's, for a user's own response that asks one of the package's."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import cast

import pytest
from aiohttp import web
from yarl import URL

from asyncly.srvmocker import MockRoute, MockService, start_service
from asyncly.srvmocker._door.answers.scripted import by_aiohttp
from asyncly.srvmocker._door.answers.scripts import Ending, Script, Step
from tests.certificates import tls_contexts
from tests.conformance.wire import assert_balanced
from tests.scripted import HEAD, OK, Delegating, Steps

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CONTEXTS = tls_contexts()


@asynccontextmanager
async def served(*steps: Step, tls: bool = False) -> AsyncGenerator[MockService[str]]:
    context = CONTEXTS[0] if tls else None
    async with (
        asyncio.timeout(10),
        start_service([MockRoute("*", "/", "own")], ssl_context=context) as service,
    ):
        service.register("own", Delegating(Steps(steps)))
        yield service
    assert_balanced(service)


async def all_of(url: URL, data: bytes = GET) -> tuple[bytes, bool]:
    """Everything that comes, and whether a reset ended it."""
    context = CONTEXTS[1] if url.scheme == "https" else None
    reader, writer = await asyncio.open_connection(url.host, url.port, ssl=context)
    writer.write(data)
    came = bytearray()
    reset = False
    try:
        while piece := await reader.read(1 << 16):
            came += piece
    except ConnectionResetError:
        reset = True
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return bytes(came), reset


@pytest.mark.parametrize("ending", [(), (Ending.KEEP,)], ids=str)
async def test_the_connection_is_kept_where_the_script_keeps_it(ending: tuple[Ending, ...]) -> None:
    async with served(HEAD % 2, b"", 0.0, b"ok", *ending) as service:
        last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        for sent in (last, GET.replace(b"1.1", b"1.0")):
            assert await all_of(service.url, GET + GET + sent + GET) == (OK * 3, False)
        assert service.account.answered_by_aiohttp == 6


async def test_the_connection_ends_where_the_script_ends_it() -> None:
    async with served(HEAD % 2, b"ok", Ending.CLOSE) as service:
        assert await all_of(service.url, GET + GET) == (OK, False)
        account = service.account
        assert (account.answered_by_aiohttp, account.client_gone) == (1, 1)


async def test_a_user_s_own_may_end_the_connection() -> None:
    class Ending(Delegating):
        async def response(self, request: web.Request) -> web.StreamResponse:
            answer = await super().response(request)
            answer.force_close()
            return answer

    async with served() as service:
        service.register("own", Ending(Steps([OK])))
        assert await all_of(service.url, GET + GET) == (OK, False)


async def test_nothing_comes_behind_the_ending() -> None:
    async with served(OK, Ending.CLOSE, b"more") as service:
        assert await all_of(service.url) == (OK, False)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_a_reset(tls: bool) -> None:
    body = bytes(2_000_000)
    async with served(HEAD % len(body), body, Ending.RESET, tls=tls) as service:
        assert await all_of(service.url) == (HEAD % len(body) + body, True)


async def test_a_hanging_answer_ends_with_the_service() -> None:
    async with served(OK[:-1], Ending.HANG) as service:
        task = asyncio.create_task(all_of(service.url))
        await service.wait_for_calls("own")
    assert await task == (OK[:-1], False)
    assert service.account.client_gone == 1


async def test_its_bytes_are_counted() -> None:
    async with served(OK, Ending.CLOSE) as service:
        await all_of(service.url)
        assert service.calls("own").traffic().bytes_out.max == len(OK)


async def test_a_client_that_has_left_is_told_nothing() -> None:
    answer = by_aiohttp(Script(0, lambda kind: iter(())))
    assert (answer.status, answer.keep_alive) == (0, False)
    request = cast("web.BaseRequest", SimpleNamespace(transport=None))
    with pytest.raises(ConnectionResetError, match=r"^the client has left$"):
        await answer.prepare(request)
