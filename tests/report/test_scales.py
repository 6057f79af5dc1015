"""Axes: what stands on them, and where."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._report.scales import axis_for, count_ticks, nice_step, time_ticks

TIMES = st.floats(min_value=0, max_value=1e9)


def test_a_narrow_range_is_linear() -> None:
    axis = axis_for(0.010, 0.019)
    assert not axis.logarithmic
    assert axis.edges[0] == pytest.approx(0.010)
    assert axis.edges[-1] == pytest.approx(0.0192)
    ticks = axis.ticks()
    assert [tick.label for tick in ticks] == ["10 ms", "12 ms", "14 ms", "16 ms", "18 ms"]
    assert ticks[1].position == pytest.approx(axis.position(0.012))


def test_a_wide_range_is_logarithmic() -> None:
    axis = axis_for(1e-5, 1.0)
    assert axis.logarithmic
    assert axis.position(1e-5) == pytest.approx(0)
    assert axis.position(1e-3) == pytest.approx(0.4)
    assert axis.position(7.0) == 1
    ticks = axis.ticks()
    assert [tick.label for tick in ticks] == ["10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s"]
    assert [tick.minor for tick in ticks] == [False, True, False, True, False, True]


def test_a_logarithmic_range_of_less_than_two_decades_has_more_labels() -> None:
    labels = [tick.label for tick in axis_for(1e-3, 2e-2).ticks()]
    assert labels == ["1 ms", "2 ms", "5 ms", "10 ms", "20 ms"]


def test_long_times_have_the_labels_of_a_clock() -> None:
    labels = [tick.label for tick in axis_for(1.0, 1e6).ticks()]
    assert labels == ["1 s", "10 s", "1 min", "10 min", "1 h", "10 h", "1 d", "10 d"]
    labels = [tick.label for tick in axis_for(20.0, 400.0).ticks()]
    assert labels == ["30 s", "1 min", "2 min", "5 min"]


@pytest.mark.parametrize("value", [0.0, 1e-9, 0.001, 5.0, 1e9])
def test_one_value_has_an_axis_that_begins_at_nothing(value: float) -> None:
    axis = axis_for(value, value)
    assert axis.edges[0] == 0
    assert sum(axis.counts([value])) == 1
    assert len(axis.ticks()) >= 2


@given(st.lists(TIMES, min_size=1))
def test_every_value_has_its_place(values: list[float]) -> None:
    values.sort()
    axis = axis_for(values[0], values[-1])
    assert 2 <= len(axis.edges) <= 52
    assert all(before < after for before, after in pairwise(axis.edges))
    counts = axis.counts(values)
    assert sum(counts) == len(values)
    for place, number in enumerate(counts[1:-1], 1):
        low, high = axis.edges[place], axis.edges[place + 1]
        assert number == sum(low <= value < high for value in values)
    ticks = axis.ticks()
    assert all(0 <= tick.position <= 1 for tick in ticks)
    assert sum(not tick.minor for tick in ticks) <= 4


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_a_step_covers_its_span(span: float) -> None:
    assert span / nice_step(span, 80) < 80
    ticks = time_ticks(span)
    assert 1 <= len(ticks) <= 10
    assert ticks[0].position == 0
    assert len({tick.label for tick in ticks}) == len(ticks)


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        (23.0, ["0 s", "5 s", "10 s", "15 s", "20 s"]),
        (0.001, ["0 ms", "0.2 ms", "0.4 ms", "0.6 ms", "0.8 ms", "1 ms"]),
        (300.0, ["0 min", "1 min", "2 min", "3 min", "4 min", "5 min"]),
        (90.0, ["0 s", "15 s", "30 s", "45 s", "60 s", "75 s", "90 s"]),
    ],
)
def test_the_labels_of_a_timeline(span: float, labels: list[str]) -> None:
    assert [tick.label for tick in time_ticks(span)] == labels


def test_the_step_of_an_age_is_the_largest_there_is() -> None:
    assert nice_step(1e15, 2) == 5e5 * 86400


@pytest.mark.parametrize(
    ("peak", "wanted"),
    [
        (1, (1, [0, 1])),
        (3, (3, [0, 1, 2, 3])),
        (17, (20, [0, 5, 10, 15, 20])),
        (40_130, (50_000, [0, 10_000, 20_000, 30_000, 40_000, 50_000])),
        (1_000_000, (1_000_000, [0, 200_000, 400_000, 600_000, 800_000, 1_000_000])),
    ],
)
def test_an_axis_of_counts(peak: int, wanted: tuple[int, list[int]]) -> None:
    assert count_ticks(peak) == wanted
