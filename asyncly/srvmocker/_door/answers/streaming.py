"""Answers whose body is written bit by bit, framed as aiohttp frames them.

aiohttp renders the head, once for each kind of request; what it says of the framing is then kept.
With chunked transfer coding each bit is a chunk (RFC 9112 section 7.1), otherwise the end of the
connection is the end of the body, or its length was told.

Invariants: an answer to HEAD is the head alone, and its body is not begun. A body that is shorter
than its head says ends with the connection; what is longer is cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf
from time import monotonic
from typing import Final, TypeAlias

from aiohttp import hdrs
from multidict import CIMultiDict

from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.ready import ReadyAnswer, bodiless
from asyncly.srvmocker._door.answers.scripts import Ending, Script, Step, joined

__all__ = ("Bit", "fixed_script", "stream_script")

Bit: TypeAlias = bytes | float
"""A part of a body, not empty; or seconds to wait, which may be infinite."""

_CHUNKED: Final = b"\r\ntransfer-encoding: chunked\r\n"
_LAST_CHUNK: Final = b"0\r\n\r\n"
_BLOCK: Final = 1 << 14  # bytes that are written at once
_MOST: Final = 64  # bits that are written at once


class StreamHead:
    """The head of an answer whose body follows bit by bit."""

    __slots__ = ("_headers", "_ready", "length", "status")

    def __init__(self, status: int, headers: CIMultiDict[str]) -> None:
        self.status: int = status
        self._headers = headers
        self._ready = ReadyAnswer(status, self._make)
        length = headers.get(hdrs.CONTENT_LENGTH)
        self.length: int | None = None if length is None else int(length)

    def _make(self) -> web.StreamResponse:
        return web.StreamResponse(status=self.status, headers=self._headers)

    def begin(self, kind: int) -> tuple[bytes, bool, bool]:
        """Return the head, whether what follows is chunked, and whether the connection ends."""
        rendered = self._ready.render(kind, monotonic())
        head = rendered.current
        return head, _CHUNKED in head.lower(), rendered.closes


def stream_script(status: int, headers: CIMultiDict[str], bits: Iterable[Bit]) -> Script:
    """Return what writes bits that are made as they are asked for."""
    head = StreamHead(status, headers)
    return Script(status, lambda kind: _steps(head, kind, _joined(bits), _joined(_framed(bits))))


def fixed_script(status: int, headers: CIMultiDict[str], bits: Iterable[Bit]) -> Script:
    """Return what writes bits that are always the same; it may be played many times."""
    head = StreamHead(status, headers)
    whole = tuple(bits)
    plain, framed = tuple(_joined(whole)), tuple(_joined(_framed(whole)))
    return Script(status, lambda kind: _steps(head, kind, plain, framed))


def _steps(
    head: StreamHead, kind: int, bits: Iterable[Bit], framed: Iterable[Bit]
) -> Iterator[Step]:
    written, chunked, closing = head.begin(kind)
    yield written
    if not bodiless(kind, head.status):
        if chunked:
            for bit in framed:
                yield Ending.HANG if bit == inf else bit
            yield _LAST_CHUNK
        else:
            left = inf if head.length is None else head.length
            for bit in bits if left else ():
                if isinstance(bit, bytes):
                    left -= len(bit)
                    yield bit if left >= 0 else bit[: int(left)]
                    if left <= 0:
                        break
                else:
                    yield Ending.HANG if bit == inf else bit
            closing = closing or left > 0
    if closing:
        yield Ending.CLOSE


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _framed(bits: Iterable[Bit]) -> Iterator[Bit]:
    return (_chunk(bit) if isinstance(bit, bytes) else bit for bit in bits)


def _joined(bits: Iterable[Bit]) -> Iterator[Bit]:
    return joined(bits, _BLOCK, _MOST)
