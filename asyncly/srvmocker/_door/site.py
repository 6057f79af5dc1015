"""What all connections of one service share: what it answers, what it remembers, what it counts.

Invariant: a whole request is decided and recorded once, when it has arrived, whoever answers it and
whenever; unmatched requests leave no trace in the history.
"""

import asyncio
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Generic, Protocol, TypeVar

from asyncly.srvmocker._core.dispatch import NO_MATCH, Dispatcher, Route
from asyncly.srvmocker._core.history import History
from asyncly.srvmocker._core.journal import Place
from asyncly.srvmocker._core.memo import Memo
from asyncly.srvmocker._core.request import RequestView, target_url
from asyncly.srvmocker._core.routing import Miss
from asyncly.srvmocker._door import aioweb as web
from asyncly.srvmocker._door.account import Account
from asyncly.srvmocker._door.answers import ReadyAnswer, kind_of
from asyncly.srvmocker._door.assembly import Message, Refusal
from asyncly.srvmocker._door.calls import LiveView
from asyncly.srvmocker._door.inner import InnerServer
from asyncly.srvmocker._door.limits import Limits
from asyncly.srvmocker._door.plain import PlainReader
from asyncly.srvmocker._door.plans import Responder
from asyncly.srvmocker._door.requests import Applications, Blueprint, Origin, Selection, recall

__all__ = ("Decision", "Site")

T = TypeVar("T")


class Connected(Protocol):
    """A connection, as its service closes it."""

    def end(self) -> None:
        """Close if nothing is in progress."""
        ...

    def abort(self) -> None:
        """Close."""
        ...


class Decision:
    """What was decided for the bytes of a request: a route, or an answer of the server's own."""

    __slots__ = ("blueprint", "error", "kind", "miss", "place", "pure", "route", "upgrade", "view")

    def __init__(
        self,
        view: LiveView,
        kind: int,
        *,
        route: Route | None = None,
        miss: ReadyAnswer | None = None,
        error: Exception | None = None,
        upgrade: bool = False,
        pure: bool = True,
    ) -> None:
        self.view = view
        self.kind = kind
        self.route = route
        self.miss = miss
        self.error = error
        self.upgrade = upgrade
        self.pure = pure
        self.place: Place | None = None  # given to decisions that come again
        self.blueprint: Blueprint | None = None  # once aiohttp has been asked


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
    fail: Callable[[str, Exception, T], None]
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        self._inner: InnerServer | None = None
        self.memo: Memo[Decision] = Memo(max_entries=1024, max_bytes=4 << 20)
        self.plain = PlainReader(self.limits)
        self.doors: set[Connected] = set()
        self.watches = bool(self.limits.head_timeout or self.limits.body_timeout)
        self._empty = asyncio.Event()
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

    def recognise(self, data: bytes) -> Decision | None:
        """Return the decision for a segment that is a whole, plain request, if it is one."""
        decision = self.memo.get(data)
        if decision is None:
            plain = self.plain.read(data)
            if plain is None:
                return None
            decision = self.decide(
                plain.head,
                plain.body,
                plain.method,
                plain.target,
                kind_of(plain.method, "1.1", keep_alive=True),
                upgrade=False,
            )
            if decision.pure:
                self.remember(data, decision)
        return decision

    def decide(
        self, head: bytes, body: bytes, method: str, target: str, kind: int, *, upgrade: bool
    ) -> Decision:
        """Select the route for a whole request; `ValueError` for a target that is no URL."""
        self.account.decided += 1
        view = LiveView.arrived(head, body, method, target)
        group = self.dispatcher.find(method, path_safe(method, target))
        if isinstance(group, Miss):
            return Decision(view, kind, miss=self.miss(method, group))
        route = group.only
        if route is None:
            if not group.pure:
                view.make_request = self._recall
            try:
                route = group.select(view)
            except Exception as error:  # noqa: BLE001 - whatever a user's own predicate raises
                return Decision(view, kind, error=error, pure=False)
            if route is None:
                return Decision(view, kind, miss=self._own[NO_MATCH], pure=group.pure)
        return Decision(view, kind, route=route, upgrade=upgrade, pure=group.pure)

    def record(self, decision: Decision, route: Route, when: float) -> float:
        """Record a request that has arrived; return the time that identifies the call."""
        view, place = decision.view, decision.place
        if place is None:
            return self.history.record(view.head, view.body, when, route.number, route.handler_name)
        return self.history.record_at(place, when, route.number, route.handler_name)

    def failed(self, decision: Decision, when: float, error: Exception) -> None:
        """Keep an exception that made a request's answer a 500."""
        route = decision.route
        name, number = ("", 0) if route is None else (route.handler_name, route.number)
        self.fail(name, error, self.history.call(decision.view, when, number))

    def _recall(self, view: RequestView) -> web.Request:
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
        view = LiveView.arrived(message.head, b"", message.method, message.target)
        found = self.dispatcher.find(message.method, path_safe(message.method, message.target))
        if isinstance(found, Miss):
            miss = self.miss(message.method, found)
        else:
            limit = self.limits.client_max_size
            miss = ReadyAnswer(413, lambda: web.HTTPRequestEntityTooLarge(limit, limit + 1))
        return Decision(view, kind, miss=miss, pure=False)

    def refusal(self, refusal: Refusal) -> bytes:
        """Return what a client gets to see of a refusal."""
        status, reason = int(refusal.status), refusal.reason
        answer = ReadyAnswer(status, lambda: web.Response(status=status, text=reason))
        kind = kind_of("HEAD" if refusal.head else "", "1.1", keep_alive=False)
        return answer.render(kind, monotonic())[0]

    def remember(self, data: bytes, decision: Decision) -> None:
        """Offer a decision to the memo."""
        if self.memo.offer(data, decision):
            decision.place = Place(decision.view.head, decision.view.body)

    def left(self, door: Connected) -> None:
        """Take notice that a connection is gone."""
        self.doors.discard(door)
        if not self.doors:
            self._empty.set()

    async def close(self, grace: float) -> None:
        """Close all connections; what is in progress has `grace` seconds to finish."""
        for door in list(self.doors):
            door.end()
        if self._inner is not None:
            await self._inner.shutdown(grace)
        for door in list(self.doors):
            door.abort()
        while self.doors:
            self._empty.clear()
            await self._empty.wait()


def path_safe(method: str, target: str) -> str:
    """Return the path of a target as the router compares it; `ValueError` if it is no URL."""
    if "%" in target or not target.startswith("/") or method == "CONNECT":
        if target == "*" and method != "OPTIONS":  # RFC 9112 section 3.2.4
            raise ValueError("only OPTIONS may have the target *")
        url = target_url(method, target)
        url.port  # noqa: B018 - yarl looks at an authority only when asked, and may refuse it
        if target[:1] not in "/*" and not url.raw_host:  # RFC 9110 section 4.2.1
            raise ValueError("an absolute target names no host")
        return url.path_safe
    end = target.find("?")
    path = target if end < 0 else target[:end]
    end = path.find("#")
    return path if end < 0 else path[:end]
