"""Timing in turn."""

from itertools import pairwise

from benchmarks.timing import time_in_turn


def test_works_are_timed_in_turn_and_the_same_number_of_times() -> None:
    order: list[str] = []

    def first() -> None:
        order.append("a")

    def second() -> None:
        order.append("b")

    figures = time_in_turn([first, second], rounds=3, seconds=1e-9)
    assert [len(each) for each in figures] == [3, 3]
    assert all(figure > 0 for each in figures for figure in each)
    # However many calls a figure is taken over, rounds alternate: a…b…a…b…a…b…
    changes = sum(1 for one, other in pairwise(order) if one != other)
    assert changes >= 5
