"""Parts of a multipart body explained: their contents, the names of their files, their types."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from dirty_equals import IsBytes, IsStr

from asyncly.srvmocker import ABSENT, Exactly, Part
from asyncly.srvmocker._core.explain.bounds import COUNT_ONLY, TERSE
from asyncly.srvmocker._core.explain.parts import Parts
from asyncly.srvmocker._core.request import PartialView, RequestView
from tests.core.explain.support import Angry, findings, lines
from tests.core.support import view_of

NOT_FOUND = "the pattern is not found"
MULTI = "multipart/form-data; boundary=b"


def upload(*parts: tuple[str, bytes], kind: str = MULTI, end: bytes = b"--b--") -> RequestView:
    sent = [
        b"--b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (head.encode(), content)
        for head, content in parts
    ]
    return view_of(b"".join(sent) + end, headers={"Content-Type": kind})


VIEW = upload(
    ("name=title", "lämp".encode()),
    ('name=file; filename="a.txt"\r\nContent-Type: text/css', b"\xff\x00"),
    ("name=title", b"two"),
    ("name=odd", b"\xff"),
)


def found(wanted: Mapping[str, Any], view: RequestView = VIEW) -> list[str]:
    result, counted = findings(), findings(COUNT_ONLY)
    Parts(wanted).compare(view, result)
    Parts(wanted).compare(view, counted)
    assert counted.kept == []
    assert (counted.cost, counted.total) == (result.cost, result.total)
    assert (result.cost == 0) is (result.total == 0)
    return lines(result)


def test_what_is_wanted_is_told_field_by_field() -> None:
    wanted = {"a": "1", "f": Part(filename="x"), "l": ["1", b"2"], "n": ABSENT}
    assert list(Parts(wanted).told(TERSE)) == [
        'part a: "1"',
        "part f: Part(filename='x')",
        "part l: [\"1\", b'2']",
        "part n: ABSENT",
    ]
    assert list(Parts(Exactly({})).told(TERSE)) == ["no other part"]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"title": "lämp", "file": b"\xff\x00", "none": ABSENT}, []),
        ({"title": "two"}, ['part title: wanted "two", got "lämp"']),
        ({"title": b"two"}, ["part title: wanted b'two', got b'l\\xc3\\xa4mp'"]),
        (
            {"title": re.compile("^m")},
            [f"part title: wanted re.compile('^m'), got \"lämp\" ({NOT_FOUND})"],
        ),
        ({"title": IsStr(max_length=1)}, ['part title: wanted IsStr(max_length=1), got "lämp"']),
        (
            {"file": IsBytes(max_length=1)},
            ["part file: wanted IsBytes(max_length=1), got b'\\xff\\x00'"],
        ),
        ({"file": "x"}, ["part file: is no text"]),
        ({"none": "1"}, ['part none: missing, wanted "1"']),
        ({"odd": ABSENT}, ["part odd: unexpected, got b'\\xff'"]),
        ({"title": ["lämp", "two"]}, []),
        (
            {"title": ("two", "lämp")},
            ['part title: wanted "two", got "lämp"', 'part title: wanted "lämp", got "two"'],
        ),
        ({"title": ["lämp"]}, ["part title: unexpected, got b'two'"]),
        ({"title": ["lämp", "two", "3"]}, ['part title: missing, wanted "3"']),
        ({"none": []}, []),
        ({"title": Part()}, []),
        ({"title": Part(filename="x")}, ['part title, file name: missing, wanted "x"']),
        ({"file": Part(filename="b.txt")}, ['part file, file name: wanted "b.txt", got "a.txt"']),
        ({"file": Part(filename=ABSENT)}, ['part file, file name: unexpected, got "a.txt"']),
        (
            {"file": Part(content_type="text/plain")},
            ['part file, type: wanted "text/plain", got "text/css"'],
        ),
        (
            {"file": Part(b"", re.compile("md$"), IsStr(regex="^image/"))},
            [
                "part file: wanted b'', got b'\\xff\\x00'",
                f"part file, file name: wanted re.compile('md$'), got \"a.txt\" ({NOT_FOUND})",
                "part file, type: wanted IsStr(regex='^image/'), got \"text/css\"",
            ],
        ),
        (Exactly({"title": ["lämp", "two"], "file": Part(), "odd": Part()}), []),
        (
            Exactly({"title": "lämp", "file": Part()}),
            ["part title: unexpected, got b'two'", "part odd: unexpected, got b'\\xff'"],
        ),
    ],
)
def test_what_differs_is_told(wanted: Mapping[str, Any], told: list[str]) -> None:
    assert found(wanted) == told


def test_a_body_that_cannot_be_read_is_told_once() -> None:
    broken = upload(("name=a", b"1"), end=b"")
    told = ["body: it is no multipart body: Unexpected end of multipart stream (parser closed)"]
    assert found({"a": "1", "b": ABSENT}, broken) == told
    assert found(Exactly({}), broken) == told
    assert found({}, broken) == []
    unbound = upload(("name=a", b"1"), kind="multipart/form-data")
    assert found({"a": "1"}, unbound) == ["body: its Content-Type names no boundary"]


def test_a_body_of_another_type_has_no_parts() -> None:
    text = upload(("name=a", b"1"), kind="text/plain")
    why = 'Content-Type is "text/plain", not multipart/form-data'
    assert found({"a": "1", "b": ABSENT}, text) == [f'part a: missing, wanted "1" ({why})']


def test_a_value_that_cannot_be_compared_differs_with_the_reason() -> None:
    (line,) = found({"title": Angry()})
    assert line.endswith('got "lämp" (comparing raised ValueError: no\\ncomparison)')


def test_a_body_that_was_not_kept_cannot_be_told() -> None:
    view = PartialView(b"POST / HTTP/1.1", b"")
    assert found({"a": ABSENT}, view) == ["body: was not kept"]
    assert found({}, view) == []


def test_the_nearer_of_two_requests_costs_less() -> None:
    def cost(*parts: tuple[str, bytes], end: bytes = b"--b--") -> float:
        result = findings(COUNT_ONLY)
        Parts({"a": "alexander", "b": "2"}).compare(upload(*parts, end=end), result)
        return result.cost

    near, other = ("name=a", b"alexandra"), ("name=a", b"bob")
    two = ("name=b", b"2")
    assert 0 < cost(near, two) < cost(other, two) < cost(other) < cost(near, two, end=b"")
