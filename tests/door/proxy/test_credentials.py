"""Basic credentials: which are accepted at the start, and which from a client."""

import warnings
from base64 import b64encode

import pytest
from aiohttp import BasicAuth

from asyncly.srvmocker._door.proxy.credentials import basic_credentials


def basic(text: bytes, scheme: str = "Basic") -> str:
    return f"{scheme} {b64encode(text).decode()}"


def deprecated(login: str, password: str, encoding: str = "latin1") -> BasicAuth:
    """A BasicAuth, which newer releases of aiohttp warn about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return BasicAuth(login, password, encoding)


@pytest.mark.parametrize("auth", [("user", "pa:ss"), deprecated("user", "pa:ss")])
def test_match(auth: object) -> None:
    credentials = basic_credentials(auth)
    assert credentials.match(basic(b"user:pa:ss"))
    assert credentials.match(basic(b"user:pa:ss", "bASIC"))
    assert credentials.match(basic(b"user:pa:ss", "Basic  ") + " ")
    for wrong in (
        None,
        "",
        "Basic",
        basic(b"user:pa:ss", "Bearer"),
        basic(b"user:pass"),
        basic(b"User:pa:ss"),
        "Basic user:pa:ss",
        "Basic \udcff",
    ):
        assert not credentials.match(wrong)


def test_a_pair_is_accepted_in_both_usual_encodings() -> None:
    credentials = basic_credentials(("jürgen", "ß"))
    assert credentials.match(basic("jürgen:ß".encode()))
    assert credentials.match(basic("jürgen:ß".encode("latin-1")))
    assert basic_credentials(("ユ", "x")).match(basic("ユ:x".encode()))


def test_basic_auth_names_its_encoding() -> None:
    credentials = basic_credentials(deprecated("jürgen", "ß", "utf-8"))
    assert credentials.match(basic("jürgen:ß".encode()))
    assert not credentials.match(basic("jürgen:ß".encode("latin-1")))


@pytest.mark.parametrize(
    ("auth", "words"),
    [
        (("a:b", "c"), "the login 'a:b' has a colon"),
        (("a", "b\n"), "control characters"),
        (("a\x7f", "b"), "control characters"),
        (deprecated("ユ", "b"), "cannot be encoded as latin1"),
        (deprecated("a", "b", "no-such"), "cannot be encoded as no-such"),
    ],
)
def test_values_that_cannot_be(auth: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        basic_credentials(auth)


@pytest.mark.parametrize("auth", ["user:pass", ("a",), ("a", "b", "c"), (b"a", "b"), 5, {}, []])
def test_things_that_are_no_pair(auth: object) -> None:
    with pytest.raises(TypeError, match=r"must be a \(login, password\) pair of strings .*not "):
        basic_credentials(auth)
