"""The parts of a multipart body: their contents, the names of their files, their types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from asyncly.srvmocker._core.content import MULTIPART, ReceivedPart
from asyncly.srvmocker._core.explain.bodies import kept_body, not_kept, other_type
from asyncly.srvmocker._core.explain.bounds import Bounds
from asyncly.srvmocker._core.explain.findings import Findings, apart
from asyncly.srvmocker._core.explain.shown import name, show
from asyncly.srvmocker._core.explain.texts import item_same
from asyncly.srvmocker._core.matching.expected import ABSENT, Part
from asyncly.srvmocker._core.matching.fields import part_texts
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker.diagnosis import Difference

__all__ = ("Parts",)


class Parts:
    """The parts of each field are as expected."""

    __slots__ = ("_exact", "_wanted")

    def __init__(self, wanted: Mapping[str, object]) -> None:
        self._wanted = wanted
        self._exact = bool(getattr(wanted, "__exact__", False))

    def told(self, bounds: Bounds) -> Iterator[str]:
        """Yield each field with what is expected of it."""
        for key, value in self._wanted.items():
            yield f"part {name(key, bounds.where)}: {show(value, bounds.value)}"
        if self._exact:
            yield "no other part"

    def compare(self, view: RequestView, findings: Findings) -> None:
        """Add which are missing, differ, or are too many."""
        if not (self._wanted or self._exact):
            return  # nothing is asked, so any body will do
        if kept_body(view) is None:
            not_kept(findings)
            return
        found = view.multipart
        if found.trouble:
            if findings.found(float(len(self._wanted) + 1)):
                findings.keep(Difference("invalid", "body", note=found.trouble))
            return
        note = other_type(view, MULTIPART, findings)
        for key, wanted in self._wanted.items():
            findings.work.values -= 1
            self._field(key, wanted, found.named(key), findings, note)
        if self._exact:
            for part in found.parts:
                if part.name not in self._wanted and findings.found(0.75):
                    where = f"part {name(part.name, findings.bounds.where)}"
                    shown = show(part.content, findings.bounds.value)
                    findings.keep(Difference("unexpected", where, got=shown))

    def _field(
        self, key: str, wanted: object, got: list[ReceivedPart], findings: Findings, note: str
    ) -> None:
        where, room = f"part {name(key, findings.bounds.where)}", findings.bounds.value
        several = isinstance(wanted, (list, tuple))
        each = [] if wanted is ABSENT else cast("list[object]", wanted) if several else [wanted]
        for number, item in enumerate(each):
            if number < len(got):
                _one(where, item, got[number], findings)
            elif findings.found(1.0):
                findings.keep(Difference("missing", where, show(item, room), note=note))
        if self._exact or several or wanted is ABSENT:
            for part in got[len(each) :]:
                if findings.found(0.75):
                    findings.keep(Difference("unexpected", where, got=show(part.content, room)))


def _one(where: str, wanted: object, got: ReceivedPart, findings: Findings) -> None:
    part = wanted if isinstance(wanted, Part) else Part(wanted)
    if part.content is not None:
        content = part_texts(got, part.content)
        if content is None:
            if findings.found(1.0):
                findings.keep(Difference("invalid", where, note="is no text"))
        else:
            _value(where, part.content, content, findings)
    if part.filename is ABSENT:
        if got.filename is not None and findings.found(0.75):
            shown = show(got.filename, findings.bounds.value)
            findings.keep(Difference("unexpected", f"{where}, file name", got=shown))
    elif part.filename is not None:
        if got.filename is not None:
            _value(f"{where}, file name", part.filename, got.filename, findings)
        elif findings.found(1.0):
            shown = show(part.filename, findings.bounds.value)
            findings.keep(Difference("missing", f"{where}, file name", shown))
    if part.content_type is not None:
        _value(f"{where}, type", part.content_type, got.content_type, findings)


def _value(where: str, wanted: object, got: object, findings: Findings) -> None:
    same, trouble = item_same(got, wanted)
    if not same and findings.found(apart(got, wanted)):
        room = findings.bounds.value
        findings.keep(Difference("different", where, show(wanted, room), show(got, room), trouble))
