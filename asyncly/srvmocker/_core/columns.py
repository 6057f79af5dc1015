"""Recorded calls as the columns that a traffic summary is computed from.

Invariant: the columns are copies; what arrives afterwards does not change them.
"""

from array import array
from collections.abc import Callable
from math import inf
from typing import TypeVar

from asyncly.srvmocker._core.journal import IN_PROGRESS, Journal
from asyncly.srvmocker._core.traffic import Columns, Sizes

__all__ = ("columns_of",)

T = TypeVar("T")


def columns_of(
    journal: Journal[T], rows: "array[int]", size_of_answer: Callable[[int], int]
) -> Columns:
    """Return the columns of some rows, in order; `size_of_answer` tells bytes by a number."""
    every = len(rows) == len(journal) and rows == array("I", range(len(rows)))

    def picked(column: "array[int]") -> "array[int]":
        return column[:] if every else array("I", map(column.__getitem__, rows))

    starts = journal.times[:] if every else array("d", map(journal.times.__getitem__, rows))
    own = journal.own_times
    answers = picked(journal.answers)
    return Columns(
        starts,
        ends=_ends(journal, rows, starts, answers),
        connections=picked(journal.connections),
        own_times=own[:] if every else array("f", map(own.__getitem__, rows)),
        bytes_in=Sizes(picked(journal.request_ids), journal.sizes_of_requests().__getitem__),
        bytes_out=Sizes(answers, size_of_answer),
    )


def _ends(
    journal: Journal[T], rows: "array[int]", starts: "array[float]", answers: "array[int]"
) -> "array[float]":
    """Return when each call was answered: most at once, some later, some not yet."""
    ended = dict(zip(journal.late_rows, journal.late_ends, strict=True))
    if not ended and IN_PROGRESS not in answers:
        return starts
    ends = array("d", map(max, map(ended.get, rows, starts), starts))
    if IN_PROGRESS in answers:
        for place, answer in enumerate(answers):
            if answer == IN_PROGRESS:
                ends[place] = inf
    return ends
