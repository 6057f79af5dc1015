"""A plain `aiohttp.web.Application` with one handler: what the machinery alone costs."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version

from aiohttp import web

from benchmarks.scenarios import ANSWER, Scenario


class _Plain:
    def __init__(self) -> None:
        self.answered = 0
        self.port = 0
        self.version = f"aiohttp {version('aiohttp')}"

    async def handle(self, request: web.Request) -> web.Response:
        await request.read()
        self.answered += 1
        return web.json_response(ANSWER)

    def recorded(self) -> int:
        return self.answered

    def recorded_by_handler(self) -> Mapping[str, int]:
        return {}

    def account(self) -> Mapping[str, int]:
        return {}

    def forget(self) -> None:
        self.answered = 0


@asynccontextmanager
async def serve_plain(scenario: Scenario, context: ssl.SSLContext | None) -> AsyncGenerator[_Plain]:
    """Serve the scenario's paths, all with the same handler."""
    served = _Plain()
    application = web.Application()
    for method, path in dict.fromkeys((route.method, route.path) for route in scenario.routes):
        application.router.add_route(method, path, served.handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    served.port = runner.addresses[0][1]
    try:
        yield served
    finally:
        await runner.cleanup()
