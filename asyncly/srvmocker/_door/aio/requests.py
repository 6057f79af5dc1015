"""aiohttp requests: the live one that a response answers, and the one made from a recorded call.

Invariants: only public API of aiohttp is used. Both kinds carry the selected route's `match_info`
and `app`. A recalled request belongs to no connection: its transport is `None` and its body has
been read.
"""

from __future__ import annotations  # some of these types are heavy to import

import asyncio
from collections.abc import Callable, Mapping
from ssl import SSLContext
from typing import Any, TypeVar, cast

from aiohttp import hdrs
from aiohttp.abc import AbstractStreamWriter
from aiohttp.base_protocol import BaseProtocol
from aiohttp.helpers import ChainMapProxy
from aiohttp.http import HttpVersion, HttpVersion11, RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from multidict import CIMultiDict, CIMultiDictProxy, MultiDictProxy
from yarl import URL

from asyncly.srvmocker._core.matching.dispatch import Dispatcher, Route
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker.exceptions import NotKeptError

__all__ = (
    "Applications",
    "Blueprint",
    "Origin",
    "RecalledRequest",
    "Selection",
    "ServedRequest",
    "plain_request",
    "recall",
    "serve",
)


class Applications:
    """The aiohttp application behind `request.app`, made when somebody first asks for it.

    Most responses never do, and starting a service should not cost a router that nobody uses.
    """

    def __init__(self, make: Callable[[], web.Application], dispatcher: Dispatcher) -> None:
        self._make = make
        self._dispatcher = dispatcher
        self._app: web.Application | None = None
        self._routes: dict[tuple[str, str], web.AbstractRoute] = {}

    @property
    def app(self) -> web.Application:
        """The application; every group of the service is a route of its router."""
        if self._app is None:
            self._app = app = self._make()
            for method, path in self._dispatcher.groups:
                try:
                    route = app.router.add_route(method, path, _unreachable)
                except RuntimeError:  # aiohttp refuses a method behind '*' on the same path
                    route = web.UrlDispatcher().add_route(method, path, _unreachable)
                self._routes[method, path] = route
            app.freeze()
        return self._app

    def match_info(self, route: Route, params: Mapping[str, str]) -> web.UrlMappingMatchInfo:
        """Return what aiohttp's own router would have attached to the request."""
        app = self.app
        info = web.UrlMappingMatchInfo(dict(params), self._routes[route.method, route.path])
        info.add_app(app)
        info.freeze()
        return info


async def _unreachable(request: web.Request) -> web.StreamResponse:
    raise AssertionError("the service answers without this router")  # pragma: no cover - unused


class Selection:
    """Which route was selected for a request, and how to find its path parameters."""

    __slots__ = ("applications", "params", "route")

    def __init__(
        self, applications: Applications, route: Route, params: Callable[[], Mapping[str, str]]
    ) -> None:
        self.applications = applications
        self.route = route
        self.params = params

    def match_info(self) -> web.UrlMappingMatchInfo:
        """Return what aiohttp's own router would have attached to the request."""
        return self.applications.match_info(self.route, self.params())


class ServedRequest(web.Request):
    """A request whose route was selected by the core rather than by aiohttp's router."""

    ATTRS = web.Request.ATTRS | frozenset(("selection", "_own_form", "_own_match_info"))
    selection: Selection
    _own_form: MultiDictProxy[str | bytes | bytearray | web.FileField] | None = None
    _own_match_info: web.UrlMappingMatchInfo | None = None

    @property
    def match_info(  # pyright: ignore[reportIncompatibleVariableOverride]  # a cached one there
        self,
    ) -> web.UrlMappingMatchInfo:
        """Result of route resolving."""
        if self._own_match_info is None:
            self._own_match_info = self.selection.match_info()
        return self._own_match_info

    @property
    def app(self) -> web.Application:
        """The application of the service."""
        return self.selection.applications.app

    @property
    def config_dict(self) -> ChainMapProxy:
        """The application's storage."""
        return ChainMapProxy([self.app])

    async def post(self) -> MultiDictProxy[str | bytes | bytearray | web.FileField]:
        """Return the form that was sent."""
        self._own_form = form = await super().post()
        return form

    def close_files(self) -> None:
        """Close the files of a form that was read; its answer is made."""
        if self._own_form is not None:
            for field in self._own_form.values():
                if isinstance(field, web.FileField):
                    field.file.close()

    def clone(self, **changes: Any) -> web.Request:
        """Copy the request with some facts replaced; the selected route stays."""
        copied = super().clone(**changes)
        assert isinstance(copied, ServedRequest), "aiohttp makes one of the same class"
        copied.selection = self.selection
        return copied


class RecalledRequest(ServedRequest):
    """A recorded request: everything but the connection is there."""

    ATTRS = ServedRequest.ATTRS | frozenset(("recorded_body",))
    recorded_body: bytes | NotKeptError = b""

    async def read(self) -> bytes:
        """Return the recorded body; raises `NotKeptError` if it was not kept."""
        body = self.recorded_body
        if isinstance(body, NotKeptError):
            raise body
        return body

    def clone(self, **changes: Any) -> web.Request:
        """Copy the request with some facts replaced; the body stays."""
        copied = super().clone(**changes)
        assert isinstance(copied, RecalledRequest), "aiohttp makes one of the same class"
        copied.recorded_body = self.recorded_body
        return copied


class Origin:
    """The service that a recorded request came in at."""

    __slots__ = ("address", "client_max_size", "loop", "ssl_context")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        ssl_context: SSLContext | None,
        client_max_size: int,
    ) -> None:
        self.loop = loop
        self.ssl_context = ssl_context
        self.client_max_size = client_max_size
        self.address: tuple[str, int] = ("", 0)


class _Nowhere(BaseProtocol):
    """What is left of a connection once it is recorded: the facts, without the transport."""

    max_headers = 128
    max_field_size = 8190

    def __init__(self, origin: Origin) -> None:
        super().__init__(origin.loop)
        self.ssl_context = origin.ssl_context
        self.sockname = origin.address
        self.peername = (origin.address[0], 0)  # the service listens on the loopback alone


class Blueprint:
    """What all aiohttp requests that are made of one view have in common."""

    __slots__ = ("body", "message", "selection")

    def __init__(self, view: RequestView, selection: Selection | None) -> None:
        self.body: bytes | NotKeptError
        try:
            self.body = view.body
        except NotKeptError as error:
            self.body = error  # for whoever reads it
        self.message: RawRequestMessage = _message(view)
        self.selection = selection


def recall(view: RequestView, selection: Selection | None, origin: Origin) -> web.Request:
    """Make the aiohttp request for a recorded call."""
    blueprint = Blueprint(view, selection)
    request = _make(
        RecalledRequest,
        blueprint,
        _Nowhere(origin),
        origin,
        writer=cast(AbstractStreamWriter, None),  # there is no one to write to
        task=cast("asyncio.Task[None]", None),
    )
    request.recorded_body = blueprint.body
    return request


def serve(
    blueprint: Blueprint,
    origin: Origin,
    *,
    protocol: BaseProtocol,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> ServedRequest:
    """Make the aiohttp request for a call that is being answered."""
    return _make(ServedRequest, blueprint, protocol, origin, writer=writer, task=task)


def _message(view: RequestView) -> RawRequestMessage:
    headers = view.headers
    version = HttpVersion11 if (told := view.version) == HttpVersion11 else HttpVersion(*told)
    # llhttp, here and in aiohttp, takes Proxy-Connection for Connection.
    listed = (*headers.getall(hdrs.CONNECTION, ()), *headers.getall("Proxy-Connection", ()))
    connection = {option.strip() for option in ",".join(listed).lower().split(",")}
    close = "close" in connection if version == HttpVersion11 else "keep-alive" not in connection
    encoding = headers.get(hdrs.CONTENT_ENCODING, "").lower()
    raw_headers = view.raw_headers
    if hdrs.UPGRADE in headers and version < HttpVersion11:  # RFC 9110 section 7.8: to be ignored
        raw_headers = tuple(pair for pair in raw_headers if pair[0].lower() != b"upgrade")
        kept = CIMultiDict(headers)
        kept.popall(hdrs.UPGRADE)
        headers = CIMultiDictProxy(kept)
    return RawRequestMessage(
        method=view.method,
        path=view.target,
        version=version,
        headers=headers,
        raw_headers=raw_headers,
        should_close=close,
        compression=encoding if encoding in ("gzip", "deflate", "br", "zstd") else None,
        upgrade="upgrade" in connection,
        chunked=headers.get(hdrs.TRANSFER_ENCODING, "").lower() == "chunked",
        url=view.url,
    )


_R = TypeVar("_R", bound=ServedRequest)


def _make(
    kind: type[_R],
    blueprint: Blueprint,
    protocol: BaseProtocol,
    origin: Origin,
    *,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> _R:
    payload: StreamReader = EMPTY_PAYLOAD
    body, message = blueprint.body, blueprint.message
    if isinstance(body, NotKeptError):
        payload = StreamReader(_Nowhere(origin), 1, loop=origin.loop)
        payload.set_exception(body)
    elif body or message.chunked:
        # The body is here, whole: it comes from a protocol that never pauses a connection.
        payload = StreamReader(_Nowhere(origin), max(len(body), 1), loop=origin.loop)
        payload.feed_data(body)
        payload.feed_eof()
    request = kind(
        message,
        payload,
        cast(web.RequestHandler, protocol),  # BaseRequest reads only what _Nowhere has
        writer,
        task,
        _loop(origin),
        client_max_size=origin.client_max_size,
    )
    if blueprint.selection is not None:
        request.selection = blueprint.selection
    return request


def _loop(origin: Origin) -> asyncio.AbstractEventLoop:
    """Return the loop of whoever looks: a record may be read when its service's loop is closed."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return origin.loop


def plain_request(
    *, method: str, version: HttpVersion, keep_alive: bool, writer: AbstractStreamWriter
) -> web.Request:
    """Make a request of which only these facts matter, for rendering an answer."""
    headers = CIMultiDictProxy(CIMultiDict[str]())
    message = RawRequestMessage(
        method, "/", version, headers, (), not keep_alive, None, False, False, URL("/")
    )
    origin = Origin(cast(asyncio.AbstractEventLoop, None), None, 0)
    return web.Request(
        message,
        EMPTY_PAYLOAD,
        cast(web.RequestHandler, _Nowhere(origin)),
        writer,
        cast("asyncio.Task[None]", None),
        origin.loop,
    )
