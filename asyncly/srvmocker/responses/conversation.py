"""WebSocket conversations: the steps of a script, and the record of what was said.

Invariants: a step is checked and encoded when it is made, and may stand in many scripts. A record
is bounded: of a long conversation the last frames are kept, and how many there were.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, repeat
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from asyncly.srvmocker._core.frames import BINARY, TEXT, encode_frame
from asyncly.srvmocker._core.jsonbody import parse, snapshot
from asyncly.srvmocker.exceptions import ConversationError
from asyncly.srvmocker.responses.stream import Wait
from asyncly.srvmocker.typing import Value

# `Again`, `check_script` and `walk` are for the package's own modules, no part of its interface.
__all__ = (
    "Close",
    "Conversation",
    "Drop",
    "Expect",
    "ExpectClose",
    "Frame",
    "Repeat",
    "Send",
    "Step",
)

FrameKind: TypeAlias = Literal["text", "binary", "ping", "pong", "close"]

_NO_CODE: Final = 1005
_NEVER_SENT: Final = (1004, _NO_CODE, 1006, 1015)
_REASON: Final = 123  # bytes (RFC 6455 section 5.5: the payload has 125, and two are the code)


class Frame(NamedTuple):
    """A frame of a conversation.

    Attributes:
        time: When it was sent or read, in seconds of the monotonic clock.
        direction: `sent` by the mock, or `received` from the client.
        kind: `text`, `binary`, `ping`, `pong` or `close`.
        payload: The text, or the bytes of any other; of a close frame the reason.
        code: The code of a close frame, where it has one.

    Example:
        >>> from asyncly.srvmocker import Frame
        >>> Frame(1.5, "sent", "text", "hello").payload
        'hello'
    """

    time: float
    direction: Literal["sent", "received"]
    kind: FrameKind
    payload: str | bytes
    code: int | None = None


@dataclass(frozen=True)
class Send:
    """Send a message.

    Args:
        message: A `str`, sent as text; `bytes`, sent as binary; any other value is sent as JSON.

    Raises:
        TypeError: `message` cannot be written as JSON.

    Example:
        >>> from asyncly.srvmocker import Send
        >>> Send({"price": 3}).payload
        '{"price": 3}'
    """

    message: Value
    kind: Literal["text", "binary"] = field(init=False, repr=False, compare=False)
    payload: str | bytes = field(init=False, repr=False, compare=False)
    frame: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        message = self.message
        if isinstance(message, (bytes, bytearray, memoryview)):
            binary = bytes(cast("bytes | bytearray | memoryview[int]", message))
            self._set("binary", binary, encode_frame(BINARY, binary))
        else:
            text = message if isinstance(message, str) else _json(message)
            self._set("text", text, encode_frame(TEXT, text.encode()))

    def _set(self, kind: str, payload: str | bytes, frame: bytes) -> None:
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "payload", payload)
        object.__setattr__(self, "frame", frame)


def _json(message: object) -> str:
    try:
        return json.dumps(message)
    except TypeError as error:
        raise TypeError(f"message={message!r} is neither str, bytes nor JSON: {error}") from None


@dataclass(frozen=True)
class Expect:
    """Wait for a message, which must be this one.

    Args:
        message: A `str` or `bytes` that the message equals; a compiled regular expression that
            matches somewhere in it; or any other value, which the message equals or the JSON
            value in it, so that lists, dicts and objects with an `__eq__` of their own will do.

    Example:
        >>> from unittest.mock import ANY
        >>> from asyncly.srvmocker import Expect
        >>> Expect({"op": "login", "token": ANY}).holds('{"token": "t", "op": "login"}')
        True
    """

    message: Value

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", snapshot(self.message))

    def holds(self, message: str | bytes) -> bool:
        """Whether a message is the expected one.

        Args:
            message: The text or the bytes of the message.
        """
        expected = self.message
        if isinstance(expected, (str, bytes)):
            return message == expected
        if isinstance(expected, re.Pattern):
            pattern = cast("re.Pattern[str] | re.Pattern[bytes]", expected)
            if isinstance(pattern.pattern, str):
                return isinstance(message, str) and _found(pattern, message)
            return isinstance(message, bytes) and _found(pattern, message)
        if bool(message == expected):
            return True
        document = parse(message.encode() if isinstance(message, str) else message)
        return document.valid and bool(document.value == expected)


class Again(Expect):
    """What an endless `Repeat` begins with: instead of it the client may close."""


def _found(pattern: re.Pattern[str] | re.Pattern[bytes], message: str | bytes) -> bool:
    search = cast("re.Pattern[str | bytes]", pattern).search  # type: ignore[type-var]  # checked above
    return search(message) is not None


def _check_code(code: object, also: int | None, how: str) -> None:
    if not isinstance(code, int) or isinstance(code, bool):
        raise TypeError(f"code={code!r} is no close code: give an integer, such as 1000")
    if code != also and (not 1000 <= code <= 4999 or code in _NEVER_SENT):
        raise ValueError(
            f"code={code!r} must not be {how} (RFC 6455 section 7.4): give 1000 or "
            "3000 to 4999, or another that the RFC defines"
        )


@dataclass(frozen=True)
class ExpectClose:
    """Wait until the client closes the conversation.

    Args:
        code: The code that it must give; any will do unless given. 1005 stands for none
            (RFC 6455 section 7.4.1).

    Raises:
        ValueError: The code is one that no client can give.
        TypeError: It is no integer.

    Example:
        >>> from asyncly.srvmocker import ExpectClose, Send, WebSocketResponse
        >>> WebSocketResponse([Send("bye"), ExpectClose(1000)])
        <WebSocketResponse of 2 steps, 0 conversations>
    """

    code: int | None = None

    def __post_init__(self) -> None:
        if self.code is not None:
            _check_code(self.code, _NO_CODE, "given")


@dataclass(frozen=True)
class Close:
    """Close the conversation in order.

    Args:
        code: The code (RFC 6455 section 7.4).
        reason: The reason, at most 123 bytes of UTF-8.

    Raises:
        ValueError: The code must not be sent, or the reason is too long.
        TypeError: The code is no integer, or the reason no `str`.

    Example:
        >>> from asyncly.srvmocker import Close
        >>> Close(1006)
        Traceback (most recent call last):
        ValueError: code=1006 must not be sent (RFC 6455 section 7.4): give 1000 or
            3000 to 4999, or another that the RFC defines
    """

    code: int = 1000
    reason: str = ""

    def __post_init__(self) -> None:
        _check_code(self.code, None, "sent")
        if not isinstance(self.reason, str):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may
            raise TypeError(f"reason={self.reason!r} is no str")
        if len(self.reason.encode()) > _REASON:
            raise ValueError(f"reason={self.reason!r} is longer than {_REASON} bytes of UTF-8")


@dataclass(frozen=True)
class Drop:
    """Lose the connection, without a close frame.

    Args:
        reset: With a TCP reset (RST) instead of an end in order (FIN).

    Example:
        >>> from asyncly.srvmocker import Drop, Send, WebSocketResponse
        >>> WebSocketResponse([Send("hello"), Drop()])
        <WebSocketResponse of 2 steps, 0 conversations>
    """

    reset: bool = False


@dataclass(frozen=True)
class Repeat:
    """Take steps again and again.

    Args:
        times: How many times; `None` until the conversation ends: where the first of the steps is
            an `Expect`, the client may close instead.
        steps: The steps.

    Raises:
        TypeError: One of them is no step, or `times` no integer.
        ValueError: There are none, `times` is negative, a step ends the conversation or stands
            behind an endless one, or no step would ever be taken, without an end.

    Example:
        >>> from asyncly.srvmocker import Expect, Repeat, Send, WebSocketResponse
        >>> WebSocketResponse([Repeat(None, [Expect("ping"), Send("pong")])])
        <WebSocketResponse of 1 steps, 0 conversations>
    """

    times: int | None
    steps: "Sequence[Step]"

    def __post_init__(self) -> None:
        times = cast(object, self.times)
        if times is not None and (not isinstance(times, int) or isinstance(times, bool)):
            raise TypeError(f"times={times!r} is no number of times: give an integer, or None")
        if times is not None and times < 0:
            raise ValueError(f"times={times!r} is negative: give a number, or None")
        steps = check_script("steps", self.steps)
        if not steps:
            raise ValueError("Repeat needs at least one step")
        if isinstance(steps[-1], _ENDS):
            raise ValueError(  # noqa: TRY004 - a step, but not here
                f"{steps[-1]!r} ends the conversation, so it cannot be repeated"
            )
        if self.times is None and all(map(_is_nothing, steps)):
            raise ValueError("Repeat(None, ...) needs a step that is taken: it would never end")
        if self.times is None and isinstance(steps[0], Expect):
            steps = (Again(steps[0].message), *steps[1:])
        object.__setattr__(self, "steps", steps)


Step: TypeAlias = Send | Expect | ExpectClose | Close | Drop | Repeat | Wait
"""A step of a script."""

_STEPS: Final = (Send, Expect, ExpectClose, Close, Drop, Repeat, Wait)
_ENDS: Final = (ExpectClose, Close, Drop)


def _is_nothing(step: Step) -> bool:
    """Whether it is taken no times; a `Repeat` of such steps would hold up the event loop."""
    return isinstance(step, Repeat) and (step.times == 0 or all(map(_is_nothing, step.steps)))


def check_script(name: str, steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps; raise unless each is one, and what ends the conversation the last one."""
    if isinstance(steps, (str, bytes, Mapping)) or not isinstance(steps, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may
        raise TypeError(f"{name}={steps!r}: give a list of steps, such as [Send(...), Close()]")
    checked = tuple(steps)
    for position, step in enumerate(checked):
        if not isinstance(cast(object, step), _STEPS):
            raise TypeError(f"{step!r} is no step, such as Send(...) or Expect(...)")
        if isinstance(step, _ENDS) and position < len(checked) - 1:
            raise ValueError(f"{step!r} ends the conversation, so nothing can stand behind it")
        if isinstance(step, Repeat) and step.times is None and position < len(checked) - 1:
            raise ValueError(
                f"{step!r} goes on until the conversation ends, so nothing can stand behind it"
            )
    return checked


def walk(steps: Iterable[Step]) -> Iterator[Step]:
    """Go through the steps, those that are repeated again and again."""
    for step in steps:
        if isinstance(step, Repeat):
            for _ in count() if step.times is None else repeat(None, step.times):
                yield from walk(step.steps)
        else:
            yield step


class Conversation:
    """The record of one conversation.

    Attributes:
        path: The path that was asked for, with its query.
        protocol: The subprotocol that was agreed on, if any.
        sent: How many frames the mock has sent.
        received: How many frames it has received.
        finished: All steps of the script were taken.
        error: What the client did wrong, if anything.

    Example:
        >>> from asyncly.srvmocker import Expect, MockRoute, Send, WebSocketResponse, start_service
        >>> async with start_service([MockRoute("GET", "/ws", "ws")]) as service:
        ...     service.register("ws", chat := WebSocketResponse([Expect("hi"), Send("hello")]))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         async with client.ws_connect("/ws") as socket:
        ...             await socket.send_str("hi")
        ...             said = [message.data async for message in socket]
        >>> said
        ['hello']
        >>> [(frame.direction, frame.payload) for frame in chat.conversations[0].frames[:2]]
        [('received', 'hi'), ('sent', 'hello')]
    """

    __slots__ = ("_frames", "error", "finished", "path", "protocol", "received", "sent")

    def __init__(self, path: str, protocol: str | None = None, *, keep: int = 10_000) -> None:
        self.path: str = path
        self.protocol: str | None = protocol
        self.sent: int = 0
        self.received: int = 0
        self.finished: bool = False
        self.error: ConversationError | None = None
        self._frames: deque[Frame] = deque(maxlen=keep)

    @property
    def frames(self) -> list[Frame]:
        """The frames, oldest first: the last of them, where there were more than are kept."""
        return list(self._frames)

    def add(self, frame: Frame) -> None:
        """Enter a frame into the record."""
        if frame.direction == "sent":
            self.sent += 1
        else:
            self.received += 1
        self._frames.append(frame)

    def __repr__(self) -> str:
        state = "finished" if self.finished else "not finished"
        return f"<Conversation {self.path}: {self.received} received, {self.sent} sent, {state}>"
