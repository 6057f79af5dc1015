"""What a route asks of a request beyond its method and path.

Invariant: a `Match` is a description. It is compiled once, by the service that it is given to or
when `matches` is first called; a later change to a dict that was given to it has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from asyncly.srvmocker._core.criteria import (
    Compiled,
    check_body,
    check_texts,
    compile_criteria,
    opaque,
)
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._door import aioweb as web
from asyncly.srvmocker._door.calls import LiveView, view_of
from asyncly.srvmocker.typing import Value

__all__ = ("Match", "compile_match")


@dataclass(frozen=True)
class Match:
    """Criteria that a request must satisfy, all of them; `None` means that one is not given.

    Args:
        json: The parsed JSON body equals this value, as Python's `==` has it between what the
            standard `json` module parses and this: `1 == 1.0 == True`, integers are exact, a NaN
            never equals. Objects with an `__eq__` of their own may stand anywhere in it. A body
            that cannot be decoded never equals.
        body: The bytes of the body equal these.
        headers: Each name, in any case, is present and its first value equals (RFC 9110 5.1).
        query: Each key is present and its first decoded value equals.

    Example:
        >>> from asyncly.srvmocker import Match, MockRoute
        >>> routes = [
        ...     MockRoute("POST", "/pay", "declined", Match(json={"card": "4000-0002"})),
        ...     MockRoute("POST", "/pay", "traced", Match(headers={"X-Trace": "on"})),
        ...     MockRoute("POST", "/pay", "accepted"),
        ... ]
    """

    json: Value = None
    body: bytes | None = None
    headers: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if self.body is not None:
            check_body(self.body)
        for name, given in (("headers", self.headers), ("query", self.query)):
            if given is not None:
                check_texts(name, given)
                object.__setattr__(self, name, dict(given))

    @cached_property
    def _compiled(self) -> Compiled:
        return compile_criteria(
            json=self.json, body=self.body, headers=self.headers, query=self.query
        )

    def compiled(self) -> Compiled:
        """Return the criteria as the dispatcher asks them; compiled at most once."""
        return self._compiled

    def matches(self, request: web.BaseRequest, body: bytes) -> bool:
        """Whether a request with this body satisfies all criteria.

        A subclass may override it; the service then asks it about every request of the group.

        Args:
            request: The request.
            body: The bytes of its body.

        Example:
            >>> from aiohttp.test_utils import make_mocked_request
            >>> from asyncly.srvmocker import Match
            >>> Match(query={"page": "2"}).matches(make_mocked_request("GET", "/?page=2"), b"")
            True
        """
        return self._compiled.holds(view_of(request, body))

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_compiled"}


_ANYTHING: Final = compile_criteria()


def compile_match(
    match: Match | None, recall: Callable[[RequestView], web.BaseRequest] | None = None
) -> Compiled:
    """Compile a match; one with a `matches` of its own is asked each time.

    `recall` makes the aiohttp request of a call that has been recorded.

    Example:
        >>> from asyncly.srvmocker.matching import compile_match
        >>> compile_match(None).test is None
        True
    """
    if match is None:
        return _ANYTHING
    if type(match).matches is Match.matches:
        return match.compiled()

    def matches(view: RequestView) -> bool:
        if isinstance(view, LiveView):
            request = view.request
        else:
            assert recall is not None, "only requests in progress are matched against routes"
            request = recall(view)
        return bool(match.matches(request, view.body))

    return opaque(matches, f"{type(match).__qualname__}.matches")
