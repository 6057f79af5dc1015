"""One journal with its sequences: all calls in order, and the calls of each handler."""

from collections.abc import Callable
from typing import Generic, TypeVar

from asyncly.srvmocker._core.journal import Journal, Place, StoredCall
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._core.sequences import CallMap, CallSequence

__all__ = ("History",)

T = TypeVar("T")


class History(Generic[T]):
    """Records calls; `calls` and `by_handler` are what a user sees of them."""

    __slots__ = ("_journal", "_make", "by_handler", "calls")

    def __init__(
        self, make: Callable[[StoredCall], T], view_of: Callable[[T], RequestView]
    ) -> None:
        self._make = make
        self._journal = Journal(make, view_of)
        self.calls: CallSequence[T] = CallSequence(self._journal)
        self.by_handler: CallMap[T] = CallMap(self._journal)

    def record(self, head: bytes, body: bytes, when: float, route: int, handler: str) -> float:
        """Record a call that arrived at `when` (seconds); return the time that identifies it."""
        if self._journal.untidy:
            self._journal.tidy()
        return self._enter(self._journal.append(head, body, when, route), handler)

    def record_at(self, place: Place, when: float, route: int, handler: str) -> float:
        """Record a call whose bytes come again and again; as `record`, but for less."""
        if self._journal.untidy:
            self._journal.tidy()
        return self._enter(self._journal.append_at(place, when, route), handler)

    def _enter(self, row: int, handler: str) -> float:
        self.calls.rows.append(row)
        calls = self.by_handler[handler]
        if isinstance(calls, CallSequence) and calls.journal is self._journal:
            calls.rows.append(row)
        else:  # a user put a sequence of their own there
            calls.append(self._journal.get(row))
        return self._journal.last

    def call(self, view: RequestView, when: float, route: int) -> T:
        """Make the object for a call, recorded or not."""
        return self._make(StoredCall(view, when, route))
