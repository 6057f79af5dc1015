"""What the tests of the explanations share."""

from collections.abc import Mapping, Sequence
from typing import NoReturn

from asyncly.srvmocker._core.explain.bounds import TERSE, Bounds, Work
from asyncly.srvmocker._core.explain.criteria import Wanted, wanted_by
from asyncly.srvmocker._core.explain.findings import Findings
from asyncly.srvmocker._core.explain.nearest import Calls
from asyncly.srvmocker._core.matching.criteria import compile_criteria
from asyncly.srvmocker._core.request import RequestView

__all__ = ("Angry", "calls_of", "findings", "lines", "wanted")


class Angry:
    """Refuses to be compared, shown or counted."""

    def __eq__(self, other: object) -> NoReturn:
        raise ValueError("no\ncomparison")

    def __repr__(self) -> NoReturn:
        raise KeyError("no text")

    __hash__ = None  # type: ignore[assignment]  # as a class with an `__eq__` has it


def wanted(
    *,
    json: object = None,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> Wanted:
    return wanted_by(compile_criteria(json=json, body=body, headers=headers, query=query))


def findings(bounds: Bounds = TERSE, *, values: int = 100_000) -> Findings:
    return Findings(bounds, Work(values, 1 << 30))


def lines(found: Findings) -> list[str]:
    return [str(difference) for difference in found.kept]


def calls_of(views: Sequence[RequestView], where: Sequence[str] = ()) -> Calls:
    return Calls(len(views), views.__getitem__, where.__getitem__ if where else None)
