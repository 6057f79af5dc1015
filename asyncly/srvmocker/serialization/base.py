"""The pairing of a serialization function with a media type."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

if sys.version_info >= (3, 13):
    from typing import TypeVar
else:
    from typing_extensions import TypeVar

__all__ = ("Serializer", "missing_extra")

BodyT_contra = TypeVar("BodyT_contra", contravariant=True, default=object)


@dataclass(frozen=True)
class Serializer(Generic[BodyT_contra]):
    r"""How a body becomes bytes, and what those bytes are called.

    For a type checker it is one of the bodies that `dumps` takes: `Serializer[list[int]]`.

    Args:
        dumps: Turns a body into `bytes`, or into `str`, which is then encoded as UTF-8.
        content_type: The value of the `Content-Type` header (RFC 9110 section 8.3).

    Example:
        >>> from asyncly.srvmocker.serialization.base import Serializer
        >>> csv = Serializer(lambda rows: "\n".join(map(str, rows)), "text/csv")
        >>> csv.dumps([1, 2])
        '1\n2'
    """

    dumps: Callable[[BodyT_contra], str | bytes]
    content_type: str


def missing_extra(package: str, extra: str, error: ImportError) -> ImportError:
    """Return an error that says what to install, for a format whose package is not there.

    Example:
        >>> from asyncly.srvmocker.serialization.base import missing_extra
        >>> print(missing_extra("tomli-w", "toml", ImportError()))
        tomli-w is not installed: pip install 'asyncly[toml]'
    """
    return ImportError(
        f"{package} is not installed: pip install 'asyncly[{extra}]'", name=error.name
    )
