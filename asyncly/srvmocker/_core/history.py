"""One journal with its sequences: all calls in order, and the calls of each handler."""

from collections.abc import Callable
from typing import Generic, TypeVar

from asyncly.srvmocker._core.journal import IN_PROGRESS, Journal, Place, StoredCall
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._core.sequences import CallMap, CallSequence

__all__ = ("History",)

T = TypeVar("T")


class History(Generic[T]):
    """Records calls; `calls` and `by_handler` are what a user sees of them."""

    __slots__ = ("_make", "by_handler", "calls", "journal")

    def __init__(
        self, make: Callable[[StoredCall], T], view_of: Callable[[T], RequestView]
    ) -> None:
        self._make = make
        self.journal = Journal(make, view_of)
        self.calls: CallSequence[T] = CallSequence(self.journal)
        self.by_handler: CallMap[T] = CallMap(self.journal)

    def record(  # noqa: PLR0917 - by position, as it is called for every request
        self,
        start: bytes,
        fields: bytes,
        body: bytes | None,
        when: float,
        route: int,
        handler: str,
        connection: int = 0,
        answer: int = IN_PROGRESS,
        own: float = 0.0,
        place: Place | None = None,
    ) -> float:
        """Record a call that arrived at `when` (seconds); return the time that identifies it.

        A request that comes again and again has a `place`.
        """
        journal = self.journal
        if journal.untidy:
            journal.tidy()
        if place is None:
            request = journal.request(start, fields, body)
        else:
            request = journal.request_at(place, start, fields, body)
        row = journal.enter(request, when, route, connection, answer, own)
        self.calls.rows.append(row)
        calls = self.by_handler[handler]
        if type(calls) is CallSequence and calls.journal is journal:
            calls.rows.append(row)
        else:  # a user put a sequence of their own there
            calls.append(journal.get(row))
        return journal.last

    def call(self, view: RequestView, when: float, route: int) -> T:
        """Make the object for a call, recorded or not."""
        return self._make(StoredCall(view, when, route))
