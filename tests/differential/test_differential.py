"""The published package and this one give the same answers, histories and assertion outcomes.

Both play every scenario, each in a process of its own, once for the whole session; what differs
must be in the table of `wanted.py`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

import pytest

from benchmarks.reference_env import REFERENCE_VERSION, ReferenceUnavailableError, reference_python
from tests.differential.cases import CASES
from tests.differential.chance import scenarios
from tests.differential.compare import Difference, differences
from tests.differential.reference import play_both, play_reference
from tests.differential.script import Scenario, Wire
from tests.differential.wanted import WANTED, Wanted, explanation

SKIP = "ASYNCLY_NO_REFERENCE"
ALL = [*CASES, *scenarios()]
SHOWN = 12  # differences of one scenario that a failure shows

Seen = Mapping[str, Wire]


@pytest.fixture(scope="session")
def played() -> tuple[Seen, Seen]:
    """What the published package shows in each scenario, and what this one does."""
    if os.environ.get(SKIP) == "1":
        pytest.skip(f"{SKIP}=1: nothing is compared with the published package")
    try:
        reference_python()
    except ReferenceUnavailableError as error:
        why = str(error)
    else:
        return play_both(ALL)
    pytest.fail(f"{why}\nOr set {SKIP}=1 to leave the comparison out.", pytrace=False)


@pytest.fixture(scope="session")
def parted(played: tuple[Seen, Seen]) -> Mapping[str, list[Difference]]:
    """All differences, by scenario."""
    reference, ours = played
    return {each.id: differences(each.id, reference[each.id], ours[each.id]) for each in ALL}


@pytest.mark.parametrize("scenario", [pytest.param(each, id=each.id) for each in ALL])
def test_same_as_published(
    scenario: Scenario,
    played: tuple[Seen, Seen],
    parted: Mapping[str, list[Difference]],
) -> None:
    for who, seen in zip(("reference", "ours"), played, strict=True):
        one = seen[scenario.id]
        assert isinstance(one, dict)
        assert "crash" not in one, f"{who} could not play {scenario.id}:\n{one['crash']}"
    unwanted = [each for each in parted[scenario.id] if explanation(each) is None]
    if unwanted:
        shown = "\n".join(f"  {each}" for each in unwanted[:SHOWN])
        pytest.fail(f"{scenario.id}: {len(unwanted)} difference(s)\n{shown}", pytrace=False)


@pytest.mark.parametrize("wanted", [pytest.param(each, id=each.name) for each in WANTED])
def test_wanted_difference_still_occurs(
    wanted: Wanted, parted: Mapping[str, list[Difference]]
) -> None:
    shown = any(explanation(each) is wanted for found in parted.values() for each in found)
    assert shown, f"nothing shows this any more, or an earlier entry takes it: {wanted.reason}"


def test_the_reference_is_the_published_package(played: tuple[Seen, Seen]) -> None:
    code = "import asyncly, importlib.metadata as m; print(m.version('asyncly'), asyncly.__file__)"
    python = reference_python()
    shown = subprocess.run(
        [str(python), "-c", code], capture_output=True, text=True, check=True, cwd=python.parent
    ).stdout.split()
    assert shown[0] == REFERENCE_VERSION
    assert shown[1].startswith(str(python.parents[1]))


def test_the_player_shows_the_same_each_time(played: tuple[Seen, Seen]) -> None:
    again = ALL[::8]
    for scenario, seen in zip(again, play_reference(again), strict=True):
        assert differences(scenario.id, played[0][scenario.id], seen) == []


def test_names_are_unique() -> None:
    assert len({each.id for each in ALL}) == len(ALL)
