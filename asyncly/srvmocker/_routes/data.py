"""The routes of a file, or of a literal.

Invariant: where an error is raised, nothing was made that somebody else could see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from asyncly.srvmocker._routes.answers import Answers
from asyncly.srvmocker._routes.matches import Matches
from asyncly.srvmocker._routes.schema import AnswerData, RouteData, RoutesData, checked, kind_of
from asyncly.srvmocker._routes.teller import Teller
from asyncly.srvmocker.exceptions import RoutesError
from asyncly.srvmocker.handlers import compile_routes
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.retention import Keep
from asyncly.srvmocker.routes import MockRoute, route_responses

__all__ = ("routes_of",)


def routes_of(data: object, file: str, folder: Path) -> list[MockRoute]:
    """Make the routes; `file` is what errors call the data, paths in it begin at `folder`."""
    if isinstance(data, Mapping):
        everything = dict(cast("Mapping[object, object]", data))
    elif isinstance(data, (list, tuple)):
        everything = {"routes": list(cast("Sequence[object]", data))}
    else:
        raise RoutesError(
            file,
            "",
            f"expected a list of routes, or a mapping with one under 'routes', got {kind_of(data)}",
        )
    return _Builder(Teller(file), folder).routes(checked(everything, RoutesData, file=file))


class _Builder:
    """Makes routes of data."""

    def __init__(self, teller: Teller, folder: Path) -> None:
        self._teller = teller
        self._matches = Matches(teller)
        self._answers = Answers(teller, folder)
        self._made: dict[str, tuple[AnswerData, BaseMockResponse]] = {}

    def routes(self, given: RoutesData) -> list[MockRoute]:
        """Make the routes."""
        self._answers.begin_scenarios(given)
        made: list[MockRoute] = []
        answering: dict[str, MockRoute] = {}
        for number, entry in enumerate(given.routes):
            key = f"routes[{number}]"
            route = self._route(key, entry)
            with self._teller.at(key):
                compile_routes([route])
            made.append(route)
            if route.response is not None:
                first = answering.setdefault(route.handler_name, route)
                with self._teller.at(f"{key}.response"):
                    route_responses((first, route))
        self._answers.check_scenarios()
        return made

    def _route(self, key: str, given: RouteData) -> MockRoute:
        keep = None
        if given.keep is not None:
            with self._teller.at(f"{key}.keep"):
                keep = Keep(given.keep.last, given.keep.every, given.keep.bodies)
        return MockRoute(
            given.method,
            given.path,
            given.handler,
            None if given.match is None else self._matches.match(f"{key}.match", given.match),
            keep=keep,
            lenient=given.lenient,
            response=(
                None
                if given.response is None
                else self._response_of(given.handler, f"{key}.response", given.response)
            ),
        )

    def _response_of(self, handler: str, key: str, given: AnswerData) -> BaseMockResponse:
        """Make the response of a handler, once for all routes that say the same."""
        known = self._made.get(handler)
        # Their texts too, since 1 == True == 1.0, and a client can tell them apart.
        if known is not None and known[0] == given and repr(known[0]) == repr(given):
            return known[1]
        response = self._answers.response(key, given)
        self._made.setdefault(handler, (given, response))
        return response
