"""The errors of questions about recorded calls: what was asked, and of which calls.

Invariant: only the calls that are told of are made into views, however many there are.
"""

from array import array
from collections.abc import Callable, Sequence
from itertools import chain, groupby
from typing import Final, TypeVar

from asyncly.srvmocker._core.explain.criteria import wanted_by
from asyncly.srvmocker._core.explain.failure import call_error, timeout_error
from asyncly.srvmocker._core.explain.nearest import Calls
from asyncly.srvmocker._core.matching.given import Compiled
from asyncly.srvmocker._core.record.question import Question
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker.exceptions import CallAssertionError, CallTimeoutError

__all__ = ("order_of", "question_failed", "question_timed_out", "sequence_failed")

T = TypeVar("T")

_ORDERED: Final = 30


def sequence_failed(
    headline: str,
    subject: str,
    calls: Sequence[T],
    view_of: Callable[[T], RequestView],
    compiled: Compiled,
) -> CallAssertionError:
    """Make the error of an assertion about these calls, of which no others are known."""

    def view_at(number: int) -> RequestView:
        return view_of(calls[number])

    told = Calls(len(calls), view_at)
    return call_error(headline, subject=subject, calls=told, wanted=wanted_by(compiled))


def question_failed(
    headline: str,
    subject: str,
    question: Question[T],
    criteria: Question[T] | None = None,
    *,
    at: int | None = None,
) -> CallAssertionError:
    """Make the error of an assertion; `at` is the one call that is not as the criteria ask."""
    return call_error(
        headline,
        subject=subject,
        calls=_asked(question),
        wanted=wanted_by((criteria or question).compiled),
        elsewhere=None if at is not None else _others(question),
        at=at,
    )


def question_timed_out(
    headline: str, subject: str, question: Question[T], timeout: float
) -> CallTimeoutError:
    """Make the error of calls that did not come within `timeout` seconds."""
    return timeout_error(
        headline,
        timeout=timeout,
        subject=subject,
        calls=_asked(question),
        wanted=wanted_by(question.compiled),
        elsewhere=_others(question),
    )


def order_of(question: Question[T], rows: "array[int]") -> str:
    """Return a line that tells in which order calls of several handlers came: the last of them."""
    journal = question.journal
    assert journal is not None, "there are rows"
    names = [repr(question.record.name_of(journal.get(row))) for row in rows[-_ORDERED:]]
    if len(set(names)) < 2:
        return ""
    told = [(each, len(list(alike))) for each, alike in groupby(names)]
    came = ", ".join(f"{each} {times} times" if times > 1 else each for each, times in told)
    before = f"{len(rows) - _ORDERED} more, " if len(rows) > _ORDERED else ""
    return f"\n  they came in this order: {before}{came}"


def _asked(question: Question[T]) -> Calls:
    """Return all calls of the handlers that were asked about."""
    journal = question.journal
    if journal is not None:
        rows = question.every_row()

        def view_at(number: int) -> RequestView:
            return journal.view(rows[number])

        return Calls(len(rows), view_at)
    calls = list(chain(*question.sequences))

    def view_of_call(number: int) -> RequestView:
        return question.record.view_of(calls[number])

    return Calls(len(calls), view_of_call)


def _others(question: Question[T]) -> Calls | None:
    """Return the calls that other handlers got, and behind them the requests that nobody got."""
    record = question.record
    names = tuple(name for name in record.by_handler if name not in question.names)
    others = Question(record, names)
    journal = others.journal
    if journal is None:
        return None
    rows = others.every_row() if names and question.names else array("I")
    got, missed = len(rows), record.unmatched()

    def view_at(number: int) -> RequestView:
        return journal.view(rows[number]) if number < got else missed[number - got][0]

    def where_at(number: int) -> str:
        if number < got:
            return repr(record.name_of(journal.get(rows[number])))
        return f"no route ({missed[number - got][1]})"

    return Calls(got + len(missed), view_at, where_at)
