"""The service under load, steered by words on stdin; it answers each with a line of JSON.

`look` tells its account and memory, `check` compares what is on record with what the senders said
they would send, and forgets it; `forget` only forgets. `release` answers half of what is held, and
`close` ends the service and tells how long that took.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
from contextlib import AsyncExitStack, closing
from pathlib import Path
from time import perf_counter
from typing import Final

from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    HangResponse,
    HeldResponse,
    LatencyResponse,
    MockRoute,
    MockService,
    RawResponse,
    start_service,
)

PAUSE: Final = 1.5
"""Seconds by which `/later` answers later."""
HOUR: Final = 3600.0
"""Seconds by which `/in-an-hour` answers later: not within any soak."""
BIG: Final = 64 * 1024
READY: Final = ("red", "green", "blue")


class Echo(BaseMockResponse):
    """What a user's own class costs: a new aiohttp response that depends on the request."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"<%b>" % request.path.encode())


def routes() -> list[MockRoute[str]]:
    return [
        *(MockRoute("GET", f"/{name}/{{sender}}/{{number}}", name) for name in READY),
        MockRoute("POST", "/posted", "posted"),
        MockRoute("GET", "/own/{sender}/{number}", "own"),
        MockRoute("GET", "/soon/{sender}/{number}", "soon"),
        MockRoute("GET", "/later", "later"),
        MockRoute("GET", "/big", "big"),
        MockRoute("GET", "/hung/{number}", "hung"),
        MockRoute("GET", "/held/{number}", "held"),
        MockRoute("GET", "/in-an-hour/{number}", "in-an-hour"),
    ]


def register(service: MockService[str]) -> HeldResponse:
    """Register all responses; return the one that holds its requests."""
    for name in (*READY, "posted"):
        service.register(name, RawResponse(f"<{name}>".encode()))
    service.register("own", Echo())
    service.register("soon", LatencyResponse(RawResponse(b"<soon>"), 0))
    service.register("later", LatencyResponse(RawResponse(b"<later>"), PAUSE))
    service.register("big", RawResponse(b"<" + b"b" * (BIG - 2) + b">"))
    service.register("hung", HangResponse())
    service.register("in-an-hour", LatencyResponse(RawResponse(b"<at last>"), HOUR))
    service.register("held", held := HeldResponse())
    return held


class Checker:
    """Knows which number each sender has to send next."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def check(self, service: MockService[str]) -> dict[str, int]:
        """Go through the record since the last check."""
        lost = doubled = disordered = 0
        for call in service.history:
            if call.handler_name == "posted":
                sender, number = json.loads(call.body)
            else:
                _, handler, sender, text = call.path.split("/")
                number = int(text)
                disordered += handler != call.handler_name
            wanted = self._next.get(sender, 0)
            if number > wanted:
                lost += number - wanted
            elif number < wanted:
                doubled += 1
            self._next[sender] = max(wanted, number + 1)
        checked = len(service.history)
        split = sum(len(calls) for calls in service.history_map.values())
        return {
            "checked": checked,
            "lost": lost,
            "doubled": doubled,
            "disordered": disordered + (split != checked),
        }


def _forget(service: MockService[str]) -> None:
    service.history.clear()
    service.history_map.clear()
    gc.collect()


def _look(service: MockService[str], forgotten: int) -> dict[str, int]:
    account = service.account
    return {
        "received": account.received,
        "answered": account.answered,
        "by_aiohttp": account.answered_by_aiohttp,
        "refused": account.refused,
        "gone": account.client_gone,
        "in_progress": account.in_progress,
        "recorded": len(service.history),
        "ever_recorded": forgotten + len(service.history),
        "threads": len(list(Path("/proc/self/task").iterdir())),
        "tasks": len(asyncio.all_tasks()),
        "resident": int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize(),
    }


async def serve() -> None:
    """Serve until stdin ends."""
    words = asyncio.StreamReader()
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(words), sys.stdin
    )
    # uvloop waits for ever for what an exception leaves open, where warnings are errors.
    with closing(pipe):
        await _converse(words)


async def _converse(words: asyncio.StreamReader) -> None:
    checker = Checker()
    forgotten = 0
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(start_service(routes()))
        held = register(service)
        said: dict[str, int] = {"port": service.url.port or 0}
        while True:
            print(json.dumps(said), flush=True)
            word = (await words.readline()).strip()
            if not word:
                return
            said = {}
            if word == b"check":
                said |= checker.check(service)
            if word in {b"check", b"forget"}:
                forgotten += len(service.history)
                _forget(service)
            if word == b"release":
                said["released"] = held.release(RawResponse(b"<held>"), held.waiting // 2)
            if word == b"close":
                began = perf_counter()
                await stack.aclose()
                said["microseconds"] = int((perf_counter() - began) * 1e6)
            said |= _look(service, forgotten)
