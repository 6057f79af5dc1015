"""Gates: a threshold for a figure, and the verdict on it.

Pure: what measures is handed in. A figure that falls through its threshold is measured once more,
longer, and only the second figure counts: a busy machine must not fail a gate, a real regression
falls through twice. A run whose counts are wrong is not measured again: that is no noise.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from benchmarks.errors import BenchmarkError
from benchmarks.stats import median, paired_ratios

THRESHOLDS: Final = Path(__file__).resolve().parent / "thresholds.toml"

Kind = Literal["ratio_at_most", "times_faster_at_least", "at_most"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

LONGER: Final = 3.0
"""How much longer the second measurement is."""


class GateFileError(ValueError):
    """The file of thresholds is wrong; the text says which gate and what about it."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One threshold.

    Attributes:
        name: What it is called in tables and on the command line.
        measure: Which measurement, see `benchmarks.measures`.
        scenario: What is measured.
        baseline: With what it is compared; empty for an absolute figure.
        kind: `ratio_at_most`: ours to the baseline's. `times_faster_at_least`: the baseline's to
            ours. `at_most`: ours, in `unit`.
        limit: The threshold itself; a figure that equals it passes.
        unit: The unit of the measured figures.
        why: Where the threshold comes from.
        by_name: It takes so long that it is measured only when asked for.
    """

    name: str
    measure: str
    scenario: str
    baseline: str
    kind: Kind
    limit: float
    unit: str
    why: str
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured: runs of ours and of the baseline, in pairs."""

    subject: Sequence[float]
    baseline: Sequence[float] = ()

    def value(self, kind: Kind) -> float:
        """The figure that is compared with the threshold."""
        if kind == "ratio_at_most":
            return median(paired_ratios(self.subject, self.baseline))
        if kind == "times_faster_at_least":
            return median(paired_ratios(self.baseline, self.subject))
        return median(self.subject)


Measure = Callable[[str, float], Figures]
"""Measures a scenario; the second argument is the effort: 1, or `LONGER` for a second look."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a gate.

    Attributes:
        gate: The gate.
        values: The figure of each measurement; the last one counts.
        figures: The last measurement itself; `None` where it broke.
        error: Why it broke; empty where it did not.
    """

    gate: Gate
    values: tuple[float, ...]
    figures: Figures | None
    error: str = ""

    @property
    def passed(self) -> bool:
        """Whether the gate holds."""
        return not self.error and holds(self.gate, self.values[-1])


def holds(gate: Gate, value: float) -> bool:
    """Whether a figure is on the right side of its threshold; a NaN never is."""
    if gate.kind == "times_faster_at_least":
        return value >= gate.limit
    return value <= gate.limit


def evaluate(gate: Gate, measure: Measure, effort: float = 1.0) -> Verdict:
    """Measure once, and once more, longer, where the figure falls through."""
    values: list[float] = []
    figures: Figures | None = None
    for each in (effort, effort * LONGER):
        try:
            figures = measure(gate.scenario, each)
            values.append(figures.value(gate.kind))
        except (BenchmarkError, AssertionError, ValueError) as error:
            return Verdict(gate, tuple(values), None, f"{type(error).__name__}: {error}")
        if holds(gate, values[-1]):
            break
    return Verdict(gate, tuple(values), figures)


def run_gates(
    gates: Iterable[Gate],
    measures: Mapping[str, Measure],
    tell: Callable[[Verdict], None],
    effort: float = 1.0,
) -> int:
    """Evaluate every gate, also after one has failed; return the exit status: 1 if any failed."""
    status = 0
    for gate in gates:
        verdict = evaluate(gate, measures[gate.measure], effort)
        tell(verdict)
        if not verdict.passed:
            status = 1
    return status


def read_gates(measures: Iterable[str], path: Path = THRESHOLDS) -> list[Gate]:
    """Read the file of thresholds.

    Raises:
        GateFileError: a gate is incomplete, has no single threshold, or names no measurement.
    """
    known = set(measures)
    with path.open("rb") as file:
        tables: list[dict[str, object]] = tomllib.load(file).get("gate", [])
    gates = [_gate(table, known) for table in tables]
    names = [gate.name for gate in gates]
    if len(set(names)) < len(names):
        raise GateFileError(f"{path.name}: two gates have one name: {sorted(names)}")
    return gates


def _gate(table: Mapping[str, object], known: set[str]) -> Gate:
    name = table.get("name", "?")
    kinds: list[Kind] = [kind for kind in KINDS if kind in table]
    if len(kinds) != 1:
        raise GateFileError(f"gate {name!r} needs exactly one of {', '.join(KINDS)}")
    limit = table[kinds[0]]
    if not isinstance(limit, (int, float)) or isinstance(limit, bool):
        raise GateFileError(f"gate {name!r}: {kinds[0]} is no number: {limit!r}")
    texts: dict[str, str] = {}
    for key in ("name", "measure", "scenario", "unit", "why"):
        text = table.get(key)
        if not isinstance(text, str) or not text:
            raise GateFileError(f"gate {name!r} needs a {key}")
        texts[key] = text
    baseline = table.get("baseline", "")
    if not isinstance(baseline, str) or bool(baseline) == (kinds[0] == "at_most"):
        raise GateFileError(f"gate {name!r}: a ratio needs a baseline, an absolute figure has none")
    by_name = table.get("by_name", False)
    if not isinstance(by_name, bool):
        raise GateFileError(f"gate {name!r}: by_name is neither true nor false: {by_name!r}")
    unknown = set(table) - {*texts, "baseline", "by_name", kinds[0]}
    if unknown:
        raise GateFileError(f"gate {name!r} has unknown keys: {', '.join(sorted(unknown))}")
    if texts["measure"] not in known:
        raise GateFileError(
            f"gate {name!r}: no measurement {texts['measure']!r}; there are {sorted(known)}"
        )
    return Gate(
        name=texts["name"],
        measure=texts["measure"],
        scenario=texts["scenario"],
        baseline=baseline,
        kind=kinds[0],
        limit=float(limit),
        unit=texts["unit"],
        why=texts["why"],
        by_name=by_name,
    )
