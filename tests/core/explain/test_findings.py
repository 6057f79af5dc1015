"""Counting differences, comparing safely, and how far two values are apart."""

from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.explain.bounds import TERSE
from asyncly.srvmocker._core.explain.findings import apart, equal, parting, shared
from asyncly.srvmocker.diagnosis import Difference
from tests.core.explain.support import Angry, findings
from tests.core.support import CLOSE_VALUES, VALUES, examples, nested_list


class Odd:
    """Answers with something that is not a truth."""

    def __eq__(self, other: object) -> str:  # type: ignore[override]  # that is the point
        return "yes" if other == 1 else ""

    __hash__ = None  # type: ignore[assignment]  # as a class with an `__eq__` has it


def test_differences_are_counted_also_when_no_more_are_kept() -> None:
    found = findings(TERSE._replace(differences=2))
    for number in range(5):
        if found.found(0.5):
            found.keep(Difference("different", str(number)))
    assert (found.total, found.cost, len(found.kept), found.room) == (5, 2.5, 2, 0)
    assert not found.found(1.0, 10)
    assert found.total == 15


def test_comparing_is_what_python_calls_equal() -> None:
    assert equal(1, True) == (True, "")
    assert equal(1, "1") == (False, "")
    assert equal(1, Odd()) == (True, "")
    assert equal(2, Odd()) == (False, "")


def test_comparing_never_fails() -> None:
    assert equal(1, Angry()) == (False, "comparing raised ValueError: no\\ncomparison")
    deep = nested_list(100_000)
    assert equal(deep, nested_list(100_000)) == (False, "nested too deeply to be compared")


@given(VALUES | CLOSE_VALUES, VALUES | CLOSE_VALUES)
@examples(300)
def test_unequal_values_are_apart(one: object, other: object) -> None:
    if one != other:
        assert 0 < apart(one, other) <= 1


def test_what_a_person_calls_nearer_is_nearer() -> None:
    assert apart("lamb", "lamp") < apart("zebra", "lamp")
    assert apart(13, 12.5) < apart(99, 12.5) < apart("x", 12.5)
    assert apart("1", 1) < apart("2", 1)
    assert apart(True, "true") < apart(False, "true")
    assert apart(10**400, 1.5) == apart(float("nan"), 1) == apart([], {}) == 1
    assert shared("", "") == 1
    assert shared("a" * 500, "a" * 500 + "b") > 0.9


@given(st.binary(max_size=30), st.binary(max_size=30))
@examples(200)
def test_two_unequal_ones_part_at_the_first_byte_that_differs(one: bytes, other: bytes) -> None:
    if one != other:
        at = parting(one, other)
        assert one[:at] == other[:at]
        assert one[at : at + 1] != other[at : at + 1]
