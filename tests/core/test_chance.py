"""Chance that can be repeated."""

import pytest

from asyncly.srvmocker._core.chance import check_probability, chosen_seed, run_of


def test_a_seed_is_kept_or_drawn() -> None:
    assert chosen_seed(7) == 7
    assert chosen_seed(None) != chosen_seed(None)
    with pytest.raises(TypeError, match=r"^seed=0\.5 is not an integer$"):
        chosen_seed(0.5)
    with pytest.raises(TypeError, match=r"^seed=True is not an integer$"):
        chosen_seed(True)


def test_runs_are_each_their_own() -> None:
    one, two = run_of(1), run_of(1)
    figures = [one.random() for _ in range(5)]
    assert figures == [two.random() for _ in range(5)]


def test_a_probability_is_within_0_and_1() -> None:
    check_probability("p", 0)
    check_probability("p", 1)
    for value in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=r"^p=.* is not a probability: give 0 to 1$"):
            check_probability("p", value)
