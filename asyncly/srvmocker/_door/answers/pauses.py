"""Pauses before answers: thousands at once, with one timer of the event loop's for all of them.

Invariants: no pause is over before its time, and each is at most a millisecond later, as far as the
loop has its turn; two where hundreds wait, since to wake costs more than to answer. Those of one
millisecond end in the order in which they began, and after some of them other connections have
their turn. The clock of the loop is `time.monotonic`, as it is for asyncio and uvloop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from time import monotonic
from typing import Final, Protocol

from asyncly.srvmocker._core.raised import kept

__all__ = ("Pauses", "Resting", "Sleeper")

_MANY: Final = 64  # milliseconds in which pauses end; with more, some of them end together
_GATHERED: Final = 1  # how many milliseconds later, then
_NEVER: Final = 1 << 62  # milliseconds
_TURN: Final = 256  # pauses that end before other connections have their turn


def _nothing() -> None:
    """Stand for a call that was cancelled."""


class Sleeper(Protocol):
    """Who waits for a pause to be over."""

    key: int
    """The millisecond in which it is over."""

    def wake(self) -> None:
        """Go on: the pause is over."""
        ...


class Resting:
    """A pause that has begun, and the call that ends it."""

    __slots__ = ("_args", "_call", "_pauses", "key")

    def __init__(
        self, pauses: Pauses, call: Callable[..., object], args: tuple[object, ...]
    ) -> None:
        self.key: int = 0
        self._pauses = pauses
        self._call = call
        self._args = args

    def wake(self) -> None:
        """Go on."""
        self._call(*self._args)

    def cancel(self) -> None:
        """Do not go on, and let go of everything."""
        self._call, self._args = _nothing, ()
        self._pauses.cancel(self)


class Pauses:
    """The pauses of one service; a substitute for the `call_later` of the loop."""

    __slots__ = ("_due", "_keys", "_loop", "_timer", "_waking")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._due: dict[int, list[Sleeper]] = {}  # what ends in each millisecond
        self._keys: list[int] = []  # those milliseconds, as a heap
        self._timer: asyncio.TimerHandle | None = None
        self._waking = False

    def call_later(self, seconds: float, call: Callable[..., object], *args: object) -> Resting:
        """Call it in so many seconds, and not before."""
        resting = Resting(self, call, args)
        self.add(resting, seconds, monotonic())
        return resting

    def add(self, sleeper: Sleeper, seconds: float, now: float) -> None:
        """Wake it in so many seconds, and not before."""
        try:
            key = sleeper.key = int((now + seconds) * 1000) + (seconds > 0)
        except OverflowError:  # no float has so many milliseconds
            key = sleeper.key = _NEVER
        due = self._due.get(key)
        if due is not None:
            due.append(sleeper)
            return
        self._due[key] = [sleeper]
        keys = self._keys
        heappush(keys, key)
        if keys[0] == key and not self._waking:
            self._set()

    def cancel(self, sleeper: Sleeper) -> None:
        """Do not wake it."""
        due = self._due.get(sleeper.key)
        if due is not None and sleeper in due:
            due.remove(sleeper)
            if not due:
                del self._due[sleeper.key]
                if not self._due and self._timer is not None:
                    self._timer.cancel()
                    self._timer = None
                    self._keys.clear()

    def _set(self) -> None:
        """Set the timer for what ends next."""
        if self._timer is not None:
            self._timer.cancel()
        at = self._keys[0] + (_GATHERED if len(self._keys) > _MANY else 0)
        self._timer = self._loop.call_at(at / 1000, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._waking = True
        keys = self._keys
        left = _TURN
        try:
            while keys and keys[0] <= monotonic() * 1000 and left > 0:
                due = self._due.get(keys[0], [])
                turn, due[:left] = due[:left], ()
                left -= len(turn)
                if not due:
                    self._due.pop(heappop(keys), None)  # none where all were cancelled
                for sleeper in turn:
                    try:
                        sleeper.wake()
                    except BaseException as error:  # noqa: BLE001 - the others have their turn too
                        self._loop.call_exception_handler(
                            {
                                "message": "an answer failed after its delay",
                                "exception": kept(error),
                            }
                        )
        finally:
            self._waking = False
            if keys:
                self._set()
