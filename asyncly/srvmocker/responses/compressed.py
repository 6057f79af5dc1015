"""Compressed bodies.

Invariants: a body is compressed once, when the response is made; both forms of it are ready
answers. A client that does not accept the coding gets the plain one, unless the response does not
negotiate.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable
from typing import Final, Literal, TypeAlias, get_args

from aiohttp import hdrs
from multidict import CIMultiDict

from asyncly.srvmocker._core.negotiation import accepts_coding
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.plans import Computed, Plan
from asyncly.srvmocker.recorded import RecordedRequest
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.responses.content import ContentResponse
from asyncly.srvmocker.serialization.base import missing_extra

__all__ = ("Coding", "CompressedResponse")

Coding: TypeAlias = Literal["gzip", "deflate", "br", "zstd"]
"""A content coding (RFC 9110 section 8.4.1); `br` and `zstd` need the extra of that name."""


class CompressedResponse(BaseMockResponse):
    """Answers as another response does, with a compressed body (`Content-Encoding`).

    A client gets it where its `Accept-Encoding` field names the coding, or `*`, with a weight above
    0 that is not below that of `identity` (RFC 9110 section 12.5.3). One without such a field may
    be sent any coding, but gets the plain body, as from most servers. Both answers say
    `Vary: Accept-Encoding`.

    Args:
        wrapped: The response whose body is compressed.
        coding: `"gzip"`, `"deflate"`, `"br"` or `"zstd"`.
        negotiate: Without it every client gets the compressed body, whatever it accepts, and there
            is no `Vary`.

    Raises:
        ValueError: There is no such coding, or the wrapped response has a `Content-Encoding`.
        TypeError: `wrapped` is not a response with a body that is known.
        ImportError: The extra for the coding is not installed.

    Example:
        >>> from asyncly.srvmocker import CompressedResponse, JsonResponse
        >>> CompressedResponse(JsonResponse(["a"] * 100), "gzip")
        <CompressedResponse gzip of <JsonResponse 200 application/json, 500 bytes>>
    """

    def __init__(
        self, wrapped: ContentResponse, coding: Coding = "gzip", *, negotiate: bool = True
    ) -> None:
        content = _content(wrapped)
        headers = CIMultiDict(wrapped.headers)
        if hdrs.CONTENT_ENCODING in headers:
            raise ValueError(
                f"{wrapped!r} has the Content-Encoding {headers[hdrs.CONTENT_ENCODING]!r} already"
            )
        self._wrapped: ContentResponse = wrapped
        self._coding: Coding = coding
        compressed = _compress(content, coding)
        if negotiate:
            _vary(headers)
        self._plain: ContentResponse = ContentResponse(content, wrapped.status, headers)
        headers[hdrs.CONTENT_ENCODING] = coding
        headers.popall(hdrs.CONTENT_LENGTH, None)  # it was the plain body's
        self._compressed: ContentResponse = ContentResponse(compressed, wrapped.status, headers)
        self._negotiate: bool = negotiate
        self._computed: Computed = Computed(self._make)
        self.__ready__ = None
        if not negotiate and type(self).response is CompressedResponse.response:
            self.__ready__ = self._compressed.__ready__

    @property
    def wrapped(self) -> ContentResponse:
        """The response whose body is compressed."""
        return self._wrapped

    @property
    def coding(self) -> Coding:
        """The content coding."""
        return self._coding

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Return the compressed or the plain answer."""
        return await self._choose(request.headers.getall(hdrs.ACCEPT_ENCODING, [])).response(
            request
        )

    def __plan__(self) -> Plan:
        """Answer with finished bytes, unless a subclass answers in a way of its own."""
        if type(self).response is not CompressedResponse.response:
            return self
        return self.__ready__ or self._computed

    def _make(self, request: RecordedRequest) -> Plan:
        return self._choose(request.headers.getall(hdrs.ACCEPT_ENCODING, [])).__plan__()

    def _choose(self, accepted: list[str]) -> ContentResponse:
        if not self._negotiate or accepts_coding(",".join(accepted), self._coding):
            return self._compressed
        return self._plain

    def __repr__(self) -> str:
        return f"<CompressedResponse {self._coding} of {self._wrapped!r}>"


def _content(wrapped: object) -> bytes:
    if not isinstance(wrapped, ContentResponse):
        raise TypeError(f"wrapped={wrapped!r} is not a ContentResponse, such as JsonResponse(...)")
    content = wrapped.serialize() or b""
    if wrapped.__ready__ is None or not isinstance(content, bytes):
        raise TypeError(f"wrapped={wrapped!r} has no body that is known before a client asks")
    return content


def _vary(headers: CIMultiDict[str]) -> None:
    varies = headers.getall(hdrs.VARY, [])
    names = {name.strip().lower() for field in varies for name in field.split(",")}
    if not names & {"*", "accept-encoding"}:
        headers.add(hdrs.VARY, hdrs.ACCEPT_ENCODING)


def _compress(content: bytes, coding: object) -> bytes:
    compress = _COMPRESSORS.get(coding) if isinstance(coding, str) else None
    if compress is None:
        raise ValueError(f"coding={coding!r} is none of {', '.join(get_args(Coding))}")
    return compress(content)


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # the same bytes in every run


def _brotli(content: bytes) -> bytes:
    try:
        import brotli  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing_extra("brotli", "br", error) from error
    return brotli.compress(content)


if sys.version_info >= (3, 14):
    from compression.zstd import compress as _zstd
else:

    def _zstd(content: bytes) -> bytes:
        try:
            from backports import zstd  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise missing_extra("backports.zstd", "zstd", error) from error
        return zstd.compress(content)


_COMPRESSORS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": _gzip,
    "deflate": zlib.compress,  # the zlib format (RFC 9110 section 8.4.1.2)
    "br": _brotli,
    "zstd": _zstd,
}
