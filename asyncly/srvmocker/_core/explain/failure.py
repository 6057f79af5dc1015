"""The whole of a failed assertion: its exception, with the text, the data and the longer text.

Invariant: the longer text is made when somebody asks for it, of the requests that were told of, so
that it does not change when more calls arrive.
"""

from collections.abc import Iterator

from asyncly.srvmocker._core.explain.bodies import kept_body
from asyncly.srvmocker._core.explain.bounds import FULL, TERSE, Bounds
from asyncly.srvmocker._core.explain.criteria import Json, Wanted
from asyncly.srvmocker._core.explain.nearest import NONE, Calls, Nearest, candidate, nearest, only
from asyncly.srvmocker._core.explain.render import bounded, lines_of
from asyncly.srvmocker.diagnosis import Candidate, Diagnosis
from asyncly.srvmocker.exceptions import CallAssertionError, CallTimeoutError

__all__ = ("Explanation", "call_error", "explain", "timeout_error")


class Explanation:
    """What was wanted, and the requests that came nearest."""

    __slots__ = ("_elsewhere", "_near", "total", "wanted")

    def __init__(self, wanted: Wanted, total: int, near: Nearest, elsewhere: Nearest) -> None:
        self.wanted: Wanted = wanted
        self.total: int = total
        self._near = near
        self._elsewhere = elsewhere

    def diagnosis(self) -> Diagnosis:
        """Return it as data."""
        return self._diagnosis(TERSE, self._near.told, self._elsewhere.told)

    def _diagnosis(
        self, bounds: Bounds, nearest: tuple[Candidate, ...], elsewhere: tuple[Candidate, ...]
    ) -> Diagnosis:
        wanted = tuple(line for criterion in self.wanted for line in criterion.told(bounds))
        near = self._near
        return Diagnosis(wanted, nearest, elsewhere, self.total, near.first, near.last)

    def detail(self) -> str:
        """Return it as a longer text, with the nearest JSON line by line."""
        return bounded(self._detail_lines(), FULL.total)

    def _detail_lines(self) -> Iterator[str]:
        nearest = tuple(candidate(self.wanted, near, FULL) for near in self._near.chosen)
        elsewhere = tuple(candidate(self.wanted, near, FULL) for near in self._elsewhere.chosen)
        yield from lines_of(self._diagnosis(FULL, nearest, elsewhere), FULL)
        near = self._near.chosen + self._elsewhere.chosen
        for criterion in self.wanted:
            body = kept_body(near[0].view) if near else None
            if isinstance(criterion, Json) and body is not None:
                from asyncly.srvmocker._core.explain.sidebyside import (  # noqa: PLC0415 - rarely needed
                    side_by_side,
                )

                yield from side_by_side(criterion.value, body)


def explain(
    wanted: Wanted, calls: Calls, elsewhere: Calls | None = None, *, at: int | None = None
) -> Explanation:
    """Find the calls that come nearest to what was wanted, or look at the one that is number `at`.

    Without criteria the last calls are told of. `elsewhere` are the requests that went to other
    handlers, or to none: those that match are told of, and where there are no calls, those that
    come nearest.
    """
    if at is None:
        near = nearest(wanted, calls, TERSE, matching=not wanted)
    else:
        near = only(wanted, calls, at, TERSE)
    others = NONE
    if elsewhere is not None:
        if wanted or not calls.total:
            others = nearest(wanted, elsewhere, TERSE, matching=True)
        if not others.chosen and not calls.total:
            others = nearest(wanted, elsewhere, TERSE, matching=False)
    return Explanation(wanted, calls.total, near, others)


def call_error(
    headline: str,
    *,
    subject: str,
    calls: Calls,
    wanted: Wanted = (),
    elsewhere: Calls | None = None,
    at: int | None = None,
) -> CallAssertionError:
    """Make the error of a failed assertion; its text begins with the headline."""
    explanation = explain(wanted, calls, elsewhere, at=at)
    diagnosis = explanation.diagnosis()
    return CallAssertionError(
        _text(headline, diagnosis),
        subject=subject,
        diagnosis=diagnosis,
        detail=explanation.detail,
    )


def timeout_error(
    headline: str,
    *,
    timeout: float,
    subject: str,
    calls: Calls,
    wanted: Wanted = (),
    elsewhere: Calls | None = None,
    at: int | None = None,
) -> CallTimeoutError:
    """Make the error of calls that did not come within `timeout` seconds."""
    explanation = explain(wanted, calls, elsewhere, at=at)
    diagnosis = explanation.diagnosis()
    return CallTimeoutError(
        _text(headline, diagnosis),
        timeout=timeout,
        subject=subject,
        diagnosis=diagnosis,
        detail=explanation.detail,
    )


def _text(headline: str, diagnosis: Diagnosis) -> str:
    said = bounded(lines_of(diagnosis, TERSE), TERSE.total)
    return f"{headline}\n{said}" if said else headline
