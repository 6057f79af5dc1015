"""What is wrong with a body."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.explain.bodies import compare_bytes, why_not_json
from asyncly.srvmocker._core.explain.bounds import COUNT_ONLY, TERSE
from tests.core.explain.support import findings, lines
from tests.core.support import examples


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the body is empty"),
        (
            b'{"a": "lamp" "i": 1}',
            'invalid JSON at offset 13: expecting \',\' delimiter, near b\'{"a": "lamp" "i": 1}\'',
        ),
        (
            '{"é": "é" 1}'.encode(),
            (
                "invalid JSON at offset 12: expecting ',' delimiter, "
                'near b\'{"\\xc3\\xa9": "\\xc3\\xa9" 1}\''
            ),
        ),
        (
            '["a" 1]'.encode("utf-16"),
            (
                "invalid JSON at offset 12: expecting ',' delimiter, "
                "near b'\\xff\\xfe[\\x00\"\\x00a\\x00\"\\x00 \\x001\\x00]\\x00'"
            ),
        ),
        (
            b'{"a": "\xff"}',
            (
                "not JSON: cannot be decoded as utf-8 at offset 7: invalid start byte, "
                'near b\'{"a": "\\xff"}\''
            ),
        ),
        (b"[" * 100_000, "not JSON that can be parsed: nested too deeply"),
        (
            b"9" * (sys.get_int_max_str_digits() + 1),
            "not JSON that can be parsed: an integer has too many digits",
        ),
        (b"1", "not JSON that can be parsed"),
    ],
)
def test_the_reason_says_where_and_how(body: bytes, why: str) -> None:
    assert why_not_json(body, 72) == why


@given(st.binary())
@examples(300)
def test_it_is_in_line_with_the_standard_module(body: bytes) -> None:
    why = why_not_json(body, 72)
    assert len(why) < 200
    assert why.isprintable()
    try:
        json.loads(body)
    except ValueError:
        assert why != "not JSON that can be parsed"
    else:
        assert why == "not JSON that can be parsed"


def told(wanted: bytes, got: bytes) -> list[str]:
    found = findings()
    compare_bytes(wanted, got, found)
    return lines(found)


@pytest.mark.parametrize(
    ("wanted", "got", "difference"),
    [
        (b"abc", b"abd", ("body: wanted b'abc', got b'abd' "
            "(bytes differ at offset 2; 3 bytes wanted, 3 came)")),
        (b"a" * 500 + b"b", b"a" * 500 + b"c",
            (f"body: wanted …b'{'a' * 66}b', got …b'{'a' * 66}c' "
            "(bytes differ at offset 500; 501 bytes wanted, 501 came)")),
        (b"abc", b"abcd", ("body: wanted the end of the body, got b'abcd' "
            "(bytes differ at offset 3; 3 bytes wanted, 4 came)")),
        (b"abc", b"", ("body: wanted b'abc', got an empty body "
            "(bytes differ at offset 0; 3 bytes wanted, 0 came)")),
        (b"", b"abc", ("body: wanted an empty body, got b'abc' "
            "(bytes differ at offset 0; 0 bytes wanted, 3 came)")),
        (b"abc", b"abc\n", ("body: wanted the end of the body, got b'abc\\n' "
            "(bytes differ at offset 3; 3 bytes wanted, 4 came; "
            "they differ in white space at the ends only)")),
        (b'{"a": 1}', b'{"a":1}', ("body: wanted b'{\"a\": 1}', got b'{\"a\":1}' "
            "(bytes differ at offset 5; 8 bytes wanted, 7 came; "
            "they are equal as JSON, which json= compares)")),
        (b'{"a": 1}', b'{"a": 2}', ("body: wanted b'{\"a\": 1}', got b'{\"a\": 2}' "
            "(bytes differ at offset 6; 8 bytes wanted, 8 came)")),
    ],
)  # fmt: skip
def test_bytes_differ_at_an_offset(wanted: bytes, got: bytes, difference: str) -> None:
    assert told(wanted, got) == [difference]


def test_equal_bytes_do_not_differ() -> None:
    assert told(b"abc", b"abc") == []


def test_large_bodies_get_no_hint() -> None:
    (line,) = told(b"1" * 2_000_000, b"1" * 2_000_000 + b" .")
    assert line.endswith("2000000 bytes wanted, 2000002 came)")


def test_nearer_bodies_cost_less() -> None:
    def cost(got: bytes) -> float:
        found = findings(COUNT_ONLY)
        compare_bytes(b"name=lamp&price=12", got, found)
        assert found.kept == []
        return found.cost

    assert 1 <= cost(b"name=lamp&price=13") < cost(b"name=tea&price=12") < cost(b"x") <= 2
    assert TERSE.value > 0
