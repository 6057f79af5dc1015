"""A body written as MessagePack (the `msgpack` extra)."""

from collections.abc import Mapping

from asyncly.srvmocker.responses.content import ContentResponse
from asyncly.srvmocker.serialization.msgpack import MsgpackSerializer
from asyncly.srvmocker.typing import Value

__all__ = ("MsgpackResponse",)


class MsgpackResponse(ContentResponse):
    """Answers with a body written as MessagePack.

    Args:
        body: Anything that msgspec can encode.
        status: The status code.
        headers: Header fields; `Content-Type` is `application/msgpack` unless given here.

    Raises:
        TypeError: The body cannot be written as MessagePack. Raised here, not when a client asks.
        ValueError: The status or a header cannot be sent.

    Example:
        >>> from asyncly.srvmocker.responses.msgpack import MsgpackResponse
        >>> MsgpackResponse({"ok": True}, status=201)
        <MsgpackResponse 201 application/msgpack, 5 bytes>
    """

    def __init__(
        self,
        body: Value,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(body, status, headers, MsgpackSerializer)
