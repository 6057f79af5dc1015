"""Figures turned into marks: what the template draws as SVG, number by number.

Invariants: across, everything is a percentage, so that a drawing is as wide as the window and its
letters keep their size; upwards, everything is in pixels. What occurred is always seen: a part too
small for its bar is drawn a few pixels high, and the largest part of that bar gives them up.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from asyncly.srvmocker._report.scales import Tick, count_ticks, time_ticks
from asyncly.srvmocker._report.summary import Distribution, Lane, Timeline
from asyncly.srvmocker._report.words import amount, count, duration

__all__ = (
    "KIND_NAMES",
    "Bar",
    "Chart",
    "Label",
    "Mark",
    "Part",
    "between",
    "histogram",
    "lane",
    "timeline",
)

KIND_NAMES: Final = {
    "1xx": "1xx, informational",
    "2xx": "2xx, success",
    "3xx": "3xx, redirection",
    "4xx": "4xx, client error",
    "5xx": "5xx, server error",
    "other": "another status",
    "none": "no answer",
}

_TALL: Final = 190.0
_LOW: Final = 30.0
_LEAST: Final = 3.0
_LEAST_OF_LOW: Final = 1.5
_MARK_ROW: Final = 16.0
_FLIP: Final = 0.6  # a label further to the right stands on the left of its line


class Part(NamedTuple):
    """One colour of a bar."""

    kind: str
    y: str
    height: str


class Bar(NamedTuple):
    """One bin; its title tells its figures."""

    x: str
    width: str
    title: str
    parts: tuple[Part, ...]


class Label(NamedTuple):
    """A word on an axis."""

    at: str
    text: str
    anchor: str = "middle"
    minor: bool = False


class Mark(NamedTuple):
    """A line across a histogram, with its name beside it."""

    x: str
    y: str
    text: str
    anchor: str
    shift: str


class Chart(NamedTuple):
    """A drawing: bars from a base line up, and what is written around them."""

    height: str
    bars: tuple[Bar, ...]
    across: tuple[Label, ...] = ()
    up: tuple[Label, ...] = ()
    marks: tuple[Mark, ...] = ()


def timeline(found: Timeline) -> Chart:
    """Draw all calls over time, stacked by the kind of their answer."""
    totals = [sum(numbers) for numbers in zip(*found.counts.values(), strict=True)]
    top, steps = count_ticks(max(totals))
    shown = found.bins * found.width
    return Chart(
        height=_pixels(_TALL),
        bars=_bars(found, found.counts, _TALL, top),
        across=_across(time_ticks(shown)),
        up=_up(steps, top),
    )


def lane(found: Timeline, one: Lane) -> Chart:
    """Draw the calls of one lane over time, on a scale of its own."""
    totals = [sum(numbers) for numbers in zip(*one.counts.values(), strict=True)]
    return Chart(_pixels(_LOW), _bars(found, one.counts, _LOW, max(totals)))


def histogram(found: Distribution) -> Chart:
    """Draw how many times fall into each bin, and where the percentiles stand."""
    axis, edges = found.axis, found.axis.edges
    top, steps = count_ticks(max(found.counts))
    bars: list[Bar] = []
    for place, number in enumerate(found.counts):
        if number:
            left, right = axis.position(edges[place]), axis.position(edges[place + 1])
            title = f"{between(found, place)}: {count(number)}"
            parts = _stack({"times": number}, _TALL, top)
            bars.append(Bar(_percent(left), _percent(right - left), title, parts))
    figures = found.figures
    named = [("p50", figures.p50), ("p95", figures.p95), ("p99", figures.p99)]
    placed = [(axis.position(value), f"{name} {duration(value)}") for name, value in named]
    to_right = [one for one in placed if one[0] <= _FLIP]
    to_left = [one for one in placed if one[0] > _FLIP]
    # From the bottom up, so that few lines cross the label of another.
    rows = [*to_left, *reversed(to_right)]
    return Chart(
        height=_pixels(_TALL),
        bars=tuple(bars),
        across=_across(axis.ticks()),
        up=_up(steps, top),
        marks=tuple(_mark(position, text, row) for row, (position, text) in enumerate(rows)),
    )


def between(found: Distribution, place: int) -> str:
    """Return what a bin holds, in words."""
    edges = found.axis.edges
    low, high = duration(edges[place]), duration(edges[place + 1])
    # What is shorter than the axis begins has its place in the first bin.
    return f"up to {high}" if found.figures.lowest < edges[place] else f"{low} to {high}"


def _bars(
    found: Timeline, counts: Mapping[str, Sequence[int]], height: float, top: int
) -> tuple[Bar, ...]:
    bars: list[Bar] = []
    width = _percent(1 / found.bins)
    for place in range(found.bins):
        here = {kind: numbers[place] for kind, numbers in counts.items() if numbers[place]}
        if here:
            when = f"{duration(place * found.width)} to {duration((place + 1) * found.width)}"
            kinds = ", ".join(
                f"{'no answer' if kind == 'none' else kind} {count(number)}"
                for kind, number in here.items()
            )
            title = f"{when}: {amount(sum(here.values()), 'call')} ({kinds})"
            bars.append(Bar(_percent(place / found.bins), width, title, _stack(here, height, top)))
    return tuple(bars)


def _stack(counts: Mapping[str, int], height: float, top: int) -> tuple[Part, ...]:
    """Return the parts of a bar, the first at the bottom."""
    least = _LEAST if height == _TALL else _LEAST_OF_LOW
    heights = {kind: max(number / top * height, least) for kind, number in counts.items()}
    largest = max(heights, key=lambda kind: heights[kind])
    wanted = max(sum(counts.values()) / top * height, least * len(counts))
    heights[largest] += wanted - sum(heights.values())
    parts: list[Part] = []
    y = height
    for kind, tall in heights.items():
        y -= tall
        parts.append(Part(kind, _pixels(y), _pixels(tall)))
    return tuple(parts)


def _across(ticks: Sequence[Tick]) -> tuple[Label, ...]:
    return tuple(
        Label(_percent(tick.position), tick.label, _anchor(tick.position, 0.04), tick.minor)
        for tick in ticks
    )


def _anchor(position: float, edge: float) -> str:
    if position < edge:
        return "start"
    return "end" if position > 1 - edge else "middle"


def _up(steps: Sequence[int], top: int) -> tuple[Label, ...]:
    return tuple(Label(_pixels(_TALL * (1 - step / top)), count(step)) for step in steps)


def _mark(position: float, text: str, row: int) -> Mark:
    left = position > _FLIP
    return Mark(
        x=_percent(position),
        y=_pixels(-8 - row * _MARK_ROW),
        text=text,
        anchor="end" if left else "start",
        shift="-4" if left else "4",
    )


def _percent(part: float) -> str:
    return f"{part * 100:.3f}".rstrip("0").rstrip(".") + "%"


def _pixels(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
