"""Criteria of names and values that are more than plain text: patterns, lists, absence, parts.

Invariant: a test reads nothing but the view, and what it decodes is decoded once for all of them.
Imported with the first such criterion.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias, cast

from multidict import MultiMapping

from asyncly.srvmocker._core.content import ReceivedPart
from asyncly.srvmocker._core.matching.expected import ABSENT, Part
from asyncly.srvmocker._core.matching.given import is_bytes
from asyncly.srvmocker._core.request import RequestView

__all__ = ("Read", "body_tests", "field_tests", "item_holds", "part_tests", "part_texts")

Predicate: TypeAlias = Callable[[RequestView], bool]
Read: TypeAlias = Callable[[RequestView], MultiMapping[str]]
ItemTest: TypeAlias = Callable[[str], bool]


def item_holds(expected: object) -> Callable[[object], bool]:
    """Compile what is asked of one text, or of some bytes."""
    if isinstance(expected, re.Pattern):
        search = cast("re.Pattern[str]", expected).search
        return lambda got: search(cast(str, got)) is not None
    return lambda got: bool(got == expected)


def _value_test(expected: object, *, exact: bool) -> Callable[[Sequence[object]], bool]:
    """Compile what is asked of the values of one name, in order."""
    if expected is ABSENT:
        return lambda values: not values
    if isinstance(expected, (list, tuple)):
        tests = [item_holds(item) for item in cast("list[object]", expected)]

        def all_hold(values: Sequence[object]) -> bool:
            return len(values) == len(tests) and all(
                test(value) for test, value in zip(tests, values, strict=True)
            )

        return all_hold
    holds = item_holds(expected)
    if exact:
        return lambda values: len(values) == 1 and holds(values[0])
    return lambda values: bool(values) and holds(values[0])


def field_tests(read: Read, expected: Mapping[str, object], *, fold: bool) -> list[Predicate]:
    """Compile a mapping of names to what is expected; `fold`: names in any case."""
    exact = bool(getattr(expected, "__exact__", False))
    tests: list[Predicate] = []
    for name, wanted in expected.items():
        test = _value_test(wanted, exact=exact)

        def holds(
            view: RequestView, name: str = name, test: Callable[[Sequence[object]], bool] = test
        ) -> bool:
            return test(read(view).getall(name, ()))

        tests.append(holds)
    if exact:
        names = {name.lower() if fold else name for name in expected}

        def no_others(view: RequestView) -> bool:
            got: Collection[str] = read(view)
            return all((name.lower() if fold else name) in names for name in got)

        tests.append(no_others)
    return tests


def part_texts(part: ReceivedPart, expected: object) -> object:
    """Return what of a part is compared with this: its bytes or its text."""
    if isinstance(expected, re.Pattern):
        as_bytes = isinstance(cast("re.Pattern[str] | re.Pattern[bytes]", expected).pattern, bytes)
    else:
        as_bytes = not isinstance(expected, str) and (
            is_bytes(expected) or part.filename is not None
        )
    return part.content if as_bytes else part.text_or_none


def _part_test(expected: object) -> Callable[[object], bool]:
    if not isinstance(expected, Part):
        expected = Part(expected)
    tests: list[Callable[[ReceivedPart], bool]] = []
    content, filename, kind = expected.content, expected.filename, expected.content_type
    if content is not None:
        content_holds = item_holds(content)

        def of_content(part: ReceivedPart) -> bool:
            got = part_texts(part, content)
            return got is not None and content_holds(got)

        tests.append(of_content)
    if filename is ABSENT:
        tests.append(lambda part: part.filename is None)
    elif filename is not None:
        name_holds = item_holds(filename)
        tests.append(lambda part: part.filename is not None and name_holds(part.filename))
    if kind is not None:
        kind_holds = item_holds(kind)
        tests.append(lambda part: kind_holds(part.content_type))
    return lambda part: all(test(cast(ReceivedPart, part)) for test in tests)


def part_tests(expected: Mapping[str, object]) -> list[Predicate]:
    """Compile a mapping of field names to parts."""
    exact = bool(getattr(expected, "__exact__", False))
    tests: list[Predicate] = []
    for name, wanted in expected.items():
        if wanted is ABSENT:
            each: list[Callable[[object], bool]] = []
        elif isinstance(wanted, (list, tuple)):
            each = [_part_test(item) for item in cast("list[object]", wanted)]
        else:
            each = [_part_test(wanted)]
        whole = exact or wanted is ABSENT or isinstance(wanted, (list, tuple))

        def holds(
            view: RequestView,
            name: str = name,
            each: list[Callable[[object], bool]] = each,
            whole: bool = whole,
        ) -> bool:
            found = view.multipart
            parts = found.named(name)
            if found.trouble or len(parts) < len(each) or (whole and len(parts) > len(each)):
                return False
            return all(test(part) for test, part in zip(each, parts, strict=False))

        tests.append(holds)
    if exact:
        names = frozenset(expected)

        def no_others(view: RequestView) -> bool:
            return not view.multipart.trouble and all(
                part.name in names for part in view.multipart.parts
            )

        tests.append(no_others)
    return tests


def body_tests(body: object, text: object) -> list[Predicate]:
    """Compile what is asked of the bytes and of the text of a body; `None` is not given."""
    tests: list[Predicate] = []
    if body is not None:
        body_holds = item_holds(body)
        tests.append(lambda view: body_holds(view.body))
    if text is not None:
        text_holds = item_holds(text)

        def of_text(view: RequestView) -> bool:
            got = view.text
            return got is not None and text_holds(got)

        tests.append(of_text)
    return tests
