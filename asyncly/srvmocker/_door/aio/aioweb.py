"""`aiohttp.web`, imported when something of it is first used.

It takes longer to import than all of this package, and a test module that only declares routes
and responses needs nothing of it. Modules that are imported with the package use it in annotations
and inside functions; those that derive from its classes are imported when a service starts.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp.web import (
        AbstractRoute,
        Application,
        BaseRequest,
        FileField,
        FileResponse,
        HTTPException,
        HTTPMethodNotAllowed,
        HTTPNotFound,
        HTTPRequestEntityTooLarge,
        Request,
        RequestHandler,
        RequestPayloadError,
        Response,
        Server,
        ServerRunner,
        SockSite,
        StreamResponse,
        UrlDispatcher,
        UrlMappingMatchInfo,
        WebSocketResponse,
    )

__all__ = (
    "AbstractRoute",
    "Application",
    "BaseRequest",
    "FileField",
    "FileResponse",
    "HTTPException",
    "HTTPMethodNotAllowed",
    "HTTPNotFound",
    "HTTPRequestEntityTooLarge",
    "Request",
    "RequestHandler",
    "RequestPayloadError",
    "Response",
    "Server",
    "ServerRunner",
    "SockSite",
    "StreamResponse",
    "UrlDispatcher",
    "UrlMappingMatchInfo",
    "WebSocketResponse",
)

# What a service needs lies in these; aiohttp.web as a whole is twice as much.
_PARTS = ("web_request", "web_response", "web_exceptions", "web_protocol", "web_server", "web_ws")


def __getattr__(name: str) -> object:
    for part in _PARTS:
        module = import_module(f"aiohttp.{part}")
        if name in vars(module):
            break
    else:
        module = import_module("aiohttp.web")
    value = globals()[name] = getattr(module, name)
    return value
