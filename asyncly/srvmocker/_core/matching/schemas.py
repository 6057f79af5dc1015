"""JSON Schemas as expected values.

Invariants: a schema is compiled once, by jsonschema-rs, which is imported then; no other document
is ever fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from asyncly.srvmocker._core.jsonbody import snapshot

if TYPE_CHECKING:
    from asyncly.srvmocker.typing import Value

__all__ = ("ValidJson", "missing_extra")


class _SchemaError(Protocol):
    @property
    def message(self) -> str: ...
    @property
    def instance_path(self) -> list[str | int]: ...


class _Validator(Protocol):
    def is_valid(self, instance: Any, /) -> bool: ...
    def iter_errors(self, instance: Any, /) -> Iterator[_SchemaError]: ...


class ValidJson:
    """Equals every JSON value that is valid against a JSON Schema.

    Needs the extra `schema`. The draft is the one that `$schema` names, or else 2020-12. Formats
    are checked. A `$ref` to another document is never fetched.

    Args:
        schema: The schema: a dict, `True` or `False`.

    Raises:
        ValueError: It is no JSON Schema.
        ImportError: The extra is not installed.

    Example:
        >>> from asyncly.srvmocker import ValidJson
        >>> {"id": 7} == ValidJson({"required": ["id"], "properties": {"id": {"minimum": 1}}})
        True
        >>> ValidJson({"type": "text"})
        Traceback (most recent call last):
        ValueError: ValidJson: this is no JSON Schema: ...
    """

    __slots__ = ("_validator", "schema")

    def __init__(self, schema: Mapping[str, Value] | bool) -> None:
        self.schema: object = snapshot(dict(schema) if isinstance(schema, Mapping) else schema)
        self._validator: _Validator = _validator_of(self.schema)

    def problems(self, value: object) -> Iterator[tuple[list[str | int], str]]:
        """Yield each path at which a value is not valid, with the reason."""
        try:
            for error in self._validator.iter_errors(value):
                yield list(error.instance_path), error.message
        except ValueError as error:  # a lone surrogate
            yield [], str(error)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ValidJson):
            return bool(self.schema == other.schema)
        try:
            return self._validator.is_valid(other)
        except ValueError:
            return False  # no JSON, or a lone surrogate

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # what equals many things has no hash

    def __reduce__(self) -> tuple[type[ValidJson], tuple[object]]:
        return ValidJson, (self.schema,)

    def __repr__(self) -> str:
        return f"ValidJson({self.schema!r})"


def _validator_of(schema: object) -> _Validator:
    try:
        jsonschema = import_module("jsonschema_rs")
    except ImportError as error:
        raise missing_extra("jsonschema-rs", "schema", error) from error
    if not isinstance(schema, (dict, bool)):
        raise ValueError(  # noqa: TRY004 - as for any other value that is none
            f"ValidJson: this is no JSON Schema: {schema!r}; give a dict, True or False"
        )
    try:
        validator: _Validator = jsonschema.validator_for(
            schema, validate_formats=True, retriever=_fetch_nothing
        )
    except ValueError as error:
        why = str(error).partition("\n")[0]
        raise ValueError(f"ValidJson: this is no JSON Schema: {why}") from error
    return validator


def _fetch_nothing(uri: str) -> object:
    raise LookupError(f"{uri} is another document, and none is fetched")


def missing_extra(package: str, extra: str, error: ImportError) -> ImportError:
    """Return the error of an extra that is not installed, with the remedy."""
    return ImportError(
        f"{package} is not installed: pip install 'asyncly[{extra}]'", name=error.name
    )
