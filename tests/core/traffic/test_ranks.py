"""Values in order of size, beside a sorted list."""

import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from math import ceil, fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.traffic.ranks import (
    Distribution,
    Selection,
    Tally,
    seconds_text,
    size_text,
)
from tests.core.support import examples

PERCENTS = [0, 0.1, 1, 25, 33.3, 50, 66.6, 90, 95, 99, 99.9, 99.99, 100]


def nearest_rank(values: list[float], percent: float) -> float:
    """As it is defined: the smallest value that so many per cent do not exceed."""
    wanted = ceil(Fraction(str(percent)) * len(values) / 100)
    return next(v for v in sorted(values) if sum(other <= v for other in values) >= wanted)


def selection(values: list[float]) -> Selection:
    return Selection(len(values), values.__getitem__)


def tally(values: list[int]) -> Tally:
    return Tally(len(values), lambda: Counter(values))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.sampled_from(PERCENTS))
@examples(200)
def test_percentiles_of_times(values: list[float], percent: float) -> None:
    distribution = Distribution("gaps", selection(values), seconds_text)
    assert distribution.percentile(percent) == nearest_rank(values, percent)
    assert distribution.min == min(values)
    assert distribution.max == max(values)
    assert distribution.total == fsum(values)
    assert distribution.mean == fsum(values) / len(values)
    assert len(distribution) == len(values)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.sampled_from(PERCENTS))
@examples(200)
def test_percentiles_of_whole_numbers(values: list[int], percent: float) -> None:
    distribution = Distribution("sizes", tally(values), size_text)
    assert distribution.percentile(percent) == nearest_rank([*values], percent)
    assert distribution.median == nearest_rank([*values], 50)
    assert distribution.min == min(values)
    assert distribution.max == max(values)
    assert distribution.total == sum(values)
    assert distribution.mean == sum(values) / len(values)
    assert len(distribution) == len(values)


@pytest.mark.parametrize(
    ("percent", "size", "rank"), [(99.9, 1000, 999), (0.1, 1000, 1), (95, 20, 19), (50, 3, 2)]
)
def test_a_percent_is_meant_as_it_is_written(percent: float, size: int, rank: int) -> None:
    values = tally(list(range(1, size + 1)))
    assert Distribution("sizes", values, str).percentile(percent) == rank


def sawtooth(number: int) -> float:
    """A sample of every second or third value does not see what the others are like."""
    return float(number % 2) + float(number % 3)


SHAPES: dict[str, Callable[[random.Random, int], float]] = {
    "even": lambda chance, number: chance.random(),
    "long tail": lambda chance, number: chance.lognormvariate(0, 3),
    "rising": lambda chance, number: float(number),
    "falling": lambda chance, number: -float(number),
    "few": lambda chance, number: float(chance.randrange(3)),
    "one": lambda chance, number: 7.0,
    "sawtooth": lambda chance, number: sawtooth(number),
}


@pytest.mark.parametrize("size", [8192, 8193, 20_000, 40_000])
@pytest.mark.parametrize("shape", SHAPES)
def test_selecting_gives_what_sorting_gives(shape: str, size: int) -> None:
    chance = random.Random(size)
    values = [SHAPES[shape](chance, number) for number in range(size)]
    ordered = sorted(values)
    ranks = [0, size // 2, int(size * 0.95), int(size * 0.99), size - 1, size // 4, size // 2]
    found = selection(values)
    assert [found.at(rank) for rank in ranks] == [ordered[rank] for rank in ranks]
    for rank in ranks:
        assert selection(values).at(rank) == ordered[rank]
    assert (found.lowest, found.highest) == (ordered[0], ordered[-1])


def test_nothing_is_made_before_it_is_asked_for_and_the_usual_once() -> None:
    made: list[int] = []

    values = [random.random() for _ in range(100_000)]

    def cut(part: slice) -> list[float]:
        cut_out = values[part]
        made.append(len(cut_out))
        return cut_out

    distribution = Distribution("gaps", Selection(100_000, cut), seconds_text)
    assert len(distribution) == 100_000
    assert made == []
    for percent in (0, 50, 95, 99, 100):
        distribution.percentile(percent)
    assert distribution.min < distribution.mean < distribution.max
    assert sum(made) - made[0] == 100_000
    assert made[0] < 10_000  # the sample


@pytest.mark.parametrize("every", [2, 7, 1000])
def test_places_may_be_without_a_value(every: int) -> None:
    """As calls are that have no answer yet: one in so many places has a value, after many have."""
    chance = random.Random(every)
    places = [
        chance.random()
        if number < 5_000 or (number % every == 1 and not 20_000 < number < 30_000)
        else None
        for number in range(70_000)
    ]
    ordered = sorted(value for value in places if value is not None)

    def cut(part: slice) -> list[float]:
        return [value for value in places[part] if value is not None]

    found = Selection(len(ordered), cut, len(places))
    for rank in (len(ordered) // 2, int(len(ordered) * 0.95), len(ordered) - 1, 0, 99):
        assert found.at(rank) == ordered[rank]
    assert (found.lowest, found.highest, found.total) == (ordered[0], ordered[-1], fsum(ordered))


def test_whole_numbers_are_counted_once() -> None:
    made: list[int] = []

    def count() -> dict[int, int]:
        made.append(1)
        return {3: 2, 1: 1}

    distribution = Distribution("sizes", Tally(3, count), size_text)
    assert (distribution.median, distribution.min, distribution.total) == (3, 1, 7)
    assert made == [1]


@pytest.mark.parametrize("percent", [-0.1, 100.1, float("nan"), float("inf")])
def test_a_percent_that_is_none(percent: float) -> None:
    with pytest.raises(ValueError, match=rf"^percent={percent!r} is not within 0 to 100$"):
        Distribution("gaps", selection([1.0]), seconds_text).percentile(percent)


@pytest.mark.parametrize(("percent", "meant"), [(0.5, "50"), (0.99, "99"), (0.999, "99.9")])
def test_a_part_of_1_is_no_percent(percent: float, meant: str) -> None:
    with pytest.raises(
        ValueError, match=rf"^percent={percent} is within 0 to 1: give {meant} for {meant} %$"
    ):
        Distribution("gaps", selection([1.0]), seconds_text).percentile(percent)


@pytest.mark.parametrize("name", ["min", "max", "mean", "median"])
def test_without_values_there_is_nothing_to_tell(name: str) -> None:
    distribution = Distribution("gaps", selection([]), seconds_text)
    with pytest.raises(ValueError, match=r"^no gaps: too few calls$"):
        getattr(distribution, name)
    assert len(distribution) == 0
    assert distribution.total == 0
    assert distribution.texts(0, 50) == []
    assert repr(distribution) == "<Distribution of gaps: no values>"


def test_a_distribution_as_people_read_it() -> None:
    distribution = Distribution("gaps", selection([0.25, 1.5, 2.0]), seconds_text)
    assert distribution.name == "gaps"
    assert distribution.texts(0, 100) == ["250 ms", "2 s", "3.75 s"]
    assert repr(distribution) == "<Distribution of gaps: 3 values, 250 ms to 2 s, median 1.5 s>"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (1e-9, "0.001 µs"),
        (1.5e-6, "1.5 µs"),
        (0.0123456, "12.35 ms"),
        (1.0, "1 s"),
        (754.25, "754.2 s"),
        (98_765.4, "98765 s"),
    ],
)
def test_seconds_as_people_read_them(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (123_456, "123.5 kB"),
        (2e6, "2 MB"),
        (3e9, "3 GB"),
    ],
)
def test_sizes_as_people_read_them(size: float, text: str) -> None:
    assert size_text(size) == text
