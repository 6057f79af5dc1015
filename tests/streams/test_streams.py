"""Streams of every kind against the model, on a transport without sockets."""

import asyncio
import re
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.streams.model import Model
from tests.streams.played import Seen, assert_as_foretold, play
from tests.streams.words import FLAWED, Said, bytewise, cuts, examples, requests, streams


@pytest.fixture(scope="module")
def loop() -> Generator[asyncio.AbstractEventLoop]:
    with asyncio.Runner() as runner:
        yield runner.get_loop()


def _wire(stream: list[Said]) -> bytes:
    return b"".join(said.wire for said in stream)


@given(stream=streams(), data=st.data())
@examples(150)
def test_the_outcome_is_the_model_s_however_the_stream_is_cut(
    loop: asyncio.AbstractEventLoop, stream: list[Said], data: st.DataObject
) -> None:
    wire = _wire(stream)
    foretold = Model().foretell(stream)
    for segments in (
        [wire],
        [said.wire for said in stream],
        data.draw(cuts(wire), "cut"),
        bytewise(wire),
    ):
        for calm in (False, True):
            assert_as_foretold(loop.run_until_complete(play(segments, calm=calm)), foretold)


def test_a_proxy_s_word_for_the_connection_counts_whoever_answers(
    loop: asyncio.AbstractEventLoop,
) -> None:
    for path in ("/any/1", "/own/1"):
        wire = b"GET %b HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n" % path.encode()
        foretold = Model().foretell([Said(wire, path=path, closes=True)])
        assert_as_foretold(loop.run_until_complete(play([wire, wire])), foretold)


@given(stream=streams(), data=st.data())
@examples(60)
def test_a_client_that_reads_haltingly_gets_the_same(
    loop: asyncio.AbstractEventLoop, stream: list[Said], data: st.DataObject
) -> None:
    foretold = Model().foretell(stream)
    segments = data.draw(cuts(_wire(stream)), "cut")
    calm = data.draw(st.booleans(), "calm")
    assert_as_foretold(loop.run_until_complete(play(segments, calm=calm, shy=True)), foretold)


@pytest.mark.parametrize("flawed", FLAWED, ids=lambda said: repr(said.wire)[2:60])
def test_a_flaw_is_found_however_it_is_cut(loop: asyncio.AbstractEventLoop, flawed: Said) -> None:
    before = Said(b"GET /own/1 HTTP/1.1\r\nHost: a\r\n\r\n", path="/own/1")
    foretold = Model().foretell([before, flawed])
    wire = before.wire + flawed.wire
    for cut in range(len(wire)):
        segments = [part for part in (wire[:cut], wire[cut:]) if part]
        assert_as_foretold(loop.run_until_complete(play(segments)), foretold)
    assert_as_foretold(loop.run_until_complete(play(bytewise(wire))), foretold)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A valid stream in which some bytes were lost, added or changed."""
    wire = bytearray(_wire(draw(st.lists(requests(), min_size=1, max_size=3))))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(wire)))
        byte = draw(st.sampled_from(b"\r\n\x00 :;,/0aG\x80\xff"))
        match draw(st.integers(0, 3)):
            case 0:
                wire.insert(at, byte)
            case 1:
                wire[at : at + 1] = bytes((byte,))
            case 2:
                del wire[at : at + draw(st.integers(1, 4))]
            case _:
                wire[at:at] = wire[at : at + draw(st.integers(1, 30))]
    return bytes(wire)


@given(wire=damaged(), data=st.data())
@examples(300)
def test_whatever_comes_the_verdict_does_not_depend_on_the_cuts(
    loop: asyncio.AbstractEventLoop, wire: bytes, data: st.DataObject
) -> None:
    whole = loop.run_until_complete(play([wire]))
    cut = loop.run_until_complete(play(data.draw(cuts(wire), "cut")))
    single = loop.run_until_complete(play(bytewise(wire), calm=True))
    for other in (cut, single):
        assert other[1:] == whole[1:]
        assert _comparable(other) == _comparable(whole)


# A head with two flaws gets the status of one or of the other: what is too long is noticed as soon
# as a segment ends, other flaws at the byte.
_EITHER = re.compile(rb"HTTP/1\.1 4(?:00|14|31) .*", re.DOTALL)


def _comparable(seen: Seen) -> list[bytes]:
    """What was written, without the Date, and of a refusal only that it came."""
    written = _EITHER.sub(b"refused", seen.written) if seen.refused else seen.written
    return [line for line in written.split(b"\r\n") if not line.startswith(b"Date: ")]
