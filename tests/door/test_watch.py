"""The time that a head and a body may take; tests/streams/test_patience.py sees it from outside."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from asyncly.srvmocker._door.reading.assembly import Assembler
from asyncly.srvmocker._door.site import Site
from asyncly.srvmocker._door.watch import Watch
from tests.door.test_door import Timers


class Reading:
    """What an assembler says of where it is."""

    def __init__(self) -> None:
        self.in_head = self.in_body = False
        self.begun = 0

    def at(self, phase: str) -> Assembler:
        self.in_head, self.in_body = phase == "head", phase == "body"
        return cast("Assembler", self)


def watching(
    head: float | None, body: float | None, late: Callable[[str], None]
) -> tuple[Watch, Timers]:
    timers = Timers()
    limits = SimpleNamespace(head_timeout=head, body_timeout=body)
    return Watch(cast("Site[Any]", SimpleNamespace(limits=limits, loop=timers)), late), timers


def test_each_part_has_its_own_time() -> None:
    late: list[str] = []
    watch, timers = watching(1, 2, late.append)
    reading = Reading()
    watch.look(reading.at("head"))
    watch.look(reading.at("head"))
    watch.look(reading.at("body"))
    assert [(timer.seconds, timer.cancelled) for timer in timers.set] == [(1, True), (2, False)]
    watch.look(reading.at("nothing"))
    assert timers.set[1].cancelled
    timers.set[0].call()
    timers.set[1].call()
    assert late == ["head", "body"]


def test_the_next_request_has_its_own_time() -> None:
    watch, timers = watching(1, 2, print)
    reading = Reading()
    watch.look(reading.at("body"))
    reading.begun = 1
    watch.look(reading.at("body"))
    assert [(timer.seconds, timer.cancelled) for timer in timers.set] == [(2, True), (2, False)]


@pytest.mark.parametrize("phase", ["head", "body"])
def test_a_part_without_a_limit_takes_its_time(phase: str) -> None:
    watch, timers = watching(None if phase == "head" else 1, None if phase == "body" else 2, print)
    watch.look(Reading().at(phase))
    assert timers.set == []
    watch.cancel()


def test_time_can_begin_anew() -> None:
    watch, timers = watching(1, 2, print)
    head = Reading().at("head")
    watch.look(head)
    watch.begin_anew()
    watch.look(head)
    assert [timer.cancelled for timer in timers.set] == [True, False]
    watch.cancel()
    assert timers.set[1].cancelled
