"""The complete texts of failed assertions, as a user sees them."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker import CallAssertionError, CallTimeoutError
from asyncly.srvmocker._core.explain.bounds import FULL, TERSE
from asyncly.srvmocker._core.explain.criteria import Named
from asyncly.srvmocker._core.explain.failure import call_error, explain, timeout_error
from asyncly.srvmocker._core.explain.nearest import Calls
from asyncly.srvmocker._core.request import RequestView
from tests.core.explain.support import Angry, calls_of, wanted
from tests.core.support import VALUES, examples, view_of

NONE_MATCHED = "handler 'create': none of 3 call(s) matched the given criteria"


def posted(value: object, target: str = "/items", **headers: str) -> RequestView:
    return view_of(json.dumps(value).encode(), target=target, headers=headers)


THREE = [
    posted({"kind": "book", "items": [{"price": 13}], "id": "1"}, trace="on"),
    view_of(b'{"kind": "book", "items": [{"pri', target="/items", headers={"Trace": "on"}),
    posted({"kind": "Book", "items": [{"price": 12.5}, {"price": 1}]}, xtrace="on"),
]


def test_none_matched() -> None:
    error = call_error(
        NONE_MATCHED,
        subject="handler 'create'",
        wanted=wanted(
            json={"kind": "book", "items": [{"price": 12.5}], "id": 1},
            headers={"Trace": "on"},
            query={"dry": "yes"},
        ),
        calls=calls_of(THREE),
    )
    assert (
        str(error)
        == """\
handler 'create': none of 3 call(s) matched the given criteria
  wanted:
    json: {"kind": "book", "items": [{"price": 12.5}], "id": 1}
    header Trace: "on"
    query dry: "yes"
  call 1 of 3, POST /items: 3 differences
    $.items[0].price: wanted 12.5, got 13
    $.id: wanted 1, got "1" (a string came)
    query dry: missing, wanted "yes"
  call 3 of 3, POST /items: 6 differences
    $.kind: wanted "book", got "Book" (they differ in case only)
    $.items: wanted 1 item, got 2 items
    $.items[1]: unexpected, got {"price": 1}
    $.id: missing, wanted 1
    header Trace: missing, wanted "on" (there is xtrace: "on")
    query dry: missing, wanted "yes"
  call 2 of 3, POST /items: 2 differences
    body: invalid JSON at offset 28: unterminated string starting at, near \
b'{"kind": "book", "items": [{"pri'
    query dry: missing, wanted "yes\""""
    )
    assert error.subject == "handler 'create'"
    assert error.diagnosis is not None
    assert error.diagnosis.calls == error.diagnosis.looked_at == 3
    assert [near.number for near in error.diagnosis.nearest] == [0, 2, 1]
    assert error.diagnosis.nearest[0].differences[0].where == "$.items[0].price"


def test_the_longer_text_goes_on_with_the_nearest_json() -> None:
    error = call_error(
        NONE_MATCHED, subject="s", wanted=wanted(json={"kind": "book"}), calls=calls_of(THREE[:1])
    )
    assert (
        error.detail()
        == """\
  wanted:
    json: {"kind": "book"}
  call 1 of 1, POST /items: 2 differences
    $.items: unexpected, got [{"price": 13}]
    $.id: unexpected, got "1"
  wanted (-) and got (+):
      {
        "kind": "book",
    +   "items": [
    +     {
    +       "price": 13,
    +     },
    +   ],
    +   "id": "1",
      }"""
    )


def test_too_many_came() -> None:
    views = [*[posted({"id": 1})] * 3, posted({}, "/items?dry=1")]
    error = call_error("handler 'x': expected no calls, got 4", subject="s", calls=calls_of(views))
    assert (
        str(error)
        == """\
handler 'x': expected no calls, got 4
  call 4 of 4, POST /items?dry=1
  call 3 of 4, POST /items (and 2 more alike)"""
    )
    assert error.detail() == str(error).partition("\n")[2]


def test_none_came_but_others_did() -> None:
    elsewhere = calls_of(
        [posted({"id": 1}), posted({"id": 2}, "/item")], ["handler 'other'", "no route"]
    )
    none = calls_of([])
    headline = "handler 'x': expected at least one call, got 0"
    assert (
        str(call_error(headline, subject="s", calls=none, elsewhere=elsewhere))
        == """\
handler 'x': expected at least one call, got 0
  POST /item went to no route
  POST /items went to handler 'other'"""
    )
    near = wanted(json={"id": 3})
    error = call_error(headline, subject="s", calls=none, elsewhere=elsewhere, wanted=near)
    assert (
        str(error)
        == """\
handler 'x': expected at least one call, got 0
  wanted:
    json: {"id": 3}
  POST /item went to no route: 1 difference
    $.id: wanted 3, got 2
  POST /items went to handler 'other': 1 difference
    $.id: wanted 3, got 1"""
    )
    assert '+   "id": 2,' in error.detail()
    assert str(call_error(headline, subject="s", calls=none)) == headline


def test_what_was_wanted_went_to_another_handler() -> None:
    error = call_error(
        "handler 'x': none of 1 call(s) matched the given criteria",
        subject="s",
        wanted=wanted(json={"id": 3}),
        calls=calls_of([posted({"id": 4})]),
        elsewhere=calls_of([posted({"id": 1}), posted({"id": 3})], ["handler 'y'"] * 2),
    )
    assert (
        str(error)
        == """\
handler 'x': none of 1 call(s) matched the given criteria
  wanted:
    json: {"id": 3}
  call 1 of 1, POST /items: 1 difference
    $.id: wanted 3, got 4
  POST /items, which matches, went to handler 'y'"""
    )


def test_what_went_elsewhere_is_not_told_where_calls_and_no_criteria_are_there() -> None:
    views = [posted({})]
    error = call_error(
        "x: expected 2 call(s), got 1",
        subject="x",
        calls=calls_of(views),
        elsewhere=calls_of(views, ["y"]),
    )
    assert str(error) == "x: expected 2 call(s), got 1\n  call 1 of 1, POST /items"


def test_one_call_of_a_sequence() -> None:
    error = call_error(
        "handler 'x': call 2 is not as expected",
        subject="s",
        wanted=(Named("method", lambda view: False, wanted="PUT", got=lambda view: view.method),),
        calls=calls_of([posted(1)] * 3),
        at=1,
    )
    assert (
        str(error)
        == """\
handler 'x': call 2 is not as expected
  wanted:
    method: "PUT"
  call 2 of 3, POST /items: 1 difference
    method: wanted "PUT", got "POST\""""
    )
    assert error.detail() == str(error).partition("\n")[2]


def test_a_wait_that_timed_out() -> None:
    error = timeout_error(
        "handler 'x': expected 3 call(s) within 1.5 s, got 1",
        timeout=1.5,
        subject="handler 'x'",
        calls=calls_of([posted({})]),
    )
    assert type(error) is CallTimeoutError
    assert error.timeout == 1.5
    assert (
        str(error)
        == """\
handler 'x': expected 3 call(s) within 1.5 s, got 1
  call 1 of 1, POST /items"""
    )
    assert error.subject == "handler 'x'"


def test_it_can_be_pickled_whatever_was_compared() -> None:
    error = call_error(
        NONE_MATCHED, subject="s", wanted=wanted(json={"a": Angry()}), calls=calls_of(THREE)
    )
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is CallAssertionError
    assert (str(again), again.subject, again.diagnosis) == (str(error), "s", error.diagnosis)
    assert again.detail() == error.detail() != ""


def test_what_is_told_does_not_change_when_more_calls_come() -> None:
    views = [posted({"id": 1})]
    explanation = explain(wanted(json={"id": 3}), calls_of(views))
    before = explanation.detail()
    views.insert(0, posted({"id": 2}))
    assert explanation.detail() == before


@given(VALUES, st.lists(VALUES | st.text(), max_size=4), st.binary(max_size=200))
@examples(100)
def test_the_texts_are_bounded_for_any_history(
    expected: object, values: list[object], raw: bytes
) -> None:
    views = [posted(value) for value in values]
    views.append(view_of(raw, raw_headers=[(b"X", raw.replace(b"\r", b"").replace(b"\n", b""))]))
    criteria = wanted(json=expected, body=b"x" * 999, headers={"X" * 99: "é" * 999, "x": "漢"})
    error = call_error("h", subject="s", wanted=criteria, calls=calls_of(views))
    assert len(str(error).encode()) <= TERSE.total + 2
    assert len(error.detail().encode()) <= FULL.total
    assert all(line.isprintable() for line in (str(error) + error.detail()).splitlines())


@pytest.mark.parametrize(
    "value", ["漢" * 5000, [["x" * 50] * 50] * 50, {"k" * 500: {"v" * 500: [None] * 5000}}]
)
def test_large_values_make_no_large_text(value: object) -> None:
    other = json.loads(
        json.dumps(value).replace("x", "y").replace("v", "w").replace("\\u6f22", "q")
    )
    views = [posted({"n": number, "v": other, "漢" * 99: number}) for number in range(1000)]
    criteria = wanted(json={"n": -1, "v": value, "w": value}, headers={"漢" * 99: "x" * 9999})
    error = call_error("h", subject="s", wanted=criteria, calls=calls_of(views))
    assert 200 < len(str(error).encode()) <= TERSE.total + 2
    assert 200 < len(error.detail().encode()) <= FULL.total


def test_of_a_million_calls_few_are_looked_at() -> None:
    made: list[int] = []

    def view_at(number: int) -> RequestView:
        made.append(number)
        return posted({"id": number})

    error = call_error(
        "handler 'x': none of 1000000 call(s) matched the given criteria",
        subject="handler 'x'",
        wanted=wanted(json={"id": -1}),
        calls=Calls(1_000_000, view_at),
    )
    assert len(made) == 500
    assert (
        str(error)
        == """\
handler 'x': none of 1000000 call(s) matched the given criteria
  wanted:
    json: {"id": -1}
  call 1000000 of 1000000, POST /items: 1 difference
    $.id: wanted -1, got 999999
  call 999999 of 1000000, POST /items: 1 difference
    $.id: wanted -1, got 999998
  call 999998 of 1000000, POST /items: 1 difference
    $.id: wanted -1, got 999997
  looked at 500 of 1000000 calls: the first 20 and the last 480"""
    )
