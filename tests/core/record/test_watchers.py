"""Who watches: told once of each call, kept or not, until the end."""

from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker import Keep
from asyncly.srvmocker._core.matching.criteria import compile_criteria
from asyncly.srvmocker._core.record.history import History
from asyncly.srvmocker._core.record.journal import StoredCall
from asyncly.srvmocker._core.record.waiting import Countdown
from asyncly.srvmocker._core.request import RequestView
from tests.core.support import examples


def new_history(**keeps: Keep) -> History[StoredCall]:
    return History(lambda stored: stored, lambda call: call.view, keeps)


class Watching:
    looks = True
    missing = 0

    def __init__(self) -> None:
        self.noticed: list[object] = []

    def notice(self, view: RequestView | None) -> None:
        self.noticed.append(None if view is None else view.body)

    def forget(self) -> None:
        self.noticed.append("forget")

    def end(self, error: Exception) -> None:
        self.noticed.append(error)


def test_who_watches_is_told_of_every_call_kept_or_not() -> None:
    history = new_history(a=Keep(last=0), b=Keep(bodies=0))
    one, everything = Watching(), Watching()
    history.watchers.add(("a", "b"), one)
    history.watchers.add((None,), everything)
    for name in "abc":
        history.record(b"", b"", name.encode(), 0.0, 0, name)
    history.clear()
    over = RuntimeError("over")
    assert everything.noticed == [b"a", b"b", b"c", "forget"]
    assert one.noticed == [b"a", b"b", "forget", "forget"]
    history.watchers.discard((None,), everything)
    history.watchers.end(over)
    history.watchers.discard(("a", "b"), one)
    assert one.noticed[-2:] == [over, over]
    assert over not in everything.noticed
    assert not history.watchers.by_handler
    late = Watching()
    history.watchers.add(("a",), late)
    assert late.noticed == [over]


def test_who_is_told_may_leave_at_once() -> None:
    history = new_history()

    class Leaving(Watching):
        def notice(self, view: RequestView | None) -> None:
            super().notice(view)
            history.watchers.discard(("a",), self)

    watching = [Leaving(), Leaving()]
    for each in watching:
        history.watchers.add(("a",), each)
    history.record(b"", b"", b"1", 0.0, 0, "a")
    history.record(b"", b"", b"2", 0.0, 0, "a")
    assert [each.noticed for each in watching] == [[b"1"], [b"1"]]
    assert not history.watchers.by_handler


def test_one_that_only_counts_is_counted_for_until_somebody_else_watches() -> None:
    history = new_history()
    done: list[int] = []
    called = 0

    def call(name: str = "a") -> None:
        nonlocal called
        called += 1
        history.record(b"", b"", b"", 0.0, 0, name)

    counting = Countdown(
        compile_criteria(), wanted=6, there=0, done=lambda error: done.append(called)
    )
    history.watchers.add(("a",), counting)
    assert history.watchers.alone == {"a": counting}
    call()
    call("b")
    assert counting.missing == 5
    everything = Watching()
    history.watchers.add((None,), everything)
    assert not history.watchers.alone
    call()
    history.watchers.discard((None,), everything)
    other = Watching()
    history.watchers.add(("a",), other)
    assert not history.watchers.alone
    call()
    history.watchers.discard(("a",), other)
    assert history.watchers.alone == {"a": counting}
    assert (counting.missing, len(everything.noticed), len(other.noticed)) == (3, 1, 1)
    history.clear()
    assert counting.missing == 6
    for _ in range(5):
        call()
    assert not done
    call()
    assert done == [called]
    history.watchers.discard(("a",), counting)
    assert not history.watchers.alone


@given(
    st.lists(st.tuples(st.sets(st.sampled_from(["a", "b", None]), min_size=1), st.integers(1, 9))),
    st.text("ab", max_size=30),
)
@examples(200)
def test_each_is_done_with_the_call_that_is_enough(
    waits: list[tuple[set[str | None], int]], called: str
) -> None:
    history = new_history()
    done: dict[int, int] = {}
    expected: dict[int, int] = {}
    so_far = 0

    def wait(number: int, names: tuple[str | None, ...], wanted: int) -> None:
        def stop(error: BaseException | None) -> None:
            done.setdefault(number, so_far)
            history.watchers.discard(names, countdown)

        countdown = Countdown(compile_criteria(), wanted=wanted, there=0, done=stop)
        history.watchers.add(names, countdown)

    for number, (names, wanted) in enumerate(waits):
        # One of `None` is told of all calls already.
        told = (None,) if None in names else tuple(sorted(name for name in names if name))
        wait(number, told, wanted)
        heard = [place for place, name in enumerate(called, 1) if None in names or name in names]
        if len(heard) >= wanted:
            expected[number] = heard[wanted - 1]
    for name in called:
        so_far += 1
        history.record(b"", b"", b"", 0.0, 0, name)
    assert done == expected
