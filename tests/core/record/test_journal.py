"""The columns of the history: rows stay true, times increase, and what nobody holds is dropped."""

import gc
from array import array
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.matching.criteria import compile_criteria, opaque
from asyncly.srvmocker._core.record.blobs import BlobStore
from asyncly.srvmocker._core.record.journal import IN_PROGRESS, Journal, Place, StoredCall
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker.exceptions import NotKeptError
from tests.core.support import examples, parts, view_of

Call = tuple[bytes, bytes, float, int]


def make(stored: StoredCall) -> Call:
    return stored.view.head, stored.view.body, stored.when, stored.route


def view_of_call(call: Call) -> RequestView:
    return RequestView(call[0], b"", call[1])


def new_journal() -> Journal[Call]:
    return Journal(make, view_of_call)


def append(journal: Journal[Call], head: bytes, body: bytes, when: float, route: int) -> int:
    return journal.enter(journal.request(*parts(head), body), when, route, 0, IN_PROGRESS, 0.0)


class Holder:
    def __init__(self, journal: Journal[Call], *rows: int) -> None:
        self.rows = array("I", rows)
        journal.hold(self)


def test_a_row_gives_back_what_was_stored() -> None:
    journal = new_journal()
    rows = [
        append(journal, b"head", b"body", 1.0, 3),
        append(journal, b"head", b"", 2.0, 0),
        append(journal, b"", b"body", 3.0, 1),
    ]
    assert rows == [0, 1, 2]
    assert [journal.get(row) for row in rows] == [
        (b"head", b"body", 1.0, 3),
        (b"head", b"", 2.0, 0),
        (b"", b"body", 3.0, 1),
    ]
    assert len(journal) == 3


def test_an_object_of_the_users_own_is_kept_as_it_is() -> None:
    journal = new_journal()
    mine: Call = (view_of(target="/mine").head, b"mine", 0.0, 7)
    row = journal.adopt(mine)
    assert journal.get(row) is mine
    assert journal.find(array("I", [row]), compile_criteria(body=b"mine")) == row
    assert journal.find(array("I", [row]), compile_criteria(body=b"")) is None


@given(st.lists(st.floats(-1e300, 1e300) | st.none(), max_size=30))
@examples(200)
def test_arrival_times_strictly_increase(times: list[float | None]) -> None:
    journal = new_journal()
    for when in times:
        if when is None:
            journal.adopt((b"", b"", 0.0, 0))
        else:
            row = append(journal, b"", b"", when, 0)
            assert journal.get(row)[2] >= when
    stored = list(journal.times)
    assert all(earlier < later for earlier, later in pairwise(stored))


def test_a_clock_that_stands_still_gives_each_call_a_time_of_its_own() -> None:
    journal = new_journal()
    times = [journal.get(append(journal, b"", b"", 5.0, 0))[2] for _ in range(1000)]
    assert len(set(times)) == 1000
    assert times == sorted(times)
    assert max(times) < 5.0000001
    assert journal.get(append(journal, b"", b"", 5.1, 0))[2] == 5.1
    assert -inf < journal.get(0)[2]


def stored(journal: Journal[Call], *requests: tuple[str, bytes]) -> "array[int]":
    return array(
        "I", [append(journal, view_of(target=t).head, body, 0.0, 0) for t, body in requests]
    )


def test_finding_gives_the_first_row_that_holds() -> None:
    journal = new_journal()
    rows = stored(journal, ("/", b"1"), ("/?q=1", b"2"), ("/", b"2"), ("/?q=1", b"1.0"))
    assert journal.find(rows, compile_criteria()) == 0
    assert journal.find(rows[2:], compile_criteria()) == 2
    assert journal.find(rows[:0], compile_criteria()) is None
    assert journal.find(rows, compile_criteria(json=2)) == 1
    assert journal.find(rows[::-1], compile_criteria(json=True)) == 3
    assert journal.find(rows, compile_criteria(json=3)) is None
    assert journal.find(rows, compile_criteria(query={"q": "1"}, json=1)) == 3
    assert journal.find(rows, compile_criteria(query={"q": "2"})) is None
    assert journal.find(rows, opaque(lambda view: view.target == "/?q=1")) == 1
    assert journal.find(rows, opaque(lambda view: False)) is None


def test_rows_that_nobody_holds_are_dropped_when_they_outnumber_the_others() -> None:
    journal = new_journal()
    for number in range(4000):
        append(journal, b"head %d" % number, b"body %d" % number, number, number % 7)
    mine: Call = (b"mine", b"", 0.0, 0)
    first = Holder(journal, 3, 3999, 3)
    second = Holder(journal, 1000, journal.adopt(mine), 3)
    journal.adopt((b"forgotten", b"", 0.0, 0))
    expected = [[journal.get(row) for row in holder.rows] for holder in (first, second)]
    journal.released(1023)
    assert len(journal) == 4002
    journal.released(1500)
    assert len(journal) == 4
    assert [[journal.get(row) for row in holder.rows] for holder in (first, second)] == expected
    assert journal.get(second.rows[1]) is mine
    assert len(journal._foreign) == 1
    row = append(journal, b"next", b"", 4000.0, 1)
    assert (row, journal.get(row)) == (4, (b"next", b"", 4000.0, 1))


def test_rows_that_are_held_are_not_rebuilt() -> None:
    journal = new_journal()
    holder = Holder(journal, *(append(journal, b"", b"", n, 0) for n in range(2000)))
    journal.released(5000)
    assert len(journal) == 2000
    del holder.rows[900:]
    journal.released(1100)
    assert len(journal) == 900


def test_once_nobody_holds_anything_all_is_dropped_at_once() -> None:
    journal = new_journal()
    holder = Holder(journal, append(journal, b"", b"", 1.0, 0))
    del holder.rows[:]
    journal.released(1)
    assert len(journal) == 0
    assert append(journal, b"a", b"b", 0.0, 1) == 0
    assert journal.get(0)[2] > 1.0


def test_a_holder_that_died_holds_nothing() -> None:
    journal = new_journal()
    rows = [append(journal, b"%d" % n, b"", n, 0) for n in range(3000)]
    living, dead = Holder(journal, 2999), Holder(journal, *rows)
    del dead
    journal.tidy()
    assert len(journal) == 1
    assert journal.get(living.rows[0]) == (b"2999", b"", 2999.0, 0)
    del living
    journal.tidy()
    assert len(journal) == 0


def test_rows_do_not_move_at_the_moment_at_which_a_holder_dies() -> None:
    # The garbage collector decides on that moment, and a row number may be in somebody's hand.
    journal = new_journal()
    rows = [append(journal, b"%d" % n, b"", n, 0) for n in range(3000)]
    dying = Holder(journal, *rows)
    cycle: list[object] = [dying]
    cycle.append(cycle)
    living = Holder(journal, 2998)
    del dying, cycle
    gc.collect()
    assert journal.get(2999)[0] == b"2999"
    assert list(living.rows) == [2998]
    journal.tidy()
    assert list(living.rows) == [0]


def append_at(journal: Journal[Call], place: Place, head: bytes, body: bytes, when: float) -> int:
    request = journal.request_at(place, *parts(head), body)
    return journal.enter(request, when, 3, 0, IN_PROGRESS, 0.0)


def test_a_place_gives_back_what_it_stands_for() -> None:
    journal = new_journal()
    place, other = Place(), Place()
    rows = [
        append_at(journal, place, b"head", b"body", 1.0),
        append_at(journal, other, b"head", b"", 1.0),
        append_at(journal, place, b"head", b"body", 1.0),
        append(journal, b"head", b"body", 1.0, 4),
    ]
    assert rows == [0, 1, 2, 3]
    assert [journal.get(row)[:2] for row in rows] == [
        (b"head", b"body"),
        (b"head", b""),
        (b"head", b"body"),
        (b"head", b"body"),
    ]
    assert [journal.get(row)[3] for row in rows] == [3, 3, 3, 4]
    times = [journal.get(row)[2] for row in rows]
    assert times == sorted(set(times))


def test_a_place_stays_true_when_rows_are_dropped_and_in_another_journal() -> None:
    journal, another = new_journal(), new_journal()
    places = [(Place(), b"head %d" % n, b"body %d" % n) for n in range(5)]
    for when, drop in enumerate([False, True, False, True, True]):
        for store in (journal, another):
            for place, head, body in places[when:] + places[:when]:
                row = append_at(store, place, head, body, when)
                assert store.get(row)[:2] == (head, body)
        if drop:
            journal.tidy()
            assert len(journal) == 0


def living_stores() -> int:
    gc.collect()
    return sum(type(each) is BlobStore for each in gc.get_objects())


def test_what_is_dropped_is_let_go_of_with_the_next_call_of_its_place() -> None:
    before = living_stores()
    journal = new_journal()
    place = Place()
    append_at(journal, place, b"head", b"body", 0.0)
    journal.tidy()
    assert len(journal) == 0
    append_at(journal, place, b"head", b"body", 0.0)
    assert living_stores() == before + 3


def test_the_answer_of_a_call_is_found_by_its_time() -> None:
    journal = new_journal()
    for when in (1.0, 2.0, 3.0):
        append(journal, b"head", b"", when, 0)
    journal.answered(2.0, 7, 0.25, 2.5)
    journal.answered(2.5, 8, 0.5, 9.0)
    journal.answered(4.0, 9, 0.5, None)
    assert list(journal.answers) == [IN_PROGRESS, 7, IN_PROGRESS]
    assert list(journal.own_times) == [0.0, 0.25, 0.0]
    assert (list(journal.late_rows), list(journal.late_ends)) == ([1], [2.5])


def test_numbers_may_be_large() -> None:
    journal = new_journal()
    request = journal.request(b"GET / HTTP/1.1", b"", b"")
    journal.enter(request, 0.0, 1, 2, 3, 0.5)
    journal.enter(request, 0.0, 70_000, 80_000, 90_000, 0.5)
    assert list(journal.routes) == [1, 70_000]
    assert list(journal.connections) == [2, 80_000]
    assert list(journal.answers) == [3, 90_000]


def test_the_number_of_an_answer_may_be_large() -> None:
    journal = new_journal()
    append(journal, b"head", b"", 1.0, 0)
    journal.answered(1.0, 70_000, 0.5, None)
    assert list(journal.answers) == [70_000]
    assert not journal.late_rows


def test_selecting_gives_all_rows_that_hold() -> None:
    journal = new_journal()
    rows = stored(journal, *[(f"/?q={n % 2}", b"%d" % (n % 3)) for n in range(60)])
    picked = rows[5:50]
    for compiled in (
        compile_criteria(),
        compile_criteria(json=2),
        compile_criteria(json=77),
        compile_criteria(query={"q": "1"}),
        compile_criteria(query={"q": "1"}, json=1),
        opaque(lambda view: view.target == "/?q=1"),
    ):
        expected = [row for row in picked if compiled.holds(journal.view(row))]
        assert list(journal.select(picked, compiled)) == expected
        assert journal.find(picked, compiled) == (expected[0] if expected else None)


def test_a_body_that_was_not_kept_is_asked_for_in_vain() -> None:
    journal = new_journal()
    numbers = [journal.request(b"GET / HTTP/1.1", b"", b"%d" % n) for n in range(20)]
    numbers.append(journal.request(b"GET /bare HTTP/1.1", b"", None))
    rows = array("I", [journal.enter(n, 0.0, 0, 0, IN_PROGRESS, 0.0) for n in numbers])
    assert journal.view(20).target == "/bare"
    for compiled in (compile_criteria(body=b"77"), compile_criteria(json={"a": "text"})):
        with pytest.raises(NotKeptError):
            journal.find(rows, compiled)
        with pytest.raises(NotKeptError):
            journal.select(rows, compiled)
    for _ in range(400):  # so that the rows have few of all bodies
        journal.request(b"GET / HTTP/1.1", b"", b"other %d" % _)
    with pytest.raises(NotKeptError):
        journal.select(rows, compile_criteria(body=b"77"))
    known = compile_criteria(body=b"19")
    assert journal.find(rows, known) == journal.find(rows[::-1], known) == 19
    with pytest.raises(NotKeptError):
        journal.select(rows, known)


@given(st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 400), max_size=8)), max_size=8))
@examples(60)
def test_what_is_held_stays_true_whatever_is_dropped(
    steps: list[tuple[bool, list[int]]],
) -> None:
    journal = new_journal()
    holders: list[tuple[Holder, list[Call]]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("asyncly.srvmocker._core.record.journal._COMPACT_FROM", 2)
        for drop, picked in steps:
            for number in range(20):
                append(journal, b"%d" % number, b"%d" % (number % 3), number, number)
            rows = [number % len(journal) for number in picked]
            holders.append((Holder(journal, *rows), [journal.get(row) for row in rows]))
            if drop:
                holders.pop(0)
            journal.released(20)
            for holder, expected in holders:
                assert [journal.get(row) for row in holder.rows] == expected


def test_rows_that_are_lent_stay_true_and_are_let_go_of() -> None:
    class Looking:
        def __init__(self, *rows: int) -> None:
            self.rows = array("I", rows)
            journal.lend(self)

    journal = new_journal()
    rows = [append(journal, b"%d" % n, b"", n, 0) for n in range(3000)]
    holder, looking = Holder(journal, *rows[-2:]), Looking(7, 2999)
    journal.tidy()
    assert len(journal) == 3
    assert [journal.get(row)[0] for row in looking.rows] == [b"7", b"2999"]
    assert [journal.get(row)[0] for row in holder.rows] == [b"2998", b"2999"]
    del looking
    assert not journal.untidy
    assert len(journal) == 3
    for number in range(3):
        append(journal, b"more", b"", 5000.0 + number, 0)
    journal.tidy()
    assert len(journal) == 2


def test_what_was_injected_is_known_by_the_row_and_by_the_time() -> None:
    seen: list[int] = []

    def remember(stored: StoredCall) -> Call:
        seen.append(stored.injected)
        return make(stored)

    journal = Journal(remember, view_of_call)
    for number in range(6):
        append(journal, b"head", b"%d" % number, float(number), 0)
    assert journal.injected_at(2.0) == 0
    journal.injected(3.0, 7)
    journal.injected(1.0, 70_000)
    journal.injected(2.5, 1)  # no call came then
    journal.injected(9.0, 1)
    for row in range(6):
        journal.get(row)
    assert seen == [0, 70_000, 0, 7, 0, 0]
    assert [journal.injected_at(when) for when in (1.0, 2.5, 3.0, 5.0, 9.0)] == [70_000, 0, 7, 0, 0]
    holder = Holder(journal, 3, 5)
    journal.tidy()
    seen.clear()
    for row in holder.rows:
        journal.get(row)
    assert seen == [7, 0]
    assert (journal.injected_at(3.0), journal.injected_at(1.0)) == (7, 0)
