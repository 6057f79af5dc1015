"""Matches from data: parts of multipart bodies; the rest is tested with the files."""

import re

import pytest
from dirty_equals import IsStr

from asyncly.srvmocker import (
    ABSENT,
    Match,
    Part,
    load_routes,
)
from asyncly.srvmocker.matching import compile_match
from tests.core.support import view_of
from tests.routes_data.support import wrong


def match_of(**multipart: object) -> Match:
    entry = {"method": "POST", "path": "/", "handler": "up", "match": {"multipart": multipart}}
    match = load_routes([entry])[0].match
    assert match is not None
    return match


def parts_of(**multipart: object) -> str:
    """The parts that are expected, as they say what they are."""
    return repr(match_of(**multipart).multipart)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("notes", "notes"),
        (None, ABSENT),
        ({"regex": "^a"}, re.compile("^a")),
        (["a", {"regex": "b"}], ["a", re.compile("b")]),
        ([], []),
        (b"\xff", b"\xff"),
        ({}, Part()),
        ({"text": "a"}, Part("a")),
        ({"text": {"regex": "a"}, "content_type": "a/b"}, Part(re.compile("a"), None, "a/b")),
        ({"base64": "AP8=", "filename": "a.bin"}, Part(b"\x00\xff", "a.bin")),
        ({"filename": {"regex": "md$"}}, Part(None, re.compile("md$"))),
        ({"filename": None}, Part(None, ABSENT)),
        ({"content_type": {"regex": "^text/"}}, Part(None, None, re.compile("^text/"))),
        (["a", {"filename": "b"}, {"base64": ""}], ["a", Part(None, "b"), Part(b"")]),
    ],
)  # fmt: skip
def test_a_part_is_made_of(given: object, expected: object) -> None:
    assert parts_of(field=given) == repr({"field": expected})


def test_a_test_s_own_data_may_hold_what_compares() -> None:
    own = IsStr()
    assert match_of(field=own).multipart == {"field": own}
    assert parts_of(field={"filename": own}) == repr({"field": Part(filename=own)})


def test_all_parts_must_hold() -> None:
    match = match_of(title="notes", file={"filename": {"regex": "md$"}}, other=None)
    holds = compile_match(match).holds
    title = b"--b\r\nContent-Disposition: form-data; name=title\r\n\r\nnotes\r\n"
    file = b'--b\r\nContent-Disposition: form-data; name=file; filename="a.md"\r\n\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert holds(view_of(title + file + b"--b--", headers=headers))
    assert not holds(view_of(title + b"--b--", headers=headers))
    assert not holds(view_of(title + file + b"--b--"))


TEXT = "expected str or a mapping with 'regex' alone"
PART = f"{TEXT}, or one with text, base64, filename, content_type"


@pytest.mark.parametrize(
    ("multipart", "told"),
    [
        (3, ": expected a mapping or nothing, got int"),
        ({1: "a"}, ": expected only strings as keys: put them in quotes"),
        ({"a": 3}, f".a: {PART}, got int"),
        ({"a": ["b", 3]}, f".a[1]: {PART}, got int"),
        ({"a": ["b", None]}, f".a[1]: {PART}, got nothing"),
        ({"a": {"regex": "("}}, ".a.regex: it is no regular expression: missing )"),
        ({"a": {"regex": "b", "text": "c"}}, ".a.regex: unknown key; there are text, base64, file"),
        ({"a": {"filname": "b"}}, ".a.filname: unknown key; did you mean 'filename'?"),
        ({"a": {3: "b"}}, ".a: expected only strings as keys: put them in quotes"),
        ({"a": {"text": 3}}, f".a.text: {TEXT}, got int"),
        ({"a": {"text": None}}, f".a.text: {TEXT}, got nothing"),
        ({"a": {"text": "b", "base64": ""}}, ".a.base64: expected it or 'text', got both"),
        ({"a": {"base64": 3}}, ".a.base64: expected str, got int"),
        ({"a": [{"base64": "@"}]}, ".a[0].base64: Only base64 data is allowed"),
        ({"a": {"filename": {"regex": "b", "x": 1}}}, f".a.filename: {TEXT}, got a mapping"),
        ({"a": {"content_type": None}}, f".a.content_type: {TEXT}, got nothing"),
    ],
)
def test_what_is_wrong_with_a_part_is_told_by_its_key(multipart: object, told: str) -> None:
    entry = {"method": "POST", "path": "/", "handler": "up", "match": {"multipart": multipart}}
    assert wrong({"routes": [entry]}).startswith(f"routes[0].match.multipart{told}")
