"""The parent's side of a server process: start, ask, stop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

from benchmarks.errors import ServerFailedError, WrongCountError
from benchmarks.load.run import Client, LoadResult, run_load
from benchmarks.plan import LoadPlan
from benchmarks.reference_env import REFERENCE_VERSION, reference_python
from benchmarks.scenarios import SCENARIOS

Implementation = Literal[
    "asyncly", "reference", "aiohttp", "bare", "asyncly-off", "asyncly-waiting", "asyncly-keeping"
]

CHILD: Final = Path(__file__).resolve().parent / "child.py"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a server process: CPU seconds since its start, resident bytes, counts.

    `account` is what the server itself says became of its requests; empty where it does not say.
    """

    cpu: float
    resident: int
    recorded: int
    by_handler: Mapping[str, int]
    account: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of load: what the client saw and what the server spent.

    Attributes:
        cpu: Server CPU per request (user and system), in microseconds.
        rate: Requests per second.
        p50: Median latency in microseconds.
        p99: 99th percentile of latency in microseconds.
        requests: How many.
    """

    cpu: float
    rate: float
    p50: float
    p99: float
    requests: int


def costs(implementation: Implementation, runs: Sequence[Run]) -> list[float]:
    """The CPU per request of each run, in microseconds, as it is compared with another's.

    That of the published package is the same for all: it is paid for all of them, by a garbage
    collector that walks the whole record in one run and lets others go without.
    """
    if implementation != "reference":
        return [run.cpu for run in runs]
    requests = sum(run.requests for run in runs)
    return [sum(run.cpu * run.requests for run in runs) / requests] * len(runs)


class ServerProcess:
    """A server under load. Made by `server`; its runs go on in the scenario's requests."""

    def __init__(
        self,
        process: subprocess.Popen[str],
        implementation: Implementation,
        scenario: str,
        client: Client,
        certificate: Path | None,
    ) -> None:
        self._process = process
        self._client: Client = client
        self._certificate = certificate
        self.scenario = SCENARIOS[scenario]
        self._plan: LoadPlan | None = None
        self.implementation: Implementation = implementation
        greeting = self._read()
        self.port = cast("int", greeting["port"])
        self.version = cast("str", greeting["version"])

    def _read(self) -> dict[str, object]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ServerFailedError(
                f"the {self.implementation} server of {self.scenario.name!r} ended with "
                f"{self._process.wait()}"
            )
        message: dict[str, object] = json.loads(line)
        return message

    def _ask(self, word: str) -> Snapshot:
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return Snapshot(**self._read())  # type: ignore[arg-type]  # written by our own child

    def snapshot(self) -> Snapshot:
        """The state now."""
        return self._ask("snapshot")

    def collect(self) -> Snapshot:
        """The state after a garbage collection."""
        return self._ask("collect")

    def forget(self) -> Snapshot:
        """Drop the record; the state after it."""
        return self._ask("forget")

    def run(self, count: int, *, pipeline: int = 1) -> Run:
        """Send `count` requests and check that each was recorded, once, where it belongs.

        Raises:
            WrongCountError: the number of recorded requests grew by another number, or the
                server's own account does not balance.
        """
        count = -(-count // pipeline) * pipeline
        if self._plan is None:
            self._plan = self.scenario.plan(count, pipeline=pipeline)
        else:
            self._plan = self._plan.next(count, pipeline=pipeline)
        before = self.snapshot()
        seen = run_load(self._plan, self.port, self._client, self._certificate)
        after = self.snapshot()
        self._check(before, after, seen)
        cpu = (after.cpu - before.cpu) / seen.answered * 1e6
        return Run(cpu, seen.answered / seen.seconds, seen.p50, seen.p99, seen.answered)

    def _check(self, before: Snapshot, after: Snapshot, seen: LoadResult) -> None:
        recorded = after.recorded - before.recorded
        where = f"{self.implementation}, {self.scenario.name!r}"
        if recorded != seen.answered:
            raise WrongCountError(f"{where}: {seen.answered} answered, {recorded} recorded")
        check_account(where, before.account, after.account, seen.answered)
        if not after.by_handler:
            return
        if sum(after.by_handler.values()) != after.recorded:
            raise WrongCountError(
                f"{where}: {after.recorded} recorded, but the handlers have {after.by_handler}"
            )
        wanted = self.scenario.handler
        if wanted is not None and set(after.by_handler) != {wanted}:
            raise WrongCountError(
                f"{where}: only {wanted!r} should have calls, but: {dict(after.by_handler)}"
            )


def check_account(
    where: str, before: Mapping[str, int], after: Mapping[str, int], answered: int
) -> None:
    """Compare a server's own account with what its client saw.

    Raises:
        WrongCountError: it counts other answers than the client, requests that were refused or
            whose client had left, or anything that is still in progress.
    """
    if not after:
        return
    grown = {name: after[name] - before[name] for name in after if name != "in_progress"}
    grown["in_progress"] = after["in_progress"]
    wanted = dict.fromkeys(grown, 0) | {"received": answered, "answered": answered}
    if grown != wanted:
        raise WrongCountError(f"{where}: {answered} answered, but the account has {grown}")


def interpreter(implementation: Implementation) -> Path:
    """The interpreter that runs an implementation."""
    return reference_python() if implementation == "reference" else Path(sys.executable)


@contextmanager
def server(
    implementation: Implementation,
    scenario: str,
    client: Client,
    certificate: Path | None = None,
) -> Generator[ServerProcess]:
    """Start a server for a scenario; stop it on leaving.

    Raises:
        ServerFailedError: it did not start, or it is not what it should be.
    """
    command = [str(interpreter(implementation)), "-I", str(CHILD), "serve"]
    command += [f"--implementation={implementation}", f"--scenario={scenario}"]
    if certificate is not None:
        command.append(f"--certificate={certificate}")
    with child(command) as process:
        started = ServerProcess(process, implementation, scenario, client, certificate)
        _check_version(started)
        yield started


@contextmanager
def child(command: Sequence[str]) -> Generator[subprocess.Popen[str]]:
    """Run a server that serves until its stdin ends."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=child_environment()
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def child_environment() -> dict[str, str]:
    """The environment of a child: nothing of the caller's may change what it imports."""
    return {key: text for key, text in os.environ.items() if not key.startswith("PYTHON")}


def _check_version(started: ServerProcess) -> None:
    is_published = f"asyncly {REFERENCE_VERSION} (" in started.version
    if is_published != (started.implementation == "reference"):
        raise ServerFailedError(f"the {started.implementation} server is {started.version}")
