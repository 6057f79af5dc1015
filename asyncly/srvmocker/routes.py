"""What a service answers to.

Invariant: a route is a description; it is frozen, and compiled by the service that it is given to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic

from asyncly.srvmocker.matching import Match, check_match
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response
from asyncly.srvmocker.strictness import StrictCheck, check_strict
from asyncly.srvmocker.typing import NameT

# `route_responses` is for the package's own modules, and no part of its interface.
if TYPE_CHECKING:
    from asyncly.srvmocker.retention import Keep

__all__ = ("MockRoute",)


@dataclass(frozen=True)
class MockRoute(Generic[NameT]):
    """Binds a method and a path to a named handler.

    Args:
        method: Any method name, in any case, or `*` for every method.
        path: An aiohttp route pattern: `/items`, `/items/{id}`, `/files/{tail:.*}`.
        handler_name: The name under which a response is registered and calls are recorded.
        match: What a request must look like; `None` takes every request. Of several routes with
            one method and path, the first whose match holds is selected.
        keep: What is kept of the calls of this handler; `None`: what the service keeps.
        lenient: What a strict service lets pass on this route, see `start_service`.
        response: The response of this handler: it is registered when a service starts, and begins
            anew then, so make it anew for services that run at once; `reset(restore=True)` goes
            back to it. Other routes of the handler may leave it out.

    Raises:
        TypeError: `match`, `keep`, `lenient` or `response` is not of its kind.
        ValueError: `lenient` names no check.

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
    keep: Keep | None = field(default=None, kw_only=True, repr=False)
    lenient: Collection[StrictCheck] = field(default=(), kw_only=True, repr=False)
    # A user's own response need not be hashable.
    response: BaseMockResponse | None = field(default=None, kw_only=True, repr=False, hash=False)

    def __post_init__(self) -> None:
        if self.match is not None:
            check_match(self.match)
        object.__setattr__(self, "lenient", check_strict("lenient", self.lenient))
        if self.keep is not None:
            from asyncly.srvmocker.retention import check_keep  # noqa: PLC0415 - rarely needed

            check_keep(self.keep)
        if self.response is not None:
            check_response(self.response)


def route_responses(routes: Iterable[MockRoute[NameT]]) -> dict[str, BaseMockResponse]:
    """Return the responses that routes bring along, by handler.

    Raises `ValueError` where routes of one handler bring different ones.

    Example:
        >>> from asyncly.srvmocker import MockRoute, RawResponse
        >>> from asyncly.srvmocker.routes import route_responses
        >>> routes = [
        ...     MockRoute("GET", "/", "home", response=RawResponse(b"read")),
        ...     MockRoute("PUT", "/", "home", response=RawResponse(b"written")),
        ... ]
        >>> route_responses(routes)
        Traceback (most recent call last):
        ValueError: handler 'home': its routes have different responses, ...
    """
    found: dict[str, BaseMockResponse] = {}
    for route in routes:
        response = route.response
        if response is None:
            continue
        name = str.__str__(route.handler_name)
        if found.setdefault(name, response) is not response:
            raise ValueError(
                f"handler {name!r}: its routes have different responses, {found[name]!r} and "
                f"{response!r}: give it to one of them, or use two handlers"
            )
    return found
