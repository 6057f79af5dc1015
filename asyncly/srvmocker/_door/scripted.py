"""A script as an answer of aiohttp's, for responses that are asked by a user's own."""

from __future__ import annotations

import asyncio

from asyncly.srvmocker._door import aioweb as web
from asyncly.srvmocker._door.answers import kind_of
from asyncly.srvmocker._door.scripts import FLUSH, Ending, Flush, Script, reset_connection

__all__ = ("Played", "by_aiohttp")


class Played(web.StreamResponse):
    """A script as an answer of aiohttp's, for responses that are asked by a user's own."""

    def __init__(self, script: Script) -> None:
        super().__init__(status=script.status or 200)
        self.script: Script = script

    async def prepare(self, request: web.BaseRequest) -> None:
        """Play it."""
        self.force_close()
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the client has left")
        version = f"{request.version.major}.{request.version.minor}"
        kind = kind_of(request.method, version, request.keep_alive)
        for step in self.script.steps(kind):
            if isinstance(step, bytes):
                await request.writer.write(step)
            elif isinstance(step, Ending):
                await _end(step, transport)
                break
            else:
                await asyncio.sleep(step)

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: everything was written."""


async def _end(ending: Ending, transport: asyncio.Transport) -> None:
    if ending is Ending.RESET:
        flush = Flush(transport)
        while not (transport.is_closing() or flush.over()):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(FLUSH)
        reset_connection(transport)
    elif ending is Ending.HANG:
        await asyncio.Event().wait()


def by_aiohttp(script: Script) -> web.StreamResponse:
    """Return an answer of aiohttp's that plays the script; the connection ends behind it."""
    return Played(script)
