"""What may stand for an expected value: values with an `__eq__` of their own, and two marks.

Invariants: each is a description that does not change after it was made, and compares what it is
given without changing it. `pure_json` tells whether comparing depends on nothing but what is
compared: so it is with all that is defined here, unless an object of another class is inside.
Imported with the first criterion that is more than plain text or plain JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, cast

from asyncly.srvmocker._core.content import need_multipart
from asyncly.srvmocker._core.jsonbody import snapshot
from asyncly.srvmocker._core.matching.given import check_json, check_text, why_no_content
from asyncly.srvmocker._core.matching.schemas import ValidJson, missing_extra

if TYPE_CHECKING:
    from asyncly.srvmocker.typing import Expected, Value

__all__ = (
    "ABSENT",
    "NULL",
    "Absent",
    "AtPath",
    "Exactly",
    "Null",
    "Part",
    "Partial",
    "ValidJson",
    "covers",
    "pure_json",
    "pure_text",
    "settled",
)

_SCALARS: Final[frozenset[object]] = frozenset((str, int, float, bool, type(None)))
_NOTHING: Final = object()
_type_of: Callable[[object], object] = type  # a checker knows nothing of type(Any)


class Absent:
    """The class of `ABSENT`."""

    __slots__ = ()
    __no_value__: Final = "ABSENT"

    def __reduce__(self) -> str:
        return "ABSENT"  # a copy is the same one, which is asked for by `is`

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
"""Stands for a name that must not be there."""


class Null:
    """The class of `NULL`."""

    __slots__ = ()
    __no_text__: Final = True

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Null)

    def __hash__(self) -> int:
        return hash(None)

    def __reduce__(self) -> str:
        return "NULL"

    def __repr__(self) -> str:
        return "NULL"


NULL: Final = Null()
"""JSON's `null` as an expected value."""


_NO_LIST: Final[frozenset[object]] = frozenset((*_SCALARS, dict, tuple, bytes, Absent, Null))


class Partial:
    """Equals every JSON value that has at least this in it.

    An object equals one that has these members, whatever else it has, at every depth; a member that
    is `ABSENT` must not be there. An array equals one of the same length, each item of which equals
    as told here. Anything else equals as `==` has it.

    Args:
        value: A JSON value; objects with an `__eq__` of their own may stand in it.

    Raises:
        TypeError: Something in it can never be equal, such as a pattern.

    Example:
        >>> from asyncly.srvmocker import Partial
        >>> {"id": 7, "user": {"name": "Ada", "age": 36}} == Partial({"user": {"name": "Ada"}})
        True
        >>> [{"id": 1}, {"id": 2}] == Partial([{"id": 1}])
        False
        >>> from asyncly.srvmocker import ABSENT
        >>> {"id": 7} == Partial({"id": 7, "error": ABSENT})
        True
    """

    __slots__ = ("covers", "value")

    def __init__(self, value: Value) -> None:
        check_json("Partial", value, partial=True)
        self.value: Value = settled(snapshot(value))
        self.covers: Callable[[object], bool] = covers(self.value)
        """Whether a value has all of it."""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Partial):
            return bool(self.value == other.value)
        return self.covers(other)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # what equals many things has no hash

    def __reduce__(self) -> tuple[type[Partial], tuple[Value]]:
        return Partial, (self.value,)

    def __repr__(self) -> str:
        return f"Partial({self.value!r})"


def covers(wanted: object) -> Callable[[object], bool]:
    """Compile what `Partial` asks of a value."""
    if isinstance(wanted, dict):
        return _covers_members(cast("dict[object, object]", wanted))
    if isinstance(wanted, list):
        tests = [covers(item) for item in cast("list[object]", wanted)]

        def covers_items(got: object) -> bool:
            if not isinstance(got, list) or len(items := cast("list[object]", got)) != len(tests):
                return False
            return all(test(item) for test, item in zip(tests, items, strict=True))

        return covers_items
    return lambda got: bool(got == wanted)


def _covers_members(wanted: dict[object, object]) -> Callable[[object], bool]:
    scalars = tuple((key, value) for key, value in wanted.items() if _type_of(value) in _SCALARS)
    absent = tuple(key for key, value in wanted.items() if value is ABSENT)
    others = tuple(
        (key, covers(value))
        for key, value in wanted.items()
        if value is not ABSENT and _type_of(value) not in _SCALARS
    )

    def covers_members(got: object) -> bool:
        if not isinstance(got, dict):
            return False
        members = cast("dict[object, object]", got)
        for key, value in scalars:
            if members.get(key, _NOTHING) != value:
                return False
        for key, test in others:
            if key not in members or not test(members[key]):
                return False
        for key in absent:  # noqa: SIM110 - as above
            if key in members:
                return False
        return True

    return covers_members


class _Query(Protocol):
    def findall(self, data: Any, /) -> list[object]: ...


class AtPath:
    """Equals every JSON value that has an expected value at a JSONPath (RFC 9535).

    Needs the extra `jsonpath`.

    Args:
        path: The JSONPath, such as `$.items[*].price`.
        expected: At least one of the values found there equals this; an object with an `__eq__` of
            its own, `Partial` and `NULL` too. `ABSENT`: none is found.
        values: Instead: the list of all values found, in their order, equals this.

    Raises:
        ValueError: `path` is no JSONPath, or not exactly one of `expected` and `values` is given.
        TypeError: The expected value can never be equal, or `values` is no list.
        ImportError: The extra is not installed.

    Example:
        >>> from asyncly.srvmocker import AtPath
        >>> order = {"items": [{"price": 3}, {"price": 5}]}
        >>> order == AtPath("$.items[1].price", 5), order == AtPath("$.items[*].price", 3)
        (True, True)
        >>> order == AtPath("$.items[*].price", values=[3]), order == AtPath("$.note", "x")
        (False, False)
    """

    __slots__ = ("_query", "expected", "path", "values")

    def __init__(self, path: str, expected: Value = _NOTHING, *, values: Value = _NOTHING) -> None:
        if (expected is _NOTHING) is (values is _NOTHING):
            raise ValueError(f"AtPath({path!r}): give either an expected value or values=")
        if _type_of(values) in _NO_LIST:
            raise TypeError(f"AtPath({path!r}): values={values!r} is no list")
        for wanted in (expected, values):
            if wanted is not ABSENT and wanted is not _NOTHING:
                check_json(f"AtPath({path!r})", wanted)
        self.path: str = path
        self.expected: Value = settled(snapshot(expected))
        self.values: Value = settled(snapshot(values))
        self._query: _Query = _compiled_path(path)

    @property
    def wanted(self) -> object:
        """What is expected, whichever way it was given."""
        return self.expected if self.values is _NOTHING else self.values

    @property
    def several(self) -> bool:
        """Whether all values at the path are expected, and not one of them."""
        return self.values is not _NOTHING

    def found(self, value: object) -> list[object]:
        """Return the values at the path."""
        if not isinstance(value, (dict, list)):
            return [value] if self.path == "$" else []
        return list(self._query.findall(cast("dict[object, object] | list[object]", value)))

    def holds(self, found: list[object]) -> bool:
        """Whether these are the values that are asked for."""
        if self.values is not _NOTHING:
            return bool(found == self.values)
        if self.expected is ABSENT:
            return not found
        return any(bool(value == self.expected) for value in found)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, AtPath):
            mine, others = (self.expected, self.values), (other.expected, other.values)
            return self.path == other.path and mine == others
        return self.holds(self.found(other))

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # what equals many things has no hash

    def __reduce__(self) -> tuple[Callable[[], AtPath], tuple[()]]:
        if self.values is _NOTHING:
            return partial(AtPath, self.path, self.expected), ()
        return partial(AtPath, self.path, values=self.values), ()

    def __repr__(self) -> str:
        named = "" if self.values is _NOTHING else "values="
        return f"AtPath({self.path!r}, {named}{self.wanted!r})"


def _compiled_path(path: object) -> _Query:
    if not isinstance(path, str):
        raise ValueError(f"AtPath({path!r}): a JSONPath is a string")  # noqa: TRY004 - see below
    if not path:  # of which the library's own error cannot be printed
        raise ValueError("AtPath('') is no JSONPath: the shortest one is $")
    try:
        jsonpath = import_module("jsonpath")
    except ImportError as error:
        raise missing_extra("python-jsonpath", "jsonpath", error) from error
    try:
        # Strict: what RFC 9535 has, and nothing that this library adds to it.
        query: _Query = jsonpath.JSONPathEnvironment(strict=True).compile(path)
    except (jsonpath.JSONPathError, ValueError, RecursionError) as error:
        # Some of what is wrong, such as the index 1e9, the library tells with no error of its own.
        why = str(error).partition("\n")[0]
        raise ValueError(f"AtPath({path!r}) is no JSONPath: {why}") from error
    return query


class Exactly(Mapping[str, "Expected"]):
    """Names and values, and no others: neither further names nor further values of these.

    Args:
        expected: What `headers=`, `query=`, `cookies=`, `path_params=`, `form=` and `multipart=`
            take.

    Example:
        >>> from asyncly.srvmocker import Exactly, Match, MockRoute
        >>> only_a_page = Match(query=Exactly({"page": "2"}))
    """

    __slots__ = ("_expected",)
    __exact__: Final = True
    __no_value__: Final = "Exactly"

    def __init__(self, expected: Mapping[str, Expected]) -> None:
        if not isinstance(cast(object, expected), Mapping):
            kind = type(expected).__name__
            raise TypeError(f"Exactly({expected!r}): give a mapping, not {kind}")
        self._expected: dict[str, Expected] = dict(expected)

    def __getitem__(self, name: str) -> Expected:
        return self._expected[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._expected)

    def __len__(self) -> int:
        return len(self._expected)

    def __repr__(self) -> str:
        return f"Exactly({self._expected!r})"


class Part:
    """What is expected of a part of a `multipart/form-data` body (RFC 7578).

    Needs the extra `multipart`.

    Args:
        content: Its bytes equal these; or its text equals this `str`; or a pattern of either is
            found in it. An object with an `__eq__` of its own is compared with the bytes of a part
            that has a file name, and with the text of another.
        filename: The name of its file: a `str`, a pattern that is found in it, an object with an
            `__eq__` of its own, or `ABSENT`: none was sent.
        content_type: Its media type in lower case, without parameters: as `filename`.

    Raises:
        ImportError: The extra is not installed.
        TypeError: A value can never be equal.
        ValueError: `content_type` is a text, but no media type in lower case without parameters.

    Example:
        >>> from asyncly.srvmocker import Match, Part
        >>> upload = Match(multipart={"title": "notes", "file": Part(content_type="text/markdown")})
    """

    __slots__ = ("content", "content_type", "filename")
    __no_value__: Final = "Part"

    def __init__(
        self, content: Expected = None, filename: Expected = None, content_type: Expected = None
    ) -> None:
        need_multipart()
        if content is not None and (why := why_no_content(content)):
            raise TypeError(f"content={content!r}: {why}")
        if filename is not ABSENT:
            check_text("filename", filename)
        check_text("content_type", content_type)
        if isinstance(content_type, str):
            plain = content_type.partition(";")[0].strip().lower()
            if plain != content_type:
                raise ValueError(
                    f"content_type={content_type!r}: it is compared in lower case and without "
                    f"parameters: give {plain!r}"
                )
        self.content: Expected = content
        self.filename: Expected = filename
        self.content_type: Expected = content_type

    def _given(self) -> tuple[object, ...]:
        return self.content, self.filename, self.content_type

    def __eq__(self, other: object) -> bool:
        return self._given() == other._given() if isinstance(other, Part) else NotImplemented

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # what is expected may have none

    def __repr__(self) -> str:
        given = ((name, getattr(self, name)) for name in ("content", "filename", "content_type"))
        return (
            f"Part({', '.join(f'{name}={value!r}' for name, value in given if value is not None)})"
        )


_PURE: Final[frozenset[object]] = frozenset((ValidJson, Null, Absent, object))
_PURE_TEXTS: Final[frozenset[object]] = frozenset((str, bytes, type(None), re.Pattern, Absent))


def settled(value: object) -> object:
    """Return a value with `None` for each `NULL` in it; a copy, where there is one."""
    if isinstance(value, Null):
        return None
    kind = _type_of(value)
    if kind is dict:
        members = cast("dict[object, object]", value)
        return {key: settled(member) for key, member in members.items()}
    if kind is list:
        return [settled(item) for item in cast("list[object]", value)]
    return value


def pure_json(value: object) -> bool:
    """Whether `==` between a JSON value and this depends on nothing else."""
    kind = _type_of(value)
    if kind in _SCALARS or kind in _PURE:
        return True
    if kind is dict:
        members = cast("dict[object, object]", value)
        return all(type(key) is str and pure_json(member) for key, member in members.items())
    if kind is list:
        return all(map(pure_json, cast("list[object]", value)))
    if kind is Partial:
        return pure_json(cast(Partial, value).value)
    return kind is AtPath and pure_json(cast(AtPath, value).wanted)


def pure_text(value: object) -> bool:
    """Whether comparing a text, or bytes, with this depends on nothing else."""
    kind = _type_of(value)
    if kind is list or kind is tuple:
        return all(map(pure_text, cast("list[object]", value)))
    if kind is Part:
        part = cast(Part, value)
        return all(map(pure_text, (part.content, part.filename, part.content_type)))
    return kind in _PURE_TEXTS
