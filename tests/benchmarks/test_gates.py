"""Gates: the verdict, the second look, and the exit status."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.errors import LoadError, WrongCountError
from benchmarks.gates import (
    LONGER,
    Figures,
    Gate,
    GateFileError,
    Kind,
    Verdict,
    evaluate,
    holds,
    read_gates,
    run_gates,
)
from benchmarks.measures import MEASURES
from benchmarks.scenarios import SCENARIOS

GATE = Gate("g", "cpu", "get", "reference", "ratio_at_most", 0.5, "µs", "because")


class Scripted:
    """A measurement that gives the scripted figures, and remembers how it was asked."""

    def __init__(self, *figures: Figures | Exception) -> None:
        self._figures = list(figures)
        self.asked: list[tuple[str, float]] = []

    def __call__(self, scenario: str, effort: float) -> Figures:
        self.asked.append((scenario, effort))
        figures = self._figures.pop(0)
        if isinstance(figures, Exception):
            raise figures
        return figures


def ratio(value: float) -> Figures:
    return Figures([value], [1.0])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("ratio_at_most", 2.0), ("times_faster_at_least", 0.5), ("at_most", 4.0)],
)
def test_a_figure_is_the_median_of_the_pairs(kind: Kind, expected: float) -> None:
    # Paired: 2, 2, 4. The ratio of the medians would be 4 / 1 = 4.
    assert Figures([2.0, 4.0, 4.0], [1.0, 2.0, 1.0]).value(kind) == expected


@pytest.mark.parametrize(
    ("kind", "value", "outcome"),
    [
        ("ratio_at_most", 0.49, True),
        ("ratio_at_most", 0.5, True),
        ("ratio_at_most", 0.51, False),
        ("times_faster_at_least", 0.51, True),
        ("times_faster_at_least", 0.5, True),
        ("times_faster_at_least", 0.49, False),
        ("at_most", 0.5, True),
        ("at_most", 0.51, False),
        ("ratio_at_most", math.nan, False),
        ("times_faster_at_least", math.nan, False),
        ("at_most", math.inf, False),
    ],
)
def test_which_side_of_a_threshold_holds(kind: Kind, value: float, outcome: bool) -> None:
    assert holds(replace(GATE, kind=kind), value) is outcome


def test_a_figure_that_holds_is_measured_once() -> None:
    measure = Scripted(ratio(0.4))
    verdict = evaluate(GATE, measure)
    assert (verdict.passed, verdict.values) == (True, (0.4,))
    assert measure.asked == [("get", 1.0)]


def test_a_figure_that_falls_through_is_measured_again_and_longer() -> None:
    measure = Scripted(ratio(0.6), ratio(0.4))
    verdict = evaluate(GATE, measure)
    assert (verdict.passed, verdict.values) == (True, (0.6, 0.4))
    assert measure.asked == [("get", 1.0), ("get", LONGER)]
    assert LONGER > 1


def test_a_quick_look_is_as_much_shorter_both_times() -> None:
    measure = Scripted(ratio(0.6), ratio(0.6))
    evaluate(GATE, measure, 0.25)
    assert measure.asked == [("get", 0.25), ("get", 0.25 * LONGER)]


def test_a_figure_that_falls_through_twice_fails() -> None:
    measure = Scripted(ratio(0.6), ratio(0.55))
    verdict = evaluate(GATE, measure)
    assert (verdict.passed, verdict.values) == (False, (0.6, 0.55))
    assert len(measure.asked) == 2


@pytest.mark.parametrize(
    "error",
    [
        WrongCountError("10 answered, 9 recorded"),
        LoadError("refused"),
        AssertionError("another route"),
        ValueError("a baseline figure of 0.0 has no ratio"),
    ],
)
def test_a_run_that_is_wrong_fails_and_is_not_measured_again(error: Exception) -> None:
    measure = Scripted(error)
    verdict = evaluate(GATE, measure)
    assert verdict.passed is False
    assert verdict.error == f"{type(error).__name__}: {error}"
    assert len(measure.asked) == 1


def test_a_second_look_that_breaks_fails() -> None:
    verdict = evaluate(GATE, Scripted(ratio(0.6), WrongCountError("lost")))
    assert (verdict.passed, verdict.values) == (False, (0.6,))


def test_an_unexpected_error_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        evaluate(GATE, Scripted(ZeroDivisionError()))


@pytest.mark.parametrize(
    ("figures", "status"),
    [
        ([ratio(0.4), ratio(0.4)], 0),
        ([ratio(0.9), ratio(0.9), ratio(0.4)], 1),
        ([ratio(0.4), ratio(0.9), ratio(0.9)], 1),
        ([WrongCountError("lost"), ratio(0.4)], 1),
    ],
    ids=["both hold", "the first fails", "the last fails", "the first is wrong"],
)
def test_one_failed_gate_fails_the_run_and_all_are_measured(
    figures: list[Figures | Exception], status: int
) -> None:
    told: list[Verdict] = []
    gates = [replace(GATE, name="a"), replace(GATE, name="b")]
    assert run_gates(gates, {"cpu": Scripted(*figures)}, told.append) == status
    assert [verdict.gate.name for verdict in told] == ["a", "b"]


def test_the_projects_own_thresholds_are_complete() -> None:
    gates = read_gates(MEASURES)
    assert len(gates) >= 40
    assert {gate.measure for gate in gates} == set(MEASURES)
    assert {gate.name for gate in gates if gate.by_name} == {
        # Takes minutes; and those whose figures are not reached yet.
        "p99-flat-5,000,000",
        "door-get-to-reference",
        "delayed-10000-cpu",
        "delayed-10000-late",
        "door-path-and-query-differ-to-reference",
    }


@pytest.mark.parametrize("scenario", sorted(set(SCENARIOS) - {"indexed-20"}))
def test_every_scenario_of_the_wire_has_a_gate(scenario: str) -> None:
    on_the_wire = {"cpu", "cpu-to-bare", "cpu-to-aiohttp"}
    assert [g for g in read_gates(MEASURES) if g.scenario == scenario and g.measure in on_the_wire]


GOOD = """
[[gate]]
name = "g"
measure = "cpu"
scenario = "get"
baseline = "reference"
ratio_at_most = 0.5
unit = "µs"
why = "because"
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "thresholds.toml"
        path.write_text(text)
        return path

    return write


def test_a_gate_is_read_from_the_file(written: Callable[[str], Path]) -> None:
    assert read_gates(["cpu"], written(GOOD)) == [GATE]


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("ratio_at_most = 0.5", "", r"gate 'g' needs exactly one of ratio_at_most, times_"),
        ("unit", "at_most = 3\nunit", r"gate 'g' needs exactly one of ratio_at_most, times_"),
        ("0.5", '"half"', r"gate 'g': ratio_at_most is no number: 'half'"),
        ("0.5", "true", r"gate 'g': ratio_at_most is no number: True"),
        ('why = "because"', "", r"gate 'g' needs a why"),
        ('unit = "µs"', 'unit = ""', r"gate 'g' needs a unit"),
        ('baseline = "reference"', "", r"gate 'g': a ratio needs a baseline"),
        ("ratio_at_most", "at_most", r"gate 'g': .* an absolute figure has none"),
        ("unit", "by_name = 1\nunit", r"gate 'g': by_name is neither true nor false: 1"),
        ("unit", "limt = 3\nunit", r"gate 'g' has unknown keys: limt"),
        ('"cpu"', '"gpu"', r"gate 'g': no measurement 'gpu'; there are \['cpu'\]"),
    ],
)
def test_a_wrong_gate_is_refused_by_name(
    written: Callable[[str], Path], before: str, after: str, text: str
) -> None:
    with pytest.raises(GateFileError, match=f"^{text}"):
        read_gates(["cpu"], written(GOOD.replace(before, after, 1)))


def test_a_gate_may_be_left_to_be_asked_for(written: Callable[[str], Path]) -> None:
    text = GOOD.replace("unit", "by_name = true\nunit")
    assert read_gates(["cpu"], written(text)) == [replace(GATE, by_name=True)]


def test_two_gates_of_one_name_are_refused(written: Callable[[str], Path]) -> None:
    with pytest.raises(GateFileError, match=r"^thresholds.toml: two gates have one name"):
        read_gates(["cpu"], written(GOOD + GOOD))
