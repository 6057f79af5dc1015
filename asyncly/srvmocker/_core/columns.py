"""Recorded calls as the columns that a traffic summary is computed from.

Invariant: the columns are copies; what arrives afterwards does not change them.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from math import inf
from typing import Final, TypeVar, cast

from asyncly.srvmocker._core.journal import IN_PROGRESS, Journal
from asyncly.srvmocker._core.traffic import Columns, Sizes

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
    picked = _picker(rows, len(journal))
    starts = array("d", picked(journal.times))
    answers = array("I", picked(journal.answers))
    requests = array("I", picked(journal.request_ids))
    table = journal.requests
    dense = len(requests) * _DENSE > len(table)
    return Columns(
        starts,
        ends=_ends(journal, rows, starts, answers),
        connections=array("I", picked(journal.connections)),
        own_times=array("f", picked(journal.own_times)),
        bytes_in=Sizes(requests, table.size, every=table.sizes if dense else None),
        bytes_out=Sizes(answers, size_of_answer),
        checked=False,  # a journal's times increase, and so do the rows that are picked
    )


def _picker(rows: "array[int]", total: int) -> Callable[[Iterable[N]], Iterable[N]]:
    """Return what picks the rows, which are in order, out of a column."""
    first, after = (rows[0], rows[-1] + 1) if rows else (0, 0)
    if after - first == len(rows):
        return lambda column: cast(Sequence[N], column)[first:after]
    if len(rows) * _DENSE < total:
        return lambda column: map(cast(Sequence[N], column).__getitem__, rows)
    chosen = bytearray(total)
    for row in rows:
        chosen[row] = 1
    return lambda column: compress(column, chosen)


def _ends(
    journal: Journal[T], rows: "array[int]", starts: "array[float]", answers: "array[int]"
) -> "array[float]":
    """Return when each call was answered: most at once, some later, some not yet."""
    ended = journal.ended
    if not ended and IN_PROGRESS not in answers:
        return starts
    ends = starts[:]
    for place, row in enumerate(rows):
        if row in ended:
            ends[place] = max(ended[row], starts[place])
        elif answers[place] == IN_PROGRESS:
            ends[place] = inf
    return ends
