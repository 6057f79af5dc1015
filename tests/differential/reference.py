"""The two players: the published package in an environment of its own, and this one.

Neither package is imported by the process that runs the tests for the sake of playing; both play
in processes of their own, with the same script, the same interpreter version and the same
versions of what they stand on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import trustme

import asyncly
from benchmarks.reference_env import reference_python
from tests.differential.script import Scenario, Wire

HERE = Path(__file__).parent


def play(python: Path | str, scenarios: Iterable[Scenario], *path: Path) -> list[Wire]:
    """What each scenario shows when this interpreter plays it."""
    lines = "".join(json.dumps(each.wire()) + "\n" for each in scenarios)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (HERE, *path))),
        "PYTHONSAFEPATH": "1",  # the folder that the tests run in holds this package
        "PYTHONWARNINGS": "",
        "PYTHONASYNCIODEBUG": "",
    }
    with tempfile.TemporaryDirectory() as scratch:
        certificate = Path(scratch) / "certificate.pem"
        trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
            str(certificate)
        )
        done = subprocess.run(
            [str(python), "-X", "utf8", "-m", "player", str(certificate)],
            input=lines,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"the player under {python} failed:\n{done.stderr[-4000:]}")
    return [cast(Wire, json.loads(line)) for line in done.stdout.splitlines()]


def play_reference(scenarios: list[Scenario]) -> list[Wire]:
    """What the published package shows."""
    return play(reference_python(), scenarios)


def play_ours(scenarios: list[Scenario]) -> list[Wire]:
    """What the package that runs these tests shows."""
    return play(sys.executable, scenarios, Path(asyncly.__file__).resolve().parents[1])


def play_both(scenarios: list[Scenario]) -> tuple[Mapping[str, Wire], Mapping[str, Wire]]:
    """What each of the two shows, by scenario: the published package's first."""
    with ThreadPoolExecutor(2) as pool:
        reference = pool.submit(play_reference, scenarios)
        ours = pool.submit(play_ours, scenarios)
        return _by_id(reference.result()), _by_id(ours.result())


def _by_id(seen: list[Wire]) -> dict[str, Wire]:
    return {str(cast("dict[str, Wire]", each)["id"]): each for each in seen}
