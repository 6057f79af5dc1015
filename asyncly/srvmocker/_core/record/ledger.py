"""Exact counts of what became of calls, whatever the history keeps of them.

Invariants: every number is exact at any time and costs the same to know after ten calls as after
ten million. calls = answered + client gone + in progress; a failure and a missing response are
answered too, with a 500.
"""

from array import array
from collections.abc import Mapping
from typing import Final

__all__ = ("CLIENT_GONE", "Answers", "Ledger")

CLIENT_GONE: Final = 1
"""The number of the answer of a call whose client had left before it."""


class Answers:
    """Numbers the answers of one service by their status and their size in bytes."""

    __slots__ = ("_numbers", "sizes", "statuses")

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, int], int] = {}
        # The first two stand for calls in progress, and for clients that are gone.
        self.statuses = array("H", [0, 0])
        self.sizes = array("Q", [0, 0])

    def number(self, status: int, size: int) -> int:
        """Return the number of such an answer."""
        key = (status, size)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.statuses)
            self.statuses.append(status)
            self.sizes.append(size)
        return number


class Ledger:
    """The counts of one handler.

    Most answers are the ready one that came last, of which only `ready` is counted, one by one;
    `turn_to` enters them when another one takes its place.
    """

    __slots__ = (
        "_by_status",
        "_status",
        "answer",
        "client_gone",
        "failed",
        "handler_name",
        "last",
        "ready",
        "taken_in",
        "unregistered",
    )

    def __init__(self, handler_name: str) -> None:
        self.handler_name: str = handler_name
        self._by_status: dict[int, int] = {}
        self._status = 0
        self.ready: int = 0
        self.last: object = None
        """The ready answer that `ready` counts."""
        self.answer: int = 0
        """Its number."""
        self.taken_in: int = 0
        """The calls that were recorded before their answer was known."""
        self.client_gone: int = 0
        self.failed: int = 0
        self.unregistered: int = 0

    def turn_to(self, last: object, status: int, answer: int) -> None:
        """Count another ready answer from now on."""
        self._enter()
        self.last, self._status, self.answer = last, status, answer

    def _enter(self) -> None:
        if self.ready:
            self.taken_in += self.ready
            self.answered(self._status, self.ready)
            self.ready = 0

    def answered(self, status: int, count: int = 1) -> None:
        """Count answers of calls that were taken in."""
        self._by_status[status] = self._by_status.get(status, 0) + count

    @property
    def calls(self) -> int:
        """All calls."""
        return self.taken_in + self.ready

    @property
    def by_status(self) -> Mapping[int, int]:
        """The calls that were answered, by their status."""
        self._enter()
        return dict(self._by_status)

    @property
    def in_progress(self) -> int:
        """The calls that still wait for their answer."""
        return self.calls - sum(self.by_status.values()) - self.client_gone

    def clear(self) -> None:
        """Begin anew, with the calls that still wait for their answer."""
        waiting = self.in_progress
        self._by_status.clear()
        self.ready = self.client_gone = self.failed = self.unregistered = 0
        self.taken_in = waiting
