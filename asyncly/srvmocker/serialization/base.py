"""The pairing of a serialization function with a media type."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ("Serializer", "missing_extra")


@dataclass(frozen=True)
class Serializer:
    r"""How a body becomes bytes, and what those bytes are called.

    Args:
        dumps: Turns a body into `bytes`, or into `str`, which is then encoded as UTF-8.
        content_type: The value of the `Content-Type` header (RFC 9110 section 8.3).

    Example:
        >>> from asyncly.srvmocker.serialization.base import Serializer
        >>> csv = Serializer(lambda rows: "\n".join(map(str, rows)), "text/csv")
        >>> csv.dumps([1, 2])
        '1\n2'
    """

    dumps: Callable[[object], str | bytes]
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
