"""Names and values, parts and texts: what is asked of them, compiled."""

import re
from typing import Any

import pytest
from dirty_equals import IsStr
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, MultiDict, MultiMapping

from asyncly.srvmocker import ABSENT, Exactly, Part
from asyncly.srvmocker._core.content import ReceivedPart
from asyncly.srvmocker._core.matching.fields import (
    body_tests,
    field_tests,
    item_holds,
    part_tests,
    part_texts,
)
from asyncly.srvmocker._core.request import RequestView
from tests.core.support import examples, view_of

Pairs = list[tuple[str, str]]


def fields_hold(expected: Any, pairs: Pairs, *, fold: bool = False) -> bool:
    def read(view: RequestView) -> MultiMapping[str]:
        return CIMultiDict(pairs) if fold else MultiDict(pairs)

    return all(test(view_of()) for test in field_tests(read, expected, fold=fold))


def by_the_words(expected: Any, pairs: Pairs, *, fold: bool) -> bool:
    """What the documentation says, as plainly as it can be said."""

    def same(one: str, other: str) -> bool:
        return one.lower() == other.lower() if fold else one == other

    exact = isinstance(expected, Exactly)
    for name, wanted in expected.items():
        got = [value for key, value in pairs if same(key, name)]
        if wanted is ABSENT:
            if got:
                return False
        elif isinstance(wanted, list):
            if got != wanted:
                return False
        elif not got or got[0] != wanted or (exact and len(got) > 1):
            return False
    return not exact or all(any(same(key, name) for name in expected) for key, _ in pairs)


NAMES = st.sampled_from(["a", "A", "b"])
SENT = st.sampled_from(["1", "2"])
WANTED = st.dictionaries(NAMES, SENT | st.just(ABSENT) | st.lists(SENT, max_size=2), max_size=3)


@given(WANTED, st.booleans(), st.lists(st.tuples(NAMES, SENT), max_size=4), st.booleans())
@examples(400)
def test_names_and_values_are_as_the_documentation_has_it(
    wanted: dict[str, Any], exact: bool, pairs: Pairs, fold: bool
) -> None:
    expected = Exactly(wanted) if exact else wanted
    assert fields_hold(expected, pairs, fold=fold) is by_the_words(expected, pairs, fold=fold)


def test_an_item_of_a_list_may_be_anything_that_a_value_may_be() -> None:
    pairs = [("a", "one"), ("a", "two")]
    assert fields_hold({"a": [re.compile("^o"), IsStr(min_length=3)]}, pairs)
    assert fields_hold({"a": ("one", re.compile("w"))}, pairs)
    assert not fields_hold({"a": [re.compile("^n"), "two"]}, pairs)
    assert not fields_hold({"a": ["one", IsStr(min_length=4)]}, pairs)


def test_nothing_is_asked_by_nothing() -> None:
    assert fields_hold({}, [("a", "1")])
    assert not fields_hold(Exactly({}), [("a", "1")])
    assert fields_hold(Exactly({}), [])


@pytest.mark.parametrize(
    ("expected", "got", "holds"),
    [
        ("a", "a", True),
        ("a", "ab", False),
        (re.compile("b"), "ab", True),
        (re.compile("^b"), "ab", False),
        (re.compile(b"b$"), b"ab", True),
        (re.compile("B", re.IGNORECASE), "ab", True),
        (re.compile("a.b"), "a\nb", False),
        (re.compile("a.b", re.DOTALL), "a\nb", True),
        (IsStr(), "x", True),
        (IsStr(), b"x", False),
        (b"a", "a", False),
    ],
)
def test_one_text_or_some_bytes(expected: object, got: object, holds: bool) -> None:
    assert item_holds(expected)(got) is holds


@pytest.mark.parametrize(
    ("body", "text", "holds"),
    [
        (None, None, True),
        (b"caf\xe9", None, True),
        (re.compile(b"^caf"), "café", True),
        (re.compile(b"^caf"), "cafe", False),
        (b"cafe", "café", False),
        (None, IsStr(regex="^caf.$"), True),
    ],
)
def test_the_bytes_of_a_body_and_its_text(body: object, text: object, holds: bool) -> None:
    view = view_of(b"caf\xe9", headers={"Content-Type": "text/plain; charset=latin-1"})
    assert all(test(view) for test in body_tests(body, text)) is holds


def test_a_body_that_is_no_text_satisfies_no_pattern() -> None:
    (test,) = body_tests(None, re.compile(""))
    assert test(view_of(b""))
    assert not test(view_of(b"\xff"))


# Parts of a multipart body.

MULTI = {"Content-Type": "multipart/form-data; boundary=b"}


def body_of(*parts: tuple[str, bytes]) -> bytes:
    sent = [
        b"--b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (head.encode(), content)
        for head, content in parts
    ]
    return b"".join(sent) + b"--b--"


TITLE, OTHER = ("name=title", "lämp".encode()), ("name=title", b"two")
NO_TEXT = ("name=title", b"\xff")
FILE = ('name=file; filename="a.txt"\r\nContent-Type: text/css; charset=latin-1', b"\xe9")


def parts_hold(expected: Any, *parts: tuple[str, bytes], body: bytes | None = None) -> bool:
    view = view_of(body_of(*parts) if body is None else body, headers=MULTI)
    return all(test(view) for test in part_tests(expected))


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        ("lämp", True),
        ("lämp".encode(), True),
        (bytearray("lämp".encode()), True),
        (re.compile("ä"), True),
        (re.compile("ä".encode()), True),
        (IsStr(), True),
        (Part("lämp"), True),
        (Part(), True),
        (Part(filename=ABSENT), True),
        (Part(content_type="text/plain"), True),
        (Part("lämp", content_type="text/css"), False),
        (Part(filename="a.txt"), False),
        (Part(filename=re.compile("")), False),
        ("two", False),
        (["lämp"], True),
        (("lämp",), True),
        (["lämp", Part()], False),
        ([], False),
        (ABSENT, False),
    ],
)
def test_a_part_without_a_file(expected: object, holds: bool) -> None:
    assert parts_hold({"title": expected}, TITLE) is holds
    assert parts_hold(Exactly({"title": expected}), TITLE) is holds


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        (b"\xe9", True),
        ("é", True),  # by the charset of its own type
        (IsStr(), False),  # an object is compared with the bytes of a file
        (Part(filename="a.txt", content_type="text/css"), True),
        (Part(filename=re.compile("txt$"), content_type=re.compile("^text/")), True),
        (Part(filename=IsStr(), content_type=IsStr()), True),
        (Part(filename=ABSENT), False),
        (Part(filename="A.txt"), False),
        (Part(content_type=re.compile("charset")), False),
        (Part(b"\xe9", "a.txt", "text/css"), True),
    ],
)
def test_a_part_with_a_file(expected: object, holds: bool) -> None:
    assert parts_hold({"file": expected}, FILE) is holds


def test_a_part_that_is_no_text_has_bytes_only() -> None:
    for expected, holds in [("x", False), (re.compile(""), False), (b"\xff", True), (Part(), True)]:
        assert parts_hold({"title": expected}, NO_TEXT) is holds


def test_several_parts_of_one_field_stand_in_order() -> None:
    assert parts_hold({"title": "lämp"}, TITLE, OTHER)
    assert parts_hold({"title": ["lämp", "two"]}, TITLE, FILE, OTHER)
    assert not parts_hold({"title": ["two", "lämp"]}, TITLE, OTHER)
    assert not parts_hold({"title": ["lämp"]}, TITLE, OTHER)
    assert not parts_hold(Exactly({"title": "lämp"}), TITLE, OTHER)


def test_other_fields_do_not_matter_unless_it_is_to_be_exact() -> None:
    assert parts_hold({"title": "lämp", "none": ABSENT}, TITLE, FILE)
    assert not parts_hold(Exactly({"title": "lämp"}), TITLE, FILE)
    assert parts_hold(Exactly({"title": "lämp", "file": Part()}), TITLE, FILE)
    assert not parts_hold({"title": "lämp"}, FILE)


def test_a_broken_body_has_no_parts_and_lacks_none() -> None:
    for expected in ({"a": ABSENT}, {"a": "1"}, Exactly({})):
        assert not parts_hold(expected, body=b"--b")
    assert parts_hold({}, body=b"--b")


def test_what_of_a_part_is_compared_is_its_text_unless_bytes_are_meant() -> None:
    plain, file = (
        ReceivedPart("a", name, "text/plain", view_of().headers, b"x") for name in (None, "a.txt")
    )
    for text in ("y", re.compile("y")):
        assert part_texts(plain, text) == part_texts(file, text) == "x"
    for content in (b"y", bytearray(b"y"), memoryview(b"y"), re.compile(b"y")):
        assert part_texts(plain, content) == part_texts(file, content) == b"x"
    assert part_texts(plain, IsStr()) == "x"
    assert part_texts(file, IsStr()) == b"x"
