"""The command line: exit statuses, and what is printed."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from benchmarks import __main__ as cli
from benchmarks.errors import WrongCountError
from benchmarks.gates import Figures, Measure
from benchmarks.process import Implementation, Run
from benchmarks.scenarios import SCENARIOS
from tests.snippets import ROOT

GATES = """
[[gate]]
name = "{name}"
measure = "cpu"
scenario = "get"
at_most = 5
unit = "µs"
why = "because"
"""


@pytest.fixture
def thresholds(tmp_path: Path) -> Path:
    path = tmp_path / "thresholds.toml"
    path.write_text(GATES.format(name="one") + GATES.format(name="two"))
    return path


def measuring(monkeypatch: pytest.MonkeyPatch, value: float) -> list[float]:
    efforts: list[float] = []

    def measure(scenario: str, effort: float) -> Figures:
        efforts.append(effort)
        return Figures([value])

    measures: Mapping[str, Measure] = {"cpu": measure}
    monkeypatch.setattr(cli, "MEASURES", measures)
    return efforts


def test_gates_that_hold_exit_with_0(
    monkeypatch: pytest.MonkeyPatch, thresholds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    efforts = measuring(monkeypatch, 4.0)
    assert cli.main(["gates", "--thresholds", str(thresholds)]) == 0
    assert efforts == [1, 1]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["one", "ok"], ["two", "ok"]]


def test_a_gate_that_fails_twice_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, thresholds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    efforts = measuring(monkeypatch, 6.0)
    assert cli.main(["gates", "two", "--thresholds", str(thresholds)]) == 1
    assert efforts == [1, 3]
    row = capsys.readouterr().out.splitlines()[-1]
    assert " ".join(row.split()) == "two FAILED 6 µs, then 6 µs ≤ 5 µs 6 µs"


def test_an_unknown_gate_is_refused(
    monkeypatch: pytest.MonkeyPatch, thresholds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measuring(monkeypatch, 4.0)
    assert cli.main(["gates", "three", "--thresholds", str(thresholds)]) == 1
    assert "no such gate: three" in capsys.readouterr().err


def test_a_gate_that_takes_very_long_is_left_out_unless_asked_for(
    monkeypatch: pytest.MonkeyPatch, thresholds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measuring(monkeypatch, 4.0)
    text = thresholds.read_text()
    thresholds.write_text(text.replace('"two"', '"two"\nby_name = true'))
    for more, names in ([], ["one"]), (["--all"], ["one", "two"]), (["two"], ["two"]):
        assert cli.main(["gates", *more, "--thresholds", str(thresholds)]) == 0
        printed = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
        assert printed == names


def _row_names(lines: Sequence[str], cells: str) -> dict[str, list[str]]:
    """The first column of each table under the head of that table; tables end at an empty line."""
    tables: dict[str, list[str]] = {}
    head = ""
    for line in lines:
        name = re.split(cells, line.strip("| "))[0].strip()
        if not line.strip():
            head = ""
        elif not head:
            head = f"{line.strip('| ').count('asyncly')} {name}"
            tables[head] = []
        elif not name.startswith("---"):
            tables[head].append(name)
    return tables


def test_the_bench_prints_every_statement_of_the_readmes_tables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(10.0, 1_000, 100, 1_000, 100)

    def wire(_: str, of: Sequence[Implementation], **__: object) -> dict[Implementation, list[Run]]:
        return {name: [run] for name in of}

    def each(_: object, of: Sequence[Implementation], **__: object) -> dict[Implementation, float]:
        return dict.fromkeys(of, 400.0)

    def some(of: Sequence[Implementation], **_: object) -> dict[Implementation, list[float]]:
        return {name: [100.0] for name in of}

    def flatness(_: str, *, many: Sequence[int], **__: object) -> object:
        return {size: ([run], [run]) for size in many}

    monkeypatch.setattr("benchmarks.measure.wire", wire)
    monkeypatch.setattr("benchmarks.measure.memory", each)
    monkeypatch.setattr("benchmarks.measure.flatness", flatness)
    monkeypatch.setattr("benchmarks.measure.start_and_close", some)
    monkeypatch.setattr("benchmarks.measure.import_time", some)
    assert cli.main([]) == 0
    printed = _row_names(capsys.readouterr().out.splitlines(), r" {2,}")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    figures = readme.partition("<!-- figures:begin -->\n")[2].partition("<!-- figures:end -->")[0]
    stated = _row_names([line for line in figures.splitlines() if line[:1] in ("", "|")], r" +\| +")
    assert len(stated) >= 2
    for head, names in stated.items():
        assert set(names) <= set(printed[head]), head
    titles = [scenario.title for scenario in SCENARIOS.values()]
    assert printed["2 server CPU per request"] == printed["2 p99, 32 connections"] == titles


@pytest.mark.parametrize("command", [["bench"], []], ids=["bench", "no command"])
def test_a_broken_run_of_the_bench_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    def wire(*_: object, **__: object) -> None:
        raise WrongCountError("asyncly, 'get': 10 answered, 9 recorded")

    monkeypatch.setattr("benchmarks.measure.wire", wire)
    assert cli.main([*command, "--part", "wire", "--scenario", "get"]) == 1
    assert "WrongCountError: asyncly, 'get': 10 answered" in capsys.readouterr().err
