"""What differs between two observations of one scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.differential.script import Wire

ABSENT = "<absent>"


@dataclass(frozen=True)
class Difference:
    """One place at which the two observations part."""

    scenario: str
    path: tuple[str | int, ...]
    reference: Wire
    ours: Wire

    def __str__(self) -> str:
        place = ".".join(map(str, self.path))
        return f"{place}\n    reference: {self.reference!r}\n    ours:      {self.ours!r}"


def differences(scenario: str, reference: Wire, ours: Wire) -> list[Difference]:
    """Each place, deepest first found, at which the two are not the same."""
    if isinstance(reference, dict) and isinstance(ours, dict):
        started, own = reference.get("start"), ours.get("start")
        if (started == "ok") != (own == "ok"):  # then there is nothing else to compare
            return [Difference(scenario, ("start",), started, own)]
    return [
        Difference(scenario, path, theirs, own) for path, theirs, own in _walk((), reference, ours)
    ]


def _walk(
    path: tuple[str | int, ...], reference: Wire, ours: Wire
) -> Iterator[tuple[tuple[str | int, ...], Wire, Wire]]:
    if isinstance(reference, dict) and isinstance(ours, dict):
        if _same_error(reference, ours):
            return
        if (
            _failed(reference) != _failed(ours)
            or _other_refusal(reference, ours)
            or ("version" in reference) != ("version" in ours)  # an answer, and none
        ):
            yield path, reference, ours
            return
        for key in [*reference, *(key for key in ours if key not in reference)]:
            yield from _walk((*path, key), reference.get(key, ABSENT), ours.get(key, ABSENT))
    elif isinstance(reference, list) and isinstance(ours, list) and len(reference) == len(ours):
        for index, (theirs, own) in enumerate(zip(reference, ours, strict=True)):
            yield from _walk((*path, index), theirs, own)
    elif type(reference) is not type(ours) or reference != ours:
        yield path, reference, ours


def _other_refusal(reference: Mapping[str, Wire], ours: Mapping[str, Wire]) -> bool:
    """An answer that refuses the request before any route has seen it, and differs."""
    refusals = (400, 414, 417, 431, 501, 505)
    return ours.get("status") in refusals and "version" in reference and reference != ours


def _failed(seen: Mapping[str, Wire]) -> str | None:
    """The kind of failure that stands here instead of a result."""
    if "built" in seen:
        return "could not be made"
    return str(seen["raised"]) if "raised" in seen else None


def _same_error(reference: dict[str, Wire], ours: dict[str, Wire]) -> bool:
    """Both raised the same.

    The type is what counts; an AssertionError's message may say more than the published
    package's, and begins with the same words. Other messages are free.
    """
    if reference.keys() != {"raised", "text"} or ours.keys() != {"raised", "text"}:
        return False
    if reference["raised"] != ours["raised"]:
        return False
    if reference["raised"] != "AssertionError":
        return True
    return str(ours["text"]).startswith(str(reference["text"]))
