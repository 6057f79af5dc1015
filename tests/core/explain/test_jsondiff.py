"""JSON compared by path: the same verdict as `==`, and places that a reader finds."""

import json
import re
from collections import OrderedDict, defaultdict
from decimal import Decimal
from typing import Any, NoReturn
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker import ABSENT, NULL, AtPath, Exactly, Partial
from asyncly.srvmocker._core.explain.bounds import COUNT_ONLY, FULL, TERSE
from asyncly.srvmocker._core.explain.findings import Findings
from asyncly.srvmocker._core.explain.jsondiff import compare_json, leaves
from tests.core.explain.support import Angry, findings, lines
from tests.core.support import CLOSE_VALUES, VALUES, examples, nested_list


def compared(wanted: object, got: object) -> Findings:
    found = findings()
    compare_json(wanted, got, found)
    return found


def told(wanted: object, got: object) -> list[str]:
    return lines(compared(wanted, got))


@given(CLOSE_VALUES | VALUES, CLOSE_VALUES | VALUES, st.sampled_from([TERSE, FULL, COUNT_ONLY]))
@examples(500)
def test_there_is_a_difference_exactly_where_python_says_so(
    wanted: Any, got: Any, bounds: Any
) -> None:
    found = Findings(bounds, findings().work)
    compare_json(wanted, got, found)
    assert (found.total == 0) is (got == wanted)
    assert (found.cost == 0) is (got == wanted)
    assert len(found.kept) == min(found.total, bounds.differences)


@given(VALUES, st.data())
@examples(200)
def test_one_changed_leaf_is_one_difference_at_its_path(value: Any, data: st.DataObject) -> None:
    got = {"a": [value, {"b": 1}], "c": value}
    wanted = {"a": [value, {"b": 2}], "c": value}
    assert told(wanted, got) == ["$.a[1].b: wanted 2, got 1"]


CASES: list[tuple[object, object, list[str]]] = [
    ({"items": [1, 2, {"price": 12.5}]}, {"items": [1, 2, {"price": 13}]}, [
        "$.items[2].price: wanted 12.5, got 13",
    ]),
    ({"id": 1, "on": True, "at": "null"}, {"id": "1", "on": "true", "at": None}, [
        '$.id: wanted 1, got "1" (a string came)',
        '$.on: wanted true, got "true" (a string came)',
        '$.at: wanted "null", got null (a string was wanted)',
    ]),
    ({"a": 1, "price": 2}, {"prise": 2, "a": 1, "b": [3]}, [
        '$.price: missing, wanted 2 (there is "prise")',
        "$.prise: unexpected, got 2",
        "$.b: unexpected, got [3]",
    ]),
    ({"odd name": {"": 1}}, {"odd name": {"": 2}}, ['$["odd name"][""]: wanted 1, got 2']),
    ([1, 2, 3], [0, 1, 2, 3], [
        "$: wanted 3 items, got 4 items",
        "$[0]: unexpected, got 0",
    ]),
    ([1, 2, 3], [1, 3], ["$: wanted 3 items, got 2 items", "$[1]: missing, wanted 2"]),
    ([1, 2, 3], [1, 9], [
        "$: wanted 3 items, got 2 items",
        "$[1]: wanted 2, got 9",
        "$[2]: missing, wanted 3",
    ]),
    ([[1]], [[]], ["$[0]: wanted 1 item, got 0 items", "$[0][0]: missing, wanted 1"]),
    (["b", {"a": 1}, "c"], [{"a": 1}, "b", "c"], [
        ('$: wanted ["b", {"a": 1}, "c"], got [{"a": 1}, "b", "c"] '
        "(the same items in another order)"),
    ]),
    ([Decimal(1), 2], [2, 1], ["$[0]: wanted Decimal('1'), got 2", "$[1]: wanted 2, got 1"]),
    ({"a": 1}, [1], ['$: wanted {"a": 1}, got [1]']),
    ([1], {"a": 1}, ['$: wanted [1], got {"a": 1}']),
    ({"t": (1, 2)}, {"t": [1, 2]}, [
        "$.t: wanted (1, 2), got [1, 2] (a tuple equals no JSON value)",
    ]),
    ({"n": float("nan")}, {"n": float("nan")}, [
        "$.n: wanted NaN, got NaN (NaN equals nothing)",
    ]),
    ({1: "a"}, {"1": "a"}, ['$[1]: missing, wanted "a"', '$["1"]: unexpected, got "a"']),
    ("Tea", "tea", ['$: wanted "Tea", got "tea" (they differ in case only)']),
    ("a b", "a  b ", ['$: wanted "a b", got "a  b " (they differ in white space only)']),
    ("caf\u00e9", "cafe\u0301", [
        '$: wanted "café", got "cafe\u0301" (they differ in their Unicode form only)',
    ]),
    (2**53 + 1, 2.0**53, ["$: wanted 9007199254740993, got 9007199254740992.0"]),
    ("a" * 99 + "b" + "c" * 99, "a" * 99 + "d" + "c" * 100, [
        (f'$: wanted …"{"a" * 22}b{"c" * 45}"…, got …"{"a" * 22}d{"c" * 45}"… '
        "(differ from character 99 on, of 199 and 200)"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "got", "differences"), CASES)
def test_what_a_reader_sees(wanted: object, got: object, differences: list[str]) -> None:
    assert told(wanted, got) == differences


def test_a_member_that_must_be_absent_is_told_where_it_is_there() -> None:
    wanted = Partial({"id": 7, "user": {"error": ABSENT, "name": "Ada"}})
    assert told(wanted, {"id": 7, "user": {"name": "Ada"}, "error": 1}) == []
    assert told(wanted, {"id": 7, "user": {"name": "Bob"}}) == [
        '$.user.name: wanted "Ada", got "Bob"'
    ]
    assert told(wanted, {"id": 7, "user": {"name": "Bob", "error": None}}) == [
        "$.user.error: unexpected, got null",
        '$.user.name: wanted "Ada", got "Bob"',
    ]


def test_what_differs_in_an_array_of_a_partial_value_is_told_by_its_item() -> None:
    wanted = Partial({"a": [{"id": 1}, [2]]})
    assert told(wanted, {"a": [{"id": 1, "x": 0}, [2]], "b": 0}) == []
    assert told(wanted, {"a": [{"id": 2, "x": 0}, [3]], "b": 0}) == [
        "$.a[0].id: wanted 1, got 2",
        "$.a[1][0]: wanted 2, got 3",
    ]
    assert told(wanted, {"a": [{"id": 1}]}) == [
        "$.a: wanted 2 items, got 1 item (an array has as many items as in the Partial)"
    ]
    assert told(Partial([1]), 3) == ["$: wanted Partial([1]), got 3"]
    result = findings(COUNT_ONLY)
    compare_json(wanted, {"a": []}, result)
    assert (result.total, result.kept) == (1, [])


@pytest.mark.parametrize(
    ("wanted", "told_of"),
    [
        (AtPath("$.a[*]", 3), "$.x.a[*]: wanted 3, got [1, 2] (these are the values there)"),
        (AtPath("$.a[*]", values=[2, 1]), "$.x.a[*]: wanted [2, 1], got [1, 2]"),
        (AtPath("$.a", ABSENT), "$.x.a: unexpected, got [[1, 2]]"),
        (AtPath("$.b", NULL), "$.x.b: missing, wanted null"),
        (
            AtPath("$.a", Angry()),
            "$.x.a: wanted <Angry, whose repr raised KeyError: 'no text'>, got ",
        ),
    ],
)
def test_what_is_found_at_a_path_is_told(wanted: object, told_of: str) -> None:
    (line,) = told({"x": wanted}, {"x": {"a": [1, 2]}})
    assert line.startswith(told_of)
    result = findings(COUNT_ONLY)
    compare_json(wanted, {"a": [1, 2]}, result)
    assert (result.total, result.kept) == (1, [])


@pytest.mark.parametrize(
    ("wanted", "got"), [('{"a": 1}', {"a": 1}), (b"[1]", [1]), ("[\ud800]", [1]), ("[2]", [1])]
)
def test_the_text_of_a_value_is_told_from_the_value(wanted: object, got: object) -> None:
    (line,) = told(wanted, got)
    right = "the value itself is wanted, not its text" in line
    assert right is (wanted in ('{"a": 1}', b"[1]"))


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (re.compile("a"), "a Pattern equals no JSON value"),
        (Exactly({}), "an Exactly equals no JSON value"),
        (ABSENT, "ABSENT equals no JSON value; a member of a Partial may be ABSENT"),
        (b"a", "a bytes equals no JSON value"),
    ],
)
def test_what_equals_no_json_value_is_told_as_such(wanted: object, why: str) -> None:
    (line,) = told({"a": wanted}, {"a": "a"})
    assert line == f'$.a: wanted {wanted!r}, got "a" ({why})'


def test_what_equals_is_not_told() -> None:
    got = {"a": 1, "b": [1.0, True], "c": {"x": "y"}, "d": 1.5}
    wanted = {"a": True, "b": [1, 1], "c": ANY, "d": Decimal("1.5")}
    assert told(wanted, got) == []
    assert told(OrderedDict(wanted), got) == []
    assert told(OrderedDict({**wanted, "a": 2}), got) == ["$.a: wanted 2, got 1"]
    assert told(defaultdict(int, {**wanted, "a": 2}), got) == ["$.a: wanted 2, got 1"]


class Near:
    def __init__(self, number: float) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | float) and abs(other - self.number) < 0.1

    __hash__ = None  # type: ignore[assignment]  # as a class with an `__eq__` has it

    def __repr__(self) -> str:
        return f"Near({self.number})"


class Loose(dict[str, object]):
    """Asks for some members only."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and self.items() <= other.items()

    __hash__ = None


def test_objects_with_an_equality_of_their_own_are_asked() -> None:
    wanted = {"a": Near(1), "b": Near(2), "c": Loose(x=1), "d": Loose(x=1)}
    got = {"a": 1.05, "b": 1, "c": {"x": 1, "y": 2}, "d": {"y": 1}}
    assert told(wanted, got) == [
        "$.b: wanted Near(2), got 1",
        "$.d: wanted {'x': 1}, got {\"y\": 1}",
    ]


def test_an_equality_that_raises_is_a_difference() -> None:
    assert told({"a": 1, "b": Angry()}, {"a": 2, "b": 3}) == [
        "$.a: wanted 1, got 2",
        (
            "$.b: wanted <Angry, whose repr raised KeyError: 'no text'>, got 3 "
            "(comparing raised ValueError: no\\ncomparison)"
        ),
    ]


class AngryName(str):
    __slots__ = ()

    def __eq__(self, other: object) -> NoReturn:
        raise ValueError("no")

    __hash__ = str.__hash__


def test_a_name_whose_equality_raises_does_not_break_it() -> None:
    found = compared({AngryName("a"): 1}, {"a": 1})
    assert not found.complete
    assert lines(found) == ["$: wanted {'a': 1}, got {\"a\": 1} (comparing raised ValueError: no)"]


class Moody:
    """Is never the same twice."""

    def __init__(self) -> None:
        self.asked = 0

    def __eq__(self, other: object) -> bool:
        self.asked += 1
        return self.asked == 2

    def __repr__(self) -> str:
        return "Moody()"

    __hash__ = None  # type: ignore[assignment]  # as a class with an `__eq__` has it


def test_a_difference_that_is_gone_below_is_told_of_the_whole() -> None:
    assert told([Moody()], [1]) == ["$: wanted [Moody()], got [1] (they differ as a whole)"]


def test_what_is_nested_too_deeply_is_not_followed() -> None:
    found = compared(nested_list(200, 1), nested_list(200, 2))
    assert found.total == 1
    assert not found.complete
    assert compared(nested_list(90, 1), nested_list(90, 2)).complete
    deep = compared(nested_list(50_000), nested_list(50_000))
    assert deep.total == 1
    assert "nested too deeply to be compared" in lines(deep)[0]


def test_no_more_is_compared_than_the_work_allows() -> None:
    found = findings(values=50)
    compare_json([{"a": 1}] * 100, [{"a": 2}] * 100, found)
    assert not found.complete
    assert 1 < found.total <= 100
    assert found.work.values <= 0


def test_a_step_far_down_is_more_work() -> None:
    flat, deep = findings(), findings()
    compare_json([1] * 90, [2] * 90, flat)
    compare_json(nested_list(90, 1), nested_list(90, 2), deep)
    assert flat.total == 90
    assert deep.total == 1
    assert deep.work.values < flat.work.values - 500


def test_paths_and_values_are_bounded() -> None:
    wanted: object = 1
    got: object = 2
    for _ in range(90):
        wanted, got = {"x" * 500: wanted}, {"x" * 500: got}
    (line,) = told(wanted, got)
    assert len(line) < TERSE.where + 50
    assert line.endswith(": wanted 1, got 2")


def test_nearer_values_cost_less() -> None:
    wanted = {"a": 1, "b": [1, 2, 3], "c": {"d": "tea", "e": None}}

    def cost(got: object) -> float:
        return compared(wanted, got).cost

    other = json.loads(json.dumps(wanted))
    other["c"]["d"] = "milk"
    shuffled = json.loads(json.dumps(wanted))
    shuffled["b"] = [3, 2, 1]
    assert 0 < cost(shuffled) <= cost(other) < cost({"a": 1, "b": [1, 2, 3]}) < cost({}) < cost(7)


def test_items_are_counted_also_when_none_is_kept() -> None:
    for wanted, got, total in (([1, 2, 3], [1], 3), ([1], [1, 2, 3], 3), ([1, 2], [2, 1], 1)):
        found = findings(COUNT_ONLY)
        compare_json(wanted, got, found)
        assert (found.total, found.kept) == (total, [])


def test_leaves_are_counted_as_far_as_it_matters() -> None:
    assert leaves({"a": [1, 2], "b": {}, "c": []}) == 4
    assert leaves(7) == 1
    assert leaves([[0] * 10_000] * 10_000) == 1000


def test_an_array_too_long_to_look_for_another_order() -> None:
    assert compared(list(range(1001)), list(range(1001))[::-1]).total > 1
    assert compared(list(range(1000)), list(range(1000))[::-1]).total == 1
