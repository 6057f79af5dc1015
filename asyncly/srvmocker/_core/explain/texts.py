"""Names with values that are texts: header fields, keys of the query, cookies, fields of a form.

Invariant: nothing is told of a name exactly when its values are as expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, cast

from multidict import MultiMapping

from asyncly.srvmocker._core.content import FORM
from asyncly.srvmocker._core.explain.bodies import kept_body, not_kept, other_type
from asyncly.srvmocker._core.explain.bounds import Bounds
from asyncly.srvmocker._core.explain.findings import Findings, apart, equal
from asyncly.srvmocker._core.explain.names import meant
from asyncly.srvmocker._core.explain.shown import name, show
from asyncly.srvmocker._core.matching.expected import ABSENT
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker.diagnosis import Difference

__all__ = ("Texts", "item_same")

_ORDINALS: Final = {1: "second", 2: "third"}


def item_same(got: object, wanted: object) -> tuple[bool, str]:
    """Whether one value is as expected; where it cannot be compared, why."""
    if isinstance(wanted, re.Pattern):
        found = cast("re.Pattern[str]", wanted).search(cast(str, got))
        return found is not None, "" if found else "the pattern is not found"
    return equal(got, wanted)


class Texts:
    """Names whose values are as expected."""

    __slots__ = ("_exact", "_kind", "_of_body", "_read", "_wanted")

    def __init__(
        self,
        kind: str,
        wanted: Mapping[str, object],
        read: Callable[[RequestView], MultiMapping[str]],
        *,
        of_body: bool = False,
    ) -> None:
        """Take what one of them is called, the values, and how to get them from a request."""
        self._kind = kind
        self._wanted = wanted
        self._read = read
        self._exact = bool(getattr(wanted, "__exact__", False))
        self._of_body = of_body

    def told(self, bounds: Bounds) -> Iterator[str]:
        """Yield each name with its value."""
        for key, value in self._wanted.items():
            yield f"{self._kind} {name(key, bounds.where)}: {show(value, bounds.value)}"
        if self._exact:
            yield f"no other {self._kind}"

    def compare(self, view: RequestView, findings: Findings) -> None:
        """Add which are missing, have other values, or are too many."""
        if self._of_body and kept_body(view) is None:
            if self._wanted or self._exact:
                not_kept(findings)
            return
        got = self._read(view)
        for key, wanted in self._wanted.items():
            findings.work.values -= 1
            values = got.getall(key, [])
            if wanted is ABSENT:
                if values:
                    self._unexpected(key, values, findings)
            elif isinstance(wanted, (list, tuple)):
                self._several(key, list(cast("list[object]", wanted)), values, findings)
            elif not values:
                if findings.found(1.0):
                    no_form = other_type(view, FORM, findings) if self._of_body else ""
                    self._keep_missing(key, wanted, got, findings, no_form)
            else:
                self._first(key, wanted, values, findings)
        if self._exact:
            folded = self._kind == "header"
            known = {key.lower() if folded else key for key in self._wanted}
            for key in dict.fromkeys(got):
                if (key.lower() if folded else key) not in known:
                    self._unexpected(key, got.getall(key), findings)

    def _first(self, key: str, wanted: object, values: list[str], findings: Findings) -> None:
        value = values[0]
        same, trouble = item_same(value, wanted)
        room = findings.bounds.value
        if not same:
            if findings.found(apart(value, wanted)):
                note = _text_note(wanted, value, values) or trouble
                shown = show(wanted, room), show(value, room)
                findings.keep(Difference("different", self._where(key, findings), *shown, note))
        elif self._exact and len(values) > 1 and findings.found(0.75):
            shown = show(wanted, room), show(values, room)
            note = "one value was wanted"
            findings.keep(Difference("different", self._where(key, findings), *shown, note))

    def _several(
        self, key: str, wanted: list[object], values: list[str], findings: Findings
    ) -> None:
        if len(values) == len(wanted):
            same = [item_same(*pair) for pair in zip(values, wanted, strict=True)]
            if all(each for each, _ in same):
                return
            trouble = next((why for each, why in same if not each and why), "")
        else:
            trouble = f"{len(wanted)} wanted, {len(values)} came"
        if findings.found(1.0):
            room = findings.bounds.value
            shown = show(wanted, room), show(values, room)
            findings.keep(Difference("different", self._where(key, findings), *shown, trouble))

    def _unexpected(self, key: str, values: list[str], findings: Findings) -> None:
        if findings.found(0.75):
            room = findings.bounds.value
            got = show(values[0] if len(values) == 1 else values, room)
            findings.keep(Difference("unexpected", self._where(key, findings), got=got))

    def _where(self, key: str, findings: Findings) -> str:
        return f"{self._kind} {name(key, findings.bounds.where)}"

    def _keep_missing(
        self,
        key: str,
        wanted: object,
        got: MultiMapping[str],
        findings: Findings,
        note: str,
    ) -> None:
        found = {known.casefold() for known in self._wanted if known in got}
        near = meant(key, [other for other in dict.fromkeys(got) if other.casefold() not in found])
        bounds = findings.bounds
        if near is not None:
            note = f"there is {name(near, bounds.where)}: {show(got[near], bounds.value)}"
        where = self._where(key, findings)
        findings.keep(Difference("missing", where, show(wanted, bounds.value), note=note))


def _text_note(wanted: object, got: str, values: list[str]) -> str:
    for number, value in enumerate(values):
        if number and item_same(value, wanted)[0]:
            which = _ORDINALS.get(number, "last" if number + 1 == len(values) else "later")
            if isinstance(wanted, re.Pattern):
                return f"it is found in the {which} of {len(values)} values, but the first counts"
            return f"the {which} of {len(values)} values equals, but the first counts"
    if isinstance(wanted, str) and wanted.casefold() == got.casefold():
        return "they differ in case only"
    return ""
