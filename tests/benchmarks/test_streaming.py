"""Streams under load: what arrives is counted, and a wrong count fails the run."""

import re
from unittest.mock import patch

import pytest

from benchmarks import streaming
from benchmarks.errors import LoadError, ServerFailedError, WrongCountError


def test_events_are_counted_on_both_sides() -> None:
    text = "asyncly: 7 events were due, the client has read 50000, the server has counted 50000"
    with streaming._server("asyncly", "events") as server:
        assert server.run("events") > 0
        with (
            patch.dict(streaming.COUNTS, events=7),
            pytest.raises(WrongCountError, match=f"^{text}$"),
        ):
            server.run("events")


def test_messages_are_counted_on_both_sides() -> None:
    ours, plain = streaming.in_turn("messages", ["asyncly", "aiohttp"], 1)
    assert len(ours) == len(plain) == 1


def test_a_server_that_does_not_start_is_told() -> None:
    with pytest.raises(ServerFailedError, match=re.escape("the aiohttp server ended with 1")):
        streaming.in_turn("events", ["aiohttp"], 1)


def test_a_client_that_reads_something_else_fails_the_run() -> None:
    with (
        streaming._server("asyncly", "events") as server,
        pytest.raises(LoadError, match=re.escape("the client of asyncly ended with 1")),
    ):
        server.run("messages")
