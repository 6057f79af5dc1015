"""Pauses: none ends too early, thousands share a timer, and one that fails ends no other."""

import asyncio
from collections.abc import Mapping
from time import monotonic

import pytest

from asyncly.srvmocker._door.answers.pauses import Pauses, Resting


class Sleeper:
    def __init__(self, woken: "list[tuple[Sleeper, float]]") -> None:
        self.woken = woken
        self.over = asyncio.Event()
        self.key = 0

    def wake(self) -> None:
        self.woken.append((self, monotonic()))
        self.over.set()


async def test_none_is_too_early_and_they_end_in_order() -> None:
    pauses = Pauses(asyncio.get_running_loop())
    woken: list[tuple[Sleeper, float]] = []
    due: dict[Sleeper, float] = {}
    # In any order; many of them in one millisecond, and many milliseconds.
    for number in range(1000):
        resting = Sleeper(woken)
        seconds = 0.02 + number * 37 % 200 / 1000 if number else 0.3
        now = monotonic()
        due[resting] = now + seconds
        pauses.add(resting, seconds, now)
    last = max(due, key=lambda each: due[each])
    await asyncio.wait_for(last.over.wait(), 30)
    assert len(woken) == 1000
    assert all(at >= due[resting] for resting, at in woken)
    milliseconds = [resting.key for resting, _ in woken]
    assert milliseconds == sorted(milliseconds)


async def test_no_time_at_all_is_over_at_once() -> None:
    pauses = Pauses(asyncio.get_running_loop())
    resting = Sleeper([])
    pauses.call_later(0, resting.wake)
    await asyncio.wait_for(resting.over.wait(), 30)


@pytest.mark.parametrize(
    "seconds",
    [1e15, 1e300, 1.7e308, 10**400],
    ids=["long", "longer", "in no milliseconds", "in no float"],
)
async def test_one_without_an_end_holds_up_no_other(seconds: float) -> None:
    pauses = Pauses(asyncio.get_running_loop())
    endless, resting = Sleeper([]), Sleeper([])
    waiting = pauses.call_later(seconds, endless.wake)
    pauses.call_later(0.01, resting.wake)
    await asyncio.wait_for(resting.over.wait(), 30)
    assert not endless.woken
    waiting.cancel()


async def test_other_connections_have_their_turn() -> None:
    pauses = Pauses(asyncio.get_running_loop())
    woken: list[tuple[Sleeper, float]] = []
    for _ in range(600):
        pauses.call_later(0, Sleeper(woken).wake)
    seen: list[int] = []
    while len(woken) < 600:
        await asyncio.sleep(0)
        seen.append(len(woken))
    assert {256, 512, 600} <= set(seen)


async def test_what_is_cancelled_is_not_woken() -> None:
    pauses = Pauses(asyncio.get_running_loop())
    woken: list[tuple[Sleeper, float]] = []
    one, two, three = (Sleeper(woken) for _ in range(3))
    begun = [pauses.call_later(0.02, each.wake) for each in (one, two, three)]
    begun[1].cancel()
    begun[1].cancel()
    await asyncio.wait_for(three.over.wait(), 30)
    assert [resting for resting, _ in woken] == [one, three]
    begun[0].cancel()  # it is over


async def test_what_is_cancelled_in_the_moment_in_which_it_is_over_is_not_woken() -> None:
    pauses = Pauses(asyncio.get_running_loop())
    woken: list[tuple[Sleeper, float]] = []
    one, two, three = (Sleeper(woken) for _ in range(3))
    begun: list[Resting] = []

    def cancel() -> None:
        begun[0].cancel()

    pauses.call_later(0, cancel)
    begun.append(pauses.call_later(0, one.wake))
    pauses.call_later(0, two.wake)
    pauses.call_later(0.005, three.wake)
    await asyncio.wait_for(three.over.wait(), 30)
    assert [resting for resting, _ in woken] == [two, three]


async def test_a_millisecond_of_which_all_were_cancelled_holds_up_no_other() -> None:
    pauses = Pauses(asyncio.get_running_loop())
    woken: list[tuple[Sleeper, float]] = []
    one, two = (Sleeper(woken) for _ in range(2))
    first = pauses.call_later(0.01, one.wake)
    pauses.call_later(0.03, two.wake)
    first.cancel()
    await asyncio.wait_for(two.over.wait(), 30)
    assert [resting for resting, _ in woken] == [two]
    pauses.call_later(60, one.wake).cancel()  # now nothing waits, and no timer is set
    two.over.clear()
    pauses.call_later(0.001, two.wake)
    await asyncio.wait_for(two.over.wait(), 30)


async def test_a_pause_may_begin_when_another_ends() -> None:
    pauses = Pauses(asyncio.get_running_loop())

    class Again(Sleeper):
        def wake(self) -> None:
            pauses.call_later(0.001, second.wake)
            super().wake()

    second = Sleeper([])
    pauses.call_later(0.001, Again([]).wake)
    await asyncio.wait_for(second.over.wait(), 30)


async def test_one_that_fails_ends_no_other() -> None:
    class Failing(Sleeper):
        def wake(self) -> None:
            raise LookupError("no answer")

    loop = asyncio.get_running_loop()
    told: list[Mapping[str, object]] = []
    loop.set_exception_handler(lambda _, context: told.append(context))
    pauses = Pauses(loop)
    resting = Sleeper([])
    pauses.call_later(0.01, Failing([]).wake)
    pauses.call_later(0.01, resting.wake)
    await asyncio.wait_for(resting.over.wait(), 30)
    assert [str(context["exception"]) for context in told] == ["no answer"]
