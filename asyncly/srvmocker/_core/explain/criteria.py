"""What was wanted of a request, described so that it can be told and compared.

Invariants: a criterion says nothing about a request that satisfies it; comparing reads the view
and changes nothing. Further kinds of criteria are further classes; most are a `Texts` or a `Named`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol, TypeAlias

from multidict import MultiMapping

from asyncly.srvmocker._core.criteria import Compiled
from asyncly.srvmocker._core.explain.bodies import compare_bytes, kept_body, why_not_json
from asyncly.srvmocker._core.explain.bounds import Bounds
from asyncly.srvmocker._core.explain.findings import Findings, apart, equal
from asyncly.srvmocker._core.explain.jsondiff import compare_json, leaves
from asyncly.srvmocker._core.explain.names import meant
from asyncly.srvmocker._core.explain.shown import around_bytes, failure, name, show
from asyncly.srvmocker._core.jsonbody import NotPlainError, freeze, parse
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


Wanted: TypeAlias = tuple[Criterion, ...]


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
        body = kept_body(view)
        if body is None:
            _not_kept(findings)
            return
        findings.work.bytes -= len(body)
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
        body = kept_body(view)
        if body is None:
            _not_kept(findings)
            return
        findings.work.bytes -= len(body)
        compare_bytes(self.value, body, findings)


def _not_kept(findings: Findings) -> None:
    if findings.found(1.0):
        findings.keep(Difference("invalid", "body", note="was not kept"))


_ORDINALS: Final = {1: "second", 2: "third"}


class Texts:
    """Names are present, and the first value of each equals: header fields, keys of the query."""

    __slots__ = ("_kind", "_read", "_wanted")

    def __init__(
        self,
        kind: str,
        wanted: Mapping[str, str],
        read: Callable[[RequestView], MultiMapping[str]],
    ) -> None:
        """Take what one of them is called, the values, and how to get them from a request."""
        self._kind = kind
        self._wanted = wanted
        self._read = read

    def told(self, bounds: Bounds) -> Iterator[str]:
        """Yield each name with its value."""
        for key, value in self._wanted.items():
            yield f"{self._kind} {name(key, bounds.where)}: {show(value, bounds.value)}"

    def compare(self, view: RequestView, findings: Findings) -> None:
        """Add which are missing or have another value."""
        got = self._read(view)
        for key, wanted in self._wanted.items():
            findings.work.values -= 1
            value = got.get(key)
            if value is None:
                if findings.found(1.0):
                    self._keep_missing(key, wanted, got, findings)
                continue
            same, trouble = equal(value, wanted)
            if not same and findings.found(apart(value, wanted)):
                room = findings.bounds.value
                note = trouble or _text_note(wanted, value, got.getall(key))
                shown = show(wanted, room), show(value, room)
                findings.keep(Difference("different", self._where(key, findings), *shown, note))

    def _where(self, key: str, findings: Findings) -> str:
        return f"{self._kind} {name(key, findings.bounds.where)}"

    def _keep_missing(
        self, key: str, wanted: object, got: MultiMapping[str], findings: Findings
    ) -> None:
        found = {known.casefold() for known in self._wanted if known in got}
        near = meant(key, [other for other in dict.fromkeys(got) if other.casefold() not in found])
        bounds = findings.bounds
        note = ""
        if near is not None:
            note = f"there is {name(near, bounds.where)}: {show(got[near], bounds.value)}"
        where = self._where(key, findings)
        findings.keep(Difference("missing", where, show(wanted, bounds.value), note=note))


def _text_note(wanted: str, got: str, values: list[str]) -> str:
    for number, value in enumerate(values):
        if number and equal(value, wanted)[0]:
            which = _ORDINALS.get(number, "last" if number + 1 == len(values) else "later")
            return f"the {which} of {len(values)} values equals, but the first counts"
    if type(wanted) is str and wanted.casefold() == got.casefold():
        return "they differ in case only"
    return ""


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
        except Exception as error:  # noqa: BLE001 - whatever a user's own predicate raises
            trouble = failure(error)
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


def _no(view: RequestView) -> bool:
    return False


def wanted_by(compiled: Compiled, *, ask: bool = True) -> Wanted:
    """Return the description of compiled criteria, in the order in which they are asked.

    Without `ask` no predicate is asked again, which may have a memory of its own; it is known that
    they do not hold.
    """
    wanted: list[Criterion] = []
    if compiled.test is not None and not compiled.given:
        wanted.append(Named("a predicate", compiled.test if ask else _no))
    for given in compiled.given:
        if given.body is not None:
            wanted.append(Bytes(given.body))
        if given.json is not None:
            wanted.append(Json(given.json))
        if given.headers:
            wanted.append(Texts("header", given.headers, _headers))
        if given.query:
            wanted.append(Texts("query", given.query, _query))
        if given.test is not None:
            test = given.test if ask else _no
            wanted.append(Named(given.name, test, wanted=given.wanted, got=given.got))
    return tuple(wanted)
