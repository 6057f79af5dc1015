"""Compiling the matchers of a group, once per service."""

from __future__ import annotations

import pytest

from benchmarks.parts import Side, compile_pair
from benchmarks.suite import Bench


@pytest.mark.parametrize("matchers", [1, 20, 1_000])
def test_compile(bench: Bench, matchers: int, side: Side) -> None:
    bench(f"compile {matchers} matchers", compile_pair(matchers), side)
