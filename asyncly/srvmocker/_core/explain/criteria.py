"""What was wanted of a request, described so that it can be told and compared.

Invariants: a criterion says nothing about a request that satisfies it; comparing reads the view
and changes nothing. Further kinds of criteria are further classes; most are a `Texts` or a `Named`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

from multidict import MultiMapping

from asyncly.srvmocker._core.explain.bodies import body_of, compare_bytes, why_not_json
from asyncly.srvmocker._core.explain.bounds import COUNT_ONLY, TERSE, Bounds
from asyncly.srvmocker._core.explain.findings import Findings, apart
from asyncly.srvmocker._core.explain.jsondiff import compare_json, leaves
from asyncly.srvmocker._core.explain.parts import Parts
from asyncly.srvmocker._core.explain.shown import around_bytes, failure, name, show
from asyncly.srvmocker._core.explain.texts import Texts, item_same
from asyncly.srvmocker._core.jsonbody import NotPlainError, freeze, parse
from asyncly.srvmocker._core.matching.criteria import path_params_of
from asyncly.srvmocker._core.matching.given import Compiled, Given
from asyncly.srvmocker._core.raised import kept
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker.diagnosis import Difference

__all__ = ("Bytes", "Criterion", "Json", "Named", "Texts", "Wanted", "wanted_by")


class Criterion(Protocol):
    """One thing that is asked of a request."""

    def told(self, bounds: Bounds) -> Iterator[str]:
        """Yield what is wanted, line by line."""
        ...

    def compare(self, view: RequestView, findings: Findings) -> None:
        """Add what differs."""
        ...


Wanted: TypeAlias = "tuple[Criterion, ...]"


class Json:
    """The parsed body equals a value."""

    __slots__ = ("_plain", "value")

    def __init__(self, value: object) -> None:
        self.value: object = value
        try:
            freeze(value)
            self._plain = True
        except (NotPlainError, RecursionError):
            self._plain = False

    def told(self, bounds: Bounds) -> Iterator[str]:
        """Yield the value."""
        yield f"json: {show(self.value, 2 * bounds.value)}"

    def compare(self, view: RequestView, findings: Findings) -> None:
        """Add where the body differs, or why it is not JSON."""
        body = body_of(view, findings)
        if body is None:
            return
        # An `__eq__` of a user's may keep, and change, what it sees, so it is given its own.
        document = view.document if self._plain else parse(body)
        if document.valid:
            compare_json(self.value, document.value, findings)
        elif findings.found(2.0 * leaves(self.value) + 1):
            note = why_not_json(body, findings.bounds.value)
            kind = view.headers.get("Content-Type", "")
            if body and kind and "json" not in kind.lower():
                note = f"{note}; Content-Type is {show(kind, findings.bounds.value)}"
            findings.keep(Difference("invalid", "body", note=note))


class Bytes:
    """The bytes of the body equal these."""

    __slots__ = ("value",)

    def __init__(self, value: bytes) -> None:
        self.value: bytes = value

    def told(self, bounds: Bounds) -> Iterator[str]:
        """Yield the bytes."""
        yield f"body: {around_bytes(self.value, 0, bounds.value)}"

    def compare(self, view: RequestView, findings: Findings) -> None:
        """Add where the bytes differ."""
        body = body_of(view, findings)
        if body is not None:
            compare_bytes(self.value, body, findings)


class Body:
    """The bytes of the body, or its text, are as expected, where that is no plain value."""

    __slots__ = ("_kind", "_read", "_wanted")

    def __init__(
        self, kind: str, wanted: object, read: Callable[[RequestView], bytes | str | None]
    ) -> None:
        """Take what it is called, what is expected, and how to get it from a request."""
        self._kind = kind
        self._wanted = wanted
        self._read = read

    def told(self, bounds: Bounds) -> Iterator[str]:
        """Yield what is expected."""
        yield f"{self._kind}: {show(self._wanted, bounds.value)}"

    def compare(self, view: RequestView, findings: Findings) -> None:
        """Add that it is another, or that there is none."""
        if body_of(view, findings) is None:
            return
        got = self._read(view)
        if got is None:
            if findings.found(1.0):
                note = f"is no {view.media_type.charset} text"
                findings.keep(Difference("invalid", self._kind, note=note))
            return
        same, trouble = item_same(got, self._wanted)
        if not same and findings.found(apart(got, self._wanted)):
            room = findings.bounds.value
            shown = show(self._wanted, room), show(got, room)
            findings.keep(Difference("different", self._kind, *shown, trouble))


class Either:
    """At least one of several questions holds; the nearest is told of.

    They are asked in turn until one holds, so one that raises ends it, whatever stands behind it.
    """

    __slots__ = ("_asked", "_each")

    def __init__(self, asked: tuple[Compiled, ...]) -> None:
        self._asked = asked
        self._each = tuple(wanted_by(each) for each in asked)

    def told(self, bounds: Bounds) -> Iterator[str]:
        """Yield the questions, one below the other."""
        for number, wanted in enumerate(self._each):
            yield "or:" if number else "either:"
            yield from (f"  {line}" for criterion in wanted for line in criterion.told(bounds))

    def compare(self, view: RequestView, findings: Findings) -> None:
        """Add what differs from the nearest, unless one holds, or what was raised."""
        findings.work.values -= 1
        try:
            if any(asked.test is None for asked in self._asked):
                return
            if any(asked.holds(view) for asked in self._asked):
                return
            note = "does not hold"
        except BaseException as error:  # noqa: BLE001 - whatever a user's own predicate raises
            note = f"{failure(kept(error))}, so what stands behind it was not asked"
        ranked: list[Findings] = []
        for wanted in self._each:
            apart = Findings(COUNT_ONLY, findings.work)
            for criterion in wanted:
                criterion.compare(view, apart)
            ranked.append(apart)
        nearest = min(ranked, key=lambda apart: apart.cost)
        if findings.room > 0:
            for criterion in self._each[ranked.index(nearest)]:
                criterion.compare(view, findings)
        else:  # not once more, which would be twice as often for each level of nesting
            findings.add(nearest)
        if not nearest.cost and findings.found(1.0):
            findings.keep(Difference("invalid", "either", note=note))


class Contrary:
    """A question does not hold."""

    __slots__ = ("_holds", "_wanted")

    def __init__(self, wanted: Wanted, holds: Callable[[RequestView], bool]) -> None:
        self._wanted = wanted
        self._holds = holds

    def told(self, bounds: Bounds) -> Iterator[str]:
        """Yield the question."""
        yield "not:"
        yield from (f"  {line}" for criterion in self._wanted for line in criterion.told(bounds))

    def compare(self, view: RequestView, findings: Findings) -> None:
        """Add that it holds, or that it cannot be asked."""
        findings.work.values -= 1
        note = "holds, and must not"
        try:
            if not self._holds(view):
                return
        except BaseException as error:  # noqa: BLE001 - whatever a user's own predicate raises
            note = failure(kept(error))
        if findings.found(1.0):
            lines = [line for criterion in self._wanted for line in criterion.told(findings.bounds)]
            where = name(", ".join(lines), findings.bounds.where)
            findings.keep(Difference("invalid", where, note=note))


class Named:
    """A question of which the name is known, and perhaps what it looks at."""

    __slots__ = ("_got", "_holds", "_name", "_wanted")

    def __init__(
        self,
        name: str,
        holds: Callable[[RequestView], bool],
        *,
        wanted: str = "",
        got: Callable[[RequestView], str] | None = None,
    ) -> None:
        """Take the question; `wanted` and `got` are texts for the reader, where there are any."""
        self._name = name
        self._holds = holds
        self._wanted = wanted
        self._got = got

    def told(self, bounds: Bounds) -> Iterator[str]:
        """Yield the name, and what is wanted where that is known."""
        said = name(self._name, bounds.where)
        yield f"{said}: {show(self._wanted, bounds.value)}" if self._wanted else said

    def compare(self, view: RequestView, findings: Findings) -> None:
        """Add that it does not hold."""
        findings.work.values -= 1
        trouble = "does not hold"
        got = ""
        try:
            if self._holds(view):
                return
            got = "" if self._got is None else self._got(view)
        except BaseException as error:  # noqa: BLE001 - whatever a user's own predicate raises
            trouble = failure(kept(error))
        cost = apart(got, self._wanted) if got and self._wanted else 1.0
        if findings.found(cost):
            where, room = name(self._name, findings.bounds.where), findings.bounds.value
            if self._wanted and got:
                shown = show(self._wanted, room), show(got, room)
                findings.keep(Difference("different", where, *shown))
            else:
                findings.keep(Difference("invalid", where, note=trouble))


def _headers(view: RequestView) -> MultiMapping[str]:
    return view.headers


def _query(view: RequestView) -> MultiMapping[str]:
    return view.query


class Unasked:
    """Questions that are not asked again: they are told of where nothing else differs."""

    __slots__ = ("_names", "_trouble")

    def __init__(self, names: tuple[str, ...], trouble: str) -> None:
        self._names = names
        self._trouble = trouble

    def told(self, bounds: Bounds) -> Iterator[str]:
        """Yield their names."""
        yield from (name(each, bounds.where) for each in self._names)

    def compare(self, view: RequestView, findings: Findings) -> None:
        """Add that they do not hold, if that is all there can be, or that one raised."""
        if (self._trouble or not findings.total) and findings.found(1.0):
            where = name(" and ".join(self._names), findings.bounds.where)
            note = self._trouble or "does not hold"
            findings.keep(Difference("invalid", where, note=note))


def wanted_by(
    compiled: Compiled, *, ask: bool = True, raised: BaseException | None = None
) -> Wanted:
    """Return the description of compiled criteria, in the order in which they are asked.

    Without `ask` no code of a user's is asked again, which may have a memory of its own; it is
    known that not all of it holds, and what was `raised`.
    """
    wanted: list[Criterion] = []
    unasked: list[str] = []
    if compiled.test is not None and not compiled.given:
        if ask:
            wanted.append(Named("a predicate", compiled.test))
        else:
            unasked.append("a predicate")
    for given in compiled.given:
        wanted += _plain_wanted(given)
        for criterion, pure in _asking(given):
            if ask or pure or compiled.pure:
                wanted.append(criterion)
            else:
                unasked.append(" ".join(line.strip() for line in criterion.told(TERSE)))
    trouble = "" if raised is None else failure(raised)
    if unasked or trouble:
        wanted.append(Unasked(tuple(unasked) or ("a criterion",), trouble))
    return tuple(wanted)


def _asking(given: Given) -> Iterator[tuple[Criterion, bool]]:
    """Yield what may ask code of a user's, and whether it is known to ask none."""
    if given.either:
        yield Either(given.either), all(each.pure for each in given.either)
    if given.contrary is not None:
        yield Contrary(wanted_by(given.contrary), given.contrary.holds), given.contrary.pure
    if given.test is not None:
        yield Named(given.name, given.test, wanted=given.wanted, got=given.got), False


def _plain_wanted(given: Given) -> Iterator[Criterion]:
    """Yield what is asked of a request by name."""
    if isinstance(given.body, bytes):
        yield Bytes(given.body)
    elif given.body is not None:
        yield Body("body", given.body, lambda view: view.body)
    if given.text is not None:
        yield Body("text", given.text, lambda view: view.text)
    if given.json is not None:
        yield Json(given.json)
    if given.headers is not None:
        yield Texts("header", given.headers, _headers)
    if given.query is not None:
        yield Texts("query", given.query, _query)
    if given.cookies is not None:
        yield Texts("cookie", given.cookies, lambda view: view.cookies)
    if given.path_params is not None:
        yield Texts("path parameter", given.path_params, path_params_of(given))
    if given.form is not None:
        yield Texts("form field", given.form, lambda view: view.form, of_body=True)
    if given.multipart is not None:
        yield Parts(given.multipart)
