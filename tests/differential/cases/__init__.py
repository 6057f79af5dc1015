"""Hand-written scenarios: the corners that chance would not find."""

from ..script import Scenario
from . import history, matching, proxying, responding, routing, starting, wire

CASES: list[Scenario] = [
    *starting.CASES,
    *routing.CASES,
    *matching.CASES,
    *responding.CASES,
    *history.CASES,
    *wire.CASES,
    *proxying.CASES,
]
