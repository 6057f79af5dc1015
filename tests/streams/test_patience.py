"""How long a head and a body may take, on a clock that is set by hand."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

import pytest

from tests.streams.played import Answer, Connection, Stage, answers, stage

_HEAD = b"GET /any/1 HTTP/1.1\r\nHost: a\r\n\r\n"
_POST = b"POST /any/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"


class _Timer:
    def __init__(self, due: float, call: Callable[[], object]) -> None:
        self.due = due
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class _Clock:
    """Stands for the loop of a site, of which the door uses the timers alone."""

    def __init__(self) -> None:
        self._now = 0.0
        self._timers: list[_Timer] = []

    def call_later(self, seconds: float, call: Callable[..., object], *args: object) -> _Timer:
        timer = _Timer(self._now + seconds, lambda: call(*args))
        self._timers.append(timer)
        return timer

    def pass_by(self, seconds: float) -> None:
        self._now += seconds
        due = [timer for timer in self._timers if timer.due <= self._now]
        self._timers = [timer for timer in self._timers if timer.due > self._now]
        for timer in due:
            if not timer.cancelled:
                timer.call()


async def _played(on_stage: Stage, steps: list[tuple[bytes, float]]) -> list[Answer]:
    """Send segments, with some time behind each."""
    connection = Connection(on_stage)
    clock = _Clock()
    on_stage.site.loop = cast("asyncio.AbstractEventLoop", clock)
    for segment, seconds in steps:
        await connection.send([segment], calm=True)
        clock.pass_by(seconds)
    await connection.finish()
    return answers(bytes(connection.wire.written), [])


def _run(played: Coroutine[Any, Any, list[Answer]]) -> list[int]:
    with asyncio.Runner() as runner:
        return [answer.status for answer in runner.run(played)]


@pytest.mark.parametrize(
    ("steps", "statuses"),
    [
        # Each of these heads is begun in one segment and ended by the next, which begins another.
        (
            [(_HEAD[:9], 0.7), (_HEAD[9:] + _HEAD[:9], 0.7), (_HEAD[9:] + _HEAD[:9], 0.7)],
            [200, 200],
        ),
        ([(_HEAD[:9], 0.7), (_HEAD[9:-1], 0.7), (_HEAD[-1:], 0)], [408]),
        ([(_HEAD, 5), (_HEAD, 5), (_HEAD[:9], 0.7)], [200, 200]),
        ([(_POST, 1.5), (b"abcd", 5), (_POST, 1.5), (b"abcd" + _POST, 1.5), (b"a", 0)], [200] * 2),
        ([(_POST, 1.5), (b"abc", 1), (b"d", 0)], [408]),
        ([(_HEAD + _POST[:9], 1)], [200, 408]),
    ],
)
def test_each_head_and_each_body_has_its_own_time(
    steps: list[tuple[bytes, float]], statuses: list[int]
) -> None:
    async def played() -> list[Answer]:
        async with stage(head_timeout=1, body_timeout=2) as on_stage:
            return await _played(on_stage, steps)

    assert _run(played()) == statuses
