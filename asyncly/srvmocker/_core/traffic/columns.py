"""Recorded calls as the columns that a traffic summary is computed from.

Invariant: the columns are copies; what arrives afterwards does not change them.
"""

from array import array
from collections.abc import Callable, Sequence
from itertools import compress
from math import inf
from typing import Final, TypeVar

from asyncly.srvmocker._core.record.journal import IN_PROGRESS, Journal
from asyncly.srvmocker._core.traffic.summary import Columns, Sizes

__all__ = ("columns_of",)

T = TypeVar("T")
N = TypeVar("N", int, float)

_DENSE: Final = 8  # to look at a whole column pays for an eighth of it or more


def columns_of(
    journal: Journal[T], rows: "array[int]", size_of_answer: Callable[[int], int]
) -> Columns:
    """Return the columns of some rows, in order; `size_of_answer` tells bytes by a number."""
    if journal.adopted:  # a user may have put in a call of their own anywhere
        rows = array("I", sorted(rows))
    picked = _Picker(rows, len(journal))
    starts = picked(journal.times)
    answers = picked(journal.answers)
    requests: Sequence[int] = picked(journal.request_ids)
    if len(rows) == len(journal) and rows and requests[-1] + 1 == len(rows):
        # Requests have their numbers in order, so no two of all calls share one.
        requests = range(len(rows))
    table = journal.requests
    dense = len(requests) * _DENSE > len(table)
    return Columns(
        starts,
        ends=_ends(journal, rows, starts, answers),
        connections=picked(journal.connections),
        own_times=picked(journal.own_times),
        bytes_in=Sizes(requests, table.size, every=table.sizes if dense else None),
        bytes_out=Sizes(answers, size_of_answer),
        checked=False,  # a journal's times increase, and so do the rows that are picked
    )


class _Picker:
    """Picks rows, which are in order, out of a column, in the quickest way."""

    __slots__ = ("_chosen", "_rows", "_slice")

    def __init__(self, rows: "array[int]", total: int) -> None:
        self._rows = rows
        self._slice: slice | None = None
        self._chosen: bytearray | None = None
        first, after = (rows[0], rows[-1] + 1) if rows else (0, 0)
        if after - first == len(rows):
            self._slice = slice(first, after)
        elif len(rows) * _DENSE >= total:
            self._chosen = bytearray(total)
            for row in rows:
                self._chosen[row] = 1

    def __call__(self, column: "array[N]") -> "array[N]":
        if self._slice is not None:
            return column[self._slice]
        if self._chosen is not None:
            return array(column.typecode, compress(column, self._chosen))
        return array(column.typecode, map(column.__getitem__, self._rows))


def _ends(
    journal: Journal[T], rows: "array[int]", starts: "array[float]", answers: "array[int]"
) -> "array[float]":
    """Return when each call was answered: most at once, some later, some not yet."""
    ended = dict(zip(journal.late_rows, journal.late_ends, strict=True))
    if not ended and all(answers):  # which is to ask for IN_PROGRESS, in half the time
        return starts
    ends = array("d", map(max, map(ended.get, rows, starts), starts))
    if IN_PROGRESS in answers:
        for place, answer in enumerate(answers):
            if answer == IN_PROGRESS:
                ends[place] = inf
    return ends
