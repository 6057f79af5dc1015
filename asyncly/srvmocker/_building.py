"""Routes put together into what serves them, and what a user holds of it.

Invariants: everything that can be wrong with the routes is told when a `Building` is made, before
anything listens. Imported by the first service, as most of the server's half is.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Generic, cast

from aiohttp import web
from yarl import URL

from asyncly.srvmocker._core.record.history import History
from asyncly.srvmocker._core.record.journal import StoredCall
from asyncly.srvmocker._door.aio.calls import RecordedCall, Routed
from asyncly.srvmocker._door.aio.requests import Applications, Origin
from asyncly.srvmocker._door.lane import make_lane
from asyncly.srvmocker._door.reading.limits import Limits
from asyncly.srvmocker._door.site import Site
from asyncly.srvmocker.constants import SERVICE_KEY
from asyncly.srvmocker.exceptions import UnreachableRouteWarning, leaves_out_frames
from asyncly.srvmocker.failures import FAILURES_KEPT, HandlerFailure
from asyncly.srvmocker.handlers import compile_routes, dispatcher_of
from asyncly.srvmocker.models import MockRoute, MockService
from asyncly.srvmocker.recorded import RequestHistory, from_source, view_of_call
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.retention import Keep, check_keep
from asyncly.srvmocker.routes import route_responses
from asyncly.srvmocker.strictness import StrictCheck, Strictness, strict_checks
from asyncly.srvmocker.typing import NameT

__tracebackhide__ = leaves_out_frames


class Building(Generic[NameT]):
    """A service that is put together, and not open yet."""

    def __init__(
        self,
        routes: Iterable[MockRoute[NameT]],
        origin: Origin,
        limits: Limits,
        *,
        keep: Keep | None,
        strict: bool | Collection[StrictCheck],
        prefix: str = "",
    ) -> None:
        """Take what `start_service` was given; `prefix` stands before every path.

        Raises `ValueError` or `TypeError` for what is wrong with it.
        """
        if not isinstance(routes, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may
            raise TypeError(f"routes={routes!r}: give a list of MockRoute(...)")
        declared = list(routes)
        self.strict = strict_checks(strict)
        check_keep(keep)
        if prefix:
            compile_routes(declared)  # so that what is wrong is told of routes as they were written
            declared = [replace(route, path=f"{prefix}{route.path}") for route in declared]
            self._dispatcher = compile_routes(declared)
        else:
            self._dispatcher = dispatcher_of(declared)
        self._names = frozenset(route.handler_name for route in declared)
        self._strictness = Strictness(self.strict, declared)
        self._responses = route_responses(declared)
        self._handlers: dict[str, BaseMockResponse] = dict(self._responses)
        self._errors: deque[HandlerFailure] = deque(maxlen=FAILURES_KEPT)
        self._service: MockService[NameT] | None = None
        self._client_max_size = limits.client_max_size
        applications = Applications(self._make_application, self._dispatcher)
        surroundings = Routed(self._dispatcher, applications, origin)

        def make_call(stored: StoredCall) -> RequestHistory:
            return from_source(RecordedCall(stored, surroundings))

        self.site = Site(
            loop=origin.loop,
            dispatcher=self._dispatcher,
            applications=applications,
            history=History(make_call, view_of_call, _keeps(declared, keep)),
            responders=self._handlers,
            origin=origin,
            limits=limits,
            fail=self._fail,
        )
        surroundings.injected_names = self.site.injected_names
        self.site.lane = make_lane(self.site)
        self.site.tolerant = self._strictness.lenient("unmatched")

    def _make_application(self) -> web.Application:
        app = web.Application(client_max_size=self._client_max_size)
        app[SERVICE_KEY] = cast(MockService[str], self._service)  # NameT is a kind of str
        return app

    def _fail(self, handler_name: str, error: BaseException, call: RequestHistory) -> None:
        self._errors.append(HandlerFailure(handler_name, error, call))

    def warn(self, *, stacklevel: int) -> None:
        """Warn of routes that no request can select."""
        for route, reason in self._dispatcher.unreachable():
            warnings.warn(
                f"{route} can never be selected: {reason}",
                UnreachableRouteWarning,
                stacklevel=stacklevel,
            )

    def open(self, url: URL) -> MockService[NameT]:
        """Return what the user holds of the service, now that it listens."""
        site = self.site
        for response in self._responses.values():
            response.__rewind__()  # routes may have served a test before
        self._service = MockService(
            history=site.history.calls,
            history_map=site.history.by_handler,
            url=url,
            handlers=self._handlers,
            _handler_names=self._names,
            errors=self._errors,
            account=site.account,
            _site=site,
            _saved=self._responses,
            _strict=self.strict,
        )
        return self._service

    def check(self, failure: BaseException | None) -> None:
        """Raise what is wrong with a service that was left, and with what it was left.

        What is no `Exception` (an outcome of pytest's, a cancellation, an interrupt) has to stay
        what it is, so it gets a note.
        """
        service = cast(MockService[str], self._service)
        site = self.site
        wrong = self._strictness.error(
            service,
            unmatched=site.account.unmatched - site.tolerated,
            undecided=site.undecided,
        )
        if isinstance(failure, Exception) and wrong is not None:
            raise ExceptionGroup("the test failed, and the service is strict", [failure, wrong])
        if failure is not None:
            if wrong is not None:
                failure.add_note(str(wrong))
            raise failure
        if wrong is not None:
            raise wrong


def _keeps(routes: Sequence[MockRoute[NameT]], keep: Keep | None) -> dict[str, Keep]:
    """Return what is kept of the calls of each handler of which not everything is kept."""
    if keep is None and all(route.keep is None for route in routes):
        return {}
    keeps: dict[str, Keep | None] = {}
    for route in routes:
        name, wanted = str.__str__(route.handler_name), route.keep or keep
        if keeps.setdefault(name, wanted) != wanted:
            raise ValueError(
                f"handler {name!r}: its routes keep different things, {keeps[name]} and {wanted}"
            )
    return {name: wanted for name, wanted in keeps.items() if wanted not in (None, Keep())}
