"""From runs to a result file, and from a result file to tables.

The result file is plain JSON and names no path of the machine; the README's table is made from one.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final, TypedDict

from benchmarks.gates import Verdict
from benchmarks.process import Implementation, Run, costs
from benchmarks.reference_env import REFERENCE_VERSION
from benchmarks.scenarios import SCENARIOS
from benchmarks.stats import paired_ratios

NAMES: Final[Mapping[str, str]] = {
    "asyncly": "asyncly",
    "reference": f"asyncly {REFERENCE_VERSION}",
    "aiohttp": "plain aiohttp.web",
    "bare": "bare uvloop",
    "asyncly-off": "verification off",
    "asyncly-waiting": "1,000 waiters",
    "asyncly-keeping": "the last 1,000 kept",
}


class WireFigures(TypedDict):
    """One implementation in one scenario: medians of its runs, and the CPU ratios."""

    cpu: float
    rate: float
    p50: float
    p99: float
    requests: int
    to_bare: float | None
    to_reference: float | None
    p99_to_bare: float | None


class FlatFigures(TypedDict):
    """p99 with so many requests on record, in microseconds; the median ratio to that with few."""

    recorded: int
    p99: float
    to_few: float | None


class Machine(TypedDict):
    """On what the figures were taken."""

    processor: str
    cores: int
    python: str
    packages: dict[str, str]
    client: str
    date: str


class Result(TypedDict):
    """A whole result file."""

    machine: Machine
    wire: dict[str, dict[str, WireFigures]]
    memory: dict[str, dict[str, float]]
    flatness: list[FlatFigures]
    start_and_close: dict[str, float]
    import_time: dict[str, float]


def wire_figures(
    runs: Mapping[Implementation, Sequence[Run]],
) -> dict[str, WireFigures]:
    """Medians of each implementation's runs, and medians of paired ratios of CPU."""
    return {name: _figures(name, runs) for name in runs}


def _figures(name: Implementation, runs: Mapping[Implementation, Sequence[Run]]) -> WireFigures:
    own = runs[name]
    cpu = costs(name, own)
    p99 = [run.p99 for run in own]
    bare, reference = runs.get("bare"), runs.get("reference")
    return {
        "cpu": median(cpu),
        "rate": median(run.rate for run in own),
        "p50": median(run.p50 for run in own),
        "p99": median(p99),
        "requests": sum(run.requests for run in own),
        "to_bare": None if bare is None else median(paired_ratios(cpu, [r.cpu for r in bare])),
        "to_reference": (
            None if reference is None else median(paired_ratios(cpu, costs("reference", reference)))
        ),
        "p99_to_bare": None if bare is None else median(paired_ratios(p99, [r.p99 for r in bare])),
    }


def machine(client: str, cores: int) -> Machine:
    """This machine, as far as it matters for the figures."""
    packages = {name: version(name) for name in ("aiohttp", "uvloop", "orjson")}
    return {
        "processor": _processor(),
        "cores": cores,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": packages,
        "client": client,
        "date": datetime.now(UTC).date().isoformat(),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


def markdown(rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first row is the head, the first column is text, others figures."""
    head, *body = [list(row) for row in rows]
    ruler = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ruler, *body])


def plain(rows: Iterable[Sequence[str]]) -> str:
    """The same as aligned text, for a terminal."""
    table = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    )


def _microseconds(value: float) -> str:
    if value >= 10_000:
        return f"{value / 1000:,.0f} ms"
    return f"{value:,.0f} µs" if value >= 100 else f"{value:.1f} µs"


def _ratio(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if value < 0.01 else f"{value:.2f}"


def wire_rows(wire: Mapping[str, Mapping[str, WireFigures]]) -> list[list[str]]:
    """A row per scenario and implementation."""
    rows = [["scenario", "server", "CPU/request", "requests/s", "p99", "to bare", "to 0.7.1"]]
    for scenario, by_name in wire.items():
        for name, figures in by_name.items():
            rows.append(
                [
                    SCENARIOS[scenario].title,
                    NAMES[name],
                    _microseconds(figures["cpu"]),
                    f"{figures['rate']:,.0f}",
                    _microseconds(figures["p99"]),
                    _ratio(figures["to_bare"]),
                    _ratio(figures["to_reference"]),
                ]
            )
    return rows


def comparison_rows(result: Result) -> list[list[str]]:
    """The README's table: a row per scenario, server CPU of each implementation, both ratios."""
    wire = result["wire"]
    present = [name for name in NAMES if any(name in by_name for by_name in wire.values())]
    rows = [
        ["server CPU per request", *(NAMES[name] for name in present), "to 0.7.1", "to the limit"]
    ]
    for scenario, by_name in wire.items():
        own = by_name.get("asyncly")
        rows.append(
            [
                SCENARIOS[scenario].title,
                *(_microseconds(by_name[n]["cpu"]) if n in by_name else "–" for n in present),
                _ratio(own["to_reference"] if own else None),
                _ratio(own["to_bare"] if own else None),
            ]
        )
    return rows


def latency_rows(result: Result) -> list[list[str]]:
    """The README's table of latencies: p99 as the client sees it, and its ratio to the limit's."""
    wire = result["wire"]
    present = [name for name in NAMES if any(name in by_name for by_name in wire.values())]
    rows = [["p99, 32 connections", *(NAMES[name] for name in present), "to the limit"]]
    for scenario, by_name in wire.items():
        own = by_name.get("asyncly")
        rows.append(
            [
                SCENARIOS[scenario].title,
                *(_latency(by_name[n]["p99"]) if n in by_name else "–" for n in present),
                _ratio(own["p99_to_bare"] if own else None),
            ]
        )
    return rows


def _latency(value: float) -> str:
    return f"{value / 1000:,.2f} ms"


def other_rows(result: Result) -> list[list[str]]:
    """What is not a scenario of the wire: memory, p99 over the history, start-up, import."""
    rows = [["", NAMES["asyncly"], NAMES["reference"], "ratio"]]

    def add(title: str, figures: Mapping[str, float], form: str, unit: str) -> None:
        if not figures:
            return  # not measured this time
        own, other = figures.get("asyncly"), figures.get("reference")
        rows.append(
            [
                title,
                "–" if own is None else f"{own:{form}} {unit}",
                "–" if other is None else f"{other:{form}} {unit}",
                _ratio(own / other if own is not None and other else None),
            ]
        )

    for scenario, figures in result["memory"].items():
        title = f"memory per recorded request ({SCENARIOS[scenario].title})"
        add(title, figures, ",.0f", "bytes")
        if SCENARIOS[scenario].differs:
            raw = SCENARIOS[scenario].raw_bytes
            beyond = {name: kept - raw for name, kept in figures.items()}
            add("… beyond the bytes of the request itself", beyond, ",.0f", "bytes")
    for flat in result["flatness"]:
        own = {"asyncly": flat["p99"] / 1000}
        add(f"p99 with {flat['recorded']:,} requests on record", own, ".2f", "ms")
        if flat["to_few"] is not None:
            few = result["flatness"][0]["recorded"]
            title = f"… with {flat['recorded']:,}, to that with {few:,}"
            add(title, {"asyncly": flat["to_few"]}, ".2f", "×")
    add("start_service and close", result["start_and_close"], ",.0f", "µs")
    add("import, added to aiohttp's", result["import_time"], ".1f", "ms")
    return rows


def readme_table(result: Result) -> str:
    """All tables in Markdown, with what they were measured on and the command for it."""
    on = result["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in on["packages"].items())
    note = (
        f"{on['processor']}, {on['cores']} cores, {on['python']}, {packages}; load by "
        f"{on['client']}, 32 keep-alive connections; {on['date']}. Reproduce with `make bench`."
    )
    tables = map(markdown, (comparison_rows(result), latency_rows(result), other_rows(result)))
    return "\n\n".join((*tables, note)) + "\n"


def verdict_row(verdict: Verdict) -> list[str]:
    """One gate as a row: name, outcome, figure(s), threshold."""
    gate = verdict.gate
    sign = "≥" if gate.kind == "times_faster_at_least" else "≤"
    unit = {"ratio_at_most": "×", "times_faster_at_least": "× faster", "at_most": f" {gate.unit}"}
    figures = ", then ".join(f"{value:.3g}{unit[gate.kind]}" for value in verdict.values)
    measured = ""
    if verdict.figures is not None:
        measured = f"{median(verdict.figures.subject):.4g}"
        if verdict.figures.baseline:
            measured += f" to {median(verdict.figures.baseline):.4g}"
        measured += f" {gate.unit}"
    return [
        gate.name,
        "ok" if verdict.passed else "FAILED",
        figures or "–",
        f"{sign} {gate.limit:g}{unit[gate.kind]}",
        measured or verdict.error,
    ]
