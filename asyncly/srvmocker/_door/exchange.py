"""One request between its arrival and its answer."""

import asyncio
import warnings
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, Protocol, TypeAlias

from aiohttp import hdrs
from aiohttp.abc import AbstractStreamWriter
from aiohttp.base_protocol import BaseProtocol

from asyncly.srvmocker._core.request import path_safe
from asyncly.srvmocker._core.routing import Miss
from asyncly.srvmocker._door import aioweb as web
from asyncly.srvmocker._door.answers import ReadyAnswer
from asyncly.srvmocker._door.assembly import Refusal
from asyncly.srvmocker._door.decisions import Decision
from asyncly.srvmocker._door.plans import Computed, Parting, Pause, Plan, Raising, Responder
from asyncly.srvmocker._door.requests import Blueprint, Selection, ServedRequest, serve
from asyncly.srvmocker._door.scripts import Ending, Player, Script
from asyncly.srvmocker._door.site import Site
from asyncly.srvmocker.exceptions import MissingResponseError

__all__ = ("Connection", "Due", "Exchange", "Planned")

Planned: TypeAlias = ReadyAnswer | Pause | Script | None
"""How to answer now; `None` is a turn of aiohttp's."""


class Connection(Protocol):
    """What a turn of aiohttp's reports to."""

    def turn_over(self, response: web.StreamResponse) -> None:
        """Take notice that the answer was written."""
        ...

    def upgraded(self) -> None:
        """Take notice that the connection speaks another protocol from now on."""
        ...


class Exchange:
    """A request whose answer is due, and its turn at aiohttp where that is needed."""

    __slots__ = (
        "_began",
        "_chosen",
        "_connection",
        "_own",
        "_responder",
        "_when",
        "_writer",
        "decision",
        "late",
        "site",
    )

    def __init__(
        self,
        site: Site[Any],
        decision: Decision,
        when: float,
        began: float,
        connection: Connection,
    ) -> None:
        self.site = site
        self.decision = decision
        self._when = when
        self._began = began  # what came since then is the mock's own time
        self._own = 0.0
        self.late = False  # its answer is not written in the moment in which it has arrived
        self._connection = connection
        choose, route = site.choose, decision.route
        self._chosen = choose(route.handler_name, began) if choose and route else None
        self._responder: Responder | None = None
        self._writer: AbstractStreamWriter | None = None

    @property
    def upgrade(self) -> bool:
        """Whether the answer may be a WebSocket."""
        return hdrs.UPGRADE in self.decision.view.headers

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
            except Exception as error:  # noqa: BLE001 - a user's own schedule or function
                self._answer_for(error)
                return None
        if responder is None:
            self._answer_for(MissingResponseError(decision.route.handler_name))
            return None
        return self.follow(responder)

    def follow(self, responder: Responder) -> Planned:
        """Let a responder say how to answer."""
        try:
            plan: Plan = responder.__plan__() if hasattr(responder, "__plan__") else responder
            while isinstance(plan, Computed):
                plan = plan.make(self._call())
        except Exception as error:  # noqa: BLE001 - a sequence is exhausted, or a user's own code
            return self.give_up(error)
        if isinstance(plan, (ReadyAnswer, Pause, Script)):
            return plan
        self._responder = plan
        self.late = True
        return None

    def give_up(self, error: Exception) -> Planned:
        """Let aiohttp answer for an exception, and keep it."""
        self._answer_for(error)
        return None

    def rest(self) -> None:
        """Take notice that a delay begins."""
        self.late = True
        self._own += monotonic() - self._began

    def go_on(self) -> None:
        """Take notice that the delay is over."""
        self._began = monotonic()

    def over(self, status: int, size: int) -> None:
        """Count the answer, of so many bytes."""
        now = monotonic()
        own = self._own + now - self._began
        self.site.answered(self.decision, self._when, status, size, own, now if self.late else None)

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

    def played(self, player: Player, ended: Ending | Exception) -> Ending:
        """Count an answer that was played to its end; an exception has it reset."""
        if isinstance(ended, Exception):
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

    def fail(self, error: Exception) -> None:
        """Keep an exception."""
        self.site.failed(self.decision, self._when, error)

    def _answer_for(self, error: Exception) -> None:
        self.fail(error)
        self._responder = Raising(error)
        self.late = True

    # What follows makes this a turn of aiohttp's.

    def request(
        self,
        protocol: BaseProtocol,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
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
        except Exception as error:
            if not isinstance(responder, Raising):
                self.site.failed(self.decision, self._when, error)
            raise

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
