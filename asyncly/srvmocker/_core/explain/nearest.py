"""Which of many requests come nearest to what was wanted.

Invariants: the last requests and a few of the first are looked at, never more than `FIRST + LAST`,
and fewer where they are large; the last one always is. Requests that are the same bytes are
compared once, and told once. Of two that are equally near, the later one comes first.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from asyncly.srvmocker._core.explain.bodies import kept_body
from asyncly.srvmocker._core.explain.bounds import COUNT_ONLY, Bounds, Work
from asyncly.srvmocker._core.explain.criteria import Wanted
from asyncly.srvmocker._core.explain.findings import Findings
from asyncly.srvmocker._core.explain.shown import name
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker.diagnosis import Candidate

__all__ = (
    "FIRST",
    "LAST",
    "NONE",
    "Calls",
    "Near",
    "Nearest",
    "candidate",
    "compare",
    "nearest",
    "request_name",
)

FIRST: Final = 20
LAST: Final = 480

_VALUES: Final = 50_000
_BYTES: Final = 4 << 20
_COMPARED: Final = 40  # of those that are ranked, how many are compared to be told
_TOLD: Final = 10_000  # values of each of them


class Calls(NamedTuple):
    """Requests, in order of arrival, made into views when they are looked at.

    `where_at` says which handler got a call, in words that can stand after "went to".
    """

    total: int
    view_at: Callable[[int], RequestView]
    where_at: Callable[[int], str] | None = None


class Near(NamedTuple):
    """One request that was looked at, and how many more are the same."""

    cost: float
    number: int
    view: RequestView
    alike: int
    where: str


class Nearest(NamedTuple):
    """What was chosen, how it is told, and out of how many."""

    chosen: tuple[Near, ...]
    told: tuple[Candidate, ...]
    first: int
    last: int


NONE: Final = Nearest((), (), 0, 0)


def compare(wanted: Wanted, view: RequestView, work: Work, bounds: Bounds = COUNT_ONLY) -> Findings:
    """Compare a request with what was wanted."""
    findings = Findings(bounds, work)
    for criterion in wanted:
        criterion.compare(view, findings)
    return findings


def candidate(wanted: Wanted, near: Near, bounds: Bounds, work: Work | None = None) -> Candidate:
    """Tell a request with its differences."""
    findings = compare(wanted, near.view, work or Work(_VALUES, _BYTES), bounds)
    return Candidate(
        near.number,
        request_name(near.view, bounds),
        tuple(findings.kept),
        findings.total,
        complete=findings.complete,
        alike=near.alike,
        where=near.where,
    )


def request_name(view: RequestView, bounds: Bounds) -> str:
    """Return the method and the target of a request, as text."""
    return f"{name(view.method, 24)} {name(view.target, bounds.where)}"


def nearest(wanted: Wanted, calls: Calls, bounds: Bounds, *, matching: bool) -> Nearest:
    """Choose the requests that come nearest, of those that match or of those that do not."""
    work = Work(_VALUES, _BYTES)
    seen: dict[tuple[bytes, bytes | None, str], Near] = {}
    start = max(calls.total - LAST, 0) if calls.total > FIRST + LAST else 0
    first = last = 0
    for number in (*range(calls.total - 1, start - 1, -1), *range(min(start, FIRST))):
        if seen and not work.left:
            break
        view = calls.view_at(number)
        where = calls.where_at(number) if calls.where_at else ""
        key = (view.head, kept_body(view), where)
        known = seen.get(key)
        if known is None:
            findings = compare(wanted, view, work)
            if seen and not findings.complete and not work.left:
                break  # it would seem nearer than it is
            seen[key] = Near(findings.cost, number, view, 0, where)
        else:
            seen[key] = known._replace(alike=known.alike + 1)
        first, last = (first + 1, last) if number < start else (first, last + 1)
    ranked = [near for near in seen.values() if (near.cost == 0) is matching]
    ranked.sort(key=lambda near: (near.cost, -near.number))
    chosen = _distinct(wanted, ranked, bounds)
    told = tuple(_with_count(told, near) for told, near in chosen.items())
    return Nearest(tuple(chosen.values()), told, first, last)


def only(wanted: Wanted, calls: Calls, number: int, bounds: Bounds) -> Nearest:
    """Choose one request, whatever the others are like."""
    where = calls.where_at(number) if calls.where_at else ""
    near = Near(1.0, number, calls.view_at(number), 0, where)
    return Nearest((near,), (candidate(wanted, near, bounds),), 0, 0)


def _with_count(told: Candidate, near: Near) -> Candidate:
    return told._replace(number=near.number, alike=near.alike)


def _distinct(wanted: Wanted, ranked: Iterable[Near], bounds: Bounds) -> dict[Candidate, Near]:
    """Choose the first of those that are ranked, counting together what would be told alike."""
    chosen: dict[Candidate, Near] = {}
    spent = 0
    for number, near in enumerate(ranked):
        if number >= _COMPARED or spent >= _VALUES:
            break
        work = Work(_TOLD, _BYTES)
        told = candidate(wanted, near, bounds, work)._replace(number=0, alike=0)
        spent += _TOLD - work.values
        known = chosen.get(told)
        if known is not None:
            chosen[told] = known._replace(alike=known.alike + near.alike + 1)
        elif len(chosen) < bounds.candidates:
            chosen[told] = near
        else:
            break
    return chosen
