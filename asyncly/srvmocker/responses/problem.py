"""Problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from asyncly.srvmocker._core.answer import check_status
from asyncly.srvmocker.responses.content import ContentResponse
from asyncly.srvmocker.serialization.base import Serializer
from asyncly.srvmocker.serialization.json import JsonSerializer
from asyncly.srvmocker.typing import Headers, Value

__all__ = ("ProblemResponse",)

_BLANK: Final = "about:blank"
_SERIALIZER: Final = Serializer(JsonSerializer.dumps, "application/problem+json")


class ProblemResponse(ContentResponse):
    """Answers with problem details as JSON, `application/problem+json` (RFC 9457).

    Args:
        status: The status code, also a member of the body.
        title: What kind of problem it is. Without one, and without a `type`, it is the phrase of
            the status, as RFC 9457 section 4.2.1 asks for.
        detail: What has happened this time.
        type: A URI that identifies the kind of problem.
        instance: A URI that identifies this occurrence.
        headers: Header fields; `Content-Type` is `application/problem+json` unless given here.
        extensions: More members of the body.

    Members that are `None` are left out.

    Raises:
        TypeError: An extension cannot be written as JSON. Raised here, not when a client asks.
        ValueError: The status or a header cannot be sent.

    Example:
        >>> from asyncly.srvmocker import ProblemResponse
        >>> ProblemResponse(403, detail="30 is more than 20", balance=20).body
        {'type': 'about:blank', 'title': 'Forbidden', 'status': 403,
         'detail': '30 is more than 20', 'balance': 20}
    """

    def __init__(
        self,
        status: int,
        title: str | None = None,
        detail: str | None = None,
        *,
        type: str = _BLANK,  # noqa: A002 - the member's name in RFC 9457
        instance: str | None = None,
        headers: Headers | None = None,
        **extensions: Value,
    ) -> None:
        code = check_status(status)
        if title is None and type == _BLANK:
            title = _phrase(code)
        members: dict[str, object] = {
            "type": type,
            "title": title,
            "status": code,
            "detail": detail,
            "instance": instance,
        }
        body = {name: value for name, value in members.items() if value is not None}
        super().__init__(body | extensions, code, headers, _SERIALIZER)


def _phrase(status: int) -> str | None:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return None
