"""Answers that are finished before anybody asks for them.

aiohttp itself renders them, once for each kind of request that makes a difference (HEAD or not,
HTTP version, keep-alive or not), into a captured transport; what is replayed afterwards are those
bytes, with the Date brought up to date once a second. So the bytes are aiohttp's, whatever its
release, and cost one write.

Invariant: an answer does not depend on anything else in the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf
from typing import Any, Final, cast

from aiohttp import hdrs
from aiohttp.base_protocol import BaseProtocol
from aiohttp.helpers import rfc822_formatted_time
from aiohttp.http import HttpVersion, StreamWriter

from asyncly.srvmocker._door.aio import aioweb as web

__all__ = (
    "PLAIN_KINDS",
    "ReadyAnswer",
    "Rendered",
    "bodiless",
    "capture",
    "closes",
    "kind_of",
    "kind_of_request",
)


# What of a request makes a difference to the bytes of an answer, as bits of a number.
_HEAD: Final = 1
_HTTP_1_0: Final = 2
_CLOSE: Final = 4
_CONNECT: Final = 8
_KINDS: Final = 16
_METHODS: Final = {"HEAD": _HEAD, "CONNECT": _CONNECT}


PLAIN_KINDS: Final = {"HEAD": _HEAD}
"""The kinds of requests of HTTP/1.1 on a connection that stays open, where they are not 0."""


def kind_of(method: str, version: str, keep_alive: bool) -> int:
    """Return what makes a difference to an answer as a number; `version` is `1.0` or `1.1`."""
    return (
        _METHODS.get(method, 0)
        | (_HTTP_1_0 if version == "1.0" else 0)
        | (0 if keep_alive else _CLOSE)
    )


def kind_of_request(request: web.BaseRequest) -> int:
    """Return the same of a request of aiohttp's."""
    version = f"{request.version.major}.{request.version.minor}"
    return kind_of(request.method, version, request.keep_alive)


def closes(kind: int) -> bool:
    """Whether a request of this kind is the last one of its connection."""
    return bool(kind & _CLOSE)


def bodiless(kind: int, status: int) -> bool:
    """Whether the answer is a head alone (RFC 9112 section 6.3); `status` is one with a body."""
    return bool(kind & _HEAD or (kind & _CONNECT and status < 300))


class _Capture(asyncio.Transport):
    """A transport that keeps what is written; `writelines` is asyncio's, and calls `write`."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return False


class Rendered:
    """The bytes of one answer for one kind of request; `current` is good `until` that time."""

    __slots__ = ("after_date", "before_date", "closes", "current", "status", "until")

    def __init__(self, rendered: bytes, status: int, date: bytes | None, closes: bool) -> None:
        self.status: int = status
        self.closes: bool = closes
        self.current: bytes = rendered
        self.before_date: bytes = b""
        self.after_date: bytes = b""
        self.until: float = -inf if date is not None else inf
        if date is not None:
            # With its name: a field of the user's may hold the same time.
            before, name, self.after_date = rendered.partition(b"\r\nDate: " + date)
            self.before_date = before + name[: -len(date)]


class ReadyAnswer:
    """A response of which every byte but the Date is known beforehand.

    Of one that is no `web.Response`, which has a body, the head alone is rendered.
    """

    __slots__ = ("_make", "by_kind", "status")

    def __init__(self, status: int, make: Callable[[], web.StreamResponse]) -> None:
        """Take the function that makes the aiohttp response to render."""
        self.status: int = status
        self._make = make
        self.by_kind: list[Rendered | None] = [None] * _KINDS
        """What was rendered so far; its Date may be old."""

    def render(self, kind: int, now: float) -> Rendered:
        """Return what to write, with the Date of this second.

        `kind` is from `kind_of`, `now` the time of the monotonic clock in seconds.
        """
        rendered = self.by_kind[kind]
        if rendered is None:
            rendered = self.by_kind[kind] = _render(self._make(), kind)
        if rendered.until <= now:
            rendered.until = float(int(now) + 1)
            rendered.current = b"%b%b%b" % (
                rendered.before_date,
                rfc822_formatted_time().encode("ascii"),
                rendered.after_date,
            )
        return rendered


def _render(response: web.StreamResponse, kind: int) -> Rendered:
    dated = hdrs.DATE not in response.headers
    written, request = _nowhere(kind)
    _finish(response, request)
    date = response.headers[hdrs.DATE].encode("ascii") if dated else None
    return Rendered(b"".join(written), response.status, date, not response.keep_alive)


async def capture(response: web.Response, kind: int) -> bytes:
    """Return the bytes that aiohttp would send."""
    written, request = _nowhere(kind)
    await response.prepare(request)
    await response.write_eof()
    return b"".join(written)


def _nowhere(kind: int) -> tuple[list[bytes], web.Request]:
    """Return a request of a kind, and what will hold whatever is written as its answer."""
    from asyncly.srvmocker._door.aio.requests import (  # noqa: PLC0415 - it needs aiohttp.web
        plain_request,
    )

    transport = _Capture()
    loop = cast(asyncio.AbstractEventLoop, None)  # a writer that is never paused asks for no loop
    protocol = BaseProtocol(loop)
    protocol.connection_made(transport)
    request = plain_request(
        method=_method_of(kind),
        version=HttpVersion(1, 0 if kind & _HTTP_1_0 else 1),
        keep_alive=not kind & _CLOSE,
        writer=StreamWriter(protocol, loop),
    )
    return transport.written, request


def _method_of(kind: int) -> str:
    if kind & _HEAD:
        return hdrs.METH_HEAD
    return hdrs.METH_CONNECT if kind & _CONNECT else hdrs.METH_GET


def _finish(response: web.StreamResponse, request: web.Request) -> None:
    """Run what aiohttp does to send a response; nothing in it has to wait."""

    async def send() -> None:
        await response.prepare(request)
        if isinstance(response, web.Response):
            await response.write_eof()

    steps = send()
    try:
        steps.send(None)
    except StopIteration:
        return
    raise AssertionError("aiohttp waited while rendering an answer")
