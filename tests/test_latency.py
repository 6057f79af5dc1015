"""Distributions of delays: what they draw, that a seed repeats it, and what bad input gets."""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from statistics import fmean, median, pstdev
from typing import Any, cast

import pytest

from asyncly.srvmocker import ByCall, Latency, LogNormal, Normal, Percentiles, Uniform

MANY = 20_000


def drawn(latency: Latency, count: int = MANY) -> list[float]:
    return list(islice(latency.delays(), count))


def percentile(figures: list[float], share: float) -> float:
    return sorted(figures)[int(len(figures) * share)]


def test_uniform_draws_between_two() -> None:
    figures = drawn(Uniform(0.1, 0.3))
    assert 0.1 <= min(figures) < 0.101
    assert 0.299 < max(figures) <= 0.3
    assert fmean(figures) == pytest.approx(0.2, rel=0.02)
    assert drawn(Uniform(0.1, 0.1), 3) == [0.1] * 3


def test_normal_draws_around_a_mean() -> None:
    figures = drawn(Normal(0.5, 0.05))
    assert fmean(figures) == pytest.approx(0.5, rel=0.01)
    assert pstdev(figures) == pytest.approx(0.05, rel=0.05)
    assert drawn(Normal(0.5, 0), 3) == [0.5] * 3


def test_normal_is_truncated_and_not_clamped() -> None:
    figures = drawn(Normal(0, 0.1))
    assert min(figures) >= 0
    assert figures.count(0) < 5  # a clamped one would have half of them there
    assert fmean(figures) == pytest.approx(0.1 * 0.7979, rel=0.03)  # that of a half-normal one


def test_lognormal_is_told_by_its_median_and_one_of_two() -> None:
    by_sigma = drawn(LogNormal(0.02, 0.5))
    assert median(by_sigma) == pytest.approx(0.02, rel=0.03)
    assert percentile(by_sigma, 0.8413) == pytest.approx(0.02 * 2.71828**0.5, rel=0.05)
    by_p99 = drawn(LogNormal(0.02, p99=0.3))
    assert median(by_p99) == pytest.approx(0.02, rel=0.05)
    assert percentile(by_p99, 0.99) == pytest.approx(0.3, rel=0.15)
    assert drawn(LogNormal(0.02, p99=0.02), 3) == [0.02] * 3


def test_percentiles_are_met_and_interpolated() -> None:
    figures = drawn(Percentiles({99: 0.2, 50: 0.01, 90: 0.05}))  # in any order
    for share, wanted in ((0.5, 0.01), (0.7, 0.03), (0.9, 0.05), (0.95, 0.1333)):
        assert percentile(figures, share) == pytest.approx(wanted, rel=0.1)
    assert percentile(figures, 0.25) == pytest.approx(0.005, rel=0.1)
    assert min(figures) < 0.001
    assert max(figures) == 0.2
    assert figures.count(0.2) == pytest.approx(MANY / 100, rel=0.3)


def test_percentiles_may_tell_the_ends() -> None:
    figures = drawn(Percentiles({0: 0.1, 100: 0.2}))
    assert 0.1 <= min(figures) < 0.101
    assert 0.199 < max(figures) < 0.2
    assert set(drawn(Percentiles({0: 0.1}), 10)) == {0.1}
    assert set(drawn(Percentiles({0: 0.3, 50: 0.3, 100: 0.3}), 10)) == {0.3}


def test_by_call() -> None:
    assert drawn(ByCall([0.1, 0.2]), 4) == [0.1, 0.2, 0.2, 0.2]
    assert drawn(ByCall([0.1, 0.2], then=0.5), 4) == [0.1, 0.2, 0.5, 0.5]
    others = Uniform(1, 2, seed=3)
    assert drawn(ByCall([0.1], then=others), 4) == [0.1, *drawn(others, 3)]


SEEDED: dict[str, Callable[[int | None], Uniform | Normal | LogNormal | Percentiles]] = {
    "uniform": lambda seed: Uniform(0, 1, seed=seed),
    "normal": lambda seed: Normal(1, 1, seed=seed),
    "lognormal": lambda seed: LogNormal(1, 1, seed=seed),
    "percentiles": lambda seed: Percentiles({50: 1, 99: 2}, seed=seed),
}


@pytest.mark.parametrize("make", SEEDED.values(), ids=SEEDED)
def test_a_seed_is_a_run(
    make: Callable[[int | None], Uniform | Normal | LogNormal | Percentiles],
) -> None:
    assert drawn(make(7), 50) == drawn(make(7), 50)
    assert drawn(make(7), 50) != drawn(make(8), 50)
    assert make(7) == make(7)
    assert hash(make(7)) == hash(make(7))
    assert make(7) != make(8)
    one = make(7)
    first, second = one.delays(), one.delays()  # runs that know nothing of each other
    assert [next(first) for _ in range(5)] == [next(second) for _ in range(5)]


@pytest.mark.parametrize("make", SEEDED.values(), ids=SEEDED)
def test_a_seed_that_was_drawn_can_be_read(
    make: Callable[[int | None], Uniform | Normal | LogNormal | Percentiles],
) -> None:
    one = make(None)
    assert one.seed != make(None).seed
    assert drawn(make(one.seed), 50) == drawn(one, 50)
    assert f"seed={one.seed})" in repr(one)


def test_the_default_seed_is_fixed() -> None:
    assert Uniform(0, 1).seed == 0
    assert drawn(Uniform(0, 1), 5) == drawn(Uniform(0, 1, seed=0), 5)


def test_they_tell_what_they_are() -> None:
    assert repr(Uniform(0, 1)) == "Uniform(low=0, high=1, seed=0)"
    assert repr(LogNormal(1, 0.5, seed=2)) == "LogNormal(median=1, sigma=0.5, seed=2)"
    assert LogNormal(1, p99=1).sigma == 0
    assert repr(ByCall([1, 2])) == "ByCall(first=(1, 2), then=2)"
    assert repr(Percentiles({50: 1})) == "Percentiles(table={50: 1}, seed=0)"


NAN = float("nan")
SECONDS = "is not a time in seconds: give 0 or more"


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Uniform(-1, 1), f"low=-1 {SECONDS}"),
        (lambda: Uniform(0, NAN), f"high=nan {SECONDS}"),
        (lambda: Uniform(2, 1), "high=1 is less than low=2"),
        (lambda: Normal(-1, 1), f"mean=-1 {SECONDS}"),
        (lambda: Normal(1, -1), f"deviation=-1 {SECONDS}"),
        (lambda: LogNormal(-1, 1), f"median=-1 {SECONDS}"),
        (lambda: LogNormal(0, 1), "median=0: give more than 0, in seconds"),
        (lambda: LogNormal(1), "give sigma or p99"),
        (lambda: LogNormal(1, 1, p99=2), "give sigma or p99, and not both"),
        (lambda: LogNormal(1, 79), "sigma=79 is too large: some delays would be no float"),
        (lambda: LogNormal(1e300, 2.5), "sigma=2.5 is too large: some delays would be no float"),
        (
            lambda: LogNormal(1, p99=1e90),
            "sigma=89.08068336723143 is too large: some delays would be no float",
        ),
        (lambda: LogNormal(1, -1), "sigma=-1 is not a deviation: give 0 or more"),
        (lambda: LogNormal(1, NAN), "sigma=nan is not a deviation: give 0 or more"),
        (lambda: LogNormal(1, p99=float("inf")), f"p99=inf {SECONDS}"),
        (lambda: LogNormal(1, p99=0.5), "p99=0.5 is less than median=1"),
        (lambda: Percentiles({}), "table is empty: give seconds by percentile"),
        (lambda: Percentiles({101: 1}), "table has the percentile 101: give 0 to 100"),
        (
            lambda: Percentiles({0.5: 1, 0.99: 2}),
            "table={0.5: 1, 0.99: 2} ends within 0 to 1: give 99 for the 99th percentile",
        ),
        (lambda: Percentiles({-1: 1}), "table has the percentile -1: give 0 to 100"),
        (lambda: Percentiles({50: -1}), f"table[50]=-1 {SECONDS}"),
        (lambda: Percentiles({50: 2, 90: 1}), "table={50: 2, 90: 1} goes down from 50 to 90"),
        (lambda: ByCall([]), "first is empty: give the delay of one call at least"),
        (lambda: ByCall([1, -1]), f"first[1]=-1 {SECONDS}"),
        (lambda: ByCall([1], then=-1), f"then=-1 {SECONDS}"),
    ],
)
def test_bad_input_is_told_when_it_is_made(make: Callable[[], Latency], text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        make()


NUMBER = "is not a time in seconds: give a number"
WRONG = cast(Any, "x")
MISTAKEN: list[tuple[Callable[[], Latency], str]] = [
    (lambda: Uniform(WRONG, 1), f"low='x' {NUMBER}"),
    (lambda: LogNormal(1, WRONG), f"sigma='x' {NUMBER}"),
    (lambda: Percentiles(WRONG), "table='x': give a mapping of seconds by percentile"),
    (lambda: Percentiles({WRONG: 1}), "table has the percentile 'x': give 0 to 100"),
    (lambda: Percentiles({50: WRONG}), f"table[50]='x' {NUMBER}"),
    (lambda: ByCall(WRONG), "first='x': give a list of seconds, one for each of the calls"),
    (
        lambda: ByCall(cast(Any, 5)),
        "first=5: give a list of seconds, one for each of the calls",
    ),
    (lambda: ByCall([WRONG]), f"first[0]='x' {NUMBER}"),
]


def test_what_is_of_another_type_is_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"^seed='x' is not an integer$"):
        Uniform(0, 1, seed="x")  # type: ignore[arg-type]  # the mistake that is meant
    for make, text in MISTAKEN:
        with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
            make()
    with pytest.raises(TypeError, match=r"^then='x' is neither seconds nor a distribution, as"):
        ByCall([1], then="x")  # type: ignore[arg-type]  # the mistake that is meant


class OnceOnly:
    """A distribution of a user's own, with a mistake."""

    def __init__(self, *figures: float) -> None:
        self._figures = figures

    def delays(self) -> Iterator[float]:
        return iter(self._figures)

    def __repr__(self) -> str:
        return "OnceOnly()"


def test_what_comes_behind_may_be_of_a_user_s_own() -> None:
    run = ByCall([0.1], then=OnceOnly(0.5)).delays()
    assert [next(run), next(run)] == [0.1, 0.5]
    with pytest.raises(ValueError, match=r"^OnceOnly\(\) has no more delays: its delays\(\) must"):
        next(run)
