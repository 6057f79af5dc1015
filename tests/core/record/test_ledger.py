"""Exact counts, and the numbers of answers."""

from asyncly.srvmocker._core.record.journal import IN_PROGRESS
from asyncly.srvmocker._core.record.ledger import CLIENT_GONE, Answers, Ledger


def test_equal_answers_share_a_number() -> None:
    answers = Answers()
    numbers = [answers.number(*answer) for answer in ((200, 5), (404, 5), (200, 6), (200, 5))]
    assert numbers[0] == numbers[3]
    assert len({*numbers, IN_PROGRESS, CLIENT_GONE}) == 5
    assert [answers.statuses[number] for number in numbers] == [200, 404, 200, 200]
    assert [answers.sizes[number] for number in numbers] == [5, 5, 6, 5]


def test_ready_answers_are_entered_when_another_takes_their_place() -> None:
    ledger = Ledger("a")
    first, second = object(), object()
    ledger.turn_to(first, 200, 2)
    ledger.ready += 3
    assert (ledger.calls, ledger.last, ledger.answer) == (3, first, 2)
    ledger.turn_to(second, 404, 3)
    ledger.ready += 1
    assert ledger.by_status == {200: 3, 404: 1}
    assert (ledger.calls, ledger.in_progress, ledger.ready) == (4, 0, 0)
    ledger.ready += 1
    assert ledger.by_status == {200: 3, 404: 2}


def test_the_sum_holds_at_any_time() -> None:
    ledger = Ledger("a")
    ledger.taken_in += 4
    ledger.answered(500)
    ledger.client_gone += 1
    ledger.failed += 1
    ledger.unregistered += 1
    ledger.turn_to(None, 200, 2)
    ledger.ready += 2
    assert (ledger.calls, ledger.in_progress) == (6, 2)
    ledger.clear()
    assert (ledger.calls, ledger.in_progress, ledger.by_status) == (2, 2, {})
    assert (ledger.client_gone, ledger.failed, ledger.unregistered) == (0, 0, 0)
    ledger.ready += 1
    ledger.answered(201, 2)
    assert (ledger.calls, ledger.in_progress, ledger.by_status) == (3, 0, {200: 1, 201: 2})
