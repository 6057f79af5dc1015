"""The environment of the published package: where it is, and what is said when there is none."""

import subprocess
from pathlib import Path

import pytest

from benchmarks import reference_env
from benchmarks.reference_env import (
    OVERRIDE,
    REFERENCE_VERSION,
    ReferenceUnavailableError,
    reference_python,
    requirements,
)


@pytest.fixture(autouse=True)
def no_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OVERRIDE, raising=False)


def made(monkeypatch: pytest.MonkeyPatch, status: int = 0) -> list[list[str]]:
    """Commands that were run, while nothing is installed in truth."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        commands.append(command)
        if "venv" in command:
            Path(command[-1], "bin").mkdir(parents=True)
        return subprocess.CompletedProcess(command, status, "", "no network\n")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_the_published_package_is_pinned_and_so_is_what_it_stands_on() -> None:
    pins = requirements()
    assert pins[0] == f"asyncly=={REFERENCE_VERSION}"
    assert all("==" in pin for pin in pins)
    assert {"aiohttp", "yarl", "multidict"} < {pin.partition("==")[0] for pin in pins}


def test_it_is_made_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commands = made(monkeypatch)
    first = reference_python(tmp_path)
    assert reference_python(tmp_path) == first
    assert first.parent.parent.parent == tmp_path
    assert len(commands) == 2
    assert commands[1][-len(requirements()) :] == requirements()


def test_other_pins_get_an_environment_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made(monkeypatch)
    first = reference_python(tmp_path)
    monkeypatch.setattr(reference_env, "requirements", lambda: ["asyncly==0.7.1", "aiohttp==3.0"])
    assert reference_python(tmp_path) != first


def test_a_failure_says_what_to_do_and_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commands = made(monkeypatch, status=1)
    for _ in range(2):
        with pytest.raises(ReferenceUnavailableError, match=r"no network\nMake one by hand and"):
            reference_python(tmp_path)
    assert len(commands) == 2


def test_an_interpreter_can_be_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = tmp_path / "python"
    monkeypatch.setenv(OVERRIDE, str(python))
    with pytest.raises(ReferenceUnavailableError, match=r"there is no such file$"):
        reference_python()
    python.touch()
    assert reference_python() == python
