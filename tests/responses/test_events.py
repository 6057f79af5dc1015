"""`EventStreamResponse`: server-sent events, as a client reads them."""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import aiohttp
import pytest

from asyncly.srvmocker import (
    Comment,
    Event,
    EventStreamResponse,
    MockRoute,
    Wait,
    start_service,
)

ROUTES = [MockRoute("GET", "/", "it")]


def read_events(stream: str) -> list[dict[str, str]]:
    """What a client makes of a stream (WHATWG HTML, "Interpreting an event stream")."""
    events: list[dict[str, str]] = []
    fields: dict[str, str] = {}
    data: list[str] = []
    for line in re.split(r"\r\n|\r|\n", stream):
        if not line:
            if data:
                events.append({**fields, "data": "\n".join(data)})
            fields, data = {}, []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name:
            fields[name] = value
    return events


@pytest.mark.parametrize(
    ("event", "sent", "read"),
    [
        (Event("hello"), b"data: hello\n\n", {"data": "hello"}),
        (Event(), b"data: \n\n", {"data": ""}),
        (Event(" two  "), b"data:  two  \n\n", {"data": " two  "}),
        (Event("a\nb\r\nc\rd"), None, {"data": "a\nb\nc\nd"}),
        (Event("a\n"), b"data: a\ndata: \n\n", {"data": "a\n"}),
        (Event("\n"), b"data: \ndata: \n\n", {"data": "\n"}),
        (Event({"a": "x\ny"}), b'data: {"a": "x\\ny"}\n\n', {"data": '{"a": "x\\ny"}'}),
        (Event(None), b"data: null\n\n", {"data": "null"}),
        (Event("ä"), "data: ä\n\n".encode(), {"data": "ä"}),
        (
            Event([1], event="quote", id="7", retry=0),
            b"retry: 0\nevent: quote\nid: 7\ndata: [1]\n\n",
            {"data": "[1]", "event": "quote", "id": "7", "retry": "0"},
        ),
        (Event("x", id=""), b"id: \ndata: x\n\n", {"data": "x", "id": ""}),
    ],
)
def test_an_event_is_read_as_it_was_given(
    event: Event, sent: bytes | None, read: dict[str, str]
) -> None:
    encoded = event.encode()
    if sent is not None:
        assert encoded == sent
    assert read_events(encoded.decode()) == [read]


def given() -> Iterator[Any]:
    yield "text\nmore"
    yield Wait(0)
    yield Comment()
    yield Comment("still here")
    yield {"price": 3}
    yield Event("x", event="e", id="1")


async def given_later() -> AsyncIterator[Any]:
    for event in given():
        yield event


@pytest.mark.parametrize("source", [list(given()), given, given_later])
async def test_a_client_reads_the_events(client: aiohttp.ClientSession, source: Any) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", EventStreamResponse(source, retry=10))
        async with client.get(service.url) as answer:
            assert answer.headers["Content-Type"] == "text/event-stream"
            assert answer.headers["Cache-Control"] == "no-cache"
            stream = await answer.text()
    assert stream.startswith("retry: 10\n\ndata: text\n")
    assert ": \n\n: still here\n\n" in stream
    assert read_events(stream) == [
        {"data": "text\nmore"},
        {"data": '{"price": 3}'},
        {"data": "x", "event": "e", "id": "1"},
    ]
    assert not service.errors


async def test_events_arrive_while_the_stream_is_open(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", EventStreamResponse(["a", Wait(0.02), "b", Wait(math.inf)]))
        async with client.get(service.url) as answer:
            for text in (b"a", b"b"):
                assert await answer.content.readuntil(b"\n\n") == b"data: %b\n\n" % text
            assert service.account.in_progress == 1
        while service.account.in_progress:  # noqa: ASYNC110 - a look at each turn of the loop
            await asyncio.sleep(0)
    assert service.account.client_gone == 1


async def test_status_and_headers_may_be_given(client: aiohttp.ClientSession) -> None:
    headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store"}
    async with start_service(ROUTES) as service:
        service.register("it", EventStreamResponse([], status=503, headers=headers))
        async with client.get(service.url) as answer:
            assert (answer.status, await answer.read()) == (503, b"")
            assert {name: answer.headers.getall(name) for name in headers} == {
                name: [value] for name, value in headers.items()
            }


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: Event("", event="a\nb"), ValueError, r"event='a\nb': '\n' cannot be sent in it"),
        (lambda: Event("", id="a\rb"), ValueError, r"id='a\rb': '\r' cannot be sent in it"),
        (lambda: Event("", id="\0"), ValueError, r"id='\x00': '\x00' cannot be sent in it"),
        (lambda: Comment("a\n"), ValueError, r"text='a\n': '\n' cannot be sent in it"),
        (
            lambda: Event("", retry=-1),
            ValueError,
            "retry=-1 is negative: give milliseconds, 0 or more",
        ),
        (
            lambda: EventStreamResponse([], retry=cast(int, 0.5)),
            TypeError,
            "retry=0.5 is not a number of milliseconds",
        ),
        (
            lambda: EventStreamResponse([], retry=True),
            TypeError,
            "retry=True is not a number of milliseconds",
        ),
        (
            lambda: Event({1}),
            TypeError,
            "data={1} is neither a str nor JSON: Object of type set is not JSON serializable",
        ),
        (lambda: Event("", event=cast(str, 7)), TypeError, "event=7 is no str"),
        (lambda: Event("", id=cast(str, 7)), TypeError, "id=7 is no str"),
        (lambda: Comment(cast(str, None)), TypeError, "text=None is no str"),
        (
            lambda: EventStreamResponse([b"x"]),
            TypeError,
            "data=b'x' is neither a str nor JSON: Object of type bytes is not JSON serializable",
        ),
        (
            lambda: EventStreamResponse("abc"),
            TypeError,
            "events: give a list of them, not one str",
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_when_it_is_made(
    make: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(text)}$"):
        make()


def test_events_are_compared_by_what_they_say() -> None:
    assert Event("a", id="1") == Event("a", id="1") != Event("a")
    assert repr(Event("a", id="1")) == "Event(data='a', event=None, id='1', retry=None)"
