"""A JSON body as a typed value: msgspec converts it, or pydantic where a type is pydantic's.

Invariants:
- What counts as JSON, and what its values are, is what the `json` criteria say: both read a body
  with `_core.jsonbody.parse`. Integers are exact, of two equal keys the last one counts, UTF-16 and
  UTF-32 are read, with or without a byte-order mark. So no library here ever sees the bytes.
- One library converts the whole value. It is pydantic where any part of the type is a pydantic
  model, dataclass or constraint, else msgspec; a type with parts of both is refused, since neither
  asks the other's constraints. Neither is imported before it is needed, and this module is not
  before the first body is decoded.
- A value that was decoded belongs to whoever asked: two calls share nothing.

Rejected: `msgspec.json.decode`, which refuses a byte-order mark, NaN and UTF-16; conversion by
pydantic from Python objects, where a strict model refuses the text of a date, as it does not in
JSON. That is left for what pydantic's own JSON parser cannot read: a lone surrogate, and nesting
that is deep.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Final,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from asyncly.srvmocker._core.jsonbody import parse
from asyncly.srvmocker._core.jsonpath import find_keys, render
from asyncly.srvmocker.exceptions import PayloadError, leaves_out_frames
from asyncly.srvmocker.serialization.base import missing_extra

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from typing_extensions import TypeForm

__all__ = ("decode_body",)

__tracebackhide__ = leaves_out_frames

T = TypeVar("T")

_EXCERPT: Final = 60  # bytes of a body that is not JSON
_FROM_MSGSPEC: Final = re.compile(
    r"(?P<reason>.*?)(?: - at `(?P<path>(?:key` in `)?\$.*)`)?", re.DOTALL
)
_PYDANTICS: Final = frozenset(("annotated_types", "pydantic", "pydantic_core"))
_PYDANTIC_NAMES: Final = ("__get_pydantic_core_schema__", "__pydantic_validator__")

Decoder: TypeAlias = Callable[[object], object]


class _MisfitError(Exception):
    """The value does not fit; the text of each argument begins with a JSON path."""


# Checkers that do not know PEP 747 yet take the first one, for classes.
@overload
def decode_body(body: bytes, kind: type[T], /, *, of: str = "") -> T: ...
@overload
def decode_body(body: bytes, kind: TypeForm[T], /, *, of: str = "") -> T: ...
def decode_body(body: bytes, kind: TypeForm[T], /, *, of: str = "") -> T:
    """Decode a JSON body into a type; `RequestHistory.decode` does it for a recorded call.

    Args:
        body: The bytes.
        kind: What to make of them, such as `Order`, `list[Order]` or `Order | None`.
        of: Whose body it is, for the text of the error.

    Raises:
        PayloadError: The body is not JSON, or does not fit the type.
        TypeError: Nothing can be decoded into this type.
        ImportError: The `typed` extra is not installed.

    Example:
        >>> from asyncly.srvmocker.payload import decode_body
        >>> decode_body(b'{"1": 2.5}', dict[int, float])
        {1: 2.5}
        >>> decode_body(b'["1"]', list[int])
        Traceback (most recent call last):
        asyncly.srvmocker.exceptions.PayloadError: the body does not fit list[int]: $[0]: expected
            int, got str
    """
    decode = _decoder(kind)
    document = parse(body)
    if not document.valid:
        raise not_json(body, of, _type_name(kind))
    try:
        return cast(T, decode(document.value))
    except _MisfitError as misfit:
        problems = cast("tuple[str, ...]", misfit.args)
        raise PayloadError(of, _type_name(kind), problems) from misfit.__cause__


def not_json(body: bytes, of: str, wanted: str = "JSON") -> PayloadError:
    """Make the error for a body that is not JSON."""
    return PayloadError(of, wanted, [f"it is not JSON: {_why_not_json(body)}"])


def _why_not_json(body: bytes) -> str:
    reason = ""
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        reason = str(error)
    excerpt = repr(body[:_EXCERPT]) + ("…" if len(body) > _EXCERPT else "")
    return f"{reason}: {excerpt}" if body else "it is empty"


# --- which library ---------------------------------------------------------------------------


def _decoder(kind: object) -> Decoder:
    try:
        hash(kind)
    except TypeError:  # the metadata of an Annotated may be anything
        return _make_decoder(kind)
    # Equal types may differ in the order of a union's members; their texts tell them apart.
    return _known_decoder(kind, repr(kind))


@lru_cache(maxsize=128)
def _known_decoder(kind: Hashable, _text: str) -> Decoder:
    return _make_decoder(kind)


def _make_decoder(kind: object) -> Decoder:
    libraries = _libraries(kind)
    if len(libraries) > 1:
        raise _unfit_type(kind, "it has a part of msgspec's and one of pydantic's")
    make = _by_pydantic if "pydantic" in libraries else _by_msgspec
    try:
        return make(kind)
    except (TypeError, NameError) as error:
        raise _unfit_type(kind, error) from error


def _unfit_type(kind: object, reason: object) -> TypeError:
    told = str(reason).partition("\n")[0]
    return TypeError(f"no JSON body can be decoded into {_type_name(kind)}: {told}")


def _libraries(kind: object) -> set[str]:
    """Return the libraries that have a say in a type, at any depth of it."""
    found: set[str] = set()
    seen: dict[int, object] = {}
    waiting: list[object] = [kind]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen[id(part)] = part
        module = type(part).__module__.partition(".")[0]
        if module in _PYDANTICS or any(hasattr(part, name) for name in _PYDANTIC_NAMES):
            found.add("pydantic")  # whatever is in there
            continue
        if module == "msgspec":
            found.add("msgspec")
        waiting += _parts(part)
    return found


def _parts(kind: object) -> Iterator[object]:
    yield from get_args(kind)
    yield get_origin(kind)
    yield getattr(kind, "__supertype__", None)  # of a NewType
    try:
        yield getattr(kind, "__value__", None)  # of a `type` statement, evaluated now
        if isinstance(kind, type):
            yield from get_type_hints(kind, include_extras=True).values()
    except Exception:  # noqa: BLE001 - the library that needs the names says it better
        return


# --- msgspec ---------------------------------------------------------------------------------


def _by_msgspec(kind: object) -> Decoder:
    try:
        import msgspec  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing_extra("msgspec", "typed", error) from error
    msgspec.json.Decoder(kind)  # refuses a type that it cannot decode

    def convert(value: object) -> object:
        converted: object = msgspec.convert(value, kind, str_keys=True)
        return converted

    def told(value: object) -> str:
        """What msgspec says of a value that may not fit."""
        try:
            convert(value)
        except Exception as error:  # noqa: BLE001 - a part of the value was left out
            return str(error)
        return ""

    def decode(value: object) -> object:
        try:
            return convert(value)
        except msgspec.ValidationError as error:
            text = str(error)
            problem = _told_by_msgspec(error, value, lambda: told(value) == text)
            raise _MisfitError(problem) from error
        except (UnicodeEncodeError, OverflowError, RecursionError, SystemError) as error:
            # A lone surrogate, an integer beyond float (a SystemError before msgspec 0.22), depth.
            raise _MisfitError(f"$: {error.__cause__ or error}") from error

    return decode


def _told_by_msgspec(error: Exception, value: object, fails: Callable[[], bool]) -> str:
    found = _FROM_MSGSPEC.fullmatch(str(error))
    assert found is not None, "it matches any text"
    reason = found["reason"]
    if error.__cause__ is None:  # these are not the words of a user's own check
        reason = _uncapitalized(reason).replace("`", "")
    path = found["path"] or "$"
    _, of_a_key, container = path.rpartition("key` in `")
    if of_a_key:
        return f"{find_keys(f'{container}[...]', value, fails)} (the key): {reason}"
    return f"{find_keys(path, value, fails)}: {reason}"


def _uncapitalized(reason: str) -> str:
    return reason[:1].lower() + reason[1:]


# --- pydantic --------------------------------------------------------------------------------


def _by_pydantic(kind: object) -> Decoder:
    from pydantic import (  # noqa: PLC0415 - the type is made with it, so it is there
        PydanticUserError,
        TypeAdapter,
        ValidationError,
    )

    try:
        adapter: TypeAdapter[object] = TypeAdapter(kind)
    except PydanticUserError as error:  # a TypeError too, but only in some releases
        raise TypeError(str(error)) from error

    def problems(error: ValidationError) -> list[ErrorDetails]:
        return error.errors(include_url=False, include_context=False, include_input=False)

    def is_unread(error: ValidationError) -> bool:
        first = problems(error)[0]
        return first["type"] == "json_invalid" and not first["loc"]

    def read(value: object) -> object:
        try:
            return adapter.validate_json(json.dumps(value))
        except (RecursionError, ValidationError) as error:
            if isinstance(error, ValidationError) and not is_unread(error):
                raise
        return adapter.validate_python(value)

    def validate(value: object) -> object:
        try:
            return read(value)
        except ValidationError as error:
            told = (
                f"{render(one['loc'])}: {_uncapitalized(one['msg'])}" for one in problems(error)
            )
            raise _MisfitError(*told) from error
        except PydanticUserError as error:  # a forward reference that nothing defines
            raise _unfit_type(kind, error) from error

    return validate


# --- names -----------------------------------------------------------------------------------


def _type_name(kind: object) -> str:
    """Return a type as one would write it, without the modules."""
    args = get_args(kind)
    origin = get_origin(kind)
    if kind is ... or origin is Literal:
        return "..." if kind is ... else f"Literal[{', '.join(map(repr, args))}]"
    if origin is Annotated:
        return _type_name(args[0])
    if origin is Union or origin is UnionType:
        return " | ".join(map(_type_name, args))
    name = "None" if kind is type(None) else getattr(kind, "__name__", repr(kind))
    return f"{name}[{', '.join(map(_type_name, args))}]" if args else str(name)
