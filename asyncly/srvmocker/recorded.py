"""A recorded request, as users see it.

Invariants: what a recorded request says never changes; nothing is decoded before it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar, cast, overload

from multidict import CIMultiDictProxy, MultiMapping
from yarl import URL

from asyncly.srvmocker._core.jsonbody import parse
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.aio.calls import CallSource, GivenCall
from asyncly.srvmocker.exceptions import NotKeptError, PayloadError, leaves_out_frames
from asyncly.srvmocker.typing import JsonValue

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from asyncly.srvmocker._core.content import ReceivedPart

# `from_source` and `view_of_call` are for the package's own modules, and no part of its interface.
__all__ = ("RecordedRequest", "RequestHistory")

__tracebackhide__ = leaves_out_frames

T = TypeVar("T")


class RequestHistory:
    """A recorded request.

    Args:
        request: The aiohttp request.
        body: The bytes of its body, decompressed where the client sent a `Content-Encoding`.

    Those that a service hands out are made on demand from what it recorded. Two that stand for the
    same call are equal.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, MockRoute, start_service
        >>> async with start_service([MockRoute("GET", "/items/{id}", "item")]) as service:
        ...     service.register("item", JsonResponse({}))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         await (await client.get("/items/7?full=1")).read()
        ...     call = service.last_call("item")
        b'{}'
        >>> call.method, call.path, call.path_params["id"], call.query["full"], call.handler_name
        ('GET', '/items/7', '7', '1', 'item')
    """

    __slots__ = ("_source",)
    __match_args__ = ("request", "body")

    def __init__(self, request: web.BaseRequest, body: bytes) -> None:
        self._source: CallSource = GivenCall(request, body)

    @property
    def request(self) -> web.BaseRequest:
        """The aiohttp request: made from the record when it is first looked at."""
        return self._source.request

    @property
    def body(self) -> bytes:
        """The bytes of the body."""
        return self._source.view.body

    @property
    def method(self) -> str:
        """The method, such as `GET`."""
        return self._source.view.method

    @property
    def url(self) -> URL:
        """The absolute URL."""
        return self._source.request.url

    @property
    def path(self) -> str:
        """The decoded path."""
        return self._source.view.rel_url.path

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """The header fields, names in any case."""
        return self._source.view.headers

    @property
    def query(self) -> MultiMapping[str]:
        """The decoded query parameters."""
        return self._source.view.query

    @property
    def path_params(self) -> Mapping[str, str]:
        """The decoded values of the variables in the route's path."""
        return self._source.path_params

    @property
    def handler_name(self) -> str:
        """The handler that the request was recorded under; empty where there is none."""
        return self._source.handler_name

    @property
    def injected(self) -> str | None:
        """The name of the injection that answered it (`MockService.inject`), or `None`.

        It is noted when the answer begins, so a request that was looked up before tells of none.
        """
        return self._source.injected

    @property
    def cookies(self) -> MultiMapping[str]:
        """The cookies (RFC 6265 section 5.4); where a name was sent twice, the first is told first.

        Those of `request` have the last one only.
        """
        return self._source.view.cookies

    @property
    def text(self) -> str:
        """The body as text, decoded by the charset of its Content-Type, or else as UTF-8.

        Raises:
            PayloadError: It is no such text.
        """
        view = self._source.view
        text = view.text
        if text is None:
            problem = f"it is no {view.media_type.charset} text"
            raise PayloadError(self._subject, "str", [problem])
        return text

    @property
    def form(self) -> MultiMapping[str]:
        """The decoded fields of an `application/x-www-form-urlencoded` body; others have none."""
        return self._source.view.form

    @property
    def parts(self) -> Sequence[ReceivedPart]:
        """The parts of a `multipart/form-data` body, in order; others have none.

        Raises:
            ImportError: The `multipart` extra is not installed.
            PayloadError: The body says that it is one, and cannot be read as such (RFC 7578).
        """
        found = self._source.view.multipart
        if found.trouble:
            raise PayloadError(self._subject, "multipart/form-data", [found.trouble])
        return found.parts

    def json(self) -> JsonValue:
        """Return the body parsed as JSON: a value of one's own, each time.

        Raises:
            PayloadError: It is not JSON.

        Example:
            >>> from asyncly.srvmocker import JsonResponse, MockRoute, start_service
            >>> async with start_service([MockRoute("POST", "/orders", "create")]) as service:
            ...     service.register("create", JsonResponse({}))
            ...     async with aiohttp.ClientSession(service.url) as client:
            ...         response = await client.post("/orders", json={"item": "tea"})
            ...     service.last_call("create").json()
            {'item': 'tea'}
        """
        document = parse(self._source.view.body)
        if not document.valid:
            from asyncly.srvmocker.payload import not_json  # noqa: PLC0415 - on failure

            raise not_json(self._source.view.body, self._subject)
        return cast(JsonValue, document.value)

    # Checkers that do not know PEP 747 yet take the first one, for classes.
    @overload
    def decode(self, kind: type[T], /) -> T: ...
    @overload
    def decode(self, kind: TypeForm[T], /) -> T: ...
    def decode(self, kind: TypeForm[T], /) -> T:
        """Return the JSON body as a value of a type; needs the `typed` extra.

        Args:
            kind: What msgspec can decode (plain JSON types, dataclasses, `TypedDict`s, structs,
                enums, dates, unions, `Annotated` with `msgspec.Meta`, and containers of these), or
                what pydantic can, where a model or constraint of pydantic's is part of it.

        Raises:
            PayloadError: The body is not JSON, or does not fit the type. An `AssertionError`, too.
            TypeError: Nothing can be decoded into this type.
            ImportError: The `typed` extra is not installed.

        Example:
            >>> from dataclasses import dataclass
            >>> from asyncly.srvmocker import JsonResponse, MockRoute, start_service
            >>> @dataclass
            ... class Order:
            ...     item: str
            ...     price: float
            >>> async with start_service([MockRoute("POST", "/orders", "create")]) as service:
            ...     service.register("create", JsonResponse({}))
            ...     async with aiohttp.ClientSession(service.url) as client:
            ...         await client.post("/orders", json={"item": "tea", "price": 3})
            ...     call = service.last_call("create")
            <ClientResponse(...) [200 OK]>
            ...
            >>> call.decode(Order)
            Order(item='tea', price=3.0)
            >>> call.decode(dict[str, int])
            Traceback (most recent call last):
            asyncly.srvmocker.exceptions.PayloadError: handler 'create': the body does not fit
                dict[str, int]: $.item: expected int, got str
        """
        from asyncly.srvmocker.payload import decode_body  # noqa: PLC0415 - rarely used

        return decode_body(self._source.view.body, kind, of=self._subject)

    @property
    def _subject(self) -> str:
        """Whose body it is, for the text of an error."""
        view, name = self._source.view, self.handler_name
        return f"handler {name!r}" if name else f"{view.method} {view.target}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RequestHistory):
            return NotImplemented
        return self._source.identity == other._source.identity

    def __hash__(self) -> int:
        return hash(self._source.identity)

    def __copy__(self) -> RequestHistory:
        return self  # it never changes

    def __deepcopy__(self, memo: object) -> RequestHistory:
        return self

    def __repr__(self) -> str:
        view = self._source.view
        try:
            body = f"{len(view.body)} bytes"
        except NotKeptError:  # whoever looks at a failed test is to see which call it was
            body = "body not kept"
        return f"<RequestHistory {view.method} {view.target} -> {self.handler_name!r}, {body}>"


class _Recorded(RequestHistory):
    __slots__ = ()

    def __init__(self, source: CallSource) -> None:
        self._source = source


RecordedRequest = RequestHistory
"""The name that later releases of the published package gave to `RequestHistory`."""


def from_source(source: CallSource) -> RequestHistory:
    """Make the object for a call that the journal holds."""
    return _Recorded(source)


def view_of_call(call: RequestHistory) -> RequestView:
    """Return the core's view of a call, without making an aiohttp request for it."""
    return call._source.view  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # see __all__
