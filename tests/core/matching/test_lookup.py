"""Looking up what belongs to a JSON value: as `==` would find it, however it is done."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.jsonbody import INVALID, freeze
from asyncly.srvmocker._core.matching.lookup import ByValue
from tests.core.support import CLOSE_SCALARS, examples

MEMBERS = st.sampled_from([*CLOSE_SCALARS, [], [1], [True], {}, {"a": True}])
OBJECTS = st.dictionaries(st.sampled_from(["id", "kind", "n"]), MEMBERS, max_size=3)


def by_value(values: list[Any]) -> ByValue[int]:
    numbers: dict[Any, tuple[object, int]] = {}
    for number, value in enumerate(values):
        numbers.setdefault(freeze(value), (value, number))
    return ByValue(numbers)


@given(
    st.lists(OBJECTS | MEMBERS, min_size=1, max_size=14),
    st.lists(OBJECTS | MEMBERS, max_size=6),
    st.sampled_from([None, 1, 2, 14]),
)
@examples(400)
def test_what_is_found_belongs_to_an_equal_value(
    values: list[Any], others: list[Any], spread: int | None
) -> None:
    if spread is not None:  # a member that tells some of them apart, or all
        values = [
            {**(value if isinstance(value, dict) else {}), "id": number % spread}
            for number, value in enumerate(values)
        ]
    table = by_value(values)
    askeds: list[Any] = [*values, *others, {"id": 0}, {"id": []}, None, [], "id"]
    for asked in askeds:
        expected = next((n for n, value in enumerate(values) if value == asked), None)
        assert table.get(asked) == expected
    assert table.get(INVALID) is None


@pytest.mark.parametrize("alike", [1, 4, 5, 9])
def test_values_that_share_the_telling_member(alike: int) -> None:
    values: list[Any] = [{"id": 0, "n": number} for number in range(alike)]
    values += [{"id": number, "n": 0} for number in range(1, 2 * alike + 1)]
    table = by_value(values)
    assert [table.get(value) for value in values] == list(range(len(values)))
    assert table.get({"id": 0, "n": alike}) is None
    assert table.get({"id": 0, "n": [1]}) is None
    assert table.get({"id": [0], "n": 0}) is None
