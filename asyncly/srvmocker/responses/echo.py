"""What was received, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NoReturn

from asyncly.srvmocker._core.answer import check_status
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.forms import FilledForm
from asyncly.srvmocker._door.answers.plans import Computed, Plan
from asyncly.srvmocker.recorded import RecordedRequest
from asyncly.srvmocker.responses.base import BaseMockResponse

__all__ = ("EchoResponse",)


class EchoResponse(BaseMockResponse):
    """Answers with the request that was received, as JSON.

    The members are `method`, `url`, `path`, `query` (a list of values by name), `headers` (a list
    of `[name, value]` pairs), `cookies`, `path_params`, `body` and `body_is_base64`: a body that is
    not UTF-8 text is in Base64. Where the body is JSON (RFC 8259), `json` is its value.

    Args:
        status: The status code.

    Raises:
        ValueError: The status cannot be sent.

    Example:
        >>> from asyncly.srvmocker import EchoResponse, MockRoute, start_service
        >>> async with start_service([MockRoute("*", "/items/{id}", "item")]) as service:
        ...     service.register("item", EchoResponse())
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         answer = await client.post("/items/7?a=1&a=2", json={"ok": True})
        ...         seen = await answer.json()
        >>> seen["method"], seen["path_params"], seen["query"], seen["body"], seen["json"]
        ('POST', {'id': '7'}, {'a': ['1', '2']}, '{"ok": true}', {'ok': True})
    """

    def __init__(self, status: int = 200) -> None:
        self._status: int = check_status(status)
        self._computed: Computed = Computed(self._make)

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Return the answer."""
        return self._make(RecordedRequest(request, await request.read())).response()

    def __plan__(self) -> Plan:
        """Answer when the request is there."""
        if type(self).response is not EchoResponse.response:
            return self
        return self._computed

    def _make(self, request: RecordedRequest) -> FilledForm:
        body = request.body
        text, is_base64 = _text(body)
        seen: dict[str, object] = {
            "method": request.method,
            "url": str(request.url),
            "path": request.path,
            "query": _by_name(request.query.items()),
            "headers": [[name, value] for name, value in request.headers.items()],
            "cookies": dict(request.cookies),
            "path_params": dict(request.path_params),
            "body": text,
            "body_is_base64": is_base64,
        }
        content = json.dumps(seen)
        found = _json(body)
        if found is not None:
            content = f'{content[:-1]}, "json": {found}}}'
        return FilledForm(self._status, "application/json", content.encode())

    def __repr__(self) -> str:
        return f"<EchoResponse {self._status}>"


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _text(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        from base64 import b64encode  # noqa: PLC0415 - few bodies are no text

        return b64encode(body).decode(), True


def _json(body: bytes) -> str | None:
    """Return the body as JSON in ASCII; `None` where it is no JSON."""
    try:
        value: object = json.loads(body, parse_constant=_refuse)
        return json.dumps(value, allow_nan=False)  # a number may have been too large for a float
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON (RFC 8259 section 6)")
