"""`FileResponse`: whole files, ranges, validators, and files that are not there."""

import gzip
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import pytest

from asyncly.srvmocker import FileResponse, MockRoute, MockService, start_service
from tests.rawhttp import Answer, ask


@pytest.fixture
async def service() -> AsyncGenerator[MockService]:
    async with start_service([MockRoute("*", "/", "it")]) as running:
        yield running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "a.txt"
    found.write_bytes(b"0123456789")
    return found


def change(path: Path) -> None:
    path.write_bytes(b"other content")


def remove(path: Path) -> None:
    path.unlink()


async def get(service: MockService, *fields: str, method: str = "GET") -> Answer:
    lines = [f"{method} / HTTP/1.1", "Host: x", *fields, "", ""]
    return await ask(service.url, "\r\n".join(lines).encode())


async def test_a_whole_file(service: MockService, path: Path) -> None:
    service.register("it", FileResponse(path, headers=[("X-A", "1"), ("X-A", "2")]))
    for _ in range(2):
        answer = await get(service)
        assert (answer.status, answer.body) == (200, b"0123456789")
        assert answer.header(b"content-type") == b"text/plain"
        assert answer.header(b"accept-ranges") == b"bytes"
        assert [line for line in answer.fields if line.startswith(b"X-A")] == [
            b"X-A: 1",
            b"X-A: 2",
        ]
    head = await get(service, method="HEAD")
    assert head.header(b"content-length") == b"10"


@pytest.mark.parametrize(
    ("asked", "told", "body"),
    [
        ("bytes=2-4", "206 bytes 2-4/10", b"234"),
        ("bytes=7-", "206 bytes 7-9/10", b"789"),
        ("bytes=-3", "206 bytes 7-9/10", b"789"),
        ("bytes=5-100", "206 bytes 5-9/10", b"56789"),
        ("bytes=10-", "416 bytes */10", b""),
        ("bytes=x", "416 bytes */10", b""),
    ],
)
async def test_a_range(
    service: MockService, path: Path, asked: str, told: str, body: bytes
) -> None:
    service.register("it", FileResponse(path))
    answer = await get(service, f"Range: {asked}")
    assert b"%d %b" % (answer.status, answer.header(b"content-range") or b"") == told.encode()
    assert answer.body == body


@pytest.mark.parametrize(
    ("tag", "status", "body"),
    [
        ("{tag}", 206, b"234"),
        ('"other"', 200, b"0123456789"),
        ('W/"other"', 200, b"0123456789"),
        ("W/{tag}", 200, b"0123456789"),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 200, b"0123456789"),
        ("Tue, 01 Jan 2999 00:00:00 GMT", 206, b"234"),
    ],
)
async def test_a_range_of_what_the_client_has_a_part_of(
    service: MockService, path: Path, tag: str, status: int, body: bytes
) -> None:
    service.register("it", FileResponse(path))
    etag = (await get(service)).header(b"etag")
    assert etag is not None
    condition = f"If-Range: {tag.format(tag=etag.decode())}"
    for method, expected in [("GET", body), ("POST", body), ("HEAD", b"")]:
        answer = await get(service, "Range: bytes=2-4", condition, method=method)
        assert (answer.status, answer.body) == (status, expected)
        assert answer.header(b"content-length") == b"%d" % len(body)
        assert answer.header(b"etag") == etag


async def test_a_range_of_a_file_that_is_gone(service: MockService, path: Path) -> None:
    service.register("it", FileResponse(path))
    remove(path)
    assert (await get(service, "Range: bytes=2-4", 'If-Range: "a"')).status == 404


async def test_validators(service: MockService, path: Path) -> None:
    service.register("it", FileResponse(path))
    first = await get(service)
    etag, modified = first.header(b"etag"), first.header(b"last-modified")
    assert etag is not None
    assert modified is not None
    for field, status in [
        (f"If-None-Match: {etag.decode()}", 304),
        (f'If-None-Match: "other", W/{etag.decode()}', 304),
        ('If-None-Match: "other"', 200),
        (f"If-Modified-Since: {modified.decode()}", 304),
        ("If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ('If-Match: "other"', 412),
    ]:
        assert (await get(service, field)).status == status, field
    change(path)
    again = await get(service, f"If-None-Match: {etag.decode()}")
    assert (again.status, again.body) == (200, b"other content")
    assert again.header(b"etag") != etag


async def test_a_compressed_neighbour(
    client: aiohttp.ClientSession, service: MockService, path: Path
) -> None:
    compressed = gzip.compress(b"compressed before")
    path.with_suffix(".txt.gz").write_bytes(compressed)
    service.register("it", FileResponse(path))
    answer = await get(service, "Accept-Encoding: gzip")
    assert (answer.body, answer.header(b"content-encoding")) == (compressed, b"gzip")
    assert (await get(service)).body == b"0123456789"


@pytest.mark.parametrize(
    ("given", "headers", "told"),
    [
        (None, {}, b"text/plain"),
        ("text/x-mine", {}, b"text/x-mine"),
        ("text/x-mine", {"content-type": "text/wins"}, b"text/wins"),
    ],
)
async def test_the_content_type(
    service: MockService, path: Path, given: str | None, headers: dict[str, str], told: bytes
) -> None:
    service.register("it", FileResponse(path, status=203, content_type=given, headers=headers))
    answer = await get(service)
    assert (answer.status, answer.header(b"content-type")) == (203, told)


async def test_a_relative_path_is_resolved_at_once(
    service: MockService, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    response = FileResponse("a.txt")
    monkeypatch.chdir(path.parent.parent)
    service.register("it", response)
    assert (await get(service)).body == b"0123456789"
    assert response.path == path
    assert repr(response) == f"<FileResponse 200 {str(path)!r}>"


async def test_a_file_that_is_gone_is_a_404(service: MockService, path: Path) -> None:
    service.register("it", FileResponse(path))
    remove(path)
    assert (await get(service)).status == 404


def test_mistakes_are_found_when_it_is_made(path: Path) -> None:
    for wrong in (path / "b", path.with_name("b"), path.parent, str(path.parent / "c")):
        with pytest.raises(ValueError, match=f"^path={re.escape(repr(str(wrong)))} is no file$"):
            FileResponse(wrong)
    with pytest.raises(ValueError, match=r"^status 99 is not a three-digit"):
        FileResponse(path, status=99)
    with pytest.raises(ValueError, match=r"^header 'Content-Type' has a line break"):
        FileResponse(path, content_type="text/x\r\n")


def test_what_is_no_path_is_refused_by_its_name() -> None:
    with pytest.raises(TypeError, match=r"^path=None is neither a string nor a path$"):
        FileResponse(None)  # type: ignore[arg-type]  # that is the test
