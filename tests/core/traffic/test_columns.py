"""Recorded calls as the columns of a traffic summary."""

from array import array
from math import inf

from asyncly.srvmocker._core.record.journal import IN_PROGRESS, Journal, StoredCall
from asyncly.srvmocker._core.traffic.columns import columns_of
from asyncly.srvmocker._core.traffic.summary import Sizes


def journal_of(*answers: int) -> Journal[StoredCall]:
    journal: Journal[StoredCall] = Journal(lambda stored: stored, lambda call: call.view)
    for number, answer in enumerate(answers):
        request = journal.request(b"start", b"fields", b"x" * number)
        journal.enter(request, float(number), 0, number % 2, answer, 0.5)
    return journal


def sizes(column: object) -> list[int]:
    assert isinstance(column, Sizes)
    return [column.size_of(number) for number in column.numbers]


def rows(*numbers: int) -> "array[int]":
    return array("I", numbers)


def test_answers_at_once_end_when_they_begin() -> None:
    journal = journal_of(2, 3)
    columns = columns_of(journal, rows(0, 1), [0, 0, 20, 30].__getitem__)
    assert list(columns.starts) == list(columns.ends) == [0.0, 1.0]
    assert list(columns.connections) == [0, 1]
    assert list(columns.own_times) == [0.5, 0.5]
    assert sizes(columns.bytes_in) == [17, 18]
    assert sizes(columns.bytes_out) == [20, 30]
    journal.enter(0, 9.0, 0, 0, 2, 0.0)
    assert len(columns.starts) == 2


def test_some_rows_with_their_own_ends() -> None:
    journal = journal_of(2, IN_PROGRESS, IN_PROGRESS, IN_PROGRESS)
    journal.answered(2.0, 3, 0.25, 7.0)
    journal.answered(3.0, 3, 0.25, 1.0)  # a clock that is not exact
    journal.answered(99.0, 3, 0.25, 1.0)  # kept no longer
    columns = columns_of(journal, rows(0, 1, 2, 3), [0, 0, 20, 30].__getitem__)
    assert list(columns.ends) == [0.0, inf, 7.0, 3.0]
    assert sizes(columns.bytes_out) == [20, 0, 30, 30]
    chosen = columns_of(journal, rows(0, 2), [0, 0, 20, 30].__getitem__)
    assert list(chosen.ends) == [0.0, 7.0]
    assert list(chosen.own_times) == [0.5, 0.25]
    only = columns_of(journal_of(2, IN_PROGRESS), rows(0), [0, 0, 20].__getitem__)
    assert list(only.ends) == [0.0]
    waiting = columns_of(journal_of(2, IN_PROGRESS), rows(1), [0, 0, 20].__getitem__)
    assert list(waiting.ends) == [inf]


def test_however_few_or_many_rows_are_picked() -> None:
    journal = journal_of(*[2] * 100)
    for numbers in ((), (5,), (7, 8, 9), (3, 97), tuple(range(0, 100, 2)), tuple(range(100))):
        columns = columns_of(journal, rows(*numbers), [0, 0, 20].__getitem__)
        assert list(columns.starts) == [float(number) for number in numbers]
        assert list(columns.connections) == [journal.connections[number] for number in numbers]
