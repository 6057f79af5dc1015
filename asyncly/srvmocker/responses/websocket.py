"""WebSockets that follow a script.

aiohttp does the handshake and reads; messages are written as frames that were encoded when the
script was made, many at once where nothing stands between them.

Invariants: what the client sends is read in order, and judged by the `Expect` whose turn it is;
what it sends during a `Wait` waits for that. Nothing is written behind a close frame. Each frame is
on record in the order in which it was sent or read.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from functools import partial
from math import inf
from time import monotonic
from typing import ClassVar, Final, Literal, TypeAlias, cast

from aiohttp import WebSocketError, WSCloseCode, WSMsgType

from asyncly.srvmocker._core.answer import is_token
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.plans import Parting
from asyncly.srvmocker._door.answers.scripts import reset_connection
from asyncly.srvmocker.exceptions import ConversationError
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.responses.conversation import (
    Again,
    Close,
    Conversation,
    Drop,
    Expect,
    ExpectClose,
    Frame,
    Send,
    Step,
    check_script,
    walk,
)
from asyncly.srvmocker.responses.stream import Wait

__all__ = ("WebSocketResponse",)

_BLOCK: Final = 1 << 16  # bytes that are written at once
_REASON: Final = 123  # bytes
_UNREAD: Final = 1000  # messages that came before their turn; more are left to the socket
_SOON: Final = 1e-6  # seconds: what has come is read, and the other connections have their turn
_CLOSING: Final = 2.0  # seconds that a client has to answer a close frame
_SHOWN: Final = 200  # characters of a message in an error

_Message: TypeAlias = str | bytes


class _Left(Exception):  # noqa: N818 - no error: the client has closed the conversation
    def __init__(self, code: int | None) -> None:
        super().__init__("" if code is None else f" ({code})")
        self.code = code


class WebSocketResponse(BaseMockResponse):
    """Follows a script in a WebSocket conversation, and records its frames.

    A client that sends something else than what is expected, or closes the conversation while
    something is expected, is a `ConversationError` in `MockService.errors`, and sees a close frame
    with code 1008 and the reason. One that closes while the script sends or waits just ends it.
    Behind the last step the conversation is closed with code 1000. Pings are answered. A request
    that asks for no WebSocket gets a 400.

    Args:
        script: The steps, which each conversation takes anew: `Send`, `Expect`, `ExpectClose`,
            `Close`, `Drop`, `Wait` and `Repeat`.
        protocols: The subprotocols that are spoken.
        max_message_size: The largest message that a client may send, in bytes.
        keep_frames: How many frames of each conversation are kept; the last ones.
        keep_conversations: How many conversations are kept; the last ones.

    Raises:
        TypeError: One of the steps is none, `protocols` is no list of strings, or a number is no
            integer.
        ValueError: A step stands behind one that ends the conversation or that goes on until it
            ends, a protocol is no token (RFC 6455 section 4.1), or a number is not positive.

    Example:
        >>> from asyncly.srvmocker import Close, Expect, MockRoute, Send, WebSocketResponse
        >>> from asyncly.srvmocker import start_service
        >>> script = [Expect({"op": "hello"}), Send({"op": "welcome"}), Close(4000, "full")]
        >>> async with start_service([MockRoute("GET", "/ws", "ws")]) as service:
        ...     service.register("ws", WebSocketResponse(script))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         async with client.ws_connect("/ws") as socket:
        ...             await socket.send_json({"op": "hello"})
        ...             await socket.receive_json()
        ...             (await socket.receive()).data
        {'op': 'welcome'}
        4000
    """

    __writes_itself__: ClassVar[bool] = True
    """Nothing can alter its bytes on their way."""

    def __init__(
        self,
        script: Iterable[Step],
        *,
        protocols: Iterable[str] = (),
        max_message_size: int = 4 * 1024 * 1024,
        keep_frames: int = 10_000,
        keep_conversations: int = 1_000,
    ) -> None:
        self._script: tuple[Step, ...] = check_script("script", script)
        self._protocols: tuple[str, ...] = _check_protocols(protocols)
        numbers: dict[str, object] = {
            "max_message_size": max_message_size,
            "keep_frames": keep_frames,
            "keep_conversations": keep_conversations,
        }
        for name, number in numbers.items():
            if not isinstance(number, int) or isinstance(number, bool):
                raise TypeError(f"{name}={number!r}: give an integer")
            if number < 1:
                raise ValueError(f"{name}={number!r}: give a positive number")
        self._max_message_size: int = max_message_size
        self._keep_frames: int = keep_frames
        self._conversations: deque[Conversation] = deque(maxlen=keep_conversations)

    @property
    def conversations(self) -> list[Conversation]:
        """The record of each conversation, oldest first, those that go on included."""
        return list(self._conversations)

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Hold a conversation; returns when it is over."""
        socket = web.WebSocketResponse(
            protocols=self._protocols,
            compress=False,  # what is written was encoded before
            autoping=False,  # pings are on record, too
            timeout=_CLOSING,
            max_msg_size=self._max_message_size,
        )
        await socket.prepare(request)
        conversation = Conversation(request.path_qs, socket.ws_protocol, keep=self._keep_frames)
        self._conversations.append(conversation)
        await _Talk(request, socket, conversation).follow(self._script)
        return socket

    def __rewind__(self) -> None:
        """Forget the conversations."""
        self._conversations.clear()

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} of {len(self._script)} steps, "
            f"{len(self._conversations)} conversations>"
        )


def _check_protocols(protocols: object) -> tuple[str, ...]:
    if isinstance(protocols, (str, bytes)) or not isinstance(protocols, Iterable):
        raise TypeError(f"protocols={protocols!r}: give a list of them")
    names = tuple(cast("Iterable[object]", protocols))
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"protocols has {name!r}, which is no str")
        if not is_token(name):
            raise ValueError(f"protocols has {name!r}, which is no token (RFC 6455 section 4.1)")
    return cast("tuple[str, ...]", names)


# What is marked as not covered is: where an exception has come out of aiohttp's compiled reader
# (of a time-out, of a broken frame), Python 3.11 traces nothing until the task is next resumed.


class _Talk:
    """The mock's side of a conversation."""

    __slots__ = ("_conversation", "_left", "_record", "_request", "_socket", "_unread")

    def __init__(
        self,
        request: web.Request,
        socket: web.WebSocketResponse[Literal[True]],
        conversation: Conversation,
    ) -> None:
        self._request = request
        self._socket = socket
        self._conversation = conversation
        self._record = conversation.add
        self._unread: deque[_Message] = deque()
        self._left: _Left | None = None

    async def follow(self, script: tuple[Step, ...]) -> None:
        """Take the steps; raises a `ConversationError`, with what the client is told."""
        try:
            last = await self._take(script)
            if isinstance(last, ExpectClose):
                await self._expect_close(last)
            self._conversation.finished = True
            if isinstance(last, Drop):
                self._drop(last)
            elif isinstance(last, Close):
                await self._leave(last)
        except _Left:
            return
        except ConversationError as error:
            self._conversation.error = error
            tell = partial(self._close, WSCloseCode.POLICY_VIOLATION, str(error))
            raise Parting(error, tell) from None

    async def _take(self, script: tuple[Step, ...]) -> Close | Drop | ExpectClose:
        """Take the steps up to what ends the conversation, which is returned."""
        ready: list[bytes] = []  # to be written
        size = 0
        record, unread = self._record, self._unread
        for step in walk(script):
            if isinstance(step, Send):
                if self._left is not None:  # nobody gets it, so it must not be on record
                    raise self._left
                ready.append(step.frame)
                record(Frame(monotonic(), "sent", step.kind, step.payload))
                size += len(step.frame)
                if size < _BLOCK:
                    continue
            if ready:
                await self._write(b"".join(ready))
                ready.clear()
                if size >= _BLOCK:
                    await self._look(_SOON)
                size = 0
            if isinstance(step, Expect):
                message = unread.popleft() if unread else await self._expected(step)
                if not step.holds(message):
                    raise ConversationError(
                        f"expected {_shown(step.message)}, the client sent {_shown(message)}"
                    )
            elif isinstance(step, Wait):
                await self._look(step.seconds)
            elif isinstance(step, (Close, Drop, ExpectClose)):  # pragma: no branch - see above
                return step
        if ready:
            await self._write(b"".join(ready))
        return Close()

    async def _expected(self, step: Expect) -> _Message:
        try:
            return await self._receive()
        except _Left as left:
            if isinstance(step, Again):  # an endless script ends when its client says so
                self._conversation.finished = True
                raise
            raise ConversationError(
                f"expected {_shown(step.message)}, the client closed the conversation{left}"
            ) from None

    async def _expect_close(self, step: ExpectClose) -> None:
        try:
            message = self._unread.popleft() if self._unread else await self._receive()
        except _Left as left:
            if step.code in (None, left.code or 1005):
                return
            raise ConversationError(
                f"expected that the client closes the conversation ({step.code}), it did so{left}"
            ) from None
        raise ConversationError(
            f"expected that the client closes the conversation, it sent {_shown(message)}"
        )

    async def _leave(self, last: Close) -> None:
        """Close in order, unless the client has sent what nothing has expected."""
        if not self._unread:
            await self._look(_SOON)
        if self._unread:  # pragma: no branch - see above
            raise ConversationError(
                f"nothing more was expected, the client sent {_shown(self._unread[0])}"
            )
        await self._close(last.code, last.reason)

    async def _look(self, seconds: float) -> None:
        """Wait for so long, and read meanwhile."""
        if self._left is not None:
            raise self._left
        until = monotonic() + seconds
        while len(self._unread) < _UNREAD:
            try:
                self._unread.append(await self._receive(max(until - monotonic(), _SOON)))
            except TimeoutError:
                return
            except _Left as left:
                self._left = left
                return
        never = asyncio.get_running_loop().create_future()
        rest = None if seconds == inf else max(until - monotonic(), 0)
        await asyncio.wait([never], timeout=rest)

    async def _receive(self, seconds: float = inf) -> _Message:
        """Read the next message; what else comes is dealt with."""
        if self._left is not None:
            raise self._left
        record = self._record
        while True:
            read = await self._socket.receive(None if seconds == inf else seconds)
            kind, payload = read.type, read.data
            if kind is WSMsgType.TEXT:
                record(Frame(monotonic(), "received", "text", payload))
                return cast(str, payload)
            if kind is WSMsgType.BINARY:
                record(Frame(monotonic(), "received", "binary", payload))
                return cast(bytes, payload)
            if kind is WSMsgType.PING:
                record(Frame(monotonic(), "received", "ping", bytes(payload)))
                await self._socket.pong(payload)
                record(Frame(monotonic(), "sent", "pong", bytes(payload)))
            elif kind is WSMsgType.PONG:
                record(Frame(monotonic(), "received", "pong", bytes(payload)))
            elif kind is WSMsgType.CLOSE:  # which aiohttp has answered
                code = cast(int, payload) or None
                record(Frame(monotonic(), "received", "close", read.extra or "", code))
                record(Frame(monotonic(), "sent", "close", "", 1000))
                raise _Left(code)
            else:  # pragma: no cover - see above
                code = int(payload.code) if isinstance(payload, WebSocketError) else None
                record(Frame(monotonic(), "sent", "close", "", code))
                raise ConversationError(f"the client broke the protocol: {payload}")

    async def _write(self, data: bytes) -> None:
        transport = self._request.transport
        if transport is None or transport.is_closing():
            raise _Left(None)
        transport.write(data)
        await self._request.writer.drain()

    async def _close(self, code: int, reason: str) -> None:
        if self._socket.closed:
            return
        text = reason.encode()[:_REASON].decode(errors="ignore")
        self._record(Frame(monotonic(), "sent", "close", text, int(code)))
        await self._socket.close(code=code, message=text.encode())
        answer = self._socket.close_code
        if answer != WSCloseCode.ABNORMAL_CLOSURE:  # pragma: no branch - see above
            self._record(Frame(monotonic(), "received", "close", "", answer or None))

    def _drop(self, step: Drop) -> None:
        transport = self._request.transport
        assert transport is not None, "who is lost is cancelled"
        if step.reset:
            reset_connection(transport)
        else:
            transport.close()


def _shown(message: object) -> str:
    text = repr(message)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
