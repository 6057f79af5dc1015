"""Selecting a route: what every request pays."""

from __future__ import annotations

import pytest

from benchmarks.parts import TRAFFICS, Side, Traffic, dispatch_pair
from benchmarks.suite import Bench


@pytest.mark.parametrize("traffic", TRAFFICS)
@pytest.mark.parametrize("matchers", [1, 20, 1_000])
def test_dispatch(bench: Bench, matchers: int, traffic: Traffic, side: Side) -> None:
    bench(f"dispatch, {matchers} matchers, {traffic}", dispatch_pair(matchers, traffic), side)
