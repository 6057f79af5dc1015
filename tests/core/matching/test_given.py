"""What is asked, as it was given: what is kept of it, and what can never be asked."""

import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any
from unittest.mock import ANY
from uuid import UUID

import pytest
from dirty_equals import IsStr

from asyncly.srvmocker import ABSENT, NULL, Exactly, Match, Part, Partial
from asyncly.srvmocker._core.matching.given import (
    Compiled,
    Criteria,
    Given,
    asks_for_absence,
    check_body,
    check_json,
    check_parts,
    check_text,
    check_texts,
    is_bytes,
    why_no_content,
    why_no_fields,
)
from tests.core.support import view_of


def test_what_is_given_has_all_that_was_asked() -> None:
    criteria = Criteria(json=1, headers={"A": "1"}, text="t", cookies={"c": "2"})
    given = Given(criteria)
    assert {name: getattr(given, name) for name in Criteria.__slots__} == {
        "json": 1, "body": None, "headers": {"A": "1"}, "query": None, "text": "t",
        "cookies": {"c": "2"}, "path_params": None, "form": None, "multipart": None, "params": None,
    }  # fmt: skip
    assert (given.name, given.test, given.either, given.contrary) == ("", None, (), None)


def test_a_question_of_which_the_name_is_known_asks_nothing_else() -> None:
    given = Given(name="mine", test=lambda view: view.body == b"1", wanted="one")
    assert all(getattr(given, name) is None for name in Criteria.__slots__)
    assert given.test is not None
    assert given.test(view_of(b"1"))
    assert (given.name, given.wanted, given.got) == ("mine", "one", None)


def test_without_a_test_every_request_holds() -> None:
    assert Compiled(None).holds(view_of(b"x"))
    assert not Compiled(lambda view: not view.body).holds(view_of(b"x"))


@pytest.mark.parametrize("value", [b"", bytearray(b"a"), memoryview(b"a")])
def test_what_stands_for_bytes(value: object) -> None:
    assert is_bytes(value)
    assert not is_bytes("a")
    check_body(value)


class Name(StrEnum):
    ONE = "one"


def test_what_may_be_asked() -> None:
    own = IsStr()
    for value in (None, "", "a", re.compile("a"), own, Partial("a"), ANY, Name.ONE):
        check_text("text", value)
    for values in ("a", ["a", re.compile("b"), own], ("a",), [], ABSENT):
        check_texts("headers", {"A": values})
        check_texts("headers", Exactly({"A": values}))
        check_parts({"a": values})
    for content in (b"", "", bytearray(), memoryview(b""), re.compile(b"a"), re.compile("a"), own):
        assert why_no_content(content) == ""
        check_parts({"a": content, "b": [content]})
        check_parts({"a": Part(content), "b": [Part(), Part(None, ABSENT, own)]})
    for body in (b"", re.compile(b"a"), own):
        check_body(body)
    documents: list[object] = [None, NULL, 1, "a", [], {}, own, Partial([]), ANY, Soon(2024, 1, 2)]
    documents += [Decimal(1), {"a": own}, {Name.ONE: Name.ONE}, OrderedDict(a=1)]
    for json in documents:
        check_json("json", json)


class Colour(Enum):
    RED = "red"


class Soon(date):
    """Equals other things than days."""

    __hash__ = date.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)


DAY, ID = date(2024, 1, 2), UUID(int=1)
AS_SENT = ": give the text that is sent"
A_STRING = ": give a string"
PATTERN, BYTES_PATTERN = re.compile("a"), re.compile(b"a")
NO_TEXT = ": values are compared as text, so give a string, not "
IS_STR = ": give an object that a text equals, such as IsStr(regex=...) of dirty-equals"
NEVER_ABSENT = ": only a member of a Partial, or what is at a path, may be absent"
ABSENT_ITEM = ": ABSENT stands for all values of a name, not for one of several"


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: check_json("json", ABSENT), f"json: no JSON value equals ABSENT{NEVER_ABSENT}"),
        (
            lambda: check_json("json", {"a": [PATTERN]}),
            f"json: no JSON value equals re.compile('a'){IS_STR}",
        ),
        (lambda: check_json("x", [Part("x")]), "x: no JSON value equals Part(content='x')"),
        (lambda: check_json("x", Exactly({})), "x: no JSON value equals Exactly({})"),
        (lambda: check_json("x", {"a": Match()}), "x: no JSON value equals Match()"),
        (lambda: check_json("x", {"a": int}), "x: no JSON value equals <class 'int'>"),
        (
            lambda: check_json("x", {"a": len}),
            "x: no JSON value equals <built-in function len>: a function is given as predicate=...",
        ),
        (
            lambda: check_json("x", [ABSENT], partial=True),
            f"x: no JSON value equals ABSENT{NEVER_ABSENT}",
        ),
        (
            lambda: check_json("x", {"a": [b"b"]}),
            "x: no JSON value equals b'b': the bytes of a body are given as body=...",
        ),
        (lambda: check_json("x", ("a", 1)), "x: no JSON value equals ('a', 1): give a list"),
        (lambda: check_json("x", {"a": {1}}), "x: no JSON value equals {1}: give a list"),
        (lambda: check_json("x", {"a": Colour.RED}), f"x: no JSON value equals {Colour.RED!r}"),
        (lambda: check_json("x", [...]), "x: no JSON value equals Ellipsis"),
        (lambda: check_json("x", {"a": DAY}), f"x: no JSON value equals {DAY!r}{AS_SENT}"),
        (lambda: check_json("x", {"a": UUID(int=1)}), f"x: no JSON value equals {ID!r}{AS_SENT}"),
        (lambda: check_json("x", [{1: "a"}]), f"x: no JSON object has the key 1{A_STRING}"),
        (lambda: check_json("x", {None: "a"}), f"x: no JSON object has the key None{A_STRING}"),
        (lambda: check_body(Colour.RED), f"body={Colour.RED!r}: give bytes, not Colour"),
        (lambda: check_text("text", ID), f"text={ID!r}{NO_TEXT}UUID"),
        (lambda: check_texts("query", {"a": [DAY]}), f"query['a']={[DAY]!r}{NO_TEXT}date"),
        (
            lambda: check_parts({"a": object}),
            "multipart['a']=<class 'object'>: give text, bytes or a Part, not a class",
        ),
        (
            lambda: check_parts({"a": Colour.RED}),
            f"multipart['a']={Colour.RED!r}: give text, bytes or a Part, not Colour",
        ),
        (lambda: check_text("text", int), f"text=<class 'int'>{NO_TEXT}a class"),
        (lambda: check_text("text", len), f"text=<built-in function len>{NO_TEXT}a function"),
        (lambda: check_text("text", NULL), f"text=NULL{NO_TEXT}Null"),
        (lambda: check_body(bytes), "body=<class 'bytes'>: give bytes, not a class"),
        (lambda: check_body("a"), "body='a': give bytes, not str"),
        (lambda: check_body(PATTERN), "body=re.compile('a'): give bytes, not a pattern of str"),
        (lambda: check_body({1}), "body={1}: give bytes, not set"),
        (lambda: check_body(ABSENT), "body=ABSENT: give bytes, not ABSENT"),
        (lambda: check_body(Part()), "body=Part(): give bytes, not Part"),
        (
            lambda: check_text("text", BYTES_PATTERN),
            f"text=re.compile(b'a'){NO_TEXT}a pattern of bytes",
        ),
        (
            lambda: check_text("text", ABSENT),
            f"text=ABSENT{NO_TEXT}ABSENT",
        ),
        (
            lambda: check_text("text", ["a"]),
            f"text=['a']{NO_TEXT}list",
        ),
        (lambda: check_texts("query", ["a"]), "query=['a']: give a mapping, not list"),
        (lambda: check_texts("query", {1: "a"}), "query: the name 1 is not a string"),
        (
            lambda: check_texts("query", {"a": 1}),
            f"query['a']=1{NO_TEXT}int",
        ),
        (
            lambda: check_texts("query", {"a": ["b", None]}),
            f"query['a']=['b', None]{NO_TEXT}NoneType",
        ),
        (
            lambda: check_texts("query", {"a": ["b", ABSENT]}),
            f"query['a']=['b', ABSENT]{ABSENT_ITEM}",
        ),
        (
            lambda: check_texts("query", {"a": Exactly({})}),
            f"query['a']=Exactly({{}}){NO_TEXT}Exactly",
        ),
        (
            lambda: check_texts("form", {"a": Part("b")}),
            f"form['a']=Part(content='b'){NO_TEXT}Part",
        ),
        (
            lambda: check_texts("query", {"a": frozenset("b")}),
            f"query['a']=frozenset({{'b'}}){NO_TEXT}frozenset",
        ),
        (lambda: check_parts(b"a"), "multipart=b'a': give a mapping, not bytes"),
        (lambda: check_parts({b"a": ""}), "multipart: the name b'a' is not a string"),
        (
            lambda: check_parts({"a": 1.5}),
            "multipart['a']=1.5: give text, bytes or a Part, not float",
        ),
        (
            lambda: check_parts({"a": ["b", {"c": 1}]}),
            "multipart['a']=['b', {'c': 1}]: give text, bytes or a Part, not dict",
        ),
        (
            lambda: check_parts({"a": (ABSENT,)}),
            f"multipart['a']=(ABSENT,){ABSENT_ITEM}",
        ),
        (
            lambda: check_parts({"a": Exactly({})}),
            "multipart['a']=Exactly({}): give text, bytes or a Part, not Exactly",
        ),
    ],
)
def test_what_can_never_be_asked_is_told_with_the_argument(
    make: Callable[[], None], text: str
) -> None:
    with pytest.raises(TypeError) as caught:
        make()
    assert str(caught.value) == text


def test_what_is_no_json_may_be_asked_as_the_published_package_has_it() -> None:
    for json in ((1, 2), b"x", {1: 2}, {"a": {1}}, DAY, ID):
        check_json("json", json, plain=True)
    with pytest.raises(TypeError, match=r"^json: no JSON value equals <Colour\.RED: 'red'>$"):
        check_json("json", {"a": [Colour.RED]}, plain=True)


def test_what_no_part_can_have_is_told() -> None:
    assert why_no_content(1) == "give text or bytes, not int"
    assert why_no_content(Part()) == "give text or bytes, not Part"
    assert why_no_content(Part(), part=True) == ""
    assert why_no_content(ABSENT, part=True) == "give text, bytes or a Part, not ABSENT"


def test_what_holds_itself_or_is_large_is_looked_at_as_far_as_it_matters() -> None:
    circle: list[object] = []
    circle.append(circle)
    check_json("json", circle)
    check_json("json", [PATTERN, *range(5000)])
    check_json("json", {"a": ABSENT, "b": [{"c": ABSENT}]}, partial=True)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"A ": "b"}, "no header field is called 'A '"),
        ({"": "b"}, "no header field is called ''"),
        ({"Ä": IsStr()}, "no header field is called 'Ä'"),
        ({"A": "b", "a": "c"}, "'A' and 'a' are one header field, and have different values"),
        ({"A": "b\n"}, r"the header field 'A' never has a value such as 'b\n'"),
        ({"A": ["b", " c"]}, "the header field 'A' never has a value such as ' c'"),
        ({"X-A": "b c", "~!": ["", "b"], "W": ABSENT, "Z": re.compile(" "), "y": IsStr()}, ""),
        ({"A": "b", "a": "b", "": ABSENT, "Ä": []}, ""),
    ],
)
def test_fields_that_no_request_can_have_are_told(headers: dict[str, Any], reason: str) -> None:
    assert why_no_fields(headers) == reason
    Match(headers=headers)


def test_what_asks_for_absence() -> None:
    assert [asks_for_absence(each) for each in (ABSENT, [], (), "", ["a"])] == [True] * 3 + [
        False,
        False,
    ]


@pytest.mark.parametrize(
    "criteria",
    [
        {"json": ABSENT},
        {"json": PATTERN},
        {"body": ABSENT},
        {"text": Part()},
        *({name: {"a": [ABSENT]}} for name in ("headers", "query", "cookies", "path_params")),
        *({name: {"a": [ABSENT]}} for name in ("form", "multipart")),
    ],
)
def test_a_match_asks_nothing_that_can_never_be(criteria: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=f"^{next(iter(criteria))}"):
        Match(**criteria)  # type: ignore[arg-type]  # as the table has it
