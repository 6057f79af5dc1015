"""Hand-written scenarios: the corners that chance would not find."""

from tests.differential.cases import (
    history,
    matching,
    proxying,
    responding,
    routing,
    starting,
    wire,
)
from tests.differential.script import Scenario

CASES: list[Scenario] = [
    *starting.CASES,
    *routing.CASES,
    *matching.CASES,
    *responding.CASES,
    *history.CASES,
    *wire.CASES,
    *proxying.CASES,
]
