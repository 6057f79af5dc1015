"""Answers that are finished before anybody asks for them.

aiohttp itself renders them, once for each kind of request that makes a difference (HEAD or not,
HTTP version, keep-alive or not), into a captured transport; what is replayed afterwards are those
bytes, with the Date brought up to date once a second. So the bytes are aiohttp's, whatever its
release, and cost one write.

Invariant: an answer does not depend on anything else in the request.
"""

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any, Final, NamedTuple, cast

from aiohttp import hdrs, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.helpers import rfc822_formatted_time
from aiohttp.http import HttpVersion, StreamWriter

from asyncly.srvmocker._door.requests import plain_request

__all__ = ("Kind", "ReadyAnswer", "kind_of")


class Kind(NamedTuple):
    """What of a request makes a difference to the bytes of an answer."""

    head: bool
    version: tuple[int, int]
    keep_alive: bool


_KINDS: Final = {
    (method, version, keep_alive): Kind(method == "HEAD", (1, int(version[-1])), keep_alive)
    for method in ("HEAD", "")
    for version in ("1.1", "1.0")
    for keep_alive in (True, False)
}


def kind_of(method: str, version: str, keep_alive: bool) -> Kind:
    """Return the kind of a request; `version` is `1.0` or `1.1`."""
    return _KINDS["HEAD" if method == "HEAD" else "", version, keep_alive]


class _Capture(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        self.written.append(bytes(data))

    def writelines(self, list_of_data: "Iterable[bytes | bytearray | memoryview[Any]]") -> None:
        self.written += [bytes(data) for data in list_of_data]

    def is_closing(self) -> bool:
        return False


class _Rendered:
    """The bytes of one answer for one kind of request; `current` is good for `second`."""

    __slots__ = ("after_date", "before_date", "closes", "current", "second")

    def __init__(self, rendered: bytes, date: bytes | None, closes: bool) -> None:
        self.closes = closes
        self.current = rendered
        self.before_date = b""
        self.after_date = b""
        self.second = -1 if date is not None else _FOREVER
        if date is not None:
            self.before_date, _, self.after_date = rendered.partition(date)


_FOREVER: Final = 1 << 62


class ReadyAnswer:
    """A response of which every byte but the Date is known beforehand."""

    __slots__ = ("_by_kind", "_make", "status")

    def __init__(self, status: int, make: Callable[[], web.Response]) -> None:
        """Take the function that makes the aiohttp response to render."""
        self.status = status
        self._make = make
        self._by_kind: dict[Kind, _Rendered] = {}

    def render(self, kind: Kind) -> tuple[bytes, bool]:
        """Return the bytes to write, and whether the connection closes behind them."""
        rendered = self._by_kind.get(kind)
        if rendered is None:
            rendered = self._by_kind[kind] = _render(self._make(), kind)
        now = int(monotonic())
        if rendered.second < now:
            rendered.second = now
            rendered.current = b"%b%b%b" % (
                rendered.before_date,
                rfc822_formatted_time().encode("ascii"),
                rendered.after_date,
            )
        return rendered.current, rendered.closes


def _render(response: web.Response, kind: Kind) -> _Rendered:
    dated = hdrs.DATE not in response.headers
    capture = _Capture()
    loop = cast(asyncio.AbstractEventLoop, None)  # a writer that is never paused asks for no loop
    protocol = BaseProtocol(loop)
    protocol.connection_made(capture)
    request = plain_request(
        method=hdrs.METH_HEAD if kind.head else hdrs.METH_GET,
        version=HttpVersion(*kind.version),
        keep_alive=kind.keep_alive,
        writer=StreamWriter(protocol, loop),
    )
    _finish(response, request)
    date = response.headers[hdrs.DATE].encode("ascii") if dated else None
    return _Rendered(b"".join(capture.written), date, not response.keep_alive)


def _finish(response: web.Response, request: web.Request) -> None:
    """Run what aiohttp does to send a response; nothing in it has to wait."""

    async def send() -> None:
        await response.prepare(request)
        await response.write_eof()

    steps = send()
    try:
        steps.send(None)
    except StopIteration:
        return
    raise AssertionError("aiohttp waited while rendering an answer")
