"""Requests that wait until somebody says how to answer them, or for so long.

Invariants: who waits has at most a timer, and neither a task nor a thread. Each goes on once: it is
told how, its time is over, or its client has left. They go on in the order in which they came.
Nobody waits while somebody that is still to come has been told how to go on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from asyncly.srvmocker._door.answers.plans import Clock, Delay, Pause, Responder

__all__ = ("Hold", "Waiter", "Waiting")

T = TypeVar("T")


class Waiter:
    """One request that waits."""

    __slots__ = ("_among", "_over", "_timer")

    def __init__(self, among: dict[Waiter, None], over: Callable[[Responder], object]) -> None:
        among[self] = None
        self._among = among
        self._over = over
        self._timer: Delay | None = None

    def until(self, clock: Clock, seconds: float, then: Responder) -> None:
        """Wait for so long at most."""
        self._timer = clock.call_later(seconds, self.go_on, then)

    def go_on(self, then: Responder) -> bool:
        """Answer it, unless it was told before, or has left; return whether it was."""
        if self not in self._among:
            return False
        self.cancel()
        self._over(then)
        return True

    def cancel(self) -> None:
        """Wait no longer."""
        self._among.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()


class Waiting:
    """The requests that wait for one thing, the one that came first at the front."""

    __slots__ = ("_ahead", "_waiters")

    def __init__(self) -> None:
        self._waiters: dict[Waiter, None] = {}
        self._ahead: deque[tuple[Responder, int]] = deque()

    def __len__(self) -> int:
        return len(self._waiters)

    @property
    def ahead(self) -> int:
        """How many that are still to come were told how to go on."""
        return sum(count for _, count in self._ahead)

    def take(self) -> Responder | None:
        """Return how one that has come now is to go on, if that was told before; then it does."""
        if not self._ahead:
            return None
        then, count = self._ahead.popleft()
        if count > 1:
            self._ahead.appendleft((then, count - 1))
        return then

    def forget(self) -> None:
        """Let all that are to come wait."""
        self._ahead.clear()

    def add(
        self,
        clock: Clock,
        over: Callable[[Responder], object],
        seconds: float | None,
        otherwise: Responder,
    ) -> Waiter:
        """Let one more wait; `over` is told how to answer it: `otherwise` after so many seconds."""
        waiter = Waiter(self._waiters, over)
        if seconds is not None:
            waiter.until(clock, seconds, otherwise)
        return waiter

    def release(self, then: Responder, count: int | None) -> int:
        """Answer all of them, or so many: as many as there are now, the others when they come.

        Where nobody waits, `None` is the next one that comes. Returns how many were answered now.
        """
        released = list(self._waiters)[:count]
        missing = (len(released) or 1 if count is None else count) - len(released)
        if missing:  # kept first: who goes on may let the next one on its connection come
            self._ahead.append((then, missing))
        # The answer of one may be a function that releases others.
        answered = sum([waiter.go_on(then) for waiter in released])
        if count is not None and answered < len(released):
            answered += self.release(then, len(released) - answered)
        return answered


class Hold(Pause):
    """Wait among others; after `seconds`, if there are any, do as `then` says."""

    __slots__ = ("_limit", "_waiting")

    def __init__(self, waiting: Waiting, seconds: float | None, then: Responder) -> None:
        super().__init__(seconds or 0, then)
        self._limit = seconds
        self._waiting = waiting

    def begin(self, clock: Clock, over: Callable[[T, Responder], object], of: T) -> Waiter:
        """Begin to wait."""
        return self._waiting.add(clock, lambda then: over(of, then), self._limit, self.then)
