"""Every seed, and whatever the fuzzers have found, without a fuzzer."""

import asyncio
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.fuzz.checks import check_assembly, check_door

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())


@pytest.fixture(scope="module")
def loop() -> Generator[asyncio.AbstractEventLoop]:
    with asyncio.Runner() as runner:
        yield runner.get_loop()


@pytest.mark.parametrize("seed", CORPUS, ids=lambda seed: seed.stem)
def test_the_assembler_holds(seed: Path) -> None:
    check_assembly(seed.read_bytes())


@pytest.mark.parametrize("seed", CORPUS, ids=lambda seed: seed.stem)
def test_the_door_holds(loop: asyncio.AbstractEventLoop, seed: Path) -> None:
    check_door(loop, seed.read_bytes())
