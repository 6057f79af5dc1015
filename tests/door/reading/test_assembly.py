"""The parser at the door: literal bytes in, whole requests or one refusal out, however cut."""

import pytest

from asyncly.srvmocker._door.reading.assembly import Assembler, Message, Refusal
from asyncly.srvmocker._door.reading.limits import Limits
from tests.door.heard import CONTINUE, Heard, bytewise, hear


def head_of(message: Message) -> bytes:
    return b"\r\n".join(part for part in (message.start, message.fields) if part)


def heard_either_way(data: bytes, limits: Limits | None = None) -> Heard:
    """The one verdict on these bytes, whole and cut everywhere."""
    whole, cut = hear(data, limits=limits), hear(*bytewise(data), limits=limits)
    assert cut.requests == whole.requests
    assert cut[1:] == whole[1:]
    return whole


def test_all_that_is_known_of_a_request() -> None:
    data = b"POST /a?b=%20 HTTP/1.1\r\nhost: a:80\r\nX:  1 \r\nContent-Length: 3\r\n\r\nabc"
    message = heard_either_way(data).only
    assert head_of(message) == b"POST /a?b=%20 HTTP/1.1\r\nhost: a:80\r\nX: 1 \r\nContent-Length: 3"
    assert (message.method, message.target, message.version) == ("POST", "/a?b=%20", "1.1")
    assert message.body == b"abc"
    assert message.keep_alive
    assert not message.upgrade
    assert not message.oversized
    assert message.content_encoding == b""


def test_a_request_without_header_fields() -> None:
    message = heard_either_way(b"GET / HTTP/1.0\r\n\r\n").only
    assert head_of(message) == b"GET / HTTP/1.0"
    assert not message.keep_alive


def test_chunks_are_joined_and_trailers_are_no_header_fields() -> None:
    data = (
        b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\nContent-Encoding: gzip \r\n"
        b'\r\n2;a="b"\r\nab\r\n01\r\nc\r\n0\r\nHost: b\r\nExpect: c\r\n\r\n'
    )
    message = heard_either_way(data).only
    assert message.body == b"abc"
    assert b"Expect" not in head_of(message)
    assert message.content_encoding == b"gzip"


def test_requests_one_behind_the_other() -> None:
    data = (
        b"\r\nPOST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nGET"
        b"POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
        b"HEAD /3 HTTP/1.1\r\nHost: a\r\n\r\n"
    )
    heard = heard_either_way(data)
    assert heard.requests == [("POST", "/1", b"GET"), ("POST", "/2", b""), ("HEAD", "/3", b"")]
    assert heard.refusal is None
    assert heard.at_boundary


@pytest.mark.parametrize(
    "data",
    [
        b"G",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
    ],
)
def test_half_a_request_is_none(data: bytes) -> None:
    assert heard_either_way(data) == Heard([], None, at_boundary=False, behind_upgrade=b"")


@pytest.mark.parametrize(
    "data",
    [
        b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /a HTTP/1.0\r\n\r\n",
    ],
)
@pytest.mark.parametrize("behind", [b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n", b"\x00", b"G@T"])
def test_nothing_comes_behind_a_last_request(data: bytes, behind: bytes) -> None:
    heard = heard_either_way(data + behind)
    assert heard.requests == [("GET", "/a", b"")]
    assert heard.refusal is None


HOST = b"Host: a\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (b"G@T / HTTP/1.1\r\n", 400, "Invalid method encountered"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX y: z\r\n\r\n", 400, "Invalid header token"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "no Host header"),
        (b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400, "more than one Host header"),
        (b"GET / HTTP/1.0\r\n" + HOST + HOST + b"\r\n", 400, "more than one Host header"),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "invalid Host header"),
        (b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400, "invalid Host header"),
        (b"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400, "invalid Host header"),
        (b"GET / HTTP/1.2\r\n", 505, "Invalid HTTP version"),
        (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505, "HTTP/2.0 is not spoken"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "Pause on PRI/Upgrade"),
        (
            b"PUT / HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n",
            400,
            "Transfer-Encoding in an HTTP/1.0 request",
        ),
        (
            b"PUT / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
            501,
            "transfer coding other than chunked",
        ),
        (
            b"PUT / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n" + CHUNKED,
            400,
            "Transfer-Encoding can't be present with Content-Length",
        ),
        (
            b"PUT / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\nx",
            400,
            "Invalid character in chunk size",
        ),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Expect: x\r\n\r\n", 417, "unknown expectation"),
        (
            b"CONNECT a:80 HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n\r\n",
            400,
            "a CONNECT request has no body",
        ),
    ],
)
def test_refused(data: bytes, status: int, reason: str) -> None:
    expected = Heard([], (status, reason, False), at_boundary=False, behind_upgrade=b"")
    assert heard_either_way(data) == expected


def test_an_empty_transfer_coding_is_refused() -> None:
    heard = heard_either_way(b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \r\n\r\n")
    assert heard.events == []
    assert heard.refusal is not None
    assert heard.refusal[0] == 400
    # The older httptools reports it like any other field.
    older = Assembler(Limits(), deliver=print, on_continue=print, on_oversized=print)
    with pytest.raises(Refusal, match=r"^400 empty Transfer-Encoding header$"):
        older.on_header(b"Transfer-Encoding", b" ")


@pytest.mark.parametrize("first", [b"Transfer-Encoding: gzip\r\n", CHUNKED])
def test_a_second_transfer_coding_is_refused(first: bytes) -> None:
    heard = heard_either_way(b"PUT / HTTP/1.1\r\nHost: a\r\n" + first + CHUNKED + b"\r\n")
    assert heard.events == []
    assert heard.refusal is not None
    assert heard.refusal[0] == 400


def test_a_refusal_says_whether_it_answers_head() -> None:
    assert hear(b"HEAD / HTTP/1.1\r\n\r\n").refusal == (400, "no Host header", True)
    assert hear(b"\x00").refusal == (400, "Invalid method encountered", False)


def test_what_was_refused_stays_refused() -> None:
    good = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    heard = hear(good, b"GET / HTTP/1.1\r\n\r\n", good)
    assert heard.requests == [("GET", "/", b"")]
    assert heard.refusal == (400, "no Host header", False)
    assert str(Refusal(400, "no Host header")) == "400 no Host header"


SMALL = Limits(client_max_size=4, max_line_size=8, max_field_size=8, max_headers=3)
LARGE_FIELD = (431, "header field too large", False)
MANY_FIELDS = (431, "too many header fields", False)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"GET /1234567 HTTP/1.1\r\nHost: a\r\nA: 1234567\r\nB:\r\n\r\n", None),
        (b"GET /12345678 HTTP/1.1\r\n", (414, "request target too long", False)),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA: 12345678\r\n\r\n", LARGE_FIELD),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", MANY_FIELDS),
    ],
)
def test_the_limits_of_a_head(data: bytes, refusal: tuple[int, str, bool] | None) -> None:
    heard = heard_either_way(data, SMALL)
    assert heard.refusal == refusal
    assert len(heard.events) == (refusal is None)


def test_trailers_count_towards_the_limits() -> None:
    limits = Limits(max_headers=3)
    data = b"PUT / HTTP/1.1\r\nHost: a\r\n" + CHUNKED + b"\r\n0\r\nA: 1\r\n"
    assert heard_either_way(data + b"\r\n", limits).requests == [("PUT", "/", b"")]
    heard = heard_either_way(data + b"B: 2\r\n\r\n", limits)
    assert heard == Heard([], MANY_FIELDS, at_boundary=False, behind_upgrade=b"")


@pytest.mark.parametrize("filler", [b"x", b" "])
def test_a_field_that_does_not_end_is_refused(filler: bytes) -> None:
    start = b"GET / HTTP/1.1\r\nHost: a\r\nX:"
    segments = [filler * 1000] * 80
    heard = hear(start, *segments, limits=Limits(max_field_size=1000))
    assert heard.refusal == LARGE_FIELD
    assert hear(start, *segments[:60], limits=Limits(max_field_size=1000)).refusal is None


def test_no_limits_at_all() -> None:
    limits = Limits(client_max_size=0, max_line_size=0, max_field_size=0, max_headers=0)
    fields = b"".join(b"X-%d: %b\r\n" % (number, b"x" * number) for number in range(300))
    target = b"/" + b"x" * 20_000
    body = b"x" * (2 << 20)
    data = b"PUT %b HTTP/1.1\r\nHost: a\r\n%bContent-Length: %d\r\n\r\n%b" % (
        *(target, fields, len(body), body),
    )
    assert hear(data, limits=limits).requests == [("PUT", target.decode(), body)]


@pytest.mark.parametrize(
    "framed", [b"Content-Length: 5\r\n\r\n12345", CHUNKED + b"\r\n2\r\n12\r\n3\r\n345\r\n0\r\n\r\n"]
)
def test_a_body_that_is_too_large_is_told_once_and_dropped(framed: bytes) -> None:
    behind = b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n"
    heard = heard_either_way(
        b"PUT /a HTTP/1.1\r\nHost: a\r\n" + framed + behind, Limits(client_max_size=4)
    )
    assert heard.requests == [("PUT", "/a", b""), ("GET", "/b", b"")]
    assert [isinstance(event, Message) and event.oversized for event in heard.events] == [
        *(True, False)
    ]


def test_a_body_as_large_as_may_be() -> None:
    data = b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n1234"
    assert not heard_either_way(data, Limits(client_max_size=4)).only.oversized


@pytest.mark.parametrize(
    "field",
    [
        b"Connection: close\r\n",
        b"Expect: 100-continue\r\n",
        b"Connection: close, upgrade\r\nUpgrade: websocket\r\n",
    ],
)
def test_what_a_large_body_makes_the_last_request(field: bytes) -> None:
    """Who asks to close, or waited to be asked, is not read on."""
    data = b"PUT / HTTP/1.1\r\nHost: a\r\n" + field + b"Content-Length: 5\r\n\r\n"
    message = heard_either_way(data + b"12345\x00", Limits(client_max_size=4)).only
    assert message.oversized
    assert not message.keep_alive


@pytest.mark.parametrize(
    ("head", "events"),
    [
        (b"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n", 1),
        (b"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n" + CHUNKED + b"\r\n", 1),
        (b"PUT / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", 0),
    ],
)
def test_who_waits_to_be_asked_is_asked(head: bytes, events: int) -> None:
    assert heard_either_way(head).events == [CONTINUE] * events


def test_who_waits_without_a_body_is_answered() -> None:
    data = b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n"
    assert heard_either_way(data).only.method == "GET"


WEBSOCKET = b"Connection: upgrade\r\nUpgrade: WebSocket\r\n"


@pytest.mark.parametrize("field", [b"", b"Content-Length: 0\r\n"])
def test_what_is_behind_a_websocket_handshake_is_kept(field: bytes) -> None:
    heard = hear(b"GET / HTTP/1.1\r\nHost: a\r\n" + WEBSOCKET + field + b"\r\n\x81\x00")
    assert heard.only.upgrade
    assert heard.behind_upgrade == b"\x81\x00"


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
        b"GET / HTTP/1.0\r\nConnection: keep-alive, upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\n" + WEBSOCKET + b"Content-Length: 3\r\n\r\nabc",
        b"PUT / HTTP/1.1\r\n" + WEBSOCKET + HOST + CHUNKED + b"\r\n3\r\nabc\r\n0\r\n\r\n",
        b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_a_wish_for_another_protocol_that_is_not_granted(data: bytes) -> None:
    heard = heard_either_way(data + b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
    (first, second) = heard.requests
    assert first[2] == (b"abc" if b"abc" in data else b"")
    assert second == ("GET", "/b", b"")
    message = heard.events[0]
    assert isinstance(message, Message)
    assert (b"Upgrade: " in head_of(message)) == (b"Upgrade: " in data), (
        "the record keeps the field"
    )


def test_a_wish_for_another_protocol_of_a_last_request() -> None:
    data = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\nUpgrade: h2c\r\n\r\n\x00"
    message = heard_either_way(data).only
    assert not message.keep_alive


@pytest.mark.parametrize("connection", [b"keep-alive", b"close"])
def test_an_error_of_the_receivers_is_not_swallowed(connection: bytes) -> None:
    def deliver(message: Message) -> None:
        raise LookupError(message.target)

    assembler = Assembler(Limits(), deliver=deliver, on_continue=lambda: None, on_oversized=deliver)
    with pytest.raises(Exception, match="on_message_complete") as caught:
        assembler.feed(b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: %b\r\n\r\n" % connection)
    assert isinstance(caught.value.__context__, LookupError)
    assert caught.value.__context__.args == ("/a",)


def test_more_names_than_are_remembered() -> None:
    names = b"".join(b"X-%d: 1\r\n" % number for number in range(100))
    data = b"PUT / HTTP/1.1\r\nHost: a\r\n" + names + b"Content-Length: 1\r\n\r\na"
    assert [body for _, _, body in hear(data * 2).requests] == [b"a", b"a"]
