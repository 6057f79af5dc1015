"""What somebody may have meant."""

import pytest

from asyncly.srvmocker._core.explain.names import folded, likeness, meant


@pytest.mark.parametrize(
    ("wanted", "among", "found"),
    [
        ("X-Trace", ["Host", "x_trace"], "x_trace"),
        ("X-Trace", ["Host", "X-Trase", "X-Tracer"], "X-Tracer"),
        ("price", ["prise"], "prise"),
        ("price", ["id", "name"], None),
        ("page", [], None),
        ("abcd", ["abce", "abcf"], "abce"),
        ("abcd", ["abce", "abcdd"], "abcdd"),
    ],
)
def test_another_spelling_is_found(wanted: str, among: list[str], found: str | None) -> None:
    assert meant(wanted, among) == found


def test_only_some_names_are_looked_at() -> None:
    names = [f"other{number}" for number in range(200)]
    assert meant("X-Trace", [*names, "x-trace"]) is None
    assert meant("X-Trace", [*names[1:], "x-trace"]) == "x-trace"


def test_likeness_looks_at_letters() -> None:
    assert folded("X-Trace_id") == "xtraceid"
    assert likeness("same", "same") == 1
    assert likeness("abc", "xyz") == 0
    assert likeness("a" * 10_000, "a" * 90) == 1
