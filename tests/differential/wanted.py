"""The differences that are wanted: where this package leaves the published one behind on purpose.

A difference that no entry explains fails the test of its scenario. An entry that explains no
difference fails too: then the reason has gone, or the scenario that showed it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .compare import Difference
from .script import Scenario, Wire


@dataclass(frozen=True)
class Wanted:
    """A kind of difference: its name, why it is wanted, and which differences are of it."""

    name: str
    reason: str
    explains: Callable[[Scenario, Difference], bool]


def at(
    scenario: str, *ends: str, check: Callable[[Difference], bool] | None = None
) -> Callable[[Scenario, Difference], bool]:
    """Differences in scenarios whose name begins so, at a place that ends in one of these."""

    def explains(played: Scenario, difference: Difference) -> bool:
        place = ".".join(map(str, difference.path))
        return (
            played.id.startswith(scenario)
            and (not ends or any(place == end or place.endswith("." + end) for end in ends))
            and (check is None or check(difference))
        )

    return explains


def raised(seen: Wire) -> str | None:
    """The name of the exception that was observed, where one was."""
    if isinstance(seen, dict) and "raised" in seen:
        return str(seen["raised"])
    return None


WANTED: list[Wanted] = []


def explanation(scenario: Scenario, difference: Difference) -> Wanted | None:
    """The first entry that explains the difference."""
    return next((each for each in WANTED if each.explains(scenario, difference)), None)
