"""Pieces of source from the documentation, and how to run them.

`run` is what both kinds of examples (blocks in Markdown, `>>>` in docstrings) go through: as in
`python -m asyncio`, `await` may stand at the top level.  A piece without one is run with no event
loop running, so it may call `asyncio.run` itself.
"""

import ast
import asyncio
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "benchmarks" / "README.md",
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<source>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
FILE_NAME = re.compile(r"# (?P<name>\w+\.py)\n")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    info: str
    source: str

    @property
    def location(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file_name(self) -> str | None:
        """The name under which it is a file of its own; None if it belongs to the page's run."""
        if named := FILE_NAME.match(self.source):
            return named["name"]
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        tests = any(
            isinstance(node, functions) and node.name.startswith("test_")
            for node in ast.parse(self.source).body
        )
        return f"test_line_{self.line}.py" if tests else None


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page; `line` is that of the first line inside."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start("source")) + 1
        yield Block(page, line, found["info"].strip(), found["source"])


def run(
    source: str,
    *,
    mode: Literal["exec", "single"],
    namespace: dict[str, object],
    file_name: str,
    runner: asyncio.Runner,
) -> None:
    """Execute a piece of source in `namespace`; an awaiting one runs on the runner's loop."""
    code = compile(source, file_name, mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    result = eval(code, namespace)
    if code.co_flags & inspect.CO_COROUTINE:
        runner.run(result)
