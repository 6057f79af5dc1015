"""The environment that the published package is installed in, made once and shared.

The published package is what ratios and the differential test compare with. It has the same
import name as this project, so it lives in an environment of its own, `.venv-reference`, and is
only ever run as a separate process. Its dependencies are pinned to the versions installed beside
this project: a ratio must not show the difference between two releases of aiohttp.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

REFERENCE_VERSION: Final = "0.7.1"
REPOSITORY: Final = Path(__file__).resolve().parent.parent
DEFAULT_LOCATION: Final = REPOSITORY / ".venv-reference"
OVERRIDE: Final = "ASYNCLY_REFERENCE_PYTHON"
"""Name of the environment variable that points at a ready interpreter instead."""

_COMPLETE: Final = "complete"
_SAME_VERSION: Final = (
    "aiohttp",
    "aiohappyeyeballs",
    "aiosignal",
    "attrs",
    "frozenlist",
    "idna",
    "msgspec",
    "multidict",
    "propcache",
    "PyYAML",
    "typing_extensions",
    "uvloop",
    "yarl",
)
# The published package writes TOML with `toml`, which this project does not use.
_ONLY_THERE: Final = ("toml==0.10.2",)


class ReferenceUnavailableError(RuntimeError):
    """The environment could not be made; the text says what was tried."""


def requirements() -> list[str]:
    """What is installed there: exact pins, the published package first."""
    pins = [f"asyncly=={REFERENCE_VERSION}"]
    for name in _SAME_VERSION:
        try:
            pins.append(f"{name}=={version(name)}")
        except PackageNotFoundError:
            continue
    return [*pins, *_ONLY_THERE]


def reference_python(location: Path = DEFAULT_LOCATION) -> Path:
    """The interpreter of the reference's environment; makes the environment when needed.

    There is one for each set of pins and Python version, in a folder of its own under `location`.
    Safe to call from several processes at once: the first makes it, the others wait.

    Raises:
        ReferenceUnavailableError: the environment cannot be made (no network, for one).
    """
    override = os.environ.get(OVERRIDE)
    if override:
        python = Path(override)
        if not python.exists():
            raise ReferenceUnavailableError(f"{OVERRIDE}={override}: there is no such file")
        return python
    environment = location / _fingerprint(requirements())
    with _locked(environment):
        if not (environment / _COMPLETE).is_file():
            _make(environment)
    return environment / "bin" / "python"


def _fingerprint(pins: list[str]) -> str:
    text = "\n".join([sys.executable, sys.version, *pins])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _make(location: Path) -> None:
    if location.exists():
        shutil.rmtree(location)
    pins = requirements()
    print(
        f"making {location.parent.name}/{location.name}: {', '.join(pins)}",
        file=sys.stderr,
        flush=True,
    )
    _run([sys.executable, "-m", "venv", str(location)])
    pip = [str(location / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run([*pip, "install", "--quiet", *pins])
    # Written last: a half-made environment is made again.
    (location / _COMPLETE).touch()


def _run(command: list[str]) -> None:
    # The caller's PYTHONPATH would put this project in the place of the published package.
    environment = {key: text for key, text in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise ReferenceUnavailableError(
            f"the reference's environment could not be made: {' '.join(command)} ended with "
            f"{done.returncode}:\n{done.stderr.strip()}\n"
            f"Make one by hand and set {OVERRIDE} to its interpreter."
        )


@contextmanager
def _locked(location: Path) -> Generator[None]:
    # Beside the temporary files: a lock file in the tree would show up in every `git status`.
    name = hashlib.sha256(str(location).encode()).hexdigest()[:16]
    with Path(tempfile.gettempdir(), f"asyncly-reference-{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    print(reference_python())
