"""Criteria compiled into closures, once, before the first request.

Invariants: a criterion that was not given yields no code; the order of evaluation is body, text,
JSON, headers, query, cookies, path parameters, form, multipart, predicate; a compiled test reads
nothing but the view. `json_key` is set when the JSON value is plain, so that a group may find the
route by look-up instead of asking each route in turn. What is more than plain text and plain JSON
is compiled by `fields` and `expected`, which are imported then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import chain
from typing import cast

from multidict import MultiDict, MultiDictProxy, MultiMapping

from asyncly.srvmocker._core.jsonbody import (
    NotPlainError,
    encodings,
    freeze,
    holds_nan,
    snapshot,
)
from asyncly.srvmocker._core.matching.given import (
    ABSENT,
    Compiled,
    Criteria,
    Given,
    Predicate,
    check_body,
    check_parts,
    check_text,
    check_texts,
    is_bytes,
)
from asyncly.srvmocker._core.matching.needles import Needles, has_other_spellings
from asyncly.srvmocker._core.request import RequestView

__all__ = (
    "compile_all",
    "compile_criteria",
    "conjunction",
    "disjunction",
    "negation",
    "opaque",
    "path_params_of",
)


def opaque(test: Predicate, name: str = "a predicate") -> Compiled:
    """Wrap a predicate of which a name is known: never indexed, asked for every request."""
    given = Given(name=name, test=test)
    return Compiled(test, pure=False, reads_head=True, given=(given,))


def compile_criteria(
    *,
    json: object = None,
    body: object = None,
    headers: Mapping[str, object] | None = None,
    query: Mapping[str, object] | None = None,
) -> Compiled:
    """Compile criteria; `None` means that a criterion is not given."""
    return compile_all(Criteria(json=json, body=body, headers=headers, query=query))


def compile_all(criteria: Criteria) -> Compiled:
    """Compile everything that is asked."""
    if criteria.body is not None:
        check_body(criteria.body)
    given = Given(criteria)
    before, after, pure = _tests(given)
    rest = _all_of(before + after)
    json = criteria.json
    if json is None:
        signature = _signature(ABSENT, given) if pure else None
        return Compiled(
            rest,
            rest=rest,
            pure=pure,
            reads_head=_reads_head(given),
            signature=signature,
            given=(given,),
        )
    try:
        freeze(json)
    except (NotPlainError, RecursionError):
        found = _foreign_json(json)
        if found is not None:
            json_test, json_pure, needles = found
            return Compiled(
                _all_of([*before, json_test, *after]),
                pure=pure and json_pure,
                reads_head=_reads_head(given),
                needles=needles,
                given=(given,),
            )
        # NULL, or NULL somewhere in what is plain otherwise.
        from asyncly.srvmocker._core.matching.expected import settled  # noqa: PLC0415 - rarely needed

        json = settled(criteria.json)
    try:
        return _plain_json(json, given, before, after, pure=pure)
    except RecursionError:
        tests = [*before, _foreign_json_test(json), *after]
        return Compiled(_all_of(tests), pure=False, reads_head=_reads_head(given), given=(given,))


def _plain_json(
    json: object, given: Given, before: list[Predicate], after: list[Predicate], *, pure: bool
) -> Compiled:
    """Compile what is asked where the JSON value is plain."""
    key = freeze(json)
    expected_json = snapshot(json)
    if json is not None:
        given.json = expected_json
    rest = _all_of(before + after)
    if holds_nan(json):
        return Compiled(_never, rest=_never, pure=pure, given=(given,))
    known = encodings(json, key)
    json_test = _plain_json_test(expected_json, known)
    return Compiled(
        _all_of([*before, json_test, *after]),
        rest=rest,
        json_key=key,
        json_value=expected_json,
        known_bodies=known,
        pure=pure,
        reads_head=_reads_head(given),
        signature=_signature(key, given) if pure else None,
        needles=Needles(json),
        given=(given,),
    )


def _foreign_json(json: object) -> tuple[Predicate, bool, Needles | None] | None:
    """Compile a JSON value that is not plain; `None` where it is, but for `NULL`."""
    from asyncly.srvmocker._core.matching.expected import (  # noqa: PLC0415 - rarely needed
        Partial,
        pure_json,
        settled,
    )

    try:
        settled_json = settled(json)
        pure = pure_json(settled_json)
    except RecursionError:
        return _foreign_json_test(json), False, None
    if pure and _is_plain(settled_json):
        return None
    if pure and isinstance(json, Partial) and _is_plain(json.value):
        needles = Needles(json.value)
        return _partial_json_test(json.covers, needles), True, needles
    return _foreign_json_test(settled_json), pure, None


def _is_plain(value: object) -> bool:
    try:
        freeze(value)
    except NotPlainError:
        return False
    return True


def _partial_json_test(covers: Callable[[object], bool], needles: Needles) -> Predicate:
    needle = next(iter(needles.texts), b"")

    def json_covers(view: RequestView) -> bool:
        body = view.body
        if needle not in body and not has_other_spellings(body):
            return False
        document = view.document
        return document.valid and covers(document.value)

    return json_covers


def _reads_head(given: Given) -> bool:
    """Whether more than the bytes of the body is looked at."""
    return any(
        each is not None
        for each in (
            given.text,  # the charset is told by the head
            given.headers or None,
            given.query or None,
            given.cookies,
            given.path_params,
            given.form,
            given.multipart,
        )
    )


def _tests(given: Given) -> tuple[list[Predicate], list[Predicate], bool]:
    """Compile all but the JSON: what is asked before it, what behind it, and whether all is pure.

    What `given` holds is copied, so that a later change by its owner does not move the question.
    """
    before: list[Predicate] = []
    pure = True
    body: object = given.body
    if is_bytes(body):
        body = given.body = bytes(body)
        before = [_body_test(body)]
    if given.text is not None or (body is not None and not before):
        from asyncly.srvmocker._core.matching.expected import pure_text  # noqa: PLC0415 - rarely needed
        from asyncly.srvmocker._core.matching.fields import body_tests  # noqa: PLC0415 - rarely needed

        check_text("text", given.text)
        before += body_tests(None if before else body, given.text)
        pure = pure_text(body) and pure_text(given.text)
    after: list[Predicate] = []
    for kind, read in _reads(given):
        expected: Mapping[str, object] | None = getattr(given, kind)
        if expected is None:
            continue
        check_texts(kind, expected)
        exact = getattr(expected, "__exact__", False)
        if not exact:
            expected = dict(expected)
            setattr(given, kind, expected)
        if not exact and all(type(value) is str for value in expected.values()):
            plain = cast("dict[str, str]", expected)
            if kind == "headers":
                after += [_header_test(name, value) for name, value in plain.items()]
                continue
            if kind == "query":
                after += [_query_test(name, value) for name, value in plain.items()]
                continue
        from asyncly.srvmocker._core.matching.expected import pure_text  # noqa: PLC0415 - rarely needed
        from asyncly.srvmocker._core.matching.fields import field_tests  # noqa: PLC0415 - rarely needed

        after += field_tests(read, expected, fold=kind == "headers")
        pure = pure and all(map(pure_text, expected.values()))
    if given.multipart is not None:
        from asyncly.srvmocker._core.matching.expected import pure_text  # noqa: PLC0415 - rarely needed
        from asyncly.srvmocker._core.matching.fields import part_tests  # noqa: PLC0415 - rarely needed

        check_parts(given.multipart)
        after += part_tests(given.multipart)
        pure = pure and all(map(pure_text, given.multipart.values()))
    return before, after, pure


def _reads(given: Given) -> list[tuple[str, Callable[[RequestView], MultiMapping[str]]]]:
    """Return what a request has names and values in, in the order in which it is asked."""
    return [
        ("headers", lambda view: view.headers),
        ("query", lambda view: view.query),
        ("cookies", lambda view: view.cookies),
        ("path_params", path_params_of(given)),
        ("form", lambda view: view.form),
    ]


def path_params_of(given: Criteria) -> Callable[[RequestView], MultiMapping[str]]:
    """Return what tells the path parameters of a request."""
    params = given.params

    def path_params(view: RequestView) -> MultiDictProxy[str]:
        own = view.params
        found: Mapping[str, str] = {}
        if own is not None:
            found = own()
        elif params is not None:
            found = params(view)
        return MultiDictProxy(MultiDict(found))

    return path_params


def _signature(json_key: Hashable, given: Given) -> Hashable | None:
    """Return what two equal questions share; `None` where more than plain text is asked."""
    headers, query = given.headers, given.query
    if any(
        each is not None
        for each in (given.text, given.cookies, given.path_params, given.form, given.multipart)
    ):
        return None
    for mapping in (headers, query):
        if mapping is not None and (
            getattr(mapping, "__exact__", False)
            or not all(type(value) is str for value in mapping.values())
        ):
            return None
    if given.body is not None and not isinstance(given.body, bytes):
        return None
    names = frozenset((name.lower(), value) for name, value in (headers or {}).items())
    return json_key, given.body, names, frozenset((query or {}).items())


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

    try:
        # Most requests are asked for a field or two, which is less than to decode all of them.
        pattern = rb"\n(?i:%b):[ \t]*([^\r\n]*)" % re.escape(name.encode("ascii"))
        wanted = expected.encode()
    except UnicodeEncodeError:
        return header_equals
    search = re.compile(pattern).search

    def field_equals(view: RequestView) -> bool:
        found = search(b"\n" + view.fields)
        return found is not None and found[1].rstrip(b" \t") == wanted

    return field_equals


def _query_test(name: str, expected: str) -> Predicate:
    def decoded_equals(view: RequestView) -> bool:
        value = view.query.get(name)
        return value is not None and bool(value == expected)

    if not name:  # releases of yarl differ in whether there is a key between two ampersands
        return decoded_equals

    def query_equals(view: RequestView) -> bool:
        target = view.target
        query = target.partition("?")[2]
        if "%" in query or "+" in query or "#" in target or target[:1] != "/":
            return decoded_equals(view)
        # As it is written, so there is nothing to decode.
        for pair in query.split("&"):
            key, _, value = pair.partition("=")
            if key == name:
                return value == expected
        return False

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
        for test in every:  # noqa: SIM110 - a generator would cost more than most tests
            if not test(view):
                return False
        return True

    return all_hold


def disjunction(*asked: Compiled) -> Compiled:
    """Compile several questions into one that holds where any of them does; asked in turn."""
    tests = tuple(each.test for each in asked if each.test is not None)

    def either(view: RequestView) -> bool:
        for test in tests:  # noqa: SIM110 - a generator would cost more than most tests
            if test(view):
                return True
        return False

    return Compiled(
        either if len(tests) == len(asked) else None,
        pure=all(each.pure for each in asked),
        reads_head=any(each.reads_head for each in asked),
        given=(Given(either=asked),),
    )


def negation(compiled: Compiled) -> Compiled:
    """Compile a question into its contrary."""

    def holds_not(view: RequestView) -> bool:
        return not compiled.holds(view)

    return Compiled(
        holds_not,
        pure=compiled.pure,
        reads_head=compiled.reads_head,
        given=(Given(contrary=compiled),),
    )


def conjunction(*asked: Compiled) -> Compiled:
    """Compile several questions into one that asks each only where those before it hold.

    An index may look up the JSON value of one of them, and ask the rest then. It does so only where
    those before it depend on nothing else, since what a user's own code raises is to be seen.
    """
    if len(asked) == 1:
        return asked[0]
    pure = True
    indexed: Compiled | None = None
    for each in asked:
        if each.json_key is not ABSENT and pure and indexed is None:
            indexed = each
        pure = pure and each.pure
    test = _every(each.test for each in asked)
    given = tuple(chain.from_iterable(each.given for each in asked))
    reads_head = any(each.reads_head for each in asked)
    needles = next((each.needles for each in reversed(asked) if each.needles), None)
    if indexed is None:
        return Compiled(test, pure=pure, reads_head=reads_head, needles=needles, given=given)
    return Compiled(
        test,
        rest=_every(each.rest if each is indexed else each.test for each in asked),
        json_key=indexed.json_key,
        json_value=indexed.json_value,
        known_bodies=indexed.known_bodies,
        pure=pure,
        reads_head=reads_head,
        needles=needles,
        given=given,
    )


def _every(tests: Iterable[Predicate | None]) -> Predicate | None:
    return _all_of([test for test in tests if test is not None])
