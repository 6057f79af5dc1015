"""Errors of data, told by file and key.

What only the objects know that are made of the data (whether a path is well formed, or a body can
be written as JSON) is told by the same keys as what the schema finds.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from msgspec import UNSET, Struct

from asyncly.srvmocker.exceptions import RoutesError

__all__ = ("Teller",)


class Teller:
    """Tells what is wrong with the data of one file; `file` is empty for a literal of a test."""

    def __init__(self, file: str) -> None:
        self.file: str = file

    def error(self, key: str, text: str) -> RoutesError:
        """Make the error of a key."""
        return RoutesError(self.file, key, text)

    @contextmanager
    def at(self, key: str) -> Generator[None]:
        """Tell the key of what fails."""
        try:
            yield
        except RoutesError:
            raise
        except re.error as error:
            raise self.error(key, f"it is no regular expression: {error}") from error
        except (TypeError, ValueError) as error:
            raise self.error(key, str(error)) from error

    def alone(self, key: str, given: Struct, names: Sequence[str]) -> None:
        """Refuse two keys that say the same."""
        used = [name for name in names if getattr(given, name) is not UNSET]
        if len(used) > 1:
            raise self.error(f"{key}.{used[1]}", f"expected it or {used[0]!r}, got both")

    def refuse(self, key: str, given: Struct, names: Sequence[str], reason: str) -> None:
        """Refuse keys that have no meaning here."""
        for name in names:
            if getattr(given, name) is not UNSET:
                raise self.error(f"{key}.{name}", reason)

    def decoded(self, key: str, text: str) -> bytes:
        """Return the bytes of a text in base64, which may have blanks and line breaks."""
        with self.at(key):
            return b64decode("".join(text.split()), validate=True)
