"""A script as an answer of aiohttp's, for responses that are asked by a user's own."""

from __future__ import annotations

import asyncio

from asyncly.srvmocker._door import aioweb as web
from asyncly.srvmocker._door.answers import kind_of
from asyncly.srvmocker._door.scripts import FLUSH, Ending, Script, reset_connection

__all__ = ("by_aiohttp",)


class _Played(web.StreamResponse):
    """A script as an answer of aiohttp's, for responses that are asked by a user's own."""

    def __init__(self, script: Script) -> None:
        super().__init__(status=script.status or 200)
        self._script = script

    async def prepare(self, request: web.BaseRequest) -> None:
        """Play it."""
        self.force_close()
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the client has left")
        version = f"{request.version.major}.{request.version.minor}"
        kind = kind_of(request.method, version, request.keep_alive)
        for step in self._script.steps(kind):
            if isinstance(step, bytes):
                transport.write(step)
                await request.writer.drain()
            elif isinstance(step, float | int):
                await asyncio.sleep(step)
            elif step is Ending.RESET:
                # No event tells when everything was sent.
                while transport.get_write_buffer_size() and not transport.is_closing():  # noqa: ASYNC110 - see above
                    await asyncio.sleep(FLUSH)
                reset_connection(transport)
            elif step is Ending.HANG:
                await asyncio.Event().wait()

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: everything was written."""


def by_aiohttp(script: Script) -> web.StreamResponse:
    """Return an answer of aiohttp's that plays the script; the connection ends behind it."""
    return _Played(script)
