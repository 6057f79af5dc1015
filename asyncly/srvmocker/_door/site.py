"""What all connections of one service share: what it answers, what it remembers, what it counts.

Invariant: a whole request is decided and recorded once, when it has arrived, whoever answers it and
whenever; unmatched requests leave no trace in the history.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from asyncly.srvmocker._core.matching.dispatch import NO_MATCH, Dispatcher, Group
from asyncly.srvmocker._core.matching.routing import Miss
from asyncly.srvmocker._core.memo import Memo
from asyncly.srvmocker._core.record.history import History
from asyncly.srvmocker._core.record.journal import Place
from asyncly.srvmocker._core.record.ledger import CLIENT_GONE, Answers, Ledger
from asyncly.srvmocker._core.request import PartialView, RequestView, path_safe, target_url
from asyncly.srvmocker._door.account import Account
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.aio.calls import LiveView
from asyncly.srvmocker._door.aio.inner import InnerServer
from asyncly.srvmocker._door.aio.requests import Applications, Origin, Selection, recall
from asyncly.srvmocker._door.answers.pauses import Pauses
from asyncly.srvmocker._door.answers.plans import Responder
from asyncly.srvmocker._door.answers.ready import ReadyAnswer, Rendered, closes, kind_of
from asyncly.srvmocker._door.decisions import Decision, Lane
from asyncly.srvmocker._door.reading.assembly import Message, Refusal
from asyncly.srvmocker._door.reading.limits import Limits
from asyncly.srvmocker._door.reading.plain import PlainReader
from asyncly.srvmocker.exceptions import MissingResponseError, SrvMockerError

if TYPE_CHECKING:
    from array import array

    from asyncly.srvmocker._core.explain.unmatched import Advice, Adviser
    from asyncly.srvmocker._core.traffic.summary import Columns

__all__ = ("Site",)

T = TypeVar("T")

_PLAIN_TARGET: Final = re.compile(rb"[A-Z]+ /([A-Za-z0-9._~-]+)(?=[/? ])")
_UNMATCHED: Final = (404, 405)
_UNMATCHED_KEPT: Final = 1000
_UNMATCHED_BODY: Final = 1 << 16  # bytes
_EXPLAINED: Final = 100  # requests that are told why no route answers them


Choose: TypeAlias = Callable[
    [str, float], Callable[[Responder | None, float], Responder | None] | None
]
"""Given the handler of a call and the time, returns what injects, if anything is injected: from the
registered response and the time that identifies the call it makes the one that answers."""


def _no_lane(data: bytes, transport: asyncio.Transport, connection: int) -> bool:
    raise AssertionError("whoever makes a site gives it one")  # pragma: no cover - see there


class Missed(NamedTuple):
    """A request that no route answered."""

    view: RequestView
    status: int
    when: float
    advice: Advice | None
    """What its answer told, where it can be told no more."""


class Injecting(Protocol):
    """What is injected into the calls of a service."""

    def save(self) -> None:
        """Remember what is on."""
        ...

    def rewind(self, *, restore: bool) -> None:
        """Begin anew; where asked for, with what was on when it was saved."""
        ...


class Connected(Protocol):
    """A connection, as its service closes it."""

    def end(self) -> None:
        """Close if nothing is in progress."""
        ...

    def abort(self) -> None:
        """Close."""
        ...


class Listening(Protocol):
    """What accepts the connections of a service."""

    async def start(self) -> None:
        """Accept connections."""
        ...

    def stop(self) -> None:
        """Refuse them."""
        ...

    @property
    def waited_for(self) -> bool:
        """Whether a client has connected and nobody has taken notice, as the loop does not run."""
        ...


def _not_found() -> web.Response:
    return web.HTTPNotFound()


def _no_match() -> web.Response:
    return web.HTTPNotFound(reason=NO_MATCH)


@dataclass(eq=False)
class Site(Generic[T]):
    """One service, as its connections see it."""

    loop: asyncio.AbstractEventLoop
    dispatcher: Dispatcher
    applications: Applications
    history: History[T]
    responders: Mapping[str, Responder]
    origin: Origin
    limits: Limits
    fail: Callable[[str, BaseException, T], None]
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        self._inner: InnerServer | None = None
        self.memo: Memo[Decision] = Memo(max_entries=1024, max_bytes=4 << 20)
        self.plain = PlainReader(self.limits)
        self.doors: set[Connected] = set()
        self.pauses = Pauses(self.loop)
        self.lane: Lane = _no_lane
        """The short way, for segments that are one plain request."""
        self.namespaces: dict[str, Site[T]] = {}
        """What belongs to others: the sites of paths that begin with these segments."""
        self.is_open = False
        """Whether it listens for itself."""
        self.listener: Listening | None = None
        """What it listens with."""
        self.injections: Injecting | None = None
        """What was ever injected, if anything was."""
        self.injected_names: list[str] = [""]
        """The names of injections by number; 0 stands for none."""
        self.choose: Choose | None = None
        """Chooses what is injected into a call, while anything is on."""
        self._names = 0
        self.connections = 0
        """How many connections were made."""
        self.watches = bool(self.limits.head_timeout or self.limits.body_timeout)
        self.find = self.dispatcher.router.find
        """Finds the group for a method and a `path_safe` path, or a miss."""
        self.answers = Answers()
        self.by_handler: dict[str, Ledger] = {}
        self.ledgers: tuple[Ledger, ...] = tuple(
            self.by_handler.setdefault(route.handler_name, Ledger(route.handler_name))
            for route in self.dispatcher.routes
        )
        """The counts of each route's handler, by the number of the route."""
        self.unmatched: deque[Missed] = deque(maxlen=_UNMATCHED_KEPT)
        """The last requests that no route answered."""
        self.undecided = 0
        """How often the criteria of a route raised an exception."""
        self.tolerant: frozenset[str] = frozenset()
        """Handlers for whose paths unmatched requests are nothing to tell of."""
        self.tolerated = 0
        """How many of those there were."""
        self._adviser: Adviser | None = None
        self._explained = 0
        self._some_left: asyncio.Event | None = None
        self._own: dict[Hashable, ReadyAnswer] = {
            404: ReadyAnswer(404, _not_found),
            NO_MATCH: ReadyAnswer(404, _no_match),
        }

    @property
    def inner(self) -> InnerServer:
        """The half that is aiohttp's, made when it is first needed."""
        if self._inner is None:
            self._inner = InnerServer(self.loop)
        return self._inner

    def decide(self, message: Message, kind: int) -> Decision:
        """Select the route for a whole request; `ValueError` for a target that is no URL."""
        self.account.decided += 1
        method, target = message.method, message.target
        view = LiveView(message.start, message.fields, message.body)
        found = self.find(method, path_safe(method, target))
        return self.select(view, kind, method, found, upgrade=message.upgrade)

    def select(
        self, view: LiveView, kind: int, method: str, found: Group | Miss, *, upgrade: bool
    ) -> Decision:
        """Select a route of the group that was found."""
        if isinstance(found, Miss):
            return self._missing(view, kind, method, found)
        route = found.only
        if route is None:
            if not found.pure:
                view.make_request = self.recall
            route = found.select(view)
            if view.raised:
                self._keep_raised(view)
            if route is None:
                return self.no_match(view, kind, pure=found.pure)
        return Decision(view, kind, route=route, upgrade=upgrade, pure=found.pure)

    def _keep_raised(self, view: RequestView) -> None:
        """Keep what the criteria of routes have raised; those did not match."""
        for number, error in view.raised:
            self.undecided += 1
            name = self.dispatcher.routes[number].handler_name
            self.fail(name, error, self.history.call(view, monotonic(), number))

    def params(self, view: RequestView) -> Mapping[str, str]:
        """Return the path parameters of a request."""
        found = self.dispatcher.resolve(view.method, path_safe(view.method, view.target))
        return {} if isinstance(found, Miss) else found[1]

    def no_match(self, view: LiveView, kind: int, *, pure: bool = True) -> Decision:
        """Decide on a request that no route of its group matches."""
        plain = self._own[NO_MATCH]
        return self._explaining(
            Decision(view, kind, miss=plain, pure=pure),
            plain,
            lambda text: web.HTTPNotFound(reason=NO_MATCH, text=text),
        )

    def _missing(
        self, view: RequestView, kind: int, method: str, found: Miss, *, pure: bool = True
    ) -> Decision:
        allowed = found.allowed

        def make(text: str) -> web.Response:
            if allowed:
                return web.HTTPMethodNotAllowed(method, allowed, text=text)
            return web.HTTPNotFound(text=text)

        plain = self.miss(method, found)
        return self._explaining(Decision(view, kind, miss=plain, pure=pure), plain, make)

    def remember(self, data: bytes, decision: Decision) -> None:
        """Put a decision into the memo, if it wants it.

        What ends the connection is left out: the assembler must see it, to take nothing behind it.
        """
        if not closes(decision.kind) and self.memo.wants(data):
            decision.place = Place()
            self.memo.put(data, decision)

    def turn_to(self, ledger: Ledger, rendered: Rendered) -> None:
        """Count this ready answer from now on."""
        number = self.answers.number(rendered.status, len(rendered.current))
        ledger.turn_to(rendered, rendered.status, number)

    def gone(self, decision: Decision, when: float) -> None:
        """Count a request whose client has left before the answer."""
        self.account.client_gone += 1
        route = decision.route
        if route is not None:
            self.ledgers[route.number].client_gone += 1
            self.history.journal.answered(when, CLIENT_GONE, 0.0, monotonic())

    def failed(self, decision: Decision, when: float, error: BaseException) -> None:
        """Keep an exception that made a request's answer a 500."""
        route = decision.route
        assert route is not None, "what fails is the answer of a route"
        ledger = self.ledgers[route.number]
        if isinstance(error, MissingResponseError):
            ledger.unregistered += 1
        else:
            ledger.failed += 1
        call = self.history.call(decision.view, when, route.number)
        self.fail(route.handler_name, error, call)

    def recall(self, view: RequestView) -> web.Request:
        """Make aiohttp's request for a view, for a predicate of a user's own."""
        found = self.dispatcher.resolve(view.method, path_safe(view.method, view.target))
        assert not isinstance(found, Miss), "it is a group of routes that asks"
        group, params = found
        # The routes of a group share method and path, and that is all that aiohttp tells of one.
        selection = Selection(self.applications, group.routes[0], lambda: params)
        return recall(view, selection, self.origin)

    def miss(self, method: str, found: Miss) -> ReadyAnswer:
        """Return the 404 or the 405 for a request that no route is there for."""
        allowed = found.allowed
        key: Hashable = (method, allowed) if allowed else 404
        answer = self._own.get(key)
        if answer is None:
            answer = self._own[key] = ReadyAnswer(
                405, lambda: web.HTTPMethodNotAllowed(method, allowed)
            )
        return answer

    def oversized(self, message: Message) -> Decision:
        """Decide on a request whose body is too large (RFC 9110 section 15.5.14).

        Raises `ValueError` for a target that is no URL.
        """
        self.account.decided += 1
        kind = kind_of(message.method, message.version, message.keep_alive)
        view = PartialView(message.start, message.fields)
        found = self.find(message.method, path_safe(message.method, message.target))
        if isinstance(found, Miss):
            return self._missing(view, kind, message.method, found, pure=False)
        limit = self.limits.client_max_size
        miss = ReadyAnswer(413, lambda: web.HTTPRequestEntityTooLarge(limit, limit + 1))
        return Decision(view, kind, miss=miss, pure=False)

    def refusal(self, refusal: Refusal) -> bytes:
        """Return what a client gets to see of a refusal."""
        status, reason = int(refusal.status), refusal.reason
        answer = ReadyAnswer(status, lambda: web.Response(status=status, text=reason))
        kind = kind_of("HEAD" if refusal.head else "", "1.1", keep_alive=False)
        return answer.render(kind, monotonic()).current

    def site_of(self, target: str) -> Site[T]:
        """Return the site that a request target belongs to; `ValueError` for one that is no URL."""
        if not self.namespaces:
            return self
        path = target if target.startswith("/") else target_url("", target).raw_path
        segment = path[1:].partition("/")[0].partition("?")[0].partition("#")[0]
        return self.namespaces.get(segment, self)

    def site_of_segment(self, data: bytes) -> Site[T]:
        """Return the site that a plain request belongs to."""
        if self.namespaces:
            found = _PLAIN_TARGET.match(data)
            if found is not None:
                return self.namespaces.get(found[1].decode("ascii"), self)
        return self

    def free_name(self) -> str:
        """Return a name that no namespace has."""
        self._names += 1
        while f"ns-{self._names}" in self.namespaces:
            self._names += 1
        return f"ns-{self._names}"

    def close_namespace(self, name: str) -> None:
        """Serve a namespace no more; its requests in flight have their answer all the same."""
        site = self.namespaces.pop(name)
        site.history.watchers.end(
            SrvMockerError("the namespace was closed while its calls were waited for")
        )

    def came(self, door: Connected) -> int:
        """Take notice of a new connection; return its number."""
        self.doors.add(door)
        self.connections += 1
        return self.connections

    def left(self, door: Connected) -> None:
        """Take notice that a connection is gone."""
        self.doors.discard(door)
        if self._some_left is not None:
            self._some_left.set()

    def missed(self, decision: Decision, when: float) -> None:
        """Keep a request that no route answers, if that is what it was."""
        assert decision.miss is not None, "what has no route has an answer of the server's own"
        status = decision.miss.status
        if status not in _UNMATCHED:
            return
        self.account.unmatched += 1
        if self.tolerant and not self.tolerant.isdisjoint(self.around(decision.view)):
            self.tolerated += 1
        view: RequestView = decision.view
        advice: Advice | None = None
        if not isinstance(view, PartialView) and len(view.body) > _UNMATCHED_BODY:
            # Without the body nobody could say again what the answer says.
            raised = view.raised
            view, advice = PartialView(view.start, view.fields), decision.advice
            view.raised = raised
        self.unmatched.append(Missed(view, status, when, advice))

    def columns(self, rows: array[int]) -> Columns:
        """Return some calls as columns, for what they tell of the client."""
        from asyncly.srvmocker._core.traffic.columns import columns_of  # noqa: PLC0415 - rarely needed

        return columns_of(self.history.journal, rows, self.answers.sizes.__getitem__)

    def around(self, view: RequestView) -> frozenset[str]:
        """Return the handlers of the routes with the path of a request."""
        path = path_safe(view.method, view.target)
        found = self.find(view.method, path)
        methods = found.allowed if isinstance(found, Miss) else (view.method,)
        groups = [self.find(method, path) for method in methods]
        return frozenset(
            route.handler_name
            for group in groups
            if isinstance(group, Group)
            for route in group.routes
        )

    def advise(self, view: RequestView) -> Advice:
        """Work out why no route answers a request."""
        if self._adviser is None:
            from asyncly.srvmocker._core.explain.unmatched import (  # noqa: PLC0415 - rarely needed
                Adviser,
            )

            self._adviser = Adviser(self.dispatcher)
        return self._adviser.explain(view, path_safe(view.method, view.target))

    def _explaining(
        self, decision: Decision, plain: ReadyAnswer, make: Callable[[str], web.Response]
    ) -> Decision:
        """Let the answer to a request that no route answers tell why, if it is one of the first."""
        if self._explained < _EXPLAINED:
            self._explained += 1
            advice = decision.advice = self.advise(decision.view)
            decision.miss = ReadyAnswer(plain.status, lambda: make(advice.text))
        return decision

    def reset(self, *, restore: bool = False) -> None:
        """Forget what has happened; requests in flight are counted when they are answered."""
        if self.injections is not None:
            self.injections.rewind(restore=restore)
        self.history.clear()
        self.unmatched.clear()
        self.account.clear()
        self._explained = self.tolerated = self.undecided = 0
        for ledger in self.ledgers:
            ledger.clear()

    async def close(self, grace: float) -> None:
        """Close all connections; what is in progress has `grace` seconds to finish."""
        self.is_open = False
        self.history.watchers.end(
            SrvMockerError("the service was closed while its calls were waited for")
        )
        for door in list(self.doors):
            door.end()
        if self._inner is not None:
            await self._inner.shutdown(grace)
        while self.doors:  # a connection may have been on its way
            await self.drop()

    async def drop(self) -> None:
        """Close all connections at once, whatever is in progress."""
        dropped = list(self.doors)
        for door in dropped:
            door.abort()
        while not self.doors.isdisjoint(dropped):
            self._some_left = self._some_left or asyncio.Event()
            self._some_left.clear()
            await self._some_left.wait()
