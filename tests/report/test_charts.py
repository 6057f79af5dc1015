"""The marks: how many, how high, and that nothing which occurred is invisible."""

from dataclasses import replace
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._report import charts
from asyncly.srvmocker._report.charts import Bar, Chart
from asyncly.srvmocker._report.summary import Distribution, Timeline, summarize
from tests.report.samples import Call, report


def drawn(calls: list[Call]) -> tuple[Timeline, Chart]:
    found = summarize(report(calls)).timeline
    assert found is not None
    return found, charts.timeline(found)


def latency(*times: float) -> Distribution:
    data = report([(0.0, "a", 200)] * len(times))
    found = summarize(replace(data, durations=type(data.durations)("d", times))).latency
    assert found is not None
    return found


def heights(bar: Bar) -> list[float]:
    return [float(part.height) for part in bar.parts]


def test_a_bar_tells_its_figures() -> None:
    calls = [(0.0, "a", 200), (0.0, "a", 200), (0.0, "b", 503), (0.0, "b", 0), (79.5, "a", 404)]
    found, chart = drawn(calls)
    assert (found.width, found.bins) == (1.0, 80)
    first, last = chart.bars
    assert first.title == "0 s to 1 s: 4 calls (2xx 2, 5xx 1, no answer 1)"
    assert last.title == "1 min 19 s to 1 min 20 s: 1 call (4xx 1)"
    assert [part.kind for part in first.parts] == ["2xx", "5xx", "none"]
    assert (first.x, first.width, last.x) == ("0%", "1.25%", "98.75%")
    assert heights(first) == [95.0, 47.5, 47.5]
    # From the base line up.
    assert [part.y for part in first.parts] == ["95", "47.5", "0"]
    assert [label.text for label in chart.up] == ["0", "1", "2", "3", "4"]
    assert [label.at for label in chart.up] == ["190", "142.5", "95", "47.5", "0"]
    assert [label.text for label in chart.across][:3] == ["0 s", "10 s", "20 s"]
    assert [label.anchor for label in chart.across][:2] == ["start", "middle"]
    assert (chart.across[-1].text, chart.across[-1].anchor) == ("80 s", "end")


def test_what_is_rare_is_seen() -> None:
    calls = [(0.0, "a", 200)] * 9999 + [(0.0, "a", 500)]
    _, chart = drawn(calls)
    assert heights(chart.bars[0]) == [187.0, 3.0]


def test_one_call_among_many_is_seen() -> None:
    calls = [(0.0, "a", 200)] * 9999 + [(1.0, "a", 500)]
    _, chart = drawn(calls)
    assert heights(chart.bars[1]) == [3.0]


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 1.0, 2.5]), st.just("a"), st.sampled_from([0, 200, 500])),
        min_size=1,
    ).map(sorted)
)
def test_bars_stay_inside_of_their_chart(calls: list[Call]) -> None:
    found, chart = drawn(calls)
    (lane,) = found.lanes
    for one in (chart, charts.lane(found, lane)):
        assert len(one.bars) == len({at for at, _, _ in calls})
        for bar in one.bars:
            assert sum(heights(bar)) <= float(one.height) + 0.2
            assert min(heights(bar)) >= (3.0 if one is chart else 1.5)
            assert min(float(part.y) for part in bar.parts) >= -0.1


def test_a_lane_has_a_scale_of_its_own_and_no_words() -> None:
    found, _ = drawn([(0.0, "a", 200)] * 1000 + [(0.0, "b", 200)])
    quiet = charts.lane(found, found.lanes[1])
    assert heights(quiet.bars[0]) == [float(quiet.height)]
    assert [*quiet.across, *quiet.up, *quiet.marks] == []


def test_a_histogram_has_a_bar_for_each_bin_with_times() -> None:
    found = latency(0.001, 0.001, 0.010, 1.0)
    chart = charts.histogram(found)
    assert len(chart.bars) == sum(1 for number in found.counts if number) == 3
    assert chart.bars[0].title.endswith(": 2")
    assert {part.kind for bar in chart.bars for part in bar.parts} == {"times"}
    assert [mark.text for mark in chart.marks] == ["p95 1 s", "p99 1 s", "p50 1 ms"]
    assert [mark.anchor for mark in chart.marks] == ["end", "end", "start"]
    assert [mark.y for mark in chart.marks] == ["-8", "-24", "-40"]
    assert chart.across[0].at == "0%"
    assert [label.text for label in chart.across] == ["1 ms", "10 ms", "100 ms", "1 s"]


@pytest.mark.parametrize(
    ("times", "words"),
    [((0.0, 0.001, 0.002), "up to 1.26 µs"), ((0.010, 0.019), "10 ms to 10.2 ms")],
)
def test_what_the_first_bin_holds(times: tuple[float, ...], words: str) -> None:
    assert charts.between(latency(*times), 0) == words


def test_every_kind_has_a_name() -> None:
    statuses = [101, 200, 302, 404, 500, 999, 0]
    found, _ = drawn([(0.0, "a", status) for status in statuses])
    assert found.counts.keys() == charts.KIND_NAMES.keys()
    assert ceil(sum(map(sum, found.counts.values()))) == len(statuses)
