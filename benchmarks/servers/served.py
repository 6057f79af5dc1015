"""What every server under load offers to `control`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Served(Protocol):
    """A running server."""

    @property
    def port(self) -> int:
        """The loopback port it listens on."""
        ...

    @property
    def version(self) -> str:
        """What is being measured: a distribution and its version."""
        ...

    def recorded(self) -> int:
        """How many requests it has on record (a server without a record: how many it answered)."""
        ...

    def recorded_by_handler(self) -> Mapping[str, int]:
        """The same by handler; empty where the server has no handlers."""
        ...

    def account(self) -> Mapping[str, int]:
        """What became of every request, as the server itself counts; empty where it does not."""
        ...

    def forget(self) -> None:
        """Drop the record."""
        ...
