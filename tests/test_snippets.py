"""The runner of the documentation's examples finds every block, and lets no failure pass."""

import asyncio
from pathlib import Path

import pytest

from tests import snippets
from tests.snippets import blocks, run


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(snippets, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "# A page\n\n```python\nx = 1\n```\n\n- a point\n\n  ```console\n  $ make\n  ```\n\n"
        "```python typecheck\ny: int = ''\n```\n",
        encoding="utf-8",
    )
    return page


def test_blocks_are_found_with_their_lines(page: Path) -> None:
    found = [(block.location, block.info, block.source) for block in blocks(page)]
    assert found == [
        ("page.md:4", "python", "x = 1\n"),
        ("page.md:10", "console", "  $ make\n"),
        ("page.md:14", "python typecheck", "y: int = ''\n"),
    ]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("x = 1\n", None),
        ("def helper(): ...\n", None),
        ("# conftest.py\nx = 1\n", "conftest.py"),
        ("def test_it(): ...\n", "test_line_4.py"),
        ("async def test_it(): ...\n", "test_line_4.py"),
    ],
)
def test_which_blocks_are_files(page: Path, source: str, name: str | None) -> None:
    assert snippets.Block(page, 4, "python", source).file_name == name


def test_await_may_stand_at_the_top_level() -> None:
    namespace: dict[str, object] = {}
    source = (
        "import asyncio\nloop = asyncio.get_running_loop()\nvalue = await asyncio.sleep(0, 7)\n"
    )
    with asyncio.Runner() as runner:
        run(source, mode="exec", namespace=namespace, file_name="x", runner=runner)
        assert namespace["loop"] is runner.get_loop()
    assert namespace["value"] == 7


def test_a_piece_may_start_a_loop_of_its_own() -> None:
    namespace: dict[str, object] = {}
    source = "import asyncio\nvalue = asyncio.run(asyncio.sleep(0, 7))\n"
    with asyncio.Runner() as runner:
        run(source, mode="exec", namespace=namespace, file_name="x", runner=runner)
    assert namespace["value"] == 7


@pytest.mark.parametrize("before", ["", "import asyncio; await asyncio.sleep(0)\n"])
def test_a_failure_is_raised_and_shows_the_place(before: str) -> None:
    source = before + "assert 1 == 2\n"
    with asyncio.Runner() as runner, pytest.raises(AssertionError) as caught:
        run(source, mode="exec", namespace={}, file_name="page.md", runner=runner)
    assert str(caught.traceback[-1].path).endswith("page.md")
    assert caught.traceback[-1].lineno == before.count("\n")


def test_a_warning_is_an_error() -> None:
    source = "import warnings\nwarnings.warn('old', DeprecationWarning)\n"
    with asyncio.Runner() as runner, pytest.raises(DeprecationWarning, match="old"):
        run(source, mode="exec", namespace={}, file_name="page.md", runner=runner)
