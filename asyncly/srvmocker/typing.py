"""Names for the types that appear in public signatures.

`NameT` is the type of a handler name. It defaults to `str`, so code that does not care never sees
it; routes declared with a `StrEnum` or a `Literal` narrow it, and a type checker then refuses a
name that no route declares.
"""

import sys
from collections.abc import Iterable, Mapping
from typing import TypeAlias

if sys.version_info >= (3, 13):
    from typing import TypeVar
else:
    from typing_extensions import TypeVar

__all__ = ("Expected", "Headers", "JsonScalar", "JsonValue", "NameT", "Value")

NameT = TypeVar("NameT", bound=str, default=str)
"""The type of a handler name: `str`, unless a `StrEnum` or a `Literal` narrows it."""

JsonScalar: TypeAlias = bool | int | float | str | None
"""A JSON value that has no parts (RFC 8259 section 3)."""

JsonValue: TypeAlias = JsonScalar | list["JsonValue"] | dict[str, "JsonValue"]
"""What a JSON text can be once it is parsed (RFC 8259 section 3)."""

Value: TypeAlias = list["Value"] | dict[str, "Value"] | object
"""Any object. Lists and dicts are named so that strict checkers know what an empty one holds:
as `object`, pyright finds `[1, {"tags": []}]` partially unknown."""

Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Header fields: a mapping, or pairs where one name has several values. A multidict is both."""

Expected: TypeAlias = object
"""What a text is expected to be: a `str`, a `re.Pattern[str]` that is found in it, an object with
an `__eq__` of its own, `ABSENT`, or a list or tuple of these for several values of one name. No
type tells an object with an `__eq__` of its own from others, so what can never be equal is a
`TypeError` when the criterion is made."""
