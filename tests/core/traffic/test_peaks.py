"""Overlapping intervals, beside models that look at every pair."""

from bisect import bisect_right
from itertools import accumulate
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.traffic import peaks as traffic_peaks
from asyncly.srvmocker._core.traffic.peaks import (
    Peak,
    Prolonged,
    counts,
    highest,
    lowest_after,
)
from tests.core.support import examples

STEP = 1 / 64  # sums and differences of such times are exact

STARTS = st.lists(st.integers(1, 40), max_size=60).map(
    lambda steps: [step * STEP for step in accumulate(steps)]
)
LENGTHS = st.sampled_from([STEP, 3 * STEP, 10 * STEP, 64 * STEP, 1000 * STEP, float("inf")])
INTERVALS = STARTS.flatmap(
    lambda starts: st.tuples(
        st.just(starts),
        st.lists(LENGTHS, min_size=len(starts), max_size=len(starts)).map(
            lambda lengths: [start + length for start, length in zip(starts, lengths, strict=True)]
        ),
    )
)


def naive(starts: list[float], ends: list[float]) -> list[int]:
    pairs = list(zip(starts, ends, strict=True))
    return [sum(start <= now < end for start, end in pairs) for now in starts]


@given(INTERVALS, st.integers(1, 9))
@examples(300)
def test_counts_are_those_of_every_pair(
    intervals: tuple[list[float], list[float]], block: int
) -> None:
    starts, ends = intervals
    wanted = naive(starts, ends)
    assert counts(starts, sorted(ends)) == wanted
    with patch.object(traffic_peaks, "_BLOCK", block):
        peak = highest(starts, sorted(ends))
    most = max(wanted, default=0)
    assert peak == (most, wanted.index(most) if wanted else -1)


def slow_then_fast(size: int) -> list[float]:
    return list(accumulate([64 * STEP] * (size // 2) + [STEP] * (size // 2)))


@pytest.mark.parametrize("length", [STEP, 2 * STEP, 100 * STEP, 10_000 * STEP, float("inf")])
@pytest.mark.parametrize(
    "starts",
    [
        slow_then_fast(3000),
        [-start for start in reversed(slow_then_fast(3000))],
        [number * STEP for number in range(3000)],
        [number * STEP + (number % 7 == 0) * STEP / 2 for number in range(3000)],
    ],
    ids=["slow then fast", "fast then slow", "even", "nearly even"],
)
def test_many_intervals_of_one_length(starts: list[float], length: float) -> None:
    ends = [start + length for start in starts]
    held = [number + 1 - bisect_right(ends, start) for number, start in enumerate(starts)]
    assert counts(starts, ends) == held
    assert highest(starts, ends) == (max(held), held.index(max(held)))
    lazily = Prolonged(starts, length)
    assert counts(starts, lazily) == held
    assert highest(starts, lazily) == (max(held), held.index(max(held)))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30, unique=True), st.floats(1e-3, 1e3))
@examples(300)
def test_ends_that_are_made_when_they_are_looked_at(times: list[float], seconds: float) -> None:
    """Sums and differences of such times are rounded, and not always alike."""
    starts = sorted(times)
    ends = [start + seconds for start in starts]
    lazily = Prolonged(starts, seconds)
    assert list(lazily) == ends
    assert len(lazily) == len(ends)
    for moment in (*starts, *ends):
        assert lazily.over(moment) == bisect_right(ends, moment)


@pytest.mark.parametrize(
    ("start", "seconds", "moment"), [(0.67, 0.69, 1.3599999999999999), (0.39, 0.03, 0.42)]
)
def test_the_sum_counts_and_not_the_difference(start: float, seconds: float, moment: float) -> None:
    assert (start <= moment - seconds) != (start + seconds <= moment), "rounded otherwise"
    assert Prolonged([start], seconds).over(moment) == (start + seconds <= moment)


def test_an_end_frees_its_place_for_a_start_at_the_same_moment() -> None:
    assert highest([0.0, 1.0, 2.0], [1.0, 2.0, 3.0]) == Peak(1, 0)
    assert highest([0.0, 1.0, 2.0], [1.5, 2.5, 3.0]) == Peak(2, 1)


def naive_lowest(starts: list[float], window: float) -> int | None:
    """The fewest in windows that begin at every moment that could make a difference."""
    moments = {start + shift for start in starts for shift in (0, STEP / 2, -window)}
    begins = [m for m in moments if starts[0] <= m and m + window < starts[-1]]
    return min((sum(m <= start < m + window for start in starts) for m in begins), default=None)


@given(STARTS, st.integers(1, 200))
@examples(300)
def test_the_fewest_within_a_window(starts: list[float], length: int) -> None:
    window = length * STEP
    found = lowest_after(starts, window)
    wanted = naive_lowest(starts, window)
    if found is None:
        assert wanted is None
    else:
        after = starts[found.at]
        assert found.held == wanted
        assert sum(after < start <= after + window for start in starts) == found.held


def test_no_window_is_over_before_the_last_start() -> None:
    assert lowest_after([], 1.0) is None
    assert lowest_after([1.0], 1.0) is None
    assert lowest_after([1.0, 2.0], 1.0) is None
    assert lowest_after([1.0, 2.5], 1.0) == Peak(0, 0)
