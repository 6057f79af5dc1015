"""The page: what is shown, cut to what a person reads and a browser opens at once.

Invariants: every text passes through `words` and is then escaped by Jinja2; nothing on the page is
fetched and no script runs on it, which its own policy (Content-Security-Policy) also forbids. Each
list is cut, and each text in it, so the page stays under 2 MB whatever came over the wire; what was
cut is said, and stands in the JSON.

Jinja2 is imported when the first page is drawn.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from asyncly.srvmocker._report import charts, words
from asyncly.srvmocker._report.charts import KIND_NAMES, Chart
from asyncly.srvmocker._report.data import CallDetail, Injected
from asyncly.srvmocker._report.summary import (
    Distribution,
    Figures,
    HandlerSummary,
    Lane,
    Summary,
    Timeline,
    kind_of,
)

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ("render", "template")

T = TypeVar("T")

_HANDLERS: Final = 200
_SILENT: Final = 80
_ROWS: Final = 40
_CALLS: Final = 40
_NAME: Final = 80
_TARGET: Final = 300
_TEXT: Final = 1000
_BODY: Final = 1200
_HEADERS: Final = 30
_HEADERS_TEXT: Final = 1500
_ROW: Final = 30  # what the row of a header field takes beside its text
_STATUSES: Final = 8


class _Check(NamedTuple):
    """A question that a report answers first."""

    good: bool
    text: str
    link: str


class _Listed(NamedTuple):
    """The part of a list that is shown, newest first."""

    rows: Sequence[object]
    total: int
    note: str


class _HandlerRow(NamedTuple):
    name: str
    calls: str
    answers: str
    p50: str
    p95: str
    p99: str
    highest: str
    gap: str


class _LaneRow(NamedTuple):
    name: str
    note: str
    chart: Chart


class _TimesBlock(NamedTuple):
    """A distribution as it is drawn and told."""

    key: str
    title: str
    about: str
    chart: Chart
    figures: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, str]]
    across: str
    up: str


class _CallRow(NamedTuple):
    when: str
    method: str
    target: str
    handler: str
    status: str
    kind: str
    duration: str
    headers: Sequence[tuple[str, str]]
    more_headers: int
    body: words.Body
    injected: str


def render(summary: Summary) -> str:
    """Return the page of a report.

    Raises:
        ImportError: Jinja2 is not installed.
    """
    data = summary.data
    timeline = summary.timeline
    since = _Since(summary.zero)
    return template().render(
        title=words.shorten(data.title, _TARGET),
        service=words.shorten(data.service, _TARGET),
        generator=words.shorten(data.generator, _NAME),
        began=words.day(data.epoch + timeline.start) if timeline else "",
        made=words.day(data.epoch + data.made),
        headline=_headline(summary),
        checks=_checks(summary),
        tiles=_tiles(summary),
        kept_note=_kept_note(summary),
        timeline=charts.timeline(timeline) if timeline else None,
        timeline_about=_about(timeline) if timeline else "",
        timeline_rows=_timeline_rows(timeline) if timeline else [],
        kinds=[(kind, KIND_NAMES[kind], sum(numbers)) for kind, numbers in timeline.counts.items()]
        if timeline
        else [],
        lanes=[_lane(timeline, lane) for lane in timeline.lanes] if timeline else [],
        times=_times(summary),
        handlers=_handlers(summary.handlers),
        silent=_silent(summary.handlers),
        lists=[
            (
                "Statuses",
                [(status or "none", words.count(n)) for status, n in summary.statuses.items()],
            ),
            ("Outcomes", [(_name(key), words.count(n)) for key, n in summary.outcomes.items()]),
            ("Requests", [(_name(key), words.count(n)) for key, n in data.account.items()]),
        ],
        unmatched=_listed(
            [
                (
                    since(one.at),
                    words.shorten(one.method, _NAME),
                    words.shorten(one.target, _TARGET),
                    one.status or "none",
                    *_first_line(one.reason),
                )
                for one in data.unmatched[-_ROWS:]
            ],
            data.all_unmatched,
        ),
        failures=_listed(
            [
                (
                    since(one.at),
                    _name(one.handler) or "(a route's predicate)",
                    words.shorten(f"{one.method} {one.target}", _TARGET),
                    _name(one.error),
                    *_first_line(one.text),
                    _tail(one.trace),
                )
                for one in data.failures[-_ROWS:]
            ],
            data.all_failures,
        ),
        refused=_listed(
            [
                (
                    since(one.at),
                    one.status or "none",
                    words.shorten(one.reason, _TARGET),
                    words.shorten(one.start.decode("utf-8", "surrogateescape"), _TARGET),
                )
                for one in data.refused[-_ROWS:]
            ],
            data.all_refused,
        ),
        injections=_injections(data.injections),
        last=_listed([_call(one, since) for one in data.last[-_CALLS:]], summary.calls),
    )


@cache
def template() -> "Template":
    """Return the template of the page, compiled when it is first wanted.

    Raises:
        ImportError: Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ImportError(
            "Jinja2 is not installed: pip install 'asyncly[report]'", name=error.name
        ) from error
    environment = Environment(
        autoescape=True,
        loader=PackageLoader("asyncly.srvmocker", "_report/templates"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["count"] = words.count
    return environment.get_template("page.html")


class _Since:
    """Tells times as they stand on the timeline: in seconds from the first call."""

    def __init__(self, zero: float) -> None:
        self._zero = zero

    def __call__(self, at: float | None) -> str:
        return "" if at is None else f"{at - self._zero:,.3f} s".replace("-", "−")


def _name(text: str) -> str:
    return words.shorten(text, _NAME)


def _first_line(text: str) -> tuple[str, str]:
    """Split a text into what is always seen and what is folded away."""
    first, _, rest = text.strip().partition("\n")
    if len(first) > _TARGET:
        first, rest = first[:_TARGET] + "…", text
    return words.shorten(first, _TARGET + 1), words.shorten(rest, _TEXT, lines=True)


def _tail(trace: str) -> str:
    """Return the end of a traceback, which is where the reason stands."""
    shown = words.visible(trace[-_TEXT:], lines=True)
    fitting = words.fit(shown[::-1], _TEXT)[::-1]
    return shown if len(trace) <= _TEXT and fitting == shown else f"… {fitting}"


def _listed(rows: Sequence[object], total: int) -> _Listed:
    note = ""
    if rows and len(rows) < total:
        note = f"The last {words.count(len(rows))} of {words.count(total)}."
    return _Listed(rows[::-1], total, note)


def _headline(summary: Summary) -> str:
    called = sum(1 for handler in summary.handlers if handler.counts.calls)
    of = f"{words.count(called)} of {words.amount(len(summary.handlers), 'handler')}"
    if not summary.calls:
        return f"No calls; {words.amount(len(summary.handlers), 'handler')} declared."
    within = f" within {words.duration(summary.timeline.span)}" if summary.timeline else ""
    return f"{words.amount(summary.calls, 'call')} to {of}{within}."


def _checks(summary: Summary) -> list[_Check]:
    data = summary.data
    found = (
        (data.all_unmatched, "unmatched request", "unmatched"),
        (data.all_failures, "handler error", "errors"),
        (data.all_refused, "refused stream", "refused"),
    )
    return [
        _Check(not number, words.amount(number, what) if number else f"no {what}s", link)
        for number, what, link in found
    ]


def _tiles(summary: Summary) -> list[tuple[str, str]]:
    traffic = summary.data.traffic
    timeline = summary.timeline
    tiles = [("Calls", words.count(summary.calls))]
    if timeline and timeline.span:
        tiles.append(("Mean rate", words.rate(summary.kept / timeline.span)))
    if traffic.peak_rate is not None:
        tiles.append(("Busiest second", words.rate(traffic.peak_rate)))
    if summary.latency is not None:
        figures = summary.latency.figures
        tiles.append(("Latency p50", words.duration(figures.p50)))
        tiles.append(("Latency p99", words.duration(figures.p99)))
    numbers = (
        ("Most in flight", traffic.most_in_flight),
        ("Connections", traffic.connections),
        ("Most calls on one", traffic.most_on_one),
    )
    tiles += [(label, words.count(number)) for label, number in numbers if number is not None]
    sizes = (("Received", traffic.bytes_in), ("Sent", traffic.bytes_out))
    return tiles + [(label, words.size(number)) for label, number in sizes if number is not None]


def _kept_note(summary: Summary) -> str:
    if summary.kept == summary.calls:
        return ""
    return (
        f"Timeline, latency and gaps are those of the {words.count(summary.kept)} calls that were "
        f"kept, of {words.count(summary.calls)}; the counters are exact."
    )


def _about(timeline: Timeline) -> str:
    totals = [sum(numbers) for numbers in zip(*timeline.counts.values(), strict=True)]
    peak = max(totals)
    at = words.duration(totals.index(peak) * timeline.width)
    return (
        f"{words.amount(timeline.bins, 'bin')} of {words.duration(timeline.width)}; the busiest, "
        f"at {at}, has {words.amount(peak, 'call')}."
    )


def _timeline_rows(timeline: Timeline) -> list[tuple[str, int, list[int]]]:
    rows = list(zip(*timeline.counts.values(), strict=True))
    return [
        (words.duration(place * timeline.width), sum(row), list(row))
        for place, row in enumerate(rows)
        if any(row)
    ]


def _lane(timeline: Timeline, lane: Lane) -> _LaneRow:
    peak = max(map(sum, zip(*lane.counts.values(), strict=True)))
    name = (
        _name(lane.name) if lane.handlers == 1 else f"{words.count(lane.handlers)} other handlers"
    )
    note = f"{words.amount(lane.calls, 'call')}, peak {words.count(peak)}"
    return _LaneRow(name, note, charts.lane(timeline, lane))


def _times(summary: Summary) -> list[_TimesBlock]:
    measured = bool(summary.data.durations)
    found = (
        (
            "latency",
            "Latency" if measured else "The mock's own time",
            "From the arrival of a request to its answer"
            + (", with the delays that the mock was told to make." if measured else "."),
            summary.latency,
            "calls",
        ),
        (
            "own",
            "The mock's own time",
            "Latency without the delays that the mock was told to make.",
            summary.own,
            "calls",
        ),
        ("gaps", "Gaps", "From one arrival to the next, over all handlers.", summary.gaps, "gaps"),
    )
    return [
        _times_block(key, title, about, times, up)
        for key, title, about, times, up in found
        if times is not None
    ]


def _times_block(key: str, title: str, about: str, found: Distribution, up: str) -> _TimesBlock:
    return _TimesBlock(
        key=key,
        title=title,
        about=about,
        chart=charts.histogram(found),
        figures=_figures(found.figures),
        rows=[
            (charts.between(found, at), words.count(number))
            for at, number in enumerate(found.counts)
            if number
        ],
        across="time, logarithmic scale" if found.axis.logarithmic else "time",
        up=f"{up} in each bin",
    )


def _figures(figures: Figures) -> list[tuple[str, str]]:
    named = (
        ("lowest", figures.lowest),
        ("mean", figures.mean),
        ("p50", figures.p50),
        ("p90", figures.p90),
        ("p95", figures.p95),
        ("p99", figures.p99),
        ("highest", figures.highest),
    )
    return [(name, words.duration(value)) for name, value in named]


def _handlers(handlers: Sequence[HandlerSummary]) -> _Listed:
    called = [one for one in handlers if one.counts.calls]
    called.sort(key=lambda one: -one.counts.calls)
    note = ""
    if len(called) > _HANDLERS:
        note = f"The {_HANDLERS} with the most calls, of {words.count(len(called))}."
    return _Listed([_handler(one) for one in called[:_HANDLERS]], len(called), note)


def _handler(one: HandlerSummary) -> _HandlerRow:
    latency = one.latency
    statuses = sorted(one.counts.statuses.items(), key=lambda item: -item[1])
    answers = [
        f"{status or 'none'}\u00a0×\u00a0{words.count(number)}"
        for status, number in statuses
        if number
    ]
    more = [f"{len(answers) - _STATUSES} more"] if len(answers) > _STATUSES else []
    return _HandlerRow(
        name=_name(one.counts.name),
        calls=words.count(one.counts.calls),
        answers=", ".join(answers[:_STATUSES] + more),
        p50=words.duration(latency.p50) if latency else "–",
        p95=words.duration(latency.p95) if latency else "–",
        p99=words.duration(latency.p99) if latency else "–",
        highest=words.duration(latency.highest) if latency else "–",
        gap=words.duration(one.gaps.p50) if one.gaps else "–",
    )


def _silent(handlers: Sequence[HandlerSummary]) -> _Listed:
    names = [_name(one.counts.name) for one in handlers if not one.counts.calls]
    note = f"and {words.count(len(names) - _SILENT)} more" if len(names) > _SILENT else ""
    return _Listed(names[:_SILENT], len(names), note)


def _injections(injections: Sequence[Injected]) -> _Listed:
    most = sorted(injections, key=lambda one: -one.calls)[:_ROWS]
    note = ""
    if len(most) < len(injections):
        note = f"The {_ROWS} with the most calls, of {words.count(len(injections))}."
    rows = [(_name(one.name), words.count(one.calls), _by_handler(one)) for one in most]
    return _Listed(rows, len(injections), note)


def _by_handler(one: Injected) -> str:
    most = sorted(one.handlers.items(), key=lambda item: -item[1])
    shown = [
        f"{_name(name)}\u00a0×\u00a0{words.count(number)}" for name, number in most[:_STATUSES]
    ]
    more = [f"{words.count(len(most) - _STATUSES)} more"] if len(most) > _STATUSES else []
    return ", ".join(shown + more)


def _call(one: CallDetail, since: _Since) -> _CallRow:
    headers: list[tuple[str, str]] = []
    room = _HEADERS_TEXT
    for name, value in one.headers[:_HEADERS]:
        shown = words.shorten(name, _NAME), words.shorten(value, _TARGET)
        room -= len(shown[0]) + len(shown[1]) + _ROW
        if room < 0:
            break
        headers.append(shown)
    return _CallRow(
        when=since(one.at),
        method=words.shorten(one.method, _NAME),
        target=words.shorten(one.target, _TARGET),
        handler=_name(one.handler),
        status=str(one.status) if one.status else "no answer",
        kind=kind_of(one.status),
        duration="" if one.duration is None else words.duration(one.duration),
        headers=headers,
        more_headers=len(one.headers) - len(headers),
        body=words.body(one.body, one.whole_size, _BODY),
        injected=_name(one.injected or ""),
    )
