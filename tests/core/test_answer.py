"""Status and header fields of a response are refused when the response is made, or can be sent."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import cast

import pytest
from aiohttp import http_writer, web
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from asyncly.srvmocker._core.answer import check_headers, check_status
from tests.core.support import examples


@pytest.mark.parametrize("status", [100, 200, 204, 404, 599, 999, HTTPStatus.CREATED])
def test_a_status_of_three_digits_passes(status: int) -> None:
    checked = check_status(status)
    assert (checked, type(checked)) == (status, int)


@pytest.mark.parametrize("status", [99, 1000, 0, -200])
def test_another_number_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match=f"^status {status} is not a three-digit HTTP status"):
        check_status(status)


@pytest.mark.parametrize("status", [True, "200", 200.0, None])
def test_what_is_no_integer_is_refused(status: object) -> None:
    with pytest.raises(TypeError, match=r"^status .* is not an integer$"):
        check_status(status)


def test_no_headers_are_an_empty_copy() -> None:
    assert check_headers(None) == CIMultiDict()


def test_headers_are_copied_with_all_values_of_a_name() -> None:
    headers: CIMultiDict[str] = CIMultiDict([("Set-Cookie", "a=1"), ("set-cookie", "b=2")])
    copied = check_headers(headers)
    headers.clear()
    assert copied.getall("SET-COOKIE") == ["a=1", "b=2"]


def test_headers_may_be_pairs() -> None:
    pairs = [("Set-Cookie", "a=1"), ("X-A", "1"), ("Set-Cookie", "b=2")]
    assert list(check_headers(pairs).items()) == pairs
    assert list(check_headers(iter(pairs)).items()) == pairs
    lists = cast("list[tuple[str, str]]", [["X-A", "1"]])
    assert list(check_headers(lists).items()) == [("X-A", "1")]


@pytest.mark.parametrize("headers", ["X-A: 1", b"X-A: 1", 7])
def test_what_has_no_pairs_is_refused(headers: object) -> None:
    text = f"headers={headers!r}: give a mapping, or (name, value) pairs"
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        check_headers(cast("dict[str, str]", headers))


@pytest.mark.parametrize("pair", ["ab", ("X-A",), ("X-A", "1", "2"), None])
def test_what_is_no_pair_is_refused(pair: object) -> None:
    text = f"headers: {pair!r} is not a (name, value) pair"
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        check_headers(cast("list[tuple[str, str]]", [pair]))


@pytest.mark.parametrize("name", ["", "a b", "a:", "é", "a\r\n", "a\n", "(x)"])
def test_a_name_that_is_no_token_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a token"):
        check_headers({name: "x"})


@pytest.mark.parametrize("value", ["a\r\nb: c", "\n", "a\r", "a\x00", "a\x01", "\x1f", "\x7f"])
def test_a_line_break_or_another_control_character_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"^header 'X' has a line break or another control"):
        check_headers({"X": value})


def test_a_value_that_cannot_be_encoded_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^header 'X': '\\ud800' cannot be encoded in UTF-8$"):
        check_headers({"X": "\ud800"})


@pytest.mark.parametrize(("name", "value"), [(b"X", "1"), ("X", b"1"), ("X", 1), ("X", None)])
def test_what_is_no_string_is_refused(name: object, value: object) -> None:
    with pytest.raises(TypeError, match=r"^header .*: names and values are strings$"):
        check_headers(cast(Mapping[str, str], {name: value}))


# What aiohttp writes a head with is not public, and nothing public shows its bytes.
serialize: Callable[[str, CIMultiDict[str]], bytes] = vars(http_writer)["_serialize_headers"]


@given(st.text(max_size=3), st.text(max_size=3))
@examples(300)
def test_what_passes_can_be_written_by_aiohttp(name: str, value: str) -> None:
    try:
        fields = check_headers({name: value})
    except ValueError:
        return
    written = serialize("HTTP/1.1 200 OK", web.Response(headers=fields).headers)
    assert f"\r\n{name}: {value}\r\n".encode() in written
