"""One journal with its sequences: all calls in order, and the calls of each handler.

Invariants: a call is recorded once, in the history and under its handler; what is kept of it is for
its handler's rule to say, and whatever is not kept is counted.
"""

import sys
from array import array
from collections.abc import Callable, Mapping, MutableSequence
from itertools import chain
from math import inf, nextafter
from typing import Final, Generic, Protocol, TypeGuard, TypeVar

from asyncly.srvmocker._core.record.journal import IN_PROGRESS, Journal, Place, StoredCall
from asyncly.srvmocker._core.record.sequences import CallMap, CallSequence
from asyncly.srvmocker._core.record.watchers import Watchers
from asyncly.srvmocker._core.request import RequestView

__all__ = ("History", "Retention")

T = TypeVar("T")

_SETTLE_AFTER: Final = 8192  # calls, after which those that are kept no longer are dropped
_NEVER: Final = sys.maxsize


class Retention(Protocol):
    """What is kept of the calls of a handler."""

    @property
    def last(self) -> int | None:
        """Only so many, the latest; `None` is no limit."""
        ...

    @property
    def every(self) -> int:
        """One in so many."""
        ...

    @property
    def bodies(self) -> int | None:
        """Bodies up to so many bytes; `None` is no limit."""
        ...


class History(Generic[T]):
    """Records calls; `calls` and `by_handler` are what a user sees of them."""

    __slots__ = (
        "_make",
        "_seen",
        "by_handler",
        "calls",
        "journal",
        "keeps",
        "settle_at",
        "sifts",
        "watchers",
    )

    def __init__(
        self,
        make: Callable[[StoredCall], T],
        view_of: Callable[[T], RequestView],
        keeps: Mapping[str, Retention] | None = None,
    ) -> None:
        """Take what is kept of the calls of each handler; of others, everything."""
        self._make = make
        self.keeps: Mapping[str, Retention] = keeps or {}
        rules = self.keeps.values()
        self.sifts: bool = any(
            rule.last == 0 or rule.every > 1 or rule.bodies is not None for rule in rules
        )
        """Whether there is a call that is not kept as it comes; the others may go later."""
        self.settle_at: int = _NEVER
        """The row that makes it time to `settle`."""
        self._seen: dict[str, int] = {}
        self.journal: Journal[T] = Journal(make, view_of)
        if any(rule.last for rule in rules):
            self.journal.settle = self.settle
            self.settle_at = _SETTLE_AFTER
        self.calls: CallSequence[T] = CallSequence(self.journal)
        self.by_handler: CallMap[T] = CallMap(self.journal)
        self.watchers: Watchers = Watchers()

    def record(  # noqa: PLR0912, PLR0917 - called for every request: a call more would tell
        self,
        start: bytes,
        fields: bytes,
        body: bytes,
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
        kept: bytes | None = body
        calls = self.by_handler[handler]
        if self.sifts:
            keep = self.keeps.get(handler)
            if keep is not None:
                if not self._is_kept(keep, handler, calls):
                    journal.last = max(when, nextafter(journal.last, inf))
                    self.watchers.tell(handler, start, fields, body)
                    return journal.last
                if keep.bodies is not None and len(body) > keep.bodies:
                    kept = None
        if place is None:
            request = journal.table.add(start, fields, kept)
        elif place.era is journal.era:
            request = place.request
        else:
            request = journal.request_at(place, start, fields, kept)
        # As `Journal.enter`, whose call alone would take a tenth of all this.
        if when <= journal.last:
            when = nextafter(journal.last, inf)
        journal.last = when
        times = journal.times
        row = len(times)
        times.append(when)
        journal.request_ids.append(request)
        journal.own_times.append(own)
        journal.routes.append(route)
        journal.connections.append(connection)
        journal.answers.append(answer)
        self.calls.rows.append(row)
        if isinstance(calls, CallSequence) and calls.journal is journal:  # as `owns` asks
            calls.rows.append(row)
        else:  # a user put a sequence of their own there
            calls.append(journal.get(row))
        if row >= self.settle_at:
            self.settle()
        if self.watchers.by_handler:
            self.watchers.came(handler, start, fields, body)
        return when

    def _is_kept(self, keep: Retention, handler: str, calls: MutableSequence[T]) -> bool:
        """Whether to keep the next call, for now."""
        if not self.owns(calls):
            return True  # a user keeps them
        every = keep.every
        skipped = keep.last == 0
        if every > 1:
            seen = self._seen.get(handler, 0)
            self._seen[handler] = seen + 1
            skipped = skipped or seen % every > 0
        if skipped:
            self.calls.dropped += 1
            calls.dropped += 1
            return False
        return True

    def owns(self, calls: MutableSequence[T] | None) -> TypeGuard[CallSequence[T]]:
        """Whether it is this history's, and not one that a user put there."""
        return isinstance(calls, CallSequence) and calls.journal is self.journal

    def settle(self) -> None:
        """Drop the calls that are kept no longer."""
        dropped: list[array[int]] = []
        for handler, keep in self.keeps.items():
            calls = self.by_handler.get(handler)
            # Where none are kept, those that are there were added by a user.
            if not keep.last or not self.owns(calls):
                continue
            surplus = len(calls.rows) - keep.last
            if surplus > 0:
                dropped.append(calls.rows[:surplus])
                del calls.rows[:surplus]
                calls.dropped += surplus
        journal = self.journal
        journal.settled = journal.last
        if dropped:
            self._forget(dropped)
        self.settle_at = len(journal) + max(_SETTLE_AFTER, len(journal))

    def _forget(self, dropped: "list[array[int]]") -> None:
        """Take rows that were dropped under their handlers out of the history."""
        rows = self.calls.rows
        before = len(rows)
        first = dropped[0]
        if len(dropped) == 1 and rows[: len(first)] == first:  # as where all calls are one's
            del rows[: len(first)]
        else:
            gone = set(chain(*dropped))
            rows[:] = array("I", [row for row in rows if row not in gone])
        self.calls.dropped += before - len(rows)
        self.journal.released(2 * sum(map(len, dropped)))

    def clear(self) -> None:
        """Forget all calls."""
        self._seen.clear()
        self.watchers.forget()
        for calls in (*self.by_handler.values(), self.calls):
            calls.clear()
        self.by_handler.clear()

    def keeps_latest(self, handler: str) -> bool:
        """Whether the latest call of a handler was one of those that are kept."""
        keep = self.keeps.get(handler)
        if keep is None or not self.owns(self.by_handler.get(handler)):
            return True
        return keep.last != 0 and not (self._seen.get(handler, 1) - 1) % keep.every

    def call(self, view: RequestView, when: float, route: int) -> T:
        """Make the object for a call, recorded or not."""
        return self._make(StoredCall(view, when, route, self.journal.injected_at(when)))
