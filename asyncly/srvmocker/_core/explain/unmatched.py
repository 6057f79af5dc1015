"""Why no route answers a request, and which routes come nearest.

Invariants: the reason is the dispatcher's; no predicate of a user's is asked a second time; the
text and the work for one request are bounded, whatever the number of routes.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final, NamedTuple, cast

from asyncly.srvmocker._core.explain.bodies import kept_body
from asyncly.srvmocker._core.explain.bounds import TERSE, Work
from asyncly.srvmocker._core.explain.criteria import Wanted, wanted_by
from asyncly.srvmocker._core.explain.findings import Findings
from asyncly.srvmocker._core.explain.nearest import compare, request_name
from asyncly.srvmocker._core.explain.paths import Paths
from asyncly.srvmocker._core.explain.render import bounded, count_of, differences
from asyncly.srvmocker._core.explain.shown import name
from asyncly.srvmocker._core.matching.dispatch import NO_MATCH, Dispatcher, Group, Route
from asyncly.srvmocker._core.matching.routing import Miss
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker.diagnosis import Candidate, Difference

__all__ = ("Advice", "Adviser")

_ROUTES: Final = 200  # routes of a group that are compared
_VALUES: Final = 20_000
_BYTES: Final = 1 << 40
_METHODS: Final = 10
_LISTED: Final = 5
_OTHER_METHOD: Final = 0.2  # what it counts, beside a path that differs


class Advice(NamedTuple):
    """What is told of a request that no route answers."""

    reason: str
    """One line."""
    nearest: tuple[Candidate, ...]
    """The nearest routes; their numbers are those of the dispatcher."""
    text: str
    """All of it, beginning with the reason."""


class Adviser:
    """Tells of the requests that the routes of one service do not answer."""

    __slots__ = ("_dispatcher", "_members", "_paths")

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._paths: Paths[Group] | None = None
        self._members: dict[Group, _Members] = {}

    def explain(self, view: RequestView, path: str) -> Advice:
        """Return the advice for a request; `path` is the one that was looked up."""
        found = self._dispatcher.find(view.method, path)
        if isinstance(found, Group):
            return self._no_match(view, found)
        return self._other_method(view, path, found) if found.allowed else self._no_path(view, path)

    def _no_match(self, view: RequestView, group: Group) -> Advice:
        routes = self._likely(group, view)
        work = Work(_VALUES, _BYTES)
        ranked: list[tuple[float, Route]] = []
        for route in routes:
            cost = compare(_wanted(route, view), view, work).cost
            if ranked and not work.left:
                break  # it would seem nearer than it is
            ranked.append((cost, route))
        ranked.sort(key=lambda pair: (pair[0], pair[1].number))
        nearest = tuple(
            _candidate(route, _compared(route, view)) for _, route in ranked[: TERSE.candidates]
        )
        total = len(group.routes)
        which = "the only route" if total == 1 else f"none of {total} routes"
        verb = "does not match" if total == 1 else "matches"
        reason = f"{NO_MATCH}: {request_name(view, TERSE)}: {which} of this method and path {verb}"
        left_out = total - len(ranked)
        return _advice(
            reason, nearest, f"looked at {len(ranked)} of {total} routes" * bool(left_out)
        )

    def _likely(self, group: Group, view: RequestView) -> Iterable[Route]:
        """Return the routes of a group that are compared: of many, those that share most."""
        if len(group.routes) <= _ROUTES or kept_body(view) is None:
            return group.routes[:_ROUTES]
        members = self._members.get(group)
        if members is None:
            members = self._members[group] = _Members(group.routes)
        likely = members.likely(view.document.value)
        return list(dict.fromkeys(chain(likely, group.routes[:_ROUTES])))[:_ROUTES]

    def _other_method(self, view: RequestView, path: str, miss: Miss) -> Advice:
        allowed = sorted(miss.allowed)
        nearest: list[Candidate] = []
        for method in allowed[: TERSE.candidates]:
            group = self._dispatcher.find(method, path)
            assert isinstance(group, Group), "the method is allowed"
            nearest.append(_candidate(group.routes[0], _method(view, method)))
        known = ", ".join(name(method, 24) for method in allowed[:_METHODS])
        known += f" and {len(allowed) - _METHODS} more" * (len(allowed) > _METHODS)
        reason = f"no route for {request_name(view, TERSE)}: the path is known for {known}"
        return _advice(reason, nearest)

    def _no_path(self, view: RequestView, path: str) -> Advice:
        if self._paths is None:
            self._paths = Paths()
            for (_, pattern), group in self._dispatcher.groups.items():
                self._paths.add(pattern, group)
        total = len(self._dispatcher.routes)
        found = self._paths.near(path, 4 * TERSE.candidates)
        ranked = [
            (near.cost + _OTHER_METHOD * (not _takes(near.value, view.method)), near)
            for near in found
        ]
        ranked.sort(key=lambda pair: pair[0])
        nearest: list[Candidate] = []
        for _, near in ranked[: TERSE.candidates]:
            route = near.value.routes[0]
            findings = Findings(TERSE, Work(1, 1))
            findings.found(1.0)
            findings.keep(Difference("different", "path", note=near.why))
            if not _takes(near.value, view.method):
                findings = _method(view, route.method, findings)
            nearest.append(_candidate(route, findings))
        reason = f"no route for {request_name(view, TERSE)}"
        target = view.target
        if "?" in target and any(pattern == target for _, pattern in self._dispatcher.groups):
            # It has a question mark, which a client would have to encode to mean the path.
            meant = "a path of a route has no query: ask for that with Match(query={...})"
            return _advice(f"{reason}: {meant}", nearest)
        if nearest:
            return _advice(reason, nearest)
        if not total:
            return _advice(f"{reason}: the service has no routes", ())
        paths = [f"{method} {path}" for method, path in islice(self._dispatcher.groups, _LISTED)]
        known = ", ".join(name(path, TERSE.where) for path in paths)
        known += ", …" * (len(self._dispatcher.groups) > _LISTED)
        return _advice(f"{reason}: no path is like it", (), f"the service has {known}")


class _Members:
    """Finds routes by the members of the JSON objects that they want."""

    __slots__ = ("_routes",)

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes: dict[tuple[str, object], list[Route]] = {}
        for route in routes:
            for given in route.compiled.given:
                for member in _scalars(given.json):
                    self._routes.setdefault(member, []).append(route)

    def likely(self, value: object) -> Iterator[Route]:
        """Yield the routes that want a member that is there, beginning with what few want."""
        lists = [self._routes[member] for member in _scalars(value) if member in self._routes]
        for routes in sorted(lists, key=len):
            yield from routes[:_ROUTES]


def _scalars(value: object) -> Iterator[tuple[str, object]]:
    if type(value) is dict:
        for key, item in cast("dict[str, object]", value).items():
            if type(item) in (str, int, float, bool, type(None)):
                yield key, item


def _takes(group: Group, method: str) -> bool:
    return group.routes[0].method in (method, "*")


def _method(view: RequestView, wanted: str, findings: Findings | None = None) -> Findings:
    """Add that the method is another one."""
    findings = findings or Findings(TERSE, Work(1, 1))
    findings.found(1.0)
    findings.keep(Difference("different", "method", name(wanted, 24), name(view.method, 24)))
    return findings


def _compared(route: Route, view: RequestView) -> Findings:
    return compare(_wanted(route, view), view, Work(_VALUES, _BYTES), TERSE)


def _wanted(route: Route, view: RequestView) -> Wanted:
    raised = next((error for number, error in view.raised if number == route.number), None)
    return wanted_by(route.compiled, ask=False, raised=raised)


def _candidate(route: Route, findings: Findings) -> Candidate:
    method, path = name(route.method, 24), name(route.path, TERSE.where)
    # The member of an enumeration is told by its value.
    handler = name(repr(str.__str__(route.handler_name)), TERSE.value)
    told = f"{method} {path} -> {handler}"
    return Candidate(
        route.number, told, tuple(findings.kept), findings.total, complete=findings.complete
    )


def _advice(reason: str, nearest: Iterable[Candidate], last: str = "") -> Advice:
    nearest = tuple(nearest)
    lines = [reason]
    for near in nearest:
        lines += [f"  route {near.name}{count_of(near)}", *differences(near)]
    if last:
        lines.append(f"  {last}")
    return Advice(reason, nearest, bounded(lines, TERSE.total))
