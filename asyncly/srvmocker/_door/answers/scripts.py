"""Answers that are written step by step: streams with pauses, and faults on the wire.

A script says what is written, when, and how it ends; a player follows it on a connection, without a
task and without aiohttp. What is written need not be HTTP.

Invariants: the steps are asked for one by one, when it is their turn and the client reads, so that
a stream without an end costs no memory. Pauses are counted from when the one before was due, so a
long stream keeps its pace. A player that was stopped writes nothing more.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from time import monotonic
from typing import Final, TypeAlias, TypeVar, cast

from asyncly.srvmocker._core.raised import kept

__all__ = ("FLUSH", "Ending", "Player", "Script", "Step", "joined", "reset_connection")

_TURN: Final = 128  # steps before other connections have their turn
_BLOCK: Final = 1 << 16  # bytes that are written at once
_TURN_BYTES: Final = 1 << 18
_LAG: Final = 0.05  # seconds; a pace that was missed by more is not caught up with
FLUSH: Final = 0.001
"""Seconds between two looks whether everything was sent."""
_FLUSHES: Final = 1000  # looks at which nothing more was sent; then nobody reads
_STILL: Final = 3  # looks at a TLS connection, whose own buffer cannot be seen
_RESET_AT_CLOSE: Final = struct.pack("ii", 1, 0)


class Ending(Enum):
    """What becomes of the connection behind the last step."""

    KEEP = "keep"
    """It is kept, unless the request asked for something else; so it is where no ending is told."""
    CLOSE = "close"
    """It is closed in order (FIN) once everything was sent."""
    RESET = "reset"
    """It is reset (RST) once everything was sent."""
    HANG = "hang"
    """Nothing happens, until the client leaves or the service is closed."""


Step: TypeAlias = bytes | float | Ending
"""Bytes to write, seconds to wait, or how it ends."""


class Script:
    """How to answer step by step; `steps` makes them for a `kind_of` request.

    `status` is what it counts as: 0 where the client gets to see none.
    """

    __slots__ = ("status", "steps")

    def __init__(self, status: int, steps: Callable[[int], Iterator[Step]]) -> None:
        self.status: int = status
        self.steps: Callable[[int], Iterator[Step]] = steps


S = TypeVar("S")


def joined(steps: Iterable[S], size: int = _BLOCK, most: int | None = None) -> Iterator[S | bytes]:
    """Join bytes that are written at once, up to `size` of them, and `most` pieces.

    A write costs more than most pieces do, and no event loop makes more segments of it than another
    then. What comes before an exception is written.
    """
    block: list[bytes] = []
    length = 0
    try:
        for step in steps:
            if isinstance(step, bytes):
                block.append(step)
                length += len(step)
                if length < size and len(block) != most:
                    continue
            if block:
                yield b"".join(block)
                block.clear()
                length = 0
            if not isinstance(step, bytes):
                yield step
    except BaseException as error:
        kept(error)
        if block:
            yield b"".join(block)
        raise
    if block:
        yield b"".join(block)


class Player:
    """Follows a script on a connection.

    `play` goes on until there is something to wait for, and returns the ending or the exception of
    the steps once it is there. When the waiting is over, `tick` is called, which should play on.
    """

    __slots__ = (
        "_due",
        "_flush",
        "_kind",
        "_loop",
        "_steps",
        "_tick",
        "_timer",
        "_transport",
        "hangs",
        "paused",
        "script",
        "size",
    )

    def __init__(
        self,
        script: Script,
        kind: int,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        tick: Callable[[], object],
    ) -> None:
        self.script = script
        self._kind = kind
        self._steps: Iterator[Step] | None = None
        self._transport = transport
        self._loop = loop
        self._tick = tick
        self._timer: asyncio.Handle | None = None
        self._due = monotonic()
        self._flush: Flush | None = None
        self.size = 0
        """How many bytes were written."""
        self.paused = False
        """The client does not read."""
        self.hangs = False
        """There will be no more steps and no ending."""

    def play(self) -> Ending | BaseException | None:
        """Take the steps that can be taken now."""
        self._timer = None
        if self._stands():
            return None
        transport = self._transport
        limit = self.size + _TURN_BYTES
        try:
            if self._steps is None:
                self._steps = self.script.steps(self._kind)
            for taken, step in enumerate(self._steps, 1):
                if isinstance(step, Ending):
                    return self._end(step)
                if isinstance(step, bytes):
                    transport.write(step)
                    self.size += len(step)
                    if self._stands():  # the transport has told so
                        return None
                    if transport.is_closing():  # the client has left, as the write has shown
                        return Ending.KEEP
                    if taken < _TURN and self.size < limit:
                        continue
                    self._timer = self._loop.call_later(0, self._tick)
                else:
                    self._rest(step)
                return None
        except BaseException as error:  # noqa: BLE001 - whatever a user's own iterator raises
            return kept(error)
        return Ending.KEEP

    def _stands(self) -> bool:
        return self.paused or self.hangs

    def _rest(self, seconds: float) -> None:
        now = monotonic()
        self._due = max(self._due, now - _LAG) + seconds
        self._timer = self._loop.call_later(max(0.0, self._due - now), self._tick)

    def _end(self, ending: Ending) -> Ending | None:
        if ending is Ending.HANG:
            self.hangs = True
            return None
        if ending is Ending.RESET:
            if self._flush is None:
                self._flush = Flush(self._transport)
            if not (self._transport.is_closing() or self._flush.over()):
                self._steps = iter((ending,))
                self._timer = self._loop.call_later(FLUSH, self._tick)
                return None
        return ending

    def resume(self) -> bool:
        """Take notice that the client reads again; true if `play` should be called."""
        self.paused = False
        return self._timer is None and not self.hangs

    def stop(self) -> None:
        """Write nothing more."""
        self.hangs = True
        if self._timer is not None:
            self._timer.cancel()


class Flush:
    """Tells when everything that was written to a connection was sent.

    No event tells that, and a reset overtakes what was not sent: in the transport's buffer and,
    where the system can be asked, in its own.
    """

    __slots__ = ("_left", "_looks", "_still", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._left = -1
        self._looks = 0
        self._still = _STILL if transport.get_extra_info("sslcontext") is not None else 1

    def over(self) -> bool:
        """Look once more; to be called every `FLUSH` seconds until it is true."""
        left = self._transport.get_write_buffer_size() or _unsent(self._transport)
        self._looks = self._looks + 1 if left == self._left else 1
        self._left = left
        return self._looks >= (_FLUSHES if left else self._still)


def _unsent(transport: asyncio.Transport) -> int:
    """Return how many bytes the system has not brought to the client; 0 where it does not tell."""
    connection = transport.get_extra_info("socket")
    if connection is None:
        return 0
    try:
        from fcntl import ioctl  # noqa: PLC0415 - not there on every system
        from termios import TIOCOUTQ  # noqa: PLC0415 - as above

        told = ioctl(connection.fileno(), TIOCOUTQ, bytes(4))
    except (ImportError, OSError):
        return 0
    left: int = struct.unpack("i", told)[0]
    return left


def reset_connection(transport: asyncio.Transport) -> None:
    """Let a connection end with a reset (RST) instead of in order."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        cast(socket.socket, connection).setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE
        )
    transport.abort()
