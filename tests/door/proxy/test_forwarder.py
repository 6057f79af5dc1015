"""The proxy's server side, where a client leaves at an awkward moment.

What it does for clients that stay is told in tests/test_proxy.py.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from yarl import URL

from asyncly.srvmocker._door.proxy.forwarder import Forwarder
from asyncly.srvmocker._door.server import listen
from tests.rawhttp import RawClient, raw_client, raw_target


@asynccontextmanager
async def forwarding(forwarder: Forwarder) -> AsyncGenerator[RawClient]:
    async with (
        listen(forwarder.server()) as (host, port),
        raw_client(URL.build(scheme="http", host=host, port=port)) as client,
    ):
        yield client
    await forwarder.settle()


async def test_a_client_that_leaves_while_it_is_written_to(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def record(request: web.BaseRequest, body: bytes) -> None:
        raise ConnectionResetError("Cannot write to closing transport")

    forwarder = Forwarder(record, None)
    async with raw_target() as target, forwarding(forwarder) as client:
        client.write(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % str(target.url).encode())
        with pytest.raises(ConnectionResetError):
            await client.reader.read()
    assert target.requests == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_stopping_waits_until_nothing_of_an_exchange_is_left() -> None:
    asked = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()

    forwarder = Forwarder(lambda request, body: None, None)
    async with raw_target(script) as target, forwarding(forwarder) as client:
        client.write(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % str(target.url).encode())
        await asked.wait()
        forwarder.stop()
        await forwarder.settle()
        await target.all_gone()
        with pytest.raises(ConnectionResetError):
            await client.reader.read()
