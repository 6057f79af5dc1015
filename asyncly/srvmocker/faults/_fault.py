"""What all faults have in common: they alter the answer of another response, or play a script.

Invariant: a fault that overrides `response` is asked through it, and nothing else of it counts.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from math import isfinite
from typing import Final

from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.altered import Altered, altered, check_alterable
from asyncly.srvmocker._door.answers.plans import Plan
from asyncly.srvmocker._door.answers.scripts import Script, Step
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response
from asyncly.srvmocker.responses.content import ContentResponse
from asyncly.srvmocker.responses.raw import RawResponse

__all__ = (
    "AlteringFault",
    "ScriptedFault",
    "check_rate",
    "check_size",
    "default_response",
    "known_size",
)

_TEXT: Final = b"0123456789abcde\n"
DEFAULT_SIZE: Final = 1024


def default_response(size: int = DEFAULT_SIZE) -> BaseMockResponse:
    """Return what is spoilt where nothing was given: text of at least so many bytes."""
    text = _TEXT * -(-size // len(_TEXT))
    return RawResponse(text, headers={"Content-Type": "text/plain"})


def known_size(response: BaseMockResponse | None) -> int | None:
    """Return how many bytes the body has, where that is always the same; `None` if nobody knows."""
    if not isinstance(response, ContentResponse) or response.__ready__ is None:
        return None
    content = response.serialize()
    return len(content) if isinstance(content, bytes) else None


def check_size(name: str, value: object, *, least: int | None = 0) -> int:
    """Return a number of bytes; `ValueError` or `TypeError` that names the argument."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} is no number of bytes: give an integer")
    if least is not None and value < least:
        raise ValueError(f"{name}={value} is no number of bytes: give {least} or more")
    return value


def check_rate(name: str, value: object) -> float:
    """Return bytes a second; `ValueError` or `TypeError` that names the argument."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} is no pace: give bytes a second")
    if not (isfinite(value) and value > 0):
        raise ValueError(f"{name}={value!r} is no pace: give more than 0 bytes a second")
    return float(value)


class AlteringFault(BaseMockResponse):
    """Alters the answer of another response; it counts as `_status`, or as its own if `None`."""

    _status: int | None = None

    def __init__(self, response: BaseMockResponse | None, size: int = DEFAULT_SIZE) -> None:
        if response is not None:
            check_alterable(response)
        self._response: BaseMockResponse = (
            default_response(size) if response is None else check_response(response)
        )

    @abstractmethod
    def _alter(self, steps: Iterator[Step], kind: int) -> Iterator[Step]:
        """Make other steps of them."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Return the altered answer of the response."""
        return await Altered(self._response, self._alter, self._status).response(request)

    def __plan__(self) -> Plan:
        """Alter whatever the response plans, unless a subclass answers in a way of its own."""
        if type(self).response is not AlteringFault.response:
            return self
        return altered(self._response.__plan__(), self._alter, self._status)

    def __rewind__(self) -> None:
        """Let the response begin anew."""
        self._response.__rewind__()


class ScriptedFault(BaseMockResponse):
    """Writes the same to everybody."""

    _status: int = 0

    @abstractmethod
    def _steps(self, kind: int) -> Iterator[Step]:
        """What is written."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Return an answer that writes it."""
        from asyncly.srvmocker._door.answers.scripted import (  # noqa: PLC0415 - it needs aiohttp.web
            by_aiohttp,
        )

        return by_aiohttp(Script(self._status, self._steps))

    def __plan__(self) -> Plan:
        """Write it, unless a subclass answers in a way of its own."""
        if type(self).response is not ScriptedFault.response:
            return self
        return Script(self._status, self._steps)
