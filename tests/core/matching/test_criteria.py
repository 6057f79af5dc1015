"""Compiled criteria say what the contract's equality says, however fast they refuse."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, cast
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.jsonbody import freeze
from asyncly.srvmocker._core.matching.criteria import compile_criteria, conjunction, opaque
from asyncly.srvmocker._core.matching.given import ABSENT, Compiled, check_body, check_texts
from asyncly.srvmocker._core.request import RequestView
from tests.core.support import (
    CLOSE_VALUES,
    VALUES,
    bodies_of,
    equals_json,
    examples,
    nested_list,
    view_of,
)


def json_holds(expected: object, body: bytes) -> bool:
    """Ask compiled criteria in both ways in which they may be asked."""
    compiled = compile_criteria(json=expected)
    view = view_of(body)
    if compiled.json_key is ABSENT:
        return compiled.holds(view)
    document = view.document
    equal = document.valid and freeze(document.value) == compiled.json_key
    indexed = equal and compiled.rest is None
    assert compiled.holds(view) is indexed
    return indexed


@given(st.data())
@examples(300)
def test_a_body_in_any_encoding_equals_its_value(data: st.DataObject) -> None:
    value = data.draw((VALUES | CLOSE_VALUES).filter(lambda value: value is not None))
    assert json_holds(value, data.draw(bodies_of(value)))


@given(st.data())
@examples(300)
def test_two_values_are_equal_as_the_contract_has_it(data: st.DataObject) -> None:
    expected = data.draw((CLOSE_VALUES | VALUES).filter(lambda value: value is not None))
    body = data.draw(bodies_of(data.draw(CLOSE_VALUES)))
    assert json_holds(expected, body) is equals_json(body, expected)


@given(st.data())
@examples(200)
def test_a_damaged_body_is_judged_as_the_contract_has_it(data: st.DataObject) -> None:
    expected = data.draw((CLOSE_VALUES | VALUES).filter(lambda value: value is not None))
    body = bytearray(data.draw(bodies_of(expected)))
    start = data.draw(st.integers(0, len(body)))
    body[start : start + 1] = data.draw(st.binary(max_size=2))
    assert json_holds(expected, bytes(body)) is equals_json(bytes(body), expected)


@pytest.mark.parametrize(
    ("expected", "body", "holds"),
    [
        (1, b"true", True),
        (True, b"1.0", True),
        (0, b"-0.0", True),
        (2**53 + 1, b"9007199254740992.0", False),
        (10**30, b"1" + b"0" * 30, True),
        (10**30, b"1e30", False),
        (1e30, b"1e30", True),
        ("abc", b'"\\u0061bc"', True),
        ("abc", '"abc"'.encode("utf-16"), True),
        ("abc", '"abc"'.encode("utf-32-be"), True),
        ("abc", b'"abd"', False),
        ({"key": "x"}, b'{"key": "a", "key": "x"}', True),
        ({"key": "a"}, b'{"key": "a", "key": "x"}', False),
        ({"key": 1}, b"", False),
        ({"key": 1}, b"\xff", False),
        ({}, b"[]", False),
        (False, b"null", False),
        ("é", b'"\xe9"', False),
        ("\ud800", b'"\\ud800"', True),
        (math.inf, b"Infinity", True),
        (math.nan, b"NaN", False),
        ({"a": [math.nan]}, b'{"a": [NaN]}', False),
        ([1], b"[1", False),
    ],
)
def test_json_corner_cases(expected: object, body: bytes, holds: bool) -> None:
    assert json_holds(expected, body) is holds
    assert equals_json(body, expected) is holds


class Level(IntEnum):
    HIGH = 3


class Word(StrEnum):
    HIGH = "high"


class Loud(str):
    """A string that is equal to its like in any case."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.upper() == self.upper()


@dataclass
class Around:
    value: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (int, float)) and abs(other - self.value) < 0.1


@pytest.mark.parametrize(
    ("expected", "body", "holds"),
    [
        (ANY, b'{"a": 1}', True),
        (ANY, b"null", True),
        (ANY, b"", False),
        (ANY, b"nonsense", False),
        (ANY, b"\xff", False),
        ({"a": ANY}, b'{"a": null}', True),
        ({"a": ANY}, b'{"a": 1', False),
        ({"a": ANY}, b"{}", False),
        ([1, [ANY]], b"[true, [{}]]", True),
        ({"pi": Around(3.14)}, b'{"pi": 3.15}', True),
        ({"pi": Around(3.14)}, b'{"pi": 3.5}', False),
        (Level.HIGH, b"3", True),
        ([Level.HIGH], b"[3.0]", True),
        (Word.HIGH, b'"high"', True),
        ({Word.HIGH: 1}, b'{"high": 1}', True),
        ({"a": Loud("x")}, b'{"a": "X"}', True),
        ({1: "a"}, b'{"1": "a"}', False),
        ({None: 1}, b'{"null": 1}', False),
        ((1, 2), b"[1, 2]", False),
        ([(1,)], b"[[1]]", False),
        ({"a"}, b'["a"]', False),
        (b"a", b'"a"', False),
    ],
)
def test_values_that_no_json_text_parses_to_are_compared_as_they_are(
    expected: object, body: bytes, holds: bool
) -> None:
    assert json_holds(expected, body) is holds
    assert compile_criteria(json=expected).json_key is ABSENT


def test_a_later_change_of_a_plain_value_does_not_move_the_question() -> None:
    expected: dict[str, Any] = {"a": [1], "b": {"c": "x"}}
    compiled = compile_criteria(json=expected)
    body = json.dumps(expected, indent=3).encode()
    expected["a"].append(2)
    expected["b"]["c"] = "y"
    assert compiled.holds(view_of(body))
    assert not compiled.holds(view_of(json.dumps(expected, indent=3).encode()))


def test_an_own_equality_may_keep_and_change_what_it_was_shown() -> None:
    class Capture:
        __hash__ = None  # type: ignore[assignment]  # not hashable, as a list is
        shown: Any = None

        def __eq__(self, other: object) -> bool:
            self.shown = other
            return True

    body = b'{"a": [ 1 ]}'
    for read_before in (False, True):
        view, capture = view_of(body), Capture()
        assert not read_before or view.document.valid
        assert compile_criteria(json=capture).holds(view)
        capture.shown["a"].append(2)
        assert compile_criteria(json={"a": [1]}).holds(view_of(body))


def test_an_equality_that_is_no_bool_is_taken_as_true_or_false() -> None:
    class Odd:
        __hash__ = None  # type: ignore[assignment]  # not hashable, as a list is

        def __eq__(self, other: object) -> Any:
            return [other] if other else []

    compiled = compile_criteria(json=Odd())
    assert compiled.holds(view_of(b"1")) is True
    assert compiled.holds(view_of(b"0")) is False


def test_an_error_in_a_users_equality_is_the_users_to_see() -> None:
    class Broken:
        __hash__ = None  # type: ignore[assignment]  # not hashable, as a list is

        def __eq__(self, other: object) -> bool:
            raise ZeroDivisionError("in __eq__")

    with pytest.raises(ZeroDivisionError, match="in __eq__"):
        compile_criteria(json=Broken()).holds(view_of(b"1"))


def test_nesting_that_cannot_be_compared_equals_nothing() -> None:
    class Deep:
        __hash__ = None  # type: ignore[assignment]  # not hashable, as a list is

        def __eq__(self, other: object) -> bool:
            return self == other

    assert not compile_criteria(json=Deep()).holds(view_of(b"1"))


@pytest.mark.parametrize(
    ("core", "text", "holds"),
    [(1, b"1", True), ({"a": "needle"}, b'{"a": "needle" }', True), (math.nan, b"NaN", False)],
    ids=["scalar", "object", "nan"],
)
def test_nesting_of_any_depth_compiles_and_is_compared_where_it_can_be(
    core: object, text: bytes, holds: bool
) -> None:
    for depth in [*range(1, 100, 9), *range(100, 1200, 7)]:
        compiled = compile_criteria(json=nested_list(depth, core))
        assert not compiled.holds(view_of(b"[[2]]"))
        if depth < 200:
            assert compiled.holds(view_of(b"[" * depth + text + b"]" * depth)) is holds


def test_an_own_equality_is_found_at_any_depth() -> None:
    compiled = compile_criteria(json=nested_list(1000, ANY))
    assert compiled.json_key is ABSENT
    assert not compiled.holds(view_of(b"[[2]]"))
    assert compile_criteria(json=nested_list(150, ANY)).holds(view_of(b"[" * 150 + b"]" * 150)) is (
        False
    )
    assert compile_criteria(json=nested_list(149, ANY)).holds(view_of(b"[" * 150 + b"]" * 150))


def test_a_value_that_holds_itself_equals_nothing() -> None:
    circular: list[object] = []
    circular.append(circular)
    compiled = compile_criteria(json=circular)
    assert not compiled.holds(view_of(b"[[[1]]]"))
    assert not compiled.holds(view_of(b"[" * 500 + b"]" * 500))


def test_an_integer_that_no_body_can_hold_equals_nothing() -> None:
    compiled = compile_criteria(json=[10**5000])
    assert not compiled.holds(view_of(b"[1" + b"0" * 5000 + b"]"))
    assert not compiled.holds(view_of(b"[1]"))


def test_a_body_without_the_longest_word_is_refused_before_it_is_parsed() -> None:
    compiled = compile_criteria(json={"kind": "a-long-word", "n": [1, {"x": "é"}]})
    view = view_of(b'{"kind": "another word"}')
    assert not compiled.holds(view)
    assert view._document is None


def test_a_known_body_is_taken_before_it_is_parsed() -> None:
    view = view_of(b'{"kind":"word"}')
    assert compile_criteria(json={"kind": "word"}).holds(view)
    assert view._document is None


def test_values_without_a_word_are_compared_too() -> None:
    compiled = compile_criteria(json=[1, {"é": ["", None]}])
    assert compiled.holds(view_of('[1,{"é":["",null]}]'.encode()))
    assert compiled.holds(view_of('[ 1, {"é": ["", null]}]'.encode()))
    assert not compiled.holds(view_of(b"[1]"))
    assert not compiled.holds(view_of(b"["))


def test_no_criteria_always_hold_and_yield_no_code() -> None:
    for compiled in (compile_criteria(), compile_criteria(headers={}, query={})):
        assert compiled.test is None
        assert compiled.rest is None
        assert compiled.holds(view_of())
        assert compiled.pure
        assert not compiled.reads_head


@pytest.mark.parametrize("body", [b"abc", bytearray(b"abc"), memoryview(b"abc")])
def test_a_body_is_compared_by_its_bytes(body: bytes) -> None:
    compiled = compile_criteria(body=body)
    assert compiled.holds(view_of(b"abc"))
    assert not compiled.holds(view_of(b"abC"))
    assert not compiled.holds(view_of(b""))
    assert not compiled.reads_head


def test_an_empty_body_is_a_criterion() -> None:
    compiled = compile_criteria(body=b"")
    assert compiled.holds(view_of())
    assert not compiled.holds(view_of(b" "))


def test_a_body_that_is_changed_later_does_not_move_the_question() -> None:
    body = bytearray(b"abc")
    compiled = compile_criteria(body=cast(bytes, body))
    body[:] = b"xyz"
    assert compiled.holds(view_of(b"abc"))


def test_the_first_value_of_a_header_in_any_case_must_equal() -> None:
    compiled = compile_criteria(headers={"x-trace": "on"})
    assert compiled.holds(view_of(headers=[("X-TRACE", "on"), ("x-trace", "off")]))
    assert not compiled.holds(view_of(headers=[("X-Trace", "off"), ("X-Trace", "on")]))
    assert not compiled.holds(view_of(headers={"X-Trace": "On"}))
    assert not compiled.holds(view_of())
    assert compiled.reads_head


def test_the_first_decoded_value_of_a_query_key_must_equal() -> None:
    compiled = compile_criteria(query={"käse": "a b&"})
    assert compiled.holds(view_of(target="/?k%C3%A4se=a+b%26&k%C3%A4se=x"))
    assert not compiled.holds(view_of(target="/?k%C3%A4se=x&k%C3%A4se=a+b%26"))
    assert not compiled.holds(view_of(target="/?K%C3%84SE=a+b%26"))
    assert not compiled.holds(view_of(target="/"))
    assert compile_criteria(query={"q": ""}).holds(view_of(target="/?q"))


@pytest.mark.parametrize("value", [ANY, Loud("ON"), Word.HIGH])
def test_header_and_query_values_may_have_an_equality_of_their_own(value: Any) -> None:
    text = "high" if value is Word.HIGH else "on"
    view = view_of(target=f"/?a={text}", headers={"A": text})
    for compiled in (compile_criteria(headers={"A": value}), compile_criteria(query={"a": value})):
        assert compiled.holds(view)
        assert not compiled.holds(view_of(target="/?b=on", headers={"B": "on"}))
        assert not compiled.pure
        assert compiled.signature is None


def test_all_criteria_must_hold() -> None:
    compiled = compile_criteria(
        json={"a": 1}, body=b'{"a": 1}', headers={"A": "1", "B": "2"}, query={"q": "x"}
    )
    right: dict[str, Any] = {"target": "/?q=x", "headers": {"A": "1", "B": "2"}}
    assert compiled.holds(view_of(b'{"a": 1}', **right))
    assert not compiled.holds(view_of(b'{"a":1}', **right))
    assert not compiled.holds(view_of(b'{"a": 1}', target="/?q=y", headers=right["headers"]))
    assert not compiled.holds(view_of(b'{"a": 1}', target="/?q=x", headers={"A": "1"}))
    two = compile_criteria(headers={"A": "1"}, query={"q": "x"})
    assert two.holds(view_of(**right))
    assert not two.holds(view_of(headers={"A": "1"}))
    assert not two.holds(view_of(target="/?q=x"))


def test_what_is_left_to_ask_once_the_json_value_is_found() -> None:
    compiled = compile_criteria(json=[1], headers={"A": "1"})
    assert compiled.rest is not None
    assert compiled.rest(view_of(b"nonsense", headers={"A": "1"}))
    assert not compiled.rest(view_of(b"[1]"))


@pytest.mark.parametrize("body", ["abc", 1, ["a"], None])
def test_a_body_that_is_not_bytes_is_a_mistake(body: object) -> None:
    with pytest.raises(TypeError, match=r"^body=.*: give bytes, not "):
        check_body(body)
    if body is not None:
        with pytest.raises(TypeError, match=r"^body=.*: give bytes, not "):
            compile_criteria(body=cast(bytes, body))


@pytest.mark.parametrize(
    ("given_texts", "message"),
    [
        ("A: 1", "^headers='A: 1': give a mapping, not str$"),
        ([("A", "1")], "^headers=.*: give a mapping, not list$"),
        ({b"A": "1"}, "^headers: the name b'A' is not a string$"),
        ({"A": 1}, r"^headers\['A'\]=1: values are compared as text, so give a string, not int$"),
        ({"A": None}, "so give a string, not NoneType$"),
        ({"A": b"1"}, "so give a string, not bytes$"),
        ({"A": [b"1"]}, "so give a string, not bytes$"),
        ({"A": {"1": "2"}}, "so give a string, not dict$"),
        ({"A": re.compile(b"1")}, "so give a string, not a pattern of bytes$"),
        ({"A": True}, "so give a string, not bool$"),
    ],
)
def test_texts_that_nothing_can_equal_are_a_mistake(given_texts: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        check_texts("headers", given_texts)
    texts = cast(Mapping[str, str], given_texts)
    with pytest.raises(TypeError, match=message):
        compile_criteria(headers=texts)
    with pytest.raises(TypeError, match=message.replace("headers", "query")):
        compile_criteria(query=texts)


def test_two_questions_with_one_signature_are_one_question() -> None:
    def signature(**criteria: Any) -> object:
        return compile_criteria(**criteria).signature

    assert signature(json={"a": 1, "b": 2}) == signature(json={"b": 2.0, "a": True})
    assert signature(headers={"A": "1", "B": "2"}) == signature(headers={"b": "2", "a": "1"})
    assert signature(body=b"x") == signature(body=bytearray(b"x"))
    assert signature(query={"a": "1", "b": ""}) == signature(query={"b": "", "a": "1"})
    different = [
        signature(),
        signature(json={"a": 1}),
        signature(json={"a": 2}),
        signature(json=[]),
        signature(json=""),
        signature(body=b""),
        signature(body=b"x"),
        signature(headers={"a": "1"}),
        signature(query={"a": "1"}),
        signature(query={"A": "1"}),
        signature(json=[1], body=b"[1]"),
    ]
    assert len(set(different)) == len(different)


def test_questions_of_which_nothing_can_be_told_have_no_signature() -> None:
    assert compile_criteria(json=ANY).signature is None
    assert compile_criteria(json=[1], headers={"A": cast(str, ANY)}).signature is None
    assert compile_criteria(json=math.nan).signature is None
    assert opaque(lambda view: True).signature is None


def test_an_opaque_predicate_is_asked_for_every_request() -> None:
    asked: list[bytes] = []

    def test(view: RequestView) -> bool:
        asked.append(view.body)
        return view.body == b"yes"

    compiled = opaque(test)
    assert [compiled.holds(view_of(body)) for body in (b"yes", b"no", b"yes")] == [
        True,
        False,
        True,
    ]
    assert asked == [b"yes", b"no", b"yes"]
    assert (compiled.pure, compiled.reads_head, compiled.json_key) == (False, True, ABSENT)


def test_a_conjunction_asks_the_second_only_where_the_first_holds() -> None:
    def fails(view: RequestView) -> bool:
        raise AssertionError("not to be asked")

    first = compile_criteria(body=b"x")
    assert not conjunction(first, opaque(fails)).holds(view_of(b"y"))
    both = conjunction(first, compile_criteria(headers={"A": "1"}))
    assert both.holds(view_of(b"x", headers={"A": "1"}))
    assert not both.holds(view_of(b"x"))
    assert (both.pure, both.reads_head) == (True, True)
    assert not conjunction(first, opaque(lambda view: True)).pure
    nothing = conjunction(compile_criteria(), compile_criteria())
    assert nothing.test is None
    assert conjunction(compile_criteria(), first).holds(view_of(b"x"))
    assert conjunction(first) is first


def test_what_a_question_depends_on_is_told() -> None:
    def facts(compiled: Compiled) -> tuple[bool, bool]:
        return compiled.pure, compiled.reads_head

    assert facts(compile_criteria(json=[1], body=b"[1]")) == (True, False)
    assert facts(compile_criteria(json=[1], query={"a": "b"})) == (True, True)
    assert facts(compile_criteria(json=ANY)) == (False, False)
    assert facts(compile_criteria(json=ANY, headers={"A": "1"})) == (False, True)
    assert facts(compile_criteria(json=math.nan)) == (True, False)


NAMES = st.sampled_from(("X-A", "x-a", "X", "Host", "é"))
TEXTS = st.text("aA1 é\t:=&", max_size=3)


@given(
    st.lists(st.tuples(st.sampled_from(("X-A", "x-a", "X", "X-A-B", "Y: X-A")), TEXTS), max_size=4),
    NAMES,
    TEXTS,
)
@examples(500)
def test_a_field_that_is_looked_for_in_the_head_is_the_first_of_its_name(
    fields: list[tuple[str, str]], name: str, expected: str
) -> None:
    head = "\r\n".join(f"{known}: {value}" for known, value in fields).encode()
    view = RequestView(b"GET / HTTP/1.1", head, b"")
    compiled = compile_criteria(headers={name: expected})
    assert compiled.holds(view) == (RequestView(b"", head, b"").headers.get(name) == expected)


@given(
    st.lists(st.text("ab=%2B+é#?;1", max_size=5), max_size=4).map("&".join),
    st.sampled_from(("a", "b", "", "é", "a=b", "+", "ab", " ")),
    st.text("ab=+é 1", max_size=3),
)
@examples(500)
def test_a_key_that_is_looked_for_in_the_target_is_the_first_of_its_name(
    query: str, name: str, expected: str
) -> None:
    start = f"GET /?{query} HTTP/1.1".encode()
    compiled = compile_criteria(query={name: expected})
    decoded = RequestView(start, b"", b"").query.get(name)
    assert compiled.holds(RequestView(start, b"", b"")) == (decoded == expected)
