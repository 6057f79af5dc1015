"""The suites run as plain tests, each body once, unless `--benchmark-enable` asks for timing."""

from __future__ import annotations

from typing import cast

import pytest

from benchmarks.parts import SIDES, Side
from benchmarks.suite import Bench, Benchmark


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Disable timing unless it was asked for; pytest-benchmark reads its options after this."""
    if not (config.getoption("benchmark_enable") or config.getoption("benchmark_only")):
        config.option.benchmark_disable = True


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Bench:
    """Check and time."""
    return Bench(cast("Benchmark", request.getfixturevalue("benchmark")))


@pytest.fixture(params=SIDES)
def side(request: pytest.FixtureRequest) -> Side:
    """Ours and the reference's, in turn."""
    return cast("Side", request.param)


@pytest.fixture
def calls(request: pytest.FixtureRequest) -> int:
    """How many recorded calls an assertion runs over: few where nothing is timed."""
    return 1_000 if request.config.getoption("benchmark_disable") else 100_000
