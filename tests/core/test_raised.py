"""What a user's own code raises: which of it is kept."""

import asyncio
from collections.abc import Callable
from typing import NoReturn

import pytest

from asyncly.srvmocker._core.explain.criteria import wanted_by
from asyncly.srvmocker._core.explain.shown import failure, show
from asyncly.srvmocker._core.matching.criteria import (
    compile_criteria,
    disjunction,
    negation,
    opaque,
)
from asyncly.srvmocker._core.matching.given import Compiled
from asyncly.srvmocker._core.raised import kept
from tests.core.explain.support import findings, lines
from tests.core.support import view_of


@pytest.mark.parametrize(
    "error",
    [ValueError("no"), asyncio.CancelledError(), pytest.fail.Exception("no"), StopIteration()],
)
def test_everything_is_kept(error: BaseException) -> None:
    assert kept(error) is error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
def test_but_what_is_meant_for_somebody_else(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        kept(error)
    assert caught.value is error


# --- what is told of a failure -------------------------------------------------------------------


class Outcome(BaseException):
    """As those of pytest are."""


class Raises:
    """Raises it whatever it is asked."""

    def __init__(self, error: type[BaseException]) -> None:
        self.error = error

    def __call__(self, *_: object) -> NoReturn:
        raise self.error("of mine")

    __eq__ = __repr__ = __call__
    __hash__ = None  # type: ignore[assignment]  # as a class with an `__eq__` has it


class Name(str):
    """A name of a member that cannot be compared."""

    __slots__ = ("raises",)
    raises: Raises

    def __eq__(self, other: object) -> NoReturn:
        self.raises()

    __hash__ = str.__hash__


def named(error: type[BaseException]) -> dict[str, object]:
    name = Name("a")
    name.raises = Raises(error)
    return {name: 1}


ASKED: list[tuple[Callable[[type[BaseException]], Compiled], str]] = [
    (lambda error: opaque(Raises(error)), "a predicate: raised Outcome: of mine"),
    (lambda error: negation(opaque(Raises(error))), "a predicate: raised Outcome: of mine"),
    (
        lambda error: disjunction(opaque(Raises(error)), compile_criteria(query={"a": "1"})),
        "either: raised Outcome: of mine, so what stands behind it was not asked",
    ),
    (
        lambda error: compile_criteria(query={"a": Raises(error)}),
        (
            'query a: wanted <Raises, whose repr raised Outcome: of mine>, got "1" '
            "(comparing raised Outcome: of mine)"
        ),
    ),
    (
        lambda error: compile_criteria(json=named(error)),
        "$: wanted {'a': 1}, got {\"a\": 1} (comparing raised Outcome: of mine)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "told"), ASKED)
def test_what_is_told_of_a_request_tells_it(
    asked: Callable[[type[BaseException]], Compiled], told: str
) -> None:
    view = view_of(b'{"a": 1}', target="/?a=1")
    found = findings()
    for criterion in wanted_by(asked(Outcome)):
        criterion.compare(view, found)
    assert lines(found) == [told]
    with pytest.raises(KeyboardInterrupt):
        for criterion in wanted_by(asked(KeyboardInterrupt)):
            criterion.compare(view, findings())


def test_what_cannot_be_told_says_so() -> None:
    class Silent(BaseException):
        def __str__(self) -> str:
            raise error

    error: BaseException = Outcome("of mine")
    assert failure(Silent()) == "raised Silent"
    assert show(Raises(Outcome), 80) == "<Raises, whose repr raised Outcome: of mine>"
    error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        failure(Silent())
    with pytest.raises(KeyboardInterrupt):
        show(Raises(KeyboardInterrupt), 80)
