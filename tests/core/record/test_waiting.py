"""Counting calls down until there are enough of them."""

import pytest

from asyncly.srvmocker._core.matching.criteria import compile_criteria, opaque
from asyncly.srvmocker._core.record.waiting import Countdown
from tests.core.support import view_of


def countdown(wanted: int, there: int = 0) -> tuple[Countdown, list[BaseException | None]]:
    done: list[BaseException | None] = []
    criteria = compile_criteria(body=b"x")
    return Countdown(criteria, wanted=wanted, there=there, done=done.append), done


def test_it_is_done_with_the_call_that_is_enough() -> None:
    counting, done = countdown(3, there=1)
    counting.notice(view_of(b"x"))
    counting.notice(view_of(b"y"))
    assert not done
    counting.notice(view_of(b"x"))
    assert done == [None]


def test_it_begins_anew_with_all_that_are_wanted() -> None:
    counting, done = countdown(2, there=1)
    counting.forget()
    counting.notice(view_of(b"x"))
    assert not done
    counting.notice(view_of(b"x"))
    assert done == [None]


@pytest.mark.parametrize("truth", [2, -1, "yes", [0]])
def test_what_is_as_good_as_true_counts_once(truth: object) -> None:
    done: list[BaseException | None] = []
    compiled = opaque(lambda view: truth)  # type: ignore[arg-type,return-value]  # a user's may  # pyright: ignore[reportArgumentType]
    counting = Countdown(compiled, wanted=2, there=0, done=done.append)
    counting.notice(view_of())
    assert not done
    counting.notice(view_of())
    assert done == [None]


def test_errors_are_for_whoever_waits() -> None:
    done: list[BaseException | None] = []
    counting = Countdown(opaque(lambda view: bool(1 / 0)), wanted=1, there=0, done=done.append)
    counting.notice(view_of())
    assert isinstance(done[0], ZeroDivisionError)
    over = RuntimeError("over")
    counting.end(over)
    assert done[1:] == [over]
