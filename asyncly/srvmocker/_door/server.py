"""A server on a free loopback port: opened, and closed so that nothing of it is left.

Invariants: the port is free and every connection is gone when the context is left; a request that
is still being answered then has a tenth of a second to finish before it is cancelled.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from selectors import EVENT_READ, DefaultSelector
from ssl import SSLContext
from typing import Any, Final

from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.door import Door
from asyncly.srvmocker._door.site import Site

__all__ = ("LOOPBACK", "Listener", "listen", "serve_site")

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


class Listener:
    """Accepts connections for a site on one port, and can stop and start again.

    While it does not, the port stays its own: a socket is bound to it that does not listen, so that
    a connection is refused and nobody else gets the port.
    """

    def __init__(self, site: Site[Any], ssl_context: SSLContext | None) -> None:
        self._site = site
        self._ssl_context = ssl_context
        self._server: asyncio.Server | None = None
        self._closed: list[asyncio.Server] = []
        self._holder: socket.socket | None = None
        self.address: tuple[str, int] = (LOOPBACK, 0)

    async def start(self) -> None:
        """Accept connections; does nothing if it does already."""
        if self._server is not None:
            return
        listener = _bound(self.address)
        try:
            self._server = await self._site.loop.create_server(
                lambda: Door(self._site),
                sock=listener,
                ssl=self._ssl_context,
                backlog=_BACKLOG,
            )
        except BaseException:
            listener.close()
            raise
        self.address = listener.getsockname()
        self._let_go()

    def stop(self) -> None:
        """Refuse connections; does nothing if it does already."""
        if self._server is not None:
            self._server.close()
            self._closed.append(self._server)
            self._server = None
            self._holder = _bound(self.address)

    @property
    def waited_for(self) -> bool:
        """Whether a client has connected and nobody has taken notice, as the loop does not run."""
        with DefaultSelector() as selector:
            for listener in () if self._server is None else self._server.sockets:
                selector.register(listener.fileno(), EVENT_READ)
            return bool(selector.select(0))

    def _let_go(self) -> None:
        if self._holder is not None:
            self._holder.close()
            self._holder = None

    async def close(self) -> None:
        """Accept no more, and close what is open."""
        if self._server is not None:
            self._server.close()
            self._closed.append(self._server)
        self._let_go()
        await self._site.close(_GRACE)
        if not self._site.connections and self._ssl_context is None:
            return  # nobody to wait for
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                for server in self._closed:
                    # Who never ends a TLS handshake is no connection of the site's yet.
                    abort_clients = getattr(server, "abort_clients", None)
                    if abort_clients is not None:  # pragma: no cover - from Python 3.13 on
                        abort_clients()
                    await server.wait_closed()


def _bound(address: tuple[str, int]) -> socket.socket:
    # With its protocol told: asyncio turns Nagle's algorithm, which delays by 40 ms, off for TCP.
    bound = socket.socket(proto=socket.IPPROTO_TCP)
    try:
        # So that the port is free for the next one although connections linger in TIME_WAIT.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except BaseException:
        bound.close()
        raise
    return bound


class serve_site:  # noqa: N801 - used as a function; a generator would cost several microseconds
    """Serve a site on a free port of the loopback interface, while in the context."""

    __slots__ = ("_listener", "_site")

    def __init__(self, site: Site[Any], *, ssl_context: SSLContext | None = None) -> None:
        self._site = site
        self._listener = Listener(site, ssl_context)

    async def __aenter__(self) -> tuple[str, int]:
        await self._listener.start()
        self._site.listener = self._listener
        return self._listener.address

    async def __aexit__(self, *_: object) -> None:
        self._site.listener = None
        await self._listener.close()
