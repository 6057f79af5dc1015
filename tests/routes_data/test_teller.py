"""Errors of data: the key, and what was expected there."""

import re

import pytest
from msgspec import UNSET, Struct, UnsetType

from asyncly.srvmocker import RoutesError
from asyncly.srvmocker._routes.teller import Teller


class Data(Struct):
    """Two keys that say the same, and one more."""

    text: str | UnsetType = UNSET
    base64: str | UnsetType = UNSET
    other: str | UnsetType = UNSET


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("too large"), "too large"),
        (TypeError("no text"), "no text"),
        (re.error("missing )"), "it is no regular expression: missing )"),
    ],
)
def test_what_fails_is_told_with_file_and_key(error: Exception, told: str) -> None:
    with pytest.raises(RoutesError) as caught, Teller("a.yaml").at("routes[0].keep"):
        raise error
    assert str(caught.value) == f"a.yaml: routes[0].keep: {told}"
    assert caught.value.__cause__ is error


def test_what_was_told_already_stays_as_it_is() -> None:
    teller = Teller("")
    inner = teller.error("routes[0].match.text", "expected str, got int")
    with pytest.raises(RoutesError) as caught, teller.at("routes[0]"):
        raise inner
    assert caught.value is inner


def test_what_is_no_error_of_data_goes_through() -> None:
    with pytest.raises(KeyError), Teller("").at("routes"):
        raise KeyError("a")


def test_two_keys_that_say_the_same_are_refused() -> None:
    teller = Teller("")
    teller.alone("here", Data("a", other="b"), ("text", "base64"))
    with pytest.raises(RoutesError, match=r"^here\.base64: expected it or 'text', got both$"):
        teller.alone("here", Data("a", "b"), ("text", "base64"))


def test_a_key_without_a_meaning_is_refused() -> None:
    teller = Teller("")
    teller.refuse("here", Data(other="b"), ("text", "base64"), "only another has it")
    with pytest.raises(RoutesError, match=r"^here\.text: only another has it$"):
        teller.refuse("here", Data("a"), ("text", "base64"), "only another has it")


def test_base64_may_be_broken_into_lines() -> None:
    assert Teller("").decoded("here", " AP8\n = ") == b"\x00\xff"
    with pytest.raises(RoutesError, match=r"^here: Only base64 data is allowed$"):
        Teller("").decoded("here", "@")
