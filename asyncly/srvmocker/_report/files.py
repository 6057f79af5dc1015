"""The report on a disk: whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import Final

from asyncly.srvmocker._report import document, page
from asyncly.srvmocker._report.data import ReportData
from asyncly.srvmocker._report.summary import Summary, summarize

__all__ = ("write",)

_PAGES: Final = (".html", ".htm")


def write(data: ReportData, path: Path) -> tuple[Path, ...]:
    """Write a report, and return the files that it is in.

    Args:
        data: What it is made of.
        path: `x.html` writes the page there and the JSON beside it, as `x.json`; `x.json` writes
            the JSON alone. Folders that are missing are made.

    Raises:
        ValueError: The path ends otherwise.
        ImportError: A page is wanted and Jinja2 is not installed; nothing is written.
        OSError: A file cannot be written.
    """
    if path.suffix not in {*_PAGES, ".json"}:
        raise ValueError(f"path of a report ends in .html or .json, not {path.name!r}")
    wanted: dict[Path, Callable[[Summary], str]] = {path.with_suffix(".json"): document.render}
    if path.suffix in _PAGES:
        wanted[path] = page.render
    summary = summarize(data)
    texts = {file: render(summary) for file, render in wanted.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        _replace(file, text)
    return tuple(reversed(texts))


def _replace(path: Path, text: str) -> None:
    """Put a text in the place of a file, at once; who reads it sees the old one or the new."""
    part = path.with_name(f".{token_hex(8)}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
