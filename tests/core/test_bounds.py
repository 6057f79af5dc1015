"""What `exactly`, `at_least` and `at_most` ask for."""

from typing import Any, cast

import pytest

from asyncly.srvmocker._core.bounds import CountBounds, refuse_contradictions


@pytest.mark.parametrize(
    ("bounds", "text", "held", "not_held"),
    [
        (CountBounds(exactly=2), "exactly 2", [2], [0, 1, 3]),
        (CountBounds(exactly=0), "exactly 0", [0], [1]),
        (CountBounds(at_least=2), "at least 2", [2, 3, 99], [0, 1]),
        (CountBounds(at_most=2), "at most 2", [0, 2], [3]),
        (CountBounds(at_most=0), "at most 0", [0], [1]),
        (CountBounds(None, 2, 3), "at least 2 and at most 3", [2, 3], [1, 4]),
        (CountBounds(None, 2, 2), "at least 2 and at most 2", [2], [1, 3]),
    ],
)
def test_what_is_within(
    bounds: CountBounds, text: str, held: list[int], not_held: list[int]
) -> None:
    assert str(bounds) == text
    assert [count for count in [*held, *not_held] if bounds.holds(count)] == held


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "nothing to assert: give exactly=, at_least= or at_most="),
        ({"exactly": 1, "at_least": 1}, "at_least= says nothing beside exactly=: leave one of"),
        ({"exactly": 0, "at_most": 1}, "at_most= says nothing beside exactly="),
        ({"exactly": -1}, "exactly=-1 is negative"),
        ({"at_least": -1}, "at_least=-1 is negative"),
        ({"at_most": -2}, "at_most=-2 is negative"),
        ({"at_least": 3, "at_most": 2}, "at_least=3 is more than at_most=2"),
    ],
)
def test_bounds_that_make_no_sense(given: dict[str, int], text: str) -> None:
    with pytest.raises(ValueError) as caught:
        CountBounds(**given)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("value", [1.0, "1", True])
def test_what_is_not_a_whole_number(value: object) -> None:
    with pytest.raises(TypeError) as caught:
        CountBounds(at_least=cast(Any, value))
    assert str(caught.value) == f"at_least={value!r} is not a whole number"


def test_the_names_are_those_that_can_be_given() -> None:
    with pytest.raises(ValueError, match=r"^nothing to assert: give at_least= or at_most=$"):
        refuse_contradictions({"at_least": None, "at_most": None})


@pytest.mark.parametrize(
    ("bounds", "lowest", "highest"),
    [
        (CountBounds(exactly=2), 2, 2),
        (CountBounds(exactly=0), 0, 0),
        (CountBounds(at_least=2), 2, None),
        (CountBounds(at_most=2), 0, 2),
        (CountBounds(None, 0, 3), 0, 3),
    ],
)
def test_the_ends_of_what_is_within(bounds: CountBounds, lowest: int, highest: int | None) -> None:
    assert (bounds.lowest, bounds.highest) == (lowest, highest)
