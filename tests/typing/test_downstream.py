"""The modules in `downstream/` are code as users write it: checked by mypy and pyright, never run.

A line that must be an error ends in a comment that says which, for each checker. An error that is
missing fails the test, and so does one that nobody marked.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias, TypedDict

import pytest

FOLDER = Path(__file__).with_name("downstream")
MODULES = sorted(path.name for path in FOLDER.glob("*.py"))
VERSIONS = ("3.11", "3.13")
"""`NameT` comes from typing_extensions on the first and from typing on the second."""

MARK = re.compile(r"# error: (?P<wanted>.+)$")
WANTED = re.compile(r"(?P<checker>mypy|pyright)\[(?P<codes>[\w, -]+)\]")
REPORTED_BY_MYPY = re.compile(
    r"(?P<module>\w+\.py):(?P<line>\d+): error: (?P<text>.*)  \[(?P<code>[\w-]+)\]"
)

Errors: TypeAlias = dict[str, set[tuple[int, str]]]
"""By module: line and code."""


class Position(TypedDict):
    line: int


class Range(TypedDict):
    start: Position


class Diagnostic(TypedDict):
    file: str
    severity: str
    message: str
    range: Range
    rule: str


class Report(TypedDict):
    generalDiagnostics: list[Diagnostic]  # pyright's name


def environment() -> Mapping[str, str]:
    # pyright asks the first python on the path; a checker's own run is not to be measured.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    kept = {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE_")}
    return {**kept, "PATH": path}


def mypy(version: str, cache: Path) -> Errors:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"),
            *("--no-pretty", "--hide-error-context", f"--cache-dir={cache}"),
            *("--warn-unreachable", "--enable-error-code=unused-awaitable"),
            *(f"--python-version={version}", *MODULES),
        ],
        cwd=FOLDER,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    found: Errors = {}
    for line in done.stdout.splitlines():
        if match := REPORTED_BY_MYPY.fullmatch(line):
            found.setdefault(match["module"], set()).add((int(match["line"]), match["code"]))
        else:
            assert ": note: " in line, done.stdout + done.stderr
    assert done.returncode == (1 if found else 0), done.stdout + done.stderr
    return found


def pyright(version: str, _cache: Path) -> Errors:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pyright", "--outputjson", "--project", str(FOLDER)),
            *("--pythonversion", version),
        ],
        cwd=FOLDER,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    report: Report = json.loads(done.stdout)
    found: Errors = {}
    for one in report["generalDiagnostics"]:
        assert "rule" in one, one
        place = (one["range"]["start"]["line"] + 1, one["rule"])
        found.setdefault(Path(one["file"]).name, set()).add(place)
    return found


def marked(module: str, checker: str) -> set[tuple[int, str]]:
    return {
        (number, code)
        for number, line in enumerate((FOLDER / module).read_text("utf-8").splitlines(), 1)
        if (mark := MARK.search(line))
        for wanted in WANTED.finditer(mark["wanted"])
        if wanted["checker"] == checker
        for code in wanted["codes"].split(", ")
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("checker", [mypy, pyright], ids=lambda checker: checker.__name__)
def test_the_marked_lines_are_errors_and_no_others(
    checker: Callable[[str, Path], Errors], version: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = checker(version, tmp_path_factory.getbasetemp() / f"mypy-{version}")
    wanted = {module: marks for module in MODULES if (marks := marked(module, checker.__name__))}
    assert found == wanted


@pytest.mark.parametrize("module", MODULES)
def test_a_marked_line_is_an_error_for_both(module: str) -> None:
    by_mypy, by_pyright = (marked(module, checker) for checker in ("mypy", "pyright"))
    assert by_mypy
    assert {line for line, _ in by_mypy} == {line for line, _ in by_pyright}


def test_every_mark_is_understood() -> None:
    for module in MODULES:
        for line in (FOLDER / module).read_text("utf-8").splitlines():
            if "error:" in line:
                mark = MARK.search(line)
                assert mark, line
                assert WANTED.sub("", mark["wanted"]).strip() == "", line
