"""Criteria compiled into closures, once, before the first request.

Invariants: a criterion that was not given yields no code; the order of evaluation is body, JSON,
headers, query; a compiled test reads nothing but the view. `json_key` is set when the JSON value is
plain, so that a group may find the route by look-up instead of asking each route in turn.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Final, TypeAlias, cast

from asyncly.srvmocker._core.jsonbody import (
    NotPlainError,
    encodings,
    freeze,
    holds_nan,
    snapshot,
)
from asyncly.srvmocker._core.needles import Needles, has_other_spellings
from asyncly.srvmocker._core.request import RequestView

__all__ = (
    "ABSENT",
    "Compiled",
    "Given",
    "Predicate",
    "check_body",
    "check_texts",
    "compile_criteria",
    "conjunction",
    "opaque",
)

Predicate: TypeAlias = Callable[[RequestView], bool]

ABSENT: Final = object()

# A value of these types is never equal to a header or query value, which is a mistake to report.
_NEVER_TEXT: Final = (int, float, bytes, bytearray, list, dict, tuple, type(None))


class Given:
    """What the giver of criteria wrote, for those who tell why a request does not satisfy them.

    A question of which nothing but the answer is known has a `name`, a `test`, and perhaps texts
    for the reader: what is `wanted`, and what a request has there.
    """

    __slots__ = ("body", "got", "headers", "json", "name", "query", "test", "wanted")

    def __init__(
        self,
        *,
        json: object = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        name: str = "",
        test: Predicate | None = None,
        wanted: str = "",
        got: Callable[[RequestView], str] | None = None,
    ) -> None:
        self.json: object = json
        self.body: bytes | None = body
        self.headers: Mapping[str, str] | None = headers
        self.query: Mapping[str, str] | None = query
        self.name: str = name
        self.test: Predicate | None = test
        self.wanted: str = wanted
        self.got: Callable[[RequestView], str] | None = got


class Compiled:
    """What a route or an assertion asks of a request.

    `test` is the whole question (`None`: always holds). For the index of a large group, `json_key`
    and `known_bodies` stand for the JSON part and `rest` for everything else (`None`: nothing).
    `pure` tells that the answer depends on the bytes of the request alone, `reads_head` that it
    depends on more than the body. Two questions with the same `signature` are the same question;
    `None` where that cannot be told. A body that satisfies it contains the `needles`, if any.
    `given` is what it was made of, to be told when it does not hold.
    """

    __slots__ = (
        "given",
        "json_key",
        "known_bodies",
        "needles",
        "pure",
        "reads_head",
        "rest",
        "signature",
        "test",
    )

    def __init__(
        self,
        test: Predicate | None,
        *,
        rest: Predicate | None = None,
        json_key: Hashable = ABSENT,
        known_bodies: frozenset[bytes] = frozenset(),
        pure: bool = True,
        reads_head: bool = False,
        signature: Hashable | None = None,
        needles: Needles | None = None,
        given: tuple[Given, ...] = (),
    ) -> None:
        self.test: Predicate | None = test
        self.rest: Predicate | None = rest
        self.json_key: Hashable = json_key
        self.known_bodies: frozenset[bytes] = known_bodies
        self.pure: bool = pure
        self.reads_head: bool = reads_head
        self.signature: Hashable | None = signature
        self.needles: Needles | None = needles
        self.given: tuple[Given, ...] = given

    def holds(self, view: RequestView) -> bool:
        """Whether the request satisfies every criterion."""
        return self.test is None or self.test(view)


def opaque(test: Predicate, name: str = "a predicate") -> Compiled:
    """Wrap a predicate of which a name is known: never indexed, asked for every request."""
    given = Given(name=name, test=test)
    return Compiled(test, pure=False, reads_head=True, given=(given,))


def compile_criteria(
    *,
    json: object = None,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> Compiled:
    """Compile criteria; `None` means that a criterion is not given."""
    if body is not None:
        check_body(body)
        body = bytes(body)
    before: list[Predicate] = [] if body is None else [_body_test(body)]
    after: list[Predicate] = []
    pure = True
    if headers is not None:
        check_texts("headers", headers)
        after += [_header_test(name, value) for name, value in headers.items()]
    if query is not None:
        check_texts("query", query)
        after += [_query_test(name, value) for name, value in query.items()]
    for expected in (headers or {}).values(), (query or {}).values():
        pure = pure and all(type(value) is str for value in expected)
    rest = _all_of(before + after)
    given = Given(json=json, body=body, headers=headers, query=query)
    if json is None:
        signature = _signature(ABSENT, body, headers, query) if pure else None
        return Compiled(
            rest, rest=rest, pure=pure, reads_head=bool(after), signature=signature, given=(given,)
        )
    try:
        key = freeze(json)
        given.json = expected_json = snapshot(json)
        if holds_nan(json):
            return Compiled(_never, rest=_never, pure=pure, given=(given,))
        known = encodings(json, key)
        json_test = _plain_json_test(expected_json, known)
    except (NotPlainError, RecursionError):
        json_test = _foreign_json_test(json)
        tests = [*before, json_test, *after]
        return Compiled(_all_of(tests), pure=False, reads_head=bool(after), given=(given,))
    return Compiled(
        _all_of([*before, json_test, *after]),
        rest=rest,
        json_key=key,
        known_bodies=known,
        pure=pure,
        reads_head=bool(after),
        signature=_signature(key, body, headers, query) if pure else None,
        needles=Needles(json),
        given=(given,),
    )


def check_body(expected: object) -> None:
    """Raise `TypeError` for an expected body that no body can equal."""
    if not isinstance(expected, (bytes, bytearray, memoryview)):
        raise TypeError(f"body={expected!r}: give bytes, not {type(expected).__name__}")


def check_texts(what: str, expected: object) -> None:
    """Raise `TypeError` for expected headers or query values that no text can equal."""
    if not isinstance(expected, Mapping):
        raise TypeError(f"{what}={expected!r}: give a mapping, not {type(expected).__name__}")
    for name, value in cast(Mapping[object, object], expected).items():
        if not isinstance(name, str):
            raise TypeError(f"{what}: the name {name!r} is not a string")
        kind = type(value).__name__
        if isinstance(value, _NEVER_TEXT):
            raise TypeError(
                f"{what}[{name!r}]={value!r}: values are compared as text, "
                f"so give a string, not {kind}"
            )


def _signature(
    json_key: Hashable,
    body: bytes | None,
    headers: Mapping[str, str] | None,
    query: Mapping[str, str] | None,
) -> Hashable:
    names = frozenset((name.lower(), value) for name, value in (headers or {}).items())
    return json_key, body, names, frozenset((query or {}).items())


def _never(view: RequestView) -> bool:
    return False


def _body_test(expected: bytes) -> Predicate:
    def body_equals(view: RequestView) -> bool:
        return view.body == expected

    return body_equals


def _plain_json_test(expected: object, known: frozenset[bytes]) -> Predicate:
    excluded = next(iter(Needles(expected).texts), None)
    if excluded is None:

        def json_equals(view: RequestView) -> bool:
            if view.body in known:
                return True
            document = view.document
            return document.valid and _equal(document.value, expected)

        return json_equals
    needle = excluded

    def json_equals_with(view: RequestView) -> bool:
        body = view.body
        if body in known:
            return True
        if needle not in body and not has_other_spellings(body):
            return False
        document = view.document
        return document.valid and _equal(document.value, expected)

    return json_equals_with


def _foreign_json_test(expected: object) -> Predicate:
    def json_equals(view: RequestView) -> bool:
        document = view.document
        return document.valid and _equal(document.value, expected)

    return json_equals


def _equal(parsed: object, expected: object) -> bool:
    try:
        return bool(parsed == expected)
    except RecursionError:  # nested deeper than the interpreter can compare
        return False


def _header_test(name: str, expected: str) -> Predicate:
    def header_equals(view: RequestView) -> bool:
        value = view.headers.get(name)
        return value is not None and bool(value == expected)

    return header_equals


def _query_test(name: str, expected: str) -> Predicate:
    def query_equals(view: RequestView) -> bool:
        value = view.query.get(name)
        return value is not None and bool(value == expected)

    return query_equals


def _all_of(tests: list[Predicate]) -> Predicate | None:
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests

        def both(view: RequestView) -> bool:
            return first(view) and second(view)

        return both
    every = tuple(tests)

    def all_hold(view: RequestView) -> bool:
        return all(test(view) for test in every)

    return all_hold


def conjunction(first: Compiled, second: Compiled) -> Compiled:
    """Compile two questions into one that asks the second only where the first holds."""
    tests = [compiled.test for compiled in (first, second) if compiled.test is not None]
    return Compiled(
        _all_of(tests),
        pure=first.pure and second.pure,
        reads_head=first.reads_head or second.reads_head,
        needles=second.needles or first.needles,
        given=first.given + second.given,
    )
