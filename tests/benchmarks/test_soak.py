"""The soak sees what it is there to see, and a short one passes."""

import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from asyncly.srvmocker import start_service
from benchmarks.soak.client import BODIES, numbered
from benchmarks.soak.server import Checker, register, routes


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


def test_a_short_soak_passes() -> None:
    words = ("exact", "leaving", "--count", "3000", "--connections", "7", "--leaving", "20")
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", *words],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "WRONG" not in ended.stdout
    assert ended.stdout.count("in balance") == 2


def test_an_unknown_phase_is_told() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", "nothing"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "no phase is called ['nothing']" in ended.stderr
