"""The soak sees what it is there to see, and a short one passes."""

import math
import re
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from asyncly.srvmocker import start_service
from benchmarks.soak import limits
from benchmarks.soak.__main__ import Phase
from benchmarks.soak.client import BODIES, numbered, server_process
from benchmarks.soak.phases import delayed, idle, never_reading, pending, slow
from benchmarks.soak.server import Checker, register, routes
from benchmarks.soak.verdict import Row, at_most, balanced, counted, judge, line


async def _checked(*paths: str) -> dict[str, int]:
    async with start_service(routes()) as service, aiohttp.ClientSession(service.url) as client:
        register(service)
        for path in paths:
            async with client.get(path) as response:
                assert response.status == 200
        return Checker().check(service)


@pytest.mark.parametrize(
    ("paths", "lost", "doubled"),
    [
        (("/red/a/0", "/red/b/0", "/green/a/1", "/blue/b/1"), 0, 0),
        (("/red/a/0", "/red/a/2"), 1, 0),
        (("/red/a/0", "/red/a/1", "/red/a/1"), 0, 1),
        (("/red/a/1", "/red/a/0"), 1, 1),
    ],
)
async def test_the_checker_tells_what_is_missing_and_what_is_too_many(
    paths: tuple[str, ...], lost: int, doubled: int
) -> None:
    assert await _checked(*paths) == {
        "checked": len(paths),
        "lost": lost,
        "doubled": doubled,
        "disordered": 0,
    }


def test_every_numbered_request_is_another_and_says_what_answers_it() -> None:
    pairs = [numbered("s1", number) for number in range(200)]
    assert len({wire for wire, _ in pairs}) == 200
    assert {body for _, body in pairs} > {b"<red>", b"<green>", b"<blue>", b"<posted>", b"<soon>"}
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<red>"
    assert BODIES(answer * 2) == [b"<red>", b"<red>"]


LOOK = {
    "received": 9,
    "answered": 7,
    "refused": 0,
    "gone": 2,
    "in_progress": 0,
    "ever_recorded": 9,
}


@pytest.mark.parametrize(
    ("changed", "received", "right"),
    [
        ({}, None, True),
        ({}, 9, True),
        ({}, 10, False),
        ({"answered": 6, "in_progress": 1}, None, False),
        ({"answered": 6, "refused": 1}, None, False),
        ({"gone": 1}, None, False),
        ({"ever_recorded": 8}, None, False),
        ({"received": 10}, None, False),
    ],
)
def test_an_account_balances_only_if_nothing_is_left_over(
    changed: dict[str, int], received: int | None, right: bool
) -> None:
    assert balanced({**LOOK, **changed}, received=received).wrong is not right


@pytest.mark.parametrize(
    ("figure", "over"), [(4.9, False), (5.0, False), (5.01, True), (math.nan, True)]
)
def test_a_figure_may_equal_its_limit(figure: float, over: bool) -> None:
    row = at_most("p99", figure, 5.0, "ms")
    assert (row.over, row.wrong) == (over, False)
    assert line(row).endswith("over") is over


GOOD, WRONG, OVER = (
    counted("lost", 0, 0),
    counted("lost", 1, 0),
    at_most("p99", 6.0, 5.0, "ms"),
)


@pytest.mark.parametrize(
    ("runs", "failures"),
    [
        ([[GOOD]], []),
        ([[GOOD, WRONG]], ["lost: 1 for 0"]),
        ([[WRONG, OVER]], ["lost: 1 for 0", "p99: 6.00 ms for 5 ms"]),
        ([[OVER], [GOOD]], []),
        ([[OVER], [OVER]], ["p99: 6.00 ms for 5 ms"]),
        ([[OVER], [WRONG]], ["lost: 1 for 0"]),
        (["hung"], ["ended early: hung for its end"]),
        ([[OVER], "hung"], ["ended early: hung for its end"]),
    ],
)
def test_a_wrong_count_fails_at_once_and_a_figure_over_its_limit_is_looked_at_twice(
    runs: list[list[Row] | str], failures: list[str]
) -> None:
    left, told = list(runs), list[str]()
    verdict = judge("phase", lambda: left.pop(0), told.append)
    assert verdict.failures == failures
    assert not left
    said = "\n".join(told)
    assert said.count("\n  lost ") + said.count("\n  p99 ") + said.count("hung") >= len(runs)
    assert told[-1] == f"{verdict}\n"
    assert str(verdict).startswith("phase: FAILED: " if failures else "phase: ok")


def _short(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", *words],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_short_soak_passes() -> None:
    ended = _short(
        *("exact", "leaving", "--count", "3000", "--connections", "7", "--leaving", "20")
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "WRONG" not in ended.stdout
    assert ended.stdout.count("in balance") == 2
    assert ended.stdout.endswith("exact: ok\nleaving: ok\n")


def test_a_phase_that_fails_is_named_and_makes_the_exit_status(tmp_path: Path) -> None:
    # The sender expects another answer to one of its requests than it gets.
    (tmp_path / "sitecustomize.py").write_text(
        "import benchmarks.soak.client as client\n"
        "made = client.numbered\n"
        "def numbered(sender, number):\n"
        "    wire, body = made(sender, number)\n"
        "    return wire, b'<other>' if number == 5 else body\n"
        "client.numbered = numbered\n"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", "exact", "--count", "300", "--connections", "3"],
        cwd=root,
        env={"PYTHONPATH": f"{tmp_path}:{root}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert ended.stdout.endswith(
        "exact: FAILED: batches with a wrong or misplaced answer: 3 for 0\n"
    )


LASTING: dict[str, Phase] = {
    "slow": lambda server: slow(server, 9, 0.2),
    "never-reading": lambda server: never_reading(server, 0.1),
    "idle": lambda server: idle(server, 20, "plain"),
    "idle-parsed": lambda server: idle(server, 20, "parsed"),
    "idle-aiohttp": lambda server: idle(server, 20, "aiohttp"),
    "delayed": lambda server: delayed(server, 30),
    "pending": lambda server: pending(server, 20),
}


@pytest.mark.parametrize("name", LASTING)
async def test_the_phases_that_last_find_every_count_right(name: str) -> None:
    # Figures of memory and time are the machine's; the counts are not.
    with server_process() as server:
        rows = await LASTING[name](server)
        assert server.complaint() == ""
    assert [row for row in rows if row.wrong] == []
    assert any(row.limit == "in balance" for row in rows)
    assert any(re.search(r" (ms|[KM]iB)$", row.limit) for row in rows)


def test_the_limits_are_those_that_the_server_promises() -> None:
    promised = (limits.HEALTHY_P99, limits.LATE, limits.DEAF_BYTES, limits.IDLE_BYTES)
    assert promised == (5.0, 5.0, 5 << 20, 8 << 10)


def test_an_unknown_phase_is_told() -> None:
    ended = _short("nothing")
    assert ended.returncode == 1
    assert "no phase is called ['nothing']" in ended.stderr
