"""The errors of questions about recorded calls: of which calls they tell."""

from asyncly.srvmocker import Keep
from asyncly.srvmocker._core.explain.calls import (
    question_failed,
    question_timed_out,
    sequence_failed,
)
from asyncly.srvmocker._core.matching.criteria import compile_criteria
from asyncly.srvmocker._core.record.history import History
from asyncly.srvmocker._core.record.journal import StoredCall
from asyncly.srvmocker._core.record.question import Question, Record
from asyncly.srvmocker._core.request import RequestView


def name_of(call: StoredCall) -> str:
    return "ab"[call.route]


def asking(*names: str, keep: Keep | None = None) -> Question[StoredCall]:
    keeps = {} if keep is None else {"a": keep, "b": keep}
    history: History[StoredCall] = History(lambda stored: stored, lambda call: call.view, keeps)
    for number, name in enumerate("aab"):
        start = b"GET /%d HTTP/1.1" % number
        history.record(start, b"", b"%d" % number, 0.0, "ab".index(name), name)
    record = Record(history.calls, history.by_handler, lambda call: call.view, name_of, history)
    return Question(record, names)


TWO = compile_criteria(body=b"2")


def test_calls_of_other_handlers_are_told_where_they_match() -> None:
    error = question_failed("headline", "handler 'a'", asking("a").narrowed(TWO))
    assert error.diagnosis is not None
    assert [near.name for near in error.diagnosis.nearest] == ["GET /1", "GET /0"]
    assert [(near.name, near.where) for near in error.diagnosis.elsewhere] == [("GET /2", "'b'")]
    assert str(error).startswith("headline\n")
    assert error.subject == "handler 'a'"


def test_of_all_handlers_there_are_no_others() -> None:
    error = question_failed("headline", "", asking().narrowed(compile_criteria(body=b"9")))
    assert error.diagnosis is not None
    assert (len(error.diagnosis.nearest), error.diagnosis.elsewhere) == (3, ())


def test_one_call_is_looked_at() -> None:
    question = asking("a")
    error = question_failed("headline", "", question, question.narrowed(TWO), at=0)
    assert error.diagnosis is not None
    assert [near.name for near in error.diagnosis.nearest] == ["GET /0"]
    assert not error.diagnosis.elsewhere


def test_a_time_out_tells_the_same() -> None:
    error = question_timed_out("headline", "handler 'b'", asking("b").narrowed(TWO), 0.5)
    assert error.timeout == 0.5
    assert "GET /2" in str(question_timed_out("", "", asking("b"), 0.5))


def test_calls_without_bodies_are_told() -> None:
    error = question_failed("headline", "", asking("a", keep=Keep(bodies=0)).narrowed(TWO))
    assert "body: was not kept" in str(error)
    assert "body: was not kept" in error.detail()


def test_calls_that_no_history_has() -> None:
    stored = StoredCall(RequestView(b"GET /mine HTTP/1.1", b"", b""), 0.0, 0)
    record = Record([stored], {"a": [stored]}, lambda call: call.view, name_of, None)
    for error in (
        question_failed("headline", "", Question(record, ("a",), TWO)),
        sequence_failed("headline", "", [stored], lambda call: call.view, TWO),
    ):
        assert "call 1 of 1, GET /mine" in str(error)
