"""What a run costs, as it is compared."""

import pytest

from benchmarks.process import Implementation, Run, costs


def run(cpu: float, requests: int) -> Run:
    return Run(cpu, 10_000, 500, 1_000, requests)


@pytest.mark.parametrize("implementation", ["asyncly", "bare", "aiohttp"])
def test_each_run_has_its_own_cost(implementation: Implementation) -> None:
    assert costs(implementation, [run(2, 100), run(4, 300)]) == [2, 4]


def test_the_published_packages_runs_share_what_they_cost_together() -> None:
    assert costs("reference", [run(50, 100), run(90, 300)]) == [80, 80]
