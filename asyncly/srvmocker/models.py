"""What a user holds: routes, recorded requests and the service.

Invariants: descriptions (`MockRoute`) are frozen; the service's assertions see what its
`history_map` holds at that moment, whoever put it there.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Mapping, MutableMapping, MutableSequence
from dataclasses import dataclass, field
from typing import Final, Generic

from yarl import URL

from asyncly.srvmocker._door.account import Account
from asyncly.srvmocker.assertions import check_called, check_not_called
from asyncly.srvmocker.matching import Match
from asyncly.srvmocker.recorded import RecordedRequest, RequestHistory
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response
from asyncly.srvmocker.typing import NameT, Value

__all__ = ("HandlerFailure", "MockRoute", "MockService", "RecordedRequest", "RequestHistory")

_FAILURES_KEPT: Final = 1000


@dataclass(frozen=True)
class MockRoute(Generic[NameT]):
    """Binds a method and a path to a named handler.

    Args:
        method: Any method name, in any case, or `*` for every method.
        path: An aiohttp route pattern: `/items`, `/items/{id}`, `/files/{tail:.*}`.
        handler_name: The name under which a response is registered and calls are recorded.
        match: What a request must look like; `None` takes every request. Of several routes with
            one method and path, the first whose match holds is selected.

    Example:
        >>> from asyncly.srvmocker import Match, MockRoute
        >>> routes = [
        ...     MockRoute("POST", "/items", "create_book", Match(json={"kind": "book"})),
        ...     MockRoute("POST", "/items", "create_other"),
        ... ]
    """

    method: str
    path: str
    handler_name: NameT
    match: Match | None = None


class HandlerFailure:
    """An exception that kept a handler from answering; the client saw a 500.

    Args:
        handler_name: The handler whose response failed.
        exception: What was raised; a `MissingResponseError` where no response is registered.
        call: The request that was to be answered.

    Example:
        >>> from asyncly.srvmocker import MockRoute, start_service
        >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         response = await client.get("/")
        >>> response.status, service.errors[0].handler_name
        (500, 'home')
        >>> service.errors[0].exception
        MissingResponseError("handler 'home' has no response: call service.register('home', ...) \
before the request")
    """

    __slots__ = ("_call", "_exception", "_handler_name")

    def __init__(self, handler_name: str, exception: Exception, call: RequestHistory) -> None:
        self._handler_name = handler_name
        self._exception = exception
        self._call = call

    @property
    def handler_name(self) -> str:
        """The handler whose response failed; empty where a route's own predicate did."""
        return self._handler_name

    @property
    def exception(self) -> Exception:
        """What was raised."""
        return self._exception

    @property
    def call(self) -> RequestHistory:
        """The request that was to be answered."""
        return self._call

    def __repr__(self) -> str:
        return f"<HandlerFailure of {self._handler_name!r}: {self._exception!r}>"


def _plain(name: object) -> str:
    """Return the text of a handler name, which may be the member of an enumeration."""
    return str.__str__(name) if isinstance(name, str) else str(name)


def _quoted(name: object) -> str:
    return repr(_plain(name))


class _NotDeclared(frozenset[str]):
    """Stands for names that nobody told: then none can be unknown."""


_NOT_DECLARED: Final[frozenset[str]] = _NotDeclared()


@dataclass(frozen=True)
class MockService(Generic[NameT]):
    """A running mock server, as `start_service` yields it.

    Attributes:
        history: Every recorded request, oldest first.
        history_map: The recorded requests of each handler.
        url: The base URL of the server.
        handlers: The registered response of each handler.
        errors: The last exceptions that made a handler answer 500, oldest first.
        account: How many requests were received, and what became of them.

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
        default_factory=lambda: deque(maxlen=_FAILURES_KEPT)
    )
    account: Account = field(default_factory=Account, compare=False)

    def register(self, name: NameT, resp: BaseMockResponse) -> None:
        """Set or replace the response of a handler; the next request gets it.

        Args:
            name: A handler name that a route declares. Another name is registered all the same,
                with a `DeprecationWarning`.
            resp: The response.

        Raises:
            TypeError: `resp` is not a `BaseMockResponse`.

        Example:
            >>> from asyncly.srvmocker import MockRoute, RawResponse, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.register("home", RawResponse(b"hello"))
        """
        if name not in self._handler_names and self._handler_names is not _NOT_DECLARED:
            declared = sorted(_plain(known) for known in self._handler_names)
            warnings.warn(
                f"no route declares the handler {_quoted(name)}; declared: {declared}. "
                "A later release will raise UnknownHandlerError",
                DeprecationWarning,
                stacklevel=2,
            )
        self.handlers[name] = check_response(resp)

    def get_calls(self, name: NameT) -> list[RequestHistory]:
        """Return the recorded requests of a handler, oldest first; none for an unknown name.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.get_calls("home")
            []
        """
        return list(self.history_map.get(name, ()))

    def last_call(self, name: NameT) -> RequestHistory:
        """Return the latest recorded request of a handler.

        Raises:
            AssertionError: The handler was not called.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.last_call("home")
            Traceback (most recent call last):
            AssertionError: no calls recorded for handler 'home'
        """
        calls = self.history_map.get(name)
        if not calls:
            raise AssertionError(f"no calls recorded for handler {_quoted(name)}")
        return calls[-1]

    def assert_called(
        self,
        name: NameT,
        *,
        times: int | None = None,
        json: Value = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
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
            AssertionError: It is not so.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.assert_called("home", times=1)
            Traceback (most recent call last):
            AssertionError: handler 'home': expected 1 call(s), got 0
        """
        check_called(
            f"handler {_quoted(name)}",
            self.history_map.get(name, ()),
            times=times,
            json=json,
            body=body,
            headers=headers,
            query=query,
        )

    def assert_not_called(self, name: NameT) -> None:
        """Assert that a handler was not called.

        Raises:
            AssertionError: It was.

        Example:
            >>> from asyncly.srvmocker import MockRoute, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     service.assert_not_called("home")
        """
        check_not_called(f"handler {_quoted(name)}", self.history_map.get(name, ()))
