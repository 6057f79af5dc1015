"""Compressed bodies, beside what aiohttp's own server makes of them, and bombs."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from typing import cast

import brotli
import pytest
from aiohttp import web
from backports import zstd
from yarl import URL

from asyncly.srvmocker._door.reading.assembly import Message
from asyncly.srvmocker._door.reading.inflate import CODINGS, UndecodableError, inflate, inflate_body
from asyncly.srvmocker._door.server import listen
from tests.rawhttp import ask

TEXT = b"The quick brown fox jumps over the lazy dog. " * 40


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACK: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "gzip": (b"gzip", gzip.compress),
    "zlib": (b"deflate", zlib.compress),
    "raw deflate": (b"deflate", raw_deflate),
    "brotli": (b"br", brotli.compress),
    "zstd": (b"zstd", zstd.compress),
}


@pytest.mark.parametrize("name", PACK)
@pytest.mark.parametrize("data", [b"", b"x", TEXT, bytes(range(256)) * 500])
@pytest.mark.parametrize("limit", [0, 1 << 20])
def test_comes_back(name: str, data: bytes, limit: int) -> None:
    coding, pack = PACK[name]
    assert coding in CODINGS
    assert inflate(pack(data), coding, limit) == data


@pytest.mark.parametrize("name", PACK)
def test_the_limit_is_exact(name: str) -> None:
    coding, pack = PACK[name]
    packed = pack(TEXT)
    assert inflate(packed, coding, len(TEXT)) == TEXT
    assert len(inflate(packed, coding, len(TEXT) - 1)) == len(TEXT)


@pytest.mark.parametrize("name", PACK)
def test_a_bomb_costs_no_memory(name: str) -> None:
    coding, pack = PACK[name]
    packed = pack(bytes(200 << 20))
    assert len(packed) < 1 << 20
    tracemalloc.start()
    try:
        decoded = inflate(packed, coding, 1 << 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(decoded) == (1 << 20) + 1
    assert peak < 8 << 20


def test_members_of_gzip_are_joined_and_bounded() -> None:
    packed = gzip.compress(b"a" * 100) + gzip.compress(b"b" * 100) + gzip.compress(b"")
    assert inflate(packed, b"gzip", 0) == b"a" * 100 + b"b" * 100
    assert inflate(packed, b"gzip", 200) == b"a" * 100 + b"b" * 100
    assert len(inflate(packed, b"gzip", 150)) == 151
    assert len(inflate(packed, b"gzip", 100)) == 101


@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_what_is_no_such_data(coding: bytes) -> None:
    with pytest.raises(UndecodableError, match=rf"^Can not decode .*: {coding.decode()}$"):
        inflate(b"\xff not compressed at all", coding, 1000)


def test_deflate_that_ends_early() -> None:
    with pytest.raises(UndecodableError):
        inflate(zlib.compress(TEXT)[:-6], b"deflate", 10_000)
    # What is over the limit already is too large, whether it ends or not.
    assert len(inflate(zlib.compress(TEXT)[:-6], b"deflate", 10)) == 11


STRANGE = {
    **{f"{name}, cut": (coding, pack(TEXT)[:-5]) for name, (coding, pack) in PACK.items()},
    **{f"{name}, empty": (coding, pack(b"")) for name, (coding, pack) in PACK.items()},
    **{name: (coding, pack(TEXT)) for name, (coding, pack) in PACK.items()},
    **{f"{name} of noise": (coding, b"\xff\xfe\xfd\xfc" * 9) for name, (coding, _) in PACK.items()},
}


@pytest.mark.parametrize("name", STRANGE)
async def test_as_aiohttp_does(name: str) -> None:
    """A body that aiohttp reads is read, one that it cannot read is none."""
    coding, packed = STRANGE[name]
    seen: list[bytes | None] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        try:
            seen.append(await request.read())
        except Exception:  # noqa: BLE001 - however aiohttp tells it
            seen.append(None)
        return web.Response()

    server = web.Server(handle)
    async with listen(server) as (host, port):
        url = URL.build(scheme="http", host=host, port=port)
        head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Encoding: %b\r\n"
        data = (head + b"Content-Length: %d\r\n\r\n%b") % (coding, len(packed), packed)
        async with asyncio.timeout(5):
            answer = await ask(url, data)
    theirs = seen[0] if seen and answer.status == 200 else None
    try:
        ours: bytes | None = inflate(packed, coding, 1 << 20)
    except UndecodableError:
        ours = None
    assert ours == theirs


class Body:
    """What of a message is looked at."""

    def __init__(self, body: bytes, coding: bytes) -> None:
        self.body = body
        self.content_encoding = coding


def message(body: bytes, coding: bytes) -> Message:
    return cast("Message", Body(body, coding))


@pytest.mark.parametrize(
    ("sent", "coding"), [(b"", b"gzip"), (b"abc", b""), (b"abc", b"identity"), (TEXT, b"own")]
)
def test_a_body_without_a_coding_is_left_as_it_is(sent: bytes, coding: bytes) -> None:
    one = message(sent, coding)
    assert inflate_body(one, 1)
    assert one.body == sent


def test_a_body_with_a_coding_is_undone_and_measured() -> None:
    packed = gzip.compress(TEXT)
    for limit, fits in [(0, True), (len(TEXT), True), (len(TEXT) - 1, False)]:
        one = message(packed, b"GZip")
        assert inflate_body(one, limit) is fits
        assert not fits or one.body == TEXT
    with pytest.raises(UndecodableError):
        inflate_body(message(b"abc", b"gzip"), 0)
