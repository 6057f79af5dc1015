"""The pairs: both sides come to the same, and the check notices when they do not."""

import pytest

from benchmarks.parts import (
    REPETITIONS,
    SIDES,
    TRAFFICS,
    Repetition,
    Side,
    Traffic,
    assert_json_pair,
    assert_times_pair,
    compile_pair,
    dispatch_pair,
    record_pair,
)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("traffic", TRAFFICS)
def test_dispatch_selects_what_it_should(traffic: Traffic, side: Side) -> None:
    pair = dispatch_pair(5, traffic)
    pair.check()
    assert pair.side(side)() == ("order-4" if traffic == "last" else None)


@pytest.mark.parametrize("repetition", REPETITIONS)
def test_recording_and_asserting_agree(repetition: Repetition) -> None:
    record_pair(repetition, 50).check()
    assert_json_pair(repetition, 50).check()


def test_counting_and_compiling_agree() -> None:
    assert_times_pair(30).check()
    compile_pair(3).check()


def test_the_sides_are_two() -> None:
    pair = compile_pair(1)
    assert pair.side("asyncly") is pair.asyncly
    assert pair.side("reference") is pair.reference
