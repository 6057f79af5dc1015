"""What a user holds: the service. Routes and recorded requests have their names here too.

Invariant: the service's assertions see what its `history_map` holds at that moment, whoever put it
there.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import (
    Iterable,
    Mapping,
    MutableMapping,
    MutableSequence,
    Sequence,
)
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, cast

from yarl import URL

from asyncly.srvmocker._core.record.question import Question, Record
from asyncly.srvmocker._core.record.sequences import CallSequence
from asyncly.srvmocker._door.account import Account
from asyncly.srvmocker.calls import Calls
from asyncly.srvmocker.controls import Controls
from asyncly.srvmocker.exceptions import (
    NotKeptError,
    SrvMockerError,
    UnknownHandlerError,
    leaves_out_frames,
)
from asyncly.srvmocker.failures import FAILURES_KEPT, HandlerFailure
from asyncly.srvmocker.recorded import RecordedRequest, RequestHistory, view_of_call
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response
from asyncly.srvmocker.routes import MockRoute
from asyncly.srvmocker.strictness import StrictCheck
from asyncly.srvmocker.typing import Expected, NameT, Value

if TYPE_CHECKING:
    from asyncly.srvmocker._door.site import Site
    from asyncly.srvmocker.counts import Counts
    from asyncly.srvmocker.injection import Injection, Wrapper
    from asyncly.srvmocker.schedules import Decide, Schedule
    from asyncly.srvmocker.unmatched import UnmatchedRequest

__all__ = ("HandlerFailure", "MockRoute", "MockService", "RecordedRequest", "RequestHistory")

__tracebackhide__ = leaves_out_frames


def _plain(name: object) -> str:
    """Return the text of a handler name, which may be the member of an enumeration."""
    return str.__str__(name) if isinstance(name, str) else str(name)


def _quoted(name: object) -> str:
    return repr(_plain(name))


class _NotDeclared(frozenset[str]):
    """Stands for names that nobody told: then none can be unknown."""


_NOT_DECLARED: Final[frozenset[str]] = _NotDeclared()


@dataclass(frozen=True)
class MockService(Controls, Generic[NameT]):
    """A running mock server, as `start_service` yields it.

    Attributes:
        history: Every recorded request, oldest first.
        history_map: The recorded requests of each handler.
        url: The base URL of the server.
        handlers: The registered response of each handler.
        errors: The last exceptions that made a handler answer 500, oldest first.
        account: How many requests were received, and what became of them.

    Beside what the published package has, `calls` is where counting, waiting and looking through
    what came begins, and `counts` tells what became of it.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, MockRoute, start_service
        >>> async with start_service([MockRoute("POST", "/items", "create")]) as service:
        ...     service.register("create", JsonResponse({"id": 7}, status=201))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         response = await client.post("/items", json={"name": "lamp"})
        ...     service.assert_called("create", times=1, json={"name": "lamp"})
    """

    history: MutableSequence[RequestHistory]
    history_map: MutableMapping[str, MutableSequence[RequestHistory]]
    url: URL
    handlers: MutableMapping[str, BaseMockResponse]
    _handler_names: frozenset[str] = _NOT_DECLARED
    errors: MutableSequence[HandlerFailure] = field(
        default_factory=lambda: deque(maxlen=FAILURES_KEPT)
    )
    account: Account = field(default_factory=Account, compare=False)
    _site: Site[RequestHistory] | None = field(default=None, repr=False, compare=False)
    _saved: dict[str, BaseMockResponse] = field(
        default_factory=dict[str, BaseMockResponse], repr=False, compare=False
    )
    _strict: frozenset[StrictCheck] = field(default=frozenset(), repr=False, compare=False)

    def register(self, name: NameT, resp: BaseMockResponse) -> None:
        """Set or replace the response of a handler; the next request gets it.

        Args:
            name: A handler name that a route declares. Another name is registered all the same,
                with a `DeprecationWarning`.
            resp: The response.

        Raises:
            TypeError: `resp` is not a `BaseMockResponse`.
            UnknownHandlerError: The service is strict, and no route declares the name.

        Example:
            >>> from asyncly.srvmocker import MockRoute, RawResponse, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.register("home", RawResponse(b"hello"))
        """
        self._check_named(name)
        if name not in self._handler_names and self._handler_names is not _NOT_DECLARED:
            declared = sorted(_plain(known) for known in self._handler_names)
            warnings.warn(
                f"no route declares the handler {_quoted(name)}; declared: {declared}. "
                "A later release will raise UnknownHandlerError",
                DeprecationWarning,
                stacklevel=2,
            )
        self.handlers[name] = check_response(resp)

    def inject(
        self,
        injected: BaseMockResponse | Wrapper,
        *,
        when: Schedule | Decide | None = None,
        handlers: Iterable[NameT] | None = None,
        name: str | None = None,
    ) -> Injection:
        """Let something else answer some of the calls, from now until it is switched off.

        Args:
            injected: What answers: a response, or a function that makes one of the registered
                response, such as `Delay(0.5)`.
            when: Which calls: a schedule, or a function of the call's number and of the seconds
                since it was switched on. Not given: every call.
            handlers: The handlers whose calls may be meant. Not given: all.
            name: What `RecordedRequest.injected` tells. Not given: the name of its class.

        Returns:
            The injection: it counts, can be switched off and on, and is off when a `with` block of
            it is left. Where several mean a call, the one that was made first answers.

        Raises:
            SrvMockerError: The service is none that `start_service` started.
            TypeError: `injected` or `when` is not of its kind.
            UnknownHandlerError: No route declares a name.
            ValueError: `handlers` or `name` is empty.

        Example:
            >>> from asyncly.srvmocker import CallNumbers, MockRoute, RawResponse, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.register("home", RawResponse(b"hello"))
            ...     service.inject(RawResponse(status=503), when=CallNumbers(2), name="down")
            ...     async with aiohttp.ClientSession(service.url) as client:
            ...         [(await client.get("/")).status for _ in range(3)]
            ...     [call.injected for call in service.calls()]
            <Injection 'down', on, 0 so far>
            [200, 503, 200]
            [None, 'down', None]
        """
        from asyncly.srvmocker._door.injections import injections_of  # noqa: PLC0415 - rarely needed
        from asyncly.srvmocker.injection import make_injection  # noqa: PLC0415 - rarely needed

        if self._site is None:
            raise SrvMockerError("only a service that start_service started answers calls")
        injections = injections_of(self._site)
        return make_injection(injections, self._check_declared, injected, when, handlers, name)

    def get_calls(self, name: NameT) -> list[RequestHistory]:
        """Return the recorded requests of a handler, oldest first; none for an unknown name.

        Raises:
            UnknownHandlerError: The service is strict, and no route declares the name.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.get_calls("home")
            []
        """
        self._check_named(name)
        return list(self.history_map.get(name, ()))

    def last_call(self, name: NameT) -> RequestHistory:
        """Return the latest recorded request of a handler.

        Raises:
            AssertionError: The handler was not called.
            NotKeptError: Its latest call was not kept.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.last_call("home")
            Traceback (most recent call last):
            AssertionError: no calls recorded for handler 'home'
        """
        calls = self.history_map.get(name, ())
        unkept = calls.unkept if isinstance(calls, CallSequence) else 0
        if unkept and not (self._site and self._site.history.keeps_latest(name) and calls):
            raise NotKeptError(
                f"handler {_quoted(name)}: the latest of {len(calls) + unkept} call(s) was not "
                "kept; keep it with Keep(last=1), of the service or the route"
            )
        if calls:
            return calls[-1]
        raise self._noted(AssertionError(f"no calls recorded for handler {_quoted(name)}"), name)

    def assert_called(
        self,
        name: NameT,
        *,
        times: int | None = None,
        json: Value = None,
        body: Expected = None,
        headers: Mapping[str, Expected] | None = None,
        query: Mapping[str, Expected] | None = None,
    ) -> None:
        """Assert that a handler was called, and that at least one call looks as given.

        Args:
            name: The handler.
            times: The number of all calls of the handler, whatever they look like.
            json: The parsed JSON body of at least one call equals this, as `==` has it.
            body: The bytes of its body equal these.
            headers: These header fields are present; the first value of each equals.
            query: These query parameters are present; the first decoded value of each equals.

        Raises:
            CallAssertionError: It is not so; the text tells what came nearest.
            UnknownHandlerError: The service is strict, and no route declares the name.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.assert_called("home", times=1)
            Traceback (most recent call last):
            asyncly.srvmocker.exceptions.CallAssertionError: handler 'home': expected 1 \
call(s), got 0
        """
        from asyncly.srvmocker.assertions import check_called  # noqa: PLC0415 - on first use

        self._check_named(name)
        try:
            check_called(
                f"handler {_quoted(name)}",
                self.history_map.get(name, ()),
                times=times,
                json=json,
                body=body,
                headers=headers,
                query=query,
                question=self._question(name),
            )
        except AssertionError as error:
            self._noted(error, name)
            raise

    def calls(self, *names: NameT) -> Calls:
        """Return the calls of these handlers; none given: of all.

        They can be counted, narrowed, awaited, looked through and asserted on.

        Raises:
            UnknownHandlerError: No route declares a name.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> routes = [MockRoute("GET", "/", "home"), MockRoute("POST", "/", "save")]
            >>> async with start_service(routes) as service:
            ...     service.calls("home").assert_count(0)
            ...     service.calls("home", "save").assert_count(at_most=10)
        """
        for name in names:
            self._check_declared(name)
        return Calls(self._question(*names), self._site)

    def _question(self, *names: NameT) -> Question[RequestHistory]:
        site = self._site
        record = Record(
            self.history,
            self.history_map,
            view_of_call,
            lambda call: call.handler_name,
            None if site is None else site.history,
            unmatched=lambda: [(each.view, each.status) for each in site.unmatched] if site else [],
        )
        return Question(record, tuple(dict.fromkeys(map(_plain, names))))

    def counts(self, *names: NameT) -> Counts:
        """Return how many calls these handlers had, and what became of them; none given: all.

        The numbers are exact whatever the history keeps, and also when it was cleared.

        Raises:
            UnknownHandlerError: No route declares a name.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.counts("home").calls
            0
        """
        for name in names:
            self._check_declared(name)
        ledgers = {} if self._site is None else self._site.by_handler
        chosen = [_plain(name) for name in dict.fromkeys(names)] or list(ledgers)
        from asyncly.srvmocker.counts import count  # noqa: PLC0415 - on first use

        return count(ledgers[name] for name in chosen if name in ledgers)

    async def wait_for_calls(
        self,
        name: NameT,
        *,
        times: int = 1,
        timeout: float | None = 5.0,  # noqa: ASYNC109 - its error tells what did come
    ) -> Calls:
        """Wait until a handler has had so many calls; short for `calls(name).wait(...)`.

        Raises:
            CallTimeoutError: They did not come in time; the text tells which did.
            UnknownHandlerError: No route declares the name.
            ValueError: `times` is less than 1, or `timeout` is negative.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     await service.wait_for_calls("home", times=3, timeout=0.01)
            Traceback (most recent call last):
            asyncly.srvmocker.exceptions.CallTimeoutError: handler 'home': expected 3 call(s) \
within 0.01 s, got 0
        """
        return await self.calls(name).wait(times, timeout=timeout)

    def assert_order(self, *steps: NameT | Calls, exactly: bool = False) -> None:
        """Assert that calls came in this order, whatever came between.

        Args:
            steps: A handler each, or some of its calls (`service.calls("x").matching(...)`).
            exactly: The handlers of the steps had no other calls than these.

        Raises:
            CallAssertionError: They did not.
            NotKeptError: It cannot be known, as calls were not kept.
            UnknownHandlerError: No route declares a name.
            ValueError: There are no steps.

        Example:
            >>> from asyncly.srvmocker import MockRoute, RawResponse, start_service
            >>> routes = [MockRoute("POST", "/login", "login"), MockRoute("GET", "/", "home")]
            >>> async with start_service(routes) as service:
            ...     service.register("login", RawResponse())
            ...     service.register("home", RawResponse())
            ...     async with aiohttp.ClientSession(service.url) as client:
            ...         response = await client.post("/login")
            ...         response = await client.get("/")
            ...     service.assert_order("login", "home", exactly=True)
        """
        wanted = [step if isinstance(step, Calls) else self.calls(step) for step in steps]
        names = dict.fromkeys(name for step in wanted for name in step.names)
        everyone = any(not step.names for step in wanted)
        together = self.calls() if everyone or not names else self._calls_of(names)
        together.assert_order(*wanted, exactly=exactly)

    def _calls_of(self, names: Iterable[str]) -> Calls:
        return cast("MockService[str]", self).calls(*names)

    @property
    def unmatched(self) -> Sequence[UnmatchedRequest]:
        """The last requests that no route answered (404, 405), oldest first, at most 1000.

        `account.unmatched` is how many there were.
        """
        site = self._site
        if site is None:
            return ()
        from asyncly.srvmocker.unmatched import UnmatchedRequest  # noqa: PLC0415 - on first use

        return [
            UnmatchedRequest(each.view, each.status, site, each.advice) for each in site.unmatched
        ]

    def assert_no_unmatched(self) -> None:
        """Assert that every request found a route.

        Raises:
            CallAssertionError: One did not; the text tells the last ones, and why.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/items", "list")]) as service:
            ...     async with aiohttp.ClientSession(service.url) as client:
            ...         response = await client.get("/item")
            ...     service.assert_no_unmatched()
            Traceback (most recent call last):
            asyncly.srvmocker.exceptions.CallAssertionError: expected no unmatched requests, got 1
            ...
        """
        if self.account.unmatched:
            from asyncly.srvmocker._core.explain.strictness import (  # noqa: PLC0415 - on failure
                unmatched_error,
            )

            raise unmatched_error(self.account.unmatched, self.unmatched)

    def report(self, path: str | PathLike[str], *, title: str = "") -> None:
        """Write what the service saw, for people and for programs.

        The page tells of every kept call and of all counts: when they came, how long they took,
        which requests found no route and why, what failed, and the last calls in full. It needs no
        network and no script. It may be asked for while the service runs, and afterwards.

        Args:
            path: `report.html` writes the page there and the same as JSON beside it, as
                `report.json`; `report.json` writes the JSON alone. Missing folders are made.
            title: What ran, such as the name of a test.

        Raises:
            ImportError: A page is wanted, and the extra `report` is not installed.
            OSError: A file cannot be written.
            SrvMockerError: The service is none that `start_service` started.
            ValueError: The path ends otherwise.

        Example:
            >>> import json, pathlib, tempfile
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> path = pathlib.Path(tempfile.mkdtemp(), "report.json")
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.report(path, title="nothing happened")
            >>> json.loads(path.read_bytes())["title"]
            'nothing happened'
        """
        from asyncly.srvmocker._gathering import gather  # noqa: PLC0415 - rarely needed
        from asyncly.srvmocker._report.files import write  # noqa: PLC0415 - rarely needed

        if self._site is None:
            raise SrvMockerError("only a service that start_service started has seen anything")
        write(gather(self, self._site, title), Path(path))

    def _check_named(self, name: NameT) -> None:
        """Raise for a name that no route declares, if the service is strict."""
        if "undeclared" in self._strict:
            self._check_declared(name)

    def _check_declared(self, name: NameT) -> None:
        undeclared = self._undeclared(name)
        if undeclared is not None:
            raise UnknownHandlerError(undeclared)

    def _noted(self, error: AssertionError, name: NameT) -> AssertionError:
        """Add to what failed that no route declares the handler, if so; its text stays."""
        undeclared = self._undeclared(name)
        if undeclared is not None:
            error.add_note(undeclared)
        return error

    def _undeclared(self, name: object) -> str | None:
        known = self._handler_names
        if isinstance(name, str) and (name in known or known is _NOT_DECLARED):
            return None
        from asyncly.srvmocker._undeclared import why_undeclared  # noqa: PLC0415 - on failure

        return why_undeclared(name, known)

    def assert_not_called(self, name: NameT) -> None:
        """Assert that a handler was not called.

        Raises:
            CallAssertionError: It was.
            UnknownHandlerError: The service is strict, and no route declares the name.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.assert_not_called("home")
        """
        from asyncly.srvmocker.assertions import check_not_called  # noqa: PLC0415 - on first use

        self._check_named(name)
        calls = self.history_map.get(name, ())
        check_not_called(f"handler {_quoted(name)}", calls, self._question(name))
