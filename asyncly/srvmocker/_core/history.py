"""One journal with its sequences: all calls in order, and the calls of each handler.

Invariants: a call is recorded once, in the history and under its handler; what is kept of it is for
its handler's rule to say, and whatever is not kept is counted. Who watches is told of every call,
kept or not.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, MutableSequence
from math import inf, nextafter
from typing import Final, Generic, Protocol, TypeVar

from asyncly.srvmocker._core.journal import IN_PROGRESS, Journal, Place, StoredCall
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._core.sequences import CallMap, CallSequence

__all__ = ("History", "Retention", "Watcher")

T = TypeVar("T")

_SETTLE_FROM: Final = 8192  # calls that may be too many before they are dropped


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


class Watcher(Protocol):
    """Who wants to be told of calls as they come."""

    @property
    def looks(self) -> bool:
        """Whether it looks at the calls that it is told of; otherwise it gets no view of them."""
        ...

    def notice(self, view: RequestView | None) -> None:
        """Take notice of a call that was recorded."""
        ...

    def forget(self) -> None:
        """Take notice that all calls were forgotten."""
        ...

    def end(self, error: Exception) -> None:
        """Take notice that there will be no more calls, and why."""
        ...


class History(Generic[T]):
    """Records calls; `calls` and `by_handler` are what a user sees of them."""

    __slots__ = ("_ended", "_make", "_seen", "by_handler", "calls", "journal", "keeps", "watched")

    def __init__(
        self,
        make: Callable[[StoredCall], T],
        view_of: Callable[[T], RequestView],
        keeps: Mapping[str, Retention] | None = None,
    ) -> None:
        """Take what is kept of the calls of each handler; of others, everything."""
        self._make = make
        self.keeps: Mapping[str, Retention] = keeps or {}
        self._seen: dict[str, int] = {}
        self._ended: Exception | None = None
        self.journal: Journal[T] = Journal(make, view_of)
        self.journal.settle = self._settle
        self.calls: CallSequence[T] = CallSequence(self.journal)
        self.by_handler: CallMap[T] = CallMap(self.journal)
        self.watched: dict[str | None, dict[Watcher, None]] = {}
        """Who watches the calls of each handler; `None` stands for all of them."""

    def record(  # noqa: PLR0917 - by position, as it is called for every request
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
        keeps = self.keeps
        if keeps:
            keep = keeps.get(handler)
            if keep is not None:
                if not self._is_kept(keep, handler, calls):
                    journal.last = max(when, nextafter(journal.last, inf))
                    self._tell(handler, start, fields, body)
                    return journal.last
                if keep.bodies is not None and len(body) > keep.bodies:
                    kept = None
        if place is None:
            request = journal.table.add(start, fields, kept)
        else:
            request = journal.request_at(place, start, fields, kept)
        row = journal.enter(request, when, route, connection, answer, own)
        self.calls.rows.append(row)
        if isinstance(calls, CallSequence) and calls.journal is journal:
            calls.rows.append(row)
        else:  # a user put a sequence of their own there
            calls.append(journal.get(row))
        watched = self.watched
        if watched:
            watchers = watched.get(handler)
            if None in watched or (watchers is not None and len(watchers) > 1):
                self._tell(handler, start, fields, body)
            elif watchers:  # one, as most that are waited for have
                watcher = next(iter(watchers))
                watcher.notice(RequestView(start, fields, body) if watcher.looks else None)
        return journal.last

    def _is_kept(self, keep: Retention, handler: str, calls: MutableSequence[T]) -> bool:
        """Whether to keep the next call, which may be one too many for those before it."""
        if not isinstance(calls, CallSequence):
            return True  # a user keeps them
        last, every = keep.last, keep.every
        skipped = last == 0
        if every > 1:
            seen = self._seen.get(handler, 0)
            self._seen[handler] = seen + 1
            skipped = skipped or seen % every > 0
        if skipped:
            self.calls.dropped += 1
            calls.dropped += 1
            return False
        if last is not None and len(calls.rows) >= last:
            journal = self.journal
            overdue = journal.overdue = journal.overdue + 1
            if overdue > _SETTLE_FROM and overdue > len(journal) // 2:
                self._settle()
        return True

    def _settle(self) -> None:
        """Drop the calls that are kept no longer."""
        journal = self.journal
        journal.overdue = 0
        dropped: set[int] = set()
        for handler, keep in self.keeps.items():
            calls = self.by_handler.get(handler)
            if keep.last is None or not isinstance(calls, CallSequence):
                continue
            surplus = len(calls.rows) - keep.last
            if surplus > 0:
                dropped.update(calls.rows[:surplus])
                del calls.rows[:surplus]
                calls.dropped += surplus
        if dropped:
            rows = self.calls.rows
            before = len(rows)
            rows[:] = array("I", [row for row in rows if row not in dropped])
            self.calls.dropped += before - len(rows)
            journal.released(2 * len(dropped))

    def _tell(self, handler: str, start: bytes, fields: bytes, body: bytes) -> None:
        watched = self.watched
        view: RequestView | None = None
        # Copied, as who has seen enough watches no longer.
        for watcher in tuple(watched.get(handler, ())):
            if view is None and watcher.looks:
                view = RequestView(start, fields, body)
            watcher.notice(view)
        if None in watched:
            for watcher in tuple(watched[None]):
                if view is None and watcher.looks:
                    view = RequestView(start, fields, body)
                watcher.notice(view)

    def watch(self, handlers: Iterable[str | None], watcher: Watcher) -> None:
        """Tell a watcher of the calls of these handlers from now on."""
        if self._ended is not None:
            watcher.end(self._ended)
        for handler in handlers:
            self.watched.setdefault(handler, {})[watcher] = None

    def unwatch(self, handlers: Iterable[str | None], watcher: Watcher) -> None:
        """Tell it no more."""
        for handler in handlers:
            watchers = self.watched[handler]
            del watchers[watcher]
            if not watchers:
                del self.watched[handler]

    def end(self, error: Exception) -> None:
        """Tell whoever watches, now or later, that there will be no more calls, and why."""
        self._ended = error
        for watchers in list(self.watched.values()):
            for watcher in tuple(watchers):
                watcher.end(error)

    def clear(self) -> None:
        """Forget all calls."""
        self._seen.clear()
        for watchers in self.watched.values():
            for watcher in watchers:
                watcher.forget()
        for calls in (*self.by_handler.values(), self.calls):
            calls.clear()
        self.by_handler.clear()

    def keeps_latest(self, handler: str) -> bool:
        """Whether the latest call of a handler was one of those that are kept."""
        keep = self.keeps.get(handler)
        if keep is None or not isinstance(self.by_handler.get(handler), CallSequence):
            return True
        return keep.last != 0 and not (self._seen.get(handler, 1) - 1) % keep.every

    def call(self, view: RequestView, when: float, route: int) -> T:
        """Make the object for a call, recorded or not."""
        return self._make(StoredCall(view, when, route, self.journal.injected_at(when)))
