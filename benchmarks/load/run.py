"""Runs one plan against a port, with either client, and checks that every request was answered."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from benchmarks.errors import LoadError
from benchmarks.plan import LoadPlan

Client = Literal["wrk", "python"]

_HERE: Final = Path(__file__).resolve().parent
_PATIENCE: Final = 300
"""Seconds after which a run that has not ended is taken for hung."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a client saw; latencies in microseconds."""

    answered: int
    seconds: float
    p50: float
    p99: float


def default_client() -> Client:
    """Return wrk where it is installed, otherwise our own."""
    return "python" if shutil.which("wrk") is None else "wrk"


def run_load(
    plan: LoadPlan, port: int, client: Client, certificate: Path | None = None
) -> LoadResult:
    """Send the plan and wait for the last answer; wrk cannot open connections anew by plan.

    Raises:
        LoadError: a request was not answered, or not with a 2xx; or the run hung.
    """
    with tempfile.TemporaryDirectory() as folder:
        plan_file = Path(folder, "plan")
        plan_file.write_bytes(plan.encode())
        if client == "wrk" and not plan.per_connection:
            result, seconds = _run_wrk(plan, plan_file, port, tls=certificate is not None)
        else:
            result, seconds = _run_own(plan_file, port, certificate)
    if result["answered"] != plan.count or result["failed"] or result["refused"]:
        raise LoadError(f"{plan.count} requests were sent, but {client} reports {result}")
    return LoadResult(plan.count, result.get("seconds", seconds), result["p50"], result["p99"])


def _run_wrk(
    plan: LoadPlan, plan_file: Path, port: int, *, tls: bool
) -> tuple[dict[str, float], float]:
    command = [
        # A signal that comes before wrk has set its handler must not kill it.
        *("sh", "-c", 'trap "" INT; exec "$@"', "sh"),
        "wrk",
        f"--connections={plan.connections}",
        "--threads=1",
        f"--duration={_PATIENCE}s",
        "--timeout=20s",
        f"--script={_HERE / 'wrk.lua'}",
        f"{'https' if tls else 'http'}://127.0.0.1:{port}/",
    ]
    environment = {**os.environ, "LOAD_PLAN": str(plan_file)}
    began = time.perf_counter()
    with _child(command, environment) as process:
        said = _lines_until(process, "drained")
        seconds = time.perf_counter() - began
        with _interrupting(process):
            said += _lines_until(process, "result ")
    if said[-1].startswith("result "):
        return json.loads(said[-1].removeprefix("result ")), seconds
    raise LoadError(f"wrk ended without a result: {said}")


def _run_own(
    plan_file: Path, port: int, certificate: Path | None
) -> tuple[dict[str, float], float]:
    command = [sys.executable, "-I", str(_HERE.parent / "child.py"), "load"]
    command += [f"--port={port}", f"--plan={plan_file}"]
    if certificate is not None:
        command.append(f"--certificate={certificate}")
    with _child(command, dict(os.environ)) as process:
        said = _lines_until(process, "{")
    if said[-1].startswith("{"):
        return json.loads(said[-1]), 0.0
    raise LoadError(f"the client ended without a result: {said}")


@contextmanager
def _child(command: list[str], environment: dict[str, str]) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    watchdog = threading.Timer(_PATIENCE, process.kill)
    watchdog.start()
    try:
        yield process
        process.wait()
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def _interrupting(process: subprocess.Popen[str]) -> Generator[None]:
    """Interrupt a process again and again: one signal could come just before it goes to sleep."""
    enough = threading.Event()

    def interrupt() -> None:
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            if enough.wait(0.02):
                return

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def _lines_until(process: subprocess.Popen[str], start: str) -> list[str]:
    """Read lines up to the first that begins with `start`; to the end where none does."""
    assert process.stdout is not None
    said: list[str] = [""]
    for line in process.stdout:
        said.append(line.rstrip())
        if line.startswith(start):
            break
    return said
