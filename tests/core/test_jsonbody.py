"""JSON bodies: what the standard module parses, and Python's equality in a hashable key."""

import json
import math
import sys
from enum import IntEnum
from typing import Any
from unittest.mock import ANY

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.jsonbody import (
    NotPlainError,
    encodings,
    freeze,
    holds_nan,
    parse,
    snapshot,
)
from tests.core.support import (
    CLOSE_VALUES,
    VALUES,
    bodies_of,
    equals_json,
    examples,
    nested_list,
)


def check_as_standard(body: bytes) -> None:
    """Assert that `parse` says what `json.loads` says, down to the types."""
    document = parse(body)
    try:
        expected = json.loads(body)
    except (ValueError, RecursionError):
        assert (document.valid, document.value) == (False, None)
    else:
        assert document.valid
        assert repr(document.value) == repr(expected)


@pytest.mark.parametrize(
    "text",
    [
        *("1", "-0", "-0.0", "1.0", "1e5", "1E+2", "1e400", "-1e400", "1e-400", "0.1", "1.", ".5"),
        *("01", "+1", "-", "--1", "1_0", "0x1", "1e", "1e+"),
        *("9223372036854775807", "9223372036854775808", "18446744073709551615"),
        *("18446744073709551616", "-9223372036854775809", "123456789012345678901234567890"),
        *(
            "1.0000000000000000000000001",
            "123456789012345678e5",
            "1" * 5000,
            "[" + "1" * 5000 + "]",
        ),
        *("NaN", "Infinity", "-Infinity", "nan", "-NaN", "[NaN, NaN]", "inf"),
        *("null", "true", "false", "True", "None", "nulll", "nul", "{}", "[]", "", " ", "\x00"),
        *('"a"', "'a'", '"a', '"\\u00e9"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"'),
        *('"\\x61"', '"\\u12"', '"\\u+123"', '"\t"', '"\x7f"', '"\x00"', '"\\u0000"', '"\\/"'),
        *(
            '{"a": 1, "b": 2, "a": 3}',
            '{"a": 1,}',
            "[1,]",
            "[1 2]",
            "{1: 2}",
            '{"a" 1}',
            "{null:1}",
        ),
        *(" \t\r\n1\n", "\x0b1", "\xa01", "1\x00", "1 // comment", "/* */1", "[1]]", "1 2", "1,"),
        *("\ufeff1", "\ufeff\ufeff1", "\ud8001", '"\ud800"', '"é"', '"😀"'),
        *("[" * 500 + "]" * 500, "[" * 100_000, "[" * 5000 + "]" * 5000, '{"a":' * 5000),
    ],
    ids=lambda text: repr(text[:24]),
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"])
def test_corner_cases_are_parsed_as_the_standard_module_does(text: str, encoding: str) -> None:
    check_as_standard(text.encode(encoding, "surrogatepass"))


@pytest.mark.parametrize(
    "body",
    [
        *(b"\xff", b'"\xff"', b'"\xc0\xaf"', b"\xfe\xff", b"\xff\xfe", b"\xff\xfe\x00\x00"),
        *(b"\x00\x00\xfe\xff", b"\x00\x00\xfe\xff1", b"1\x00\x00", b"\x001", b"1\x00", b"\x00"),
        *(b"\xef\xbb\xbf", b"\xef\xbb", b'\xfe\xff\xd8\x00"', b'"\xed\xa0\x80"', b"\x80"),
    ],
)
def test_bytes_that_are_hard_to_decode_are_taken_as_the_standard_module_does(body: bytes) -> None:
    check_as_standard(body)


@given(st.data())
@examples(300)
def test_any_value_in_any_encoding_is_parsed_as_the_standard_module_does(
    data: st.DataObject,
) -> None:
    value = data.draw(VALUES)
    body = data.draw(bodies_of(value))
    check_as_standard(body)
    assert parse(body).value == value


@given(st.data())
@examples(300)
def test_mutated_bodies_are_parsed_as_the_standard_module_does(data: st.DataObject) -> None:
    body = bytearray(data.draw(bodies_of(data.draw(VALUES))))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(start + 2, len(body))))
        body[start:end] = data.draw(st.binary(max_size=2) | st.sampled_from([b'"', b"\\", b"0"]))
    check_as_standard(bytes(body))


TOKENS = [
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"d800", b"1", b"0", b"-", b"e"),
    *(b".", b"NaN", b"Infinity", b"null", b"true", b'"a"', b'"a":', b" ", b"\n", b"\x00", b"\xef"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"9" * 18, b"9" * 19, b"\xe9", b"\xed\xa0\x80"),
]


@given(st.lists(st.sampled_from(TOKENS), max_size=8).map(b"".join))
@examples(500)
def test_token_soup_is_parsed_as_the_standard_module_does(body: bytes) -> None:
    check_as_standard(body)


def test_a_nan_is_a_new_object_each_time() -> None:
    first, second = parse(b"[NaN, NaN]").value, parse(b"[NaN, NaN]").value
    assert first != second
    assert isinstance(first, list)
    assert first != [first[1], first[0]]


def test_nesting_beyond_what_the_interpreter_takes_is_invalid() -> None:
    assert not parse(b"[" * 100_000 + b"]" * 100_000).valid


def test_what_is_too_deep_has_no_key() -> None:
    with pytest.raises(RecursionError):
        freeze(nested_list(sys.getrecursionlimit() * 2))


@given(CLOSE_VALUES | VALUES, CLOSE_VALUES | VALUES)
@examples(500)
def test_two_values_share_a_key_exactly_when_they_are_equal(first: Any, second: Any) -> None:
    assert (freeze(first) == freeze(second)) is (first == second)
    assert freeze(first) == freeze(snapshot(first))
    if first == second:
        assert hash(freeze(first)) == hash(freeze(second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        *((1, True), (1, 1.0), (0, -0.0), ([1, {"a": 0}], [True, {"a": False}])),
        *(({"a": 1, "b": 2}, {"b": 2, "a": 1}), (2**53, 2.0**53), (10**22, 1e22)),
    ],
)
def test_equal_values_share_a_key(first: object, second: object) -> None:
    assert freeze(first) == freeze(second)


UNEQUAL: list[tuple[object, object]] = [
    *(([], {}), ([[]], [{}]), ("", []), (None, False), ("1", 1), (2**53 + 1, 2.0**53)),
    *(
        ({"a": 1}, [["a", 1]]),
        ({"a": 1}, {"a": 1, "b": 1}),
        ([1, 2], [2, 1]),
        ([[1], 2], [1, [2]]),
    ),
    ([["a", 1], ["b", 2]], {"a": 1, "b": 2}),
]


@pytest.mark.parametrize(("first", "second"), UNEQUAL)
def test_unequal_values_do_not(first: object, second: object) -> None:
    assert freeze(first) != freeze(second)


class Colour(IntEnum):
    RED = 1


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *((ANY, "_ANY"), ((1,), "tuple"), (Colour.RED, "Colour"), (Text("a"), "Text")),
        *((b"a", "bytes"), ([[{1}]], "set"), ({"a": {"b": ANY}}, "_ANY"), (object(), "object")),
    ],
)
def test_what_no_json_text_parses_to_is_not_plain(value: object, kind: str) -> None:
    with pytest.raises(NotPlainError, match=f"^a value of type {kind}$"):
        freeze(value)


@pytest.mark.parametrize(("key", "kind"), [(1, "int"), (Text("a"), "Text"), (None, "NoneType")])
def test_a_key_that_is_no_string_is_not_plain(key: object, kind: str) -> None:
    with pytest.raises(NotPlainError, match=f"^an object key of type {kind}$"):
        freeze([{key: 1}])


def test_a_snapshot_is_a_deep_copy() -> None:
    value: Any = {"a": [1, {"b": [2]}], "c": "x"}
    copied: Any = snapshot(value)
    assert copied == value
    value["a"][1]["b"].append(3)
    value["a"].clear()
    del value["c"]
    assert copied == {"a": [1, {"b": [2]}], "c": "x"}


@pytest.mark.parametrize("value", [math.nan, [1, math.nan], {"a": [{"b": math.nan}]}])
def test_a_nan_is_found_anywhere(value: object) -> None:
    assert holds_nan(value)


@pytest.mark.parametrize("value", [1.0, math.inf, "nan", None, [], {}, [[1.5]], {"nan": {"a": 1}}])
def test_what_holds_no_nan(value: object) -> None:
    assert not holds_nan(value)


@given(CLOSE_VALUES | VALUES)
@examples(300)
def test_every_known_encoding_is_of_an_equal_value(value: Any) -> None:
    for body in encodings(value, freeze(value)):
        assert equals_json(body, value)


@pytest.mark.parametrize("value", [{"a": [1, "é", None]}, [], "x", 1.5, 2**63, [True]])
def test_what_common_clients_send_is_known(value: object) -> None:
    assert {json.dumps(value).encode(), orjson.dumps(value)} == encodings(value, freeze(value))


@pytest.mark.parametrize("value", [2**64, "\ud800", math.inf, [2**70]])
def test_what_orjson_cannot_write_is_known_as_the_standard_module_writes_it(value: object) -> None:
    assert encodings(value, freeze(value)) == {json.dumps(value).encode()}


def test_an_integer_that_no_body_can_hold_has_no_encoding() -> None:
    assert encodings(10**5000, 10**5000) == frozenset()
