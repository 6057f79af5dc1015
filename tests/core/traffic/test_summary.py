"""Columns and what follows from them, beside models that look at every call."""

from array import array
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate, pairwise
from math import inf, nan, nextafter
from typing import Any, NamedTuple, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.traffic.peaks import Peak
from asyncly.srvmocker._core.traffic.summary import Columns, Figures, Sizes
from tests.core.support import examples

STEP = 1 / 64


class Call(NamedTuple):
    """One call as a model sees it."""

    start: float
    end: float
    connection: int
    own: float
    size_in: int
    size_out: int

    @property
    def answered(self) -> float:
        return self.start + self.own if self.end == self.start else self.end


DELAYS = st.sampled_from([0.0, 0.0, STEP, 5 * STEP, 100 * STEP, inf])
ROWS = st.tuples(
    st.integers(1, 20),
    DELAYS,
    st.integers(0, 3),
    st.sampled_from([0.0, STEP / 8, STEP, 2 * STEP]),
    st.sampled_from([10, 20, 3000]),
    st.integers(0, 10**12),
)


@st.composite
def calls_of(draw: st.DrawFn) -> list[Call]:
    rows = draw(st.lists(ROWS, max_size=30))
    starts = [step * STEP for step in accumulate(row[0] for row in rows)]
    return [
        Call(start, start + delay, *rest)
        for start, (_, delay, *rest) in zip(starts, rows, strict=True)
    ]


def columns_of(calls: list[Call]) -> Columns:
    return Columns(
        array("d", [call.start for call in calls]),
        ends=array("d", [call.end for call in calls]),
        connections=array("I", [call.connection for call in calls]),
        own_times=array("f", [call.own for call in calls]),
        bytes_in=Sizes([call.size_in // 10 for call in calls], lambda number: number * 10),
        bytes_out=array("Q", [call.size_out for call in calls]),
    )


def in_order(ranks: Any) -> list[float]:
    return [ranks.at(rank) for rank in range(ranks.size)]


@given(calls_of(), st.integers(1, 100))
@examples(300)
def test_figures_are_those_of_every_call(calls: list[Call], length: int) -> None:
    figures = Figures(columns_of(calls))
    assert figures.size == len(calls)
    assert figures.span == (calls[-1].start - calls[0].start if calls else 0)
    assert figures.unanswered == sum(call.end == inf for call in calls)

    gaps = [later.start - call.start for call, later in pairwise(calls)]
    waits = [max(later.start - call.answered, 0) for call, later in pairwise(calls)]
    assert figures.gap_list() == gaps
    assert figures.wait_list() == waits
    assert in_order(figures.gaps) == sorted(gaps)
    assert in_order(figures.waits) == sorted(waits)
    durations = [call.answered - call.start for call in calls if call.end != inf]
    assert in_order(figures.durations) == sorted(durations)
    assert in_order(figures.overhead) == sorted(call.own for call in calls)
    assert in_order(figures.bytes_in) == sorted(call.size_in for call in calls)
    assert in_order(figures.bytes_out) == sorted(call.size_out for call in calls)

    by_connection = Counter(call.connection for call in calls)
    assert list(figures.by_connection.items()) == list(by_connection.items())
    assert in_order(figures.per_connection) == sorted(by_connection.values())

    in_flight = [
        1 + sum(other.end > call.start for other in calls[:number])
        for number, call in enumerate(calls)
    ]
    check_peak(figures.in_flight.peak, in_flight)
    assert in_order(figures.in_flight) == sorted(in_flight)
    assert figures.columns.at_once is all(call.end == call.start for call in calls)

    window = length * STEP
    rates = [
        sum(call.start - window < other.start <= call.start for other in calls) for call in calls
    ]
    check_peak(figures.window(window).peak, rates)
    assert in_order(figures.window(window)) == sorted(rates)
    assert figures.window(window) is figures.window(window)


def check_peak(peak: Peak, counts: list[int]) -> None:
    most = max(counts, default=0)
    assert peak == (most, counts.index(most) if counts else -1)


@given(calls_of())
@examples(100)
def test_who_had_no_answer_at_the_peak(calls: list[Call]) -> None:
    figures = Figures(columns_of(calls))
    peak = figures.in_flight.peak
    if calls:
        others = figures.held_up(peak)
        now = calls[peak.at].start
        assert others == [n for n, call in enumerate(calls[: peak.at]) if call.end > now]
        assert len(others) == peak.held - 1


def test_the_quietest_window() -> None:
    figures = Figures(Columns([0.0, 0.5, 1.0, 3.0, 3.5]))
    assert figures.quietest(1.0) == Peak(0, 2)
    assert figures.quietest(9.0) is None


@pytest.mark.parametrize("first", [0.0, 1e9, -1e9, -2.0])
def test_a_window_shorter_than_the_clock_can_tell_holds_one_call(first: float) -> None:
    starts = [first]
    for _ in range(4):
        starts.append(nextafter(starts[-1], inf))
    window = Figures(Columns(starts)).window(5e-324)
    assert window.peak == Peak(1, 0)
    assert in_order(window) == [1] * 5


@pytest.mark.parametrize("per", [0, -1.0, nan, inf])
def test_a_window_of_no_length(per: float) -> None:
    with pytest.raises(ValueError, match=rf"^per={per!r} is not a length in seconds"):
        Figures(Columns([])).window(per)


def test_what_is_not_given() -> None:
    figures = Figures(Columns([0.0, 1.0]))
    assert figures.columns.at_once
    assert figures.unanswered == 0
    assert figures.by_connection == {0: 2}
    assert in_order(figures.overhead) == in_order(figures.durations) == [0, 0]
    assert figures.bytes_in.total == figures.bytes_out.total == 0


def test_arrays_of_the_right_type_are_not_copied() -> None:
    starts, ends = array("d", [0.0, 1.0]), array("d", [0.5, 1.0])
    numbers, times = array("I", [1, 2]), array("f", [0.0, 0.5])
    sizes, wide = Sizes(array("I", [0, 1]), [10, 20].__getitem__), array("Q", [1, 2])
    columns = Columns(
        starts, ends=ends, connections=numbers, own_times=times, bytes_in=sizes, bytes_out=wide
    )
    assert columns.starts is starts
    assert columns.ends is ends
    assert columns.connections is numbers
    assert columns.own_times is times
    assert columns.bytes_in is sizes
    assert columns.bytes_out is wide
    assert columns.ends[0] == 0.5


def test_other_sequences_and_arrays_are_copied() -> None:
    columns = Columns(
        array("f", [0.0, 0.5]),
        ends=(0.25, 0.5),
        connections=iter([2**40, 1]),
        own_times=array("d", [0.0, 0.5]),
        bytes_in=array("i", [1, 2]),
        bytes_out=range(2),
    )
    assert columns.starts == array("d", [0.0, 0.5])
    assert columns.ends == array("d", [0.25, 0.5])
    assert columns.connections == array("Q", [2**40, 1])
    assert columns.bytes_in == array("Q", [1, 2])
    assert columns.bytes_out == range(2), "which cannot change"


@pytest.mark.parametrize("name", ["ends", "connections", "own_times", "bytes_in", "bytes_out"])
def test_columns_of_different_lengths(name: str) -> None:
    given: dict[str, Any] = {name: [1]}
    with pytest.raises(ValueError, match=f"^{name} has 1 entries for 2 calls$"):
        Columns([0.0, 1.0], **given)


def test_sizes_of_another_length() -> None:
    with pytest.raises(ValueError, match=r"^bytes_out has 3 entries for 0 calls$"):
        Columns([], bytes_out=Sizes([1, 2, 3], abs))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"starts": [0.0, 0.0]}, "starts do not strictly increase"),
        ({"starts": [1.0, 2.0, 1.5]}, "starts do not strictly increase"),
        ({"starts": [1.0, nan, 3.0]}, "starts do not strictly increase"),
        ({"starts": [nan]}, "starts are not all finite"),
        ({"starts": [0.0, inf]}, "starts are not all finite"),
        ({"starts": [-inf, 0.0]}, "starts are not all finite"),
        ({"starts": [0.0, 1.0], "ends": [0.0, 0.5]}, "ends has one that is before its start"),
        ({"starts": [0.0, 1.0], "ends": [nan, 1.0]}, "ends has one that is before its start"),
        ({"starts": [0.0], "own_times": [-0.5]}, "own_times has one that is negative"),
        ({"starts": [0.0], "connections": [-1]}, "connections has a number that is negative"),
        ({"starts": [0.0], "bytes_in": [-1]}, "bytes_in has a number that is negative"),
        ({"starts": [0.0], "bytes_out": [2**64]}, "bytes_out has a number that is negative or too"),
    ],
)
def test_columns_that_make_no_sense(given: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError) as caught:
        Columns(**given)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"starts": ["0"]}, "starts: must be real number, not str"),
        ({"starts": [0.0], "bytes_in": [0.5]}, "bytes_in: "),
    ],
)
def test_columns_of_something_else(given: dict[str, Any], text: str) -> None:
    with pytest.raises(TypeError) as caught:
        Columns(**given)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("numbers", [[1, 2, 1, 2, 1], range(3000), [5] * 3000, []])
def test_sizes_by_number(numbers: Iterable[int]) -> None:
    sizes = Sizes(numbers, lambda number: number % 2)
    figures = Figures(Columns(map(float, range(len(sizes))), bytes_in=sizes))
    assert figures.bytes_in.total == sum(number % 2 for number in numbers)


def test_summaries_leave_no_garbage() -> None:
    import gc
    import weakref

    gc.collect()
    gc.disable()
    try:
        figures = Figures(Columns([0.0, 0.5, 1.0], ends=[0.75, 0.5, 2.0]))
        for ranks in (figures.gaps, figures.waits, figures.durations, figures.in_flight):
            assert cast(Any, ranks).at(0) is not None
        assert (figures.window(1.0).highest, figures.per_connection.highest) == (2, 3)
        gone = weakref.ref(figures)
        del figures
        assert gone() is None
    finally:
        gc.enable()


def test_sizes_of_all_that_are_picked_in_another_order() -> None:
    sizes = Sizes([2, 0, 1], {0: 11, 1: 12, 2: 14}.__getitem__, every=lambda: (10, [1, 2, 4]))
    figures = Figures(Columns([0.0, 1.0, 2.0], bytes_in=sizes))
    assert figures.bytes_in.total == 37


def test_what_begins_and_ends_alike_may_differ_between() -> None:
    figures = Figures(Columns([0.0, 1.0, 2.0], connections=array("I", [4, 9, 4])))
    assert list(figures.by_connection.items()) == [(4, 2), (9, 1)]
