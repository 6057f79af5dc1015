"""The figures of a report: everything that is counted or sorted, once, for the page and the JSON.

Strategy: a million calls take about two seconds of plain Python, so each column is walked as few
times as possible, and by functions written in C: times are sorted already, so a bin of the timeline
is a slice; percentiles need a sort, and sorted pieces (the handlers') merge cheaply into the whole.
Sampling was rejected: a figure that is nearly right cannot be compared with an assertion's.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from operator import sub
from typing import Final

from asyncly.srvmocker._report.data import HandlerCounts, ReportData
from asyncly.srvmocker._report.scales import Axis, axis_for, nice_step

__all__ = (
    "KINDS",
    "Distribution",
    "Figures",
    "HandlerSummary",
    "Lane",
    "Summary",
    "Timeline",
    "kind_of",
    "summarize",
)

KINDS: Final = ("2xx", "3xx", "1xx", "4xx", "5xx", "other", "none")
"""The kinds of answer, in the order in which they are stacked."""

_BY_CLASS: Final = {1: "1xx", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}
_BINS: Final = 80
_SHORTEST: Final = 1e-6  # seconds in a bin
_ONE_MOMENT: Final = 1e-3  # seconds that are shown where all calls came at once
_LANES: Final = 20


def kind_of(status: int) -> str:
    """Return the kind of answer that a status is: `2xx`, ..., `other`, or `none` for 0."""
    return _BY_CLASS.get(status // 100, "other") if status else "none"


@dataclass(frozen=True, slots=True)
class Figures:
    """What describes some times, in seconds. Percentiles are times that occurred (nearest rank)."""

    count: int
    mean: float
    lowest: float
    p50: float
    p90: float
    p95: float
    p99: float
    highest: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """Some times, described and binned."""

    figures: Figures
    axis: Axis
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HandlerSummary:
    """One handler: its exact counters, and the times of its kept calls."""

    counts: HandlerCounts
    kept: int
    latency: Figures | None
    gaps: Figures | None


@dataclass(frozen=True, slots=True)
class Lane:
    """The kept calls of one handler, or of all that have no lane of their own, in each bin."""

    name: str
    handlers: int
    """How many share the lane."""
    calls: int
    counts: dict[str, list[int]]
    """For each kind of answer that occurs, in the order of `KINDS`, the calls of each bin."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The kept calls in bins of equal width, from the first call on."""

    start: float
    span: float
    width: float
    bins: int
    counts: dict[str, list[int]]
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that a report shows."""

    data: ReportData
    calls: int
    kept: int
    statuses: dict[int, int]
    outcomes: dict[str, int]
    handlers: tuple[HandlerSummary, ...]
    timeline: Timeline | None
    latency: Distribution | None
    own: Distribution | None
    gaps: Distribution | None

    @property
    def zero(self) -> float:
        """What times are told from: the first call, or what else came first."""
        if self.timeline is not None:
            return self.timeline.start
        listed = chain((one.at for one in self.data.unmatched), (one.at for one in self.data.last))
        return min(listed, default=self.data.made)


def summarize(data: ReportData) -> Summary:
    """Count and sort what a report is made of."""
    statuses: Counter[int] = Counter()
    outcomes: Counter[str] = Counter()
    for handler in data.handlers:
        statuses.update(handler.statuses)
        outcomes.update(handler.outcomes)
    arrivals = [array("d") for _ in data.handlers]
    for place, time in zip(data.handler_of, data.times, strict=True):
        arrivals[place].append(time)
    latencies = _by_handler(data, data.durations or data.own_times)
    # Before the handlers' own are sorted away: pieces in order merge fast.
    latency = _distribution(chain.from_iterable(latencies))
    return Summary(
        data=data,
        calls=sum(handler.calls for handler in data.handlers),
        kept=len(data.times),
        statuses={status: number for status, number in sorted(statuses.items()) if number},
        outcomes={name: number for name, number in outcomes.items() if number},
        handlers=tuple(
            HandlerSummary(handler, len(times), _figures(taken), _figures(sorted(_gaps(times))))
            for handler, times, taken in zip(data.handlers, arrivals, latencies, strict=True)
        ),
        timeline=_timeline(data, list(map(len, arrivals))) if data.times else None,
        latency=latency,
        own=_distribution(_known(data.own_times)) if data.durations else None,
        gaps=_distribution(_gaps(data.times)),
    )


def _known(times: Iterable[float]) -> list[float]:
    """Leave out what is no time: NaN, and what is endless."""
    return [time for time in times if time - time == 0]


def _by_handler(data: ReportData, column: "array[float]") -> list[list[float]]:
    """Return the known times of each handler, sorted."""
    found: list[list[float]] = [[] for _ in data.handlers]
    for place, time in zip(data.handler_of, column, strict=False):  # the column may be empty
        found[place].append(time)
    return [sorted(_known(times)) for times in found]


def _gaps(times: "array[float]") -> Iterable[float]:
    return map(sub, islice(times, 1, None), times)


def _figures(ordered: Sequence[float]) -> Figures | None:
    if not ordered:
        return None
    number = len(ordered)
    p50, p90, p95, p99 = (ordered[-(-number * part // 100) - 1] for part in (50, 90, 95, 99))
    mean = sum(ordered) / number
    return Figures(number, mean, ordered[0], p50, p90, p95, p99, ordered[-1])


def _distribution(times: Iterable[float]) -> Distribution | None:
    ordered = sorted(times)
    figures = _figures(ordered)
    if figures is None:
        return None
    axis = axis_for(figures.lowest, figures.highest)
    return Distribution(figures, axis, axis.counts(ordered))


def _timeline(data: ReportData, calls: Sequence[int]) -> Timeline:
    times = data.times
    start, span = times[0], times[-1] - times[0]
    width = max(nice_step(span, _BINS), _SHORTEST) if span else _ONE_MOMENT
    bins = int(span / width) + 1
    lanes = _lanes(data, calls, bins)
    lane_of = dict.fromkeys(range(len(calls)), len(lanes) - 1)
    lane_of.update({place: lane for lane, (place, _) in enumerate(lanes) if place >= 0})
    counts: dict[str, list[int]] = {}
    before = 0
    for at in range(bins):
        after = bisect_left(times, start + (at + 1) * width) if at + 1 < bins else len(times)
        pairs = Counter(
            zip(data.handler_of[before:after], data.statuses[before:after], strict=True)
        )
        for (place, status), number in pairs.items():
            kind = kind_of(status)
            lane = lanes[lane_of[place]][1]
            counts.setdefault(kind, [0] * bins)[at] += number
            lane.counts.setdefault(kind, [0] * bins)[at] += number
        before = after
    return Timeline(
        start,
        span,
        width,
        bins,
        _stacked(counts),
        tuple(replace(lane, counts=_stacked(lane.counts)) for _, lane in lanes),
    )


def _stacked(counts: dict[str, list[int]]) -> dict[str, list[int]]:
    return {kind: counts[kind] for kind in KINDS if kind in counts}


def _lanes(data: ReportData, calls: Sequence[int], bins: int) -> list[tuple[int, Lane]]:
    """Return empty lanes, the busiest handlers first, each with its handler's place or -1."""
    called = [place for place, number in enumerate(calls) if number]
    busiest = sorted(called, key=lambda place: -calls[place])
    alone = busiest if len(busiest) <= _LANES else busiest[: _LANES - 1]
    lanes = [(place, Lane(data.handlers[place].name, 1, calls[place], {})) for place in alone]
    if others := len(busiest) - len(alone):
        rest = len(data.times) - sum(lane.calls for _, lane in lanes)
        lanes.append((-1, Lane("", others, rest, {})))
    return lanes
