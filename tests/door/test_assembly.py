"""Bytes in, whole requests out, without a socket."""

import pytest

from asyncly.srvmocker._door.assembly import Assembler, Message, Refusal, is_host_value
from asyncly.srvmocker._door.limits import Limits


class Taker:
    """Takes what an assembler hands over, in order."""

    def __init__(self, **limits: int) -> None:
        self.taken: list[Message | str] = []
        self.assembler = Assembler(
            Limits(**limits),
            deliver=self.taken.append,
            on_continue=lambda: self.taken.append("continue"),
            on_oversized=lambda message: self.taken.append(f"oversized {message.method}"),
        )

    def feed(self, *segments: bytes) -> "Taker":
        for segment in segments:
            self.assembler.feed(segment)
        return self

    @property
    def messages(self) -> list[Message]:
        return [taken for taken in self.taken if isinstance(taken, Message)]


POST = b"POST /a?b HTTP/1.1\r\nHost: a\r\nX: 1\r\nContent-Length: 3\r\n\r\nabc"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_whole_request() -> None:
    (message,) = Taker().feed(POST).messages
    assert (message.method, message.target, message.version) == ("POST", "/a?b", "1.1")
    assert message.head == POST[:-7]
    assert message.body == b"abc"
    assert message.keep_alive
    assert (message.upgrade, message.oversized, message.content_encoding) == (False, False, b"")


def test_a_request_without_fields() -> None:
    (message,) = Taker().feed(b"GET / HTTP/1.0\r\n\r\n").messages
    assert message.head == b"GET / HTTP/1.0"
    assert not message.keep_alive


def test_the_place_in_the_stream_is_known() -> None:
    taker = Taker()
    seen: list[tuple[bool, bool, bool]] = []
    for segment in (b"POST ", b"/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n", b"a", b"b"):
        taker.feed(segment)
        assembler = taker.assembler
        seen.append((assembler.in_head, assembler.in_body, assembler.at_boundary))
    assert seen == [
        (True, False, False),
        (False, True, False),
        (False, True, False),
        (False, False, True),
    ]
    assert taker.assembler.begun == 1


def test_trailers_are_no_fields() -> None:
    wire = b"1;x=y\r\na\r\n2\r\nbc\r\n0\r\nX: y\r\nHost: b\r\n\r\n"
    (message,) = Taker().feed(CHUNKED + wire).messages
    assert message.body == b"abc"
    assert message.head + b"\r\n\r\n" == CHUNKED


def test_the_bytes_behind_a_wish_for_a_websocket_are_kept() -> None:
    wish = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n\r\n"
    taker = Taker().feed(wish + b"frames")
    assert [message.upgrade for message in taker.messages] == [True]
    assert taker.assembler.behind_upgrade == b"frames"
    taker.feed(POST)  # it was declined
    assert [message.upgrade for message in taker.messages] == [True, False]


def test_a_wish_that_is_ignored_stays_in_the_head() -> None:
    head = (
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n"
        b"Content-Length: 3\r\n\r\n"
    )
    (message, other) = Taker().feed(head + b"abc" + POST).messages
    assert message.head + b"\r\n\r\n" == head
    assert (message.body, other.body) == (b"abc", b"abc")


def test_after_a_refusal_nothing_is_delivered() -> None:
    taker = Taker().feed(POST)
    for segment in (b"\0", POST, b""):
        with pytest.raises(Refusal, match=r"^400 Invalid method encountered$") as caught:
            taker.feed(segment)
        assert (caught.value.status, caught.value.head) == (400, False)
    assert len(taker.taken) == 1


def test_a_refusal_knows_head() -> None:
    with pytest.raises(Refusal, match=r"^400 no Host header$") as caught:
        Taker().feed(b"HEAD / HTTP/1.1\r\n\r\n")
    assert caught.value.head


def test_behind_the_last_request_is_nothing() -> None:
    taker = Taker().feed(POST.replace(b"X: 1", b"Connection: close") + b"\0\0", POST, b"\0")
    assert len(taker.taken) == 1
    wish = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\nUpgrade: h2c\r\n\r\n"
    taker = Taker().feed(wish + POST, POST)
    assert len(taker.taken) == 1


def test_a_body_is_asked_for() -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    taker = Taker().feed(head)
    assert taker.taken == ["continue"]
    assert taker.feed(b"abc").messages[0].body == b"abc"
    taker = Taker(client_max_size=2).feed(head, b"abc")
    assert taker.taken == ["oversized POST"]


def test_too_large_a_body_is_told_once_and_dropped() -> None:
    taker = Taker(client_max_size=2).feed(POST, POST)
    assert taker.taken == ["oversized POST"] * 2
    taker = Taker(client_max_size=2)
    taker.feed(CHUNKED, b"2\r\nab\r\n", b"1\r\nc\r\n", b"1\r\nd\r\n")
    assert taker.taken == ["oversized POST"]
    taker.feed(b"0\r\n\r\n" + POST.replace(b"Length: 3", b"Length: 2")[:-1])
    assert [message.body for message in taker.messages] == [b"ab"]


def test_a_field_without_an_end_is_refused() -> None:
    taker = Taker(max_field_size=100).feed(b"GET / HTTP/1.1\r\nHost: a\r\nX:")
    with pytest.raises(Refusal, match=r"^431 header field too large$"):
        taker.feed(*(b"y" * 1000,) * 100)


def test_names_of_fields_do_not_make_memory_grow() -> None:
    taker = Taker(max_headers=0)
    fields = b"".join(b"X%d: y\r\n" % number for number in range(1000))
    taker.feed(b"GET / HTTP/1.1\r\nHost: a\r\n" + fields + b"hOsT: a\r\n", b"Z: \r\n")
    with pytest.raises(Refusal, match=r"^400 more than one Host header$"):
        taker.feed(b"\r\n")


def test_an_error_of_the_taker_is_not_swallowed() -> None:
    def fail(message: Message) -> None:
        raise LookupError(message.method)

    assembler = Assembler(
        Limits(), deliver=fail, on_continue=lambda: None, on_oversized=lambda _: None
    )
    with pytest.raises(Exception, match="callback error") as caught:
        assembler.feed(POST)
    assert isinstance(caught.value.__context__, LookupError)


@pytest.mark.parametrize("value", [b"", b"a", b"a.b:80", b"a:", b"1.2.3.4", b"[::1]:80", b"%41"])
def test_a_host(value: bytes) -> None:
    assert is_host_value(value)


@pytest.mark.parametrize("value", [b"a b", b"a/b", b"u@a", b"a:b", b"a:1:2", b"[::1", b"a[", b"%4"])
def test_no_host(value: bytes) -> None:
    assert not is_host_value(value)
