"""The forwarding proxy's server side: take a request in, record it, forward it or say why not.

    client ─► aiohttp's server ─► record ─► checks ─► UpstreamConnection ─► RelayedResponse ─► client

Invariants:
- A request is recorded once, when it is complete, before anything is decided about it.
- Every complete request gets an answer: the target's, or one that names the reason.
- An exchange ends with its client and with the proxy: whatever way it ends, its upstream connection
  is closed, and everything that waits does so inside the task that `stop` cancels.
- The request body is kept whole (it is recorded); the response is relayed piece by piece.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import HttpVersion11, hdrs, web
from yarl import URL

from asyncly.srvmocker._door.coding import decode_content
from asyncly.srvmocker._door.credentials import Credentials
from asyncly.srvmocker._door.hopbyhop import request_head
from asyncly.srvmocker._door.relay import RelayedResponse, relay_interim
from asyncly.srvmocker._door.target import RefusedTarget, Target, parse_target
from asyncly.srvmocker._door.upstream import (
    UpstreamConnection,
    UpstreamError,
    connect_upstream,
)

__all__ = ("Forwarder",)

_BACKLOG: Final = 1024
_LATE_REQUEST_SECONDS: Final = 1.0
"""How long a request that arrives while the proxy is closing may take."""


class Forwarder:
    """A forward proxy on a free port of the loopback interface.

    Args:
        record: Called with each complete request and its body, decoded.
        credentials: What a client must present; `None` for an open proxy.
    """

    def __init__(
        self, record: Callable[[web.BaseRequest, bytes], None], credentials: Credentials | None
    ) -> None:
        self._record = record
        self._credentials = credentials
        self._exchanges: set[asyncio.Task[object]] = set()
        self._upstreams: set[UpstreamConnection] = set()
        server = web.Server(
            self._handle, handler_cancellation=True, auto_decompress=False, lingering_time=0
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=_LATE_REQUEST_SECONDS)
        self.address: tuple[str, int] = ("", 0)
        """Where it listens, once it has started."""

    @property
    def url(self) -> URL:
        """The base URL of the proxy."""
        host, port = self.address
        return URL.build(scheme="http", host=host, port=port, path="/")

    async def start(self) -> None:
        """Listen."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=_BACKLOG)
        await site.start()
        self.address = self._runner.addresses[0]

    async def stop(self) -> None:
        """Stop listening, break off every exchange, and wait until all connections are closed."""
        for site in self._runner.sites:
            await site.stop()
        for exchange in self._exchanges:
            exchange.cancel()
        await self._runner.cleanup()
        await asyncio.gather(*[upstream.closed for upstream in self._upstreams])

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        exchange = asyncio.current_task()
        assert exchange is not None
        self._exchanges.add(exchange)
        try:
            return await self._answer(request)
        except asyncio.CancelledError:
            transport = request.transport
            if transport is not None:  # the proxy is closing; the client may not be reading
                transport.abort()
            raise
        finally:
            self._exchanges.discard(exchange)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await self._take_in(request)
        except web.RequestPayloadError as error:
            return await self._refuse(request, 400, f"the body is not HTTP/1.1: {error}")
        encodings = request.headers.getall(hdrs.CONTENT_ENCODING, ())
        self._record(request, decode_content(body, encodings))
        if self._credentials is not None:
            given = request.headers.get(hdrs.PROXY_AUTHORIZATION)
            if not self._credentials.match(given):
                return await self._refuse(request, 407, "the credentials are missing or wrong")
        try:
            target = parse_target(
                request.method, request.raw_path.encode("utf-8", "surrogateescape")
            )
        except RefusedTarget as refusal:
            return await self._refuse(request, refusal.status, refusal.reason)
        try:
            upstream = await connect_upstream(target.host, target.port)
        except UpstreamError as error:
            return await self._refuse(request, 502, f"{target}: {error}")
        self._upstreams.add(upstream)
        upstream.closed.add_done_callback(lambda _: self._upstreams.discard(upstream))
        try:
            return await self._forward(request, body, target, upstream)
        finally:
            upstream.abort()

    async def _take_in(self, request: web.BaseRequest) -> bytes:
        if request.method == hdrs.METH_CONNECT:
            return b""  # what follows belongs to the tunnel that was asked for
        expects = request.headers.get(hdrs.EXPECT, "").lower() == "100-continue"
        if expects and request.version >= HttpVersion11:
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return await request.content.read()

    async def _forward(
        self, request: web.BaseRequest, body: bytes, target: Target, upstream: UpstreamConnection
    ) -> web.StreamResponse:
        if self._is_own(upstream.peer):
            return await self._refuse(request, 400, f"{target} is this proxy itself")
        head = request_head(
            request.method, target.origin_form, target.authority, request.raw_headers, len(body)
        )
        upstream.send(request.method, head, body)
        try:
            while not (answer := await upstream.receive_head()).final:
                await relay_interim(request, answer)
        except UpstreamError as error:
            return await self._refuse(request, 502, f"{target}: {error}")
        response = RelayedResponse(answer)
        try:
            await response.prepare(request)
            while piece := await upstream.receive_piece():
                await response.write(piece)
            response.trailers = upstream.trailers
            await response.write_eof()
        except (UpstreamError, ConnectionError):  # the target broke off, or the client left
            response.break_off()
        return response

    def _is_own(self, peer: tuple[str, int]) -> bool:
        host, port = peer[:2]
        return (host.removeprefix("::ffff:"), port) == self.address

    async def _refuse(
        self, request: web.BaseRequest, status: int, reason: str
    ) -> web.StreamResponse:
        response = web.Response(status=status, text=f"mock proxy: {reason}\n")
        if status == 407:
            response.headers[hdrs.PROXY_AUTHENTICATE] = "Basic"
        if request.method == hdrs.METH_CONNECT or not request.content.is_eof():
            response.force_close()  # what follows on the connection is not a request
        await response.prepare(request)
        await response.write_eof()
        return response
