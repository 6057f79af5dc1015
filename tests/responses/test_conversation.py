"""The steps of WebSocket scripts, and what a message is compared with."""

import math
import re
from typing import Any, cast
from unittest.mock import ANY

import pytest

from asyncly.srvmocker import (
    Close,
    Conversation,
    Drop,
    Expect,
    ExpectClose,
    Frame,
    Repeat,
    Send,
    Wait,
    WebSocketResponse,
)


@pytest.mark.parametrize(
    ("expected", "message", "holds"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a", b"a", False),
        ("a", '"a"', False),
        (b"a", b"a", True),
        (b"a", "a", False),
        (re.compile("b+"), "abbc", True),
        (re.compile("b+"), "ac", False),
        (re.compile("b+"), b"abc", False),
        (re.compile(b"b+"), b"abc", True),
        (re.compile(b"b+"), "abc", False),
        ({"a": 1}, '{"a": 1.0}', True),
        ({"a": 1}, b'{"a": 1}', True),
        ({"a": 1}, '{"a": 2}', False),
        ({"a": 1}, "{", False),
        ({"a": ANY}, '{"a": [1]}', True),
        ([1, None], "[1, null]", True),
        (None, "null", True),
        (7, "7", True),
        (ANY, "anything", True),
        (ANY, b"\xff", True),
        ({"a": 1}, b"\xff", False),
        ("ä", "ä", True),
    ],
)
def test_a_message_is_compared_with_what_is_expected(
    expected: Any, message: str | bytes, holds: bool
) -> None:
    assert Expect(expected).holds(message) is holds


@pytest.mark.parametrize(
    ("message", "kind", "payload"),
    [
        ("ä", "text", "ä"),
        (b"a", "binary", b"a"),
        (bytearray(b"a"), "binary", b"a"),
        (memoryview(b"a"), "binary", b"a"),
        ({"a": None}, "text", '{"a": null}'),
        (7, "text", "7"),
    ],
)
def test_a_message_is_text_bytes_or_json(message: Any, kind: str, payload: str | bytes) -> None:
    send = Send(message)
    assert (send.kind, send.payload) == (kind, payload)
    assert send == Send(message)
    assert repr(send) == f"Send(message={message!r})"


CODE = (
    "code={} must not be sent (RFC 6455 section 7.4): give 1000 or 3000 to 4999, "
    "or another that the RFC defines"
)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (
            lambda: Send({1}),
            TypeError,
            (
                "message={1} is neither str, bytes nor JSON: "
                "Object of type set is not JSON serializable"
            ),
        ),
        (
            lambda: Close(cast(int, "1000")),
            TypeError,
            "code='1000' is no close code: give an integer, such as 1000",
        ),
        (lambda: Close(reason=cast(str, None)), TypeError, "reason=None is no str"),
        (
            lambda: ExpectClose(True),
            TypeError,
            "code=True is no close code: give an integer, such as 1000",
        ),
        (lambda: ExpectClose(1006), ValueError, CODE.format(1006).replace("sent", "given")),
        (lambda: ExpectClose(99), ValueError, CODE.format(99).replace("sent", "given")),
        (
            lambda: Repeat(cast(int, 1.5), [Send("a")]),
            TypeError,
            "times=1.5 is no number of times: give an integer, or None",
        ),
        (
            lambda: Repeat(True, [Send("a")]),
            TypeError,
            "times=True is no number of times: give an integer, or None",
        ),
        (
            lambda: Repeat(None, [Repeat(0, [Send("a")]), Repeat(2, [Repeat(0, [Send("a")])])]),
            ValueError,
            "Repeat(None, ...) needs a step that is taken: it would never end",
        ),
        (
            lambda: Repeat(2, cast(Any, Send("a"))),
            TypeError,
            "steps=Send(message='a'): give a list of steps, such as [Send(...), Close()]",
        ),
        (
            lambda: WebSocketResponse(cast(Any, "")),
            TypeError,
            "script='': give a list of steps, such as [Send(...), Close()]",
        ),
        (
            lambda: WebSocketResponse([Repeat(None, [Expect("a")]), Send("b")]),
            ValueError,
            (
                f"{Repeat(None, [Expect('a')])!r} goes on until the conversation ends, so nothing "
                "can stand behind it"
            ),
        ),
        (
            lambda: WebSocketResponse([], protocols=cast(Any, 7)),
            TypeError,
            "protocols=7: give a list of them",
        ),
        (
            lambda: WebSocketResponse([], protocols=cast(Any, [7])),
            TypeError,
            "protocols has 7, which is no str",
        ),
        (
            lambda: WebSocketResponse([], protocols=["v1, v2"]),
            ValueError,
            "protocols has 'v1, v2', which is no token (RFC 6455 section 4.1)",
        ),
        (
            lambda: WebSocketResponse([], keep_frames=cast(int, math.inf)),
            TypeError,
            "keep_frames=inf: give an integer",
        ),
        (lambda: Close(999), ValueError, CODE.format(999)),
        (lambda: Close(5000), ValueError, CODE.format(5000)),
        (lambda: Close(1005), ValueError, CODE.format(1005)),
        (
            lambda: Close(1000, "ä" * 62),
            ValueError,
            f"reason={'ä' * 62!r} is longer than 123 bytes of UTF-8",
        ),
        (
            lambda: Repeat(-1, [Send("a")]),
            ValueError,
            "times=-1 is negative: give a number, or None",
        ),
        (lambda: Repeat(1, []), ValueError, "Repeat needs at least one step"),
        (
            lambda: Repeat(2, [Send("a"), Drop()]),
            ValueError,
            "Drop(reset=False) ends the conversation, so it cannot be repeated",
        ),
        (
            lambda: Repeat(2, cast(Any, ["a"])),
            TypeError,
            "'a' is no step, such as Send(...) or Expect(...)",
        ),
        (
            lambda: WebSocketResponse(cast(Any, [None])),
            TypeError,
            "None is no step, such as Send(...) or Expect(...)",
        ),
        (
            lambda: WebSocketResponse([Close(), Send("a")]),
            ValueError,
            "Close(code=1000, reason='') ends the conversation, so nothing can stand behind it",
        ),
        (
            lambda: WebSocketResponse([], protocols="chat"),
            TypeError,
            "protocols='chat': give a list of them",
        ),
        (
            lambda: WebSocketResponse([], keep_frames=0),
            ValueError,
            "keep_frames=0: give a positive number",
        ),
        (
            lambda: WebSocketResponse([], keep_conversations=0),
            ValueError,
            "keep_conversations=0: give a positive number",
        ),
        (
            lambda: WebSocketResponse([], max_message_size=0),
            ValueError,
            "max_message_size=0: give a positive number",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=f"^{re.escape(text)}$"):
        make()


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4999])
def test_the_codes_that_may_be_sent(code: int) -> None:
    assert Close(code, "ä" * 61 + "a").code == code


def test_what_is_expected_does_not_change() -> None:
    wanted = {"a": [1]}
    step = Expect(wanted)
    wanted["a"].append(2)
    assert step.holds('{"a": [1]}')
    assert not step.holds('{"a": [1, 2]}')


def test_steps_are_values() -> None:
    steps = [Expect("a"), ExpectClose(1000), Repeat(None, [Expect("a"), Wait(1)]), Drop(reset=True)]
    assert len(set(map(repr, steps))) == 4
    assert Repeat(2, [Send("a")]) == Repeat(2, (Send("a"),))


def test_a_record_keeps_the_last_frames_and_counts_all() -> None:
    conversation = Conversation("/ws", keep=2)
    assert repr(conversation) == "<Conversation /ws: 0 received, 0 sent, not finished>"
    frames = [
        Frame(1, "sent", "text", "a"),
        Frame(2, "received", "text", "b"),
        Frame(3, "sent", "binary", b"c"),
    ]
    for frame in frames:
        conversation.add(frame)
    conversation.finished = True
    assert conversation.frames == frames[1:]
    assert repr(conversation) == "<Conversation /ws: 1 received, 2 sent, finished>"
