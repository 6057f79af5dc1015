"""The guides' `python typecheck` blocks: mypy refuses the marked lines, and nothing else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.snippets import PAGES, ROOT, Block, blocks

CHECKED = [block for page in PAGES for block in blocks(page) if block.info == "python typecheck"]
WANTED = re.compile(r"# error: (?P<code>[\w-]+)$")
REPORTED = re.compile(r"(?P<file>\w+)\.py:(?P<line>\d+): error: .*\[(?P<code>[\w-]+)\]$")


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[tuple[int, str]]]:
    """What mypy says about all blocks, by file: line and code.  One run for all of them."""
    folder = tmp_path_factory.mktemp("blocks")
    for block in CHECKED:
        (folder / f"{file_stem(block)}.py").write_text(block.source, encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--hide-error-context"),
            *(f"--cache-dir={ROOT / '.mypy_cache' / 'docs'}", "--no-pretty", "."),
        ],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: dict[str, set[tuple[int, str]]] = {}
    for line in done.stdout.splitlines():
        if match := REPORTED.search(line):
            found.setdefault(match["file"], set()).add((int(match["line"]), match["code"]))
        else:
            assert ": note: " in line or line.startswith(("Found ", "Success")), line
    return found


def file_stem(block: Block) -> str:
    return f"{block.page.stem}_{block.line}".replace("-", "_")


@pytest.mark.parametrize("block", CHECKED, ids=lambda block: block.location)
def test_mypy_refuses_the_marked_lines_only(
    block: Block, reported: dict[str, set[tuple[int, str]]]
) -> None:
    wanted = {
        (number, found["code"])
        for number, line in enumerate(block.source.splitlines(), 1)
        if (found := WANTED.search(line))
    }
    assert reported.get(file_stem(block), set()) == wanted


def test_there_are_blocks_to_check() -> None:
    assert Path(ROOT / "docs" / "typing.md") in {block.page for block in CHECKED}
