"""What a client may say: requests as plain facts, each with the bytes that it is sent as.

The facts are drawn first and the bytes are made from them, so that the model never has to read any.
"""

import gzip
import json
import os
import zlib
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise
from typing import Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

LARGEST: Final = 600
"""The largest body that the services of these tests take."""
LONGEST_TARGET: Final = 200
LONGEST_FIELD: Final = 300
MOST_FIELDS: Final = 16

LONG: Final = os.environ.get("ASYNCLY_STREAMS", "") == "long"


def examples(count: int) -> settings:
    """So many examples, the same in every run; a hundred times as many new ones in a long run."""
    return settings(
        max_examples=count * 100 if LONG else count,
        derandomize=not LONG,
        database=None,
        deadline=None,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ],
        report_multiple_bugs=False,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )


@dataclass(frozen=True)
class Said:
    """One request, or what was meant as one."""

    wire: bytes
    method: str = "GET"
    path: str = "/"
    body: bytes = b""
    closes: bool = False
    """The client wants no other answer on this connection."""
    asks: bool = False
    """The client waits to be asked for the body."""
    announced: bool = True
    """The size of the body is known from the head."""
    whole: bool = True
    flaw: int = 0
    """The status that answers what is wrong with it."""

    def __repr__(self) -> str:
        return f"Said({bytes(self.wire)!r})"


LOOKS_LIKE_REQUESTS: Final = (
    b"GET /any/0 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /made HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    b"0\r\n\r\nGET /ready HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\r\n\r\n",
    b"\r\n0\r\n\r\n",
)

PATHS: Final = (
    ("GET", "/ready"),
    ("HEAD", "/any/1"),
    ("GET", "/any/2?q=%20x"),
    ("POST", "/any/%7E3"),
    ("OPTIONS", "/any/4"),
    ("GET", "/own/1"),
    ("HEAD", "/own/2"),
    ("POST", "/own/3"),
    ("POST", "/made"),
    ("POST", "/late"),
    ("POST", "/late-own"),
    ("PUT", "/turns"),
    ("PUT", "/turns"),
    ("GET", "/nothing"),
    ("DELETE", "/ready"),
    ("GET", "/nowhere"),
    ("POST", "/nowhere"),
    ("POST", "/pick"),
    ("POST", "/pick"),
)

bodies = st.one_of(
    st.just(b""),
    st.sampled_from(LOOKS_LIKE_REQUESTS),
    st.binary(max_size=40),
    st.integers(0, 3).map(lambda n: json.dumps({"n": n}).encode()),
    st.binary(min_size=1, max_size=3).map(lambda some: (some * LARGEST)[:LARGEST]),
)
too_large = st.integers(LARGEST + 1, LARGEST + 200).map(lambda size: b"x" * size)

more_fields = st.lists(
    st.sampled_from(
        (
            b"X-Note: GET /ready HTTP/1.1",
            b"x-empty:",
            b"X-Spaced:   a b \t",
            b"Accept: */*",
            b"Cookie: a=b; c=d",
            b"Content-Type: application/json",
            b"Content-Encoding: identity",
            b"Keep-Alive: timeout=5",
            b"Connection: x-close, closed ,x",
            b"Transfer-Encodings: chunked",
        )
    ),
    max_size=3,
    unique=True,
)


@st.composite
def chunked(draw: st.DrawFn, body: bytes) -> bytes:
    """A body in chunks of any size, with extensions and trailers."""
    wire = b""
    while body:
        size = draw(st.integers(1, len(body)))
        digits = draw(st.sampled_from((b"%x", b"%X", b"0%x", b"%x;a", b'%x;a="b;c"'))) % size
        wire += digits + b"\r\n" + body[:size] + b"\r\n"
        body = body[size:]
    trailers = draw(st.sampled_from((b"", b"X-Sum: 1\r\n", b"Host: b\r\nExpect: no\r\n")))
    return wire + draw(st.sampled_from((b"0", b"000", b"0;last"))) + b"\r\n" + trailers + b"\r\n"


@st.composite
def requests(draw: st.DrawFn) -> Said:
    """A request that every server has to take."""
    method, target = draw(st.sampled_from(PATHS))
    body = draw(st.one_of(bodies, bodies, bodies, too_large))
    framing = draw(st.sampled_from(("length", "length", "chunked"))) if body else "none"
    if framing == "none" and draw(st.integers(0, 5)) == 0:
        framing = draw(st.sampled_from(("length", "chunked")))
    old = framing != "chunked" and draw(st.integers(0, 11)) == 0
    fields = [draw(st.sampled_from((b"Host: a", b"host: a:80", b"HOST:[::1]:8080")))]
    fields += draw(more_fields)
    closes = draw(st.integers(0, 11)) == 0
    if old and not closes:
        fields.append(b"Connection: keep-alive")
    elif closes and not old:
        fields.append(draw(st.sampled_from((b"Connection: close", b"Proxy-Connection: close"))))
    # Who waits to be asked for a body that is too large does not send it.
    asks = framing != "none" and not old and draw(st.integers(0, 5)) == 0
    if asks:
        fields.append(b"Expect: 100-continue")
    sent = body
    coded = any(line.startswith(b"Content-Encoding") for line in fields)
    coding = draw(st.integers(0, 9)) if body and len(body) <= LARGEST and not coded else 9
    if coding < 2:
        fields.append((b"Content-Encoding: gzip", b"Content-Encoding: deflate")[coding])
        sent = (gzip.compress, zlib.compress)[coding](body)
        if len(sent) > LARGEST:
            sent = body
            fields.pop()
    if framing == "length":
        fields.append(b"Content-Length: %d" % len(sent))
        content = sent
    elif framing == "chunked":
        fields.append(b"Transfer-Encoding: chunked")
        content = draw(chunked(sent))
    else:
        content = b""
    version = "1.0" if old else "1.1"
    start = f"{method} {target} HTTP/{version}".encode()
    between = draw(st.sampled_from((b"", b"", b"", b"\r\n")))
    return Said(
        between + b"\r\n".join((start, *draw(st.permutations(fields)))) + b"\r\n\r\n" + content,
        method=method,
        path=target.partition("?")[0].replace("%7E", "~"),
        body=body,
        closes=closes,
        asks=asks,
        announced=framing == "length",
    )


def _flawed(status: HTTPStatus, *wires: bytes) -> list[Said]:
    return [Said(wire, flaw=int(status)) for wire in wires]


FLAWED: Final = [
    *_flawed(
        HTTPStatus.BAD_REQUEST,
        b"GET /any/1 HTTP/1.1\r\n\r\n",
        b"GET /any/1 HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        b"GET /any/1 HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET /any/1 HTTP/1.1\r\nHost: a\r\nX y: z\r\n\r\n",
        b"GET /any/1 HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET /any/1 HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
        b"GET /any/1 HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n",
        b"GET /any/1 HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        b"GET /any/1 HTTP/1.1\nHost: a\r\n\r\n",
        b"GET /any/1 1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"G@T /any/1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"get /any/1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc",
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc",
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"POST /any/1 HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        b"Content-Length: 3\r\n\r\n",
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n",
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX y: z\r\n\r\n",
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n"
        b"Content-Length: 3\r\n\r\nabc",
    ),
    *_flawed(
        HTTPStatus.HTTP_VERSION_NOT_SUPPORTED,
        b"GET /any/1\r\nHost: a\r\n\r\n",
        b"GET /any/1 HTTP/2.0\r\nHost: a\r\n\r\n",
        b"GET /any/1 HTTP/1.2\r\nHost: a\r\n\r\n",
    ),
    *_flawed(
        HTTPStatus.NOT_IMPLEMENTED,
        b"POST /any/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ),
    *_flawed(
        HTTPStatus.EXPECTATION_FAILED,
        b"GET /any/1 HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\n\r\n",
    ),
    *_flawed(
        HTTPStatus.REQUEST_URI_TOO_LONG,
        b"GET /any/%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"a" * LONGEST_TARGET),
    ),
    *_flawed(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        b"GET /any/1 HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n" % (b"a" * LONGEST_FIELD),
        b"GET /any/1 HTTP/1.1\r\nHost: a\r\n%b\r\n" % (b"X: a\r\n" * MOST_FIELDS),
    ),
]


@st.composite
def unfinished(draw: st.DrawFn) -> Said:
    """A request of which the end does not come."""
    said = draw(requests().filter(lambda one: not one.asks and len(one.body) <= LARGEST))
    return Said(said.wire[: draw(st.integers(1, len(said.wire) - 1))], whole=False)


@st.composite
def streams(draw: st.DrawFn) -> list[Said]:
    """What comes on one connection."""
    said = draw(st.lists(requests(), min_size=1, max_size=7))
    end = draw(st.integers(0, 5))
    if end == 0:
        said.append(draw(unfinished()))
    elif end <= 2:
        said.append(draw(st.sampled_from(FLAWED)))
        said += draw(st.lists(requests(), max_size=2))
    return said


@st.composite
def cuts(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """The same bytes in some segments."""
    places = draw(st.lists(st.integers(0, len(data)), max_size=8, unique=True))
    bounds = [0, *sorted(places), len(data)]
    return [data[a:b] for a, b in pairwise(bounds) if a < b]


def bytewise(data: bytes) -> list[bytes]:
    """The same bytes, one in each segment."""
    return [data[at : at + 1] for at in range(len(data))]
