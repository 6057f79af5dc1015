"""The figures: each is compared with a plain count of the same calls."""

from array import array
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._report.data import HandlerCounts
from asyncly.srvmocker._report.summary import KINDS, Figures, kind_of, summarize
from tests.report.samples import NAN, ordinary, report

CALLS = st.lists(
    st.tuples(
        st.floats(min_value=0, max_value=1e6),
        st.sampled_from([f"h{number}" for number in range(30)]),
        st.sampled_from([0, 101, 200, 204, 302, 404, 500, 599, 600, 999]),
    ),
    max_size=60,
).map(sorted)


@given(CALLS)
def test_the_timeline_counts_every_call_where_it_belongs(
    calls: list[tuple[float, str, int]],
) -> None:
    found = summarize(report(calls)).timeline
    if found is None:
        assert not calls
        return
    assert found.start == 100 + calls[0][0]
    assert 1 <= found.bins <= 80
    wanted: Counter[tuple[str, int]] = Counter()
    for at, _, status in calls:
        since = 100 + at - found.start
        edges = [found.start + place * found.width for place in range(1, found.bins)]
        wanted[kind_of(status), sum(edge <= 100 + at for edge in edges)] += 1
        assert since < found.bins * found.width
    drawn = {
        (kind, place): number
        for kind, numbers in found.counts.items()
        for place, number in enumerate(numbers)
        if number
    }
    assert drawn == wanted
    assert [kind for kind in KINDS if kind in found.counts] == list(found.counts)
    names = Counter(name for _, name, _ in calls)
    assert sum(lane.calls for lane in found.lanes) == len(calls)
    assert sum(lane.handlers for lane in found.lanes) == len(names)
    for lane in found.lanes:
        assert [kind for kind in KINDS if kind in lane.counts] == list(lane.counts)
        assert sum(map(sum, lane.counts.values())) == lane.calls
        if lane.handlers == 1:
            assert lane.calls == names[lane.name]


def test_the_busiest_handlers_have_lanes_and_the_others_share_one() -> None:
    calls = [(float(at), f"h{at % 25}", 200) for at in range(60)]
    found = summarize(report(calls)).timeline
    assert found is not None
    assert [lane.name for lane in found.lanes[:10]] == [f"h{place}" for place in range(10)]
    assert [lane.calls for lane in found.lanes] == [3] * 10 + [2] * 9 + [12]
    assert (found.lanes[-1].name, found.lanes[-1].handlers) == ("", 6)


def test_twenty_handlers_need_no_shared_lane() -> None:
    found = summarize(report([(0.0, f"h{place}", 200) for place in range(20)])).timeline
    assert found is not None
    assert [lane.handlers for lane in found.lanes] == [1] * 20


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=200))
def test_figures_are_those_of_the_times(times: list[float]) -> None:
    data = report([(0.0, "a", 200)] * len(times))
    found = summarize(replace(data, durations=array("d", times)))
    assert found.latency is not None
    figures = found.latency.figures
    ordered = sorted(times)

    def rank(part: float) -> float:
        """Return the least time that at least this part of all times does not exceed."""
        return next(
            time for time in ordered if sum(x <= time for x in times) >= part * len(times) / 100
        )

    assert figures == Figures(
        count=len(times),
        mean=figures.mean,
        lowest=min(times),
        p50=rank(50),
        p90=rank(90),
        p95=rank(95),
        p99=rank(99),
        highest=max(times),
    )
    assert figures.mean == pytest.approx(mean(times))
    assert sum(found.latency.counts) == len(times)
    assert found.handlers[0].latency == figures


def test_gaps_are_those_between_arrivals() -> None:
    calls = [(0.0, "a", 200), (1.0, "b", 200), (4.0, "a", 200), (4.0, "b", 200)]
    found = summarize(report(calls))
    assert found.gaps is not None
    assert (found.gaps.figures.lowest, found.gaps.figures.highest) == (0, 3)
    gaps = [handler.gaps for handler in found.handlers]
    assert [figures.p50 for figures in gaps if figures] == [4, 3]
    times = [at for at, _, _ in calls]
    assert found.gaps.figures.mean == mean(after - before for before, after in pairwise(times))


def test_one_call_has_no_gap() -> None:
    found = summarize(report([(0.0, "a", 200)]))
    assert found.gaps is None
    assert found.handlers[0].gaps is None
    assert found.timeline is not None
    assert (found.timeline.span, found.timeline.bins) == (0, 1)


def test_calls_without_an_answer_have_no_latency() -> None:
    data = report([(0.0, "a", 0), (0.0, "a", 200), (0.0, "b", 0)])
    data = replace(data, durations=array("d", [NAN, 0.5, float("inf")]))
    found = summarize(data)
    assert found.latency is not None
    assert found.latency.figures.count == 1
    assert [handler.latency is None for handler in found.handlers] == [False, True]


def test_the_own_time_stands_in_where_nothing_else_is_known() -> None:
    data = replace(report([(0.0, "a", 200)], latency=None), own_times=array("d", [0.25]))
    found = summarize(data)
    assert found.own is None
    assert found.latency is not None
    assert found.latency.figures.p50 == 0.25
    both = summarize(replace(data, durations=array("d", [0.5])))
    assert both.own is not None
    assert both.latency is not None
    assert (both.own.figures.p50, both.latency.figures.p50) == (0.25, 0.5)


def test_counters_are_exact_also_when_calls_were_not_kept() -> None:
    handler = HandlerCounts(
        name="a", calls=10, statuses={200: 9, 500: 1, 404: 0}, outcomes={"answered": 10, "x": 0}
    )
    found = summarize(replace(report([(0.0, "a", 200)]), handlers=[handler]))
    assert (found.calls, found.kept, found.handlers[0].kept) == (10, 1, 1)
    assert found.statuses == {200: 9, 500: 1}
    assert found.outcomes == {"answered": 10}


def test_times_are_told_from_the_first_call_or_what_came_first() -> None:
    assert summarize(ordinary()).zero == 100
    nothing = report([])
    assert summarize(nothing).zero == nothing.made
    unmatched = replace(nothing, unmatched=ordinary().unmatched, last=ordinary().last)
    assert summarize(unmatched).zero == 101


@pytest.mark.parametrize(
    ("status", "kind"),
    [(0, "none"), (101, "1xx"), (200, "2xx"), (599, "5xx"), (600, "other"), (99, "other")],
)
def test_kinds(status: int, kind: str) -> None:
    assert kind_of(status) == kind
