"""Recording a thousand calls."""

from __future__ import annotations

import pytest

from benchmarks.parts import REPETITIONS, Repetition, Side, record_pair
from benchmarks.suite import Bench


@pytest.mark.parametrize("repetition", REPETITIONS)
def test_record(bench: Bench, repetition: Repetition, side: Side) -> None:
    bench(f"record 1,000 calls, {repetition}", record_pair(repetition), side)
