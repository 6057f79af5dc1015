"""What is wanted of the times between calls."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.traffic.gaps import GapBounds, Seconds
from tests.core.support import examples


def bounds(
    exactly: Seconds | None = None,
    at_least: Seconds | None = None,
    at_most: Seconds | None = None,
    tolerance: float = 0.0,
) -> GapBounds:
    return GapBounds(exactly, at_least, at_most, tolerance)


NONE = "got none: there were fewer than two calls"


@pytest.mark.parametrize(
    ("wanted", "gaps"),
    [
        (bounds(at_least=0.1), [0.1]),
        (bounds(at_least=0), [0.0, 0.1]),
        (bounds(at_least=0.1, at_most=1), [0.1, 0.5, 1.0]),
        (bounds(at_least=[0.1, 0.2]), [0.1, 9.0]),
        (bounds(at_most=(0.1, 0.2)), [0.0, 0.2]),
        (bounds(at_least=[0.1, 0.2], at_most=0.3), [0.1, 0.3]),
        (bounds(at_least=[0.1, 0.2], at_most=[0.1, 0.3]), [0.1, 0.25]),
        (bounds(at_least=0.5, tolerance=0.25), [0.25, 9.0]),
        (bounds(at_most=0.5, tolerance=0.25), [0.75, 0.0]),
        (bounds(exactly=0.5, tolerance=0.25), [0.25, 0.75]),
        (bounds(exactly=[0.5, 1.0], tolerance=0.25), [0.75, 0.75]),
    ],
)
def test_what_is_as_wanted(wanted: GapBounds, gaps: list[float]) -> None:
    assert wanted.explain(gaps, "gaps") is None


@pytest.mark.parametrize(
    ("wanted", "gaps", "text"),
    [
        (
            bounds(at_least=0.5),
            [0.5, 0.25, 1.0],
            (
                "gaps of at least 0.5 s, 1 of 3 are not: "
                "0.25 s from calls[1] to calls[2], 0.25 s too short"
            ),
        ),
        (
            bounds(at_most=[1.0, 2.0], tolerance=0.25),
            [1.5, 2.5],
            (
                "gaps of at most 1, 2 s (tolerance 0.25 s), got 1.5, 2.5 s: "
                "1.5 s from calls[0] to calls[1], 0.5 s too long; "
                "2.5 s from calls[1] to calls[2], 0.5 s too long"
            ),
        ),
        (
            bounds(at_least=0.5, at_most=1.0),
            [2.0],
            (
                "gaps of at least 0.5 s and of at most 1 s, 1 of 1 are not: "
                "2 s from calls[0] to calls[1], 1 s too long"
            ),
        ),
        (
            bounds(exactly=[0.5, 0.5], tolerance=0.125),
            [0.5, 0.25],
            (
                "gaps of exactly 0.5, 0.5 s (tolerance 0.125 s), got 0.5, 0.25 s: "
                "0.25 s from calls[1] to calls[2], 0.25 s too short"
            ),
        ),
        (
            bounds(at_least=[0.5, 0.5, 0.5]),
            [0.5],
            "3 gaps of at least 0.5, 0.5, 0.5 s, got 1 of 2 call(s): 0.5 s",
        ),
        (bounds(at_least=[0.5]), [1, 2], "1 gaps of at least 0.5 s, got 2 of 3 call(s): 1, 2 s"),
        (bounds(at_least=[0.5]), [], "1 gaps of at least 0.5 s, " + NONE),
        (bounds(at_least=0.5), [], "gaps of at least 0.5 s, " + NONE),
    ],
)
def test_what_is_not(wanted: GapBounds, gaps: list[float], text: str) -> None:
    assert wanted.explain(gaps, "gaps") == text


def test_the_text_is_bounded() -> None:
    gaps = [0.25] * 1000
    text = bounds(at_least=0.5).explain(gaps, "gaps")
    assert text is not None
    assert text.startswith("gaps of at least 0.5 s, 1000 of 1000 are not: 0.25 s from calls[0]")
    assert text.endswith("from calls[4] to calls[5], 0.25 s too short; and 995 more")
    text = bounds(at_least=[0.5] * 1000).explain(gaps, "gaps")
    assert text is not None
    assert text.count("0.5, ") == 10
    assert "... 990 more s, got 0.25, 0.25" in text
    assert len(text) < 1000


@given(
    st.lists(st.tuples(*[st.integers(0, 8)] * 3), min_size=1, max_size=6),
    st.sampled_from([0, 1, 2]),
)
@examples(200)
def test_every_gap_is_looked_at(rows: list[tuple[int, int, int]], tolerance: int) -> None:
    gaps = [float(gap) for gap, _, _ in rows]
    lows = [min(low, high) for _, low, high in rows]
    highs = [max(low, high) for _, low, high in rows]
    wanted = bounds(at_least=lows, at_most=highs, tolerance=tolerance)
    wrong = [
        f"calls[{number}] to"
        for number, gap in enumerate(gaps)
        if gap < lows[number] - tolerance or gap > highs[number] + tolerance
    ]
    text = wanted.explain(gaps, "gaps") or ""
    assert [f"calls[{n}] to" for n in range(len(gaps)) if f"calls[{n}] to" in text] == wrong[:5]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "nothing to assert: give exactly=, at_least= or at_most="),
        ({"exactly": 1, "at_most": 1}, "at_most= says nothing beside exactly="),
        ({"exactly": 1}, "exactly= needs a tolerance=: no two clocks agree to the last digit"),
        ({"exactly": 1, "tolerance": -1}, "tolerance=-1 is not a time in seconds: give 0 or more"),
        ({"at_least": 1, "tolerance": float("nan")}, "tolerance=nan is not a time in seconds"),
        ({"at_least": -0.5}, "at_least: -0.5 is not a time in seconds: give 0 or more"),
        ({"at_most": [1, float("inf")]}, "at_most: inf is not a time in seconds: give 0 or more"),
        ({"at_most": []}, "at_most=[] names no gap"),
        ({"at_least": 2, "at_most": 1}, "at_least=2 is more than at_most=1"),
        ({"at_least": [1, 2], "at_most": 1.5}, "at_least=2 is more than at_most=1.5"),
        ({"at_least": [1, 2], "at_most": [1, 1]}, "at_least=2 is more than at_most=1"),
        (
            {"at_least": [1, 2], "at_most": [3]},
            "not the same number of gaps: at_least names 2 and at_most names 1",
        ),
    ],
)
def test_bounds_that_make_no_sense(given: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError) as caught:
        bounds(**given)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("value", ["0.1", ["0.1"], True, {0.1}])
def test_what_is_no_time(value: object) -> None:
    with pytest.raises(TypeError, match=r"^at_least: .* is not a number of seconds$"):
        bounds(at_least=cast(Any, value))
