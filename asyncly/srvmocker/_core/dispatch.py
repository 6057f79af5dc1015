"""Which route a request selects.

Routes are grouped by method and path pattern; within a group the first route in order whose
criteria hold wins, and a route without criteria always holds. Groups are compiled once:

- few matchers: ordered closures, asked in turn;
- many plain JSON matchers: an index from the body's bytes, or else from the frozen parsed value, to
  the positions that expect it, merged in order with the routes that no index can hold.

Invariant: the index and the ordered closures give the same answer; what cannot be frozen (nesting
beyond the recursion limit) is asked in turn.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias, cast

from asyncly.srvmocker._core.given import ABSENT, Compiled, Predicate
from asyncly.srvmocker._core.jsonbody import Document
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._core.routing import (
    ANY_METHOD,
    Miss,
    Router,
    check_method,
    path_shape,
    why_unmatchable,
)

__all__ = ("NO_MATCH", "Dispatcher", "Group", "Route")

NO_MATCH: Final = "No MockRoute matched the request"
"""The reason of the 404 that a request gets whose group has no match for it."""

_FEW: Final = 4  # expected objects that are compared one by one
_TELLING: Final = 3  # members that are looked at before a body is frozen

# From this many plain JSON matchers on, looking up is cheaper than asking in turn.
_INDEX_FROM: Final = 4


class Route(NamedTuple):
    """A route as the core knows it; `number` is its position among all routes."""

    number: int
    method: str
    path: str
    handler_name: str
    compiled: Compiled

    def __str__(self) -> str:
        return f"route {self.number} ({self.method} {self.path} -> {self.handler_name!r})"


class Group:
    """The routes of one method and path pattern, in order."""

    __slots__ = ("only", "pure", "routes", "select")

    def __init__(self, routes: Sequence[Route]) -> None:
        end = next((n for n, r in enumerate(routes, 1) if r.compiled.test is None), len(routes))
        self.routes: tuple[Route, ...] = tuple(routes)
        self.pure: bool = all(route.compiled.pure for route in routes)
        """Whether the choice depends on the bytes of the request alone."""
        reachable = self.routes[:end]
        self.only: Route | None = reachable[0] if reachable[0].compiled.test is None else None
        """The route that takes every request of the group, if the first one does."""
        indexable = sum(route.compiled.json_key is not ABSENT for route in reachable)
        chooser = _Index(reachable) if indexable >= _INDEX_FROM else _Scan(reachable)
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


def _guarded(route: Route, test: Predicate | None) -> Predicate | None:
    """Let what a user's own code raises count as no match, and be known to the view."""
    if route.compiled.pure or test is None:
        return test
    number = route.number

    def holds(view: RequestView) -> bool:
        try:
            return test(view)
        except Exception as error:  # noqa: BLE001 - whatever a user's own code raises
            view.raised = (*view.raised, (number, error))
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


class _Entry(NamedTuple):
    """A route of the index: how many unindexed routes stand before it, and what is left to ask."""

    others_before: int
    test: Predicate | None
    route: Route


_Candidates: TypeAlias = tuple[tuple[object, tuple[_Entry, ...]], ...]
"""Expected objects, each with the routes that expect it."""


class _Index:
    """Looks up the routes that expect the body's JSON value, and asks only those and the rest."""

    __slots__ = ("_by_key", "_by_member", "_known", "_member", "_others", "_scan", "_telling")

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
        self._by_key = {key: tuple(entries) for key, entries in keyed.items()}
        self._known = {body: self._by_key[key] for body, key in known.items()}
        self._telling = _telling_members(self._by_key)
        self._member, self._by_member = self._candidates()
        self._scan = _Scan(routes)

    def _candidates(self) -> tuple[str, dict[Hashable, _Candidates]]:
        """Return the member that tells nearly all expected objects apart, and those by its value.

        To compare an object with one or two takes a quarter of what it takes to freeze it.
        """
        found: dict[Hashable, _Candidates] = {}
        if not self._telling or 2 * len(self._telling[0][1]) < len(self._by_key):
            return "", found
        name = self._telling[0][0]
        for key, entries in self._by_key.items():
            members = dict(cast("frozenset[tuple[str, Hashable]]", key))
            expected = entries[0].route.compiled.given[0].json
            found[members[name]] = (*found.get(members[name], ()), (expected, entries))
        return name, found

    def _look_up(self, document: Document) -> tuple[_Entry, ...]:
        """Return the routes that expect this value; raises `RecursionError` when it is too deep."""
        if self._member:
            value: Any = document.value
            if value.__class__ is not dict:  # an invalid document's is None
                return ()
            try:
                candidates = self._by_member.get(value.get(self._member, ABSENT))
                if candidates is None:
                    return ()
            except TypeError:  # a list or an object
                candidates = None
            if candidates is not None and len(candidates) <= _FEW:
                for wanted, entries in candidates:
                    if value == wanted:
                        return entries
                return ()
        return self._by_key.get(document.key, ()) if self._may_hold(document) else ()

    def _may_hold(self, document: Document) -> bool:
        """Refuse what cannot be in the index, without the cost of freezing it."""
        if not self._telling or not document.valid:
            return document.valid
        members: dict[str, Any] = document.value  # type: ignore[assignment]  # asked below
        if members.__class__ is not dict:
            return False
        try:
            for name, told in self._telling:
                if members.get(name, ABSENT) not in told:
                    return False
        except TypeError:  # a list or an object, which only the frozen key can compare
            pass
        return True

    def select(self, view: RequestView) -> Route | None:
        body = view.body
        entries = self._known.get(body)
        if entries is None:
            try:
                entries = self._look_up(view.document)
            except RecursionError:
                return self._scan.select(view)
        others = self._others
        asked = 0
        for before, test, route in entries:
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


def _telling_members(keys: Iterable[Hashable]) -> tuple[tuple[str, frozenset[Hashable]], ...]:
    """Choose the members that tell the expected objects apart best, with the values they have.

    There are none unless everything that is expected is an object and has them.
    """
    objects: list[dict[str, Hashable]] = []
    for key in keys:
        if not isinstance(key, frozenset):
            return ()
        objects.append(dict(cast("frozenset[tuple[str, Hashable]]", key)))
    names = set(objects[0]).intersection(*objects)
    told = [(name, frozenset(item[name] for item in objects)) for name in sorted(names)]
    told.sort(key=lambda member: len(member[1]), reverse=True)
    return tuple(told[:_TELLING])


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
        for route, owner in self.shadowed():
            if why_unmatchable(route.path) is None:
                yield route, f"{owner} takes all of its requests"
