"""A question about the calls of some handlers, asked of whatever is recorded at that moment.

Invariant: nothing is guessed about calls that were not kept; `count` says how many there were at
least and at most.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Final, Generic, TypeVar, cast

from asyncly.srvmocker._core.matching.criteria import compile_criteria, conjunction
from asyncly.srvmocker._core.matching.given import Compiled
from asyncly.srvmocker._core.record.history import History
from asyncly.srvmocker._core.record.journal import Journal
from asyncly.srvmocker._core.record.sequences import CallSequence
from asyncly.srvmocker._core.request import RequestView

__all__ = ("ANYTHING", "Question", "Record")

T = TypeVar("T")

ANYTHING: Final = compile_criteria()


class Record(Generic[T]):
    """Where the calls of a service are recorded.

    `history` is what records them, where it is known; the others are what a user sees, who may have
    put sequences of their own there. `unmatched` tells of the requests that nobody got, with the
    status of each.
    """

    __slots__ = ("by_handler", "calls", "history", "name_of", "unmatched", "view_of")

    def __init__(
        self,
        calls: Sequence[T],
        by_handler: Mapping[str, Sequence[T]],
        view_of: Callable[[T], RequestView],
        name_of: Callable[[T], str],
        history: History[T] | None,
        *,
        unmatched: Callable[[], Sequence[tuple[RequestView, int]]] = tuple,
    ) -> None:
        self.calls: Sequence[T] = calls
        self.by_handler: Mapping[str, Sequence[T]] = by_handler
        self.view_of: Callable[[T], RequestView] = view_of
        self.name_of: Callable[[T], str] = name_of
        self.history: History[T] | None = history
        self.unmatched: Callable[[], Sequence[tuple[RequestView, int]]] = unmatched


class Question(Generic[T]):
    """Which calls of these handlers (none: of all) satisfy all of the criteria."""

    __slots__ = ("_asked", "compiled", "names", "record")

    def __init__(self, record: Record[T], names: tuple[str, ...], *asked: Compiled) -> None:
        self.record: Record[T] = record
        self.names: tuple[str, ...] = names
        self._asked = asked  # so that one that is narrowed often is one flat conjunction
        self.compiled: Compiled = conjunction(*asked) if asked else ANYTHING

    def narrowed(self, compiled: Compiled) -> "Question[T]":
        """Return the question whether a call satisfies these criteria too."""
        return Question(self.record, self.names, *self._asked, compiled)

    @property
    def sequences(self) -> list[Sequence[T]]:
        """The calls of each handler."""
        record = self.record
        if not self.names:
            return [record.calls]
        return [record.by_handler[name] for name in self.names if name in record.by_handler]

    @property
    def unkept(self) -> int:
        """How many calls of these handlers were not kept."""
        return sum(each.unkept for each in self.sequences if isinstance(each, CallSequence))

    @property
    def journal(self) -> Journal[T] | None:
        """The journal that has all of these calls, if it is one."""
        history = self.record.history
        if history is None:
            return None
        for sequence in self.sequences:
            if not isinstance(sequence, CallSequence) or sequence.journal is not history.journal:
                return None
        return history.journal

    def every_row(self) -> "array[int]":
        """Return the rows of all calls of these handlers, in order; they must be in the journal."""
        rows = [cast("CallSequence[T]", each).settled() for each in self.sequences]
        # Rows in order are runs that a sort puts together faster than a merge in steps.
        return rows[0][:] if len(rows) == 1 else array("I", sorted(chain(*rows)))

    def rows(self) -> "array[int] | None":
        """Return the rows of the calls that satisfy, or `None` without a journal."""
        journal = self.journal
        return None if journal is None else journal.select(self.every_row(), self.compiled)

    def calls(self) -> Sequence[T]:
        """Return the calls that satisfy; made into objects when they are looked at."""
        journal, rows = self.journal, self.rows()
        if journal is not None and rows is not None:
            return CallSequence(journal, rows)
        holds, view_of = self.compiled.holds, self.record.view_of
        return [call for call in chain(*self.sequences) if holds(view_of(call))]

    def count(self) -> tuple[int, int]:
        """Return how many calls satisfied at least, and at most."""
        if self.compiled is ANYTHING:
            count = sum(map(len, self.sequences)) + self.unkept
            return count, count
        rows = self.rows()
        kept = len(self.calls() if rows is None else rows)
        return kept, kept + self.unkept
