"""Reports are written whole, or not at all."""

import json
import sys
from pathlib import Path

import pytest

from asyncly.srvmocker._report import page
from asyncly.srvmocker._report.files import write
from tests.report.samples import ordinary


@pytest.mark.parametrize("ending", [".html", ".htm"])
def test_a_page_has_its_json_beside_it(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "not" / "there" / f"report.1{ending}"
    assert write(ordinary(), path) == (path, path.with_name("report.1.json"))
    assert path.read_bytes().startswith(b"<!DOCTYPE html>\n")
    assert json.loads(path.with_suffix(".json").read_text("utf-8"))["calls"] == 53
    assert len(list(path.parent.iterdir())) == 2


def test_what_was_there_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    write(ordinary(), path)
    assert path.read_text("utf-8") != "old"


def test_the_json_needs_no_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_jinja(monkeypatch)
    path = tmp_path / "report.json"
    assert write(ordinary(), path) == (path,)
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_without_the_extra_a_page_is_refused_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_jinja(monkeypatch)
    with pytest.raises(ImportError) as caught:
        write(ordinary(), tmp_path / "folder" / "report.html")
    assert str(caught.value) == "Jinja2 is not installed: pip install 'asyncly[report]'"
    assert caught.value.name == "jinja2"
    assert list(tmp_path.iterdir()) == []


def without_jinja(monkeypatch: pytest.MonkeyPatch) -> None:
    page.template.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)  # importing it is an ImportError


@pytest.mark.parametrize("name", ["report", "report.txt", "report.HTML", ".html"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        ValueError, match=f"^path of a report ends in .html or .json, not '{name}'$"
    ):
        write(ordinary(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.mkdir()
    with pytest.raises(OSError, match=r"report\.html"):
        write(ordinary(), path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["report.html", "report.json"]
