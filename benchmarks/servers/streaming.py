"""The servers of `benchmarks.streaming`: ours, and a plain application of aiohttp's."""

from __future__ import annotations

import resource
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from aiohttp import web

from asyncly.srvmocker import (
    Event,
    EventStreamResponse,
    Expect,
    MockRoute,
    Repeat,
    Send,
    WebSocketResponse,
    start_service,
)
from benchmarks.servers.control import say, words
from benchmarks.streaming import COUNTS, event_values

Served = tuple[int, Callable[[], int]]
"""The port, and what tells how many events or messages there were."""


def _events() -> Generator[Event]:
    for value in event_values():
        yield Event(value, event="quote", id=str(value["number"]))


@asynccontextmanager
async def _ours(what: str) -> AsyncGenerator[Served]:
    async with start_service([MockRoute("GET", "/", what)]) as service:
        port = service.url.port
        assert port is not None
        if what == "events":
            service.register(what, EventStreamResponse(_events))
            yield port, lambda: service.account.answered_step_by_step * len(list(_events()))
        else:
            sockets = WebSocketResponse([Repeat(None, [Expect("ping"), Send("pong")])])
            service.register(what, sockets)
            # Two of each are close frames.
            yield port, lambda: sum(each.sent + each.received - 2 for each in sockets.conversations)


@asynccontextmanager
async def _plain(what: str) -> AsyncGenerator[Served]:
    count = 0

    async def handle(request: web.Request) -> web.StreamResponse:
        nonlocal count
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.data != "ping":
                raise ValueError(message)
            await socket.send_str("pong")
            count += 2
        return socket

    assert what == "messages"
    application = web.Application()
    application.router.add_get("/", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1], lambda: count
    finally:
        await runner.cleanup()


async def serve_streams(by: str, what: str) -> None:
    """Serve until stdin ends."""
    assert what in COUNTS
    told = await words()
    serving: AbstractAsyncContextManager[Served] = _ours(what) if by == "asyncly" else _plain(what)
    async with serving as (port, counted):
        say({"port": port})
        while await told.readline():
            usage = resource.getrusage(resource.RUSAGE_SELF)
            say({"cpu": usage.ru_utime + usage.ru_stime, "counted": counted()})
