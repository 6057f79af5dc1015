"""Load against real server processes: every request is answered, recorded and counted once."""

import contextlib
import dataclasses
import socket
import sys
from pathlib import Path

import pytest

from benchmarks import process
from benchmarks.certificate import certificate
from benchmarks.errors import LoadError, ServerFailedError, WrongCountError
from benchmarks.load.run import Client, LoadResult, default_client, run_load
from benchmarks.plan import LoadPlan
from benchmarks.process import Implementation, check_account, server
from benchmarks.scenarios import SCENARIOS

# Both clients where wrk is installed, our own everywhere.
CLIENTS: list[Client] = ["python"] if default_client() == "python" else ["python", "wrk"]


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> Client:
    chosen: Client = request.param
    return chosen


@pytest.mark.parametrize("implementation", ["asyncly", "aiohttp", "bare"])
@pytest.mark.parametrize("scenario", ["get", "differs", "own-response"])
def test_answered_is_recorded(
    client: Client, implementation: Implementation, scenario: str
) -> None:
    with server(implementation, scenario, client) as started:
        first = started.run(100)
        second = started.run(50)
        assert (first.requests, second.requests) == (100, 50)
        assert min(first.cpu, first.rate, first.p50, first.p99) > 0
        assert started.snapshot().recorded == 150
        assert started.forget().recorded == 0


def test_pipelined_requests_are_counted_one_by_one(client: Client) -> None:
    with server("asyncly", "last-of-20", client) as started:
        assert started.run(100, pipeline=16).requests == 112
        assert started.snapshot().by_handler == {"order-19": 112}


def test_bodies_that_differ_reach_their_matchers(client: Client) -> None:
    with server("asyncly", "indexed-20", client) as started:
        started.run(40)
        assert started.snapshot().by_handler == {f"box-{n}": 2 for n in range(20)}


@pytest.mark.parametrize("implementation", ["asyncly", "aiohttp"])
def test_each_request_may_have_a_connection_of_its_own(
    client: Client, implementation: Implementation
) -> None:
    with server(implementation, "connect", client) as started:
        assert started.run(100).requests == 100
        assert started.run(33).requests == 33
        assert started.snapshot().recorded == 133


def test_a_server_that_keeps_an_account_tells_it() -> None:
    with server("asyncly", "get", "python") as started:
        started.run(100)
        assert started.snapshot().account == {**ACCOUNT, "received": 100, "answered": 100}
    with server("bare", "get", "python") as started:
        started.run(100)
        assert started.snapshot().account == {}


ACCOUNT = {"received": 0, "answered": 0, "refused": 0, "client_gone": 0, "in_progress": 0}


@pytest.mark.parametrize(
    ("after", "balances"),
    [
        ({}, True),
        ({"received": 9, "answered": 9}, True),
        ({"received": 10, "answered": 10}, False),
        ({"received": 10, "answered": 9, "in_progress": 1}, False),
        ({"received": 10, "answered": 9, "refused": 1}, False),
        ({"received": 10, "answered": 9, "client_gone": 1}, False),
        ({"received": 9, "answered": 8, "in_progress": 1}, False),
    ],
)
def test_an_account_that_does_not_balance_fails_the_run(
    after: dict[str, int], balances: bool
) -> None:
    before = {**ACCOUNT, "received": 4, "answered": 4}
    now = {**ACCOUNT, **after} if after else {}
    expected = (
        contextlib.nullcontext()
        if balances
        else pytest.raises(WrongCountError, match=r"^x: 5 answered")
    )
    with expected:
        check_account("x", before if after else {}, now, 5)


def test_over_tls(client: Client) -> None:
    with certificate() as file, server("asyncly", "tls", client, file) as started:
        assert started.run(64).requests == 64


def test_a_lost_request_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_more(*arguments: object) -> LoadResult:
        result = run_load(*arguments)  # type: ignore[arg-type]  # handed through
        return dataclasses.replace(result, answered=result.answered + 1)

    monkeypatch.setattr(process, "run_load", one_more)
    with (
        server("asyncly", "get", "python") as started,
        pytest.raises(WrongCountError, match=r"^asyncly, 'get': 101 answered, 100 recorded$"),
    ):
        started.run(100)


def test_an_answer_that_is_no_200_fails_the_run(client: Client) -> None:
    plan = LoadPlan((b"GET /nowhere HTTP/1.1\r\nHost: mock.test\r\n\r\n",), 64)
    with (
        server("asyncly", "get", client) as started,
        pytest.raises(LoadError, match=rf"^64 requests were sent, but {client} reports "),
    ):
        run_load(plan, started.port, client)


def test_a_server_that_is_not_there_fails_the_run() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(LoadError, match=r"^the client ended without a result"):
            run_load(SCENARIOS["get"].plan(10), port, "python")


def test_the_wrong_package_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def this_one(implementation: Implementation) -> Path:
        return Path(sys.executable)

    monkeypatch.setattr(process, "interpreter", this_one)
    monkeypatch.setattr(process, "REFERENCE_VERSION", "0.0.0")
    with (
        pytest.raises(ServerFailedError, match=r"^the reference server is asyncly "),
        server("reference", "get", "python"),
    ):
        pass
