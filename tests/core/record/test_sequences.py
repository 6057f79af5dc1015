"""The history as users see it, beside plain lists under the same operations."""

import copy
from collections.abc import Callable, Iterator, MutableSequence
from dataclasses import dataclass
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from asyncly.srvmocker._core.matching.criteria import compile_criteria, opaque
from asyncly.srvmocker._core.record import blobs, journal
from asyncly.srvmocker._core.record.history import History
from asyncly.srvmocker._core.record.journal import Journal, StoredCall
from asyncly.srvmocker._core.record.sequences import CallMap, CallSequence
from asyncly.srvmocker._core.request import RequestView
from tests.core.support import examples, view_of


@dataclass(frozen=True)
class Call:
    """A call as a user holds it, recorded or made by hand."""

    body: bytes
    when: float = 0.0
    route: int = 0
    target: str = "/"


def make(stored: StoredCall) -> Call:
    return Call(stored.view.body, stored.when, stored.route, stored.view.target)


def view_of_call(call: Call) -> RequestView:
    return view_of(call.body, target=call.target)


def new_history() -> History[Call]:
    return History(make, view_of_call)


def record(history: History[Call], body: bytes, name: str = "a", target: str = "/") -> Call:
    view = view_of(target=target)
    history.record(view.start, view.fields, body, 0.0, 1, name)
    return history.calls[-1]


NAMES = st.sampled_from(["a", "b", "c"])
BODIES = st.sampled_from([b"", b"1", b"2", b'{"a": 1}', b"x" * 30])
WHERE = st.sampled_from(["history", "a", "b", "c"])
INDEXES = st.integers(-5, 6)
SLICES = st.builds(
    slice,
    st.none() | INDEXES,
    st.none() | INDEXES,
    st.none() | st.sampled_from([-2, -1, 1, 2, 3]),
)
QUESTIONS = [
    compile_criteria(),
    compile_criteria(body=b"1"),
    compile_criteria(json={"a": 1.0}),
    compile_criteria(query={"q": "1"}, body=b"2"),
    opaque(lambda view: view.body == b"own"),
]


class BesidePlainLists(RuleBasedStateMachine):
    """Does the same to the history and to plain lists, and compares all of it after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.limits = [
            patch.object(journal, "_COMPACT_FROM", 3),
            patch.object(blobs, "_CHUNK", 2),
        ]
        for limit in self.limits:
            limit.start()
        self.history = new_history()
        self.calls: list[Call] = []
        self.by_handler: dict[str, list[Call]] = {}
        self.dropped: list[tuple[MutableSequence[Call], list[Call]]] = []
        self.latest = float("-inf")
        self.own = 0

    def teardown(self) -> None:
        for limit in self.limits:
            limit.stop()

    @initialize(count=st.integers(0, 6), name=NAMES)
    def some_calls(self, count: int, name: str) -> None:
        for number in range(count):
            self.arrive(name, b"%d" % number, "/", 0.0)

    @rule(name=NAMES, body=BODIES, url=st.sampled_from(["/", "/?q=1"]), when=st.floats(-1e9, 1e9))
    def arrive(self, name: str, body: bytes, url: str, when: float) -> None:
        view = view_of(target=url)
        self.history.record(view.start, view.fields, body, when, len(self.calls), name)
        call = self.history.calls[-1]
        assert call == Call(body, call.when, len(self.calls), url)
        assert call.when > self.latest
        assert call.when == when or when <= self.latest
        self.latest = call.when
        self.calls.append(call)
        self.by_handler.setdefault(name, []).append(call)

    def both(self, where: str) -> tuple[MutableSequence[Call], list[Call]]:
        if where == "history":
            return self.history.calls, self.calls
        return self.history.by_handler[where], self.by_handler.setdefault(where, [])

    def do(self, where: str, action: Callable[[MutableSequence[Call]], object]) -> None:
        outcomes: list[object] = []
        for calls in self.both(where):
            try:
                outcomes.append(action(calls))
            except (IndexError, ValueError) as error:
                outcomes.append(type(error))
        assert outcomes[0] == outcomes[1]

    def new(self, count: int) -> list[Call]:
        """Objects of the user's own, and some that the history handed out."""
        self.own += count
        made = [Call(b"own", -1.0, number) for number in range(self.own - count, self.own)]
        return [*made, *self.calls[:1]][:count]

    @rule(where=WHERE, count=st.integers(1, 3))
    def extend(self, where: str, count: int) -> None:
        new = self.new(count)
        self.do(where, lambda calls: calls.extend(new))

    @rule(where=WHERE, index=INDEXES)
    def insert(self, where: str, index: int) -> None:
        (new,) = self.new(1)
        self.do(where, lambda calls: calls.insert(index, new))

    @rule(where=WHERE, index=INDEXES)
    def replace(self, where: str, index: int) -> None:
        (new,) = self.new(1)
        self.do(where, lambda calls: calls.__setitem__(index, new))

    @rule(where=WHERE, index=SLICES, count=st.integers(0, 3))
    def replace_slice(self, where: str, index: slice, count: int) -> None:
        new = self.new(count)
        self.do(where, lambda calls: calls.__setitem__(index, iter(new)))

    @rule(where=WHERE, index=SLICES, taken=SLICES)
    def move_within(self, where: str, index: slice, taken: slice) -> None:
        self.do(where, lambda calls: calls.__setitem__(index, calls[taken]))

    @rule(where=WHERE, index=INDEXES | SLICES)
    def delete(self, where: str, index: int | slice) -> None:
        self.do(where, lambda calls: calls.__delitem__(index))

    @rule(where=WHERE, index=INDEXES)
    def pop(self, where: str, index: int) -> None:
        self.do(where, lambda calls: calls.pop(index))

    @rule(where=WHERE, index=st.integers(0, 5))
    def remove(self, where: str, index: int) -> None:
        if self.calls:
            call = self.calls[index % len(self.calls)]
            self.do(where, lambda calls: calls.remove(call))

    @rule(where=WHERE)
    def reverse(self, where: str) -> None:
        self.do(where, lambda calls: calls.reverse())

    @rule(where=WHERE)
    def clear(self, where: str) -> None:
        self.do(where, lambda calls: calls.clear())

    @rule(where=WHERE, other=WHERE)
    def add_in_place(self, where: str, other: str) -> None:
        source = list(self.both(other)[0])
        self.do(where, lambda calls: calls.__iadd__(source[:3]) and None)

    @rule(where=WHERE)
    def put_all_into_itself(self, where: str) -> None:
        if len(self.both(where)[1]) < 10:
            self.do(where, lambda calls: calls.extend(calls))

    @rule(name=NAMES, kept=st.booleans())
    def drop_a_handler(self, name: str, kept: bool) -> None:
        calls, plain = self.history.by_handler.pop(name, None), self.by_handler.pop(name, None)
        assert (calls is None) is (plain is None)
        if calls is not None and plain is not None and kept:
            self.dropped.append((calls, plain))

    @rule()
    def drop_all_handlers(self) -> None:
        self.history.by_handler.clear()
        self.by_handler.clear()

    @rule()
    def let_go(self) -> None:
        self.dropped.clear()

    @rule(name=NAMES)
    def put_back(self, name: str) -> None:
        if self.dropped:
            self.history.by_handler[name], self.by_handler[name] = self.dropped.pop()

    @rule(name=NAMES)
    def put_a_list_of_the_users_own(self, name: str) -> None:
        self.history.by_handler[name] = self.calls[:2]
        self.by_handler[name] = self.calls[:2]

    @rule(name=NAMES, other=NAMES)
    def share(self, name: str, other: str) -> None:
        if other in self.by_handler:
            self.history.by_handler[name] = self.history.by_handler[other]
            self.by_handler[name] = self.by_handler[other]

    @invariant()
    def they_are_equal(self) -> None:
        assert set(self.history.by_handler) == set(self.by_handler)
        pairs = [
            *((self.history.calls, self.calls), *self.dropped),
            *((self.history.by_handler[name], plain) for name, plain in self.by_handler.items()),
        ]
        for calls, plain in pairs:
            assert calls == plain
            assert plain == calls
            assert list(calls) == plain
            assert len(calls) == len(plain)
            assert [calls[n] for n in range(-len(plain), len(plain))] == plain * 2
            assert calls[::-2] == plain[::-2]
            if isinstance(calls, CallSequence):
                for question in QUESTIONS:
                    found = (call for call in plain if question.holds(view_of_call(call)))
                    assert calls.find(question) == next(found, None)


def test_the_history_behaves_as_plain_lists_do() -> None:
    run_machine(BesidePlainLists, settings=settings(examples(60), stateful_step_count=25))


@pytest.fixture
def history() -> History[Call]:
    return new_history()


def test_a_sequence_is_independent_of_the_others(history: History[Call]) -> None:
    call = record(history, b"1")
    history.calls.clear()
    assert history.by_handler["a"] == [call]
    history.calls.append(Call(b"mine"))
    assert history.calls == [Call(b"mine")]
    assert len(history.by_handler["a"]) == 1


@pytest.mark.parametrize("make_copy", [copy.copy, copy.deepcopy])
def test_a_copy_is_independent_too(
    make_copy: Callable[[object], MutableSequence[Call]], history: History[Call]
) -> None:
    call = record(history, b"1")
    copied = make_copy(history.calls)
    other = record(history, b"2")
    assert [list(copied), list(history.calls)] == [[call], [call, other]]
    copied.append(other)
    del copied[0]
    assert [list(copied), list(history.calls)] == [[other], [call, other]]
    history.calls.clear()
    history.by_handler["a"].clear()
    record(history, b"3")
    assert copied == [other]


def test_a_copy_of_the_calls_of_all_handlers_is_independent(history: History[Call]) -> None:
    call = record(history, b"1")
    shallow, deep = copy.copy(history.by_handler), copy.deepcopy(history.by_handler)
    other = record(history, b"2")
    record(history, b"3", "b")
    assert list(shallow) == list(deep) == ["a"]
    assert (shallow["a"], deep["a"]) == ([call, other], [call])


def test_an_object_of_the_users_own_comes_back_as_it_is(history: History[Call]) -> None:
    mine = Call(b"mine")
    history.calls.append(mine)
    record(history, b"1")
    assert history.calls[0] is mine
    assert mine in history.calls
    assert history.calls.index(mine) == 0
    assert history.calls.count(mine) == 1


def test_two_objects_for_one_call_are_equal(history: History[Call]) -> None:
    record(history, b"1")
    record(history, b"1")
    first, again, second = history.calls[0], history.calls[0], history.calls[1]
    assert first == again
    assert first != second


def test_iteration_sees_what_arrives_meanwhile(history: History[Call]) -> None:
    record(history, b"1")
    seen: list[bytes] = []
    for call in history.calls:
        seen.append(call.body)
        if len(seen) < 3:
            record(history, b"%d" % (len(seen) + 1))
    assert seen == [b"1", b"2", b"3"]


def test_an_index_out_of_range_changes_nothing(history: History[Call]) -> None:
    record(history, b"1")
    for index in (1, -2):
        with pytest.raises(IndexError):
            history.calls[index]
        with pytest.raises(IndexError):
            history.calls[index] = Call(b"mine")
        with pytest.raises(IndexError):
            del history.calls[index]
    assert len(history.calls) == 1
    assert len(history.calls.journal) == 1


def test_values_that_change_the_history_while_they_are_made(history: History[Call]) -> None:
    for number in range(3000):
        record(history, b"%d" % number, name="a" if number else "b")

    def values() -> Iterator[Call]:
        yield Call(b"first")
        history.by_handler["a"].clear()
        del history.calls[:]
        yield Call(b"second")

    history.calls[:] = values()
    assert history.calls == [Call(b"first"), Call(b"second")]
    assert [call.body for call in history.by_handler["b"]] == [b"0"]


def test_replacing_in_a_long_history_does_not_rebuild_it(history: History[Call]) -> None:
    for number in range(3000):
        record(history, b"%d" % number)
    with patch.object(Journal, "tidy", autospec=True) as tidy:
        for _ in range(5):
            history.calls[0] = Call(b"mine")
            history.calls[1:3] = [Call(b"a"), Call(b"b")]
    assert len(history.calls) == 3000
    tidy.assert_not_called()


def test_equality_with_what_is_no_list(history: History[Call]) -> None:
    record(history, b"1")
    assert history.calls != (history.calls[0],)
    assert history.calls != [history.calls[0], history.calls[0]]
    assert history.calls != [Call(b"other")]
    assert history.calls == history.by_handler["a"]
    with pytest.raises(TypeError, match="unhashable"):
        hash(history.calls)


def test_an_object_is_equal_to_itself_whatever_it_says(history: History[Call]) -> None:
    class Never(Call):
        __hash__ = Call.__hash__

        def __eq__(self, other: object) -> bool:
            return False

    mine = Never(b"mine")
    history.calls.append(mine)
    assert history.calls == [mine]
    assert history.calls != [Never(b"mine")]


def test_a_long_sequence_is_shown_shortly(history: History[Call]) -> None:
    assert repr(history.calls) == "[]"
    history.calls.extend([Call(b"1"), Call(b"2"), Call(b"3")])
    assert repr(history.calls) == repr([Call(b"1"), Call(b"2"), Call(b"3")])
    history.calls.extend([Call(b"4")] * 7)
    assert repr(history.calls).endswith(f"{Call(b'3')!r}, ... 7 more]")


def test_it_is_a_mutable_sequence(history: History[Call]) -> None:
    assert isinstance(history.calls, MutableSequence)
    assert not history.calls
    record(history, b"1")
    assert history.calls


def test_looking_up_a_name_makes_it(history: History[Call]) -> None:
    assert "a" not in history.by_handler
    assert history.by_handler.get("a") is None
    calls = history.by_handler["a"]
    assert history.by_handler["a"] is calls
    assert isinstance(history.by_handler, CallMap)
    assert list(history.by_handler) == ["a"]
    record(history, b"1")
    assert len(calls) == 1


def test_a_pure_question_is_asked_once_for_equal_requests(history: History[Call]) -> None:
    asked: list[bytes] = []

    def ask(view: RequestView) -> bool:
        asked.append(view.body)
        return view.body == b"last"

    for reads_head in (False, True):
        question = opaque(ask)
        question.pure, question.reads_head = True, reads_head
        history = new_history()
        for number in range(30):
            record(history, b"%d" % (number % 3), target=f"/{number % 2}")
        assert history.calls.find(question) is None
        # Some of the first are asked one by one, before all are looked through; a request gets an
        # entry of its own once more when its parts are known already.
        assert len(asked) <= 16 + (2 * 6 if reads_head else 3)
        record(history, b"last")
        record(history, b"last")
        assert history.calls.find(question) == history.calls[30]
        asked.clear()


def clear_all(history: History[Call]) -> None:
    history.calls.clear()
    history.by_handler["a"].clear()


def clear_the_handler_first(history: History[Call]) -> None:
    history.by_handler["a"].clear()
    history.calls.clear()


def drop_the_handlers_last(history: History[Call]) -> None:
    history.calls.clear()
    history.by_handler.clear()
    record(history, b"x", "b")


def drop_the_handlers_first(history: History[Call]) -> None:
    history.by_handler.clear()
    history.calls.clear()


@pytest.mark.parametrize(
    "drop", [clear_all, clear_the_handler_first, drop_the_handlers_last, drop_the_handlers_first]
)
def test_what_nobody_holds_is_forgotten(
    history: History[Call], drop: Callable[[History[Call]], None]
) -> None:
    for number in range(5000):
        record(history, b"%d" % number)
    drop(history)
    assert len(history.calls.journal) <= 1
