"""Which route a request selects.

Routes are grouped by method and path pattern; within a group the first route in order whose
criteria hold wins, and a route without criteria always holds. Groups are compiled once:

- few matchers: ordered closures, asked in turn;
- many plain JSON matchers, and nothing else asked for: a table from the body's bytes, or else from
  its value, to the route;
- many among others: an index of the same kind to the positions that expect the value, merged in
  order with the routes that no index can hold.

Invariant: the index and the ordered closures give the same answer; what cannot be frozen (nesting
beyond the recursion limit) is asked in turn.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from asyncly.srvmocker._core.jsonbody import INVALID, loads
from asyncly.srvmocker._core.matching.given import (
    ABSENT,
    Compiled,
    Predicate,
    asks_for_absence,
    why_no_fields,
)
from asyncly.srvmocker._core.matching.lookup import ByValue
from asyncly.srvmocker._core.matching.routing import (
    ANY_METHOD,
    Miss,
    Router,
    check_method,
    path_shape,
    variables_of,
    why_unmatchable,
)
from asyncly.srvmocker._core.raised import kept
from asyncly.srvmocker._core.request import RequestView

__all__ = ("NO_MATCH", "Dispatcher", "Group", "Route")

NO_MATCH: Final = "No MockRoute matched the request"
"""The reason of the 404 that a request gets whose group has no match for it."""

# From this many plain JSON matchers on, looking up is cheaper than asking in turn.
_INDEX_FROM: Final = 4


class Route:
    """A route as the core knows it; `number` is its position among all routes."""

    __slots__ = ("compiled", "handler_name", "method", "number", "path")

    def __init__(
        self, number: int, method: str, path: str, handler_name: str, compiled: Compiled
    ) -> None:
        self.number: int = number
        self.method: str = method
        self.path: str = path
        self.handler_name: str = handler_name
        self.compiled: Compiled = compiled

    def __str__(self) -> str:
        return f"route {self.number} ({self.method} {self.path} -> {self.handler_name!r})"


class Group:
    """The routes of one method and path pattern, in order."""

    __slots__ = ("choose", "only", "pure", "routes", "select")

    def __init__(self, routes: Sequence[Route]) -> None:
        end = next((n for n, r in enumerate(routes, 1) if r.compiled.test is None), len(routes))
        self.routes: tuple[Route, ...] = tuple(routes)
        self.pure: bool = all(route.compiled.pure for route in routes)
        """Whether the choice depends on the bytes of the request alone."""
        reachable = self.routes[:end]
        self.only: Route | None = reachable[0] if reachable[0].compiled.test is None else None
        """The route that takes every request of the group, if the first one does."""
        indexable = sum(route.compiled.json_key is not ABSENT for route in reachable)
        chooser: _Table | _Index | _Scan
        self.choose: Callable[[bytes], Route | None] | None = None
        """Returns what `select` does for a body, where nothing else matters."""
        if indexable < _INDEX_FROM:
            chooser = _Scan(reachable)
        elif all(map(_asks_json_alone, reachable)):
            chooser = _Table(reachable)
            self.choose = chooser.choose
        else:
            chooser = _Index(reachable)
        self.select: Callable[[RequestView], Route | None] = chooser.select
        """Return the first route that holds for a view, or `None`."""

    def shadowed(self) -> Iterator[tuple[Route, Route]]:
        """Yield each `(route, earlier route)` of the group that asks nothing new."""
        fallback: Route | None = None
        seen: dict[Hashable, Route] = {}
        for route in self.routes:
            signature = route.compiled.signature
            owner = fallback or seen.get(signature)
            if owner is not None:
                yield route, owner
            elif route.compiled.test is None:
                fallback = route
            elif signature is not None:
                seen[signature] = route


def _asks_json_alone(route: Route) -> bool:
    """Whether it asks for a plain JSON value and nothing else, or for nothing."""
    compiled = route.compiled
    return compiled.test is None or (compiled.json_key is not ABSENT and compiled.rest is None)


def _guarded(route: Route, test: Predicate | None) -> Predicate | None:
    """Let what a user's own code raises count as no match, and be known to the view."""
    if route.compiled.pure or test is None:
        return test
    number = route.number

    def holds(view: RequestView) -> bool:
        try:
            return test(view)
        except BaseException as error:  # noqa: BLE001 - whatever a user's own code raises
            view.raised = (*view.raised, (number, kept(error)))
            return False

    return holds


class _Scan:
    """Asks each route in turn."""

    __slots__ = ("_tests",)

    def __init__(self, routes: Sequence[Route]) -> None:
        self._tests = tuple((_guarded(route, route.compiled.test), route) for route in routes)

    def select(self, view: RequestView) -> Route | None:
        for test, route in self._tests:
            if test is None or test(view):
                return route
        return None


class _Table:
    """The routes of a group that asks for plain JSON values and nothing else, but for a fallback.

    Which of them is the first to hold is known for each value beforehand.
    """

    __slots__ = ("_by_value", "_fallback", "_known", "_scan")

    def __init__(self, routes: Sequence[Route]) -> None:
        self._fallback = routes[-1] if routes[-1].compiled.test is None else None
        self._known: dict[bytes, Route] = {}
        values: dict[Hashable, tuple[object, Route]] = {}
        for route in routes if self._fallback is None else routes[:-1]:
            compiled = route.compiled
            first = values.setdefault(compiled.json_key, (compiled.json_value, route))
            for body in compiled.known_bodies:
                self._known[body] = first[1]
        self._by_value = ByValue(values)
        self._scan = _Scan(routes)

    def choose(self, body: bytes) -> Route | None:
        known = self._known.get(body)
        if known is not None:
            return known
        try:
            return self._by_value.get(loads(body)) or self._fallback
        except RecursionError:
            return self._scan.select(RequestView(b"", b"", body))

    def select(self, view: RequestView) -> Route | None:
        known = self._known.get(view.body)
        if known is not None:
            return known
        document = view.document
        try:
            found = self._by_value.get(document.value if document.valid else INVALID)
        except RecursionError:
            return self._scan.select(view)
        return found or self._fallback


class _Entry(NamedTuple):
    """A route of the index: how many unindexed routes stand before it, and what is left to ask."""

    others_before: int
    test: Predicate | None
    route: Route


class _Index:
    """Looks up the routes that expect the body's JSON value, and asks only those and the rest."""

    __slots__ = ("_by_value", "_known", "_others", "_scan")

    def __init__(self, routes: Sequence[Route]) -> None:
        others: list[tuple[Predicate | None, Route]] = []
        keyed: dict[Hashable, list[_Entry]] = {}
        known: dict[bytes, Hashable] = {}
        for route in routes:
            compiled = route.compiled
            if compiled.json_key is ABSENT:
                others.append((_guarded(route, compiled.test), route))
            else:
                entry = _Entry(len(others), _guarded(route, compiled.rest), route)
                keyed.setdefault(compiled.json_key, []).append(entry)
                for body in compiled.known_bodies:
                    known[body] = compiled.json_key
        self._others = tuple(others)
        self._known = {body: tuple(keyed[key]) for body, key in known.items()}
        self._by_value = ByValue(
            {
                key: (entries[0].route.compiled.json_value, tuple(entries))
                for key, entries in keyed.items()
            }
        )
        self._scan = _Scan(routes)

    def select(self, view: RequestView) -> Route | None:
        entries = self._known.get(view.body)
        if entries is None:
            document = view.document
            try:
                entries = self._by_value.get(document.value) if document.valid else None
            except RecursionError:
                return self._scan.select(view)
        others = self._others
        asked = 0
        for before, test, route in entries or ():
            while asked < before:
                other_test, other = others[asked]
                if other_test is None or other_test(view):
                    return other
                asked += 1
            if test is None or test(view):
                return route
        for other_test, other in others[asked:] if asked else others:
            if other_test is None or other_test(view):
                return other
        return None


class Dispatcher:
    """All routes of a service, compiled. Raises `ValueError` for a malformed method or path."""

    __slots__ = ("_unreachable", "groups", "router", "routes")

    def __init__(self, routes: Iterable[tuple[str, str, str, Compiled]]) -> None:
        """Take `(method, path, handler name, compiled criteria)` of each route, in order."""
        self.routes: tuple[Route, ...] = tuple(
            Route(number, check_method(method), path, handler_name, compiled)
            for number, (method, path, handler_name, compiled) in enumerate(routes)
        )
        self._unreachable: tuple[tuple[Route, str], ...] | None = None
        members: dict[tuple[str, str], list[Route]] = {}
        for route in self.routes:
            members.setdefault((route.method, route.path), []).append(route)
        self.groups: dict[tuple[str, str], Group] = {
            key: Group(group) for key, group in members.items()
        }
        self.router: Router[Group] = Router()
        for (method, path), group in self.groups.items():
            self.router.add(method, path, group)
        self.router.freeze()

    def find(self, method: str, path: str) -> Group | Miss:
        """Return the group for a method and a `path_safe` path, or a miss."""
        return self.router.find(method, path)

    def resolve(self, method: str, path: str) -> tuple[Group, Mapping[str, str]] | Miss:
        """Return the group for a method and a `path_safe` path with its parameters, or a miss."""
        return self.router.resolve(method, path)

    def shadowed(self) -> Iterator[tuple[Route, Route]]:
        """Yield each `(route, earlier route)` where the earlier one takes all of its requests."""
        owners: dict[tuple[str, str], Route] = {}
        for (method, path), group in self.groups.items():
            shape = path_shape(path)
            owner = owners.get((method, shape), owners.get((ANY_METHOD, shape)))
            if owner is not None:
                yield from ((route, owner) for route in group.routes)
            else:
                owners[method, shape] = group.routes[0]
                yield from group.shadowed()

    def unreachable(self) -> Sequence[tuple[Route, str]]:
        """Return each `(route, reason)` where no request can select the route."""
        if self._unreachable is None:
            self._unreachable = tuple(self._find_unreachable())
        return self._unreachable

    def _find_unreachable(self) -> Iterator[tuple[Route, str]]:
        for (_, path), group in self.groups.items():
            if reason := why_unmatchable(path):
                yield from ((route, reason) for route in group.routes)
        shadowed: set[int] = set()
        for route, owner in self.shadowed():
            if why_unmatchable(route.path) is None:
                shadowed.add(route.number)
                yield route, f"{owner} takes all of its requests"
        for route in self.routes:
            reason = _why_never(route)
            if reason and route.number not in shadowed and why_unmatchable(route.path) is None:
                yield route, reason


def _why_never(route: Route) -> str:
    """Say why no request on its path satisfies the criteria of a route, or nothing."""
    for given in route.compiled.given:
        if given.headers and (reason := why_no_fields(given.headers)):
            return reason
        if given.path_params:
            known = variables_of(route.path)
            for name, wanted in given.path_params.items():
                if name not in known and not asks_for_absence(wanted):
                    told = ", ".join(map(repr, known)) or "none"
                    return f"its match wants the path parameter {name!r}, and its path has {told}"
    return ""
