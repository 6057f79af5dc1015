"""The bounded memory: what comes out is what went in, and it stays small."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.memo import Memo
from tests.core.support import examples


def test_remembers_what_was_put() -> None:
    memo: Memo[int] = Memo(max_entries=4, max_bytes=100)
    assert memo.get(b"a") is None
    memo.put(b"a", 0)
    memo.put(b"", 1)
    assert (memo.get(b"a"), memo.get(b"")) == (0, 1)


def test_a_later_value_replaces_an_earlier_one() -> None:
    memo: Memo[int] = Memo(max_entries=2, max_bytes=100)
    memo.put(b"a", 1)
    memo.put(b"a", 2)
    memo.put(b"b", 3)
    memo.put(b"c", 4)
    assert memo.get(b"a") == 2


def test_what_is_used_survives_a_change_of_generations() -> None:
    memo: Memo[str] = Memo(max_entries=2, max_bytes=100)
    memo.put(b"kept", "kept")
    for number in range(100):
        memo.put(b"%d" % number, "seen once")
        assert memo.get(b"kept") == "kept"
    assert memo.get(b"0") is None


def test_keys_beyond_the_limit_are_not_remembered() -> None:
    memo: Memo[int] = Memo(max_entries=10, max_bytes=8)
    memo.put(b"123456789", 1)
    memo.put(b"12345678", 2)
    assert (memo.get(b"123456789"), memo.get(b"12345678")) == (None, 2)


def test_clear_forgets_both_generations_and_their_size() -> None:
    memo: Memo[int] = Memo(max_entries=2, max_bytes=8)
    for key in (b"1111", b"2222", b"3333"):
        memo.put(key, 1)
    memo.clear()
    assert [memo.get(key) for key in (b"1111", b"2222", b"3333")] == [None, None, None]
    memo.put(b"4444", 1)
    memo.put(b"5555", 2)
    assert (memo.get(b"4444"), memo.get(b"5555")) == (1, 2)


def test_putting_one_key_again_and_again_does_not_drive_out_the_others() -> None:
    memo: Memo[int] = Memo(max_entries=100, max_bytes=20)
    memo.put(b"other", 1)
    for value in range(50):
        memo.put(b"key", value)
    assert (memo.get(b"other"), memo.get(b"key")) == (1, 49)


@given(
    st.integers(1, 4),
    st.integers(0, 20),
    st.lists(st.tuples(st.sampled_from(["get", "put"]), st.binary(max_size=6)), max_size=60),
)
@examples(150)
def test_it_says_the_latest_value_or_nothing_and_holds_two_generations_at_most(
    max_entries: int, max_bytes: int, steps: list[tuple[str, bytes]]
) -> None:
    memo: Memo[int] = Memo(max_entries, max_bytes)
    latest: dict[bytes, int] = {}
    for number, (step, key) in enumerate(steps):
        if step == "put":
            memo.put(key, number)
            latest[key] = number
            assert memo.get(key) == (number if len(key) <= max_bytes else None)
        else:
            assert memo.get(key) in {None, latest.get(key)}
        for generation in (memo.young, memo.old):
            assert len(generation) <= max_entries
            assert sum(map(len, generation)) <= max_bytes


def offer(memo: Memo[int], key: bytes, value: int) -> bool:
    if memo.wants(key):
        memo.put(key, value)
        return True
    return False


def test_once_it_was_full_a_key_gets_in_when_it_is_offered_again() -> None:
    memo: Memo[int] = Memo(max_entries=2, max_bytes=100)
    assert [offer(memo, key, 1) for key in (b"a", b"b")] == [True, True]
    offered = [offer(memo, b"c", 1) for _ in range(8)]
    assert offered == [*[False] * 7, True], "the fourth time it is noticed"
    assert (memo.get(b"a"), memo.get(b"b"), memo.get(b"c")) == (1, 1, 1)


@pytest.mark.parametrize("cycle", [1, 2, 4, 60, 64, 100])
def test_keys_that_come_in_turn_all_get_in(cycle: int) -> None:
    memo: Memo[int] = Memo(max_entries=100, max_bytes=10_000)
    for number in range(100):
        offer(memo, b"filling %d" % number, 0)
    for _ in range(40):
        for number in range(cycle):
            if memo.get(b"%d" % number) is None:
                offer(memo, b"%d" % number, number)
    assert [memo.get(b"%d" % number) for number in range(cycle)] == list(range(cycle))


def test_keys_that_never_repeat_push_nothing_out() -> None:
    memo: Memo[int] = Memo(max_entries=2, max_bytes=100)
    offer(memo, b"kept", 1)
    offer(memo, b"too", 2)
    for number in range(20_000):
        offer(memo, b"%d" % number, number)
    assert (memo.get(b"kept"), memo.get(b"too")) == (1, 2)
    assert len(memo._offered) + len(memo._offered_before) <= 2 * 4096


def test_clear_makes_room_again() -> None:
    memo: Memo[int] = Memo(max_entries=1, max_bytes=100)
    assert [offer(memo, b"a", 1), offer(memo, b"b", 1)] == [True, False]
    memo.clear()
    assert offer(memo, b"b", 1)


def test_its_size_can_be_read() -> None:
    memo: Memo[int] = Memo(max_entries=2, max_bytes=100)
    for key in (b"1", b"22", b"333"):
        memo.put(key, 1)
    assert (len(memo), memo.size) == (3, 3)  # the younger generation alone
