"""The delays of one response."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

import pytest

from asyncly.srvmocker._core.delays import Delays, Latency, check_seconds


class Given:
    def __init__(self, *figures: float) -> None:
        self._figures = figures

    def delays(self) -> Iterator[float]:
        return iter(self._figures)

    def __repr__(self) -> str:
        return "Given()"


def test_seconds_are_always_the_same() -> None:
    delays = Delays(0.5)
    assert [delays.next(), delays.next()] == [0.5, 0.5]
    delays.rewind()
    assert delays.next() == 0.5
    assert str(delays) == "0.5 s"


def test_a_distribution_is_asked_once_for_each_call() -> None:
    delays = Delays(Given(0.1, 0.2))
    assert [delays.next(), delays.next()] == [0.1, 0.2]
    delays.rewind()
    assert delays.next() == 0.1
    assert str(delays) == "Given()"


def test_a_distribution_may_say_any_number() -> None:
    numpy_like = type("Float", (float,), {})
    delays = Delays(Given(2, numpy_like(0.5)))
    assert [delays.next(), delays.next()] == [2, 0.5]


def test_two_of_one_distribution_know_nothing_of_each_other() -> None:
    given = Given(0.1, 0.2)
    one, two = Delays(given), Delays(given)
    assert [one.next(), two.next(), one.next(), two.next()] == [0.1, 0.1, 0.2, 0.2]


def test_nonsense_is_told() -> None:
    delays = Delays(Given(0.1, -1, float("nan")))
    delays.next()
    with pytest.raises(ValueError, match=r"^Given\(\) said -1, which is not a time in seconds$"):
        delays.next()
    with pytest.raises(ValueError, match=r"^Given\(\) said nan, which"):
        delays.next()
    with pytest.raises(ValueError, match=r"^Given\(\) has no more delays: its delays\(\) must not"):
        delays.next()
    with pytest.raises(ValueError, match=r"^wait=-1 is not a time in seconds: give 0 or more$"):
        Delays(-1, "wait")
    with pytest.raises(TypeError, match=r"^latency=\[1\] is neither seconds nor a distribution"):
        Delays(cast(float, [1]))


@pytest.mark.parametrize("wrong", [True, Decimal("0.1"), Fraction(1, 10), "1", None])
def test_what_no_clock_can_wait_for_is_told(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^latency=.* is neither seconds nor a distribution"):
        Delays(wrong)
    with pytest.raises(TypeError, match=r"^x=.* is not a time in seconds: give a number$"):
        check_seconds("x", wrong)
    delays = Delays(Given(wrong))
    with pytest.raises(ValueError, match=r"^Given\(\) (said .*, which is not a|has no more)"):
        delays.next()


def test_what_only_looks_like_a_distribution_is_told() -> None:
    with pytest.raises(TypeError, match=r"^latency=<class '.*Given'> is neither seconds nor a dis"):
        Delays(cast(Latency, Given))

    class Listing(Given):
        def delays(self) -> Iterator[float]:
            return cast("Iterator[float]", [0.1])

    with pytest.raises(TypeError, match=r"^latency=Given\(\): its delays\(\) gave \[0\.1\], which"):
        Delays(Listing())
