"""Questions about the calls of some handlers: which satisfy, and how many at least and at most."""

from collections.abc import Sequence

import pytest

from asyncly.srvmocker import Keep, NotKeptError
from asyncly.srvmocker._core.matching.criteria import compile_criteria, opaque
from asyncly.srvmocker._core.record.history import History
from asyncly.srvmocker._core.record.journal import StoredCall
from asyncly.srvmocker._core.record.question import Question, Record
from asyncly.srvmocker._core.request import RequestView


def name_of(call: StoredCall) -> str:
    return "ab"[call.route]


def history_of(calls: str, keeps: dict[str, Keep] | None = None) -> History[StoredCall]:
    history: History[StoredCall] = History(lambda stored: stored, lambda call: call.view, keeps)
    for number, name in enumerate(calls):
        history.record(b"GET / HTTP/1.1", b"", b"%d" % number, 0.0, "ab".index(name), name)
    return history


def asking(history: History[StoredCall], *names: str) -> Question[StoredCall]:
    record = Record(history.calls, history.by_handler, lambda call: call.view, name_of, history)
    return Question(record, names)


def bodies(calls: Sequence[StoredCall]) -> list[bytes]:
    return [call.view.body for call in calls]


def test_calls_of_several_handlers_come_in_order() -> None:
    history = history_of("abbab")
    assert bodies(asking(history, "b", "a").calls()) == [b"0", b"1", b"2", b"3", b"4"]
    assert bodies(asking(history, "b").calls()) == [b"1", b"2", b"4"]
    assert asking(history, "a", "unknown").count() == (2, 2)
    assert asking(history, "unknown").count() == (0, 0)
    assert not asking(history, "unknown").calls()
    assert "unknown" not in history.by_handler


def test_rows_are_copies() -> None:
    history = history_of("aa")
    rows = asking(history, "a").rows()
    history.record(b"", b"", b"", 0.0, 0, "a")
    assert rows is not None
    assert list(rows) == [0, 1]


def test_questions_are_narrowed_step_by_step() -> None:
    question = asking(history_of("abab"))
    odd = question.narrowed(opaque(lambda view: int(view.body) % 2 == 1))
    assert bodies(odd.calls()) == [b"1", b"3"]
    assert bodies(odd.narrowed(compile_criteria(body=b"3")).calls()) == [b"3"]
    assert question.count() == (4, 4)


def test_what_was_not_kept_is_known_before_anybody_looks() -> None:
    question = asking(history_of("aaaaab", {"a": Keep(last=2)}), "a")
    assert question.unkept == 3
    assert question.count() == (5, 5)
    assert question.narrowed(compile_criteria(body=b"4")).count() == (1, 4)


def test_unknown_bodies_are_not_guessed() -> None:
    question = asking(history_of("ab", {"a": Keep(bodies=0)}))
    with pytest.raises(NotKeptError):
        question.narrowed(compile_criteria(json=1)).count()
    assert question.narrowed(compile_criteria(headers={"a": "b"})).count() == (0, 0)


def test_sequences_that_are_not_the_history_s_are_looked_through() -> None:
    history, other = history_of("ab"), history_of("b")
    stored = StoredCall(RequestView(b"GET / HTTP/1.1", b"", b"mine"), 0.0, 0)
    history.by_handler["a"] = [stored]
    history.by_handler["b"] = other.by_handler["b"]
    both = asking(history, "a", "b")
    assert both.journal is None
    assert both.rows() is None
    assert bodies(both.calls()) == [b"mine", b"0"]
    assert both.narrowed(compile_criteria(body=b"mine")).count() == (1, 1)
    assert asking(history).journal is history.journal
    record = Record(history.calls, history.by_handler, lambda call: call.view, name_of, None)
    assert Question(record, ()).rows() is None
