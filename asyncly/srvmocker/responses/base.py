"""The one method that a response has."""

from __future__ import annotations

from abc import ABC, abstractmethod

from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.plans import Plan
from asyncly.srvmocker._door.answers.ready import ReadyAnswer

__all__ = ("BaseMockResponse", "check_response")


class BaseMockResponse(ABC):
    """Answers a request; subclass it for whatever the ready-made responses do not do.

    `response` is an aiohttp handler: it may be given any `aiohttp.web.Request`, may return any
    `aiohttp.web.StreamResponse` (a stream, a file, a WebSocket) and may raise
    `aiohttp.web.HTTPException`. Any other exception gives the client a 500 and is kept in
    `MockService.errors`.

    Example:
        >>> from aiohttp import web

        >>> from asyncly.srvmocker import BaseMockResponse
        >>> class Echo(BaseMockResponse):
        ...     async def response(self, request: web.Request) -> web.StreamResponse:
        ...         return web.Response(body=await request.read())
    """

    __ready__: ReadyAnswer | None = None  # that of most is not known before they are asked

    @abstractmethod
    async def response(self, request: web.Request) -> web.StreamResponse:
        """Return the answer to `request`."""

    def __plan__(self) -> Plan:
        """Leave the request to `response`; the package's own responses know quicker ways."""
        return self

    def __rewind__(self) -> None:  # noqa: B027 - most have nothing to begin anew
        """Begin anew, as if it had answered nothing; `MockService.reset` asks for it."""


def check_response(value: object) -> BaseMockResponse:
    """Return the value; `TypeError` unless it is a `BaseMockResponse`.

    Example:
        >>> from asyncly.srvmocker.responses.base import check_response
        >>> check_response({"ok": True})
        Traceback (most recent call last):
        TypeError: {'ok': True} is not a BaseMockResponse, such as JsonResponse(...)
    """
    if not isinstance(value, BaseMockResponse):
        raise TypeError(f"{value!r} is not a BaseMockResponse, such as JsonResponse(...)")
    return value
