"""What is asked of a request, as it was given, and what can never be asked.

Invariant: a value of a type that no request can equal is a `TypeError` that names the argument. A
class with a `__no_value__` says what its objects are called, which stand for something else than a
value; with a `__no_text__`, than a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, MethodType
from typing import Final, TypeAlias, TypeGuard, cast

from asyncly.srvmocker._core.matching.needles import Needles
from asyncly.srvmocker._core.request import RequestView

__all__ = (
    "ABSENT",
    "Compiled",
    "Criteria",
    "Given",
    "Predicate",
    "asks_for_absence",
    "check_body",
    "check_json",
    "check_parts",
    "check_text",
    "check_texts",
    "is_bytes",
    "why_no_content",
    "why_no_fields",
)

Predicate: TypeAlias = Callable[[RequestView], bool]

ABSENT: Final = object()

# A value of these types is never equal to a header or query value, which is a mistake to report.
_NEVER_BODY: Final = (int, float, list, dict, tuple, set, frozenset, type(None))
_NEVER_TEXT: Final = (*_NEVER_BODY, bytes, bytearray, memoryview)

# Not among them: a class that a metaclass compares, as those of dirty-equals may be given.
_CODE: Final[frozenset[object]] = frozenset(
    (type, FunctionType, BuiltinFunctionType, MethodType, MethodDescriptorType)
)
_NO_JSON: Final[tuple[type[object], ...]] = (
    *(bytes, bytearray, memoryview, tuple, set, frozenset, range),
)
_PLAIN: Final[frozenset[type]] = frozenset((str, int, float, bool, type(None)))
# By name, as few tests have imported them.
_STRANGERS: Final = frozenset(
    (
        *("datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta"),
        *("uuid.UUID", "pathlib.PurePath", "pathlib._local.PurePath"),
    )
)
_NO_KEYS: Final = (int, float, bytes, tuple, type(None))
_LOOKED_AT: Final = 1000  # values within a JSON value: it may be large, or hold itself
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NO_FIELD_VALUE: Final = re.compile(r"^[ \t]|[\r\n\0]|[ \t]$")


class Criteria:
    """What is asked of a request, as it was given; `None` stands for what was not.

    `params` tells the path parameters of a view that does not know them.
    """

    __slots__ = (
        "body",
        "cookies",
        "form",
        "headers",
        "json",
        "multipart",
        "params",
        "path_params",
        "query",
        "text",
    )

    def __init__(
        self,
        *,
        json: object = None,
        body: object = None,
        headers: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
        text: object = None,
        cookies: Mapping[str, object] | None = None,
        path_params: Mapping[str, object] | None = None,
        form: Mapping[str, object] | None = None,
        multipart: Mapping[str, object] | None = None,
        params: Callable[[RequestView], Mapping[str, str]] | None = None,
    ) -> None:
        self.json: object = json
        self.body: object = body
        self.headers: Mapping[str, object] | None = headers
        self.query: Mapping[str, object] | None = query
        self.text: object = text
        self.cookies: Mapping[str, object] | None = cookies
        self.path_params: Mapping[str, object] | None = path_params
        self.form: Mapping[str, object] | None = form
        self.multipart: Mapping[str, object] | None = multipart
        self.params: Callable[[RequestView], Mapping[str, str]] | None = params


class Given(Criteria):
    """What the giver of criteria wrote, for those who tell why a request does not satisfy them.

    A question of which nothing but the answer is known has a `name`, a `test`, and perhaps texts
    for the reader: what is `wanted`, and what a request has there. One of several alternatives is
    asked for by `either`, the contrary of something by `contrary`.
    """

    __slots__ = ("contrary", "either", "got", "name", "test", "wanted")

    def __init__(
        self,
        criteria: Criteria | None = None,
        *,
        name: str = "",
        test: Predicate | None = None,
        wanted: str = "",
        got: Callable[[RequestView], str] | None = None,
        either: tuple[Compiled, ...] = (),
        contrary: Compiled | None = None,
    ) -> None:
        if criteria is None:
            super().__init__()
        else:
            for each in Criteria.__slots__:
                setattr(self, each, getattr(criteria, each))
        self.name: str = name
        self.test: Predicate | None = test
        self.wanted: str = wanted
        self.got: Callable[[RequestView], str] | None = got
        self.either: tuple[Compiled, ...] = either
        self.contrary: Compiled | None = contrary


class Compiled:
    """What a route or an assertion asks of a request.

    `test` is the whole question (`None`: always holds). For the index of a large group, `json_key`,
    `json_value` and `known_bodies` stand for the JSON part and `rest` for everything else (`None`:
    nothing).
    `pure` tells that the answer depends on the bytes of the request alone, `reads_head` that it
    depends on more than the body. Two questions with the same `signature` are the same question;
    `None` where that cannot be told. A body that satisfies it contains the `needles`, if any.
    `given` is what it was made of, to be told when it does not hold.
    """

    __slots__ = (
        "given",
        "json_key",
        "json_value",
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
        json_value: object = None,
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
        self.json_value: object = json_value
        self.known_bodies: frozenset[bytes] = known_bodies
        self.pure: bool = pure
        self.reads_head: bool = reads_head
        self.signature: Hashable | None = signature
        self.needles: Needles | None = needles
        self.given: tuple[Given, ...] = given

    def holds(self, view: RequestView) -> bool:
        """Whether the request satisfies every criterion."""
        return self.test is None or self.test(view)


# Not `isinstance` by its name: a checker would narrow to containers of it knows not what.
_is_one_of: Callable[[object, tuple[type, ...]], bool] = isinstance


def is_bytes(value: object) -> TypeGuard[bytes]:
    """Whether a value is bytes, or what stands for them."""
    return _is_one_of(value, (bytes, bytearray, memoryview))


def check_json(what: str, expected: object, *, partial: bool = False, plain: bool = False) -> None:
    """Raise `TypeError` for an expected JSON value that no JSON value can equal.

    Of one that is `partial`, members may be `ABSENT`. One that is `plain` may have what equals none
    as it is no JSON, such as a tuple or a date: the published package takes it.
    """
    pending = [expected]
    for _ in range(_LOOKED_AT):
        if not pending:
            return
        value = pending.pop()
        kind = type(value)
        if kind in _PLAIN:
            continue
        if kind is dict:
            members = cast("dict[object, object]", value)
            for key, each in members.items():
                if not plain and _is_one_of(key, _NO_KEYS):
                    raise TypeError(f"{what}: no JSON object has the key {key!r}: give a string")
                if not (partial and _mark(each) == "ABSENT"):
                    pending.append(each)
        elif kind is list:
            pending += cast("list[object]", value)
        elif (
            kind is re.Pattern
            or kind in _CODE
            or _mark(value)
            or _compares_as(value, (object,))
            or (not plain and (_compares_as(value, _NO_JSON) or _equals_itself_alone(value)))
        ):
            raise TypeError(f"{what}: no JSON value equals {value!r}{_remedy(value)}")


def _comparison(kind: type[object]) -> object:
    """Return how objects of a class compare; a class that inherits it has the same object."""
    return kind.__eq__


def _compares_as(value: object, kinds: Iterable[type[object]]) -> bool:
    compares = _comparison(type(value))
    return any(_comparison(kind) is compares for kind in kinds)


def _equals_itself_alone(value: object) -> bool:
    """Whether neither a text, nor bytes, nor a value of JSON can equal an object.

    Of one that compares in a way of its own nobody knows.
    """
    known = (
        base
        for base in type(value).__mro__
        if base is object or f"{base.__module__}.{base.__qualname__}" in _STRANGERS
    )
    return _compares_as(value, known)


def _remedy(value: object) -> str:
    if is_bytes(value):
        return ": the bytes of a body are given as body=..."
    if _compares_as(value, _NO_JSON):
        return ": give a list"
    if not _compares_as(value, (object,)) and _equals_itself_alone(value):
        return ": give the text that is sent"
    if isinstance(value, re.Pattern):
        return ": give an object that a text equals, such as IsStr(regex=...) of dirty-equals"
    if _mark(value) == "ABSENT":
        return ": only a member of a Partial, or what is at a path, may be absent"
    if type(value) in _CODE and type(value) is not type:
        return ": a function is given as predicate=..."
    return ""


def check_body(expected: object) -> None:
    """Raise `TypeError` for an expected body that no body can equal."""
    if _is_one_of(expected, (bytes, bytearray, memoryview)):
        return
    if (
        _is_one_of(expected, (str, *_NEVER_BODY))
        or _is_pattern_of(expected, str)
        or _is_no_text(expected)
    ):
        raise TypeError(f"body={expected!r}: give bytes, not {_kind(expected)}")


def check_text(what: str, expected: object) -> None:
    """Raise `TypeError` for an expected text that no text can equal."""
    if expected is not None and _is_never_text(expected):
        raise TypeError(
            f"{what}={expected!r}: values are compared as text, "
            f"so give a string, not {_kind(expected)}"
        )


def check_texts(what: str, expected: object) -> None:
    """Raise `TypeError` for expected values of names that no text can equal."""
    if not isinstance(expected, Mapping):
        raise TypeError(f"{what}={expected!r}: give a mapping, not {type(expected).__name__}")
    for name, value in cast(Mapping[object, object], expected).items():
        if not isinstance(name, str):
            raise TypeError(f"{what}: the name {name!r} is not a string")
        for each in _each(what, name, value):
            if _is_never_text(each):
                raise TypeError(
                    f"{what}[{name!r}]={value!r}: values are compared as text, "
                    f"so give a string, not {_kind(each)}"
                )


def why_no_fields(headers: Mapping[str, object]) -> str:
    """Say why no request can have these header fields (RFC 9110 section 5), or nothing."""
    seen: dict[str, tuple[str, object]] = {}
    for name, value in headers.items():
        if type(value) is str:
            if len(headers) > 1:
                known, other = seen.setdefault(name.lower(), (name, value))
                if other != value:
                    return f"{known!r} and {name!r} are one header field, and have different values"
            each = value if _NO_FIELD_VALUE.search(value) else None
        elif asks_for_absence(value):
            continue
        else:
            texts = [text for text in _each("headers", name, value) if type(text) is str]
            each = next(filter(_NO_FIELD_VALUE.search, texts), None)
        if each is not None:
            return f"the header field {name!r} never has a value such as {each!r}"
        if not _TOKEN.fullmatch(name):
            return f"no header field is called {name!r}"
    return ""


def why_no_content(expected: object, *, part: bool = False) -> str:
    """Say why no part can have this content, or nothing; a `part` may be told as a `Part`."""
    if part and _mark(expected) == "Part":
        return ""
    if _is_one_of(expected, _NEVER_BODY) or _is_no_text(expected):
        wanted = "text, bytes or a Part" if part else "text or bytes"
        return f"give {wanted}, not {_kind(expected)}"
    return ""


def check_parts(expected: object) -> None:
    """Raise `TypeError` for expected parts that no part can equal."""
    if not isinstance(expected, Mapping):
        kind = type(expected).__name__
        raise TypeError(f"multipart={expected!r}: give a mapping, not {kind}")
    from asyncly.srvmocker._core.content import need_multipart  # noqa: PLC0415 - rarely needed

    need_multipart()
    for name, value in cast(Mapping[object, object], expected).items():
        if not isinstance(name, str):
            raise TypeError(f"multipart: the name {name!r} is not a string")
        for each in _each("multipart", name, value):
            if why := why_no_content(each, part=True):
                raise TypeError(f"multipart[{name!r}]={value!r}: {why}")


def _each(what: str, name: str, value: object) -> list[object]:
    """Return what is expected of the values of a name one by one; of an absent one, nothing."""
    if type(value) is str:
        return [value]
    if isinstance(value, (list, tuple)):
        several = list(cast("list[object]", value))
        if any(_mark(each) == "ABSENT" for each in several):
            raise TypeError(
                f"{what}[{name!r}]={value!r}: ABSENT stands for all values of a name, "
                "not for one of several"
            )
        return several
    return [] if _mark(value) == "ABSENT" else [value]


def asks_for_absence(wanted: object) -> bool:
    """Whether a name must not be there: its value is `ABSENT`, or there is none in the list."""
    return _mark(wanted) == "ABSENT" or (isinstance(wanted, (list, tuple)) and not wanted)


def _is_never_text(value: object) -> bool:
    if type(value) is str:
        return False
    return _is_one_of(value, _NEVER_TEXT) or _is_pattern_of(value, bytes) or _is_no_text(value)


def _is_no_text(value: object) -> bool:
    kind = type(value)
    if kind in _CODE or _mark(value) or hasattr(kind, "__no_text__"):
        return True
    return not isinstance(value, re.Pattern) and _equals_itself_alone(value)


def _mark(value: object) -> str:
    """Return what a value is called that stands for something else than a value, or nothing."""
    mark: str = getattr(type(value), "__no_value__", "")
    return mark


def _is_pattern_of(value: object, kind: type) -> bool:
    if not isinstance(value, re.Pattern):
        return False
    return isinstance(cast("re.Pattern[str] | re.Pattern[bytes]", value).pattern, kind)


def _kind(value: object) -> str:
    if isinstance(value, re.Pattern):
        of = type(cast("re.Pattern[str] | re.Pattern[bytes]", value).pattern).__name__
        return f"a pattern of {of}"
    kind = type(value)
    if kind in _CODE:
        return "a class" if kind is type else "a function"
    return _mark(value) or kind.__name__
