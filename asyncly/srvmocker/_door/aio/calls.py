"""Where the facts of a recorded request come from.

A call is either given (a user has an aiohttp request in hand) or recorded (bytes in the journal).
Both offer the same: a view, the aiohttp request, and the route that was selected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from asyncly.srvmocker._core.request import RequestView, encode_fields, encode_start
from asyncly.srvmocker._door.aio import aioweb as web

if TYPE_CHECKING:
    # Not imported with the package: a program that only makes routes needs no dispatcher.
    from asyncly.srvmocker._core.matching.dispatch import Dispatcher
    from asyncly.srvmocker._core.record.journal import StoredCall
    from asyncly.srvmocker._door.aio.requests import Applications, Origin, Selection

__all__ = (
    "CallSource",
    "GivenCall",
    "LiveView",
    "RecordedCall",
    "Routed",
    "StoredSource",
    "Surroundings",
    "ViewedCall",
    "view_of",
)


class LiveView(RequestView):
    """A view of a request that is being taken in, for predicates that want aiohttp's."""

    make_request: Callable[[RequestView], web.BaseRequest]

    @property
    def request(self) -> web.BaseRequest:
        """The request as aiohttp sees it."""
        return self.make_request(self)


def view_of(request: web.BaseRequest, body: bytes) -> LiveView:
    """Return the core's view of an aiohttp request whose body has been read."""
    method, target, version = request.method, request.raw_path, request.version
    view = LiveView(
        encode_start(method, target, (version.major, version.minor)),
        encode_fields(request.raw_headers),
        body,
    )
    view.told(method=method, target=target, headers=request.headers, rel_url=request.rel_url)
    view.make_request = lambda _: request
    view.params = lambda: dict(request.match_info) if isinstance(request, web.Request) else {}
    return view


class CallSource(Protocol):
    """The facts of one call."""

    @property
    def view(self) -> RequestView:
        """The request as the core sees it."""
        ...

    @property
    def request(self) -> web.BaseRequest:
        """The request as aiohttp sees it."""
        ...

    @property
    def path_params(self) -> Mapping[str, str]:
        """The path parameters."""
        ...

    @property
    def handler_name(self) -> str:
        """The handler, or an empty string."""
        ...

    @property
    def injected(self) -> str | None:
        """The name of what was injected, or `None`."""
        ...

    @property
    def identity(self) -> object:
        """Equal for two sources of one call."""
        ...


class _Unrecorded:
    """What is known of a call that no service has recorded."""

    __slots__ = ()

    @property
    def handler_name(self) -> str:
        """Not known."""
        return ""

    @property
    def injected(self) -> str | None:
        """Not known."""
        return None


class GivenCall(_Unrecorded):
    """A call that somebody made of an aiohttp request."""

    def __init__(self, request: web.BaseRequest, body: bytes) -> None:
        self._request = request
        self._view: RequestView = view_of(request, body)

    @property
    def request(self) -> web.BaseRequest:
        """The request that was given."""
        return self._request

    @property
    def view(self) -> RequestView:
        """The request as the core sees it."""
        return self._view

    @property
    def path_params(self) -> Mapping[str, str]:
        """The `match_info` of the request, where it has one."""
        return dict(self._request.match_info) if isinstance(self._request, web.Request) else {}

    @property
    def identity(self) -> object:
        """The request and body themselves."""
        return (id(self._request), self._view.body)


class ViewedCall(_Unrecorded):
    """A request that is being matched: of which nothing but the view is there yet.

    `recall` makes the aiohttp request, `params` tells the path parameters.
    """

    __slots__ = ("_params", "_recall", "view")

    def __init__(
        self,
        view: RequestView,
        recall: Callable[[RequestView], web.BaseRequest] | None,
        params: Callable[[RequestView], Mapping[str, str]],
    ) -> None:
        self.view: RequestView = view
        self._recall = recall
        self._params = params

    @property
    def request(self) -> web.BaseRequest:
        """The request as aiohttp sees it, made on first use."""
        if isinstance(self.view, LiveView):
            return self.view.request
        assert self._recall is not None, "only requests in progress are matched against routes"
        return self._recall(self.view)

    @property
    def path_params(self) -> Mapping[str, str]:
        """The path parameters."""
        return dict(self._params(self.view))

    @property
    def identity(self) -> object:
        """The bytes of the request."""
        return (self.view.head, self.view.body)


class Surroundings:
    """What the recorded calls of one server have in common: where it listened."""

    __slots__ = ("origin",)

    def __init__(self, origin: Origin) -> None:
        self.origin = origin


class Routed(Surroundings):
    """What those of a service have in common: its routes too, and what it injects."""

    __slots__ = ("applications", "dispatcher", "injected_names")

    def __init__(self, dispatcher: Dispatcher, applications: Applications, origin: Origin) -> None:
        super().__init__(origin)
        self.dispatcher = dispatcher
        self.applications = applications
        self.injected_names: list[str] = [""]


A = TypeVar("A", bound=Surroundings)


class StoredSource(_Unrecorded, Generic[A]):
    """A call out of the journal of a server that has neither routes nor handlers."""

    def __init__(self, stored: StoredCall, around: A) -> None:
        self._stored = stored
        self._around = around
        self._request: web.BaseRequest | None = None

    @property
    def view(self) -> RequestView:
        """The request as the core sees it."""
        return self._stored.view

    @property
    def request(self) -> web.BaseRequest:
        """The request as aiohttp sees it, made on first use."""
        if self._request is None:
            from asyncly.srvmocker._door.aio.requests import (  # noqa: PLC0415 - it needs aiohttp.web
                recall,
            )

            self._request = recall(self.view, self._selection(), self._around.origin)
        return self._request

    def _selection(self) -> Selection | None:
        """Return what was selected for the request, if anything was."""
        return None

    @property
    def path_params(self) -> Mapping[str, str]:
        """There are none."""
        return {}

    @property
    def identity(self) -> object:
        """The arrival time, which no two calls of a journal share."""
        return (id(self._around), self._stored.when)


class RecordedCall(StoredSource[Routed]):
    """A call out of the journal of a service."""

    def _selection(self) -> Selection:
        from asyncly.srvmocker._door.aio.requests import (  # noqa: PLC0415 - it needs aiohttp.web
            Selection,
        )

        route = self._around.dispatcher.routes[self._stored.route]
        return Selection(self._around.applications, route, lambda: self.path_params)

    @property
    def path_params(self) -> Mapping[str, str]:
        """The path parameters, decoded from the recorded target."""
        found = self._around.dispatcher.resolve(self.view.method, self.view.rel_url.path_safe)
        return dict(found[1]) if isinstance(found, tuple) else {}

    @property
    def handler_name(self) -> str:
        """The handler that was selected."""
        return self._around.dispatcher.routes[self._stored.route].handler_name

    @property
    def injected(self) -> str | None:
        """The name of what was injected, or `None`."""
        number = self._stored.injected
        return self._around.injected_names[number] if number else None
