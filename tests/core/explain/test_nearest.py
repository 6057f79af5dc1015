"""The nearest of many requests, in an order that a person would agree with."""

import json
from typing import Any

import pytest

from asyncly.srvmocker._core.explain.bounds import TERSE
from asyncly.srvmocker._core.explain.nearest import (
    FIRST,
    LAST,
    Calls,
    compare,
    nearest,
    only,
    request_name,
)
from asyncly.srvmocker._core.request import RequestView
from tests.core.explain.support import calls_of, findings, wanted
from tests.core.support import view_of

ORDER: dict[str, Any] = {"item": "tea", "count": 2, "to": {"city": "Oslo", "zip": "0150"}}


def posted(value: object, **headers: str) -> RequestView:
    return view_of(json.dumps(value).encode(), target="/orders", headers=headers)


def changed(**members: object) -> dict[str, object]:
    return {**ORDER, **members}


RANKED: list[tuple[str, RequestView]] = [
    ("a number that is close", posted(changed(count=3), X="1")),
    ("a member that nobody wanted", posted(changed(note="quick"), X="1")),
    ("a number that is far", posted(changed(count=2000), X="1")),
    ("a header that is missing, and a number", posted(changed(count=3))),
    ("two texts", posted(changed(item="coffee", to={"city": "Bergen", "zip": "0150"}), X="1")),
    ("an object that is missing", posted({"item": "tea", "count": 2}, X="1")),
    ("everything", posted({"a": 1, "b": 2, "c": 3})),
    ("another type", posted([1, 2], X="1")),
    ("no JSON", view_of(b"item=tea&count=2", target="/orders", headers={"X": "1"})),
    ("no JSON and no header", view_of(b"", target="/orders")),
]
"""From the nearest to the furthest."""


def test_the_ranking_is_what_a_person_would_say() -> None:
    criteria = wanted(json=ORDER, headers={"X": "1"})
    costs = {name: compare(criteria, view, findings().work).cost for name, view in RANKED}
    assert compare(criteria, posted(ORDER, X="1"), findings().work).cost == 0
    assert sorted(costs, key=lambda name: costs[name]) == [name for name, _ in RANKED]


def test_the_nearest_come_first_and_the_later_of_two_alike_before_the_earlier() -> None:
    views = [view for _, view in reversed(RANKED)]
    found = nearest(wanted(json=ORDER, headers={"X": "1"}), calls_of(views), TERSE, matching=False)
    assert [near.number for near in found.chosen] == [9, 8, 7]
    assert [told.number for told in found.told] == [9, 8, 7]
    assert (found.first, found.last) == (0, len(views))
    twice = [posted(changed(count=3)), posted(changed(count=1)), posted(changed(count=3, a=1))]
    criteria = wanted(json=changed(count=2))
    assert [
        near.number for near in nearest(criteria, calls_of(twice), TERSE, matching=False).chosen
    ] == [
        *(0, 1, 2),
    ]
    same = [posted(changed(item=item)) for item in ("teb", "tec", "ted")]
    assert [
        near.number for near in nearest(criteria, calls_of(same), TERSE, matching=False).chosen
    ] == [
        *(2, 1, 0),
    ]


def test_those_that_match_are_told_apart_from_those_that_do_not() -> None:
    views = [posted(ORDER), posted(changed(count=1)), posted(ORDER, X="1")]
    criteria = wanted(json=ORDER)
    assert [
        near.number for near in nearest(criteria, calls_of(views), TERSE, matching=True).chosen
    ] == [
        *(2,),
    ]
    assert [
        near.number for near in nearest(criteria, calls_of(views), TERSE, matching=False).chosen
    ] == [
        *(1,),
    ]


def test_what_would_be_told_alike_is_told_once() -> None:
    views = [
        *[posted(changed(count=3))] * 5,  # the same bytes
        *[posted(changed(count=3), X=str(n)) for n in range(4)],  # the same differences
        posted(changed(count=99)),
    ]
    found = nearest(wanted(json=ORDER), calls_of(views), TERSE, matching=False)
    assert [(told.number, told.alike) for told in found.told] == [(8, 8), (9, 0)]


def test_where_a_request_went_keeps_it_apart() -> None:
    views = [posted(changed(count=3))] * 3
    calls = calls_of(views, ["'a'", "'b'", "'a'"])
    found = nearest(wanted(json=ORDER), calls, TERSE, matching=False)
    assert [(told.number, told.where, told.alike) for told in found.told] == [
        (2, "'a'", 1),
        (1, "'b'", 0),
    ]


@pytest.mark.parametrize(
    ("total", "first", "last"),
    [(0, 0, 0), (1, 0, 1), (500, 0, 500), (501, 20, 480), (1_000_000, 20, 480)],
)
def test_of_very_many_the_last_and_a_few_of_the_first_are_looked_at(
    total: int, first: int, last: int
) -> None:
    looked_at: list[int] = []

    def view_at(number: int) -> RequestView:
        looked_at.append(number)
        return posted(changed(count=number))

    found = nearest(wanted(json=changed(count=-1)), Calls(total, view_at), TERSE, matching=False)
    assert (found.first, found.last) == (first, last)
    assert len(looked_at) == len(set(looked_at)) == first + last
    assert set(looked_at) == {*range(first), *range(total - last, total)}
    assert FIRST + LAST == 500


def test_of_large_requests_fewer_are_looked_at() -> None:
    views = [view_of(b'"%d%s"' % (number, b"x" * 1_000_000)) for number in range(10)]
    found = nearest(wanted(json="x"), calls_of(views), TERSE, matching=False)
    assert 1 < found.last < 10
    assert [near.number for near in found.chosen] == [9, 8, 7]


def test_of_requests_that_take_long_to_compare_fewer_are_looked_at_but_the_last_always() -> None:
    # Each takes more work than there is for all.
    views = [posted([[number, item] for item in range(60_000)]) for number in range(3)]
    found = nearest(wanted(json=[[0, -1]] * 60_000), calls_of(views), TERSE, matching=False)
    assert [near.number for near in found.chosen] == [2]
    assert not found.told[0].complete
    # One takes more than what is left, and would seem nearer than it is.
    views = [posted([[number, item] for item in range(9000)]) for number in range(4)]
    found = nearest(wanted(json=[[0, -1]] * 9000), calls_of(views), TERSE, matching=False)
    assert found.last < 4
    assert found.chosen[0].number == 3


def test_of_many_that_are_ranked_alike_only_some_are_told_together() -> None:
    views = [posted(changed(count=3), X=str(number)) for number in range(100)]
    found = nearest(wanted(json=ORDER), calls_of(views), TERSE, matching=False)
    assert [told.alike for told in found.told] == [39]


def test_one_request_can_be_looked_at_alone() -> None:
    calls = calls_of([posted(ORDER), posted(changed(count=1))], ["'a'", "'b'"])
    found = only(wanted(json=ORDER), calls, 0, TERSE)
    assert found.told[0]._asdict() == {
        "number": 0,
        "name": "POST /orders",
        "differences": (),
        "total": 0,
        "complete": True,
        "alike": 0,
        "where": "'a'",
    }
    assert only(wanted(json=ORDER), calls_of([posted(ORDER)]), 0, TERSE).told[0].where == ""


def test_a_request_is_named_by_its_method_and_target() -> None:
    view = view_of(method="M" * 99, target="/" + "a" * 999)
    told = request_name(view, TERSE)
    assert told.startswith("MMM")
    assert " /aaa" in told
    assert len(told) <= 24 + 1 + TERSE.where
