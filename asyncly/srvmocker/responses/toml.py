"""A body written as TOML (the `toml` extra)."""

from collections.abc import Mapping

from asyncly.srvmocker.responses.content import ContentResponse
from asyncly.srvmocker.serialization.toml import TomlSerializer
from asyncly.srvmocker.typing import Value

__all__ = ("TomlResponse",)


class TomlResponse(ContentResponse):
    """Answers with a body written as TOML.

    Args:
        body: A mapping of what TOML can hold (no `None`).
        status: The status code.
        headers: Header fields; `Content-Type` is `application/toml` unless given here.

    Raises:
        TypeError: The body cannot be written as TOML. Raised here, not when a client asks.
        ValueError: The status or a header cannot be sent.

    Example:
        >>> from asyncly.srvmocker.responses.toml import TomlResponse
        >>> TomlResponse({"ok": True}, status=201)
        <TomlResponse 201 application/toml, 10 bytes>
    """

    def __init__(
        self,
        body: Value,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(body, status, headers, TomlSerializer)
