"""Server-sent events (WHATWG HTML, section 9.2).

Invariant: what is sent is an event stream that a client reads as it was given; what could not be
(a name with a line break) is refused when it is made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from aiohttp import hdrs

from asyncly.srvmocker._core.answer import check_headers
from asyncly.srvmocker.responses.stream import Source, StreamedResponse
from asyncly.srvmocker.typing import Value

__all__ = ("Comment", "Event", "EventStreamResponse")

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NOT_IN_AN_ID: Final = re.compile(r"[\r\n\0]")


def _data(value: object) -> str:
    if isinstance(value, str):
        text = value
    else:
        try:
            text = json.dumps(value)
        except TypeError as error:
            raise TypeError(f"data={value!r} is neither a str nor JSON: {error}") from None
    if "\n" in text or "\r" in text:
        return "data: " + "\ndata: ".join(_LINE_END.split(text)) + "\n"
    return f"data: {text}\n"


def _check_line(name: str, value: object, forbidden: re.Pattern[str]) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name}={value!r} is no str")
    if found := forbidden.search(value):
        raise ValueError(f"{name}={value!r}: {found[0]!r} cannot be sent in it")


@dataclass(frozen=True)
class Event:
    r"""A server-sent event.

    Args:
        data: A `str`, sent as it is, line by line; any other value is sent as JSON.
        event: The name of the event; without one a client takes it for a `message`.
        id: What the client sends as `Last-Event-ID` when it connects anew.
        retry: How long the client is to wait before it connects anew, in milliseconds.

    Raises:
        TypeError: `data` cannot be written as JSON, `event` or `id` is no `str`, or `retry` no
            integer.
        ValueError: `event` or `id` has a line break, `id` a NUL, or `retry` is negative.

    Example:
        >>> from asyncly.srvmocker import Event
        >>> Event({"price": 3}, event="quote", id="7").encode()
        b'event: quote\nid: 7\ndata: {"price": 3}\n\n'
    """

    data: Value = ""
    event: str | None = None
    id: str | None = None
    retry: int | None = None
    _encoded: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        text = _data(self.data)
        if self.id is not None:
            _check_line("id", self.id, _NOT_IN_AN_ID)
            text = f"id: {self.id}\n{text}"
        if self.event is not None:
            _check_line("event", self.event, _LINE_END)
            text = f"event: {self.event}\n{text}"
        if self.retry is not None:
            text = f"{_retry(self.retry)}{text}"
        object.__setattr__(self, "_encoded", (text + "\n").encode())

    def encode(self) -> bytes:
        """Return the bytes that are sent."""
        return self._encoded


def _retry(milliseconds: int) -> str:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
        raise TypeError(f"retry={milliseconds!r} is not a number of milliseconds")
    if milliseconds < 0:
        raise ValueError(f"retry={milliseconds!r} is negative: give milliseconds, 0 or more")
    return f"retry: {milliseconds}\n"


@dataclass(frozen=True)
class Comment:
    r"""A line that clients skip; servers send it to keep a connection alive.

    Args:
        text: Its text.

    Raises:
        ValueError: It has a line break.
        TypeError: It is no `str`.

    Example:
        >>> from asyncly.srvmocker import Comment
        >>> Comment("ping").encode()
        b': ping\n\n'
    """

    text: str = ""

    def __post_init__(self) -> None:
        _check_line("text", self.text, _LINE_END)

    def encode(self) -> bytes:
        """Return the bytes that are sent."""
        return f": {self.text}\n\n".encode()


EventItem: TypeAlias = Event | Comment | Value
"""What an event stream is made of: anything but these two and `Wait` is the data of an event."""


class EventStreamResponse(StreamedResponse[EventItem]):
    r"""Answers with server-sent events (WHATWG HTML, section 9.2).

    The stream ends behind the last event, and a browser then connects anew; `Wait(math.inf)` at the
    end keeps it open.

    Args:
        events: In a list, or from a function that returns an iterable, asynchronous or not, such as
            a generator function, which is called for each request: `Event`s; a `str`, the data of
            an event; any other value, the same as JSON; `Comment`s; and `Wait`s.
        retry: What the client is told first: how long it is to wait before it connects anew, in
            milliseconds.
        status: The status code.
        headers: Header fields. `Content-Type` is `text/event-stream` and `Cache-Control` is
            `no-cache` unless given here.

    Raises:
        TypeError: `events` is none of these or can be gone through only once, or an event of a list
            cannot be written as JSON.
        ValueError: The status or a header cannot be sent, or `retry` is negative.

    Example:
        >>> from asyncly.srvmocker import Event, EventStreamResponse, MockRoute, start_service
        >>> events = ["hello", Event({"price": 3}, event="quote", id="7")]
        >>> async with start_service([MockRoute("GET", "/events", "events")]) as service:
        ...     service.register("events", EventStreamResponse(events))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         await (await client.get("/events")).text()
        'data: hello\n\nevent: quote\nid: 7\ndata: {"price": 3}\n\n'
    """

    def __init__(
        self,
        events: Source[EventItem],
        *,
        retry: int | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        fields = check_headers(headers)
        fields.setdefault(hdrs.CACHE_CONTROL, "no-cache")
        super().__init__(
            "events",
            events,
            status=status,
            headers=fields,
            content_type="text/event-stream",
            first=b"" if retry is None else f"{_retry(retry)}\n".encode(),
        )

    def _encode(self, part: EventItem) -> bytes:
        if isinstance(part, (Event, Comment)):
            return part.encode()
        return f"{_data(part)}\n".encode()
