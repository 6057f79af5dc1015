"""Bodies that are sent in parts, with pauses between them.

Invariants: each request gets a pass of its own over the parts; what is a list is encoded once, when
the response is made, and anything else part by part, when it is its turn and the client reads. So a
stream may go on for ever.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
)
from dataclasses import dataclass
from functools import partial
from inspect import iscoroutinefunction, signature
from math import inf, isnan
from typing import ClassVar, Final, Generic, TypeAlias, TypeVar, cast

from aiohttp import hdrs

from asyncly.srvmocker._core.answer import check_headers, check_status
from asyncly.srvmocker._core.delays import need_number
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.plans import Plan
from asyncly.srvmocker._door.answers.streaming import Bit, fixed_script, stream_script
from asyncly.srvmocker.responses.base import BaseMockResponse

# `StreamedResponse` is for the package's own modules, and no part of its interface.
__all__ = ("ChunkedResponse", "Source", "Wait")

T = TypeVar("T")

Source: TypeAlias = (
    Iterable[T] | AsyncIterable[T] | Callable[[], Iterable[T]] | Callable[[], AsyncIterable[T]]
)
"""What the parts of a stream are taken from, anew for each request: a list or another iterable that
can be gone through many times, or a function that returns an iterable, such as a generator
function; either may be asynchronous."""


@dataclass(frozen=True)
class Wait:
    """A pause in a stream or a conversation.

    Args:
        seconds: How long; `math.inf` waits until the client leaves or the service is closed.

    Raises:
        ValueError: `seconds` is negative or NaN.
        TypeError: It is no number.

    Example:
        >>> from asyncly.srvmocker import ChunkedResponse, Wait
        >>> slow = ChunkedResponse([b"first", Wait(0.5), b"second"])
    """

    seconds: float

    def __post_init__(self) -> None:
        need_number("seconds", self.seconds)
        if isnan(self.seconds) or self.seconds < 0:
            raise ValueError(f"seconds={self.seconds!r} is not a time in seconds: give 0 or more")


class StreamedResponse(BaseMockResponse, Generic[T]):
    """Answers with a body that is sent part by part."""

    def __init__(
        self,
        what: str,
        source: Source[T | Wait],
        *,
        status: int,
        headers: Mapping[str, str] | None,
        content_type: str,
        first: bytes = b"",
    ) -> None:
        self._first: bytes = first
        self._what: str = what
        self._source: Source[T | Wait] = source
        self._status: int = check_status(status)
        if status < 200 or status in (204, 304):
            raise ValueError(f"status={status}: a response with this status has no body")
        self._headers = check_headers(headers)
        if hdrs.TRANSFER_ENCODING in self._headers:
            raise ValueError(f"headers: {hdrs.TRANSFER_ENCODING} is set by the server")
        length = self._headers.get(hdrs.CONTENT_LENGTH)
        if length is not None and not (length.isascii() and length.isdigit()):
            raise ValueError(f"headers: {hdrs.CONTENT_LENGTH} {length!r} is not a number")
        if hdrs.CONTENT_TYPE not in self._headers:
            self._headers.extend(check_headers([("Content-Type", content_type)]))
        self._check_source(source)
        self._script = None
        if isinstance(source, (list, tuple)):
            self._script = fixed_script(
                self._status, self._headers, self._bits(cast("Iterable[T | Wait]", source))
            )

    def _check_source(self, source: object) -> None:
        if isinstance(source, (str, bytes, bytearray, memoryview, Mapping)):
            kind = type(cast(object, source)).__name__
            raise TypeError(f"{self._what}: give a list of them, not one {kind}")
        if isinstance(source, (Iterator, AsyncIterator)):
            raise TypeError(
                f"{self._what}: {source!r} can be gone through only once, and each request needs "
                "them: give a list, or the function that makes it"
            )
        if iscoroutinefunction(source):
            raise TypeError(
                f"{self._what}: {source!r} returns a coroutine: yield the parts, or return them "
                "without async"
            )
        if callable(source):
            self._check_takes_nothing(source)
        elif not isinstance(source, (Iterable, AsyncIterable)):
            raise TypeError(
                f"{self._what}: {source!r} is neither iterable nor a function that returns "
                "an iterable"
            )

    def _check_takes_nothing(self, source: Callable[..., object]) -> None:
        try:
            signature(source).bind()
        except ValueError:
            return  # nobody knows what it takes
        except TypeError as error:
            raise TypeError(f"{self._what}: {source!r} is given nothing: {error}") from None

    @abstractmethod
    def _encode(self, part: T) -> bytes:
        """Return the bytes of a part."""

    @property
    def status(self) -> int:
        """The status code."""
        return self._status

    @property
    def headers(self) -> Mapping[str, str]:
        """A copy of the header fields, with the `Content-Type` that will be sent."""
        return self._headers.copy()

    def _begin(self) -> Iterable[T | Wait] | AsyncIterable[T | Wait]:
        source = self._source
        if not callable(source):
            return source
        made = source()
        if not isinstance(cast(object, made), (Iterable, AsyncIterable)):
            raise TypeError(f"{self._what}: {source!r} returned {made!r}, which is not iterable")
        return made

    def _bit(self, part: T | Wait) -> Bit:
        return float(part.seconds) if isinstance(part, Wait) else self._encode(part)

    def _bits(self, parts: Iterable[T | Wait]) -> Iterator[Bit]:
        if self._first:
            yield self._first
        for part in parts:
            # An empty chunk would end the body; who makes nothing else lets others have their turn.
            yield self._bit(part) or 0.0

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Write the answer; returns when all of it was written."""
        return await self._write(self._begin(), request)

    async def _write(
        self, parts: Iterable[T | Wait] | AsyncIterable[T | Wait], request: web.Request
    ) -> web.StreamResponse:
        answer = web.StreamResponse(status=self._status, headers=self._headers)
        await answer.prepare(request)
        if request.method == hdrs.METH_HEAD:
            return answer
        await answer.write(self._first)
        if isinstance(parts, AsyncIterable):
            async for part in parts:
                await _put(answer, self._bit(part))
        else:
            for part in parts:
                await _put(answer, self._bit(part))
        return answer

    def __plan__(self) -> Plan:
        """Write without a task, unless the parts come from something asynchronous."""
        if type(self).response is not _BY_ITSELF:
            return self
        if self._script is not None:
            return self._script
        parts = self._begin()
        if isinstance(parts, AsyncIterable):
            return _Begun(partial(self._write, parts), repr(self))
        return stream_script(self._status, self._headers, self._bits(parts))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._status} {self._headers[hdrs.CONTENT_TYPE]}>"


_BY_ITSELF: Final[object] = StreamedResponse[object].response


async def _put(answer: web.StreamResponse, bit: Bit) -> None:
    if isinstance(bit, bytes):
        await answer.write(bit)
    elif bit == inf:
        await asyncio.get_running_loop().create_future()
    else:
        await asyncio.sleep(bit)


class _Begun(BaseMockResponse):
    """A stream whose parts are asynchronous."""

    __writes_itself__: ClassVar[bool] = True

    def __init__(
        self, write: Callable[[web.Request], Awaitable[web.StreamResponse]], told: str
    ) -> None:
        self._write = write
        self._told = told

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Write it."""
        return await self._write(request)

    def __repr__(self) -> str:
        return f"{self._told}, whose parts are asynchronous,"


class ChunkedResponse(StreamedResponse[bytes | str]):
    r"""Answers with a body in chunks, with pauses where a `Wait` stands.

    In HTTP/1.1 they are chunks on the wire too (RFC 9112 section 7.1), unless `headers` has a
    `Content-Length`; a client of HTTP/1.0 gets the body as it is, and the end of the connection as
    its end.

    Args:
        chunks: `bytes`, or `str`, which is sent as UTF-8, and `Wait`s: in a list, or from a
            function that returns an iterable, such as a generator function. Each request gets a
            pass of its own. An asynchronous iterable will do. An exception cuts the answer and
            is kept in `MockService.errors`.
        status: The status code.
        headers: Header fields.
        content_type: The `Content-Type`, unless `headers` has one.

    Raises:
        TypeError: `chunks` is none of these, or can be gone through only once; a header or
            `content_type` is no `str`.
        ValueError: The status or a header cannot be sent, or the status is one without a body.

    Example:
        >>> from asyncly.srvmocker import ChunkedResponse, MockRoute, Wait, start_service
        >>> async with start_service([MockRoute("GET", "/log", "log")]) as service:
        ...     service.register("log", ChunkedResponse(["one\n", Wait(0.01), "two\n"]))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         async with client.get("/log") as answer:
        ...             [chunk async for chunk in answer.content]
        [b'one\n', b'two\n']
    """

    def __init__(
        self,
        chunks: Source[bytes | str | Wait],
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/octet-stream",
    ) -> None:
        super().__init__(
            "chunks", chunks, status=status, headers=headers, content_type=content_type
        )

    def _encode(self, part: bytes | str) -> bytes:
        if isinstance(part, str):
            return part.encode()
        if isinstance(cast(object, part), (bytes, bytearray, memoryview)):
            return bytes(part)
        raise TypeError(f"a chunk is bytes, str or Wait(seconds), not {part!r}")
