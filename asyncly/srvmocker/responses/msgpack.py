"""A body written as MessagePack (the `msgpack` extra)."""

from asyncly.srvmocker.responses.content import FormatResponse
from asyncly.srvmocker.serialization.msgpack import MsgpackSerializer

__all__ = ("MsgpackResponse",)


class MsgpackResponse(FormatResponse):
    """Answers with a body written as MessagePack.

    Args:
        body: Anything that msgspec can encode.
        status: The status code.
        headers: Header fields; `Content-Type` is `application/msgpack` unless given here.
        cookies: Cookies to set: a mapping, or an iterable of `Cookie`.

    Raises:
        TypeError: The body cannot be written as MessagePack. Raised here, not when a client asks.
        ValueError: The status or a header cannot be sent.

    Example:
        >>> from asyncly.srvmocker.responses.msgpack import MsgpackResponse
        >>> MsgpackResponse({"ok": True}, status=201)
        <MsgpackResponse 201 application/msgpack, 5 bytes>
    """

    __format_serializer__ = MsgpackSerializer
