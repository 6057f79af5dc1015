"""Schedules: which calls they mean, that a seed repeats a run, and what bad input gets."""

import re
from collections.abc import Callable, Sequence
from math import inf
from typing import cast

import pytest

from asyncly.srvmocker import (
    Between,
    Burst,
    CallNumbers,
    EveryNth,
    Probability,
    Ramp,
    Schedule,
)

NAN = float("nan")


def meant(schedule: Schedule, count: int = 12, seconds: float = 0.0) -> list[int]:
    decide = schedule.begin()
    return [call for call in range(1, count + 1) if decide(call, seconds)]


@pytest.mark.parametrize(
    ("schedule", "wanted"),
    [
        (EveryNth(1), [*range(1, 13)]),
        (EveryNth(5), [5, 10]),
        (EveryNth(5, offset=3), [8]),
        (EveryNth(5, offset=-4), [1, 6, 11]),
        (EveryNth(5, offset=10), []),
        (Burst(1, 1), [*range(1, 13)]),
        (Burst(2, every=6), [1, 2, 7, 8]),
        (CallNumbers(3, 1, 3), [1, 3]),
        (Probability(0), []),
        (Probability(1), [*range(1, 13)]),
    ],
)
def test_calls_by_their_number(schedule: Schedule, wanted: Sequence[int]) -> None:
    assert meant(schedule) == wanted


def test_between_two_times() -> None:
    decide = Between(1, 2).begin()
    assert [decide(1, seconds) for seconds in (0, 0.99, 1, 1.99, 2, 9)] == [
        *(False, False, True, True, False, False)
    ]
    decide = Between(0, inf).begin()
    assert decide(1, 0)
    assert decide(1, 1e9)


def test_a_probability_is_met() -> None:
    assert len(meant(Probability(0.2), 10_000)) == pytest.approx(2_000, rel=0.1)


def test_a_ramp_goes_from_one_probability_to_the_other() -> None:
    ramp = Ramp(0.8, 0.2, seconds=10)
    for seconds, wanted in ((0, 0.8), (5, 0.5), (10, 0.2), (100, 0.2)):
        assert len(meant(ramp, 10_000, seconds)) == pytest.approx(10_000 * wanted, rel=0.1)
    assert meant(Ramp(0, 1, seconds=10), 3, 0) == []
    assert meant(Ramp(0, 1, seconds=10), 3, 10) == [1, 2, 3]


SEEDED: dict[str, Callable[[int | None], Probability | Ramp]] = {
    "probability": lambda seed: Probability(0.5, seed=seed),
    "ramp": lambda seed: Ramp(0.5, 0.5, 1, seed=seed),
}


@pytest.mark.parametrize("make", SEEDED.values(), ids=SEEDED)
def test_a_seed_is_a_run(make: Callable[[int | None], Probability | Ramp]) -> None:
    assert meant(make(7), 50) == meant(make(7), 50) != meant(make(8), 50)
    assert make(7) == make(7) != make(8)
    one = make(None)
    assert one.seed != make(None).seed
    assert meant(make(one.seed), 50) == meant(one, 50)
    first, second = one.begin(), one.begin()  # runs that know nothing of each other
    assert [(first(n, 0), second(n, 0)) for n in range(50)] == [
        (decision, decision) for decision in map(one.begin(), range(50), [0.0] * 50)
    ]


def test_they_tell_what_they_are() -> None:
    assert repr(Probability(0.5, seed=7)) == "Probability(p=0.5, seed=7)"
    assert repr(EveryNth(3)) == "EveryNth(n=3, offset=0)"
    assert repr(Ramp(0, 1, 5)) == "Ramp(start=0, end=1, seconds=5, seed=0)"
    assert CallNumbers(1, 2) == CallNumbers(2, 1)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Probability(-0.1), "p=-0.1 is not a probability: give 0 to 1"),
        (lambda: Probability(NAN), "p=nan is not a probability: give 0 to 1"),
        (lambda: Ramp(2, 1, 1), "start=2 is not a probability: give 0 to 1"),
        (lambda: Ramp(0, 2, 1), "end=2 is not a probability: give 0 to 1"),
        (lambda: Ramp(0, 1, 0), "seconds=0 is not a duration: give more than 0"),
        (lambda: Ramp(0, 1, inf), "seconds=inf is not a duration: give more than 0"),
        (lambda: EveryNth(0), "n=0: give 1 or more"),
        (lambda: EveryNth(3, offset=-3), "offset=-3: give -2 or more"),
        (lambda: Burst(0, 3), "length=0: give 1 or more"),
        (lambda: Burst(3, 2), "every=2: give 3 or more"),
        (lambda: Between(-1, 2), "start=-1 is not a time in seconds: give 0 or more"),
        (lambda: Between(NAN, 2), "start=nan is not a time in seconds: give 0 or more"),
        (lambda: Between(2, 2), "end=2 is not later than start=2"),
        (lambda: Between(2, NAN), "end=nan is not later than start=2"),
        (CallNumbers, "CallNumbers needs at least one number"),
        (lambda: CallNumbers(1, 0), "number=0: give 1 or more"),
    ],
)
def test_bad_input_is_told_when_it_is_made(make: Callable[[], Schedule], text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        make()


WRONG = cast(float, "x")


def test_what_is_no_number_is_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"^n=1\.5 is not an integer$"):
        EveryNth(1.5)  # type: ignore[arg-type]  # the mistake that is meant
    for make, text in (
        (lambda: EveryNth(True), "n=True is not an integer"),
        (lambda: CallNumbers(True), "number=True is not an integer"),
        (lambda: Probability(True), "p=True is not a probability: give a number, 0 to 1"),
        (lambda: Between(0, True), "end=True is not a time in seconds: give a number"),
        (lambda: Probability(WRONG), "p='x' is not a probability: give a number, 0 to 1"),
        (lambda: Between(WRONG, 1), "start='x' is not a time in seconds: give a number"),
        (lambda: Between(0, WRONG), "end='x' is not a time in seconds: give a number"),
        (lambda: Ramp(0, 1, WRONG), "seconds='x' is not a time in seconds: give a number"),
    ):
        with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
            make()
    with pytest.raises(TypeError, match=r"^seed='x' is not an integer$"):
        Probability(0.5, seed="x")  # type: ignore[arg-type]  # the mistake that is meant
