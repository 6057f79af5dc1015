"""Criteria described: what they tell, and what they find."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, MultiMapping

from asyncly.srvmocker._core.explain.bounds import COUNT_ONLY, TERSE
from asyncly.srvmocker._core.explain.criteria import (
    Json,
    Named,
    Texts,
    Unasked,
    Wanted,
    wanted_by,
)
from asyncly.srvmocker._core.matching.criteria import (
    compile_criteria,
    conjunction,
    disjunction,
    negation,
    opaque,
)
from asyncly.srvmocker._core.matching.given import Compiled, Given
from asyncly.srvmocker._core.request import PartialView, RequestView
from tests.core.explain.support import Angry, findings, lines, wanted
from tests.core.support import CLOSE_VALUES, examples, view_of


def told(criteria: Wanted) -> list[str]:
    return [line for criterion in criteria for line in criterion.told(TERSE)]


def found(criteria: Wanted, view: RequestView) -> list[str]:
    result = findings()
    for criterion in criteria:
        criterion.compare(view, result)
    return lines(result)


def test_what_is_not_asked_again_is_told_by_its_names() -> None:
    assert told((Unasked(("my own", "another"), "it raised"),)) == ["my own", "another"]


def test_what_is_wanted_is_told_in_the_order_in_which_it_is_asked() -> None:
    criteria = wanted(json={"a": 1}, body=b"{}", headers={"X-A": "1"}, query={"p": "2", "q": "3"})
    assert told(criteria) == [
        "body: b'{}'",
        'json: {"a": 1}',
        'header X-A: "1"',
        'query p: "2"',
        'query q: "3"',
    ]
    assert wanted() == ()


@given(st.data())
@examples(300)
def test_a_request_differs_exactly_if_it_does_not_satisfy_the_criteria(data: st.DataObject) -> None:
    text = st.sampled_from(["a", "b", "A"])
    criteria = compile_criteria(
        json=data.draw(CLOSE_VALUES),
        body=data.draw(st.none() | st.sampled_from([b"", b"1", b"[]"])),
        headers=data.draw(st.none() | st.dictionaries(text, text, max_size=2)),
        query=data.draw(st.none() | st.dictionaries(text, text, max_size=2)),
    )
    view = view_of(
        data.draw(st.sampled_from([b"", b"1", b"[]", b"{", b"\xff", b"true", b'""', b"null"])),
        target=data.draw(st.sampled_from(["/", "/?a=a", "/?b=b&a=a&A=b", "/?a=%61"])),
        headers=data.draw(st.lists(st.tuples(text, text), max_size=3)),
    )
    for bounds in (TERSE, COUNT_ONLY):
        result = findings(bounds)
        for criterion in wanted_by(criteria):
            criterion.compare(view, result)
        assert (result.cost == 0) is (result.total == 0) is criteria.holds(view)


def test_a_body_that_is_not_json_is_a_difference() -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert found(wanted(json={"a": 1}), view_of(b"a=1", headers=form)) == [
        (
            "body: invalid JSON at offset 0: expecting value, near b'a=1'; "
            'Content-Type is "application/x-www-form-urlencoded"'
        )
    ]
    plain = {"Content-Type": "application/json"}
    assert found(wanted(json={"a": 1}), view_of(b"", headers=plain)) == ["body: the body is empty"]


def test_an_expected_object_gets_a_value_of_its_own() -> None:
    kept: list[Any] = []

    class Keeps:
        def __eq__(self, other: object) -> bool:
            kept.append(other)
            return False

        __hash__ = None  # type: ignore[assignment]  # as a class with an `__eq__` has it

    view = view_of(b'[{"a": 1}]')
    found((Json([Keeps()]),), view)
    kept[0]["a"] = 2
    assert view.document.value == [{"a": 1}]


def test_headers_are_compared_in_any_case() -> None:
    view = view_of(
        headers=[("x-trace", "off"), ("X-Trase", "on"), ("Accept", "A"), ("Accept", "B")]
    )
    assert found(wanted(headers={"X-TRACE": "off", "Accept": "A"}), view) == []
    assert found(wanted(headers={"X-TRACE": "on", "Accept": "B", "X-Tracer": "1"}), view) == [
        'header X-TRACE: wanted "on", got "off"',
        'header Accept: wanted "B", got "A" (the second of 2 values equals, but the first counts)',
        'header X-Tracer: missing, wanted "1" (there is X-Trase: "on")',
    ]
    assert found(wanted(headers={"Accept": "a", "Cookie": "c"}), view) == [
        'header Accept: wanted "a", got "A" (they differ in case only)',
        'header Cookie: missing, wanted "c"',
    ]


def test_keys_of_the_query_are_compared_as_they_are() -> None:
    view = view_of(target="/?Page=2&q=a%20b&n=1&n=2&n=3&n=4&n=5")
    assert found(wanted(query={"page": "2", "q": "a+b", "n": "3"}), view) == [
        'query page: missing, wanted "2" (there is Page: "2")',
        'query q: wanted "a+b", got "a b"',
        'query n: wanted "3", got "1" (the third of 5 values equals, but the first counts)',
    ]
    assert found(wanted(query={"n": "4"}), view)[0].endswith(
        "(the later of 5 values equals, but the first counts)"
    )
    assert found(wanted(query={"n": "5"}), view)[0].endswith(
        "(the last of 5 values equals, but the first counts)"
    )


def test_bytes_that_no_text_has_can_be_told() -> None:
    view = view_of(raw_headers=[(b"X-A", b"\xff")])
    assert found(wanted(headers={"X-A": "1"}), view) == ['header X-A: wanted "1", got "\\udcff"']


def test_an_expected_text_may_have_an_equality_of_its_own() -> None:
    angry: Any = Angry()
    view = view_of(headers={"X-A": "1"})
    assert found(wanted(headers={"X-A": angry}), view) == [
        (
            "header X-A: wanted <Angry, whose repr raised KeyError: 'no text'>, "
            'got "1" (comparing raised ValueError: no\\ncomparison)'
        )
    ]


def test_other_texts_are_a_kind_of_their_own() -> None:
    def cookies(view: RequestView) -> MultiMapping[str]:
        return CIMultiDict({"sid": view.method})

    assert found((Texts("cookie", {"sid": "7"}, cookies),), view_of()) == [
        'cookie sid: wanted "7", got "POST"'
    ]


def test_a_predicate_has_a_name() -> None:
    def raises(view: RequestView) -> bool:
        raise LookupError("lost")

    criteria = (
        Named("is_urgent", lambda view: False),
        Named("is_post", lambda view: view.method == "POST"),
        Named("is_lost", raises),
        Named("method", lambda view: False, wanted="PUT", got=lambda view: view.method),
    )
    assert told(criteria) == ["is_urgent", "is_post", "is_lost", 'method: "PUT"']
    assert found(criteria, view_of()) == [
        "is_urgent: does not hold",
        "is_lost: raised LookupError: lost",
        'method: wanted "PUT", got "POST"',
    ]
    result = findings(COUNT_ONLY)
    for criterion in criteria:
        criterion.compare(view_of(), result)
    assert (result.total, result.kept) == (3, [])


def test_compiled_questions_know_what_they_were_made_of() -> None:
    asked: list[RequestView] = []

    def question(view: RequestView) -> bool:
        asked.append(view)
        return False

    both = conjunction(opaque(question, "Mine.matches"), compile_criteria(query={"a": "1"}))
    assert told(wanted_by(both)) == ["Mine.matches", 'query a: "1"']
    assert told(wanted_by(Compiled(question))) == ["a predicate"]
    for view in (view_of(target="/?a=1"), view_of()):
        assert "does not hold" in found(wanted_by(Compiled(question), ask=False), view)[0]
    unasked = wanted_by(both, ask=False)
    assert found(unasked, view_of(target="/?a=1")) == ["Mine.matches: does not hold"]
    assert found(unasked, view_of()) == ['query a: missing, wanted "1"'], "it may hold"
    raised = wanted_by(both, ask=False, raised=LookupError("lost"))
    assert found(raised, view_of())[1:] == ["Mine.matches: raised LookupError: lost"]
    assert asked == []
    found(wanted_by(both), view_of())
    found(wanted_by(Compiled(question)), view_of())
    assert len(asked) == 2
    shown = Given(name="method", test=question, wanted="PUT", got=lambda view: view.method)
    assert found(wanted_by(Compiled(question, given=(shown,))), view_of()) == [
        'method: wanted "PUT", got "POST"'
    ]


def test_what_was_wanted_does_not_change_with_what_was_given() -> None:
    expected = {"a": [1]}
    compiled = compile_criteria(json=expected)
    expected["a"].append(2)
    assert told(wanted_by(compiled)) == ['json: {"a": [1]}']
    assert told(wanted_by(compile_criteria(json=float("nan")))) == ["json: NaN"]


def test_an_alternative_that_raises_is_told_where_another_would_hold() -> None:
    def raises(view: RequestView) -> bool:
        raise LookupError("lost")

    one, other = opaque(raises), compile_criteria(query={"a": "1"})
    told_of = found(wanted_by(disjunction(one, other)), view_of(target="/?a=1"))
    assert told_of == ["either: raised LookupError: lost, so what stands behind it was not asked"]
    assert found(wanted_by(disjunction(one, other)), view_of()) == [
        "a predicate: raised LookupError: lost"
    ]
    assert found(wanted_by(disjunction(other, one)), view_of(target="/?a=1")) == []
    assert found(wanted_by(disjunction(one, compile_criteria())), view_of()) == []


def test_a_body_that_was_not_kept_cannot_be_told() -> None:
    view = PartialView(b"POST / HTTP/1.1", b"")
    for criteria in (wanted(json={"a": 1}), wanted(body=b"a")):
        assert found(criteria, view) == ["body: was not kept"]


def test_what_asks_no_code_of_a_users_is_asked_again_beside_what_does() -> None:
    def lost(view: RequestView) -> bool:
        raise AssertionError("it was asked already")

    one, other = compile_criteria(query={"a": "1"}), compile_criteria(query={"b": "1"})
    both = conjunction(conjunction(negation(one), disjunction(one, other)), opaque(lost, "mine"))
    asked = wanted_by(both, ask=False)
    assert found(asked, view_of(target="/?a=1")) == ['query a: "1": holds, and must not']
    assert found(asked, view_of()) == ['query a: missing, wanted "1"']
    assert found(asked, view_of(target="/?b=1")) == ["mine: does not hold"]
