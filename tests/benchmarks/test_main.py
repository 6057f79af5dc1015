"""The command line: exit statuses."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks import __main__ as cli
from benchmarks.errors import WrongCountError
from benchmarks.gates import Figures, Measure

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


@pytest.mark.parametrize("command", [["bench"], []], ids=["bench", "no command"])
def test_a_broken_run_of_the_bench_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    def wire(*_: object, **__: object) -> None:
        raise WrongCountError("asyncly, 'get': 10 answered, 9 recorded")

    monkeypatch.setattr("benchmarks.measure.wire", wire)
    assert cli.main([*command, "--part", "wire", "--scenario", "get"]) == 1
    assert "WrongCountError: asyncly, 'get': 10 answered" in capsys.readouterr().err
