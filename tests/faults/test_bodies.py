"""Bodies that are not what the head has said of them."""

import zlib

import pytest

from asyncly.srvmocker import (
    BaseMockResponse,
    JsonResponse,
    MalformedChunkResponse,
    RawResponse,
    TruncatedGzipResponse,
    TruncatedResponse,
    WrongLengthResponse,
)
from asyncly.srvmocker.faults.bodies import ChunkError
from tests.faults.bytes_of import GET, HEAD, TEXT, Came, came, served
from tests.rawhttp import raw_client
from tests.scripted import OK, Delegating, Steps


async def test_a_body_is_shorter_than_it_was_declared() -> None:
    fault = TruncatedResponse(b"half", 8, 201, {"X-A": "b"})
    wanted = Came(
        b"HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 8\r\n"
        b"Content-Type: application/octet-stream\r\n\r\nhalf",
        "FIN",
    )
    assert await came(fault) == wanted
    assert await came(Delegating(fault)) == wanted
    head = b"HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 8\r\n\r\n"
    assert await came(fault, GET.replace(b"GET", b"HEAD")) == Came(head, "FIN")


@pytest.mark.parametrize(
    "body", ["é", b"\xc3\xa9", bytearray(b"\xc3\xa9"), memoryview(b"\xc3\xa9")]
)
async def test_a_body_may_be_text_or_any_bytes(body: str | bytes) -> None:
    assert (await came(TruncatedResponse(body, 9))).data.endswith(b"\r\n\r\n\xc3\xa9")


async def test_there_may_be_no_body_at_all() -> None:
    assert (await came(TruncatedResponse(b"", 1))).data.endswith(b"\r\n\r\n")


TRUNCATED: list[tuple[tuple[object, ...], type[Exception], str]] = [
    (
        (b"half", 4),
        ValueError,
        (
            "declared_length=4 is not more than the 4 bytes of the body, so nothing would be "
            "missing; WrongLengthResponse tells too small a length"
        ),
    ),
    ((b"half", -1), ValueError, "declared_length=-1 is no number of bytes: give 0 or more"),
    ((b"half", 1.5), TypeError, "declared_length=1.5 is no number of bytes: give an integer"),
    ((5, 8), TypeError, "a raw body is bytes, not int"),
    ((b"", 8, 99), ValueError, "status 99 is not a three-digit HTTP status code"),
    (
        (b"", 8, 200, {"content-length": "3"}),
        ValueError,
        "headers tell a Content-Length: give declared_length alone",
    ),
]


@pytest.mark.parametrize(("given", "kind", "text"), TRUNCATED)
def test_a_truncation_that_is_none(
    given: tuple[object, ...], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind) as caught:
        TruncatedResponse(*given)  # type: ignore[arg-type]  # that is the point
    assert str(caught.value) == text


@pytest.mark.parametrize(("by", "length"), [(-24, 1000), (24, 1048), (-5000, 0)])
async def test_a_wrong_length(by: int, length: int) -> None:
    wanted = Came(HEAD.replace(b"1024", b"%d" % length) + TEXT, "open")
    assert await came(WrongLengthResponse(by=by), wait=True) == wanted


async def test_behind_a_wrong_length_the_connection_goes_on() -> None:
    fault = WrongLengthResponse(RawResponse(b"abc"), by=-1)
    async with served(fault) as service, raw_client(service.url) as client:
        client.write(GET + GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert (await client.reader.read()).count(b"\r\n\r\nabc") == 2


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (Steps([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]), TypeError),
        (RawResponse(b""), ValueError),
    ],
)
async def test_a_length_that_cannot_be_wrong_is_an_error(
    response: BaseMockResponse, kind: type[Exception]
) -> None:
    async with served(WrongLengthResponse(response, by=-1)) as service:
        async with raw_client(service.url) as client:
            assert (await client.ask(GET)).status == 500
        assert [type(failure.exception) for failure in service.errors] == [kind]


@pytest.mark.parametrize(
    ("by", "kind", "text"),
    [
        (0, ValueError, "by=0 is no wrong length: give another number of bytes"),
        ("1", TypeError, "by='1' is no number of bytes: give an integer"),
        (True, TypeError, "by=True is no number of bytes: give an integer"),
    ],
)
def test_a_wrong_length_that_is_none(by: int, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught:
        WrongLengthResponse(by=by)
    assert str(caught.value) == text


CHUNKED = HEAD.replace(b"Content-Length: 1024", b"Transfer-Encoding: chunked")
ERRORS: list[tuple[ChunkError, bytes]] = [
    ("size", b"zz\r\nhello\r\n0\r\n\r\n"),
    ("ending", b"5\r\nhello, world\r\n0\r\n\r\n"),
    ("missing", b""),
]


@pytest.mark.parametrize(("error", "wrong"), ERRORS)
async def test_a_malformed_chunk(error: ChunkError, wrong: bytes) -> None:
    fault = MalformedChunkResponse(error=error)
    wanted = Came(CHUNKED + b"400\r\n" + TEXT + b"\r\n" + wrong, "FIN")
    assert await came(fault) == wanted
    assert await came(Delegating(fault)) == wanted
    sent = GET.replace(b"GET", b"HEAD")
    assert await came(fault, sent, wait=True) == Came(CHUNKED, "open")


def test_a_malformed_chunk_that_is_none() -> None:
    with pytest.raises(ValueError, match=r"^error='end' is none of size, ending, missing$"):
        MalformedChunkResponse(error="end")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(ValueError, match=r"^error=\[\] is none of size, ending, missing$"):
        MalformedChunkResponse(error=[])  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("missing", [1, 8, 12, 100_000])
async def test_gzip_without_its_end(missing: int) -> None:
    data, end = await came(TruncatedGzipResponse(missing=missing), wait=True)
    head, _, body = data.partition(b"\r\n\r\n")
    assert end == "open"
    assert b"\r\nContent-Encoding: gzip" in head
    assert b"\r\nContent-Length: %d" % len(body) in head
    unpacked = zlib.decompressobj(wbits=31).decompress(body)
    assert TEXT.startswith(unpacked)
    assert (unpacked == TEXT) is (missing <= 8)
    again = await came(TruncatedGzipResponse(missing=missing), wait=True)
    assert again.data == data, "the same each time"


async def test_gzip_needs_to_know_where_the_body_ends() -> None:
    response = Steps([b"HTTP/1.1 200 OK\r\n\r\nand so on"])
    async with served(TruncatedGzipResponse(response)) as service:
        async with raw_client(service.url) as client:
            assert (await client.ask(GET)).status == 500
        assert str(service.errors[0].exception) == (
            "the answer 'HTTP/1.1 200 OK' tells no Content-Length, which this fault needs"
        )


def test_nothing_missing_is_no_fault() -> None:
    with pytest.raises(ValueError, match=r"^missing=0 is no number of bytes: give 1 or more$"):
        TruncatedGzipResponse(missing=0)


async def test_faults_spoil_what_other_faults_have_made() -> None:
    fault = WrongLengthResponse(Delegating(TruncatedGzipResponse(Steps([OK]))), by=5)
    data, end = await came(fault, wait=True)
    assert end == "open"
    length = int(data.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    assert length == len(data.partition(b"\r\n\r\n")[2]) + 5


DEFAULT = "<RawResponse 200 text/plain, 1024 bytes>"
TOLD: list[tuple[BaseMockResponse, str]] = [
    (TruncatedResponse(b"half", 8), "<TruncatedResponse 4 of 8 bytes>"),
    (WrongLengthResponse(by=3), f"<WrongLengthResponse by +3, of {DEFAULT}>"),
    (
        WrongLengthResponse(JsonResponse(1), by=-1),
        "<WrongLengthResponse by -1, of <JsonResponse 200 application/json, 1 bytes>>",
    ),
    (MalformedChunkResponse(), f"<MalformedChunkResponse size, of {DEFAULT}>"),
    (TruncatedGzipResponse(), f"<TruncatedGzipResponse without 8 bytes, of {DEFAULT}>"),
]


@pytest.mark.parametrize(("fault", "told"), TOLD)
def test_what_it_says_of_itself(fault: BaseMockResponse, told: str) -> None:
    assert repr(fault) == told
