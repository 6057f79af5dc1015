"""The benchmarks' statistics."""

import pytest

from benchmarks.stats import paired_ratios, percentile


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1), (1, 1), (50, 50), (99, 99), (99.5, 100), (100, 100)]
)
def test_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    assert percentile(range(100, 0, -1), percent) == expected


def test_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.0], 99) == 7.0


def test_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^no values$"):
        percentile([], 50)


def test_ratios_are_taken_pair_by_pair() -> None:
    assert paired_ratios([1, 4, 9], [2, 4, 3]) == [0.5, 1, 3]


@pytest.mark.parametrize(
    ("subject", "baseline", "text"),
    [
        ([1.0], [1.0, 2.0], "1 and 2 runs do not make pairs"),
        ([], [], "0 and 0 runs do not make pairs"),
        ([1.0, 1.0], [1.0, 0.0], "a baseline figure of 0.0 has no ratio"),
    ],
)
def test_ratios_that_mean_nothing_are_refused(
    subject: list[float], baseline: list[float], text: str
) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        paired_ratios(subject, baseline)
