"""The limit: a protocol that answers every segment with the same bytes and reads none of them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import cast

from benchmarks.scenarios import ANSWER
from benchmarks.servers.answers import raw_answer


class _Answering(asyncio.Protocol):
    def __init__(self, served: _Bare) -> None:
        self._served = served
        self._answer = raw_answer(ANSWER)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._write = cast("asyncio.WriteTransport", transport).write

    def data_received(self, data: bytes) -> None:
        self._served.answered += 1
        self._write(self._answer)


class _Bare:
    def __init__(self) -> None:
        self.answered = 0
        self.port = 0
        self.version = f"uvloop {version('uvloop')}"

    def recorded(self) -> int:
        return self.answered

    def recorded_by_handler(self) -> Mapping[str, int]:
        return {}

    def account(self) -> Mapping[str, int]:
        return {}

    def forget(self) -> None:
        self.answered = 0


@asynccontextmanager
async def serve_bare(context: ssl.SSLContext | None) -> AsyncGenerator[_Bare]:
    """Serve on a free loopback port; one request must be one segment, as the clients send it."""
    served = _Bare()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Answering(served), host="127.0.0.1", port=0, ssl=context
    )
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
