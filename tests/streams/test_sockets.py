"""The same streams over real sockets, in both event loops."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from tests.streams.model import Model
from tests.streams.played import Seen, assert_as_foretold, recorded, register_all, started
from tests.streams.words import Said, cuts, examples, streams


class _Client(asyncio.Protocol):
    """Keeps what it reads, whatever becomes of the connection."""

    def __init__(self) -> None:
        self.read = bytearray()
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.read += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(None)


async def _sent(segments: list[bytes], *, calm: bool) -> Seen:
    """Send segments to a new service, and the end of the stream behind them."""
    async with started() as service:
        register_all(service)
        transport, client = await asyncio.get_running_loop().create_connection(
            _Client, "127.0.0.1", service.url.port or 0
        )
        for segment in segments:
            if transport.is_closing():  # the server has said its last
                break
            transport.write(segment)
            for _ in range(3 * calm):
                await asyncio.sleep(0)
        if not transport.is_closing():
            with suppress(OSError):
                transport.write_eof()
        await client.lost
        account = service.account
        assert account.in_progress == account.client_gone == 0, account
        return Seen(bytes(client.read), recorded(service), True, account.received, account.refused)


def _run(
    new_loop: Callable[[], asyncio.AbstractEventLoop], sent: Coroutine[Any, Any, Seen]
) -> Seen:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(sent)


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@given(stream=streams(), calm=st.booleans(), data=st.data())
@examples(60)
def test_over_a_socket_the_outcome_is_the_model_s(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
    stream: list[Said],
    calm: bool,
    data: st.DataObject,
) -> None:
    foretold = Model().foretell(stream)
    foretold.closed = True  # as every connection whose client has ended its side
    segments = data.draw(cuts(b"".join(said.wire for said in stream)), "cut")
    assert_as_foretold(_run(new_loop, _sent(segments, calm=calm)), foretold)
