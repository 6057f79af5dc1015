"""The same over TLS: answers, order, refusals, and a client that closes."""

import asyncio
from contextlib import suppress

import pytest

from asyncly.srvmocker import LatencyResponse, RawResponse
from tests.certificates import tls_contexts
from tests.conformance.test_messages import CASES
from tests.conformance.wire import RESPONSES, parse_answers, post, request, serving

GET = request()
CONTEXTS = tls_contexts()


@pytest.mark.parametrize("kind", RESPONSES)
async def test_verdicts(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, case in CASES.items():
        if case.limits or case.then == "waiting":
            continue
        async with serving(RESPONSES[kind], monkeypatch, ssl_contexts=CONTEXTS) as wire:
            async with asyncio.timeout(10), wire.connect() as client:
                await client.send(case.data)
                expected = [*case.answers]
                if case.then == "open":
                    await client.send(request(b"Connection: close", target=b"/probe"))
                    expected.append(299)
                parts = parse_answers(await client.reader.read(), case.answers)
            statuses = [part.status for part in parts if part.status >= 200]
            calls = [call.body for call in wire.service.get_calls("any")]
            assert (name, statuses, calls) == (name, expected, list(case.recorded))


async def test_byte_by_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        serving(RESPONSES["own"], monkeypatch, ssl_contexts=CONTEXTS) as wire,
        wire.connect() as client,
    ):
        for byte in 2 * post(b"Content-Length: 3", body=b"abc"):
            await client.send(bytes((byte,)))
        assert [(await client.answer()).body for _ in range(2)] == [b"ok", b"ok"]


async def test_a_refusal_is_seen_by_who_goes_on_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        serving(RESPONSES["ready"], monkeypatch, ssl_contexts=CONTEXTS) as wire,
        wire.connect() as client,
    ):
        client.writer.write(b"GET / HTTP/1.1\r\n\r\n" + b"x" * 1_000_000)
        answer = await client.answer()
        assert (answer.status, answer.body) == (400, b"no Host header")


async def test_who_closes_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A TLS connection has no half that stays open; what was asked is recorded all the same."""
    slow = LatencyResponse(RawResponse(b"late"), 30.0)
    async with serving(slow, monkeypatch, ssl_contexts=CONTEXTS) as wire:
        async with wire.connect() as client:
            await client.send(2 * GET)
        await wire.settled()
        assert len(wire.service.history) == 2
        assert wire.service.account.client_gone == 2


async def test_who_never_shakes_hands_delays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with asyncio.timeout(5):
        async with serving(
            RESPONSES["ready"], monkeypatch, ssl_contexts=CONTEXTS, settle=False
        ) as wire:
            _, writer = await asyncio.open_connection(wire.url.host, wire.url.port)
            await wire.ends.until_accepted(1)
            async with wire.connect() as client:
                assert (await client.ask(GET)).status == 200
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
