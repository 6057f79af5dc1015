"""The responses that can be registered for a handler, a module for each kind."""

from asyncly.srvmocker.responses.raw import RawResponse

__all__ = ("RawResponse",)
