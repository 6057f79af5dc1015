"""What differs between two observations of one scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.differential.script import Wire

ABSENT = "<absent>"

_NO_BODY = ""  # an answer to HEAD tells the length of what is not there

_PUBLISHED = {"CallAssertionError": "AssertionError"}
"""Errors that are one of the published package's, with data."""


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
        if _told_why(reference, ours):
            yield (*path, "told"), reference["body"], ours["body"]
            return
        for key in [*reference, *(key for key in ours if key not in reference)]:
            yield from _walk((*path, key), reference.get(key, ABSENT), ours.get(key, ABSENT))
    elif isinstance(reference, list) and isinstance(ours, list) and len(reference) == len(ours):
        for index, (theirs, own) in enumerate(zip(reference, ours, strict=True)):
            yield from _walk((*path, index), theirs, own)
    elif type(reference) is not type(ours) or reference != ours:
        yield path, reference, ours


def _told_why(reference: Mapping[str, Wire], ours: Mapping[str, Wire]) -> bool:
    """Two answers to a request that no route takes, of which ours tells the reason."""
    return (
        reference.get("status") == ours.get("status")
        and ours.get("status") in (404, 405)
        and (
            (
                str(reference.get("body")).startswith(("404: ", "405: "))
                and str(ours.get("body")).startswith(("no route for ", "No MockRoute matched "))
            )
            or reference.get("body") == ours.get("body") == _NO_BODY
        )
        and "headers" in ours
        and _untold(reference) == _untold(ours)
        and reference != ours
    )


def _untold(answer: Mapping[str, Wire]) -> dict[str, Wire]:
    """The same without the body, and without its length."""
    fields = answer["headers"]
    assert isinstance(fields, list)
    rest = [each for each in fields if isinstance(each, list) and each[0] != "Content-Length"]
    return {**answer, "body": None, "headers": rest}


def _other_refusal(reference: Mapping[str, Wire], ours: Mapping[str, Wire]) -> bool:
    """An answer that refuses the request before any route has seen it, and differs."""
    refusals = (400, 414, 417, 431, 501, 505)
    return ours.get("status") in refusals and "version" in reference and reference != ours


def _failed(seen: Mapping[str, Wire]) -> str | None:
    """The kind of failure that stands here instead of a result."""
    if "built" in seen:
        return "could not be made"
    if "raised" not in seen:
        return None
    return _PUBLISHED.get(str(seen["raised"]), str(seen["raised"]))


def _same_error(reference: dict[str, Wire], ours: dict[str, Wire]) -> bool:
    """Both raised the same.

    The type is what counts; an AssertionError's message may say more than the published
    package's, and begins with the same words. Other messages are free.
    """
    if reference.keys() != {"raised", "text"} or ours.keys() != {"raised", "text"}:
        return False
    if reference["raised"] != _PUBLISHED.get(str(ours["raised"]), ours["raised"]):
        return False
    if reference["raised"] != "AssertionError":
        return True
    return str(ours["text"]).startswith(str(reference["text"]))
