"""Raw sockets: the client's side of a connection, and a target that answers literal bytes."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import cast

from .values import Wire, text

PATIENCE = 3.0  # seconds without a byte before an answer is given up
PROBE = b"GET /.probe HTTP/1.1\r\nHost: probe.test\r\n\r\n"


class Talk:
    """One connection, and the answers that came over it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.ended = False
        self.failed = ""  # words about a server's error that was answered last

    async def _line(self) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n"), PATIENCE)

    async def answer(self, method: str) -> dict[str, Wire]:
        """The next answer, interim ones too; an object with one key where there is none."""
        try:
            return await self._answer(method)
        except asyncio.IncompleteReadError as error:
            self.ended = True
            return {"eof": error.partial.decode("latin-1")}
        except (ConnectionError, BrokenPipeError):
            self.ended = True
            return {"eof": ""}
        except TimeoutError:
            return {"timeout": True}
        except (ValueError, asyncio.LimitOverrunError):
            self.ended = True  # whatever comes now, nobody can read it
            return {"garbled": True}

    async def _answer(self, method: str) -> dict[str, Wire]:
        version, _, rest = (await self._line()).decode("latin-1").rstrip("\r\n").partition(" ")
        status, _, reason = rest.partition(" ")
        headers: list[tuple[str, str]] = []
        while line := (await self._line()).decode("latin-1").rstrip("\r\n"):
            name, _, content = line.partition(":")
            headers.append((name, content.strip()))
        known = {name.lower(): content for name, content in headers}
        body = await self._body(method, int(status), known)
        if status == "500" and b"\nTraceback " in body:  # it names files, lines and ports
            body = b"<traceback>"
            headers = [each for each in headers if each[0] != "Content-Length"]
        if status == "413":  # how much it had seen when it gave up
            body = re.sub(rb"actual body size \d+", b"actual body size <size>", body)
        self.failed = f" after {status}" if status in ("500", "504") else ""
        return {
            "version": version,
            "status": int(status),
            "reason": reason,
            "headers": [
                [name, "<date>" if name.lower() == "date" else content]
                for name, content in sorted(headers)
            ],
            "body": body.decode("latin-1"),
        }

    async def _body(self, method: str, status: int, headers: Mapping[str, str]) -> bytes:
        if method == "HEAD" or status < 200 or status in (204, 304):
            return b""
        if "chunked" in headers.get("transfer-encoding", ""):
            body = b""
            while size := int((await self._line()).split(b";")[0], 16):
                body += (await self._exactly(size + 2))[:-2]
            while await self._line() != b"\r\n":
                pass
            return body
        if "content-length" in headers:
            return await self._exactly(int(headers["content-length"]))
        self.ended = True
        return await asyncio.wait_for(self.reader.read(), PATIENCE)

    async def _exactly(self, size: int) -> bytes:
        return await asyncio.wait_for(self.reader.readexactly(size), PATIENCE)

    async def rest(self) -> dict[str, Wire]:
        """Everything until the other side closes."""
        try:
            left = await asyncio.wait_for(self.reader.read(), PATIENCE)
        except ConnectionError:
            left = b""
        except TimeoutError:
            return {"timeout": True}
        self.ended = True
        return {"eof": re.sub(r"\r\nDate: [^\r]*", "\r\nDate: <date>", left.decode("latin-1"))}

    async def send(self, data: bytes) -> None:
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            pass  # what was answered before is still to be read

    async def pause(self, *, end: bool) -> None:
        """Let the other side see what came so far, or also that nothing more will come."""
        if end:
            self.writer.write_eof()
        for _ in range(10):
            await asyncio.sleep(0)

    async def probe(self) -> Wire:
        """Whether the connection still takes a request, and answers that one next."""
        if self.ended:
            return "closed"
        failed = self.failed
        await self.send(PROBE)
        answer = await self.answer("GET")
        if "status" in answer:
            return f"{answer['status']}{failed}"
        return "closed" if "eof" in answer else next(iter(answer))

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await self.writer.wait_closed()


class Upstream:
    """A server of literal bytes: each request that arrives whole gets the next answer."""

    def __init__(self, answers: Iterable[Wire]) -> None:
        self.answers = [text(each).encode("latin-1") for each in answers]
        self.seen: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                if re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head):
                    body = await reader.readuntil(b"0\r\n\r\n")
                self.seen.append((head + body).decode("latin-1"))
                answer = self.answers.pop(0) if self.answers else b""
                writer.write(answer)
                await writer.drain()
                if not answer or b"Connection: close" in answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(upstream: Upstream) -> AsyncGenerator[int]:
    """A port on which literal bytes are answered."""
    server = await asyncio.start_server(upstream, "127.0.0.1", 0)
    try:
        yield cast(int, server.sockets[0].getsockname()[1])
    finally:
        server.close()
