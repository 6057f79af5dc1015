"""A body written as JSON."""

from asyncly.srvmocker.responses.content import FormatResponse
from asyncly.srvmocker.serialization.json import JsonSerializer

__all__ = ("JsonResponse",)


class JsonResponse(FormatResponse):
    """Answers with a body written as JSON.

    Args:
        body: Anything that `json.dumps` takes.
        status: The status code.
        headers: Header fields; `Content-Type` is `application/json` unless given here.
        cookies: Cookies to set: a mapping, or an iterable of `Cookie`.

    Raises:
        TypeError: The body cannot be written as JSON. Raised here, not when a client asks.
        ValueError: The status or a header cannot be sent, or the body refers to itself.

    Example:
        >>> from asyncly.srvmocker.responses.json import JsonResponse
        >>> JsonResponse({"ok": True}, status=201)
        <JsonResponse 201 application/json, 12 bytes>
    """

    __format_serializer__ = JsonSerializer
