"""Values that say more than `==`: what each equals, and whether that depends on nothing else."""

import copy
import pickle
import re
from collections.abc import Callable
from typing import Any, cast

import pytest
from dirty_equals import IsInt
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.matching.expected import (
    ABSENT,
    NULL,
    Absent,
    AtPath,
    Exactly,
    Null,
    Part,
    Partial,
    ValidJson,
    covers,
    pure_json,
    pure_text,
    settled,
)
from asyncly.srvmocker.matching import Match, compile_match
from tests.core.support import CLOSE_VALUES, examples, view_of

# Partial.


def has(got: object, wanted: object) -> bool:
    """What the documentation says of a partial value, as plainly as it can be said."""
    if isinstance(wanted, dict):
        members = cast("dict[object, object]", wanted)
        if not isinstance(got, dict):
            return False
        there = cast("dict[object, object]", got)
        return all(
            name not in there if value is ABSENT else name in there and has(there[name], value)
            for name, value in members.items()
        )
    if isinstance(wanted, list):
        items = cast("list[object]", wanted)
        if not isinstance(got, list):
            return False
        others = cast("list[object]", got)
        return len(others) == len(items) and all(map(has, others, items))
    return bool(got == wanted)


WANTED: st.SearchStrategy[Any] = st.recursive(
    CLOSE_VALUES | st.just(NULL),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from("ab"), inner | st.just(ABSENT), max_size=2),
        st.lists(inner, max_size=2),
    ),
    max_leaves=4,
)


@given(WANTED, CLOSE_VALUES)
@examples(500)
def test_a_partial_value_equals_what_has_at_least_this(wanted: Any, got: Any) -> None:
    assert (got == Partial(wanted)) is (Partial(wanted) == got) is has(got, wanted)
    assert covers(settled(wanted))(got) is has(got, wanted)


@given(CLOSE_VALUES, st.data())
@examples(200)
def test_a_value_with_more_members_still_has_what_it_had(value: Any, data: st.DataObject) -> None:
    more = copy.deepcopy(value)
    pending: list[Any] = [more]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            pending += item.values()
            item["more"] = data.draw(CLOSE_VALUES)
        elif isinstance(item, list):
            pending += item
    assert more == Partial(value)


def test_a_member_may_be_asked_to_be_absent() -> None:
    wanted = Partial({"id": 7, "user": {"error": ABSENT}})
    assert wanted == {"id": 7, "user": {}, "error": 1}
    assert wanted != {"id": 7, "user": {"error": None}}
    assert wanted != {"id": 7}


def test_values_with_an_equality_of_their_own_may_stand_in_it() -> None:
    assert Partial({"a": [{"b": IsInt(gt=6)}]}) == {"a": [{"b": 7, "c": 1}]}
    assert Partial({"a": [{"b": IsInt(gt=6)}]}) != {"a": [{"b": 6, "c": 1}]}
    assert Partial({"a": AtPath("$.b", 1)}) == {"a": {"b": 1}}
    assert Partial([Partial({"a": 1})]) == [{"a": 1, "b": 2}]


def test_what_is_given_may_change_later() -> None:
    given_value: Any = {"a": [1], "b": NULL}
    partial = Partial(given_value)
    at_path, values = AtPath("$", given_value), AtPath("$[*]", values=given_value["a"])
    schema: Any = {"required": ["a"]}
    valid = ValidJson(schema)
    exactly = Exactly(given_value)
    given_value["a"].append(2)
    given_value["c"] = 3
    schema["required"].append("z")
    assert partial == {"a": [1], "b": None}
    assert at_path == {"a": [1], "b": None}
    assert values == [1]
    assert valid == {"a": 1}
    assert list(exactly) == ["a", "b"]


# AtPath.


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", [{"a": [3, 5], "b": {"a": None}}]),
        ("$.a[*]", [3, 5]),
        ("$..a", [[3, 5], None]),
        ("$.c", []),
        ("$.a[?@ > 3]", [5]),
    ],
)
def test_what_is_found_at_a_path(path: str, found: list[object]) -> None:
    document = {"a": [3, 5], "b": {"a": None}}
    assert AtPath(path, ABSENT).found(document) == found
    assert document == AtPath(path, values=found)
    assert (document == AtPath(path, ABSENT)) is (not found)
    for value in found:
        assert document == AtPath(path, value)
    assert document != AtPath(path, "no such value")


def test_a_value_without_parts_stands_at_the_root_only() -> None:
    for value in (1, "a", None, True):
        assert AtPath("$", value) == value
        assert AtPath("$", values=[value]) == value
        assert AtPath("$.a", ABSENT) == value
        assert AtPath("$[*]", value) != value


def test_null_at_a_path_is_there() -> None:
    assert {"a": None} == AtPath("$.a", NULL) == AtPath("$.a", None)
    assert AtPath("$.a", ABSENT) != {"a": None}
    assert AtPath("$.a", NULL) != {}


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: AtPath("$", values=3), "AtPath('$'): values=3 is no list"),
        (lambda: AtPath("$", values={"a": 1}), "AtPath('$'): values={'a': 1} is no list"),
        (lambda: AtPath("$", values=(1,)), "AtPath('$'): values=(1,) is no list"),
        (lambda: AtPath("$", values=NULL), "AtPath('$'): values=NULL is no list"),
        (lambda: AtPath("$", values=[ABSENT]), "AtPath('$'): no JSON value equals ABSENT: only"),
        (
            lambda: AtPath("$", {"a": re.compile("")}),
            "AtPath('$'): no JSON value equals re",
        ),
        (
            lambda: Partial([ABSENT]),
            "Partial: no JSON value equals ABSENT: only a member",
        ),
        (lambda: Partial({"a": int}), "Partial: no JSON value equals <class 'int'>"),
    ],
)
def test_what_no_json_value_equals_is_refused(make: Callable[[], object], text: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(text)}"):
        make()


# Marks, and mappings that are exact.


def test_null_equals_null_only() -> None:
    assert NULL == None  # noqa: E711 - that it is equal is what is asked
    assert Null() == NULL
    others: list[object] = [0, False, "", [], {}, ABSENT]
    assert all(value != NULL for value in others)
    assert {NULL: 1}[None] == 1  # type: ignore[index]  # pyright: ignore[reportArgumentType]  # it is equal


def test_absent_is_one_of_a_kind() -> None:
    assert isinstance(ABSENT, Absent)
    assert repr(ABSENT) == "ABSENT"
    assert ABSENT not in (None, False, "", NULL)


COPIES: list[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    lambda value: pickle.loads(pickle.dumps(value)),
]


@pytest.mark.parametrize("copied", COPIES)
def test_a_copy_asks_the_same(copied: Callable[[Any], Any]) -> None:
    assert copied(ABSENT) is ABSENT
    assert copied(NULL) is NULL
    for value in (
        Partial({"a": ABSENT, "b": [NULL]}),
        AtPath("$.a", ABSENT),
        AtPath("$.a", values=[NULL, 1]),
        ValidJson({"type": "object"}),
        Exactly({"a": ["1", re.compile("2")]}),
    ):
        assert copied(value) == value
        assert repr(copied(value)) == repr(value)
        assert type(copied(value)) is type(value)
    part = copied(Part("a", ABSENT))
    assert (part.content, part.filename, part.content_type) == ("a", ABSENT, None)
    match = copied(Match(json=Partial({"a": ABSENT}), headers={"A": ABSENT}))
    assert compile_match(match).holds(view_of(b'{"b": 1}'))
    assert not compile_match(match).holds(view_of(b'{"a": 1}'))
    assert not compile_match(match).holds(view_of(b"{}", headers={"A": "1"}))


def test_an_exact_mapping_is_a_mapping() -> None:
    exactly = Exactly({"a": "1", "b": ["2", "3"]})
    assert dict(exactly) == {"a": "1", "b": ["2", "3"]}
    assert len(exactly) == 2
    assert exactly["a"] == "1"
    assert "c" not in exactly
    assert exactly.get("c") is None


# Plain values, and what depends on nothing else.


def test_null_is_settled_wherever_it_stands() -> None:
    inner = Partial({"a": 1})
    before = {"a": NULL, "b": [1, NULL, {"c": NULL}], "d": inner, "e": "NULL"}
    assert settled(before) == {"a": None, "b": [1, None, {"c": None}], "d": inner, "e": "NULL"}
    assert before["a"] is NULL
    assert settled(NULL) is None


class Own:
    """Has a memory, for all that anybody knows."""

    __hash__ = None  # type: ignore[assignment]  # as of all that compares in its own way

    def __eq__(self, other: object) -> bool:
        return NotImplemented


class Subclass(str):
    """Compares in its own way, for all that anybody knows."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "pure"),
    [
        ({"a": [1, 2.5, True, None, "x", NULL, ABSENT]}, True),
        (Partial({"a": [AtPath("$.a", ValidJson({}))]}), True),
        (AtPath("$", values=[Partial([])]), True),
        (AtPath("$", Own()), False),
        (Partial([Own()]), False),
        ([{"a": Own()}], False),
        (Subclass("a"), False),
        ({1: 2}, False),
        (Own(), False),
    ],
)
def test_which_json_values_depend_on_nothing_else(value: object, pure: bool) -> None:
    assert pure_json(value) is pure


@pytest.mark.parametrize(
    ("value", "pure"),
    [
        ("a", True),
        (b"a", True),
        (None, True),
        (ABSENT, True),
        (re.compile("a"), True),
        (["a", re.compile("b")], True),
        (("a", Own()), False),
        (Part(b"a", re.compile("b"), "c/d"), True),
        (Part(IsInt()), False),
        ([Part(filename=IsInt())], False),
        (Part(content_type=IsInt()), False),
        (Subclass("a"), False),
    ],
)
def test_which_texts_depend_on_nothing_else(value: object, pure: bool) -> None:
    assert pure_text(value) is pure


def test_a_part_tells_what_is_asked_of_it() -> None:
    assert repr(Part(b"a", ABSENT, "b/c")) == (
        "Part(content=b'a', filename=ABSENT, content_type='b/c')"
    )


def test_parts_are_equal_where_they_ask_the_same() -> None:
    assert Part("a", ABSENT, "b/c") == Part("a", ABSENT, "b/c")
    assert Part("a") != Part(b"a")
    assert Part() != "a"
    assert Match(multipart={"a": Part("x")}) == Match(multipart={"a": Part("x")})


@pytest.mark.parametrize("kind", ["Text/Plain", "text/plain; charset=utf-8", " text/plain"])
def test_the_type_of_a_part_is_expected_as_it_is_compared(kind: str) -> None:
    with pytest.raises(ValueError, match=f"^content_type={kind!r}: .*: give 'text/plain'$"):
        Part(content_type=kind)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"content": 1}, "content=1: give text or bytes, not int"),
        ({"content": ABSENT}, "content=ABSENT: give text or bytes, not ABSENT"),
        ({"content": Part()}, r"content=Part\(\): give text or bytes, not Part"),
        ({"filename": b"a"}, "filename=b'a': values are compared as text, so give a string, not"),
        ({"filename": re.compile(b"a")}, "filename=.*, not a pattern of bytes"),
        ({"content_type": ABSENT}, "content_type=ABSENT: .* not ABSENT"),
        ({"content_type": ["a/b"]}, "content_type=.* not list"),
    ],
)
def test_a_part_that_can_never_come_is_refused(wrong: dict[str, object], text: str) -> None:
    with pytest.raises(TypeError, match=f"^{text}"):
        Part(**wrong)
