"""JSON values, one a line."""

from __future__ import annotations

import json
from collections.abc import Mapping

from asyncly.srvmocker.responses.stream import Source, StreamedResponse
from asyncly.srvmocker.typing import Value

__all__ = ("NdjsonResponse",)


class NdjsonResponse(StreamedResponse[Value]):
    r"""Answers with JSON values, one a line (NDJSON, also called JSON Lines).

    Args:
        items: Values that `json.dumps` takes, and `Wait`s between them: in a list, or from a
            function that returns an iterable, asynchronous or not, such as a generator function,
            which is called for each request.
        status: The status code.
        headers: Header fields; `Content-Type` is `application/x-ndjson` unless given here.

    Raises:
        TypeError: `items` is none of these or can be gone through only once, or an item of a list
            cannot be written as JSON.
        ValueError: The status or a header cannot be sent.

    Example:
        >>> from asyncly.srvmocker import MockRoute, NdjsonResponse, start_service
        >>> async with start_service([MockRoute("GET", "/rows", "rows")]) as service:
        ...     service.register("rows", NdjsonResponse([{"id": 1}, {"id": 2}]))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         await (await client.get("/rows")).text()
        '{"id": 1}\n{"id": 2}\n'
    """

    def __init__(
        self,
        items: Source[Value],
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            "items", items, status=status, headers=headers, content_type="application/x-ndjson"
        )

    def _encode(self, part: Value) -> bytes:
        return f"{json.dumps(part)}\n".encode()
