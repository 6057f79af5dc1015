"""Plain requests: what is recognised is what the assembler would have delivered."""

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from asyncly.srvmocker._door.reading.assembly import Message
from asyncly.srvmocker._door.reading.limits import Limits
from asyncly.srvmocker._door.reading.plain import PlainReader, PlainRequest
from tests.core.support import examples
from tests.door.heard import hear

SMALL = Limits(client_max_size=8, max_line_size=70, max_field_size=70, max_headers=3)
POST = b"POST /a?b=%20 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"


def test_a_plain_request_is_taken_apart() -> None:
    reader = PlainReader(Limits())
    for _ in range(2):  # the second time its lines are known
        assert reader.read(POST) == PlainRequest(
            method="POST",
            target="/a?b=%20",
            start=b"POST /a?b=%20 HTTP/1.1",
            fields=b"Host: a\r\nContent-Length: 3",
            body=b"abc",
        )


@pytest.mark.parametrize(
    "line",
    [
        b"Host: a:80",
        b"hOST:[::1]:8080",
        b"Host: a\r\nContent-Length: 0",
        b"Host: a\r\nConnection: Keep-Alive",
        b"Host: a\r\nX:1",
        b"Host: a\r\nX-Transfer-Encoding: \t chunked, \x7e \t",
    ],
)
def test_recognised(line: bytes) -> None:
    data = b"GET / HTTP/1.1\r\n" + line + b"\r\n\r\n"
    assert PlainReader(Limits()).read(data) == ("GET", "/", b"GET / HTTP/1.1", line, b"")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: a\r\n\r\n",
        b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \xff\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n",
        POST[:-1],
        POST + b"d",
    ],
)
def test_left_to_the_assembler(data: bytes) -> None:
    assert PlainReader(Limits()).read(data) is None


@pytest.mark.parametrize(
    ("data", "recognised"),
    [
        (b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n12345678", True),
        (b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123456789", False),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", False),
        (b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"x" * 56), True),
        (b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"x" * 57), False),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n" % (b"x" * 58), True),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n" % (b"x" * 59), False),
    ],
)
def test_the_limits(data: bytes, recognised: bool) -> None:
    assert (PlainReader(SMALL).read(data) is not None) == recognised


def test_more_lines_and_names_than_are_remembered() -> None:
    reader = PlainReader(Limits())
    for number in range(1100):
        name = b"%d" % number  # in letters, as digits make no other fields
        data = b"GET / HTTP/1.1\r\nHost: a\r\nX-%b: 1\r\n\r\n" % name.translate(LETTERS)
        assert reader.read(data) is not None
        assert len(reader.places) <= 256
    late = b"host: late\r\ncontent-length: 1"
    shape = late.replace(b"1", b"0")
    start = b"POST / HTTP/1.1"
    data = b"%b\r\n%b\r\n\r\na" % (start, late)
    assert reader.read(data) == ("POST", "/", start, late, b"a")
    assert shape not in reader.places, "where none comes again, none is put in"
    for number in range(2000):
        name = (b"%d" % number).translate(LETTERS)
        assert reader.read(b"GET / HTTP/1.1\r\nHost: a\r\nY-%b: 1\r\n\r\n" % name) is not None
        if len(reader.places) < 256:
            break
    assert reader.read(data) is not None
    assert reader.places[shape] == (28, 29), "after a while there is room again"
    assert reader.read(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: b\r\n\r\n") is None


@pytest.mark.parametrize(
    ("first", "second", "size"),
    [
        (b"Host: a1\r\nContent-Length: 3", b"Host: a2\r\nContent-Length: 8", 8),
        (b"Content-Length: 3\r\nHost: a", b"Content-Length: 9\r\nHost: a", None),
        (b"Host: a\r\nX-Content-Length: 3", b"Host: a\r\nX-Content-Length: 9", 0),
        (b"Content-Length: 9\r\nHost: a", b"Content-Length: 8\r\nHost: a", 8),
    ],
)
def test_fields_that_differ_in_digits_alone(first: bytes, second: bytes, size: int | None) -> None:
    reader = PlainReader(SMALL)
    reader.read_fields(first)
    assert reader.read_fields(second) == size == PlainReader(SMALL).read_fields(second)


LETTERS = bytes.maketrans(b"0123456789", b"abcdefghij")
TARGETS = (b"/", b"/a?b=%20&c", b"/%zz", b"/a//../b", b"/a#b", b"//a", b"*", b"http://a/")
LINES = (
    *(b"X-Y: a, b", b"Connection: keep-alive", b"X:", b"X:\t1 ", b"A-Z: \x7f", b"Cookie: a=b; c"),
    *(b"Host: b", b"Content-Length: 3", b"Connection: close", b"Connection: x, Close", b"TE: a"),
    *(b"Upgrade: b", b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"Keep-Alive: 5"),
    *(b"Trailer: A", b"Proxy-Connection: close", b"HTTP2-Settings: a", b"Content-Encoding: br"),
)
PIECES = st.one_of(
    st.sampled_from((b"\r\n", b"\r", b"\n", b":", b" ", b"\t", b",", b"0", b"/", b"[", b"%", b"x")),
    st.binary(max_size=2),
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A request that is plain, or nearly so."""
    method = draw(st.sampled_from((b"GET", b"POST", b"HEAD", b"OPTIONS")))
    target = draw(st.sampled_from(TARGETS))
    lines = [draw(st.sampled_from((b"Host: a", b"host:[::1]:80 "))), b"Content-Length: 3"]
    lines += draw(st.lists(st.sampled_from(LINES), max_size=2))
    lines = draw(st.permutations(lines))
    data = b"\r\n".join((method + b" " + target + b" HTTP/1.1", *lines, b"", b"abc"))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(PIECES) + data[at + draw(st.integers(0, 2)) :]
    return data


@given(st.sampled_from((Limits(), Limits(), SMALL, Limits(client_max_size=2))), requests())
@examples(1000)
def test_whatever_is_recognised_the_assembler_delivers(limits: Limits, data: bytes) -> None:
    plain = PlainReader(limits).read(data)
    event("recognised" if plain else "left")
    if plain is None:
        return
    heard = hear(data, limits=limits)
    assert heard.refusal is None
    (message,) = heard.events
    assert isinstance(message, Message)
    assert (message.method, message.target, message.body) == (
        *(plain.method, plain.target, plain.body),
    )
    assert (message.version, message.keep_alive, message.upgrade) == ("1.1", True, False)
    assert (message.content_encoding, message.oversized) == (b"", False)
    assert heard.at_boundary


@given(
    st.sampled_from((Limits(), SMALL, Limits(client_max_size=2))),
    requests(),
    st.permutations(b"0123456789"),
)
@examples(500)
def test_what_was_learned_of_fields_holds_for_other_digits(
    limits: Limits, data: bytes, digits: list[int]
) -> None:
    fields = data.partition(b"\r\n")[2].partition(b"\r\n\r\n")[0]
    other = fields.translate(bytes.maketrans(b"0123456789", bytes(digits)))
    reader = PlainReader(limits)
    reader.read_fields(fields)
    assert reader.read_fields(other) == PlainReader(limits).read_fields(other)
