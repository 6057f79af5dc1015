"""The byte strings outside the garbage collector's reach: every one comes back as it went in."""

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.matching.needles import Needles
from asyncly.srvmocker._core.record import blobs
from asyncly.srvmocker._core.record.blobs import BlobStore
from tests.core.support import examples


def put(store: BlobStore, blob: bytes) -> int:
    known = store.known.get(blob)
    return store.add(blob) if known is None else known


def test_numbers_are_given_in_order_and_repeats_share_one() -> None:
    store = BlobStore()
    assert [put(store, blob) for blob in (b"a", b"", b"b", b"a", b"")] == [0, 1, 2, 0, 1]
    assert len(store) == 3
    assert [store.get(number) for number in range(3)] == [b"a", b"", b"b"]


def test_every_blob_survives_many_sealed_chunks() -> None:
    store = BlobStore()
    given_blobs = [b"%d" % number * (number % 7) for number in range(5000)]
    numbers = [put(store, blob) for blob in given_blobs]
    assert [store.get(number) for number in numbers] == given_blobs
    assert len(store) == max(numbers) + 1


@pytest.mark.parametrize("size", [(1 << 18) - 1, 1 << 18, (1 << 18) + 1, 5 << 20])
def test_large_blobs_come_back(size: int) -> None:
    store = BlobStore()
    large = bytes(range(256)) * (size // 256) + bytes(size % 256)
    numbers = [put(store, blob) for blob in (b"before", large, b"after", large, b"before")]
    assert [store.get(number) for number in numbers] == [
        *(b"before", large, b"after", large, b"before")
    ]


def test_large_blobs_are_recognised_among_those_seen_lately() -> None:
    store = BlobStore()
    large = [b"%04d" % number * 2000 for number in range(16)]
    numbers = [put(store, blob) for blob in large]
    assert [put(store, blob) for blob in large] == numbers
    put(store, bytes(5000))  # one more than is remembered: all that were there are forgotten
    again = [put(store, blob) for blob in large]
    assert again == list(range(17, 33))
    assert [store.get(number) for number in numbers + again] == large + large


def test_blobs_are_not_walked_by_the_garbage_collector() -> None:
    store = BlobStore()
    gc.collect()
    before = len(gc.get_objects())
    for number in range(20_000):
        put(store, b"blob %d" % number)
    gc.collect()
    assert len(gc.get_objects()) - before < 20
    assert len(store) == 20_000


@given(
    st.sampled_from([1, 2, 4]),
    st.integers(1, 12),
    st.lists(st.binary(max_size=5) | st.binary(min_size=10, max_size=20), max_size=40),
)
@examples(150)
def test_get_returns_what_add_was_given(count: int, size: int, added: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blobs, "_CHUNK", count)
        patch.setattr(blobs, "_LARGE", size)
        patch.setattr(blobs, "_LARGE_KNOWN", 40)  # as many as there may be here
        store = BlobStore()
        numbers: list[int] = []
        for blob in added:
            numbers.append(put(store, blob))
            assert [store.get(number) for number in numbers] == added[: len(numbers)]
        assert len(store) == len(set(added))
        assert sorted(set(numbers)) == list(range(len(store)))


def test_the_size_of_a_blob_is_known_without_it() -> None:
    store = BlobStore()
    sizes = [5000 if number % 700 == 3 else number % 7 for number in range(2500)]
    numbers = [store.add(b"%d" % number + b"x" * size) for number, size in enumerate(sizes)]
    assert numbers == list(range(2500))
    assert [store.size(number) for number in numbers] == [
        len(store.get(number)) for number in numbers
    ]


def test_sizes_and_a_search_with_large_ones_in_chunks_and_in_the_tail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blobs, "_CHUNK", 4)
    monkeypatch.setattr(blobs, "_LARGE", 20)
    store = BlobStore()
    added = [b"1", b"22", b"x" * 30 + b"needle", b"", b"4444", b"y" * 25, b"needle", b"7", b"88"]
    for blob in added:
        put(store, blob)
    assert list(store.sizes()) == list(map(len, added))
    assert [store.size(number) for number in range(len(added))] == list(map(len, added))
    found = set(store.search(Needles("needle")))
    assert {2, 6} <= found
    assert 5 not in found


@pytest.mark.parametrize("wanted", [("once", "often"), ("often", "once")])
def test_the_rarest_of_what_is_searched_for_leads_whichever_comes_first(
    wanted: tuple[str, str],
) -> None:
    store = BlobStore()
    for number in range(1024):
        other = "once" if number == 700 else "never"
        store.add(b'{"a": "often", "b": "%b", "n": %d}' % (other.encode(), number))
    needles = Needles(dict(zip("ab", wanted, strict=True)))
    assert list(store.search(needles)) == [700]
