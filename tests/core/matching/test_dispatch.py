"""Which route is selected: the first in order, whether it is looked up or asked in turn."""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any
from unittest.mock import ANY, patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker._core import request
from asyncly.srvmocker._core.jsonbody import Document, parse
from asyncly.srvmocker._core.matching import dispatch
from asyncly.srvmocker._core.matching.criteria import (
    compile_all,
    compile_criteria,
    conjunction,
    opaque,
)
from asyncly.srvmocker._core.matching.dispatch import Dispatcher, Group, Route, _Scan
from asyncly.srvmocker._core.matching.expected import ABSENT as NOT_THERE
from asyncly.srvmocker._core.matching.expected import Exactly
from asyncly.srvmocker._core.matching.given import ABSENT, Compiled, Criteria
from asyncly.srvmocker._core.matching.routing import Miss
from asyncly.srvmocker._core.request import RequestView
from tests.core.support import (
    CLOSE_SCALARS,
    CLOSE_VALUES,
    bodies_of,
    equals_json,
    examples,
    nested_list,
    view_of,
)


def group_of(*compiled: Compiled) -> Group:
    return Group([Route(n, "POST", "/", f"h{n}", c) for n, c in enumerate(compiled)])


def selected(group: Group, view: RequestView) -> int | None:
    route = group.select(view)
    if group.choose is not None:
        assert group.choose(view.body) is route
    return None if route is None else route.number


@dataclass(frozen=True)
class Asked:
    """Criteria in the contract's own words."""

    json: object = None
    body: bytes | None = None
    header: str | None = None
    query: str | None = None

    def holds(self, view: RequestView) -> bool:
        return (
            (self.json is None or equals_json(view.body, self.json))
            and (self.body is None or view.body == self.body)
            and (self.header is None or view.headers.get("A") == self.header)
            and (self.query is None or view.query.get("q") == self.query)
        )

    def compiled(self) -> Compiled:
        return compile_criteria(
            json=self.json,
            body=self.body,
            headers=None if self.header is None else {"a": self.header},
            query=None if self.query is None else {"q": self.query},
        )


FLAGS = st.sampled_from([None, None, None, "1", "2"])
PLAIN: list[object] = [1, 1.0, True, 2, 0, False, "a", [1], [True], {"a": 1}, {"a": 1.0, "b": []}]
ODD: list[object] = [{"a": ANY}, ANY, math.nan, [math.nan], (1,), {1: 1}, "\ud800", 2**70, 10**5000]
POOL = st.sampled_from([*PLAIN, *ODD])
ASKED = st.builds(
    Asked,
    json=POOL | CLOSE_VALUES | st.none(),
    body=st.sampled_from([None, None, None, None, b"1", b'{"a": 1}', b""]),
    header=FLAGS,
    query=FLAGS,
)
REQUESTS = st.tuples(
    st.one_of(
        st.sampled_from(
            [b"", b"1", b"true", b'{"a": 1}', b'{"a":1,"b":[]}', b"NaN", b"[", b"\xff"]
        ),
        CLOSE_VALUES.flatmap(bodies_of),
    ),
    FLAGS,
    FLAGS,
)


def is_short(view: RequestView) -> bool:
    if view.body == b"1":
        raise LookupError("lost")
    return len(view.body) < 5


@dataclass(frozen=True)
class Own:
    """A predicate of a user's, which raises for one of the bodies."""

    def holds(self, view: RequestView) -> bool:
        return view.body != b"1" and is_short(view)

    def compiled(self) -> Compiled:
        return opaque(is_short)


@given(
    st.lists(st.lists(ASKED | st.builds(Own), min_size=1, max_size=3), min_size=1, max_size=14),
    st.lists(REQUESTS, min_size=1, max_size=6),
)
@examples(400)
def test_of_combined_matches_the_first_that_holds_is_selected(
    asked: list[list[Asked | Own]], requests: Sequence[tuple[bytes, str | None, str | None]]
) -> None:
    group = group_of(*(reduce(conjunction, [each.compiled() for each in every]) for every in asked))
    in_turn = _Scan(group.routes)
    for body, header, query in requests:
        views = [
            view_of(
                body,
                target="/" if query is None else f"/?q={query}",
                headers={} if header is None else {"A": header},
            )
            for _ in range(2)
        ]
        holding = (n for n, every in enumerate(asked) if all(e.holds(views[0]) for e in every))
        assert selected(group, views[0]) == next(holding, None)
        in_turn.select(views[1])
        told = [[(n, type(error)) for n, error in view.raised] for view in views]
        assert told[0] == told[1]


@given(st.lists(ASKED, min_size=1, max_size=14), st.lists(REQUESTS, min_size=1, max_size=6))
@examples(400)
def test_the_first_route_that_holds_is_selected(
    asked: list[Asked], requests: Sequence[tuple[bytes, str | None, str | None]]
) -> None:
    group = group_of(*(criteria.compiled() for criteria in asked))
    for body, header, query in [*requests, *requests]:
        view = view_of(
            body,
            target="/" if query is None else f"/?q={query}",
            headers={} if header is None else {"A": header},
        )
        expected = next((n for n, criteria in enumerate(asked) if criteria.holds(view)), None)
        assert selected(group, view) == expected


@given(st.lists(CLOSE_VALUES.filter(lambda v: v is not None), min_size=4, max_size=30), st.data())
@examples(200)
def test_many_json_matchers_are_looked_up_with_the_same_answer(
    values: list[Any], data: st.DataObject
) -> None:
    group = group_of(*(compile_criteria(json=value) for value in values))
    body = data.draw(bodies_of(data.draw(st.sampled_from(values) | CLOSE_VALUES)))
    expected = next((n for n, value in enumerate(values) if equals_json(body, value)), None)
    assert selected(group, view_of(body)) == expected
    assert selected(group, view_of(body)) == expected


MEMBERS = st.sampled_from([*CLOSE_SCALARS, [], [1], {}, {"a": True}])
OBJECTS = st.dictionaries(st.sampled_from(["id", "kind", "n"]), MEMBERS, max_size=3)


@given(st.lists(OBJECTS, min_size=4, max_size=12), st.lists(OBJECTS, max_size=4), st.booleans())
@examples(300)
def test_objects_with_a_member_in_common_are_looked_up_with_the_same_answer(
    values: list[Any], others: list[Any], common: bool
) -> None:
    if common:
        values = [{"id": number % 3, **value} for number, value in enumerate(values)]
    group = group_of(*(compile_criteria(json=value) for value in values))
    sent_values: list[Any] = [*values, *others, [], "id", None, 1]
    sent_values += [{"id": 1.0, **other} for other in others]
    for sent in sent_values:
        for body in (json.dumps(sent).encode(), json.dumps(sent, indent=1).encode("utf-16")):
            expected = next((n for n, value in enumerate(values) if value == sent), None)
            assert selected(group, view_of(body)) == expected
    assert selected(group, view_of(b'{"id": 1')) is None
    assert selected(group, view_of(b'{"id": NaN}')) is None


def test_a_large_group_does_not_ask_in_turn() -> None:
    values = [{"id": number, "kind": "x"} for number in range(5000)]
    group = group_of(*(compile_criteria(json=value) for value in values), compile_criteria())
    assert selected(group, view_of(b'{"kind":"x","id":4999}')) == 4999
    assert selected(group, view_of(b'{"id": 17.0, "kind": "\\u0078"}')) == 17
    assert selected(group, view_of(b'{"id": 5000, "kind": "x"}')) == 5000


def test_a_conjunction_is_looked_up_by_the_json_value_of_either_side() -> None:
    asked: list[RequestView] = []

    def is_asked(view: RequestView) -> bool:
        asked.append(view)
        return view.target == "/yes"

    traced = compile_criteria(headers={"A": "1"})
    kinds = [compile_criteria(json={"id": number, "kind": "x"}) for number in range(1000)]
    group = group_of(
        *(conjunction(each, traced) for each in kinds),
        *(conjunction(traced, conjunction(each, opaque(is_asked))) for each in kinds),
        *(conjunction(each, opaque(is_asked)) for each in kinds),
        compile_criteria(),
    )
    body = b'{"kind": "x", "id": 999}'
    assert selected(group, view_of(body, headers={"A": "1"}, target="/yes")) == 999
    assert asked == []
    assert selected(group, view_of(body, target="/yes")) == 2999
    assert selected(group, view_of(body, target="/no")) == 3000
    assert selected(group, view_of(b'{"kind":"y","id":1}', headers={"A": "1"})) == 3000
    assert len(asked) == 2


def test_what_a_conjunction_leaves_to_ask_once_its_json_value_is_found() -> None:
    one, traced, own = ONE, compile_criteria(headers={"A": "1"}), opaque(is_short)
    assert conjunction(one, compile_criteria()).rest is None
    for both in (conjunction(one, traced), conjunction(traced, one)):
        assert (both.json_key, both.json_value) == (1, 1)
        assert both.rest is not None
        assert both.rest(view_of(b"[]", headers={"A": "1"}))
        assert not both.rest(view_of(b"1"))
    assert conjunction(one, own).json_key == 1
    assert conjunction(own, one).json_key is ABSENT, "what it raises is to be seen"
    assert conjunction(traced, traced).json_key is ABSENT
    two = conjunction(one, TWO)
    assert two.json_key == 1
    assert two.rest is not None
    assert not two.rest(view_of(b"1"))


def test_unindexed_routes_keep_their_place_between_indexed_ones() -> None:
    plain = [compile_criteria(json=n) for n in range(1, 6)]
    with_header = compile_criteria(json=3, headers={"A": "1"})
    group = group_of(
        plain[0],
        compile_criteria(headers={"A": "stop"}),
        plain[1],
        with_header,
        compile_criteria(body=b"3"),
        plain[2],
        plain[3],
        compile_criteria(json=ANY, query={"q": "1"}),
    )
    assert selected(group, view_of(b"1", headers={"A": "stop"})) == 0
    assert selected(group, view_of(b"2", headers={"A": "stop"})) == 1
    assert selected(group, view_of(b"2")) == 2
    assert selected(group, view_of(b"3", headers={"A": "1"})) == 3
    assert selected(group, view_of(b"3")) == 4
    assert selected(group, view_of(b"3.0")) == 5
    assert selected(group, view_of(b"4")) == 6
    assert selected(group, view_of(b"9", target="/?q=1")) == 7
    assert selected(group, view_of(b"[", target="/?q=1")) is None
    assert selected(group, view_of(b"9")) is None


def test_a_fallback_between_indexed_routes_hides_what_stands_behind_it() -> None:
    plain = [compile_criteria(json=n) for n in range(6)]
    group = group_of(*plain, compile_criteria(), *plain, compile_criteria(json=9))
    assert selected(group, view_of(b"5")) == 5
    assert selected(group, view_of(b"9")) == 6
    assert selected(group, view_of(b"[")) == 6
    assert len(group.routes) == 14


@pytest.mark.parametrize("count", [1, 3, 4, 50])
def test_nothing_is_selected_where_nothing_holds(count: int) -> None:
    group = group_of(*(compile_criteria(json=n) for n in range(1, count + 1)))
    for body in (b"", b"0", b"\xff", b"NaN", b"null", b"[[[]]]"):
        assert selected(group, view_of(body)) is None


def test_a_document_that_is_too_deep_for_a_key_is_asked_in_turn() -> None:
    group = group_of(*(compile_criteria(json=[n]) for n in range(5)), compile_criteria())
    deep = nested_list(sys.getrecursionlimit() * 2)
    view = view_of(b"[ 3 ]")
    view._document = Document(deep, True)
    assert group.select(view) == group.routes[5]
    among_others = group_of(
        *(compile_criteria(json=[n]) for n in range(5)), compile_criteria(body=b"[ 3 ]")
    )
    assert selected(among_others, view) == 5
    assert group.choose is not None
    with patch.object(dispatch, "loads", return_value=deep):
        assert group.choose(b"[ 3 ]") == group.routes[3], "its bytes are read anew"


def test_a_deep_body_selects_its_route_wherever_the_stack_stands() -> None:
    depth = 300
    value = nested_list(depth)
    group = group_of(*(compile_criteria(json=[n]) for n in range(5)), compile_criteria(json=value))
    body = b"[" * depth + b" 1" + b"]" * depth

    def deeper(frames: int) -> int | None:
        return deeper(frames - 1) if frames else selected(group, view_of(body))

    assert deeper(0) == 5
    for frames in (300, 500):
        assert deeper(frames) == 5


def test_a_body_is_parsed_at_most_once_whatever_the_number_of_routes() -> None:
    kinds = [compile_criteria(json={"a": ANY, "n": n}) for n in range(10)]
    group = group_of(*kinds, *(compile_criteria(json={"n": n}) for n in range(10)))
    view = view_of(b'{"a": 1, "n": 9}')
    with patch.object(request, "parse", wraps=parse) as parsed:
        assert selected(group, view) == 9
        assert selected(group, view) == 9
    parsed.assert_called_once_with(view.body)


def test_the_route_that_takes_every_request_is_told() -> None:
    group = group_of(compile_criteria(), compile_criteria(json=1))
    assert group.only is group.routes[0]
    assert group_of(compile_criteria(json=1), compile_criteria()).only is None


def test_whether_the_choice_depends_on_bytes_alone() -> None:
    assert group_of(compile_criteria(json=1), compile_criteria()).pure
    assert not group_of(compile_criteria(json=1), opaque(lambda view: True)).pure


def dispatcher_of(*routes: tuple[str, str, Compiled]) -> Dispatcher:
    return Dispatcher((m, path, f"h{n}", compiled) for n, (m, path, compiled) in enumerate(routes))


ANYTHING = compile_criteria()
ONE, TWO = compile_criteria(json=1), compile_criteria(json=2)


def test_routes_are_grouped_by_method_in_any_case_and_path() -> None:
    dispatcher = dispatcher_of(
        ("post", "/a", ONE),
        ("GET", "/a", ANYTHING),
        ("POST", "/a", TWO),
        ("Post", "/{x}", ANYTHING),
    )
    assert [route.number for route in dispatcher.routes] == [0, 1, 2, 3]
    assert [route.method for route in dispatcher.routes] == ["POST", "GET", "POST", "POST"]
    found = dispatcher.resolve("POST", "/a")
    assert not isinstance(found, Miss)
    assert [route.number for route in found[0].routes] == [0, 2]
    assert selected(found[0], view_of(b"2")) == 2
    found = dispatcher.resolve("POST", "/b")
    assert not isinstance(found, Miss)
    assert found[1] == {"x": "b"}
    assert dispatcher.find("POST", "/b") is found[0]
    missed = dispatcher.resolve("PUT", "/a")
    assert isinstance(missed, Miss)
    assert missed.allowed == {"GET", "POST"}


def test_a_route_is_named_by_its_number_method_path_and_handler() -> None:
    assert str(dispatcher_of(("get", "/a", ONE)).routes[0]) == "route 0 (GET /a -> 'h0')"


@pytest.mark.parametrize(
    "route", [("G T", "/", ANYTHING), ("GET", "x", ANYTHING), ("GET", "/{", ONE)]
)
def test_a_malformed_route_is_refused(route: tuple[str, str, Compiled]) -> None:
    with pytest.raises(ValueError, match=r"is not an HTTP method|^path "):
        dispatcher_of(route)


def shadows(*routes: tuple[str, str, Compiled]) -> list[tuple[int, int]]:
    return [(a.number, b.number) for a, b in dispatcher_of(*routes).shadowed()]


def test_a_route_behind_a_fallback_or_its_like_is_shadowed() -> None:
    assert shadows(("POST", "/", ONE), ("POST", "/", TWO), ("POST", "/", ANYTHING)) == []
    assert shadows(("POST", "/", ONE), ("POST", "/", compile_criteria(json=1.0))) == [(1, 0)]
    assert shadows(
        ("POST", "/", ONE), ("POST", "/", ANYTHING), ("POST", "/", TWO), ("POST", "/", ANYTHING)
    ) == [(2, 1), (3, 1)]
    nan, foreign = compile_criteria(json=math.nan), compile_criteria(json=ANY)
    assert shadows(*(("POST", "/", c) for c in (nan, nan, foreign, foreign))) == []


def test_a_group_behind_one_of_the_same_shape_is_shadowed() -> None:
    assert shadows(("GET", "/{x}", ONE), ("get", "/{y}", TWO)) == [(1, 0)]
    assert shadows(("*", "/{x}", ONE), ("GET", "/{y}", TWO)) == [(1, 0)]
    assert shadows(("*", "/a", ONE), ("GET", "/a", TWO)) == [(1, 0)]
    assert shadows(("GET", "/a", ONE), ("*", "/a", TWO), ("GET", "/a", TWO)) == []
    assert shadows(("GET", "/{x}", ONE), ("*", "/{y}", TWO), ("GET", "/{z}", TWO)) == [(2, 0)]
    assert shadows(("GET", "/{x}", ONE), ("GET", "/a", TWO), ("POST", "/{y}", ONE)) == []


def test_every_route_of_a_shadowed_group_is_told() -> None:
    assert shadows(("*", "/a", ONE), ("GET", "/a", ONE), ("GET", "/a", TWO)) == [(1, 0), (2, 0)]


def test_every_route_that_no_request_selects_is_told_once_with_the_reason() -> None:
    routes = [
        *(("GET", "/é/{x}", ONE), ("GET", "/é/{y}", ONE), ("GET", "/é/{x}", ANYTHING)),
        *(("GET", "/a", ANYTHING), ("GET", "/a", ONE), ("POST", "/a%20b", ONE), ("GET", "/é", ONE)),
    ]
    told = {route.number: why for route, why in dispatcher_of(*routes).unreachable()}
    assert sorted(told) == [0, 1, 2, 4, 5]
    assert len(list(dispatcher_of(*routes).unreachable())) == 5
    assert told[0].endswith("write /{literal:é}/{x}")
    assert told[1].endswith("write /{literal:é}/{y}")
    assert told[2] == told[0]
    assert told[4] == "route 3 (GET /a -> 'h3') takes all of its requests"
    assert told[5] == "a path is compared decoded: write /a b"


def test_a_match_that_no_request_satisfies_makes_its_route_unreachable() -> None:
    def wants(headers: Any = None, path_params: Any = None) -> Compiled:
        return compile_all(Criteria(headers=headers, path_params=path_params))

    dispatcher = dispatcher_of(
        ("GET", "/{id}/{page:[0-9]+}", wants(path_params={"idd": "1"})),
        ("GET", "/{id}/{page:[0-9]+}", wants(path_params={"id": "1", "page": "2", "x": NOT_THERE})),
        ("GET", "/b", conjunction(ONE, wants(path_params=Exactly({"id": "1"})))),
        ("GET", "/b", wants(path_params={"id": NOT_THERE})),
        ("GET", "/c", wants(headers={"A:": "b"})),
        ("GET", "/é/{x}", wants(path_params={"y": "1"})),
        ("GET", "/d", ANYTHING),
        ("GET", "/d", wants(path_params={"y": "1"})),
    )
    told = [(route.number, why) for route, why in dispatcher.unreachable()]
    assert [number for number, _ in told] == [5, 7, 0, 2, 4]
    assert [why for _, why in told[2:]] == [
        "its match wants the path parameter 'idd', and its path has 'id', 'page'",
        "its match wants the path parameter 'id', and its path has none",
        "no header field is called 'A:'",
    ]


PATHS = st.sampled_from(["/a", "/b", "/{x}", "/{y}", "/{x:a|b}", ""])
CRITERIA = st.sampled_from([None, None, 1, 1.0, 2])


@given(st.lists(st.tuples(st.sampled_from(["GET", "*", "POST"]), PATHS, CRITERIA), max_size=8))
@examples(300)
def test_what_is_told_to_be_shadowed_is_never_selected(routes: list[tuple[str, str, Any]]) -> None:
    dispatcher = dispatcher_of(*((m, p, compile_criteria(json=json)) for m, p, json in routes))
    reached: set[int] = set()
    for method in ("GET", "POST", "PUT"):
        for path in ("/a", "/b", "/c", "/"):
            found = dispatcher.resolve(method, path)
            if not isinstance(found, Miss):
                views = [view_of(body) for body in (b"", b"1", b"2")]
                reached |= {number for v in views if (number := selected(found[0], v)) is not None}
    told = list(dispatcher.shadowed())
    assert not reached & {route.number for route, _ in told}
    assert all(owner.number != route.number for route, owner in told)
    assert len({route.number for route, _ in told}) == len(told)
