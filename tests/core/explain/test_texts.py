"""Names and values explained: what is told of those that are missing, others, or too many."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from dirty_equals import IsStr
from multidict import CIMultiDict, MultiDict, MultiMapping

from asyncly.srvmocker import ABSENT, Exactly
from asyncly.srvmocker._core.explain.bounds import COUNT_ONLY, TERSE
from asyncly.srvmocker._core.explain.texts import Texts, item_same
from asyncly.srvmocker._core.request import PartialView, RequestView
from tests.core.explain.support import Angry, findings, lines
from tests.core.support import view_of

Pairs = list[tuple[str, str]]

NOT_FOUND = "the pattern is not found"
FOUND_LATER = "it is found in the third of 3 values, but the first counts"
EQUALS_LATER = "the second of 3 values equals, but the first counts"


def texts_of(wanted: Mapping[str, Any], pairs: Pairs, *, kind: str = "thing") -> Texts:
    def read(view: RequestView) -> MultiMapping[str]:
        return CIMultiDict(pairs) if kind == "header" else MultiDict(pairs)

    return Texts(kind, wanted, read)


def found(wanted: Mapping[str, Any], *pairs: tuple[str, str], kind: str = "thing") -> list[str]:
    result = findings()
    texts_of(wanted, list(pairs), kind=kind).compare(view_of(), result)
    assert result.total == len(result.kept)
    return lines(result)


def cost(wanted: Mapping[str, Any], *pairs: tuple[str, str]) -> float:
    result = findings(COUNT_ONLY)
    texts_of(wanted, list(pairs)).compare(view_of(), result)
    assert result.kept == []
    return result.cost


def test_what_is_wanted_is_told_name_by_name() -> None:
    wanted = {"a": "1", "b c": re.compile("x"), "d": ["1", "2"], "e": ABSENT}
    assert list(texts_of(wanted, []).told(TERSE)) == [
        'thing a: "1"',
        "thing b c: re.compile('x')",
        'thing d: ["1", "2"]',
        "thing e: ABSENT",
    ]
    assert list(texts_of(Exactly({"a": "1"}), []).told(TERSE)) == ['thing a: "1"', "no other thing"]
    assert list(texts_of({}, []).told(TERSE)) == []


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"a": "1", "b": IsStr(), "c": ABSENT, "a ": ABSENT}, []),
        ({"a": "one"}, [f'thing a: wanted "one", got "1" ({EQUALS_LATER})']),
        ({"a": "ONE"}, ['thing a: wanted "ONE", got "1"']),
        ({"b": "TWO"}, ['thing b: wanted "TWO", got "two" (they differ in case only)']),
        ({"c": "1"}, ['thing c: missing, wanted "1"']),
        ({"B": "two"}, ['thing B: missing, wanted "two" (there is b: "two")']),
        ({"b": ABSENT}, ['thing b: unexpected, got "two"']),
        ({"a": ABSENT}, ['thing a: unexpected, got ["1", "one", "2"]']),
        ({"a": re.compile("1")}, []),
        ({"b": re.compile("^w")}, [f"thing b: wanted re.compile('^w'), got \"two\" ({NOT_FOUND})"]),
        (
            {"a": re.compile("2")},
            [f"thing a: wanted re.compile('2'), got \"1\" ({FOUND_LATER})"],
        ),
        ({"c": re.compile("")}, ["thing c: missing, wanted re.compile('')"]),
        ({"a": ["1", re.compile("n"), IsStr()]}, []),
        (
            {"a": ["1", "one"]},
            ['thing a: wanted ["1", "one"], got ["1", "one", "2"] (2 wanted, 3 came)'],
        ),
        ({"a": ["1", "2", "one"]}, ['thing a: wanted ["1", "2", "one"], got ["1", "one", "2"]']),
        ({"c": ["1"]}, ['thing c: wanted ["1"], got [] (1 wanted, 0 came)']),
        ({"c": []}, []),
        ({"b": []}, ['thing b: wanted [], got ["two"] (0 wanted, 1 came)']),
        (
            {"b": [re.compile("x")]},
            [f"thing b: wanted [re.compile('x')], got [\"two\"] ({NOT_FOUND})"],
        ),
    ],
)
def test_what_differs_is_told(wanted: Mapping[str, Any], told: list[str]) -> None:
    sent = [("a", "1"), ("b", "two"), ("a", "one"), ("a", "2")]
    assert found(wanted, *sent) == told
    assert (cost(wanted, *sent) == 0) is (told == [])


def test_what_must_not_be_there_is_told_after_what_is_wanted() -> None:
    sent = [("c", "3"), ("a", "1"), ("b", "2"), ("c", "4")]
    assert found(Exactly({"a": "2", "b": "2"}), *sent) == [
        'thing a: wanted "2", got "1"',
        'thing c: unexpected, got ["3", "4"]',
    ]
    assert found(Exactly({"a": "1", "b": "2", "c": "3"}), *sent) == [
        'thing c: wanted "3", got ["3", "4"] (one value was wanted)'
    ]
    assert found(Exactly({"a": "1", "b": "2", "c": ["3", "4"]}), *sent) == []
    assert found(Exactly({}), ("a", "1")) == ['thing a: unexpected, got "1"']


def test_header_names_are_the_same_in_any_case_and_others_are_not() -> None:
    sent = [("X-A", "1"), ("x-a", "2")]
    assert found(Exactly({"x-A": ["1", "2"]}), *sent, kind="header") == []
    assert found(Exactly({"X-A": ["1"]}), *sent) == ['thing x-a: unexpected, got "2"']
    assert found({"x-A": ABSENT}, *sent, kind="header") == [
        'header x-A: unexpected, got ["1", "2"]'
    ]


def test_a_name_that_is_wanted_besides_is_not_the_one_that_was_meant() -> None:
    sent = [("page", "1")]
    assert found({"pages": "1"}, *sent) == ['thing pages: missing, wanted "1" (there is page: "1")']
    assert found({"pages": "1", "page": "1"}, *sent) == ['thing pages: missing, wanted "1"']


def test_a_value_that_cannot_be_compared_differs_with_the_reason() -> None:
    (line,) = found({"a": Angry()}, ("a", "1"), ("a", "2"))
    assert line.endswith('got "1" (comparing raised ValueError: no\\ncomparison)')
    (line,) = found({"a": [Angry()]}, ("a", "1"))
    assert line.endswith('got ["1"] (comparing raised ValueError: no\\ncomparison)')


def test_the_nearer_of_two_requests_costs_less() -> None:
    wanted = {"name": "alexander", "page": "2"}
    assert cost(wanted, ("name", "alexandra"), ("page", "2")) > 0
    assert (
        cost(wanted, ("name", "alexandra"), ("page", "2"))
        < cost(wanted, ("name", "bob"), ("page", "2"))
        < cost(wanted, ("name", "bob"))
    )
    assert cost(Exactly({"a": "1"}), ("a", "1"), ("b", "2")) < cost(Exactly({"a": "1"}))


def test_long_and_unprintable_values_are_shortened_and_escaped() -> None:
    (line,) = found({"a\n": "x" * 5000}, ("a\n", "\x00" * 5000))
    assert len(line) < 4 * TERSE.value
    assert line.startswith('thing a\\n: wanted "xxx')
    assert "more …" in line
    assert "\x00" not in line


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("application/x-www-form-urlencoded", 'there is a: "1"'),
        ("application/json", 'Content-Type is "application/json", not application/x-www-form-url'),
        ("", "there is no Content-Type, which would be application/x-www-form-urlencoded"),
    ],
)
def test_a_field_that_is_missing_may_be_so_because_of_the_type(kind: str, told: str) -> None:
    view = view_of(b"a=1", headers={"Content-Type": kind} if kind else {})
    result = findings()
    Texts("form field", {"A": "1"}, lambda view: view.form, of_body=True).compare(view, result)
    (line,) = lines(result)
    assert line.startswith(f'form field A: missing, wanted "1" ({told}')


def test_fields_of_a_body_that_was_not_kept_cannot_be_told() -> None:
    view = PartialView(b"POST / HTTP/1.1", b"")
    for wanted, told in [
        ({"a": "1"}, ["body: was not kept"]),
        (Exactly({}), ["body: was not kept"]),
        ({}, []),
    ]:
        result = findings()
        Texts("form field", wanted, lambda view: view.form, of_body=True).compare(view, result)
        assert lines(result) == told


@pytest.mark.parametrize(
    ("got", "wanted", "same", "why"),
    [
        ("a", "a", True, ""),
        ("a", "b", False, ""),
        ("ab", re.compile("b"), True, ""),
        ("ab", re.compile("c"), False, "the pattern is not found"),
        (b"ab", re.compile(b"b"), True, ""),
        ("ab", IsStr(max_length=1), False, ""),
        ("ab", Angry(), False, "comparing raised ValueError: no\\ncomparison"),
    ],
)
def test_one_value_is_as_expected_or_it_is_told_why_not(
    got: object, wanted: object, same: bool, why: str
) -> None:
    assert item_same(got, wanted) == (same, why)
