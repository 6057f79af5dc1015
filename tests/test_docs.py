"""README, changelog and guides: every example is run, every link leads somewhere.

The conventions are told in docs/index.md, "How the examples are kept true".
"""

import asyncio
import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

from tests.snippets import PAGES, ROOT, Block, blocks, run

pytest_plugins = ["pytester"]

BLOCKS = [block for page in PAGES for block in blocks(page)]
LANGUAGES = {"python", "python typecheck", "console", "text"}
LINK = re.compile(r"(?<!!)\[[^\]\n]*(?:\n[^\]\n]*)?\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (?P<title>.+)$", re.MULTILINE)
WORDS = [*PAGES, *sorted((ROOT / "examples").rglob("*.py")), *sorted((ROOT / "docs").glob("*.py"))]
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:work|root|home|Users|tmp|private|mnt)/\w")


def page_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def python_blocks(page: Path) -> list[Block]:
    return [block for block in BLOCKS if block.page == page and block.info == "python"]


def pages_with(*, files: bool) -> list[Path]:
    wanted = [
        block
        for page in PAGES
        for block in python_blocks(page)
        if (block.file_name is not None) is files
    ]
    return list(dict.fromkeys(block.page for block in wanted))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.location)
def test_every_block_names_a_language_that_is_checked(block: Block) -> None:
    assert block.info in LANGUAGES


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_no_block_is_overlooked(page: Path) -> None:
    fences = re.findall(r"^\s*(?:```|~~~)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) == 2 * sum(block.page == page for block in BLOCKS)


@pytest.mark.parametrize("page", pages_with(files=False), ids=page_name)
def test_the_blocks_of_a_page_run_from_top_to_bottom(page: Path) -> None:
    namespace: dict[str, object] = {"__name__": "__main__"}
    with asyncio.Runner() as runner:
        for block in python_blocks(page):
            if block.file_name is None:
                # Empty lines in front, so that a traceback shows the page's own line.
                source = "\n" * (block.line - 1) + block.source
                run(source, mode="exec", namespace=namespace, file_name=str(page), runner=runner)


@pytest.mark.parametrize("page", pages_with(files=True), ids=page_name)
def test_the_files_of_a_page_pass_under_pytest(page: Path, pytester: pytest.Pytester) -> None:
    files = {block.file_name: block for block in python_blocks(page) if block.file_name}
    tests = 0
    for name, block in files.items():
        (pytester.path / name).write_text(block.source, encoding="utf-8")
        tests += len(re.findall(r"^\s*(?:async )?def test_", block.source, re.MULTILINE))
    result = pytester.runpytest_subprocess(*plugin_arguments(), "-q")
    result.assert_outcomes(passed=tests)


def plugin_arguments() -> list[str]:
    """Automatic mode, warnings as errors; the plugin by name where asyncly is not installed."""
    installed = importlib.metadata.entry_points(group="pytest11", name="asyncly")
    by_name = [] if installed else ["-p", "asyncly.pytest_plugin"]
    paths = ["-o", f"pythonpath={ROOT}"] if not installed else []
    loop_scope = "asyncio_default_fixture_loop_scope=function"
    return [*by_name, *paths, "-o", "asyncio_mode=auto", "-o", loop_scope, "-W", "error"]


def test_the_make_targets_in_the_words_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in PAGES:
        for command in re.findall(
            r"(?:^\$ |`)make ([\w-]+)", page.read_text("utf-8"), re.MULTILINE
        ):
            assert command in targets, f"{page_name(page)}: make {command}"


def slug(title: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for found in LINK.finditer(text):
        address, _, anchor = found["target"].partition("#")
        if address.startswith(("http://", "https://")):
            continue
        target = (page.parent / address).resolve() if address else page
        assert target.is_relative_to(ROOT), found["target"]
        assert target.exists(), found["target"]
        if anchor:
            titles = HEADING.findall(target.read_text(encoding="utf-8"))
            assert anchor in map(slug, titles), found["target"]


def test_the_extras_in_the_readme_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"^\| `asyncly\[([\w-]+)\]` \|", PAGES[0].read_text("utf-8"), re.MULTILINE)
    assert set(named) == set(project["optional-dependencies"])


def test_the_readme_has_one_place_for_the_figures() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    marks = re.findall(r"^<!-- figures:(\w+) -->$", text, re.MULTILINE)
    assert marks == ["begin", "end"]


def test_every_guide_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in PAGES:
        if page.parent.name == "docs" and page.name != "index.md":
            assert f"({page.name})" in index, page.name


@pytest.mark.parametrize("page", WORDS, ids=page_name)
def test_no_path_of_a_machine_is_mentioned(page: Path) -> None:
    assert not MACHINE_PATH.search(page.read_text(encoding="utf-8"))
