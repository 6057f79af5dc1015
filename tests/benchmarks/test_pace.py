"""The machine's pace, by which absolute times are told."""

import pytest

from benchmarks import pace as pace_module
from benchmarks.gates import Figures
from benchmarks.pace import pace, paced


def test_the_pace_is_that_of_a_piece_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "NOMINAL", 1.0)
    seconds = pace()
    assert 0 < seconds < 10
    monkeypatch.setattr(pace_module, "NOMINAL", 2.0)
    assert pace() < 1.9 * seconds


def test_times_are_told_as_on_the_machine_that_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    paces = iter([2.0, 3.0])
    monkeypatch.setattr(pace_module, "pace", lambda: next(paces))

    def measure(scenario: str, effort: float) -> Figures:
        assert (scenario, effort) == ("a scenario", 0.5)
        return Figures([5.0, 10.0], [7.0])

    assert paced(measure)("a scenario", 0.5) == Figures([2.0, 4.0], [7.0])
