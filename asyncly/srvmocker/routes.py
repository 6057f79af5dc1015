"""What a service answers to.

Invariant: a route is a description; it is frozen, and compiled by the service that it is given to.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Generic

from asyncly.srvmocker.matching import Match
from asyncly.srvmocker.retention import Keep, check_keep
from asyncly.srvmocker.strictness import StrictCheck, check_strict
from asyncly.srvmocker.typing import NameT

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

    Raises:
        TypeError: `keep` or `lenient` is not of its kind.
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "lenient", check_strict("lenient", self.lenient))
        check_keep(self.keep)
