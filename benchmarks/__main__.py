"""The command line of the benchmarks; without a command it is `bench`.

`python -m benchmarks --help` lists the commands, `python -m benchmarks bench --help` its options.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import cast

from benchmarks import measure
from benchmarks.errors import BenchmarkError
from benchmarks.gates import THRESHOLDS, GateFileError, Verdict, read_gates, run_gates
from benchmarks.load.run import Client, default_client
from benchmarks.measures import FEW, FLAT_ROUNDS, KEPT, MANY, MEASURES
from benchmarks.process import Implementation, Run
from benchmarks.reference_env import ReferenceUnavailableError, reference_python
from benchmarks.report import (
    FlatFigures,
    Result,
    comparison_rows,
    latency_rows,
    machine,
    markdown,
    other_rows,
    plain,
    readme_table,
    verdict_row,
    wire_figures,
    wire_rows,
)
from benchmarks.roles import IMPLEMENTATIONS
from benchmarks.scenarios import SCENARIOS
from benchmarks.stats import paired_ratios

_PARTS = ("wire", "memory", "flatness", "start", "import")
_MEMORY_SCENARIOS = ("last-of-20", "differs")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def bench(given: argparse.Namespace) -> int:
    """Measure everything that was asked for, print the tables, write the result file.

    What is printed at the end are the tables of the README.
    """
    implementations = cast("list[Implementation]", given.implementation or list(IMPLEMENTATIONS))
    client = cast("Client", given.client)
    parts = given.part or _PARTS
    result: Result = {
        "machine": machine(client, os.cpu_count() or 1),
        "wire": {},
        "memory": {},
        "flatness": [],
        "start_and_close": {},
        "import_time": {},
    }
    mocked: list[Implementation] = [i for i in implementations if i in {"asyncly", "reference"}]
    for scenario in (given.scenario or SCENARIOS) if "wire" in parts else ():
        _say(f"{SCENARIOS[scenario].title} …")
        runs = measure.wire(
            scenario, implementations, rounds=given.rounds, seconds=given.seconds, client=client
        )
        result["wire"][scenario] = wire_figures(runs)
        print(plain(wire_rows({scenario: result["wire"][scenario]})), end="\n\n", flush=True)
    if "memory" in parts:
        for scenario in _MEMORY_SCENARIOS:
            _say(f"memory: {SCENARIOS[scenario].title} …")
            kept = measure.memory(scenario, mocked, count=KEPT, client=client)
            result["memory"][scenario] = {name: kept[name] for name in mocked}
    if "flatness" in parts and "asyncly" in mocked:
        sizes = sorted(given.recorded or MANY)
        _say(f"p99 with {', '.join(f'{size:,}' for size in sizes)} requests on record …")
        flat = measure.flatness(
            "get-differs", few=FEW, many=sizes, rounds=FLAT_ROUNDS, count=FEW, client=client
        )
        result["flatness"] = _flat(flat)
    if "start" in parts:
        started = measure.start_and_close(mocked, rounds=7, repeat=300)
        result["start_and_close"] = {name: median(each) for name, each in started.items()}
    if "import" in parts:
        imported = measure.import_time(mocked, rounds=15)
        result["import_time"] = {name: median(each) for name, each in imported.items()}
    for rows in (comparison_rows(result), latency_rows(result), other_rows(result)):
        if len(rows) > 1:
            print(plain(rows), end="\n\n")
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
        _say(f"written: {given.output}")
    return 0


def _flat(runs: Mapping[int, tuple[Sequence[Run], Sequence[Run]]]) -> list[FlatFigures]:
    """The p99 with few requests on record, then with ever more."""
    least: list[float] = []
    figures: list[FlatFigures] = []
    for size, pair in runs.items():
        many, few = ([run.p99 for run in of_size] for of_size in pair)
        least += few
        ratio = median(paired_ratios(many, few))
        figures.append({"recorded": size, "p99": median(many), "to_few": ratio})
    return [{"recorded": FEW, "p99": median(least), "to_few": None}, *figures]


def gates(given: argparse.Namespace) -> int:
    """Measure the gates; the exit status is 1 if one fails."""
    every = read_gates(MEASURES, given.thresholds)
    unknown = set(given.name) - {gate.name for gate in every}
    if unknown:
        raise GateFileError(f"no such gate: {', '.join(sorted(unknown))}")
    wanted = [
        gate
        for gate in every
        if gate.name in given.name or (not given.name and (given.all or not gate.by_name))
    ]
    rows = [["gate", "", "figure", "threshold", "measured"]]
    began = last = time.monotonic()

    def tell(verdict: Verdict) -> None:
        nonlocal last
        rows.append(verdict_row(verdict))
        now = time.monotonic()
        _say(f"[{now - began:4.0f} s, {now - last:3.0f}] {'  '.join(rows[-1])}")
        last = now

    status = run_gates(wanted, MEASURES, tell, given.effort)
    print((markdown if given.markdown else plain)(rows))
    return status


def table(given: argparse.Namespace) -> int:
    """Print the README's table from a result file."""
    result: Result = json.loads(given.file.read_text())
    print(readme_table(result), end="")
    return 0


def reference_env(given: argparse.Namespace) -> int:
    """Make the environment of the published package, and print its interpreter."""
    print(reference_python())
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True)

    run = commands.add_parser("bench", help="this project beside the published one and the limit")
    run.add_argument("--scenario", action="append", choices=list(SCENARIOS))
    run.add_argument("--implementation", action="append", choices=IMPLEMENTATIONS)
    run.add_argument("--part", action="append", choices=_PARTS)
    run.add_argument("--rounds", type=int, default=5, help="runs of each, in turn (default 5)")
    run.add_argument("--seconds", type=float, default=1.5, help="length of a run (default 1.5)")
    run.add_argument(
        "--recorded",
        type=int,
        action="append",
        help=f"sizes of the record for p99 (default {' and '.join(f'{n:,}' for n in MANY)})",
    )
    run.add_argument("--client", choices=("wrk", "python"), default=default_client())
    run.add_argument("--output", type=Path, help="write the figures as JSON")
    run.set_defaults(do=bench)

    gate = commands.add_parser("gates", help="measure the thresholds; fails if one is missed")
    gate.add_argument("name", nargs="*", help="only these gates")
    gate.add_argument("--all", action="store_true", help="also those that take very long")
    gate.add_argument(
        "--effort", type=float, default=1.0, help="below 1: a quick look with rough figures"
    )
    gate.add_argument("--markdown", action="store_true")
    gate.add_argument("--thresholds", type=Path, default=THRESHOLDS)
    gate.set_defaults(do=gates)

    tables = commands.add_parser("table", help="the README's table from a result file")
    tables.add_argument("file", type=Path)
    tables.set_defaults(do=table)

    environment = commands.add_parser("reference-env", help="make the published one's environment")
    environment.set_defaults(do=reference_env)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0, or 1 for a failed gate or a broken run."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0].startswith("-") and words[0] not in {"-h", "--help"}):
        words.insert(0, "bench")
    given = parser().parse_args(words)
    try:
        status: int = given.do(given)
    except (BenchmarkError, GateFileError, ReferenceUnavailableError) as error:
        _say(f"{type(error).__name__}: {error}")
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
