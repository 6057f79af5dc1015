"""A server on a free loopback port: opened, and closed so that nothing of it is left.

Invariants: the port is free and every connection is gone when the context is left; a request that
is still being answered then has a tenth of a second to finish before it is cancelled.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from ssl import SSLContext
from typing import Any, Final

from asyncly.srvmocker._door import aioweb as web
from asyncly.srvmocker._door.door import Door
from asyncly.srvmocker._door.site import Site

__all__ = ("LOOPBACK", "listen", "serve_site")

LOOPBACK: Final = "127.0.0.1"
_BACKLOG: Final = 1024
_GRACE: Final = 0.1  # seconds; aiohttp takes 0 for "no limit"


@asynccontextmanager
async def listen(
    server: web.Server, *, ssl_context: SSLContext | None = None
) -> AsyncGenerator[tuple[str, int]]:
    """Serve on a free port of the loopback interface; yields the address."""
    runner = web.ServerRunner(server, shutdown_timeout=_GRACE)
    await runner.setup()
    listener = socket.create_server((LOOPBACK, 0), backlog=_BACKLOG)
    try:
        await web.SockSite(runner, listener, ssl_context=ssl_context, backlog=_BACKLOG).start()
        address: tuple[str, int] = listener.getsockname()
        yield address
    finally:
        await runner.cleanup()
        listener.close()


@asynccontextmanager
async def serve_site(
    site: Site[Any], *, ssl_context: SSLContext | None = None
) -> AsyncGenerator[tuple[str, int]]:
    """Serve a site on a free port of the loopback interface; yields the address."""
    # With its protocol told: asyncio turns Nagle's algorithm, which delays by 40 ms, off for TCP.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    try:
        # So that the port is free for the next one although connections linger in TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, 0))
        server = await site.loop.create_server(
            lambda: Door(site), sock=listener, ssl=ssl_context, backlog=_BACKLOG
        )
    except BaseException:
        listener.close()
        raise
    try:
        address: tuple[str, int] = listener.getsockname()
        yield address
    finally:
        server.close()
        await site.close(_GRACE)
        # Who never ends a TLS handshake is no connection of the site's yet, but the server's.
        abort_clients = getattr(server, "abort_clients", None)
        if abort_clients is not None:  # pragma: no cover - there from Python 3.13 on
            abort_clients()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await server.wait_closed()
