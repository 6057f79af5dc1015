"""Where two JSON values differ, by path.

Invariants:
- What `==` calls equal is never told as a difference, and what it does not is told at least once.
- Members are told in the order in which they were wanted, then the unexpected ones as they came.
- An item that was put into an array or taken out of it does not make all that follow it differ.
- An object with an `__eq__` of its own is asked, not taken apart.
"""

import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, TypeGuard, cast

from asyncly.srvmocker._core.explain.findings import Findings, apart, equal, parting
from asyncly.srvmocker._core.explain.names import meant
from asyncly.srvmocker._core.explain.shown import around, cut, name, quote, show
from asyncly.srvmocker._core.jsonbody import NotPlainError, freeze, parse
from asyncly.srvmocker._core.matching.expected import (
    ABSENT,
    Absent,
    AtPath,
    Exactly,
    Part,
    Partial,
    ValidJson,
)
from asyncly.srvmocker._core.raised import kept
from asyncly.srvmocker.diagnosis import Difference

__all__ = ("compare_json", "is_array", "is_object", "leaves")

_DEPTH: Final = 100
_PERMUTED: Final = 1000  # items of an array that are looked at for another order
_LEAVES: Final = 1000
_UNEXPECTED: Final = 0.75  # what a member too many counts; one that is missing counts more
_NEVER_JSON: Final[frozenset[object]] = frozenset(
    (tuple, set, frozenset, bytes, bytearray, re.Pattern, Exactly, Part)
)

_type_of: Callable[[object], type[object]] = type  # a checker knows nothing of type(list[Any])
_OBJECT_EQUALITY: Final[tuple[object, ...]] = (vars(dict)["__eq__"], vars(OrderedDict)["__eq__"])
_ARRAY_EQUALITY: Final[object] = vars(list)["__eq__"]


def is_object(value: object) -> TypeGuard[dict[object, object]]:
    """Whether `==` looks at the members of a value, and at nothing else."""
    return isinstance(value, dict) and _type_of(cast(object, value)).__eq__ in _OBJECT_EQUALITY


def is_array(value: object) -> TypeGuard[list[object]]:
    """Whether `==` looks at the items of a value, and at nothing else."""
    return isinstance(value, list) and _type_of(cast(object, value)).__eq__ is _ARRAY_EQUALITY


def leaves(value: object) -> int:
    """Return how many values without parts there are in a value; at most a thousand are counted."""
    count = 0
    pending = [value]
    while pending and count < _LEAVES:
        item = pending.pop()
        if is_object(item) and item:
            pending += item.values()
        elif is_array(item) and item:
            pending += item[:_LEAVES]
        else:
            count += 1
    return count


def compare_json(wanted: object, got: object, findings: Findings) -> None:
    """Add what differs between a parsed body and what was wanted."""
    before = findings.total
    try:
        _Walk(findings).compare(wanted, got)
    except BaseException as error:  # noqa: BLE001 - names may have an `__eq__` of their own, too
        kept(error)
        findings.complete = False
    if findings.total == before:
        same, trouble = equal(got, wanted)
        if not same and findings.found(1.0):
            room = findings.bounds.value
            note = trouble or "they differ as a whole"
            shown = show(wanted, room), show(got, room)
            findings.keep(Difference("different", "$", *shown, note))


class _Walk:
    """Goes down two values side by side."""

    __slots__ = ("_findings", "_path")

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._path: list[object] = []

    def compare(self, wanted: object, got: object) -> None:
        work = self._findings.work
        work.values -= 1 + len(self._path) // 4  # `==` looks at all that is below, at each step
        same, trouble = equal(got, wanted)
        if same:
            return
        further = work.left and len(self._path) < _DEPTH
        if isinstance(wanted, Partial) and is_object(wanted.value) and is_object(got) and further:
            self._covered(wanted.value, got)
        elif isinstance(wanted, Partial) and is_array(wanted.value) and is_array(got) and further:
            self._covered_items(wanted.value, got)
        elif isinstance(wanted, ValidJson):
            self._invalid(wanted, got)
        elif isinstance(wanted, AtPath):
            self._elsewhere(wanted, got, trouble)
        elif is_object(wanted) and is_object(got) and further:
            self._objects(wanted, got)
        elif is_array(wanted) and is_array(got) and further:
            self._arrays(wanted, got)
        else:
            parts = (is_object(wanted) and is_object(got)) or (is_array(wanted) and is_array(got))
            self._findings.complete &= not parts
            self._values(wanted, got, trouble)

    def _step(self, step: object, wanted: object, got: object) -> None:
        self._path.append(step)
        self.compare(wanted, got)
        self._path.pop()

    def _covered(self, wanted: dict[object, object], got: dict[object, object]) -> None:
        findings = self._findings
        findings.work.values -= len(wanted)
        for key, value in wanted.items():
            if value is ABSENT:
                if key in got and findings.found(_UNEXPECTED):
                    shown = show(got[key], findings.bounds.value)
                    findings.keep(Difference("unexpected", self._at(key), got=shown))
            elif key in got:
                self._step(key, _partial(value), got[key])
            elif findings.found(leaves(value)):
                shown = show(value, findings.bounds.value)
                findings.keep(Difference("missing", self._at(key), shown))

    def _covered_items(self, wanted: list[object], got: list[object]) -> None:
        findings = self._findings
        if len(wanted) != len(got):
            if findings.found(1.0):
                counts = _items(len(wanted)), _items(len(got))
                note = "an array has as many items as in the Partial"
                findings.keep(Difference("different", self._at(), *counts, note))
            return
        findings.work.values -= len(wanted)
        for number, value in enumerate(wanted):
            self._step(number, _partial(value), got[number])

    def _elsewhere(self, wanted: AtPath, got: object, trouble: str) -> None:
        """Add what is found at a JSONPath."""
        findings = self._findings
        if not findings.found(1.0):
            return
        room = findings.bounds.value
        found = wanted.found(got)
        where = cut(f"{self._at()}{wanted.path[1:]}", findings.bounds.where)
        if wanted.wanted is ABSENT:
            difference = Difference("unexpected", where, got=show(found, room))
        elif not found:
            difference = Difference("missing", where, show(wanted.wanted, room))
        else:
            one = not wanted.several
            note = trouble or ("these are the values there" if one else "")
            shown = show(wanted.wanted, room), show(found, room)
            difference = Difference("different", where, *shown, note)
        findings.keep(difference)

    def _invalid(self, wanted: ValidJson, got: object) -> None:
        findings = self._findings
        for path, why in wanted.problems(got):
            if findings.found(1.0):
                note = name(why, findings.bounds.value)
                findings.keep(Difference("invalid", self._at(*path), note=note))

    def _objects(self, wanted: dict[object, object], got: dict[object, object]) -> None:
        findings = self._findings
        findings.work.values -= len(wanted) + len(got)
        for key, value in wanted.items():
            if key in got:
                self._step(key, value, got[key])
            elif findings.found(leaves(value)):
                others = [other for other in got if isinstance(other, str) and other not in wanted]
                near = meant(key, others) if isinstance(key, str) else None
                room = findings.bounds.value
                note = "" if near is None else f"there is {quote(near, room)}"
                findings.keep(Difference("missing", self._at(key), show(value, room), note=note))
        for key, value in got.items():
            if key not in wanted and findings.found(_UNEXPECTED):
                shown = show(value, findings.bounds.value)
                findings.keep(Difference("unexpected", self._at(key), got=shown))

    def _arrays(self, wanted: list[object], got: list[object]) -> None:
        findings = self._findings
        shorter = min(len(wanted), len(got))
        start = end = 0
        while start < shorter and equal(got[start], wanted[start])[0]:
            start += 1
        if len(wanted) == len(got):
            if start + 1 < shorter and _permuted(wanted[start:], got[start:]):
                self._reordered(wanted, got)
                return
        else:
            while end < shorter - start and equal(got[-1 - end], wanted[-1 - end])[0]:
                end += 1
            if findings.found(0.5):
                counts = _items(len(wanted)), _items(len(got))
                findings.keep(Difference("different", self._at(), *counts))
        findings.work.values -= start + end
        missing, unexpected = wanted[start : len(wanted) - end], got[start : len(got) - end]
        both = min(len(missing), len(unexpected))
        for number in range(both):
            self._step(start + number, missing[number], unexpected[number])
        self._rest(missing[both:], unexpected[both:], start + both)

    def _rest(self, missing: list[object], unexpected: list[object], start: int) -> None:
        findings, room = self._findings, self._findings.bounds.value
        if missing and findings.found(leaves(missing), len(missing)):
            for number, value in enumerate(missing[: findings.room], start):
                findings.keep(Difference("missing", self._at(number), show(value, room)))
        if unexpected and findings.found(_UNEXPECTED * len(unexpected), len(unexpected)):
            for number, value in enumerate(unexpected[: findings.room], start):
                findings.keep(Difference("unexpected", self._at(number), got=show(value, room)))

    def _reordered(self, wanted: list[object], got: list[object]) -> None:
        if self._findings.found(0.5):
            room = self._findings.bounds.value
            shown = show(wanted, room), show(got, room)
            note = "the same items in another order"
            self._findings.keep(Difference("different", self._at(), *shown, note))

    def _values(self, wanted: object, got: object, trouble: str) -> None:
        whole = is_object(wanted) or is_array(wanted)
        if not self._findings.found(2 * leaves(wanted) if whole else apart(got, wanted)):
            return
        room = self._findings.bounds.value
        if type(wanted) is str and type(got) is str and max(len(wanted), len(got)) + 2 > room:
            offset = parting(wanted, got)
            shown = around(wanted, offset, room), around(got, offset, room)
            note = f"differ from character {offset} on, of {len(wanted)} and {len(got)}"
        else:
            shown = show(wanted, room), show(got, room)
            note = trouble or _hint(wanted, got)
        self._findings.keep(Difference("different", self._at(), *shown, note))

    def _at(self, *last: object) -> str:
        room = self._findings.bounds.where
        return cut("$" + "".join(_step_text(step, room) for step in (*self._path, *last)), room)


def _step_text(step: object, room: int) -> str:
    if isinstance(step, str):
        plain = step.isidentifier() and step.isascii() and len(step) <= room // 2
        return f".{step}" if plain else f"[{quote(step, room // 2)}]"
    return f"[{show(step, room // 2)}]"


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _partial(value: object) -> object:
    """Return what is expected within a `Partial`, where that is an object or an array."""
    return Partial(value) if is_object(value) or is_array(value) else value


def _permuted(wanted: list[object], got: list[object]) -> bool:
    """Whether two arrays of one length hold the same items in different orders."""
    if len(wanted) > _PERMUTED:
        return False
    try:
        return _counted(wanted) == _counted(got)
    except (NotPlainError, RecursionError):
        return False


def _counted(items: list[object]) -> Counter[Hashable]:
    return Counter(freeze(item) for item in items)


def _hint(wanted: object, got: object) -> str:
    """Say what is easily overlooked."""
    if isinstance(wanted, (str, bytes)) and (is_object(got) or is_array(got)):
        document = parse(wanted.encode("utf-8", "replace") if isinstance(wanted, str) else wanted)
        if document.valid and equal(document.value, got)[0]:
            return "the value itself is wanted, not its text"
    if isinstance(wanted, float) and wanted != wanted:  # noqa: PLR0124 - only a NaN is so
        return "NaN equals nothing"
    if isinstance(wanted, Absent):
        return "ABSENT equals no JSON value; a member of a Partial may be ABSENT"
    if _type_of(wanted) in _NEVER_JSON:
        kind = _type_of(wanted).__name__
        article = "an" if kind == "Exactly" else "a"
        return f"{article} {kind} equals no JSON value"
    if type(wanted) is str and type(got) is str:
        return _text_hint(wanted, got)
    if type(got) is str and show(wanted, 40) == name(got, 40):
        return "a string came"
    if type(wanted) is str and name(wanted, 40) == show(got, 40):
        return "a string was wanted"
    return ""


def _text_hint(wanted: str, got: str) -> str:
    if wanted.casefold() == got.casefold():
        return "they differ in case only"
    if "".join(wanted.split()) == "".join(got.split()):
        return "they differ in white space only"
    from unicodedata import normalize  # noqa: PLC0415 - needed only when something fails

    if normalize("NFC", wanted) == normalize("NFC", got):
        return "they differ in their Unicode form only"
    return ""
