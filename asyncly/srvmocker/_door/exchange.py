"""One request between its arrival and its answer.

Invariants: it is recorded once, when it begins; it is counted once, as answered or as one whose
client has left. It begins anew with another request only after a ready answer, when nobody but its
connection has it.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, Final, Protocol, TypeAlias

from aiohttp import hdrs
from aiohttp.abc import AbstractStreamWriter
from aiohttp.base_protocol import BaseProtocol

from asyncly.srvmocker._core.matching.routing import Miss
from asyncly.srvmocker._core.raised import kept
from asyncly.srvmocker._core.record.journal import IN_PROGRESS
from asyncly.srvmocker._core.request import RequestView, path_safe
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.aio.inner import kept_of_turn
from asyncly.srvmocker._door.aio.requests import Blueprint, Selection, ServedRequest, serve
from asyncly.srvmocker._door.answers.plans import Computed, Parting, Pause, Plan, Raising, Responder
from asyncly.srvmocker._door.answers.ready import ReadyAnswer, Rendered
from asyncly.srvmocker._door.answers.scripts import Ending, Player, Script
from asyncly.srvmocker._door.decisions import Decision
from asyncly.srvmocker._door.reading.assembly import Refusal
from asyncly.srvmocker._door.site import Site
from asyncly.srvmocker.exceptions import MissingResponseError

__all__ = ("Connection", "Due", "Exchange", "Planned")

Planned: TypeAlias = ReadyAnswer | Pause | Script | None
"""How to answer now; `None` is a turn of aiohttp's."""


class Connection(Protocol):
    """What a turn of aiohttp's, or a delay, reports to."""

    def rested(self, exchange: Exchange, then: Responder) -> None:
        """Take notice that a delay is over, and answer as it says."""
        ...

    def turn_over(self, response: web.StreamResponse) -> None:
        """Take notice that the answer was written."""
        ...

    def upgraded(self) -> None:
        """Take notice that the connection speaks another protocol from now on."""
        ...


_NONE: Final = Decision(RequestView(b"", b"", b""), 0)


class Exchange:
    """A request whose answer is due, and its turn at aiohttp where that is needed."""

    __slots__ = (
        "_chosen",
        "_connection",
        "_own",
        "_responder",
        "_row",
        "_then",
        "_when",
        "_writer",
        "began",
        "decision",
        "key",
        "late",
        "site",
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.key: int = 0
        self._responder: Responder | None = None
        self._writer: AbstractStreamWriter | None = None
        self._then: Responder
        self._chosen: Callable[[Responder | None, float], Responder | None] | None

    def begin(self, site: Site[Any], decision: Decision, connection: int) -> None:
        """Take in a request that has arrived on the connection with this number: record it.

        One that had its ready answer may begin anew with another.
        """
        self.site: Site[Any] = site
        self.decision: Decision = decision
        site.account.received += 1
        now = monotonic()
        self.began = self._when = now  # what comes from now on is the mock's own time
        self._own = 0.0
        self.late: bool = False
        """Whether its answer is not written in the moment in which it has arrived."""
        self._row = 0
        self._chosen = None
        route = decision.route
        if route is None:
            site.missed(decision, now)
            return
        site.ledgers[route.number].taken_in += 1
        view, history = decision.view, site.history
        self._when = history.record(
            view.start,
            view.fields,
            view.body,
            now,
            route.number,
            route.handler_name,
            connection,
            IN_PROGRESS,
            0.0,
            decision.place,
        )
        self._row = len(history.journal.times) - 1
        if site.choose:
            self._chosen = site.choose(route.handler_name, now)

    @property
    def upgrade(self) -> bool:
        """Whether the answer may be a WebSocket."""
        view = self.decision.view
        return hdrs.UPGRADE in view.headers and view.version != (1, 0)

    def plan(self) -> Planned:
        """Say how to answer, now that it is this request's turn; `None` is a turn of aiohttp's."""
        decision = self.decision
        if decision.miss is not None:
            return decision.miss
        assert decision.route is not None, "no route: then an answer of our own"
        responder = self.site.responders.get(decision.route.handler_name)
        if self._chosen is not None:
            try:
                responder = self._chosen(responder, self._when)
            except BaseException as error:  # noqa: BLE001 - a user's own schedule or function
                return self.give_up(kept(error))
        if responder is None:
            self._answer_for(MissingResponseError(decision.route.handler_name))
            return None
        return self.follow(responder)

    def follow(self, responder: Responder) -> Planned:
        """Let a responder say how to answer."""
        ready: ReadyAnswer | None = getattr(responder, "__ready__", None)
        if ready is not None:
            return ready
        try:
            plan: Plan = responder.__plan__() if hasattr(responder, "__plan__") else responder
            if type(plan) is Pause:
                return plan
            while isinstance(plan, Computed):
                plan = plan.make(self._call())
        except BaseException as error:  # noqa: BLE001 - a sequence is exhausted, or a user's own code
            return self.give_up(kept(error))
        if isinstance(plan, (ReadyAnswer, Pause, Script)):
            return plan
        self._responder = plan
        self.late = True
        return None

    def give_up(self, error: BaseException) -> Planned:
        """Let aiohttp answer for an exception, and keep it."""
        self._answer_for(error)
        return None

    def rest(self) -> None:
        """Take notice that a delay begins."""
        self.late = True
        self._own += monotonic() - self.began

    def sleep(self, pause: Pause) -> None:
        """Begin a delay, as `rest` does, and wake the connection when it is over.

        It waits by itself: of thousands of delays, one more object for each would be noticed.
        """
        self._then = pause.then
        self.late = True
        now = monotonic()
        self._own += now - self.began
        self.site.pauses.add(self, pause.seconds, now)

    def wake(self) -> None:
        """Let the connection go on."""
        self._connection.rested(self, self._then)

    def cancel(self) -> None:
        """Do not wake it."""
        self.site.pauses.cancel(self)

    def go_on(self) -> None:
        """Take notice that the delay is over."""
        self.began = monotonic()

    def given(self, rendered: Rendered) -> None:
        """Count a ready answer, as `over` does, in fewer steps if it is the one that came last."""
        now = monotonic()
        route, site = self.decision.route, self.site
        if route is not None:
            ledger = site.ledgers[route.number]
            if ledger.last is not rendered:
                site.turn_to(ledger, rendered)
            ledger.ready += 1
            ledger.taken_in -= 1
            own = self._own + now - self.began
            end = now if self.late else None
            site.history.journal.answered(self._when, ledger.answer, own, end, self._row)
        self.decision = _NONE  # the connection may idle for long, and the body be large

    def over(self, status: int, size: int) -> None:
        """Count the answer, of so many bytes."""
        now = monotonic()
        route, site = self.decision.route, self.site
        assert route is not None, "without one there is a ready answer"
        site.ledgers[route.number].answered(status)
        number = site.answers.number(status, size)
        own = self._own + now - self.began
        end = now if self.late else None
        site.history.journal.answered(self._when, number, own, end, self._row)

    def over_by_aiohttp(self, response: web.StreamResponse) -> None:
        """Count an answer of aiohttp's."""
        writer = self._writer
        self.over(response.status, 0 if writer is None else writer.output_size)

    def gone(self) -> None:
        """Count it as one whose client has left."""
        self.site.gone(self.decision, self._when)

    def player(
        self, script: Script, transport: asyncio.Transport, tick: Callable[[], object]
    ) -> Player:
        """Return what plays a script as the answer."""
        self.late = True
        return Player(script, self.decision.kind, transport, self.site.loop, tick)

    def played(self, player: Player, ended: Ending | BaseException) -> Ending:
        """Count an answer that was played to its end; an exception has it reset."""
        if isinstance(ended, BaseException):
            self.fail(ended)
            ended = Ending.RESET
        self.site.account.answered_step_by_step += 1
        self.over(player.script.status, player.size)
        return ended

    def _call(self) -> object:
        """Make the object that a user sees of the request."""
        route = self.decision.route
        assert route is not None, "who has a responder has a route"
        return self.site.history.call(self.decision.view, self._when, route.number)

    def fail(self, error: BaseException) -> None:
        """Keep an exception."""
        self.site.failed(self.decision, self._when, error)

    def _answer_for(self, error: BaseException) -> None:
        self.fail(error)
        self._responder = Raising(error)
        self.late = True

    # What follows makes this a turn of aiohttp's.

    def request(
        self,
        protocol: BaseProtocol,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> ServedRequest:
        """Make the request object."""
        decision, origin = self.decision, self.site.origin
        self._writer = writer
        blueprint = decision.blueprint
        if blueprint is None:
            blueprint = decision.blueprint = _blueprint(self.site, decision)
        return serve(blueprint, origin, protocol=protocol, writer=writer, task=task)

    async def answer(self, request: ServedRequest) -> web.StreamResponse:
        """Ask the responder; an exception is kept, then left to aiohttp."""
        responder = self._responder
        assert responder is not None
        try:
            return _checked(await responder.response(request), responder)
        except web.HTTPException:
            raise  # an answer like any other
        except Parting as parting:
            self.fail(parting.error)  # before its client sees anything of it, and whatever it does
            await parting.tell()
            raise parting.error from None
        except BaseException as error:
            if not isinstance(responder, Raising):
                self.fail(kept_of_turn(error))
            raise

    def sent_before(self) -> Exception:
        """Keep that the answer is one that was sent before; return the failure."""
        assert self.decision.route is not None, "who is asked for an answer has a route"
        error = RuntimeError(
            f"handler {self.decision.route.handler_name!r} was given an answer that was sent "
            "before: make a new one for each request"
        )
        self.fail(error)
        return error

    def answered(self, response: web.StreamResponse) -> None:
        """Take notice that the answer was written."""
        self._connection.turn_over(response)

    def upgraded(self) -> None:
        """Take notice that the connection speaks another protocol from now on."""
        self._connection.upgraded()


Due: TypeAlias = Exchange | bytes | Refusal
"""What is written in order: an answer, an interim response, why the rest is refused."""


def _blueprint(site: Site[Any], decision: Decision) -> Blueprint:
    view = decision.view

    def params() -> Mapping[str, str]:
        found = site.dispatcher.resolve(view.method, path_safe(view.method, view.target))
        return {} if isinstance(found, Miss) else found[1]

    assert decision.route is not None, "who is asked for an answer has a route"
    return Blueprint(view, Selection(site.applications, decision.route, params))


def _checked(answer: object, responder: Responder) -> web.StreamResponse:
    if type(answer) is web.Response:
        return answer  # as most are; what aiohttp derives from abstract classes is slow to ask
    if not isinstance(answer, web.StreamResponse):
        raise TypeError(
            f"{type(responder).__name__}.response returned {answer!r}, not an aiohttp response"
        )
    if isinstance(answer, web.HTTPException):
        warnings.warn(
            f"{type(responder).__name__}.response returned {answer!r}; raise it instead",
            DeprecationWarning,
            stacklevel=2,
        )
    return answer
