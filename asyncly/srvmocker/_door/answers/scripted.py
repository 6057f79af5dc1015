"""A script as an answer of aiohttp's, for responses that are asked by a user's own."""

from __future__ import annotations

import asyncio

from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.ready import closes, kind_of_request
from asyncly.srvmocker._door.answers.scripts import FLUSH, Ending, Flush, Script, reset_connection

__all__ = ("Played", "by_aiohttp")


class Played(web.StreamResponse):
    """A script as an answer of aiohttp's, for responses that are asked by a user's own.

    The connection is kept where the script keeps it, unless the request or `force_close` asks for
    its end.
    """

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.script: Script = script
        self.kept: bool = False

    @property
    def status(self) -> int:
        """What it counts as; 0 where the client gets to see none."""
        return self.script.status

    @property
    def keep_alive(self) -> bool:
        """Whether the connection is kept; false until the script was played to its end."""
        return self.kept and super().keep_alive is not False

    async def prepare(self, request: web.BaseRequest) -> None:
        """Play it."""
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the client has left")
        kind = kind_of_request(request)
        ending = Ending.KEEP
        for step in self.script.steps(kind):
            if isinstance(step, bytes):
                await request.writer.write(step)
            elif isinstance(step, Ending):
                ending = step
                break
            else:
                await asyncio.sleep(step)
        self.kept = ending is Ending.KEEP and not closes(kind)
        await _end(ending, transport)

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
    """Return an answer of aiohttp's that plays the script."""
    return Played(script)
