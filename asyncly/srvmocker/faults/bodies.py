"""Bodies that are not what the head has said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias, cast

from asyncly.srvmocker._door.answers.alterations import MALFORMED, cut_gzip, misframed, mismeasured
from asyncly.srvmocker._door.answers.alterations import ended as ended_by
from asyncly.srvmocker._door.answers.scripts import Ending, Step
from asyncly.srvmocker.faults._fault import AlteringFault, check_size
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.responses.raw import RawResponse

__all__ = (
    "ChunkError",
    "MalformedChunkResponse",
    "TruncatedGzipResponse",
    "TruncatedResponse",
    "WrongLengthResponse",
)

ChunkError: TypeAlias = Literal["size", "ending", "missing"]
"""What is wrong with a chunk: its size is no number, its data is longer than its size, or it is not
there although the body has not ended."""


class TruncatedResponse(AlteringFault):
    """Promises a longer body than it sends, and closes the connection.

    A client must take such a body for incomplete (RFC 9112 section 8).

    Args:
        body: What is sent of the body; a `str` is sent as UTF-8 text.
        declared_length: The `Content-Length` in bytes, more than the body has.
        status: The status code.
        headers: Header fields, without a `Content-Length`.

    Raises:
        ValueError: `declared_length` is not more than the body has, `headers` tell another one, or
            the status or a header cannot be sent.
        TypeError: `body` is neither bytes nor str, or `declared_length` no integer.

    Example:
        >>> from asyncly.srvmocker import MockRoute, TruncatedResponse, start_service
        >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
        ...     service.register("home", TruncatedResponse(b'{"items": [', 500))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         await (await client.get("/")).read()
        Traceback (most recent call last):
        aiohttp.client_exceptions.ClientPayloadError: Response payload is not completed: ...
    """

    def __init__(
        self,
        body: bytes | bytearray | memoryview | str,
        declared_length: int,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        answer = RawResponse(body, status, headers)
        content = answer.serialize()
        assert isinstance(content, bytes), "a raw response has nothing else"
        self._declared: int = check_size("declared_length", declared_length)
        self._size: int = len(content)
        if self._declared <= self._size:
            raise ValueError(
                f"declared_length={declared_length} is not more than the {self._size} bytes of the "
                "body, so nothing would be missing; WrongLengthResponse tells too small a length"
            )
        if "Content-Length" in answer.headers:
            raise ValueError("headers tell a Content-Length: give declared_length alone")
        super().__init__(answer)

    def _alter(self, steps: Iterator[Step], kind: int) -> Iterator[Step]:
        return ended_by(mismeasured(steps, kind, self._declared, relative=False), Ending.CLOSE)

    def __repr__(self) -> str:
        return f"<TruncatedResponse {self._size} of {self._declared} bytes>"


class WrongLengthResponse(AlteringFault):
    """Tells a wrong `Content-Length`, and keeps the connection.

    With too small a length, the rest of the body stands where the next answer is due; with too
    large a one the client waits, or takes the beginning of the next answer for the rest.

    Args:
        response: What is answered; where it is not given, a 200 with some text.
        by: How many bytes the length is more than the body; less where it is negative. No length
            is less than 0.

    Raises:
        ValueError: `by` is 0.
        TypeError: `response` is no response, or `by` no integer.

    An answer that is a head alone (to HEAD, a 204, a 304) stays one; its head tells the wrong
    length, counted from 0 where it told none. Any other one without a `Content-Length` makes a 500,
    and a `TypeError` in `service.errors`; one whose length would be right, as it has no body that
    could be told shorter, a `ValueError`.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, WrongLengthResponse
        >>> WrongLengthResponse(JsonResponse({"ok": True}), by=-2)
        <WrongLengthResponse by -2, of <JsonResponse 200 application/json, 12 bytes>>
    """

    def __init__(self, response: BaseMockResponse | None = None, *, by: int) -> None:
        super().__init__(response)
        self._by: int = check_size("by", by, least=None)
        if by == 0:
            raise ValueError("by=0 is no wrong length: give another number of bytes")

    def _alter(self, steps: Iterator[Step], kind: int) -> Iterator[Step]:
        return mismeasured(steps, kind, self._by, relative=True)

    def __repr__(self) -> str:
        return f"<WrongLengthResponse by {self._by:+}, of {self._response!r}>"


class MalformedChunkResponse(AlteringFault):
    """Sends the body in chunks (RFC 9112 section 7.1), of which the last is malformed, and closes.

    Args:
        response: What is answered; where it is not given, a 200 with some text. A body that comes
            in chunks anyway begins with the malformed one. An answer that is a head alone (to HEAD,
            a 204, a 304) says that it comes in chunks, and has none.
        error: What is wrong: `"size"` (it is no hexadecimal number), `"ending"` (the data goes on
            behind it), or `"missing"` (the connection ends without a last chunk).

    Raises:
        ValueError: `error` is another word.
        TypeError: `response` is no response.

    Example:
        >>> from asyncly.srvmocker import MalformedChunkResponse
        >>> MalformedChunkResponse(error="missing")
        <MalformedChunkResponse missing, of <RawResponse 200 text/plain, 1024 bytes>>
    """

    def __init__(
        self, response: BaseMockResponse | None = None, *, error: ChunkError = "size"
    ) -> None:
        super().__init__(response)
        if not isinstance(cast(object, error), str) or error not in MALFORMED:
            raise ValueError(f"error={error!r} is none of {', '.join(MALFORMED)}")
        self._error: str = error

    def _alter(self, steps: Iterator[Step], kind: int) -> Iterator[Step]:
        return misframed(steps, kind, MALFORMED[self._error])

    def __repr__(self) -> str:
        return f"<MalformedChunkResponse {self._error}, of {self._response!r}>"


class TruncatedGzipResponse(AlteringFault):
    """Sends a body that is compressed with gzip (RFC 1952), without its last bytes.

    The `Content-Length` is right, so that the message is whole, but what it carries is not. Many
    clients do not notice.

    Args:
        response: What is answered; where it is not given, a 200 with some text. A body that has a
            `Content-Encoding` already is cut as it is.
        missing: How many of the last bytes are left out; the last 8 are the check sum and the size.

    Raises:
        ValueError: `missing` is less than 1.
        TypeError: `response` is no response, or `missing` no integer.

    An answer that is a head alone (to HEAD, a 204, a 304) stays as it is. Any other one without a
    `Content-Length` makes a 500, and a `TypeError` in `service.errors`.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, TruncatedGzipResponse
        >>> TruncatedGzipResponse(JsonResponse({"ok": True}), missing=12)
        <TruncatedGzipResponse without 12 bytes, of <JsonResponse 200 application/json, 12 bytes>>
    """

    def __init__(self, response: BaseMockResponse | None = None, *, missing: int = 8) -> None:
        super().__init__(response)
        self._missing: int = check_size("missing", missing, least=1)

    def _alter(self, steps: Iterator[Step], kind: int) -> Iterator[Step]:
        return cut_gzip(steps, kind, self._missing)

    def __repr__(self) -> str:
        return f"<TruncatedGzipResponse without {self._missing} bytes, of {self._response!r}>"
