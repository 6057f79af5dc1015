"""Which path patterns come nearest to a path that none of them fits.

Patterns are kept in a tree of segments, so that of many thousands only those are looked at that
share something with the path: a trailing slash or the case of letters may differ anywhere, and
besides one segment may be another, missing, or too many.

Invariant: the work for one path is bounded, whatever the number of patterns, but for one look at
the names of the segments at a place.
"""

import re
from collections.abc import Iterator, Mapping
from heapq import nlargest, nsmallest
from itertools import chain, islice
from operator import eq
from typing import Final, Generic, NamedTuple, TypeVar

from asyncly.srvmocker._core.explain.names import likeness
from asyncly.srvmocker._core.explain.shown import name, quote
from asyncly.srvmocker._core.matching.routing import compile_path

__all__ = ("NearPath", "Paths", "segments")

V = TypeVar("V")

_STATES: Final = 40  # places in the tree that are followed further
_ALIKE: Final = 20  # other names of a segment that are tried
_LOOKED_AT: Final = 2000  # names of one place that are looked at
_LENGTHS: Final = 3  # by how much the length of another name may differ, where there are many

# What differs, from what is overlooked most easily on.
_SLASH: Final = 0.05
_CASE: Final = 0.1
_MISFIT: Final = 0.5
_COUNT: Final = 0.8
_FURTHER: Final = 0.5  # how much further away than the nearest another may be

_LIKE: Final = 0.7  # names that have something in common
_MISSING: Final = "the slash at the end is missing"
_TOO_MANY: Final = "the slash at the end is too many"


def segments(path: str) -> list[str]:
    """Split a path or a pattern at the slashes that are not within braces."""
    parts = [""]
    depth = 0
    for letter in path.removeprefix("/"):
        depth += (letter == "{") - (letter == "}")
        if letter == "/" and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


class NearPath(NamedTuple, Generic[V]):
    """A pattern that nearly fits: what belongs to it, how far away it is, and why."""

    value: V
    cost: float
    why: str


class _Node(Generic[V]):
    """What may follow after some segments."""

    __slots__ = ("children", "folded", "patterns", "values")

    def __init__(self) -> None:
        self.children: dict[str, _Node[V]] = {}
        self.folded: dict[str, list[str]] = {}
        """The names of the children, by what they are when case does not count."""
        self.patterns: dict[str, tuple[re.Pattern[str], _Node[V]]] = {}
        self.values: dict[bool, list[V]] = {}
        """What ends here: without and with a slash."""

    def child(self, name: str) -> "_Node[V]":
        found = self.children.get(name)
        if found is None:
            found = self.children[name] = _Node()
            self.folded.setdefault(name.casefold(), []).append(name)
        return found

    def below(self) -> "Iterator[tuple[str, _Node[V]]]":
        """Yield what may follow, the patterns first."""
        for pattern, (_, node) in self.patterns.items():
            yield pattern, node
        yield from self.children.items()


class _State(NamedTuple, Generic[V]):
    """How far a path was followed: at `node`, `used` segments of it are behind.

    `free` tells whether a segment may still be another one, `shared` how many were named alike.
    """

    cost: float
    node: _Node[V]
    used: int
    notes: tuple[str, ...] = ()
    free: bool = True
    shared: int = 0

    def go(self, node: _Node[V], used: int) -> "_State[V]":
        """Go on where everything fits."""
        return self._replace(node=node, used=used)

    def bend(self, node: _Node[V], used: int, cost: float, note: str) -> "_State[V]":
        """Go on although a segment is another one."""
        notes = (*self.notes, note)
        return _State(self.cost + cost, node, used, notes, free=False, shared=self.shared)


class Paths(Generic[V]):
    """All patterns of a service, each with a value."""

    def __init__(self) -> None:
        self._root: _Node[V] = _Node()

    def add(self, pattern: str, value: V) -> None:
        """Add a pattern that the router has taken."""
        node = self._root
        parts, slash = _cut_slash(segments(pattern))
        for part in parts:
            regex = compile_path(f"/{part}")[1]
            if regex is None:
                node = node.child(part)
            else:
                node = node.patterns.setdefault(part, (regex, _Node()))[1]
        node.values.setdefault(slash, []).append(value)

    def near(self, path: str, count: int) -> list[NearPath[V]]:
        """Return the values of patterns that nearly fit a path, the nearest first."""
        parts, slash = _cut_slash(path.removeprefix("/").split("/"))
        found: list[NearPath[V]] = []
        states = [_State(0.0, self._root, 0)]
        while states:
            states = nsmallest(_STATES, states, key=lambda state: state.cost)
            for state in states:
                if state.used == len(parts):
                    found += _ends(state, slash=slash, count=count)
            going = [state for state in states if state.used < len(parts)]
            states = [after for state in going for after in _steps(state, parts)]
        found.sort(key=lambda near: near.cost)
        first: dict[int, NearPath[V]] = {}
        for near in found:
            first.setdefault(id(near.value), near)
        reach = found[0].cost + _FURTHER if found else 0.0
        return [near for near in first.values() if near.cost <= reach][:count]


def _cut_slash(parts: list[str]) -> tuple[list[str], bool]:
    if len(parts) > 1 and not parts[-1]:
        return parts[:-1], True
    return parts, False


def _steps(state: _State[V], parts: list[str]) -> Iterator[_State[V]]:
    """Yield the places to which the next segment leads."""
    node, used = state.node, state.used
    part = parts[used]
    if part in node.children:
        yield state.go(node.children[part], used + 1)._replace(shared=state.shared + 1)
    for pattern, (regex, child) in islice(node.patterns.items(), _STATES):
        if regex.fullmatch(f"/{part}"):
            yield state.go(child, used + 1)
        elif state.free:
            yield state.bend(
                child, used + 1, _MISFIT, f"{quote(part, 40)} does not fit {name(pattern, 40)}"
            )
        if used + 1 < len(parts) and regex.fullmatch("/" + "/".join(parts[used:])):
            yield state.go(child, len(parts))
    for other in node.folded.get(part.casefold(), ())[:_ALIKE]:
        if other != part:
            bent = state.bend(node.children[other], used + 1, _CASE, _instead(part, other))
            yield bent._replace(free=state.free, shared=state.shared + 1)
    if state.free:
        yield from _bends(state, part, len(parts))


def _bends(state: _State[V], part: str, count: int) -> Iterator[_State[V]]:
    """Yield the places where a segment is another one, missing, or too many."""
    node, used = state.node, state.used
    for other in _alike(part, node.children):
        like = likeness(part, other)
        bent = state.bend(node.children[other], used + 1, 1 - 0.7 * like, _instead(part, other))
        yield bent._replace(shared=state.shared + (like >= _LIKE))
    for other, child in islice(node.below(), _LOOKED_AT):
        if part in child.children:
            yield state.bend(child, used, _COUNT, f"{quote(other, 40)} is missing")
    if count > 1:
        yield state.bend(node, used + 1, _COUNT, f"{quote(part, 40)} is too many")


def _instead(part: str, other: str) -> str:
    return f"{quote(part, 40)} instead of {quote(other, 40)}"


def _ends(state: _State[V], *, slash: bool, count: int) -> Iterator[NearPath[V]]:
    """Yield what ends where the path ends, or one segment later, if it has anything in common."""
    for with_slash, values in state.node.values.items() if state.shared else ():
        notes, cost = state.notes, state.cost
        if with_slash is not slash:
            notes = (*notes, _TOO_MANY if slash else _MISSING)
            cost += _SLASH
        for value in values[:count]:
            yield NearPath(value, cost, ", ".join(notes))
    if state.free:
        for other, child in islice(state.node.below(), _ALIKE):
            after = state.bend(child, state.used, _COUNT, f"{quote(other, 40)} is missing")
            yield from _ends(after, slash=slash, count=count)


def _alike(part: str, names: Mapping[str, object]) -> list[str]:
    """Return the names that a segment may have been meant to be."""
    others = [other for other in names if other != part]
    if len(others) <= _ALIKE:
        return others
    first, last, length = part[:1], part[-1:], len(part)
    near = [
        other
        for other in others
        if abs(len(other) - length) <= _LENGTHS and (other[:1] == first or other[-1:] == last)
    ]
    backwards = part[::-1]

    def same_letters(other: str) -> int:
        both_ways: Iterator[bool] = chain(map(eq, other, part), map(eq, reversed(other), backwards))
        return sum(both_ways)

    return nlargest(_ALIKE, near[:_LOOKED_AT], key=same_letters)
