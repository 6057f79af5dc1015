"""A body written as TOML (the `toml` extra)."""

from asyncly.srvmocker.responses.content import FormatResponse
from asyncly.srvmocker.serialization.toml import TomlSerializer

__all__ = ("TomlResponse",)


class TomlResponse(FormatResponse):
    """Answers with a body written as TOML.

    Args:
        body: A mapping of what TOML can hold (no `None`).
        status: The status code.
        headers: Header fields; `Content-Type` is `application/toml` unless given here.
        cookies: Cookies to set: a mapping, or an iterable of `Cookie`.

    Raises:
        TypeError: The body cannot be written as TOML. Raised here, not when a client asks.
        ValueError: The status or a header cannot be sent.

    Example:
        >>> from asyncly.srvmocker.responses.toml import TomlResponse
        >>> TomlResponse({"ok": True}, status=201)
        <TomlResponse 201 application/toml, 10 bytes>
    """

    __format_serializer__ = TomlSerializer
