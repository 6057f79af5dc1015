"""An answer that is changed on its way to the wire, whoever makes it.

Ready answers and scripts are altered byte for byte, pauses and computed plans when they have become
one of these. What aiohttp answers is rendered into a captured transport first; that is done with
finished aiohttp responses only, since others write themselves to the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from time import monotonic
from typing import TypeAlias, TypeVar

from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.plans import Clock, Computed, Delay, Pause, Plan, Responder
from asyncly.srvmocker._door.answers.ready import ReadyAnswer, capture, kind_of_request
from asyncly.srvmocker._door.answers.scripts import Ending, Script, Step, joined

__all__ = ("Alteration", "Altered", "altered", "check_alterable", "ready_steps")

T = TypeVar("T")

Alteration: TypeAlias = Callable[[Iterator[Step], int], Iterator[Step]]
"""Makes other steps of the steps of an answer to a `kind_of` request."""


def altered(plan: Plan, alter: Alteration, status: int | None = None) -> Plan:
    """Alter an answer; it counts as `status`, or as its own where none is given."""
    if isinstance(plan, ReadyAnswer):
        return _script(Script(plan.status, lambda kind: ready_steps(plan, kind)), alter, status)
    if isinstance(plan, Script):
        return _script(plan, alter, status)
    if isinstance(plan, Pause):
        return _AlteredPause(plan, alter, status)
    if isinstance(plan, Computed):
        return Computed(lambda call: altered(plan.make(call), alter, status))
    check_alterable(plan)
    return Altered(plan, alter, status)


def check_alterable(responder: object) -> None:
    """Raise `TypeError` for what is known to write itself to the connection, before it does."""
    if getattr(responder, "__writes_itself__", False):
        raise TypeError(
            f"{responder!r} writes itself to the connection, so a fault cannot alter it"
        )


def ready_steps(answer: ReadyAnswer, kind: int) -> Iterator[Step]:
    """Return finished bytes as steps."""
    rendered = answer.render(kind, monotonic())
    yield rendered.current
    yield Ending.CLOSE if rendered.closes else Ending.KEEP


def _script(script: Script, alter: Alteration, status: int | None) -> Script:
    return Script(
        script.status if status is None else status,
        lambda kind: joined(alter(script.steps(kind), kind)),
    )


class _AlteredPause(Pause):
    """A pause whose answer is altered, however it is waited for."""

    __slots__ = ("_alter", "_pause", "_status")

    def __init__(self, pause: Pause, alter: Alteration, status: int | None) -> None:
        super().__init__(pause.seconds, Altered(pause.then, alter, status))
        self._pause = pause
        self._alter = alter
        self._status = status

    def begin(self, clock: Clock, over: Callable[[T, Responder], object], of: T) -> Delay:
        """Begin to wait."""

        def altered_over(of: T, then: Responder) -> object:
            return over(of, Altered(then, self._alter, self._status))

        return self._pause.begin(clock, altered_over, of)


class Altered:
    """A responder whose answers are altered."""

    __slots__ = ("_alter", "_responder", "_status")

    def __init__(self, responder: Responder, alter: Alteration, status: int | None) -> None:
        self._responder = responder
        self._alter = alter
        self._status = status

    def __plan__(self) -> Plan:
        """Alter whatever it plans."""
        return altered(self._responder.__plan__(), self._alter, self._status)

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Alter what aiohttp would send."""
        from asyncly.srvmocker._door.answers.scripted import (  # noqa: PLC0415 - it needs aiohttp.web
            Played,
            by_aiohttp,
        )

        try:
            answer = await self._responder.response(request)
        except web.HTTPException as raised:
            answer = raised
        if isinstance(answer, Played):
            script = answer.script
        else:
            script = await _captured(answer, self._responder, request)
        return by_aiohttp(_begun(_script(script, self._alter, self._status), request))


async def _captured(answer: object, responder: Responder, request: web.Request) -> Script:
    if not isinstance(answer, web.Response) or answer.prepared:
        raise TypeError(
            f"{type(responder).__name__}.response returned {answer!r}, which writes itself: "
            "only a finished aiohttp.web.Response can be altered by a fault"
        )
    written = await capture(answer, kind_of_request(request))
    ending = Ending.KEEP if answer.keep_alive else Ending.CLOSE
    return Script(answer.status, lambda kind: iter((written, ending)))


def _begun(script: Script, request: web.Request) -> Script:
    """Take the first steps now: what they raise before anything is written can still be a 500."""
    steps = script.steps(kind_of_request(request))
    first: list[Step] = []
    for step in steps:  # pragma: no branch - an ending is the last
        first.append(step)
        if isinstance(step, (bytes, Ending)):
            break
    return Script(script.status, lambda kind: chain(first, steps))
