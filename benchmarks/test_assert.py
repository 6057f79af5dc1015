"""Assertions over a long history."""

from __future__ import annotations

import pytest

from benchmarks.parts import (
    REPETITIONS,
    Repetition,
    Side,
    assert_json_pair,
    assert_times_pair,
)
from benchmarks.suite import Bench


@pytest.mark.parametrize("repetition", REPETITIONS)
def test_assert_json_that_none_matches(
    bench: Bench, calls: int, repetition: Repetition, side: Side
) -> None:
    bench(
        f"assert json, none of {calls:,} calls, {repetition}",
        assert_json_pair(repetition, calls),
        side,
    )


@pytest.mark.parametrize("share", [0.01, 1])
def test_assert_times(bench: Bench, calls: int, share: float, side: Side) -> None:
    few_or_all = int(calls * share)
    bench(f"assert times, {few_or_all:,} calls", assert_times_pair(few_or_all), side)
