"""The explanation of a request finds something exactly if the criteria do not hold for it.

Every kind of criterion is drawn, alone and combined, and so are requests that nearly satisfy it.
"""

import re
from typing import Any, NoReturn

from dirty_equals import IsInt, IsStr
from hypothesis import example, given
from hypothesis import strategies as st

from asyncly.srvmocker import (
    ABSENT,
    NULL,
    AtPath,
    Exactly,
    Match,
    Part,
    Partial,
    RecordedRequest,
    ValidJson,
)
from asyncly.srvmocker._core.explain.bounds import COUNT_ONLY, TERSE
from asyncly.srvmocker._core.explain.criteria import wanted_by
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker.matching import compile_match
from tests.core.explain.support import findings
from tests.core.support import examples, view_of

Strategy = st.SearchStrategy[Any]

# What is asked.


class Refuses:
    """Raises when it is compared."""

    def __eq__(self, other: object) -> NoReturn:
        raise ValueError("no comparison")

    __hash__ = None  # type: ignore[assignment]  # as a class with an `__eq__` has it


TEXTS: Strategy = st.sampled_from(
    ["a", "b", "A", "", "é", re.compile("a"), re.compile("^$"), re.compile("(?i)^A$"), IsStr(),
     IsStr(max_length=0), Refuses()]
)  # fmt: skip
BYTES: Strategy = st.sampled_from(
    [b"a", b"", b"\xff", b"a=a&b=b", bytearray(b"a"), re.compile(b"a"), re.compile(b"^\xff?$"),
     Refuses()]
)  # fmt: skip
VALUES: Strategy = (
    TEXTS
    | st.just(ABSENT)
    | st.lists(TEXTS, max_size=3).flatmap(lambda items: st.sampled_from([items, tuple(items)]))
)
NAMES = st.sampled_from(["a", "b", "A", "X-A"])


def named(values: Strategy, names: Strategy = NAMES) -> Strategy:
    """A mapping of names to what is expected, and perhaps to nothing else."""
    mapping = st.dictionaries(names, values, max_size=2)
    return mapping | mapping.map(Exactly)


NAMED = named(VALUES)
CONTENTS: Strategy = TEXTS | BYTES
PARTS: Strategy = CONTENTS | st.builds(
    Part,
    st.none() | CONTENTS,
    st.none() | st.just(ABSENT) | TEXTS | st.just("a.txt"),
    st.none() | st.sampled_from(["text/plain", "a", re.compile("^text/"), IsStr(), Refuses()]),
)
MULTIPART = named(PARTS | st.just(ABSENT) | st.lists(PARTS, max_size=2), st.sampled_from("ab"))

LEAVES: Strategy = st.sampled_from(
    [1, 1.0, True, None, NULL, "a", "", 17, float("nan"), IsInt(), IsStr(), Refuses()]
)


def _nested(inner: Strategy) -> Strategy:
    return st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        inner.map(Partial),
        st.dictionaries(st.sampled_from("ab"), inner | st.just(ABSENT)).map(Partial),
        st.builds(AtPath, st.sampled_from(["$", "$.a", "$[0]", "$[*]", "$..b"]), inner),
        st.builds(
            AtPath, st.sampled_from(["$.*", "$.a", "$..a"]), values=st.lists(inner, max_size=2)
        ),
    )


SCHEMAS = st.sampled_from(
    [True, False, {"type": "object"}, {"required": ["a"]}, {"items": {"type": "integer"}},
     {"properties": {"a": {"const": 1}}}, {"type": "string"}, {"maxLength": 1}]
)  # fmt: skip
JSON: Strategy = st.recursive(LEAVES | st.builds(ValidJson, SCHEMAS), _nested, max_leaves=4)


def first_name_is_a(call: RecordedRequest) -> bool:
    return call.query["a"] == "a"  # raises where there is none


def variable_is_a(call: RecordedRequest) -> bool:
    return call.path_params.get("a") == "a"


def has_a_body(call: RecordedRequest) -> bytes:
    return call.body


PREDICATES: Strategy = st.sampled_from(
    [first_name_is_a, variable_is_a, RecordedRequest.json, has_a_body]
)

CRITERIA = {
    "json": JSON,
    "body": BYTES,
    "headers": NAMED,
    "query": NAMED,
    "text": TEXTS,
    "cookies": NAMED,
    "path_params": NAMED,
    "form": NAMED,
    "multipart": MULTIPART,
    "predicate": PREDICATES,
}
ONE: Strategy = st.sampled_from(sorted(CRITERIA)).flatmap(
    lambda kind: CRITERIA[kind].map(lambda wanted: Match(**{kind: wanted}))
)
MANY: Strategy = st.fixed_dictionaries({}, optional=CRITERIA).map(lambda given: Match(**given))
MATCHES: Strategy = st.recursive(
    ONE | ONE | MANY,
    lambda inner: st.one_of(
        st.builds(Match.__and__, inner, inner),
        st.builds(Match.__or__, inner, inner),
        st.builds(Match.__invert__, inner),
    ),
    max_leaves=4,
)

# What is asked about.

FORM = "application/x-www-form-urlencoded"
MULTI = "multipart/form-data; boundary=b"


@st.composite
def multipart_bodies(draw: st.DrawFn) -> bytes:
    body = b""
    for _ in range(draw(st.integers(0, 3))):
        name, content = draw(st.sampled_from("ab")), draw(st.sampled_from([b"a", b"", b"\xff"]))
        body += b'--b\r\nContent-Disposition: form-data; name="%b"' % name.encode()
        body += draw(st.sampled_from([b"", b"", b'; filename="a.txt"', b'; filename=""']))
        body += draw(st.sampled_from([b"", b"\r\nContent-Type: text/css; charset=latin-1"]))
        body += b"\r\n\r\n%b\r\n" % content
    return body + draw(st.sampled_from([b"--b--", b"--b--\r\n", b"--b--", b"--b"]))


JSON_BODIES = st.sampled_from(
    [b"1", b"17", b"null", b"true", b'"a"', b'"\\u0061"', b"[]", b"[1]", b"[1, 1]", b"{}",
     b'{"a": 1}', b'{"a": null, "b": "a"}', b'{"a": {"a": 17}, "b": [1, "a"]}', b'[{"b": 1}, null]',
     b'{"a": {"b": "a"}}', b"NaN", b"[", b"", b"\xff", '{"a": 1}'.encode("utf-16")]
)  # fmt: skip
TYPED_BODIES: Strategy = st.one_of(
    st.tuples(JSON_BODIES, st.just("application/json")),
    st.tuples(
        st.sampled_from([b"a=a", b"a=a&b=b", b"a=b&a=a", b"A=&%61=%C3%A9", b""]),
        st.sampled_from([FORM, FORM + "; charset=latin-1", "text/plain"]),
    ),
    st.tuples(multipart_bodies(), st.sampled_from([MULTI, MULTI, "multipart/form-data"])),
    st.tuples(
        st.sampled_from([b"a", b"A", b"", b"\xff", b"\xc3\xa9", b"\xe9"]),
        st.sampled_from(["text/plain; charset=latin-1", "text/plain; charset=none", ""]),
    ),
)
SENT = st.sampled_from(["a", "b", "A", "", "é", "ab"])
HEADERS = st.lists(st.tuples(st.sampled_from(["a", "A", "b", "x-a"]), SENT), max_size=3)
COOKIES = st.lists(
    st.sampled_from(["a=a", "b=b; a=a", "a=b; a=a", 'A="a"', "a=", "x"]), max_size=2
).map(lambda lines: [("Cookie", line) for line in lines])
TARGETS = st.sampled_from(
    ["/", "/?a=a", "/?a=b&a=a", "/?b=b&a", "/?A=%C3%A9&X-A=+", "/?a=%61&b=", "*", "http://h/?a=a"]
)
PARAMS = st.dictionaries(st.sampled_from(["a", "b"]), SENT, max_size=2)


@st.composite
def views(draw: st.DrawFn) -> RequestView:
    body, kind = draw(TYPED_BODIES)
    typed = [("Content-Type", kind)] if kind else []
    view = view_of(
        body, target=draw(TARGETS), headers=[*draw(HEADERS), *draw(COOKIES), *typed]
    )  # fmt: skip
    params = draw(st.none() | PARAMS)
    if params is not None:
        view.params = lambda: params
    return view


def holds(match: Match, view: RequestView) -> bool:
    """Whether it holds; what raises an exception does not."""
    try:
        return compile_match(match).holds(view)
    except Exception:  # noqa: BLE001 - as a service has it
        return False


@given(MATCHES, views())
@example(Match(json=[(1,)]), view_of(b"[[1]]"))
@example(Match(multipart={}), view_of(b"--b", headers={"Content-Type": MULTI}))
@example(Match(headers={"a": Refuses()}) | Match(query={}), view_of(headers={"a": "a"}))
@examples(700)
def test_something_is_found_exactly_if_the_criteria_do_not_hold(
    match: Match, view: RequestView
) -> None:
    answer = holds(match, view)
    for bounds in (COUNT_ONLY, TERSE):
        result = findings(bounds)
        for criterion in wanted_by(compile_match(match)):
            criterion.compare(view, result)
        assert (result.cost == 0) is (result.total == 0) is answer
        assert len(result.kept) == min(result.total, bounds.differences)
        assert all(str(difference) for difference in result.kept)
