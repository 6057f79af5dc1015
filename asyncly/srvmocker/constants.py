"""The key under which a service is found in an aiohttp application."""

from __future__ import annotations

from typing import Final

from aiohttp.helpers import AppKey

from asyncly.srvmocker.models import MockService

__all__ = ("SERVICE_KEY",)

SERVICE_KEY: Final[AppKey[MockService[str]]] = AppKey("service", MockService)
"""`request.app[SERVICE_KEY]` is the `MockService` that a request came in at.

Example:
    >>> from aiohttp import web
    >>> from asyncly.srvmocker import BaseMockResponse
    >>> from asyncly.srvmocker.constants import SERVICE_KEY
    >>> class Count(BaseMockResponse):
    ...     async def response(self, request: web.Request) -> web.StreamResponse:
    ...         return web.json_response(len(request.app[SERVICE_KEY].history))
"""
