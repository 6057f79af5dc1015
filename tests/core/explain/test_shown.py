"""Values as text: JSON notation, bounded, printable, whatever they are."""

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.explain.shown import (
    around,
    around_bytes,
    clean,
    cut,
    failure,
    name,
    quote,
    show,
)
from tests.core.explain.support import Angry
from tests.core.support import VALUES, examples, nested_list


class Colour(StrEnum):
    RED = "red"


class SilentError(Exception):
    def __str__(self) -> str:
        raise ValueError


SHOWN: list[tuple[object, str]] = [
    (None, "null"),
    (True, "true"),
    (False, "false"),
    (-12, "-12"),
    (12.5, "12.5"),
    (float("nan"), "NaN"),
    (float("-inf"), "-Infinity"),
    ('a"b\\c\n', '"a\\"b\\\\c\\n"'),
    ("zero\u200bwidth \ud800 é", '"zero\\u200bwidth \\ud800 é"'),
    ({}, "{}"),
    ([], "[]"),
    ({"a": [1, {"b": None}], "c": "d"}, '{"a": [1, {"b": null}], "c": "d"}'),
    ({1: "a"}, '{1: "a"}'),
    ((1, 2), "(1, 2)"),
    (Colour.RED, "<Colour.RED: 'red'>"),
]


@pytest.mark.parametrize(("value", "text"), SHOWN)
def test_a_value_is_shown_as_json_where_it_is_json(value: object, text: str) -> None:
    assert show(value, 72) == text


def test_what_cannot_be_shown_says_so() -> None:
    assert show(Angry(), 72) == "<Angry, whose repr raised KeyError: 'no text'>"
    assert show(10**5000, 72) == "<an integer of 16610 bits>"


def test_long_values_are_shortened_where_little_is_lost() -> None:
    assert show("a" * 50 + "z" * 50, 40) == '"aaaaaaaaaaaaaaaa… 76 more …zzzzzzzz"'
    assert show(list(range(1000)), 40) == "[0, 1, 2, 3, 4, 5, 6, 7, 8, … 991 more]"
    assert show({"a": "b" * 99, "c": 1}, 40) == '{"a": "bbbbbbbbbbbbbbbbbb…", … 1 more}'
    assert show({str(n): n for n in range(9)}, 30) == '{"0": 0, "1": 1, … 7 more}'
    assert show(nested_list(14), 72) == "[[[[[[[[[[[[[… 1 more]]]]]]]]]]]]]"
    assert show({"a": {"b": "c" * 90}}, 24) == '{"a": {"b": "ccccc…"}}'


@given(VALUES | st.text() | st.binary() | st.lists(st.text()), st.integers(24, 200))
@examples(300)
def test_it_is_never_longer_than_asked_and_always_printable(value: Any, limit: int) -> None:
    text = show(value, limit)
    assert 0 < len(text) <= limit
    assert text.isprintable()


@given(st.text(), st.integers(24, 60), st.data())
@examples(200)
def test_parts_of_texts_are_bounded_too(text: str, limit: int, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    for said in (
        quote(text, limit),
        name(text, limit),
        around(text, offset, limit),
        around_bytes(text.encode("utf-8", "surrogatepass"), offset, limit),
    ):
        assert len(said) <= limit
        assert said.isprintable()


def test_what_is_left_out_is_counted() -> None:
    text = "".join(chr(97 + n % 26) for n in range(300))
    shown = cut(text, 40)
    before, _, rest = shown.partition("… ")
    left_out, _, after = rest.partition(" more …")
    assert text.startswith(before)
    assert text.endswith(after)
    assert int(left_out) == 300 - len(before) - len(after)
    assert 36 <= len(shown) <= 40
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcdef", 0) == "…"


def test_the_part_around_an_offset_is_marked_where_it_was_cut() -> None:
    assert around("0123456789", 5, 40) == '"0123456789"'
    assert around("0123456789" * 9, 50, 20) == '…"5678901234567890"…'
    assert around("0123456789" * 9, 0, 20) == '"0123456789012345"…'
    assert around_bytes(b"0123456789" * 9, 89, 21) == "…b'4567890123456789'"


def test_an_exception_is_told_in_one_line() -> None:
    assert failure(ValueError("a\nb")) == "raised ValueError: a\\nb"
    assert failure(ValueError()) == "raised ValueError"
    assert failure(SilentError()) == "raised SilentError"


def test_clean_leaves_what_can_be_printed() -> None:
    assert clean("é 漢 😀") == "é 漢 😀"
    assert clean("\r\x00\x9b\u202e") == "\\r\\x00\\x9b\\u202e"
