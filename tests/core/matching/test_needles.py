"""What is refused by its bytes could not have been equal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.jsonbody import parse
from asyncly.srvmocker._core.matching.needles import Needles, has_long_numbers, has_other_spellings
from asyncly.srvmocker._core.record.blobs import BlobStore
from tests.core.record.test_blobs import put
from tests.core.support import examples

SPELLINGS = (
    '{"n": 12}',
    '{"n": 12.0}',
    '{"n": 1.2e1}',
    '{"n": 120E-1}',
    '{"n": 12.00000000000000001}',
    '{"n": 11.99999999999999999999}',
    '{"\\u006e": 12}',
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_of_an_equal_body_is_found(text: str, encoding: str) -> None:
    body = text.encode(encoding)
    assert parse(body).value == {"n": 12}
    needles = Needles({"n": 12})
    assert all(needle in body for needle in needles.usable(body))
    store = BlobStore()
    numbers = [put(store, b'{"n": %d}' % (1000 + other)) for other in range(2000)]
    wanted = put(store, body)
    numbers += [put(store, b'{"m": %d}' % (5000 + other)) for other in range(2000)]
    assert wanted in set(store.search(needles))


def test_what_tells_nothing_is_no_needle() -> None:
    needles = Needles([0, 1, True, None, 2.5, "", 'quote"', "ü", 10**15, -(10**15), {"": 9}])
    assert (needles.texts, needles.numbers) == ((), ())


def test_the_longest_comes_first() -> None:
    needles = Needles({"name": "a lamp", "n": [-12, 345]})
    assert needles.texts == (b"a lamp", b"name", b"n")
    assert needles.numbers == (b"345", b"12")


@pytest.mark.parametrize("data", [b"\\", b"a\x00"])
def test_escapes_and_wide_encodings_are_other_spellings(data: bytes) -> None:
    assert has_other_spellings(data)
    assert not has_other_spellings(b'{"a": 1}')


@pytest.mark.parametrize("data", [b"1e5", b"1.E5", b"0.1234567890123456", b"1\x002\x00"])
def test_exponents_and_rounded_numbers_are_noticed(data: bytes) -> None:
    assert has_long_numbers(data)
    assert not has_long_numbers(b'[123456789012345, "edge", 1.5]')


def test_a_match_that_spans_two_bodies_is_none() -> None:
    store = BlobStore()
    for number in range(3000):
        put(store, b'["ab%d"' % number)
        put(store, b"cd%d]" % number)
    assert list(store.search(Needles(["abcd"]))) == []


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.sampled_from([1.5, 12.0, 1e20])
    | st.text(alphabet='ab"\\é ', max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet="ab", max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.lists(st.tuples(VALUES, st.booleans(), st.sampled_from(["utf-8", "utf-16"])), max_size=30)
)
@examples(150)
def test_a_search_finds_every_equal_body(bodies: list[tuple[object, bool, str]]) -> None:
    store = BlobStore()
    blobs = [
        json.dumps(value, ensure_ascii=escaped).encode(encoding)
        for value, escaped, encoding in bodies
    ]
    numbers = [put(store, blob) for blob in blobs]
    if len(blobs) % 2:
        for number in range(1100):  # so that the bodies lie in a sealed block
            put(store, b"%d" % number)
    for value, _, _ in bodies:
        found = set(store.search(Needles(value)))
        for number, blob in zip(numbers, blobs, strict=True):
            if parse(blob).value == value:
                assert number in found
