"""Paths into JSON values: how they are written, and how the keys of one are found."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core.jsonpath import find_keys, render
from tests.core.support import examples


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ((), "$"),
        (("items", 2, "price"), "$.items[2].price"),
        (("a b", "é", "", "1", "it's"), """$['a b'].é['']['1']["it's"]"""),
        (("k" * 40,), f"$.{'k' * 40}"),
        (("k" * 41,), f"$['{'k' * 40}…']"),
        (("key",) * 30, f"${'.key' * 30}"),
        ((0, *("key",) * 30), f"$…{'.key' * 30}"),
    ],
)
def test_a_path_is_written_as_javascript_would(steps: tuple[int | str, ...], path: str) -> None:
    assert render(steps) == path


def never() -> bool:
    raise AssertionError("nothing is to be found")


@pytest.mark.parametrize("path", ["$", "$.a", "$.a[1].b", "$[0]", "$.nowhere[...]", "$.a[...]"])
def test_a_path_with_nothing_to_find_stays(path: str) -> None:
    assert find_keys(path, {"a": [0, {"b": 1}]}, never) == path
    assert find_keys("$[0].x", [{"x": 1}], never) == "$[0].x"
    assert find_keys(path, 1, never) == path


def test_the_longest_key_that_fits_is_stepped_into() -> None:
    value: dict[str, object] = {"a": 1, "a.b": {"k": 2}, "a.b[0]": 3, "a.bc": 4}
    assert find_keys("$.a.b[...]", value, lambda: "a.b" in value) == "$['a.b'].k"
    assert find_keys("$.a.bcd", value, never) == "$.a.bcd"


def first_marked(value: Any) -> tuple[int | str, ...] | None:
    """The way to the first -1, depth first."""
    if value == -1:
        return ()
    parts: Iterable[tuple[int | str, Any]] = (
        cast("dict[str, Any]", value).items() if isinstance(value, dict) else enumerate(value or ())
    )
    for step, part in parts:
        if (found := first_marked(part)) is not None:
            return (step, *found)
    return None


def unnamed(steps: tuple[int | str, ...]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else "[...]" for step in steps)


def still(value: object, path: str) -> Callable[[], bool]:
    def fails() -> bool:
        steps = first_marked(value)
        return steps is not None and unnamed(steps) == path

    return fails


VALUES = st.recursive(
    st.sampled_from([None, None, None, -1]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=9)
    ),
    max_leaves=40,
)


@given(VALUES)
@examples(300)
def test_the_keys_of_the_first_that_is_wrong_are_found(value: object) -> None:
    steps = first_marked(value)
    if steps is not None:
        before, path = deepcopy(value), unnamed(steps)
        found = find_keys(path, value, still(value, path))
        assert found == render(steps)
        assert repr(value) == repr(before), "the same members in the same order"


def test_a_member_that_is_wrong_in_the_same_way_further_on_does_not_confuse() -> None:
    value: dict[str, object] = {"p": {"a": [], "b": -1}, "q": {"c": -1}}
    assert find_keys("$[...][...]", value, still(value, "$[...][...]")) == "$.p.b"


def test_what_is_wrong_only_together_is_not_found() -> None:
    value: dict[str, object] = {"a": 1, "b": 2, "c": 3}
    assert find_keys("$[...].x", value, lambda: len(value) > 1) == "$[...].x"
    assert list(value) == ["a", "b", "c"]
    assert find_keys("$[...]", {}, never) == "$[...]"


def test_members_are_put_back_when_asking_raises() -> None:
    value: dict[str, object] = {"a": 1, "b": 2}

    def fails() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        find_keys("$[...]", value, fails)
    assert value == {"a": 1, "b": 2}


def test_a_large_object_is_halved() -> None:
    value: dict[str, object] = {f"k{n}": n for n in range(10_000)}
    asked = 0

    def fails() -> bool:
        nonlocal asked
        asked += 1
        return "k7321" in value

    assert find_keys("$[...]", value, fails) == "$.k7321"
    assert asked < 20
