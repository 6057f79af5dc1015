"""The forwarding proxy's server side: take a request in, record it, forward it or say why not.

    client ─► aiohttp's server ─► record ─► checks ─► UpstreamConnection ─► target
    client ◄─ RelayedResponse ◄───────────────────── UpstreamConnection ◄─ target

Invariants:
- A request is recorded once, when it is complete, before anything is decided about it.
- Every complete request gets an answer: the target's, or one that names the reason.
- An exchange ends with its client and with the proxy: whatever way it ends, its upstream connection
  is closed.
- The request body is kept whole (it is recorded); the response is relayed piece by piece.
"""

import asyncio
from collections.abc import Callable

from aiohttp import HttpVersion11, hdrs
from aiohttp.http import HttpProcessingError

from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.proxy.coding import decode_content
from asyncly.srvmocker._door.proxy.credentials import Credentials
from asyncly.srvmocker._door.proxy.hopbyhop import request_head
from asyncly.srvmocker._door.proxy.relay import RelayedResponse, relay_interim, reset
from asyncly.srvmocker._door.proxy.target import RefusalError, Target, parse_target
from asyncly.srvmocker._door.proxy.upstream import (
    ResponseHead,
    UpstreamConnection,
    UpstreamError,
    connect_upstream,
)

__all__ = ("Forwarder",)


class Forwarder:
    """A forward proxy: the handler of an aiohttp server.

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
        self.address: tuple[str, int] = ("", 0)
        """Where the server listens; a request that leads back there is refused."""

    def server(self) -> web.Server:
        """Make the server. A client that leaves ends its exchange; bodies stay compressed."""
        return web.Server(
            self._handle, handler_cancellation=True, auto_decompress=False, lingering_time=0
        )

    def stop(self) -> None:
        """Break off every exchange, at once."""
        for exchange in self._exchanges:
            exchange.cancel()

    async def settle(self) -> None:
        """Wait, once the server is closed, until nothing of any exchange is left."""
        while self._exchanges or self._upstreams:
            pending: list[asyncio.Future[object]] = [*self._exchanges]
            pending += [upstream.closed for upstream in self._upstreams]
            await asyncio.wait(pending)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        exchange = asyncio.current_task()
        assert exchange is not None, "aiohttp runs a handler in a task"
        transport = request.transport
        self._exchanges.add(exchange)
        try:
            return await self._answer(request)
        except asyncio.CancelledError:  # the client has left, or the proxy is being closed
            reset(transport)
            raise
        except ConnectionError:  # the client left while something was being written to it
            reset(transport)
            return web.Response()
        finally:
            self._exchanges.discard(exchange)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await self._take_in(request)
            encodings = request.headers.getall(hdrs.CONTENT_ENCODING, ())
            self._record(request, decode_content(body, encodings))
            self._check_credentials(request)
            target = parse_target(
                request.method, request.raw_path.encode("utf-8", "surrogateescape")
            )
            return await self._forward(request, target, body)
        except (web.RequestPayloadError, HttpProcessingError) as error:
            return await self._refuse(
                request, RefusalError(400, f"the body is not HTTP/1.1: {error}")
            )
        except RefusalError as refusal:
            return await self._refuse(request, refusal)

    async def _take_in(self, request: web.BaseRequest) -> bytes:
        if request.method == hdrs.METH_CONNECT:
            return b""  # what follows belongs to the tunnel that was asked for
        expects = request.headers.get(hdrs.EXPECT, "").lower() == "100-continue"
        if expects and request.version >= HttpVersion11:
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return await request.content.read()

    def _check_credentials(self, request: web.BaseRequest) -> None:
        given = request.headers.get(hdrs.PROXY_AUTHORIZATION)
        if self._credentials is not None and not self._credentials.match(given):
            raise RefusalError(407, "the proxy credentials are missing or wrong")

    async def _forward(
        self, request: web.BaseRequest, target: Target, body: bytes
    ) -> web.StreamResponse:
        try:
            upstream = await connect_upstream(target.host, target.port)
        except UpstreamError as error:
            raise RefusalError(502, f"{target}: {error}") from error
        self._upstreams.add(upstream)
        upstream.closed.add_done_callback(lambda _: self._upstreams.discard(upstream))
        try:
            if self._is_own(upstream.peer):
                raise RefusalError(400, f"{target} is this proxy itself")
            head = request_head(
                request.method, target.origin_form, target.authority, request.raw_headers, len(body)
            )
            upstream.send(request.method, head, body)
            try:
                while not (answer := await upstream.receive_head()).final:
                    await relay_interim(request, answer)
            except UpstreamError as error:
                raise RefusalError(502, f"{target}: {error}") from error
            return await self._relay(request, answer, upstream)
        finally:
            upstream.abort()

    @staticmethod
    async def _relay(
        request: web.BaseRequest, answer: ResponseHead, upstream: UpstreamConnection
    ) -> web.StreamResponse:
        response = RelayedResponse(answer)
        await response.prepare(request)
        try:
            while piece := await upstream.receive_piece():
                await response.write(piece)
        except UpstreamError:
            response.break_off()
        else:
            response.trailers = upstream.trailers
            await response.write_eof()
        return response

    def _is_own(self, peer: tuple[str, int]) -> bool:
        host, port = peer[:2]
        return (host.removeprefix("::ffff:"), port) == self.address

    @staticmethod
    async def _refuse(request: web.BaseRequest, refusal: RefusalError) -> web.Response:
        response = web.Response(status=refusal.status, text=f"mock proxy: {refusal.reason}\n")
        if refusal.status == 407:
            response.headers[hdrs.PROXY_AUTHENTICATE] = "Basic"
        if request.method == hdrs.METH_CONNECT or not request.content.is_eof():
            response.force_close()  # what follows on the connection is not a request
            # Older releases of aiohttp try to read it as one before they send an answer.
            await response.prepare(request)
            await response.write_eof()
        return response
