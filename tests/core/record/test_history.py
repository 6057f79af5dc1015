"""One journal with its sequences: a call is recorded once, in the history and under its handler."""

import gc
from enum import StrEnum

import pytest

from asyncly.srvmocker import Keep
from asyncly.srvmocker._core.record.history import History
from asyncly.srvmocker._core.record.journal import Place, StoredCall
from asyncly.srvmocker._core.record.sequences import CallSequence
from asyncly.srvmocker._core.request import RequestView

Call = tuple[bytes, bytes, float, int]


def make(stored: StoredCall) -> Call:
    return stored.view.head, stored.view.body, stored.when, stored.route


def new_history() -> History[Call]:
    return History(make, lambda call: RequestView(call[0], b"", call[1]))


def test_a_call_is_in_the_history_and_under_its_handler() -> None:
    history = new_history()
    when = history.record(b"head", b"", b"body", 5.0, 3, "a")
    later = history.record(b"head", b"", b"", 5.0, 2, "b")
    assert when == 5.0 < later
    first, second = (b"head", b"body", when, 3), (b"head", b"", later, 2)
    assert list(history.calls) == [first, second]
    assert {name: list(calls) for name, calls in history.by_handler.items()} == {
        "a": [first],
        "b": [second],
    }


def test_the_object_of_a_call_can_be_made_whether_or_not_it_is_still_recorded() -> None:
    history = new_history()
    view = RequestView(b"head", b"", b"body")
    when = history.record(view.start, view.fields, view.body, 1.0, 3, "a")
    call = history.calls[0]
    history.calls.clear()
    history.by_handler.clear()
    assert history.call(view, when, 3) == call


def test_names_that_are_equal_are_one_handler() -> None:
    class Name(StrEnum):
        A = "a"

    history = new_history()
    history.record(b"", b"", b"", 0.0, 0, Name.A)
    history.record(b"", b"", b"", 0.0, 0, "a")
    assert len(history.by_handler["a"]) == 2


def test_a_list_that_a_user_put_under_a_name_gets_the_objects() -> None:
    history = new_history()
    mine: list[Call] = []
    history.by_handler["a"] = mine
    history.record(b"head", b"", b"", 0.0, 0, "a")
    assert mine == list(history.calls)
    assert history.by_handler["a"] is mine


def test_a_sequence_of_another_history_gets_the_objects() -> None:
    history, other = new_history(), new_history()
    other.record(b"other", b"", b"", 0.0, 0, "a")
    history.by_handler["a"] = other.by_handler["a"]
    history.record(b"head", b"", b"", 9.0, 0, "a")
    assert [call[0] for call in other.by_handler["a"]] == [b"other", b"head"]
    assert len(other.calls) == 1


def test_a_sequence_that_a_user_moved_to_another_name_is_recorded_to() -> None:
    history = new_history()
    history.record(b"1", b"", b"", 0.0, 0, "a")
    history.by_handler["b"] = history.by_handler["a"]
    history.record(b"2", b"", b"", 0.0, 0, "b")
    assert [call[0] for call in history.by_handler["a"]] == [b"1", b"2"]


def test_a_call_that_comes_again_and_again_is_recorded_each_time() -> None:
    history = new_history()
    place = Place()
    times = [
        history.record(b"head", b"", b"body", 5.0, 3, name, place=place) for name in ("a", "b", "a")
    ]
    assert list(history.calls) == [(b"head", b"body", when, 3) for when in times]
    assert [call[2] for call in history.by_handler["a"]] == [times[0], times[2]]


def test_numbers_may_be_large() -> None:
    history = new_history()
    history.record(b"head", b"", b"", 1.0, 1, "a", 2, 3)
    history.record(b"head", b"", b"", 2.0, 70_000, "a", 4, 5)
    history.record(b"head", b"", b"", 3.0, 6, "a", 80_000, 90_000)
    journal = history.journal
    assert list(journal.routes) == [1, 70_000, 6]
    assert list(journal.connections) == [2, 4, 80_000]
    assert list(journal.answers) == [3, 5, 90_000]
    assert [call[3] for call in history.calls] == [1, 70_000, 6]


@pytest.mark.parametrize("repeats", [True, False])
def test_no_call_adds_to_what_the_garbage_collector_walks(repeats: bool) -> None:
    history = new_history()
    for name in ("a", "b"):
        history.record(b"head", b"", b"body", 0.0, 0, name)
    gc.collect()
    before = len(gc.get_objects())
    for number in range(50_000):
        body = b"body" if repeats else b"%d" % number
        history.record(b"head", b"", body, float(number), 0, "ab"[number % 2])
    gc.collect()
    assert len(gc.get_objects()) - before < 20
    assert len(history.calls) == 50_002
    assert history.calls[-1][1] == (b"body" if repeats else b"49999")


@pytest.mark.parametrize("again", [True, False])
def test_sequences_that_were_dropped_are_forgotten_with_the_next_call(again: bool) -> None:
    history = new_history()
    for number in range(3000):
        history.record(b"", b"", b"%d" % number, 0.0, 0, "a")
    history.calls.clear()
    history.by_handler.clear()
    place = Place() if again else None
    history.record(b"", b"", b"next", 0.0, 0, "a", place=place)
    assert len(history.calls.journal) == 1
    for calls in (history.calls, history.by_handler["a"]):
        assert isinstance(calls, CallSequence)
        assert [call[1] for call in calls] == [b"next"]


# --- what is kept --------------------------------------------------------------------------------


def keeping(**keeps: Keep) -> History[Call]:
    return History(make, lambda call: RequestView(call[0], b"", call[1]), keeps)


@pytest.mark.parametrize("again", [True, False])
def test_the_last_ones_stay_within_their_memory(again: bool) -> None:
    history = keeping(a=Keep(last=100))
    place = Place() if again else None
    largest = 0
    for number in range(200_000):
        body = b"" if again else b"%d" % number
        history.record(b"head", b"", body, float(number), 0, "a", place=place)
        largest = max(largest, len(history.journal))
    assert largest < 10_000
    assert len(history.journal.table.body_ids) < 10_000
    assert len(history.calls) == len(history.by_handler["a"]) == 100
    assert [call[2] for call in history.calls] == [float(n) for n in range(199_900, 200_000)]
    assert history.calls.unkept == 199_900


def test_what_is_kept_of_one_handler_does_not_touch_another() -> None:
    history = keeping(a=Keep(last=1), c=Keep(bodies=1))
    for number in range(5_000):
        name = "abc"[number % 3]
        history.record(b"head", b"", b"%d" % number, float(number), number, name)
    assert [call[3] for call in history.by_handler["a"]] == [4_998]
    assert [call[3] for call in history.by_handler["b"]] == list(range(1, 5_000, 3))
    assert len(history.by_handler["c"]) == 1_666
    assert len(history.calls) == 1 + 1_667 + 1_666
    assert history.calls.unkept == 1_666
    histories = [history.by_handler[name] for name in "abc"]
    assert [each.unkept for each in histories if isinstance(each, CallSequence)] == [1_666, 0, 0]


def test_calls_that_are_not_kept_have_times_of_their_own() -> None:
    history = keeping(a=Keep(last=0))
    times = [history.record(b"", b"", b"", 5.0, 0, name) for name in "aabaa"]
    assert times == sorted(set(times))
    assert [call[2] for call in history.calls] == [times[2]]


def test_what_a_user_takes_away_is_not_dropped_again() -> None:
    history = keeping(a=Keep(last=2))
    for number in range(4):
        history.record(b"", b"", b"%d" % number, 0.0, 0, "a")
    history.calls.clear()
    assert [call[1] for call in history.by_handler["a"]] == [b"2", b"3"]
    for number in range(4, 7):
        history.record(b"", b"", b"%d" % number, 0.0, 0, "a")
    assert [call[1] for call in history.calls] == [b"5", b"6"]
    assert history.calls.unkept == 1
    history.record(b"", b"", b"7", 0.0, 0, "a")
    del history.by_handler["a"]
    assert len(history.calls) == 3
    assert history.calls.unkept == 1


def test_what_a_user_adds_is_not_dropped_before_the_next_call() -> None:
    history = keeping(a=Keep(last=2), b=Keep(last=0))
    for number in range(4):
        history.record(b"", b"", b"%d" % number, 0.0, 0, "a")
    mine = b"mine", b"", 0.0, 0
    history.by_handler["a"].insert(0, mine)  # settles first
    history.by_handler["b"].append(mine)
    assert [call[1] for call in history.by_handler["a"]] == [b"", b"2", b"3"]
    assert history.by_handler["a"][0] is mine
    history.record(b"", b"", b"4", 0.0, 0, "a")
    assert [call[1] for call in history.by_handler["a"]] == [b"3", b"4"]
    assert list(history.by_handler["b"]) == [mine]
    assert history.calls.unkept == 3


def test_a_sequence_of_another_history_is_left_as_it_is() -> None:
    history, other = keeping(a=Keep(last=1), b=Keep(last=0)), new_history()
    for number in range(4):
        history.record(b"", b"", b"%d" % number, 0.0, 0, "c")
        other.record(b"", b"", b"other", 0.0, 0, "c")
    history.by_handler["a"] = history.by_handler["b"] = other.by_handler["c"]
    for name in "ab":
        history.record(b"", b"", b"", 0.0, 0, name)
        assert history.keeps_latest(name)
    assert [call[1] for call in history.calls] == [b"0", b"1", b"2", b"3", b"", b""]
    assert [call[1] for call in other.by_handler["c"]] == [b"other"] * 4 + [b""] * 2
    assert history.calls.unkept == other.calls.unkept == 0


def test_whether_the_latest_call_was_kept() -> None:
    history = keeping(a=Keep(every=2), b=Keep(last=0), c=Keep(last=1))
    told: list[bool] = []
    for _ in range(4):
        for name in "abcd":
            history.record(b"", b"", b"", 0.0, 0, name)
        told += [history.keeps_latest(name) for name in "abcd"]
    assert told == [True, False, True, True, False, False, True, True] * 2
    history.by_handler["a"] = []
    assert history.keeps_latest("a")
    assert history.keeps_latest("unknown")
