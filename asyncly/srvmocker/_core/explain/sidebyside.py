"""The wanted and the nearest JSON, line by line, for those who ask for all of it.

Invariants: what `==` calls equal is written alike on both sides (1 and 1.0, the order of members,
an object with an `__eq__` of its own), so that every marked line is a difference. The work is
bounded: a long document is cut, and only short ones are compared letter by letter.
"""

from collections.abc import Iterator
from difflib import ndiff, unified_diff
from itertools import islice
from typing import Final

from asyncly.srvmocker._core.explain.findings import equal
from asyncly.srvmocker._core.explain.jsondiff import is_array, is_object
from asyncly.srvmocker._core.explain.shown import quote, show
from asyncly.srvmocker._core.jsonbody import parse

__all__ = ("side_by_side",)

_LINES: Final = 2000
_LETTERS: Final = 80  # lines, up to which the letters of a line are compared
_WIDTH: Final = 200
_DEPTH: Final = 60


def side_by_side(wanted: object, body: bytes) -> Iterator[str]:
    """Yield the lines of a comparison; none where the body is not JSON."""
    document = parse(body)
    if not document.valid:
        return
    got = document.value
    here = list(islice(_lines(_aligned(wanted, got, 0), "", "", "", 0), _LINES + 1))
    there = list(islice(_lines(_ordered(wanted, got, 0), "", "", "", 0), _LINES + 1))
    if here == there:
        return
    yield "  wanted (-) and got (+):"
    if max(len(here), len(there)) <= _LETTERS:
        yield from (f"    {line.rstrip()}" for line in ndiff(here, there))
        return
    compared = unified_diff(here[:_LINES], there[:_LINES], n=2, lineterm="")
    yield from (f"    {line}" for line in islice(compared, 2, None))
    if max(len(here), len(there)) > _LINES:
        yield f"    … only the first {_LINES} lines are compared"


def _aligned(wanted: object, got: object, depth: int) -> object:
    """Return what was wanted, with whatever equals what came written as it came."""
    if equal(got, wanted)[0]:
        return got
    if depth < _DEPTH and is_object(wanted) and is_object(got):
        return {
            key: _aligned(value, got[key], depth + 1) if key in got else value
            for key, value in wanted.items()
        }
    if depth < _DEPTH and is_array(wanted) and is_array(got):
        both = [_aligned(*pair, depth + 1) for pair in zip(wanted, got, strict=False)]
        return both + wanted[len(both) :]
    return wanted


def _ordered(wanted: object, got: object, depth: int) -> object:
    """Return what came, with the members of its objects in the order in which they were wanted."""
    if depth < _DEPTH and is_object(wanted) and is_object(got) and not equal(got, wanted)[0]:
        first = {key: _ordered(wanted[key], got[key], depth + 1) for key in wanted if key in got}
        return {**first, **got, **first}
    if depth < _DEPTH and is_array(wanted) and is_array(got):
        both = [_ordered(*pair, depth + 1) for pair in zip(wanted, got, strict=False)]
        return both + got[len(both) :]
    return got


def _lines(value: object, indent: str, before: str, after: str, depth: int) -> Iterator[str]:
    """Yield a value as indented JSON; the last member has a comma, as those before it have."""
    if depth < _DEPTH and is_object(value) and value:
        yield f"{indent}{before}{{"
        for key, item in value.items():
            name = quote(key, _WIDTH) if isinstance(key, str) else show(key, _WIDTH)
            yield from _lines(item, f"{indent}  ", f"{name}: ", ",", depth + 1)
        yield f"{indent}}}{after}"
    elif depth < _DEPTH and is_array(value) and value:
        yield f"{indent}{before}["
        for item in value:
            yield from _lines(item, f"{indent}  ", "", ",", depth + 1)
        yield f"{indent}]{after}"
    else:
        yield f"{indent}{before}{show(value, _WIDTH)}{after}"
